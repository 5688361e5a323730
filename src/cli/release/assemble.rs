//! The bundle: profiles signed side by side, the manifest over all of it, and what stands beside it.

use super::super::session::Session;
use super::Release;
use super::identity::{Refused, Signer};
use super::refusal::{Checked, files};
use policyc::CompiledGroup;
use policyc::backend::{Artefact, Format};
use policyc::policy::ExceptionState;
use policyc::release::archive::Files;
use policyc::release::bundle::sums;
use policyc::release::cms::{Placement, Time};
use policyc::release::manifest::{
    InForce, MANIFEST, Made, Manifest, Measure, PROVENANCE, Released, SIGNATURE, SUMS, Tool, VERSION, sources_digest,
};
use policyc::release::provenance::statement;
use policyc::setting::ClauseRef;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// A bundle in memory.
pub(super) struct Bundle {
    pub(super) files: Files,
    pub(super) manifest: Manifest,
}

/// Signs what is to be signed, and puts the bundle together.
pub(super) fn assemble(
    session: &Session,
    command: &Release,
    checked: &Checked,
    signer: &Signer,
    at: Time,
) -> Result<Bundle, Refused> {
    let artefacts: Vec<(&CompiledGroup, &Artefact)> =
        session.compiled.groups.iter().flat_map(|group| group.artefacts.iter().map(move |one| (group, one))).collect();
    let sealed: Vec<(Released, Vec<u8>)> = artefacts
        .into_par_iter()
        .map(|(group, artefact)| {
            let signed = artefact.format == Format::Mobileconfig;
            let bytes = match signed {
                true => signer.sign(&artefact.bytes, at, Placement::Enclosed)?,
                false => artefact.bytes.clone(),
            };
            Ok((released(group, artefact, &bytes, signed), bytes))
        })
        .collect::<Result<_, Refused>>()?;
    let mut manifest = Manifest {
        version: VERSION,
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            catalogue: policyc::digests(),
        },
        sources: Made {
            sha256: sources_digest(files(&session.sources).into_iter()),
            revision: checked.revision.clone(),
            organisation: command.organisation.clone(),
            as_of: session.as_of.to_string(),
        },
        signing_time: at.to_string(),
        exceptions: in_force(session),
        allowed: checked.allowed.clone(),
        files: sealed.iter().map(|(released, _)| released.clone()).collect(),
        beside: Default::default(),
    };
    manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
    let provenance = statement(&manifest);
    manifest.beside.insert(PROVENANCE.to_owned(), Measure::of(&provenance));
    let text = manifest.print();
    let mut files: Files = sealed.into_iter().map(|(released, bytes)| (released.path, bytes)).collect();
    files.insert(PROVENANCE.to_owned(), provenance);
    files.insert(SIGNATURE.to_owned(), signer.sign(&text, at, Placement::Detached)?);
    files.insert(MANIFEST.to_owned(), text);
    files.insert(SUMS.to_owned(), sums(&files));
    Ok(Bundle { files, manifest })
}

fn released(group: &CompiledGroup, artefact: &Artefact, bytes: &[u8], signed: bool) -> Released {
    let holds: BTreeSet<_> = artefact.holds.iter().collect();
    let own = group.checked.settings().iter().filter(|setting| holds.contains(&setting.address));
    let clauses: BTreeSet<&ClauseRef> = own
        .flat_map(|setting| &setting.origins)
        .flat_map(|origin| origin.clauses.iter().map(|(clause, _)| clause))
        .collect();
    Released {
        path: artefact.path.clone(),
        group: group.checked.target().group.value.clone(),
        clauses: clauses.into_iter().map(ToString::to_string).collect(),
        secrets: Vec::new(),
        file: Some(Measure::of(bytes)),
        signed,
        content: signed.then(|| Measure::of(&artefact.bytes)),
        seal: None,
    }
}

fn in_force(session: &Session) -> Vec<InForce> {
    let mut all = Vec::new();
    for organisation in &session.compiled.policy.organisations {
        for exception in organisation.exceptions.iter().filter(|one| one.state == ExceptionState::InForce) {
            all.push(InForce {
                organisation: organisation.id.value.clone(),
                id: exception.id.value.clone(),
                expires: exception.expires.as_ref().map(|day| day.value.to_string()),
                groups: exception.groups.clone(),
                clauses: exception.clauses.iter().map(|clause| clause.value.to_string()).collect(),
            });
        }
    }
    all.sort();
    all
}
