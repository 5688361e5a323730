//! What stops a release, and which flag lets it through.

use super::super::diff::git::Repository;
use super::super::failure::Failure;
use super::super::project::{GOLDEN, Limits, SOURCES, golden};
use super::super::session::Session;
use super::Release;
use super::identity::{Refused, finding};
use super::secret::Secrets;
use policyc::backend::Format;
use policyc::backend::fill::{asked, fill};
use policyc::diagnostic::{Code, Diagnostic};
use policyc::drift;
use policyc::gather::Gather;
use policyc::policy::{Exception, ExceptionState};
use policyc::release::manifest::Allowed;
use policyc::release::placeholder::{count, placeholders};
use policyc::setting::Date;
use policyc::source::{Content, SourceFile, Sources, Spanned, yaml::MAX_FILE};
use std::collections::{BTreeMap, BTreeSet};

/// Lets through what a server would fill in.
const PLACEHOLDERS: &str = "--allow-placeholders";

/// What was looked at, and let through.
pub(super) struct Checked {
    /// The commit that holds the sources, where one does.
    pub(super) revision: Option<String>,
    pub(super) allowed: Vec<Allowed>,
    /// What changed since the release before, where that is given.
    pub(super) notes: Option<Vec<u8>>,
}

/// Adds a finding for whatever stops the release.
pub(super) fn check(session: &mut Session, command: &Release) -> Result<Checked, Failure> {
    let mut checked = Checked { revision: None, allowed: Vec::new(), notes: None };
    let golden = golden::read(&session.project, command.organisation.as_deref())?;
    let drift = drifted(session, &golden);
    let (revision, uncommitted) = uncommitted(session, &golden, command)?;
    checked.revision = revision;
    // Where nothing is signed by itself, a server may fill in what it likes.
    let placeholders = if command.layout.is_some() { Vec::new() } else { left_over(session) };
    for (flag, allows, findings) in [
        ("--allow-drift", command.allow_drift, drift),
        ("--allow-uncommitted", command.allow_uncommitted, uncommitted),
        (PLACEHOLDERS, command.allow_placeholders, placeholders),
    ] {
        checked.take(flag, allows, findings, session);
    }
    Ok(checked)
}

impl Checked {
    /// Lets findings through and says so, or adds them to those of the session.
    fn take(&mut self, flag: &str, allows: bool, findings: Vec<Diagnostic>, session: &mut Session) {
        if !allows {
            return findings.into_iter().for_each(|finding| session.compiled.found.push(finding));
        }
        let what = findings.into_iter().map(|finding| finding.message);
        match self.allowed.iter_mut().find(|allowed| allowed.flag == flag) {
            Some(allowed) => allowed.what.extend(what),
            None => {
                let what: Vec<String> = what.collect();
                self.allowed.extend((!what.is_empty()).then(|| Allowed { flag: flag.to_owned(), what }));
            }
        }
    }
}

/// Adds a finding for each secret that cannot stand where it is asked for, and for each file in which one leaves something for a server
/// to fill in: all of them, in the order of the files, before anything is signed.
pub(super) fn check_filled(session: &mut Session, command: &Release, checked: &mut Checked, secrets: &Secrets) {
    let (mut unfit, mut left) = (Vec::new(), Vec::new());
    for group in &session.compiled.groups {
        let Some(secrets) = secrets.get(&group.organisation) else { continue };
        for artefact in &group.artefacts {
            let names: BTreeSet<String> = asked(&artefact.bytes).into_iter().gather();
            if names.is_empty() {
                continue;
            }
            match fill(artefact.format, &artefact.bytes, secrets) {
                Err(why) => unfit.push(Refused::Secret { path: artefact.path.clone(), unfit: why }),
                Ok(filled) if artefact.format == Format::Mobileconfig => {
                    let own = |bytes: &[u8]| std::str::from_utf8(bytes).map_or(0, count);
                    if own(&filled) > own(&artefact.bytes) {
                        left.push(left_in_secret(&artefact.path, &names));
                    }
                }
                Ok(_) => {}
            }
        }
    }
    unfit.iter().for_each(|refused| session.compiled.found.push(finding(refused, "")));
    checked.take(PLACEHOLDERS, command.allow_placeholders, left, session);
}

/// The value is not told, only whose it may be.
fn left_in_secret(path: &str, names: &BTreeSet<String>) -> Diagnostic {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("`{path}`: what a server would fill in is left in a secret, {}", names.join(" or "));
    Diagnostic::in_artefact(Code::Placeholder, path, "", message)
        .help("change the secret where it comes from; filling anything in would void the signature")
}

