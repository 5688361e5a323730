//! Files of anybody's → the sources of an organisation that compile to the same settings.
//!
//! [`import`] takes what `reader` read, sorts it into groups, raises controls, prints the rest as raw entries, compiles what it has
//! printed, and compares: where that gives anything else than was read, there is an error and no file. No value that the catalogue
//! keeps from readers is written anywhere.
//!
//! Reading order: this file, `estate.rs` (readings → groups), `fill.rs` (what each group sets), `once.rs` (preferences that users may change), `top.rs` (keys of profiles themselves), `demand.rs` (what compliance policies leave open), `platform.rs` (which platform a file is for), `attach.rs` (files that stay as they are), `judge.rs` (what the
//! compiler would say of each setting), `keep.rs`
//! (identities of what is installed), `raise.rs` (which controls stand for it, and on which devices), `tree.rs` (groups → files), `yaml.rs` (their text), `prove.rs` (compiling them again), `said.rs` (each finding once, and where).

mod attach;
mod demand;
mod estate;
mod fill;
mod judge;
mod keep;
mod once;
mod platform;
mod prove;
mod raise;
mod said;
mod top;
mod tree;
mod yaml;

use crate::catalogue::Catalogue;
use crate::control::{self, Control, Differing, Near, OrganisationFacts, Raised};
use crate::diagnostic::{Diagnostics, Severity};
use crate::gather::Gather;
use crate::reader::{Kind, Reading, Readings};
use crate::setting::{Address, Date, Kept};
use crate::source::{SourceFile, Sources};
use crate::template::Template;
use crate::{policy, setting};
use estate::Group;
use judge::Facts;
use prove::Proof;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tree::{Drafted, Names};
use yaml::{Key, Yaml};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The id of the organisation: its folder's name.
    pub organisation: &'a str,
    /// The group that everything goes to, whatever folders and assignments say.
    pub group: Option<&'a str>,
    /// What the names of files begin with and says nothing of who gets them: the folders that were asked for, each with a `/`.
    pub roots: &'a [String],
    /// The day of the run, for the compile that proves the result.
    pub as_of: Date,
    /// Files of the organisation's that are there already and stay: the templates that it has ingested, by their whole paths.
    pub beside: &'a [SourceFile],
    /// Files by their names, where signed profiles are to stay as they are; else they are imported like all others.
    pub attach_signed: Option<&'a BTreeMap<&'a str, &'a [u8]>>,
}

/// What an import gives.
#[derive(Debug)]
pub struct Imported {
    /// Files by their paths inside `policy-sources/`; none beside an error.
    pub files: Vec<(String, Vec<u8>)>,
    /// What each group has.
    pub groups: Vec<GroupReport>,
    /// What was left out because a source cannot say it, or nothing here can name it.
    pub dropped: Vec<Note>,
    /// What files name without its value.
    pub unknown: Vec<Note>,
    /// Names of the secrets, with the variable that each is expected in.
    pub secrets: BTreeMap<String, String>,
    /// Findings; places count in the texts that were read.
    pub found: Diagnostics,
}

/// What became of one group's settings.
#[derive(Clone, Debug)]
pub struct GroupReport {
    /// Its id.
    pub id: String,
    /// Its platform.
    pub platform: setting::Platform,
    /// The files that it is made of.
    pub files: Vec<String>,
    /// Controls with their instance and how many settings each stands for.
    pub raised: Vec<(String, Option<String>, usize)>,
    /// Controls of which most settings are there, by their ids.
    pub near: Vec<NearReport>,
    /// Settings that stay as they are, sorted, each with the first file that says it.
    pub raw: Vec<(Address, String)>,
    /// Files that travel as they are.
    pub attached: Vec<String>,
}

/// A control that a person may ask for in the place of raw settings.
#[derive(Clone, Debug)]
pub struct NearReport {
    /// What a clause would write: `passcode: { min-length: 8 }`.
    pub requirement: String,
    /// How many of its settings are there.
    pub agreeing: usize,
    /// What it would set otherwise.
    pub differing: Vec<Differing>,
}

/// Compiles of what was printed until nothing differs.
const ROUNDS: usize = 12;

/// A control of a group, with its instance.
type Named = (String, String, Option<String>);

