//! The compiler: values in, values out. It does no I/O, asks no clock and keeps no order that a hash decides.
//!
//! [`compile`] is the whole story. Reading order: this file, [`setting`], one control under `control/library/`,
//! `check/rule/unknown_key`, [`backend`].

mod attached;
pub mod backend;
pub mod catalogue;
pub mod check;
pub mod compare;
pub mod consumer;
pub mod control;
pub mod diagnostic;
pub mod digest;
pub mod drift;
mod encoding;
pub mod gather;
pub mod import;
pub mod lint;
pub mod observed;
pub mod policy;
pub mod reader;
pub mod release;
pub mod report;
pub mod review;
pub mod schema;
pub mod setting;
pub mod source;
pub mod template;
pub mod undo;

use crate::gather::{Arrange, Gather};
use backend::{Artefact, Format};
use catalogue::Catalogue;
use check::{Checked, Dropped};
use diagnostic::{Code, Diagnostics, Place, Severity};
use policy::Policy;
use policy::answer::{Answer, GroupOutcome};
use rayon::prelude::*;
use setting::{Address, Date, Route, Setting};
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
    /// Its settings on the route that its `deliver` names first, each allowed by the catalogue.
    pub checked: Checked,
    /// The same on its other routes.
    pub alternatives: Vec<Checked>,
    /// Controls and parameters that its platform cannot express: the control, and what of it.
    pub gaps: Vec<(String, control::Gap)>,
    /// Clauses of which something could not be written, with a finding that says why.
    pub failed: BTreeSet<setting::ClauseRef>,
    /// Its files on every route, sorted by path. Empty where any finding is an error.
    pub artefacts: Vec<Artefact>,
}

impl CompiledGroup {
    /// Its settings on every route, the first one's in front.
    pub fn routes(&self) -> impl Iterator<Item = &Checked> {
        std::iter::once(&self.checked).chain(&self.alternatives)
    }

    /// The settings of the route that a file is part of.
    pub fn behind(&self, artefact: &Artefact) -> &Checked {
        let route = artefact.format.route();
        self.routes().find(|checked| Some(checked.target().route()) == route).unwrap_or(&self.checked)
    }

    /// The files that hold a setting, route by route.
    pub fn holders(&self, address: &Address) -> impl Iterator<Item = &Artefact> {
        self.routes().enumerate().filter_map(move |(n, checked)| {
            // What is of every route is named once.
            let route = Some(checked.target().route());
            let is_its = |artefact: &&Artefact| artefact.format.route().map_or(n == 0, |own| Some(own) == route);
            let mut own = self.artefacts.iter().filter(is_its);
            own.find(|artefact| artefact.holds.contains(address))
        })
    }

    /// What is emitted on any route, each address once.
    pub fn settings(&self) -> impl Iterator<Item = &Setting> {
        each_once(self.routes().flat_map(Checked::settings))
    }

    /// What the files set that travel as they are, each with its file: no clause asks for it.
    pub fn attached(&self, catalogue: &Catalogue) -> Vec<(Setting, &str)> {
        let own = self.artefacts.iter().filter(|artefact| artefact.format == Format::Attached);
        let read = |artefact: &Artefact| attached::of(artefact, catalogue).settings;
        own.flat_map(|artefact| read(artefact).into_iter().map(|one| (one, artefact.path.as_str()))).collect()
    }

    /// What is not emitted on some route, each address once.
    pub fn dropped(&self) -> impl Iterator<Item = &Dropped> {
        let mut seen = BTreeSet::new();
        self.routes().flat_map(Checked::dropped).filter(move |dropped| seen.insert(&dropped.setting.address))
    }
}

fn each_once<'a>(settings: impl Iterator<Item = &'a Setting>) -> impl Iterator<Item = &'a Setting> {
    let mut seen = BTreeSet::new();
    settings.filter(move |setting| seen.insert(&setting.address))
}

impl Compiled {
    /// Every file of the build, sorted by path.
    pub fn artefacts(&self) -> impl Iterator<Item = &Artefact> {
        self.groups.iter().flat_map(|group| &group.artefacts)
    }
}

