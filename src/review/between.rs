//! Two sides → everything that differs, by organisation and group.

use super::group::{self, Found, Organisations};
use super::pair::{Name, Pairs, by_likeness, by_name, overlap};
use super::paired::Items;
use super::side::{GroupSide, OrganisationSide, Side};
use super::texts::{self, Explained};
use super::{Draft, Kind, Review, SourceChange, Subject, written};
use crate::catalogue::Catalogue;
use crate::compare::{Direction, Judgement};
use crate::gather::{Arrange, Gather};
use crate::setting::{Address, Value};
use crate::source::{Body, Sources};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// How alike two groups without a common name must be to be one that was renamed, out of 1000.
const ALIKE: u32 = 500;

/// Everything that differs between two sides.
pub fn between(before: &Side<'_>, after: &Side<'_>, catalogue: &Catalogue) -> Review {
    let mut review = Review { before: before.name.clone(), after: after.name.clone(), ..Review::default() };
    remarks(before, after, &mut review);
    let pairs = organisations(before, after);
    let mut drafts: Vec<(String, Draft)> = Vec::new();
    let sides = (before, after);
    for (b, a) in pairs.both {
        let (was, is) = (&before.organisations[b], &after.organisations[a]);
        let own = with_templates(was, is, catalogue);
        let catalogue = own.as_ref().unwrap_or(catalogue);
        let all = Organisations { sides, before: Some(was), after: Some(is), catalogue };
        let pairs = paired_groups(was, is, catalogue);
        let found = groups(all, was, is, &pairs);
        let mut own: Vec<Draft> = Vec::new();
        if let (Some(old), Some(new)) = (before.sources, after.sources) {
            let mut items = Items { before: items_of(old, was), after: items_of(new, is) };
            let names = pairs.both.iter().map(|(b, a)| (was.groups[*b].id.to_owned(), is.groups[*a].id.to_owned()));
            let present: BTreeMap<String, String> = names.filter(|(then, now)| then != now).gather();
            items.before.values_mut().for_each(|item| item.rename_groups(&present));
            let (earlier, later) = (renamed(was, &items.before), renamed(is, &items.after));
            items.before.values_mut().for_each(|item| item.rename_required(&later));
            items.after.values_mut().for_each(|item| item.rename_required(&earlier));
            items.follow_numbers();
            own = texts::between(all, &items, &Explained::of(&found));
        }
        for group in found {
            own.extend(group.drafts);
            review.files.extend(group.files);
        }
        drafts.extend(own.into_iter().map(|draft| (is.id.to_owned(), draft)));
    }
    let gone = pairs.gone.iter().map(|n| (&before.organisations[*n], false));
    let new = pairs.new.iter().map(|n| (&after.organisations[*n], true));
    for (side, later) in gone.chain(new) {
        let all = Organisations { sides, before: (!later).then_some(side), after: later.then_some(side), catalogue };
        whole(all, side, later, &mut drafts, &mut review);
    }
    review.sources = sources(before, after);
    review.changes = drafts.into_iter().map(|(organisation, draft)| draft.finish(&organisation)).collect();
    review.changes.arrange_by(|x, y| x.rank().cmp(&y.rank()));
    review.files.arrange_by(|x, y| {
        (&x.organisation, &x.group, &x.after, &x.before).cmp(&(&y.organisation, &y.group, &y.after, &y.before))
    });
    review
}

fn remarks(before: &Side<'_>, after: &Side<'_>, review: &mut Review) {
    if before.sources.is_none() || after.sources.is_none() {
        let side = if before.sources.is_none() { &before.name } else { &after.name };
        review.remarks.push(format!(
            "`{side}` is files alone: clauses, exceptions, facts of groups and commands are not compared"
        ));
    }
    for side in [before, after].into_iter().filter(|side| !side.has_files) {
        review.remarks.push(format!("`{}` has errors and no files: settings are compared, files are not", side.name));
    }
}

