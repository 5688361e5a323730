//! Settings that nobody compiled: what the rules say of a file's own, one artefact at a time. Nothing is merged, chosen or left out, and
//! whoever asks decides what a finding weighs that holds for some devices only.

use super::availability::{is_there, judge_present, version};
use super::lookup::{self, Missing};
use super::rule::{Facts, Subject, Verdict, not_on_platform};
use super::rules::Over;
use super::seen::{self, Asked, Seen};
use super::{Rules, typing};
use crate::catalogue::Catalogue;
use crate::catalogue::entry::{Form, Schema};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Address, Family, OsVersion, Platform, Setting, Target, Value};
use crate::source::Span;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The settings of one artefact with what the catalogue knows of them, sorted by address.
pub struct Foreign<'c> {
    catalogue: &'c Catalogue,
    known: Vec<Known<'c>>,
    /// Where each of those that were given has come to stand.
    places: Vec<usize>,
}

struct Known<'c> {
    /// Its place among those that were given.
    at: usize,
    given: &'c Setting,
    /// The same with the type that the catalogue gives it, where it had none.
    typed: Option<Box<Setting>>,
    /// The same under the DDF's spelling of its LocURI, where that is another (failure-modes B34).
    canonical: Option<Box<Setting>>,
    facts: Held<'c>,
    /// The files of its owner; none where that is not known, or a node.
    schemas: &'c [Schema],
}

/// What the catalogue knows of a setting: looked up for it, or for others before it.
enum Held<'c> {
    Own(Facts<'c>),
    Seen(Arc<seen::Known<'c>>),
}

impl<'c> Held<'c> {
    fn facts(&self) -> &Facts<'c> {
        match self {
            Held::Own(facts) => facts,
            Held::Seen(known) => &known.facts,
        }
    }

    fn seen(&self) -> Option<&seen::Known<'c>> {
        match self {
            Held::Own(_) => None,
            Held::Seen(known) => Some(known),
        }
    }
}

impl Known<'_> {
    fn setting(&self) -> &Setting {
        self.typed.as_deref().unwrap_or(self.given)
    }

    fn is_of(&self, family: Family, owner: &str) -> bool {
        self.given.address.family == family && self.given.address.owner == owner
    }
}

fn schemas<'c>(catalogue: &'c Catalogue, address: &Address) -> &'c [Schema] {
    lookup::form(address).map_or(&[], |form| catalogue.schemas(form, &address.owner))
}

/// What a rule says of one of them.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The place of the setting among those that were given.
    pub at: usize,
    /// For whom it holds.
    pub holds: Holds,
    /// The finding, as it is told to authors of policies.
    pub finding: Diagnostic,
}

/// For whom a finding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// For anybody.
    Always,
    /// For these devices: they do not take the setting.
    Here,
    /// It is worth a word.
    Remark,
}

/// Which rules are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// All of them.
    Everything,
    /// Those that judge a setting by itself, and by what devices they are.
    Devices,
    /// Those that judge settings beside one another.
    Across,
}

/// The codes that depend on the devices.
const OF_DEVICES: &[Code] = &[
    Code::NotOnPlatform,
    Code::TooNew,
    Code::Removed,
    Code::Deprecated,
    Code::NeedsSupervision,
    Code::IgnoredUnderEnrolment,
    Code::ForbiddenUnderEnrolment,
    Code::WrongChannel,
    Code::WrongEdition,
];

/// Why nothing is known of the owner of a setting.
#[derive(Clone, Copy, Debug)]
pub struct UnknownOwner<'a> {
    /// The one that differs in letter case alone.
    pub case: Option<&'a str>,
    /// The nearest ones.
    pub nearest: &'a [String],
    /// Another form that has a type of this name.
    pub other: Option<Form>,
}

/// Why nothing is known of a key of a known owner.
#[derive(Clone, Copy, Debug)]
pub struct UnknownKey<'a> {
    /// The part of its path that is not known.
    pub name: &'a str,
    /// The one that differs in letter case alone.
    pub case: Option<&'a str>,
    /// The nearest ones.
    pub nearest: &'a [String],
}

