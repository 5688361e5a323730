//! Reading the parameters that a control declares, the short forms included (language.md §5, "Parameters").

use super::format;
use super::parameter::{Given, Order, Parameter, Type};
use super::scope::{RESERVED, Writer};
use crate::diagnostic::Diagnostics;
use crate::gather::Gather;
use crate::setting::Value;
use crate::source::Span;
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Entry, Kind, Node};
use std::collections::BTreeSet;

/// Words of one parameter.
const MAX_WORDS: usize = 64;

/// What declares parameters, for faults.
const CONTROL: Writer<'static> = Writer::Control { parameters: &[], named_instances: false };

/// Reads `parameters:`, in the order of the file.
pub(crate) fn parameters(node: &Node, found: &mut Diagnostics) -> Vec<Parameter> {
    let entries = fields::entries(node, "`parameters`", found).unwrap_or_default();
    entries.iter().filter_map(|entry| parameter(entry, found)).collect()
}

fn parameter(entry: &Entry, found: &mut Diagnostics) -> Option<Parameter> {
    let name = &entry.key;
    if !fields::check_name(name, "a parameter", found) {
        return None;
    }
    if RESERVED.contains(&name.value.as_str()) {
        let cause = format!("no parameter can be called `{}`: the language has the name for itself", name.value);
        CONTROL.fault(name.span, cause, "choose another name", found);
    }
    let mut fields = Fields::of(&entry.value, "a parameter", found)?;
    let chains = Chains::read(fields.take("stricter"), found);
    let kind = kind(&mut fields, chains.as_ref(), found)?;
    let order = order(&kind, chains, name.span, found)?;
    let unit = text(&mut fields, "unit", found);
    let reason = text(&mut fields, "reason", found);
    if order == Order::Equal && reason.is_none() && has_sides(&kind) {
        let cure = "add `reason:`, for what is better or worse by circumstance";
        CONTROL.fault(name.span, format!("nobody says why neither side of `{}` is stricter", name.value), cure, found);
    }
    let platforms = super::entry::platforms(fields.take("platforms"), found).into_iter().map(|p| p.value).collect();
    let default = fields.take("default");
    fields.finish(found);
    let mut parameter = Parameter { name: name.clone(), kind, order, default: None, platforms, unit, reason };
    if let Some(node) = default {
        // Only a declared `none` makes a parameter optional, so the declaration itself is read as if it were.
        parameter.default = Some(None);
        parameter.default = parameter.read(node, found).map(|read| read.value);
    }
    check_order(&parameter, found);
    Some(parameter)
}

fn text(fields: &mut Fields<'_>, name: &'static str, found: &mut Diagnostics) -> Option<String> {
    fields.take(name).and_then(|node| Some(fields::text(node, name, found)?.value))
}

/// Whether `stricter` must be written: where a side is a question at all.
fn has_sides(kind: &Type) -> bool {
    matches!(kind, Type::Boolean | Type::Integer { .. } | Type::Word(_) | Type::Set { .. })
}

/// What `stricter` says: one word, or chains of words from the weakest on.
struct Chains {
    span: Span,
    chains: Vec<Vec<String>>,
}

impl Chains {
    fn read(node: Option<&Node>, found: &mut Diagnostics) -> Option<Chains> {
        let node = node?;
        let items = match &node.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let chain = |text: &str| text.split('<').map(|word| word.trim().to_owned()).collect();
        let chains = items.iter().filter_map(|item| Some(chain(&fields::text(item, "`stricter`", found)?))).collect();
        Some(Chains { span: node.span, chains })
    }

    /// The one word that it says.
    fn word(&self) -> Option<&str> {
        match self.chains.as_slice() {
            [chain] => match chain.as_slice() {
                [word] => Some(word),
                _ => None,
            },
            _ => None,
        }
    }
}

const TYPES: [&str; 10] =
    ["boolean", "integer", "word", "set", "list", "text", "date", "time", "secret", "certificate"];

