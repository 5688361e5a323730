//! Windows settings as SyncML: a fragment of commands for the server to send, one for each node of a CSP.
//!
//! Microsoft's "OMA DM protocol support" and the DDF v2 files; the canonical form is one `Replace` for each node, two spaces of
//! indent, line feeds, no declaration. Fleet takes it as it is; other servers take what [`wrap`] makes of it.
//!
//! Reading order: this file, `plan.rs` (which node stands in which file, and in what order), `encode.rs`, `value.rs` (values ↔
//! data), `decode.rs`.

mod decode;
mod encode;
pub(crate) mod plan;
mod value;

pub(super) use decode::{read, settings_of};

use super::{Backend, Format};
use crate::catalogue::Catalogue;
use crate::catalogue::entry::Node;
use crate::setting::{Delivery, Family, Platform, Setting, Target, Value};

/// Fragments for groups of Windows devices whose server takes them.
pub(super) const BACKEND: Backend = Backend {
    format: Format::Syncml,
    family: Family::Csp,
    folder: None,
    extensions: &[EXTENSION],
    encode: encode::encode,
    decode: decode::decode,
    named: |_, _| {},
    serves,
};

const EXTENSION: &str = ".xml";

fn serves(target: &Target) -> bool {
    *target.platform == Platform::Windows && target.deliver.iter().any(|form| **form == Delivery::Syncml)
}

/// The data that a node has for a value; `None` where it can hold no such value.
pub(crate) fn text(node: Option<&Node>, value: &Value) -> Option<String> {
    value::text(node, value).ok()
}

/// The format of a node and the data that it gets for its settings; `None` where it cannot hold them.
pub(crate) fn command(uri: &str, settings: Vec<&Setting>, catalogue: &Catalogue) -> Option<(String, Option<String>)> {
    let target = plan::Target { settings, ..plan::Target::of(uri, catalogue) };
    encode::value(&target).ok().map(|(format, data)| (format.to_owned(), data))
}

/// The beginning of commands that take effect together.
const ATOMIC: &str = "<Atomic>\n";

/// A fragment as a whole message, for servers and viewers that want one. SyncML 1.2, without the header that only a server can
/// write. In a message each `Atomic` has a number too: those after the numbers of all commands.
pub fn wrap(fragment: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(fragment.len() + 200);
    message.extend_from_slice(b"<SyncML xmlns=\"SYNCML:SYNCML1.2\">\n<SyncBody>\n");
    let text = String::from_utf8_lossy(fragment);
    let mut number = text.matches("<CmdID>").count();
    for (n, part) in text.split(ATOMIC).enumerate() {
        if n > 0 {
            message.extend_from_slice(ATOMIC.as_bytes());
            if !part.trim_start().starts_with("<CmdID>") {
                number += 1;
                message.extend_from_slice(format!("  <CmdID>{number}</CmdID>\n").as_bytes());
            }
        }
        message.extend_from_slice(part.as_bytes());
    }
    message.extend_from_slice(b"<Final/>\n</SyncBody>\n</SyncML>\n");
    message
}
