//! `policyc lint --effective` against a count that knows nothing of it: trees of exports with rings and alternatives, drawn at random,
//! whose conflicts are counted from the raw JSON, device by device; and the exports of other people, where a folder of them is given.

use super::cli::Sandbox;
use super::project::{files, say};
use policyc::catalogue::Catalogue;
use policyc::diagnostic::{Code, Diagnostic, Place, Severity};
use policyc::lint::effective::{self, Effective, Scope};
use policyc::lint::{Devices, Options};
use policyc::reader::{self, Given, Readings};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Files by name.
type Tree = BTreeMap<String, Json>;
/// Two files and what they disagree on.
type Conflict = (String, String, String);

/// Numbers that are the same in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

const GROUPS: [&str; 4] = ["pilots", "staff", "directors", "kiosks"];
const FILTERS: [&str; 2] = ["laptops", "virtual"];
const NODES: [&str; 5] = [
    "Camera/AllowCamera",
    "Update/DeferQualityUpdatesPeriodInDays",
    "DeviceLock/MaxInactivityTimeDeviceLock",
    "Wifi/AllowInternetSharing",
    "Defender/CloudBlockLevel",
];

fn target(draw: &mut Draw) -> Json {
    let kinds = ["groupAssignmentTarget", "allDevicesAssignmentTarget", "allLicensedUsersAssignmentTarget"];
    let kind = kinds[[0, 0, 0, 1, 2][draw.below(5)]];
    let mut target = json!({ "@odata.type": format!("#microsoft.graph.{kind}") });
    if kind == kinds[0] {
        target["groupId"] = GROUPS[draw.below(GROUPS.len())].into();
    }
    if draw.below(4) == 0 {
        target["deviceAndAppManagementAssignmentFilterType"] = ["include", "exclude"][draw.below(2)].into();
        target["deviceAndAppManagementAssignmentFilterId"] = FILTERS[draw.below(2)].into();
    }
    json!({ "target": target })
}

/// One organisation's custom profiles: some for everybody, rings that exclude each other, alternatives for single groups.
fn tree(seed: u64) -> Tree {
    let mut draw = Draw(seed);
    let mut tree = Tree::new();
    for n in 0..3 + draw.below(9) {
        let mut assignments: Vec<Json> = (0..draw.below(3)).map(|_| target(&mut draw)).collect();
        if draw.below(3) == 0 {
            let group = GROUPS[draw.below(GROUPS.len())];
            assignments.push(
                json!({ "target": { "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", "groupId": group } }),
            );
        }
        let mut settings: BTreeMap<&str, usize> = BTreeMap::new();
        (0..1 + draw.below(3)).for_each(|_| _ = settings.insert(NODES[draw.below(NODES.len())], draw.below(2)));
        let setting = |(node, value): (&&str, &usize)| {
            json!({ "@odata.type": "#microsoft.graph.omaSettingInteger", "displayName": node,
                    "omaUri": format!("./Device/Vendor/MSFT/Policy/Config/{node}"), "value": value })
        };
        let settings: Vec<Json> = settings.iter().map(setting).collect();
        let policy = json!({ "@odata.type": "#microsoft.graph.windows10CustomConfiguration", "displayName": format!("{n}"),
                             "assignments": assignments, "omaSettings": settings });
        tree.insert(format!("{n:02}.json"), policy);
    }
    tree
}

/// Whether a device gets a policy: it is in one group or none, and one filter or none matches it.
fn gets(policy: &Json, group: Option<&str>, filter: Option<&str>) -> bool {
    let text = |target: &Json, name: &str| target[name].as_str().unwrap_or_default().to_owned();
    let mut is_in = false;
    for assignment in policy["assignments"].as_array().unwrap() {
        let target = &assignment["target"];
        let kind = text(target, "@odata.type");
        let own = text(target, "groupId");
        let is_member = own.is_empty() || Some(own.as_str()) == group;
        if kind.contains("exclusion") {
            if is_member {
                return false;
            }
            continue;
        }
        let is_matched = filter == Some(text(target, "deviceAndAppManagementAssignmentFilterId").as_str());
        let passes = match text(target, "deviceAndAppManagementAssignmentFilterType").as_str() {
            "include" => is_matched,
            "exclude" => !is_matched,
            _ => true,
        };
        is_in |= is_member && passes;
    }
    is_in
}

