//! A tree of one YAML file, aliases expanded. An alias to a level that encloses it has no finite expansion (a bookmark folder that
//! holds bookmarks, a predicate inside itself): there the tree keeps the anchor's number instead.

use granit_parser::{Event, Parser, ScalarStyle};
use std::collections::BTreeMap;

/// Real files nest some 25 deep, expansions counted.
const DEEPEST: usize = 64;
/// Nodes that aliases may add to a file.
const LARGEST_EXPANSION: usize = 100_000;

/// One node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The number of the anchor on it, 0 where there is none.
    pub(crate) anchor: usize,
    /// Where it stands, from 1.
    pub(crate) line: usize,
    /// What it is.
    pub(crate) form: Form,
    size: usize,
    height: usize,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// A scalar, as written; plain ones may be numbers and booleans.
    Scalar { text: String, plain: bool },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<(String, Node)>),
    /// An alias to an enclosing node: the number of its anchor.
    Enclosing(usize),
}

impl Node {
    fn new(anchor: usize, line: usize, form: Form) -> Node {
        let below: Vec<&Node> = match &form {
            Form::Scalar { .. } | Form::Enclosing(_) => Vec::new(),
            Form::List(items) => items.iter().collect(),
            Form::Map(members) => members.iter().map(|(_, member)| member).collect(),
        };
        let size = 1 + below.iter().map(|node| node.size).sum::<usize>();
        let height = 1 + below.iter().map(|node| node.height).max().unwrap_or(0);
        Node { anchor, line, form, size, height }
    }

    /// The text of a scalar; nothing for a plain null.
    pub(crate) fn text(&self) -> Result<Option<String>, String> {
        match &self.form {
            Form::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") => {
                Ok(None)
            }
            Form::Scalar { text, plain: true } if matches!(text.to_lowercase().as_str(), "true" | "false") => {
                Ok(Some(text.to_lowercase()))
            }
            Form::Scalar { text, .. } => Ok(Some(text.clone())),
            _ => Err(format!("line {}: a scalar is wanted here", self.line)),
        }
    }

    /// A boolean.
    pub(crate) fn boolean(&self) -> Result<Option<bool>, String> {
        match self.text()?.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(text) => Err(format!("line {}: `{text}` is not a boolean", self.line)),
        }
    }

    /// The items of a sequence; none for a plain null.
    pub(crate) fn items(&self) -> Result<&[Node], String> {
        match &self.form {
            Form::List(items) => Ok(items),
            _ if self.text() == Ok(None) => Ok(&[]),
            _ => Err(format!("line {}: a sequence is wanted here", self.line)),
        }
    }

    /// The texts of a sequence of scalars.
    pub(crate) fn texts(&self) -> Result<Vec<String>, String> {
        let texts = self.items()?.iter().map(|item| Ok(item.text()?.unwrap_or_default()));
        texts.collect()
    }

    /// The members of a mapping; none for a plain null.
    pub(crate) fn members(&self) -> Result<&[(String, Node)], String> {
        match &self.form {
            Form::Map(members) => Ok(members),
            _ if self.text() == Ok(None) => Ok(&[]),
            _ => Err(format!("line {}: a mapping is wanted here", self.line)),
        }
    }
}

/// A node that is not closed yet.
struct Open {
    anchor: usize,
    line: usize,
    map: bool,
    /// The name that waits for its value.
    name: Option<String>,
    items: Vec<(String, Node)>,
}

/// Parses the one document of a file.
pub(crate) fn parse(text: &str) -> Result<Node, String> {
    let options = granit_parser::options! { flow_nesting_limit: DEEPEST, block_nesting_limit: DEEPEST };
    let mut builder = Builder { open: Vec::new(), anchored: BTreeMap::new(), added: 0, root: None };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| error.to_string())?;
        let line = span.start.line();
        builder.take(event, line).map_err(|message| format!("line {line}: {message}"))?;
    }
    builder.root.ok_or_else(|| "the file is empty".to_owned())
}

