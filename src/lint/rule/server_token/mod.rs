//! A declaration that brings its `ServerToken`: it is the server's, which gives a new one when the declaration has changed. One that an author
//! wrote stays when the declaration changes, and devices fetch nothing (Apple, "declarationbase"; failure-modes A26). A digest of the content
//! changes with it.

use super::{File, FileRule, quoted_at};
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::Kind;

pub(crate) const RULE: FileRule =
    FileRule { codes: &[Code::AuthoredToken], explain: Some(include_str!("explain.md")), run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let reading = file.reading;
    let token = reading.envelope.token.as_deref().filter(|_| reading.kind == Kind::Declaration);
    let Some(token) = token.filter(|token| !is_digest(token)) else { return Vec::new() };
    let message =
        format!("the declaration brings a `ServerToken` of its own, `{token}`, which does not follow from its content");
    let finding = Diagnostic::new(Code::AuthoredToken, quoted_at(file.readings, reading, token), message);
    vec![finding.help("leave it out: the server gives one, and a new one whenever the declaration changes")]
}

/// What a digest looks like: MD5 to SHA-512 in hexadecimal.
fn is_digest(token: &str) -> bool {
    [32, 40, 64, 128].contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_hexdigit())
}
