//! Reading what a clause gives for a parameter: strict, with the range, unit and words that its control states (language.md §2 and §5).

use super::format;
use super::parameter::{Given, Parameter, Type};
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::Value;
use crate::source::fields;
use crate::source::yaml::{Kind, Node};
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

/// Characters of a text without a limit of its own.
const LONGEST_TEXT: usize = 10_000;

impl Parameter {
    /// Reads a value; `None` where it cannot be one, with the finding.
    pub fn read(&self, node: &Node, found: &mut Diagnostics) -> Option<Spanned<Given>> {
        if self.says_none(node) {
            if self.is_optional() {
                return Some(Spanned::new(None, node.span));
            }
            found.push(
                Diagnostic::new(Code::InvalidValue, node.span, format!("`{}` cannot be `none`", self.name.value))
                    .help("write a value, or leave the parameter out for its default"),
            );
            return None;
        }
        let reader = Reader { what: format!("`{}`", self.name.value), unit: self.unit.as_deref() };
        let value = reader.read(&self.kind, node, found)?;
        Some(Spanned::new(Some(value), node.span))
    }

    /// A plain `none` that is not one of the parameter's own words.
    fn says_none(&self, node: &Node) -> bool {
        let is_word = matches!(&self.kind, Type::Word(words) if words.iter().any(|word| word == "none"));
        !is_word && matches!(&node.kind, Kind::Scalar { text, plain: true } if text == "none")
    }
}

/// What is read, for messages.
struct Reader<'a> {
    what: String,
    unit: Option<&'a str>,
}