/// Organisations by name. One on each side that nothing pairs are before and after of one another.
pub(super) fn organisations(before: &Side<'_>, after: &Side<'_>) -> Pairs {
    let names = |side: &Side<'_>| -> Vec<(String, Option<String>)> {
        let folder = |one: &OrganisationSide<'_>| one.folder.map(str::to_owned);
        let formerly =
            |one: &OrganisationSide<'_>| one.policy.and_then(|policy| policy.formerly.clone()).or(folder(one));
        side.organisations.iter().map(|one| (one.id.to_owned(), formerly(one))).collect()
    };
    let (earlier, later) = (names(before), names(after));
    let mut pairs = by_name(&as_names(&earlier), &as_names(&later));
    if let ([b], [a]) = (pairs.gone.as_slice(), pairs.new.as_slice())
        && pairs.both.is_empty()
    {
        pairs.both.push((*b, *a));
        pairs.gone.clear();
        pairs.new.clear();
    }
    pairs
}

/// The catalogue with an organisation's own templates: files of the other side are read by what its sources know. Where both are files
/// alone, nobody knows the kinds of their elements, and both are read alike.
fn with_templates(was: &OrganisationSide<'_>, is: &OrganisationSide<'_>, catalogue: &Catalogue) -> Option<Catalogue> {
    let policies = [is, was].into_iter().filter_map(|side| side.policy);
    let templates = policies.map(|policy| &policy.templates).find(|templates| !templates.is_empty())?;
    Some(catalogue.extended(templates))
}

fn as_names(side: &[(String, Option<String>)]) -> Vec<Name<'_>> {
    side.iter().map(|(id, formerly)| Name { id, formerly: formerly.as_deref() }).collect()
}

fn items_of(sources: &Sources, side: &OrganisationSide<'_>) -> BTreeMap<written::Key, written::Item> {
    let mut items = written::items(sources, side.id);
    // What all organisations share binds those that adopt it.
    let adopted = |policy: &str| {
        side.policy.is_some_and(|own| own.policies.iter().any(|written| written.baseline && *written.id == *policy))
    };
    items.extend(written::items(sources, "").into_iter().filter(|(key, _)| match key.0 {
        written::What::Policy => adopted(&key.2),
        written::What::Clause => adopted(&key.1),
        _ => true,
    }));
    items
}

/// What a side says of the former names of its controls and their instances.
fn renamed(side: &OrganisationSide<'_>, items: &BTreeMap<written::Key, written::Item>) -> written::Renamed {
    let controls = side.policy.into_iter().flat_map(|policy| &policy.controls);
    let former = controls.filter_map(|(id, control)| Some((control.formerly.as_ref()?.value.clone(), id.clone())));
    written::Renamed::of(items, former.gather())
}

/// Which group of an organisation is which: by name, by the name that it had, and last by what it sets.
pub(super) fn paired_groups(was: &OrganisationSide<'_>, is: &OrganisationSide<'_>, catalogue: &Catalogue) -> Pairs {
    let names = |side: &OrganisationSide<'_>| -> Vec<(String, Option<String>)> {
        let formerly = |group: &GroupSide<'_>| {
            let identity = group.policy.map(|policy| policy.target.identity.clone());
            identity.filter(|identity| identity != group.id).or_else(|| group.folder.map(str::to_owned))
        };
        side.groups.iter().map(|group| (group.id.to_owned(), formerly(group))).collect()
    };
    let (earlier, later) = (names(was), names(is));
    let mut pairs = by_name(&as_names(&earlier), &as_names(&later));
    let single = was.groups.len() == 1 && is.groups.len() == 1 && was.groups[0].policy.is_none();
    let least = if single { 0 } else { ALIKE };
    by_likeness(&mut pairs, least, |b, a| likeness(&was.groups[b], &is.groups[a], catalogue));
    pairs
}

