//! Text → [`Document`]: which file is what. Its first key says it; each kind has a file of its own here.

mod exceptions;
mod groups;
mod organisation;
mod written;

pub(super) use groups::is_reserved;

use super::document::{Document, Text};
use crate::control;
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::fields::{self, Fields};
use crate::source::yaml::{self, Entry, Kind, Node};
use crate::source::{Content, FileId, Sources, Span, Spanned};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The folder that holds every source.
const ROOT: &str = "policy-sources/";

/// The first keys that files may have, and whether this version honours them.
const KINDS: &[(&str, Option<Parser>)] = &[
    ("organisation", Some(organisation::parse)),
    ("groups", Some(groups::parse)),
    ("policy", Some(written::parse)),
    ("exceptions", Some(exceptions::parse)),
    ("secrets", Some(secrets)),
    ("control", Some(own_control)),
    ("baseline", Some(written::baseline)),
    ("releases", None),
    ("identities", None),
];

/// Reads a whole file; `None` where nothing can be made of it.
type Parser = fn(&Node, &mut Diagnostics) -> Option<Text>;

/// Reads every source file. What could be read is returned despite findings, so that one run reports all it can.
pub fn parse(sources: &Sources, found: &mut Diagnostics) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (file, source) in sources.files() {
        let Some(path) = source.path.strip_prefix(ROOT) else { continue };
        if let Some(other) = seen.insert(path.to_lowercase(), &source.path) {
            found.push(same_but_for_case(file, other));
        }
        let folder = path.split_once('/').map(|(folder, _)| folder).filter(|folder| *folder != "baselines");
        let content = match (extension(path), folder) {
            // Whatever stands there, sources may be in it: nothing is passed over in silence.
            _ if matches!(source.content, Content::Refused(_)) => {
                yaml::parse(sources, file, found);
                Text::Unread
            }
            ("yaml", Some(_)) => of_organisation(sources, file, found).unwrap_or(Text::Unread),
            ("yaml", None) => {
                if let Some(content) = of_nobody(sources, file, path, found) {
                    documents.push(Document { file, folder: String::new(), content });
                }
                continue;
            }
            (ending, _) if ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml") => {
                found.push(other_ending(file, ending));
                Text::Unread
            }
            _ => continue,
        };
        documents.extend(folder.map(|folder| Document { file, folder: folder.to_owned(), content }));
    }
    documents
}

fn same_but_for_case(file: FileId, other: &str) -> Diagnostic {
    let cause = format!("`{other}` has the same name but for the case of its letters: not every disk can hold both");
    Diagnostic::new(Code::UnportableName, Span::new(file, 0, 0), cause).help("rename one of the two")
}

fn other_ending(file: FileId, ending: &str) -> Diagnostic {
    let cause = format!("a file that ends in `.{ending}` is not read");
    Diagnostic::new(Code::UnportableName, Span::new(file, 0, 0), cause).help("end its name in `.yaml`")
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension,
        _ => "",
    }
}

fn of_organisation(sources: &Sources, file: FileId, found: &mut Diagnostics) -> Option<Text> {
    let root = yaml::parse(sources, file, found)?;
    let first = first_key(&root, found)?;
    match KINDS.iter().find(|(kind, _)| *kind == first.key.value) {
        Some(("baseline", _)) => {
            found.push(
                Diagnostic::new(Code::UnknownKind, first.key.span, "a baseline belongs to no organisation")
                    .help(format!("move it to `{ROOT}baselines/`, and name it under `adopts` in organisation.yaml")),
            );
            None
        }
        Some((_, Some(parser))) => parser(&root, found),
        Some((kind, None)) => {
            found.push(unsupported(first.key.span, kind));
            None
        }
        None => {
            found.push(unknown_kind(&first.key));
            None
        }
    }
}

