//! The files that devices are given: which come, go and are renamed, and whether devices take them for the same.

use super::devices::Devices;
use super::group::{Found, Organisations};
use super::impact::Identity;
use super::side::{Contents, GroupSide, Side};
use super::{Draft, FileChange, FileText, Kind, Subject};
use crate::backend;
use crate::compare::{Direction, Judgement};
use crate::drift;
use std::collections::{BTreeMap, BTreeSet};

/// A group and what it sets.
type Group<'a> = (&'a GroupSide<'a>, &'a Contents<'a>);
/// A path and its bytes.
type File<'a> = (&'a str, &'a [u8]);

/// Keys of an envelope that only people read.
const WORDS: [&str; 3] = ["PayloadDisplayName", "PayloadDescription", "PayloadOrganization"];
/// Keys that are compared as identities.
const IDENTITIES: [&str; 4] = ["PayloadIdentifier", "PayloadUUID", "Identifier", "ServerToken"];

/// Files that devices take for the same under another name, or that are each all of their side: the earlier name and the later.
pub(super) fn renamed<'a>(
    all: Organisations<'_>,
    before: &'a GroupSide<'a>,
    after: &'a GroupSide<'a>,
) -> BTreeMap<&'a str, &'a str> {
    let only = |own: &'a GroupSide<'a>, other: &'a GroupSide<'a>| -> Vec<File<'a>> {
        own.files
            .iter()
            .filter(|(path, _)| !other.files.contains_key(*path))
            .map(|(path, bytes)| (*path, *bytes))
            .collect()
    };
    let mut new = only(after, before);
    let alone = gone_alone(before, after);
    let later = |was: &File<'a>| {
        let n = new.iter().position(|is| is_same(all, *was, *is, alone))?;
        Some((was.0, new.remove(n).0))
    };
    only(before, after).iter().filter_map(later).collect()
}

/// The files of a group on both sides.
pub(super) fn between(
    all: Organisations<'_>,
    devices: &Devices<'_>,
    (before, after): (Group<'_>, Group<'_>),
    renamed: &BTreeMap<&str, &str>,
    found: &mut Found,
) {
    unreadable(before, false, found);
    unreadable(after, true, found);
    if !all.sides.0.has_files || !all.sides.1.has_files {
        return;
    }
    for (path, bytes) in &before.0.files {
        let path: &str = path;
        let later = renamed.get(path).copied().unwrap_or(path);
        match after.0.files.get(later) {
            Some(now) => both(all, devices, (before, (path, bytes)), (after, (later, now)), found),
            None => one(all, before, (path, bytes), false, found),
        }
    }
    let paired: BTreeSet<&str> = renamed.values().copied().collect();
    for (path, bytes) in &after.0.files {
        if !before.0.files.contains_key(path) && !paired.contains(*path) {
            one(all, after, (path, bytes), true, found);
        }
    }
    residue(all, before, after, found);
}

/// The files of a group that comes.
pub(super) fn added(all: Organisations<'_>, group: Group<'_>, found: &mut Found) {
    unreadable(group, true, found);
    for (path, bytes) in &group.0.files {
        one(all, group, (path, bytes), true, found);
    }
}

/// The files of a group that goes.
pub(super) fn removed(all: Organisations<'_>, group: Group<'_>, found: &mut Found) {
    unreadable(group, false, found);
    for (path, bytes) in &group.0.files {
        one(all, group, (path, bytes), false, found);
    }
}

/// Whether each side is one file: then the two are one, whatever they are called.
fn gone_alone(before: &GroupSide<'_>, after: &GroupSide<'_>) -> bool {
    let single = |group: &GroupSide<'_>| group.files.len() == 1 && group.policy.is_none();
    single(before) && single(after)
}

/// Whether devices take two files for one, or each is all that its side has.
fn is_same(all: Organisations<'_>, was: File<'_>, is: File<'_>, alone: bool) -> bool {
    let known = drift::identities(was.1);
    alone || !known.is_empty() && differing(all, was, is).is_empty()
}

/// Identities that differ, the organisations' own prefixes aside.
fn differing(all: Organisations<'_>, was: File<'_>, is: File<'_>) -> Vec<(String, Option<String>, Option<String>)> {
    let prefix = |organisation: Option<&super::side::OrganisationSide<'_>>| {
        organisation.and_then(|organisation| organisation.policy).map(|policy| policy.identifier.clone())
    };
    let (then, now) = (prefix(all.before), prefix(all.after));
    let other_organisation = all.before.map(|side| side.id) != all.after.map(|side| side.id) || then != now;
    let mut differing = drift::identity_between(was.1, is.1);
    if other_organisation {
        let own = |text: &Option<String>, prefix: &Option<String>| {
            let text = text.as_deref()?;
            Some(prefix.as_deref().and_then(|prefix| text.strip_prefix(prefix)).unwrap_or(text).to_owned())
        };
        // UUIDs and the identifiers of declarations are digests of names that hold the organisation's: they say nothing more.
        differing.retain(|(key, before, after)| {
            key == "PayloadIdentifier" && (then.is_none() || own(before, &then) != own(after, &now))
        });
        if then.is_none() || now.is_none() {
            differing.clear();
        }
    }
    differing
}

