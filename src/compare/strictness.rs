//! The direction of one change (language.md §7): stronger, weaker, neutral or unknown, never guessed. The order of values is the
//! catalogue's, the same that decides which of two values stands where they meet.

use super::{Direction, Judgement};
use crate::catalogue::{Catalogue, Polarity, Side};
use crate::setting::{Address, Value};
use std::cmp::Ordering;

/// Which way it goes that an address is set to `after` in place of `before`, where `None` is not set at all; `None` where nothing
/// has changed, the order of a list's items included where these are compared as a set.
///
/// What holds where nothing is set is the vendor's default where the catalogue knows it, else the weakest value: so it is
/// neutral to take away what limits nothing. The change back goes the other way, but one that is stronger here and weaker there
/// is weaker both ways; its parts say which.
pub fn direction(
    catalogue: &Catalogue,
    address: &Address,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<Judgement> {
    if before == after {
        return None;
    }
    let Some(side) = catalogue.side(address) else {
        let because = "nobody has decided which side is stricter".to_owned();
        return Some(Judgement { direction: Direction::Unknown, parts: Vec::new(), because });
    };
    let parts = parts(&side, before, after);
    let direction = match (&side.stricter, side.compare(after, before)) {
        (Polarity::Neutral, _) => Direction::Neutral,
        (Polarity::SmallerSet | Polarity::LargerSet, Some(Ordering::Equal)) if before.is_some() == after.is_some() => {
            return None;
        }
        (_, None) => Direction::of_parts(
            parts.iter().map(|(_, part)| *part).chain(parts.is_empty().then_some(Direction::Unknown)),
        ),
        (_, Some(Ordering::Greater)) => Direction::Stronger,
        (_, Some(Ordering::Less)) => Direction::Weaker,
        (_, Some(Ordering::Equal)) => Direction::Neutral,
    };
    Some(Judgement { direction, parts, because: side.from })
}

/// What a list gains and loses, where both sides are lists.
fn parts(side: &Side, before: Option<&Value>, after: Option<&Value>) -> Vec<(String, Direction)> {
    let (Some(before), Some(after)) = (side.members(before), side.members(after)) else { return Vec::new() };
    let gained = if side.stricter == Polarity::LargerSet { Direction::Stronger } else { Direction::Weaker };
    let lost = before.difference(&after).map(|item| (item.to_string(), gained.reversed()));
    after.difference(&before).map(|item| (item.to_string(), gained)).chain(lost).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::{Channel, Family, Leaf};

    fn address(family: Family, owner: &str, leaf: Leaf) -> Address {
        Address { family, channel: Channel::Device, owner: owner.to_owned(), instance: None, leaf }
    }

    fn check(address: &Address, before: Option<Value>, after: Option<Value>, expected: &str) {
        let judged = direction(&Catalogue::embedded(), address, before.as_ref(), after.as_ref());
        let said = match judged {
            None => "nothing".to_owned(),
            Some(judged) => {
                let parts: Vec<String> =
                    judged.parts.iter().map(|(item, direction)| format!(" {item} {}", direction.word())).collect();
                format!("{}{}", judged.direction.word(), parts.concat())
            }
        };
        assert_eq!(said, expected, "{address}: {before:?} → {after:?}");
    }

    fn key(name: &str) -> Address {
        address(Family::Profile, "com.apple.applicationaccess", Leaf::Keys(vec![name.to_owned()]))
    }

    fn list(items: &str) -> Option<Value> {
        Some(Value::array(items.split_whitespace().map(Value::text)))
    }

    #[test]
    fn a_list_is_judged_item_by_item() {
        let (allowed, blocked) = (key("allowListedAppBundleIDs"), key("blockedAppBundleIDs"));
        check(&allowed, list("a"), list("a b"), "weaker \"b\" weaker");
        check(&allowed, list("a b"), list("a"), "stronger \"b\" stronger");
        check(&blocked, list("a"), list("a b"), "stronger \"b\" stronger");
        check(&blocked, list("a c"), list("a b"), "weaker \"b\" stronger \"c\" weaker");
        check(&blocked, list("a b"), list("b a"), "nothing");
        check(&allowed, None, list("a"), "stronger");
        check(&allowed, list(""), None, "weaker");
        check(&blocked, None, list("a"), "stronger \"a\" stronger");
        check(&blocked, None, list(""), "neutral");
    }

    #[test]
    fn what_is_not_set_is_the_default_or_no_limit() {
        let camera = address(Family::Csp, "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera", Leaf::Node);
        check(&camera, Some(Value::Integer(0)), None, "weaker");
        check(&camera, Some(Value::Integer(1)), None, "neutral");
        check(&camera, None, Some(Value::Integer(0)), "stronger");
        check(&camera, None, None, "nothing");
        // The DDF gives a default, and nothing makes anybody install updates where no deadline is set.
        let uri = "./Device/Vendor/MSFT/Policy/Config/Update/ConfigureDeadlineForQualityUpdates";
        check(&address(Family::Csp, uri, Leaf::Node), Some(Value::Integer(12)), None, "weaker");
        let history = address(
            Family::Profile,
            "com.apple.mobiledevice.passwordpolicy",
            Leaf::Keys(vec!["pinHistory".to_owned()]),
        );
        check(&history, Some(Value::Integer(5)), None, "weaker");
        check(&history, Some(Value::Integer(5)), Some(Value::Integer(8)), "stronger");
    }

    #[test]
    fn what_nobody_has_decided_is_unknown_and_what_may_be_either_is_neutral() {
        check(&key("allowNothingOfTheKind"), Some(Value::Boolean(true)), Some(Value::Boolean(false)), "unknown");
        check(&key("allowPasscodeModification"), Some(Value::Boolean(true)), Some(Value::Boolean(false)), "neutral");
    }

    #[test]
    fn a_policy_of_a_template_is_judged_element_by_element() {
        let pin = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";
        let length = address(Family::Csp, pin, Leaf::AdmxElement("MinPINLength".to_owned()));
        check(&length, Some(Value::Integer(8)), Some(Value::Integer(6)), "weaker");
        check(&length, Some(Value::Integer(8)), None, "weaker");
        check(&address(Family::Csp, pin, Leaf::AdmxState), Some(Value::Boolean(true)), None, "neutral");
        let encrypted = "./Device/Vendor/MSFT/BitLocker/RemovableDrivesRequireEncryption";
        let state = address(Family::Csp, encrypted, Leaf::AdmxState);
        check(&state, Some(Value::Boolean(true)), Some(Value::Boolean(false)), "weaker");
        check(&state, None, Some(Value::Boolean(false)), "neutral");
    }
}
