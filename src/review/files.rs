//! The files that devices are given: which come, go and are renamed, and whether devices take them for the same.

use super::devices::Devices;
use super::group::{Found, Organisations};
use super::impact::Identity;
use super::side::{Contents, GroupSide, Side, is_attached, tells_who};
use super::{Draft, FileChange, FileText, Kind, Subject};
use crate::attached::{DIGEST, inside};
use crate::compare::{Direction, Judgement};
use crate::digest::sha256;
use crate::drift;
use crate::gather::Gather;
use crate::setting::{Address, Setting, secret};
use std::collections::{BTreeMap, BTreeSet};

/// A group and what it sets.
type Group<'a> = (&'a GroupSide<'a>, &'a Contents<'a>);
/// A path and its bytes.
type File<'a> = (&'a str, &'a [u8]);

/// Keys of an envelope that only people read.
const WORDS: [&str; 3] = ["PayloadDisplayName", "PayloadDescription", "PayloadOrganization"];
/// Keys that are compared as identities.
const IDENTITIES: [&str; 4] = ["PayloadIdentifier", "PayloadUUID", "Identifier", "ServerToken"];

/// Which file of a group is which.
pub(super) struct Files<'a> {
    /// Devices take the two for one, or both sides have the path.
    both: Vec<(File<'a>, File<'a>)>,
    gone: Vec<File<'a>>,
    new: Vec<File<'a>>,
}

impl<'a> Files<'a> {
    /// The present path of each file that both sides have.
    pub(super) fn present(&self) -> BTreeMap<&'a str, &'a str> {
        self.both.iter().map(|(was, is)| (was.0, is.0)).gather()
    }
}

/// Which file of a group is which: by path, by what devices take them for, and one alone on each side is the same.
pub(super) fn paired<'a>(all: Organisations<'_>, before: &GroupSide<'a>, after: &GroupSide<'a>) -> Files<'a> {
    let mut files = Files { both: Vec::new(), gone: Vec::new(), new: Vec::new() };
    for (path, bytes) in &before.files {
        match after.files.get(path) {
            Some(now) => files.both.push(((path, bytes), (path, now))),
            None => files.gone.push((path, bytes)),
        }
    }
    files.new =
        after.files.iter().filter(|(path, _)| !before.files.contains_key(*path)).map(|(p, b)| (*p, *b)).collect();
    if are_alone(before, after) {
        files.both.extend(files.gone.drain(..).zip(files.new.drain(..)));
    }
    let mut later: BTreeMap<Vec<String>, Vec<&str>> = BTreeMap::new();
    for (path, bytes) in files.new.iter().rev() {
        later.entry(known(all, bytes, true)).or_default().push(path);
    }
    for was in std::mem::take(&mut files.gone) {
        let known = known(all, was.1, false);
        let path = if known.is_empty() { None } else { later.get_mut(&known).and_then(Vec::pop) };
        match path.and_then(|path| after.files.get_key_value(path)) {
            Some((path, bytes)) => files.both.push((was, (path, bytes))),
            None => files.gone.push(was),
        }
    }
    let taken: BTreeSet<&str> = files.both.iter().map(|(_, is)| is.0).gather();
    files.new.retain(|(path, _)| !taken.contains(path));
    files
}

/// What devices know a file by; of two organisations it is what stands behind the prefix of each.
fn known(all: Organisations<'_>, bytes: &[u8], later: bool) -> Vec<String> {
    let prefix = |organisation: Option<&super::side::OrganisationSide<'_>>| {
        organisation.and_then(|organisation| organisation.policy).map(|policy| policy.identifier.clone())
    };
    let known = drift::identity_of(&inside(bytes));
    match (prefix(all.before), prefix(all.after)) {
        (Some(then), Some(now)) if then != now => {
            let own = if later { now } else { then };
            let named = known.into_iter().filter(|(key, _)| *key == "PayloadIdentifier");
            named.map(|(_, text)| text.strip_prefix(&own).unwrap_or(&text).to_owned()).collect()
        }
        _ => known.into_iter().map(|(key, text)| format!("{key} {text}")).collect(),
    }
}

