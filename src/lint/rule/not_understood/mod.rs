//! What a file holds and nothing here can name: nothing is said of it, and that is said.

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::{Kind, Residue};

pub(crate) const RULE: FileRule =
    FileRule { codes: &[Code::NotUnderstood], explain: Some(include_str!("explain.md")), run };

/// How many are told one by one.
const SHOWN: usize = 5;

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    // What an activation says is a rule of its own; commands that set nothing are no settings.
    let is_told = |left: &&Residue| match file.reading.kind {
        Kind::Declaration => left.place.starts_with("Payload."),
        _ => left.what.ends_with("sets nothing"),
    };
    let left: Vec<&Residue> = file.reading.residue.iter().filter(|left| !is_told(left)).collect();
    let mut found: Vec<Diagnostic> = Vec::new();
    for left in left.iter().take(SHOWN) {
        let what: String = left.what.chars().take(120).collect();
        let message = format!("`{}` is left aside: {what}", left.place);
        found.push(Diagnostic::new(Code::NotUnderstood, left.span, message).help("nothing of it was checked"));
    }
    if let Some(next) = left.get(SHOWN) {
        let message = format!("{} further parts are left aside", left.len() - SHOWN);
        found.push(
            Diagnostic::new(Code::NotUnderstood, next.span, message).help("`--format json` lists them as `residue`"),
        );
    }
    found
}
