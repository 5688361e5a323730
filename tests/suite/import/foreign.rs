//! Files of other people's import and come back: what each of them sets is held against what the sources compile to, read from the
//! compiled files again, without anything that import itself compares.

use super::super::project::{root, say};
use super::{Files, day, every};
use policyc::backend::Format;
use policyc::catalogue::Catalogue;
use policyc::diagnostic::Code;
use policyc::import::{Imported, Wanted, import};
use policyc::reader::{self, Given, How, Item, Kind, Reading, Readings, Why};
use policyc::setting::{ACTIVATION, Address, Family, Leaf, Setting, Value};
use policyc::source::{Content, SourceFile, Sources};
use policyc::{Request, compile};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What was asked of one batch, and what became of it.
#[derive(Default)]
pub(super) struct Tally {
    /// Settings that files say, those of them that came back, and those that the report lists instead.
    pub(super) settings: usize,
    pub(super) back: usize,
    pub(super) listed: usize,
    /// Of policies of Intune's catalogue for Windows, but for those of ingested templates: settings, and those with a LocURI.
    windows: usize,
    named: usize,
    marked: usize,
    /// What is neither there nor listed, or there and in no file.
    pub(super) wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.settings += other.settings;
        self.back += other.back;
        self.listed += other.listed;
        self.windows += other.windows;
        self.named += other.named;
        self.marked += other.marked;
        self.wrong.extend(other.wrong);
    }
}

fn read(files: &Files, catalogue: &Catalogue) -> Readings {
    let given: Vec<Given<'_>> = files.iter().map(|(name, bytes)| Given { name, bytes }).collect();
    reader::read(&given, catalogue)
}

/// A setting without what belongs to its file alone: occurrences have names of their own in each.
type Plain = (Family, String, String);

fn plain(item: &Item) -> Plain {
    let address = &item.setting.address;
    let is_node = address.family == Family::Csp;
    // Either spelling of the device root names the same node.
    let rooted = || address.owner.to_lowercase().replace("./vendor/", "./device/vendor/");
    let owner = if is_node { rooted() } else { address.owner.clone() };
    let leaf = match &address.leaf {
        Leaf::Keys(keys) => keys.join("."),
        Leaf::Node => "=".to_owned(),
        Leaf::AdmxState => "?".to_owned(),
        Leaf::AdmxElement(id) => format!("·{id}"),
    };
    // What users may change is another thing than what they may not.
    (address.family, owner, if item.how == How::Once { format!("once {leaf}") } else { leaf })
}

/// Of a body whose template nobody has: its texts, which are all that it tells.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(|item| texts(&item.value)).collect(),
        Value::Dictionary(entries) => {
            entries.iter().flat_map(|(name, entry)| std::iter::once(name.clone()).chain(texts(&entry.value))).collect()
        }
        Value::Text(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

/// Whether a value is the one that was read. A secret is written by its name alone, and a reference leads to another file's identifier.
fn is_same(read: &Value, written: &Value) -> bool {
    match (read, written) {
        (_, Value::Secret(_)) => true,
        (Value::Text(_), Value::Reference { .. }) => true,
        (Value::Reference { owner, .. }, Value::Reference { owner: other, .. }) => owner == other,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(&a.value, &b.value))
        }
        (Value::Dictionary(a), Value::Dictionary(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|((key, a), (other, b))| key == other && is_same(&a.value, &b.value))
        }
        (a, b) => a == b,
    }
}

/// Whether a compiled file has what was read.
fn holds(item: &Item, written: &Value) -> bool {
    let value = &item.setting.value;
    // What only a template tells is told of neither.
    is_same(value, written) || item.doubt == Some(Why::NeedsTemplate) && texts(value) == texts(written)
}

/// Settings of files that a server delivers.
fn delivered(reading: &Reading) -> bool {
    // A device refuses a broken profile as a whole, and import leaves it out.
    let is_broken = reading.faults.iter().any(|fault| fault.code == Code::MalformedArtefact);
    !(is_broken || matches!(reading.kind, Kind::DiagnosticsReport | Kind::Installed | Kind::Own))
}

fn compiled(imported: &Imported, catalogue: &Catalogue) -> Result<Files, String> {
    let source = |(path, bytes): &(String, Vec<u8>)| SourceFile {
        path: format!("policy-sources/{path}"),
        content: Content::Bytes(bytes.clone()),
    };
    let sources = Sources::new(imported.files.iter().map(source).collect());
    let compiled = compile(&sources, catalogue, &Request { as_of: day() });
    if compiled.found.has_errors() {
        return Err(format!("{:#?}", compiled.found));
    }
    let set = compiled.artefacts().filter(|file| !matches!(file.format, Format::Index | Format::Expected));
    Ok(set.map(|file| (file.path.clone(), file.bytes.clone())).collect())
}

