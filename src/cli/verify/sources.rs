//! A bundle against the sources that it was made of: they are compiled as its manifest says, and every file must be what they give.

use super::super::Global;
use super::super::failure::Failure;
use super::super::format::Format;
use super::super::project::{Project, SOURCES};
use super::super::release::layout::{Laid, Layout, laid, named};
use super::super::release::{clauses, in_force, source_files};
use super::super::session::Session;
use super::super::terminal::Terminal;
use super::Gathered;
use policyc::consumer;
use policyc::diagnostic::render::Lines;
use policyc::diagnostic::{Code, Diagnostic, Severity};
use policyc::drift;
use policyc::drift::Produced;
use policyc::gather::Gather;
use policyc::release::archive::Files;
use policyc::release::layout::{Tool, arrange};
use policyc::release::manifest::{MANIFEST, Manifest, Released, sources_digest};
use policyc::report::verify::{Compared, Looked, entry};
use policyc::setting::{Date, Dialect, Route};
use policyc::source::{Content, SourceFile};
use policyc::{CompiledGroup, Serve};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Compares a bundle with what a tree gives.
pub(super) fn compare(
    (looked, files): (&Looked, Option<&Files>),
    tree: &Path,
    (global, terminal): (&Global, Terminal),
    gathered: &mut Gathered,
) -> Result<(), Failure> {
    let Some((files, manifest)) = files.zip(looked.verified.manifest.as_ref()) else {
        if looked.errors > 0 {
            return Ok(()); // what is wrong with it has been said
        }
        return Err(Failure::Unknown {
            kind: "bundle",
            name: looked.path.clone(),
            cure: Some("`--sources` compares whole bundles: name the folder or the archive".to_owned()),
        });
    };
    let as_of = Date::parse(&manifest.sources.as_of);
    let project = Project::find(tree)?;
    let (layout, global) =
        (of_layout(manifest)?, &Global { server: serve(manifest)?, intune: dialect(manifest)?, ..global.clone() });
    let mut session = Session::compile(project, manifest.sources.organisation.as_deref(), as_of, (global, terminal))?;
    let is_whole = |layout: &Layout| layout.tool().is_none() && !session.has_errors();
    let laid = layout.filter(is_whole).map(|_| laid(&mut session));
    let mut compared = Compared {
        path: looked.path.clone(),
        sources: tree.join(SOURCES).display().to_string(),
        ..Compared::default()
    };
    let found = &mut gathered.found;
    let place = format!("{}/{MANIFEST}", looked.path);
    let finding = |code: Code, message: String| Diagnostic::in_artefact(code, place.as_str(), "", message);
    let mut others: Vec<Diagnostic> = Vec::new();
    if let Some(message) = other_sources(manifest, &session) {
        let commit = manifest.sources.revision.as_deref().unwrap_or("none");
        others.push(
            finding(Code::OtherSources, message)
                .help(format!("the manifest names the commit {commit}: check that out, and verify against it")),
        );
    }
    if session.has_errors() {
        if global.is(Format::Text) {
            session.remark(global, terminal, "nothing was compared");
        }
        gathered.faulty.push(session.report("verify", global));
        others.into_iter().for_each(|one| found.push(one));
        gathered.compared.push(compared);
        return Ok(());
    }
    let tool = layout.and_then(Layout::tool);
    let produced = match &laid {
        Some(laid) => laid_out(&session, laid),
        None => session.produced(),
    };
    let (differences, unknown) = match tool {
        None => drift::compare_released(&produced, &contents(looked, files, manifest), &session.catalogue),
        Some(_) => (Vec::new(), BTreeMap::new()),
    };
    compared.unknown = unknown;
    compared.files = manifest.files.len();
    let mut told = untrue(manifest, &session);
    told.extend(laid.iter().flat_map(|laid| other_beside(laid, files)));
    if let Some(tool) = tool {
        told.extend(laid_otherwise((manifest, files), tool, &session, &mut compared));
    }
    let is_same = others.is_empty() && differences.is_empty() && told.is_empty();
    match other_version(manifest) {
        // Whether the sources or the version makes the difference, nobody can say; so it is not called one.
        Some(message) if !differences.is_empty() || !told.is_empty() => {
            let message = format!("{message}: what these sources give differs, and cannot be compared");
            found.push(finding(Code::OtherVersion, message).help(SAME_VERSION));
        }
        version => {
            if let Some(message) = version {
                let message = format!("{message}, and gave the same as these sources give here");
                found.push(finding(Code::OtherVersion, message).severity(Severity::Warning).help(SAME_VERSION));
            }
            compared.is_same = Some(is_same);
            others.extend(told.into_iter().map(|message| {
                finding(Code::OtherSources, message)
                    .help("the manifest does not tell what these sources say: see the commit that it names")
            }));
            let lines = Lines::new(&session.sources);
            gathered.entries.extend(differences.iter().map(|one| entry(&looked.path, one, &lines)));
        }
    }
    others.into_iter().for_each(|one| found.push(one));
    gathered.compared.push(compared);
    Ok(())
}

