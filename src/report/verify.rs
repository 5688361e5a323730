//! What was verified, for people and for other programs: each signature with its answers, the bundle's own word on what it is, and what
//! differs from the sources.

use super::drift as differing;
use super::model::Entry;
use crate::diagnostic::Code;
use crate::diagnostic::render::Lines;
use crate::drift::{Difference, Kind};
use crate::release::cms::{Encoding, Fault, Standing, Verdict};
use crate::release::manifest::Manifest;
use crate::release::verify::{Signature, Signed, Verified};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Files named on the line of a signature that they share.
const FEW: usize = 3;

/// What a path turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A bundle, whole.
    Bundle,
    /// A manifest without its bundle.
    Manifest,
    /// One signed file.
    File,
}

impl What {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            What::Bundle => "bundle",
            What::Manifest => "manifest",
            What::File => "file",
        }
    }
}

/// One path, looked at.
#[derive(Clone, Debug)]
pub struct Looked {
    /// As it was given.
    pub path: String,
    /// What it is.
    pub what: What,
    /// What is in it.
    pub verified: Verified,
    /// How much is wrong with it.
    pub errors: usize,
}

/// A bundle compared with sources.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// The bundle.
    pub path: String,
    /// The folder of the sources.
    pub sources: String,
    /// Files that were compared.
    pub files: usize,
    /// Whether the bundle is what the sources give; unknown where it was not compared.
    pub is_same: Option<bool>,
    /// Secrets whose values nobody here knows, by file.
    pub unknown: BTreeMap<String, BTreeSet<String>>,
    /// Files with a secret that a layout has written in another form: nothing of them was compared.
    pub whole: Vec<String>,
}

/// An answer: whether it is good, where that can be said, and what is said.
struct Answer {
    good: Option<bool>,
    said: String,
    code: Option<Code>,
}

impl Answer {
    fn of<T>(answer: &Result<T, Fault>, said: impl FnOnce(&T) -> String) -> Answer {
        match answer {
            Ok(value) => Answer { good: Some(true), said: said(value), code: None },
            Err(fault) => Answer { good: Some(false), said: fault.message.clone(), code: Some(fault.code) },
        }
    }

    fn unknown(said: &str) -> Answer {
        Answer { good: None, said: said.to_owned(), code: None }
    }

    fn text(&self) -> String {
        match (self.good, self.code) {
            (Some(true), _) => format!("good, {}", self.said),
            (Some(false), Some(code)) => format!("NOT good [{code}]: {}", self.said),
            _ => format!("not known, {}", self.said),
        }
    }
}

/// The questions in the order of their weight: name in data, words for people, answer.
fn answers(verdict: &Verdict) -> [(&'static str, &'static str, Answer); 7] {
    let own = verdict.signer.as_ref();
    let with_signer =
        |answer: Answer| if own.is_some() { answer } else { Answer::unknown("the certificate is not here") };
    let then = match verdict.signing_time {
        Some(time) => Answer::of(&verdict.validity_then, |()| format!("at {time}")),
        None => Answer::unknown("the signature has no time"),
    };
    let until = own.map_or_else(String::new, |own| format!("the certificate until {}", own.validity().1));
    [
        ("integrity", "integrity", Answer::of(&verdict.integrity, |()| "the content is what was signed".to_owned())),
        ("algorithms", "algorithms", Answer::of(&verdict.algorithms, |words| (*words).to_owned())),
        (
            "form",
            "form",
            with_signer(Answer::of(&verdict.form, |()| "nothing is odd where no signature reaches".to_owned())),
        ),
        ("chain", "chain", Answer::of(&verdict.chain, |path| path.join(" <- "))),
        ("usage", "key usage", with_signer(Answer::of(&verdict.usage, |()| "the certificate may sign".to_owned()))),
        ("validity_then", "valid when signed", with_signer(then)),
        ("validity_now", "valid now", with_signer(Answer::of(&verdict.validity_now, |()| until))),
    ]
}

/// What a device would make of it: the word, and why.
fn device(signature: &Signature) -> (&'static str, String, Option<Code>) {
    match &signature.device {
        None => ("unasked", "no device reads it".to_owned(), None),
        Some(Standing::Verified) => {
            let root = signature.verdict.chain.as_ref().ok().and_then(|path| path.last());
            let root = root.map_or_else(String::new, |root| format!("where it trusts {root}"));
            ("verified", root, None)
        }
        Some(Standing::Unverified(fault)) => ("unverified", fault.message.clone(), Some(fault.code)),
        Some(Standing::Refused(fault)) => ("refused", fault.message.clone(), Some(fault.code)),
    }
}

