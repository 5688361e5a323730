//! Labels beside the files: who gets which of them, as the YAML of a GitOps repository of Fleet's says it. A file of a team (or fleet, or
//! the whole organisation) names profiles by their paths below `controls`, with labels that its hosts must have or must not.

use super::{Assigned, Kind, Read, Reading, Told};
use crate::backend::found::Wrong;
use crate::diagnostic::Diagnostics;
use crate::source::yaml::{self, Node};
use crate::source::{Content, SourceFile, Sources, Span};

/// Paths that one file may name.
const MAX_LABELS: usize = 10_000;

/// The word for hosts of no team.
const EVERYBODY: &str = "all-hosts";

/// One line of such a file: a path, and who gets what stands there.
#[derive(Debug)]
pub(super) struct Label {
    /// From the root of what was given. The last part may have one `*`.
    path: String,
    include: Vec<Assigned>,
    exclude: Vec<Assigned>,
}

/// Whether a text is such a file.
pub(super) fn is_repository(text: &str) -> bool {
    let has = |start: &str| text.lines().any(|line| line.trim_start_matches(['-', ' ']).starts_with(start));
    let opens = |name: &str| text.lines().any(|line| line.starts_with(name));
    // A fleet that is given nothing has its other members all the same.
    let is_fleet = || opens("agent_options:") && opens("policies:");
    opens("controls:") && (has("path:") || has("paths:") || is_fleet())
}

/// Reads such a file.
pub(super) fn read(name: &str, text: &str) -> (Reading, Vec<Label>) {
    let mut reading = Reading::new(name, Kind::Labels);
    let file = SourceFile { path: name.to_owned(), content: Content::Bytes(text.as_bytes().to_vec()) };
    let sources = Sources::new(vec![file]);
    let mut found = Diagnostics::default();
    let root = sources.at(name).and_then(|(file, _)| yaml::parse(&sources, file, &mut found));
    let Some(root) = root else {
        let why = found.iter().next().map_or("it is empty", |finding| finding.message.as_str());
        reading.strange(format!("it opens like the YAML of a repository, and cannot be read: {why}"));
        return (reading, Vec::new());
    };
    let team = member(&root, "name").or_else(|| member(&root, "team_name")).and_then(scalar).unwrap_or(EVERYBODY);
    reading.envelope.name = Some(team.to_owned());
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut labels = Vec::new();
    if let Some(controls) = member(&root, "controls") {
        paths(controls, (folder, team), &mut labels);
    }
    if labels.len() > MAX_LABELS {
        labels.truncate(MAX_LABELS);
        reading.wrong(Wrong::at(
            Span::NOWHERE,
            "controls",
            format!("more than {MAX_LABELS} paths; the rest is left out"),
        ));
    }
    (reading, labels)
}

fn member<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    match &node.kind {
        yaml::Kind::Map(entries) => entries.iter().find(|entry| *entry.key == name).map(|entry| &entry.value),
        _ => None,
    }
}

