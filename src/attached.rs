//! Files that a group has as they are (`attach`, language.md §3): a vendor's own signed profile, or what nobody can write as sources.
//!
//! No byte of them is changed, and no clause counts them. What they set is read, so that lint speaks of it, that a file which meets the
//! group's own settings is found, and that a change of it is told by setting.

use crate::backend::attached::FOLDER;
use crate::backend::{self, Artefact, Decoded, Format, Unreadable, fill, listed};
use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::check::envelope::PROFILE;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Severity};
use crate::digest::sha256;
use crate::gather::{Arrange, Gather};
use crate::lint::{Devices, Options, lint};
use crate::policy::{Attachment, Group};
use crate::reader::{self, Given, Kind, Reading, Readings};
use crate::setting::{Address, Family, Setting, Target};
use crate::source::Span;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What stands beside the settings of a file: its digest, so that what nobody can read counts too.
pub(crate) const DIGEST: &str = "sha256";

/// The files that a group attaches, and what is wrong with them beside its own settings.
pub(crate) fn take(
    group: &Group,
    routes: &[&Checked],
    catalogue: &Catalogue,
    found: &mut Diagnostics,
) -> Vec<Artefact> {
    let target = &group.target;
    let mut meeting = Meeting::of(target, routes, catalogue);
    let mut taken = Vec::new();
    for attachment in &group.attachments {
        report_altered(attachment, found);
        let name = format!("policy-sources/{}/{}", target.organisation, *attachment.file);
        let read = reader::read(&[Given { name: &name, bytes: &attachment.bytes }], catalogue);
        report(&read, attachment, target, catalogue, found);
        let path = format!("{}/{}/{FOLDER}/{}", target.organisation, *target.group, attachment.name());
        let mut file = Artefact::new(path, attachment.bytes.to_vec(), Format::Attached, Vec::new());
        let profile = read.readings.iter().find(|reading| reading.kind == Kind::Profile);
        file.lists = profile.and_then(|reading| listed(read.sources.text(reading.file).as_bytes())).map(Arc::new);
        meeting.add(&read, attachment, found);
        taken.push(file);
    }
    taken
}

fn report_altered(attachment: &Attachment, found: &mut Diagnostics) {
    let is = sha256(&attachment.bytes);
    if let Some(said) = attachment.sha256.as_ref().filter(|said| said.value != is) {
        let cause = format!("`{}` is not the file that was attached: its digest is another", attachment.file.value);
        found.push(
            Diagnostic::new(Code::AlteredAttachment, said.span, cause)
                .help(format!("look at what changed, then write its digest: \"{is}\"")),
        );
    }
    if !fill::asked(&attachment.bytes).is_empty() {
        let cause = format!(
            "`{}` holds what marks the place of a secret, and nothing of it is filled in",
            attachment.file.value
        );
        found.push(
            Diagnostic::new(Code::WrongFormat, attachment.file.span, cause)
                .help("attach the file as its author wrote it"),
        );
    }
}

