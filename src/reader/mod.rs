//! Reading what is already out there: the bytes of files that people really have → what each of them sets, as far as it can be told.
//!
//! [`read()`] (and [`read_each()`], which asks for their bytes one by one) takes files by name and gives their [`Reading`]s, with the text that every place counts in. What a file is, its content
//! says and never its name. A file that cannot be read has a verdict with the place of the fault, and whatever could be read around
//! it; it keeps no other file from being read. Nothing here opens a file or asks a clock.
//!
//! Reading order: this file, `text.rs` (bytes → text, and what had to be put right), `kind.rs` (what a file is), `one.rs` (one file),
//! `archive.rs` (files in a file), `signed.rs`, `apple.rs` (profiles, commands, declarations), `preferences.rs` (domains, and the
//! container of them), `installed.rs` (what a device lists), `console.rs` (Intune), `audience.rs`, `labels.rs` (who gets the files of a
//! repository), `report.rs` (MDMDiagReport.xml),
//! `verdict.rs` (faults → findings).

mod apple;
mod archive;
mod audience;
mod console;
mod installed;
mod kind;
mod labels;
mod one;
mod preferences;
mod report;
#[cfg(test)]
mod sample;
mod signed;
mod text;
mod verdict;

pub use crate::backend::found::{How, Item, Residue, Unknown, Why};
pub use audience::{Assigned, Audience, Filter, Told};
pub use kind::Kind;
use labels::Label;
pub use one::Reader;
pub(crate) use report::POLICIES;
pub use signed::Signature;
pub(crate) use signed::content;
pub use text::Correction;

use crate::catalogue::Catalogue;
use crate::diagnostic::{Code, Diagnostics, Place, Severity};
use crate::gather::Arrange;
use crate::setting::{Setting, Value};
use crate::source::{FileId, Sources, Span, Spanned};
use rayon::prelude::*;
use std::borrow::Cow;

/// A file as the program hands it in.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Its path, for messages; of a bare property list also the preference domain, which nothing in it says.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What one artefact says. A file holds one, or several: an archive, a list of policies, a profile in an envelope of Intune's.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The name of the file; behind it where in the file, of what is not the whole of it: `all.zip/a/b.xml`, `policies.json[2]`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The text that its places count in, among the sources that were read; none for what is no text.
    pub file: FileId,
    /// What had to be put right before it could be read, as all readers of such files do.
    pub corrections: Vec<Correction>,
    /// Who signed it, where it is signed.
    pub signature: Option<Signature>,
    /// What it says of itself.
    pub envelope: Envelope,
    /// Who gets it, as far as the file says.
    pub audience: Audience,
    /// Its settings, in the order of the file, each as often as it stands there.
    pub items: Vec<Item>,
    /// LocURIs that it takes back (SyncML `Delete`): not configured.
    pub unset: Vec<(String, Span)>,
    /// What it names without a value.
    pub unknown: Vec<Unknown>,
    /// What nothing here can name.
    pub residue: Vec<Residue>,
    /// What is wrong with it.
    pub faults: Diagnostics,
}

/// What an artefact says of itself beside its settings. Texts are as they stand there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// `PayloadIdentifier`, `Identifier` of a declaration, `CommandUUID`, `id` of a policy.
    pub identifier: Option<String>,
    /// `PayloadUUID`.
    pub uuid: Option<String>,
    /// `PayloadDisplayName`, `displayName`, `name`.
    pub name: Option<String>,
    /// `PayloadDescription`, `description`.
    pub description: Option<String>,
    /// `PayloadOrganization`.
    pub organisation: Option<String>,
    /// `PayloadScope`, `deploymentChannel`.
    pub scope: Option<String>,
    /// `PayloadVersion`, `version`.
    pub version: Option<i128>,
    /// `ServerToken` of a declaration.
    pub token: Option<String>,
    /// `platforms` of a policy of the settings catalogue; the system that the type of an envelope of Intune's names; `platform` of an index.
    pub platforms: Option<String>,
    /// The template that a policy of the settings catalogue follows, where it follows one.
    pub template: Option<String>,
    /// The payloads of a profile, in its order.
    pub payloads: Vec<Payload>,
}

