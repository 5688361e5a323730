//! Publishing: what a bundle is made of, what it is sealed with, and how a seal is opened again.
//!
//! Reading order: this file, [`manifest`] (what a bundle says of itself), [`bundle`] (a bundle's files against it), [`provenance`],
//! [`archive`] (a bundle as one file), [`layout`] (files as a tool wants them), [`placeholder`] (what a server would fill in, and so break the seal); and [`cms`], the
//! cryptographic half: keys, certificates, signatures. [`verify`] holds all of them against what was released.

pub mod archive;
pub mod bundle;
pub mod cms;
pub mod layout;
pub mod manifest;
pub mod placeholder;
pub mod provenance;
pub mod verify;
