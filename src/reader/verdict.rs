//! What is wrong with a file → findings: each with its code, its place, its cause and its cure.

use super::{Kind, Reading};
use crate::backend::found::{Found, Wrong};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};

impl Reading {
    /// Takes what was found, with a finding for each fault.
    pub(super) fn take(&mut self, found: Found) {
        let Found { items, unset, unknown, residue, faults } = found;
        match self.items.is_empty() {
            true => self.items = items,
            false => self.items.extend(items),
        }
        self.unset.extend(unset);
        self.unknown.extend(unknown);
        self.residue.extend(residue);
        faults.into_iter().for_each(|fault| self.wrong(fault));
    }

    /// One thing that is not as the format wants it.
    pub(super) fn wrong(&mut self, fault: Wrong) {
        let cure = match self.kind {
            Kind::Profile | Kind::Preferences | Kind::Command | Kind::Installed => {
                "mend it there, or export it anew from the tool that wrote it; `plutil -lint` asks the same of a Mac"
            }
            Kind::Syncml => "mend it there: devices answer such a message with 400, and a server may stop at it",
            _ => "mend it there, or export it anew from where it came",
        };
        let message = match fault.place.as_str() {
            "" => fault.cause,
            place => format!("`{place}`: {}", fault.cause),
        };
        match fault.right {
            None => self.fault(Code::MalformedArtefact, fault.span, message, cure),
            Some(right) => {
                let finding = self.finding(Code::WrongCase, fault.span, message).help(format!("write `{right}`"));
                self.faults.push(if fault.span == Span::NOWHERE { finding } else { finding.fix(fault.span, right) });
            }
        }
    }

    /// A finding of any code.
    pub(super) fn fault(&mut self, code: Code, span: Span, message: impl Into<String>, cure: &str) {
        self.faults.push(self.finding(code, span, message).help(cure));
    }

    fn finding(&self, code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        match span == Span::NOWHERE {
            true => Diagnostic::in_artefact(code, self.name.clone(), "", message),
            false => Diagnostic::new(code, span, message),
        }
    }

    /// The same at the beginning of the text.
    pub(super) fn fault_at(&mut self, code: Code, byte: usize, message: impl Into<String>, cure: &str) {
        self.fault(code, Span::new(FileId::NONE, byte, byte + 1), message, cure);
    }

    /// A file that is nothing known here.
    pub(super) fn strange(&mut self, why: impl Into<String>) {
        let cure = "nothing is wrong with it: it is passed over, and nothing is said of what it sets";
        self.fault(Code::UnknownFormat, Span::NOWHERE, why, cure);
    }
}