/// The files of a group on both sides.
pub(super) fn between(
    all: Organisations<'_>,
    devices: &Devices<'_>,
    files: &Files<'_>,
    (before, after): (Group<'_>, Group<'_>),
    found: &mut Found,
) {
    unreadable(before, false, found);
    unreadable(after, true, found);
    if !all.sides.0.has_files || !all.sides.1.has_files {
        return;
    }
    let moved = || found.drafts.iter().flat_map(|draft| &draft.change.settings);
    let lose: BTreeSet<String> = moved().filter_map(|moved| moved.file_before.clone()).gather();
    let gain: BTreeSet<String> = moved().filter_map(|moved| moved.file_after.clone()).gather();
    let addresses: BTreeSet<&Address> = moved().map(|moved| &moved.address).gather();
    // A file of another route changes with the one that the setting is told of.
    let says = |(_, contents): &Group<'_>, path: &str| contents.of_file(path).any(|s| addresses.contains(&s.address));
    let moving: BTreeSet<&str> =
        files.both.iter().filter(|(was, is)| says(&before, was.0) || says(&after, is.0)).map(|(_, is)| is.0).gather();
    let known = Known { all, devices, lose: &lose, gain: &gain, moving: &moving };
    for (was, is) in &files.both {
        both(&known, (before, *was), (after, *is), found);
    }
    for was in &files.gone {
        one(all, before, *was, false, found);
    }
    for is in &files.new {
        one(all, after, *is, true, found);
    }
    residue(all, files, before, after, found);
}

/// What is known of a group before its files are compared.
#[derive(Clone, Copy)]
struct Known<'a> {
    all: Organisations<'a>,
    devices: &'a Devices<'a>,
    /// Files of the earlier side of which a setting moves, and of the later one.
    lose: &'a BTreeSet<String>,
    gain: &'a BTreeSet<String>,
    /// Files, by their present path, that hold a setting which changes.
    moving: &'a BTreeSet<&'a str>,
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
fn are_alone(before: &GroupSide<'_>, after: &GroupSide<'_>) -> bool {
    let single = |group: &GroupSide<'_>| group.files.len() == 1 && group.policy.is_none();
    single(before) && single(after)
}

