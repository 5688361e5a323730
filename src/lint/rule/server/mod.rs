//! What the server or console that is named has against a file: what it does not take, keeps for itself or blocks (failure-modes A34). The
//! facts are rows of `consumer`, as for files that are built.

use super::{File, FileRule, quoted_at};
use crate::consumer::refusal::{self, Form, Refusal};
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::{Kind, Reading};
use crate::source::Span;

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::ServerRefuses, Code::ServerReserves], explain: None, run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let (reading, Some(server)) = (file.reading, file.options.server) else { return Vec::new() };
    let Some(form) = form(&reading.kind) else { return Vec::new() };
    if let Some(why) = server.signed.as_ref().filter(|_| reading.signature.is_some()) {
        let message = format!("{} takes no signed file: {why}", server.title);
        let finding = Diagnostic::new(Code::ServerRefuses, Span::NOWHERE, message);
        return vec![finding.help("give it the profile as it was before it was signed")];
    }
    let text = file.readings.sources.text(reading.file);
    // What has no text is a property list in binary, which is judged where it is written as XML.
    if text.is_empty() {
        return Vec::new();
    }
    let path = file.readings.sources.path(reading.file);
    let refusals = server.refusals(&refusal::File { path, form, bytes: text.as_bytes() });
    refusals.into_iter().map(|refusal| finding(file, refusal)).collect()
}

/// The form of what a server may be given.
fn form(kind: &Kind) -> Option<Form> {
    match kind {
        Kind::Profile => Some(Form::Mobileconfig),
        Kind::Declaration => Some(Form::Declaration),
        Kind::Syncml => Some(Form::Syncml),
        Kind::Catalogued | Kind::Custom | Kind::Ring | Kind::Compliance | Kind::Carrier => Some(Form::Intune),
        _ => None,
    }
}

fn finding(file: &File<'_>, refusal: Refusal) -> Diagnostic {
    let place = place(file, file.reading, &refusal);
    let cure = match refusal.cure.contains("group") || refusal.cure.contains('`') {
        true => "give it to a server that takes it, or take out what this one keeps for itself".to_owned(),
        false => refusal.cure,
    };
    Diagnostic::new(refusal.code, place, refusal.cause).help(cure)
}

/// The setting that a refusal is about, else its owner's name.
fn place(file: &File<'_>, reading: &Reading, refusal: &Refusal) -> Span {
    if refusal.owner.is_empty() {
        return Span::NOWHERE;
    }
    let is_it = |item: &&crate::reader::Item| {
        let key = item.setting.address.keys().first();
        let is_key = refusal.keys.is_empty() || key.is_some_and(|key| refusal.keys.contains(key));
        item.setting.address.owner == refusal.owner && is_key
    };
    match reading.items.iter().find(is_it).map(|item| item.setting.span).filter(|span| span.is_somewhere()) {
        Some(span) if !refusal.keys.is_empty() || refusal.owner.starts_with("./") => span,
        _ => quoted_at(file.readings, reading, &refusal.owner),
    }
}