fn kind(fields: &mut Fields<'_>, chains: Option<&Chains>, found: &mut Diagnostics) -> Option<Type> {
    let node = fields.need("type", fields.span, found)?;
    let name = fields::word(node, "a type", &TYPES.map(|name| (name, name)), found)?.value;
    Some(match name {
        "boolean" => Type::Boolean,
        "integer" => integer(fields, found)?,
        "word" => {
            let mut words = words(fields.take("values"), found);
            for word in chains.iter().flat_map(|chains| chains.chains.iter().filter(|chain| chain.len() > 1).flatten())
            {
                if !words.contains(word) {
                    words.push(word.clone());
                }
            }
            if words.is_empty() || words.len() > MAX_WORDS {
                let cause =
                    format!("a parameter of type `word` has 1 to {MAX_WORDS} words, and here are {}", words.len());
                CONTROL.fault(fields.span, cause, "name them in `stricter: a < b` or in `values: [a, b]`", found);
                return None;
            }
            Type::Word(words)
        }
        "set" => set(fields, found)?,
        "list" => Type::List(list(fields, found)?),
        "text" => {
            let longest = fields.take("max").and_then(|node| fields::integer(node, "`max`", found));
            Type::Text(longest.and_then(|read| usize::try_from(read.value).ok()))
        }
        "date" => Type::Date,
        "time" => Type::Time,
        "secret" => Type::Secret,
        _ => Type::Certificate,
    })
}

fn words(node: Option<&Node>, found: &mut Diagnostics) -> Vec<String> {
    let items = node.and_then(|node| fields::items(node, "`values`", found)).unwrap_or_default();
    items.iter().filter_map(|item| Some(fields::text(item, "a value", found)?.value)).collect()
}

fn integer(fields: &mut Fields<'_>, found: &mut Diagnostics) -> Option<Type> {
    let mut values = Vec::new();
    if let Some(node) = fields.take("values") {
        for item in fields::items(node, "`values`", found)? {
            values.push(fields::integer(item, "a value", found)?.value);
        }
    }
    let Some(node) = fields.take("range") else { return Some(Type::Integer { range: None, values }) };
    let read = fields::text(node, "`range`", found)?;
    let range =
        read.split_once("..").and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
    match range.filter(|(low, high): &(i128, i128)| low <= high) {
        Some(range) => Some(Type::Integer { range: Some(range), values }),
        None => {
            CONTROL.fault(node.span, format!("`{}` is no range", read.value), "write it as `4..20`", found);
            None
        }
    }
}

fn set(fields: &mut Fields<'_>, found: &mut Diagnostics) -> Option<Type> {
    let (values, form) = (fields.take("values"), fields.take("format"));
    let values = words(values, found);
    let form = match form {
        Some(node) => Some(fields::word(node, "a format", &formats(), found)?.value.to_owned()),
        None => None,
    };
    if values.is_empty() == form.is_none() || values.len() > MAX_WORDS {
        let cause = format!("a set has either up to {MAX_WORDS} `values` or a `format`");
        CONTROL.fault(fields.span, cause, "write one of the two", found);
        return None;
    }
    Some(Type::Set { values, format: form })
}

fn formats() -> Vec<(&'static str, &'static str)> {
    format::FORMATS.iter().map(|format| (format.name, format.name)).collect()
}

/// `fields: { name: text, mode: { type: word, values: [a, b] } }`.
fn list(fields: &mut Fields<'_>, found: &mut Diagnostics) -> Option<Vec<(String, Type)>> {
    let node = fields.need("fields", fields.span, found)?;
    let mut kinds = Vec::new();
    for entry in fields::entries(node, "`fields`", found)? {
        let kind = match &entry.value.kind {
            Kind::Map(_) => {
                let mut inner = Fields::of(&entry.value, "a field", found)?;
                let kind = kind(&mut inner, None, found);
                inner.finish(found);
                kind?
            }
            _ => match fields::word(&entry.value, "a type", &TYPES.map(|name| (name, name)), found)?.value {
                "boolean" => Type::Boolean,
                "integer" => Type::Integer { range: None, values: Vec::new() },
                "date" => Type::Date,
                "time" => Type::Time,
                "secret" => Type::Secret,
                "certificate" => Type::Certificate,
                "text" => Type::Text(None),
                other => {
                    let cure = format!("write `{{ type: {other}, … }}`");
                    CONTROL.fault(
                        entry.value.span,
                        format!("a field of type `{other}` needs more than its name"),
                        cure,
                        found,
                    );
                    return None;
                }
            },
        };
        kinds.push((entry.key.value.clone(), kind));
    }
    Some(kinds)
}

