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
                self.one_of(&read, words, found).then_some(Value::Text(read.value))
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
            return fields::name(&entry.value, "a secret", found).map(|read| Value::secret(read.value));
        }
        let cause = "is a secret, and its value stands here for every reader".to_owned();
        let cure = "write `{ secret: NAME }`, and in secrets.yaml where NAME comes from".to_owned();
        self.refuse(Code::SecretLiteral, node.span, cause, cure, found);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{control, messages, tree};
    use crate::diagnostic::Diagnostics;

    const CONTROL: &str = "control: c\ntitle: C\nparameters:\n  \
        length: { type: integer, unit: characters, range: 4..16, stricter: higher }\n  \
        method: { type: integer, values: [3, 4], stricter: higher, default: none }\n  \
        mode: { type: word, stricter: off < allowed < required }\n  on: { type: boolean, stricter: true }\n  \
        apps: { type: set, format: bundle-id, stricter: smaller }\n  media: { type: set, values: [usb, phone], stricter: larger }\n  \
        people: { type: list, fields: { name: text, age: integer } }\n  label: { type: text, max: 5 }\n  day: { type: date }\n  \
        start: { type: time }\n  key: { type: secret }\n  root: { type: certificate }\nconstrains: [others]\n";

    /// What reading gives: the value, or the findings.
    fn check(name: &str, text: &str, expected: &str) {
        let control = control(CONTROL);
        let parameter = control.parameters.iter().find(|parameter| parameter.name.value == name).unwrap();
        let (_, node) = tree(&format!("- {text}\n"));
        let crate::source::yaml::Kind::List(items) = &node.kind else { panic!("{text}") };
        let mut found = Diagnostics::default();
        let read = match parameter.read(&items[0], &mut found).map(|read| read.value) {
            Some(None) => "none".to_owned(),
            Some(Some(value)) => value.to_string(),
            None => messages(&found).join("; "),
        };
        assert_eq!(read, expected, "{name}: {text}");
        assert!(found.iter().all(|finding| !finding.help.is_empty()), "{found:?}");
    }

    #[test]
    fn numbers_stay_in_their_range_and_name_it() {
        check("length", "6", "6");
        check("length", "3", "parameter-out-of-range: `length` is 3, and takes 4 to 16 characters");
        check("length", "40", "parameter-out-of-range: `length` is 40, and takes 4 to 16 characters");
        check("length", "none", "invalid-value: `length` cannot be `none`");
        check("length", "\"6\"", "invalid-value: `length` is a whole number, and here is the text `\"6\"`");
        check("method", "none", "none");
        check("method", "5", "parameter-out-of-range: `method` is 5, and takes 3, 4");
    }

    #[test]
    fn words_and_booleans_are_exactly_those() {
        check("mode", "required", "\"required\"");
        check("mode", "requird", "parameter-out-of-range: `mode` cannot be `requird`");
        check("mode", "off", "\"off\"");
        check("on", "true", "true");
        check("on", "no", "invalid-value: `on` is `true` or `false`, and here is `no`");
    }

    #[test]
    fn sets_are_sorted_and_hold_nothing_twice() {
        check("apps", "[com.b.c, com.a.b]", "[\"com.a.b\", \"com.b.c\"]");
        check("apps", "[com.a.b, com.a.b]", "duplicate-name: `com.a.b` stands twice in `apps`");
        check("apps", "[Safari]", "invalid-value: `apps` takes a bundle-id, and `Safari` is none");
        check("media", "[phone, usb]", "[\"phone\", \"usb\"]");
        check("media", "usb", "wrong-shape: `media` is a list, and here is a value");
    }

    #[test]
    fn the_rest_is_read_as_strictly() {
        check("people", "[{ name: Ann, age: 7 }]", "[{age: 7, name: \"Ann\"}]");
        check("people", "[{ name: Ann }]", "missing-field: an item of `people` has no `age`");
        check("people", "[{ name: Ann, age: 7, sex: f }]", "unknown-field: an item of `people` has no field `sex`");
        check("label", "abcde", "\"abcde\"");
        check("label", "abcdef", "parameter-out-of-range: `label` has 6 characters, and takes 5 at most");
        check("day", "2026-10-01", "\"2026-10-01\"");
        check("start", "\"07:30\"", "\"07:30\"");
        check("start", "\"24:00\"", "invalid-value: `start` is a time of day, and here is `24:00`");
        check("key", "{ secret: wifi }", "secret wifi");
        check("key", "hunter2", "secret-literal: `key` is a secret, and its value stands here for every reader");
        check("root", "network-root", "\"network-root\"");
    }
}
