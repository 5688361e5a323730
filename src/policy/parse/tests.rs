//! What policy sources may and may not say, file by file.

use super::Text;
use crate::policy::sample::{CAFCASS, GROUPS, ORGANISATION, clause, run_files};
use crate::source::{Content, SourceFile, Sources};

fn check(files: &[(&str, &str)], expected: &[&str]) {
    let mut all = vec![("organisation.yaml", ORGANISATION), ("groups.yaml", GROUPS)];
    all.retain(|(name, _)| !files.iter().any(|(other, _)| other == name));
    all.extend_from_slice(files);
    let run = run_files(&all, "2026-01-01");
    assert_eq!(run.findings, expected);
    assert!(run.all.iter().all(|finding| !finding.help.is_empty()), "each finding has a cure");
}

/// A policy with this clause.
fn rules(clause: &str) -> String {
    format!("policy: rules\ntitle: Rules\nclauses:\n{clause}")
}

fn check_clause(clause: &str, expected: &[&str]) {
    check(&[("rules.yaml", &rules(clause))], expected);
}

#[test]
fn the_first_key_says_what_a_file_is() {
    check(&[("a.yaml", "polcy: x\n")], &["unknown-kind 1:1 no kind of file begins with `polcy`"]);
    check(&[("a.yaml", "Policy: x\n")], &["unknown-kind 1:1 no kind of file begins with `Policy`"]);
    check(&[("a.yaml", "- x\n")], &["wrong-shape 1:1 a source file is a mapping, and here is a list"]);
    check(&[("a.yaml", "{}\n")], &["empty-value 1:1 the file says nothing"]);
    check(&[("a.yml", "policy: x\n")], &["unportable-name 1:1 a file that ends in `.yml` is not read"]);
    check(&[("README.md", "# x"), ("a.cer", "\u{0}"), (".yaml", "x"), ("notes", "x")], &[]);
    let case = "unportable-name 1:1 `policy-sources/acme/Rules.yaml` has the same name but for the case of its letters: \
                not every disk can hold both";
    check(&[("Rules.yaml", &rules("  []\n")), ("rules.yaml", "secrets: {}\n")], &[case]);
}

#[test]
fn what_this_version_does_not_honour_is_said() {
    check(&[("b.yaml", "baseline: x\n")], &["unknown-kind 1:1 a baseline belongs to no organisation"]);
}

#[test]
fn a_file_beside_the_organisations_is_told_where_it_belongs() {
    let file = |path: &str, text: &str| SourceFile {
        path: format!("policy-sources/{path}"),
        content: Content::Bytes(text.as_bytes().to_vec()),
    };
    let sources = Sources::new(vec![
        file("groups.yaml", "groups: {}\n"),
        file("acme/releases.yaml", "releases: []\n"),
        file("b.yaml", "baseline: b\n"),
        file("README.md", "x"),
    ]);
    let mut found = crate::diagnostic::Diagnostics::default();
    assert!(super::parse(&sources, &mut found).iter().all(|document| matches!(document.content, Text::Unread)));
    let findings: Vec<String> = found.iter().map(|finding| format!("{} {}", finding.code, finding.help[0])).collect();
    let places = ["releases.yaml", "baselines/", "ORGANISATION/groups.yaml"];
    let moved = places.map(|place| format!("unknown-kind move it to `policy-sources/{place}`"));
    assert_eq!(findings, moved);
}

