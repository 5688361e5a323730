//! Coverage for people. As data it is its own model.

mod markdown;
mod text;

pub use markdown::coverage as markdown;
pub use text::{coverage as text, summary};
