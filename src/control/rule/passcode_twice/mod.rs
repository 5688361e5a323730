//! One device with a passcode payload and a passcode declaration: what it makes of the two together is in no schema.

use super::{Rule, Subject};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Family, Setting};

pub(super) const RULE: Rule =
    Rule { codes: &[Code::PasscodeTwice], explain: include_str!("explain.md"), judges: &[], run };

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let of = |family: Family, owner: &str| -> Option<&Setting> {
        subject.settings.iter().find(|setting| setting.address.family == family && setting.address.owner == owner)
    };
    let payload = of(Family::Profile, "com.apple.mobiledevice.passwordpolicy");
    let declaration = of(Family::Declaration, "com.apple.configuration.passcode.settings");
    let (Some(payload), Some(declaration)) = (payload, declaration) else { return Vec::new() };
    vec![
        Diagnostic::new(
            Code::PasscodeTwice,
            declaration.span,
            "devices get a passcode payload and a passcode declaration, and nobody knows what they make of both",
        )
        .also(payload.span, "the payload")
        .help("ask for it through `passcode` and `screen-lock`, which choose one form for the group, or write one form by hand"),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::trial::judge;
    use crate::setting::Platform;

    fn check(raw: &str, expected: usize) {
        assert_eq!(judge(Platform::Ios, &[], raw).len(), expected, "{raw}");
    }

    #[test]
    fn a_passcode_comes_in_one_form() {
        let payload = "{ platforms: [iOS], payload: com.apple.mobiledevice.passwordpolicy, keys: { minLength: 6 } }";
        let declaration =
            "{ platforms: [iOS], declaration: com.apple.configuration.passcode.settings, keys: { MinimumLength: 6 } }";
        check(payload, 0);
        check(declaration, 0);
        check(&format!("{payload}, {declaration}"), 1);
    }
}
