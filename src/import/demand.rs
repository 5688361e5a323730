//! What a compliance policy asks of devices. Graph writes every property of one, and those that nobody asked for as `false`, or by the
//! word for it (Microsoft Graph, `deviceCompliancePolicy`: `deviceDefault`, `notConfigured`, `notSet`, `unavailable`). Several policies
//! judge one device side by side, and what one of them leaves open contradicts none of the others.

use crate::gather::Gather;
use crate::reader::Reading;
use crate::setting::{Address, Family, Setting, Value};
use std::collections::BTreeSet;

/// Words of enumerations that ask for nothing.
const OPEN: [&str; 4] = ["deviceDefault", "notConfigured", "notSet", "unavailable"];

/// Whether a compliance policy leaves open what this could ask.
pub(super) fn is_open(setting: &Setting) -> bool {
    setting.address.family == Family::Compliance
        && match &setting.value {
            Value::Boolean(asked) => !asked,
            Value::Text(word) => OPEN.contains(&word.as_str()),
            Value::Array(items) => items.is_empty(),
            _ => false,
        }
}

/// What the compliance policies among these files ask.
pub(super) fn of<'a>(readings: impl Iterator<Item = &'a Reading>) -> BTreeSet<&'a Address> {
    let asks = |setting: &&Setting| setting.address.family == Family::Compliance && !is_open(setting);
    readings.flat_map(Reading::settings).filter(asks).map(|setting| &setting.address).gather()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::{Channel, Leaf};

    #[test]
    fn what_nobody_asked_for_is_open() {
        let check = |family: Family, value: Value, expected: bool| {
            let (owner, leaf) = ("windows10CompliancePolicy".to_owned(), Leaf::Keys(vec!["x".to_owned()]));
            let address = Address { family, channel: Channel::Device, owner, instance: None, leaf };
            let setting = Setting::found(address, value);
            assert_eq!(is_open(&setting), expected, "{setting:?}");
        };
        check(Family::Compliance, Value::Boolean(false), true);
        check(Family::Compliance, Value::Boolean(true), false);
        check(Family::Compliance, Value::text("deviceDefault"), true);
        check(Family::Compliance, Value::text("secured"), false);
        check(Family::Compliance, Value::array([]), true);
        check(Family::Compliance, Value::Integer(0), false);
        check(Family::Profile, Value::Boolean(false), false);
    }
}
