//! Windows: what `Get` of each node gives. Most nodes give what was set (their data, in the canonical form); for the others there is a
//! table, each row with a reason and a source.
//!
//! DDF v2: `AccessType`. Policy CSP: `Config` has what this server set, `Result` what takes effect. The report of the whole device
//! (MDMDiagReport) lists the policies of the Policy CSP, and no node of another CSP.

use super::{Body, Element, Node, SECRET, name, word};
use crate::backend::node::channel;
use crate::backend::syncml::command;
use crate::catalogue::Catalogue;
use crate::catalogue::entry::Node as Record;
use crate::encoding::admx;
use crate::gather::Arrange;
use crate::setting::{Family, Leaf, Setting};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A node that reports something other than what was set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    uri: String,
    /// The value of which the row speaks; any other where there is none.
    #[serde(default)]
    set: Option<String>,
    /// What a healthy device reports then; nothing where nobody says.
    #[serde(default)]
    reports: Option<String>,
    reason: String,
    source: String,
}

static REPORTS: LazyLock<Vec<Report>> = LazyLock::new(|| match serde_json::from_str(include_str!("reports.json")) {
    Ok(rows) => rows,
    Err(error) => panic!("internal: the table of reports: {error}"),
});

/// Where the Policy CSP keeps what servers set, and where what takes effect.
const CONFIG: &str = "/Vendor/MSFT/Policy/Config/";
const RESULT: &str = "/Vendor/MSFT/Policy/Result/";

/// Each node once, sorted by LocURI.
pub(super) fn nodes<'a>(settings: impl Iterator<Item = &'a Setting>, catalogue: &Catalogue) -> Vec<Node> {
    let mut nodes: BTreeMap<&str, Vec<&Setting>> = BTreeMap::new();
    for setting in settings.filter(|setting| setting.address.family == Family::Csp) {
        let own = nodes.entry(&setting.address.owner).or_default();
        // Two controls may look at one node, for one value.
        if !own.iter().any(|other| other.address == setting.address) {
            own.push(setting);
        }
    }
    nodes.into_iter().map(|(uri, settings)| node(uri, settings, catalogue)).collect()
}

fn node(uri: &str, settings: Vec<&Setting>, catalogue: &Catalogue) -> Node {
    let found = catalogue.known_node(uri);
    let record = found.as_ref().map(|found| found.node);
    let is_secret = record.is_some_and(|record| record.secret)
        || settings.iter().any(|setting| !setting.value.secrets().is_empty());
    let mut names: Vec<String> = settings.iter().map(|setting| name(setting)).collect();
    names.arrange();
    let (format, set) = command(uri, settings.clone(), catalogue).unwrap_or_default();
    let mut node = Node {
        node: uri.to_owned(),
        channel: word(channel(uri)),
        settings: names,
        format,
        data: None,
        policy: None,
        sources: sources(uri, record),
        result: uri.split_once(CONFIG).map(|(root, policy)| format!("{root}{RESULT}{policy}")),
        notes: Vec::new(),
    };
    if node.sources.is_empty() {
        node.result = None;
        node.notes.push("it cannot be read: the node takes no `Get` (DDF, AccessType)".to_owned());
    } else if is_secret {
        node.notes.push(SECRET.to_owned());
    } else if let Some(row) = row(record, set.as_deref()) {
        node.data.clone_from(&row.reports);
        node.notes.push(format!("{} ({})", row.reason, row.source));
    } else {
        node.policy = set.as_deref().filter(|_| is_body(&settings)).and_then(body);
        node.data = set;
    }
    if record.is_none() {
        node.notes.push("no catalogue knows the node: that it can be read is not certain".to_owned());
    }
    node
}

fn sources(uri: &str, record: Option<&Record>) -> Vec<&'static str> {
    let can_get = record.is_none_or(|record| record.access.iter().any(|verb| verb == "Get"));
    match (can_get, uri.contains(CONFIG)) {
        (false, _) => Vec::new(),
        (true, true) => vec!["get", "mdm-diagnostics"],
        (true, false) => vec!["get"],
    }
}

