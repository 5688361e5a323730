//! Keys and the keys below them. They are sorted by name, so that two releases differ only where their facts do; alternatives of
//! one name (the settings of the `Settings` command) keep Apple's order.

use super::support;
use super::yaml::{Form, Node};
use policyc::catalogue::entry::{Key, Kind, Range};

/// Titles and sentences, and the name of a structure in Apple's documentation.
const PROSE: [&str; 3] = ["title", "content", "subkeytype"];

/// One level that encloses the keys being read.
struct Level {
    /// The key's name; none at the top.
    name: Option<String>,
    kind: Kind,
    /// The anchor on the key itself, 0 where there is none.
    anchor: usize,
    /// The anchor on the list of keys below it, 0 where there is none.
    below: usize,
}

/// The levels from the top down.
#[derive(Default)]
pub(crate) struct Levels(Vec<Level>);

impl Levels {
    /// Names from the top to the level whose keys, or which itself, bears `anchor`, and that level's type.
    fn find(&self, anchor: usize) -> Option<(Vec<String>, Kind)> {
        let at = self.0.iter().position(|level| level.anchor == anchor || level.below == anchor)?;
        let names = self.0[..=at].iter().filter_map(|level| level.name.clone()).collect();
        Some((names, self.0[at].kind))
    }
}

/// Reads the keys at the top of a payload or an answer.
pub(crate) fn read_top(node: &Node, unread: &mut Vec<String>) -> Result<Vec<Key>, String> {
    let mut levels = Levels::default();
    levels.0.push(Level { name: None, kind: Kind::Dictionary, anchor: 0, below: node.anchor });
    read_list(node, &mut levels, unread)
}

fn read_list(node: &Node, levels: &mut Levels, unread: &mut Vec<String>) -> Result<Vec<Key>, String> {
    let mut keys = Vec::new();
    for item in node.items()? {
        keys.push(read(item, levels, unread)?);
    }
    keys.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(keys)
}

fn read(node: &Node, levels: &mut Levels, unread: &mut Vec<String>) -> Result<Key, String> {
    if let Form::Enclosing(anchor) = node.form {
        // A whole key that recurs: its name and type, and where its keys are.
        let (names, kind) = levels.find(anchor).ok_or_else(|| stray(node))?;
        let mut key = blank(names.last().cloned().unwrap_or_default(), kind);
        key.same_as = Some(names);
        return Ok(key);
    }
    let members = node.members()?;
    let named = |wanted: &str| members.iter().find(|(field, _)| field == wanted).map(|(_, node)| node);
    let absent = |field: &str| format!("line {}: a key has no `{field}`", node.line);
    let name = named("key").ok_or_else(|| absent("key"))?.text()?.ok_or_else(|| absent("key"))?;
    let kind = read_kind(named("type").ok_or_else(|| absent("type"))?)?;
    let mut key = blank(name, kind);
    for (field, node) in members {
        read_field(field, node, &mut key, unread)?;
    }
    if let Some(below) = named("subkeys") {
        if let Form::Enclosing(anchor) = below.form {
            let (names, _) = levels.find(anchor).ok_or_else(|| stray(below))?;
            key.same_as = Some(names);
        } else {
            levels.0.push(Level { name: Some(key.name.clone()), kind, anchor: node.anchor, below: below.anchor });
            key.subkeys = read_list(below, levels, unread)?;
            levels.0.pop();
        }
    }
    Ok(key)
}

fn read_field(field: &str, node: &Node, key: &mut Key, unread: &mut Vec<String>) -> Result<(), String> {
    match field {
        "key" | "type" | "subkeys" => {}
        // `valuetype` is the later name of `subtype`.
        "subtype" | "valuetype" => key.subtype = node.text()?.map(|text| bare(&text)),
        "presence" => key.required = node.text()?.as_deref() == Some("required"),
        "rangelist" => key.rangelist = node.texts()?,
        "range" => key.range = Some(read_range(node, unread)?),
        "repetition" => key.repetition = Some(read_range(node, unread)?),
        "format" => key.format = node.text()?,
        "default" => key.default = node.text()?,
        "combinetype" => key.combinetype = node.text()?,
        "assettypes" => key.assettypes = node.texts()?,
        "asset-content-types" => key.asset_content_types = node.texts()?,
        "supportedOS" => key.support = support::read(node, unread)?,
        prose if PROSE.contains(&prose) => {}
        _ => unread.push(format!("line {}: {}.{field}", node.line, key.name)),
    }
    Ok(())
}

fn read_range(node: &Node, unread: &mut Vec<String>) -> Result<Range, String> {
    let mut range = Range::default();
    for (field, node) in node.members()? {
        match field.as_str() {
            "min" => range.min = node.text()?,
            "max" => range.max = node.text()?,
            _ => unread.push(format!("line {}: range.{field}", node.line)),
        }
    }
    Ok(range)
}

fn read_kind(node: &Node) -> Result<Kind, String> {
    let text = node.text()?.unwrap_or_default();
    Ok(match bare(&text).as_str() {
        "string" => Kind::String,
        "integer" => Kind::Integer,
        "real" => Kind::Real,
        "boolean" => Kind::Boolean,
        "date" => Kind::Date,
        "data" => Kind::Data,
        "array" => Kind::Array,
        "dictionary" => Kind::Dictionary,
        "any" => Kind::Any,
        _ => return Err(format!("line {}: `{text}` is none of Apple's types", node.line)),
    })
}

/// Without the angle brackets.
fn bare(text: &str) -> String {
    text.trim_start_matches('<').trim_end_matches('>').to_owned()
}

fn stray(node: &Node) -> String {
    format!("line {}: an alias to a level that is not one of keys", node.line)
}

fn blank(name: String, kind: Kind) -> Key {
    Key {
        name,
        kind,
        subtype: None,
        required: false,
        rangelist: Vec::new(),
        range: None,
        range_on: Default::default(),
        format: None,
        repetition: None,
        default: None,
        combinetype: None,
        assettypes: Vec::new(),
        asset_content_types: Vec::new(),
        secret: false,
        refers: Vec::new(),
        excludes: Vec::new(),
        support: Default::default(),
        subkeys: Vec::new(),
        same_as: None,
    }
}
