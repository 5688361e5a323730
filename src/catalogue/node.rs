//! Looking up the nodes of Microsoft's CSPs by LocURI (DDF v2; the traps are those of the DDF's own files: dynamic nodes, two
//! spellings of the device root, generic policy nodes, stray spaces).

use super::entry::{Node, Release};
use super::facts::folded;
use super::image::nodes;
use super::locuri::{Segment, checked, is_ingested, is_title, named_segments, other_channel, same_channel, segments};
use super::{Catalogue, NodeLookup, NodeMatch};

/// Where the areas of the Policy CSP are, folded.
const POLICY_CONFIG: [&str; 2] = ["./device/vendor/msft/policy/config", "./user/vendor/msft/policy/config"];

/// How far a path leads down the tree.
struct Walk {
    /// Folded LocURI of the last level that exists.
    at: String,
    /// Rows of the nodes on the way; levels above a file's root node have none.
    rows: Vec<usize>,
    /// Dynamic nodes on the way, and what was given for them.
    dynamic: Vec<(usize, String)>,
    /// Whether every name was spelt as the DDF spells it.
    exact: bool,
    /// How many segments were found.
    depth: usize,
    /// Whether the last segment found is a node.
    complete: bool,
}

impl Catalogue {
    /// Looks a LocURI up; `{Title}` in it stands for a dynamic segment that has no name yet.
    ///
    /// Fixed names come before dynamic ones. The generic nodes `Policy/Config/{area}/{policy}` match their own spelling only:
    /// they would make every misspelt policy right. An area with `~` is one that a template brings along.
    pub fn node(&self, uri: &str) -> NodeLookup<'_> {
        let uri = uri.trim();
        if let Some(row) = self.row(&folded(uri)).filter(|row| self.uri(*row).trim() == uri) {
            let walk = self.walk(&segments(self.uri(row)));
            return NodeLookup::Found(self.found(walk, uri));
        }
        let segments = match checked(uri) {
            Ok(segments) => segments,
            Err(reason) => return NodeLookup::Malformed(reason),
        };
        let mut deepest: Option<(Walk, Vec<Segment>)> = None;
        for spelling in same_channel(&segments) {
            let walk = self.walk(&spelling);
            if walk.complete && walk.depth == spelling.len() {
                let exact = walk.exact;
                let found = self.found(walk, uri);
                return if exact { NodeLookup::Found(found) } else { NodeLookup::WrongCase(found) };
            }
            if deepest.as_ref().is_none_or(|(other, _)| other.at.len() < walk.at.len()) {
                deepest = Some((walk, spelling));
            }
        }
        if is_ingested(&segments) {
            return NodeLookup::Ingested;
        }
        for spelling in other_channel(&segments) {
            let walk = self.walk(&spelling);
            if walk.complete && walk.depth == spelling.len() {
                return NodeLookup::OtherChannel(self.found(walk, uri).canonical);
            }
        }
        match deepest {
            Some((walk, spelling)) => self.unknown_node(&spelling, &walk.at, walk.depth),
            None => self.unknown_node(&segments, ".", 1),
        }
    }

    /// The node of a LocURI in any letter case, without a search for what else might be meant: fit for files of thousands.
    pub(crate) fn known_node(&self, uri: &str) -> Option<NodeMatch<'_>> {
        same_channel(&checked(uri.trim()).ok()?).iter().find_map(|spelling| {
            let walk = self.walk(spelling);
            (walk.complete && walk.depth == spelling.len()).then(|| self.found(walk, uri))
        })
    }

    /// Every node's LocURI, sorted, dynamic segments as `{Title}`.
    pub fn uris(&self) -> Vec<&str> {
        let mut uris: Vec<&str> = (0..self.rows.len()).map(|row| self.uri(row)).collect();
        uris.sort_unstable();
        uris
    }

    /// Every node, with its LocURI, in the order of the LocURIs' folded letters.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        (0..self.rows.len()).map(|row| self.node_of(row))
    }

    pub(crate) fn uri(&self, row: usize) -> &'static str {
        self.image.text(self.rows.get(row, nodes::URI))
    }

    pub(crate) fn folded_uri(&self, row: usize) -> &'static str {
        self.image.text(self.rows.get(row, nodes::FOLDED))
    }

    pub(crate) fn node_of(&self, row: usize) -> &Node {
        let read = || Box::new(self.image.record(self.rows.get(row, nodes::RECORD)));
        match self.nodes.get(row) {
            Some(node) => node.get_or_init(read),
            None => panic!("internal: the catalogue has no node {row}"),
        }
    }

    pub(crate) fn node_source(&self, row: usize) -> Release {
        self.image.record(self.rows.get(row, nodes::SOURCE))
    }

    pub(crate) fn row(&self, folded: &str) -> Option<usize> {
        let row = self.first_row(folded);
        (row < self.rows.len() && self.folded_bytes(row) == folded.as_bytes()).then_some(row)
    }

    /// The first row whose folded LocURI is not before `folded`.
    pub(crate) fn first_row(&self, folded: &str) -> usize {
        self.rows.partition_point(|row| self.folded_bytes(row) < folded.as_bytes())
    }

    fn folded_bytes(&self, row: usize) -> &'static [u8] {
        self.image.bytes(self.rows.get(row, nodes::FOLDED))
    }

    /// The first row at or below `folded`.
    fn below(&self, folded: &str) -> Option<usize> {
        let start = format!("{folded}/");
        let row = self.first_row(&start);
        (row < self.rows.len() && self.folded_bytes(row).starts_with(start.as_bytes())).then_some(row)
    }

    fn walk(&self, path: &[Segment]) -> Walk {
        let start =
            Walk { at: ".".to_owned(), rows: Vec::new(), dynamic: Vec::new(), exact: true, depth: 1, complete: false };
        let mut walk = start;
        for (depth, segment) in path.iter().enumerate().skip(1) {
            let fixed = format!("{}/{}", walk.at, segment.folded);
            let row = self.row(&fixed);
            let Some(any) = row.or_else(|| self.below(&fixed)) else {
                let Some(row) = self.dynamic_below(&walk.at) else { return walk };
                walk.at = self.folded_uri(row).to_owned();
                walk.rows.push(row);
                walk.dynamic.push((row, segment.given.clone()));
                walk.complete = true;
                walk.depth = depth + 1;
                continue;
            };
            let spelt = named_segments(self.uri(any)).nth(depth).unwrap_or_default();
            walk.exact &= spelt == segment.decoded;
            walk.complete = row.is_some();
            walk.rows.extend(row);
            if let Some(row) = row.filter(|_| is_title(&segment.folded)) {
                walk.dynamic.push((row, segment.given.clone()));
            }
            walk.at = fixed;
            walk.depth = depth + 1;
        }
        walk
    }

    /// The dynamic child of a level. No level of the DDF has two.
    fn dynamic_below(&self, at: &str) -> Option<usize> {
        if is_generic(at) {
            return None;
        }
        let start = format!("{at}/{{");
        let row = self.first_row(&start);
        let name = (row < self.rows.len()).then(|| self.folded_uri(row).strip_prefix(&start)).flatten()?;
        name.ends_with('}').then_some(row).filter(|_| !name.contains('/'))
    }

    fn found(&self, walk: Walk, given: &str) -> NodeMatch<'_> {
        let mut rows = walk.rows;
        let Some(last) = rows.pop() else { panic!("internal: `{given}` was found without a node") };
        let mut values = walk.dynamic.iter().map(|(_, value)| value.as_str());
        let canonical: Vec<&str> = self
            .uri(last)
            .split('/')
            .map(|segment| if is_title(segment) { values.next().unwrap_or(segment) } else { segment })
            .collect();
        NodeMatch {
            node: self.node_of(last),
            ancestors: rows.into_iter().map(|row| self.node_of(row)).collect(),
            canonical: canonical.join("/"),
            dynamic: walk.dynamic.iter().map(|(row, value)| (self.node_of(*row), value.clone())).collect(),
        }
    }

    fn unknown_node(&self, path: &[Segment], at: &str, depth: usize) -> NodeLookup<'_> {
        let wrong = path.get(depth).map(|segment| segment.folded.as_str()).unwrap_or_default();
        let rest: Vec<&str> = path.iter().skip(depth + 1).map(|segment| segment.folded.as_str()).collect();
        let last = path.last().map(|segment| segment.folded.as_str()).unwrap_or_default();
        NodeLookup::Unknown { nearest: self.nearest_uris(at, wrong, &rest, last), elsewhere: self.same_name(last) }
    }
}

