//! organisation.yaml → [`OrganisationText`].

use super::written::group_names;
use super::{Text, sentence, texts};
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::policy::document::OrganisationText;
use crate::source::Spanned;
use crate::source::fields::{self, Fields};
use crate::source::yaml::Node;

pub(super) fn parse(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    let mut fields = Fields::of(root, "organisation.yaml", found)?;
    let place = fields.span;
    let id = fields.take("organisation").and_then(|node| fields::name(node, "an organisation", found));
    let start = id.as_ref().map_or(place, |id| id.span);
    let name = fields.need("name", start, found).and_then(|node| sentence(node, "the name", found));
    let identifier = fields
        .need("identifier", start, found)
        .and_then(|node| fields::text(node, "the identifier", found))
        .filter(|text| is_identifier(text, found));
    let tenant = fields.take("entra-tenant");
    let entra_tenant =
        tenant.and_then(|node| fields::quoted(node, "the tenant", found)).filter(|text| is_guid(text, found));
    let unread = if tenant.is_some() && entra_tenant.is_none() { vec!["entra-tenant".to_owned()] } else { Vec::new() };
    let domains = fields.take("domains").map_or(Vec::new(), |node| texts(node, "`domains`", found));
    let domains = domains.into_iter().filter(|text| is_domain(text, found)).collect();
    let certificates = fields.take("certificates").map_or(Vec::new(), |node| certificates(node, found));
    let deny = fields.take("deny").map_or(Vec::new(), |node| texts(node, "`deny`", found));
    let deny = deny.into_iter().filter_map(|text| code(&text, found)).collect();
    let adopts = fields.take("adopts").map_or(Vec::new(), |node| adopts(node, found));
    let formerly = fields.take("formerly").and_then(|node| fields::name(node, "an organisation", found));
    fields.finish(found);
    Some(Text::Organisation(Box::new(OrganisationText {
        id: id?,
        name,
        identifier,
        entra_tenant,
        unread,
        domains,
        certificates,
        deny,
        adopts,
        formerly,
    })))
}

/// Adopted baselines: id → groups.
fn adopts(node: &Node, found: &mut Diagnostics) -> Vec<(Spanned<String>, Vec<Spanned<String>>)> {
    let Some(entries) = fields::entries(node, "`adopts`", found) else { return Vec::new() };
    entries.iter().map(|entry| (entry.key.clone(), group_names(&entry.value, found))).collect()
}

/// Certificates: name → path inside the folder.
fn certificates(node: &Node, found: &mut Diagnostics) -> Vec<(Spanned<String>, Spanned<String>)> {
    let Some(entries) = fields::entries(node, "`certificates`", found) else { return Vec::new() };
    let mut list = Vec::new();
    for entry in entries {
        let Some(path) = sentence(&entry.value, "the path of a certificate", found) else { continue };
        if fields::check_name(&entry.key, "a certificate", found) && is_inside(&path, found) {
            list.push((entry.key.clone(), path));
        }
    }
    list
}

/// Reverse DNS, as Apple recommends for `PayloadIdentifier`.
fn is_identifier(text: &Spanned<String>, found: &mut Diagnostics) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let good = parts.len() >= 2
        && text.len() <= 100
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    if !good {
        found.push(
            Diagnostic::new(Code::InvalidValue, text.span, format!("`{}` is no identifier", text.value)).help(
                "write your domain backwards, such as `uk.gov.cafcass`: letters, digits and hyphens between dots",
            ),
        );
    }
    good
}

fn is_guid(text: &Spanned<String>, found: &mut Diagnostics) -> bool {
    let good = looks_like_guid(text);
    if !good {
        found.push(
            Diagnostic::new(Code::InvalidValue, text.span, format!("`{}` is not the id of a directory", text.value))
                .help("write its GUID, such as \"11111111-2222-3333-4444-555555555555\", without braces"),
        );
    }
    good
}

/// A GUID as Microsoft writes them: without braces.
pub(super) fn looks_like_guid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn is_domain(text: &Spanned<String>, found: &mut Diagnostics) -> bool {
    let good = text.contains('.')
        && text.len() <= 253
        && text.split('.').all(|part| {
            !part.is_empty()
                && part.len() <= 63
                && part.chars().all(|c| c.is_alphanumeric() || c == '-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        });
    if !good {
        found.push(
            Diagnostic::new(Code::InvalidValue, text.span, format!("`{}` is not a domain", text.value))
                .help("write it as `cafcass.gov.uk`"),
        );
    }
    good
}

/// Paths stay inside the organisation's folder, on every operating system.
pub(super) fn is_inside(path: &Spanned<String>, found: &mut Diagnostics) -> bool {
    let good = !path.contains(['\\', ':']) && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !good {
        found.push(
            Diagnostic::new(Code::UnportableName, path.span, format!("`{}` is no path inside the folder", path.value))
                .help("write names with `/` between them, from the organisation's folder down"),
        );
    }
    good
}

fn code(text: &Spanned<String>, found: &mut Diagnostics) -> Option<Code> {
    let code = Code::named(text);
    if code.is_none() {
        let finding =
            Diagnostic::new(Code::InvalidValue, text.span, format!("no finding has the code `{}`", text.value));
        let cure = did_you_mean(text, Code::ALL.iter().map(|code| code.name()));
        found.push(
            finding.help(cure.unwrap_or_else(|| "codes are what stands in brackets behind `warning`".to_owned())),
        );
    }
    code
}
