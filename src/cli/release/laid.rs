//! A bundle for a tool: Intune's files as its layout wants them. Nobody signs inside them; the manifest's signature covers them all, and
//! what holds a secret has a signature beside it.

use super::super::failure::Failure;
use super::super::session::Session;
use super::assemble::{Sealed, Sealing, clauses, filled};
use super::identity::Refused;
use policyc::CompiledGroup;
use policyc::backend::Artefact;
use policyc::gather::Gather;
use policyc::release::cms::Placement;
use policyc::release::layout::{Laid, Tool, arrange};
use policyc::release::manifest::{Measure, Released};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// A layout without a file would be an empty bundle.
pub(super) fn expect_files(session: &Session, layout: Option<Tool>) -> Result<(), Failure> {
    let Some(layout) = layout else { return Ok(()) };
    match session.compiled.artefacts().any(|artefact| layout.takes(&artefact.path)) {
        true => Ok(()),
        false => Err(Failure::Unknown {
            kind: "group that Intune manages, for the layout",
            name: layout.word().to_owned(),
            cure: Some("add `intune` to a group's `deliver`".to_owned()),
        }),
    }
}

/// What is known of the approved files that a laid one is made of.
struct Source<'a> {
    group: &'a str,
    clauses: Vec<String>,
    secrets: BTreeSet<String>,
}

/// The files in their layout, sealed; adds what it has no place for to `left`.
pub(super) fn seal(
    layout: Tool,
    artefacts: &[(&CompiledGroup, &Artefact)],
    sealing: &Sealing<'_>,
    left: &mut Vec<(String, String)>,
) -> Result<Vec<Sealed>, Refused> {
    let mut sources: BTreeMap<&str, Source<'_>> = BTreeMap::new();
    let mut contents: Vec<(&str, Zeroizing<Vec<u8>>)> = Vec::new();
    for (group, artefact) in artefacts.iter().filter(|(_, artefact)| layout.takes(&artefact.path)) {
        let (secrets, filled) = filled(group, artefact, sealing)?;
        contents.push((&artefact.path, filled.unwrap_or_else(|| artefact.bytes.clone().into())));
        let source = Source { group: &group.checked.target().group.value, clauses: clauses(group, artefact), secrets };
        sources.insert(&artefact.path, source);
    }
    let given: Vec<(&str, &[u8])> = contents.iter().map(|(path, bytes)| (*path, bytes.as_slice())).collect();
    let arranged = arrange(layout, &given);
    left.extend(arranged.left);
    arranged.files.into_iter().map(|laid| sealed(laid, &sources, sealing)).collect()
}

fn sealed(laid: Laid, sources: &BTreeMap<&str, Source<'_>>, sealing: &Sealing<'_>) -> Result<Sealed, Refused> {
    let Laid { path, bytes, from } = laid;
    let bytes = Zeroizing::new(bytes);
    let own: Vec<&Source<'_>> = from.iter().filter_map(|path| sources.get(path.as_str())).collect();
    let groups: BTreeSet<&str> = own.iter().map(|source| source.group).gather();
    let clauses: BTreeSet<&String> = own.iter().flat_map(|source| &source.clauses).gather();
    let secrets: BTreeSet<&String> = own.iter().flat_map(|source| &source.secrets).gather();
    let seal = match secrets.is_empty() {
        true => None,
        false => Some(sealing.signer.sign(&bytes, sealing.at, Placement::Detached)?),
    };
    let released = Released {
        path,
        group: groups.into_iter().collect::<Vec<_>>().join(", "),
        clauses: clauses.into_iter().cloned().collect(),
        secrets: secrets.iter().map(|name| (*name).clone()).collect(),
        file: secrets.is_empty().then(|| Measure::of(&bytes)),
        signed: false,
        content: None,
        seal: seal.as_deref().map(Measure::of),
    };
    Ok(Sealed { released, bytes, seal })
}