impl Reader<'_> {
    fn read(&self, kind: &Type, node: &Node, found: &mut Diagnostics) -> Option<Value> {
        let what = &self.what;
        match kind {
            Type::Boolean => fields::boolean(node, what, found).map(|read| Value::Boolean(read.value)),
            Type::Integer { range, values } => self.integer(node, *range, values, found),
            Type::Word(words) => {
                let read = fields::text(node, what, found)?;
                self.one_of(&read, words, found).then(|| Value::Text(read.value))
            }
            Type::Set { values, format } => self.set(node, values, format.as_deref(), found),
            Type::List(kinds) => self.list(node, kinds, found),
            Type::Text(longest) => self.text(node, *longest, found),
            Type::Date => fields::date(node, what, found).map(|read| Value::Text(read.value.to_string())),
            Type::Time => self.time(node, found),
            Type::Secret => self.secret(node, found),
            Type::Certificate => {
                fields::name(node, "a certificate of organisation.yaml", found).map(|read| Value::Text(read.value))
            }
        }
    }

    fn refuse(&self, code: Code, span: Span, cause: String, cure: String, found: &mut Diagnostics) {
        found.push(Diagnostic::new(code, span, format!("{} {cause}", self.what)).help(cure));
    }

    fn integer(
        &self,
        node: &Node,
        range: Option<(i128, i128)>,
        values: &[i128],
        found: &mut Diagnostics,
    ) -> Option<Value> {
        let read = fields::integer(node, &self.what, found)?;
        let unit = self.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
        if !values.is_empty() && !values.contains(&read.value) {
            let all: Vec<String> = values.iter().map(i128::to_string).collect();
            let cause = format!("is {}, and takes {}{unit}", read.value, all.join(", "));
            self.refuse(Code::ParameterOutOfRange, node.span, cause, "write one of these numbers".to_owned(), found);
            return None;
        }
        if let Some((low, high)) = range.filter(|(low, high)| !(low..=high).contains(&&read.value)) {
            let cause = format!("is {}, and takes {low} to {high}{unit}", read.value);
            self.refuse(
                Code::ParameterOutOfRange,
                node.span,
                cause,
                format!("write a number from {low} to {high}"),
                found,
            );
            return None;
        }
        Some(Value::Integer(read.value))
    }

    fn one_of(&self, read: &Spanned<String>, words: &[String], found: &mut Diagnostics) -> bool {
        if words.contains(&read.value) {
            return true;
        }
        let all: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let mut finding =
            Diagnostic::new(Code::ParameterOutOfRange, read.span, format!("{} cannot be `{}`", self.what, read.value));
        if let Some(cure) = did_you_mean(read, words.iter().map(String::as_str)) {
            finding = finding.help(cure);
        }
        found.push(finding.help(format!("it is one of {}", all.join(", "))));
        false
    }

    fn set(&self, node: &Node, words: &[String], format: Option<&str>, found: &mut Diagnostics) -> Option<Value> {
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        let mut good = true;
        for item in fields::items(node, &self.what, found)? {
            let Some(read) = fields::text(item, &format!("an item of {}", self.what), found) else {
                good = false;
                continue;
            };
            good &= match format.and_then(format::named) {
                Some(format) => self.fits(&read, format, found),
                None => self.one_of(&read, words, found),
            };
            if let Some(first) = seen.get(&read.value) {
                found.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        read.span,
                        format!("`{}` stands twice in {}", read.value, self.what),
                    )
                    .also(*first, "first here")
                    .help("remove one of the two"),
                );
                good = false;
            } else {
                seen.insert(read.value, read.span);
            }
        }
        good.then(|| Value::Array(seen.into_iter().map(|(text, span)| Spanned::new(Value::Text(text), span)).collect()))
    }

    fn fits(&self, read: &Spanned<String>, format: &format::Format, found: &mut Diagnostics) -> bool {
        let fits = (format.fits)(read);
        if !fits {
            let cause = format!("takes a {}, and `{}` is none", format.name, read.value);
            self.refuse(Code::InvalidValue, read.span, cause, format!("write it as `{}`", format.example), found);
        }
        fits
    }

    fn list(&self, node: &Node, kinds: &[(String, Type)], found: &mut Diagnostics) -> Option<Value> {
        let mut records = Vec::new();
        let mut good = true;
        for item in fields::items(node, &self.what, found)? {
            match self.record(item, kinds, found) {
                Some(record) => records.push(Spanned::new(Value::Dictionary(record), item.span)),
                None => good = false,
            }
        }
        good.then_some(Value::Array(records))
    }

    fn record(
        &self,
        node: &Node,
        kinds: &[(String, Type)],
        found: &mut Diagnostics,
    ) -> Option<BTreeMap<String, Spanned<Value>>> {
        let what = format!("an item of {}", self.what);
        let entries = fields::entries(node, &what, found)?;
        let mut record = BTreeMap::new();
        let mut good = true;
        for (name, kind) in kinds {
            let Some(entry) = entries.iter().find(|entry| entry.key.value == *name) else {
                found.push(
                    Diagnostic::new(Code::MissingField, node.span, format!("{what} has no `{name}`"))
                        .help(format!("add `{name}: …`")),
                );
                good = false;
                continue;
            };
            let reader = Reader { what: format!("`{name}` of {what}"), unit: None };
            match reader.read(kind, &entry.value, found) {
                Some(value) => {
                    record.insert(name.clone(), Spanned::new(value, entry.value.span));
                }
                None => good = false,
            }
        }
        for entry in entries.iter().filter(|entry| !kinds.iter().any(|(name, _)| *name == entry.key.value)) {
            let names: Vec<String> = kinds.iter().map(|(name, _)| format!("`{name}`")).collect();
            let cure = did_you_mean(&entry.key, kinds.iter().map(|(name, _)| name.as_str()));
            found.push(
                Diagnostic::new(
                    Code::UnknownField,
                    entry.key.span,
                    format!("{what} has no field `{}`", entry.key.value),
                )
                .help(cure.unwrap_or_else(|| format!("it has {}", names.join(", ")))),
            );
            good = false;
        }
        good.then_some(record)
    }

    fn text(&self, node: &Node, longest: Option<usize>, found: &mut Diagnostics) -> Option<Value> {
        let read = fields::text(node, &self.what, found)?;
        let (length, longest) = (read.chars().count(), longest.unwrap_or(LONGEST_TEXT));
        if length == 0 {
            self.refuse(Code::InvalidValue, node.span, "is empty".to_owned(), "write the text".to_owned(), found);
            return None;
        }
        if length > longest {
            let cause = format!("has {length} characters, and takes {longest} at most");
            self.refuse(Code::ParameterOutOfRange, node.span, cause, "shorten it".to_owned(), found);
            return None;
        }
        Some(Value::Text(read.value))
    }

    fn time(&self, node: &Node, found: &mut Diagnostics) -> Option<Value> {
        let read = fields::quoted(node, &self.what, found)?;
        if super::transform::minutes_of(&read).is_none() {
            let cause = format!("is a time of day, and here is `{}`", read.value);
            self.refuse(Code::InvalidValue, node.span, cause, "write it as `\"07:30\"`, in quotes".to_owned(), found);
            return None;
        }
        Some(Value::Text(read.value))
    }

    fn secret(&self, node: &Node, found: &mut Diagnostics) -> Option<Value> {
        if let Kind::Map(entries) = &node.kind
            && let [entry] = entries.as_slice()
            && entry.key.value == "secret"
        {
            return fields::name(&entry.value, "a secret", found).map(|read| Value::Secret(read.value));
        }
        let cause = "is a secret, and its value stands here for every reader".to_owned();
        let cure = "write `{ secret: NAME }`, and in secrets.yaml where NAME comes from".to_owned();
        self.refuse(Code::SecretLiteral, node.span, cause, cure, found);
        None
    }
}