/// What one payload of a profile says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// `PayloadType`.
    pub kind: String,
    /// `PayloadIdentifier`.
    pub identifier: Option<String>,
    /// `PayloadUUID`.
    pub uuid: Option<String>,
    /// `PayloadDisplayName`.
    pub name: Option<String>,
    /// `PayloadDescription`.
    pub description: Option<String>,
    /// `PayloadOrganization`.
    pub organisation: Option<String>,
    /// `PayloadVersion`; devices refuse a payload without it.
    pub version: Option<i128>,
    /// Its place in the text.
    pub span: Span,
}

/// What was read of some files.
#[derive(Debug, Default)]
pub struct Readings {
    /// The texts that places count in.
    pub sources: Sources,
    /// Every artefact, by the names of their files; those of one file in its order.
    pub readings: Vec<Reading>,
}

/// Reads files, whatever they are, side by side. Of two with one name the first is read.
pub fn read(files: &[Given<'_>], catalogue: &Catalogue) -> Readings {
    let names: Vec<&str> = files.iter().map(|file| file.name).collect();
    read_each(&names, &|n| Some(Cow::Borrowed(files[n].bytes)), catalogue)
}

/// The same of files that are loaded when their turn comes, and not kept: `load` has the bytes of the one of a number, where there are any.
pub fn read_each<'f>(
    names: &[&str],
    load: &(dyn Fn(usize) -> Option<Cow<'f, [u8]>> + Sync),
    catalogue: &Catalogue,
) -> Readings {
    let reader = Reader::new(catalogue);
    // Nearly always every file is one text, and they come in the order of their names: then its number is known before it is read.
    let numbered = |mut texts: Vec<Read>, n: usize| {
        if let Some(bytes) = load(n) {
            let mut read = reader.texts(Given { name: names[n], bytes: &bytes });
            read.iter_mut().for_each(|read| read.number(n));
            texts.append(&mut read);
        }
        texts
    };
    let read: Vec<Vec<Read>> = (0..names.len()).into_par_iter().fold(Vec::new, numbered).collect();
    let mut texts: Vec<Read> = Vec::with_capacity(names.len());
    read.into_iter().for_each(|mut read| texts.append(&mut read));
    if !texts.is_sorted_by(|one, next| one.name < next.name) {
        texts.arrange_by(|one, other| one.name.cmp(&other.name));
        texts.dedup_by(|later, first| later.name == first.name);
    }
    let labels: Vec<Label> = texts.iter_mut().flat_map(|read| std::mem::take(&mut read.labels)).collect();
    labels::apply(&labels, &mut texts);
    let mut next = 0;
    for read in &mut texts {
        read.settle(next);
        next += usize::from(read.text.is_some());
    }
    let mut all = Readings::default();
    all.readings = match texts.iter().all(|read| read.readings.len() == 1) {
        // Side by side, as they are large, and the memory for them is new.
        true => texts.par_iter_mut().map(|read| read.readings.swap_remove(0)).collect(),
        false => texts.iter_mut().flat_map(|read| std::mem::take(&mut read.readings)).collect(),
    };
    let sources = texts.into_iter().filter_map(|read| Some((read.name, read.text?)));
    let sources = sources.collect();
    all.sources = Sources::of_texts(sources);
    all
}

/// One text of a file, and what stands in it.
#[derive(Debug)]
struct Read {
    name: String,
    /// What places count in.
    text: Option<String>,
    readings: Vec<Reading>,
    /// Who gets other files, where it says that.
    labels: Vec<Label>,
}

impl Read {
    /// Makes its places those of characters, in the file of this number.
    fn number(&mut self, n: usize) {
        if let Some(text) = &self.text {
            for reading in &mut self.readings {
                reading.name_keys(text);
                reading.faults.each(|fault| {
                    if let Place::Source(span) = &mut fault.place {
                        fit(span, text);
                    }
                });
            }
        }
        self.settle(n);
    }

    /// Gives every place in it the file that it is in.
    fn settle(&mut self, n: usize) {
        let file = if self.text.is_some() { FileId::nth(n) } else { FileId::NONE };
        let others = self.readings.iter_mut().filter(|reading| reading.file != file);
        others.for_each(|reading| reading.settle(file));
    }
}

impl Reading {
    fn new(name: impl Into<String>, kind: Kind) -> Reading {
        Reading {
            name: name.into(),
            kind,
            file: FileId::NONE,
            corrections: Vec::new(),
            signature: None,
            envelope: Envelope::default(),
            audience: Audience::default(),
            items: Vec::new(),
            unset: Vec::new(),
            unknown: Vec::new(),
            residue: Vec::new(),
            faults: Diagnostics::default(),
        }
    }

    /// Whether something is wrong with the file. A word with other capitals, and what is signed in an old way, is read all the same.
    pub fn is_malformed(&self) -> bool {
        let is_read = |code: Code| matches!(code, Code::WrongCase | Code::RefusedAlgorithm);
        self.faults.iter().any(|fault| fault.severity == Severity::Error && !is_read(fault.code))
    }

    /// Its settings.
    pub fn settings(&self) -> impl Iterator<Item = &Setting> {
        self.items.iter().map(|item| &item.setting)
    }

    /// Notes where the last key of each setting stands: right before its value, in a property list as in JSON.
    fn name_keys(&mut self, text: &str) {
        for Item { setting, .. } in &mut self.items {
            let depth = setting.address.keys().len();
            if depth == 0 || setting.span == Span::NOWHERE {
                continue;
            }
            if let Some(key) = text.as_bytes().get(..setting.span.start as usize).and_then(key_before) {
                let mut keys = Vec::with_capacity(depth);
                keys.resize(depth - 1, Span::NOWHERE);
                keys.push(key);
                setting.names.keys = keys;
            }
        }
    }

    /// Gives every place in it the file that it is in.
    fn settle(&mut self, file: FileId) {
        self.file = file;
        self.items.iter_mut().for_each(|item| {
            settle(&mut item.setting.span, file);
            settle(&mut item.setting.names.owner, file);
            item.setting.names.keys.iter_mut().for_each(|key| settle(key, file));
            settle_value(&mut item.setting.value, file);
        });
        self.unset.iter_mut().for_each(|(_, span)| settle(span, file));
        self.unknown.iter_mut().for_each(|unknown| settle(&mut unknown.span, file));
        self.residue.iter_mut().for_each(|left| settle(&mut left.span, file));
        self.envelope.payloads.iter_mut().for_each(|payload| settle(&mut payload.span, file));
        self.faults.each(|fault| {
            if let Place::Source(span) = &mut fault.place {
                settle(span, file);
            }
            fault.fix.iter_mut().for_each(|fix| settle(&mut fix.span, file));
        });
    }
}

/// The name at the end of a text that stops where a value begins.
fn key_before(text: &[u8]) -> Option<Span> {
    let text = text.trim_ascii_end();
    let (name, opening) = match text.strip_suffix(b"</key>") {
        Some(plist) => (plist, b'>'),
        None => (text.strip_suffix(b":")?.trim_ascii_end().strip_suffix(b"\"")?, b'"'),
    };
    let start = name.iter().rposition(|byte| *byte == opening)? + 1;
    Some(Span::new(FileId::NONE, start, name.len()))
}

/// Where reading ended is a byte: the place is the character that it belongs to, or the end of the text.
fn fit(span: &mut Span, text: &str) {
    if *span == Span::NOWHERE {
        return;
    }
    let (mut start, mut end) = ((span.start as usize).min(text.len()), (span.end as usize).min(text.len()));
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    *span = Span::new(span.file, start, end);
}

fn settle(span: &mut Span, file: FileId) {
    if *span != Span::NOWHERE {
        span.file = file;
    }
}

/// Bounded by the depth that the readers allow.
fn settle_value(value: &mut Value, file: FileId) {
    let mut inside = |inner: &mut Spanned<Value>| {
        settle(&mut inner.span, file);
        settle_value(&mut inner.value, file);
    };
    match value {
        Value::Array(items) => items.iter_mut().for_each(&mut inside),
        Value::Dictionary(entries) => entries.values_mut().for_each(inside),
        _ => {}
    }
}
