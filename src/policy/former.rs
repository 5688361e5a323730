//! `formerly`: a name that a thing had before, and under which it goes on. Follows language.md §8.
//!
//! The identity of a thing is the name that it had before, where it says one, else its own name. Two things of one kind never share an
//! identity: on devices one would replace the other, and a comparison could not tell which of them goes on. So a former name may be in
//! use again where its new bearer has a former name as well, as when clauses are renumbered.

use super::clause::{Ask, Asking};
use super::document::PolicyText;
use super::group::Groups;
use super::names::Library;
use super::resolve::Folder;
use crate::control::Control;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::gather::Gather;
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One of several things of a kind.
#[derive(Clone, Copy)]
struct Named<'a> {
    name: &'a str,
    place: Span,
    formerly: Option<&'a Spanned<String>>,
}

impl<'a> Named<'a> {
    fn new(id: &'a Spanned<String>, formerly: Option<&'a Spanned<String>>) -> Named<'a> {
        Named { name: &id.value, place: id.span, formerly }
    }
}

/// Checks the former names of what files say they are: organisations, policies and baselines, their clauses, and exceptions.
pub(super) fn check_folders(folders: &BTreeMap<String, Folder>, library: &Library, found: &mut Diagnostics) {
    let organisations = folders.iter().map(|(name, folder)| {
        let text = folder.organisation.as_ref();
        let formerly = text.and_then(|text| text.formerly.as_ref());
        Named { name, place: text.map_or(folder.start, |text| text.id.span), formerly }
    });
    check("organisation", organisations, found);
    check_policies("baseline", &library.baselines, found);
    for folder in folders.values() {
        check_policies("policy", &folder.policies, found);
        let exceptions = folder.exceptions.iter().map(|text| Named::new(&text.id, text.formerly.as_ref()));
        check("exception", exceptions, found);
    }
}

fn check_policies(kind: &str, policies: &[PolicyText], found: &mut Diagnostics) {
    check(kind, policies.iter().map(|text| Named::new(&text.id, text.formerly.as_ref())), found);
    for policy in policies {
        let clauses = policy.clauses.iter().map(|text| Named::new(&text.id, text.formerly.as_ref()));
        check("clause", clauses, found);
    }
}

/// Checks the former names of an organisation's groups.
pub(super) fn check_groups(groups: &Groups<'_>, found: &mut Diagnostics) {
    check("group", groups.iter().map(|text| Named::new(&text.id, text.formerly.as_ref())), found);
    for text in groups.iter() {
        let (Some(former), Some(why)) = (&text.formerly, groups.unmanaged(text)) else { continue };
        found.push(
            Diagnostic::new(
                Code::UnusedFormerly,
                former.span,
                format!("`{}` gets nothing, so no device knows it as `{}`", text.id.value, former.value),
            )
            .severity(Severity::Note)
            .also(why.span, "no server reaches it")
            .help("keep it only to let comparisons pair the two names"),
        );
    }
}

/// Checks the former names of an organisation's controls: its own, and those of the library that it asks for.
pub(super) fn check_controls(folder: &Folder, asking: &[Asking], found: &mut Diagnostics) {
    let asked = asking.iter().flat_map(|asking| &asking.asks).map(|ask| &ask.control);
    let all: BTreeMap<&str, &Arc<Control>> =
        folder.controls.values().chain(asked).map(|control| (control.id.as_str(), control)).gather();
    check("control", all.values().map(|control| Named::new(&control.id, control.formerly.as_ref())), found);
}

