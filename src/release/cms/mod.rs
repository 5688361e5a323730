//! Signatures over profiles and manifests: CMS `SignedData` (RFC 5652), as Apple's devices and OpenSSL read it.
//!
//! Nothing here reads a file, asks a clock or draws a random number: keys, certificates and moments are given, and the same give the same
//! bytes. [`sign()`] and [`open()`] are the story. Reading order: this file, [`Fault`], `der/`, `key/`, `certificate/`, [`Chain`], `sign`,
//! `open`, `verify`.

mod algorithm;
mod certificate;
mod chain;
mod der;
mod fault;
mod key;
mod open;
mod path;
mod pem;
mod public;
mod sign;
mod time;
mod verify;

pub use certificate::Certificate;
pub use chain::Chain;
pub use fault::Fault;
pub use key::Key;
pub use open::{Encoding, Opened, open};
pub use sign::{Identity, Placement, Prepared, prepare, sign};
pub use time::Time;
pub use verify::{Form, Standing, Trust, Verdict};
