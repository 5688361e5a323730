//! Checked settings → fragments: each node one command, so that each has a status of its own.

use super::plan::{File, Target, plan};
use super::value::{self, Refusal};
use super::{EXTENSION, METINF};
use crate::backend::{Artefact, Format, secret_name, secret_text};
use crate::catalogue::Catalogue;
use crate::catalogue::entry::{AdmxElement, Node};
use crate::check::Checked;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::encoding::{admx, xml};
use crate::setting::{Address, Leaf, Setting, Value};

/// Every fragment of the group.
pub(super) fn encode(checked: &Checked, catalogue: &Catalogue, found: &mut Diagnostics) -> Vec<Artefact> {
    let group = checked.target();
    let mut artefacts = Vec::new();
    for file in plan(checked, catalogue) {
        let path = format!("{}/{}/{}{EXTENSION}", group.organisation, *group.group, file.name);
        let bytes = fragment(&file, found).into_bytes();
        if bytes.len() > xml::MAX_BYTES {
            let message = format!("the fragment `{path}` has {} bytes; {} are the limit", bytes.len(), xml::MAX_BYTES);
            found.push(Diagnostic::new(Code::TooLarge, group.group.span, message).help("shorten its values"));
        }
        let settings = file.targets.iter().flat_map(|target| &target.settings);
        let mut holds: Vec<Address> = settings.map(|setting| setting.address.clone()).collect();
        holds.sort();
        artefacts.push(Artefact { path, bytes, format: Format::Syncml, holds });
    }
    artefacts
}

/// One command for one node.
struct Command<'a> {
    verb: &'static str,
    uri: &'a str,
    format: &'a str,
    data: Option<String>,
}

fn fragment(file: &File<'_>, found: &mut Diagnostics) -> String {
    let interior = file.interior.iter().map(|uri| Command { verb: "Add", uri, format: "node", data: None });
    let mut commands: Vec<Command<'_>> = interior.collect();
    for target in &file.targets {
        match command(target) {
            Ok(command) => commands.push(command),
            Err((setting, Refusal { code, cause, cure })) => {
                let message = format!("`{}`: {cause}", setting.address);
                found.push(Diagnostic::new(code, setting.span, message).help(cure));
            }
        }
    }
    let mut out = String::new();
    if file.atomic {
        out.push_str("<Atomic>\n  <CmdID>1</CmdID>\n");
        commands.iter().enumerate().for_each(|(n, command)| print(command, n + 2, "  ", &mut out));
        out.push_str("</Atomic>\n");
    } else {
        commands.iter().enumerate().for_each(|(n, command)| print(command, n + 1, "", &mut out));
    }
    out
}

type Refused<'a> = (&'a Setting, Refusal);

fn command<'a>(target: &Target<'a>) -> Result<Command<'a>, Refused<'a>> {
    let node = target.node();
    let plain = target.settings.iter().find(|setting| setting.address.leaf == Leaf::Node);
    let (format, data) = match plain {
        Some(setting) if target.settings.len() > 1 => {
            let cause = "the node has a value and an ADMX body".to_owned();
            let cure = "write it below `nodes` or below `admx`, not both";
            return Err((setting, Refusal { code: Code::DuplicateAddress, cause, cure }));
        }
        Some(setting) => {
            let format = node.map_or(value::format_of(&setting.value), |node| node.format.as_str());
            let data = value::text(node, &setting.value).map_err(|refusal| (*setting, refusal))?;
            // A node without a value of its own takes no Data.
            let none = matches!(format, "node" | "null") && data.is_empty();
            (format, (!none).then_some(data))
        }
        None => ("chr", Some(body(node, &target.settings)?)),
    };
    let settings = &target.settings;
    if let (Some(setting), Err(refusal)) = (settings.first(), value::writable(target.uri)) {
        return Err((setting, refusal));
    }
    Ok(Command { verb: verb(node), uri: target.uri, format, data })
}

/// `Replace` creates what is not there; only nodes that lack it get an `Add`.
fn verb(node: Option<&Node>) -> &'static str {
    let has = |verb: &str| node.is_none_or(|node| node.access.iter().any(|access| access == verb));
    if !has("Replace") && has("Add") { "Add" } else { "Replace" }
}

