//! Text → [`Document`]: which file is what. Its first key says it; each kind has a file of its own here.

mod admx;
mod attach;
mod audience;
mod exceptions;
mod groups;
mod identities;
mod organisation;
mod releases;
mod secrets;
mod written;

use crate::gather::Arrange;
pub(super) use groups::is_reserved;
pub(super) use written::group_names;

use super::document::{Document, Text};
use crate::control;
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::fields;
use crate::source::yaml::{self, Entry, Kind, Node};
use crate::source::{Body, FileId, Sources, Span, Spanned};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The folder that holds every source.
const ROOT: &str = "policy-sources/";

/// The first keys that files may have.
const KINDS: &[(&str, Parser)] = &[
    ("organisation", organisation::parse),
    ("groups", groups::parse),
    ("policy", written::parse),
    ("exceptions", exceptions::parse),
    ("secrets", secrets::parse),
    ("control", own_control),
    ("baseline", written::baseline),
    ("releases", releases::parse),
    ("identities", identities::parse),
    ("admx", admx::parse),
];

/// Reads a whole file; `None` where nothing can be made of it.
type Parser = fn(&Node, &mut Diagnostics) -> Option<Text>;

/// Reads every source file, side by side. What could be read is returned despite findings, so that one run reports all it can.
pub fn parse(sources: &Sources, found: &mut Diagnostics) -> Vec<Document> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut files: Vec<(FileId, &str)> = Vec::new();
    for (file, source) in sources.files() {
        let Some(path) = source.path.strip_prefix(ROOT) else { continue };
        if let Some(other) = seen.insert(path.to_lowercase(), &source.path) {
            found.push(same_but_for_case(file, other));
        }
        files.push((file, path));
    }
    let read = |(n, (file, path)): (usize, &(FileId, &str))| {
        let mut own = Diagnostics::default();
        (n, document(sources, *file, path, &mut own), own)
    };
    // The largest first: nothing else goes on before it is read.
    let size = |file: FileId| sources.text(file).len();
    let mut largest_first: Vec<(usize, &(FileId, &str))> = files.iter().enumerate().collect();
    largest_first.arrange_by_key(|(_, (file, _))| std::cmp::Reverse(size(*file)));
    let mut all: Vec<(usize, Option<Document>, Diagnostics)> = largest_first.into_par_iter().map(read).collect();
    all.arrange_by_key(|(n, ..)| *n);
    let mut documents = Vec::new();
    for (_, document, own) in all {
        found.absorb(own);
        documents.extend(document);
    }
    documents
}

/// One file; `None` for what is no source, and for what belongs to no organisation and could not be read.
fn document(sources: &Sources, file: FileId, path: &str, found: &mut Diagnostics) -> Option<Document> {
    let folder = path.split_once('/').map(|(folder, _)| folder).filter(|folder| *folder != "baselines");
    let refused = sources.file(file).is_some_and(|source| matches!(source.content, Body::Refused(_)));
    let content = match (extension(path), folder) {
        // Whatever stands there, sources may be in it: nothing is passed over in silence.
        _ if refused => {
            yaml::parse(sources, file, found);
            Text::Unread
        }
        ("yaml", Some(_)) => of_organisation(sources, file, found).unwrap_or(Text::Unread),
        ("yaml", None) => {
            let content = of_nobody(sources, file, path, found)?;
            return Some(Document { file, folder: String::new(), content });
        }
        (ending, _) if ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml") => {
            found.push(other_ending(file, ending));
            Text::Unread
        }
        _ => return None,
    };
    folder.map(|folder| Document { file, folder: folder.to_owned(), content })
}

fn same_but_for_case(file: FileId, other: &str) -> Diagnostic {
    let cause = format!("`{other}` has the same name but for the case of its letters: not every disk can hold both");
    Diagnostic::new(Code::UnportableName, Span::new(file, 0, 0), cause).help("rename one of the two")
}

fn other_ending(file: FileId, ending: &str) -> Diagnostic {
    let cause = format!("a file that ends in `.{ending}` is not read");
    Diagnostic::new(Code::UnportableName, Span::new(file, 0, 0), cause).help("end its name in `.yaml`")
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension,
        _ => "",
    }
}

fn of_organisation(sources: &Sources, file: FileId, found: &mut Diagnostics) -> Option<Text> {
    let root = yaml::parse(sources, file, found)?;
    let first = first_key(&root, found)?;
    match KINDS.iter().find(|(kind, _)| *kind == first.key.value) {
        Some(("baseline", _)) => {
            found.push(
                Diagnostic::new(Code::UnknownKind, first.key.span, "a baseline belongs to no organisation")
                    .help(format!("move it to `{ROOT}baselines/`, and name it under `adopts` in organisation.yaml")),
            );
            None
        }
        Some(("releases", _)) => {
            found.push(
                Diagnostic::new(Code::UnknownKind, first.key.span, "releases belong to no organisation")
                    .help(format!("move it to `{ROOT}releases.yaml`")),
            );
            None
        }
        Some((_, parser)) => parser(&root, found),
        None => {
            found.push(unknown_kind(&first.key));
            None
        }
    }
}

