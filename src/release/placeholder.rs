//! What a management server would fill in while it delivers a profile: in a signed one that voids the signature, so none may be left.
//!
//! The forms are those of Fleet (`$FLEET_VAR_…`, `$FLEET_SECRET_…`, with or without braces), of Mosyle, SimpleMDM and others
//! (`{{…}}`), and of Jamf and Workspace ONE (`%…%`, `{…}` of theirs only in two braces here).

/// Characters of the longest placeholder that is looked for.
const LONGEST: usize = 80;

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
    text.lines().enumerate().flat_map(|(line, text)| in_line(text).map(move |text| (line, text)))
}

fn in_line(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        while let Some(start) = rest.find(['$', '{', '%']) {
            let from = &rest[start..];
            match length(from) {
                Some(length) => {
                    rest = &from[length..];
                    return Some(&from[..length]);
                }
                None => rest = &from[1..],
            }
        }
        None
    })
}

/// How long the placeholder is that a text begins with; `None` where it begins with none.
fn length(text: &str) -> Option<usize> {
    let name = |text: &str| text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    for start in ["$FLEET_VAR_", "$FLEET_SECRET_", "${FLEET_VAR_", "${FLEET_SECRET_"] {
        if let Some(rest) = text.strip_prefix(start) {
            let end = start.len() + name(rest);
            return Some(if start.contains('{') && text[end..].starts_with('}') { end + 1 } else { end });
        }
    }
    if text.starts_with("{{") {
        let end = text.find("}}")?;
        return (end > 2 && end <= LONGEST).then_some(end + 2);
    }
    // `%20` is an escape of URLs, and a percent sign by itself is one.
    let inside = text.strip_prefix('%')?;
    let end = name(inside);
    let is_name = inside.starts_with(|c: char| c.is_ascii_alphabetic()) && (3..=LONGEST).contains(&end);
    (is_name && inside[end..].starts_with('%')).then_some(end + 2)
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
