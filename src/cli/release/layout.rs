//! `--layout`: what is released, in the folders of one console's own tools. Which files there are, the library says.

use super::super::session::Session;
use policyc::CompiledGroup;
use policyc::backend::{Artefact, Format, reduced};
use policyc::consumer::{self, Consumer};
use policyc::diagnostic::Diagnostics;
use policyc::release::layout::Tool;
use policyc::release::layout::fleet::{Group, lay};
use policyc::setting::Route;
use std::collections::BTreeMap;

/// Whose tools the folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Fleet's GitOps: `fleets/`, `lib/`, and what was left out of them.
    Fleet,
    /// A tool that takes Intune's files.
    Of(Tool),
}

/// The one that an argument or a manifest names.
pub(crate) fn named(word: &str) -> Result<Layout, String> {
    let all = || [Layout::Fleet].into_iter().chain(Tool::ALL.map(Layout::Of));
    let words = || all().map(Layout::word).collect::<Vec<_>>().join(", ");
    all().find(|layout| layout.word() == word).ok_or_else(|| format!("the layouts are {}", words()))
}

impl Layout {
    /// As manifests call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Layout::Fleet => "fleet",
            Layout::Of(tool) => tool.word(),
        }
    }

    /// The tool, where it is one that takes Intune's files.
    pub(crate) fn tool(self) -> Option<Tool> {
        match self {
            Layout::Fleet => None,
            Layout::Of(tool) => Some(tool),
        }
    }

    /// The server of groups that state none.
    pub(crate) fn server(self) -> Option<&'static Consumer> {
        consumer::named(self.word())
    }
}

/// The files of a release: those of each group, in the order of the session, and what stands beside them.
pub(crate) struct Laid {
    groups: Vec<Vec<Artefact>>,
    pub(crate) beside: BTreeMap<String, Vec<u8>>,
    /// How many settings it leaves to a person.
    pub(crate) open: usize,
}

impl Laid {
    /// Each file with its group.
    pub(crate) fn files<'a>(&'a self, session: &'a Session) -> Vec<(&'a CompiledGroup, &'a Artefact)> {
        let of = |(group, files): (&'a CompiledGroup, &'a Vec<Artefact>)| files.iter().map(move |file| (group, file));
        session.compiled.groups.iter().zip(&self.groups).flat_map(of).collect()
    }

    /// The files of one group.
    pub(crate) fn of(&self, group: usize) -> &[Artefact] {
        &self.groups[group]
    }
}

/// Lays out for Fleet what the session has compiled; what stands in the way is added to its findings.
pub(crate) fn laid(session: &mut Session) -> Laid {
    let mut found = Diagnostics::default();
    let group = |compiled: &'_ CompiledGroup, found: &mut Diagnostics| {
        let direct = compiled.routes().find(|checked| checked.target().route() == Route::Direct);
        direct.map_or_else(Default::default, |checked| reduced(checked, &compiled.artefacts, &session.catalogue, found))
    };
    let groups: Vec<Group<'_>> = session
        .compiled
        .groups
        .iter()
        .map(|compiled| Group { target: compiled.checked.target(), reduced: group(compiled, &mut found) })
        .collect();
    let laid = lay(&groups);
    found.absorb(laid.found);
    found.iter().for_each(|finding| session.compiled.found.push(finding.clone()));
    Laid { groups: laid.groups, beside: laid.beside, open: laid.open }
}

/// Whether files of this format are signed one by one: Fleet signs profiles itself, and refuses those that are signed.
pub(super) fn signs(layout: Option<Layout>, format: Format) -> bool {
    layout.is_none() && format == Format::Mobileconfig
}