/// What a run is judged by: all rules, but for tests that take one away to see that it is missed, and the server that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Judges {
    /// The rules over settings.
    pub settings: check::Rules,
    /// The rules across controls.
    pub across: control::Rules,
    /// The server or console that files are held against.
    pub server: Option<Serve>,
    /// Which of Intune's files hold settings, whatever groups state.
    pub intune: Option<setting::Dialect>,
}

/// A server that a run asks for, and whose files it is asked about.
#[derive(Clone, Copy, Debug)]
pub enum Serve {
    /// All of them, whatever their groups state.
    Every(&'static consumer::Consumer),
    /// Those of groups that state none.
    WhereUnstated(&'static consumer::Consumer),
}

impl Judges {
    /// Every rule there is.
    pub fn all() -> Judges {
        Judges { settings: check::Rules::all(), across: control::Rules::all(), server: None, intune: None }
    }
}

/// Compiles every organisation of `sources`. One error anywhere, and there is no artefact.
pub fn compile(sources: &Sources, catalogue: &Catalogue, request: &Request) -> Compiled {
    compile_under(sources, catalogue, request, Judges::all())
}

/// [`compile`] for one server, or under some of the check rules: how tests show that each of them is needed.
pub fn compile_under(sources: &Sources, catalogue: &Catalogue, request: &Request, rules: Judges) -> Compiled {
    let mut found = Diagnostics::default();
    let documents = policy::parse(sources, &mut found);
    let mut policy = policy::resolve(documents, sources, request.as_of, &mut found);
    match rules.server {
        Some(Serve::Every(consumer)) => policy.serve(consumer, |_| true),
        Some(Serve::WhereUnstated(consumer)) => policy.serve(consumer, |target| target.server.is_none()),
        None => {}
    }
    if let Some(dialect) = rules.intune {
        policy.speak(dialect);
    }
    // Nothing is written beside an error: none of these groups is, and no other once it has one.
    let is_sound = !found.has_errors();
    let catalogues = catalogues(&policy, catalogue);
    let compiled = in_parallel(managed(&policy), &mut found, |(organisation, group), found| {
        let catalogue = catalogues[organisation].as_ref().unwrap_or(catalogue);
        let mut group = on_every_route(&policy, (organisation, group), catalogue, rules, found);
        let asked = &policy.organisations[group.organisation].groups[group.group];
        let attached = match asked.attachments.is_empty() {
            true => Vec::new(),
            false => attached::take(asked, &group.routes().collect::<Vec<_>>(), catalogue, found),
        };
        let mut written = Diagnostics::default();
        if is_sound && !found.has_errors() {
            write(&policy, (&mut group, attached), catalogue, &mut written);
        }
        (group, written)
    });
    let (mut groups, written): (Vec<CompiledGroup>, Vec<Diagnostics>) = compiled.into_iter().unzip();
    let answers = answer(&policy, &groups, &mut found);
    for (n, organisation) in policy.organisations.iter().enumerate() {
        let own = groups.iter().filter(|group| group.organisation == n);
        let settings = own.flat_map(CompiledGroup::routes).flat_map(Checked::settings);
        policy::report_unsourced(organisation, settings, &mut found);
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

/// What the compiler knew when it compiled, by name: a digest of the vendors' catalogue, one of the control library, and one of what is
/// known of servers.
pub fn digests() -> BTreeMap<String, String> {
    let sections: String = Catalogue::embedded_sections().iter().map(|section| digest::sha256(section)).collect();
    let known = [
        ("vendors", digest::sha256(sections.as_bytes())),
        ("controls", digest::sha256(control::library_bytes())),
        ("consumers", digest::sha256(&consumer::bytes())),
    ];
    known.map(|(name, digest)| (name.to_owned(), digest)).into()
}

/// What a code means, for people: the fault, an example of it and its cure.
pub fn explain(code: Code) -> Option<&'static str> {
    check::explain(code)
        .or_else(|| control::explain(code))
        .or_else(|| lint::explain(code))
        .or_else(|| diagnostic::explain(code))
}

/// What the devices of one group report when all is well: a file beside its artefacts; `None` where it has no settings on any route.
pub fn expected(policy: &Policy, group: &CompiledGroup, catalogue: &Catalogue) -> Option<backend::expected::Expected> {
    let organisation = &policy.organisations[group.organisation];
    let asked = &organisation.groups[group.group];
    let observed = control::observed(&asked.target, &organisation.facts, &asked.controls);
    backend::expected::expected(group.routes(), &group.artefacts, &observed, catalogue)
}

/// The catalogue of each organisation that brings templates of its own.
fn catalogues(policy: &Policy, catalogue: &Catalogue) -> Vec<Option<Catalogue>> {
    let own = |organisation: &policy::Organisation| {
        (!organisation.templates.is_empty()).then(|| catalogue.extended(&organisation.templates))
    };
    policy.organisations.iter().map(own).collect()
}

/// Every group that a server reaches, by its organisation's place and its own.
fn managed(policy: &Policy) -> Vec<(usize, usize)> {
    let groups = |(n, organisation): (usize, &policy::Organisation)| {
        let reached = organisation.groups.iter().enumerate().filter(|(_, group)| group.unmanaged.is_none());
        reached.map(|(group, _)| (n, group)).collect::<Vec<_>>()
    };
    policy.organisations.iter().enumerate().flat_map(groups).collect()
}

/// One group on each of its routes. What is found on several of them is one finding.
fn on_every_route(
    policy: &Policy,
    at: (usize, usize),
    catalogue: &Catalogue,
    rules: Judges,
    found: &mut Diagnostics,
) -> CompiledGroup {
    let mut routes = policy.organisations[at.0].groups[at.1].target.routes();
    if routes.is_empty() {
        routes.push(Route::Direct);
    }
    let settled = side_by_side(routes, |route, own| settle(policy, at, route, (catalogue, rules), own));
    let mut settled = settled.into_iter().map(|(group, own)| {
        found.absorb_new(own);
        group
    });
    let Some(mut group) = settled.next() else { panic!("internal: a group has a route") };
    for other in settled {
        group.alternatives.push(other.checked);
        group.failed.extend(other.failed);
    }
    group
}

/// One group on a route, from its controls to checked settings, with guards and the rules across controls held against them.
fn settle(
    policy: &Policy,
    (organisation, group): (usize, usize),
    route: Route,
    (catalogue, rules): (&Catalogue, Judges),
    found: &mut Diagnostics,
) -> CompiledGroup {
    let facts = &policy.organisations[organisation].facts;
    let asked = &policy.organisations[organisation].groups[group];
    let templates = &policy.organisations[organisation].templates;
    let target = &asked.target.on(route);
    let mut lowered = control::lower(target, facts, &asked.controls, &asked.raw, found);
    lowered.settings.extend(template::install(templates, &lowered.settings, &facts.files, found));
    let checked = rules.settings.against(catalogue, target, lowered.settings, found);
    let watch = control::Watch { target, facts, controls: &asked.controls, settings: checked.settings() };
    control::hold(&watch, &asked.guards, found);
    rules.settings.know(catalogue, target, &control::watched(target, facts, &asked.guards), found);
    rules.settings.know(catalogue, target, &control::observed(target, facts, &asked.controls), found);
    rules.across.run(&watch, &unsettled(asked, &lowered.failed, &checked), found);
    backend::variables(&checked, found);
    let alternatives = Vec::new();
    let (gaps, failed) = (lowered.gaps, lowered.failed);
    CompiledGroup { organisation, group, checked, alternatives, gaps, failed, artefacts: Vec::new() }
}

/// Gives a group its files on all of its routes; beside them the index of them, and what its devices report when all is well.
fn write(
    policy: &Policy,
    (group, attached): (&mut CompiledGroup, Vec<Artefact>),
    catalogue: &Catalogue,
    found: &mut Diagnostics,
) {
    let encoded = side_by_side(group.routes().collect(), |checked, own| backend::encode(checked, catalogue, own));
    for (artefacts, own) in encoded {
        found.absorb_new(own);
        group.artefacts.extend(artefacts);
    }
    group.artefacts.extend(attached);
    let own = &policy.organisations[group.organisation].groups[group.group];
    attached::report_equal_identifiers(own, &group.artefacts, found);
    if group.artefacts.is_empty() {
        return;
    }
    // A command is of every route, and each of them has asked for it.
    group.artefacts.arrange_by(|a, b| a.path.cmp(&b.path));
    group.artefacts.dedup_by(|a, b| a.format == Format::Command && a.path == b.path);
    let target = &policy.organisations[group.organisation].groups[group.group].target;
    hold_against_server(group, catalogue, found);
    let (index, expected) = rayon::join(
        || backend::index(target, &group.artefacts),
        || expected(policy, group, catalogue).map(|expected| backend::expected::write(&expected)),
    );
    group.artefacts.extend([index].into_iter().chain(expected));
    group.artefacts.arrange_by(|a, b| a.path.cmp(&b.path));
}

/// Holds the files of a group against its server: those of each route of which the server takes any file.
fn hold_against_server(group: &CompiledGroup, catalogue: &Catalogue, found: &mut Diagnostics) {
    let files = &group.artefacts;
    let target = group.checked.target();
    let Some(consumer) = target.server.and_then(|server| consumer::named(&server.name)) else { return };
    let mut any = false;
    for checked in group.routes().filter(|_| consumer.manages(target)) {
        let on = |file: &&Artefact| file.format.route() == Some(checked.target().route());
        let own: Vec<&Artefact> = files.iter().filter(on).collect();
        if own.iter().any(|file| backend::takes(consumer, file.format)) {
            any = true;
            let mut other = Diagnostics::default();
            backend::against(checked, &own, catalogue, &mut other);
            found.absorb_new(other);
        }
    }
    if !any && files.iter().any(|file| file.format.route().is_some()) {
        found.push(backend::takes_none(target, consumer));
    }
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
    asked.left_out.iter().map(|(id, _)| id.as_str()).chain(unwritten).chain(refused).gather()
}

/// Does each clause hold what its class claims?
fn answer<'g>(policy: &'g Policy, groups: &'g [CompiledGroup], found: &mut Diagnostics) -> Vec<Vec<Answer>> {
    let of = |(n, organisation): (usize, &'g policy::Organisation), found: &mut Diagnostics| {
        let outcome = |group: &'g CompiledGroup, checked: &'g Checked| GroupOutcome {
            group: &organisation.groups[group.group],
            settings: checked.settings(),
            dropped: checked.dropped().iter().map(|dropped| (&dropped.setting, dropped.code)).collect(),
            gaps: &group.gaps,
            failed: &group.failed,
        };
        let own: Vec<&CompiledGroup> = groups.iter().filter(|group| group.organisation == n).collect();
        let outcomes: Vec<GroupOutcome<'_>> = own.iter().map(|group| outcome(group, &group.checked)).collect();
        let answers = policy::answer::answer(organisation, &outcomes, found);
        // A clause holds on every route: each device is given one.
        for route in Route::ALL {
            let on = |checked: &&Checked| checked.target().route() == *route;
            if own.iter().any(|group| group.alternatives.iter().any(|checked| on(&checked))) {
                let outcomes =
                    own.iter().map(|group| outcome(group, group.routes().find(on).unwrap_or(&group.checked)));
                let mut other = Diagnostics::default();
                policy::answer::answer(organisation, &outcomes.collect::<Vec<_>>(), &mut other);
                found.absorb_new(other);
            }
        }
        answers
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
    let found_by = |(result, own)| {
        found.absorb(own);
        result
    };
    side_by_side(items, work).into_iter().map(found_by).collect()
}

/// `work` on each item, side by side; its result and its findings, in the order of the items.
fn side_by_side<T: Send, R: Send>(
    items: Vec<T>,
    work: impl Fn(T, &mut Diagnostics) -> R + Sync,
) -> Vec<(R, Diagnostics)> {
    let one = |item| {
        let mut own = Diagnostics::default();
        (work(item, &mut own), own)
    };
    // One group or route may have a hundred times the work of another.
    items.into_par_iter().with_max_len(1).map(one).collect()
}
