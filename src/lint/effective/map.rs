//! Maps: which files reach which groups, where the files do not say it.
//!
//! ```yaml
//! groups:
//!   pilots: [base/, rings/pilot.json]           # files, folders, `*` for a part of a name
//!   staff: [base/, rings/broad.json, "Office macros"]   # or what a policy is called
//! ```
//!
//! A device is in one group of a map: one that gets the files of two is of a group of its own. Nobody gets what no group names.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::reader::{Reading, Readings};
use crate::source::yaml::{self, Kind, Node};
use crate::source::{FileId, Sources};
use std::collections::BTreeMap;

const CURE: &str =
    "write `groups:`, and below it each group with a list of its files: `pilots: [base/, rings/pilot.json]`";

/// Whether a text is a map.
pub fn is_map(text: &str) -> bool {
    text.lines().any(|line| line.trim_end() == "groups:" || line.starts_with("groups: "))
}

/// The groups of each reading that a map names.
pub(super) fn read(readings: &Readings, maps: &[String], found: &mut Diagnostics) -> BTreeMap<usize, Vec<String>> {
    let mut map = BTreeMap::new();
    for name in maps {
        let Some((file, _)) = readings.sources.at(name) else { continue };
        one(readings, file, &mut map, found);
    }
    map
}

fn one(readings: &Readings, file: FileId, map: &mut BTreeMap<usize, Vec<String>>, found: &mut Diagnostics) {
    let sources: &Sources = &readings.sources;
    let Some(root) = yaml::parse(sources, file, found) else { return };
    let Kind::Map(entries) = &root.kind else {
        return found.push(Diagnostic::new(Code::WrongShape, root.span, "the map is no list of groups").help(CURE));
    };
    for entry in entries {
        if *entry.key != "groups" {
            let message = format!("a map has no `{}`", *entry.key);
            found.push(Diagnostic::new(Code::UnknownField, entry.key.span, message).help(CURE));
            continue;
        }
        let Kind::Map(groups) = &entry.value.kind else {
            found.push(Diagnostic::new(Code::WrongShape, entry.value.span, "`groups` lists no groups").help(CURE));
            continue;
        };
        for group in groups {
            let Some(files) = files(&group.value) else {
                let message = format!("`{}` is no list of files", *group.key);
                found.push(Diagnostic::new(Code::WrongShape, group.value.span, message).help(CURE));
                continue;
            };
            for (wanted, node) in files {
                named(readings, wanted, node, &group.key, map, found);
            }
        }
    }
}

fn files(node: &Node) -> Option<Vec<(&str, &Node)>> {
    let Kind::List(items) = &node.kind else { return None };
    items.iter().map(|item| Some((text(item)?, item))).collect()
}

fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, .. } if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn named(
    readings: &Readings,
    wanted: &str,
    node: &Node,
    group: &str,
    map: &mut BTreeMap<usize, Vec<String>>,
    found: &mut Diagnostics,
) {
    let mut any = false;
    for (n, _) in readings.readings.iter().enumerate().filter(|(_, reading)| is_it(reading, wanted)) {
        any = true;
        let groups: &mut Vec<String> = map.entry(n).or_default();
        if !groups.iter().any(|other| other == group) {
            groups.push(group.to_owned());
        }
    }
    if !any {
        let message = format!("`{wanted}` is no file of this run, and no policy is called so");
        let help = "write the path as lint prints it, the end of it, a folder, or the name of the policy";
        found.push(Diagnostic::new(Code::UnknownName, node.span, message).help(help));
    }
}

/// Whether an artefact is called so, or its path has these parts at its end, or as a folder.
fn is_it(reading: &Reading, wanted: &str) -> bool {
    if [&reading.envelope.name, &reading.envelope.identifier].iter().any(|name| name.as_deref() == Some(wanted)) {
        return true;
    }
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    };
    let (own, wanted_parts) = (parts(&reading.name), parts(wanted));
    !wanted_parts.is_empty()
        && own
            .windows(wanted_parts.len())
            .any(|window| window.iter().zip(&wanted_parts).all(|(part, wanted)| fits(part, wanted)))
}

/// Whether a part of a path is one with stars.
fn fits(part: &str, wanted: &str) -> bool {
    // What stands in a file has its place behind its name: `policies.json[2]`.
    let bare = part.split_once('[').map_or(part, |(bare, _)| bare);
    [part, bare].into_iter().any(|part| {
        let mut pieces = wanted.split('*');
        let Some(mut rest) = pieces.next().and_then(|first| part.strip_prefix(first)) else { return false };
        let pieces: Vec<&str> = pieces.collect();
        let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
        for piece in middle {
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(last)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(part: &str, wanted: &str, expected: bool) {
        assert_eq!(fits(part, wanted), expected, "{part} {wanted}");
    }

    #[test]
    fn stars_stand_for_a_part_of_a_name() {
        check("pilot.json", "pilot.json", true);
        check("pilot.json", "pilot", false);
        check("pilot.json", "*.json", true);
        check("pilot.json", "p*t.*n", true);
        check("pilot.json", "*.xml", false);
        check("all.json[2]", "all.json", true);
        check("all.json[2]", "all.json[2]", true);
        check("all.json[2]", "all.json[3]", false);
        check("a", "a*a", false);
    }
}