#[test]
fn an_organisation_has_names_that_work() {
    let with = |line: &str| format!("{ORGANISATION}{line}\n");
    let field = |line: &str, expected: &[&str]| check(&[("organisation.yaml", &with(line))], expected);
    field("entra-tenant: \"11111111-2222-3333-4444-555555555555\"", &[]);
    field(
        "entra-tenant: \"{11111111-2222-3333-4444-555555555555}\"",
        &["invalid-value 4:15 `{11111111-2222-3333-4444-555555555555}` is not the id of a directory"],
    );
    field("domains: [acme.com, nowhere]", &["invalid-value 4:21 `nowhere` is not a domain"]);
    field("certificates: { root: root.cer }", &["unknown-name 4:23 there is no file `root.cer`"]);
    field("certificates: { root: ../root.cer }", &["unportable-name 4:23 `../root.cer` is no path inside the folder"]);
    field("deny: [deprecated, depricated]", &["invalid-value 4:20 no finding has the code `depricated`"]);
    field("colour: red", &["unknown-field 4:1 organisation.yaml has no field `colour`"]);
    let whole = |text: &str, expected: &[&str]| check(&[("organisation.yaml", text)], expected);
    whole(
        "organisation: acme\n",
        &[
            "missing-field 1:15 organisation.yaml has no `identifier`",
            "missing-field 1:15 organisation.yaml has no `name`",
        ],
    );
    whole(
        &ORGANISATION.replace("acme\n", "other\n"),
        &["invalid-value 1:15 the organisation is `other` and its folder is `acme`"],
    );
    whole(&ORGANISATION.replace("com.acme", "acme"), &["invalid-value 3:13 `acme` is no identifier"]);
}

#[test]
fn a_clause_says_all_that_it_must() {
    check_clause(
        "  - { id: 2.10, summary: s, class: enforced }\n",
        &[
            "unquoted-text 4:11 the id of a clause `2.10` has no quotes: other YAML readers take it for a number, so that \
         2.10 is 2.1",
        ],
    );
    check_clause("  - { summary: s, class: service, reason: r }\n", &["missing-field 4:5 a clause has no `id`"]);
    check_clause(
        "  - { id: A }\n",
        &["missing-field 4:11 a clause has no `class`", "missing-field 4:11 a clause has no `summary`"],
    );
    check_clause(
        "  - { id: A, summary: s, class: partial, groups: [phones], require: { lock: {} } }\n",
        &["missing-field 4:33 a clause that is `partial` has no `reason`"],
    );
    check_clause(
        "  - { id: A, summary: s, class: inforced }\n",
        &["invalid-value 4:33 `inforced` is not a class of clause"],
    );
    check_clause(
        "  - { id: A, summary: s, class: enforced, require: { lock: {} } }\n",
        &["missing-field 4:11 a clause has no `groups`"],
    );
    check_clause(
        "  - { id: A, summary: s, class: enforced }\n",
        &["missing-field 4:33 a clause that is `enforced` names no `groups`"],
    );
    check_clause(&clause("A", "{ lenght: 8 }"), &["unknown-parameter 4:80 `lock` has no parameter `lenght`"]);
    check_clause(&clause("A", "{ length: 3 }"), &["parameter-out-of-range 4:88 `length` is 3, and takes 4 to 20"]);
    check_clause(
        &clause("A", "{ simple: no }"),
        &["invalid-value 4:88 `simple` is `true` or `false`, and here is `no`"],
    );
    check_clause(&clause("A", "{}").replace("lock", "lok"), &["unknown-control 4:72 no control is called `lok`"]);
    check_clause(&clause("A", "{}").replace("phones", "phone"), &["unknown-name 4:52 no group is called `phone`"]);
    check_clause(
        &clause("A", "{ groups: [laptops] }"),
        &["unknown-name 4:89 the clause `A` does not name the group `laptops`"],
    );
    let unmanaged = "unmanaged-group 4:52 the clause `A` asks `lock` of `handsets`, which no server reaches";
    check_clause(&clause("A", "{}").replace("[phones]", "[handsets]"), &[unmanaged]);
    check_clause("  - { id: A, summary: s, class: procedural, reason: r, groups: [handsets] }\n", &[]);
    let twice = clause("A", "{}") + &clause("A", "{}");
    check_clause(&twice, &["duplicate-name 5:11 the clause `A` stands twice"]);
}

