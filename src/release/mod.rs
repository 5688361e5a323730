//! Publishing: what artefacts are sealed with, and how a seal is opened again.
//!
//! [`cms`] is the cryptographic half: keys, certificates, signatures.

pub mod cms;
