//! What is wrong with a key, a certificate or a signature. It has no place in a source file, so the program prints it with the path of
//! the file that it read.

use super::der::Malformed;
use super::public::UNNAMED_CURVE;
use crate::diagnostic::Code;
use std::fmt;

/// One coded fault: cause and cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault it is.
    pub code: Code,
    /// The cause.
    pub message: String,
    /// The cure.
    pub help: Option<&'static str>,
}

impl Fault {
    /// A fault with its cause.
    #[cold]
    pub(super) fn new(code: Code, message: impl AsRef<str>) -> Self {
        Fault::made(code, message.as_ref())
    }

    /// One copy for all who find faults, out of their way.
    #[cold]
    #[inline(never)]
    fn made(code: Code, message: &str) -> Self {
        Fault { code, message: message.to_owned(), help: None }
    }

    /// With its cure.
    pub(super) fn help(self, help: &'static str) -> Self {
        Fault { help: Some(help), ..self }
    }

    /// A key that is not what it should be.
    pub(super) fn key(malformed: Malformed) -> Self {
        if malformed == UNNAMED_CURVE {
            return Fault::new(Code::UnsupportedKey, malformed.0)
                .help("have it named: openssl ec -in OLD.pem -param_enc named_curve -out NEW.pem");
        }
        Fault::new(Code::UnreadableKey, format!("the private key is damaged: {}", malformed.0))
            .help("find an undamaged copy")
    }

    /// A certificate that is not what it should be.
    pub(super) fn certificate(malformed: Malformed) -> Self {
        Fault::new(Code::UnreadableCertificate, format!("the certificate is damaged: {}", malformed.0))
    }

    /// A signed file that is not what it should be.
    pub(super) fn signature(malformed: Malformed) -> Self {
        Fault::new(Code::UnreadableSignature, format!("the signed file is damaged: {}", malformed.0))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
