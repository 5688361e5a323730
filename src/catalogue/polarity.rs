//! Which side of an address is stricter: the curated table under `polarity/`, else Microsoft's ConflictResolution where it names
//! the most secure value, else nobody knows. Never guessed from a name.

use super::entry::{Allowed, Form, Key, Kind, Node};
use super::facts::{self, Row, STATE, folded, most_secure};
use super::image::sides;
use super::{Catalogue, KeyMatch, Polarity, Side, Unset};
use crate::setting::{Address, Family, Leaf, Value};

/// What the vendor says of the values of an address.
struct Values {
    default: Option<Value>,
    /// The ends of a range, or every value of a list.
    ends: Vec<Value>,
}

impl Catalogue {
    /// Which side is stricter, and where that comes from; `None` where nobody has decided.
    pub fn polarity(&self, address: &Address) -> Option<(Polarity, String)> {
        self.side(address).map(|side| (side.stricter, side.from))
    }

    /// The same with all that it takes to compare two values of the address, or a value with none.
    pub fn side(&self, address: &Address) -> Option<Side> {
        match (&address.family, &address.leaf) {
            (Family::Profile, Leaf::Keys(path)) => self.key_side(Form::Profile, &address.owner, path),
            (Family::Declaration, Leaf::Keys(path)) => self.key_side(Form::Declaration, &address.owner, path),
            (Family::Compliance, Leaf::Keys(path)) => self.key_side(Form::Compliance, &address.owner, path),
            (Family::Csp, leaf) => self.node_side(self.known_node(&address.owner)?.node, leaf),
            _ => None,
        }
    }

    pub(crate) fn key_side(&self, form: Form, owner: &str, path: &[String]) -> Option<Side> {
        let found = self.known_key(form, owner, path)?;
        // The names of the schema, where `ANY` stands for a name of somebody's own.
        let path = |chain: &[&Key]| facts::path(chain.iter().map(|key| &key.name));
        // The keys that every payload has are found in each, and decided once.
        let row = |found: &KeyMatch<'_>| self.curated(self.type_row(form, &found.schema.name)?, &path(&found.chain));
        let row = found.iter().find_map(row)?;
        let first = found.first()?.key;
        // Files that share a type and disagree say nothing.
        let values = match found.iter().all(|other| other.key.default == first.default) {
            true => values_of_key(first),
            false => Values { default: None, ends: Vec::new() },
        };
        Some(decided(row, values))
    }

    pub(crate) fn node_side(&self, node: &Node, leaf: &Leaf) -> Option<Side> {
        let part = match leaf {
            Leaf::AdmxState => STATE,
            Leaf::AdmxElement(id) => id,
            Leaf::Node | Leaf::Keys(_) => "",
        };
        let row = self.row(&folded(&node.uri));
        if let Some(row) = row.and_then(|row| self.curated(self.types.len() + row, part)) {
            return Some(Side { is_text: *leaf == Leaf::Node, ..decided(row, values_of_node(node, leaf)) });
        }
        let rule = node.conflict.as_deref().filter(|_| *leaf == Leaf::Node)?;
        let row = Row {
            stricter: vec![most_secure(rule)?.to_owned()],
            unset: None,
            reason: String::new(),
            source: String::new(),
        };
        Some(Side { from: format!("ConflictResolution {rule}"), ..decided(row, values_of_node(node, leaf)) })
    }

    fn curated(&self, owner: usize, leaf: &str) -> Option<Row> {
        let of = |row| self.sides.get(row, sides::OWNER) as usize;
        let place = |row| (of(row), self.image.bytes(self.sides.get(row, sides::LEAF)));
        let wanted = (owner, leaf.as_bytes());
        let row = self.sides.partition_point(|row| place(row) < wanted);
        let is_there = row < self.sides.len() && place(row) == wanted;
        is_there.then(|| self.image.record(self.sides.get(row, sides::ROW)))
    }
}

/// The direction that a row gives an address of these values.
fn decided(row: Row, values: Values) -> Side {
    let stricter = Polarity::read(&row.stricter);
    let ends = match &stricter {
        Polarity::Order(chains) if values.ends.is_empty() => chains.iter().flatten().map(Value::text).collect(),
        _ => values.ends,
    };
    let listed = matches!(stricter, Polarity::SmallerSet | Polarity::LargerSet);
    let unset = match (row.unset.as_deref(), values.default) {
        (Some("strictest"), _) => Unset::Strictest,
        (Some("unknown"), _) => Unset::Unknown,
        (Some("weakest"), _) => Unset::Weakest,
        (Some(value), _) => Unset::Value(scalar(value)),
        // An empty default of a list says that there is none.
        (None, Some(default)) if !(listed && default == Value::text("")) => Unset::Value(default),
        (None, _) => Unset::Weakest,
    };
    Side { stricter, unset, from: format!("{} ({})", row.reason, row.source), is_text: false, ends }
}

/// A value as a table, a range or a list of values writes it.
fn scalar(text: &str) -> Value {
    match text {
        "true" | "enabled" => Value::Boolean(true),
        "false" | "disabled" => Value::Boolean(false),
        _ => text.parse().map_or_else(|_| Value::text(text), Value::Integer),
    }
}

fn values_of_key(key: &Key) -> Values {
    let typed = |text: &String| match key.kind {
        Kind::Boolean | Kind::Integer => scalar(text),
        _ => Value::text(text.as_str()),
    };
    let ends = match (key.kind, &key.range) {
        (Kind::Boolean, _) => vec![Value::Boolean(false), Value::Boolean(true)],
        (_, Some(range)) if key.rangelist.is_empty() => match (&range.min, &range.max) {
            (Some(min), Some(max)) => vec![typed(min), typed(max)],
            _ => Vec::new(),
        },
        _ => key.rangelist.iter().map(typed).collect(),
    };
    Values { default: key.default.as_ref().map(typed), ends }
}