/// A place that names a payload or asset.
#[derive(Clone, Debug)]
pub struct Named<'a> {
    /// The place of the setting among those that were given.
    pub at: usize,
    /// The keys that lead there.
    pub path: String,
    /// The types of which one is wanted.
    pub wanted: Vec<&'a str>,
    /// What stands there.
    pub value: &'a Value,
    /// Where.
    pub span: Span,
}

/// Family, owner and, where the owner is known, keys.
type Name = (Family, String, Vec<String>);

/// What is not known, and what may have been meant by it: to find that takes long, and in the files of one organisation the same is unknown
/// time and again.
#[derive(Default)]
pub(crate) struct Unknown {
    names: Mutex<BTreeMap<Name, Missing>>,
}

impl Unknown {
    fn look<'c>(&self, catalogue: &'c Catalogue, address: &Address, schemas: &'c [Schema]) -> Facts<'c> {
        let Some(form) = lookup::form(address) else { return lookup::look(catalogue, address) };
        let (owner, keys) = (address.owner.as_str(), address.keys());
        if let Some(matches) = catalogue.known_key_of((form, owner), schemas, keys) {
            return Facts::Key(lookup::by_name(matches, keys));
        }
        let is_known = !schemas.is_empty();
        // Apple's names begin with Apple's domain, and what does not is no slip of one.
        let is_apple = owner.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("com.apple"));
        if !is_known && form == Form::Profile && !is_apple && owner.matches('.').count() > 1 {
            return Facts::Nothing(Missing::Owner { case: None, nearest: Vec::new(), other: None });
        }
        let name = (address.family, owner.to_owned(), if is_known { keys.to_vec() } else { Vec::new() });
        let lock = || self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(missing) = lock().get(&name) {
            return Facts::Nothing(missing.clone());
        }
        let facts = lookup::look(catalogue, address);
        if let Facts::Nothing(missing) = &facts {
            lock().insert(name, missing.clone());
        }
        facts
    }
}