impl<'a> Wanted<'a> {
    /// The bytes of a file that stays as it is: a signed profile, where such are to.
    fn attached(&self, reading: &Reading) -> Option<&'a [u8]> {
        reading.signature.as_ref().filter(|_| reading.kind == Kind::Profile)?;
        self.attach_signed?.get(reading.name.as_str()).copied()
    }

    /// The templates whose ADMX files are there: the compiler has them installed.
    fn brought(&self) -> Vec<Template> {
        let mut templates = policy::templates(&Sources::new(self.beside.to_vec()));
        templates.retain(|template| {
            let file = format!("/admx/{}", template.file);
            self.beside.iter().any(|beside| beside.path.ends_with(&file))
        });
        templates
    }

    /// The name of a file without the folder that was asked for.
    fn shown(&self, name: &str) -> String {
        let inside =
            self.roots.iter().filter_map(|root| name.strip_prefix(root.as_str())).min_by_key(|rest| rest.len());
        inside.unwrap_or(name).to_owned()
    }
}

/// Something of a file that no source says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The file.
    pub file: String,
    /// Where in it.
    pub place: String,
    /// What it is.
    pub what: String,
    /// Why it is not there.
    pub why: String,
}

impl Note {
    fn new(reading: &Reading, place: &str, what: &str, why: &str) -> Note {
        let [place, what, why] = [place, what, why].map(str::to_owned);
        Note { file: reading.name.clone(), place, what, why }
    }

    fn of_piece(readings: &[Reading], address: &Address, piece: &estate::Piece, why: &str) -> Note {
        let file = piece.readings.first().map_or(String::new(), |n| readings[*n].name.clone());
        Note { file, place: address.to_string(), what: address.to_string(), why: why.to_owned() }
    }
}

/// The sources for what was read.
pub fn import(read: &Readings, catalogue: &Catalogue, wanted: &Wanted<'_>) -> Imported {
    let mut found = Diagnostics::default();
    let mut dropped = Vec::new();
    for reading in &read.readings {
        // One bad file stops no other: what could be read of it is imported, and the rest is said.
        let mut faults = reading.faults.clone();
        // What is mended is the file, which is not what import writes.
        faults.each(|fault| (fault.severity, fault.fix) = (fault.severity.max(Severity::Warning), None));
        found.absorb(faults);
    }
    let mut groups = estate::groups(&read.readings, (catalogue, wanted), (&mut dropped, &mut found));
    let mut secrets = BTreeMap::new();
    let library: Vec<Arc<Control>> = control::library().into_values().collect();
    let name = name(&read.readings, wanted.organisation);
    let identifier = identifier(&read.readings, &groups, wanted.organisation);
    let tenant = tenant(&groups);
    let names = Names { id: wanted.organisation, name: &name, identifier: &identifier, tenant: tenant.as_deref() };
    let attached = attach::files(&groups, &read.readings, wanted);
    let brought = wanted.brought();
    let (mut judged, mut kept): (Vec<Facts>, Vec<Kept>) = (Vec::new(), Vec::new());
    for group in &mut groups {
        let facts = judge::facts(wanted.organisation, group, catalogue);
        let mut target = keep::target((names.id, names.identifier), group, &facts);
        let own = keep::kept(group, &target, &read.readings, &mut dropped);
        // References stay inside a profile, and what is kept says which that is.
        target.kept = Arc::new(own.clone());
        for (address, piece, why) in judge::mend(&target, group, (catalogue, &brought), (&mut secrets, &mut found)) {
            dropped.push(Note::of_piece(&read.readings, &address, &piece, &format!("the compiler refuses it: {why}")));
        }
        judged.push(facts);
        kept.push(own);
    }
    let facts = organisation_facts(&names);
    let (mut raised, mut near): (Vec<Vec<Raised>>, Vec<Vec<Near>>) = (Vec::new(), Vec::new());
    for (group, judged) in groups.iter().zip(&mut judged) {
        let raising = raise::raise(&library, (group, judged), (&facts, wanted.organisation), catalogue);
        raised.push(raising.raised);
        near.push(raising.near);
    }
    let shown: Vec<String> = read.readings.iter().map(|reading| wanted.shown(&reading.name)).collect();
    let mut refused: BTreeSet<Named> = BTreeSet::new();
    let mut files = tree::Files::new();
    // A control that comes to something else among the others than alone stays raw.
    let mut is_named = false;
    for round in 0..ROUNDS {
        let drafts = drafts(&groups, &judged, &raised, &refused);
        files = tree::files(&names, &drafts, (&shown, &attached), &secrets);
        files.extend(attached.iter().map(|one| (format!("{}/{}", wanted.organisation, one.file), one.bytes.to_vec())));
        let all: Vec<(&str, &Kept)> = groups.iter().zip(&kept).map(|(group, kept)| (group.id.as_str(), kept)).collect();
        if let Some(text) = keep::text(&all) {
            files.insert(format!("{}/identities.yaml", wanted.organisation), text.into_bytes());
        }
        let proof = Proof::of(&files, &groups, catalogue, wanted);
        let again = proof.blamed(&groups, &raised, &refused);
        if again.is_empty() && !std::mem::replace(&mut is_named, true) {
            let within = (read.readings.as_slice(), catalogue, wanted.organisation);
            if keep::name_policies((&groups, &mut kept), &proof.policies, within, &mut dropped) {
                continue;
            }
        }
        if again.is_empty() {
            let lost = proof.mend(&mut groups);
            if lost.is_none() || round + 1 == ROUNDS {
                proof.report(&groups, &mut found);
                break;
            }
            for (address, piece, why) in lost.into_iter().flatten() {
                dropped.push(Note::of_piece(&read.readings, &address, &piece, &why));
            }
        }
        refused.extend(again);
    }
    found.sort(&read.sources);
    let found = said::once(found);
    let activations: BTreeSet<usize> = groups.iter().flat_map(|group| group.activations.keys().copied()).gather();
    dropped.extend(residue(&read.readings, &activations));
    dropped.sort_unstable();
    let unknown = read.readings.iter().flat_map(|reading| {
        reading.unknown.iter().map(|unknown| Note::new(reading, &unknown.place, &unknown.name, why(unknown.why)))
    });
    let drafts = drafts(&groups, &judged, &raised, &refused);
    let reports = drafts.iter().zip(&near).map(|(draft, near)| report(draft, near, &read.readings)).collect();
    let files = if found.has_errors() { Vec::new() } else { files.into_iter().collect() };
    Imported { files, groups: reports, dropped, unknown: unknown.collect(), secrets, found }
}

