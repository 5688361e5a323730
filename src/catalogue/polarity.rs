//! Which side of an address is stricter: Microsoft's ConflictResolution where it names the most secure value, else the curated
//! table under `polarity/`, else nobody knows. Never guessed from a name.

use super::entry::Form;
use super::facts::{STATE, key_address, node_address};
use super::image::sides;
use super::{Catalogue, NodeLookup, Polarity};
use crate::setting::{Address, Family, Leaf};
use serde::Deserialize;

/// A row of the table, as far as it is read.
#[derive(Deserialize)]
struct Row {
    side: String,
    reason: String,
    source: String,
}

impl Polarity {
    const WORDS: [(&'static str, Polarity); 7] = [
        ("higher", Polarity::Higher),
        ("lower", Polarity::Lower),
        ("lower-zero-unlimited", Polarity::LowerZeroUnlimited),
        ("higher-zero-unlimited", Polarity::HigherZeroUnlimited),
        ("smaller-set", Polarity::SmallerSet),
        ("larger-set", Polarity::LargerSet),
        ("neutral", Polarity::Neutral),
    ];

    /// The word for it, in the curated table and in output.
    pub fn word(self) -> &'static str {
        Polarity::WORDS.iter().find(|(_, polarity)| *polarity == self).map_or("", |(word, _)| word)
    }
}

impl Catalogue {
    /// Which side is stricter, and where that comes from; `None` where nobody has decided.
    pub fn polarity(&self, address: &Address) -> Option<(Polarity, String)> {
        match (&address.family, &address.leaf) {
            (Family::Profile, Leaf::Keys(path)) => self.curated(&key_address(Form::Profile, &address.owner, path)),
            (Family::Declaration, Leaf::Keys(path)) => {
                self.curated(&key_address(Form::Declaration, &address.owner, path))
            }
            (Family::Csp, leaf) => self.node_polarity(&address.owner, leaf),
            _ => None,
        }
    }

    pub(crate) fn node_polarity(&self, uri: &str, leaf: &Leaf) -> Option<(Polarity, String)> {
        let (NodeLookup::Found(found) | NodeLookup::WrongCase(found)) = self.node(uri) else { return None };
        let part = match leaf {
            Leaf::AdmxState => STATE,
            Leaf::AdmxElement(id) => id,
            Leaf::Node | Leaf::Keys(_) => "",
        };
        let stated = found.node.conflict.as_deref().filter(|_| *leaf == Leaf::Node).and_then(most_secure);
        stated.or_else(|| self.curated(&node_address(&found.node.uri, part)))
    }

    pub(crate) fn curated(&self, address: &str) -> Option<(Polarity, String)> {
        let text = |row| self.image.bytes(self.sides.get(row, sides::ADDRESS));
        let row = self.sides.partition_point(|row| text(row) < address.as_bytes());
        if row >= self.sides.len() || text(row) != address.as_bytes() {
            return None;
        }
        let row: Row = self.image.record(self.sides.get(row, sides::ROW));
        let (_, polarity) = Polarity::WORDS.iter().find(|(word, _)| *word == row.side)?;
        Some((*polarity, format!("{} ({})", row.reason, row.source)))
    }
}

/// What ConflictResolution says of strictness. `LastWrite` says who wins, not what is safer.
fn most_secure(rule: &str) -> Option<(Polarity, String)> {
    let polarity = match rule {
        "LowestValueMostSecure" => Polarity::Lower,
        "HighestValueMostSecure" => Polarity::Higher,
        "LowestValueMostSecureZeroHasNoLimits" => Polarity::LowerZeroUnlimited,
        "HighestValueMostSecureZeroHasNoLimits" => Polarity::HigherZeroUnlimited,
        _ => return None,
    };
    Some((polarity, format!("ConflictResolution {rule}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::Channel;

    fn check(family: Family, owner: &str, leaf: Leaf, expected: Option<(Polarity, &str)>) {
        let address = Address { family, channel: Channel::Device, owner: owner.to_owned(), instance: None, leaf };
        let found = Catalogue::embedded().polarity(&address);
        let found = found.as_ref().map(|(side, from)| (*side, from.as_str()));
        match (found, expected) {
            (Some((side, from)), Some((wanted, why))) => {
                assert!(side == wanted && from.contains(why), "{address}: {found:?}")
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
        check(Family::Csp, &format!("{lock}/ScreenTimeoutWhileLocked"), Leaf::Node, None);
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
        check(Family::Profile, "com.apple.applicationaccess", keys("allowSpellCheck"), None);
        check(Family::Profile, "com.apple.applicationaccess", keys("allowNothingOfTheKind"), None);
        check(Family::Command, "Settings", keys("Settings"), None);
        check(Family::Csp, "./Device/Vendor/MSFT/Nothing", Leaf::Node, None);
    }
}