/// What devices take a file for that both sides have under one name.
pub(super) fn identity(all: Organisations<'_>, was: File<'_>, is: File<'_>) -> Identity {
    let differing = differing(all, was, is);
    // In the order of the file: the payloads first, the profile last.
    let whole = drift::identities(is.1).len().saturating_sub(2);
    let profile = drift::identities(is.1).get(whole).map(|(key, text)| ((*key).to_owned(), text.clone()));
    let is_profile = |(key, _, now): &(String, Option<String>, Option<String>)| {
        profile.as_ref().is_some_and(|(own, text)| own == key && now.as_ref() == Some(text))
    };
    match differing.as_slice() {
        [] => Identity::Same,
        differing if key_of(differing) == "Identifier" || differing.iter().any(is_profile) => Identity::Other,
        _ => Identity::OtherPayload,
    }
}

fn key_of(differing: &[(String, Option<String>, Option<String>)]) -> &str {
    differing.first().map_or("", |(key, ..)| key)
}

fn both(
    all: Organisations<'_>,
    devices: &Devices<'_>,
    (before, was): (Group<'_>, File<'_>),
    (after, is): (Group<'_>, File<'_>),
    found: &mut Found,
) {
    if was == is {
        return;
    }
    let identities = differing(all, was, is);
    let path = is.0.to_owned();
    if let Some((key, then, now)) = identities.first() {
        let mut draft = Draft::new(Kind::Identity, Subject::File(path.clone()), "identity");
        draft.change.group = Some(after.0.id.to_owned());
        let value = |side: &Option<String>| side.as_ref().map(|text| format!("{key} {text}"));
        (draft.change.before, draft.change.after) = (value(then), value(now));
        draft.change.judgement = neutral("devices take it for another one");
        draft.change.impacts = devices.impacts_of_file(is.0, identity(all, was, is), after.1);
        draft.change.cure = Some(format!(
            "where a name was changed, `formerly: {}` on it keeps the identity; else expect a reinstall",
            before.0.policy.map_or(before.0.id, |policy| &policy.target.identity)
        ));
        found.drafts.push(draft);
    }
    let organisation_same = all.before.map(|side| side.id) == all.after.map(|side| side.id);
    let moves = |draft: &Draft| {
        let held = |file: &Option<String>, path: &str| file.as_deref() == Some(path);
        draft.change.settings.iter().any(|moved| held(&moved.file_before, was.0) || held(&moved.file_after, is.0))
    };
    let quiet = identities.is_empty() && !found.drafts.iter().any(moves);
    if was.0 != is.0 || quiet && was.1 != is.1 && organisation_same && !other_residue(before, was.0, after, is.0) {
        let what = if was.0 == is.0 { "rewritten" } else { "renamed" };
        let mut draft = Draft::new(Kind::Cosmetic, Subject::File(path), what);
        draft.change.group = Some(after.0.id.to_owned());
        draft.change.judgement = neutral("the same settings and identity");
        if was.0 != is.0 {
            (draft.change.before, draft.change.after) = (Some(was.0.to_owned()), Some(is.0.to_owned()));
        }
        // Two files that each are all of their side have the names that their reader gave.
        if !gone_alone(before.0, after.0) || what == "rewritten" {
            found.drafts.push(draft);
        }
    }
    if was.1 != is.1 || was.0 != is.0 {
        found.files.push(FileChange {
            organisation: all.id().to_owned(),
            group: after.0.id.to_owned(),
            before: Some(was.0.to_owned()),
            after: Some(is.0.to_owned()),
            identities,
            text: text(all, (before, Some(was)), (after, Some(is))),
        });
    }
}