fn why(why: crate::reader::Why) -> &'static str {
    match why {
        crate::reader::Why::Masked => "the console keeps the value to itself",
        crate::reader::Why::NotReported => "the file names it and does not say its value",
        crate::reader::Why::NotThere => "a device answers that there is no such node",
        crate::reader::Why::NeedsTemplate => {
            "only its ADMX template tells what it is: `policyc ingest-admx` takes one in"
        }
    }
}

/// What nothing here can name. Of activations the compiler writes its own, with the same predicate.
fn residue<'a>(readings: &'a [Reading], activations: &'a BTreeSet<usize>) -> impl Iterator<Item = Note> + 'a {
    readings.iter().enumerate().flat_map(|(n, reading)| {
        let known = activations.contains(&n);
        let said = move |place: &str| known && matches!(place, "Payload.StandardConfigurations" | "Payload.Predicate");
        let left = reading.residue.iter().filter(move |left| !said(&left.place));
        // Between the categories of a template that an app brings along stands a `~`.
        let is_ingested =
            |place: &str| reading.kind == Kind::Catalogued && place.contains("_policy_config_") && place.contains('~');
        left.map(move |left| {
            let why = if is_ingested(&left.place) {
                why(crate::reader::Why::NeedsTemplate)
            } else {
                "nothing here can name it"
            };
            Note::new(reading, &left.place, &left.what, why)
        })
    })
}

fn drafts<'a>(
    groups: &'a [Group],
    judged: &'a [Facts],
    raised: &'a [Vec<Raised>],
    refused: &BTreeSet<Named>,
) -> Vec<Drafted<'a>> {
    let one = |((group, facts), raised): ((&'a Group, &'a Facts), &'a Vec<Raised>)| {
        let kept =
            |one: &&Raised| !refused.contains(&(group.id.clone(), one.control.id.value.clone(), one.instance.clone()));
        Drafted { group, facts, raised: raised.iter().filter(kept).collect() }
    };
    groups.iter().zip(judged).zip(raised).map(one).collect()
}

fn report(draft: &Drafted<'_>, near: &[Near], readings: &[Reading]) -> GroupReport {
    let claimed: BTreeSet<&Address> = draft.raised.iter().flat_map(|raised| &raised.addresses).gather();
    let file = |readings_of: &BTreeSet<usize>| readings_of.first().map_or(String::new(), |n| readings[*n].name.clone());
    let raw = draft.group.pieces.iter().filter(|(address, _)| !claimed.contains(address));
    GroupReport {
        id: draft.group.id.clone(),
        platform: draft.group.platform,
        files: draft.group.readings.iter().map(|n| readings[*n].name.clone()).collect(),
        raised: draft
            .raised
            .iter()
            .map(|raised| (raised.control.id.value.clone(), raised.instance.clone(), raised.addresses.len()))
            .collect(),
        near: near.iter().map(nearly).collect(),
        raw: raw.map(|(address, piece)| (address.clone(), file(&piece.readings))).collect(),
        attached: draft.group.attached.iter().map(|n| readings[*n].name.clone()).collect(),
    }
}

