//! The DDF's regular expressions: `RegEx` values, for the text of a leaf or the name of a dynamic node (DDF v2, `AllowedValues`).

use regex_lite::Regex;

/// Reads a pattern so that it speaks of the whole text; the error is the regex compiler's.
pub(crate) fn read(text: &str) -> Result<Regex, String> {
    Regex::new(&format!("^(?:{text})$")).map_err(|error| error.to_string())
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
        check(r"^(([^;]+(?i)(\.appinstaller)([;]|$)){1,11})$", "a.APPINSTALLER", true);
        check(r"^[^/]*$", "a/b", false);
    }

    #[test]
    fn what_does_not_compile_is_an_error() {
        assert!(read("(").is_err());
    }
}
