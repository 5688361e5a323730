//! A start-up PIN that has to be set, on computers whose people are no administrators: nobody there can start the encryption.

use super::{Rule, Subject, given, place, place_of};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Platform, Value};

pub(super) const RULE: Rule =
    Rule { codes: &[Code::EncryptionNeedsAdministrator], explain: include_str!("explain.md"), judges: &[], run };

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    if subject.target.platform.value != Platform::Windows {
        return Vec::new();
    }
    let (Some(pin), Some(standard)) = (subject.control("startup-pin"), subject.control("least-privilege")) else {
        return Vec::new();
    };
    if given(pin, "mode") != Some(&Value::text("required")) {
        return Vec::new();
    }
    let cause = "a start-up PIN is required, which a standard user cannot set, and nobody is to be more than that";
    vec![
        Diagnostic::new(Code::EncryptionNeedsAdministrator, place_of(pin, "mode"), cause)
            .also(place(standard), "standard users are asked for here")
            .help("let whoever builds the computer start encryption and set the PIN with the person, and write that under `needs`")
            .help("or let an agent of the server add the PIN later, with `startup-pin: { mode: allowed }`"),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::Platform;

    fn check(controls: &[(&str, &str)], expected: usize) {
        let found = judge(Platform::Windows, &bind(controls), "");
        assert_eq!(found.iter().filter(|text| text.contains("encryption-needs-administrator")).count(), expected);
    }

    #[test]
    fn a_standard_user_cannot_start_encryption() {
        check(&[("startup-pin", "{}"), ("least-privilege", "{}")], 1);
        check(&[("startup-pin", "{ mode: allowed }"), ("least-privilege", "{}")], 0);
        check(&[("startup-pin", "{}")], 0);
    }
}
