//! The compiler: values in, values out. It does no I/O, asks no clock and keeps no order that a hash decides.
//!
//! [`compile`] is the whole story. Reading order: this file, [`setting`], one control under `control/library/`,
//! `check/rule/unknown_key`, [`backend`].

pub mod backend;
pub mod catalogue;
pub mod check;
pub mod control;
pub mod diagnostic;
pub mod digest;
pub mod drift;
mod encoding;
pub mod policy;
pub mod setting;
pub mod source;

use backend::Artefact;
use catalogue::Catalogue;
use check::{Checked, Rules};
use diagnostic::Diagnostics;
use rayon::prelude::*;
use setting::Date;
use source::Sources;

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
    /// Its files, sorted by path. Empty where any finding is an error.
    pub artefacts: Vec<Artefact>,
}

impl Compiled {
    /// Every file of the build, sorted by path.
    pub fn artefacts(&self) -> impl Iterator<Item = &Artefact> {
        self.groups.iter().flat_map(|group| &group.artefacts)
    }
}

/// Compiles every organisation of `sources`. One error anywhere, and there is no artefact.
pub fn compile(sources: &Sources, catalogue: &Catalogue, request: &Request) -> Compiled {
    compile_under(sources, catalogue, request, Rules::all())
}

/// [`compile`] under some of the check rules: how tests show that each of them is needed.
pub fn compile_under(sources: &Sources, catalogue: &Catalogue, request: &Request, rules: Rules) -> Compiled {
    let mut found = Diagnostics::default();
    let documents = policy::parse(sources, &mut found);
    let policy = policy::resolve(documents, sources, request.as_of, &mut found);
    let outcomes: Vec<(CompiledGroup, Diagnostics)> = managed(&policy)
        .into_par_iter()
        .map(|(organisation, group)| {
            let mut found = Diagnostics::default();
            let outcome = settle(&policy.organisations[organisation], organisation, group, catalogue, rules, &mut found);
            (outcome, found)
        })
        .collect();
    let mut groups = Vec::with_capacity(outcomes.len());
    for (group, more) in outcomes {
        found.absorb(more);
        groups.push(group);
    }
    policy::answer(&policy, &outcomes_of(&policy, &groups), &mut found);
    deny(&policy, sources, &mut found);
    if !found.has_errors() {
        found.absorb(backend::encode_groups(groups.iter_mut().map(|group| (&group.checked, &mut group.artefacts)), catalogue));
    }
    if found.has_errors() {
        groups.iter_mut().for_each(|group| group.artefacts.clear());
    }
    found.sort(sources);
    Compiled { groups, policy, found }
}
