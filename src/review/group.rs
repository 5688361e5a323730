//! One group on two sides: its facts, what is asked of it, the settings that move, and the files that hold them.

use super::asked::{self, Ask};
use super::devices::Devices;
use super::moved::{self, Commands, Moving};
use super::side::{self, Contents, GroupSide, OrganisationSide, Side, is_attached};
use super::{Change, Draft, Kind, Subject, facts, files, occurrences};
use crate::catalogue::Catalogue;
use crate::compare::{Direction, Judgement};
use crate::control::Bound;
use crate::gather::Gather;
use crate::setting::{ClauseRef, Setting};
use std::collections::{BTreeMap, BTreeSet};

/// What comparing a group gives.
#[derive(Default)]
pub(super) struct Found {
    pub(super) drafts: Vec<Draft>,
    pub(super) files: Vec<super::FileChange>,
    /// Clause, control and parameter of every ask that a change here comes from.
    pub(super) explained: BTreeSet<(ClauseRef, String, String)>,
    /// Clauses whose raw entries moved a setting here.
    pub(super) raw: BTreeSet<ClauseRef>,
}

/// The two sides of one organisation.
#[derive(Clone, Copy)]
pub(super) struct Organisations<'a> {
    pub(super) sides: (&'a Side<'a>, &'a Side<'a>),
    pub(super) before: Option<&'a OrganisationSide<'a>>,
    pub(super) after: Option<&'a OrganisationSide<'a>>,
    pub(super) catalogue: &'a Catalogue,
}

impl Organisations<'_> {
    /// The id that changes carry.
    pub(super) fn id(&self) -> &str {
        self.after.or(self.before).map_or("", |organisation| organisation.id)
    }
}

/// A group on both sides.
pub(super) fn between(all: Organisations<'_>, before: &GroupSide<'_>, after: &GroupSide<'_>) -> Found {
    let alone =
        before.outcome.is_none() && before.policy.is_none() && after.outcome.is_none() && after.policy.is_none();
    let same: BTreeSet<&str> = if alone {
        before
            .files
            .iter()
            .filter(|(path, bytes)| after.files.get(*path) == Some(bytes))
            .map(|(path, _)| *path)
            .gather()
    } else if all.sides.0.has_files && all.sides.1.has_files {
        BTreeSet::new()
    } else {
        // A side with errors has no files: what is attached is not gone for that.
        before.files.keys().chain(after.files.keys()).copied().filter(|path| is_attached(path)).gather()
    };
    let (mut was, mut is) = (before.contents(&same, all.catalogue), after.contents(&same, all.catalogue));
    match (before.outcome.is_some(), after.outcome.is_some()) {
        (true, false) => {
            was.say_who(before, all.catalogue);
            was.name_by_identifiers(before, all.catalogue);
        }
        (false, true) => {
            is.say_who(after, all.catalogue);
            is.name_by_identifiers(after, all.catalogue);
        }
        _ => {}
    }
    side::withhold(&mut was, &mut is);
    let compiled = before.policy.is_some() && after.policy.is_some();
    let commands = if compiled { Commands::Compared } else { Commands::LeftOut };
    let mut found = Found::default();
    let asked = compiled.then(|| asked::between(all.sides, before, after));
    let renamed = asked.as_ref().map(|asked| asked.renamed.clone()).unwrap_or_default();
    let pairs = files::paired(all, before, after);
    let (placed_before, placed_after) = occurrences::placed(&was, &is, &pairs.present(), &renamed);
    let moving = moved::between(&placed_before, &placed_after, commands);
    let asks = asked.map_or_else(Vec::new, |asked| {
        found.explained = asked.explained;
        asked.asks
    });
    let devices = Devices::of(all, before, after, &is);
    settle((all, &devices), after.id, asks, moving, &mut found);
    if compiled {
        found.drafts.extend(facts::between(all, before, after));
    }
    files::between(all, &devices, &pairs, ((before, &was), (after, &is)), &mut found);
    found
}