/// Whether the level is the one above the generic nodes `{area}/{policy}`, or the first of these.
fn is_generic(at: &str) -> bool {
    let below = POLICY_CONFIG.iter().find_map(|root| at.strip_prefix(root));
    below.is_some_and(|below| below.is_empty() || below.starts_with("/{"))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    const NODES: &str = r#"{"source": {"file": "Sample.xml", "release": "test"}, "nodes": [
        {"uri": "./Device/Vendor/MSFT/Policy", "format": "node", "access": ["Get"]},
        {"uri": "./Device/Vendor/MSFT/Policy/Config", "format": "node", "access": ["Get"]},
        {"uri": "./Device/Vendor/MSFT/Policy/Config/{AreaName}", "format": "node", "access": ["Get"]},
        {"uri": "./Device/Vendor/MSFT/Policy/Config/{AreaName}/{PolicyName}", "format": "null", "access": ["Get"]},
        {"uri": "./Device/Vendor/MSFT/Policy/Config/Wifi", "format": "node", "access": ["Get"]},
        {"uri": "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing", "format": "int", "access": ["Get"]},
        {"uri": "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowWiFiDirect", "format": "int", "access": ["Get"]},
        {"uri": "./User/Vendor/MSFT/Policy/Config/WindowsAI", "format": "node", "access": ["Get"]},
        {"uri": "./User/Vendor/MSFT/Policy/Config/WindowsAI/TurnOffWindowsCopilot", "format": "int", "access": ["Get"]},
        {"uri": "./Vendor/MSFT/AppLocker", "format": "node", "access": ["Get"]},
        {"uri": "./Vendor/MSFT/AppLocker/{Grouping}", "format": "node", "access": ["Get"], "naming": "UniqueName"},
        {"uri": "./Vendor/MSFT/AppLocker/{Grouping}/EXE", "format": "node", "access": ["Get"]},
        {"uri": "./Vendor/MSFT/AppLocker/{Grouping}/EXE/Policy", "format": "chr", "access": ["Get"]},
        {"uri": "./Vendor/MSFT/AppLocker/Fixed", "format": "node", "access": ["Get"]},
        {"uri": "./Vendor/MSFT//SUPL", "format": "node", "access": ["Get"]},
        {"uri": "./Vendor/MSFT//SUPL/Name ", "format": "chr", "access": ["Get"]},
        {"uri": "./DevInfo/DevId", "format": "chr", "access": ["Get"]}
    ]}"#;

    fn check(uri: &str, expected: &str) {
        let catalogue = sample::catalogue(NODES);
        let names = |values: Vec<String>| values.join(" ");
        let found = match catalogue.node(uri) {
            NodeLookup::Found(found) => format!("found {}", found.canonical),
            NodeLookup::WrongCase(found) => format!("case {}", found.canonical),
            NodeLookup::OtherChannel(there) => format!("channel {there}"),
            NodeLookup::Ingested => "ingested".to_owned(),
            NodeLookup::Unknown { nearest, elsewhere } => format!("unknown {}|{}", names(nearest), names(elsewhere)),
            NodeLookup::Malformed(_) => "malformed".to_owned(),
        };
        assert_eq!(found, expected, "{uri}");
    }

    #[test]
    fn both_spellings_of_the_device_root_name_one_node_in_the_spelling_of_the_ddf() {
        check("./Vendor/MSFT/Policy/Config/Wifi", "found ./Device/Vendor/MSFT/Policy/Config/Wifi");
        check("./Device/Vendor/MSFT/AppLocker", "found ./Vendor/MSFT/AppLocker");
        check("./DevInfo/DevId", "found ./DevInfo/DevId");
    }

    #[test]
    fn a_dynamic_node_takes_any_name_and_a_fixed_name_comes_first() {
        let policy = "./Vendor/MSFT/AppLocker/{Grouping}/EXE/Policy";
        check("./Vendor/MSFT/AppLocker/office/EXE/Policy", "found ./Vendor/MSFT/AppLocker/office/EXE/Policy");
        check(policy, &format!("found {policy}"));
        check(
            "./Vendor/MSFT/AppLocker/Fixed/EXE",
            "unknown ./Vendor/MSFT/AppLocker/{Grouping}/EXE|./Vendor/MSFT/AppLocker/{Grouping}/EXE",
        );
        let catalogue = sample::catalogue(NODES);
        let NodeLookup::Found(found) = catalogue.node("./Vendor/MSFT/AppLocker/a%20b/EXE/Policy") else {
            panic!("unknown")
        };
        let dynamic: Vec<(&str, &str)> =
            found.dynamic.iter().map(|(node, given)| (node.uri.as_str(), given.as_str())).collect();
        assert_eq!(dynamic, [("./Vendor/MSFT/AppLocker/{Grouping}", "a%20b")]);
        assert_eq!(found.ancestors.len(), 3);
    }

    #[test]
    fn letter_case_is_told_apart_and_percent_signs_are_decoded() {
        check("./device/vendor/msft/policy/config/wifi", "case ./Device/Vendor/MSFT/Policy/Config/Wifi");
        check("./Vendor/msft/AppLocker/Office/EXE", "case ./Vendor/MSFT/AppLocker/Office/EXE");
        check("./Device/Vendor/MSFT/Policy/Config/W%69fi", "found ./Device/Vendor/MSFT/Policy/Config/Wifi");
    }

    #[test]
    fn generic_policy_nodes_make_no_misspelt_policy_right() {
        let sharing = "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing";
        check("./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetShring", &format!("unknown {sharing}|"));
        check("./Device/Vendor/MSFT/Policy/Config/Wify/AllowInternetSharing", &format!("unknown {sharing}|{sharing}"));
        check("./Vendor/MSFT/Policy/Config/Wify/AllowInternetSharing", &format!("unknown {sharing}|{sharing}"));
        check("./Device/Vendor/MSFT/Policy/Config/Edge~Policy~Edge/Startup", "ingested");
        check("./User/Vendor/MSFT/Policy/Config/Edge~Policy~Edge/Startup", "ingested");
        check("./Device/Vendor/MSFT/Policy/Config/Edge~Policy~Edge", "unknown |");
    }

    #[test]
    fn a_node_of_the_other_channel_is_told() {
        let copilot = "WindowsAI/TurnOffWindowsCopilot";
        check(
            &format!("./Device/Vendor/MSFT/Policy/Config/{copilot}"),
            &format!("channel ./User/Vendor/MSFT/Policy/Config/{copilot}"),
        );
        check("./User/Vendor/MSFT/AppLocker", "channel ./Vendor/MSFT/AppLocker");
    }

    #[test]
    fn stray_spaces_and_empty_segments_of_the_ddf_are_found_with_and_without() {
        check("./Vendor/MSFT//SUPL/Name ", "found ./Vendor/MSFT//SUPL/Name ");
        check("./Vendor/MSFT/SUPL/Name", "found ./Vendor/MSFT//SUPL/Name ");
    }

    #[test]
    fn what_is_no_loc_uri_is_malformed() {
        for uri in ["", ".", "Vendor/MSFT", "/Vendor", "./Vendor//MSFT", "./Vendor/*", "./Vendor/MSFT/", "./ Vendor"] {
            check(uri, "malformed");
        }
        check(&format!("./Vendor{}", "/x".repeat(40)), "malformed");
        check("./Vendor/MSFT", "unknown |");
        check("./%zz/%", "unknown |");
        check("./Vendor/MSFT%2FAppLocker", "unknown |");
    }
}
