//! What a certificate may be used for, and when.
//!
//! Devices are lenient in the purpose: profiles of the field are signed with the certificates of web servers, and shown as verified. So
//! any purpose passes but one that has nothing to do with showing who wrote something: time stamps and answers on revocation alone.

use super::super::der::oid;
use super::{Certificate, Code, Fault, Time};

/// `digitalSignature` and `nonRepudiation`: the bits of `keyUsage` with which content may be signed (RFC 5280 §4.2.1.3).
const SIGNS: u16 = 0xc000;
/// `keyCertSign`.
const ISSUES: u16 = 0x0400;

impl Certificate {
    /// That its key may sign content.
    pub(in super::super) fn may_sign(&self) -> Result<(), Fault> {
        let fault = |why: &str| {
            Fault::new(
                Code::CertificateMayNotSign,
                format!("the certificate of {} may not sign: {why}", self.subject()),
            )
        };
        self.key()?;
        if self.extensions.key_usage.is_some_and(|usage| usage & SIGNS == 0) {
            return Err(fault("its key usage lacks `digitalSignature`")
                .help("have a certificate issued with the key usage `digitalSignature`"));
        }
        let is_apt = |purpose: &Vec<u8>| {
            let known: [&[u8]; 6] = [
                oid::ANY_USAGE,
                oid::CODE_SIGNING,
                oid::EMAIL_PROTECTION,
                oid::SERVER_AUTH,
                oid::CLIENT_AUTH,
                oid::DOCUMENT_SIGNING,
            ];
            known.contains(&purpose.as_slice()) || oid::is_below(purpose, oid::APPLE_USAGE)
        };
        if self.extensions.purposes.as_ref().is_some_and(|purposes| !purposes.iter().any(is_apt)) {
            return Err(fault("its extended key usage is for something else")
                .help("have a certificate issued with the extended key usage `codeSigning` or `emailProtection`"));
        }
        self.understands()
    }

    /// That its key may sign certificates, with so many issuers between it and the signer.
    pub(in super::super) fn may_issue(&self, followers: usize) -> Result<(), Fault> {
        let fault = |why: &str| {
            let message = format!("the certificate of {} may not issue another: {why}", self.subject());
            Fault::new(Code::CertificateMayNotSign, message)
                .help("put the certificate of the authority that did issue it into the chain")
        };
        match self.extensions.authority {
            Some((true, None)) => {}
            Some((true, Some(most))) if followers <= most as usize => {}
            Some((true, Some(_))) => return Err(fault("more authorities follow it than it allows")),
            _ => return Err(fault("its basic constraints do not make it an authority")),
        }
        if self.extensions.key_usage.is_some_and(|usage| usage & ISSUES == 0) {
            return Err(fault("its key usage lacks `keyCertSign`"));
        }
        self.understands()
    }

    /// That it is good at this moment.
    pub(in super::super) fn is_valid(&self, at: Time) -> Result<(), Fault> {
        if at < self.not_before {
            let message = format!(
                "the certificate of {} is not valid before {}, and it is {at}",
                self.subject(),
                self.not_before
            );
            return Err(Fault::new(Code::CertificateNotYetValid, message)
                .help("wait, or look at the clock and the signing time"));
        }
        if at > self.not_after {
            let message =
                format!("the certificate of {} expired on {}, and it is {at}", self.subject(), self.not_after);
            return Err(Fault::new(Code::CertificateExpired, message).help("have it renewed, and sign anew"));
        }
        Ok(())
    }

    /// Where it is good, but for thirty days at most.
    pub(in super::super) fn is_soon_over(&self, at: Time) -> Option<Fault> {
        let is_soon = self.is_valid(at).is_ok() && at.plus_days(30) > self.not_after;
        let message = || format!("the certificate of {} expires on {}", self.subject(), self.not_after);
        is_soon.then(|| {
            Fault::new(Code::CertificateExpiresSoon, message())
                .help("have it renewed: devices show profiles as unverified once it has expired")
        })
    }

    /// That it holds nothing that must be understood and is not (RFC 5280 §4.2).
    fn understands(&self) -> Result<(), Fault> {
        let Some(unknown) = &self.extensions.unknown else { return Ok(()) };
        let message = format!(
            "the certificate of {} has the critical extension {}, which is not judged here",
            self.subject(),
            oid::dotted(unknown)
        );
        Err(Fault::new(Code::CertificateMayNotSign, message).help("have one issued without it"))
    }
}
