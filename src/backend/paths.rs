//! Names of artefacts that every file system carries, and no two of them one name.
//!
//! Windows, "Naming Files, Paths, and Namespaces": reserved characters and device names, no dot or space at the end, letter case
//! ignored. 240 characters leave room for the folder that holds the project.

use super::{Artefact, span_of};
use crate::check::Checked;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use std::collections::BTreeMap;

const LONGEST: usize = 240;

/// Reports artefacts whose paths meet or cannot stand on every file system.
pub(super) fn report(checked: &Checked, artefacts: &[Artefact], found: &mut Diagnostics) {
    let mut taken: BTreeMap<String, &Artefact> = BTreeMap::new();
    for artefact in artefacts {
        let path = &artefact.path;
        if let Some(cause) = unportable(path) {
            found.push(
                Diagnostic::new(Code::UnportableName, place(checked, artefact), format!("the file `{path}` {cause}"))
                    .help("give the group, the profile or the area another name"),
            );
        }
        if let Some(other) = taken.insert(path.to_lowercase(), artefact) {
            let message = format!("two files would have one name: `{}` and `{path}`", other.path);
            found.push(
                Diagnostic::new(Code::DuplicateArtefact, place(checked, artefact), message)
                    .also(place(checked, other), "the other file")
                    .help("give one of them a name that differs in more than letter case"),
            );
        }
    }
}

fn place(checked: &Checked, artefact: &Artefact) -> Span {
    match artefact.holds.first() {
        Some(address) => span_of(checked, address),
        None => checked.target().group.span,
    }
}

/// Why a path cannot stand on every file system.
fn unportable(path: &str) -> Option<String> {
    if path.chars().count() > LONGEST {
        return Some(format!("has a name of more than {LONGEST} characters"));
    }
    path.split('/').find_map(|part| {
        if is_device(part) {
            Some(format!("would be called `{part}`, a name that Windows reserves"))
        } else if part.is_empty() || part == "." || part == ".." {
            Some("has an empty part in its name".to_owned())
        } else if part.ends_with(['.', ' ']) {
            Some("has a part that ends in a dot or space".to_owned())
        } else {
            let odd = part.chars().find(|c| c.is_control() || "<>:\"\\|?*".contains(*c));
            odd.map(|character| format!("has the character `{}` in its name", character.escape_default()))
        }
    })
}

/// Whether Windows opens a device by a name, whatever its ending.
pub(crate) fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_uppercase();
    let numbered = |word: &str| stem.strip_prefix(word).is_some_and(|n| matches!(n.as_bytes(), [b'1'..=b'9']));
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::unportable;

    #[test]
    fn every_file_system_must_carry_a_name() {
        for path in ["a/b/c.xml", "a/b/.GlobalPreferences.mobileconfig", "a/b/edge~Policy.xml", "a/console/com10.xml"] {
            assert_eq!(unportable(path), None, "{path}");
        }
        for path in
            ["a/con/x.xml", "a/b/LPT1.xml", "a/b./x.xml", "a/b /x", "a//b", "../b", "a/b:c", "a/\u{7}", "a/nul .xml"]
        {
            assert!(unportable(path).is_some(), "{path}");
        }
        assert!(unportable(&"a".repeat(241)).is_some());
    }
}