/// Adds a finding for each exception that has lapsed by now, although it had not on the day of the signing time: a time in the past must
/// not let it through unless somebody asks for that very day.
pub(super) fn lapsed_since(session: &mut Session, now: Date) {
    let as_of = session.as_of;
    let organisations = &session.compiled.policy.organisations;
    let exceptions = organisations.iter().flat_map(|organisation| &organisation.exceptions);
    let held = |one: &&Exception| !matches!(one.state, ExceptionState::Lapsed | ExceptionState::Template);
    let ends = exceptions.filter(held).filter_map(|one| Some((&one.id.value, one.expires?)));
    let finding = |(id, expires): (&String, Spanned<Date>)| {
        let message = format!("the exception `{id}` ended on {}, after the day of the signing time", expires.value);
        Diagnostic::new(Code::LapsedException, expires.span, message).help(format!(
            "take it out, or have it endorsed again; to make an old release once more, name its day: `--as-of {as_of}`"
        ))
    };
    let found: Vec<Diagnostic> = ends.filter(|(_, expires)| expires.value < now).map(finding).collect();
    found.into_iter().for_each(|one| session.compiled.found.push(one));
}

fn drifted(session: &Session, golden: &[SourceFile]) -> Vec<Diagnostic> {
    let differences = drift::compare(&session.produced(), golden, &session.catalogue);
    let finding = |difference: &drift::Difference| {
        let message = format!("`{}` is not as approved in {GOLDEN}/", difference.path);
        Diagnostic::in_artefact(Code::Drift, difference.path.as_str(), "", message)
            .help("`policyc check` shows what differs, and `policyc accept` approves it")
    };
    differences.iter().map(finding).collect()
}

/// The commit that holds the sources as they are, and the files of sources and approvals that are not as committed: an approval that
/// nobody could review is none.
fn uncommitted(
    session: &Session,
    golden: &[SourceFile],
    command: &Release,
) -> Result<(Option<String>, Vec<Diagnostic>), Failure> {
    let whole = |why: &str| vec![not_committed(SOURCES, format!("the sources are not committed: {why}"))];
    let Some(repository) = Repository::at(&session.project.root) else {
        return Ok((None, whole("the project is in no git repository")));
    };
    let Some((commit, tree)) = repository.commit("HEAD").zip(repository.resolve("HEAD")) else {
        return Ok((None, whole("the repository has no commit")));
    };
    let only = command.organisation.as_deref();
    let limits = Limits { files: 10_000, total: 256 << 20, each: MAX_FILE };
    let own = files(&session.sources).into_iter().map(|(path, bytes)| (path.to_owned(), bytes)).gather();
    let committed = committed(&repository, &tree, SOURCES, limits)?;
    let mut found = differing(&own, &committed, |path| belongs_to(path, only));
    let revision = Some(commit).filter(|_| found.is_empty());
    let own = golden.iter().filter_map(|file| match &file.content {
        Content::Bytes(bytes) => Some((format!("{GOLDEN}/{}", file.path), bytes.as_slice())),
        Content::TooLarge(_) | Content::Refused(_) => None,
    });
    // What stands in golden/ itself explains it to people.
    let is_approval = |path: &str| path.split('/').count() > 2 && belongs_to(path, only);
    let committed = self::committed(&repository, &tree, GOLDEN, golden::LIMITS)?;
    found.extend(differing(&own.gather(), &committed, is_approval));
    Ok((revision, found))
}

/// What a tree holds in a folder of the project.
fn committed(
    repository: &Repository,
    tree: &str,
    folder: &str,
    limits: Limits,
) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let above = repository.path(None);
    let path = if above.is_empty() { folder.to_owned() } else { format!("{above}/{folder}") };
    let files = if repository.has(tree, &path) { repository.files(tree, &path, limits)? } else { Vec::new() };
    let bytes = |file: SourceFile| match file.content {
        Content::Bytes(bytes) => Some((format!("{folder}/{}", file.path), bytes)),
        Content::TooLarge(_) | Content::Refused(_) => None,
    };
    Ok(files.into_iter().filter_map(bytes).gather())
}

/// Whether a path of sources or approvals has to do with the organisation; every one has where none is named.
fn belongs_to(path: &str, only: Option<&str>) -> bool {
    let folder = path.split('/').nth(1).filter(|_| path.split('/').count() > 2);
    only.zip(folder).is_none_or(|(only, folder)| folder == only || folder == "baselines")
}

fn differing(
    own: &BTreeMap<String, &[u8]>,
    committed: &BTreeMap<String, Vec<u8>>,
    wanted: impl Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    let paths: BTreeSet<&String> = own.keys().chain(committed.keys()).gather();
    let finding = |path: &String| {
        let why = match (own.get(path), committed.get(path)) {
            (Some(own), Some(committed)) if *own == committed.as_slice() => return None,
            (Some(_), Some(_)) => "is not as committed",
            (Some(_), None) => "is not committed",
            (None, _) => "is committed, and not here",
        };
        Some(not_committed(path, format!("`{path}` {why}")))
    };
    paths.into_iter().filter(|path| wanted(path)).filter_map(finding).collect()
}

fn not_committed(path: &str, message: String) -> Diagnostic {
    Diagnostic::in_artefact(Code::Uncommitted, path, "", message)
        .help("commit sources and approvals first: a bundle names the commit that it was made of")
}

/// The bytes of the sources, by path.
pub(in super::super) fn files(sources: &Sources) -> BTreeMap<&str, &[u8]> {
    sources.files().filter_map(|(_, source)| source.bytes().map(|bytes| (&*source.path, bytes))).gather()
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
