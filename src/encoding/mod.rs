//! What several back ends write and read, below them all. It does not know which of them calls.
//!
//! Reading order: [`xml`] (the strict reader and the escapes), [`plist`], [`bplist`] (the same in binary), [`admx`], [`syncml`], [`json`],
//! [`places`] (where the values of a file stand in it).

pub(crate) mod admx;
pub(crate) mod base64;
pub(crate) mod bplist;
pub(crate) mod ci_policy;
pub(crate) mod json;
pub(crate) mod places;
pub(crate) mod plist;
pub(crate) mod syncml;
pub(crate) mod xml;
