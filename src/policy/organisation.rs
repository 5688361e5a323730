//! Organisations: names, identifiers, and what entries may refer to. Follows language.md §3.

use super::Organisation;
use super::parse::is_reserved;
use super::resolve::Folder;
use crate::control::{OrganisationFacts, certificate};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use crate::source::fields::check_name;
use crate::source::{Body, Sources, Spanned};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who an organisation is.
pub(super) struct Heading {
    pub(super) id: Spanned<String>,
    pub(super) written: String,
    pub(super) identifier: String,
    pub(super) deny: Vec<Code>,
    pub(super) formerly: Option<String>,
}

/// Reads organisation.yaml against the folder's name.
pub(super) fn heading(name: &str, folder: &Folder, found: &mut Diagnostics) -> Heading {
    let text = folder.organisation.as_ref();
    check_folder(name, folder, found);
    Heading {
        id: Spanned::new(name.to_owned(), text.map_or(folder.start, |text| text.id.span)),
        written: text.and_then(|text| text.name.as_ref()).map_or(name, |name| name.as_str()).to_owned(),
        identifier: text.and_then(|text| text.identifier.as_ref()).map_or("", |text| text.as_str()).to_owned(),
        deny: text.map_or(Vec::new(), |text| text.deny.clone()),
        formerly: text.and_then(|text| text.formerly.as_ref()).map(|id| id.value.clone()),
    }
}

/// A folder is named for its organisation, with a name that every disk can hold.
fn check_folder(name: &str, folder: &Folder, found: &mut Diagnostics) {
    let Some(text) = &folder.organisation else {
        if folder.unread.is_empty() {
            found.push(
                Diagnostic::new(
                    Code::MissingField,
                    folder.start,
                    format!("no file in `policy-sources/{name}` says which organisation it is"),
                )
                .help(format!("add `organisation.yaml`: `organisation: {name}`, with `name` and `identifier`")),
            );
        }
        return;
    };
    if text.id.value != name {
        let id = &text.id.value;
        let finding = Diagnostic::new(
            Code::InvalidValue,
            text.id.span,
            format!("the organisation is `{id}` and its folder is `{name}`"),
        );
        let folder = Spanned::new(name.to_owned(), text.id.span);
        found.push(match check_name(&folder, "an organisation", &mut Diagnostics::default()) {
            true => finding.help(format!("write `{name}`, or rename the folder")).fix(text.id.span, name),
            false => finding.help(format!("rename the folder to `{id}`")),
        });
    } else if is_reserved(name) {
        found.push(
            Diagnostic::new(Code::UnportableName, text.id.span, format!("Windows keeps the name `{name}` for itself"))
                .help("choose another name: a folder is called so"),
        );
    }
}

/// What entries may refer to. Files that are no sources are here by their path inside the folder.
pub(super) fn facts(
    name: &str,
    folder: &Folder,
    (written, identifier): (&str, &str),
    sources: &Sources,
    found: &mut Diagnostics,
) -> OrganisationFacts {
    let text = folder.organisation.as_ref();
    let mut texts = BTreeMap::from([
        ("organisation".to_owned(), name.to_owned()),
        ("name".to_owned(), written.to_owned()),
        ("identifier".to_owned(), identifier.to_owned()),
    ]);
    if let Some(tenant) = text.and_then(|text| text.entra_tenant.as_ref()) {
        texts.insert("entra-tenant".to_owned(), tenant.value.clone());
    }
    let prefix = format!("policy-sources/{name}/");
    let (mut files, mut unopened) = (BTreeMap::new(), BTreeMap::new());
    for (_, file) in sources.files() {
        let Some(path) = file.path.strip_prefix(&prefix) else { continue };
        let bytes = match &file.content {
            _ if path.ends_with(".yaml") => Err("is a source, and read as one".to_owned()),
            Body::Text(text) => Ok(text.as_bytes()),
            Body::Bytes(bytes) => Ok(bytes.as_slice()),
            Body::TooLarge(size) => Err(format!("has {size} bytes, more than are read of a file")),
            Body::Refused(why) => Err(format!("is not read: {why}")),
        };
        match bytes {
            Ok(bytes) => drop(files.insert(path.to_owned(), Arc::new(bytes.to_vec()))),
            Err(why) => drop(unopened.insert(path.to_owned(), why)),
        }
    }
    let mut certificates = BTreeMap::new();
    for (name, path) in text.into_iter().flat_map(|text| &text.certificates) {
        match files.get(&path.value) {
            None => found.push(
                Diagnostic::new(Code::UnknownName, path.span, format!("there is no file `{}`", path.value))
                    .help("put the certificate into the organisation's folder, and name it from there"),
            ),
            Some(file) if certificate::der(file).is_none() => found.push(
                Diagnostic::new(Code::InvalidValue, path.span, format!("`{}` is no certificate", path.value)).help(
                    "put one certificate alone into the file, as PEM or DER: `openssl x509 -in FILE -text` reads it",
                ),
            ),
            Some(_) => {}
        }
        certificates.insert(name.value.clone(), path.value.clone());
    }
    // Where organisation.yaml is not there or cannot be read, that has its finding, and nothing is known.
    let unread = text.map_or_else(|| vec!["entra-tenant".to_owned()], |text| text.unread.clone());
    let unread = unread.into_iter().gather();
    OrganisationFacts { texts, files, unopened, certificates, unread, releases: BTreeMap::new() }
}

/// Profiles are named `<identifier>.<group>.<profile>`: no organisation's identifier may lead into another's groups.
pub(super) fn check_identifiers(organisations: &[Organisation], found: &mut Diagnostics) {
    for (n, later) in organisations.iter().enumerate() {
        for earlier in organisations[..n].iter().filter(|other| !other.identifier.is_empty()) {
            if later.identifier == earlier.identifier || leads_into(earlier, later) || leads_into(later, earlier) {
                found.push(
                    Diagnostic::new(
                        Code::DuplicateName,
                        later.id.span,
                        format!(
                            "profiles of `{}` and `{}` could have one identifier: `{}` and `{}`",
                            earlier.id.value, later.id.value, earlier.identifier, later.identifier
                        ),
                    )
                    .also(earlier.id.span, "the other organisation")
                    .help("give each organisation an `identifier` of its own"),
                );
            }
        }
    }
}

/// Whether a group of one organisation has the name with which the other's identifier goes on.
fn leads_into(outer: &Organisation, inner: &Organisation) -> bool {
    let Some(rest) = inner.identifier.strip_prefix(&outer.identifier).and_then(|rest| rest.strip_prefix('.')) else {
        return false;
    };
    let next = rest.split('.').next().unwrap_or(rest);
    outer.groups.iter().any(|group| group.target.identity == next)
}