/// Imports files, compiles what was written, and holds both against each other.
pub(super) fn held(files: &Files, name: &str, catalogue: &Catalogue) -> Tally {
    let mut tally = Tally::default();
    let all = read(files, catalogue);
    let imported = import(
        &all,
        catalogue,
        &Wanted { organisation: "acme", group: None, roots: &[], as_of: day(), beside: &[], attach_signed: None },
    );
    if imported.found.has_errors() {
        tally.wrong.push(format!("{name}: {:?}", imported.found.iter().find(|one| one.severity.word() == "error")));
        return tally;
    }
    let built = match imported.files.is_empty() {
        true => Vec::new(),
        false => match compiled(&imported, catalogue) {
            Ok(built) => built,
            Err(why) => {
                tally.wrong.push(format!("{name}: does not compile: {why}"));
                return tally;
            }
        },
    };
    let again = read(&built, catalogue);
    tally.wrong.extend(tops_that_differ(&all, &again, &imported));
    let mut written: BTreeMap<Plain, Vec<&Value>> = BTreeMap::new();
    for item in again.readings.iter().flat_map(|reading| &reading.items) {
        written.entry(plain(item)).or_default().push(&item.setting.value);
    }
    let dropped: BTreeSet<(&str, &str)> =
        imported.dropped.iter().map(|note| (note.file.as_str(), note.what.as_str())).collect();
    let mut expected: BTreeMap<Plain, Vec<&Value>> = BTreeMap::new();
    for reading in all.readings.iter().filter(|reading| delivered(reading)) {
        tally.count(reading);
        for item in &reading.items {
            let Setting { address, value, .. } = &item.setting;
            if address.owner == ACTIVATION {
                continue;
            }
            tally.settings += 1;
            expected.entry(plain(item)).or_default().push(value);
            let there = written.get(&plain(item)).is_some_and(|all| all.iter().any(|one| holds(item, one)));
            let is_listed = || dropped.iter().any(|(file, what)| *file == reading.name && same_name(what, address));
            if there {
                tally.back += 1;
            } else if is_listed() {
                tally.listed += 1;
            } else {
                tally.wrong.push(format!("{}: {address} = {value} is lost", reading.name));
            }
        }
    }
    for (address, values) in &written {
        let is_body = address.2.starts_with('·');
        let is_ours =
            matches!(address.1.as_str(), ACTIVATION | "com.apple.configuration.management.status-subscriptions");
        let known = |value: &&Value| {
            expected
                .get(address)
                .is_some_and(|all| all.iter().any(|one| is_same(one, value) || is_body && texts(one) == texts(value)))
        };
        if let Some(value) = values.iter().find(|value| !known(value)).filter(|_| !is_ours) {
            tally.wrong.push(format!("{name}: {address:?} = {value} is added"));
        }
    }
    tally
}

/// Keys of a profile itself, each with its value.
type Tops = BTreeMap<String, String>;

/// A file, the keys of its profile, and what its payloads set.
type Topped = (String, Tops, Vec<(Plain, Value)>);

/// Keys of profiles themselves, which hold for a whole file: each payload stands, both ways, in one that has just those of its own.
fn tops_that_differ(all: &Readings, again: &Readings, imported: &Imported) -> Vec<String> {
    let is_top =
        |item: &&Item| item.setting.address.owner == "TopLevel" && item.setting.address.family == Family::Profile;
    let is_payload = |item: &&Item| item.setting.address.family == Family::Profile && !is_top(item);
    let tops = |reading: &Reading| -> Tops {
        let is_listed = |item: &&Item| {
            let what = item.setting.address.to_string();
            imported.dropped.iter().any(|note| note.file == reading.name && note.what == what)
        };
        let tops = reading.items.iter().filter(is_top).filter(|item| !is_listed(item));
        tops.map(|item| (item.setting.address.keys().join("."), item.setting.value.to_string())).collect()
    };
    let profiles = |of: &Readings| -> Vec<Topped> {
        let is_profile = |reading: &&Reading| reading.kind == Kind::Profile && delivered(reading);
        let payloads = |reading: &Reading| {
            let payloads = reading.items.iter().filter(is_payload);
            payloads.map(|item| (plain(item), item.setting.value.clone())).collect()
        };
        of.readings.iter().filter(is_profile).map(|one| (one.name.clone(), tops(one), payloads(one))).collect()
    };
    let (read, written) = (profiles(all), profiles(again));
    let mut wrong = Vec::new();
    for (from, to, what) in [(&read, &written, "came to"), (&written, &read, "came of")] {
        let mut index: BTreeMap<&Plain, Vec<(&Tops, &Value)>> = BTreeMap::new();
        for (_, tops, payloads) in to {
            payloads.iter().for_each(|(place, value)| index.entry(place).or_default().push((tops, value)));
        }
        for (name, tops, payloads) in from {
            for (place, value) in payloads {
                // What is lost or added as a whole is counted as such.
                let Some(others) = index.get(place) else { continue };
                let mut same = others.iter().filter(|(_, o)| is_same(value, o) || is_same(o, value)).peekable();
                if same.peek().is_some() && !same.any(|(other, _)| *other == tops) {
                    wrong.push(format!("{name}: {place:?} {what} no profile with {tops:?}"));
                    break;
                }
            }
        }
    }
    wrong
}