/// The former names of instances, by control and instance, checked. One clause that says it speaks for all that ask for the instance.
pub(super) fn instances(asking: &[Asking], found: &mut Diagnostics) -> BTreeMap<(String, String), String> {
    let mut controls: BTreeMap<&str, BTreeMap<&str, Named<'_>>> = BTreeMap::new();
    for ask in asking.iter().flat_map(|asking| &asking.asks) {
        let Some(name) = &ask.instance else { continue };
        let all = controls.entry(&ask.control.id.value).or_default();
        let known = all.entry(name).or_insert(Named { name, place: ask.span, formerly: None });
        match (known.formerly, &ask.formerly) {
            (Some(first), Some(former)) if first.value != former.value => found.push(disagreement(ask, first, former)),
            (None, Some(former)) => *known = Named { name, place: ask.span, formerly: Some(former) },
            _ => {}
        }
    }
    let mut former = BTreeMap::new();
    for (control, all) in &controls {
        let kept = check("instance", all.values().copied(), found);
        former.extend(kept.into_iter().map(|(name, before)| (((*control).to_owned(), name), before)));
    }
    former
}

fn disagreement(ask: &Ask, first: &Spanned<String>, former: &Spanned<String>) -> Diagnostic {
    let instance = ask.instance.as_deref().unwrap_or_default();
    let cause = format!("`{instance}` is said to have been `{}` and `{}`", first.value, former.value);
    Diagnostic::new(Code::ConflictingValues, former.span, cause)
        .also(first.span, "the other name")
        .help("devices know it by one of the two: keep that one")
}

/// Reports former names that name the thing itself, or an identity that another one has. The others are kept: by name, the former one.
fn check<'a>(kind: &str, all: impl Iterator<Item = Named<'a>>, found: &mut Diagnostics) -> BTreeMap<String, String> {
    let (renamed, own): (Vec<Named<'a>>, Vec<Named<'a>>) =
        all.partition(|named| named.formerly.is_some_and(|former| former.value != named.name));
    let mut taken: BTreeMap<&str, Named<'a>> = BTreeMap::new();
    for named in own {
        taken.insert(named.name, named);
        if let Some(former) = named.formerly {
            let cause = format!("the {kind} `{}` is called as it was: `formerly` keeps nothing", named.name);
            found.push(Diagnostic::new(Code::UnusedFormerly, former.span, cause).help("take `formerly` out"));
        }
    }
    let mut kept = BTreeMap::new();
    for named in renamed {
        let Some(former) = named.formerly else { continue };
        if let Some(other) = taken.get(former.value.as_str()) {
            found.push(taken_by(kind, named, former, other));
            continue;
        }
        taken.insert(&former.value, named);
        kept.insert(named.name.to_owned(), former.value.clone());
    }
    kept
}

fn taken_by(kind: &str, named: Named<'_>, former: &Spanned<String>, other: &Named<'_>) -> Diagnostic {
    let (name, before) = (named.name, &former.value);
    let (cause, cure) = if other.name == before {
        let cause = format!("`{name}` was formerly `{before}`, and the {kind} `{before}` is still there");
        (
            cause,
            format!(
                "where `{name}` is a new {kind}, take `formerly` out; where it goes on as `{before}`, give the other one another name"
            ),
        )
    } else {
        let cause = format!("`{name}` and `{}` both were formerly `{before}`", other.name);
        (cause, "one of them goes on as the old one: take `formerly` out of the other".to_owned())
    };
    Diagnostic::new(Code::IdentityTaken, former.span, cause).also(other.place, format!("`{}`", other.name)).help(cure)
}

/// The finding for a name that nothing has any more, and something had.
pub(super) fn renamed(kind: &str, name: &Spanned<String>, now: &str) -> Diagnostic {
    let code = if kind == "control" { Code::UnknownControl } else { Code::UnknownName };
    let finding = Diagnostic::new(code, name.span, format!("the {kind} `{}` is called `{now}` now", name.value));
    match (kind, now.contains(['"', '\\'])) {
        ("clause", true) => finding.help("write that"),
        // Other YAML readers take the id of a clause for a number.
        ("clause", false) => finding.help(format!("write `\"{now}\"`")).fix(name.span, format!("\"{now}\"")),
        _ => finding.help(format!("write `{now}`")).fix(name.span, now),
    }
}
