//! An object against the slice: types, properties, values, and what must be there.

use super::{METADATA, Property, TYPE, Version, chain, names, property};
use crate::diagnostic::nearest::nearest;
use crate::encoding::base64;
use serde_json::{Map, Value as Json};

/// Something that Graph would not take, or not as it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Fault {
    /// Where in the object: `settings[2].settingInstance.@odata.type`.
    pub(in super::super) place: String,
    /// Why.
    pub(in super::super) cause: String,
    /// Whether the beta would take it.
    pub(in super::super) only_beta: bool,
}

/// Everything that is wrong with an object that stands by itself.
pub(in super::super) fn check(object: &Json, version: Version) -> Vec<Fault> {
    let mut checking = Checking { version, faults: Vec::new() };
    checking.object(object, None, "");
    checking.faults
}

struct Checking {
    version: Version,
    faults: Vec<Fault>,
}

fn below(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

impl Checking {
    fn fault(&mut self, place: &str, cause: impl Into<String>) {
        self.faults.push(Fault { place: place.to_owned(), cause: cause.into(), only_beta: false });
    }

    fn only_beta(&mut self, place: &str, what: &str) {
        let cause = format!("v1.0 of Graph does not have {what}: it is the beta's");
        self.faults.push(Fault { place: place.to_owned(), cause, only_beta: true });
    }

    /// Bounded by the depth that the reader of JSON allows.
    fn object(&mut self, value: &Json, declared: Option<&str>, place: &str) {
        let Some(object) = value.as_object() else {
            return self.fault(place, "an object is wanted here");
        };
        let Some(kind) = self.kind(object, declared, place) else { return };
        for (name, value) in object.iter().filter(|(name, _)| *name != "@odata.type") {
            let at = below(place, name);
            match property(kind, name) {
                Some(found) if found.version > self.version => {
                    self.only_beta(&at, &format!("`{name}` of `{kind}`"));
                }
                Some(found) if !value.is_null() => self.value(value, &found, &at),
                Some(_) => {}
                None => {
                    let near = nearest(name, names(kind));
                    let meant = near.first().map(|near| format!("; it has `{near}`")).unwrap_or_default();
                    self.fault(&at, format!("`{kind}` has no property `{name}`{meant}"));
                }
            }
        }
        let required: Vec<&str> = chain(kind).flat_map(|(_, known)| &known.required).map(String::as_str).collect();
        for name in required.into_iter().filter(|name| object.get(*name).is_none_or(Json::is_null)) {
            self.fault(&below(place, name), format!("`{kind}` needs `{name}`"));
        }
    }

    /// The type of an object: what it says, else what its place declares.
    fn kind(&mut self, object: &Map<String, Json>, declared: Option<&str>, place: &str) -> Option<&'static str> {
        let at = below(place, "@odata.type");
        let said = match object.get("@odata.type") {
            Some(Json::String(said)) => Some(said.as_str()),
            Some(_) => {
                self.fault(&at, "a type is a text");
                return None;
            }
            None => None,
        };
        let name = match (said, declared) {
            (Some(said), _) => said.strip_prefix(TYPE).unwrap_or_default(),
            (None, Some(declared)) => declared,
            (None, None) => {
                self.fault(&at, "nothing says what this is");
                return None;
            }
        };
        let Some((name, known)) = chain(name).next() else {
            self.fault(&at, format!("`{}` is no type that is known here", said.unwrap_or(name)));
            return None;
        };
        if known.is_abstract {
            self.fault(&at, format!("`{name}` stands for several types: say which"));
            return None;
        }
        if declared.is_some_and(|declared| chain(name).all(|(base, _)| base != declared)) {
            self.fault(&at, format!("`{name}` is not what stands here: `{}` is", declared.unwrap_or_default()));
            return None;
        }
        if known.version() > self.version {
            self.only_beta(&at, &format!("`{name}`"));
        }
        Some(name)
    }

    fn value(&mut self, value: &Json, found: &Property, place: &str) {
        let Some(kind) = found.kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']')) else {
            return self.single(value, found, place);
        };
        let Some(items) = value.as_array() else {
            return self.fault(place, "a list is wanted here");
        };
        for (n, item) in items.iter().enumerate() {
            let at = format!("{place}[{n}]");
            match property_of(kind) {
                Some(found) => self.single(item, &found, &at),
                None => self.object(item, Some(kind), &at),
            }
        }
    }

    fn single(&mut self, value: &Json, found: &Property, place: &str) {
        let kind = found.kind;
        if METADATA.types.contains_key(kind) {
            return self.object(value, Some(kind), place);
        }
        let text = value.as_str();
        let wanted = match kind {
            "Boolean" if !value.is_boolean() => "true or false",
            "Int32" => return self.integer(value, found, place),
            "Single" if !value.is_number() => "a number",
            "Binary" if text.is_none_or(|text| base64::decode(text).is_none()) => "base64",
            "String" if text.is_none() => "a text",
            "Guid" if !text.is_some_and(is_guid) => "a UUID",
            "Date" | "DateTimeOffset" | "TimeOfDay" if !text.is_some_and(|text| is_time(text, kind)) => match kind {
                "Date" => "a date",
                "TimeOfDay" => "a time of day",
                _ => "a moment",
            },
            _ => return self.word(text, kind, place),
        };
        self.fault(place, format!("{wanted} is wanted here"));
    }

    fn integer(&mut self, value: &Json, found: &Property, place: &str) {
        let number = value.as_i64().filter(|_| value.is_number());
        match (number, found.range) {
            (None, _) => self.fault(place, "a whole number is wanted here"),
            (Some(number), _) if i32::try_from(number).is_err() => {
                self.fault(place, format!("{number} is more than Graph's 32 bits hold"));
            }
            (Some(number), Some((low, high))) if number < low || number > high => {
                self.fault(place, format!("{number} is outside {low} to {high}"));
            }
            _ => {}
        }
    }

    /// A member of an enumeration, or several between commas.
    fn word(&mut self, text: Option<&str>, kind: &str, place: &str) {
        let (name, several) = kind.strip_prefix('&').map_or((kind, false), |name| (name, true));
        let Some(words) = METADATA.enums.get(name) else { return };
        let Some(text) = text else {
            return self.fault(place, format!("a word of `{name}` is wanted here"));
        };
        let given = if several { text.split(',').collect() } else { vec![text] };
        for word in given {
            let has = |list: &Option<Vec<String>>| list.iter().flatten().any(|known| known == word);
            if has(&words.v1) || (self.version == Version::Beta && has(&words.beta)) {
                continue;
            }
            if has(&words.beta) {
                self.only_beta(place, &format!("`{word}` of `{name}`"));
                continue;
            }
            let near = nearest(word, words.v1.iter().chain(&words.beta).flatten().map(String::as_str));
            let meant = near.first().map(|near| format!("; it has `{near}`")).unwrap_or_default();
            self.fault(place, format!("`{name}` has no `{word}`{meant}"));
        }
    }
}

/// A collection of values that are no objects.
fn property_of(kind: &'static str) -> Option<Property> {
    (!METADATA.types.contains_key(kind)).then_some(Property { kind, version: Version::V1, range: None })
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// The shape of a date, a time of day, or both with an offset; that the day exists is not looked at.
fn is_time(text: &str, kind: &str) -> bool {
    let shaped = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(a, b)| if b == b'0' { a.is_ascii_digit() } else { a == b })
    };
    let (date, time) = ("0000-00-00", "00:00:00");
    let clock = |text: &str| {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        shaped(whole, time) && !part.is_empty() && part.len() <= 12 && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    match kind {
        "Date" => shaped(text, date),
        "TimeOfDay" => clock(text),
        _ => text.split_once('T').is_some_and(|(day, rest)| {
            let (own, offset) = rest.split_at(rest.find(['Z', '+', '-']).unwrap_or(rest.len()));
            let is_offset = offset == "Z" || offset.get(1..).is_some_and(|offset| shaped(offset, "00:00"));
            shaped(day, date) && clock(own) && is_offset
        }),
    }
}
