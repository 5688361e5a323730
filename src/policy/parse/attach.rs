//! `attach` of a group → [`AttachmentText`]s.

use super::sentence;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::policy::document::AttachmentText;
use crate::source::Spanned;
use crate::source::fields::{self, Fields};
use crate::source::yaml::Node;

/// Reads the list; what cannot be read is left out, with findings.
pub(super) fn attach(node: &Node, found: &mut Diagnostics) -> Vec<AttachmentText> {
    let mut all: Vec<AttachmentText> = Vec::new();
    for item in fields::items(node, "`attach`", found).unwrap_or_default() {
        let Some(one) = attachment(item, found) else { continue };
        let same = |other: &&AttachmentText| other.name().eq_ignore_ascii_case(one.name());
        if let Some(other) = all.iter().find(same) {
            let cause = format!("two files called `{}` are attached", one.name());
            let finding = Diagnostic::new(Code::DuplicateName, one.file.span, cause).also(other.file.span, "the other");
            found.push(finding.help("give one of them another name: they stand in one folder"));
            continue;
        }
        all.push(one);
    }
    all
}

fn attachment(node: &Node, found: &mut Diagnostics) -> Option<AttachmentText> {
    let mut fields = Fields::of(node, "an attached file", found)?;
    let file = fields.need("file", node.span, found).and_then(|node| fields::text(node, "the file", found));
    let because = fields.need("because", node.span, found).and_then(|node| sentence(node, "`because`", found));
    let sha256 = fields.take("sha256").and_then(|node| digest(node, found));
    fields.finish(found);
    let file = file?;
    let one = AttachmentText { file, because: because?.value, sha256 };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b' ');
    let name = one.name();
    if name.starts_with(['.', ' ']) || name.ends_with(['.', ' ']) || !name.bytes().all(plain) || name.len() > 120 {
        let cause = format!("`{name}` is no name that every server and disk takes");
        found.push(
            Diagnostic::new(Code::UnportableName, one.file.span, cause)
                .help("name the file with letters, digits, `-`, `_`, spaces and dots, at most 120 of them"),
        );
        return None;
    }
    Some(one)
}

fn digest(node: &Node, found: &mut Diagnostics) -> Option<Spanned<String>> {
    let mut text = fields::text(node, "the digest", found)?;
    // `Get-FileHash` prints capitals.
    text.value.make_ascii_lowercase();
    if text.value.len() == 64 && text.value.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
        return Some(text);
    }
    let finding = Diagnostic::new(Code::InvalidValue, text.span, "it is no SHA-256 digest");
    found.push(
        finding.help("write 64 hexadecimal digits in quotes, as `sha256sum FILE` or `Get-FileHash FILE` prints them"),
    );
    None
}
