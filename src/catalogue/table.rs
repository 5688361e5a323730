//! The curated table of directions, read and checked while the catalogue is built: which side of an address is stricter, who says
//! so, and what holds where nothing is set.
//!
//! A file of `polarity/` is about one type of Apple's or one part of Microsoft's tree: `{"type", "form", "source", "rows"}` or
//! `{"csp", "source", "rows"}`, where `csp` may list both channels. A row decides all the names that it lists, for one reason:
//! `{"stricter", "names", "reason"}`, and where needed a `source` of its own and `unset`. A name is a key with `/` between nested
//! ones, or the rest of a LocURI; the name of a policy of a template means its state, `POLICY · ELEMENT` one element.
//!
//! `stricter` is one of [`WORDS`], or an order from the weakest value to the strictest, `off < ask < on`, or several such chains.
//! `stated` says that somebody has read what Microsoft states of these nodes and agrees. A row that decides nothing new, an
//! address that stands twice and a name that the catalogue does not have stop the build.

use super::entry::{Form, Key, Node};
use super::facts::{self, BETWEEN, Row, STATE, folded, most_secure};
use super::overlay::{Entries, Text};
use crate::gather::Gather;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// What `stricter` may be, beside an order of values.
const WORDS: [&str; 7] =
    ["higher", "lower", "lower-zero-unlimited", "higher-zero-unlimited", "smaller-set", "larger-set", "neutral"];
/// What Microsoft states is right.
const STATED: &str = "stated";
/// Between a policy of a template and one of its elements.
const PART: &str = " · ";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "type", default)]
    name: Option<String>,
    #[serde(default)]
    form: Option<Form>,
    #[serde(default)]
    csp: Option<OneOrMore>,
    source: String,
    rows: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    stricter: OneOrMore,
    names: Vec<String>,
    reason: String,
    #[serde(default)]
    unset: Option<String>,
    #[serde(default)]
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn all(&self) -> &[String] {
        match self {
            OneOrMore::One(one) => std::slice::from_ref(one),
            OneOrMore::More(more) => more,
        }
    }
}

/// What a direction is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// A key of a type, by its path.
    Key(Form, String, String),
    /// A node's value, by its folded LocURI; or what its policy has of this name.
    Node(String, String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Key(form, owner, path) => write!(f, "{form:?} {owner} {}", path.replace(BETWEEN, " ")),
            Subject::Node(uri, part) => write!(f, "Csp {uri} {part}"),
        }
    }
}

/// Reads every file, and checks each row against the entries.
pub(crate) fn directions(entries: &Entries, files: &[Text]) -> Result<BTreeMap<Subject, Row>, String> {
    let mut nodes = BTreeMap::new();
    for node in entries.csps.iter().flat_map(|csp| &csp.nodes) {
        nodes.insert(folded(&node.uri), node);
    }
    let mut known = Known { entries, nodes, seen: BTreeMap::new() };
    for (path, text) in files {
        let table: Table = serde_json::from_str(text).map_err(|error| format!("{path}: {error}"))?;
        for written in &table.rows {
            known.add(&table, written).map_err(|error| format!("{path}: {error}"))?;
        }
    }
    Ok(known.seen.into_iter().filter_map(|(address, row)| Some((address, row?))).gather())
}

/// What the rows are checked against, and what they have decided: nothing, where they agree with Microsoft.
struct Known<'a> {
    entries: &'a Entries,
    nodes: BTreeMap<String, &'a Node>,
    seen: BTreeMap<Subject, Option<Row>>,
}