fn body<'a>(node: Option<&'a Node>, settings: &[&'a Setting]) -> Result<String, Refused<'a>> {
    let known = node.and_then(|node| node.allowed.as_ref()?.admx.as_ref()?.elements.as_deref()).unwrap_or_default();
    let mut body = admx::Body { enabled: true, elements: Vec::new(), misspelt: false };
    let mut elements: Vec<(usize, admx::Element)> = Vec::new();
    for setting in settings {
        match (&setting.address.leaf, &setting.value) {
            (Leaf::AdmxState, Value::Boolean(enabled)) => body.enabled = *enabled,
            (Leaf::AdmxElement(id), value) => {
                let at = known.iter().position(|element| element.id == *id);
                let text =
                    element_text(at.and_then(|at| known.get(at)), value).map_err(|refusal| (*setting, refusal))?;
                value::writable(id).map_err(|refusal| (*setting, refusal))?;
                elements.push((at.unwrap_or(known.len()), admx::Element { id: id.clone(), value: text }));
            }
            _ => {
                let cause = format!("an ADMX body cannot hold {} here", setting.value.kind());
                let cure = "the state of a body is `enabled` or `disabled`";
                return Err((setting, Refusal { code: Code::AdmxBody, cause, cure }));
            }
        }
    }
    if let (false, Some(setting)) = (body.enabled || elements.is_empty(), settings.first()) {
        let cause = "a disabled policy has no elements".to_owned();
        let cure = "write `disabled`, or the elements of an enabled body";
        return Err((setting, Refusal { code: Code::AdmxBody, cause, cure }));
    }
    // In the template's order, then by id: settings arrive sorted, and the sort keeps that.
    elements.sort_by_key(|(at, _)| *at);
    body.elements = elements.into_iter().map(|(_, element)| element).collect();
    Ok(admx::print(&body))
}

fn element_text(known: Option<&AdmxElement>, value: &Value) -> Result<String, Refusal> {
    let refusal = |cause: String, cure| Refusal { code: Code::AdmxBody, cause, cure };
    let items: Vec<&Value> = match value {
        Value::Array(items) => items.iter().map(|item| &item.value).collect(),
        single => vec![single],
    };
    for item in items {
        match item {
            Value::Text(text) if secret_name(text).is_some() => {
                return Err(refusal(format!("`{text}` is how an artefact marks a secret"), "write `{ secret: NAME }`"));
            }
            Value::Text(text) if matches!(value, Value::Array(_)) && text.contains(admx::SEPARATOR) => {
                return Err(refusal("an item holds U+F000, which parts items".to_owned(), "write items of their own"));
            }
            _ => {}
        }
    }
    if let Value::Secret(name) = value {
        return value::writable(&secret_text(name));
    }
    match admx::text_of(known.map(|element| element.kind.as_str()), value) {
        Some(text) => value::writable(&text),
        None => {
            let cause = format!("an ADMX body cannot hold {}", value.kind());
            Err(refusal(cause, "write text, a whole number, a boolean or a list"))
        }
    }
}

fn print(command: &Command<'_>, id: usize, indent: &str, out: &mut String) {
    let mut line = |text: &str| {
        out.push_str(indent);
        out.push_str(text);
        out.push('\n');
    };
    line(&format!("<{}>", command.verb));
    line(&format!("  <CmdID>{id}</CmdID>"));
    line("  <Item>");
    line("    <Target>");
    line(&format!("      <LocURI>{}</LocURI>", escaped(command.uri)));
    line("    </Target>");
    line("    <Meta>");
    line(&format!("      <Format xmlns=\"{METINF}\">{}</Format>", escaped(command.format)));
    // Interior nodes and nodes without a value hold nothing that could have a type.
    if command.data.is_some() {
        line(&format!("      <Type xmlns=\"{METINF}\">text/plain</Type>"));
    }
    line("    </Meta>");
    if let Some(data) = &command.data {
        line(&format!("    <Data>{}</Data>", escaped(data)));
    }
    line("  </Item>");
    line(&format!("</{}>", command.verb));
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
