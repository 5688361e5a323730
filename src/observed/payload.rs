//! Payloads and declarations of Apple's: key by key in those that are paired, whole where one side has none.

use super::Kind;
use super::judge::{About, Case, Told, Verdict};
use super::pair::{Pairs, Part, TOP_LEVEL, parts, renamed};
use super::rules::Applied;
use super::same::{self, Names};
use crate::backend::identity;
use crate::catalogue::entry::Form;
use crate::reader::{self, Item, Reading};
use crate::setting::{ACTIVATION, Address, Channel, Family, Leaf, Value};

/// Tells of every payload and declaration.
pub(super) fn compare<'r>(case: &Case<'r>, verdict: &mut Verdict<'r>, applied: &mut Applied) {
    let (own, seen) = (parts(&case.approved), parts(&case.seen));
    let pairs = Pairs::of(&own, &seen, &case.names, case.catalogue);
    let names = renamed(&own, &seen, &pairs);
    for (part, at) in own.iter().zip(&pairs.seen) {
        let pair = at.map(|at| &seen[at]);
        let is_beside = |other: &&Part<'r>| is_kind(part, other) && !other.is_silent;
        let is_here = |other: &&Part<'r>| elsewhere(case, part, other).is_none();
        // A file that travels as it is has to be there itself.
        let is_attached = case.attached.contains(&part.reading);
        let together: Vec<&Part<'r>> = match !is_attached && are_together(case, part, &mut Applied::new()) {
            true => seen.iter().filter(is_beside).filter(is_here).collect(),
            false => Vec::new(),
        };
        match pair {
            _ if refused(case, part, verdict) => {}
            _ if part.owner == TOP_LEVEL && is_left_out(case, part, applied) => {}
            None if together.is_empty() => absent(case, part, &seen, verdict),
            Some(other) if elsewhere(case, part, other).is_some() => {
                for item in &part.items {
                    let told = verdict.tell(Kind::Missing, (part.reading, item));
                    told.reading = Some(other.reading);
                    told.why = elsewhere(case, part, other).map(str::to_owned);
                }
            }
            Some(other) if other.is_silent => {
                for item in &part.items {
                    let told = verdict.tell(Kind::Unknown, (part.reading, item));
                    told.reading = Some(other.reading);
                    told.why = Some("the payload is there, and the source says nothing of what it sets".to_owned());
                }
            }
            pair => keys(case, (part, pair, &together), (&own, &names), verdict),
        }
    }
    for at in pairs.extra(seen.len()) {
        extra(case, &seen[at], &own, verdict, applied);
    }
    activations(case, (&own, &names), verdict, applied);
}

fn is_kind(one: &Part<'_>, other: &Part<'_>) -> bool {
    one.family == other.family && one.owner == other.owner
}

/// Whether devices put together what several payloads or declarations of one type set, so that each key counts wherever it stands.
fn are_together(case: &Case<'_>, part: &Part<'_>, applied: &mut Applied) -> bool {
    let combined = || {
        let schemas = case.catalogue.schemas(Form::Declaration, part.owner);
        schemas.first().is_some_and(|schema| schema.apply.as_deref() == Some("combined"))
    };
    match part.family {
        Family::Declaration => combined(),
        _ => case.sets(part.reading).puts_together(part.owner, applied),
    }
}

/// What a part says of the key of an item.
fn said<'r>(part: &Part<'r>, item: &Item) -> Option<&'r Item> {
    part.items.iter().copied().find(|one| one.setting.address.leaf == item.setting.address.leaf)
}

/// That a device has a profile in the other channel than the one that is approved.
fn elsewhere(case: &Case<'_>, part: &Part<'_>, other: &Part<'_>) -> Option<&'static str> {
    if *case.kind(other.reading) != reader::Kind::Installed {
        return None;
    }
    match (part.scope?, other.scope?) {
        ("System", "User") => Some("it is installed for a user alone, and approved for the device"),
        ("User", "System") => Some("it is installed for the device, and approved for its users"),
        _ => None,
    }
}

/// Whether the source can say nothing of a part; then all of it is unknown.
fn refused<'r>(case: &Case<'r>, part: &Part<'r>, verdict: &mut Verdict<'r>) -> bool {
    let Some(why) = part.items.first().and_then(|item| case.reach.refuses(&item.setting.address)) else { return false };
    for item in &part.items {
        verdict.tell(Kind::Unknown, (part.reading, item)).why = Some(why.to_owned());
    }
    true
}

/// Whether a rule of the source leaves out all of its kind.
fn is_left_out(case: &Case<'_>, part: &Part<'_>, applied: &mut Applied) -> bool {
    case.seen.first().is_some_and(|(n, _)| case.sets(*n).passes_owner(part.owner, applied))
}

