//! Reading the values of entries and guards. A plain `$` is ours, all else is the vendor's (language.md §5, "Values").

use super::parameter::Type;
use super::release::RELEASES;
use super::scope::{Named, Scope, Writer, could_be, words_of};
use super::transform::OS;
use super::when::When;
use super::{Document, Expression};
use crate::diagnostic::Diagnostics;
use crate::diagnostic::nearest::did_you_mean;
use crate::setting::Value;
use crate::source::fields;
use crate::source::yaml::{Entry, Kind, Node};
use crate::source::{Span, Spanned};
use base64::Engine;

/// Whether a mapping is one of our values, not a vendor's dictionary.
pub(crate) fn is_ours(node: &Node) -> bool {
    let Kind::Map(entries) = &node.kind else { return true };
    let holder = |entry: &Entry| matches!(entry.key.value.as_str(), "secret" | "file" | "base64");
    entries.iter().any(|entry| entry.plain && entry.key.starts_with('$'))
        || matches!(entries.as_slice(), [entry] if entry.plain && holder(entry))
}

/// Reads one value. Depth is bounded by the reader of YAML.
pub(crate) fn read(node: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Spanned<Expression>> {
    let expression = match &node.kind {
        Kind::Scalar { text, plain: false } => Expression::Literal(Value::text(text.as_str())),
        Kind::Scalar { text, plain: true } if text == "none" => Expression::Nothing,
        Kind::Scalar { text, plain: true } => match text.strip_prefix('$') {
            Some(name) => reference(name, node.span, scope, found)?,
            None => Expression::Literal(Value::Plain(text.clone())),
        },
        Kind::List(items) => {
            let read: Vec<_> = items.iter().map(|item| read(item, scope, found)).collect();
            Expression::List(read.into_iter().collect::<Option<_>>()?)
        }
        Kind::Map(entries) if is_ours(node) => ours(node, entries, Rows { scope, read }, found)?,
        Kind::Map(entries) => {
            let read: Vec<_> =
                entries.iter().map(|entry| Some((entry.key.clone(), read(&entry.value, scope, found)?))).collect();
            Expression::Dictionary(read.into_iter().collect::<Option<_>>()?)
        }
    };
    Some(Spanned::new(expression, node.span))
}

/// Reads the state of an ADMX body: `enabled`, `disabled`, a boolean, or what gives one.
pub(crate) fn read_state(node: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Spanned<Expression>> {
    let expression = match &node.kind {
        Kind::Scalar { text, plain: true } => match text.as_str() {
            "enabled" | "true" => Expression::Literal(Value::Boolean(true)),
            "disabled" | "false" => Expression::Literal(Value::Boolean(false)),
            "none" => Expression::Nothing,
            _ => match text.strip_prefix('$') {
                Some(name) => {
                    if !matches!(scope.named(name, node.span, found)?.kind, Type::Boolean) {
                        let cure = format!("write a table: `{{ ${name}: {{ …: enabled, else: disabled }} }}`");
                        scope.writer.fault(node.span, format!("`${name}` is neither `true` nor `false`"), cure, found);
                        return None;
                    }
                    Expression::Reference(name.to_owned())
                }
                None => return refuse_state(node, scope, found),
            },
        },
        Kind::Map(entries) if is_ours(node) => {
            let expression = ours(node, entries, Rows { scope, read: read_state }, found)?;
            if !matches!(expression, Expression::Table(..)) {
                return refuse_state(node, scope, found);
            }
            expression
        }
        _ => return refuse_state(node, scope, found),
    };
    Some(Spanned::new(expression, node.span))
}

fn refuse_state(node: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Spanned<Expression>> {
    let cure = "write `enabled`, `disabled`, a table of these, or the elements of an enabled body";
    scope.writer.fault(node.span, "this is no state of an ADMX-backed policy", cure, found);
    None
}

/// How the rows of a table are read.
struct Rows<'a> {
    scope: Scope<'a>,
    read: fn(&Node, Scope<'_>, &mut Diagnostics) -> Option<Spanned<Expression>>,
}

fn reference(name: &str, span: Span, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Expression> {
    match name.split_once('.') {
        Some(("organisation", fact)) => {
            if !fields::check_name(&Spanned::new(fact.to_owned(), span), "a fact of organisation.yaml", found) {
                return None;
            }
        }
        Some(("group", _)) => {
            if name != OS {
                scope.writer.fault(span, format!("`${name}` names nothing"), "a group has `$group.os`", found);
                return None;
            }
        }
        None if name == "instance" => {
            if !matches!(scope.writer, Writer::Control { named_instances: true, .. }) {
                let cure = "write `instances: named` on the control, or a name";
                scope.writer.fault(span, "`$instance` has no meaning where there is one instance", cure, found);
                return None;
            }
        }
        None if name == RELEASES => {
            let cure = "repeat the entry with `each: $releases`, or write `{ $each: $releases, as: … }`";
            scope.writer.fault(span, "`$releases` is a list, and one value is wanted", cure, found);
            return None;
        }
        _ => {
            scope.named(name, span, found)?;
        }
    }
    Some(Expression::Reference(name.to_owned()))
}

fn ours(node: &Node, entries: &[Entry], rows: Rows<'_>, found: &mut Diagnostics) -> Option<Expression> {
    let scope = rows.scope;
    let first = entries.iter().find(|entry| entry.plain && entry.key.starts_with('$')).or(entries.first())?;
    let beside: &[&str] = match first.key.as_str() {
        "$each" => &["as"],
        "$ref" => &["instance"],
        "$xml" => return document(entries, &first.value, scope, found),
        _ => &[],
    };
    if let Some(other) = entries.iter().find(|e| e.key.span != first.key.span && !beside.contains(&e.key.as_str())) {
        let cause = format!("`{}` cannot stand beside `{}`", other.key.value, first.key.value);
        scope.writer.fault(
            other.key.span,
            cause,
            "remove one of the two, or quote the key that is the vendor's",
            found,
        );
        return None;
    }
    let at = |name: &str| entries.iter().find(|entry| entry.key.value == name).map(|entry| &entry.value);
    let value = &first.value;
    match first.key.as_str() {
        "secret" => Some(Expression::Secret(fields::name(value, "a secret", found)?.value)),
        "file" => Some(Expression::File(path(value, scope, found)?)),
        "base64" => data(value, scope, found),
        "$times" => {
            let [a, b] = <[_; 2]>::try_from(numbers(value, scope, found)?).ok().or_else(|| {
                scope.writer.fault(value.span, "`$times` takes two numbers", "write `{ $times: [a, b] }`", found);
                None
            })?;
            Some(Expression::Times(Box::new(a), Box::new(b)))
        }
        "$minus" => {
            let parts = numbers(value, scope, found)?;
            if parts.len() < 2 {
                scope.writer.fault(
                    value.span,
                    "`$minus` takes two numbers or more",
                    "write `{ $minus: [a, b] }`",
                    found,
                );
                return None;
            }
            Some(Expression::Minus(parts))
        }
        "$date" => date(value, scope, found),
        "$join" => {
            let parts = fields::items(value, "what is joined", found)?;
            let parts: Vec<_> = parts.iter().map(|part| text_part(part, scope, found)).collect();
            Some(Expression::Join(parts.into_iter().collect::<Option<_>>()?))
        }
        "$minutes" => Some(Expression::Minutes(Box::new(read(value, scope, found)?))),
        "$each" => {
            let list = list_name(value, scope, found)?;
            let item = scope.item_of(&list, found)?;
            let Some(body) = at("as") else {
                scope.writer.fault(node.span, "`$each` has no `as`", "write `as:` and the item", found);
                return None;
            };
            let body = read(body, Scope { item: Some(item), ..scope }, found)?;
            Some(Expression::Each(Box::new(list.map(Expression::Reference)), Box::new(body)))
        }
        "$ref" => {
            let owner = fields::text(value, "the type that `$ref` names", found)?;
            let instance = match at("instance") {
                Some(node) => Some(Box::new(read(node, scope, found)?)),
                None => None,
            };
            Some(Expression::Ref(owner.value, instance))
        }
        "$thumbprint" => Some(Expression::Thumbprint(Box::new(read(value, scope, found)?))),
        "$uuid" => Some(Expression::Uuid(fields::name(value, "the name behind a UUID", found)?.value)),
        _ => table(first, &rows, found),
    }
}

/// `{ $xml: group-membership, group: …, members: … }`.
fn document(entries: &[Entry], kind: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Expression> {
    let kind = fields::word(kind, "a vendor's document", &Document::ALL, found)?;
    let (needed, others) = kind.value.parts();
    let mut parts = Vec::new();
    for entry in entries.iter().filter(|entry| entry.key.value != "$xml") {
        if !needed.iter().chain(others).any(|part| *part == entry.key.value) {
            let cause = format!("a document of this kind has no part `{}`", entry.key.value);
            let cure = did_you_mean(&entry.key, needed.iter().chain(others).copied());
            scope.writer.fault(entry.key.span, cause, cure.unwrap_or_else(|| "remove it".to_owned()), found);
            return None;
        }
        parts.push((entry.key.clone(), read(&entry.value, scope, found)?));
    }
    if let Some(missing) = needed.iter().find(|part| !parts.iter().any(|(name, _)| name.value == **part)) {
        let cause = format!("the document has no `{missing}`");
        scope.writer.fault(kind.span, cause, format!("add `{missing}: …`"), found);
        return None;
    }
    Some(Expression::Document(kind.value, parts))
}

/// The name behind `$name`, where a list is wanted.
pub(crate) fn list_name(node: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Spanned<String>> {
    match &node.kind {
        Kind::Scalar { text, plain: true } if text.starts_with('$') => {
            Some(Spanned::new(text[1..].to_owned(), node.span))
        }
        _ => {
            scope.writer.fault(node.span, "`each` takes a list", "write `$` and the name of a parameter", found);
            None
        }
    }
}

fn path(node: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Option<String> {
    let path = fields::text(node, "a path", found)?;
    let inside = !path.is_empty()
        && !path.contains(['\\', ':'])
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if !inside {
        let cure = "write a path relative to it, with `/`, such as `files/root.cer`";
        scope.writer.fault(node.span, format!("`{}` is no file of the organisation's folder", path.value), cure, found);
        return None;
    }
    Some(path.value)
}

fn data(node: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Expression> {
    let text = fields::text(node, "base64 text", found)?;
    let dense: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    match base64::engine::general_purpose::STANDARD.decode(dense) {
        Ok(bytes) => Some(Expression::Literal(Value::Data(bytes))),
        Err(_) => {
            scope.writer.fault(node.span, "this is no base64", "write standard base64, with its padding", found);
            None
        }
    }
}

fn numbers(node: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Vec<Spanned<Expression>>> {
    let mut numbers = Vec::new();
    for item in fields::items(node, "what is calculated", found)? {
        numbers.push(number(item, scope, found)?);
    }
    Some(numbers)
}

fn number(node: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Spanned<Expression>> {
    let expression = read(node, scope, found)?;
    let good = match &expression.value {
        Expression::Literal(Value::Plain(text)) => text.parse::<i128>().is_ok(),
        Expression::Reference(name) => matches!(scope.named(name, node.span, found)?.kind, Type::Integer { .. }),
        Expression::Times(..) | Expression::Minus(_) => true,
        _ => false,
    };
    if !good {
        let cure = "write a number, or a parameter of type `integer`";
        scope.writer.fault(node.span, "one can only calculate with whole numbers", cure, found);
    }
    good.then_some(expression)
}

/// A part of a text: text in quotes, or a name that stands for text.
fn text_part(node: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Spanned<Expression>> {
    let part = read(node, scope, found)?;
    let good = match &part.value {
        Expression::Literal(Value::Text(_)) => true,
        Expression::Reference(name) if name.starts_with("organisation.") || name == OS || name == "instance" => true,
        Expression::Reference(name) => {
            let kind = scope.named(name, node.span, found)?.kind;
            matches!(kind, Type::Text(_) | Type::Time | Type::Date | Type::Word(_))
        }
        _ => false,
    };
    if !good {
        let cure = "write text in quotes, or a parameter of type `text`, `time`, `date` or `word`";
        scope.writer.fault(node.span, "one can only join texts", cure, found);
    }
    good.then_some(part)
}

fn date(node: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Expression> {
    let [day, days, time] = fields::items(node, "`$date`", found)? else {
        let cure = "write `{ $date: [day, days, \"12:00:00\"] }`";
        scope.writer.fault(node.span, "`$date` takes a day, a number of days and a time", cure, found);
        return None;
    };
    Some(Expression::Date(vec![read(day, scope, found)?, number(days, scope, found)?, read(time, scope, found)?]))
}

/// `{ $mode: { required: 1, else: 0 } }`. Total: each value that the parameter can have here has a row, or there is an `else`.
fn table(first: &Entry, rows: &Rows<'_>, found: &mut Diagnostics) -> Option<Expression> {
    let scope = rows.scope;
    let name = first.key.strip_prefix('$').unwrap_or_default();
    let named = scope.named(name, first.key.span, found)?;
    if matches!(named.kind, Type::Set { .. } | Type::List(_)) {
        let cure = format!("write an entry with `when: {{ {name}: … }}` for each");
        scope.writer.fault(first.key.span, format!("`{name}` can have several values, a table gives one"), cure, found);
        return None;
    }
    let written = fields::entries(&first.value, "a table", found)?;
    let mut table = Vec::new();
    let mut good = true;
    for row in written {
        if row.key.value != "else" && !could_be(&named, &row.key) {
            let words = words_of(&named).unwrap_or_default();
            let cure = did_you_mean(&row.key, words.iter().map(String::as_str))
                .unwrap_or_else(|| "a row is one of the parameter's values, or `else`".to_owned());
            scope.writer.fault(row.key.span, format!("`{name}` is never `{}`", row.key.value), cure, found);
            good = false;
        }
        match (rows.read)(&row.value, scope, found) {
            Some(value) => table.push((row.key.clone(), value)),
            None => good = false,
        }
    }
    let missing = missing_rows(name, &named, written, scope.when);
    if good && !missing.is_empty() {
        let cause = format!("the table has no row for {}", missing.join(", "));
        scope.writer.fault(first.key.span, cause, "add the rows, or `else`", found);
        good = false;
    }
    good.then(|| Expression::Table(name.to_owned(), table))
}

fn missing_rows(name: &str, named: &Named<'_>, written: &[Entry], when: &[When]) -> Vec<String> {
    if written.iter().any(|row| row.key.value == "else") {
        return Vec::new();
    }
    let Some(mut words) = words_of(named) else { return vec!["`else`".to_owned()] };
    words.retain(|word| when.iter().filter(|when| when.parameter.value == name).all(|when| when.leaves(word)));
    words.retain(|word| !written.iter().any(|row| row.key.value == *word));
    words.iter().map(|word| format!("`{word}`")).collect()
}
