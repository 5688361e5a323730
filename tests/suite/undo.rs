//! What is taken back where one side replaces another: laws on generated settings, on the real trees, and the program itself.

use super::cli::Sandbox;
use super::conformance::checked;
use super::generated::{groups, runner, settings};
use super::project::root;
use policyc::backend::{Artefact, BACKENDS, decode_at, encode};
use policyc::catalogue::{Catalogue, KeyLookup, NodeLookup, entry::Form};
use policyc::diagnostic::Diagnostics;
use policyc::review::Side;
use policyc::setting::{Family, Setting, Target};
use policyc::source::{Content, SourceFile};
use policyc::undo::{Group, Undo, between, files};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

fn tree(artefacts: &[Artefact]) -> Tree {
    artefacts.iter().map(|artefact| (artefact.path.clone(), artefact.bytes.clone())).collect()
}

pub(crate) fn of_folder(folder: &str) -> Tree {
    let all = super::project::files(&root().join(folder));
    let is_artefact = |path: &str| !path.ends_with(".md");
    all.into_iter().filter(|(path, _)| is_artefact(path)).map(|(p, file)| (p, std::fs::read(file).unwrap())).collect()
}

fn sourced(tree: &Tree) -> Vec<SourceFile> {
    tree.iter().map(|(path, bytes)| SourceFile { path: path.clone(), content: Content::Bytes(bytes.clone()) }).collect()
}

pub(crate) fn undone(before: &Tree, after: &Tree, catalogue: &Catalogue) -> Undo {
    let (before, after) = (sourced(before), sourced(after));
    between(&Side::files("before", &before), &Side::files("after", &after), catalogue)
}

/// Group → its settings, read by the back ends.
fn set(tree: &Tree, catalogue: &Catalogue) -> BTreeMap<String, Vec<Setting>> {
    let mut all: BTreeMap<String, Vec<Setting>> = BTreeMap::new();
    for (path, bytes) in tree {
        // What routes have folders for stands in the same group.
        let group: Vec<&str> = path.split('/').take(2).collect();
        let read = decode_at(path, bytes, catalogue).unwrap();
        all.entry(group.join("/")).or_default().extend(read.settings);
    }
    all
}

/// A LocURI without what two spellings of one node may differ in.
fn node(uri: &str) -> String {
    uri.to_lowercase().replacen("./vendor/", "./device/vendor/", 1)
}