fn written(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Der => "DER",
        Encoding::Ber => "BER",
        Encoding::Pem => "PEM",
    }
}

/// How much is told of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A line for each question, as a terminal shows columns.
    Each,
    /// A sentence: what is not good, where anything is not.
    Brief,
}

/// One path for people, what came of it first.
pub fn lines(looked: &Looked, detail: Detail) -> Vec<String> {
    let outcome = match looked.errors {
        0 => "verified".to_owned(),
        1 => "NOT verified, 1 error".to_owned(),
        n => format!("NOT verified, {n} errors"),
    };
    let mut lines = vec![format!("{} {}: {outcome}", looked.what.word(), looked.path)];
    if let Some(manifest) = &looked.verified.manifest {
        told(manifest, looked.what, &mut lines);
    }
    let mut alike: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    for signed in &looked.verified.signed {
        for signature in &signed.signatures {
            let block = match detail {
                Detail::Each => block(signed, signature),
                Detail::Brief => vec![brief(signature)],
            };
            match alike.iter_mut().find(|(known, _)| *known == block) {
                Some((_, files)) => files.push(&signed.path),
                None => alike.push((block, vec![&signed.path])),
            }
        }
    }
    for (block, files) in alike {
        let more = files.len().saturating_sub(FEW);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let files = format!("signature of {}{more}", files[..files.len().min(FEW)].join(", "));
        match (detail, block.as_slice()) {
            (Detail::Brief, [brief]) => lines.push(format!("{files} {brief}")),
            _ => {
                lines.push(format!("  {files}"));
                lines.extend(block);
            }
        }
    }
    lines
}

/// What a manifest says of its bundle.
fn told(manifest: &Manifest, what: What, lines: &mut Vec<String>) {
    let signed = manifest.files.iter().filter(|file| file.signed).count();
    let whose = manifest.sources.organisation.as_deref().unwrap_or("all organisations");
    lines.push(format!(
        "  {} files of {whose}, {signed} of them signed at {}, by {} {}",
        manifest.files.len(),
        manifest.signing_time,
        manifest.tool.name,
        manifest.tool.version
    ));
    if what == What::Manifest {
        lines.push("  its files were not looked at: name the bundle for that".to_owned());
    }
    let commit =
        manifest.sources.revision.as_ref().map_or_else(|| "no commit".to_owned(), |commit| format!("commit {commit}"));
    lines.push(format!("  of the sources of {commit}, as of {}", manifest.sources.as_of));
    for exception in &manifest.exceptions {
        let until = exception.expires.as_ref().map_or_else(|| "without end".to_owned(), |day| format!("until {day}"));
        let how = if exception.relaxes { "in force" } else { "on record" };
        lines.push(format!(
            "  exception {} of {} {how} {until}: lifts {}",
            exception.id,
            exception.organisation,
            exception.clauses.join(", ")
        ));
    }
    for allowed in &manifest.allowed {
        lines.extend(allowed.what.iter().map(|what| format!("  let through by {}: {what}", allowed.flag)));
    }
}

fn signer(verdict: &Verdict) -> String {
    match &verdict.signer {
        Some(own) => format!("{own}, number {}", own.serial()),
        None => "not known".to_owned(),
    }
}

/// What a device makes of it, after the words "a device".
fn made(signature: &Signature) -> String {
    let (word, why, _) = device(signature);
    let said = match word {
        "unasked" => why,
        "verified" => format!("shows it as Verified {why}"),
        "unverified" => format!("shows it as Unverified: {why}"),
        _ => format!("does not install it: {why}"),
    };
    said.trim_end().to_owned()
}

fn brief(signature: &Signature) -> String {
    let answers = answers(&signature.verdict);
    let amiss = answers.iter().filter(|(.., answer)| answer.good != Some(true));
    let amiss: Vec<String> = amiss.map(|(_, name, answer)| format!("{name} {}", answer.text())).collect();
    let good = if amiss.is_empty() { "good in all that is asked".to_owned() } else { amiss.join("; ") };
    let made = match &signature.device {
        None => String::new(),
        Some(_) => format!("; a device {}", made(signature)),
    };
    format!("by {}: {good}{made}", signer(&signature.verdict))
}

fn block(signed: &Signed, signature: &Signature) -> Vec<String> {
    let line = |name: &str, said: &str| format!("    {name:<18} {said}");
    let verdict = &signature.verdict;
    let signer = signer(verdict);
    let mut lines = vec![line("signer", &signer), line("written in", written(signed.encoding))];
    lines.extend(answers(verdict).iter().map(|(_, name, answer)| line(name, &answer.text())));
    lines.push(line("a device", &made(signature)));
    lines
}

