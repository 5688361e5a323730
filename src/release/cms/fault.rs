//! What is wrong with a key, a certificate or a signature. It has no place in a source file, so the program prints it with the path of
//! the file that it read.

use super::der::Malformed;
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
    pub help: Option<String>,
}

impl Fault {
    /// A fault with its cause.
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Fault { code, message: message.into(), help: None }
    }

    /// With its cure.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A key that is not what it should be.
    pub(super) fn key(malformed: Malformed) -> Self {
        Fault::new(Code::UnreadableKey, format!("the private key is damaged: {}", malformed.0))
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