impl Known<'_> {
    fn add(&mut self, table: &Table, written: &Written) -> Result<(), String> {
        let stricter = written.stricter.all();
        let source = written.source.as_ref().unwrap_or(&table.source);
        let row = Row {
            stricter: stricter.to_vec(),
            unset: written.unset.clone(),
            reason: written.reason.clone(),
            source: source.clone(),
        };
        let ordered = stricter.iter().all(|chain| chain.contains(" < "));
        let named = matches!(stricter, [one] if one == STATED || WORDS.contains(&one.as_str()));
        if !(named || ordered && !stricter.is_empty()) || row.reason.is_empty() || source.is_empty() {
            return Err(format!("{:?}: no such side, or no reason or source", written.names));
        }
        for name in &written.names {
            for subject in self.subjects(table, name, &row)? {
                let decided = (stricter != [STATED]).then(|| row.clone());
                if self.seen.insert(subject.clone(), decided).is_some() {
                    return Err(format!("{subject} stands twice"));
                }
            }
        }
        Ok(())
    }

    /// What a name means: one of a type, or one in each channel that has it.
    fn subjects(&self, table: &Table, name: &str, row: &Row) -> Result<Vec<Subject>, String> {
        match (&table.name, table.form, &table.csp) {
            (Some(owner), Some(form), None) => self.key(form, owner, name, row).map(|subject| vec![subject]),
            (None, None, Some(roots)) => self.nodes(roots.all(), name, row),
            _ => Err("a file is about a `type` of a `form`, or a `csp`".to_owned()),
        }
    }

    fn key(&self, form: Form, owner: &str, name: &str, row: &Row) -> Result<Subject, String> {
        let path: Vec<String> = name.split('/').map(str::to_owned).collect();
        let mut schemas = self.entries.schemas.iter().filter(|schema| schema.form == form && schema.name == owner);
        if row.stricter == [STATED] || !schemas.any(|schema| has_key(&schema.keys, &path)) {
            return Err(format!("{owner}: no such key in the data, or nothing stated of it: {name}"));
        }
        Ok(Subject::Key(form, owner.to_owned(), facts::path(path.iter())))
    }

    fn nodes(&self, roots: &[String], name: &str, row: &Row) -> Result<Vec<Subject>, String> {
        let (path, part) = name.split_once(PART).unwrap_or((name, ""));
        let mut subjects = Vec::new();
        for root in roots {
            let uri = format!("{root}/{path}");
            if let Some(node) = self.nodes.get(&folded(&uri)).filter(|node| node.uri == uri) {
                subjects.push(node_row(node, part, row)?);
            }
        }
        if subjects.is_empty() { Err(format!("{roots:?}: no such node in the data: {name}")) } else { Ok(subjects) }
    }
}

/// A node's value, or a part of its policy.
fn node_row(node: &Node, part: &str, row: &Row) -> Result<Subject, String> {
    let admx = node.allowed.as_ref().and_then(|allowed| allowed.admx.as_ref());
    let states = node.conflict.as_deref().is_some_and(|rule| rule.contains("MostSecure"));
    let agreed = row.stricter == [STATED];
    let wrong = |what: &str| Err(format!("{}: {what}", node.uri));
    let of = |part: &str| Ok(Subject::Node(folded(&node.uri), part.to_owned()));
    match (admx, part) {
        (None, "") if agreed && !states => wrong("Microsoft states nothing of it"),
        (None, "") if says_the_same(node, row) => wrong("Microsoft states the same: `stated`"),
        (None, "") => of(""),
        (Some(_), _) if agreed => wrong("of a policy of a template Microsoft states nothing"),
        (Some(_), "") => of(STATE),
        (Some(admx), id) => match admx.elements.as_ref().is_none_or(|all| all.iter().any(|known| known.id == id)) {
            true => of(id),
            false => wrong(&format!("its policy has no element `{id}`")),
        },
        (None, _) => wrong("it is no policy of a template"),
    }
}

fn says_the_same(node: &Node, row: &Row) -> bool {
    let stated = node.conflict.as_deref().and_then(most_secure);
    row.unset.is_none() && stated.is_some_and(|stated| row.stricter == [stated])
}

