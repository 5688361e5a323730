//! What a server or console accepts, as data: one file for each, with a source for each row. Whatever a consumer refuses, keeps for
//! itself or fills in is looked up here, and nowhere else.
//!
//! Reading order: this file (what is known of a consumer, and which there are), [`refusal`] (one file against one consumer), then the
//! files by form: `profile.rs`, `declaration.rs`, `syncml.rs`. Where in the sources a finding is, `backend/served.rs` knows.

mod declaration;
mod profile;
pub mod refusal;
mod syncml;

use crate::diagnostic::nearest::did_you_mean;
use crate::digest;
use crate::setting::Target;
use crate::setting::variable::{Family, Variables};
use serde::Deserialize;
use std::sync::OnceLock;

/// The files, in the order of their names.
const FILES: &[&str] = &[
    include_str!("data/apple-lenient.json"),
    include_str!("data/apple-strict.json"),
    include_str!("data/fleet-custom.json"),
    include_str!("data/fleet.json"),
    include_str!("data/intune-custom.json"),
    include_str!("data/intune-portal.json"),
];

/// The names, in the order of the files.
pub const NAMES: &[&str] =
    &["apple-lenient", "apple-strict", "fleet-custom", "fleet", "intune-custom", "intune-portal"];

/// One server or console.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    /// Its name, as `--server` takes it.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Which one exactly, in a line.
    pub about: String,
    /// The consumer that it is but for what stands here.
    #[serde(default)]
    like: Option<String>,
    /// Options whose settings it leaves to files after all, though the one that it is like does not.
    #[serde(default)]
    yields: Vec<String>,
    /// The platforms that it manages; empty for all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// The forms of files that it takes.
    #[serde(default)]
    pub takes: Vec<String>,
    /// Bytes of the largest file.
    #[serde(default)]
    pub bytes: Option<usize>,
    /// Why it takes no signed file, where it takes none.
    #[serde(default)]
    pub signed: Option<String>,
    /// What it keeps for itself.
    #[serde(default)]
    pub reserves: Vec<Reserved>,
    /// What it asks of a profile.
    #[serde(default)]
    profile: Option<ProfileRules>,
    /// What it asks of a declaration.
    #[serde(default)]
    declaration: Option<DeclarationRules>,
    /// What it asks of a fragment.
    #[serde(default)]
    syncml: Option<SyncmlRules>,
    /// What it asks of a node.
    #[serde(default)]
    pub node_verbs: Option<NodeRules>,
    /// What it changes in a file.
    #[serde(default)]
    pub rewrites: Vec<Rewrite>,
    /// Its own switches, and the settings that give each its value.
    #[serde(default)]
    pub switches: Vec<Switch>,
    /// What it sets itself where a switch is on.
    #[serde(default)]
    pub sets: Vec<Asked>,
    /// What it fills in.
    #[serde(default)]
    pub variables: Variables,
}

/// A switch of a console that follows from settings which the consumer keeps for itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// Where it stands among the console's options, with dots.
    pub option: String,
    /// The platforms that it is about.
    pub platforms: Vec<String>,
    /// Another option without which this one cannot be set.
    #[serde(default)]
    pub beside: Option<String>,
    /// Its value, where each of `when` is so.
    #[serde(default)]
    pub value: Option<String>,
    /// What must be asked for so.
    #[serde(default)]
    pub when: Vec<Asked>,
    /// Settings whose value it takes, where all of them have the same.
    #[serde(default)]
    pub same: Vec<Asked>,
    /// The largest number that it takes.
    #[serde(default)]
    pub most: Option<i64>,
    /// What the value must end in, which the switch leaves out.
    #[serde(default)]
    pub ends: Option<String>,
    /// Where that is said.
    pub source: String,
}

/// A setting, and perhaps its value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Payload type, declaration type or LocURI.
    pub owner: String,
    /// The key or element; the node itself, or its state, where there is none.
    #[serde(default)]
    pub key: Option<String>,
    /// Its value, as text.
    #[serde(default)]
    pub is: Option<String>,
    /// The option with which the consumer sets it.
    #[serde(default)]
    pub option: Option<String>,
    /// Where that is said.
    #[serde(default)]
    pub source: Option<String>,
}

