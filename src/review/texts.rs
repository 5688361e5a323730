//! Policies, clauses and everything else that people write: added, removed, reworded, reclassified, renumbered. What becomes of them
//! on devices is compared group by group; here is what no setting shows.

use super::group::{Found, Organisations};
use super::paired::{Items, paired};
use super::written::{Field, Item, Key, What, members};
use super::{Draft, Kind, Subject, asked, exceptions};
use crate::compare::{Direction, Judgement};
use crate::control::{Control, Given, Parameter};
use crate::diagnostic::Diagnostics;
use crate::gather::Gather;
use crate::setting::ClauseRef;
use std::collections::{BTreeMap, BTreeSet};

/// What the groups' comparison has explained already.
pub(super) struct Explained {
    pub(super) asks: BTreeSet<(ClauseRef, String, String)>,
    pub(super) raw: BTreeSet<ClauseRef>,
}

impl Explained {
    pub(super) fn of(groups: &[Found]) -> Explained {
        Explained {
            asks: groups.iter().flat_map(|found| found.explained.iter().cloned()).gather(),
            raw: groups.iter().flat_map(|found| found.raw.iter().cloned()).gather(),
        }
    }
}

/// Everything that differs in what people wrote.
pub(super) fn between(all: Organisations<'_>, items: &Items, explained: &Explained) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let policies = paired(items, What::Policy, None);
    for (was, is) in &policies.both {
        policy(all, items, (was, is), &mut drafts);
        clauses(all, items, (&was.2, &is.2), explained, &mut drafts);
    }
    for key in &policies.gone {
        come_or_go(all, (key, &items.before[*key]), false, &mut drafts);
        for key in clause_keys(&items.before, &key.2) {
            come_or_go(all, (key, &items.before[key]), false, &mut drafts);
        }
    }
    for key in &policies.new {
        come_or_go(all, (key, &items.after[*key]), true, &mut drafts);
        for key in clause_keys(&items.after, &key.2) {
            come_or_go(all, (key, &items.after[key]), true, &mut drafts);
        }
    }
    exceptions::between(all, items, &mut drafts);
    organisation(all, items, &mut drafts);
    others(all, items, &mut drafts);
    drafts
}

fn clause_keys<'a>(side: &'a BTreeMap<Key, Item>, policy: &str) -> Vec<&'a Key> {
    side.keys().filter(|key| key.0 == What::Clause && key.1 == policy).collect()
}

fn reference(key: &Key) -> ClauseRef {
    ClauseRef { policy: key.1.clone(), clause: key.2.clone() }
}

/// A policy or clause of one side alone.
fn come_or_go(all: Organisations<'_>, (key, item): (&Key, &Item), later: bool, drafts: &mut Vec<Draft>) {
    let subject = match key.0 {
        What::Clause => Subject::Clause(reference(key), None),
        _ => Subject::Policy(key.2.clone(), None),
    };
    let mut draft = Draft::new(Kind::Behaviour, subject, if later { "added" } else { "removed" });
    let text = |name: &str| item.fields.get(name).map(|field| field.text.clone());
    let said = match (text("class"), text("summary").or_else(|| text("title"))) {
        (Some(class), Some(summary)) => format!("{class}: {summary}"),
        (_, summary) => summary.unwrap_or_else(|| key.2.clone()),
    };
    *(if later { &mut draft.change.after } else { &mut draft.change.before }) = Some(said);
    let asks = item.fields.keys().any(|path| path.starts_with("require") || path.starts_with("settings"));
    let because = match key.0 {
        What::Clause if asks => "what it asks of devices is listed with the groups",
        What::Clause => "it asks nothing of devices",
        _ => "its clauses are listed one by one",
    };
    draft.change.judgement = neutral(because);
    if key.0 == What::Clause {
        draft.change.clauses = vec![reference(key)];
    }
    let side = if later { all.sides.1 } else { all.sides.0 };
    draft.change.place = side.place(item.span, later);
    drafts.push(draft);
}

/// The metadata of a policy. They change no output.
fn policy(all: Organisations<'_>, items: &Items, (was, is): (&Key, &Key), drafts: &mut Vec<Draft>) {
    let (before, after) = (&items.before[was], &items.after[is]);
    if was.2 != is.2 {
        let stated = after.formerly.as_deref() == Some(&was.2) || before.formerly.as_deref() == Some(&is.2);
        drafts.push(renaming(all, Subject::Policy(is.2.clone(), None), (was, is), stated, after));
    }
    for (path, then, now) in differing(before, after) {
        let subject = Subject::Policy(is.2.clone(), Some(path.clone()));
        drafts.push(field(all, (Kind::Cosmetic, subject), (then, now), neutral("it changes no output"), after));
    }
}

