//! Who signs: a key in a file, or a command; and the certificates that say whose it is.

use super::super::failure::Failure;
use super::secret::Source;
use super::{Release, external};
use policyc::backend::fill::Unfit;
use policyc::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use policyc::release::cms::{Certificate, Chain, Fault, Identity, Key, Placement, Time, prepare, sign};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// Bytes of the largest key or certificate file.
const LARGEST: u64 = 1 << 20;

/// Whoever signs.
pub(super) enum Signer {
    /// With a key of ours.
    Own(Box<Identity>),
    /// By a command.
    External { command: String, chain: Box<Chain>, folder: PathBuf, patience: Duration },
}

impl Signer {
    /// Signs a content at a time.
    pub(super) fn sign(&self, content: &[u8], at: Time, placement: Placement) -> Result<Vec<u8>, Refused> {
        match self {
            Signer::Own(identity) => sign(content, identity, at, placement).map_err(Refused::Fault),
            Signer::External { command, chain, folder, patience } => {
                let prepared = prepare(content, chain, at).map_err(Refused::Fault)?;
                let signature = external::sign(command, prepared.to_be_signed(), folder, *patience);
                let signature = signature.map_err(Refused::Signer)?;
                // What does not fit the certificate goes nowhere.
                prepared.finish(&signature, placement).map_err(Refused::Fault)
            }
        }
    }
}

/// Why there is no signature.
#[derive(Debug)]
pub(super) enum Refused {
    Fault(Fault),
    Signer(String),
    /// A secret cannot stand in the file of this path.
    Secret {
        path: String,
        unfit: Unfit,
    },
}

/// Reads keys and certificates; `None` where a finding says why they cannot sign.
pub(super) fn load(command: &Release, at: Time, found: &mut Diagnostics) -> Result<Option<Signer>, Failure> {
    let folder = std::env::current_dir().map_err(Failure::io("find", "."))?;
    let (key, beside) = match &command.key {
        Some(path) => match key(path, command.passphrase.as_ref(), &folder)? {
            Ok((key, beside)) => (Some(key), beside),
            Err(fault) => return Ok(refuse(&fault, path, found)),
        },
        None => (None, Vec::new()),
    };
    // Whoever names a certificate does not want the one that a PKCS#12 file happens to hold.
    let mut certificates = if command.certificate.is_some() { Vec::new() } else { beside };
    let Some(path) = command.certificate.as_ref().or(command.key.as_ref().filter(|_| !certificates.is_empty())) else {
        return Err(Failure::NoCertificate { key: command.key.clone().unwrap_or_default() });
    };
    for path in command.certificate.iter().chain(&command.chain) {
        match Certificate::read(&bytes(path)?) {
            Ok(read) => certificates.extend(read),
            Err(fault) => return Ok(refuse(&fault, path, found)),
        }
    }
    let chain = match Chain::order(certificates, key.as_ref()) {
        Ok(chain) => chain,
        Err(fault) => return Ok(refuse(&fault, path, found)),
    };
    for fault in chain.faults(at) {
        found.push(finding_at(&fault, &path.display().to_string()));
    }
    match (key, &command.signer) {
        (Some(key), _) => match Identity::new(key, chain) {
            Ok(identity) => Ok(Some(Signer::Own(Box::new(identity)))),
            Err(fault) => Ok(refuse(&fault, path, found)),
        },
        (None, Some(signer)) => {
            let patience = Duration::from_secs(command.signer_timeout);
            Ok(Some(Signer::External { command: signer.clone(), chain: Box::new(chain), folder, patience }))
        }
        (None, None) => unreachable!("internal: the arguments name a key or a signer"),
    }
}

/// A key, and the certificates that stand beside it in a PKCS#12 file.
type Read = Result<(Key, Vec<Certificate>), Fault>;

fn key(path: &Path, passphrase: Option<&Source>, folder: &Path) -> Result<Read, Failure> {
    let bytes = Zeroizing::new(bytes(path)?);
    let passphrase = match passphrase {
        Some(source) => Some(source.read(folder, "the passphrase of the key")?),
        None if Key::is_encrypted(&bytes) && std::io::stdin().is_terminal() => Some(ask(path)?),
        None => None,
    };
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_slice());
    Ok(match Key::is_pkcs12(&bytes) {
        true => Key::read_pkcs12(&bytes, passphrase),
        false => Key::read(&bytes, passphrase).map(|key| (key, Vec::new())),
    })
}

fn ask(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let asked = rpassword::prompt_password(format!("passphrase of {}: ", path.display()));
    asked.map(|text| Zeroizing::new(text.into_bytes())).map_err(Failure::io("ask for the passphrase of", path))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let size = std::fs::metadata(path).map_err(Failure::io("read", path))?.len();
    if size > LARGEST {
        return Err(Failure::TooMuch { path: path.into(), limit: format!("{} MiB", LARGEST >> 20) });
    }
    std::fs::read(path).map_err(Failure::io("read", path))
}

fn refuse(fault: &Fault, path: &Path, found: &mut Diagnostics) -> Option<Signer> {
    found.push(finding_at(fault, &path.display().to_string()));
    None
}

fn finding_at(fault: &Fault, path: &str) -> Diagnostic {
    let finding = Diagnostic::in_artefact(fault.code, path, "", fault.message.as_str());
    match &fault.help {
        Some(help) => finding.help(&**help),
        None => finding,
    }
}

/// A refusal of whoever signs, as a finding.
pub(super) fn finding(refused: &Refused, path: &str) -> Diagnostic {
    match refused {
        Refused::Fault(fault) => finding_at(fault, path),
        Refused::Secret { path, unfit: Unfit { name, why } } => {
            let message = format!("the secret `{name}` cannot stand in `{path}`: {why}");
            Diagnostic::in_artefact(Code::UnavailableSecret, path.as_str(), "", message)
                .help("change the secret where it comes from; its value is not told here")
        }
        Refused::Signer(cause) => {
            Diagnostic::in_artefact(Code::SignerFailed, path, "", format!("the signer gave no signature: {cause}"))
                .severity(Severity::Error)
                .help("run the command by itself: it reads what is to be signed on stdin, and writes the signature alone to stdout")
        }
    }
}
