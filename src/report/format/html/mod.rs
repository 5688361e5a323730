//! HTML: a document in one file that loads nothing, works from disk and without its script, and prints.
//!
//! Templates stand beside the code that fills them. [`mod@inert`] is the only way from a value to a page. The style and the script are
//! named to the browser by their digest (Content Security Policy level 3, §6.7.3.2), so that nothing else can run, whatever a source
//! says.

mod inert;
mod policy;
mod review;
mod run;
mod side;

pub use policy::policy;
pub use review::review;
pub use run::run;

use crate::digest::integrity;
use askama::Template;
use std::borrow::Borrow;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// What every document has around it.
struct Frame {
    style: &'static str,
    script: &'static str,
    /// What the browser may do: apply this style, run this script, and nothing else.
    allows: String,
    version: &'static str,
}

impl Frame {
    fn new() -> Frame {
        let (style, script) = (integrity(STYLE.as_bytes()), integrity(SCRIPT.as_bytes()));
        Frame {
            style: STYLE,
            script: SCRIPT,
            allows: format!(
                "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"
            ),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// The whole page.
fn written(page: &impl Template) -> String {
    // Writing into a String fails only where a value's own writing does, and these are texts and numbers.
    let mut text = page.render().expect("internal: a page of texts and numbers can be written");
    text.push('\n');
    text
}

/// `1 file`, `2 files`. Templates hand over what is a field as a reference.
fn many(count: impl Borrow<usize>, word: &str) -> String {
    let count: usize = *count.borrow();
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// A text of ours by its backticks: whether a part stands between two, and the part.
fn ticked(text: &str) -> Vec<(bool, &str)> {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return vec![(false, text)]; // one of them has no other end
    }
    parts.into_iter().enumerate().map(|(n, part)| (n % 2 == 1, part)).filter(|(_, part)| !part.is_empty()).collect()
}

/// A path or an address where a line may break: after each part of it.
fn broken(text: &str) -> std::str::SplitInclusive<'_, [char; 4]> {
    text.split_inclusive(['/', '.', '·', ' '])
}