/// What lint says of a file. It travels nevertheless: whoever attaches it cannot mend it.
fn report(read: &Readings, attachment: &Attachment, target: &Target, catalogue: &Catalogue, found: &mut Diagnostics) {
    let options = Options { devices: vec![Devices::of_group(target)], ..Options::default() };
    let found_in = lint(read, catalogue, &options).found;
    // Of a file for other devices, or of no kind that is read, that is said below.
    let of_a_run = |finding: &&Diagnostic| matches!(finding.code, Code::UnusedTarget | Code::NothingToRead);
    for finding in found_in.iter().filter(|finding| !of_a_run(finding)) {
        let at = match &finding.place {
            Place::Artefact { inside, .. } if inside.is_empty() => String::new(),
            Place::Artefact { inside, .. } => format!(", {inside}"),
            Place::Source(span) => format!(", line {}", read.sources.line_column(*span).0),
        };
        let message = format!("`{}`{at}: {}", *attachment.file, finding.message);
        let again = Diagnostic::new(finding.code, attachment.file.span, message);
        let again = Diagnostic { help: finding.help.clone(), ..again };
        found.push(again.severity(finding.severity.max(Severity::Warning)));
    }
    let is_apple = target.platform.is_apple();
    let is_other = |setting: &Setting| match setting.address.family {
        Family::Csp => is_apple,
        Family::Profile | Family::Declaration => !is_apple,
        Family::Command | Family::Compliance => false,
    };
    if read.readings.iter().flat_map(Reading::settings).any(is_other) {
        let cause = format!("`{}` is not for {}", attachment.file.value, target.platform.value);
        found.push(
            Diagnostic::new(Code::CannotDeliver, attachment.file.span, cause)
                .help("attach it to a group whose devices take such files"),
        );
    }
    if read.readings.iter().all(|reading| reading.items.is_empty()) {
        let file = &*attachment.file;
        let (cause, cure) = match attachment.bytes.is_empty() {
            true => (format!("`{file}` is empty"), "put the file itself in its place"),
            false => (
                format!("nothing here can tell what `{file}` sets, so that nothing of it was checked"),
                "try it on a device, and read it with the tool of whoever wrote it",
            ),
        };
        found.push(
            Diagnostic::new(Code::NotUnderstood, attachment.file.span, cause).severity(Severity::Warning).help(cure),
        );
    }
}

/// Devices tell profiles by their identifiers: none of those that are attached may have that of another one, or of the group's own.
pub(crate) fn report_equal_identifiers(group: &Group, files: &[Artefact], found: &mut Diagnostics) {
    let mut taken: BTreeMap<&str, &Artefact> = BTreeMap::new();
    let is_attached = |file: &&Artefact| file.format == Format::Attached;
    let own = files.iter().filter(|file| !is_attached(file));
    for file in own.chain(files.iter().filter(is_attached)) {
        let Some(listed) = &file.lists else { continue };
        let Some(other) = taken.insert(&listed.profile.identifier, file).filter(|_| is_attached(&file)) else {
            continue;
        };
        let name = file.path.rsplit('/').next();
        let Some(attachment) = group.attachments.iter().find(|one| Some(one.name()) == name) else { continue };
        let (file, identifier) = (&*attachment.file, &listed.profile.identifier);
        let cause = format!("`{}` has the identifier of `{file}` too, `{identifier}`", other.path);
        found.push(
            Diagnostic::new(Code::DuplicateArtefact, attachment.file.span, cause)
                .help("devices keep the one that comes last: leave out one of the two"),
        );
    }
}

/// What the group's devices have already: of its own, and of files that were attached before.
struct Meeting<'a> {
    target: &'a Target,
    catalogue: &'a Catalogue,
    /// Each setting without the name of its occurrence.
    settings: BTreeMap<Address, (Setting, Span)>,
}

