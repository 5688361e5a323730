//! `admx/NAME.yaml`: the facts of a policy template, as `policyc ingest-admx` writes them (`template/print.rs`).

use super::Text;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Entry, Node};
use crate::template::{BETWEEN, Class, Element, KINDS, Policy, Template, is_name};

/// What to do about facts that are not as `ingest-admx` writes them.
const AGAIN: &str = "ingest the ADMX file anew: `policyc ingest-admx FILE --organisation ORG --replace`";

pub(super) fn parse(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    let mut fields = Fields::of(root, "the facts of a template", found)?;
    let app = fields.take("admx").and_then(|node| fields::text(node, "the app", found));
    let file = fields.need("file", root.span, found).and_then(|node| fields::text(node, "the file", found));
    let digest = fields.need("sha256", root.span, found).and_then(|node| fields::text(node, "the digest", found));
    let policies = fields.need("policies", root.span, found);
    let policies = policies.and_then(|node| fields::entries(node, "`policies`", found)).unwrap_or_default();
    let policies = policies.iter().filter_map(|entry| policy(entry, found)).collect();
    fields.finish(found);
    let (app, file, digest) = (app?, file?, digest?);
    for (name, what) in [(&app, "an app"), (&file, "a file")] {
        if !is_name(&name.value) {
            let message = format!("`{}` is no name of {what} that a LocURI can hold", name.value);
            found.push(
                Diagnostic::new(Code::InvalidValue, name.span, message).help("write letters, digits, `-`, `_` and `.`"),
            );
        }
    }
    let span = app.span;
    Some(Text::Admx(Template { app: app.value, file: file.value, digest: digest.value, span, policies }))
}

fn policy(entry: &Entry, found: &mut Diagnostics) -> Option<Policy> {
    let path = &entry.key;
    let mut fields = Fields::of(&entry.value, "a policy", found)?;
    let class = fields.need("class", path.span, found);
    let class = class.and_then(|node| fields::word(node, "a class", &Class::WORDS, found));
    let keys = fields.need("keys", path.span, found).map(|node| texts(node, "registry keys", found));
    let supported = fields.take("supported").and_then(|node| fields::text(node, "what it is supported on", found));
    let elements = fields.take("elements").and_then(|node| fields::items(node, "`elements`", found));
    let elements = elements.unwrap_or_default().iter().filter_map(|node| element(node, found)).collect();
    fields.finish(found);
    let Some((area, name)) = path.rsplit_once('/').filter(|(area, name)| !area.is_empty() && !name.is_empty()) else {
        let message = format!("`{}` is no policy: its categories, `/`, its name", path.value);
        found.push(Diagnostic::new(Code::InvalidValue, path.span, message).help(AGAIN));
        return None;
    };
    Some(Policy {
        name: name.to_owned(),
        class: class?.value,
        categories: area.split(BETWEEN).map(str::to_owned).collect(),
        keys: keys?,
        supported: supported.map(|name| name.value),
        elements,
        span: path.span,
    })
}

fn element(node: &Node, found: &mut Diagnostics) -> Option<Element> {
    let mut fields = Fields::of(node, "an element", found)?;
    let mut kinds = KINDS.iter().filter_map(|kind| Some((*kind, fields.take(kind)?))).collect::<Vec<_>>().into_iter();
    let (Some((kind, id)), None) = (kinds.next(), kinds.next()) else {
        let message = "an element has one kind, and its id behind it";
        found.push(Diagnostic::new(Code::InvalidValue, node.span, message).help(AGAIN));
        return None;
    };
    let mut truth = |name| fields.take(name).and_then(|node| fields::boolean(node, "this", found));
    let [required, explicit, additive] =
        ["required", "explicit", "additive"].map(|name| truth(name).is_some_and(|is| is.value));
    let mut number = |name| {
        fields
            .take(name)
            .and_then(|node| fields::integer(node, "a limit", found))
            .and_then(|n| u64::try_from(n.value).ok())
    };
    let [min, max, max_length] = ["min", "max", "max-length"].map(&mut number);
    let mut text =
        |name| fields.take(name).and_then(|node| fields::text(node, "a value", found)).map(|text| text.value);
    let [on, off, prefix] = ["true-value", "false-value", "prefix"].map(&mut text);
    let values = fields.take("values").map(|node| texts(node, "values", found)).unwrap_or_default();
    let id = fields::text(id, "an id", found);
    fields.finish(found);
    let (kind, id) = (kind.to_owned(), id?.value);
    Some(Element { kind, id, required, min, max, max_length, values, stored: [on, off], explicit, additive, prefix })
}

fn texts(node: &Node, what: &str, found: &mut Diagnostics) -> Vec<String> {
    let items = fields::items(node, what, found).unwrap_or_default();
    items.iter().filter_map(|item| Some(fields::text(item, what, found)?.value)).collect()
}