fn has_key(mut keys: &[Key], path: &[String]) -> bool {
    for name in path {
        match keys.iter().find(|key| key.name == *name) {
            Some(key) => keys = &key.subkeys,
            None => return false,
        }
    }
    !path.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    const DATA: &str = r#"[
        {"type": "com.example", "form": "profile", "title": "", "source": {"file": "a.yaml", "release": ""}, "payloadkeys": [
            {"key": "Length", "type": "integer"}, {"key": "a.b", "type": "boolean"},
            {"key": "Outer", "type": "dictionary", "subkeys": [{"key": "Inner", "type": "string"}]}]},
        {"source": {"file": "c.xml", "release": ""}, "nodes": [
            {"uri": "./Device/A/B", "format": "int", "access": ["Get"], "conflict": "LowestValueMostSecure"},
            {"uri": "./User/A/B", "format": "int", "access": ["Get"], "conflict": "LowestValueMostSecure"},
            {"uri": "./Device/A/C", "format": "int", "access": ["Get"]},
            {"uri": "./Device/A/P", "format": "chr", "access": [], "allowed": {"kind": "ADMX",
                "admx": {"file": "f", "area": "a", "name": "n", "elements": [{"id": "E", "kind": "text", "source": "s"}]}}}]}]"#;

    /// The addresses that one row decides, or the error.
    fn check(about: &str, stricter: &str, name: &str, expected: &str) {
        let text = format!(
            r#"{{{about}, "source": "whence", "rows": [{{"stricter": {stricter}, "names": ["{name}"], "reason": "why"}}]}}"#
        );
        let said = match sample::entries(&[DATA], &[], &[&text]) {
            Ok(entries) => entries.sides.keys().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            Err(error) => error,
        };
        assert!(if expected.is_empty() { said.is_empty() } else { said.contains(expected) }, "{name}: {said}");
    }

    const TYPE: &str = r#""type": "com.example", "form": "profile""#;
    const TREE: &str = r#""csp": ["./Device/A", "./User/A"]"#;

    #[test]
    fn a_row_is_of_something_that_exists() {
        check(TYPE, r#""higher""#, "Length", "Profile com.example Length");
        check(TYPE, r#""lower""#, "a.b", "Profile com.example a.b");
        check(TYPE, r#""x < y""#, "Outer/Inner", "Profile com.example Outer Inner");
        check(TYPE, r#""higher""#, "Lenght", "Lenght");
        check(TYPE, r#""higher""#, "Outer/Iner", "no such key");
        check(TREE, r#""higher""#, "P", "Csp ./device/a/p <state>");
        check(TREE, r#""higher""#, "P · E", "Csp ./device/a/p E");
        check(TREE, r#""higher""#, "P · F", "no element `F`");
        check(TREE, r#""higher""#, "C · E", "no policy of a template");
        check(TREE, r#""higher""#, "D", "no such node");
        check(TREE, r#""higher""#, "c", "no such node");
    }

    #[test]
    fn a_row_says_a_side_and_something_new() {
        check(TYPE, r#""longer""#, "Length", "no such side");
        check(TYPE, r#"["higher", "1 < 2"]"#, "Length", "no such side");
        check(TYPE, r#"["0 < 1", "0 < 2"]"#, "Length", "Length");
        check(TYPE, r#""stated""#, "Length", "nothing stated");
        check(TREE, r#""stated""#, "B", "");
        check(TREE, r#""stated""#, "C", "states nothing");
        check(TREE, r#""lower""#, "B", "states the same");
        check(TREE, r#""higher""#, "B", "Csp ./device/a/b , Csp ./user/a/b ");
    }

    #[test]
    fn an_address_stands_once() {
        let row = r#"{"stricter": "higher", "names": ["Length"], "reason": "why"}"#;
        let text = format!(r#"{{{TYPE}, "source": "whence", "rows": [{row}, {row}]}}"#);
        let error = sample::entries(&[DATA], &[], &[&text]).err().expect("it is refused");
        assert!(error.contains("stands twice"), "{error}");
    }
}