/// What kind of thing is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A type of payload.
    Payload,
    /// A type of declaration.
    Declaration,
    /// Every LocURI that this is part of.
    Uri,
    /// An identifier of a profile or payload.
    Identifier,
    /// A profile's name, as the console shows it.
    Name,
    /// A type of declaration that it makes itself: nothing is lost where ours is left out.
    Made,
}

/// One thing that a consumer keeps for itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserved {
    /// What kind of thing.
    pub kind: Kind,
    /// Which one.
    #[serde(rename = "match")]
    pub matches: String,
    /// Only where one of these keys stands in it; whatever stands in it where there is none.
    #[serde(default)]
    pub keys: Vec<String>,
    /// What it is, for people.
    pub what: String,
    /// The console's own switch for it, where it has one.
    #[serde(default)]
    pub option: Option<String>,
    /// Where that is said.
    pub source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileRules {
    keys: Vec<String>,
    #[serde(default)]
    payload_keys: Vec<String>,
    scopes: Vec<String>,
    source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclarationRules {
    types: Vec<String>,
    source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct SyncmlRules {
    commands: Vec<String>,
    exec: String,
    exec_variable: String,
    source: String,
}

/// What a consumer asks of the nodes that it is given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeRules {
    /// The verbs that each must take.
    pub needs: Vec<String>,
    /// Where that is said.
    pub source: String,
}

/// Something that a consumer changes in a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// In which form of file.
    pub form: String,
    /// What of it.
    pub what: String,
    /// What becomes of it.
    pub how: String,
    /// Where that is said.
    pub source: String,
}

impl Consumer {
    /// What it has against a node that takes only these verbs: the cause, and the cure.
    pub(crate) fn lacks(&self, uri: &str, access: &[String]) -> Option<(String, &'static str)> {
        let needs = self.node_verbs.as_ref()?.needs.iter().map(String::as_str);
        let lacks: Vec<&str> = needs.filter(|verb| !access.iter().any(|own| own == verb)).collect();
        let cause = format!("`{uri}` does not take {}, and {} needs it of a node", lacks.join(" and "), self.title);
        let cure = "the console may report an error although the device has the value; ask for it in another form where that matters";
        (!lacks.is_empty()).then_some((cause, cure))
    }

    /// Whether it manages devices of a group's platform.
    pub fn manages(&self, target: &Target) -> bool {
        self.platforms.is_empty() || self.platforms.iter().any(|platform| platform == target.platform.word())
    }

    /// Whether it is a Fleet server, however it is set up.
    pub fn is_fleet(&self) -> bool {
        [Some(self.name.as_str()), self.like.as_deref()].contains(&Some("fleet"))
    }

    /// Every row's source, so that a test can see that none is missing.
    pub fn sources(&self) -> Vec<&str> {
        let rules = [
            self.profile.as_ref().map(|rules| &rules.source),
            self.declaration.as_ref().map(|rules| &rules.source),
            self.syncml.as_ref().map(|rules| &rules.source),
            self.node_verbs.as_ref().map(|rules| &rules.source),
        ];
        let names = self.variables.0.iter().flat_map(|family| family.names.iter().map(|name| &name.source));
        let rows = self.reserves.iter().map(|row| &row.source).chain(self.rewrites.iter().map(|row| &row.source));
        let switches = self.switches.iter().map(|row| &row.source);
        let sets = self.sets.iter().filter_map(|row| row.source.as_ref());
        let all = rules.into_iter().flatten().chain(rows).chain(names).chain(switches).chain(sets);
        all.map(String::as_str).collect()
    }
}

fn all() -> &'static [Consumer] {
    static ALL: OnceLock<Vec<Consumer>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read = |text: &&str| match serde_json::from_str::<Consumer>(text) {
            Ok(consumer) => consumer,
            Err(error) => panic!("internal: an embedded consumer: {error}"),
        };
        let written: Vec<Consumer> = FILES.iter().map(read).collect();
        written.iter().map(|one| whole(one, &written)).collect()
    })
}

