//! Forms that the text of a parameter may have: the closed list behind `format:` (language.md §5, "Parameters").

/// A form, by the name that controls use.
pub(crate) struct Format {
    pub(crate) name: &'static str,
    /// An example, for people.
    pub(crate) example: &'static str,
    pub(crate) fits: fn(&str) -> bool,
}

/// Every form there is.
pub(crate) const FORMATS: &[Format] = &[
    Format { name: "account", example: "AzureAD\\ann@example.org", fits: account },
    Format { name: "bundle-id", example: "com.example.app", fits: bundle_id },
    Format { name: "domain", example: "example.org", fits: domain },
    Format { name: "guid", example: "00000000-0000-0000-0000-000000000000", fits: guid },
    Format { name: "url", example: "https://example.org/", fits: url },
    Format { name: "line", example: "any text on one line", fits: line },
];

/// The form of that name.
pub(crate) fn named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// Apple: letters, digits, hyphens and dots (CFBundleIdentifier); underscores are met in practice.
fn bundle_id(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    text.len() <= 255 && text.contains('.') && text.split('.').all(part)
}

/// RFC 1123 host names, with at least one dot.
fn domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

/// A Windows account or group: a SID, or a name with or without its authority. Names hold none of the characters that Windows refuses
/// in them.
fn account(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix("S-1-") {
        return rest.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    }
    let part = |part: &str| {
        !part.trim().is_empty() && !part.contains(|c: char| c.is_control() || "\"/[]:;|=,+*?<>".contains(c))
    };
    text.split('\\').count() <= 2 && text.split('\\').all(part)
}

/// An address of the web, as content filters compare it.
fn url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.and_then(|rest| rest.split(['/', '?', '#', ':']).next()).is_some_and(|host| !host.is_empty())
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Five groups of hexadecimal digits, without braces.
fn guid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// What a vendor gives names and numbers in: anything that is not empty, has no edges of blanks and no control characters.
fn line(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.trim() == text && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    fn check(name: &str, good: &[&str], bad: &[&str]) {
        let format = super::named(name).unwrap();
        assert!((format.fits)(format.example), "{}", format.example);
        for text in good {
            assert!((format.fits)(text), "{text}");
        }
        for text in bad {
            assert!(!(format.fits)(text), "{text}");
        }
    }

    #[test]
    fn each_format_takes_its_own_and_nothing_else() {
        check("bundle-id", &["com.apple.webapp", "uk.gov.my_app-2"], &["app", "com..app", "com.exa mple", "com.app."]);
        check("line", &["org-8fJ2", "zwei Worte"], &["", " a", "a\nb"]);
        check("domain", &["a.b", "cafcass.gov.uk"], &["localhost", "-a.b", "a_b.c", "a.b."]);
        check(
            "account",
            &["Administrator", "AzureAD\\a@b.c", "S-1-12-1-5"],
            &["", "S-1-", "S-1-x", "a\\b\\c", "a,b", " "],
        );
        check("url", &["https://a.b/c?d", "http://a.b:8080"], &["a.b", "ftp://a.b", "https://", "https://a b"]);
        check(
            "guid",
            &["ABCDEF01-2345-6789-abcd-ef0123456789"],
            &["{00000000-0000-0000-0000-000000000000}", "0-0-0-0-0"],
        );
    }
}
