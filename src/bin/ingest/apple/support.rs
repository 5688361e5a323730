//! `supportedOS`: what one level of a file says of each OS. Inheritance is the reader's business.

use super::yaml::Node;
use policyc::catalogue::entry::{SharedIpad, Support};
use std::collections::BTreeMap;

/// Reads the OSs of one level.
pub(crate) fn read(node: &Node, unread: &mut Vec<String>) -> Result<BTreeMap<String, Support>, String> {
    let mut support = BTreeMap::new();
    for (os, node) in node.members()? {
        support.insert(os.clone(), read_os(os, node, unread)?);
    }
    Ok(support)
}

fn read_os(os: &str, node: &Node, unread: &mut Vec<String>) -> Result<Support, String> {
    let mut support = Support::default();
    for (field, node) in node.members()? {
        match field.as_str() {
            "introduced" => support.introduced = node.text()?,
            "deprecated" => support.deprecated = node.text()?,
            "removed" => support.removed = node.text()?,
            "supervised" => support.supervised = node.boolean()?,
            "requiresdep" => support.requiresdep = node.boolean()?,
            "userapprovedmdm" => support.userapprovedmdm = node.boolean()?,
            "allowmanualinstall" => support.allowmanualinstall = node.boolean()?,
            "devicechannel" => support.devicechannel = node.boolean()?,
            "userchannel" => support.userchannel = node.boolean()?,
            "multiple" => support.multiple = node.boolean()?,
            "accessrights" => support.accessrights = node.text()?,
            "userenrollment" => support.userenrollment = read_mode(node, unread)?,
            "sharedipad" => support.sharedipad = Some(read_shared(node, unread)?),
            "allowed-enrollments" => support.allowed_enrollments = Some(node.texts()?),
            "allowed-scopes" => support.allowed_scopes = Some(node.texts()?),
            "always-skippable" => support.always_skippable = node.boolean()?,
            "beta" => support.beta = node.boolean()?,
            _ => unread.push(format!("line {}: supportedOS.{os}.{field}", node.line)),
        }
    }
    Ok(support)
}

/// The mode of `userenrollment`; `behavior` beside it is a sentence.
fn read_mode(node: &Node, unread: &mut Vec<String>) -> Result<Option<String>, String> {
    let mut mode = None;
    for (field, node) in node.members()? {
        match field.as_str() {
            "mode" => mode = node.text()?,
            "behavior" => {}
            _ => unread.push(format!("line {}: userenrollment.{field}", node.line)),
        }
    }
    Ok(mode)
}

fn read_shared(node: &Node, unread: &mut Vec<String>) -> Result<SharedIpad, String> {
    let mut shared = SharedIpad::default();
    for (field, node) in node.members()? {
        match field.as_str() {
            "mode" => shared.mode = node.text()?,
            "devicechannel" => shared.devicechannel = node.boolean()?,
            "userchannel" => shared.userchannel = node.boolean()?,
            "allowed-scopes" => shared.allowed_scopes = Some(node.texts()?),
            _ => unread.push(format!("line {}: sharedipad.{field}", node.line)),
        }
    }
    Ok(shared)
}

#[cfg(test)]
mod tests {
    use crate::apple::schema::tests::schema;
    use policyc::catalogue::entry::SharedIpad;

    #[test]
    fn a_level_keeps_what_it_says_and_nothing_more() {
        let (schema, unread) = schema(
            "payload:\n  payloadtype: x\n  supportedOS:\n    iOS:\n      introduced: n/a\n      supervised: true\n      \
             allowed-scopes: [system]\n      sharedipad: {mode: forbidden, devicechannel: false}\n    macOS: {deprecated: '26.4'}\n",
        );
        let ios = &schema.support["iOS"];
        assert_eq!((ios.introduced.as_deref(), ios.supervised, ios.multiple), (Some("n/a"), Some(true), None));
        assert_eq!(ios.allowed_scopes.as_deref(), Some(&["system".to_owned()][..]));
        let shared =
            SharedIpad { mode: Some("forbidden".to_owned()), devicechannel: Some(false), ..Default::default() };
        assert_eq!(ios.sharedipad, Some(shared));
        assert_eq!(schema.support["macOS"].deprecated.as_deref(), Some("26.4"));
        assert!(unread.is_empty() && schema.support.len() == 2, "an absent OS stays absent: {unread:?}");
    }

    #[test]
    fn of_user_enrolment_the_mode_is_kept_and_the_sentence_is_not() {
        let (schema, unread) = schema(
            "payload: {payloadtype: x, supportedOS: {iOS: {userenrollment: {mode: ignored, behavior: A sentence.}}}}\n",
        );
        assert_eq!(schema.support["iOS"].userenrollment.as_deref(), Some("ignored"));
        assert!(unread.is_empty() && !serde_json::to_string(&schema).unwrap().contains("sentence"));
    }
}
