//! Who gets a group's files, and what consoles call them: a change of either is a change, in `check` as in `diff`.

use super::cli::Sandbox;

const GROUPS: &str = "policy-sources/acme/groups.yaml";
const STAFF: &str = "11111111-1111-1111-1111-111111111111";
const OTHERS: &str = "22222222-2222-2222-2222-222222222222";

/// A phone group that Intune manages beside another server, with this audience.
fn project(assign: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.edit(GROUPS, "    supervised: true\n", "    supervised: true\n    deliver: [mobileconfig, intune]\n");
    sandbox.edit(GROUPS, "    deliver", &format!("    assign: {assign}\n    deliver"));
    sandbox.build_and_accept();
    sandbox
}

#[test]
fn another_audience_is_another_policy() {
    let sandbox = project(&format!("{{ entra: [\"{STAFF}\"] }}"));
    assert_eq!(sandbox.run(&["check"]).code, 0);
    sandbox.edit(GROUPS, STAFF, OTHERS);
    let check = sandbox.run(&["check"]);
    assert_eq!(check.code, 1, "{}{}", check.out, check.err);
    let said = format!("{}{}", check.out, check.err);
    for file in ["phones/index.json", "phones/intune/settings.com.apple.mobiledevice.passwordpolicy.json"] {
        assert!(said.contains(file), "{file}: {said}");
    }
    assert!(!said.contains("same settings, other bytes"), "{said}");
    assert!(said.contains(STAFF), "{said}");
    let diff = sandbox.run(&["diff", "golden", "."]);
    assert!(diff.out.contains("index.json"), "{}{}", diff.out, diff.err);
}

#[test]
fn an_audience_that_comes_is_no_matter_of_looks() {
    let sandbox = project("{ fleet: [Phones] }");
    sandbox.edit(GROUPS, "fleet: [Phones]", "fleet: [Phones], fleet-exclude: [Kiosks]");
    let check = sandbox.run(&["check"]);
    let said = format!("{}{}", check.out, check.err);
    assert!(check.code == 1 && said.contains("index.json") && !said.contains("other bytes"), "{said}");
}

#[test]
fn another_name_in_the_console_is_another_identity() {
    let sandbox = project(&format!("{{ entra: [\"{STAFF}\"] }}"));
    sandbox.edit(GROUPS, "  phones:\n", "  handsets:\n    formerly: phones\n");
    sandbox.edit("policy-sources/acme/it-policy.yaml", "groups: [phones]", "groups: [handsets]");
    sandbox.build_and_accept();
    // The policy is still called as before, and the console takes it for the same, until nothing says so any more.
    sandbox.edit(GROUPS, "    formerly: phones\n", "");
    let check = sandbox.run(&["check"]);
    let said = format!("{}{}", check.out, check.err);
    assert!(check.code == 1 && said.contains("acme handsets: com.apple.mobiledevice.passwordpolicy"), "{said}");
    let file = "handsets/intune/settings.com.apple.mobiledevice.passwordpolicy.json` has another name";
    assert!(said.contains(file), "{said}");
}

#[test]
fn a_title_is_no_identity() {
    let sandbox = project(&format!("{{ entra: [\"{STAFF}\"] }}"));
    sandbox.edit(GROUPS, "title: Phones", "title: Handsets");
    let check = sandbox.run(&["check"]);
    let said = format!("{}{}", check.out, check.err);
    assert!(check.code == 1 && !said.contains("another identity"), "{said}");
}
