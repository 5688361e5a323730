//! Layouts: approved files in the folders and forms that a tool takes. A layout changes no setting; what a tool has no place for is left
//! out of it, with the reason, and kept as it is beside it.
//!
//! Reading order: this file, `intune.rs` (what a file of Intune's is), then one file for each tool that takes them, and `fleet/`.

pub mod fleet;
mod intune;
mod intune_management;
mod intunecd;
mod terraform;

use crate::gather::Arrange;
use std::collections::BTreeSet;
use std::fmt;

/// A tool, and how it wants its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The PowerShell tool IntuneManagement: folders of raw objects of the beta.
    IntuneManagement,
    /// IntuneCD: folders by policy type, Apple profiles once more beside their objects.
    Intunecd,
    /// Terraform with the provider `deploymenttheory/microsoft365`: resources in JSON syntax.
    Terraform,
}

impl Tool {
    /// Every one of them.
    pub const ALL: [Tool; 3] = [Tool::IntuneManagement, Tool::Intunecd, Tool::Terraform];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Tool::IntuneManagement => "intune-management",
            Tool::Intunecd => "intunecd",
            Tool::Terraform => "terraform",
        }
    }

    /// The one that is called so.
    pub fn named(word: &str) -> Option<Tool> {
        Tool::ALL.into_iter().find(|layout| layout.word() == word)
    }

    /// Whether it has a place for files of this path.
    pub fn takes(self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        matches!(parts.as_slice(), [_, _, "intune", name] if name.ends_with(".json"))
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One file of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Laid {
    /// Its path: the organisation's folder, then what the tool wants.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The files that it is made of, by their paths.
    pub from: Vec<String>,
}

/// Files in a layout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arranged {
    /// The files, sorted by path.
    pub files: Vec<Laid>,
    /// What the tool has no place for, by its path, and why. It stands among the files as it is, in `left-out/`.
    pub left: Vec<(String, String)>,
}

/// Where what is left out stands, below the organisation's folder.
const LEFT_OUT: &str = "left-out";

/// Arranges files, given by their paths `organisation/group/intune/name.json`; others are not for these tools.
pub fn arrange(layout: Tool, files: &[(&str, &[u8])]) -> Arranged {
    let mut arranging = Arranging::default();
    for (path, bytes) in files.iter().filter(|(path, _)| layout.takes(path)) {
        let done = intune::Object::read(path, bytes).and_then(|object| match layout {
            Tool::IntuneManagement => intune_management::lay(&object, &mut arranging),
            Tool::Intunecd => intunecd::lay(&object, &mut arranging),
            Tool::Terraform => terraform::lay(&object, &mut arranging),
        });
        if let Err(why) = done {
            arranging.leave(path, bytes, why);
        }
    }
    if layout == Tool::Terraform {
        terraform::settle(&mut arranging);
    }
    let mut arranged = arranging.done;
    arranged.files.arrange_by(|a, b| a.path.cmp(&b.path));
    arranged
}

#[derive(Default)]
struct Arranging {
    done: Arranged,
    /// Paths as file systems compare them that tell no case apart.
    taken: BTreeSet<String>,
}

impl Arranging {
    /// Adds a file; where another has its name, it gets a number.
    fn add(&mut self, (folder, name, extension): (&str, &str, &str), bytes: Vec<u8>, from: &str) {
        let name = plain(name);
        let numbered = |n: usize| match n {
            1 => format!("{folder}/{name}{extension}"),
            n => format!("{folder}/{name} ({n}){extension}"),
        };
        let path = (1..).map(numbered).find(|path| !self.taken.contains(&path.to_lowercase())).unwrap_or_default();
        self.taken.insert(path.to_lowercase());
        self.done.files.push(Laid { path, bytes, from: vec![from.to_owned()] });
    }

    fn leave(&mut self, path: &str, bytes: &[u8], why: String) {
        self.done.left.push((path.to_owned(), why));
        let mut parts = path.split('/');
        let organisation = parts.next().unwrap_or_default();
        let rest: Vec<&str> = parts.filter(|part| *part != "intune").collect();
        let name = rest.join(".");
        let stem = name.strip_suffix(".json").unwrap_or(&name);
        self.add((&format!("{organisation}/{LEFT_OUT}"), stem, ".json"), bytes.to_vec(), path);
    }
}

/// A name that every file system carries.
fn plain(name: &str) -> String {
    let is_bad = |c: char| c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*');
    let name: String = name.chars().map(|c| if is_bad(c) { '_' } else { c }).take(120).collect();
    let name = name.trim_matches([' ', '.']);
    if name.is_empty() { "policy".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests;
