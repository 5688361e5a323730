//! A release from the files that `ingest` writes: `apple/**/*.json` hold [`Schema`]s, `windows/*.json` hold [`Csp`]s. What stands beside
//! them is passed over. The files may be anybody's, so nothing of them is trusted and every fault is a finding with its place.

use super::Facts;
use super::correction::Corrections;
use crate::catalogue::entry::{Csp, Key, Schema};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Arrange;
use crate::source::{Body, FileId, Source, Sources, Span};
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// What one file holds.
enum Read {
    Apple(Vec<Schema>),
    Windows(Vec<Csp>),
    Nothing,
}

/// Reads a release from the files below `folder`, with which their paths begin.
pub fn read(sources: &Sources, folder: &str, found: &mut Diagnostics) -> Facts<'static> {
    let files: Vec<(FileId, &Source)> = sources.files().collect();
    let read: Vec<Result<Read, Box<Diagnostic>>> =
        files.par_iter().map(|(id, source)| one((*id, source), folder)).collect();
    let mut facts = Facts::default();
    for ((file, _), read) in files.iter().zip(read) {
        let start = Span::new(*file, 0, 0);
        match read {
            Ok(Read::Nothing) => {}
            Ok(Read::Apple(schemas)) => schemas.into_iter().for_each(|one| schema(&mut facts, one, start, found)),
            Ok(Read::Windows(csps)) => csps.into_iter().for_each(|one| csp(&mut facts, one, start, found)),
            Err(diagnostic) => found.push(*diagnostic),
        }
    }
    found.sort(sources);
    facts
}

fn one((file, source): (FileId, &Source), folder: &str) -> Result<Read, Box<Diagnostic>> {
    let below = source.path.strip_prefix(folder).unwrap_or(&source.path).trim_start_matches('/');
    let vendor = below.split('/').next().unwrap_or_default();
    let start = Span::new(file, 0, 0);
    let is_data = below.ends_with(".json") || matches!(source.content, Body::Refused(_));
    if !is_data || !matches!(vendor, "apple" | "windows") {
        return Ok(Read::Nothing);
    }
    let corrections = Corrections::embedded();
    let refused = |code, message| {
        Box::new(
            Diagnostic::new(code, start, message)
                .help("take the folder as `ingest` wrote it: files, half a megabyte at most"),
        )
    };
    match &source.content {
        Body::Text(text) if vendor == "apple" => {
            let schemas: Vec<Schema> = records(text, file)?;
            Ok(Read::Apple(schemas.into_iter().map(|schema| corrections.schema(schema)).collect()))
        }
        Body::Text(text) => {
            let mut csps: Vec<Csp> = records(text, file)?;
            for csp in &mut csps {
                csp.nodes = std::mem::take(&mut csp.nodes).into_iter().map(|node| corrections.node(node)).collect();
            }
            Ok(Read::Windows(csps))
        }
        Body::Bytes(_) => Err(refused(Code::UnreadableFile, "the file is not UTF-8".to_owned())),
        Body::TooLarge(size) => Err(refused(Code::TooLarge, format!("the file has {size} bytes"))),
        Body::Refused(why) => Err(refused(Code::UnreadableFile, format!("the file cannot be read: {why}"))),
    }
}

/// A record, or a list of them.
fn records<T: DeserializeOwned>(text: &str, file: FileId) -> Result<Vec<T>, Box<Diagnostic>> {
    let is_list = text.trim_start().starts_with('[');
    let read = if is_list { serde_json::from_str(text) } else { serde_json::from_str(text).map(|one| vec![one]) };
    read.map_err(|error| {
        let at = offset(text, error.line(), error.column());
        let message = error.to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        let finding = Diagnostic::new(Code::InvalidCatalogue, Span::new(file, at, at), message);
        Box::new(
            finding.help("take the folder as `ingest` of this version wrote it: `src/catalogue/data` of one revision"),
        )
    })
}

/// The byte of a line and column, both from 1, as serde_json counts them.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let line = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    let mut at = (line + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn schema(facts: &mut Facts<'_>, schema: Schema, at: Span, found: &mut Diagnostics) {
    if let Some(name) = twice(&schema.keys).or_else(|| twice(&schema.response)) {
        let message = format!("`{}` has the key `{name}` twice at one level", schema.name);
        found.push(Diagnostic::new(Code::InvalidCatalogue, at, message));
    }
    let files = facts.types.entry((schema.form, schema.name.clone())).or_default();
    if files.iter().any(|other| other.source.file == schema.source.file) {
        let message = format!("`{}` of `{}` is described twice", schema.name, schema.source.file);
        found.push(Diagnostic::new(Code::InvalidCatalogue, at, message).help("keep one of the two"));
        return;
    }
    facts.releases.insert(schema.source.release.clone());
    files.push(Cow::Owned(schema));
}

fn csp(facts: &mut Facts<'_>, csp: Csp, at: Span, found: &mut Diagnostics) {
    facts.releases.insert(csp.source.release.clone());
    for node in csp.nodes {
        let uri = node.uri.clone();
        if !facts.add_node(node) {
            let message = format!("`{uri}` is described twice");
            found.push(Diagnostic::new(Code::InvalidCatalogue, at, message).help("keep one of the two"));
        }
    }
}

/// A name that two keys of one level have.
fn twice(keys: &[Key]) -> Option<&str> {
    let mut names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    names.arrange();
    let own = names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    own.or_else(|| keys.iter().find_map(|key| twice(&key.subkeys)))
}