/// Identities that differ, the organisations' own prefixes aside.
fn differing(all: Organisations<'_>, was: File<'_>, is: File<'_>) -> Vec<(String, Option<String>, Option<String>)> {
    let prefix = |organisation: Option<&super::side::OrganisationSide<'_>>| {
        organisation.and_then(|organisation| organisation.policy).map(|policy| policy.identifier.clone())
    };
    let (then, now) = (prefix(all.before), prefix(all.after));
    let other_organisation = all.before.map(|side| side.id) != all.after.map(|side| side.id) || then != now;
    let mut differing = drift::identity_between(&inside(was.1), &inside(is.1));
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
    let profile = drift::identity_of(&inside(is.1));
    let is_profile = |(key, _, now): &(String, Option<String>, Option<String>)| {
        profile.iter().any(|(own, text)| own == key && now.as_ref() == Some(text))
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
    known: &Known<'_>,
    (before, was): (Group<'_>, File<'_>),
    (after, is): (Group<'_>, File<'_>),
    found: &mut Found,
) {
    if was == is {
        return;
    }
    let Known { all, devices, lose, gain, moving } = *known;
    let identities = differing(all, was, is);
    let path = is.0.to_owned();
    if let Some((key, then, now)) = identities.first() {
        let mut draft = Draft::new(Kind::Identity, Subject::File(path.clone()), "identity");
        draft.change.group = Some(after.0.id.to_owned());
        let value = |side: &Option<String>| side.as_ref().map(|text| format!("{key} {text}"));
        (draft.change.before, draft.change.after) = (value(then), value(now));
        draft.change.judgement = neutral("devices take it for another one");
        draft.change.impacts = devices.impacts_of_file(is.0, identity(all, was, is), after.1);
        // Files alone have no names that a source could keep.
        draft.change.cure = before.0.policy.map(|policy| {
            let own = &policy.target.identity;
            match is_attached(is.0) {
                true => "attach one that has the identifiers of before, or expect a reinstall".to_owned(),
                false => format!(
                    "where a name was changed, `formerly: {own}` on it keeps the identity; else expect a reinstall"
                ),
            }
        });
        found.drafts.push(draft);
    }
    let dark = was.1 != is.1 && is_attached(is.0) && is_dark((before, was.0), (after, is.0));
    if dark {
        let mut draft = Draft::new(Kind::Behaviour, Subject::File(path.clone()), "changed");
        draft.change.group = Some(after.0.id.to_owned());
        draft.change.judgement = untold();
        let digest = |bytes: &[u8]| Some(format!("sha256 {}", sha256(bytes)));
        (draft.change.before, draft.change.after) = (digest(was.1), digest(is.1));
        found.drafts.push(draft);
    }
    let organisation_same = all.before.map(|side| side.id) == all.after.map(|side| side.id);
    // Of bytes among which secrets were filled in nothing is said.
    let differ = was.1 != is.1 && !before.0.filled.contains(was.0) && !after.0.filled.contains(is.0);
    let quiet =
        !dark && identities.is_empty() && !lose.contains(was.0) && !gain.contains(is.0) && !moving.contains(is.0);
    if was.0 != is.0 || quiet && differ && organisation_same && !other_residue(before, was.0, after, is.0) {
        let what = if was.0 == is.0 { "rewritten" } else { "renamed" };
        let mut draft = Draft::new(Kind::Cosmetic, Subject::File(path), what);
        draft.change.group = Some(after.0.id.to_owned());
        draft.change.judgement = neutral("the same settings and identity");
        if was.0 != is.0 {
            (draft.change.before, draft.change.after) = (Some(was.0.to_owned()), Some(is.0.to_owned()));
        }
        // Two files that each are all of their side have the names that their reader gave.
        if !are_alone(before.0, after.0) || what == "rewritten" {
            found.drafts.push(draft);
        }
    }
    if differ || was.0 != is.0 {
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
    let holds = group.1.of_file(path).next().is_some();
    if !holds && !group.1.unreadable.iter().any(|(file, _)| *file == path) {
        let mut draft =
            Draft::new(Kind::Behaviour, Subject::File(path.to_owned()), if later { "added" } else { "removed" });
        draft.change.group = Some(group.0.id.to_owned());
        draft.change.judgement = if is_attached(path) { untold() } else { neutral("it sets nothing") };
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

/// Whether nobody can tell what a file that is attached sets otherwise than before: nothing of it can be read, or not all.
fn is_dark<'a>((before, was): (Group<'a>, &'a str), (after, is): (Group<'a>, &'a str)) -> bool {
    let reads = |group: Group<'_>, path: &str| group.1.of_file(path).next().is_some();
    !reads(before, was) || !reads(after, is) || other_residue(before, was, after, is)
}

fn untold() -> Judgement {
    let because = "nothing here can tell all that it sets".to_owned();
    Judgement { direction: Direction::Unknown, parts: Vec::new(), because }
}

fn other_residue<'a>(before: Group<'a>, was: &'a str, after: Group<'a>, is: &'a str) -> bool {
    beside(before, was) != beside(after, is)
}

fn beside<'a>(group: Group<'a>, path: &'a str) -> BTreeSet<(&'a str, &'a str)> {
    let own = group.1.residue.range((path, String::new(), String::new())..).take_while(|(file, ..)| *file == path);
    // Whatever is changed of a file that is attached changes its digest.
    let own = own.filter(|(_, place, _)| !is_attached(path) || place != DIGEST);
    own.map(|(_, place, what)| (place.as_str(), what.as_str())).gather()
}

