//! Where devices let a template write: Windows refuses policies that would write below its own keys, but for listed places.

use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roots {
    refused: Vec<Row>,
    allowed: Vec<Row>,
}

/// One key with all below it; where the row comes from is for people.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    key: String,
    #[serde(rename = "source")]
    _source: String,
}

static ROOTS: LazyLock<Roots> = LazyLock::new(|| {
    serde_json::from_str(include_str!("roots.json")).expect("internal: roots.json is what this file says it is")
});

/// Whether a registry key is one below which no device takes a policy of a template.
pub fn blocked(key: &str) -> bool {
    let key = key.trim_matches('\\').to_ascii_lowercase();
    let below = |row: &Row| key.strip_prefix(&row.key).is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'));
    ROOTS.refused.iter().any(below) && !ROOTS.allowed.iter().any(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_own_keys_are_refused_but_for_listed_ones() {
        for (key, expected) in [
            (r"Software\Policies\Contoso\App", false),
            (r"SYSTEM\CurrentControlSet\Services\X", true),
            (r"System", true),
            (r"SystemX", false),
            (r"Software\Microsoft\Windows NT\CurrentVersion", true),
            (r"software\policies\microsoft\vsto", true),
            (r"Software\Policies\Microsoft\Office\16.0\word", false),
            (r"Software\Policies\Microsoft\Officer", true),
            (r"\SOFTWARE\Policies\Microsoft\Edge\Recommended", false),
            (r"Software\Microsoft\OneDrive", false),
            (r"Software\Microsoft\Windows\CurrentVersion\Explorer\", false),
            ("", false),
        ] {
            assert_eq!(blocked(key), expected, "{key}");
        }
    }

    #[test]
    fn every_row_is_folded_and_has_a_source() {
        for row in ROOTS.refused.iter().chain(&ROOTS.allowed) {
            assert_eq!(row.key, row.key.trim_matches('\\').to_ascii_lowercase());
            assert!(!row._source.is_empty(), "{}", row.key);
        }
    }
}
