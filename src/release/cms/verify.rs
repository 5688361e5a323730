//! Whether to believe a signed file: each question on its own, and what a device would make of the answers.

use super::algorithm::Scheme;
use super::open::{Encoding, Name, Opened, Signer};
use super::sign::Parts;
use super::{Certificate, Fault, Time, path};
use crate::diagnostic::Code;

/// How exact a signed file must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As this program writes it, to the bit: what no signature covers can then not be altered either.
    Own,
    /// As anyone may write it.
    Any,
}

/// What a signed file is held against.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'a> {
    /// The roots that are trusted.
    pub roots: &'a [Certificate],
    /// Certificates that may stand in for those that are not enclosed.
    pub further: &'a [Certificate],
    /// The moment at which it is asked.
    pub now: Time,
    /// What was signed, where the file does not hold it.
    pub content: Option<&'a [u8]>,
    /// How exact it must be.
    pub form: Form,
}

/// The answers for one signature.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The signer's certificate, where it is there.
    pub signer: Option<Certificate>,
    /// When it says that it was signed.
    pub signing_time: Option<Time>,
    /// With what it is signed, and whether that is trusted.
    pub algorithms: Result<&'static str, Fault>,
    /// Whether the content is what was signed, and the signature that of the certificate's key.
    pub integrity: Result<(), Fault>,
    /// The certificates from the signer's to a root, by their subjects, or why there is no such chain.
    pub chain: Result<Vec<String>, Fault>,
    /// Whether every certificate of the chain was good when it was signed; asked where that is known.
    pub validity_then: Result<(), Fault>,
    /// Whether every certificate of the chain is good now.
    pub validity_now: Result<(), Fault>,
    /// Whether the certificate may sign.
    pub usage: Result<(), Fault>,
    /// Whether it is as exact as asked.
    pub form: Result<(), Fault>,
}

/// What a device would make of a signed profile. From Apple's documents and from the field; no device was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is installed, and shown as verified, on a device that trusts the root.
    Verified,
    /// It is installed, and shown as unverified, for this reason.
    Unverified(Fault),
    /// It is not installed, for this reason.
    Refused(Fault),
}

impl Verdict {
    /// Everything that is wrong, the gravest first, each once.
    pub fn faults(&self) -> Vec<&Fault> {
        let answers = [
            self.integrity.as_ref().err(),
            self.algorithms.as_ref().err(),
            self.form.as_ref().err(),
            self.chain.as_ref().err(),
            self.usage.as_ref().err(),
            self.validity_then.as_ref().err(),
            self.validity_now.as_ref().err(),
        ];
        let mut faults: Vec<&Fault> = Vec::new();
        for fault in answers.into_iter().flatten() {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        faults
    }

    /// What a device would make of it.
    pub fn standing(&self) -> Standing {
        let graver = self.integrity.as_ref().err().or(self.algorithms.as_ref().err());
        let lesser = self.chain.as_ref().err().or(self.usage.as_ref().err()).or(self.validity_now.as_ref().err());
        match (graver, lesser) {
            (Some(fault), _) => Standing::Refused(fault.clone()),
            (None, Some(fault)) => Standing::Unverified(fault.clone()),
            (None, None) => Standing::Verified,
        }
    }
}

impl Opened {
    /// The answers for each signature, in the order of the file.
    pub fn verify(&self, trust: &Trust<'_>) -> Vec<Verdict> {
        self.signers.iter().map(|signer| self.judge(signer, trust)).collect()
    }

