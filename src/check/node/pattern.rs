//! The DDF's regular expressions: `RegEx` values, for the text of a leaf or the name of a dynamic node (DDF v2, `AllowedValues`).

use regex_lite::Regex;

/// Patterns of the DDF that refuse what the vendor's own pages tell people to write, and the ones meant.
///
/// * `VPNv2/…/LocalPortRanges` and `RemotePortRanges` take "comma-separated ranges" on Learn, as their twins in the Firewall CSP do
///   with the second pattern; the first allows one number alone.
const ERRATA: &[(&str, &str)] = &[(r"^[\d]*$", "^[0-9,-]*$")];

/// Reads a pattern so that it speaks of the whole text; the error is the regex compiler's.
pub(crate) fn read(text: &str) -> Result<Regex, String> {
    let text = ERRATA.iter().find(|(wrong, _)| *wrong == text).map_or(text, |(_, meant)| meant);
    // `SecureAssessment/LaunchURI` keeps the delimiters of another language.
    let text = text.strip_prefix('/').and_then(|text| text.strip_suffix('/')).unwrap_or(text);
    let brace = if opens_with_a_bare_brace(text) { "\\" } else { "" };
    Regex::new(&format!("^(?:{brace}{text})$")).map_err(|error| error.to_string())
}

/// `PassportForWork/DeviceUnlock/GroupA` and `GroupB` forget to escape the brace of a GUID. They also take several GUIDs, between
/// commas (Learn, "Multi-factor unlock"), and the DDF does not say so.
pub(crate) fn opens_with_a_bare_brace(text: &str) -> bool {
    text.starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn patterns_speak_of_the_whole_text() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(read(pattern).unwrap().is_match(text), expected, "{pattern} {text}");
        };
        check("[0-9]{2}", "12", true);
        check("[0-9]{2}", "123", false);
        check("a|b", "ab", false);
        check(r"{[0-9A-F]{2}\}", "{0F}", true);
        check(r"/^https?:\/\/(?:www\.)?x$/", "https://x", true);
        check(r"^(([^;]+(?i)(\.appinstaller)([;]|$)){1,11})$", "a.APPINSTALLER", true);
        check(r"^[\d]*$", "100-120,200", true);
        check(r"^[^/]*$", "a/b", false);
    }

    #[test]
    fn what_does_not_compile_is_an_error() {
        assert!(read("(").is_err());
    }
}
