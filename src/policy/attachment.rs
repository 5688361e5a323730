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
            let cause = format!("there is no file `{}`", file.value);
            let cure = did_you_mean(&file.value, facts.files.keys().map(String::as_str));
            let cure = cure
                .unwrap_or_else(|| "put the file into the organisation's folder, and name it from there".to_owned());
            found.push(Diagnostic::new(Code::UnknownName, file.span, cause).help(cure));
            continue;
        };
        let (file, because, sha256) = (file.clone(), because.clone(), sha256.clone());
        all.push(Attachment { file, because, sha256, bytes: Arc::clone(bytes) });
    }
    all
}