fn scalar(node: &Node) -> Option<&str> {
    match &node.kind {
        yaml::Kind::Scalar { text, .. } if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// Every path below a node. Bounded by the depth that the reader of YAML allows.
fn paths(node: &Node, (folder, team): (&str, &str), labels: &mut Vec<Label>) {
    match &node.kind {
        yaml::Kind::List(items) => items.iter().for_each(|item| paths(item, (folder, team), labels)),
        yaml::Kind::Map(entries) => {
            let own = member(node, "path").or_else(|| member(node, "paths")).and_then(scalar);
            labels.extend(own.and_then(|own| label(node, &resolved(folder, own)?, team)));
            entries.iter().for_each(|entry| paths(&entry.value, (folder, team), labels));
        }
        yaml::Kind::Scalar { .. } => {}
    }
}

fn label(node: &Node, path: &str, team: &str) -> Option<Label> {
    let named = |name: &str| -> Vec<&str> {
        match member(node, name).map(|list| &list.kind) {
            Some(yaml::Kind::List(items)) => items.iter().filter_map(scalar).collect(),
            _ => Vec::new(),
        }
    };
    let one = |label: &str| Assigned { to: format!("{team}: {label}"), filter: None };
    let (any, all) = (named("labels_include_any"), named("labels_include_all"));
    let mut include: Vec<Assigned> = any.into_iter().map(one).collect();
    if !all.is_empty() {
        include.push(one(&all.join(" + ")));
    }
    if include.is_empty() {
        include.push(Assigned { to: team.to_owned(), filter: None });
    }
    let exclude = named("labels_exclude_any").into_iter().map(one).collect();
    Some(Label { path: path.to_owned(), include, exclude })
}

/// A path beside a folder, as the files of the run are called: from where they were given, which may be a root or stand above; `None`
/// for one that leads out of it.
fn resolved(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = if folder.is_empty() { Vec::new() } else { folder.split('/').collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop().filter(|last| !matches!(*last, "" | "." | ".."))?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Gives every artefact those who get it; the texts stand in the order of their names.
pub(super) fn apply(labels: &[Label], texts: &mut [Read]) {
    for label in labels {
        match label.path.split_once('*') {
            // The profile in an envelope has a text of its own.
            None => [label.path.clone(), format!("{}/payload", label.path)].iter().for_each(|path| {
                if let Ok(at) = texts.binary_search_by(|read| read.name.as_str().cmp(path)) {
                    label.give(&mut texts[at]);
                }
            }),
            Some((before, after)) => {
                let from = texts.partition_point(|read| read.name.as_str() < before);
                let is_one =
                    |name: &str| name[before.len()..].strip_suffix(after).is_some_and(|part| !part.contains('/'));
                let below = texts[from..].iter_mut().take_while(|read| read.name.starts_with(before));
                below.filter(|read| is_one(&read.name)).for_each(|read| label.give(read));
            }
        }
    }
}

impl Label {
    fn give(&self, read: &mut Read) {
        for reading in &mut read.readings {
            reading.audience.is_stated = true;
            reading.audience.told = Told::Labels;
            reading.audience.include.extend(self.include.iter().cloned());
            reading.audience.exclude.extend(self.exclude.iter().cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Given, read};
    use crate::catalogue::Catalogue;

    #[test]
    fn a_fleet_that_is_given_nothing_is_one() {
        let empty = "name: Workstations\npolicies:\nreports:\nagent_options:\ncontrols:\n  apple_settings:\n";
        assert!(super::is_repository(empty));
        assert!(!super::is_repository("controls:\n  - one\n") && !super::is_repository("policies:\nagent_options:\n"));
    }

    #[test]
    fn a_repository_says_who_gets_its_files() {
        let team = "name: Workstations\ncontrols:\n  macos_settings:\n    custom_settings:\n      - path: ../lib/a.mobileconfig\n\
            \x20       labels_include_all: [x, y]\n        labels_exclude_any:\n          - z\n      - path: ../lib/b.mobileconfig\n\
            \x20 apple_settings:\n    configuration_profiles:\n      - paths: ../lib/w*.mobileconfig\n        labels_include_any: [v, w]\n\
            \x20     - path: ../../../lib/a.mobileconfig\n";
        let everybody = "controls:\n  windows_settings:\n    custom_settings:\n      - path: lib/b.mobileconfig\n";
        let profile = "<plist><dict><key>PayloadType</key><string>Configuration</string><key>PayloadContent</key><array/></dict></plist>";
        let files = [
            ("teams/w.yml", team),
            ("default.yml", everybody),
            ("lib/a.mobileconfig", profile),
            ("lib/b.mobileconfig", profile),
            ("lib/wifi.mobileconfig", profile),
            ("lib/c.mobileconfig", profile),
        ];
        let given = files.map(|(name, text)| Given { name, bytes: text.as_bytes() });
        let all = read(&given, &Catalogue::embedded());
        // However the folder is given.
        for root in ["/srv/repository", "../repository", "./repository"] {
            let names = files.map(|(name, _)| format!("{root}/{name}"));
            let given = std::array::from_fn::<_, 6, _>(|n| Given { name: &names[n], bytes: files[n].1.as_bytes() });
            let there = read(&given, &Catalogue::embedded());
            let audiences = |all: &super::super::Readings| -> Vec<super::super::Audience> {
                all.readings.iter().map(|reading| reading.audience.clone()).collect()
            };
            assert_eq!(audiences(&there), audiences(&all), "{root}");
        }
        let told: Vec<String> = all
            .readings
            .iter()
            .map(|reading| {
                let names =
                    |list: &[super::Assigned]| list.iter().map(|one| one.to.clone()).collect::<Vec<_>>().join(", ");
                let audience = &reading.audience;
                format!(
                    "{} {}: {} / {}",
                    reading.kind.word(),
                    reading.name,
                    names(&audience.include),
                    names(&audience.exclude)
                )
            })
            .collect();
        let expected = [
            "labels default.yml:  / ",
            "profile lib/a.mobileconfig: Workstations: x + y / Workstations: z",
            "profile lib/b.mobileconfig: all-hosts, Workstations / ",
            "profile lib/c.mobileconfig:  / ",
            "profile lib/wifi.mobileconfig: Workstations: v, Workstations: w / ",
            "labels teams/w.yml:  / ",
        ];
        assert_eq!(told, expected);
    }
}
