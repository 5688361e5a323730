//! `policyc explain CODE`: the page that says what the fault is and how it is cured. Pages stand beside the rules that find it.

use super::super::failure::Failure;
use super::super::format::Format;
use super::super::terminal::{Style, Terminal, styled};
use super::super::{Global, Outcome};
use policyc::diagnostic::Code;
use serde_json::json;

pub(super) fn run(code: Code, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let page = policyc::explain(code).unwrap_or(code.summary());
    if global.is(Format::Json) {
        let (code, severity, summary) = (code.name(), code.severity().word(), code.summary().trim());
        let document = json!({ "version": 1, "command": "explain", "code": code, "severity": severity, "summary": summary, "text": page });
        terminal.json(&document)?;
    } else {
        terminal.result(&shown(page))?;
    }
    Ok(Outcome::Clean)
}

/// The page with its headings marked; Markdown is readable as it stands.
fn shown(page: &str) -> String {
    let line = |line: &str| match line.starts_with('#') {
        true => format!("{}\n", styled(Style::Strong, line)),
        false => format!("{line}\n"),
    };
    page.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained() {
        let missing: Vec<&str> =
            Code::ALL.iter().filter(|code| policyc::explain(**code).is_none()).map(|code| code.name()).collect();
        assert!(missing.is_empty(), "no page: {}", missing.join(", "));
    }
}