fn renaming(all: Organisations<'_>, subject: Subject, (was, is): (&Key, &Key), stated: bool, item: &Item) -> Draft {
    let clause = matches!(subject, Subject::Clause(..));
    let kind = if stated || clause { Kind::Cosmetic } else { Kind::Identity };
    let mut draft = Draft::new(kind, subject, if clause { "renumbered" } else { "renamed" });
    (draft.change.before, draft.change.after) = (Some(was.2.clone()), Some(is.2.clone()));
    draft.change.judgement = neutral("a name asks for nothing");
    draft.change.cure = (!stated).then(|| format!("`formerly: {}` says so for good", quoted(&was.2)));
    draft.change.place = all.sides.1.place(item.span, true);
    if clause {
        draft.change.clauses = vec![reference(is)];
    }
    draft
}

/// As YAML wants a clause id: in quotes.
fn quoted(id: &str) -> String {
    if id.chars().next().is_some_and(|first| first.is_ascii_digit()) { format!("\"{id}\"") } else { id.to_owned() }
}

fn clauses(
    all: Organisations<'_>,
    items: &Items,
    policies: (&String, &String),
    explained: &Explained,
    drafts: &mut Vec<Draft>,
) {
    let pairs = paired(items, What::Clause, Some((policies.0, policies.1)));
    for (was, is) in &pairs.both {
        let (before, after) = (&items.before[*was], &items.after[*is]);
        if was.2 != is.2 {
            let former =
                |item: &Item| item.formerly.as_deref().map(|text| text.rsplit(' ').next().unwrap_or(text).to_owned());
            let stated = former(after).as_ref() == Some(&was.2) || former(before).as_ref() == Some(&is.2);
            drafts.push(renaming(all, Subject::Clause(reference(is), None), (was, is), stated, after));
        }
        for (path, then, now) in differing(before, after) {
            drafts.extend(clause_field(all, (was, is), &path, (then, now), explained, after));
        }
    }
    for key in &pairs.gone {
        come_or_go(all, (key, &items.before[*key]), false, drafts);
    }
    for key in &pairs.new {
        come_or_go(all, (key, &items.after[*key]), true, drafts);
    }
}

/// One field of a clause; `None` where the groups show what it does.
fn clause_field(
    all: Organisations<'_>,
    (was, is): (&Key, &Key),
    path: &str,
    sides: (Option<&Field>, Option<&Field>),
    explained: &Explained,
    item: &Item,
) -> Option<Draft> {
    let head = path.split('.').next().unwrap_or(path);
    let subject = |name: &str| Subject::Clause(reference(is), Some(name.to_owned()));
    let behaviour = |judgement| Some(field(all, (Kind::Behaviour, subject(path)), sides, judgement, item));
    let draft = match head {
        "class" => behaviour(class(sides)),
        "groups" | "platforms" => behaviour(audience(sides)),
        "require" if path.ends_with(".formerly") => {
            Some(field(all, (Kind::Cosmetic, subject(path)), sides, neutral("it keeps an identity"), item))
        }
        "require" => {
            let asked = Required::of(all, path);
            if [was, is].iter().any(|key| asked.is_explained(&reference(key), explained)) {
                return None;
            }
            behaviour(asked.judge(sides))
        }
        "settings" if [was, is].iter().any(|key| explained.raw.contains(&reference(key))) => return None,
        "settings" => behaviour(neutral("no setting of any group moves with it")),
        "guard" => behaviour(guard(sides)),
        "needs" => behaviour(neutral("what else must be true; nothing on devices")),
        _ => Some(field(all, (Kind::Cosmetic, subject(path)), sides, neutral("words about the clause"), item)),
    };
    draft.map(|mut draft| {
        draft.change.clauses = vec![reference(is)];
        if head == "summary" {
            draft.change.what = "reworded";
        }
        if head == "class" {
            draft.change.what = "reclassified";
        }
        draft
    })
}

/// What one field under `require` names.
struct Required<'a> {
    control: String,
    parameter: String,
    before: Option<&'a Control>,
    after: Option<&'a Control>,
}

