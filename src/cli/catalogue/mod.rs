//! `policyc catalogue`: what the vendors let people set, by words and by name, and what differs between two of their releases. Needs no
//! project; inside one, the policies of its templates are among them.

mod diff;
mod release;
mod text;

use super::failure::Failure;
use super::format::{ALL, ANSWERS, Format};
use super::project::Project;
use super::session::many;
use super::terminal::{Style, Terminal, styled};
use super::{Global, Outcome};
use policyc::catalogue::entry::{Form, Key};
use policyc::catalogue::{Catalogue, KeyLookup, NodeLookup};
use policyc::diagnostic::nearest::nearest;
use policyc::policy;
use serde_json::json;
use std::collections::BTreeSet;

/// Look up what Apple and Microsoft let you set
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Lookup {
    #[command(after_help = "Example:\n  policyc catalogue search minimum pin")]
    /// Find payload types, keys, declarations, commands and CSP nodes whose names hold all the words
    Search {
        /// Words or parts of words, in any letter case
        #[arg(required = true)]
        words: Vec<String>,
    },
    #[command(after_help = SHOWN)]
    /// Print everything that the catalogue knows of a name
    Show {
        /// A payload type, `TYPE KEY`, a key, a declaration, a command or a LocURI
        #[arg(required = true)]
        name: Vec<String>,
    },
    Diff(diff::Diff),
}

impl Lookup {
    /// The formats that make sense for it, the usual one first.
    pub(crate) fn formats(&self) -> &'static [Format] {
        match self {
            Lookup::Search { .. } | Lookup::Show { .. } => ANSWERS,
            Lookup::Diff(_) => ALL,
        }
    }
}

const SHOWN: &str = "\
Examples:
  policyc catalogue show com.apple.mobiledevice.passwordpolicy
  policyc catalogue show com.apple.applicationaccess allowCamera
  policyc catalogue show ./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption --json";

/// Names printed for people; `--json` prints all.
const MOST: usize = 60;

pub(crate) fn run(command: &Lookup, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    // Inside a project the policies of its templates are names like any other.
    let own = match (command, Project::find(&global.directory)) {
        (Lookup::Search { .. } | Lookup::Show { .. }, Ok(project)) => policy::templates(&project.sources(None)?),
        _ => Vec::new(),
    };
    let catalogue = Catalogue::embedded().extended(&own);
    match command {
        Lookup::Search { words } => search(words, &catalogue, global, terminal),
        Lookup::Show { name } => show(&name.join(" "), &catalogue, global, terminal),
        Lookup::Diff(command) => diff::run(command, global, terminal),
    }
}

fn search(words: &[String], catalogue: &Catalogue, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let hits = catalogue.search(words);
    if global.is(Format::Json) {
        let names: Vec<_> = hits.iter().map(|hit| json!({ "kind": hit.topic.word(), "name": hit.name })).collect();
        terminal.json(&json!({ "version": 1, "command": "catalogue search", "names": names }))?;
    } else {
        let line = |kind: &str, name: &str| {
            format!("{}  {}\n", styled(Style::Dim, &format!("{kind:11}")), styled(Style::Plain, name))
        };
        let mut text: String = hits.iter().take(MOST).map(|hit| line(hit.topic.word(), &hit.name)).collect();
        if hits.len() > MOST {
            text.push_str(&format!("… and {}; more words find fewer\n", many(hits.len() - MOST, "more name")));
        }
        if hits.is_empty() {
            text.push_str("nothing in the catalogue has these words in its name\n");
        }
        terminal.result(&text)?;
    }
    Ok(Outcome::faulty_if(hits.is_empty()))
}

fn show(name: &str, catalogue: &Catalogue, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let Some(shown) = catalogue.show(name) else {
        let near = near(name, catalogue);
        let cure = if near.is_empty() {
            "`policyc catalogue search WORDS` finds names by their parts".into()
        } else {
            listed(&near)
        };
        return Err(Failure::Unknown {
            kind: "payload type, key, declaration, command or node",
            name: name.into(),
            cure: Some(cure),
        });
    };
    if global.is(Format::Json) {
        let mut document = json!({ "version": 1, "command": "catalogue show" });
        if let (Some(document), serde_json::Value::Object(shown)) = (document.as_object_mut(), shown.to_json()) {
            document.extend(shown);
        }
        terminal.json(&document)?;
    } else {
        terminal.text(&shown.to_text())?;
    }
    Ok(Outcome::Clean)
}

/// The names that may have been meant, in the form that `show` takes.
pub(crate) fn near(name: &str, catalogue: &Catalogue) -> Vec<String> {
    if name.starts_with("./") {
        return match catalogue.node(name) {
            NodeLookup::Found(found) | NodeLookup::WrongCase(found) => vec![found.canonical],
            NodeLookup::OtherChannel(there) => vec![there],
            NodeLookup::Unknown { nearest, elsewhere } => nearest.into_iter().chain(elsewhere).take(5).collect(),
            NodeLookup::Ingested | NodeLookup::Malformed(_) => Vec::new(),
        };
    }
    if let Some((owner, path)) = name.split_once([' ', '·']) {
        let path = path.trim_start_matches(['·', ' ']);
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        for form in Form::ALL {
            match catalogue.key(form, owner, &path) {
                KeyLookup::UnknownKey { case, nearest, depth, .. } => {
                    let above = &path[..depth.min(path.len())];
                    let full = |last: String| format!("{owner} {}", [above, &[last]].concat().join("."));
                    return case.into_iter().chain(nearest).map(full).collect();
                }
                KeyLookup::Found(_) | KeyLookup::UnknownOwner { .. } => {}
            }
        }
    }
    let types: Vec<&str> = Form::ALL.into_iter().flat_map(|form| catalogue.names(form)).collect();
    let mut keys = BTreeSet::new();
    for (form, owner) in
        Form::ALL.into_iter().flat_map(|form| catalogue.names(form).into_iter().map(move |name| (form, name)))
    {
        catalogue.schemas(form, owner).iter().for_each(|schema| collect(&schema.keys, &mut keys));
    }
    nearest(name, types.into_iter().chain(keys)).into_iter().map(str::to_owned).collect()
}

fn collect<'a>(keys: &'a [Key], names: &mut BTreeSet<&'a str>) {
    let mut waiting: Vec<&Key> = keys.iter().collect();
    while let Some(key) = waiting.pop() {
        names.insert(&key.name);
        waiting.extend(&key.subkeys);
    }
}

/// "did you mean": names in the form that `show` takes.
pub(crate) fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("did you mean {}?", names.join(" or "))
}