fn order(kind: &Type, chains: Option<Chains>, place: Span, found: &mut Diagnostics) -> Option<Order> {
    let Some(chains) = chains else {
        if has_sides(kind) {
            let cure = "add `stricter:`; `none` with a `reason` where neither side is";
            CONTROL.fault(place, "nobody says which side of the parameter is stricter", cure, found);
            return None;
        }
        return Some(Order::Equal);
    };
    let order = match (chains.word(), kind) {
        (Some("none"), _) => Some(Order::Equal),
        (Some("true"), Type::Boolean) => Some(Order::True),
        (Some("false"), Type::Boolean) => Some(Order::False),
        (Some("higher"), Type::Integer { .. }) => Some(Order::Higher),
        (Some("lower"), Type::Integer { .. }) => Some(Order::Lower),
        (Some("larger"), Type::Set { .. }) => Some(Order::Larger),
        (Some("smaller"), Type::Set { .. }) => Some(Order::Smaller),
        (None, Type::Word(_)) => None,
        _ => {
            let wanted = match kind {
                Type::Boolean => "`true` or `false`",
                Type::Integer { .. } => "`higher` or `lower`",
                Type::Set { .. } => "`larger` or `smaller`",
                Type::Word(_) => "a chain, such as `off < allowed < required`",
                _ => "`none`",
            };
            CONTROL.fault(chains.span, "this is no order for values of this type", format!("write {wanted}"), found);
            return None;
        }
    };
    Some(order.unwrap_or(Order::Chains(chains.chains)))
}

/// Chains must be one order: however contributions come together, the same value wins.
fn check_order(parameter: &Parameter, found: &mut Diagnostics) {
    let (Type::Word(words), Order::Chains(chains)) = (&parameter.kind, &parameter.order) else { return };
    let words: BTreeSet<&String> = words.iter().gather();
    let values: Vec<Given> = words.into_iter().map(|word| Some(Value::text(word.as_str()))).collect();
    let all = 0..values.len();
    // By numbers: every three words are tried.
    let stricter = |a: usize, b: usize| Some(if parameter.compare(&values[a], &values[b])?.is_lt() { b } else { a });
    let merged: Vec<Vec<Option<usize>>> = all.clone().map(|a| all.clone().map(|b| stricter(a, b)).collect()).collect();
    let merge = |a: Option<usize>, b: Option<usize>| merged[a?][b?];
    let one_order = all.clone().all(|a| {
        all.clone().all(|b| {
            let ab = merged[a][b];
            ab == merged[b][a] && all.clone().all(|c| merge(ab, Some(c)) == merge(Some(a), merged[b][c]))
        })
    });
    let simple = chains.iter().all(|chain| chain.iter().enumerate().all(|(n, word)| !chain[..n].contains(word)));
    let agree = chains.iter().enumerate().all(|(n, chain)| {
        let later = |a: &String, b: &String| {
            let place = |word: &String| chain.iter().position(|other| other == word);
            place(a).zip(place(b)).map(|(a, b)| a.cmp(&b))
        };
        chains[..n].iter().all(|earlier| {
            earlier.windows(2).all(|pair| later(&pair[0], &pair[1]).is_none_or(std::cmp::Ordering::is_lt))
        })
    });
    if !(one_order && simple && agree) {
        let cure = "write each chain from the weakest word on; chains may share what is weakest, nothing else";
        CONTROL.fault(parameter.name.span, "the chains of `stricter` contradict one another", cure, found);
    }
}