/// What a policy sets, by its raw text.
fn raw(policy: &Json) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for setting in policy["omaSettings"].as_array().into_iter().flatten() {
        all.insert(setting["omaUri"].as_str().unwrap().to_owned(), setting["value"].to_string());
    }
    policy["settings"].as_array().into_iter().flatten().for_each(|one| of_instance(&one["settingInstance"], &mut all));
    all
}

/// A setting of the catalogue; of a group that stands once those in it.
fn of_instance(instance: &Json, all: &mut BTreeMap<String, String>) {
    let Some(id) = instance["settingDefinitionId"].as_str() else { return };
    if let Some([group]) = instance["groupSettingCollectionValue"].as_array().map(Vec::as_slice) {
        return group["children"].as_array().into_iter().flatten().for_each(|child| of_instance(child, all));
    }
    let value = instance.as_object().unwrap().iter().filter(|(name, _)| name.contains("Value"));
    let value: Vec<String> = value.filter(|(name, _)| !name.contains("Template")).map(|(_, v)| bare(v)).collect();
    all.insert(id.to_owned(), value.join(" "));
}

/// A value of the catalogue without what Intune adds to it.
fn bare(value: &Json) -> String {
    match value {
        Json::Object(fields) => {
            let own = |name: &str| !name.contains("Template") && !name.contains("odata");
            let fields: BTreeMap<&String, String> = fields
                .iter()
                .filter(|(name, value)| own(name) && !value.is_null() && **value != json!([]))
                .map(|(name, value)| (name, bare(value)))
                .collect();
            format!("{fields:?}")
        }
        Json::Array(items) => {
            let mut items: Vec<String> = items.iter().map(bare).collect();
            items.sort();
            format!("{items:?}")
        }
        other => other.to_string(),
    }
}

/// Two policies that some device gets both of, and that disagree: counted device by device.
fn counted(tree: &Tree) -> BTreeSet<Conflict> {
    let mut found = BTreeSet::new();
    let read: Vec<(&String, &Json, BTreeMap<String, String>)> =
        tree.iter().map(|(name, policy)| (name, policy, raw(policy))).collect();
    for group in std::iter::once(None).chain(GROUPS.map(Some)) {
        for filter in [None, Some(FILTERS[0]), Some(FILTERS[1])] {
            let on: Vec<_> = read.iter().filter(|(_, policy, _)| gets(policy, group, filter)).collect();
            for (n, (later, _, its)) in on.iter().enumerate() {
                for (earlier, _, others) in &on[..n] {
                    let differ =
                        its.iter().filter(|(node, value)| others.get(*node).is_some_and(|other| other != *value));
                    found.extend(differ.map(|(node, _)| ((*earlier).clone(), (*later).clone(), node.clone())));
                }
            }
        }
    }
    found
}

fn read(tree: &Tree, catalogue: &Catalogue) -> (Readings, Effective) {
    let texts: Vec<(&String, Vec<u8>)> =
        tree.iter().map(|(name, policy)| (name, serde_json::to_vec_pretty(policy).unwrap())).collect();
    let given: Vec<Given<'_>> = texts.iter().map(|(name, bytes)| Given { name, bytes }).collect();
    let readings = reader::read(&given, catalogue);
    let options = Options { devices: vec![Devices::parse("Windows 11 entra").unwrap()], notes: true, server: None };
    let effective = effective::effective(&readings, catalogue, &options, &Scope::default());
    (readings, effective)
}

/// The files of both places of a finding, the first of them first.
fn places(readings: &Readings, finding: &Diagnostic) -> [String; 2] {
    let of = |place: &Place| match place {
        Place::Source(span) => readings.sources.path(span.file).to_owned(),
        Place::Artefact { path, .. } => path.clone(),
    };
    let [other] = &finding.also[..] else { panic!("not two places: {finding:?}") };
    let mut both = [of(&finding.place), of(&other.place)];
    both.sort();
    both
}