struct Builder {
    open: Vec<Open>,
    anchored: BTreeMap<usize, Node>,
    added: usize,
    root: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                self.place(Node::new(anchor, line, Form::Scalar { text: text.into_owned(), plain }))
            }
            Event::SequenceStart(_, anchor, _) => self.begin(anchor, line, false),
            Event::MappingStart(_, anchor, _) => self.begin(anchor, line, true),
            Event::SequenceEnd | Event::MappingEnd => {
                let open = self.open.pop().ok_or("an end without its start")?;
                let form = if open.map {
                    Form::Map(open.items)
                } else {
                    Form::List(open.items.into_iter().map(|(_, item)| item).collect())
                };
                self.place(Node::new(open.anchor, open.line, form))
            }
            Event::Alias(anchor) if self.open.iter().any(|open| open.anchor == anchor) => {
                self.place(Node::new(0, line, Form::Enclosing(anchor)))
            }
            Event::Alias(anchor) => {
                let target = self.anchored.get(&anchor).ok_or("an alias to no anchor")?;
                if self.added + target.size > LARGEST_EXPANSION {
                    return Err(format!("aliases add more than {LARGEST_EXPANSION} nodes"));
                }
                if self.open.len() + target.height > DEEPEST {
                    return Err(format!("aliases nest deeper than {DEEPEST} levels"));
                }
                self.added += target.size;
                let copy = target.clone();
                self.place(copy)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, line: usize, map: bool) -> Result<(), String> {
        if self.open.len() == DEEPEST {
            return Err(format!("it nests deeper than {DEEPEST} levels"));
        }
        self.open.push(Open { anchor, line, map, name: None, items: Vec::new() });
        Ok(())
    }

    fn place(&mut self, node: Node) -> Result<(), String> {
        if node.anchor != 0 {
            self.anchored.insert(node.anchor, node.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            return match self.root.replace(node) {
                None => Ok(()),
                Some(_) => Err("a second document".to_owned()),
            };
        };
        match parent.name.take() {
            Some(name) => parent.items.push((name, node)),
            None if parent.map => {
                let Form::Scalar { text, .. } = node.form else { return Err("a name must be a scalar".to_owned()) };
                if parent.items.iter().any(|(name, _)| *name == text) {
                    return Err(format!("`{text}` is there twice"));
                }
                parent.name = Some(text);
            }
            None => parent.items.push((String::new(), node)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(node: &Node) -> Vec<String> {
        node.texts().unwrap()
    }

    fn member<'a>(node: &'a Node, name: &str) -> &'a Node {
        &node.members().unwrap().iter().find(|(field, _)| field == name).unwrap().1
    }

    #[test]
    fn an_alias_stands_for_a_copy_of_its_anchor() {
        let tree = parse("a: &one [x, y]\nb: *one\nc: *one\n").unwrap();
        assert_eq!(texts(member(&tree, "b")), ["x", "y"]);
        assert_eq!(texts(member(&tree, "c")), ["x", "y"]);
    }

    #[test]
    fn an_alias_to_an_enclosing_level_is_kept_and_never_expanded() {
        let tree = parse("a: &one\n- b\n- *one\n").unwrap();
        let list = member(&tree, "a");
        assert!(matches!(list.items().unwrap()[1].form, Form::Enclosing(anchor) if anchor == list.anchor));
    }

    #[test]
    fn an_anchor_that_is_used_again_names_the_later_node() {
        let tree = parse("a: &one [x]\nb: &one [y]\nc: *one\n").unwrap();
        assert_eq!(texts(member(&tree, "c")), ["y"]);
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let below = vec![format!("*a{}", level - 1); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{below}]\n"));
        }
        assert!(parse(&text).unwrap_err().contains("aliases add more than"));
    }

    #[test]
    fn nesting_beyond_the_limit_is_refused_written_or_through_aliases() {
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&"- ".repeat(100_000)).is_err());
        let mut text = "a0: &a0 [x]\n".to_owned();
        for level in 1..70 {
            text.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
        }
        assert!(parse(&text).unwrap_err().contains("aliases nest deeper"));
    }

    #[test]
    fn a_plain_scalar_may_be_null_or_a_boolean_and_a_quoted_one_is_text() {
        let tree = parse("a: null\nb: True\nc: 'True'\nd: 1.20\ne: 'null'\n").unwrap();
        let text = |name| member(&tree, name).text().unwrap();
        assert_eq!(text("a"), None);
        assert_eq!(text("b").as_deref(), Some("true"));
        assert_eq!(text("c").as_deref(), Some("True"));
        assert_eq!(text("d").as_deref(), Some("1.20"), "a version keeps its last zero");
        assert_eq!(text("e").as_deref(), Some("null"));
    }

    #[test]
    fn a_name_that_stands_twice_and_a_second_document_are_refused() {
        assert!(parse("a: 1\na: 2\n").unwrap_err().contains("twice"));
        assert!(parse("a: 1\n---\nb: 2\n").unwrap_err().contains("second document"));
        assert!(parse("").is_err());
    }
}
