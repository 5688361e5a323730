//! What the names behind `$` stand for where a value or condition is written: parameters, the item of `each`, nothing at all in a clause
//! (language.md §5, "Values").

use super::parameter::{Parameter, Type};
use super::release::{self, RELEASES};
use super::when::When;
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};

/// Names that `$` has for itself: no parameter is called so.
pub(crate) const RESERVED: &[&str] = &[
    "date",
    "each",
    "formerly",
    "group",
    "groups",
    "instance",
    "item",
    "join",
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
    /// A clause: `$organisation.…` and `$releases` alone.
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

/// What the names in a value stand for.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) writer: Writer<'a>,
    /// What `$item` is, inside `each`.
    pub(crate) item: Option<&'a Type>,
    /// What is known of the parameters where the value stands: tables need no row for the rest.
    pub(crate) when: &'a [When],
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
        if list.value == RELEASES {
            return Some(release::kind());
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
    let number = || word.parse::<i128>().ok();
    let is_value = match named.kind {
        Type::Boolean => matches!(word, "true" | "false"),
        Type::Word(words) | Type::Set { values: words, .. } => words.iter().any(|other| other == word),
        Type::Integer { range, values } if values.is_empty() => {
            number().is_some_and(|number| range.is_none_or(|(low, high)| (low..=high).contains(&number)))
        }
        Type::Integer { values, .. } => values.iter().any(|value| value.to_string() == word),
        _ => false,
    };
    is_value || (named.optional && word == "none")
}
