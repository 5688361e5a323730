//! Commands of GitHub's workflows, which the runner turns into annotations beside the lines
//! (docs.github.com, "Workflow commands": `::error file={name},line={line},title={title}::{message}`).
//!
//! The runner obeys a line that begins with `::`, and one that holds `##[` anywhere; so every line printed here is a command of ours, whose
//! text can neither end the line nor begin another command.

use super::notice::{Notice, notices};
use crate::diagnostic::Severity;
use crate::diagnostic::render::{cut, printable};
use crate::report::{Ending, Report};

/// Annotations of each weight that GitHub shows of one step; it drops the rest without a word.
const SHOWN: usize = 10;
/// Characters of a title and of a message.
const TITLE: usize = 200;
const MESSAGE: usize = 4000;

/// The report as commands, a line each.
pub(super) fn commands(report: &Report) -> String {
    let title = format!("policyc {}", report.command);
    let mut out = String::new();
    if let Ending::Failed { message, help } = &report.ending {
        let said: Vec<&str> = std::iter::once(message).chain(help).map(String::as_str).collect();
        out.push_str(&command("error", &[("title", title)], &said.join("\n")));
        return out;
    }
    let notices = notices(report);
    let mut summary = report.summary.clone();
    summary.extend(Some(report.tally()).filter(|tally| !tally.is_empty()));
    let mut left_out = report.unlisted();
    for (weight, word) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "notice")] {
        let own = || notices.iter().filter(|notice| notice.severity == weight);
        let room = if weight == Severity::Note { SHOWN - 1 } else { SHOWN }; // the summary is a notice too
        out.extend(own().take(room).map(|notice| annotation(word, notice, report)));
        left_out += own().count().saturating_sub(room);
    }
    if left_out > 0 {
        summary.push(format!("{left_out} more are not shown: GitHub shows {SHOWN} of each kind"));
    }
    out.push_str(&command("notice", &[("title", title)], &summary.join("\n")));
    out
}

fn annotation(word: &str, notice: &Notice<'_>, report: &Report) -> String {
    let mut properties: Vec<(&str, String)> = Vec::new();
    if let Some(place) = notice.place {
        let path = place.path.as_deref().unwrap_or("");
        properties.push(("file", format!("{}{path}", report.folder)));
        let numbers = [("line", place.line), ("endLine", place.end_line)];
        properties.extend(numbers.into_iter().filter_map(|(name, number)| Some((name, number?.to_string()))));
        // Columns hold for one line alone.
        if place.line == place.end_line {
            let columns = [("col", place.column), ("endColumn", place.end_column)];
            properties.extend(columns.into_iter().filter_map(|(name, number)| Some((name, number?.to_string()))));
        }
    }
    properties.push(("title", format!("{}[{}]", notice.severity.word(), notice.code)));
    let help = notice.help.iter().map(|help| format!("help: {help}"));
    let said: Vec<String> =
        std::iter::once(notice.message.to_owned()).chain(notice.details.iter().cloned()).chain(help).collect();
    command(word, &properties, &said.join("\n"))
}

fn command(word: &str, properties: &[(&str, String)], message: &str) -> String {
    let property = |(name, value): &(&str, String)| format!("{name}={}", property(&cut(value, TITLE)));
    let properties: Vec<String> = properties.iter().map(property).collect();
    format!("::{word} {}::{}\n", properties.join(","), data(&cut(message, MESSAGE)))
}

/// A message: `%` first, so that nothing is escaped twice.
fn data(text: &str) -> String {
    let text = printable(&text.replace("\r\n", "\n").replace('\r', "\n")).replace("##[", "## [");
    text.replace('%', "%25").replace('\n', "%0A")
}

/// A value of a property, which a colon or comma would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_line_and_holds_no_other() {
        let text = command("error", &[("title", "a,b:c%".to_owned())], "50%\r\n::set-output name=x::y ##[error]z\n");
        assert_eq!(text, "::error title=a%2Cb%3Ac%25::50%25%0A::set-output name=x::y ## [error]z%0A\n");
    }
}
