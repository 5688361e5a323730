//! What settings do to devices when they come, change or go, as far as anybody says so: a curated table under `impact/`, each row with a
//! reason and a source. What the vendors' own records state (RebootBehavior, AccessType, the version that takes a key away) is read
//! from there and has no row. Nothing is guessed: an address without a row is one of which nobody says anything.

use super::Catalogue;
use super::entry::Form;
use super::facts::folded;
use crate::setting::{Address, Edition, Family, Join, Leaf, Platform, Target, Value};
use serde::Deserialize;
use std::sync::LazyLock;

/// Apple's rows, then Windows'.
const TABLE: [&str; 2] = [include_str!("impact/apple.json"), include_str!("impact/windows.json")];

/// What a setting does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Does {
    /// Some people must choose another passcode, password or PIN.
    ChangesPasscode,
    /// Only what is chosen or encrypted from now on meets it.
    MeetsOnlyNew,
    /// What is encrypted would have to be decrypted and encrypted again.
    NeedsEncryptionAnew,
    /// So many failures and the device is erased.
    Erases,
    /// The device asks an authority for a certificate.
    RequestsCertificate,
    /// The device restarts by itself.
    Restarts,
    /// When it goes, what it did stays.
    KeepsEffect,
    /// When the server deletes the node, the value goes with it.
    Reverts,
    /// Some devices pay no heed to it.
    MissesSome,
}

/// One row of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    at: Vec<Place>,
    /// What it does.
    pub does: Does,
    /// Platforms that it does so on; empty for all.
    #[serde(default)]
    pub(crate) on: Vec<Platform>,
    /// Editions of Windows that it does so on.
    #[serde(default)]
    pub(crate) editions: Vec<Edition>,
    /// How computers are joined on which it does so.
    #[serde(default)]
    pub(crate) joins: Vec<Join>,
    /// The value that does so; none for any.
    #[serde(default)]
    to: Option<Scalar>,
    /// What happens, in a few words.
    pub reason: String,
    /// Who says so.
    pub source: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Place {
    /// Keys of a type, with dots between dictionary and key; without keys the type itself.
    Keys {
        form: Form,
        #[serde(rename = "type")]
        name: String,
        #[serde(default)]
        keys: Vec<String>,
    },
    /// A node, and all below it.
    Node { uri: String },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Boolean(bool),
    Integer(i64),
}

impl Effect {
    /// Whether it speaks of a value that this group gets or, without one, of what goes. Of devices that nobody knows it may.
    pub fn is_for(&self, target: Option<&Target>, after: Option<&Value>) -> bool {
        let holds = |condition: &dyn Fn(&Target) -> bool| target.is_none_or(condition);
        let on = self.on.is_empty() || holds(&|target| self.on.contains(&target.platform.value));
        let edition = |target: &Target| target.editions.iter().any(|own| self.editions.contains(&own.value));
        let edition = self.editions.is_empty() || holds(&edition);
        let join = |target: &Target| target.join.is_some_and(|own| self.joins.contains(&own.value));
        let join = self.joins.is_empty() || holds(&join);
        let value = match (&self.to, after) {
            (None, _) => true,
            (Some(Scalar::Boolean(wanted)), Some(Value::Boolean(value))) => wanted == value,
            (Some(Scalar::Integer(wanted)), Some(Value::Integer(value))) => i128::from(*wanted) == *value,
            _ => false,
        };
        on && edition && join && value
    }

    /// On which devices alone it speaks, in words; `None` where it speaks of all.
    pub fn devices(&self) -> Option<String> {
        let platforms = self.on.iter().map(ToString::to_string);
        let editions = self.editions.iter().map(|edition| format!("Windows {}", edition.word()));
        let joins = self.joins.iter().map(|join| format!("{}-joined computers", join.word()));
        let all: Vec<String> = platforms.chain(editions).chain(joins).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }

    /// What it speaks of, address by address, and a value that does so.
    #[cfg(test)]
    pub(crate) fn examples(&self) -> (Vec<Address>, Value) {
        let address = |family: Family, owner: &str, leaf: Leaf| {
            let channel = crate::setting::Channel::Device;
            Address { family, channel, owner: owner.to_owned(), instance: None, leaf }
        };
        let at = |place: &Place| match place {
            Place::Node { uri } => vec![address(Family::Csp, uri, Leaf::Node)],
            Place::Keys { form, name, keys } => {
                let family = if *form == Form::Profile { Family::Profile } else { Family::Declaration };
                let keys = if keys.is_empty() { vec!["Any".to_owned()] } else { keys.clone() };
                let path = |key: String| Leaf::Keys(key.split('.').map(str::to_owned).collect());
                keys.into_iter().map(|key| address(family, name, path(key))).collect()
            }
        };
        let value = match self.to {
            Some(Scalar::Boolean(value)) => Value::Boolean(value),
            Some(Scalar::Integer(number)) => Value::Integer(number.into()),
            None => Value::Integer(4),
        };
        (self.at.iter().flat_map(at).collect(), value)
    }
}