/// A file beside the organisations' folders.
fn of_nobody(sources: &Sources, file: FileId, path: &str, found: &mut Diagnostics) -> Option<Text> {
    let root = yaml::parse(sources, file, found)?;
    let first = first_key(&root, found)?;
    let kind = first.key.value.as_str();
    match KINDS.iter().find(|(known, _)| *known == kind) {
        Some(("baseline", Some(parser))) if path.starts_with("baselines/") => return parser(&root, found),
        Some((kind @ "releases", _)) => found.push(unsupported(first.key.span, kind)),
        Some(("baseline", _)) => found.push(
            Diagnostic::new(Code::UnknownKind, first.key.span, "a baseline belongs into the folder `baselines`")
                .help(format!("move it to `{ROOT}baselines/`")),
        ),
        Some((kind, _)) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            found.push(
                Diagnostic::new(
                    Code::UnknownKind,
                    first.key.span,
                    format!("a file that begins with `{kind}` belongs into the folder of an organisation"),
                )
                .help(format!("move it to `{ROOT}ORGANISATION/{name}`")),
            );
        }
        None => found.push(unknown_kind(&first.key)),
    }
    None
}

/// A control of the organisation's own, in the library's form.
fn own_control(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    let mut own = Diagnostics::default();
    let control = control::parse(root, &mut own);
    // One that is wrong counts as unread, so that what follows from it is not reported as well.
    let content = control.filter(|_| !own.has_errors()).map(|control| Text::Control(Arc::new(control)));
    found.absorb(own);
    content
}

fn first_key<'a>(root: &'a Node, found: &mut Diagnostics) -> Option<&'a Entry> {
    let entries = fields::entries(root, "a source file", found)?;
    if entries.is_empty() {
        found.push(
            Diagnostic::new(Code::EmptyValue, root.span, "the file says nothing")
                .help("begin it with what it is, such as `policy: it-policy`"),
        );
    }
    entries.first()
}

fn unknown_kind(key: &Spanned<String>) -> Diagnostic {
    let finding = Diagnostic::new(Code::UnknownKind, key.span, format!("no kind of file begins with `{}`", key.value));
    if let Some(name) = KINDS.iter().map(|(kind, _)| *kind).find(|kind| *kind == key.to_lowercase()) {
        return finding.help(format!("write `{name}`"));
    }
    match did_you_mean(key, KINDS.iter().map(|(kind, _)| *kind)) {
        Some(cure) => finding.help(cure),
        None => {
            let kinds: Vec<String> = KINDS.iter().map(|(kind, _)| format!("`{kind}`")).collect();
            finding.help(format!("the first key says what a file is, and is one of {}", kinds.join(", ")))
        }
    }
}

/// What the language has and this version does not honour: never ignored in silence.
fn unsupported(place: Span, kind: &str) -> Diagnostic {
    let what = match kind {
        "releases" => "releases are",
        "identities" => "imported identities are",
        other => {
            return Diagnostic::new(Code::UnsupportedPart, place, format!("`{other}` is not part of this version"));
        }
    };
    Diagnostic::new(Code::UnsupportedPart, place, format!("{what} not part of this version"))
        .help("take the file out of policy-sources: nothing would come of it")
}

/// secrets.yaml says where `release` finds each secret; nothing else looks into it, so only its form counts here.
fn secrets(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    let mut fields = Fields::of(root, "secrets.yaml", found)?;
    if let Some(list) = fields.take("secrets").and_then(|node| fields::entries(node, "`secrets`", found)) {
        for entry in list {
            fields::check_name(&entry.key, "a secret", found);
            let Some(source) = fields::text(&entry.value, "the source of a secret", found) else { continue };
            let known = ["env:", "file:", "cmd:"]
                .iter()
                .any(|scheme| source.strip_prefix(scheme).is_some_and(|rest| !rest.trim().is_empty()));
            if !known {
                // The text may be the secret itself: it is not repeated.
                found.push(
                    Diagnostic::new(Code::SecretLiteral, source.span, "this does not say where the secret comes from")
                        .help("write `env:NAME`, `file:PATH` or `cmd:COMMAND`; the secret itself never stands in a source"),
                );
            }
        }
    }
    fields.finish(found);
    Some(Text::Secrets)
}

