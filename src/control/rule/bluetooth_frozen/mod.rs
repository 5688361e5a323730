//! Bluetooth stays as it happens to be: people may not change it, and nobody chose how it is, or a clause lets them use it.

use super::hotspot_frozen::{Radio, frozen};
use super::{Rule, Subject};
use crate::diagnostic::{Code, Diagnostic};

pub(super) const RULE: Rule =
    Rule { codes: &[Code::BluetoothFrozen], explain: include_str!("explain.md"), judges: &[], run };

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let Some(bound) = subject.control("bluetooth") else { return Vec::new() };
    let radio = Radio { code: Code::BluetoothFrozen, name: "Bluetooth", state: "state" };
    frozen(bound, &radio).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::Platform;

    fn check(give: &str, expected: &[&str]) {
        assert_eq!(judge(Platform::Ios, &bind(&[("bluetooth", give)]), ""), expected, "{give}");
    }

    #[test]
    fn bluetooth_is_frozen_in_a_state_that_somebody_chose() {
        check("{ user-may-change: false, state: off }", &[]);
        check("{ user-may-change: true, state: leave }", &[]);
        check(
            "{ user-may-change: false }",
            &["warning bluetooth-frozen: people may not change Bluetooth, and it stays as it happens to be"],
        );
    }
}
