//! The names of secrets: where each comes from, and those of which nobody says. No value is looked for: only `release` does that.

use super::Organisation;
use super::resolve::Folder;
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use crate::setting::Setting;
use crate::source::{Sources, Spanned};
use std::collections::BTreeMap;

/// Where the organisation's secrets come from, by name.
pub(super) fn sources_of(
    folder: &Folder,
    sources: &Sources,
    found: &mut Diagnostics,
) -> BTreeMap<String, Spanned<String>> {
    for (name, from) in &folder.secrets {
        let path = from.strip_prefix("file:").map(|path| path.strip_prefix("./").unwrap_or(path));
        if path.is_some_and(|path| sources.files().any(|(_, file)| *file.path == *path)) {
            let message = format!("the secret `{}` is a file of the sources: whoever reads them reads it", name.value);
            found.push(Diagnostic::new(Code::SecretLiteral, from.span, message).help(
                "keep it outside `policy-sources/`, and out of the repository; paths begin at the project's folder",
            ));
        }
    }
    folder.secrets.iter().map(|(name, from)| (name.value.clone(), from.clone())).gather()
}

/// Reports each secret that settings name and secrets.yaml does not, where it is first named.
pub fn report_unsourced<'a>(
    organisation: &Organisation,
    settings: impl Iterator<Item = &'a Setting>,
    found: &mut Diagnostics,
) {
    let mut reported = Vec::new();
    for setting in settings {
        for name in setting.value.secrets() {
            if organisation.secrets.contains_key(name) || reported.contains(&name) {
                continue;
            }
            reported.push(name);
            let message = format!("nothing says where the secret `{name}` comes from: no release can be made");
            let mut finding = Diagnostic::new(Code::MissingSecret, setting.span, message);
            if let Some(near) = did_you_mean(name, organisation.secrets.keys().map(String::as_str)) {
                finding = finding.help(near);
            }
            let folder = &organisation.id.value;
            found.push(finding.help(format!(
                "write `secrets: {{ {name}: env:NAME }}` in policy-sources/{folder}/secrets.yaml, or `file:PATH`, or `cmd:COMMAND`"
            )));
        }
    }
}
