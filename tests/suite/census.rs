//! Counts over the committed catalogue: what the vendors' files of these releases hold, counted by other programs before there was
//! an `ingest`. A number that changes is either a new release, and then its line here changes with it, or a fact lost.

use crate::facts::{csps, keys, leaves, nodes, schemas};
use policyc::catalogue::entry::{Form, Kind, Node, Schema};
use std::collections::{BTreeMap, BTreeSet};

fn count<T>(all: &[T], holds: impl Fn(&T) -> bool) -> usize {
    all.iter().filter(|one| holds(one)).count()
}

/// How often each name comes.
fn tally<'a>(names: impl Iterator<Item = Option<&'a str>>) -> BTreeMap<&'a str, usize> {
    let mut tally = BTreeMap::new();
    for name in names.flatten() {
        *tally.entry(name).or_default() += 1;
    }
    tally
}

fn check<const N: usize>(found: &BTreeMap<&str, usize>, wanted: [(&str, usize); N]) {
    assert_eq!(*found, BTreeMap::from(wanted));
}

fn kind(node: &Node) -> Option<&str> {
    node.allowed.as_ref().map(|allowed| allowed.kind.as_str())
}

fn of_form(form: Form) -> Vec<&'static Schema> {
    schemas().iter().filter(|schema| schema.form == form).collect()
}

// rows: C5
#[test]
fn apple_profiles() {
    let profiles = of_form(Form::Profile);
    let types: BTreeSet<_> = profiles.iter().map(|schema| &schema.name).collect();
    let keys = keys(&profiles);
    assert_eq!((profiles.len(), types.len(), keys.len()), (128, 122, 2323));
    assert_eq!(count(&profiles, |schema| schema.name == "com.apple.MCX"), 6, "one type, six files");
    assert_eq!(count(&profiles, |schema| schema.name == "com.apple.extensiblesso"), 2);
    assert_eq!(count(&keys, |key| key.required), 411);
    assert_eq!((count(&keys, |key| key.range.is_some()), count(&keys, |key| key.format.is_some())), (40, 19));
    assert_eq!((count(&keys, |key| key.name == "ANY"), count(&keys, |key| key.repetition.is_some())), (31, 4));
    assert_eq!((count(&keys, |key| key.default.is_some()), count(&keys, |key| !key.rangelist.is_empty())), (696, 319));
    let kinds =
        [(Kind::String, 938), (Kind::Boolean, 645), (Kind::Array, 296), (Kind::Integer, 207), (Kind::Dictionary, 177)];
    let rare = [(Kind::Data, 27), (Kind::Any, 20), (Kind::Real, 10), (Kind::Date, 3)];
    for (kind, number) in kinds.into_iter().chain(rare) {
        assert_eq!(count(&keys, |key| key.kind == kind), number, "{kind:?}");
    }
}

#[test]
fn apple_declarations_and_the_one_that_refers_to_itself() {
    let declarations = of_form(Form::Declaration);
    let keys = keys(&declarations);
    assert_eq!((declarations.len(), keys.len()), (63, 1056));
    assert_eq!(
        (count(&keys, |key| key.combinetype.is_some()), count(&keys, |key| !key.assettypes.is_empty())),
        (104, 63)
    );
    assert_eq!(count(&declarations, |schema| schema.apply.is_some()), 47);
    let recurring: Vec<_> = keys.iter().filter_map(|key| key.same_as.as_ref()).collect();
    assert_eq!(
        recurring,
        [&["ManagedBookmarks", "BookmarkGroup", "Bookmarks", "bookmarks-item"].map(str::to_owned).to_vec()]
    );
}

#[test]
fn apple_commands_with_their_answers() {
    let commands = of_form(Form::Command);
    assert_eq!((commands.len(), keys(&commands).len()), (66, 895));
    assert_eq!(count(&commands, |schema| !schema.keys.is_empty()), 44);
    assert_eq!(count(&commands, |schema| !schema.response.is_empty()), 35);
}

#[test]
fn every_file_says_which_release_it_is_from() {
    let releases = tally(schemas().iter().map(|schema| Some(schema.source.release.as_str())));
    let old = "2025-01 (iOS 18.3, macOS 15.3)";
    check(&releases, [("2026-03 (OS 26.4)", 125), (old, 66 + 3 + 44), ("2026-06 (26.x, pre-release 27.0)", 63)]);
    assert!(csps().iter().all(|csp| csp.source.release == "2025-02 DDF"));
}

