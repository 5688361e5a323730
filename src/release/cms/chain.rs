//! A signer's chain: from its certificate towards the root, in order, each signed by the next.

use super::{Certificate, Fault, Key, Time};
use crate::diagnostic::Code;

/// The certificates that stand behind a signature.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The signer's own.
    leaf: Certificate,
    /// Its issuer, that one's issuer and so on, without a root.
    issuers: Vec<Certificate>,
    /// The root, where it was among the certificates.
    root: Option<Certificate>,
}

impl Chain {
    /// Orders the certificates of a file from the one that belongs to `key`; without a key (it is elsewhere), from the one that issued no
    /// other. Each must have its place.
    pub fn order(certificates: Vec<Certificate>, key: Option<&Key>) -> Result<Chain, Fault> {
        let mut rest = certificates;
        let leaf = rest.remove(leaf(&rest, key)?);
        let (mut issuers, mut root): (Vec<Certificate>, _) = (Vec::new(), None);
        while root.is_none() {
            let last = issuers.last().unwrap_or(&leaf);
            if last.is_self_issued() {
                break;
            }
            let Some(at) = issuer(last, &rest)? else { break };
            let next = rest.remove(at);
            next.may_issue(issuers.len())?;
            if next.is_self_issued() { root = Some(next) } else { issuers.push(next) }
        }
        // The same certificate twice is no fault of anyone's.
        rest.retain(|other| *other != leaf && !issuers.contains(other) && root.as_ref() != Some(other));
        match rest.first() {
            None => Ok(Chain { leaf, issuers, root }),
            Some(other) => {
                let message = format!("the certificate of {other} is no part of the chain of {leaf}");
                Err(Fault::new(Code::UnrelatedCertificate, message)
                    .help("leave it out; or give the certificate that it issued and that the signer's chain lacks"))
            }
        }
    }

    /// The signer's own certificate.
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The root, where it was among the certificates. It is not put into signatures: whoever trusts it has it.
    pub fn root(&self) -> Option<&Certificate> {
        self.root.as_ref()
    }

    /// What is put into signatures: the signer's certificate and its issuers, in order, without the root.
    pub fn enclosed(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.issuers)
    }

    /// What speaks against signing at this moment; the last may be a warning that a certificate expires soon.
    pub fn faults(&self, at: Time) -> Vec<Fault> {
        let usage = self.leaf.may_sign().err();
        let validity = self.enclosed().chain(&self.root).filter_map(|one| one.is_valid(at).err());
        let soon = self.enclosed().chain(&self.root).filter_map(|one| one.is_soon_over(at));
        usage.into_iter().chain(validity).chain(soon).collect()
    }
}

/// Which of the certificates is the signer's.
fn leaf(certificates: &[Certificate], key: Option<&Key>) -> Result<usize, Fault> {
    let Some(key) = key else {
        let issued_none =
            |one: &Certificate| !certificates.iter().any(|other| other != one && other.issuer == one.subject);
        let found = certificates.iter().position(issued_none);
        return found.ok_or_else(|| Fault::new(Code::UnreadableCertificate, "there is no certificate of a signer"));
    };
    if let Some(at) = certificates.iter().position(|one| one.key().is_ok_and(|own| *own == *key.public())) {
        return Ok(at);
    }
    let message = match certificates {
        [one] => format!("the private key is not that of the certificate of {one}"),
        _ => "the private key is not that of any of the certificates".to_owned(),
    };
    Err(Fault::new(Code::KeyMismatch, message)
        .help("give the certificate that was issued for this key, or the key that was made for it"))
}

/// Which of the others issued this one.
fn issuer(one: &Certificate, others: &[Certificate]) -> Result<Option<usize>, Fault> {
    let mut why = None;
    for (at, other) in others.iter().enumerate().filter(|(_, other)| one.names(other)) {
        match one.is_signed_by(other) {
            Ok(()) => return Ok(Some(at)),
            Err(fault) => why = Some(fault),
        }
    }
    why.map_or(Ok(None), Err)
}
