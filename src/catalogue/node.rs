//! Looking up the nodes of Microsoft's CSPs by LocURI (DDF v2; the traps are those of the DDF's own files: dynamic nodes, two
//! spellings of the device root, generic policy nodes, stray spaces).

use super::entry::{Node, Release};
use super::facts::{folded, letters};
use super::image::nodes;
use super::located::Located;
use super::locuri::{
    Segment, is_ingested, is_title, named_segments, other_channel, same_channel, segments, well_formed,
};
use super::{Catalogue, NodeLookup, NodeMatch};
use crate::gather::Arrange;
use std::sync::{Arc, PoisonError};

/// Where the areas of the Policy CSP are, folded.
const POLICY_CONFIG: [&str; 2] = ["./device/vendor/msft/policy/config", "./user/vendor/msft/policy/config"];

/// How far a path leads down the tree.
pub(super) struct Walk {
    /// Folded LocURI of the last level that exists.
    at: String,
    /// Rows of the nodes on the way; levels above a file's root node have none.
    pub(super) rows: Vec<usize>,
    /// Dynamic nodes on the way, and what was given for them.
    pub(super) dynamic: Vec<(usize, String)>,
    /// Whether every name was spelt as the DDF spells it.
    pub(super) exact: bool,
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
        if let Some(located) = self.located(uri) {
            let found = self.matched(&located);
            return if located.exact { NodeLookup::Found(found) } else { NodeLookup::WrongCase(found) };
        }
        if let Err(reason) = well_formed(uri) {
            return NodeLookup::Malformed(reason);
        }
        let segments = segments(uri);
        if is_ingested(&segments) {
            return self.look_up_ingested(uri);
        }
        for spelling in other_channel(&segments) {
            let walk = self.walk(&spelling);
            if walk.complete && walk.depth == spelling.len() {
                return NodeLookup::OtherChannel(self.matched(&walk.into()).canonical);
            }
        }
        let reached = same_channel(&segments).into_iter().map(|spelling| (self.walk(&spelling), spelling));
        // Of two that lead equally far, the first.
        let deepest = reached.reduce(|a, b| if a.0.at.len() < b.0.at.len() { b } else { a });
        match deepest {
            Some((walk, spelling)) => self.unknown_node(&spelling, &walk.at, walk.depth),
            None => self.unknown_node(&segments, ".", 1),
        }
    }

    /// The node of a LocURI in any letter case, without a search for what else might be meant: fit for files of thousands.
    pub(crate) fn known_node(&self, uri: &str) -> Option<NodeMatch<'_>> {
        let uri = uri.trim();
        match self.located(uri) {
            Some(located) => Some(self.matched(&located)),
            None => self.ingested_node(uri),
        }
    }

    /// Where a LocURI is, in any letter case and either spelling of the device root.
    fn located(&self, uri: &str) -> Option<Arc<Located>> {
        self.located.or_find(uri, || {
            self.spelt(uri).or_else(|| {
                well_formed(uri).ok()?;
                same_channel(&segments(uri)).iter().find_map(|spelling| {
                    let walk = self.walk(spelling);
                    (walk.complete && walk.depth == spelling.len()).then(|| walk.into())
                })
            })
        })
    }

    /// The node that the DDF spells so.
    fn spelt(&self, uri: &str) -> Option<Located> {
        let row = self.row(&folded(uri)).filter(|row| self.uri(*row).trim() == uri)?;
        let rows = self.way_to(row);
        let dynamic = if uri.contains('{') { self.titles(&rows, &segments(uri)) } else { Vec::new() };
        Some(Located { rows, dynamic, exact: true })
    }

    /// Every node's LocURI, sorted, dynamic segments as `{Title}`.
    pub fn uris(&self) -> Vec<&str> {
        let mut uris: Vec<&str> = self.every_uri().collect();
        uris.arrange();
        uris
    }

    /// The same in the order in which they are kept.
    pub(crate) fn every_uri(&self) -> impl Iterator<Item = &str> {
        (0..self.rows.len()).map(|row| self.uri(row)).chain(self.ingested_uris())
    }

    /// Every node, with its LocURI, in the order of the LocURIs' folded letters; then the policies of ingested templates.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        (0..self.rows.len()).map(|row| self.node_of(row)).chain(self.ingested_nodes())
    }

    /// The LocURIs that have these letters and digits, whatever stands between them; those of ingested templates last.
    pub(crate) fn of_letters(&self, name: &str) -> Vec<&str> {
        let row = |place: usize| self.rows.get(place, nodes::BY_LETTERS) as usize;
        let first = self.rows.partition_point(|place| letters(self.uri(row(place))).lt(letters(name)));
        let is_it = |uri: &&str| letters(uri).eq(letters(name));
        let embedded = (first..self.rows.len()).map(|place| self.uri(row(place))).take_while(is_it);
        embedded.chain(self.ingested_uris().filter(is_it)).collect()
    }

    pub(crate) fn uri(&self, row: usize) -> &'static str {
        self.image.text(self.rows.get(row, nodes::URI))
    }

    pub(crate) fn folded_uri(&self, row: usize) -> String {
        self.folded_text(row).to_ascii_lowercase()
    }

    pub(crate) fn node_of(&self, row: usize) -> &Node {
        let read = || {
            let mut node = Box::new(self.image.record(self.rows.get(row, nodes::RECORD)));
            self.describe(&mut node);
            node
        };
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
        (row < self.rows.len() && self.letters(row).eq_ignore_ascii_case(folded.as_bytes())).then_some(row)
    }

    /// The first row whose folded LocURI is not before `folded`. What two rows begin with alike, all between them do: that much is
    /// compared once, for LocURIs differ at their ends.
    pub(crate) fn first_row(&self, folded: &str) -> usize {
        let (mut before, mut after) = (0, 0);
        self.rows.partition_point(|row| {
            let (letters, start) = (self.letters(row), before.min(after));
            let rest = letters.iter().zip(folded.as_bytes()).skip(start);
            let same = start + rest.take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
            let is_before = letters.get(same).map(u8::to_ascii_lowercase) < folded.as_bytes().get(same).copied();
            *if is_before { &mut before } else { &mut after } = same;
            is_before
        })
    }

    /// The same in any letter case.
    pub(super) fn folded_text(&self, row: usize) -> &'static str {
        self.image.text(self.rows.get(row, nodes::FOLDED))
    }

    /// The folded LocURI in any letter case.
    fn letters(&self, row: usize) -> &'static [u8] {
        self.image.bytes(self.rows.get(row, nodes::FOLDED))
    }

    /// The rows of the nodes down to one, and its own.
    pub(super) fn way_to(&self, row: usize) -> Vec<usize> {
        let above = |row| (self.rows.get(row, nodes::ABOVE) as usize).checked_sub(1);
        let mut rows: Vec<usize> = std::iter::successors(Some(row), |row| above(*row)).collect();
        rows.reverse();
        rows
    }

    /// Dynamic nodes on the way whose titles stand in the path, in place of names.
    fn titles(&self, rows: &[usize], path: &[Segment<'_>]) -> Vec<(usize, String)> {
        let level = |depth: usize| rows.iter().find(|row| named_segments(self.uri(**row)).count() == depth + 1);
        let titles = path.iter().enumerate().filter(|(_, segment)| is_title(&segment.folded));
        titles.filter_map(|(depth, segment)| Some((*level(depth)?, segment.given.to_owned()))).collect()
    }

    fn walk(&self, path: &[Segment<'_>]) -> Walk {
        let mut walk =
            Walk { at: ".".to_owned(), rows: Vec::new(), dynamic: Vec::new(), exact: true, depth: 1, complete: false };
        loop {
            self.along(&mut walk, path);
            let Some(segment) = path.get(walk.depth) else { return walk };
            let Some(row) = self.dynamic_below(&walk.at) else { return walk };
            walk.at = self.folded_uri(row);
            walk.rows.push(row);
            walk.dynamic.push((row, segment.given.to_owned()));
            walk.complete = true;
            walk.depth += 1;
        }
    }

    /// Goes on as far as fixed names lead. What sorts around the whole path has the most levels in common with it.
    fn along(&self, walk: &mut Walk, path: &[Segment<'_>]) {
        let whole = path.iter().skip(walk.depth).fold(walk.at.clone(), |at, segment| at + "/" + &segment.folded);
        let levels = |row: &usize| levels_shared(self.letters(*row), whole.as_bytes());
        let first = self.first_row(&whole);
        let around = first.saturating_sub(1)..self.rows.len().min(first + 1);
        if let Some((levels, near)) = around.map(|row| (levels(&row), row)).max() {
            self.go(walk, path, levels, &self.way_to(near));
        }
        // A leaf has nothing below it and may sort elsewhere.
        if let Some(segment) = path.get(walk.depth)
            && let Some(row) = self.row(&format!("{}/{}", walk.at, segment.folded))
        {
            self.go(walk, path, walk.depth + 1, &[row]);
        }
    }

    /// Takes the levels down to `depth` from the rows on the way to some node below them.
    fn go(&self, walk: &mut Walk, path: &[Segment<'_>], depth: usize, rows: &[usize]) {
        let Some(last) = rows.last().filter(|_| depth > walk.depth) else { return };
        let mut names = named_segments(self.uri(*last)).zip(path).take(depth).skip(walk.depth);
        walk.exact &= names.all(|(spelt, segment)| spelt == segment.decoded);
        walk.complete = false;
        for row in rows {
            let level = levels_of(self.letters(*row));
            if (walk.depth + 1..=depth).contains(&level) {
                walk.rows.push(*row);
                walk.complete = level == depth;
                let title = path.get(level - 1).filter(|segment| is_title(&segment.folded));
                walk.dynamic.extend(title.map(|segment| (*row, segment.given.to_owned())));
            }
        }
        let at = self.folded_uri(*last);
        let end = at.match_indices('/').nth(depth - 1).map_or(at.len(), |(end, _)| end);
        walk.at = at.get(..end).unwrap_or(&at).to_owned();
        walk.depth = depth;
    }

    /// The dynamic child of a level. No level of the DDF has two.
    fn dynamic_below(&self, at: &str) -> Option<usize> {
        if is_generic(at) {
            return None;
        }
        let start = format!("{at}/{{");
        let row = self.first_row(&start);
        let uri = (row < self.rows.len()).then(|| self.folded_uri(row))?;
        let name = uri.strip_prefix(&start)?;
        name.ends_with('}').then_some(row).filter(|_| !name.contains('/'))
    }

    fn matched(&self, located: &Located) -> NodeMatch<'_> {
        let Some((last, above)) = located.rows.split_last() else { panic!("internal: a node was found without a row") };
        let dynamic = &located.dynamic;
        NodeMatch {
            node: self.node_of(*last),
            ancestors: above.iter().map(|row| self.node_of(*row)).collect(),
            canonical: match dynamic.is_empty() {
                true => self.uri(*last).to_owned(),
                false => filled_in(self.uri(*last), dynamic.iter().map(|(_, value)| value.as_str())),
            },
            dynamic: dynamic.iter().map(|(row, value)| (self.node_of(*row), value.clone())).collect(),
        }
    }

    fn unknown_node(&self, path: &[Segment<'_>], at: &str, depth: usize) -> NodeLookup<'_> {
        let wrong = path.get(depth).map(|segment| &*segment.folded).unwrap_or_default();
        let rest: Vec<&str> = path.iter().skip(depth + 1).map(|segment| &*segment.folded).collect();
        let last = path.last().map(|segment| &*segment.folded).unwrap_or_default();
        // The same is asked time and again, and to look for it takes long.
        let asked = format!("{at}/{wrong}/{}", rest.join("/"));
        let lock = || self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().get(&asked).cloned();
        let (nearest, elsewhere) = known.unwrap_or_else(|| {
            let found = (self.nearest_uris(at, wrong, &rest, last), self.same_name(last));
            lock().insert(asked, found.clone());
            found
        });
        NodeLookup::Unknown { nearest, elsewhere }
    }
}

/// How many names a folded LocURI has.
fn levels_of(uri: &[u8]) -> usize {
    1 + uri.iter().filter(|byte| **byte == b'/').count()
}

/// How many names two folded LocURIs begin with alike, in any letter case.
fn levels_shared(a: &[u8], b: &[u8]) -> usize {
    let same = a.iter().zip(b).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    let ends = |uri: &[u8]| uri.get(same).is_none_or(|byte| *byte == b'/');
    let levels = levels_of(a.get(..same).unwrap_or(a));
    if ends(a) && ends(b) { levels } else { levels - 1 }
}

/// A LocURI with names in place of its titles.
fn filled_in<'v>(uri: &str, mut names: impl Iterator<Item = &'v str>) -> String {
    let mut text = String::with_capacity(uri.len());
    for (n, segment) in uri.split('/').enumerate() {
        text.push_str(if n > 0 { "/" } else { "" });
        text.push_str(if is_title(segment) { names.next().unwrap_or(segment) } else { segment });
    }
    text
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
        check("./Device/Vendor/MSFT/Policy/Config/Wifi/InternetSharing", &format!("unknown {sharing}|"));
        check("./Device/Vendor/MSFT/Policy/Config/Wifi/FirstWord_AllowInternetSharing", &format!("unknown {sharing}|"));
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
