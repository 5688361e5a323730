//! Nothing is read from phones, and the policy counts phones among the media that may be read.
//!
//! `removable-media-encryption` keeps reading allowed for all that it covers. Where it covers phones and another control or clause
//! denies reading them, a phone that somebody hands in as evidence cannot be read.

use super::{Rule, Subject, given, place_of};
use crate::control::invert::agree;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Leaf, Value};
use std::cmp::Ordering;

pub(super) const RULE: Rule =
    Rule { codes: &[Code::SuppliedPhonesUnreadable], explain: include_str!("explain.md"), judges: &[], run };

const DENIES_READING: &str = "./Device/Vendor/MSFT/Policy/Config/Storage/WPDDevicesDenyReadAccessPerDevice";

fn run(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let denied = subject.settings.iter().find(|setting| {
        setting.address.owner == DENIES_READING
            && setting.address.leaf == Leaf::AdmxState
            && agree(&setting.value, &Value::Boolean(true)) == Some(Ordering::Equal)
    });
    let (Some(denied), Some(media)) = (denied, subject.control("removable-media-encryption")) else {
        return Vec::new();
    };
    let Some(Value::Array(cover)) = given(media, "cover") else { return Vec::new() };
    if !cover.iter().any(|kind| kind.value == Value::text("phone")) {
        return Vec::new();
    }
    vec![
        Diagnostic::new(
            Code::SuppliedPhonesUnreadable,
            denied.span,
            "nothing is read from phones, and `removable-media-encryption` counts them among the media that may be read",
        )
        .also(place_of(media, "cover"), "phones are covered here")
        .help("ask for `phone-data-over-usb: deny-write`, so that a phone that somebody hands in can be read")
        .help("or take `phone` out of `cover`, and say in the policy how such phones are read"),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::trial::{bind, judge};
    use crate::setting::Platform;

    fn check(phones: &str, cover: &str, expected: usize) {
        let (equipment, media) = (format!("{{ phone-data-over-usb: {phones} }}"), format!("{{ cover: [{cover}] }}"));
        let controls = bind(&[("peripheral-control", &equipment), ("removable-media-encryption", &media)]);
        assert_eq!(judge(Platform::Windows, &controls, "").len(), expected, "{phones} {cover}");
    }

    #[test]
    fn phones_that_count_as_media_can_be_read() {
        check("deny", "usb, phone", 1);
        check("deny", "usb", 0);
        check("deny-write", "usb, phone", 0);
    }
}