impl<'a> Meeting<'a> {
    fn of(target: &'a Target, routes: &[&Checked], catalogue: &'a Catalogue) -> Meeting<'a> {
        let settings = routes.iter().flat_map(|checked| checked.settings());
        let settings = settings.map(|setting| (bare(&setting.address), (setting.clone(), setting.span)));
        let settings = settings.gather();
        Meeting { target, catalogue, settings }
    }

    /// Adds a file, with a finding for each thing that devices cannot have of both.
    fn add(&mut self, read: &Readings, attachment: &Attachment, found: &mut Diagnostics) {
        let here = attachment.file.span;
        let mut once: BTreeSet<&str> = BTreeSet::new();
        // What a profile says of itself it says of no other.
        let speaks = |setting: &&Setting| setting.address.owner != PROFILE;
        for setting in read.readings.iter().flat_map(Reading::settings).filter(speaks) {
            let address = &setting.address;
            let same_type = |other: &&Address| other.family == address.family && other.owner == address.owner;
            let is_once = address.family == Family::Profile
                && self.catalogue.takes_once(self.target.platform.value, &address.owner);
            if is_once && let Some(other) = self.settings.keys().find(same_type) {
                if once.insert(&address.owner) {
                    let cause = format!("devices take one `{}`, and `{}` has another", address.owner, *attachment.file);
                    found.push(
                        Diagnostic::new(Code::SeveralInstances, here, cause)
                            .also(self.settings[other].1, "the group's own")
                            .help("leave out what the file has, or do not attach it"),
                    );
                }
            } else if let Some((own, span)) = self.settings.get(&bare(address)) {
                found.absorb(self.met(setting, (own, *span), attachment));
            }
        }
        for setting in read.readings.iter().flat_map(Reading::settings).filter(speaks) {
            self.settings.entry(bare(&setting.address)).or_insert_with(|| (setting.clone(), here));
        }
    }

    /// Two values at one address: payloads that stand side by side may differ, one node and one restriction may not.
    fn met(&self, setting: &Setting, (own, span): (&Setting, Span), attachment: &Attachment) -> Diagnostics {
        let mut found = Diagnostics::default();
        let address = &setting.address;
        let is_one = address.family == Family::Csp || self.catalogue.side(address).is_some();
        let (code, severity, cause) = match (own.value == setting.value, is_one) {
            (false, true) => (Code::ConflictingValues, Severity::Error, "with another value"),
            (true, true) => (Code::DuplicateAddress, Severity::Warning, "with the same value"),
            (_, false) => return found,
        };
        let cause = format!("`{}` sets `{address}` too, {cause}", *attachment.file);
        found.push(Diagnostic::new(code, attachment.file.span, cause).severity(severity).also(span, "set here").help(
            "leave it out of the group's clauses, or do not attach the file: which of the two holds, devices decide",
        ));
        found
    }
}

/// An address without the name of its occurrence, and a LocURI without its letters' case.
fn bare(address: &Address) -> Address {
    let owner = match address.family {
        Family::Csp => address.owner.to_lowercase(),
        _ => address.owner.clone(),
    };
    Address { instance: None, owner, ..address.clone() }
}

/// What a file holds under its signature; the file itself where it has none.
pub(crate) fn inside(bytes: &[u8]) -> Cow<'_, [u8]> {
    reader::content(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned)
}

/// Reads a file whose path says the format: one of ours, or an attached one as far as anybody can.
pub(crate) fn decode_at(path: &str, bytes: &[u8], catalogue: &Catalogue) -> Result<Decoded, Unreadable> {
    match backend::format_of(path) {
        Some(Format::Attached) => Ok(decode(path.rsplit('/').next().unwrap_or(path), bytes, catalogue)),
        _ => backend::decode_at(path, bytes, catalogue),
    }
}

/// What an attached file of a build sets.
pub(crate) fn of(artefact: &Artefact, catalogue: &Catalogue) -> Decoded {
    decode(artefact.path.rsplit('/').next().unwrap_or_default(), &artefact.bytes, catalogue)
}

/// What an attached file sets, each setting under the name of the file, and the digest of the whole: what nobody can read counts too.
pub(crate) fn decode(name: &str, bytes: &[u8], catalogue: &Catalogue) -> Decoded {
    let read = reader::read(&[Given { name, bytes }], catalogue);
    let mut decoded = Decoded { settings: Vec::new(), residue: vec![(DIGEST.to_owned(), sha256(bytes))] };
    for reading in read.readings {
        decoded.residue.extend(reading.residue.into_iter().map(|left| (left.place, left.what)));
        for item in reading.items {
            let mut address = item.setting.address;
            let instance = address.instance.map_or_else(|| name.to_owned(), |own| format!("{name} {own}"));
            address.instance = Some(instance);
            decoded.settings.push(Setting::found(address, item.setting.value));
        }
    }
    decoded.settings.arrange_by(|a, b| a.address.cmp(&b.address));
    decoded
}
