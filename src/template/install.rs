//! What a group needs before the policies of a template: the template itself, where the organisation's folder has the file.
//!
//! Microsoft Learn, "Win32 and Desktop Bridge app ADMX policy ingestion": a server sends the text of the ADMX file to a node below
//! `ADMXInstall`, before the policies that it defines.

use super::read::{decoded, undeclared};
use super::{INSTALL, POLICY, Template, app_of, installs};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::digest;
use crate::gather::Gather;
use crate::setting::{Address, Channel, Family, Leaf, Role, Setting, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The installs that these settings of a group need and nobody wrote: of each template one of whose policies is among them, and whose
/// ADMX file stands beside the facts, as `admx/FILE` in the organisation's folder.
pub fn install(
    templates: &[Template],
    settings: &[Setting],
    files: &BTreeMap<String, Arc<Vec<u8>>>,
    found: &mut Diagnostics,
) -> Vec<Setting> {
    let of_csps = || settings.iter().filter(|setting| setting.address.family == Family::Csp);
    let written: BTreeSet<String> =
        of_csps().filter_map(|setting| installs(&setting.address.owner)).map(str::to_lowercase).gather();
    let mut needed = Vec::new();
    for template in templates.iter().filter(|template| !written.contains(&template.app.to_lowercase())) {
        let Some(bytes) = files.get(&format!("admx/{}", template.file)) else { continue };
        // `unlisted` says that devices have the template from elsewhere.
        let mut asking = of_csps().filter(|setting| setting.unlisted.is_none());
        let first = asking.find(|setting| template.has(&setting.address.owner));
        let Some(first) = first else { continue };
        if digest::sha256(bytes) != template.digest {
            let message = format!("the facts of `{}` were taken from another file of that name", template.file);
            let help = format!(
                "ingest it anew: `policyc ingest-admx FILE --organisation ORG --app {} --replace`",
                template.app
            );
            found.push(Diagnostic::new(Code::OtherAdmx, template.span, message).help(help));
        }
        needed.extend(text(bytes).map(|text| setting(template, text, first)));
    }
    needed
}

impl Template {
    /// Whether a LocURI names one of its policies.
    pub(crate) fn has(&self, uri: &str) -> bool {
        let is_app = app_of(uri).is_some_and(|app| app.eq_ignore_ascii_case(&self.app));
        let Some((above, name)) = uri.rsplit_once('/').filter(|_| is_app) else { return false };
        let area = above.rsplit_once('/').map_or(above, |(_, area)| area);
        self.policies.iter().any(|policy| {
            policy.name.eq_ignore_ascii_case(name)
                && area.len() > self.app.len()
                && area[self.app.len()..].eq_ignore_ascii_case(&format!("~{POLICY}~{}", policy.categories.join("~")))
        })
    }
}

/// The text as a server sends it: without a declaration, which could name another encoding, and with plain line ends.
pub fn text(bytes: &[u8]) -> Option<String> {
    let text = decoded(bytes).ok()?;
    Some(undeclared(&text).trim().replace("\r\n", "\n"))
}

/// It helps the policy that needs it, and is there for the same reasons.
fn setting(template: &Template, text: String, first: &Setting) -> Setting {
    // A dot has no place in the name of the node.
    let stem = template.file.rsplit_once('.').map_or(template.file.as_str(), |(stem, _)| stem).replace('.', "_");
    let owner = format!("{INSTALL}/{}/{POLICY}/{stem}", template.app);
    let address = Address { family: Family::Csp, channel: Channel::Device, owner, instance: None, leaf: Leaf::Node };
    let mut origins = first.origins.clone();
    for origin in &mut origins {
        origin.role = Role::Helping;
        origin.parameters.clear();
    }
    Setting { span: first.span, origins, ..Setting::found(address, Value::Text(text)) }
}
