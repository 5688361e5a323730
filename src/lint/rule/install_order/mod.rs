//! A policy of a template before the template: a device does not know the node yet, and answers with an error (Microsoft Learn, "Win32 and
//! Desktop Bridge app ADMX policy ingestion"; failure-modes B28).

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Leaf;
use crate::template::{app_of, installs};
use std::collections::BTreeMap;

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::AdmxNotInstalled], explain: None, run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let mut early: BTreeMap<String, &crate::reader::Item> = BTreeMap::new();
    let mut found = Vec::new();
    for item in &file.reading.items {
        let uri = item.setting.address.owner.as_str();
        if let Some(app) = app_of(uri).filter(|_| !matches!(item.setting.address.leaf, Leaf::AdmxElement(_))) {
            early.entry(app.to_lowercase()).or_insert(item);
        }
        let Some(app) = installs(uri) else { continue };
        // One finding tells of all of an app's policies.
        if let Some(policy) = early.remove(&app.to_lowercase()) {
            let message = format!("`{}` stands before the template of `{app}`", policy.setting.address.owner);
            let finding = Diagnostic::new(Code::AdmxNotInstalled, policy.setting.span, message)
                .also(item.setting.span, "the template is here")
                .help("put the `ADMXInstall` node first: a device takes them in their order");
            found.push(finding);
        }
    }
    found
}