fn row(record: Option<&Record>, set: Option<&str>) -> Option<&'static Report> {
    let mut rows = REPORTS.iter().filter(|row| record.is_some_and(|record| record.uri == row.uri));
    rows.find(|row| row.set.is_none() || row.set.as_deref() == set)
}

fn is_body(settings: &[&Setting]) -> bool {
    settings.iter().any(|setting| matches!(setting.address.leaf, Leaf::AdmxState | Leaf::AdmxElement(_)))
}

fn body(data: &str) -> Option<Body> {
    let admx::Body { enabled, elements, .. } = admx::parse(data).ok()?;
    let element = |admx::Element { id, value }| Element { id, value };
    Some(Body {
        state: if enabled { "enabled" } else { "disabled" },
        elements: elements.into_iter().map(element).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Node, REPORTS, nodes};
    use crate::backend::sample::node;
    use crate::catalogue::{Catalogue, NodeLookup};
    use crate::setting::{Leaf, Setting, Value};

    fn check(settings: &[Setting], expected: &[(Option<&str>, &[&str], bool)]) -> Vec<Node> {
        let found = nodes(settings.iter(), &Catalogue::embedded());
        let short: Vec<_> =
            found.iter().map(|node| (node.data.as_deref(), node.sources.as_slice(), node.notes.is_empty())).collect();
        assert_eq!(short, expected);
        found
    }

    #[test]
    fn a_node_reports_what_was_set_unless_the_table_says_otherwise() {
        let all: &[&str] = &["get", "mdm-diagnostics"];
        let at = |uri: &str, value: Value| node(uri, Leaf::Node, value);
        let sharing = "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing";
        let found = check(&[at(sharing, Value::Integer(0))], &[(Some("0"), all, true)]);
        assert_eq!(found[0].result.as_deref(), Some("./Device/Vendor/MSFT/Policy/Result/Wifi/AllowInternetSharing"));
        let require = "./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption";
        check(&[at(require, Value::Integer(1))], &[(Some("1"), &["get"], false)]);
        check(&[at(require, Value::Integer(0))], &[(None, &["get"], false)]);
        // The DDF gives it no `Get`, as it does its siblings.
        let domain = "./Vendor/MSFT/Firewall/MdmStore/DomainProfile/EnableFirewall";
        check(&[at(domain, Value::Boolean(true))], &[(None, &[], false)]);
        check(&[at(sharing, Value::secret("x"))], &[(None, all, false)]);
        check(&[at("./Device/Vendor/MSFT/Nothing/There", Value::Integer(1))], &[(Some("1"), &["get"], false)]);
    }

    #[test]
    fn a_body_is_read_to_its_state_and_elements() {
        let uri = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";
        let settings = [
            node(uri, Leaf::AdmxState, Value::Boolean(true)),
            node(uri, Leaf::AdmxElement("MinPINLength".to_owned()), Value::Integer(8)),
        ];
        let data = "<enabled/><data id=\"MinPINLength\" value=\"8\"/>";
        let body = check(&settings, &[(Some(data), &["get"], true)])[0].policy.clone().unwrap();
        assert_eq!(
            (body.state, body.elements[0].id.as_str(), body.elements[0].value.as_str()),
            ("enabled", "MinPINLength", "8")
        );
    }

    #[test]
    fn every_row_speaks_of_a_node_that_can_be_read_and_says_why_and_whence() {
        let catalogue = Catalogue::embedded();
        for row in REPORTS.iter() {
            let NodeLookup::Found(found) = catalogue.node(&row.uri) else { panic!("{}", row.uri) };
            assert!(found.node.access.iter().any(|verb| verb == "Get") && found.node.uri == row.uri, "{}", row.uri);
            assert!(row.reason.len() > 20 && row.source.len() > 5 && (row.set.is_some() || row.reports.is_none()));
        }
    }
}