impl<'c> Foreign<'c> {
    /// Looks every setting up.
    pub(crate) fn look(
        catalogue: &'c Catalogue,
        settings: impl Iterator<Item = &'c Setting>,
        unknown: &Unknown,
        seen: Option<&Seen<'c>>,
    ) -> Foreign<'c> {
        let mut known: Vec<Known<'c>> = Vec::new();
        let mut seen = seen.and_then(Seen::own);
        for (at, setting) in settings.enumerate() {
            let address = &setting.address;
            let last = known.last().filter(|last| last.is_of(address.family, &address.owner));
            let ask = || schemas(catalogue, address);
            let schemas = last.map(|last| last.schemas).unwrap_or_else(|| match &mut seen {
                Some(seen) => seen.schemas(address, ask),
                None => ask(),
            });
            // Of one unknown owner nothing more is found by asking again, and to ask what it may have been takes long.
            let facts = match (last.map(|last| last.facts.facts()), &mut seen) {
                (Some(Facts::Nothing(missing @ Missing::Owner { .. })), _) => {
                    Held::Own(Facts::Nothing(missing.clone()))
                }
                (_, Some(seen)) if !schemas.is_empty() => match seen.key(address.keys()) {
                    Some(known) => Held::Seen(known),
                    None => match unknown.look(catalogue, address, schemas) {
                        facts @ Facts::Key(_) => Held::Seen(seen.add(address.keys(), facts)),
                        facts => Held::Own(facts),
                    },
                },
                _ => Held::Own(unknown.look(catalogue, address, schemas)),
            };
            let typed = matches!(setting.value, Value::Plain(_)).then(|| {
                let mut typed = Box::new(setting.clone());
                typing::give_type(&mut typed, facts.facts());
                typed
            });
            let now = typed.as_deref().unwrap_or(setting);
            let canonical = match facts.facts() {
                Facts::Node(found) if found.canonical != setting.address.owner => {
                    let address = Address { owner: found.canonical.clone(), ..setting.address.clone() };
                    Some(Box::new(Setting { address, ..now.clone() }))
                }
                _ => None,
            };
            known.push(Known { at, given: setting, typed, canonical, facts, schemas });
        }
        known.sort_unstable_by(|a, b| (&a.given.address, a.at).cmp(&(&b.given.address, b.at)));
        let mut places = vec![0; known.len()];
        known.iter().enumerate().for_each(|(n, one)| places[one.at] = n);
        Foreign { catalogue, known, places }
    }

    /// The platforms, each with how many of its owners it does not have, as far as they are known.
    pub fn lacking(&self, platforms: &[Platform]) -> Vec<(usize, Platform)> {
        let mut counted: Vec<(usize, Platform)> = platforms.iter().map(|platform| (0, *platform)).collect();
        let owners = self.known.chunk_by(|one, next| one.is_of(next.given.address.family, &next.given.address.owner));
        for schemas in owners.map(|of_one| of_one[0].schemas) {
            for (lacking, platform) in counted.iter_mut().filter(|_| !schemas.is_empty()) {
                let has = schemas.iter().any(|schema| schema.support(*platform).is_some_and(is_there));
                *lacking += usize::from(!has);
            }
        }
        counted
    }

    /// Why nothing is known of the owner of the setting at a place.
    pub fn unknown_owner(&self, at: usize) -> Option<UnknownOwner<'_>> {
        match self.at(at)?.facts.facts() {
            Facts::Nothing(Missing::Owner { case, nearest, other }) => {
                Some(UnknownOwner { case: case.as_deref(), nearest, other: *other })
            }
            _ => None,
        }
    }

    /// Why nothing is known of the key of the setting at a place, whose owner is known.
    pub fn unknown_key(&self, at: usize) -> Option<UnknownKey<'_>> {
        let one = self.at(at)?;
        match one.facts.facts() {
            Facts::Nothing(Missing::Key { depth, case, nearest, .. }) => {
                let name = one.given.address.keys().get(*depth).map_or("", String::as_str);
                Some(UnknownKey { name, case: case.as_deref(), nearest })
            }
            _ => None,
        }
    }

    fn at(&self, at: usize) -> Option<&Known<'c>> {
        self.known.get(*self.places.get(at)?)
    }

    /// The settings beside a target: what rules judge.
    pub fn on<'s>(&'s self, target: &'s Target) -> On<'s, 'c> {
        On { foreign: self, target, subjects: self.subjects(target), without: Vec::new(), asked: None }
    }

    fn subjects<'s>(&'s self, target: &'s Target) -> Vec<Subject<'s>> {
        let subject = |one: &'s Known<'c>| Subject::new(self.catalogue, target, one.setting(), one.facts.facts());
        self.known.iter().map(subject).collect()
    }

    fn canonical<'s>(&'s self, target: &'s Target) -> Vec<Subject<'s>> {
        let subject = |one: &'s Known<'c>| {
            Subject::new(self.catalogue, target, one.canonical.as_deref().unwrap_or(one.setting()), one.facts.facts())
        };
        self.known.iter().map(subject).collect()
    }

    /// Every place that names something else by the catalogue's word, whatever stands there.
    pub fn references<'s>(&'s self, target: &'s Target) -> Vec<Named<'s>> {
        let mut named = Vec::new();
        for (n, subject) in self.subjects(target).iter().enumerate() {
            for place in subject.places().iter().take(1).flatten() {
                let wanted: Vec<&str> = place.refers().collect();
                if !wanted.is_empty() {
                    let path = place.path();
                    named.push(Named { at: self.known[n].at, path, wanted, value: place.value, span: place.span });
                }
            }
        }
        named
    }

    /// The oldest system of a target's platform that knows all of it, and the setting that is the newest; versions apart, the target
    /// decides nothing.
    pub fn oldest(&self, target: &Target) -> Option<(usize, OsVersion)> {
        let newest: RefCell<Option<(usize, OsVersion)>> = RefCell::new(None);
        for (n, subject) in self.subjects(target).iter().enumerate() {
            judge_present(subject, |_, support| {
                let version = version(&support.introduced)?;
                let mut newest = newest.borrow_mut();
                if newest.as_ref().is_none_or(|(_, other)| *other < version) {
                    *newest = Some((self.known[n].at, version));
                }
                None
            });
        }
        newest.into_inner()
    }
}