/// The node that a message begins with.
fn node(finding: &Diagnostic) -> String {
    finding.message.split('`').nth(1).unwrap().to_owned()
}

#[test]
fn conflicts_are_those_of_an_independent_count() {
    let catalogue = Catalogue::embedded();
    let (mut conflicts, mut apart) = (0, 0);
    for seed in 0..400 {
        let tree = tree(seed);
        let expected = counted(&tree);
        let (readings, effective) = read(&tree, &catalogue);
        let is_conflict =
            |finding: &&Diagnostic| finding.code == Code::ConflictingValues && finding.severity == Severity::Error;
        let found: BTreeSet<Conflict> = effective
            .found
            .iter()
            .filter(is_conflict)
            .map(|finding| {
                let [a, b] = places(&readings, finding);
                (a, b, node(finding))
            })
            .collect();
        // Each that is found is one, and each that there is is found: at the later file, beside the first that disagrees.
        assert!(found.is_subset(&expected), "seed {seed}: {:?}", found.difference(&expected));
        let later = |all: &BTreeSet<Conflict>| -> BTreeSet<(String, String)> {
            all.iter().map(|(_, later, node)| (later.clone(), node.clone())).collect()
        };
        assert_eq!(later(&found), later(&expected), "seed {seed}");
        // What nobody gets together is a note at most.
        let notes = effective.found.iter().filter(|finding| finding.severity == Severity::Note);
        apart += notes.filter(|finding| finding.message.contains("disagree on")).count();
        conflicts += expected.len();
    }
    assert!(conflicts > 500 && apart > 100, "{conflicts} conflicts and {apart} pairs apart are too few to try it on");
}

#[test]
fn rings_that_exclude_each_other_are_no_conflict_and_repeated_values_are_no_error() {
    let ring = |days: u32, assignments: Json| {
        json!({ "@odata.type": "#microsoft.graph.windows10CustomConfiguration", "displayName": format!("{days}"),
                "assignments": assignments, "omaSettings": [{ "@odata.type": "#microsoft.graph.omaSettingInteger",
                "displayName": "x", "omaUri": format!("./Device/Vendor/MSFT/Policy/Config/{}", NODES[1]), "value": days }] })
    };
    let to = |kind: &str, group: &str| json!({ "target": { "@odata.type": format!("#microsoft.graph.{kind}AssignmentTarget"), "groupId": group } });
    let check = |first: Json, second: Json, days: [u32; 2], expected: &[&str]| {
        let tree: Tree =
            [("a.json".to_owned(), ring(days[0], first)), ("b.json".to_owned(), ring(days[1], second))].into();
        let (_, effective) = read(&tree, &Catalogue::embedded());
        let word = |finding: &Diagnostic| format!("{} {}", finding.severity.word(), finding.code);
        let found: Vec<String> =
            effective.found.iter().filter(|finding| finding.code != Code::GroupPolicyWins).map(word).collect();
        assert_eq!(found, expected);
    };
    let (a, b) = (|| to("group", "a"), || to("group", "b"));
    check(json!([to("allDevices", ""), to("exclusionGroup", "b")]), json!([b()]), [0, 7], &[]);
    check(json!([to("allDevices", "")]), json!([b()]), [0, 7], &["error conflicting-values"]);
    check(json!([to("allDevices", "")]), json!([to("allLicensedUsers", "")]), [0, 7], &["error conflicting-values"]);
    check(json!([to("allDevices", "")]), json!([b()]), [7, 7], &["warning duplicate-address"]);
    check(json!([a()]), json!([b()]), [0, 7], &["note conflicting-values"]);
    check(json!([a(), to("exclusionGroup", "b")]), json!([b()]), [0, 7], &[]);
    check(json!([a()]), json!([b()]), [7, 7], &[]);
    check(json!([]), json!([b()]), [0, 7], &[]);
}

