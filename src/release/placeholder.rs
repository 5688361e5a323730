//! What a management server would fill in while it delivers a profile: in a signed one that voids the signature, so none may be left.
//!
//! Which forms there are, the files of consumers say (`src/consumer/data/`): those of Fleet, of Intune and of others.

use crate::consumer;

/// A placeholder, and the line it stands on, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// The line.
    pub line: usize,
    /// Its text.
    pub text: String,
}

/// Every placeholder in a text, in order.
pub fn placeholders(text: &str) -> Vec<Placeholder> {
    let of = |(line, text): (usize, &str)| Placeholder { line: line + 1, text: text.to_owned() };
    found(text).map(of).collect()
}

/// How many placeholders are in a text. Nothing of it is copied: it may hold secrets.
pub fn count(text: &str) -> usize {
    found(text).count()
}

fn found(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let of = |text| consumer::placeholders().placed(text).map(|placed| placed.text);
    text.lines().enumerate().flat_map(move |(line, text)| of(text).map(move |text| (line, text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> =
            placeholders(text).into_iter().map(|one| format!("{}:{}", one.line, one.text)).collect();
        assert_eq!(found, expected, "{text}");
        assert_eq!(count(text), expected.len(), "{text}");
    }

    #[test]
    fn every_form_is_found_and_what_looks_like_one_is_not() {
        check("<string>$FLEET_VAR_HOST_UUID</string>", &["1:$FLEET_VAR_HOST_UUID"]);
        check("a\n${FLEET_SECRET_X} and {{ user.email }}", &["2:${FLEET_SECRET_X}", "2:{{ user.email }}"]);
        check("%SerialNumber%-%DeviceName%", &["1:%SerialNumber%", "1:%DeviceName%"]);
        check("https://a.example/%20b%20 100% of 50% {a} {{}} $HOME ${X}", &[]);
        check("%3Cabc%3E %ab% %", &[]);
        check(&format!("{{{{{}}}}}", "x".repeat(200)), &[]);
        check("%ü% {{ü}}", &["1:{{ü}}"]);
    }
}
