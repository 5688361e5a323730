//! The formats of reports. JSON is the model itself.

mod markdown;
mod text;

pub use markdown::coverage as markdown;
pub use text::coverage as text;
