//! A command of SyncML that its node does not take: `AccessType` of the DDF. 193 leaves take `Replace` and no `Add`, 28 the other way round
//! (failure-modes B24).

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::How;
use std::collections::BTreeSet;

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::WrongVerb], explain: None, run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut said: BTreeSet<&str> = BTreeSet::new();
    for item in &file.reading.items {
        let (verb, other) = match item.how {
            How::Added => ("Add", "Replace"),
            How::Replaced => ("Replace", "Add"),
            How::Set | How::Once | How::Executed | How::Observed { .. } => continue,
        };
        let uri = item.setting.address.owner.as_str();
        let Some(known) = file.catalogue.known_node(uri) else { continue };
        let takes = |verb: &str| known.node.access.iter().any(|access| access == verb);
        // What can be set in neither way has its finding.
        if takes(verb) || !takes(other) || !said.insert(uri) {
            continue;
        }
        let message = format!("`{uri}` does not take `{verb}`");
        let finding = Diagnostic::new(Code::WrongVerb, item.setting.span, message);
        found.push(
            finding.help(format!("write `<{other}>` in place of `<{verb}>`: a device answers the other with an error")),
        );
    }
    found
}
