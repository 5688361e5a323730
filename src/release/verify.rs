//! Verifying what was released: a signed file by itself, a manifest, a whole bundle. Each question has its own answer, and whatever is
//! wrong is a finding.
//!
//! A bundle is good where its manifest is signed by someone who is trusted, every file is there with its digest and nothing else, and
//! every signature in it is of the manifest's signer and moment, around the content that the manifest measures.

use super::archive::Files;
use super::bundle;
use super::cms::{Certificate, Encoding, Fault, Form, Standing, Time, Trust, Verdict, open};
use super::manifest::{MANIFEST, Manifest, Released, SEAL, SIGNATURE};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Label, Place, Severity};
use rayon::prelude::*;

/// Who is believed, and at what moment.
#[derive(Clone, Copy, Debug)]
pub struct Believed<'a> {
    /// The roots that are trusted.
    pub roots: &'a [Certificate],
    /// Certificates that may stand in for those that a file does not enclose.
    pub further: &'a [Certificate],
    /// The moment at which it is asked.
    pub now: Time,
}

/// One signed file, opened.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Its path.
    pub path: String,
    /// How it is written.
    pub encoding: Encoding,
    /// Whether what it signs is in a file beside it.
    pub is_detached: bool,
    /// What is inside it.
    pub content: Option<Vec<u8>>,
    /// Its signatures, in its order.
    pub signatures: Vec<Signature>,
}

/// One signature.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The answers.
    pub verdict: Verdict,
    /// What a device would make of it, which has what is enclosed and nothing further. None where no device reads it.
    pub device: Option<Standing>,
}

/// A bundle, or what of it was looked at.
#[derive(Clone, Debug)]
pub struct Verified {
    /// What it says of itself, where that can be read.
    pub manifest: Option<Manifest>,
    /// Its signed files: the manifest's signature, then the others in the order of their paths.
    pub signed: Vec<Signed>,
}

/// A signed file by itself; `beside` is what it signs where it does not hold that. `None` where it cannot be opened.
pub fn file(
    path: &str,
    (bytes, beside): (&[u8], Option<&[u8]>),
    believed: &Believed<'_>,
    found: &mut Diagnostics,
) -> Option<Signed> {
    let signed = judge(path, (bytes, beside), Form::Any, believed);
    let signed = signed.map_err(|fault| found.push(finding(path, &fault))).ok()?;
    report(std::slice::from_ref(&signed), found);
    Some(signed)
}

/// A manifest by itself: whose it is. Its files are not looked at.
pub fn manifest(text: &[u8], signature: Option<&[u8]>, believed: &Believed<'_>, found: &mut Diagnostics) -> Verified {
    let manifest = Manifest::parse(text).map_err(|cause| found.push(bundle::unreadable(cause))).ok();
    let signed: Vec<Signed> = seal_of_manifest(text, signature, believed, found).into_iter().collect();
    report(&signed, found);
    let verified = Verified { manifest, signed };
    alike(&verified, found);
    verified
}

/// A whole bundle.
pub fn bundle(files: &Files, believed: &Believed<'_>, found: &mut Diagnostics) -> Verified {
    let manifest = bundle::check(files, found);
    let mut signed: Vec<Signed> = Vec::new();
    if let Some(text) = files.get(MANIFEST) {
        signed.extend(seal_of_manifest(text, files.get(SIGNATURE).map(Vec::as_slice), believed, found));
    }
    let listed = manifest.as_ref().map_or(&[][..], |manifest| &manifest.files);
    let opened: Vec<(&Released, Result<Signed, Fault>)> = listed
        .par_iter()
        .filter_map(|released| {
            let own = files.get(&released.path)?;
            let seal = || Some((released.seal_path(), files.get(&released.seal_path())?));
            let judged = match (released.signed, released.seal.is_some()) {
                (true, _) => judge(&released.path, (own, None), Form::Own, believed),
                (false, true) => {
                    let (path, seal) = seal()?;
                    judge(&path, (seal, Some(own)), Form::Own, believed)
                }
                (false, false) => return None,
            };
            Some((released, judged))
        })
        .collect();
    for (released, judged) in opened {
        match judged {
            Ok(one) => {
                found.absorb(measured(released, &one));
                signed.push(one);
            }
            Err(fault) => found.push(finding(&released.path, &fault)),
        }
    }
    report(&signed, found);
    let verified = Verified { manifest, signed };
    alike(&verified, found);
    verified
}

fn seal_of_manifest(
    text: &[u8],
    signature: Option<&[u8]>,
    believed: &Believed<'_>,
    found: &mut Diagnostics,
) -> Option<Signed> {
    let Some(signature) = signature else {
        let message = format!("`{SIGNATURE}` is missing: nothing says whose manifest it is");
        found.push(Diagnostic::in_artefact(Code::MissingFile, SIGNATURE, "", message).help(bundle::DISTRUST));
        return None;
    };
    let judged = judge(SIGNATURE, (signature, Some(text)), Form::Own, believed);
    judged.map_err(|fault| found.push(finding(SIGNATURE, &fault))).ok()
}