impl Catalogue {
    /// Every effect of the table, in its order.
    pub fn all_effects() -> &'static [Effect] {
        static ROWS: LazyLock<Vec<Effect>> = LazyLock::new(|| {
            let read = |text: &&str| match serde_json::from_str::<Vec<Effect>>(text) {
                Ok(rows) => rows,
                Err(error) => panic!("internal: the table of impacts: {error}"),
            };
            TABLE.iter().flat_map(read).collect()
        });
        &ROWS
    }

    /// The effects that the table has for an address.
    pub fn effects<'a>(&'a self, address: &'a Address) -> impl Iterator<Item = &'static Effect> + 'a {
        let node = (address.family == Family::Csp).then(|| self.known_node(&address.owner)).flatten();
        let uri = folded(node.as_ref().map_or(address.owner.as_str(), |found| &found.node.uri));
        Catalogue::all_effects().iter().filter(move |effect| effect.at.iter().any(|place| place.holds(address, &uri)))
    }

    /// Whether a payload or declaration of this type has a device ask for a certificate, and which row says so.
    pub fn requests_certificate(&self, form: Form, owner: &str) -> Option<&'static Effect> {
        let is_its =
            |place: &Place| matches!(place, Place::Keys { form: its, name, .. } if *its == form && name == owner);
        let mut rows = Catalogue::all_effects().iter().filter(|effect| effect.does == Does::RequestsCertificate);
        rows.find(|effect| effect.at.iter().any(is_its))
    }
}

impl Place {
    fn holds(&self, address: &Address, uri: &str) -> bool {
        match self {
            Place::Keys { form, name, keys } => {
                let family = match form {
                    Form::Profile => Family::Profile,
                    Form::Declaration => Family::Declaration,
                    Form::Command => Family::Command,
                    Form::Compliance => Family::Compliance,
                    Form::Status => return false,
                };
                let Leaf::Keys(path) = &address.leaf else { return false };
                let begins = |key: &String| {
                    let wanted: Vec<&str> = key.split('.').collect();
                    path.len() >= wanted.len() && path.iter().zip(&wanted).all(|(own, wanted)| own == wanted)
                };
                address.family == family && address.owner == *name && (keys.is_empty() || keys.iter().any(begins))
            }
            Place::Node { uri: above } => {
                address.family == Family::Csp
                    && uri.strip_prefix(&folded(above)).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::KeyLookup;
    use crate::setting::Channel;
    use std::collections::BTreeSet;

    fn address(family: Family, owner: &str, leaf: Leaf) -> Address {
        Address { family, channel: Channel::Device, owner: owner.to_owned(), instance: None, leaf }
    }

    fn check(address: &Address, expected: &[Does]) {
        let found: Vec<Does> = Catalogue::embedded().effects(address).map(|effect| effect.does).collect();
        assert_eq!(found, expected, "{address}");
    }

    #[test]
    fn every_row_speaks_of_something_that_exists_and_says_why_and_whence() {
        let catalogue = Catalogue::embedded();
        let uris: BTreeSet<String> = catalogue.uris().into_iter().map(folded).collect();
        for effect in Catalogue::all_effects() {
            assert!(!effect.at.is_empty() && effect.reason.len() > 20 && effect.source.len() > 5, "{effect:?}");
            for place in &effect.at {
                match place {
                    Place::Node { uri } => assert!(uris.contains(&folded(uri)), "{uri}"),
                    Place::Keys { form, name, keys } if keys.is_empty() => {
                        assert!(!catalogue.schemas(*form, name).is_empty(), "{name}");
                    }
                    Place::Keys { form, name, keys } => {
                        for key in keys {
                            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
                            let found = matches!(catalogue.key(*form, name, &path), KeyLookup::Found(_));
                            assert!(found, "{name} {key}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn no_row_says_what_the_ddf_says() {
        let restarts = Catalogue::embedded();
        let stated = restarts.nodes().filter(|node| node.reboot.is_some());
        for node in stated {
            let address = address(Family::Csp, &node.uri, Leaf::Node);
            assert!(restarts.effects(&address).all(|effect| effect.does != Does::Restarts), "{}", node.uri);
        }
    }

    #[test]
    fn a_row_holds_for_its_keys_and_for_all_below_its_node() {
        let passcode = "com.apple.mobiledevice.passwordpolicy";
        let keys = |path: &str| Leaf::Keys(path.split('.').map(str::to_owned).collect());
        check(&address(Family::Profile, passcode, keys("maxFailedAttempts")), &[Does::Erases]);
        check(&address(Family::Profile, passcode, keys("customRegex.passwordContentRegex")), &[Does::MeetsOnlyNew]);
        check(&address(Family::Profile, passcode, keys("maxInactivity")), &[]);
        check(&address(Family::Declaration, passcode, keys("maxFailedAttempts")), &[]);
        check(
            &address(Family::Profile, "com.apple.security.scep", keys("PayloadContent.URL")),
            &[Does::RequestsCertificate],
        );
        let bitlocker = "./Device/Vendor/MSFT/BitLocker";
        let length = format!("{bitlocker}/SystemDrivesMinimumPINLength");
        let element = Leaf::AdmxElement("MinPINLength".to_owned());
        check(&address(Family::Csp, &length, element), &[Does::MeetsOnlyNew]);
        check(
            &address(Family::Csp, &length.replace("./Device/", "./").to_lowercase(), Leaf::Node),
            &[Does::MeetsOnlyNew],
        );
        check(&address(Family::Csp, bitlocker, Leaf::Node), &[]);
        let hello = "./Device/Vendor/MSFT/PassportForWork/8f1e4a52/Policies/PINComplexity/Expiration";
        check(&address(Family::Csp, hello, Leaf::Node), &[Does::ChangesPasscode]);
        let wifi = "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing";
        check(&address(Family::Csp, wifi, Leaf::Node), &[Does::Reverts, Does::MissesSome]);
        check(&address(Family::Csp, "./Device/Vendor/MSFT/Policy/ConfigOperations/X", Leaf::Node), &[]);
    }
}