/// The layout that a manifest names.
fn of_layout(manifest: &Manifest) -> Result<Option<Layout>, Failure> {
    let Some(layout) = &manifest.layout else { return Ok(None) };
    let cure = || Some("compare it with the version of policyc that made it".to_owned());
    let unknown = || Failure::Unknown { kind: "layout", name: layout.name.clone(), cure: cure() };
    named(&layout.name).map(Some).map_err(|_| unknown())
}

/// The server that the files were held against.
fn serve(manifest: &Manifest) -> Result<Option<Serve>, Failure> {
    let Some(layout) = &manifest.layout else { return Ok(None) };
    let Some(name) = &layout.server else {
        return Ok(of_layout(manifest)?.and_then(Layout::server).map(Serve::WhereUnstated));
    };
    let unknown = || Failure::Unknown { kind: "server", name: name.clone(), cure: Some(consumer::unknown(name)) };
    consumer::named(name).map(|server| Some(Serve::Every(server))).ok_or_else(unknown)
}

/// The dialect of Intune's that the run asked for.
fn dialect(manifest: &Manifest) -> Result<Option<Dialect>, Failure> {
    let Some(word) = &manifest.sources.intune else { return Ok(None) };
    let unknown = |cure| Failure::Unknown { kind: "dialect of Intune's", name: word.clone(), cure: Some(cure) };
    super::super::dialect(word).map(Some).map_err(unknown)
}

/// The session's side of the comparison in a layout.
fn laid_out<'a>(session: &'a Session, laid: &'a Laid) -> Vec<Produced<'a>> {
    let side = |(at, outcome): (usize, &'a CompiledGroup)| {
        let checked = outcome.routes().find(|checked| checked.target().route() == Route::Direct)?;
        let group = &session.compiled.policy.organisations[outcome.organisation].groups[outcome.group];
        Some(Produced { artefacts: laid.of(at).iter().collect(), checked, exceptions: &group.exceptions })
    };
    session.compiled.groups.iter().enumerate().filter_map(side).collect()
}

/// Files of a layout that are for no group, and not what these sources give.
fn other_beside(laid: &Laid, files: &Files) -> Vec<String> {
    let differs = |(path, bytes): (&String, &Vec<u8>)| {
        (files.get(path) != Some(bytes)).then(|| format!("`{path}` is not what these sources give"))
    };
    laid.beside.iter().filter_map(differs).collect()
}

const SAME_VERSION: &str = "verify with the version of policyc that the manifest names";

/// What the devices get, out of the signatures: by the path of the file.
fn contents(looked: &Looked, files: &Files, manifest: &Manifest) -> Vec<SourceFile> {
    let opened: BTreeMap<&str, &Vec<u8>> =
        looked.verified.signed.iter().filter_map(|one| Some((one.path.as_str(), one.content.as_ref()?))).gather();
    let content = |released: &Released| {
        let own = files.get(&released.path)?;
        let content = match (released.signed, opened.get(released.path.as_str())) {
            (false, _) => Content::Bytes(own.clone()),
            (true, Some(inside)) => Content::Bytes((*inside).clone()),
            (true, None) => Content::Refused("its signature cannot be opened".to_owned()),
        };
        Some(SourceFile { path: released.path.clone(), content })
    };
    manifest.files.iter().filter_map(content).collect()
}