fn nearly(near: &Near) -> NearReport {
    let asked = Yaml::Map(tree::asked(&near.control, &near.given));
    let asked = match &near.instance {
        Some(instance) => Yaml::Map(vec![(Key::Other(instance.clone()), asked)]),
        None => asked,
    };
    let requirement = format!("{}: {}", near.control.id.value, yaml::flow(&asked));
    NearReport { requirement, agreeing: near.agreeing, differing: near.differing.clone() }
}

fn organisation_facts(names: &Names<'_>) -> OrganisationFacts {
    let texts = [("organisation", names.id), ("name", names.name), ("identifier", names.identifier)];
    let texts = texts.into_iter().chain(names.tenant.map(|tenant| ("entra-tenant", tenant)));
    let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
    OrganisationFacts { texts: texts.gather(), ..OrganisationFacts::default() }
}

/// The id of the directory, where it stands in a LocURI (PassportForWork names its policies by it).
fn tenant(groups: &[Group]) -> Option<String> {
    const BEFORE: &str = "./Device/Vendor/MSFT/PassportForWork/";
    let addresses = groups.iter().flat_map(|group| group.pieces.keys());
    let named = addresses.filter_map(|address| address.owner.strip_prefix(BEFORE)?.split('/').next());
    let ids: BTreeSet<&str> = named.filter(|name| tree::is_id(name)).gather();
    match ids.into_iter().collect::<Vec<_>>().as_slice() {
        [id] => Some((*id).to_owned()),
        _ => None,
    }
}

/// What users see: the name in the profiles, where they agree on one.
fn name(readings: &[Reading], id: &str) -> String {
    let names: BTreeSet<&str> = readings.iter().filter_map(|reading| reading.envelope.organisation.as_deref()).gather();
    match names.into_iter().map(tree::one_line).collect::<Vec<_>>().as_slice() {
        [name] if !name.trim().is_empty() => name.trim().to_owned(),
        _ => id.to_owned(),
    }
}

/// What identifiers begin with: what stands before the group's name where it has one, else the domain that most profiles begin with.
fn identifier(readings: &[Reading], groups: &[Group], id: &str) -> String {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for group in groups {
        for reading in group.readings.iter().map(|n| &readings[*n]) {
            let identifier = reading.envelope.identifier.as_deref().filter(|_| !reading.envelope.payloads.is_empty());
            if let Some(prefix) = identifier.and_then(|identifier| prefix(identifier, &group.id)) {
                *counted.entry(prefix).or_default() += 1;
            }
        }
    }
    let most = counted.into_iter().max_by(|a, b| (a.1, &b.0).cmp(&(b.1, &a.0)));
    most.map_or_else(|| format!("org.{id}"), |(prefix, _)| prefix)
}

/// Labels that stand between a country and a name: `uk.gov`, `au.com`.
const SECOND_LEVEL: [&str; 8] = ["ac", "co", "com", "edu", "gov", "net", "nhs", "org"];

fn prefix(identifier: &str, group: &str) -> Option<String> {
    let is_label =
        |label: &&str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let labels: Vec<&str> = identifier.split('.').take_while(is_label).collect();
    let named = labels.iter().position(|label| *label == group).filter(|at| *at >= 2);
    let of_domain = match labels.as_slice() {
        [country, second, ..] if country.len() == 2 && SECOND_LEVEL.contains(second) => 3,
        _ => 2,
    };
    let length = named.unwrap_or(of_domain);
    let prefix = labels.get(..length)?.join(".");
    (prefix.len() <= 100 && !prefix.starts_with("com.apple")).then_some(prefix)
}

/// A name of lower-case words joined by hyphens.
fn slug(text: &str, otherwise: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => slug.push(c),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(50);
    let slug = slug.trim_matches('-');
    let is_reserved = matches!(slug, "con" | "prn" | "aux" | "nul")
        || slug.len() == 4 && (slug.starts_with("com") || slug.starts_with("lpt"));
    match slug.is_empty() || is_reserved {
        true => otherwise.to_owned(),
        false => slug.to_owned(),
    }
}