impl<'a> Required<'a> {
    fn of(all: Organisations<'a>, path: &str) -> Required<'a> {
        let parts: Vec<&str> = path.split('.').collect();
        let control = parts.get(1).copied().unwrap_or_default();
        let of = |side: Option<&'a super::side::OrganisationSide<'a>>| {
            side.and_then(|side| side.policy).and_then(|policy| policy.controls.get(control)).map(AsRef::as_ref)
        };
        Required {
            control: control.to_owned(),
            parameter: if parts.len() > 2 {
                parts.last().copied().unwrap_or_default().to_owned()
            } else {
                String::new()
            },
            before: of(all.before),
            after: of(all.after),
        }
    }

    fn is_explained(&self, clause: &ClauseRef, explained: &Explained) -> bool {
        // Whom a control is asked of goes with the control.
        let parameter = if self.parameter == "groups" { String::new() } else { self.parameter.clone() };
        explained.asks.contains(&(clause.clone(), self.control.clone(), parameter))
    }

    fn judge(&self, sides: (Option<&Field>, Option<&Field>)) -> Judgement {
        if self.parameter == "groups" {
            return audience(sides);
        }
        fn declared<'c>(control: Option<&'c Control>, name: &str) -> Option<&'c Parameter> {
            control.and_then(|control| control.parameters.iter().find(|p| p.name.value == name))
        }
        let (old, new) = (declared(self.before, &self.parameter), declared(self.after, &self.parameter));
        let read = |parameter: Option<&Parameter>, field: Option<&Field>| -> Option<Given> {
            match field {
                Some(field) => parameter?.read(&field.node, &mut Diagnostics::default()).map(|read| read.value),
                // What a clause does not give is the control's default.
                None => parameter?.default.clone(),
            }
        };
        match (read(old.or(new), sides.0), read(new.or(old), sides.1)) {
            (Some(was), Some(is)) => {
                let mut judgement = asked::judge(old, new, &was, &is);
                judgement.because.push_str("; no group's value moves, since others ask the same or more");
                judgement
            }
            _ => neutral("no group's value moves with it"),
        }
    }
}

/// A class that claims less is weaker; between those that claim nothing of devices there is no order.
fn class((then, now): (Option<&Field>, Option<&Field>)) -> Judgement {
    let rank = |field: Option<&Field>| match field.map(|field| field.text.as_str()) {
        Some("enforced") => 2,
        Some("partial") => 1,
        _ => 0,
    };
    let direction = match rank(now).cmp(&rank(then)) {
        std::cmp::Ordering::Less => Direction::Weaker,
        std::cmp::Ordering::Equal => Direction::Neutral,
        std::cmp::Ordering::Greater => Direction::Stronger,
    };
    Judgement { direction, parts: Vec::new(), because: "how much of it devices are said to hold".to_owned() }
}

/// Who is bound: more is stronger, fewer is weaker.
pub(super) fn audience((then, now): (Option<&Field>, Option<&Field>)) -> Judgement {
    let (then, now): (BTreeSet<String>, BTreeSet<String>) =
        (members(then).into_iter().gather(), members(now).into_iter().gather());
    let gains = now.difference(&then).map(|name| (format!("binds {name}"), Direction::Stronger));
    let losses = then.difference(&now).map(|name| (format!("binds {name} no more"), Direction::Weaker));
    let parts: Vec<(String, Direction)> = gains.chain(losses).collect();
    Judgement {
        direction: Direction::of_parts(parts.iter().map(|(_, direction)| *direction)),
        parts,
        because: "whom it binds".to_owned(),
    }
}

/// What must stay true of the result, whoever writes it: one more is stronger.
fn guard((then, now): (Option<&Field>, Option<&Field>)) -> Judgement {
    let (then, now): (BTreeSet<String>, BTreeSet<String>) =
        (members(then).into_iter().gather(), members(now).into_iter().gather());
    let gains = now.difference(&then).map(|guard| (format!("guards {guard}"), Direction::Stronger));
    let losses = then.difference(&now).map(|guard| (format!("guards no more {guard}"), Direction::Weaker));
    let parts: Vec<(String, Direction)> = gains.chain(losses).collect();
    Judgement {
        direction: Direction::of_parts(parts.iter().map(|(_, direction)| *direction)),
        parts,
        because: "what must stay true of the result, whoever writes it".to_owned(),
    }
}

