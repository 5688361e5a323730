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
        return Err("it names no payload, request, declaration, credential or status type".to_owned());
    }
    Ok(schema)
}

fn read_payload(node: &Node, schema: &mut Schema, unread: &mut Vec<String>) -> Result<(), String> {
    let mut beta = false;
    for (field, node) in node.members()? {
        match field.as_str() {
            "payloadtype" | "requesttype" | "declarationtype" | "credentialtype" | "statusitemtype" => {
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::apple::yaml;

    pub(in crate::apple) fn schema(text: &str) -> (Schema, Vec<String>) {
        let source = Release { file: "a.yaml".to_owned(), release: "test".to_owned() };
        let mut unread = Vec::new();
        let root = yaml::parse(text).unwrap();
        (read(&root, Form::Profile, source, &mut unread).unwrap(), unread)
    }

    #[test]
    fn each_of_the_names_of_a_type_is_read() {
        for field in ["payloadtype", "requesttype", "declarationtype", "credentialtype", "statusitemtype"] {
            assert_eq!(schema(&format!("title: T\npayload:\n  {field}: com.example.x\n")).0.name, "com.example.x");
        }
    }

    #[test]
    fn a_file_without_a_type_is_refused() {
        let source = Release { file: "a.yaml".to_owned(), release: "test".to_owned() };
        let root = yaml::parse("title: T\n").unwrap();
        assert!(read(&root, Form::Profile, source, &mut Vec::new()).unwrap_err().contains("names no"));
    }

    #[test]
    fn sentences_are_left_and_new_facts_are_reported() {
        let (schema, unread) = schema(
            "title: T\ndescription: S.\nnotes: [{title: N, content: S.}]\nexamples: {files: []}\nrelated-status-items: []\n\
             payload: {payloadtype: x, content: S., colour: red}\npayloadkeys:\n- {key: k, type: <string>, content: S., \
             title: S, subkeytype: N, weight: 3}\n",
        );
        assert!(!serde_json::to_string(&schema).unwrap().contains("S."));
        assert_eq!(unread, ["payload.colour", "line 8: k.weight"]);
    }

    #[test]
    fn a_command_has_keys_of_its_answer() {
        let (schema, _) = schema(
            "payload: {requesttype: x}\npayloadkeys:\n- {key: a, type: <data>}\nresponsekeys:\n- {key: b, type: <date>}\n",
        );
        assert_eq!((schema.keys[0].name.as_str(), schema.response[0].name.as_str()), ("a", "b"));
    }

    #[test]
    fn a_payload_in_beta_is_so_on_each_os() {
        let (schema, _) = schema(
            "payload: {declarationtype: x, beta: true, supportedOS: {iOS: {introduced: '27.0'}, macOS: {beta: false}}}\n",
        );
        assert_eq!((schema.support["iOS"].beta, schema.support["macOS"].beta), (Some(true), Some(false)));
    }
}