#[test]
fn what_no_group_of_a_clause_can_take_is_not_passed_over() {
    let raw = |groups: &str, line: &str| {
        format!("  - id: A\n    summary: s\n    class: procedural\n    reason: r\n    groups: [{groups}]\n    {line}\n")
    };
    let settings = "settings: [{ csp: ./Device/Vendor/MSFT/BitLocker, nodes: { RequireDeviceEncryption: 1 } }]";
    check_clause(&raw("phones, laptops", settings), &[]);
    check_clause(
        &raw("phones", settings),
        &["not-on-platform 9:16 the entry is for no group of `A`, whose groups have iOS"],
    );
    let guard =
        "guard: [{ platforms: [iOS], payload: com.apple.applicationaccess, keys: { allowCamera: absent }, reason: r }]";
    check_clause(
        &raw("laptops", guard),
        &["not-on-platform 9:13 the guard is for no group of `A`, whose groups have Windows"],
    );
    check_clause(
        &raw("handsets", settings),
        &["unmanaged-group 8:14 the clause `A` asks settings of `handsets`, which no server reaches"],
    );
}

#[test]
fn what_follows_from_a_finding_is_not_reported_as_well() {
    let assumed = clause("A", "{ length: 8 }")
        .replace("lock:", "lok:")
        .replace(" } }\n", " }, assumed: { lock.length: why } }\n");
    check_clause(&assumed, &["unknown-control 4:72 no control is called `lok`"]);
    let exception = "exceptions:\n  - { id: E, clauses: [rules A], groups: [phones], relax: { lock: { length: 6 } }, \
                     reason: r, expires: 2027-01-01 }\n";
    let unread = rules(&clause("A", "{ length: eight }"));
    check(
        &[("exceptions.yaml", exception), ("rules.yaml", &unread)],
        &["invalid-value 4:88 `length` is a whole number, and here is `eight`"],
    );
    let group = GROUPS.replace("18.0", "180");
    check(
        &[("groups.yaml", &group), ("exceptions.yaml", exception), ("rules.yaml", &rules(&clause("A", "{}")))],
        &["invalid-value 2:47 `180` is no version of iOS"],
    );
}

#[test]
fn assumptions_are_about_values_that_are_given() {
    let assumed =
        |key: &str| clause("A", "{ length: 8 }").replace(" } }\n", &format!(" }}, assumed: {{ {key}: why }} }}\n"));
    check_clause(&assumed("lock.length"), &[]);
    let wrong = "unused-assumption 4:106 `lock.wait` is assumed, and the clause gives no such value";
    check_clause(&assumed("lock.wait"), &[wrong]);
}

#[test]
fn a_broken_file_hides_no_other_and_what_follows_from_it_is_not_reported() {
    let rules = rules(&(clause("A", "{ length: 8 }") + &clause("B", "{ lenght: 8 }")));
    check(
        &[("groups.yaml", "groups: [\n"), ("rules.yaml", &rules)],
        &[
            "invalid-yaml 1:9 this is not YAML: unclosed bracket '['",
            "unknown-parameter 5:80 `lock` has no parameter `lenght`",
        ],
    );
    let group = "groups:\n  phones: { title: P, platform: iOS, os: 18.0 }\n";
    check(
        &[("groups.yaml", group), ("rules.yaml", &self::rules(&clause("A", "{}")))],
        &[
            "unquoted-text 2:42 the version `18.0` has no quotes: other YAML readers take it for a number, so that 2.10 is 2.1",
        ],
    );
    let exception =
        "exceptions:\n  - { id: E, clauses: [gone X], groups: [phones], relax: all, reason: r, expires: 2027-01-01 }\n";
    check(
        &[("gone.yaml", "policy: [\n"), ("exceptions.yaml", exception)],
        &["invalid-yaml 1:9 this is not YAML: unclosed bracket '['"],
    );
    check(&[("exceptions.yaml", exception)], &["unknown-name 2:24 no clause is called `gone X`"]);
}

#[test]
fn a_secret_never_stands_in_a_source() {
    check(&[("secrets.yaml", "secrets: { wifi: env:WIFI, key: file:key.txt, pin: \"cmd:sops -d x\" }\n")], &[]);
    let run = run_files(&[("secrets.yaml", "secrets: { wifi: hunter2 }\n")], "2026-01-01");
    let said = "secret-literal 1:18 this does not say where the secret comes from";
    assert!(run.findings.iter().any(|finding| finding == said), "{:?}", run.findings);
    assert!(run.all.iter().all(|finding| !format!("{finding:?}").contains("hunter2")));
}