/// A list of texts.
fn texts(node: &Node, what: &str, found: &mut Diagnostics) -> Vec<Spanned<String>> {
    let Some(items) = fields::items(node, what, found) else { return Vec::new() };
    items.iter().filter_map(|item| sentence(item, what, found)).collect()
}

/// A mapping of names to sentences: `{ join: the policy does not say }`.
fn reasons(node: &Node, what: &str, found: &mut Diagnostics) -> Vec<(Spanned<String>, Spanned<String>)> {
    let Some(entries) = fields::entries(node, what, found) else { return Vec::new() };
    entries.iter().filter_map(|entry| Some((entry.key.clone(), sentence(&entry.value, what, found)?))).collect()
}

/// Text that people read: not empty, on one line or folded.
fn sentence(node: &Node, what: &str, found: &mut Diagnostics) -> Option<Spanned<String>> {
    let text = fields::text(node, what, found)?;
    if text.trim().is_empty() {
        // Nothing after a key has its finding already.
        if !matches!(&node.kind, Kind::Scalar { plain: true, .. }) {
            found.push(
                Diagnostic::new(Code::InvalidValue, text.span, format!("{what} is empty"))
                    .help("write it, or leave the key out"),
            );
        }
        return None;
    }
    if let Some(wrong) = text.chars().find(|c| is_unprintable(*c)) {
        found.push(
            Diagnostic::new(
                Code::InvalidValue,
                text.span,
                format!("{what} holds the character U+{:04X}, which nothing prints", wrong as u32),
            )
            .help("remove it: profiles and reports are text"),
        );
        return None;
    }
    Some(text.map(|text| text.trim_end().to_owned()))
}

/// What XML cannot hold, or a terminal would obey.
fn is_unprintable(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n') || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
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
        check(
            &[("i.yaml", "identities: {}\n")],
            &["unsupported-part 1:1 imported identities are not part of this version"],
        );
        let attach = "groups:\n  a: { title: A, platform: iOS, os: \"18\", attach: [x] }\n";
        check(&[("groups.yaml", attach)], &["unsupported-part 2:43 attached files are not part of this version"]);
    }

    #[test]
    fn a_file_beside_the_organisations_is_told_where_it_belongs() {
        let file = |path: &str, text: &str| SourceFile {
            path: format!("policy-sources/{path}"),
            content: Content::Bytes(text.as_bytes().to_vec()),
        };
        let sources = Sources::new(vec![
            file("groups.yaml", "groups: {}\n"),
            file("releases.yaml", "releases: {}\n"),
            file("b.yaml", "baseline: b\n"),
            file("README.md", "x"),
        ]);
        let mut found = crate::diagnostic::Diagnostics::default();
        assert!(super::parse(&sources, &mut found).is_empty());
        let findings: Vec<String> =
            found.iter().map(|finding| format!("{} {}", finding.code, finding.help[0])).collect();
        let out = "unsupported-part take the file out of policy-sources: nothing would come of it";
        let moved = "unknown-kind move it to `policy-sources/baselines/`";
        assert_eq!(findings, [moved, "unknown-kind move it to `policy-sources/ORGANISATION/groups.yaml`", out]);
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
        field(
            "certificates: { root: ../root.cer }",
            &["unportable-name 4:23 `../root.cer` is no path inside the folder"],
        );
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
            format!(
                "  - id: A\n    summary: s\n    class: procedural\n    reason: r\n    groups: [{groups}]\n    {line}\n"
            )
        };
        let settings = "settings: [{ csp: ./Device/Vendor/MSFT/BitLocker, nodes: { RequireDeviceEncryption: 1 } }]";
        check_clause(&raw("phones, laptops", settings), &[]);
        check_clause(
            &raw("phones", settings),
            &["not-on-platform 9:16 the entry is for no group of `A`, whose groups have iOS"],
        );
        let guard = "guard: [{ platforms: [iOS], payload: com.apple.applicationaccess, keys: { allowCamera: absent }, reason: r }]";
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
        let exception = "exceptions:\n  - { id: E, clauses: [gone X], groups: [phones], relax: all, reason: r, expires: 2027-01-01 }\n";
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
}
