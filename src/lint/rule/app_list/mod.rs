//! A list of apps that open, in which web clips stand or do not: those of a home screen vanish where `com.apple.webapp` is not on it
//! (failure-modes A9). The author of a policy says which is meant; a file cannot.

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::setting::{Family, Value};

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::WebClipsUndecided], explain: None, run };

const LISTS: &[&str] = &["allowListedAppBundleIDs", "whitelistedAppBundleIDs"];
const WEB_CLIPS: &str = "com.apple.webapp";

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for setting in file.reading.settings() {
        let address = &setting.address;
        let is_list = address.family == Family::Profile
            && address.owner == "com.apple.applicationaccess"
            && matches!(address.keys(), [key] if LISTS.contains(&key.as_str()));
        let Value::Array(apps) = &setting.value else { continue };
        if !is_list || apps.iter().any(|app| app.value == Value::text(WEB_CLIPS)) {
            continue;
        }
        let message = format!("the list of apps that open has no `{WEB_CLIPS}`: web clips vanish from home screens");
        let finding = Diagnostic::new(Code::WebClipsUndecided, setting.span, message).severity(Severity::Warning);
        found.push(finding.help(format!("add `{WEB_CLIPS}` to the list, unless web clips are meant to go")));
    }
    found
}