fn values_of_node(node: &Node, leaf: &Leaf) -> Values {
    let allowed = node.allowed.as_ref();
    match leaf {
        Leaf::AdmxState => Values { default: None, ends: vec![Value::Boolean(false), Value::Boolean(true)] },
        Leaf::AdmxElement(id) => {
            let elements = allowed.and_then(|allowed| allowed.admx.as_ref()?.elements.as_ref());
            let element = elements.into_iter().flatten().find(|element| element.id == *id);
            let range = element.and_then(|element| element.range.as_ref());
            let ends = match (element, range.and_then(|range| Some((range.min.as_ref()?, range.max.as_ref()?)))) {
                (Some(element), _) if element.kind == "boolean" => vec![Value::Boolean(false), Value::Boolean(true)],
                (Some(element), Some((min, max))) if element.kind == "decimal" => vec![scalar(min), scalar(max)],
                (Some(element), _) => element.values.iter().map(|value| scalar(value)).collect(),
                (None, _) => Vec::new(),
            };
            Values { default: None, ends }
        }
        Leaf::Node | Leaf::Keys(_) => {
            let typed = |text: &str| match node.format.as_str() {
                "int" | "bool" => scalar(text),
                _ => Value::text(text),
            };
            let ends = match node.format.as_str() {
                "bool" => vec![Value::Boolean(false), Value::Boolean(true)],
                _ => allowed.map(|allowed| ends(allowed, typed)).unwrap_or_default(),
            };
            Values { default: node.default.as_deref().map(typed), ends }
        }
    }
}

/// The values of an ENUM, or the ends of a Range such as `[0-999]`.
fn ends(allowed: &Allowed, typed: impl Fn(&str) -> Value) -> Vec<Value> {
    match allowed.kind.as_str() {
        "ENUM" => allowed.values.iter().map(|value| typed(value)).collect(),
        "Range" => {
            let text = allowed.values.first().map(String::as_str).unwrap_or_default();
            let range = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')?.rsplit_once('-'));
            let number = |text: &str| text.trim_matches(['(', ')']).parse().ok().map(Value::Integer);
            range.and_then(|(min, max)| Some(vec![number(min)?, number(max)?])).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::Channel;

    fn check(family: Family, owner: &str, leaf: Leaf, expected: Option<(Polarity, &str)>) {
        let address = Address { family, channel: Channel::Device, owner: owner.to_owned(), instance: None, leaf };
        let found = Catalogue::embedded().polarity(&address);
        let found = found.as_ref().map(|(side, from)| (side.clone(), from.as_str()));
        match (found, expected) {
            (Some((side, from)), Some((wanted, why))) => {
                assert!(side == wanted && from.contains(why), "{address}: {side:?} {from}")
            }
            (found, expected) => assert_eq!(found, expected, "{address}"),
        }
    }

    fn keys(path: &str) -> Leaf {
        Leaf::Keys(path.split('.').map(str::to_owned).collect())
    }

    #[test]
    fn conflict_resolution_decides_where_it_names_the_most_secure_value() {
        let lock = "./Device/Vendor/MSFT/Policy/Config/DeviceLock";
        let idle = format!("{lock}/MaxInactivityTimeDeviceLock");
        check(Family::Csp, &idle, Leaf::Node, Some((Polarity::LowerZeroUnlimited, "ConflictResolution")));
        let vendor = idle.replace("./Device/", "./");
        check(Family::Csp, &vendor, Leaf::Node, Some((Polarity::LowerZeroUnlimited, "ConflictResolution")));
        check(Family::Csp, &format!("{lock}/DevicePasswordHistory"), Leaf::Node, Some((Polarity::Higher, "Highest")));
        check(Family::Csp, &format!("{lock}/AccountLockoutPolicy"), Leaf::Node, None);
    }

    #[test]
    fn the_curated_table_decides_the_rest_with_a_reason() {
        let restrictions = "com.apple.applicationaccess";
        check(
            Family::Profile,
            restrictions,
            keys("allowListedAppBundleIDs"),
            Some((Polarity::SmallerSet, "not listed")),
        );
        check(
            Family::Profile,
            restrictions,
            keys("allowPersonalHotspotModification"),
            Some((Polarity::Neutral, "freezes")),
        );
        let passcode = "com.apple.configuration.passcode.settings";
        check(Family::Declaration, passcode, keys("PasscodeReuseLimit"), Some((Polarity::Higher, "earlier codes")));
        let bitlocker = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";
        let length = Leaf::AdmxElement("MinPINLength".to_owned());
        check(Family::Csp, bitlocker, length, Some((Polarity::Higher, "longer PIN")));
        check(Family::Csp, bitlocker, Leaf::AdmxState, Some((Polarity::Neutral, "any length")));
        let tenant = "./Device/Vendor/MSFT/PassportForWork/0000/Policies/PINComplexity/Expiration";
        check(Family::Csp, tenant, Leaf::Node, Some((Polarity::LowerZeroUnlimited, "never")));
    }

    #[test]
    fn what_nobody_has_decided_is_unknown_whatever_its_name() {
        check(Family::Profile, "com.apple.TCC.configuration-profile-policy", keys("Services.Photos"), None);
        check(Family::Profile, "com.apple.applicationaccess", keys("allowNothingOfTheKind"), None);
        check(Family::Command, "Settings", keys("Settings"), None);
        check(Family::Csp, "./Device/Vendor/MSFT/Nothing", Leaf::Node, None);
    }
}