/// A group of one side alone: all that it sets comes or goes with it.
pub(super) fn alone(all: Organisations<'_>, group: &GroupSide<'_>, later: bool) -> Found {
    let mut contents = group.contents(&BTreeSet::new(), all.catalogue);
    side::withhold(&mut contents, &mut Contents::default());
    let nothing = Contents::default();
    let (was, is) = if later { (&nothing, &contents) } else { (&contents, &nothing) };
    let (placed_before, placed_after) = occurrences::placed(was, is, &BTreeMap::new(), &BTreeMap::new());
    let moving = moved::between(&placed_before, &placed_after, Commands::Compared);
    let devices = Devices::alone(all.catalogue, group, &contents);
    let mut found = Found::default();
    let gets_nothing = moving.is_empty();
    let other = if later { all.sides.0 } else { all.sides.1 };
    if gets_nothing && group.policy.is_some() && other.sources.is_none() {
        // Files alone know of no group that gets none.
        return found;
    }
    let direction = match later {
        _ if gets_nothing => Direction::Neutral,
        true => Direction::Stronger,
        false => Direction::Weaker,
    };
    let because = match later {
        _ if gets_nothing => "nothing is set on its devices",
        true => "its devices get settings under this name for the first time",
        false => "its devices keep none of its settings",
    };
    let title = group.policy.map_or_else(|| group.id.to_owned(), facts::line);
    let mut draft = Draft::new(Kind::Behaviour, Subject::Group(None), if later { "added" } else { "removed" });
    draft.change.judgement = Judgement { direction, parts: Vec::new(), because: because.to_owned() };
    *(if later { &mut draft.change.after } else { &mut draft.change.before }) = Some(title);
    draft.change.group = Some(group.id.to_owned());
    draft.change.place = group.policy.and_then(|policy| {
        let side = if later { all.sides.1 } else { all.sides.0 };
        side.place(policy.target.group.span, later)
    });
    for one in &moving {
        found.raw.extend(raw_clauses(one));
        if let Some(judgement) = one.judge(all.catalogue) {
            draft.settle(one, judgement, all.catalogue, &devices);
        }
    }
    draft.change.clauses = group.policy.map(|policy| policy.clauses.clone()).unwrap_or_default();
    for bound in group.policy.map_or(&[][..], |policy| &policy.controls) {
        found.explained.extend(every_ask(bound));
    }
    found.drafts.push(draft);
    let side = (group, &contents);
    if later {
        files::added(all, side, &mut found);
    } else {
        files::removed(all, side, &mut found);
    }
    found
}

fn every_ask(bound: &Bound) -> impl Iterator<Item = (ClauseRef, String, String)> {
    let control = &bound.control.id.value;
    bound.clauses.iter().flat_map(move |(clause, _)| {
        let names = bound.control.parameters.iter().map(|parameter| parameter.name.value.clone());
        names.chain([String::new()]).map(move |name| (clause.clone(), control.clone(), name))
    })
}

/// Gives each setting that moves to the ask that moves it; what no ask explains is a change of its own.
fn settle(
    (all, devices): (Organisations<'_>, &Devices<'_>),
    group: &str,
    asks: Vec<Ask>,
    moving: Vec<Moving<'_>>,
    found: &mut Found,
) {
    let mut drafts: Vec<(Draft, Option<Judgement>)> = asks.into_iter().map(|ask| drafted(ask, group)).collect();
    for one in &moving {
        found.raw.extend(raw_clauses(one));
        let Some(judgement) = one.judge(all.catalogue) else { continue };
        match drafts.iter().position(|(draft, _)| explains(&draft.change, one)) {
            Some(n) => {
                let (draft, own) = &mut drafts[n];
                // The control's order comes before the vendors' words; a control that comes or goes has none for a single setting.
                let whole = matches!(&draft.change.subject, Subject::Control { parameter: None, .. });
                let judgement = match own {
                    Some(own) if !whole => Judgement { parts: judgement.parts, ..own.clone() },
                    _ => judgement,
                };
                draft.settle(one, judgement, all.catalogue, devices);
            }
            None => found.drafts.push(own_draft((all, devices), group, one, judgement)),
        }
    }
    for (mut draft, own) in drafts {
        match own {
            None => draft.change.judgement = of_settings(&draft.change),
            Some(_) => mixed(&mut draft.change),
        }
        found.drafts.push(draft);
    }
}

