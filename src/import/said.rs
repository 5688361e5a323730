//! Where findings of an import stand, and what is said of one place several times: once.

use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::reader::Reading;
use crate::source::Span;

/// The place in the text of a file, or, where it has no text, in the artefact.
pub(super) fn place(reading: &Reading, span: Span, inside: &str) -> Place {
    match span.is_somewhere() {
        true => Place::Source(span),
        false => Place::Artefact { path: reading.name.clone(), inside: inside.to_owned() },
    }
}

/// One finding of those that say one thing of one place, with the further places of all: a file may contradict several.
pub(super) fn once(sorted: Diagnostics) -> Diagnostics {
    let mut all: Vec<Diagnostic> = Vec::new();
    for one in sorted.iter() {
        match all.last_mut() {
            Some(last) if (last.code, &last.place, &last.message) == (one.code, &one.place, &one.message) => {
                last.also
                    .extend(one.also.iter().filter(|label| !last.also.contains(label)).cloned().collect::<Vec<_>>());
                last.help.extend(one.help.iter().filter(|help| !last.help.contains(help)).cloned().collect::<Vec<_>>());
            }
            _ => all.push(one.clone()),
        }
    }
    let mut found = Diagnostics::default();
    all.into_iter().for_each(|one| found.push(one));
    found
}
