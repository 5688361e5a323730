//! One of Apple's files, as `docs/schema.yaml` in Apple's repository lays it out.

use super::key;
use super::support;
use super::yaml::Node;
use policyc::catalogue::entry::{Form, Release, Schema};

/// Sentences and examples, which are Apple's, not facts.
const PROSE: [&str; 5] = ["description", "notes", "examples", "reasons", "related-status-items"];

/// Reads a file; `unread` gets what there is no place for.
pub(crate) fn read(root: &Node, form: Form, source: Release, unread: &mut Vec<String>) -> Result<Schema, String> {
    let mut schema = Schema {
        name: String::new(),
        form,
        title: String::new(),
        source,
        support: Default::default(),
        apply: None,
        keys: Vec::new(),
        response: Vec::new(),
    };
    for (field, node) in root.members()? {
        match field.as_str() {
            "title" => schema.title = node.text()?.unwrap_or_default(),
            "payload" => read_payload(node, &mut schema, unread)?,
            "payloadkeys" => schema.keys = key::read_top(node, unread)?,
            "responsekeys" => schema.response = key::read_top(node, unread)?,
            prose if PROSE.contains(&prose) => {}
            _ => unread.push(field.clone()),
        }
    }
    if schema.name.is_empty() {
        return Err("it names no payload, request, declaration or credential type".to_owned());
    }
    Ok(schema)
}

fn read_payload(node: &Node, schema: &mut Schema, unread: &mut Vec<String>) -> Result<(), String> {
    let mut beta = false;
    for (field, node) in node.members()? {
        match field.as_str() {
            "payloadtype" | "requesttype" | "declarationtype" | "credentialtype" => {
                schema.name = node.text()?.unwrap_or_default();
            }
            "supportedOS" => schema.support = support::read(node, unread)?,
            "apply" => schema.apply = node.text()?,
            "beta" => beta = node.boolean()?.unwrap_or(false),
            "content" => {}
            _ => unread.push(format!("payload.{field}")),
        }
    }
    if beta {
        // Stated of the whole payload, it holds on each OS that says nothing else.
        schema.support.values_mut().for_each(|support| {
            support.beta.get_or_insert(true);
        });
    }
    Ok(())
}
