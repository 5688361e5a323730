//! What the server or console that is named has against a file: what it does not take, keeps for itself or blocks (failure-modes A34). The
//! facts are rows of `consumer`, as for files that are built.

use super::{File, FileRule, quoted_at};
use crate::consumer::Consumer;
use crate::consumer::refusal::{self, Form, Refusal};
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::{Item, Kind, Reading};
use crate::setting::{Leaf, Setting};
use crate::source::Span;

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::ServerRefuses, Code::ServerReserves], explain: None, run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let (reading, Some(server)) = (file.reading, file.options.server) else { return Vec::new() };
    let Some(form) = form(reading) else { return Vec::new() };
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
    let nodes = (reading.kind == Kind::Custom).then(|| nodes(file, server)).into_iter().flatten();
    refusals.into_iter().map(|refusal| finding(file, refusal)).chain(nodes).collect()
}

/// Nodes without a verb that the server needs of them.
fn nodes(file: &File<'_>, server: &'static Consumer) -> Vec<Diagnostic> {
    let finding = |item: &Item| {
        let Setting { address, span, .. } = &item.setting;
        let is_whole = matches!(address.leaf, Leaf::Node | Leaf::AdmxState);
        let known = file.catalogue.known_node(&address.owner).filter(|_| is_whole)?;
        let (cause, cure) = server.lacks(&address.owner, &known.node.access)?;
        Some(Diagnostic::new(Code::ServerReserves, *span, cause).help(cure))
    };
    file.reading.items.iter().filter_map(finding).collect()
}

/// The form of what a server may be given.
fn form(reading: &Reading) -> Option<Form> {
    let is_node = |item: &Item| item.setting.address.owner.starts_with("./");
    match reading.kind {
        Kind::Profile => Some(Form::Mobileconfig),
        Kind::Declaration => Some(Form::Declaration),
        Kind::Syncml => Some(Form::Syncml),
        Kind::Command if reading.items.iter().any(is_node) => Some(Form::Syncml),
        Kind::Catalogued | Kind::Custom | Kind::Ring | Kind::Compliance | Kind::Carrier => Some(Form::Intune),
        _ => None,
    }
}

fn finding(file: &File<'_>, refusal: Refusal) -> Diagnostic {
    let place = place(file, file.reading, &refusal);
    // Some cures are for who builds the file.
    let cure = match refusal.cure.split_once("; `release") {
        Some((own, _)) => own.to_owned(),
        None if refusal.cure.contains("group") => "give it to a server that takes it".to_owned(),
        None if refusal.cure.contains("`bundle`") => "part it into several files".to_owned(),
        None => refusal.cure,
    };
    Diagnostic::new(refusal.code, place, refusal.cause).help(cure)
}

/// The setting that a refusal is about, else its owner's name.
fn place(file: &File<'_>, reading: &Reading, refusal: &Refusal) -> Span {
    if let Some(at) = &refusal.at {
        return Span::new(reading.file, at.start, at.end);
    }
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