/// What is approved and nothing has.
fn absent<'r>(case: &Case<'r>, part: &Part<'r>, seen: &[Part<'r>], verdict: &mut Verdict<'r>) {
    let is_listed = case.reach.is_listed() && !seen.iter().any(|other| other.owner == part.owner);
    for item in &part.items {
        let why = match is_listed {
            true => Some(case.reach.otherwise()),
            false => case.is_beside(part.reading).or_else(|| case.held_back(part.reading, &item.setting.address)),
        };
        let told = verdict.tell(if why.is_some() { Kind::Unknown } else { Kind::Missing }, (part.reading, item));
        told.why = why.map(str::to_owned);
        // Where to look: the file that it should stand in, where there is one.
        told.reading = case.seen.iter().find(|(n, _)| case.names.are_one(part.reading, *n)).map(|(n, _)| *n);
    }
}

/// Two payloads, key by key; with all of their type where devices put these together.
fn keys<'r>(
    case: &Case<'r>,
    (part, pair, together): (&Part<'r>, Option<&Part<'r>>, &[&Part<'r>]),
    (own, names): (&[Part<'r>], &Names<'r>),
    verdict: &mut Verdict<'r>,
) {
    let is_pair =
        |one: &Part<'r>| pair.is_some_and(|pair| pair.reading == one.reading && pair.instance == one.instance);
    let all: Vec<&Part<'r>> = pair.into_iter().chain(together.iter().copied().filter(|one| !is_pair(one))).collect();
    let is = |item: &Item, seen: &Item| same::same(&item.setting, &seen.setting.value, names, case.catalogue);
    for item in &part.items {
        let approved = (part.reading, *item);
        let seen: Vec<(usize, &'r Item)> = all.iter().filter_map(|one| Some((one.reading, said(one, item)?))).collect();
        let other = seen.iter().find(|(_, seen)| !is(item, seen));
        let once = || seen.first().filter(|(_, seen)| seen.how == reader::How::Once);
        if let Some((reading, another)) = other.or_else(once) {
            let told = verdict.tell(Kind::Different, approved);
            (told.reading, told.seen) = (Some(*reading), Some(*another));
            told.why = match seen.iter().any(|(_, seen)| is(item, seen)) {
                true if other.is_some() => {
                    Some("another payload of the type has the value that is approved".to_owned())
                }
                true => Some("it is set once, and users may change it afterwards".to_owned()),
                false => None,
            };
        // A payload without any key stands for itself.
        } else if !seen.is_empty() || item.setting.address.keys().is_empty() {
            verdict.agreed.push(item.setting.address.clone());
        } else {
            let why = case.held_back(part.reading, &item.setting.address);
            let told = verdict.tell(if why.is_some() { Kind::Unknown } else { Kind::Missing }, approved);
            (told.reading, told.why) = (all.first().map(|one| one.reading), why.map(str::to_owned));
        }
    }
    let Some(pair) = pair else { return };
    // A dictionary of which nothing is left.
    let is_empty = |seen: &Item| matches!(&seen.setting.value, Value::Dictionary(keys) if keys.is_empty());
    let also = |one: &&Part<'r>| !together.is_empty() && is_kind(part, one);
    for seen in pair.items.iter().filter(|seen| !seen.setting.address.keys().is_empty() && !is_empty(seen)) {
        if said(part, seen).is_none() && !own.iter().filter(also).any(|one| said(one, seen).is_some()) {
            verdict.extra(pair.reading, seen);
        }
    }
}

/// A payload that nobody has approved.
fn extra<'r>(case: &Case<'r>, part: &Part<'r>, own: &[Part<'r>], verdict: &mut Verdict<'r>, applied: &mut Applied) {
    let sets = case.sets(part.reading);
    let Some((_, reading)) = case.seen.iter().find(|(n, _)| *n == part.reading) else { return };
    let kinds: Vec<&str> = reading.envelope.payloads.iter().map(|payload| payload.kind.as_str()).collect();
    let identifier = reading.envelope.identifier.as_deref().unwrap_or_default();
    if sets.is_management(identifier, &kinds, applied)
        || part.owner == TOP_LEVEL && sets.passes_owner(part.owner, applied)
    {
        return;
    }
    let is = |one: &Item, item: &Item| {
        one.setting.address.leaf == item.setting.address.leaf
            && same::same(&one.setting, &item.setting.value, &Names::default(), case.catalogue)
    };
    let twice = |known: &&Part<'_>| {
        let has = |item: &&'r Item| known.items.iter().any(|one| is(one, item));
        known.family == part.family && known.owner == part.owner && part.items.iter().all(has)
    };
    // What is approved may come by two files.
    if !part.items.is_empty() && own.iter().any(|known| twice(&known)) {
        return;
    }
    let known = |item: &&&'r Item| own.iter().any(|one| is_kind(part, one) && said(one, item).is_some());
    for item in &part.items {
        if known(&item) && are_together(case, part, applied) {
            continue;
        }
        if !sets.is_default(case.kind(part.reading), item, case.catalogue, applied) {
            verdict.extra(part.reading, item);
        }
    }
    if part.items.is_empty() {
        let (reading, about) = (Some(part.reading), About::Setting(whole(part.family, part.owner)));
        let by = match identifier {
            "" => String::new(),
            identifier => format!("it comes by the profile `{identifier}`, and "),
        };
        let why = Some(format!("{by}the source says nothing of what it sets"));
        verdict.push(Told { kind: Kind::Extra, about, approved: None, reading, seen: None, by: None, why });
    }
}

