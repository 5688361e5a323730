//! The bundle: profiles signed side by side, the manifest over all of it, and what stands beside it.

use super::super::session::Session;
use super::identity::{Refused, Signer};
use super::layout::{Laid, Layout, signs};
use super::refusal::{Checked, files};
use super::secret::Secrets;
use super::{Release, laid};
use policyc::CompiledGroup;
use policyc::backend::fill::{asked, fill};
use policyc::backend::{Artefact, Format};
use policyc::gather::{Arrange, Gather};
use policyc::policy::{Exception, ExceptionState};
use policyc::release::archive::Files;
use policyc::release::bundle::sums;
use policyc::release::cms::{Placement, Time};
use policyc::release::manifest::{
    self, InForce, MANIFEST, Made, Manifest, Measure, NOTES, PROVENANCE, Released, SIGNATURE, SUMS, Tool, VERSION,
    sources_digest,
};
use policyc::release::provenance::statement;
use policyc::setting::ClauseRef;
use rayon::prelude::*;
use std::collections::BTreeSet;
use zeroize::{Zeroize, Zeroizing};

/// A bundle in memory.
pub(super) struct Bundle {
    pub(super) files: Files,
    pub(super) manifest: Manifest,
    /// Approved files that the tool of the layout has no place for, and why.
    pub(super) left: Vec<(String, String)>,
}

impl Drop for Bundle {
    /// Nothing of a secret stays in memory.
    fn drop(&mut self) {
        let Bundle { files, manifest, .. } = self;
        for released in manifest.files.iter().filter(|released| !released.secrets.is_empty()) {
            if let Some(bytes) = files.get_mut(&released.path) {
                bytes.zeroize();
            }
        }
    }
}

/// What files are sealed with.
pub(super) struct Sealing<'a> {
    pub(super) signer: &'a Signer,
    pub(super) secrets: &'a Secrets,
    pub(super) at: Time,
}

/// Signs what is to be signed, and puts the bundle together.
pub(super) fn assemble(
    session: &Session,
    command: &Release,
    (checked, laid): (&Checked, Option<&Laid>),
    sealing: &Sealing<'_>,
) -> Result<Bundle, Refused> {
    let (signer, at) = (sealing.signer, sealing.at);
    let artefacts: Vec<(&CompiledGroup, &Artefact)> = match laid {
        Some(laid) => laid.files(session),
        None => {
            let of = |group| move |one| (group, one);
            session.compiled.groups.iter().flat_map(|group| group.artefacts.iter().map(of(group))).collect()
        }
    };
    let mut left = Vec::new();
    let sealed: Vec<Sealed> = match command.layout {
        Some(Layout::Of(tool)) => laid::seal(tool, &artefacts, sealing, &mut left)?,
        layout => artefacts
            .into_par_iter()
            .map(|(group, artefact)| seal(group, artefact, layout, sealing))
            .collect::<Result<_, Refused>>()?,
    };
    if command.layout.is_some() {
        let attached = session.compiled.artefacts().filter(|artefact| artefact.format == Format::Attached);
        let why = "it travels as it is, and no layout has a place for it: hand it to the console yourself";
        left.extend(attached.map(|artefact| (artefact.path.clone(), why.to_owned())));
    }
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
            intune: command.intune.map(|dialect| dialect.word().to_owned()),
        },
        signing_time: at.to_string(),
        exceptions: in_force(session),
        allowed: checked.allowed.clone(),
        files: sealed.iter().map(|sealed| sealed.released.clone()).collect(),
        layout: command.layout.map(|layout| manifest::Layout {
            name: layout.word().to_owned(),
            server: command.server.map(|server| server.name.clone()),
        }),
        beside: Default::default(),
    };
    manifest.files.arrange_by(|a, b| a.path.cmp(&b.path));
    let provenance = statement(&manifest);
    manifest.beside.insert(PROVENANCE.to_owned(), Measure::of(&provenance));
    if let Some(notes) = &checked.notes {
        manifest.beside.insert(NOTES.to_owned(), Measure::of(notes));
    }
    let beside = laid.map(|laid| &laid.beside).into_iter().flatten();
    manifest.beside.extend(beside.clone().map(|(path, bytes)| (path.clone(), Measure::of(bytes))));
    let text = manifest.print();
    let mut files = Files::new();
    files.extend(beside.map(|(path, bytes)| (path.clone(), bytes.clone())));
    for Sealed { released, mut bytes, seal } in sealed {
        files.extend(seal.map(|seal| (released.seal_path(), seal)));
        files.insert(released.path, std::mem::take(&mut *bytes));
    }
    files.extend(checked.notes.iter().map(|notes| (NOTES.to_owned(), notes.clone())));
    files.insert(PROVENANCE.to_owned(), provenance);
    files.insert(SIGNATURE.to_owned(), signer.sign(&text, at, Placement::Detached)?);
    files.insert(MANIFEST.to_owned(), text);
    files.insert(SUMS.to_owned(), sums(&files));
    Ok(Bundle { files, manifest, left })
}