fn drafted(ask: Ask, group: &str) -> (Draft, Option<Judgement>) {
    let what = match (&ask.before, &ask.after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    let mut draft = Draft::new(Kind::Behaviour, ask.subject, what);
    let change = &mut draft.change;
    change.group = Some(group.to_owned());
    (change.before, change.after) = (ask.before, ask.after);
    (change.clauses, change.exceptions, change.place) = (ask.clauses, ask.exceptions, ask.place);
    if let Some(judgement) = &ask.judgement {
        change.judgement = judgement.clone();
    }
    (draft, ask.judgement)
}

/// Whether a difference in what is asked is why a setting moves: the same control wrote it, out of that parameter.
fn explains(change: &Change, moving: &Moving<'_>) -> bool {
    let Subject::Control { control, instance, parameter } = &change.subject else { return false };
    let origins = moving.after.iter().chain(&moving.before).flat_map(|setting: &&Setting| &setting.origins);
    let mut of_control = origins.filter(|origin| {
        origin.control.as_ref() == Some(control) && (instance.is_none() || origin.instance == *instance)
    });
    match parameter {
        None => of_control.next().is_some(),
        Some(parameter) => of_control.any(|origin| origin.parameters.contains(parameter)),
    }
}

/// A control that comes or goes, and whose parameters have no order, is what its settings are.
fn of_settings(change: &Change) -> Judgement {
    if change.settings.is_empty() {
        let because = "no setting of the group moves with it".to_owned();
        return Judgement { direction: Direction::Neutral, parts: Vec::new(), because };
    }
    let direction = Direction::of_parts(change.settings.iter().map(|moved| moved.judgement.direction));
    Judgement { direction, parts: Vec::new(), because: "as its settings go".to_owned() }
}

/// A control that comes can still set something that is weaker than what the vendor does by itself: then the whole is weaker, and each
/// such setting is named.
fn mixed(change: &mut Change) {
    let against = |moved: &&super::Moved| moved.judgement.direction == Direction::Weaker;
    if change.judgement.direction != Direction::Stronger || !change.settings.iter().any(|moved| against(&moved)) {
        return;
    }
    let mut parts = vec![("what the control asks".to_owned(), Direction::Stronger)];
    parts.extend(change.settings.iter().filter(against).map(|moved| (moved.address.to_string(), Direction::Weaker)));
    change.judgement.direction = Direction::Weaker;
    change.judgement.because.push_str(", and a setting of it is weaker than before");
    change.judgement.parts = parts;
}

fn own_draft(
    (all, devices): (Organisations<'_>, &Devices<'_>),
    group: &str,
    moving: &Moving<'_>,
    judgement: Judgement,
) -> Draft {
    let elsewhere = moving.is_elsewhere() && moving.is_same();
    let what = match (moving.before.is_empty(), moving.after.is_empty()) {
        (true, _) => "added",
        (_, true) => "removed",
        _ if elsewhere => "moved",
        _ => "changed",
    };
    let kind = if elsewhere { Kind::Cosmetic } else { Kind::Behaviour };
    let mut draft = Draft::new(kind, Subject::Setting(moving.address.clone()), what);
    draft.change.group = Some(group.to_owned());
    draft.change.judgement = judgement.clone();
    draft.change.clauses = moving.clauses();
    draft.change.exceptions = moving.exceptions();
    let written = |side: &[&Setting]| side.first().map(|setting| setting.span);
    draft.change.place = written(&moving.after)
        .and_then(|span| all.sides.1.place(span, true))
        .or_else(|| written(&moving.before).and_then(|span| all.sides.0.place(span, false)));
    draft.settle(moving, judgement, all.catalogue, devices);
    let moved = draft.change.settings.first();
    (draft.change.before, draft.change.after) =
        moved.map(|moved| (moved.before.clone(), moved.after.clone())).unwrap_or_default();
    draft
}

fn raw_clauses(moving: &Moving<'_>) -> impl Iterator<Item = ClauseRef> {
    let origins = moving.after.iter().chain(&moving.before).flat_map(|setting| &setting.origins);
    origins
        .filter(|origin| origin.control.is_none())
        .flat_map(|origin| origin.clauses.iter().map(|(clause, _)| clause.clone()))
}