/// A file of one side alone. Its settings speak for themselves; one without any would go unseen.
fn one(all: Organisations<'_>, group: Group<'_>, (path, bytes): File<'_>, later: bool, found: &mut Found) {
    let holds = group.1.settings.iter().any(|(_, file)| *file == Some(path));
    if !holds && !group.1.unreadable.iter().any(|(file, _)| *file == path) {
        let mut draft =
            Draft::new(Kind::Behaviour, Subject::File(path.to_owned()), if later { "added" } else { "removed" });
        draft.change.group = Some(group.0.id.to_owned());
        draft.change.judgement = neutral("it sets nothing");
        *(if later { &mut draft.change.after } else { &mut draft.change.before }) = Some(path.to_owned());
        found.drafts.push(draft);
    }
    let side = |is: bool| is.then(|| path.to_owned());
    found.files.push(FileChange {
        organisation: all.id().to_owned(),
        group: group.0.id.to_owned(),
        before: side(!later),
        after: side(later),
        identities: Vec::new(),
        text: text(all, (group, (!later).then_some((path, bytes))), (group, later.then_some((path, bytes)))),
    });
}

fn unreadable(group: Group<'_>, later: bool, found: &mut Found) {
    for (path, why) in &group.1.unreadable {
        let mut draft = Draft::new(Kind::Behaviour, Subject::File((*path).to_owned()), "unreadable");
        draft.change.group = Some(group.0.id.to_owned());
        *(if later { &mut draft.change.after } else { &mut draft.change.before }) = Some(why.clone());
        draft.change.judgement = Judgement {
            direction: Direction::Unknown,
            parts: Vec::new(),
            because: "what it sets cannot be read".to_owned(),
        };
        found.drafts.push(draft);
    }
}

fn other_residue(before: Group<'_>, was: &str, after: Group<'_>, is: &str) -> bool {
    beside(before, was) != beside(after, is)
}

fn beside<'a>(group: Group<'a>, path: &str) -> BTreeSet<(&'a str, &'a str)> {
    let own = group.1.residue.iter().filter(|(file, ..)| *file == path);
    own.map(|(_, place, what)| (place.as_str(), what.as_str())).collect()
}

/// What files that somebody else wrote say beside settings.
fn residue(all: Organisations<'_>, before: Group<'_>, after: Group<'_>, found: &mut Found) {
    let read = |side: &Side<'_>| side.sources.is_none();
    if !read(all.sides.0) || !read(all.sides.1) {
        return;
    }
    let alone = gone_alone(before.0, after.0);
    let all_of = |group: Group<'_>| -> BTreeSet<(String, String, String)> {
        let name = |file: &str| if alone { String::new() } else { file.to_owned() };
        group.1.residue.iter().map(|(file, place, what)| (name(file), place.clone(), what.clone())).collect()
    };
    let (was, is) = (all_of(before), all_of(after));
    let places: BTreeSet<(&String, &String)> =
        was.symmetric_difference(&is).map(|(file, place, _)| (file, place)).collect();
    for (file, place) in places {
        let key = place.rsplit('.').next().unwrap_or(place);
        if IDENTITIES.contains(&key) {
            continue;
        }
        let said = |side: &BTreeSet<(String, String, String)>| {
            side.iter().find(|(f, p, _)| f == file && p == place).map(|(.., what)| what.clone())
        };
        let words = WORDS.contains(&key);
        let kind = if words { Kind::Cosmetic } else { Kind::Behaviour };
        let name = if file.is_empty() { place.clone() } else { format!("{file} · {place}") };
        let mut draft = Draft::new(kind, Subject::File(name), "changed");
        draft.change.group = Some(after.0.id.to_owned());
        (draft.change.before, draft.change.after) = (said(&was), said(&is));
        draft.change.judgement = if words {
            neutral("words for people")
        } else {
            let because = "no setting that the catalogue could judge".to_owned();
            Judgement { direction: Direction::Unknown, parts: Vec::new(), because }
        };
        found.drafts.push(draft);
    }
}

fn neutral(because: &str) -> Judgement {
    Judgement { direction: Direction::Neutral, parts: Vec::new(), because: because.to_owned() }
}

/// The text of a file on both sides, as far as it may be shown.
fn text(
    all: Organisations<'_>,
    before: (Group<'_>, Option<File<'_>>),
    after: (Group<'_>, Option<File<'_>>),
) -> FileText {
    let hides = |(group, file): (Group<'_>, Option<File<'_>>)| {
        file.is_some_and(|(path, bytes)| {
            let marker = backend::SECRET_MARKER.as_bytes();
            let own = group.1.settings.iter().filter(|(_, file)| *file == Some(path));
            bytes.windows(marker.len()).any(|window| window == marker)
                || own.clone().any(|(s, _)| drift::value(&s.value, &s.address, all.catalogue).contains(drift::WITHHELD))
        })
    };
    if hides(before) || hides(after) {
        return FileText::Withheld("it holds a secret, or the place of one".to_owned());
    }
    let read = |file: Option<File<'_>>| file.map_or_else(String::new, |(_, b)| String::from_utf8_lossy(b).into_owned());
    FileText::Shown { before: read(before.1), after: read(after.1) }
}