fn is_at_or_below(node: &str, above: &str) -> bool {
    node.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What must be so of any undo, for a group that both sides have under one name.
fn hold(group: &Group, before: &[Setting], after: &[Setting], catalogue: &Catalogue) {
    let nodes = |side: &[Setting]| -> BTreeSet<String> {
        let csp = side.iter().filter(|setting| setting.address.family == Family::Csp);
        csp.map(|setting| node(&setting.address.owner)).collect()
    };
    let (was, is) = (nodes(before), nodes(after));
    for command in &group.commands {
        let at = node(&command.node);
        assert!(was.iter().any(|node| is_at_or_below(node, &at)), "{} was never set", command.node);
        assert!(!is.iter().any(|node| is_at_or_below(node, &at)), "{} is what the later side sets", command.node);
        match catalogue.node(&command.node) {
            NodeLookup::Found(found) | NodeLookup::WrongCase(found) => {
                assert!(found.node.access.iter().any(|verb| verb == command.verb), "{command:?}");
                let default = found.node.default.as_ref().map(|default| default.to_lowercase());
                assert!(command.verb == "Delete" || command.data.as_ref().map(|d| d.to_lowercase()) == default);
            }
            NodeLookup::Ingested => assert_eq!(command.verb, "Delete"),
            other => panic!("{command:?} is at no node: {other:?}"),
        }
    }
    assert!(group.consoles.iter().all(|one| !one.holder.starts_with("commands/")), "a command is no policy");
    // Each setting that goes is taken back in one way, or said to stay.
    let commands = group.commands.iter().map(|command| &command.settings);
    let withdrawn = group.profiles.iter().chain(&group.declarations).map(|one| &one.settings);
    let replaced = group.replaced.iter().chain(&group.consoles).map(|one| &one.settings);
    let mut addressed: Vec<&String> = commands.chain(withdrawn).chain(replaced).flatten().collect();
    addressed.extend(group.remainder.iter().map(|left| &left.setting));
    // What was commanded or judged is nothing that a device keeps.
    let enforced = |side: &[Setting]| -> BTreeSet<String> {
        let own = side.iter().filter(|setting| setting.address.family.is_enforced());
        own.map(|setting| setting.address.to_string()).collect()
    };
    let (later, gone) = (enforced(after), enforced(before));
    let gone: Vec<&String> = gone.difference(&later).collect();
    let missing: Vec<_> = gone.iter().filter(|name| !addressed.contains(name)).collect();
    assert!(missing.is_empty(), "not addressed: {missing:#?}");
    // A key of the profile itself stands in every profile of the group, and goes with each.
    addressed.retain(|name| gone.contains(name) && !name.starts_with("TopLevel"));
    let once = addressed.len();
    addressed.sort();
    addressed.dedup();
    assert_eq!(once, addressed.len(), "something is addressed twice");
}

/// The fragments: each command is there, and beside the later side's files they change nothing that these set.
fn hold_files(undo: &Undo, after: &Tree, catalogue: &Catalogue) {
    let written = files(undo);
    for group in &undo.groups {
        let path = |name: &str| format!("{}/{}/{name}", group.organisation, group.group);
        let mut deletes = 0;
        let mut values = BTreeMap::new();
        for name in ["undo.xml", "undo.user.xml"].into_iter().filter(|name| written.contains_key(&path(name))) {
            let bytes = &written[&path(name)];
            let read = decode_at(name, bytes, catalogue).unwrap();
            deletes += read.residue.len();
            assert!(read.residue.iter().all(|(_, what)| what == "`Delete` sets nothing"), "{:?}", read.residue);
            values.extend(read.settings.into_iter().map(|setting| (node(&setting.address.owner), setting.value)));
            let text = std::str::from_utf8(bytes).unwrap();
            let ids: Vec<usize> = text
                .lines()
                .filter_map(|line| line.trim().strip_prefix("<CmdID>")?.strip_suffix("</CmdID>")?.parse().ok())
                .collect();
            assert_eq!(ids, (1..=ids.len()).collect::<Vec<_>>());
            assert!(text.lines().all(|line| !line.contains("./User/")) || name == "undo.user.xml");
        }
        let resets = group.commands.iter().filter(|command| command.verb == "Replace").count();
        assert_eq!((deletes, values.len()), (group.commands.len() - resets, resets));
        let later =
            set(after, catalogue).remove(&format!("{}/{}", group.organisation, group.group)).unwrap_or_default();
        assert!(later.iter().all(|setting| !values.contains_key(&node(&setting.address.owner))));
    }
}

#[test]
fn whatever_goes_is_taken_back_and_nothing_that_stays() {
    let catalogue = Catalogue::embedded();
    let (commands, stays) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    for backend in BACKENDS {
        let (family, cases) = (backend.family, if backend.family == Family::Csp { 72 } else { 16 });
        let strategy = (settings(family), prop::sample::select(groups(backend)), any::<u64>());
        let law = |(all, target, kept): (Vec<Setting>, Target, u64)| {
            let later: Vec<Setting> =
                all.iter().enumerate().filter(|(n, _)| kept >> (n % 64) & 1 == 1).map(|(_, s)| s.clone()).collect();
            // Not every generated setting has a place in a console; what is written is what devices have.
            let built = |settings| {
                let checked = checked(&catalogue, &target, settings);
                tree(&encode(&checked, &catalogue, &mut Diagnostics::default()))
            };
            let (before, after) = (built(all), built(later));
            let none = undone(&before, &before, &catalogue);
            prop_assert!(none.groups.is_empty(), "{:#?}", none.groups);
            let undo = undone(&before, &after, &catalogue);
            let path = format!("{}/{}", target.organisation, *target.group);
            let empty = Group::default();
            let own = undo.groups.first().unwrap_or(&empty);
            let of = |tree: &Tree| set(tree, &catalogue).remove(&path).unwrap_or_default();
            hold(own, &of(&before), &of(&after), &catalogue);
            hold_files(&undo, &after, &catalogue);
            commands.set(commands.get() + own.commands.len());
            stays.set(stays.get() + own.remainder.len());
            Ok(())
        };
        runner(cases).run(&strategy, law).unwrap_or_else(|failure| panic!("{family:?}: {failure}"));
    }
    assert!(commands.get() > 200, "only {} commands", commands.get());
    assert!(stays.get() < commands.get(), "{} settings stay", stays.get());
}

#[test]
fn the_real_trees_are_undone_whole() {
    let catalogue = Catalogue::embedded();
    let organisations = ["cafcass", "cafcass-earlier", "childrens-homes", "ctcic"];
    let named = |organisation: &str| -> Tree {
        let files = of_folder(&format!("golden/{organisation}"));
        files.into_iter().map(|(path, bytes)| (format!("acme/{path}"), bytes)).collect()
    };
    let mut seen = 0;
    for before in organisations {
        for after in organisations {
            let (before, after) = (named(before), named(after));
            let undo = undone(&before, &after, &catalogue);
            let (was, is) = (set(&before, &catalogue), set(&after, &catalogue));
            for group in &undo.groups {
                let earlier = group.formerly.as_ref().unwrap_or(&group.group);
                let nothing = Vec::new();
                let later = if group.gone { &nothing } else { &is[&format!("acme/{}", group.group)] };
                hold(group, &was[&format!("acme/{earlier}")], later, &catalogue);
                seen += group.commands.len() + group.profiles.len();
            }
            assert_eq!(undo.groups.is_empty(), before == after);
            if !undo.groups.iter().any(|group| group.gone) {
                hold_files(&undo, &after, &catalogue);
            }
        }
    }
    assert!(seen > 200, "only {seen}");
}

#[test]
fn the_removal_of_a_profile_is_a_command_of_apples() {
    let catalogue = Catalogue::embedded();
    let before = of_folder("golden/cafcass-earlier");
    let undo = undone(&before, &Tree::new(), &catalogue);
    let profiles: Vec<_> = undo.groups.iter().flat_map(|group| &group.profiles).collect();
    assert!(profiles.len() > 2);
    for profile in profiles {
        let command = serde_json::to_value(profile.command.as_ref().unwrap()).unwrap();
        assert_eq!(command["RequestType"], "RemoveProfile");
        assert_eq!(command["Identifier"], profile.identifier.as_str());
        for key in command.as_object().unwrap().keys().filter(|key| *key != "RequestType") {
            let found = catalogue.key(Form::Command, "RemoveProfile", std::slice::from_ref(key));
            assert!(matches!(found, KeyLookup::Found(_)), "{key}");
        }
    }
}

// ---- nodes, one by one

/// A fragment that sets nodes to these values.
fn fragment(nodes: &[(&str, &str)]) -> Vec<u8> {
    let one = |(uri, data): &(&str, &str)| {
        format!("<Replace><Item><Target><LocURI>{uri}</LocURI></Target><Data>{data}</Data></Item></Replace>")
    };
    nodes.iter().map(one).collect::<String>().into_bytes()
}

fn check(before: &[(&str, &str)], after: &[(&str, &str)], commands: &[&str], stays: &[(&str, &str)]) {
    // Another node stands on both sides, so that the group is there on both.
    let still = ("./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera", "0");
    let side = |nodes: &[(&str, &str)]| Tree::from([("o/g/a.xml".to_owned(), fragment(&[nodes, &[still]].concat()))]);
    let undo = undone(&side(before), &side(after), &Catalogue::embedded());
    let group = undo.groups.into_iter().next().unwrap_or_default();
    let short = |command: &policyc::undo::Command| {
        let node = command.node.replace("/Vendor/MSFT", "");
        let data = command.data.as_ref().map(|data| format!(" = {data}")).unwrap_or_default();
        let atomic = if command.atomic.is_some() { " atomic" } else { "" };
        format!("{} {node}{data}{atomic}", command.verb)
    };
    assert_eq!(group.commands.iter().map(short).collect::<Vec<_>>(), commands);
    let left: Vec<(&str, &str)> =
        group.remainder.iter().map(|left| (left.setting.as_str(), left.reason.as_str())).collect();
    assert_eq!(left.len(), stays.len(), "{left:?}");
    for ((setting, reason), (named, why)) in left.into_iter().zip(stays) {
        assert!(setting.ends_with(named) && reason.contains(why), "{setting}: {reason}");
    }
}

const RULES: &str = "./Vendor/MSFT/Firewall/MdmStore/FirewallRules";
const LOCKER: &str = "./Vendor/MSFT/AppLocker/ApplicationLaunchRestrictions";

#[test]
fn what_was_made_for_a_setting_goes_as_a_whole_once_nothing_of_it_is_asked_for() {
    let [one, app, two] = ["one/Name", "one/App/FilePath", "two/Name"].map(|name| format!("{RULES}/{name}"));
    check(
        &[(&one, "1"), (&app, "a.exe"), (&two, "2")],
        &[(&two, "2")],
        &["Delete ./Firewall/MdmStore/FirewallRules/one atomic"],
        &[],
    );
    let [exe, dll] = ["EXE/Policy", "DLL/Policy"].map(|name| format!("{LOCKER}/office/{name}"));
    check(
        &[(&exe, "x"), (&dll, "x")],
        &[(&exe, "x")],
        &["Delete ./AppLocker/ApplicationLaunchRestrictions/office/DLL"],
        &[],
    );
    // The other spelling of the device root, other letters, and an escape: one node.
    let respelt = exe.replace("./Vendor", "./Device/Vendor").replace("office", "OFF%49CE");
    check(&[(&exe, "x")], &[(&respelt, "x")], &[], &[]);
}

// rows: B26
#[test]
fn what_cannot_be_deleted_gets_the_vendors_default_or_is_said_to_stay() {
    let store = "./Vendor/MSFT/Firewall/MdmStore";
    let domain = format!("{store}/DomainProfile/EnableFirewall");
    check(&[(&domain, "false")], &[], &["Replace ./Firewall/MdmStore/DomainProfile/EnableFirewall = true"], &[]);
    let name = "./DevDetail/Ext/Microsoft/DeviceName";
    check(&[(name, "pc")], &[], &[], &[("DeviceName", "no default")]);
    check(&[("./Device/Vendor/MSFT/Nothing/There", "1")], &[], &[], &[("There", "no catalogue knows")]);
    let ask = "./Device/Vendor/MSFT/DMClient/Provider/MS DM Server/AADResourceID".replace(' ', "%20");
    check(&[(&ask, "x")], &[], &[], &[("AADResourceID", "no default")]);
}

#[test]
fn what_others_need_goes_last_and_triggers_first() {
    let at = |name: &str| format!("./Device/Vendor/MSFT/BitLocker/{name}");
    let [warning, standard, require] =
        ["AllowWarningForOtherDiskEncryption", "AllowStandardUserEncryption", "RequireDeviceEncryption"].map(at);
    check(
        &[(&warning, "0"), (&standard, "1"), (&require, "1")],
        &[],
        &[
            "Delete ./Device/BitLocker/RequireDeviceEncryption",
            "Delete ./Device/BitLocker/AllowStandardUserEncryption",
            "Delete ./Device/BitLocker/AllowWarningForOtherDiskEncryption",
        ],
        &[],
    );
    let policy = "./Device/Vendor/MSFT/Policy/Config/Contoso~Policy~Apps/Start";
    let install = "./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/Contoso/Policy/Apps";
    check(
        &[(policy, "&lt;enabled/&gt;"), (install, "x")],
        &[],
        &[
            "Delete ./Device/Policy/Config/Contoso~Policy~Apps/Start",
            "Delete ./Device/Policy/ConfigOperations/ADMXInstall/Contoso",
        ],
        &[],
    );
    // Without its template a policy would go with it.
    check(
        &[(policy, "&lt;enabled/&gt;"), (install, "x")],
        &[(policy, "&lt;enabled/&gt;")],
        &[],
        &[("ADMXInstall/Contoso/Policy/Apps", "still sets")],
    );
}

#[test]
fn an_element_that_goes_from_a_body_that_stays_needs_no_command() {
    let uri = "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength";
    let body = "&lt;enabled/&gt;&lt;data id=\"MinPINLength\" value=\"8\"/&gt;";
    check(&[(uri, body)], &[(uri, "&lt;disabled/&gt;")], &[], &[]);
}

#[test]
fn where_a_file_of_the_later_side_cannot_be_read_nothing_is_taken_back() {
    let uri = "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing";
    let before = Tree::from([("o/g/a.xml".to_owned(), fragment(&[(uri, "0")]))]);
    let after = Tree::from([("o/g/b.xml".to_owned(), b"<Replace>".to_vec())]);
    let undo = undone(&before, &after, &Catalogue::embedded());
    assert!(undo.groups[0].commands.is_empty());
    let left: Vec<&str> = undo.groups[0].remainder.iter().map(|left| left.setting.as_str()).collect();
    assert_eq!(left, [uri, "b.xml"]);
    assert_eq!(undo.remaining(), 2);
}

// ---- the program

#[test]
fn the_program_writes_the_files_and_says_what_stays() {
    let sandbox = Sandbox::new();
    let uri = "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing";
    for (path, nodes) in [
        ("old/acme/laptops/a.xml", &[(uri, "0"), ("./DevDetail/Ext/Microsoft/DeviceName", "pc")][..]),
        ("kept/acme/laptops/a.xml", &[("./DevDetail/Ext/Microsoft/DeviceName", "pc")]),
        ("new/acme/laptops/a.xml", &[("./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption", "1")]),
    ] {
        sandbox.write(path, std::str::from_utf8(&fragment(nodes)).unwrap());
    }
    let run = sandbox.run(&["undo", "old", "old", "--out", "none"]);
    assert_eq!((run.code, run.out.as_str()), (0, "nothing to undo\n"), "{}", run.err);
    assert!(!sandbox.path("none").exists());
    let run = sandbox.run(&["undo", "old", "kept", "--out", "undone"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains(&format!("Delete  {uri}")) && run.out.contains("2 files written"), "{}", run.out);
    let expected = format!(
        "<Delete>\n  <CmdID>1</CmdID>\n  <Item>\n    <Target>\n      <LocURI>{uri}</LocURI>\n    </Target>\n  </Item>\n</Delete>\n"
    );
    let written: Vec<String> = sandbox.tree("undone").into_keys().collect();
    assert_eq!(written, ["undone/acme/laptops/undo.json", "undone/acme/laptops/undo.xml"]);
    assert_eq!(std::fs::read_to_string(sandbox.path("undone/acme/laptops/undo.xml")).unwrap(), expected);
    let wrapped = sandbox.run(&["wrap", "undone/acme/laptops/undo.xml"]);
    assert_eq!(wrapped.code, 0, "{}", wrapped.err);
    assert!(wrapped.out.starts_with("<SyncML ") && wrapped.out.contains(&expected), "{}", wrapped.out);
    // What is there is not overwritten, and what a build or a person keeps is not touched.
    assert_eq!(sandbox.run(&["undo", "old", "kept", "--out", "undone"]).code, 2);
    assert_eq!(sandbox.run(&["undo", "old", "kept", "--out", "golden/undone"]).code, 2);
    let run = sandbox.run(&["undo", "old", "new"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.out.contains("stays: ./DevDetail/Ext/Microsoft/DeviceName"), "{}", run.out);
    assert_eq!(sandbox.run(&["undo", "nowhere", "new"]).code, 2);
}

#[test]
fn a_control_that_is_asked_for_no_more_is_undone_from_its_sources() {
    let sandbox = Sandbox::new();
    sandbox.build_and_accept();
    let run = sandbox.run(&["undo", "golden"]);
    assert_eq!((run.code, run.out.as_str()), (0, "nothing to undo\n"), "{}", run.err);
    sandbox.edit("policy-sources/acme/groups.yaml", "  phones:\n", "  handsets:\n    formerly: phones\n");
    sandbox.edit("policy-sources/acme/it-policy.yaml", "[phones]", "[handsets]");
    let run = sandbox.run(&["undo", "golden"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(run.out, "nothing to undo\n", "devices know a renamed group by what it was called before");
    sandbox.edit("policy-sources/acme/it-policy.yaml", "class: ", "class: broken ");
    let run = sandbox.run(&["undo", "golden"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.err.contains("nothing was undone"), "{}", run.err);
}

#[test]
fn a_profile_that_goes_into_an_envelope_is_the_same_profile() {
    let sandbox = Sandbox::new();
    sandbox.edit(
        "policy-sources/acme/it-policy.yaml",
        "clauses:\n",
        "clauses:\n  - id: \"9\"\n    summary: A filter\n    class: partial\n    reason: a setting\n    groups: [phones]\n    settings:\n      \
         - { platforms: [iOS], payload: com.apple.applicationaccess, keys: { allowCamera: false } }\n",
    );
    sandbox.build_and_accept();
    let groups = "policy-sources/acme/groups.yaml";
    sandbox.edit(groups, "    supervised: true\n", "    supervised: true\n    deliver: [intune]\n");
    let run = sandbox.run(&["undo", "golden"]);
    // What goes into a policy of the settings catalogue gets an identifier of Intune's own; the other keeps its own.
    assert!(run.out.contains("remove the profile com.example.acme.phones.com.apple.mobiledevice"), "{}", run.out);
    assert!(!run.out.contains("com.apple.applicationaccess"), "{}", run.out);
}