fn other_sources(manifest: &Manifest, session: &Session) -> Option<String> {
    let digest = sources_digest(source_files(&session.sources).into_iter());
    (digest != manifest.sources.sha256).then(|| {
        format!(
            "the bundle was made of other sources: their digest is {}, and that of these is {digest}",
            manifest.sources.sha256
        )
    })
}

fn other_version(manifest: &Manifest) -> Option<String> {
    let tool = &manifest.tool;
    let own = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    if (tool.name.as_str(), tool.version.as_str()) != own {
        return Some(format!("{} {} made the bundle, and this is {} {}", tool.name, tool.version, own.0, own.1));
    }
    let known = policyc::digests();
    let names: BTreeSet<&String> = known.keys().chain(tool.catalogue.keys()).gather();
    let other: Vec<&str> =
        names.into_iter().filter(|name| known.get(*name) != tool.catalogue.get(*name)).map(String::as_str).collect();
    (!other.is_empty())
        .then(|| format!("the bundle was made with other data than this policyc has ({})", other.join(", ")))
}

/// A bundle in a layout against the same layout of what these sources give. What stands in it may be another form of what was approved
/// (a text inside a text, base64), so it is compared byte by byte, and a file with a secret in it not at all.
fn laid_otherwise(
    (manifest, files): (&Manifest, &Files),
    tool: Tool,
    session: &Session,
    compared: &mut Compared,
) -> Vec<String> {
    let given: Vec<(&str, &[u8])> =
        session.compiled.artefacts().map(|artefact| (artefact.path.as_str(), artefact.bytes.as_slice())).collect();
    let mut expected: BTreeMap<String, Vec<u8>> =
        arrange(tool, &given).files.into_iter().map(|laid| (laid.path, laid.bytes)).gather();
    let mut said = Vec::new();
    for released in &manifest.files {
        match (expected.remove(&released.path), files.get(&released.path)) {
            (None, _) => {
                said.push(format!("`{}` is in the bundle, and these sources give no such file", released.path))
            }
            (Some(_), _) if !released.secrets.is_empty() => compared.whole.push(released.path.clone()),
            (Some(own), Some(bytes)) if own == *bytes => {}
            (Some(_), _) => said.push(format!("`{}` is not what these sources give in this layout", released.path)),
        }
    }
    let missing = |path: String| format!("`{path}` is what these sources give, and the bundle does not hold it");
    said.extend(expected.into_keys().map(missing));
    said
}

/// What the manifest says beside files, and these sources do not: exceptions, and for each file its group and clauses.
fn untrue(manifest: &Manifest, session: &Session) -> Vec<String> {
    let mut said = Vec::new();
    let expected = in_force(session);
    for one in expected.iter().filter(|one| !manifest.exceptions.contains(one)) {
        said.push(format!(
            "the manifest does not tell as it is of the exception `{}` of {}, in force in these sources",
            one.id, one.organisation
        ));
    }
    for one in manifest
        .exceptions
        .iter()
        .filter(|one| expected.iter().all(|known| (&known.id, &known.organisation) != (&one.id, &one.organisation)))
    {
        said.push(format!(
            "the manifest tells of the exception `{}` of {}, which is not in force in these sources",
            one.id, one.organisation
        ));
    }
    let listed: BTreeMap<&str, &Released> = manifest.files.iter().map(|file| (file.path.as_str(), file)).gather();
    for group in &session.compiled.groups {
        for artefact in &group.artefacts {
            let Some(released) = listed.get(artefact.path.as_str()) else { continue };
            if released.group != session.name(group).1 {
                said.push(format!(
                    "the manifest gives `{}` to the group `{}`, and these sources to `{}`",
                    artefact.path,
                    released.group,
                    session.name(group).1
                ));
            }
            let clauses = clauses(group, artefact);
            if released.clauses != clauses {
                said.push(format!(
                    "the manifest says that `{}` is asked by {}, and these sources say {}",
                    artefact.path,
                    list(&released.clauses),
                    list(&clauses)
                ));
            }
        }
    }
    said
}

fn list(clauses: &[String]) -> String {
    if clauses.is_empty() { "nobody".to_owned() } else { clauses.join(", ") }
}