/// The files of one route of a group, which one device gets, say each thing once.
#[test]
fn what_this_project_writes_for_a_group_contradicts_and_repeats_nothing() {
    let catalogue = Catalogue::embedded();
    let request = policyc::Request { as_of: policyc::setting::Date::parse("2026-10-01").unwrap() };
    let compiled = policyc::compile(&super::project::sources(&super::project::root()), &catalogue, &request);
    let (mut routes, mut held, mut wrong) = (0, 0, Vec::new());
    for group in &compiled.groups {
        for by_intune in [false, true] {
            let is_its = |path: &str| path.contains("/intune/") == by_intune && !path.contains("/commands/");
            let own = group.artefacts.iter().filter(|file| is_its(&file.path));
            let given: Vec<Given<'_>> = own.map(|file| Given { name: &file.path, bytes: &file.bytes }).collect();
            let scope = Scope { together: given.iter().map(|file| file.name.to_owned()).collect(), maps: Vec::new() };
            let devices = vec![Devices::of_group(group.checked.target())];
            let options = Options { devices, notes: true, server: None };
            let effective = effective::effective(&reader::read(&given, &catalogue), &catalogue, &options, &scope);
            let found = effective.found.iter().filter(|finding| finding.code != Code::GroupPolicyWins);
            wrong.extend(found.map(|finding| finding.message.clone()));
            routes += usize::from(!given.is_empty());
            held += effective.audiences.iter().map(|audience| audience.settings.len()).sum::<usize>();
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(routes > 15 && held > 900, "{routes} routes with {held} settings are not all");
}

/// Every policy of the settings catalogue of each owner of a folder of other people's files, all of it given to all devices: what their
/// raw ids and values say is what is found.
#[test]
fn conflicts_of_foreign_exports_are_those_of_their_raw_ids() {
    let Some(folder) = std::env::var_os("POLICYC_FOREIGN") else {
        say(
            "effective: not held against foreign exports, because none are given (set POLICYC_FOREIGN to their folder)",
        );
        return;
    };
    let catalogue = Catalogue::embedded();
    let mut owners: BTreeMap<String, Tree> = BTreeMap::new();
    for (name, path) in files(Path::new(&folder)) {
        let Some(mut policy) = std::fs::read(path).ok().and_then(|bytes| parsed(&bytes)) else { continue };
        let is_windows = policy["platforms"].as_str().is_some_and(|platforms| platforms == "windows10");
        if !is_windows || policy["settings"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        policy["assignments"] = json!([{ "target": { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" } }]);
        policy.as_object_mut().unwrap().remove("id");
        let owner = name.split('/').next().unwrap().to_owned();
        owners.entry(owner).or_default().insert(name, policy);
    }
    let (mut agreed, mut wrong) = (0, Vec::new());
    for (owner, tree) in owners {
        let expected: BTreeSet<(String, String)> = counted(&tree).into_iter().map(|(a, b, _)| (a, b)).collect();
        let (readings, effective) = read(&tree, &catalogue);
        let errors = effective.found.iter().filter(|finding| finding.severity == Severity::Error);
        let found: BTreeSet<(String, String)> = errors
            .filter(|finding| finding.code == Code::ConflictingValues)
            .map(|finding| places(&readings, finding).into())
            .collect();
        say(&format!("effective: {owner}: {} policies, {} pairs, {} found", tree.len(), expected.len(), found.len()));
        let later =
            |all: &BTreeSet<(String, String)>| -> BTreeSet<String> { all.iter().map(|(_, b)| b.clone()).collect() };
        wrong.extend(found.difference(&expected).map(|pair| format!("{owner}: found {pair:?}")));
        wrong.extend(later(&expected).difference(&later(&found)).map(|name| format!("{owner}: not found {name}")));
        agreed += found.len();
    }
    say(&format!("effective: {agreed} pairs of foreign policies disagree as their raw ids do"));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn parsed(bytes: &[u8]) -> Option<Json> {
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => String::from_utf16(
            &rest.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect::<Vec<_>>(),
        )
        .ok()?,
        _ => String::from_utf8(bytes.to_vec()).ok()?,
    };
    serde_json::from_str(text.trim_start_matches('\u{FEFF}')).ok()
}

/// Two files of SyncML that set one node to two values.
fn two() -> Sandbox {
    let sandbox = Sandbox::new();
    let file = |value: u8| {
        format!(
            "<Replace><Item>\n<Target><LocURI>./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera</LocURI></Target>\n\
             <Meta><Format xmlns=\"syncml:metinf\">int</Format></Meta>\n<Data>{value}</Data>\n</Item></Replace>\n"
        )
    };
    sandbox.write("exports/a.xml", &file(0));
    sandbox.write("exports/b.xml", &file(1));
    sandbox.write("map.yaml", "groups:\n  some: [a.xml]\n  others: [exports/b.xml]\n");
    sandbox
}

#[test]
fn the_program_says_what_holds_for_whom() {
    let sandbox = two();
    assert_eq!(sandbox.run(&["lint", "exports"]).code, 0, "each by itself is right");
    // Nobody says who gets them: a warning.
    let (code, report) = sandbox.json(&["lint", "exports", "--effective"]);
    let severities = |report: &Json, code: &str| -> Vec<String> {
        let all = report["findings"].as_array().unwrap().iter().filter(|finding| finding["code"] == code);
        all.map(|finding| finding["severity"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((code, severities(&report, "conflicting-values")), (0, vec!["warning".to_owned()]), "{report}");
    // One group gets both: an error, with both places.
    let (code, report) = sandbox.json(&["lint", "--effective", "--group", "exports/a.xml", "exports/b.xml"]);
    assert_eq!((code, severities(&report, "conflicting-values")), (1, vec!["error".to_owned()]), "{report}");
    let [audience] = &report["audiences"].as_array().unwrap()[..] else { panic!("{report}") };
    let [held] = &audience["settings"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!((&audience["platform"], &audience["files"][1]), (&json!("Windows"), &json!("exports/b.xml")));
    assert_eq!(held["address"], "./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera");
    let rule = (&held["why"], &held["value"], &held["losers"]);
    let losers = json!([{ "file": "exports/b.xml", "value": "1" }]);
    assert_eq!(rule, (&json!("most-secure"), &json!("0"), &losers), "{held}");
    // A map that keeps them apart: nothing.
    let (code, report) = sandbox.json(&["lint", "exports", "--effective", "--group", "map.yaml"]);
    assert_eq!((code, severities(&report, "conflicting-values").len()), (0, 0), "{report}");
    let names: Vec<&Json> = report["audiences"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["others", "some"]);
    let text = sandbox.run(&["lint", "exports", "--effective", "--group", "map.yaml"]).out;
    assert!(text.contains("some · Windows: 1 file, 1 setting\n"), "{text}");
    assert_eq!(sandbox.run(&["lint", "exports", "--group", "map.yaml"]).code, 2, "--group is for --effective");
    sandbox.edit("map.yaml", "a.xml", "c.xml");
    let run = sandbox.run(&["lint", "exports", "--effective", "--group", "map.yaml"]);
    assert!(run.code == 1 && run.out.contains("`c.xml` is no file of this run"), "{}", run.out);
}

#[test]
fn conflicts_can_be_allowed_and_known_like_any_finding() {
    let sandbox = two();
    let together = ["lint", "--effective", "--group", "exports/a.xml", "exports/b.xml"];
    let run = |further: &[&str]| sandbox.run(&[&together, further].concat());
    assert_eq!(run(&["--write-baseline", "known.json"]).code, 1);
    assert_eq!(run(&["--baseline", "known.json"]).code, 0);
    sandbox.edit("exports/b.xml", "<Data>1", "<!-- policyc: allow conflicting-values on loan until May -->\n<Data>1");
    assert_eq!(run(&[]).code, 0);
    let alone = sandbox.run(&["lint", "exports", "--deny", "warnings"]);
    assert_eq!(alone.code, 0, "what was not looked for cannot be missed: {}", alone.out);
}