/// What came of the comparison with sources, a line each.
pub fn compared(compared: &Compared) -> Vec<String> {
    let Compared { path, sources, files, .. } = compared;
    let mut lines = vec![match compared.is_same {
        Some(true) => format!("bundle {path} is exactly what {sources} gives, all {files} files"),
        Some(false) => format!("bundle {path} is NOT what {sources} gives"),
        None => format!("bundle {path} was not compared with {sources}"),
    }];
    let secrets = compared.unknown.values().map(BTreeSet::len).sum::<usize>();
    if secrets > 0 {
        lines.push(format!(
            "  not compared: {secrets} secret value{}, which only a release knows",
            if secrets == 1 { "" } else { "s" }
        ));
        let each = compared.unknown.iter().filter(|(_, names)| !names.is_empty());
        lines.extend(
            each.map(|(file, names)| format!("    {} in {file}", names.iter().cloned().collect::<Vec<_>>().join(", "))),
        );
    }
    let whole =
        |file: &String| format!("  not compared at all: {file}, a secret stands in it and the layout writes it anew");
    lines.extend(compared.whole.iter().map(whole));
    lines
}

/// A difference from the sources as an entry: what was released is before, what the sources give is after.
pub fn entry(bundle: &str, difference: &Difference, lines: &Lines<'_>) -> Entry {
    let path = &difference.path;
    let mut entry = differing::entry(difference, lines);
    entry.code = Code::Drift.name();
    entry.severity = Code::Drift.severity();
    entry.message = match &difference.kind {
        Kind::Missing => format!("`{path}` is what these sources give, and the bundle does not hold it"),
        Kind::Unexpected(_) => format!("`{path}` is in the bundle, and these sources give no such file"),
        Kind::Settings if difference.changes.is_empty() => {
            format!("`{path}` differs from what these sources give in what nothing here can read as settings")
        }
        Kind::Settings => format!("`{path}` sets something else than what these sources give"),
        Kind::Identity => format!("`{path}` has another identity than what these sources give"),
        Kind::Follows => format!("`{path}` says what follows from the group's files, and these sources give others"),
        Kind::Cosmetic => format!("`{path}` is not what these sources give: same settings, other bytes"),
        Kind::Unreadable(why) => format!("`{path}` of the bundle cannot be read: {why}"),
    };
    entry.places.retain(|label| label.place.inside.is_none());
    let inside: Vec<String> = difference.changes.iter().take(20).map(|change| change.address.to_string()).collect();
    entry.places.push(crate::diagnostic::render::LabelText {
        place: crate::diagnostic::render::PlaceText {
            path: Some(format!("{bundle}/{path}")),
            inside: Some(inside.join(", ")),
            ..Default::default()
        },
        text: String::new(),
    });
    entry.body =
        difference.residue.iter().map(|(place, what)| format!("released, and no setting: {place}: {what}")).collect();
    entry.help = vec![
        "verify against the commit that the manifest names; where these are its sources, do not deliver the bundle"
            .to_owned(),
    ];
    entry
}

/// Everything as data.
pub fn data(looked: &[Looked], all: &[Compared]) -> Value {
    let compared: Vec<Value> = all
        .iter()
        .map(|one| {
            json!({
                "bundle": one.path,
                "sources": one.sources,
                "files": one.files,
                "same": one.is_same,
                "not_compared_at_all": one.whole,
                "not_compared": one.unknown.iter().map(|(file, names)| json!({ "file": file, "secrets": names })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "verified": looked.iter().map(looked_data).collect::<Vec<_>>(), "compared": compared })
}

fn looked_data(looked: &Looked) -> Value {
    let signatures: Vec<Value> = looked
        .verified
        .signed
        .iter()
        .flat_map(|signed| signed.signatures.iter().map(move |signature| signature_data(signed, signature)))
        .collect();
    json!({
        "path": looked.path,
        "what": looked.what.word(),
        "good": looked.errors == 0,
        "manifest": looked.verified.manifest,
        "signatures": signatures,
    })
}

fn signature_data(signed: &Signed, signature: &Signature) -> Value {
    let verdict = &signature.verdict;
    let (word, why, code) = device(signature);
    let mut data = json!({
        "file": signed.path,
        "encoding": written(signed.encoding),
        "detached": signed.is_detached,
        "signer": verdict.signer.as_ref().map(ToString::to_string),
        "serial": verdict.signer.as_ref().map(|own| own.serial()),
        "signing_time": verdict.signing_time.map(|time| time.to_string()),
        "device": { "standing": word, "code": code.map(Code::name), "said": why },
    });
    for (name, _, answer) in answers(verdict) {
        data[name] = json!({ "good": answer.good, "code": answer.code.map(Code::name), "said": answer.said });
    }
    data
}
