//! The formats of reports. `terminal`, `markdown`, `json`, `sarif`, `junit` and `github` each print any [`Report`](super::Report);
//! `coverage` is a document of its own in two of them.

pub mod coverage;
pub mod json;
mod notice;
pub mod sarif;
pub mod terminal;
