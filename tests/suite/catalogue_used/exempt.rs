//! What the generator cannot make, or the compiler rightly never takes: a pattern and the reason, in a sentence. A row that excepts
//! nothing any more fails the test.

use super::case::{Case, Outcome};
use std::collections::BTreeSet;

/// `of` is the vendor's kind of thing; `tried` is `valid`, `invalid`, or the code with which a value should be refused; in `about`,
/// `*` stands for any text.
struct Row {
    of: &'static str,
    tried: &'static str,
    about: &'static str,
    reason: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        of: "keys",
        tried: "valid",
        about: "CommonPayloadKeys · *",
        reason: "the compiler derives these from names: they are refused as `misplaced-key`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "TopLevel · EncryptedPayloadContent",
        reason: "it takes the place of all payloads: refused as `misplaced-key`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "TopLevel · PayloadContent*",
        reason: "the compiler derives it from names: refused as `misplaced-key`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "TopLevel · PayloadDescription",
        reason: "the compiler derives it from names: refused as `misplaced-key`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "TopLevel · PayloadDisplayName",
        reason: "the compiler derives it from names: refused as `misplaced-key`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "TopLevel · PayloadIdentifier",
        reason: "the compiler derives it from names: refused as `misplaced-key`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "TopLevel · PayloadOrganization",
        reason: "the compiler derives it from names: refused as `misplaced-key`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "TopLevel · PayloadScope",
        reason: "the compiler derives it from names: refused as `misplaced-key`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "TopLevel · PayloadType",
        reason: "the compiler derives it from names: refused as `misplaced-key`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "TopLevel · PayloadUUID",
        reason: "the compiler derives it from names: refused as `misplaced-key`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "TopLevel · PayloadVersion",
        reason: "the compiler derives it from names: refused as `misplaced-key`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "com.apple.security.wapi-identity · PEMData",
        reason: "Apple's file names no platform that has it: refused as `not-on-platform`, which is tried",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "com.apple.system.logging · *",
        reason: "Apple's file names no platform that has it: refused as `not-on-platform`, which is tried",
    },
    Row {
        of: "keys",
        tried: "not-in-list",
        about: "com.apple.extensiblesso (com.apple.extensiblesso(kerberos)) · ExtensionIdentifier",
        reason: "the type's other file takes any text there, so that a text outside this file's list is right",
    },
    Row {
        of: "keys",
        tried: "not-in-list",
        about: "com.apple.extensiblesso (com.apple.extensiblesso(kerberos)) · TeamIdentifier",
        reason: "the type's other file takes any text there, so that a text outside this file's list is right",
    },
    Row { of: "nodes", tried: "valid", about: "x", reason: "y" },
];

/// The row that excepts a case.
pub fn case(case: &Case) -> Option<usize> {
    let tried = match case.outcome {
        Outcome::Settings(_) => "valid",
        Outcome::Refused(code) => code,
    };
    row(tried, &case.about)
}

/// The first row that excepts something.
pub fn row(tried: &str, about: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.tried == tried && fits(row.about, about))
}

/// Rows that nothing needs.
pub fn unneeded(of: &'static str, needed: &BTreeSet<usize>) -> Vec<String> {
    let rows = ROWS.iter().enumerate().filter(|(n, row)| row.of == of && !needed.contains(n));
    rows.map(|(_, row)| format!("{}: no longer needs its exemption: {}", row.about, row.reason)).collect()
}

fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|left| {
            rest.is_empty() || left.char_indices().map(|(n, _)| &left[n..]).chain([""]).any(|left| fits(rest, left))
        }),
    }
}