/// A file beside the organisations' folders.
fn of_nobody(sources: &Sources, file: FileId, path: &str, found: &mut Diagnostics) -> Option<Text> {
    let root = yaml::parse(sources, file, found)?;
    let first = first_key(&root, found)?;
    let kind = first.key.value.as_str();
    match KINDS.iter().find(|(known, _)| *known == kind) {
        Some(("baseline", parser)) if path.starts_with("baselines/") => return parser(&root, found),
        Some(("releases", parser)) => return parser(&root, found),
        Some(("baseline", _)) => found.push(
            Diagnostic::new(Code::UnknownKind, first.key.span, "a baseline belongs into the folder `baselines`")
                .help(format!("move it to `{ROOT}baselines/`")),
        ),
        Some((kind, _)) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            found.push(
                Diagnostic::new(
                    Code::UnknownKind,
                    first.key.span,
                    format!("a file that begins with `{kind}` belongs into the folder of an organisation"),
                )
                .help(format!("move it to `{ROOT}ORGANISATION/{name}`")),
            );
        }
        None => found.push(unknown_kind(&first.key)),
    }
    None
}

/// A control of the organisation's own, in the library's form.
fn own_control(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    let mut own = Diagnostics::default();
    let control = control::parse(root, &mut own);
    // One that is wrong counts as unread, so that what follows from it is not reported as well.
    let content = control.filter(|_| !own.has_errors()).map(|control| Text::Control(Arc::new(control)));
    found.absorb(own);
    content
}

fn first_key<'a>(root: &'a Node, found: &mut Diagnostics) -> Option<&'a Entry> {
    let entries = fields::entries(root, "a source file", found)?;
    if entries.is_empty() {
        found.push(
            Diagnostic::new(Code::EmptyValue, root.span, "the file says nothing")
                .help("begin it with what it is, such as `policy: it-policy`"),
        );
    }
    entries.first()
}

fn unknown_kind(key: &Spanned<String>) -> Diagnostic {
    let finding = Diagnostic::new(Code::UnknownKind, key.span, format!("no kind of file begins with `{}`", key.value));
    if let Some(name) = KINDS.iter().map(|(kind, _)| *kind).find(|kind| *kind == key.to_lowercase()) {
        return finding.help(format!("write `{name}`"));
    }
    match did_you_mean(key, KINDS.iter().map(|(kind, _)| *kind)) {
        Some(cure) => finding.help(cure),
        None => {
            let kinds: Vec<String> = KINDS.iter().map(|(kind, _)| format!("`{kind}`")).collect();
            finding.help(format!("the first key says what a file is, and is one of {}", kinds.join(", ")))
        }
    }
}

/// A list of texts.
fn texts(node: &Node, what: &str, found: &mut Diagnostics) -> Vec<Spanned<String>> {
    let Some(items) = fields::items(node, what, found) else { return Vec::new() };
    items.iter().filter_map(|item| sentence(item, what, found)).collect()
}

/// A mapping of names to sentences: `{ join: the policy does not say }`.
fn reasons(node: &Node, what: &str, found: &mut Diagnostics) -> Vec<(Spanned<String>, Spanned<String>)> {
    let Some(entries) = fields::entries(node, what, found) else { return Vec::new() };
    entries.iter().filter_map(|entry| Some((entry.key.clone(), sentence(&entry.value, what, found)?))).collect()
}

/// Text that people read: not empty, on one line or folded.
fn sentence(node: &Node, what: &str, found: &mut Diagnostics) -> Option<Spanned<String>> {
    let text = fields::text(node, what, found)?;
    if text.trim().is_empty() {
        // Nothing after a key has its finding already.
        if !matches!(&node.kind, Kind::Scalar { plain: true, .. }) {
            found.push(
                Diagnostic::new(Code::InvalidValue, text.span, format!("{what} is empty"))
                    .help("write it, or leave the key out"),
            );
        }
        return None;
    }
    // Most sentences are of plain letters, which need no second look.
    let plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !plain && let Some(wrong) = text.chars().find(|c| is_unprintable(*c)) {
        found.push(
            Diagnostic::new(
                Code::InvalidValue,
                text.span,
                format!("{what} holds the character U+{:04X}, which nothing prints", wrong as u32),
            )
            .help("remove it: profiles and reports are text"),
        );
        return None;
    }
    Some(text.map(|mut text| {
        text.truncate(text.trim_end().len());
        text
    }))
}

/// What XML cannot hold, or a terminal would obey.
fn is_unprintable(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n') || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests;
