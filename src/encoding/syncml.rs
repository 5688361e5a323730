//! SyncML commands as text, in one canonical form: two spaces of indent, line feeds, no declaration, numbers from 1 in order.
//!
//! OMA's "SyncML Representation Protocol": `CmdID`, `Item`, `Target`, `Meta` and `Data` last; `Format` and `Type` in `syncml:metinf`.

use super::{admx, xml};

/// The namespace of `Format` and `Type`.
const METINF: &str = "syncml:metinf";

/// One command for one node.
pub(crate) struct Command<'a> {
    /// `Add`, `Replace`, `Delete`.
    pub(crate) verb: &'static str,
    /// The LocURI.
    pub(crate) uri: &'a str,
    /// The format of the node; `None` for a command that gives no value.
    pub(crate) format: Option<&'a str>,
    /// The value, before it is escaped.
    pub(crate) data: Option<String>,
}

/// A fragment as it grows.
#[derive(Default)]
pub(crate) struct Fragment {
    out: String,
    last: usize,
}

impl Fragment {
    /// Adds a command that stands alone.
    pub(crate) fn command(&mut self, command: &Command<'_>) {
        self.print(command, "");
    }

    /// Adds commands of which all or none take effect. Without a number of its own: a strict server takes commands alone inside it, and
    /// numbers all of them itself.
    pub(crate) fn atomic(&mut self, commands: &[Command<'_>]) {
        self.out.push_str("<Atomic>\n");
        commands.iter().for_each(|command| self.print(command, "  "));
        self.out.push_str("</Atomic>\n");
    }

    /// The fragment as a file holds it.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    fn next(&mut self) -> usize {
        self.last += 1;
        self.last
    }

    fn print(&mut self, command: &Command<'_>, indent: &str) {
        let id = self.next();
        let mut line = |parts: &[&str]| {
            self.out.push_str(indent);
            parts.iter().for_each(|part| self.out.push_str(part));
            self.out.push('\n');
        };
        line(&["<", command.verb, ">"]);
        line(&["  <CmdID>", &id.to_string(), "</CmdID>"]);
        line(&["  <Item>"]);
        line(&["    <Target>"]);
        line(&["      <LocURI>", &escaped(command.uri), "</LocURI>"]);
        line(&["    </Target>"]);
        if let Some(format) = command.format {
            line(&["    <Meta>"]);
            line(&["      <Format xmlns=\"", METINF, "\">", &escaped(format), "</Format>"]);
            // Interior nodes and nodes without a value hold nothing that could have a type.
            if command.data.is_some() {
                line(&["      <Type xmlns=\"", METINF, "\">text/plain</Type>"]);
            }
            line(&["    </Meta>"]);
        }
        if let Some(data) = &command.data {
            line(&["    <Data>", &escaped(data), "</Data>"]);
        }
        line(&["  </Item>"]);
        line(&["</", command.verb, ">"]);
    }
}

/// Text between tags. The list separator is written as a reference, since nobody sees the character itself.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, part) in text.split(admx::SEPARATOR).enumerate() {
        if n > 0 {
            out.push_str("&#xF000;");
        }
        xml::escape(part, &mut out);
    }
    out
}
