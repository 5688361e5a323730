//! Elements in `<Data>` that nobody escaped: what stands there is text to a device, and a server that puts it into a message of its own sends
//! one that no device reads, with all that waits behind it (failure-modes B22).

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic};
use crate::reader::Kind;
use crate::source::Span;

pub(crate) const RULE: FileRule = FileRule { codes: &[Code::RawData], explain: Some(include_str!("explain.md")), run };

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    if file.reading.kind != Kind::Syncml {
        return Vec::new();
    }
    let text = file.readings.sources.text(file.reading.file);
    let raw = text.match_indices("<Data>").filter_map(|(start, tag)| {
        let content = text[start + tag.len()..].trim_start();
        let is_raw = content.starts_with('<') && !["<![", "</", "<!--"].iter().any(|other| content.starts_with(other));
        is_raw.then(|| Span::new(file.reading.file, start, start + tag.len()))
    });
    let finding = |span: Span| {
        Diagnostic::new(Code::RawData, span, "elements stand in `Data` as they are, where text is wanted")
            .help("write them in `<![CDATA[…]]>`, or `&lt;` for each `<`")
    };
    raw.map(finding).collect()
}
