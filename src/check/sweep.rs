//! Every key of Apple's files that has an address: with a value that fits it, beside the keys that it needs, nothing is wrong; with
//! one that does not, that is found.

use super::{Rules, sample};
use crate::catalogue::entry::{Form, Key, Kind, Schema};
use crate::catalogue::{Catalogue, KeyLookup};
use crate::diagnostic::{Code, Diagnostics, Severity};
use crate::gather::Gather;
use crate::setting::*;
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// Key paths of one payload, and their values.
type Keys = BTreeMap<Vec<String>, Value>;

/// A key in its payload.
struct Case<'a> {
    schema: &'a Schema,
    path: Vec<String>,
    keys: Keys,
}

/// A value of the vendor's type, list, range and form.
fn fitting(schema: &Schema, key: &Key) -> Value {
    let first = key.rangelist.first().cloned();
    let least = key.range.as_ref().and_then(|range| range.min.clone().or(range.max.clone()));
    match key.kind {
        _ if key.secret => Value::secret("a-secret"),
        Kind::String => Value::Plain(first.unwrap_or_else(|| text(key).to_owned())),
        Kind::Integer | Kind::Real => Value::Plain(first.or(least).unwrap_or_else(|| "1".to_owned())),
        Kind::Boolean => Value::Plain("true".to_owned()),
        Kind::Date => Value::Plain("2026-10-01".to_owned()),
        Kind::Data => Value::Data(vec![1]),
        Kind::Any => Value::Plain("anything".to_owned()),
        Kind::Array => Value::array(schema.below(key).first().into_iter().flat_map(|item| {
            let least = item.repetition.as_ref().and_then(|times| times.min.as_ref()?.parse().ok());
            std::iter::repeat_n(fitting(schema, item), least.unwrap_or(1))
        })),
        Kind::Dictionary => {
            let required = schema.below(key).iter().filter(|key| key.required && key.name != "ANY");
            let entry = |key: &Key| (key.name.clone(), Spanned::nowhere(fitting(schema, key)));
            Value::Dictionary(required.map(entry).gather())
        }
    }
}

fn text(key: &Key) -> &'static str {
    match (key.format.as_deref(), key.subtype.as_deref()) {
        (Some(format), _) if format.contains("https") => "https://example.org",
        (Some(format), _) if format.contains(":){5}") => "00:11:22:33:44:55",
        (Some(format), _) if format.contains("{12}") => "00000000-0000-0000-0000-000000000000",
        (Some(_), _) => "001122",
        (None, Some("url")) => "https://example.org",
        (None, _) => "text",
    }
}

/// Flattens a value into addresses, as lowering does.
fn put(path: Vec<String>, value: Value, keys: &mut Keys) {
    match value {
        Value::Dictionary(entries) if !entries.is_empty() => {
            entries.into_iter().for_each(|(name, entry)| put([&path[..], &[name]].concat(), entry.value, keys));
        }
        value => drop(keys.insert(path, value)),
    }
}

fn cases<'a>(schema: &'a Schema, level: &[Key], path: &[String], outer: &Keys, cases: &mut Vec<Case<'a>>) {
    let mut outer = outer.clone();
    for key in level.iter().filter(|key| key.required && key.name != "ANY") {
        put([path, std::slice::from_ref(&key.name)].concat(), fitting(schema, key), &mut outer);
    }
    for key in level {
        let name = if key.name == "ANY" { "Anything".to_owned() } else { key.name.clone() };
        let path = [path, &[name]].concat();
        let mut keys = outer.clone();
        keys.retain(|other, _| !other.starts_with(&path));
        if key.kind == Kind::Dictionary && path.len() < 6 {
            self::cases(schema, schema.below(key), &path, &keys, cases);
        }
        put(path.clone(), fitting(schema, key), &mut keys);
        cases.push(Case { schema, path, keys });
    }
}

fn all(catalogue: &Catalogue) -> Vec<Case<'_>> {
    let mut found = Vec::new();
    for form in Form::ALL {
        for schema in catalogue.names(form).into_iter().flat_map(|name| catalogue.schemas(form, name)) {
            cases(schema, &schema.keys, &[], &Keys::new(), &mut found);
        }
    }
    found
}

