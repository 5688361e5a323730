//! Security identifiers in lists of accounts: Windows takes one for an identifier where a `*` stands before it, and else for a name, which
//! nobody has (Policy CSP, UserRights: "SIDs … must be prefixed with `*`"; failure-modes B33).

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Setting, Value};

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::SidForm], explain: Some(include_str!("explain.md")), run };

/// The area whose nodes hold lists of accounts.
const AREA: &str = "/policy/config/userrights/";
/// What separates accounts there.
const BETWEEN: char = '\u{F000}';

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for setting in file.reading.settings().filter(|setting| setting.address.owner.to_lowercase().contains(AREA)) {
        let bare: Vec<String> = accounts(setting).into_iter().filter(|account| is_bare(account)).collect();
        let Some(first) = bare.first() else { continue };
        let message = format!("`{first}` of `{}` is taken for the name of an account", setting.address.owner);
        let finding = Diagnostic::new(Code::SidForm, setting.span, message);
        found.push(finding.help(format!("write `*{first}`: a `*` stands before an identifier")));
    }
    found
}

fn accounts(setting: &Setting) -> Vec<String> {
    let parted = |text: &str| text.split([BETWEEN, ',']).map(|part| part.trim().to_owned()).collect::<Vec<String>>();
    match &setting.value {
        Value::Text(text) => parted(&text.replace("&#xF000;", "\u{F000}")),
        Value::Array(items) => items
            .iter()
            .flat_map(|item| if let Value::Text(text) = &item.value { parted(text) } else { Vec::new() })
            .collect(),
        _ => Vec::new(),
    }
}

/// `S-1-5-32-544`, without what stands before it.
fn is_bare(account: &str) -> bool {
    let rest = account.strip_prefix("S-1-").or_else(|| account.strip_prefix("s-1-"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    })
}
