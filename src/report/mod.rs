//! What a reader of the policy wants to see, as plain data and in several formats. It arranges what others found and computes nothing
//! of its own; nobody imports it.
//!
//! Reading order: [`model`] (what a run has to say), [`drift`], [`review`] and [`reason`] (differences and who asked), [`coverage`]
//! (which clause is carried by what), [`effective`] (the whole policy of one organisation), [`release`] (two releases of the
//! catalogue), [`verify`] (what was released), then [`mod@format`].

pub mod coverage;
pub mod drift;
pub mod effective;
pub mod format;
pub mod model;
pub mod observed;
pub mod reason;
pub mod release;
pub mod review;
mod rule;
pub mod verify;

pub use model::{Change, Ending, Entry, Report};