    fn judge(&self, signer: &Signer, trust: &Trust<'_>) -> Verdict {
        let own = self.certificates.iter().chain(trust.further).chain(trust.roots).find(|one| signer.is_named(one));
        let signing_time = signer.attributes.as_ref().and_then(|attributes| attributes.time);
        let mut verdict = Verdict {
            signer: own.cloned(),
            signing_time,
            algorithms: signer.scheme.clone().map(Scheme::words),
            integrity: self.integrity(signer, own, trust),
            chain: Ok(Vec::new()),
            validity_then: Ok(()),
            validity_now: Ok(()),
            usage: Ok(()),
            form: Ok(()),
        };
        let Some(own) = own else {
            verdict.chain = verdict.integrity.clone().map(|()| Vec::new());
            return verdict;
        };
        let usable: Vec<Certificate>;
        let usable = match trust.further {
            [] => &self.certificates,
            further => {
                usable = self.certificates.iter().chain(further).cloned().collect();
                &usable
            }
        };
        let path = path::find(own, usable, trust.roots);
        let alone = [own];
        let known = path.as_deref().unwrap_or(&alone);
        let [now, then] = [Some(trust.now), signing_time]
            .map(|at| at.map_or(Ok(()), |at| known.iter().try_for_each(|one| one.is_valid(at))));
        verdict.validity_now = now;
        verdict.validity_then = then;
        verdict.usage = own.may_sign();
        verdict.form = match trust.form {
            Form::Own => self.is_exact(signer, own, path.as_deref().ok()),
            Form::Any => self
                .irregular
                .map_or(Ok(()), |why| Err(irregular(&format!("the signed file is not as the standard has it: {why}")))),
        };
        verdict.chain = path.map(|path| path.into_iter().map(Certificate::subject).collect());
        verdict
    }

    /// Whether the content has the digest that was signed, and the signature is that of the certificate's key.
    fn integrity(&self, signer: &Signer, own: Option<&Certificate>, trust: &Trust<'_>) -> Result<(), Fault> {
        let content = match (&self.content, trust.content) {
            (Some(inside), Some(beside)) if inside != beside => {
                return Err(altered("it holds another content than it is said to sign"));
            }
            (Some(inside), _) => inside.as_slice(),
            (None, Some(beside)) => beside,
            (None, None) => {
                return Err(Fault::new(Code::AlteredContent, "the signature does not hold what was signed")
                    .help("give the signed file beside it"));
            }
        };
        let (hash, scheme) = (signer.hash.clone()?, signer.scheme.clone()?);
        let signed = match &signer.attributes {
            Some(attributes) if attributes.digest != hash.of(content).as_ref() => {
                return Err(altered("the content is not what was signed: its digest is another"));
            }
            Some(attributes) => &attributes.set,
            None => content,
        };
        let own = own.ok_or_else(|| {
            Fault::new(Code::IncompleteChain, "the certificate of the signer is not enclosed")
                .help("sign anew with the certificate enclosed")
        })?;
        if own.key()?.has_signed(scheme, signed, &signer.signature) {
            return Ok(());
        }
        let message = format!("the signature is not that of the key of {own}");
        Err(Fault::new(Code::SignatureMismatch, message)
            .help("the file was altered, or another certificate put into it"))
    }

    /// That every bit is as this program writes it: the same parts, put together anew, give the same bytes; and each certificate is
    /// needed, where a chain was found.
    fn is_exact(&self, signer: &Signer, own: &Certificate, path: Option<&[&Certificate]>) -> Result<(), Fault> {
        let other = |why: &str| Err(irregular(&format!("the signed file is not as policyc writes it: {why}")));
        if let Some(one) = self.certificates.iter().find(|one| path.is_some_and(|path| !path.contains(one))) {
            return other(&format!("the certificate of {one} is no part of the chain"));
        }
        let (Name::Issued { issuer, serial }, Some(attributes), [_]) =
            (&signer.name, &signer.attributes, self.signers.as_slice())
        else {
            return other("it has several signers, or one that is named otherwise");
        };
        let set = super::sign::attributes(&attributes.digest, attributes.time);
        let parts = Parts {
            content: self.content.as_deref(),
            certificates: self.certificates.iter().map(Certificate::der).collect(),
            issuer,
            serial,
            attributes: super::sign::set_content(&set),
            scheme: own.key()?.scheme(),
            signature: &signer.signature,
        };
        if self.encoding != Encoding::Der || attributes.time.is_none() || parts.assemble() != self.der {
            return other("put together anew, its parts give other bytes");
        }
        Ok(())
    }
}

impl Signer {
    /// Whether it names this certificate.
    fn is_named(&self, one: &Certificate) -> bool {
        match &self.name {
            Name::Issued { issuer, serial } => *issuer == one.issuer && *serial == one.serial,
            Name::Key(key) => one.extensions.subject_key.as_ref() == Some(key),
        }
    }
}

fn irregular(message: &str) -> Fault {
    Fault::new(Code::IrregularSignature, message)
        .help("it was altered where no signature reaches, or another tool wrote it")
}

fn altered(why: &str) -> Fault {
    Fault::new(Code::AlteredContent, why).help("take the file from where it was released; do not install it")
}