#[test]
fn windows_nodes_and_formats() {
    let (nodes, leaves) = (nodes(), leaves());
    assert_eq!((csps().len(), nodes.len(), leaves.len()), (309, 5815, 5025));
    let formats = tally(nodes.iter().map(|node| Some(node.format.as_str())));
    check(
        &formats,
        [
            ("chr", 3436),
            ("int", 1300),
            ("node", 790),
            ("bool", 207),
            ("b64", 28),
            ("null", 28),
            ("xml", 21),
            ("bin", 3),
            ("time", 2),
        ],
    );
    let policies: Vec<_> =
        leaves.iter().filter(|node| node.uri.contains("/Policy/Config/") && !node.uri.contains('{')).collect();
    let areas: BTreeSet<_> = policies.iter().filter_map(|node| node.uri.split('/').nth(6)).collect();
    assert_eq!((policies.len(), areas.len()), (3615, 260));
    assert_eq!(count(&policies, |node| node.uri.starts_with("./Device/")), 2500);
}

#[test]
fn windows_uris_are_unique_in_any_letter_case_and_well_formed() {
    let nodes = nodes();
    let uris: BTreeSet<_> = nodes.iter().map(|node| node.uri.to_lowercase()).collect();
    assert_eq!(uris.len(), nodes.len());
    for node in &nodes {
        let segments: Vec<_> = node.uri.split('/').collect();
        assert!(node.uri.starts_with("./"), "{}", node.uri);
        assert!(segments.iter().all(|segment| !segment.is_empty() && segment.trim() == *segment), "{}", node.uri);
    }
    let both = count(&nodes, |node| {
        node.uri.strip_prefix("./User/").is_some_and(|rest| uris.contains(&format!("./device/{rest}").to_lowercase()))
    });
    assert_eq!(both, 959);
    assert_eq!(
        count(&nodes, |node| node.uri.starts_with("./Vendor/MSFT/SUPL")),
        39,
        "of the root with a slash too many"
    );
    assert!(csps().iter().all(|csp| csp.nodes.is_sorted_by(|a, b| a.uri < b.uri)));
}

#[test]
fn windows_verbs() {
    let (nodes, leaves) = (nodes(), leaves());
    let has = |node: &Node, verb: &str| node.access.iter().any(|own| own == verb);
    assert_eq!(count(&nodes, |node| node.access == ["Add", "Delete", "Get", "Replace"]), 4278);
    assert_eq!(count(&leaves, |node| has(node, "Add") || has(node, "Replace")), 4522);
    assert_eq!(count(&leaves, |node| node.access == ["Get"]), 449);
    assert_eq!(count(&leaves, |node| has(node, "Exec")), 61);
    let occurrences = tally(nodes.iter().map(|node| node.occurrence.as_deref()));
    check(
        &occurrences,
        [("ZeroOrOne", 4084), ("One", 1617), ("ZeroOrMore", 97), ("OneOrMore", 15), ("ZeroOrN", 1), ("OneOrN", 1)],
    );
    check(&tally(nodes.iter().map(|node| node.scope.as_deref())), [("Dynamic", 5043), ("Permanent", 772)]);
    check(&tally(nodes.iter().map(|node| node.case_sense.as_deref())), [("CIS", 142), ("CS", 3)]);
}

#[test]
fn windows_dynamic_nodes() {
    let nodes = nodes();
    assert_eq!(count(&nodes, |node| node.uri.ends_with('}')), 129);
    // 63 of the files' nodes say UniqueName, one of which is a named leaf.
    let naming = tally(nodes.iter().map(|node| node.naming.as_deref()));
    check(&naming, [("UniqueName", 62), ("ClientInventory", 33), ("ServerGeneratedUniqueIdentifier", 28)]);
    assert!(nodes.iter().all(|node| node.naming.is_none() || node.uri.ends_with('}')));
}