/// A consumer with all that it has from the one that it is like.
fn whole(one: &Consumer, written: &[Consumer]) -> Consumer {
    let Some(base) = written.iter().find(|base| Some(&base.name) == one.like.as_ref()) else { return one.clone() };
    let yielded = |row: &Reserved| row.option.as_ref().is_some_and(|option| one.yields.contains(option));
    let mut whole = base.clone();
    (whole.name, whole.title, whole.about) = (one.name.clone(), one.title.clone(), one.about.clone());
    whole.like = one.like.clone();
    whole.reserves.retain(|row| !yielded(row));
    whole.switches.clear();
    whole.sets.clear();
    whole
}

/// The consumer of this name.
pub fn named(name: &str) -> Option<&'static Consumer> {
    NAMES.contains(&name).then(|| all().iter().find(|one| one.name == name)).flatten()
}

/// What each of them is, by name, for help texts: no file is read for it.
pub fn abouts() -> Vec<(&'static str, &'static str)> {
    let about = |text: &'static str| text.split_once("\"about\": \"").and_then(|(_, rest)| rest.split('"').next());
    NAMES.iter().zip(FILES).map(|(name, text)| (*name, about(text).unwrap_or_default())).collect()
}

/// What to say where no consumer has this name.
pub fn unknown(name: &str) -> String {
    did_you_mean(name, NAMES.iter().copied()).unwrap_or_else(|| format!("known are {}", NAMES.join(", ")))
}

/// What is known of all of them, as it ships in the binary: what a digest of it is taken of.
pub fn bytes() -> Vec<u8> {
    FILES.concat().into_bytes()
}

/// A digest of what is known of the consumer of this name, with what it has from another one.
pub fn digest(name: &str) -> Option<String> {
    let file = |name: &str| NAMES.iter().position(|known| *known == name).map(|at| FILES[at]);
    let like = all().iter().find(|one| one.name == name)?.like.as_deref().and_then(file).unwrap_or_default();
    Some(digest::sha256(format!("{}{like}", file(name)?).as_bytes()))
}

/// Whatever any consumer fills in while it delivers a file, one list for all. Names that pipelines fill in are none of them.
pub fn placeholders() -> &'static Variables {
    static EVERY: OnceLock<Variables> = OnceLock::new();
    EVERY.get_or_init(|| {
        let own = all().iter().flat_map(|one| &one.variables.0).filter(|family| family.refused.is_none());
        let mut families: Vec<Family> = Vec::new();
        for family in own {
            if !families.iter().any(|other| other.syntax == family.syntax) {
                families.push(family.clone());
            }
        }
        Variables(families)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_and_every_row_has_a_source() {
        let names: Vec<&str> = all().iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, NAMES);
        for one in all() {
            assert!(!one.takes.is_empty() && one.about.len() <= 80, "{}", one.name);
            assert!(abouts().contains(&(one.name.as_str(), one.about.as_str())), "{}", one.name);
            assert!(one.sources().iter().all(|source| source.len() > 5), "{}", one.name);
            assert_eq!(named(&one.name), Some(one));
        }
        assert!(all().iter().any(|one| one.sources().len() > 40), "the rows are gone");
    }

    #[test]
    fn a_consumer_may_be_another_but_for_what_it_yields() {
        let reserved = |name: &str, what: &str| named(name).unwrap().reserves.iter().any(|row| row.matches == what);
        assert!(reserved("fleet", "/Vendor/MSFT/BitLocker") && !reserved("fleet-custom", "/Vendor/MSFT/BitLocker"));
        assert!(reserved("fleet-custom", "com.apple.configuration.package"));
        assert_eq!(named("fleet").unwrap().variables, named("fleet-custom").unwrap().variables);
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_one() {
        assert_eq!(named("fleat"), None);
        assert!(unknown("fleat").contains("`fleet`"));
        assert!(unknown("something else").contains("intune-portal"));
    }
}
