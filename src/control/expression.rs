//! Reading the values of entries and guards. A plain `$` is ours, all else is the vendor's (language.md §5, "Values").

use super::Expression;
use super::parameter::{Parameter, Type};
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::Value;
use crate::source::fields;
use crate::source::yaml::{Entry, Kind, Node};
use crate::source::{Span, Spanned};
use base64::Engine;

/// Names that `$` has for itself: no parameter is called so.
pub(crate) const RESERVED: &[&str] = &[
    "date",
    "each",
    "groups",
    "instance",
    "item",
    "minus",
    "minutes",
    "organisation",
    "ref",
    "releases",
    "times",
    "xml",
];

/// Who writes an entry or guard, and so what `$` may name in it.
#[derive(Clone, Copy, Debug)]
pub enum Writer<'a> {
    /// A control, with its parameters.
    Control {
        /// Its parameters.
        parameters: &'a [Parameter],
        /// Whether `$instance` is there.
        named_instances: bool,
    },
    /// A clause: `$organisation.…` alone.
    Clause,
}

impl Writer<'_> {
    /// The code for a fault in what it wrote.
    pub(crate) fn code(self) -> Code {
        match self {
            Writer::Control { .. } => Code::InvalidControl,
            Writer::Clause => Code::InvalidValue,
        }
    }

    /// Reports a fault in what it wrote.
    pub(crate) fn fault(self, span: Span, cause: impl Into<String>, cure: impl Into<String>, found: &mut Diagnostics) {
        found.push(Diagnostic::new(self.code(), span, cause).help(cure));
    }
}

/// Conditions of an entry: the parameter is, or the set has, one of these words.
pub(crate) type When = [(Spanned<String>, Vec<Spanned<String>>)];

/// What the names in a value stand for.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) writer: Writer<'a>,
    /// What `$item` is, inside `each`.
    pub(crate) item: Option<&'a Type>,
    /// What is known of the parameters where the value stands: tables need no row for the rest.
    pub(crate) when: &'a When,
}

/// What a name stands for.
pub(crate) struct Named<'a> {
    pub(crate) kind: &'a Type,
    pub(crate) optional: bool,
}

impl<'a> Scope<'a> {
    /// The parameter or field that a name without its `$` stands for; `None` with a finding where there is none.
    pub(crate) fn named(&self, name: &str, span: Span, found: &mut Diagnostics) -> Option<Named<'a>> {
        if name == "item" || name.starts_with("item.") {
            return self.item_named(name, span, found);
        }
        let Writer::Control { parameters, .. } = self.writer else {
            let cause = format!("`${name}` names nothing: a clause's own entries have no parameters");
            let cure =
                "write the value, or `$organisation.NAME`; where the vendor's value begins with `$`, put it in quotes";
            self.writer.fault(span, cause, cure, found);
            return None;
        };
        if let Some(parameter) = parameters.iter().find(|parameter| parameter.name.value == name) {
            return Some(Named { kind: &parameter.kind, optional: parameter.is_optional() });
        }
        let cure = did_you_mean(name, parameters.iter().map(|parameter| parameter.name.value.as_str()));
        let cure = cure.unwrap_or_else(|| "declare it under `parameters`, or quote a vendor's `$`".to_owned());
        self.writer.fault(span, format!("the control has no parameter `{name}`"), cure, found);
        None
    }

    fn item_named(&self, name: &str, span: Span, found: &mut Diagnostics) -> Option<Named<'a>> {
        let Some(kind) = self.item else {
            let cure = "say which list with `each: $LIST`";
            self.writer.fault(span, format!("`${name}` stands outside `each`"), cure, found);
            return None;
        };
        let Some(field) = name.strip_prefix("item.") else { return Some(Named { kind, optional: false }) };
        let fields: &[(String, Type)] = if let Type::List(fields) = kind { fields } else { &[] };
        let named = fields.iter().find(|(other, _)| other == field);
        if named.is_none() {
            let names: Vec<String> = fields.iter().map(|(name, _)| format!("`{name}`")).collect();
            let cure =
                format!("an item has {}", if names.is_empty() { "no fields".to_owned() } else { names.join(", ") });
            self.writer.fault(span, format!("an item has no field `{field}`"), cure, found);
        }
        named.map(|(_, kind)| Named { kind, optional: false })
    }

    /// What `$item` is for the list behind `$name`.
    pub(crate) fn item_of(&self, list: &Spanned<String>, found: &mut Diagnostics) -> Option<&'a Type> {
        if list.value == "releases" {
            let cause = "`$releases` is not part of this version";
            self.writer.fault(list.span, cause, "name a parameter of type `list` or `set`", found);
            return None;
        }
        let named = self.named(list, list.span, found)?;
        match named.kind {
            // The fields of a list are looked up through the list itself; the items of a set are texts.
            Type::List(_) => Some(named.kind),
            Type::Set { .. } => Some(&Type::Text(None)),
            _ => {
                let cause = format!("`${}` is no list", list.value);
                self.writer.fault(list.span, cause, "name a parameter of type `list` or `set`", found);
                None
            }
        }
    }
}

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
        None if name == "instance" => {
            if !matches!(scope.writer, Writer::Control { named_instances: true, .. }) {
                let cure = "write `instances: named` on the control, or a name";
                scope.writer.fault(span, "`$instance` has no meaning where there is one instance", cure, found);
                return None;
            }
        }
        None if name == "releases" => {
            scope.writer.fault(span, "`$releases` is not part of this version", "write the values", found);
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
        "$xml" => {
            let cause = "`$xml` is not part of this version";
            scope.writer.fault(first.key.span, cause, "write the document as text, or name a file", found);
            None
        }
        _ => table(first, &rows, found),
    }
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

fn missing_rows(name: &str, named: &Named<'_>, written: &[Entry], when: &When) -> Vec<String> {
    if written.iter().any(|row| row.key.value == "else") {
        return Vec::new();
    }
    let Some(mut words) = words_of(named) else { return vec!["`else`".to_owned()] };
    if let Some((_, known)) = when.iter().find(|(parameter, _)| parameter.value == name) {
        words.retain(|word| known.iter().any(|other| other.value == *word));
    }
    words.retain(|word| !written.iter().any(|row| row.key.value == *word));
    words.iter().map(|word| format!("`{word}`")).collect()
}

/// Every value that rows and conditions can name; `None` where there are too many.
pub(crate) fn words_of(named: &Named<'_>) -> Option<Vec<String>> {
    let mut words = match named.kind {
        Type::Boolean => vec!["true".to_owned(), "false".to_owned()],
        Type::Word(words) => words.clone(),
        Type::Set { values, .. } if !values.is_empty() => values.clone(),
        Type::Integer { values, .. } if !values.is_empty() => values.iter().map(i128::to_string).collect(),
        _ => return None,
    };
    words.extend(named.optional.then(|| "none".to_owned()));
    Some(words)
}

/// Whether a row of a table, or a condition, can name this value.
pub(crate) fn could_be(named: &Named<'_>, word: &str) -> bool {
    let in_range = |range: &Option<(i128, i128)>| {
        word.parse().is_ok_and(|number: i128| range.is_none_or(|(low, high)| (low..=high).contains(&number)))
    };
    match words_of(named) {
        Some(words) => words.iter().any(|other| other == word),
        None => {
            (named.optional && word == "none") || matches!(named.kind, Type::Integer { range, .. } if in_range(range))
        }
    }
}
