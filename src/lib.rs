//! The compiler: values in, values out. It does no I/O, asks no clock and keeps no order that a hash decides.
//!
//! [`compile`] is the whole story. Reading order: this file, [`setting`], one control under `control/library/`,
//! `check/rule/unknown_key`, [`backend`].

pub mod backend;
pub mod catalogue;
pub mod check;
pub mod compare;
pub mod control;
pub mod diagnostic;
pub mod digest;
pub mod drift;
mod encoding;
pub mod policy;
pub mod release;
pub mod report;
pub mod review;
pub mod schema;
pub mod setting;
pub mod source;

use backend::Artefact;
use catalogue::Catalogue;
use check::Checked;
use diagnostic::{Code, Diagnostics, Place, Severity};
use policy::Policy;
use policy::answer::{Answer, GroupOutcome};
use rayon::prelude::*;
use setting::Date;
use source::Sources;
use std::collections::{BTreeMap, BTreeSet};

/// What one run asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The day of the run: which exceptions have begun or lapsed. Nothing else depends on it.
    pub as_of: Date,
}

/// What a compile gives.
#[derive(Debug)]
pub struct Compiled {
    /// Every organisation's groups, with what each gets.
    pub groups: Vec<CompiledGroup>,
    /// The policies behind them.
    pub policy: policy::Policy,
    /// What carries each clause, by organisation, in the order of `policy.organisations`.
    pub answers: Vec<Vec<Answer>>,
    /// Findings, sorted by place.
    pub found: Diagnostics,
}

/// One group's outcome.
#[derive(Debug)]
pub struct CompiledGroup {
    /// Index into `policy.organisations`.
    pub organisation: usize,
    /// Index into that organisation's `groups`.
    pub group: usize,
    /// Its settings, each allowed by the catalogue.
    pub checked: Checked,
    /// Controls and parameters that its platform cannot express: the control, and what of it.
    pub gaps: Vec<(String, control::Gap)>,
    /// Clauses of which something could not be written, with a finding that says why.
    pub failed: BTreeSet<setting::ClauseRef>,
    /// Its files, sorted by path. Empty where any finding is an error.
    pub artefacts: Vec<Artefact>,
}

impl Compiled {
    /// Every file of the build, sorted by path.
    pub fn artefacts(&self) -> impl Iterator<Item = &Artefact> {
        self.groups.iter().flat_map(|group| &group.artefacts)
    }
}

/// The rules of a run: all of them, but for tests that take one away to see that it is missed.
#[derive(Clone, Copy, Debug)]
pub struct Judges {
    /// The rules over settings.
    pub settings: check::Rules,
    /// The rules across controls.
    pub across: control::Rules,
}

impl Judges {
    /// Every rule there is.
    pub fn all() -> Judges {
        Judges { settings: check::Rules::all(), across: control::Rules::all() }
    }
}

/// Compiles every organisation of `sources`. One error anywhere, and there is no artefact.
pub fn compile(sources: &Sources, catalogue: &Catalogue, request: &Request) -> Compiled {
    compile_under(sources, catalogue, request, Judges::all())
}

/// [`compile`] under some of the check rules: how tests show that each of them is needed.
pub fn compile_under(sources: &Sources, catalogue: &Catalogue, request: &Request, rules: Judges) -> Compiled {
    let mut found = Diagnostics::default();
    // Which controls of the library the sources ask for is known when they are read: until then other threads decode them all.
    let (documents, library) = rayon::join(|| policy::parse(sources, &mut found), control::library);
    let policy = policy::resolve((documents, library), sources, request.as_of, &mut found);
    // Nothing is written beside an error: none of these groups is, and no other once it has one.
    let is_sound = !found.has_errors();
    let compiled = in_parallel(managed(&policy), &mut found, |(organisation, group), found| {
        let mut group = settle(&policy, (organisation, group), catalogue, rules, found);
        let mut written = Diagnostics::default();
        if is_sound && !found.has_errors() {
            group.artefacts = backend::encode(&group.checked, catalogue, &mut written);
        }
        (group, written)
    });
    let (mut groups, written): (Vec<CompiledGroup>, Vec<Diagnostics>) = compiled.into_iter().unzip();
    let answers = answer(&policy, &groups, &mut found);
    for (n, organisation) in policy.organisations.iter().enumerate() {
        let own = groups.iter().filter(|group| group.organisation == n);
        policy::report_unsourced(organisation, own.flat_map(|group| group.checked.settings()), &mut found);
    }
    deny(&policy, sources, &mut found);
    if !found.has_errors() {
        written.into_iter().for_each(|written| found.absorb(written));
    }
    if found.has_errors() {
        groups.iter_mut().for_each(|group| group.artefacts.clear());
    }
    found.sort(sources);
    Compiled { groups, policy, answers, found }
}

