//! Policy templates of one organisation beside one another: each LocURI is one policy's.

use super::document::{Document, Text};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{Content, SourceFile, Sources};
use crate::template::{Policy, Template};
use std::collections::BTreeMap;

/// The templates that the files of all organisations state; what is wrong in a file is left out: the compiler reports it.
pub fn templates(sources: &Sources) -> Vec<Template> {
    let says = |text: &str| text.starts_with("admx:") || text.contains("\nadmx:");
    let files = sources.files().filter(|(file, _)| says(sources.text(*file)));
    let files = files.map(|(_, file)| SourceFile {
        path: file.path.to_string(),
        content: Content::Bytes(file.bytes().unwrap_or_default().to_vec()),
    });
    let documents = super::parse(&Sources::new(files.collect()), &mut Diagnostics::default());
    let of = |document: Document| match document.content {
        Text::Admx(template) => Some(template),
        _ => None,
    };
    documents.into_iter().filter_map(of).collect()
}

/// Reports templates that put policies at the same LocURIs: each once, at the first such policy. Windows does not tell letter cases apart.
pub(super) fn check(templates: &[Template], found: &mut Diagnostics) {
    let mut seen: BTreeMap<String, &Policy> = BTreeMap::new();
    for template in templates {
        let mut twice = Vec::new();
        for policy in &template.policies {
            let path = format!("{}~{}", template.app, policy.path());
            if let Some(first) = seen.insert(path.to_lowercase(), policy) {
                twice.push((path, policy, first));
            }
        }
        let Some((path, policy, first)) = twice.first() else { continue };
        let message = match twice.len() - 1 {
            0 => format!("the policy `{path}` stands twice in one organisation"),
            more => format!("the policy `{path}` stands twice in one organisation, and {more} more do"),
        };
        let finding = Diagnostic::new(Code::DuplicateName, policy.span, message).also(first.span, "first here");
        found.push(finding.help("keep the facts of one file, or ingest the other under an app of its own (`--app`)"));
    }
}