#[test]
fn windows_values() {
    let nodes = nodes();
    let kinds = [
        ("ADMX", 2501),
        ("ENUM", 1138),
        ("None", 481),
        ("Range", 201),
        ("RegEx", 32),
        ("XSD", 18),
        ("Flag", 11),
        ("JSON", 1),
        ("SDDL", 1),
    ];
    check(&tally(nodes.iter().map(|node| kind(node))), kinds);
    let delimiters = tally(nodes.iter().map(|node| node.allowed.as_ref()?.delimiter.as_deref()));
    // Two of the 28 commas come from nodes that put them in the wrong place; U+F000 is written in two ways, 50 and 12 times.
    check(&delimiters, [(";", 92), ("\u{f000}", 62), (",", 28), ("|", 14)]);
    let enums = tally(nodes.iter().filter(|node| kind(node) == Some("ENUM")).map(|node| Some(node.format.as_str())));
    check(&enums, [("int", 911), ("bool", 166), ("chr", 60), ("b64", 1)]);
    let patterns: Vec<_> = nodes.iter().filter(|node| kind(node) == Some("RegEx")).collect();
    assert_eq!(count(&patterns, |node| node.format == "node"), 11);
    assert_eq!(count(&patterns, |node| node.allowed.as_ref().is_some_and(|allowed| allowed.values.is_empty())), 1);
    let flags: Vec<_> = nodes.iter().filter(|node| kind(node) == Some("Flag")).collect();
    let hexadecimal = |node: &Node| node.allowed.as_ref().is_some_and(|allowed| allowed.values[0].starts_with("0x"));
    assert_eq!(count(&flags, |node| hexadecimal(node)), 9);
    let admx = nodes.iter().filter_map(|node| Some(node.allowed.as_ref()?.admx.as_ref()?.file.to_lowercase()));
    assert_eq!(admx.collect::<BTreeSet<_>>().len(), 162);
}

#[test]
fn windows_texts_of_schemas_and_examples_are_not_kept() {
    let textual = |node: &Node| matches!(kind(node), Some("XSD" | "JSON" | "SDDL"));
    for node in nodes().iter().filter(|node| textual(node)) {
        assert!(node.allowed.as_ref().is_some_and(|allowed| allowed.values.is_empty()), "{}", node.uri);
    }
}

#[test]
fn windows_applicability() {
    let nodes = nodes();
    let sentinel = |build: &String| build.starts_with("99.9.") || build.starts_with("88.8.");
    let builds: Vec<_> = nodes.iter().filter_map(|node| node.builds.as_ref()).collect();
    assert_eq!(count(&builds, |builds| builds.iter().all(sentinel)), 60);
    assert_eq!(count(&builds, |builds| builds.iter().any(sentinel) && !builds.iter().all(sentinel)), 9);
    let says_nothing = |node: &&Node| node.builds.is_none() && node.csp_version.is_none() && node.editions.is_none();
    assert_eq!(count(&nodes, says_nothing), 1788);
    let editions: BTreeSet<_> = nodes.iter().filter_map(|node| node.editions.as_ref()).collect();
    assert_eq!(editions.len(), 43);
    assert_eq!(count(&nodes, |node| node.editions.as_ref().is_some_and(Vec::is_empty)), 21, "no edition");
}

#[test]
fn windows_behaviour() {
    let nodes = nodes();
    let conflicts = [
        ("LastWrite", 3107),
        ("LowestValueMostSecure", 332),
        ("HighestValueMostSecure", 179),
        ("LowestValueMostSecureZeroHasNoLimits", 9),
        ("HighestValueMostSecureZeroHasNoLimits", 2),
    ];
    check(&tally(nodes.iter().map(|node| node.conflict.as_deref())), conflicts);
    let deprecated: Vec<_> = nodes.iter().filter_map(|node| node.deprecated.as_deref()).collect();
    assert_eq!((deprecated.len(), count(&deprecated, |build| build.is_empty())), (30, 7));
    assert_eq!(count(&nodes, |node| node.atomic), 20);
    check(&tally(nodes.iter().map(|node| node.reboot.as_deref())), [("Automatic", 14), ("ServerInitiated", 4)]);
    assert_eq!(count(&nodes, |node| !node.dependencies.is_empty()), 116);
    let groups: Vec<_> = nodes.iter().flat_map(|node| &node.dependencies).collect();
    assert_eq!((groups.len(), groups.iter().map(|group| group.on.len()).sum::<usize>()), (117, 118));
    assert_eq!(count(&groups, |group| group.changed.is_some()), 6);
}
