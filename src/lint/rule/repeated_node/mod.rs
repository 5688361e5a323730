//! One node twice in a file: what a device receives last holds, and the other is a mistake of somebody's (failure-modes B25). Letter case
//! makes no other node (B34).

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::reader::{How, Item};
use crate::setting::{Family, Leaf};
use std::collections::BTreeMap;

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::DuplicateAddress], explain: None, run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let mut first: BTreeMap<(String, Option<&str>), &Item> = BTreeMap::new();
    let mut found = Vec::new();
    let is_set = |item: &&Item| item.setting.address.family == Family::Csp && !matches!(item.how, How::Observed { .. });
    for item in file.reading.items.iter().filter(is_set) {
        let address = &item.setting.address;
        let element = match &address.leaf {
            Leaf::AdmxElement(_) | Leaf::Keys(_) => continue,
            Leaf::Node | Leaf::AdmxState => None,
        };
        let Some(earlier) = first.insert((folded(&address.owner), element), item) else { continue };
        let is_same = earlier.setting.value == item.setting.value && address.leaf == Leaf::Node;
        let message = match is_same {
            true => format!("`{}` stands twice, with one value", address.owner),
            false => format!("`{}` stands twice: what a device receives last holds", address.owner),
        };
        let finding = Diagnostic::new(Code::DuplicateAddress, item.setting.span, message)
            .severity(if is_same { Severity::Warning } else { Severity::Error })
            .also(earlier.setting.span, "the first is here")
            .help("leave one of them");
        found.push(finding);
    }
    found
}

/// `./Vendor` is `./Device/Vendor`.
fn folded(uri: &str) -> String {
    let folded = uri.to_lowercase();
    match folded.strip_prefix("./vendor/") {
        Some(rest) => format!("./device/vendor/{rest}"),
        None => folded,
    }
}
