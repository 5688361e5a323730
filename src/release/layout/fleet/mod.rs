//! A folder that Fleet's GitOps reads: `fleets/` with one file for each fleet, `lib/` with the files that it names, and what was left
//! out of them. The names of keys are those of Fleet 4.83 and later: fleets, reports, `apple_settings`, `configuration_profiles`.
//!
//! A group whose `assign` names labels shares its organisation's fleet with others, by these labels. One without labels is a fleet of its
//! own, so that its files reach nobody else's devices. Fleet signs profiles itself, so none here is signed; and what is secret stands as
//! a custom variable, whose value the console keeps.
//!
//! Reading order: this file (which fleets there are, and their files), `switch.rs` (options that follow from what is left out), `yaml.rs`,
//! `left_out.rs`.

mod left_out;
mod switch;
mod yaml;

use crate::backend::fill::{Secrets, fill};
use crate::backend::{Artefact, Format, Left, Reduced, handed};
use crate::consumer::{self, Consumer};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::{Platform, Route, Target};
use std::collections::{BTreeMap, BTreeSet};
use switch::{Outcome, Switched, outcome};

/// One group of a release.
#[derive(Debug)]
pub struct Group<'a> {
    /// Its facts.
    pub target: &'a Target,
    /// The files that Fleet takes, and what is not in them.
    pub reduced: Reduced,
}

/// The folder.
#[derive(Debug, Default)]
pub struct Laid {
    /// The files of each group, in the order that they were given in.
    pub groups: Vec<Vec<Artefact>>,
    /// Files beside them, by path.
    pub beside: BTreeMap<String, Vec<u8>>,
    /// How many settings nothing of Fleet's stands for.
    pub open: usize,
    /// What stands in the way.
    pub found: Diagnostics,
}

/// One fleet: a file of GitOps.
struct Fleet<'a> {
    /// Its name in Fleet.
    name: String,
    /// Its file.
    path: String,
    /// Its groups, by their place.
    groups: Vec<usize>,
    /// Options that follow from what is left out.
    options: Vec<Switched<'a>>,
    /// The profiles of each platform's list: path from the file, and the group.
    apple: Vec<(String, usize)>,
    windows: Vec<(String, usize)>,
}

/// A custom variable that stands for a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Custom {
    variable: String,
    organisation: String,
    secret: String,
    /// Whether it stands in a document inside a value, where characters of markup would break it.
    in_document: bool,
}

/// Lays out the groups that go to Fleet.
pub fn lay(groups: &[Group<'_>]) -> Laid {
    let mut laid = Laid::default();
    let mut custom: BTreeSet<Custom> = BTreeSet::new();
    let mut fleets = fleets(groups);
    for (at, group) in groups.iter().enumerate() {
        let mut own = Vec::new();
        let Some(fleet) = fleets.iter_mut().find(|fleet| fleet.groups.contains(&at)) else {
            laid.groups.push(own);
            continue;
        };
        for artefact in &group.reduced.artefacts {
            let Some(placed) = place(group.target, artefact, &mut custom, &mut laid.found) else { continue };
            let list = if *group.target.platform == Platform::Windows { &mut fleet.windows } else { &mut fleet.apple };
            list.push((format!("../{}", placed.path), at));
            own.push(placed);
        }
        laid.groups.push(own);
    }
    report_equal_names(groups, &fleets, &laid.groups, &mut laid.found);
    report_equal_variables(groups, &custom, &mut laid.found);
    for fleet in &fleets {
        laid.beside.insert(fleet.path.clone(), yaml::file(fleet, groups).into_bytes());
    }
    laid.open = fleets
        .iter()
        .flat_map(|fleet| fleet.groups.iter().map(move |at| (fleet, *at)))
        .map(|(fleet, at)| open(fleet, &groups[at]))
        .sum();
    let outside: Vec<&Target> = groups.iter().map(|group| group.target).filter(|target| !is_fleets(target)).collect();
    let told = left_out::Told { fleets: &fleets, groups, custom: &custom, outside: &outside };
    laid.beside.insert("LEFT-OUT.md".to_owned(), told.page().into_bytes());
    laid.beside.insert("left-out.json".to_owned(), told.json());
    laid
}

/// How many settings of a group a person must see to.
fn open(fleet: &Fleet<'_>, group: &Group<'_>) -> usize {
    let carried = |left: &&Left| matches!(outcome(left, group, &fleet.options), Outcome::Carried(_));
    group.reduced.left.iter().filter(|left| !carried(left)).count()
}

/// Whether a group's server is a Fleet server, and has files for it.
fn is_fleets(target: &Target) -> bool {
    let takes = |consumer: &Consumer| consumer.is_fleet() && consumer.manages(target);
    consumer_of(target).is_some_and(takes) && target.routes().contains(&Route::Direct)
}

fn consumer_of(target: &Target) -> Option<&'static Consumer> {
    target.server.and_then(|server| consumer::named(&server.name))
}

