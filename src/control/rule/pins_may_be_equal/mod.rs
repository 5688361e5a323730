//! Two PINs differ for certain only if no text fits both: one has a letter that the other cannot have, or one is always longer.

use super::{Rule, Subject, given, place};
use crate::control::invert::agree;
use crate::control::transform::number_of;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::setting::{Leaf, Setting, Value};
use std::cmp::Ordering;

pub(super) const RULE: Rule =
    Rule { codes: &[Code::PinsMayBeEqual], explain: include_str!("explain.md"), judges: &[], run };

/// Who writes what is looked at.
const CONTROLS: [&str; 2] = ["startup-pin", "hello-for-business"];
const BITLOCKER: &str = "./Device/Vendor/MSFT/BitLocker/";
const HELLO: &str = "/Vendor/MSFT/PassportForWork/";

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let Some(bound) = subject.control("pin-separation").filter(|_| !subject.target.platform.value.is_apple()) else {
        return Vec::new();
    };
    let pins = Pins::of(subject.settings);
    if CONTROLS.iter().any(|control| subject.unsettled.contains(control))
        || pins.disjoint_alphabet()
        || pins.disjoint_length()
    {
        return Vec::new();
    }
    let minimum_differs =
        pins.startup_min.and_then(number).zip(pins.hello_min.and_then(number)).is_some_and(|(a, b)| a != b);
    let relaxed = given(bound, "strategy") == Some(&Value::text("different-minimum"));
    let cause = if relaxed && minimum_differs {
        "the two PINs have different minimum lengths, and a long one still fits both"
    } else {
        "the PIN at start-up and the PIN at sign-in may be the same: nothing keeps a text from fitting both"
    };
    let mut finding = Diagnostic::new(Code::PinsMayBeEqual, place(bound), cause);
    if relaxed && minimum_differs {
        finding = finding.severity(Severity::Warning);
    }
    for (setting, text) in [
        (pins.enhanced, "what the start-up PIN may hold"),
        (pins.letters.first().copied(), "what the sign-in PIN must hold"),
        (pins.startup_min, "the start-up PIN's shortest length"),
        (pins.hello_max, "the sign-in PIN's longest length"),
    ] {
        if let Some(setting) = setting {
            finding = finding.also(setting.span, text);
        }
    }
    vec![
        finding
            .help("ask for `startup-pin: { enhanced: false }` and `hello-for-business: { lowercase: require }`")
            .help("or let the sign-in PIN's `pin-max-length` be below the start-up PIN's `min-length`, and above its own minimum"),
    ]
}

/// What the group's settings say of the two PINs, whoever wrote them.
struct Pins<'a> {
    enhanced: Option<&'a Setting>,
    startup_min: Option<&'a Setting>,
    hello_min: Option<&'a Setting>,
    hello_max: Option<&'a Setting>,
    /// Lower case, upper case and special characters.
    letters: Vec<&'a Setting>,
}

impl<'a> Pins<'a> {
    fn of(settings: &'a [Setting]) -> Pins<'a> {
        let bitlocker = |node: &str, leaf: &Leaf| {
            settings.iter().find(|s| s.address.owner.strip_prefix(BITLOCKER) == Some(node) && s.address.leaf == *leaf)
        };
        let complexity = |node: &str| {
            let end = format!("/Policies/PINComplexity/{node}");
            settings.iter().find(|s| s.address.owner.contains(HELLO) && s.address.owner.ends_with(&end))
        };
        Pins {
            enhanced: bitlocker("SystemDrivesEnhancedPIN", &Leaf::AdmxState),
            startup_min: bitlocker("SystemDrivesMinimumPINLength", &Leaf::AdmxElement("MinPINLength".to_owned())),
            hello_min: complexity("MinimumPINLength"),
            hello_max: complexity("MaximumPINLength"),
            letters: ["LowercaseLetters", "UppercaseLetters", "SpecialCharacters"]
                .into_iter()
                .filter_map(complexity)
                .collect(),
        }
    }

    /// The start-up PIN has digits only, the other must have something else.
    fn disjoint_alphabet(&self) -> bool {
        let is = |setting: &Setting, value: Value| agree(&setting.value, &value) == Some(Ordering::Equal);
        let digits_only = self.enhanced.is_some_and(|setting| is(setting, Value::Boolean(false)));
        digits_only && self.letters.iter().any(|setting| is(setting, Value::Integer(1)))
    }

    /// The sign-in PIN is always shorter; where its own limits meet, Windows drops both.
    fn disjoint_length(&self) -> bool {
        let (Some(startup), Some(max)) = (self.startup_min.and_then(number), self.hello_max.and_then(number)) else {
            return false;
        };
        max < startup && self.hello_min.and_then(number).is_some_and(|min| min < max)
    }
}

fn number(setting: &Setting) -> Option<i128> {
    number_of(&setting.value).or_else(|| match &setting.value {
        Value::Text(text) => text.parse().ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::Platform;

    /// The finding, or none, of a strategy and what the two controls are given.
    fn check(strategy: &str, startup: &str, hello: &str, expected: &[&str]) {
        let separation = format!("{{ strategy: {strategy} }}");
        let controls =
            bind(&[("pin-separation", &separation), ("startup-pin", startup), ("hello-for-business", hello)]);
        assert_eq!(judge(Platform::Windows, &controls, ""), expected, "{strategy} {startup} {hello}");
    }

    const EQUAL: &str = "error pins-may-be-equal: the PIN at start-up and the PIN at sign-in may be the same: nothing keeps a text \
        from fitting both";
    const RELAXED: &str =
        "warning pins-may-be-equal: the two PINs have different minimum lengths, and a long one still fits both";

    #[test]
    fn digits_and_a_letter_are_never_equal() {
        check("disjoint-alphabet", "{ enhanced: false }", "{ lowercase: require }", &[]);
        check("disjoint-alphabet", "{ enhanced: false }", "{ lowercase: allow, special: require }", &[]);
        check("disjoint-alphabet", "{ enhanced: true }", "{ lowercase: require }", &[EQUAL]);
        check("disjoint-alphabet", "{ enhanced: false }", "{ lowercase: allow }", &[EQUAL]);
        check("disjoint-alphabet", "{ mode: off }", "{ lowercase: require }", &[]);
        check("disjoint-alphabet", "{ enhanced: false }", "{ enabled: false }", &[EQUAL]);
    }

    #[test]
    fn a_shorter_pin_is_never_a_longer_one() {
        check("disjoint-length", "{ min-length: 9 }", "{ lowercase: allow, pin-max-length: 8 }", &[]);
        check("disjoint-length", "{ min-length: 8 }", "{ lowercase: allow, pin-max-length: 8 }", &[EQUAL]);
        check(
            "disjoint-length",
            "{ min-length: 9 }",
            "{ lowercase: allow, pin-min-length: 8, pin-max-length: 8 }",
            &[EQUAL],
        );
    }

    #[test]
    fn different_minimums_are_not_enough() {
        check("different-minimum", "{ min-length: 8 }", "{ lowercase: allow }", &[RELAXED]);
        check("different-minimum", "{ min-length: 6 }", "{ lowercase: allow }", &[EQUAL]);
        check("different-minimum", "{ min-length: 8 }", "{ lowercase: require }", &[]);
    }
}
