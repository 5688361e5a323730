//! What a reader of the policy wants to see, as plain data and in several formats. It arranges what others found and computes nothing
//! of its own; nobody imports it.
//!
//! Reading order: [`coverage`] (which clause is carried by what), then [`mod@format`].

pub mod coverage;
pub mod format;