/// The real files, with a piece of one taken out or doubled, or other bytes put in.
fn mutated(file: usize, at: usize, length: usize, bytes: &[u8]) {
    let mut texts: Vec<(&str, Vec<u8>)> =
        CAFCASS.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())).collect();
    let text = &mut texts[file % CAFCASS.len()].1;
    let at = at % text.len();
    let end = (at + length).min(text.len());
    text.splice(at..end, bytes.iter().copied());
    let files = texts.into_iter().map(|(name, text)| SourceFile {
        path: format!("policy-sources/cafcass/{name}"),
        content: Content::Bytes(text),
    });
    let sources = Sources::new(files.collect());
    let mut found = crate::diagnostic::Diagnostics::default();
    let documents = super::parse(&sources, &mut found);
    let as_of = crate::setting::Date::new(2026, 1, 1).unwrap();
    crate::policy::resolve(documents, &sources, as_of, &mut found);
    found.sort(&sources);
    for finding in found.iter() {
        assert!(!finding.help.is_empty(), "{} {}", finding.code, finding.message);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn no_slip_of_the_hand_makes_it_panic(
        file in 0..4usize, at in 0..20_000usize, length in 0..40usize, text in "[a-z0-9:,\\[\\]{}\"' \n-]{0,12}"
    ) {
        mutated(file, at, length, text.as_bytes());
    }

    #[test]
    fn no_bytes_make_it_panic(file in 0..4usize, at in 0..20_000usize, bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..8)) {
        mutated(file, at, 3, &bytes);
    }
}

#[test]
fn nothing_that_may_hold_sources_is_passed_over() {
    let refused = |path: &str| SourceFile {
        path: format!("policy-sources/acme/{path}"),
        content: Content::Refused("a link that leaves the folder".to_owned()),
    };
    let text = |path: &str| SourceFile { content: Content::Bytes(Vec::new()), ..refused(path) };
    let files = vec![refused("more"), refused("note.txt"), text("a.YAML"), text("b.yml"), text("c.txt")];
    let mut found = crate::diagnostic::Diagnostics::default();
    let documents = super::parse(&Sources::new(files), &mut found);
    let codes: Vec<&str> = found.iter().map(|finding| finding.code.name()).collect();
    assert_eq!(codes, ["unportable-name", "unportable-name", "unreadable-file", "unreadable-file"]);
    assert_eq!(documents.len(), 4);
}

#[test]
fn what_nothing_prints_has_no_place_in_a_name() {
    let whole = |text: &str, expected: &[&str]| check(&[("organisation.yaml", text)], expected);
    whole(
        &ORGANISATION.replace("name: Acme", "name: \"A\\e[1m\""),
        &["invalid-value 2:7 the name holds the character U+001B, which nothing prints"],
    );
}

#[test]
fn identities_name_groups_profiles_and_what_devices_have() {
    let group = GROUPS.lines().find_map(|line| line.strip_prefix("  ")?.split_once(':')).unwrap().0;
    let file = |body: &str| format!("identities:\n  {group}: {body}\n");
    let check_file = |body: &str, expected: &[&str]| check(&[("identities.yaml", &file(body))], expected);
    check_file("{ profiles: { old: { identifier: com.example.old, uuid: \"1\", payloads: [{ type: t }] } } }", &[]);
    check_file(
        "{ declarations: [{ type: t, identifier: a, activation: b }], policies: { Policy.Camera: Camera } }",
        &[],
    );
    let twice = "{ profiles: { a: { identifier: a, payloads: [{ type: t }] }, b: { identifier: b, payloads: [{ type: t }] } } }";
    let found = run_files(
        &[("organisation.yaml", ORGANISATION), ("groups.yaml", GROUPS), ("identities.yaml", &file(twice))],
        "2026-01-01",
    );
    assert!(found.findings.iter().any(|one| one.starts_with("duplicate-name")), "{:?}", found.findings);
    let unknown = [("identities.yaml", "identities:\n  nobody: { profiles: {} }\n")];
    check(&unknown, &["unknown-name 2:3 no group is called `nobody`"]);
}