/// organisation.yaml.
fn organisation(all: Organisations<'_>, items: &Items, drafts: &mut Vec<Draft>) {
    let one = |side: &'_ BTreeMap<Key, Item>| {
        side.iter().find(|(key, _)| key.0 == What::Organisation).map(|(k, _)| k.clone())
    };
    let (Some(was), Some(is)) = (one(&items.before), one(&items.after)) else { return };
    let (before, after) = (&items.before[&was], &items.after[&is]);
    let (then, now) = (all.before.map_or("", |side| side.id), all.after.map_or("", |side| side.id));
    if then != now {
        let mut draft = Draft::new(Kind::Identity, Subject::Organisation("organisation".to_owned()), "renamed");
        (draft.change.before, draft.change.after) = (Some(then.to_owned()), Some(now.to_owned()));
        draft.change.judgement = neutral("a name asks for nothing");
        draft.change.place = all.sides.1.place(after.span, true);
        drafts.push(draft);
    }
    for (path, then, now) in differing(before, after) {
        let (kind, because) = match path.as_str() {
            "identifier" => (Kind::Identity, "every profile and declaration is another one to devices"),
            "name" => (Kind::Identity, "what matches profiles by the name that people read takes each for another one"),
            _ => (Kind::Behaviour, "what it does to settings is listed with the groups"),
        };
        let is_identifier = path == "identifier";
        let mut draft = field(all, (kind, Subject::Organisation(path)), (then, now), neutral(because), after);
        if is_identifier {
            draft.change.impacts = vec![super::REINSTALL.to_owned()];
        }
        drafts.push(draft);
    }
}

/// Own controls, secrets, releases and the rest. What they do to settings is listed with the groups.
fn others(all: Organisations<'_>, items: &Items, drafts: &mut Vec<Draft>) {
    let own = |key: &Key, id: &str| key.2.strip_prefix(id).unwrap_or(&key.2).to_owned();
    let (then, now) = (all.before.map_or("", |side| side.id), all.after.map_or("", |side| side.id));
    let list = |side: &BTreeMap<Key, Item>, id: &str| -> BTreeMap<String, Key> {
        side.keys().filter(|key| key.0 == What::Other).map(|key| (own(key, id), key.clone())).gather()
    };
    let (before, after) = (list(&items.before, then), list(&items.after, now));
    for name in before.keys().chain(after.keys()).gather::<BTreeSet<_>>() {
        let listed = neutral("what it does to settings is listed with the groups");
        match (before.get(name), after.get(name)) {
            (Some(was), Some(is)) => {
                for (path, then, now) in differing(&items.before[was], &items.after[is]) {
                    let kind =
                        if matches!(path.as_str(), "control" | "title") { Kind::Cosmetic } else { Kind::Behaviour };
                    let subject = Subject::Source(format!("{} · {path}", is.2));
                    drafts.push(field(all, (kind, subject), (then, now), listed.clone(), &items.after[is]));
                }
            }
            (was, is) => {
                let key = was.or(is).map_or("", |key| key.2.as_str()).to_owned();
                let mut draft =
                    Draft::new(Kind::Behaviour, Subject::Source(key), if is.is_some() { "added" } else { "removed" });
                draft.change.judgement = listed;
                drafts.push(draft);
            }
        }
    }
}

/// The fields that differ, by path.
pub(super) fn differing<'a>(before: &'a Item, after: &'a Item) -> Vec<(String, Option<&'a Field>, Option<&'a Field>)> {
    let paths: BTreeSet<&String> = before.fields.keys().chain(after.fields.keys()).gather();
    let sides = |path: &String| (path.clone(), before.fields.get(path), after.fields.get(path));
    let text = |field: Option<&Field>| field.map(|field| field.text.clone());
    paths.into_iter().map(sides).filter(|(_, then, now)| text(*then) != text(*now)).collect()
}

/// The change of one field.
pub(super) fn field(
    all: Organisations<'_>,
    (kind, subject): (Kind, Subject),
    (then, now): (Option<&Field>, Option<&Field>),
    judgement: Judgement,
    item: &Item,
) -> Draft {
    let what = match (then, now) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    let mut draft = Draft::new(kind, subject, what);
    let said = |field: Option<&Field>| field.map(|field| field.said.clone());
    (draft.change.before, draft.change.after) = (said(then), said(now));
    draft.change.judgement = judgement;
    draft.change.place = match (now, then) {
        (Some(now), _) => all.sides.1.place(now.node.span, true),
        (None, Some(then)) => all.sides.0.place(then.node.span, false),
        (None, None) => all.sides.1.place(item.span, true),
    };
    draft
}

pub(super) fn neutral(because: &str) -> Judgement {
    Judgement { direction: Direction::Neutral, parts: Vec::new(), because: because.to_owned() }
}
