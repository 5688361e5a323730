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
        "supportedOS" => key.support = support::read(node, unread)?.into(),
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
        inherited: Default::default(),
        subkeys: Vec::new(),
        same_as: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apple::schema::tests::schema;

    fn keys(text: &str) -> Vec<Key> {
        schema(&format!("payload: {{payloadtype: x}}\npayloadkeys:\n{text}")).0.keys
    }

    #[test]
    fn every_fact_of_a_key_is_kept_as_it_prints() {
        let read = keys(
            "- key: k\n  type: <real>\n  subtype: <url>\n  presence: required\n  rangelist: [1, 1.0, 'a b', true]\n  \
             range: {min: -1, max: 0.5}\n  repetition: {min: 2, max: 2}\n  format: ^[0-9]{6}$\n  default: False\n  \
             combinetype: set-union\n  assettypes: [com.example.asset]\n  asset-content-types: [text/xml]\n",
        );
        let wanted = Key {
            subtype: Some("url".to_owned()),
            required: true,
            rangelist: ["1", "1.0", "a b", "true"].map(str::to_owned).to_vec(),
            range: Some(Range { min: Some("-1".to_owned()), max: Some("0.5".to_owned()) }),
            repetition: Some(Range { min: Some("2".to_owned()), max: Some("2".to_owned()) }),
            format: Some("^[0-9]{6}$".to_owned()),
            default: Some("false".to_owned()),
            combinetype: Some("set-union".to_owned()),
            assettypes: vec!["com.example.asset".to_owned()],
            asset_content_types: vec!["text/xml".to_owned()],
            ..blank("k".to_owned(), Kind::Real)
        };
        assert_eq!(read, [wanted]);
    }

    #[test]
    fn the_later_name_of_subtype_is_read_too() {
        assert_eq!(keys("- {key: k, type: <string>, valuetype: hostname}\n")[0].subtype.as_deref(), Some("hostname"));
    }

    #[test]
    fn keys_below_an_alias_are_not_lost() {
        let read = keys(
            "- key: a\n  type: <dictionary>\n  subkeys: &id001\n  - {key: x, type: <string>}\n- key: b\n  type: <array>\n  \
             subkeys: *id001\n",
        );
        assert_eq!(read[1].subkeys, read[0].subkeys);
        assert_eq!(read[1].subkeys.len(), 1);
    }

    #[test]
    fn keys_that_recur_are_named_by_the_path_to_their_level() {
        let read = keys(
            "- key: Top\n  type: <array>\n  subkeys:\n  - key: item\n    type: <dictionary>\n    subkeys: &id001\n    \
             - key: Folder\n      type: <array>\n      subkeys:\n      - {key: inner, type: <dictionary>, subkeys: *id001}\n",
        );
        let inner = &read[0].subkeys[0].subkeys[0].subkeys[0];
        assert_eq!(inner.same_as.as_deref(), Some(&["Top".to_owned(), "item".to_owned()][..]));
        assert!(inner.subkeys.is_empty());
    }

    #[test]
    fn a_whole_key_that_recurs_keeps_its_name_and_type() {
        let read = keys("- &id001\n  key: P\n  type: <dictionary>\n  subkeys:\n  - *id001\n");
        let inner = &read[0].subkeys[0];
        assert_eq!((inner.name.as_str(), inner.kind), ("P", Kind::Dictionary));
        assert_eq!(inner.same_as.as_deref(), Some(&["P".to_owned()][..]));
    }

    #[test]
    fn the_top_may_recur_as_well() {
        let (schema, _) =
            schema("payload: {payloadtype: x}\npayloadkeys: &id001\n- {key: a, type: <dictionary>, subkeys: *id001}\n");
        assert_eq!(schema.keys[0].same_as.as_deref(), Some(&[][..]));
    }

    #[test]
    fn keys_are_sorted_and_alternatives_of_one_name_keep_their_order() {
        let read = keys("- {key: b, type: <string>}\n- {key: a, type: <string>}\n- {key: a, type: <integer>}\n");
        let order: Vec<_> = read.iter().map(|key| (key.name.as_str(), key.kind)).collect();
        assert_eq!(order, [("a", Kind::String), ("a", Kind::Integer), ("b", Kind::String)]);
    }

    #[test]
    fn a_null_list_of_keys_is_empty() {
        assert!(keys("- {key: a, type: <array>, subkeys: null}\n")[0].subkeys.is_empty());
    }

    #[test]
    fn a_type_that_apple_does_not_have_is_refused() {
        let root = crate::apple::yaml::parse("- {key: a, type: <uuid>}\n").unwrap();
        assert!(read_top(&root, &mut Vec::new()).unwrap_err().contains("`<uuid>`"));
    }
}
