//! What stops a release, and which flag lets it through.

use super::super::diff::git::Repository;
use super::super::failure::Failure;
use super::super::project::{GOLDEN, Limits, SOURCES, golden};
use super::super::session::Session;
use super::Release;
use policyc::backend::Format;
use policyc::diagnostic::{Code, Diagnostic};
use policyc::drift;
use policyc::release::manifest::Allowed;
use policyc::release::placeholder::placeholders;
use policyc::source::{Content, Sources, yaml::MAX_FILE};
use std::collections::{BTreeMap, BTreeSet};

/// What was looked at, and let through.
pub(super) struct Checked {
    /// The commit that holds the sources, where one does.
    pub(super) revision: Option<String>,
    pub(super) allowed: Vec<Allowed>,
}

/// Adds a finding for whatever stops the release.
pub(super) fn check(session: &mut Session, command: &Release) -> Result<Checked, Failure> {
    let mut checked = Checked { revision: None, allowed: Vec::new() };
    let drift = drifted(session, command)?;
    let (revision, uncommitted) = uncommitted(session, command)?;
    checked.revision = revision.filter(|_| uncommitted.is_empty());
    let placeholders = left_over(session);
    for (flag, allows, findings) in [
        ("--allow-drift", command.allow_drift, drift),
        ("--allow-uncommitted", command.allow_uncommitted, uncommitted),
        ("--allow-placeholders", command.allow_placeholders, placeholders),
    ] {
        if findings.is_empty() {
            continue;
        }
        if allows {
            let what = findings.into_iter().map(|finding| finding.message).collect();
            checked.allowed.push(Allowed { flag: flag.to_owned(), what });
        } else {
            findings.into_iter().for_each(|finding| session.compiled.found.push(finding));
        }
    }
    Ok(checked)
}

fn drifted(session: &Session, command: &Release) -> Result<Vec<Diagnostic>, Failure> {
    let golden = golden::read(&session.project, command.organisation.as_deref())?;
    let differences = drift::compare(&session.produced(), &golden, &session.catalogue);
    let finding = |difference: &drift::Difference| {
        let message = format!("`{}` is not as approved in {GOLDEN}/", difference.path);
        Diagnostic::in_artefact(Code::Drift, difference.path.as_str(), "", message)
            .help("`policyc check` shows what differs, and `policyc accept` approves it")
    };
    Ok(differences.iter().map(finding).collect())
}

/// The commit, and the source files that it does not hold as they are.
fn uncommitted(session: &Session, command: &Release) -> Result<(Option<String>, Vec<Diagnostic>), Failure> {
    let finding = |path: &str, message: String| {
        Diagnostic::in_artefact(Code::Uncommitted, path, "", message)
            .help("commit the sources first: a bundle names the commit that it was made of")
    };
    let whole = |why: &str| vec![finding(SOURCES, format!("the sources are not committed: {why}"))];
    let Some(repository) = Repository::at(&session.project.root) else {
        return Ok((None, whole("the project is in no git repository")));
    };
    let Some((commit, tree)) = repository.commit("HEAD").zip(repository.resolve("HEAD")) else {
        return Ok((None, whole("the repository has no commit")));
    };
    let folder = repository.path(None);
    let folder = if folder.is_empty() { SOURCES.to_owned() } else { format!("{folder}/{SOURCES}") };
    let limits = Limits { files: 10_000, total: 256 << 20, each: MAX_FILE };
    let committed = if repository.has(&tree, &folder) { repository.files(&tree, &folder, limits)? } else { Vec::new() };
    let committed: BTreeMap<String, Vec<u8>> = committed
        .into_iter()
        .filter_map(|file| match file.content {
            Content::Bytes(bytes) => Some((format!("{SOURCES}/{}", file.path), bytes)),
            Content::TooLarge(_) | Content::Refused(_) => None,
        })
        .collect();
    let own = files(&session.sources);
    let wanted = |path: &str| {
        let folder = path.split('/').nth(1).filter(|_| path.split('/').count() > 2);
        match (&command.organisation, folder) {
            (Some(only), Some(folder)) => folder == only || folder == "baselines",
            _ => true,
        }
    };
    let paths: BTreeSet<&str> = own.keys().copied().chain(committed.keys().map(String::as_str)).collect();
    let findings = paths.into_iter().filter(|path| wanted(path)).filter_map(|path| {
        let why = match (own.get(path), committed.get(path)) {
            (Some(own), Some(committed)) if *own == committed.as_slice() => return None,
            (Some(_), Some(_)) => "is not as committed",
            (Some(_), None) => "is not committed",
            (None, _) => "is committed, and not here",
        };
        Some(finding(path, format!("`{path}` {why}")))
    });
    Ok((Some(commit), findings.collect()))
}

/// The bytes of the sources, by path.
pub(super) fn files(sources: &Sources) -> BTreeMap<&str, &[u8]> {
    sources.files().filter_map(|(_, source)| source.bytes().map(|bytes| (&*source.path, bytes))).collect()
}

fn left_over(session: &Session) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for artefact in session.compiled.artefacts().filter(|artefact| artefact.format == Format::Mobileconfig) {
        for one in placeholders(&String::from_utf8_lossy(&artefact.bytes)) {
            let message =
                format!("`{}`, line {}: `{}` is left for a server to fill in", artefact.path, one.line, one.text);
            let finding = Diagnostic::in_artefact(
                Code::Placeholder,
                artefact.path.as_str(),
                format!("line {}", one.line),
                message,
            );
            found.push(finding.help("write the value itself; filling it in would void the signature"));
        }
    }
    found
}
