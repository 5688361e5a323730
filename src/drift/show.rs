//! Values that may be shown. A value is withheld where the catalogue or the sources call it a secret, however it came into a file.

use crate::backend::Decoded;
use crate::catalogue::{Catalogue, entry::Form};
use crate::check::{self, Checked};
use crate::setting::{Address, Family, Leaf, Secret, Setting, Value};

/// What stands in the place of a value that may not be read.
pub const WITHHELD: &str = "withheld";

/// A value as reports show it, what its keys call a secret withheld.
pub fn value(value: &Value, address: &Address, catalogue: &Catalogue) -> String {
    match (&address.leaf, value) {
        (Leaf::AdmxState, Value::Boolean(true)) => return "enabled".to_owned(),
        (Leaf::AdmxState, Value::Boolean(false)) => return "disabled".to_owned(),
        _ => {}
    }
    let mut path = address.keys().to_vec();
    text(value, &mut path, address, catalogue)
}

/// One side of a change.
pub(crate) fn side(shown: &Value, address: &Address, secret: bool, catalogue: &Catalogue) -> String {
    match shown {
        Value::Secret(_) => marked(shown),
        _ if secret => WITHHELD.to_owned(),
        _ => value(shown, address, catalogue),
    }
}

/// A secret by its name, and a document with the names of its secrets, unless somebody has written one of them out.
fn marked(value: &Value) -> String {
    match value {
        Value::Secret(Secret::Document(text)) if check::writes_out(text) => WITHHELD.to_owned(),
        _ => value.to_string(),
    }
}

/// Whether the whole value at an address is a secret.
pub(crate) fn is_secret(address: &Address, setting: Option<&Setting>, catalogue: &Catalogue) -> bool {
    setting.is_some_and(|setting| matches!(setting.value, Value::Secret(_)))
        || is_secret_key(address, address.keys(), catalogue)
}

/// Whether a file holds, somewhere, a secret in clear.
pub(super) fn holds_secret(decoded: &Decoded, checked: &Checked, catalogue: &Catalogue) -> bool {
    decoded.settings.iter().any(|found| {
        let setting = checked.settings().iter().find(|setting| setting.address == found.address);
        let secret = is_secret(&found.address, setting, catalogue);
        secret && !matches!(found.value, Value::Secret(_))
            || value(&found.value, &found.address, catalogue).contains(WITHHELD)
    })
}

fn text(value: &Value, path: &mut Vec<String>, address: &Address, catalogue: &Catalogue) -> String {
    match value {
        Value::Secret(_) => marked(value),
        _ if is_secret_key(address, path, catalogue) => WITHHELD.to_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| text(item, path, address, catalogue)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Dictionary(entries) => {
            let mut parts = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                path.push(key.clone());
                parts.push(format!("{key}: {}", text(value, path, address, catalogue)));
                path.pop();
            }
            format!("{{{}}}", parts.join(", "))
        }
        _ => value.to_string(),
    }
}

fn is_secret_key(address: &Address, path: &[String], catalogue: &Catalogue) -> bool {
    let form = match address.family {
        Family::Profile => Form::Profile,
        Family::Declaration => Form::Declaration,
        Family::Command => Form::Command,
        Family::Compliance => Form::Compliance,
        Family::Csp => return false,
    };
    if path.is_empty() {
        return false;
    }
    let found = catalogue.known_key(form, &address.owner, path).unwrap_or_default();
    found.iter().any(|found| found.chain.iter().any(|key| key.secret))
}
