//! Files that a group has as they are: those of its `attach`, found in the organisation's folder.

use super::document::AttachmentText;
use crate::control::OrganisationFacts;
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Spanned;
use std::sync::Arc;

/// A file that travels as it is.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its path in the organisation's folder.
    pub file: Spanned<String>,
    /// Why it is not sources.
    pub because: String,
    /// The digest that it has to have.
    pub sha256: Option<Spanned<String>>,
    /// Its bytes.
    pub bytes: Arc<Vec<u8>>,
}

impl Attachment {
    /// The last part of its path.
    pub fn name(&self) -> &str {
        name(&self.file)
    }
}

impl AttachmentText {
    /// The last part of its path.
    pub(super) fn name(&self) -> &str {
        name(&self.file)
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The files behind what a group attaches; one that is not there is a finding.
pub(super) fn attachments(
    texts: &[AttachmentText],
    facts: &OrganisationFacts,
    found: &mut Diagnostics,
) -> Vec<Attachment> {
    let mut all = Vec::new();
    for AttachmentText { file, because, sha256 } in texts {
        let Some(bytes) = facts.files.get(&file.value) else {
            found.push(missing(file, facts));
            continue;
        };
        let (file, because, sha256) = (file.clone(), because.clone(), sha256.clone());
        all.push(Attachment { file, because, sha256, bytes: Arc::clone(bytes) });
    }
    all
}

/// Why there is no such file.
fn missing(file: &Spanned<String>, facts: &OrganisationFacts) -> Diagnostic {
    let below = format!("{}/", file.value.trim_end_matches('/'));
    let is_folder = facts.files.keys().chain(facts.unopened.keys()).any(|path| path.starts_with(&below));
    let cause = match facts.unopened.get(&file.value) {
        Some(why) => format!("`{}` {why}", file.value),
        None if is_folder => format!("`{}` is a folder", file.value),
        None => format!("there is no file `{}`", file.value),
    };
    let near = did_you_mean(&file.value, facts.files.keys().map(String::as_str));
    let cure = match (facts.unopened.contains_key(&file.value), is_folder, near) {
        (true, ..) => "attach another file, or hand this one to the server yourself".to_owned(),
        (_, true, _) => "name each of its files that devices are to have".to_owned(),
        (.., Some(near)) => near,
        _ => "put the file into the organisation's folder, and name it from there".to_owned(),
    };
    Diagnostic::new(Code::UnknownName, file.span, cause).help(cure)
}
