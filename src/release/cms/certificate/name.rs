//! Names for people. Names are compared as bytes; this is for messages alone.

use super::super::der::{Malformed, Reader, oid, tag};

/// The common name, unit and organisation of an encoded name: `CN=Profiles, O=Acme`.
pub(super) fn show(encoded: &[u8]) -> String {
    let parts = parts(encoded).unwrap_or_default();
    if parts.is_empty() { "(a name without common name or organisation)".to_owned() } else { parts.join(", ") }
}

/// Parts of a name that are shown.
const MOST: usize = 8;

fn parts(encoded: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut shown = Vec::new();
    let mut sets = Reader::new(encoded).sequence()?;
    while !sets.is_empty() && shown.len() < MOST {
        let mut set = sets.take(tag::SET)?.inside();
        while !set.is_empty() {
            let mut pair = set.sequence()?;
            let kind = match pair.take(tag::OID)?.content {
                oid::COMMON_NAME => "CN",
                oid::ORGANISATIONAL_UNIT => "OU",
                oid::ORGANISATION => "O",
                _ => continue,
            };
            shown.push(format!("{kind}={}", text(pair.any()?.content)));
        }
    }
    // From the one to the many, as people read addresses.
    shown.reverse();
    Ok(shown)
}

/// The text of a directory string. Control and bidirectional characters of a stranger's certificate do not reach the terminal.
fn text(content: &[u8]) -> String {
    let shown = |c: char| {
        if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') { '\u{fffd}' } else { c }
    };
    String::from_utf8_lossy(content).chars().take(100).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::der::wrap;
    use super::*;

    fn check(parts: &[(&[u8], &str)], expected: &str) {
        let sets: Vec<Vec<u8>> = parts
            .iter()
            .map(|(kind, text)| {
                wrap(0x31, &[&wrap(0x30, &[&wrap(tag::OID, &[kind]), &wrap(0x0c, &[text.as_bytes()])])])
            })
            .collect();
        let sets: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
        assert_eq!(show(&wrap(0x30, &sets)), expected);
    }

    #[test]
    fn names_read_from_the_one_to_the_many() {
        check(&[(oid::ORGANISATION, "Acme"), (oid::COMMON_NAME, "Profiles")], "CN=Profiles, O=Acme");
        check(&[(oid::KEY_USAGE, "x")], "(a name without common name or organisation)");
        check(&[(oid::COMMON_NAME, "a\u{1b}[31mb")], "CN=a\u{fffd}[31mb");
    }
}
