//! What changed since the release before, for those who deliver the bundle: the report of `policyc diff` in Markdown, weaker changes first.

use super::super::diff::released;
use super::super::failure::Failure;
use super::super::project::belongs;
use super::super::session::Session;
use super::Release;
use super::refusal::Checked;
use policyc::compare::Direction;
use policyc::diagnostic::Diagnostics;
use policyc::diagnostic::render::Lines;
use policyc::digest::sha256;
use policyc::gather::Arrange;
use policyc::release::cms::Time;
use policyc::report::format::{Format, render};
use policyc::report::{Report, review as data};
use policyc::review::{Side, between};
use policyc::source::Sources;
use std::path::Path;

/// The notes. Nothing of the machine is in them, so that the same two releases have the same.
pub(super) fn notes(
    session: &Session,
    command: &Release,
    previous: &Path,
    checked: &Checked,
    at: Time,
) -> Result<Vec<u8>, Failure> {
    let mut previous = released::read(previous)?;
    let only = command.organisation.as_deref();
    previous.files.retain(|file| belongs(&file.path, only));
    let before = Side::files("the release before", &previous.files).with_secrets(previous.with_secrets());
    let after = Side::compiled("this release", &session.sources, &session.compiled, only);
    let review = between(&before, &after, &session.catalogue);
    let nothing = Sources::default();
    let mut report = Report::new("diff", &Diagnostics::default(), &Lines::new(&nothing));
    report.entries = data::entries(&review, &[]);
    report.entries.arrange_by_key(|entry| entry.direction != Some(Direction::Weaker.word()));
    report.summary =
        std::iter::once(super::super::diff::summary(&review)).chain(review.remarks.iter().cloned()).collect();
    let secret = |path| format!("`{path}` of the release before holds secrets, which are not compared");
    report.summary.extend(previous.with_secrets().filter(|path| belongs(path, only)).map(secret));
    let origin = match &checked.revision {
        Some(revision) => format!("of commit {revision}"),
        None => "of sources that no commit holds".to_owned(),
    };
    let mut text = format!(
        "# Release notes\n\nThis release is {origin}, signed at {at}. The one before is {}; the SHA-256 of its manifest is `{}`.\n\n",
        previous.origin(),
        sha256(&previous.manifest.print()),
    );
    for allowed in &checked.allowed {
        text.push_str(&format!(
            "Let through by `{}`; the manifest says what ({}).\n\n",
            allowed.flag,
            allowed.what.len()
        ));
    }
    // Its head names a command that nobody ran.
    let page = render(&report, Format::Markdown);
    text.push_str(page.split_once("\n\n").map_or("", |(_, body)| body));
    Ok(text.into_bytes())
}