/// A file as it is released.
pub(super) struct Sealed {
    pub(super) released: Released,
    /// Cleared where another file's refusal ends the release.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) seal: Option<Vec<u8>>,
}

/// The names of the secrets in a file, and the file with them filled in.
type Filled = (BTreeSet<String>, Option<Zeroizing<Vec<u8>>>);

/// What is secret filled in, where there is anything.
pub(super) fn filled(group: &CompiledGroup, artefact: &Artefact, sealing: &Sealing<'_>) -> Result<Filled, Refused> {
    let names: BTreeSet<String> = asked(&artefact.bytes).into_iter().gather();
    let filled = match (names.is_empty(), sealing.secrets.get(&group.organisation)) {
        (false, Some(secrets)) => {
            let unfit = |unfit| Refused::Secret { path: artefact.path.clone(), unfit };
            Some(fill(artefact.format, &artefact.bytes, secrets).map_err(unfit)?)
        }
        _ => None,
    };
    Ok((names, filled))
}

/// Fills in what is secret, and signs: profiles with their content in the signature, what else holds a secret beside it.
fn seal(
    group: &CompiledGroup,
    artefact: &Artefact,
    layout: Option<Layout>,
    sealing: &Sealing<'_>,
) -> Result<Sealed, Refused> {
    let Sealing { signer, at, .. } = *sealing;
    let (names, filled) = filled(group, artefact, sealing)?;
    let is_secret = !names.is_empty();
    let content = filled.as_ref().map_or(artefact.bytes.as_slice(), |filled| filled.as_slice());
    let signed = signs(layout, artefact.format);
    let (bytes, seal) = match (signed, is_secret) {
        (true, _) => (signer.sign(content, at, Placement::Enclosed)?, None),
        (false, false) => (content.to_vec(), None),
        (false, true) => (content.to_vec(), Some(signer.sign(content, at, Placement::Detached)?)),
    };
    let file = match (is_secret, signed) {
        (false, _) => Some(Measure::of(&bytes)),
        (true, true) => Some(Measure::without_size(&bytes)),
        (true, false) => None,
    };
    let released = Released {
        path: artefact.path.clone(),
        group: group.checked.target().group.value.clone(),
        clauses: clauses(group, artefact),
        secrets: names.into_iter().collect(),
        file,
        signed,
        content: (signed && !is_secret).then(|| Measure::of(content)),
        seal: seal.as_deref().map(Measure::of),
    };
    Ok(Sealed { released, bytes: bytes.into(), seal })
}

/// The clauses that ask for what a file sets, sorted.
pub(in super::super) fn clauses(group: &CompiledGroup, artefact: &Artefact) -> Vec<String> {
    let holds: BTreeSet<_> = artefact.holds.iter().gather();
    let own = group.behind(artefact).settings().iter().filter(|setting| holds.contains(&setting.address));
    let clauses: BTreeSet<&ClauseRef> = own
        .flat_map(|setting| &setting.origins)
        .flat_map(|origin| origin.clauses.iter().map(|(clause, _)| clause))
        .gather();
    clauses.into_iter().map(ToString::to_string).collect()
}

/// The exceptions that are in force, as a manifest tells of them.
pub(in super::super) fn in_force(session: &Session) -> Vec<InForce> {
    let mut all = Vec::new();
    for organisation in &session.compiled.policy.organisations {
        let standing = |one: &&Exception| matches!(one.state, ExceptionState::InForce | ExceptionState::Recorded);
        for exception in organisation.exceptions.iter().filter(standing) {
            all.push(InForce {
                organisation: organisation.id.value.clone(),
                id: exception.id.value.clone(),
                expires: exception.expires.as_ref().map(|day| day.value.to_string()),
                groups: exception.groups.clone(),
                clauses: exception.clauses.iter().map(|clause| clause.value.to_string()).collect(),
                relaxes: exception.state == ExceptionState::InForce,
            });
        }
    }
    all.arrange();
    all
}