/// Whether a note speaks of a setting: occurrences may have got other names.
fn same_name(what: &str, address: &Address) -> bool {
    let bare = Address { instance: None, ..address.clone() }.to_string();
    let named = what.split(" [").next().unwrap_or(what);
    what.eq_ignore_ascii_case(&bare) || bare.starts_with(named) && what.ends_with(&address.keys().join("."))
}

impl Tally {
    /// What Intune's catalogue says of Windows: how much of it has a LocURI with its value.
    fn count(&mut self, reading: &Reading) {
        let is_windows =
            |id: &str| id.starts_with("device_vendor") || id.starts_with("user_vendor") || id.starts_with("vendor_");
        if reading.kind != Kind::Catalogued {
            return;
        }
        let ids = reading.residue.iter().map(|left| left.place.as_str()).filter(|id| is_windows(id));
        // Of a template that an app brings, `~` stands between its categories.
        let ingested = ids.clone().filter(|id| id.contains('~')).count();
        let named = reading.settings().filter(|setting| setting.address.family == Family::Csp).count();
        self.windows += ids.count() - ingested + named;
        self.named += named;
        self.marked += reading.items.iter().filter(|item| item.doubt == Some(Why::NeedsTemplate)).count();
    }
}

/// The cases beside the tests, by the same measure.
#[test]
fn files_of_the_cases_come_back_or_are_listed() {
    let catalogue = Catalogue::embedded();
    for entry in std::fs::read_dir(root().join("tests/import")).unwrap() {
        let case = entry.unwrap().path();
        let tally = held(&every(&case.join("in")), &case.display().to_string(), &catalogue);
        assert!(tally.wrong.is_empty() && tally.settings > 0, "{}: {:#?}", case.display(), tally.wrong);
    }
}

/// Files of other people's are not ours to publish: whoever has some names their folder.
#[test]
fn foreign_files_come_back_or_are_listed() {
    let Some(folder) = std::env::var_os("POLICYC_FOREIGN") else {
        say("import: not held against foreign files, because none are given (set POLICYC_FOREIGN to their folder)");
        return;
    };
    let catalogue = Catalogue::embedded();
    let files = every(Path::new(&folder));
    let one = |file: &(String, Vec<u8>)| held(&vec![file.clone()], &file.0, &catalogue);
    let mut alone = Tally::default();
    files.par_iter().map(one).collect::<Vec<_>>().into_iter().for_each(|tally| alone.add(tally));
    let mut repositories: BTreeMap<&str, Files> = BTreeMap::new();
    for file in &files {
        repositories.entry(file.0.split('/').next().unwrap()).or_default().push(file.clone());
    }
    let mut together = Tally::default();
    let whole: Vec<Tally> = repositories.par_iter().map(|(name, files)| held(files, name, &catalogue)).collect();
    whole.into_iter().for_each(|tally| together.add(tally));
    for (what, tally) in [("file by file", &alone), ("as whole folders", &together)] {
        say(&format!(
            "import, {what}: of {} settings {} came back and {} are listed; {} are neither",
            tally.settings,
            tally.back,
            tally.listed,
            tally.wrong.len()
        ));
        tally.wrong.iter().take(40).for_each(|wrong| say(&format!("  {wrong:.400}")));
    }
    say(&format!(
        "import: of {} settings of Intune's catalogue for Windows {} have their LocURI; {} of them wait for a template",
        alone.windows, alone.named, alone.marked
    ));
    assert!(alone.named * 100 >= alone.windows * 97, "{} of {}", alone.named, alone.windows);
    assert!(alone.wrong.is_empty() && together.wrong.is_empty());
    assert!(alone.listed * 100 <= alone.settings, "{} of {} are listed", alone.listed, alone.settings);
}