/// The groups of an organisation that both sides have.
fn groups(all: Organisations<'_>, was: &OrganisationSide<'_>, is: &OrganisationSide<'_>, pairs: &Pairs) -> Vec<Found> {
    enum Work {
        Both(usize, usize),
        Gone(usize),
        New(usize),
    }
    let both = pairs.both.iter().map(|(b, a)| Work::Both(*b, *a));
    let work: Vec<Work> =
        both.chain(pairs.gone.iter().map(|n| Work::Gone(*n))).chain(pairs.new.iter().map(|n| Work::New(*n))).collect();
    work.into_par_iter()
        .map(|work| match work {
            Work::Both(b, a) => group::between(all, &was.groups[b], &is.groups[a]),
            Work::Gone(n) => group::alone(all, &was.groups[n], false),
            Work::New(n) => group::alone(all, &is.groups[n], true),
        })
        .collect()
}

/// How alike two groups are: their title, and what they set.
fn likeness(was: &GroupSide<'_>, is: &GroupSide<'_>, catalogue: &Catalogue) -> u32 {
    if let (Some(was), Some(is)) = (was.policy, is.policy) {
        if was.target.platform.value != is.target.platform.value || was.unmanaged.is_some() != is.unmanaged.is_some() {
            return 0;
        }
        if was.target.title == is.target.title {
            return 1000;
        }
    }
    let set = |group: &GroupSide<'_>| -> BTreeSet<(Address, Value)> {
        let contents = group.contents(&BTreeSet::new(), catalogue);
        contents.settings.iter().map(|(s, _)| (s.address.clone(), s.value.clone())).gather()
    };
    overlap(&set(was), &set(is))
}

/// An organisation of one side alone.
fn whole(
    all: Organisations<'_>,
    side: &OrganisationSide<'_>,
    later: bool,
    drafts: &mut Vec<(String, Draft)>,
    review: &mut Review,
) {
    let what = if later { "added" } else { "removed" };
    let mut draft = Draft::new(Kind::Behaviour, Subject::Organisation("organisation".to_owned()), what);
    let name = side.policy.map_or(side.id, |policy| &policy.name);
    *(if later { &mut draft.change.after } else { &mut draft.change.before }) = Some(name.to_owned());
    draft.change.judgement = Judgement {
        direction: Direction::Neutral,
        parts: Vec::new(),
        because: "its groups are listed one by one".to_owned(),
    };
    let own = side.groups.iter().map(|group| group::alone(all, group, later));
    let found: Vec<Found> = own.collect();
    let mut list = vec![draft];
    let sources = if later { all.sides.1.sources } else { all.sides.0.sources };
    if let Some(sources) = sources {
        let (own, none) = (items_of(sources, side), BTreeMap::new());
        let items = if later { Items { before: none, after: own } } else { Items { before: own, after: none } };
        list.extend(texts::between(all, &items, &Explained::of(&found)));
    }
    for group in found {
        list.extend(group.drafts);
        review.files.extend(group.files);
    }
    drafts.extend(list.into_iter().map(|draft| (side.id.to_owned(), draft)));
}

/// Sources whose text differs. Of two organisations that are compared as one, files of the same name are one.
fn sources(before: &Side<'_>, after: &Side<'_>) -> Vec<SourceChange> {
    let (Some(was), Some(is)) = (before.sources, after.sources) else { return Vec::new() };
    fn list(sources: &Sources) -> BTreeMap<&str, &Body> {
        sources.files().map(|(_, file)| (file.path.as_ref(), &file.content)).gather()
    }
    let (was, is) = (list(was), list(is));
    let paths: BTreeSet<&str> = was.keys().chain(is.keys()).copied().gather();
    let differing = paths.into_iter().filter(|path| was.get(*path) != is.get(*path));
    differing
        .map(|path| SourceChange { path: path.to_owned(), was: was.contains_key(path), is: is.contains_key(path) })
        .collect()
}