fn judge(
    path: &str,
    (bytes, beside): (&[u8], Option<&[u8]>),
    form: Form,
    believed: &Believed<'_>,
) -> Result<Signed, Fault> {
    let opened = open(bytes)?;
    let Believed { roots, further, now } = *believed;
    let trust = Trust { roots, further, now, content: beside, form };
    let is_detached = opened.content.is_none();
    let alone = opened.verify(&Trust { further: &[], ..trust });
    let verdicts = if further.is_empty() { alone.clone() } else { opened.verify(&trust) };
    let signatures = verdicts
        .into_iter()
        .zip(alone)
        .map(|(verdict, alone)| Signature { verdict, device: (!is_detached).then(|| alone.standing()) });
    Ok(Signed {
        path: path.to_owned(),
        encoding: opened.encoding,
        is_detached,
        signatures: signatures.collect(),
        content: opened.content,
    })
}

/// That a signed file holds what the manifest says that it does.
fn measured(released: &Released, signed: &Signed) -> Diagnostics {
    let mut found = Diagnostics::default();
    let expected = match (&released.content, released.signed) {
        (Some(content), true) => signed.content.as_ref().is_some_and(|inside| content.fits(inside)),
        // With a secret inside, nothing is told of it.
        (None, true) => signed.content.is_some(),
        (_, false) => signed.is_detached,
    };
    if !expected {
        let message = format!("`{}` does not hold the content that the manifest says was signed", released.path);
        found.push(
            Diagnostic::in_artefact(Code::AlteredContent, released.path.as_str(), "", message).help(bundle::DISTRUST),
        );
    }
    found
}

/// That every signature is of the signer of the manifest, and of the moment that it names.
fn alike(verified: &Verified, found: &mut Diagnostics) {
    let Some((manifest, seal)) = verified.manifest.as_ref().zip(verified.signed.first()) else { return };
    let signer = seal.signatures.first().and_then(|signature| signature.verdict.signer.as_ref());
    let mut others = Grouped::default();
    for signed in &verified.signed {
        for Signature { verdict, .. } in &signed.signatures {
            let at = verdict.signing_time.map(|time| time.to_string());
            if let Some(at) = at.filter(|at| *at != manifest.signing_time) {
                let message = format!("it was signed at {at}, and the manifest says {}", manifest.signing_time);
                others.add(Code::OtherSigningTime, message, Some(bundle::DISTRUST), &signed.path);
            }
            if let (Some(own), Some(signer)) = (&verdict.signer, signer)
                && own != signer
            {
                let message = format!("{own} signed it, and {signer} the manifest");
                others.add(Code::OtherSigner, message, Some(bundle::DISTRUST), &signed.path);
            }
        }
    }
    others.report(found);
}

/// Whatever is wrong with signatures, once for all files with the same fault.
fn report(all: &[Signed], found: &mut Diagnostics) {
    let (mut faults, mut lacking) = (Grouped::default(), Grouped::default());
    for signed in all {
        for Signature { verdict, device } in &signed.signatures {
            for fault in verdict.faults() {
                let message = match (fault.code, signed.path.strip_suffix(SEAL)) {
                    (Code::AlteredContent, Some(of)) if signed.is_detached => {
                        format!("`{}` is not what was signed: {}", of.escape_debug(), fault.message)
                    }
                    _ => fault.message.clone(),
                };
                faults.add(fault.code, message, fault.help, &signed.path);
            }
            if let (Ok(_), Some(Standing::Unverified(fault))) = (&verdict.chain, device)
                && fault.code == Code::IncompleteChain
            {
                lacking.add(
                    fault.code,
                    format!("the chain is not enclosed: {}", fault.message),
                    fault.help,
                    &signed.path,
                );
            }
        }
    }
    faults.report(found);
    lacking.findings().into_iter().for_each(|finding| found.push(finding.severity(Severity::Warning)));
}

/// The finding that a fault of the file is.
pub fn finding(path: &str, fault: &Fault) -> Diagnostic {
    let mut one = Grouped::default();
    one.add(fault.code, fault.message.clone(), fault.help, path);
    one.findings().remove(0)
}

/// The same said of several files is said once.
#[derive(Default)]
struct Grouped<'a> {
    all: Vec<(Code, String, Option<&'static str>, Vec<&'a str>)>,
}

/// Files that a finding names beside its own.
const MOST: usize = 20;

impl<'a> Grouped<'a> {
    fn add(&mut self, code: Code, message: String, help: Option<&'static str>, path: &'a str) {
        match self.all.iter_mut().find(|known| known.0 == code && known.1 == message) {
            Some(known) => known.3.push(path),
            None => self.all.push((code, message, help, vec![path])),
        }
    }

    fn findings(self) -> Vec<Diagnostic> {
        let finding = |(code, message, help, paths): (Code, String, Option<&'static str>, Vec<&str>)| {
            let message = match paths.len() {
                1 => message,
                n => format!("{message} (and the same of {} more)", n - 1),
            };
            let mut finding = Diagnostic::in_artefact(code, paths[0], "", message);
            finding.help = help.map(str::to_owned).into_iter().collect();
            finding.also = paths[1..]
                .iter()
                .take(MOST)
                .map(|path| Label {
                    place: Place::Artefact { path: (*path).to_owned(), inside: String::new() },
                    text: "the same here".to_owned(),
                })
                .collect();
            finding
        };
        self.all.into_iter().map(finding).collect()
    }

    fn report(self, found: &mut Diagnostics) {
        self.findings().into_iter().for_each(|finding| found.push(finding));
    }
}