/// The settings of one artefact on the devices of a target. What rules find out on the way is found out once.
pub struct On<'s, 'c> {
    /// The settings, whatever the devices.
    pub foreign: &'s Foreign<'c>,
    target: &'s Target,
    subjects: Vec<Subject<'s>>,
    /// The codes of which nobody wants to hear.
    without: Vec<Code>,
    /// Under which number answers are remembered.
    asked: Option<Asked>,
}

impl On<'_, '_> {
    /// The same without what has one of these codes: rules that find nothing else are not asked.
    #[must_use]
    pub fn without(mut self, codes: impl IntoIterator<Item = Code>) -> Self {
        self.without.extend(codes);
        self
    }

    /// The same, with what is said of a setting remembered for those of other files. The number stands for the target and the codes.
    #[must_use]
    pub fn remembered(mut self, asked: Asked) -> Self {
        self.asked = Some(asked);
        self
    }

    /// How many of them the platform does not have.
    pub fn lost(&self) -> usize {
        let platform = self.target.platform.value;
        let is_lost = |(subject, known): &(&Subject<'_>, &Known<'_>)| {
            let seen = known.facts.seen();
            if seen.is_some_and(|seen| seen.is_there(platform, subject.setting)) {
                return false;
            }
            let is_lost = not_on_platform::is_lost(subject);
            if let Some(seen) = seen.filter(|_| !is_lost) {
                seen.note_there(platform, subject.setting);
            }
            is_lost
        };
        self.subjects.iter().zip(&self.foreign.known).filter(is_lost).count()
    }
}

impl Rules {
    /// What the rules say of an artefact's settings on the devices of a target.
    pub fn foreign(&self, on: &On<'_, '_>, ask: Ask) -> Vec<Fault> {
        let asked =
            |codes: &[Code]| ask == Ask::Everything || codes.first().is_some_and(|code| OF_DEVICES.contains(code));
        let On { foreign, target, subjects, without, asked: number } = on;
        let asked = |codes: &[Code]| asked(codes) && !codes.iter().all(|code| without.contains(code));
        let is_apple =
            |subject: &Subject<'_>| matches!(subject.setting.address.family, Family::Profile | Family::Declaration);
        let over = if subjects.iter().all(is_apple) { Over::Apple } else { Over::Anything };
        let mut faults = Vec::new();
        // Those of which something may be said, and whether it was.
        let seen = |n: usize| Some((foreign.known[n].facts.seen()?, (*number)?));
        let is_silent = |n: usize| seen(n).is_some_and(|(seen, asked)| seen.is_silent(asked, subjects[n].setting));
        let mut open: Vec<(usize, bool)> = (0..subjects.len()).filter(|n| !is_silent(*n)).map(|n| (n, false)).collect();
        for rule in self.setting_rules(over).filter(|rule| ask != Ask::Across && asked(rule.codes)) {
            for (n, is_said) in &mut open {
                let verdicts = (rule.run)(&subjects[*n]);
                // Nearly always there are none, and to add none a million times takes long.
                if !verdicts.is_empty() {
                    *is_said = true;
                    faults.extend(verdicts.into_iter().map(|verdict| fault(foreign.known[*n].at, verdict)));
                }
            }
        }
        for (n, _) in open.iter().filter(|(_, is_said)| !is_said) {
            if let Some((seen, asked)) = seen(*n) {
                seen.note_silence(asked, subjects[*n].setting);
            }
        }
        if ask == Ask::Devices {
            return faults;
        }
        // Apple's names have one spelling, and what was found out of them holds.
        let respelt = foreign.known.iter().any(|one| one.canonical.is_some()).then(|| foreign.canonical(target));
        let subjects = respelt.as_ref().unwrap_or(subjects);
        for rule in self.group_rules(over) {
            let verdicts = (rule.run)(subjects).into_iter();
            faults.extend(verdicts.map(|(n, verdict)| fault(foreign.known[n].at, verdict)));
        }
        faults
    }
}

fn fault(at: usize, verdict: Verdict) -> Fault {
    let (holds, finding) = match verdict {
        Verdict::Wrong(finding) => (Holds::Always, finding),
        Verdict::CannotTake(finding) => (Holds::Here, finding),
        Verdict::Remark(finding) => (Holds::Remark, finding),
    };
    Fault { at, holds, finding }
}