/// A platform and channel that have every key of the case, from some version on and still.
fn home(catalogue: &Catalogue, case: &Case<'_>) -> Option<(Platform, Channel, Enrolment)> {
    Platform::ALL.iter().find_map(|platform| {
        let mut place = (*platform, Channel::Device, Enrolment::Device);
        for path in case.keys.keys() {
            let KeyLookup::Found(found) = catalogue.key(case.schema.form, &case.schema.name, path) else { return None };
            let mut own = found.iter().filter(|found| std::ptr::eq(found.schema, case.schema));
            let support = own.next_back()?.support(*platform)?;
            let within = |words: &Option<Vec<String>>, wanted: &[&str]| {
                words.as_ref().is_none_or(|words| words.iter().any(|word| wanted.contains(&word.as_str())))
            };
            if support.removed.is_some() {
                return None;
            }
            if support.devicechannel == Some(false) || !within(&support.allowed_scopes, &["system"]) {
                place.1 = Channel::User;
            }
            if support.userenrollment.as_deref() == Some("required")
                || !within(&support.allowed_enrollments, &["device", "supervised"])
            {
                place.2 = Enrolment::User;
            }
        }
        Some(place)
    })
}

/// The codes of the errors that a payload with these keys has.
fn errors(catalogue: &Catalogue, case: &Case<'_>, keys: &Keys) -> Option<BTreeSet<Code>> {
    let (platform, channel, enrolment) = home(catalogue, case)?;
    let facts = "os: '99.0', supervised: true, deliver: [mobileconfig, declarations]";
    let target = sample::target_of(&format!("{{ platform: {platform}, enrolment: {enrolment}, {facts} }}"));
    let family = match case.schema.form {
        Form::Profile => Family::Profile,
        Form::Declaration => Family::Declaration,
        Form::Command => Family::Command,
        Form::Compliance => Family::Compliance,
        Form::Status => return None,
    };
    let settings = keys.iter().map(|(path, value)| {
        let owner = case.schema.name.clone();
        let leaf = Leaf::Keys(path.clone());
        Setting::found(Address { family, channel, owner, instance: None, leaf }, value.clone())
    });
    let mut found = Diagnostics::default();
    Rules::all().against(catalogue, &target, settings.collect(), &mut found);
    Some(found.iter().filter(|one| one.severity == Severity::Error).map(|one| one.code).gather())
}

#[test]
fn a_fitting_value_of_any_key_passes() {
    let catalogue = Catalogue::embedded();
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for case in all(&catalogue) {
        let Some(mut codes) = errors(&catalogue, &case, &case.keys) else { continue };
        // Curated pairs need a second key that the schema does not name, references an asset; identity is the compiler's.
        codes.remove(&Code::DependencyUnmet);
        codes.remove(&Code::UnresolvedReference);
        if ["TopLevel", "CommonPayloadKeys"].contains(&case.schema.name.as_str()) {
            codes.remove(&Code::MisplacedKey);
        }
        // Activations are the compiler's, and the data of assets a server's.
        let name = case.schema.name.as_str();
        if name == "com.apple.activation.simple" || name.starts_with("com.apple.credential.") {
            assert!(codes.remove(&Code::CannotDeliver), "{name} is delivered");
        }
        tried += 1;
        if !codes.is_empty() {
            wrong.push(format!("{} {:?}: {codes:?}", case.schema.name, case.path));
        }
    }
    assert!(tried > 2_300 && wrong.is_empty(), "{tried} tried, wrong:\n{}", wrong.join("\n"));
}

/// What the key at hand cannot take, and how that is found.
fn unfit(key: &Key) -> Vec<(Value, Code)> {
    let mut unfit = match key.kind {
        Kind::Any => Vec::new(),
        Kind::String => vec![(Value::Integer(5), Code::WrongType)],
        Kind::Boolean => vec![(Value::Plain("no".to_owned()), Code::WrongType)],
        _ => vec![(Value::text("a word"), Code::WrongType)],
    };
    let number = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
    if let Some(range) = &key.range {
        let beyond = number(&range.max).map(|max| max + 1.0).or(number(&range.min).map(|min| min - 1.0));
        unfit.extend(beyond.map(|beyond| (Value::Plain(beyond.to_string()), Code::OutOfRange)));
    }
    if !key.rangelist.is_empty() && key.kind != Kind::Array {
        unfit.push((Value::Plain("777777".to_owned()), Code::NotInList));
    }
    unfit
}

#[test]
fn an_unfit_value_of_any_key_is_refused() {
    let catalogue = Catalogue::embedded();
    let mut wrong = Vec::new();
    for case in all(&catalogue) {
        let KeyLookup::Found(found) = catalogue.key(case.schema.form, &case.schema.name, &case.path) else { continue };
        for (value, code) in found.first().map(|found| unfit(found.key)).unwrap_or_default() {
            let mut keys = case.keys.clone();
            keys.retain(|other, _| !other.starts_with(&case.path));
            keys.insert(case.path.clone(), value);
            // Of the two files of extensible single sign-on one lists the values of Apple's own extension.
            let elsewhere = case.schema.name == "com.apple.extensiblesso" && code == Code::NotInList;
            if !elsewhere && errors(&catalogue, &case, &keys).is_some_and(|codes| !codes.contains(&code)) {
                wrong.push(format!("{} {:?}: no {code}", case.schema.name, case.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