/// What the compiler knew when it compiled, by name: a digest of the vendors' catalogue, and one of the control library.
pub fn digests() -> BTreeMap<String, String> {
    let sections: String = Catalogue::embedded_sections().iter().map(|section| digest::sha256(section)).collect();
    [("vendors", digest::sha256(sections.as_bytes())), ("controls", digest::sha256(control::library_bytes()))]
        .map(|(name, digest)| (name.to_owned(), digest))
        .into()
}

/// What a code means, for people: the fault, an example of it and its cure.
pub fn explain(code: Code) -> Option<&'static str> {
    check::explain(code).or_else(|| control::explain(code)).or_else(|| diagnostic::explain(code))
}

/// Every group that a server reaches, by its organisation's place and its own.
fn managed(policy: &Policy) -> Vec<(usize, usize)> {
    let groups = |(n, organisation): (usize, &policy::Organisation)| {
        let reached = organisation.groups.iter().enumerate().filter(|(_, group)| group.unmanaged.is_none());
        reached.map(|(group, _)| (n, group)).collect::<Vec<_>>()
    };
    policy.organisations.iter().enumerate().flat_map(groups).collect()
}

/// One group from its controls to checked settings, with guards and the rules across controls held against them.
fn settle(
    policy: &Policy,
    (organisation, group): (usize, usize),
    catalogue: &Catalogue,
    rules: Judges,
    found: &mut Diagnostics,
) -> CompiledGroup {
    let facts = &policy.organisations[organisation].facts;
    let asked = &policy.organisations[organisation].groups[group];
    let lowered = control::lower(&asked.target, facts, &asked.controls, &asked.raw, found);
    let checked = rules.settings.against(catalogue, &asked.target, lowered.settings, found);
    let watch =
        control::Watch { target: &asked.target, facts, controls: &asked.controls, settings: checked.settings() };
    control::hold(&watch, &asked.guards, found);
    rules.settings.know(catalogue, &asked.target, &control::watched(&asked.target, facts, &asked.guards), found);
    rules.across.run(&watch, &unsettled(asked, &lowered.failed, &checked), found);
    CompiledGroup { organisation, group, checked, gaps: lowered.gaps, failed: lowered.failed, artefacts: Vec::new() }
}

/// Controls of which something has a finding already, from a value that could not be read to a setting that was refused.
fn unsettled<'a>(
    asked: &'a policy::Group,
    failed: &BTreeSet<setting::ClauseRef>,
    checked: &'a Checked,
) -> BTreeSet<&'a str> {
    let unwritten =
        asked.controls.iter().filter(|bound| bound.clauses.iter().any(|(clause, _)| failed.contains(clause)));
    let unwritten = unwritten.map(|bound| bound.control.id.value.as_str());
    let refused = checked.dropped().iter().filter(|dropped| dropped.code.severity() == Severity::Error);
    let refused = refused.flat_map(|dropped| &dropped.setting.origins).filter_map(|origin| origin.control.as_deref());
    asked.left_out.iter().map(|(id, _)| id.as_str()).chain(unwritten).chain(refused).collect()
}

/// Does each clause hold what its class claims?
fn answer(policy: &Policy, groups: &[CompiledGroup], found: &mut Diagnostics) -> Vec<Vec<Answer>> {
    let of = |(n, organisation): (usize, &policy::Organisation), found: &mut Diagnostics| {
        let outcomes: Vec<GroupOutcome<'_>> = groups
            .iter()
            .filter(|group| group.organisation == n)
            .map(|outcome| GroupOutcome {
                group: &organisation.groups[outcome.group],
                settings: outcome.checked.settings(),
                dropped: outcome.checked.dropped().iter().map(|dropped| (&dropped.setting, dropped.code)).collect(),
                gaps: &outcome.gaps,
                failed: &outcome.failed,
            })
            .collect();
        policy::answer::answer(organisation, &outcomes, found)
    };
    in_parallel(policy.organisations.iter().enumerate().collect(), found, of)
}

/// Warnings that an organisation denies become errors in its own files.
fn deny(policy: &Policy, sources: &Sources, found: &mut Diagnostics) {
    for organisation in policy.organisations.iter().filter(|organisation| !organisation.deny.is_empty()) {
        let folder = format!("policy-sources/{}/", *organisation.id);
        found.deny(|finding| {
            let own = matches!(&finding.place, Place::Source(span) if sources.path(span.file).starts_with(&folder));
            own && organisation.deny.contains(&finding.code)
        });
    }
}

/// `work` on each item, side by side; results and findings in the order of the items.
fn in_parallel<T: Send, R: Send>(
    items: Vec<T>,
    found: &mut Diagnostics,
    work: impl Fn(T, &mut Diagnostics) -> R + Sync,
) -> Vec<R> {
    let done: Vec<(R, Diagnostics)> = items
        .into_par_iter()
        .map(|item| {
            let mut own = Diagnostics::default();
            (work(item, &mut own), own)
        })
        .collect();
    let mut results = Vec::with_capacity(done.len());
    for (result, own) in done {
        found.absorb(own);
        results.push(result);
    }
    results
}