/// What files that somebody else wrote say beside settings.
fn residue(all: Organisations<'_>, files: &Files<'_>, before: Group<'_>, after: Group<'_>, found: &mut Found) {
    let compiled = |side: &Side<'_>| side.sources.is_some();
    let wanted: fn(&str) -> bool = match (compiled(all.sides.0), compiled(all.sides.1)) {
        (true, true) => return,
        (false, false) => |_| true,
        _ => tells_who,
    };
    let alone = are_alone(before.0, after.0);
    let present = files.present();
    let (was, is) = (said(before, &present, wanted), said(after, &BTreeMap::new(), wanted));
    let nothing = Said::new();
    for key in was.keys().chain(is.keys()).gather::<BTreeSet<_>>() {
        let (then, now) = (was.get(key).unwrap_or(&nothing), is.get(key).unwrap_or(&nothing));
        // Payloads in another order say the same, each in another place.
        let left = |own: &Said, other: &Said| -> Said {
            let mut texts: Vec<&String> = other.iter().map(|(_, what)| what).collect();
            let mut own = own.clone();
            own.retain(|(_, what)| texts.iter().position(|text| *text == what).map(|n| texts.remove(n)).is_none());
            own
        };
        let (gone, new) = (left(then, now), left(now, then));
        for n in 0..gone.len().max(new.len()) {
            let (then, now) = (gone.get(n), new.get(n));
            let place = now.or(then).map_or("", |(place, _)| place);
            let text = |side: Option<&(String, String)>| side.map(|(_, what)| what.clone());
            let name = if alone { place.to_owned() } else { format!("{} · {place}", key.0) };
            found.drafts.push(said_otherwise(after, name, place, (text(then), text(now))));
        }
    }
}

/// Places with the texts that stand there.
type Said = Vec<(String, String)>;

/// The residue of a side, by file and by what says it: a place without the number of its payload.
fn said(
    group: Group<'_>,
    present: &BTreeMap<&str, &str>,
    wanted: fn(&str) -> bool,
) -> BTreeMap<(String, String), Said> {
    let mut all: BTreeMap<(String, String), Said> = BTreeMap::new();
    // What is attached is told of whole.
    for (file, place, what) in group.1.residue.iter().filter(|(file, ..)| wanted(file) && !is_attached(file)) {
        let own = place.strip_prefix("PayloadContent[").and_then(|rest| rest.split_once("].")).map(|(_, own)| own);
        let own = own.map_or_else(|| place.clone(), |own| format!("PayloadContent[].{own}"));
        if !IDENTITIES.contains(&place.rsplit('.').next().unwrap_or(place)) {
            let file = present.get(file).copied().unwrap_or(file).to_owned();
            all.entry((file, own)).or_default().push((place.clone(), what.clone()));
        }
    }
    all
}

fn said_otherwise(group: Group<'_>, name: String, place: &str, (then, now): (Option<String>, Option<String>)) -> Draft {
    let words = WORDS.contains(&place.rsplit('.').next().unwrap_or(place));
    let kind = if words { Kind::Cosmetic } else { Kind::Behaviour };
    let mut draft = Draft::new(kind, Subject::File(name), "changed");
    draft.change.group = Some(group.0.id.to_owned());
    (draft.change.before, draft.change.after) = (then, now);
    draft.change.judgement = if words {
        neutral("words for people")
    } else {
        let because = "no setting that the catalogue could judge".to_owned();
        Judgement { direction: Direction::Unknown, parts: Vec::new(), because }
    };
    draft
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
            let marker = secret::MARKER.as_bytes();
            let is_withheld = |s: &Setting| drift::value(&s.value, &s.address, all.catalogue).contains(drift::WITHHELD);
            bytes.windows(marker.len()).any(|window| window == marker) || group.1.of_file(path).any(is_withheld)
        })
    };
    if hides(before) || hides(after) {
        return FileText::Withheld("it holds a secret, or the place of one".to_owned());
    }
    let read = |file: Option<File<'_>>| {
        file.map_or_else(String::new, |(_, b)| String::from_utf8_lossy(&inside(b)).into_owned())
    };
    FileText::Shown { before: read(before.1), after: read(after.1) }
}