fn whole(family: Family, owner: &str) -> Address {
    let (channel, leaf) = (Channel::Device, Leaf::Keys(Vec::new()));
    Address { family, channel, owner: owner.to_owned(), instance: None, leaf }
}

fn is_activation(reading: &Reading) -> bool {
    reading.kind == reader::Kind::Declaration
        && !reading.is_malformed()
        && reading.items.iter().all(|item| item.setting.address.owner == ACTIVATION)
}

/// What an activation names, and its predicate: as it stands there, or as this compiler writes it for one of these configurations.
fn activated<'r>(reading: &'r Reading, own: impl Iterator<Item = &'r str>) -> (Vec<String>, Option<String>) {
    let left = |place: &str| reading.residue.iter().find(|left| left.place == place).map(|left| left.what.as_str());
    let listed = left("Payload.StandardConfigurations").and_then(|text| serde_json::from_str(text).ok());
    let is_its = |name: &&str| reading.envelope.identifier.as_deref() == Some(&identity::activation(name));
    let predicate = match reading.items.first().map(|item| &item.setting.value) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => left("Payload.Predicate").and_then(|text| serde_json::from_str(text).ok()),
    };
    (listed.unwrap_or_else(|| own.filter(is_its).map(str::to_owned).collect()), predicate)
}

/// Activations, of servers that let others write them: whether what each activates is in force, with its predicate.
fn activations<'r>(
    case: &Case<'r>,
    (parts, names): (&[Part<'r>], &Names<'r>),
    verdict: &mut Verdict<'r>,
    applied: &mut Applied,
) {
    let of = |side: &[(usize, &'r Reading)]| -> Vec<(usize, &'r Reading)> {
        side.iter().copied().filter(|(_, reading)| is_activation(reading)).collect()
    };
    let (own, seen) = (of(&case.approved), of(&case.seen));
    if own.is_empty() || seen.is_empty() {
        // A server that makes them itself shows none.
        if let Some((n, _)) = case.seen.first().filter(|_| !own.is_empty()) {
            case.sets(*n).makes_activations(applied);
        }
        return;
    }
    let known = |name: String| names.texts.get(name.as_str()).map_or(name.clone(), |own| (*own).to_owned());
    let seen: Vec<(usize, &Reading, Vec<String>, Option<String>)> = (seen.into_iter())
        .map(|(at, reading)| (at, reading, activated(reading, names.texts.keys().copied())))
        .map(|(at, reading, (named, predicate))| (at, reading, named.into_iter().map(known).collect(), predicate))
        .collect();
    for (n, reading) in own {
        let (named, predicate) = activated(reading, parts.iter().filter_map(|part| part.identifier));
        let activates = || seen.iter().filter(|(.., all, _)| named.iter().all(|name| all.contains(name)));
        let Some((at, other, _, theirs)) =
            activates().find(|(.., theirs)| *theirs == predicate).or_else(|| activates().next())
        else {
            let is_its = |part: &&Part<'r>| part.identifier.is_some_and(|one| named.iter().any(|name| name == one));
            parts.iter().filter(is_its).for_each(|part| inactive(part, verdict));
            continue;
        };
        let why = |text: &String| format!("the activation has the predicate `{text}`");
        match (reading.items.first(), theirs) {
            (Some(item), theirs) if predicate == *theirs => verdict.agreed.push(item.setting.address.clone()),
            (Some(item), theirs) => {
                let kind = if theirs.is_some() { Kind::Different } else { Kind::Missing };
                let told = verdict.tell(kind, (n, item));
                (told.reading, told.seen) = (Some(*at), other.items.first());
                told.why = theirs.as_ref().filter(|_| told.seen.is_none()).map(why);
            }
            (None, Some(_)) if !other.items.is_empty() => other.items.iter().for_each(|item| verdict.extra(*at, item)),
            (None, Some(text)) => {
                let about = About::Setting(whole(Family::Declaration, ACTIVATION));
                let (reading, why) = (Some(*at), Some(why(text)));
                verdict.push(Told { kind: Kind::Extra, about, approved: None, reading, seen: None, by: None, why });
            }
            (None, None) => {}
        }
    }
}

/// What is there, and activated by nothing.
fn inactive<'r>(part: &Part<'r>, verdict: &mut Verdict<'r>) {
    for item in &part.items {
        let address = &item.setting.address;
        if let Some(at) = verdict.agreed.iter().position(|agreed| agreed == address) {
            verdict.agreed.remove(at);
            let why = "the configuration is there, and not in force: no activation names it";
            verdict.tell(Kind::Missing, (part.reading, item)).why = Some(why.to_owned());
        }
    }
}
