//! Files that stay as they are: signed profiles, where the run asks for that. They stand in the organisation's folder, each with its digest.

use super::Wanted;
use super::estate::Group;
use super::yaml::{Yaml, ours};
use crate::digest::sha256;
use crate::reader::Reading;
use std::collections::BTreeMap;

/// A file of a group.
pub(super) struct Attached<'a> {
    pub(super) group: String,
    /// Its path in the organisation's folder.
    pub(super) file: String,
    pub(super) bytes: &'a [u8],
    because: String,
}

impl Attached<'_> {
    /// As groups.yaml has it.
    pub(super) fn entry(&self) -> Yaml {
        Yaml::Map(ours([
            ("file", Some(Yaml::text(self.file.as_str()))),
            ("because", Some(Yaml::text(self.because.as_str()))),
            ("sha256", Some(Yaml::text(sha256(self.bytes)))),
        ]))
    }
}

/// What each group attaches. Two files of one name have different ones, unless they are one.
pub(super) fn files<'a>(groups: &[Group], readings: &[Reading], wanted: &Wanted<'a>) -> Vec<Attached<'a>> {
    let mut taken: BTreeMap<String, &[u8]> = BTreeMap::new();
    let mut all = Vec::new();
    for (group, n) in groups.iter().flat_map(|group| group.attached.iter().map(move |n| (group, *n))) {
        let Some(bytes) = wanted.attached(&readings[n]) else { continue };
        let name = portable(&readings[n].name);
        let (stem, end) = name.rsplit_once('.').unwrap_or((&name, "mobileconfig"));
        let numbered = (1..).map(|number| match number {
            1 => format!("attached/{stem}.{end}"),
            number => format!("attached/{stem}-{number}.{end}"),
        });
        let is_free = |file: &String| taken.get(&file.to_lowercase()).is_none_or(|other| *other == bytes);
        let Some(file) = { numbered }.find(is_free) else { continue };
        taken.insert(file.to_lowercase(), bytes);
        let signers = readings[n].signature.iter().flat_map(|signature| &signature.signers);
        let signers: Vec<String> = signers.map(|one| super::tree::one_line(one)).collect();
        let by = if signers.is_empty() { String::new() } else { format!(" by {}", signers.join(", ")) };
        let because = format!("it is signed{by}, and nobody has said yet why it stays so");
        all.push(Attached { group: group.id.clone(), file, bytes, because });
    }
    all
}

/// The last part of a name, of characters that every disk takes.
fn portable(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or(path);
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = last.chars().map(plain).take(100).collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "profile.mobileconfig".to_owned() } else { name.to_owned() }
}