fn fleets<'a>(groups: &[Group<'a>]) -> Vec<Fleet<'a>> {
    let mut fleets: BTreeMap<String, Fleet<'a>> = BTreeMap::new();
    for (at, group) in groups.iter().enumerate().filter(|(_, group)| is_fleets(group.target)) {
        let target = group.target;
        let name = match labels(target) {
            (include, exclude) if include.is_empty() && exclude.is_empty() => {
                format!("{} {}", target.organisation, target.identity)
            }
            _ => target.organisation.clone(),
        };
        let path = format!("fleets/{}.yml", name.replace(' ', "."));
        let new = || Fleet {
            name: name.clone(),
            path,
            groups: Vec::new(),
            options: Vec::new(),
            apple: Vec::new(),
            windows: Vec::new(),
        };
        fleets.entry(name.clone()).or_insert_with(new).groups.push(at);
    }
    let mut fleets: Vec<Fleet<'a>> = fleets.into_values().collect();
    for fleet in &mut fleets {
        let own: Vec<&Group<'_>> = fleet.groups.iter().map(|at| &groups[*at]).collect();
        fleet.options = switch::switched(&own);
    }
    fleets
}

/// The labels of those who get a group's files, and of those who are left out.
fn labels(target: &Target) -> (Vec<&str>, Vec<&str>) {
    target.audience("fleet")
}

/// The name of a file in Fleet: nothing of it changes where titles do.
fn name(target: &Target, part: &str, between: &str) -> String {
    format!("{} {}{between}{part}", target.organisation, target.identity)
}

/// A file in its place and under its name, with custom variables for what is secret.
fn place(
    target: &Target,
    artefact: &Artefact,
    custom: &mut BTreeSet<Custom>,
    found: &mut Diagnostics,
) -> Option<Artefact> {
    let file = artefact.path.rsplit('/').next().unwrap_or(&artefact.path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let mut variables = Secrets::new();
    let text = String::from_utf8_lossy(&artefact.bytes);
    for mark in crate::setting::secret::marks(&text) {
        let variable = variable(&target.organisation, mark.name);
        variables.insert(mark.name.to_owned(), format!("${variable}").into_bytes().into());
        let (organisation, secret) = (target.organisation.clone(), mark.name.to_owned());
        custom.insert(Custom { variable, organisation, secret, in_document: mark.in_xml });
    }
    let filled = match fill(artefact.format, &artefact.bytes, &variables) {
        Ok(filled) => filled,
        Err(unfit) => {
            let message = format!("the secret `{}` cannot stand as a variable: {}", unfit.name, unfit.why);
            let finding = Diagnostic::in_artefact(Code::ServerVariable, artefact.path.as_str(), "", message);
            found.push(finding.help("write it as text, or release the group without this layout"));
            return None;
        }
    };
    let bytes = handed(artefact.format, &filled, &name(target, stem, ": "));
    let path = format!("lib/{}/{}/{}", target.organisation, *target.group, name(target, file, " "));
    Some(Artefact::new(path, bytes, artefact.format, artefact.holds.clone()))
}

/// `FLEET_SECRET_ACME_OFFICE_WIFI`: with the organisation, since a console has one list for all.
fn variable(organisation: &str, secret: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
    };
    format!("FLEET_SECRET_{}_{}", plain(organisation), plain(secret))
}

/// The name that Fleet shows of a file, without what its form adds.
fn shown(artefact: &Artefact, target: &Target) -> String {
    let file = artefact.path.rsplit('/').next().unwrap_or(&artefact.path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    match artefact.format {
        Format::Mobileconfig => {
            let part = stem.strip_prefix(&name(target, "", " ")).unwrap_or(stem);
            name(target, part, ": ")
        }
        _ => stem.to_owned(),
    }
}

/// Fleet takes each name once in a fleet, and does not tell cases apart in all of its databases.
fn report_equal_names(groups: &[Group<'_>], fleets: &[Fleet<'_>], files: &[Vec<Artefact>], found: &mut Diagnostics) {
    for fleet in fleets {
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        for at in &fleet.groups {
            for artefact in &files[*at] {
                let name = shown(artefact, groups[*at].target);
                if let Some(other) = taken.insert(name.to_lowercase(), &artefact.path) {
                    let message = format!(
                        "`{}` and `{other}` would both be called `{name}` in the fleet `{}`",
                        artefact.path, fleet.name
                    );
                    let finding = Diagnostic::in_artefact(Code::DuplicateArtefact, artefact.path.as_str(), "", message);
                    found.push(finding.help("give one of them another `profile` or `instance`"));
                }
            }
        }
    }
}

/// Two secrets may not share a variable.
fn report_equal_variables(groups: &[Group<'_>], custom: &BTreeSet<Custom>, found: &mut Diagnostics) {
    let mut taken: BTreeMap<&str, &Custom> = BTreeMap::new();
    for one in custom {
        let Some(other) = taken.insert(&one.variable, one) else { continue };
        if (&other.organisation, &other.secret) == (&one.organisation, &one.secret) {
            continue;
        }
        let place = groups.iter().find(|group| group.target.organisation == one.organisation);
        let message = format!(
            "the secrets `{}` of {} and `{}` of {} would both be `${}`",
            other.secret, other.organisation, one.secret, one.organisation, one.variable
        );
        let span = place.map_or(crate::source::Span::NOWHERE, |group| group.target.group.span);
        found.push(Diagnostic::new(Code::DuplicateName, span, message).help("give one of them another name"));
    }
}
