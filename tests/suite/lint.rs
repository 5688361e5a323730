//! `policyc lint`: each case of tests/lint has its findings beside it, and what this project writes is clean for its own group.

use super::cases;
use super::cli::Sandbox;
use super::project::{files, root, sources};
use policyc::backend::Format;
use policyc::catalogue::Catalogue;
use policyc::consumer;
use policyc::diagnostic::{Code, Diagnostic, Place, Severity};
use policyc::lint::effective::Scope;
use policyc::lint::{self, Devices, Options};
use policyc::reader::{self, Given, Readings};
use policyc::setting::{Date, Dialect};
use policyc::source::Sources;
use policyc::{Compiled, CompiledGroup, Judges, Request, compile, compile_under};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

/// The findings of a case: comments that say what it is about, `# target: …` for its devices, `# server: …`; `# effective` where its files
/// are held together, `# together: …` for those that one group gets, `# map: …`; then a line for each finding.
const EXPECTED: &str = "expected.txt";

fn line(readings: &Readings, finding: &Diagnostic) -> String {
    let place = match &finding.place {
        Place::Source(span) => {
            let (line, column) = readings.sources.line_column(*span);
            format!("{}:{line}:{column}", readings.sources.path(span.file))
        }
        Place::Artefact { path, inside } if inside.is_empty() => path.clone(),
        Place::Artefact { path, inside } => format!("{path}: {inside}"),
    };
    format!("{place}: {}[{}]: {}", finding.severity.word(), finding.code, finding.message)
}

fn found(folder: &Path, head: &[&str], catalogue: &Catalogue) -> Vec<String> {
    let devices = head.iter().filter_map(|line| line.strip_prefix("# target: "));
    let devices = devices.map(|text| Devices::parse(text).unwrap()).collect();
    let server = head.iter().find_map(|line| line.strip_prefix("# server: "));
    let server = server.map(|name| consumer::named(name).unwrap());
    let files: Vec<(String, Vec<u8>)> = files(folder)
        .into_iter()
        .filter(|(name, _)| name != EXPECTED)
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect();
    let given: Vec<Given<'_>> = files.iter().map(|(name, bytes)| Given { name, bytes }).collect();
    let mut readings = reader::read(&given, catalogue);
    let names = |start: &str| -> Vec<String> {
        let list = head.iter().find_map(|line| line.strip_prefix(start)).unwrap_or_default();
        list.split_whitespace().map(str::to_owned).collect()
    };
    let scope = Scope { together: names("# together: "), maps: names("# map: ") };
    readings.readings.retain(|reading| !scope.maps.contains(&reading.name));
    let options = Options { devices, notes: true, server };
    let is_together = head.contains(&"# effective") || !scope.together.is_empty() || !scope.maps.is_empty();
    let found = match is_together {
        true => lint::together(&readings, catalogue, &options, &scope).0.found,
        false => lint::lint(&readings, catalogue, &options).found,
    };
    for finding in found.iter() {
        assert!(!finding.help.is_empty(), "{}: `{}` has no cure", folder.display(), finding.message);
    }
    found.iter().map(|finding| line(&readings, finding)).collect()
}

#[test]
fn each_case_has_the_findings_beside_it() {
    let catalogue = Catalogue::embedded();
    let folder = root().join("tests/lint");
    let accept = std::env::var_os("POLICYC_ACCEPT").is_some();
    let mut wrong = Vec::new();
    let mut cases: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.is_dir());
    cases.sort();
    assert!(cases.len() > 10, "the cases are gone");
    for case in cases {
        let path = case.join(EXPECTED);
        let text = std::fs::read_to_string(&path).unwrap();
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(!head.is_empty(), "{} does not say what it is about", path.display());
        let found = found(&case, &head, &catalogue);
        let expected: Vec<&str> = text.lines().skip(head.len()).collect();
        if found != expected {
            wrong.push(format!("{}\n{}", case.display(), found.join("\n")));
        }
        if accept {
            let lines: Vec<String> = head.iter().map(|line| (*line).to_owned()).chain(found).collect();
            std::fs::write(&path, format!("{}\n", lines.join("\n"))).unwrap();
        }
    }
    assert!(accept || wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

/// Errors in the files of a group, on its own devices.
fn errors(group: &CompiledGroup, catalogue: &Catalogue) -> Vec<String> {
    // What somebody else wrote is as it is.
    let own = group.artefacts.iter().filter(|file| file.format != Format::Attached);
    let given: Vec<Given<'_>> = own.map(|file| Given { name: &file.path, bytes: &file.bytes }).collect();
    let readings = reader::read(&given, catalogue);
    let options = Options { devices: vec![Devices::of_group(group.checked.target())], notes: true, server: None };
    let found = lint::lint(&readings, catalogue, &options).found;
    // What no catalogue knows, and somebody wrote all the same, is unknown in the files too.
    let unlisted: BTreeSet<&str> =
        group.settings().filter(|one| one.unlisted.is_some()).map(|one| one.address.owner.as_str()).collect();
    let is_unlisted = |finding: &Diagnostic| {
        let is_name = matches!(finding.code, Code::UnknownKey | Code::MisplacedKey | Code::WrongCase);
        is_name && unlisted.iter().any(|owner| finding.message.contains(owner))
    };
    let errors = found.iter().filter(|finding| finding.severity == Severity::Error && !is_unlisted(finding));
    errors.map(|finding| line(&readings, finding)).collect()
}

fn each_group(compiled: &Compiled, catalogue: &Catalogue, wrong: &mut Vec<String>) -> usize {
    let own: Vec<&CompiledGroup> = compiled.groups.iter().filter(|group| !group.artefacts.is_empty()).collect();
    own.iter().for_each(|group| wrong.extend(errors(group, catalogue)));
    own.len()
}

fn compiled(sources: &Sources, catalogue: &Catalogue) -> Compiled {
    compile(sources, catalogue, &Request { as_of: Date::parse("2026-10-01").unwrap() })
}

#[test]
fn what_this_project_writes_is_clean_for_its_own_group() {
    let catalogue = Catalogue::embedded();
    let mut wrong = Vec::new();
    let mut groups = each_group(&compiled(&sources(&root()), &catalogue), &catalogue, &mut wrong);
    for (_, folder) in cases::all() {
        let compiled = cases::compile(&folder, &cases::sources(&folder));
        groups += each_group(&compiled, &catalogue, &mut wrong);
    }
    let rules = Judges { intune: Some(Dialect::Custom), ..Judges::all() };
    let custom =
        compile_under(&sources(&root()), &catalogue, &Request { as_of: Date::parse("2026-11-22").unwrap() }, rules);
    groups += each_group(&custom, &catalogue, &mut wrong);
    assert!(groups > 45, "{groups} groups are not all");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What has one cure is cured, byte for byte, and found no more; all else of the file stays as it is.
#[test]
fn certain_cures_change_what_they_cure_and_nothing_else() {
    let catalogue = Catalogue::embedded();
    let check = |case: &str, expected: &[(&str, &str)]| {
        let bytes = std::fs::read(root().join("tests/lint").join(case).join("one.mobileconfig")).unwrap();
        let run = |bytes: &[u8]| {
            let readings = reader::read(&[Given { name: "one", bytes }], &catalogue);
            let found = lint::lint(&readings, &catalogue, &Options::default()).found;
            (lint::fixed(&readings, &found), found)
        };
        let (fixed, before) = run(&bytes);
        let mut text = String::from_utf8(bytes).unwrap();
        for (wrong, right) in expected {
            assert_eq!(text.matches(wrong).count(), 1, "{case}: {wrong}");
            text = text.replace(wrong, right);
        }
        assert_eq!((fixed.len(), fixed[0].cures), (1, expected.len()), "{case}");
        assert_eq!(fixed[0].after, text, "{case}");
        let (again, after) = run(text.as_bytes());
        assert_eq!(again, [], "{case}");
        assert_eq!(before.count(Severity::Error), after.count(Severity::Error) + expected.len(), "{case}");
    };
    let names = [
        (">allowcamera<", ">allowCamera<"),
        ("com.apple.softwareupdate", "com.apple.SoftwareUpdate"),
        ("<key>ssl</key>", "<key>SSL</key>"),
    ];
    check("misspelt-names", &names);
    check("scope-in-other-letters", &[("<string>user</string>", "<string>User</string>")]);
    check("integer-for-boolean", &[("<integer>0</integer>", "<false/>")]);
}

/// Rows of ../shared/reference/failure-modes.md that no offline tool can see, each with the reason.
const WITHOUT_A_CASE: &[(&str, &str)] = &[(
    "B7",
    "that Intune cannot set the start-up PIN itself is about a setting that there is not: no file can hold it, and no rule miss it",
)];

/// The rows of a line that names them: `rows: A1, B2`, or `A1, B2: what it is about`.
fn rows_of(list: &str, every: &BTreeSet<String>) -> Vec<String> {
    let rows: Vec<&str> = list.split([',', ' ']).filter(|word| !word.is_empty()).collect();
    rows.into_iter().filter(|word| every.contains(*word)).map(str::to_owned).collect()
}

/// Rows that tests and cases of compilation name: a line `// rows: A1` right above a test, `rows: A1` in the `case.md` of a case.
fn named_elsewhere(every: &BTreeSet<String>) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (path, file) in files(&root()) {
        let is_test = path.starts_with("tests/suite/") || path.starts_with("src/");
        if is_test && path.ends_with(".rs") {
            let text = std::fs::read_to_string(&file).unwrap();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            for (n, list) in lines.iter().enumerate().filter_map(|(n, line)| Some((n, line.strip_prefix("// rows: ")?)))
            {
                let is_above = lines.get(n + 1) == Some(&"#[test]")
                    && lines[n + 2..]
                        .iter()
                        .find(|line| !line.starts_with('#'))
                        .is_some_and(|line| line.starts_with("fn "));
                assert!(is_above, "{path}:{}: no test stands below these rows", n + 1);
                let rows = rows_of(list, every);
                assert_eq!(rows.join(", "), list, "{path}:{}: not all of these are rows", n + 1);
                named.extend(rows);
            }
        }
        // A case is a policy: without it nothing would be compiled.
        if path.starts_with("tests/cases/")
            && path.ends_with("/case.md")
            && file.with_file_name("policy.yaml").is_file()
        {
            let text = std::fs::read_to_string(&file).unwrap();
            text.lines()
                .filter_map(|line| line.strip_prefix("rows: "))
                .for_each(|list| named.extend(rows_of(list, every)));
        }
    }
    named
}

#[test]
fn every_row_of_what_fails_has_a_case_or_a_reason() {
    let every = (1..=37).map(|n| format!("A{n}")).chain((1..=36).map(|n| format!("B{n}")));
    let every: BTreeSet<String> = every.chain((1..=6).map(|n| format!("C{n}"))).collect();
    assert_eq!(every.len(), 79);
    let table = root().join("../shared/reference/failure-modes.md");
    if let Ok(table) = std::fs::read_to_string(table) {
        let first = |line: &str| line.strip_prefix("| ").and_then(|rest| rest.split(' ').next().map(str::to_owned));
        let rows: BTreeSet<String> = table.lines().filter_map(first).filter(|row| every.contains(row)).collect();
        assert_eq!(rows, every, "the table has other rows");
    }
    let mut named = named_elsewhere(&every);
    for (_, path) in files(&root().join("tests/lint")).into_iter().filter(|(name, _)| name.ends_with(EXPECTED)) {
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap_or_default();
        let rows = rows_of(first.trim_start_matches("# ").split(':').next().unwrap_or_default(), &every);
        // A row is caught where something is found.
        let finds = text.lines().any(|line| !line.starts_with('#'));
        assert!(rows.is_empty() || finds, "{} names rows and finds nothing", path.display());
        named.extend(rows);
    }
    let reasons: BTreeSet<String> = WITHOUT_A_CASE.iter().map(|(row, _)| (*row).to_owned()).collect();
    assert!(reasons.len() <= 5, "more than five rows have a reason for a case");
    let both: Vec<&String> = named.intersection(&reasons).collect();
    assert!(both.is_empty(), "a case, and a reason for none: {both:?}");
    let neither: Vec<&String> = every.iter().filter(|row| !named.contains(*row) && !reasons.contains(*row)).collect();
    assert!(neither.is_empty(), "neither a case nor a reason: {neither:?}");
}

/// What public generators misspell and misplace, each with the cure that is told.
#[test]
fn what_generators_get_wrong_has_the_right_cure() {
    let catalogue = Catalogue::embedded();
    let check = |case: &str, wrong: &str, code: Code, cure: &str| {
        let folder = root().join("tests/lint").join(case);
        let files: Vec<(String, Vec<u8>)> =
            files(&folder).into_iter().map(|(name, path)| (name, std::fs::read(path).unwrap())).collect();
        let given: Vec<Given<'_>> = files.iter().map(|(name, bytes)| Given { name, bytes }).collect();
        let readings = reader::read(&given, &catalogue);
        let found = lint::lint(&readings, &catalogue, &Options::default()).found;
        let own: Vec<&Diagnostic> =
            found.iter().filter(|finding| finding.code == code && finding.message.contains(wrong)).collect();
        let [finding] = &own[..] else { panic!("{case}: {wrong}: {own:?}") };
        assert_eq!(finding.severity, Severity::Error, "{case}: {wrong}");
        assert!(finding.help.iter().any(|help| help.contains(cure)), "{case}: {wrong}: {:?}", finding.help);
    };
    let names = "misspelt-names";
    let meant = "did you mean `allowVideoConferencingRemoteControl`?";
    check(names, "`allowVideoConferenceingRemoteControl`", Code::UnknownKey, meant);
    check(names, "`ssl`", Code::WrongCase, "write `SSL`");
    check(names, "`com.apple.softwareupdate`", Code::WrongCase, "write `com.apple.SoftwareUpdate`");
    check(names, "`allowCamera`", Code::MisplacedKey, "belongs to `com.apple.applicationaccess` as `allowCamera`");
    check("activations", "`mail.credentials`", Code::WrongActivation, "take it out: a device fetches an asset");
    let inside = "belongs to `Restrictions.ExternalStorage` in the same payload";
    check("key-outside-restrictions", "`ExternalStorage`", Code::MisplacedKey, inside);
}

/// Facts that no vendor's schema has are rows of data, each with its source.
#[test]
fn facts_that_the_schema_lacks_have_a_row_and_a_source() {
    let rows = std::fs::read_to_string(root().join("src/lint/data/practice.json")).unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&rows).unwrap();
    for row in ["A17", "B12", "B13", "B16", "B33"] {
        let own = rows.iter().filter(|one| one["row"] == row);
        assert!(own.clone().count() > 0, "no fact is of row {row}");
    }
    let sourced = |row: &&serde_json::Value| row["source"].as_str().is_some_and(|source| source.len() > 8);
    let combine = std::fs::read_to_string(root().join("src/lint/data/combine.json")).unwrap();
    let combine: Vec<serde_json::Value> = serde_json::from_str(&combine).unwrap();
    for row in rows.iter().chain(&combine) {
        assert!(sourced(&row), "a fact without a source: {row}");
    }
}

/// A folder with files of every sort, good and bad.
fn estate() -> Sandbox {
    let sandbox = Sandbox::new();
    let case = |name: &str| std::fs::read_to_string(root().join("tests/lint").join(name)).unwrap();
    let wrong = case("integer-for-boolean/one.mobileconfig");
    sandbox.write("estate/a/wrong.mobileconfig", &wrong);
    sandbox.write("estate/a/right.mobileconfig", &wrong.replace("<integer>0</integer>", "<false/>"));
    sandbox.write("estate/a/.hidden.mobileconfig", &wrong);
    sandbox.write("estate/.git/hooks.mobileconfig", &wrong);
    sandbox.write("estate/b/broken.json", "{ \"@odata.type\": ");
    sandbox.write("estate/b/notes.txt", "nothing that sets anything");
    sandbox
}

#[test]
fn the_domain_of_macos_whose_name_is_hidden_is_read() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "below/.GlobalPreferences.plist",
        "<plist version=\"1.0\"><dict><key>AppleLocale</key><true/></dict></plist>",
    );
    sandbox.write("below/.other.plist", "<plist version=\"1.0\"><dict/></plist>");
    let (code, report) = sandbox.json(&["lint", "below"]);
    assert_eq!(
        (code, &report["files"], &report["artefacts"][0]["kind"]),
        (0, &json!(1), &json!("preferences")),
        "{report}"
    );
}

#[test]
fn one_bad_file_stops_no_other_and_the_exit_code_says_how_it_ended() {
    let sandbox = estate();
    let (code, report) = sandbox.json(&["lint", "estate"]);
    assert_eq!((code, &report["files"]), (1, &json!(4)), "{report}");
    let names: Vec<&str> =
        report["artefacts"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    let all =
        ["estate/a/right.mobileconfig", "estate/a/wrong.mobileconfig", "estate/b/broken.json", "estate/b/notes.txt"];
    assert_eq!(names, all, "sorted, and nothing that is hidden");
    let errors: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| (finding["path"].as_str().unwrap(), finding["code"].as_str().unwrap()))
        .collect();
    assert_eq!(errors, [("estate/a/wrong.mobileconfig", "wrong-type"), ("estate/b/broken.json", "malformed-artefact")]);
    assert_eq!(sandbox.run(&["lint", "estate/a/right.mobileconfig"]).code, 0);
    assert_eq!(sandbox.run(&["lint", "estate/a/right.mobileconfig", "nowhere"]).code, 2);
    let run = sandbox.run(&["lint", "estate/a", "--target", "iOSS 17"]);
    assert!(run.code == 2 && run.err.contains("did you mean `iOS`"), "{}", run.err);
}

/// Where nothing lies, lint warns, and what has no answer without files fails: once, and each by the name of what was given.
#[test]
fn a_path_below_which_no_file_lies_is_told() {
    let sandbox = estate();
    std::fs::create_dir_all(sandbox.path("nothing/here")).unwrap();
    sandbox.write("nothing/.git/config", "its own");
    for (given, name) in [("nothing", "nothing"), ("-", "stdin")] {
        let (code, report) = sandbox.json(&["lint", given]);
        let one = &report["findings"][0];
        let found = (code, one["code"].as_str(), one["severity"].as_str(), one["path"].as_str());
        assert_eq!(found, (0, Some("nothing-to-read"), Some("warning"), Some(name)), "{report}");
        assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{report}");
        assert_eq!(sandbox.run(&["lint", given, "--deny", "warnings"]).code, 1);
        for command in [&["import", "--organisation", "acme", given][..], &["drift", "--observed", given]] {
            let run = sandbox.run(command);
            let told = run.err.matches("[nothing-to-read]").count() + run.err.matches("error[").count();
            assert!(run.code == 1 && told == 2 && run.err.contains(&format!("--> {name}\n")), "{}", run.err);
        }
    }
    let (code, report) = sandbox.json(&["lint", "nothing", "estate/a/right.mobileconfig"]);
    assert_eq!((code, &report["files"], &report["findings"][1]["path"]), (0, &json!(1), &json!("nothing")), "{report}");
    sandbox.write("empty.mobileconfig", "");
    let (_, report) = sandbox.json(&["lint", "empty.mobileconfig"]);
    assert_eq!(report["findings"][0]["code"], "nothing-to-read", "{report}");
}

#[test]
fn what_comes_by_stdin_is_linted() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let sandbox = estate();
    let mut child = Command::new(env!("CARGO_BIN_EXE_policyc"))
        .args(["lint", "-"])
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let wrong = std::fs::read(sandbox.path("estate/a/wrong.mobileconfig")).unwrap();
    child.stdin.take().unwrap().write_all(&wrong).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("--> stdin:16:"), "{text}");
}

#[test]
fn a_baseline_holds_what_is_known_wherever_its_lines_have_gone() {
    let sandbox = estate();
    assert_eq!(sandbox.run(&["lint", "estate", "--write-baseline", "known.json"]).code, 1);
    assert_eq!(sandbox.run(&["lint", "estate", "--baseline", "known.json"]).code, 0);
    sandbox.edit("estate/a/wrong.mobileconfig", "<plist", "\n\n<!-- moved -->\n<plist");
    assert_eq!(sandbox.run(&["lint", "estate", "--baseline", "known.json"]).code, 0);
    sandbox.edit("estate/a/wrong.mobileconfig", "allowCamera", "allowScreenShot");
    let run = sandbox.run(&["lint", "estate", "--baseline", "known.json"]);
    assert!(run.code == 1 && run.out.contains("1 finding of the baseline no longer there"), "{}", run.out);
    sandbox.write("known.json", "{}");
    assert_eq!(sandbox.run(&["lint", "estate", "--baseline", "known.json"]).code, 2);
}

#[test]
fn fix_writes_certain_cures_and_leaves_all_other_files_alone() {
    let sandbox = estate();
    let before = sandbox.tree("estate");
    let run = sandbox.run(&["lint", "estate", "--fix"]);
    assert!(run.out.contains("1 finding cured in 1 file"), "{}", run.out);
    let after = sandbox.tree("estate");
    let changed: Vec<&String> = before.keys().filter(|name| before[*name] != after[*name]).collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
    let [right, wrong] =
        ["right", "wrong"].map(|name| std::fs::read(sandbox.path(&format!("estate/a/{name}.mobileconfig"))).unwrap());
    assert!(right == wrong && after.len() == before.len());
    assert!(sandbox.run(&["lint", "estate", "--fix"]).out.contains("nothing here has a cure of which there is one"));
}

/// A profile without text has a finding between files as well, and in every format that one names the file.
#[test]
fn a_finding_between_files_names_a_binary_one() {
    let sandbox = Sandbox::empty();
    let profile = |key: &str| {
        format!(
            "<plist version=\"1.0\"><dict><key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>\
             <key>PayloadIdentifier</key><string>com.example.twice</string><key>PayloadUUID</key>\
             <string>00000000-0000-4000-8000-000000000009</string><key>PayloadContent</key><array><dict>\
             <key>PayloadType</key><string>com.apple.dock</string><key>PayloadVersion</key><integer>1</integer>\
             <key>PayloadIdentifier</key><string>com.example.twice.dock</string><key>PayloadUUID</key>\
             <string>00000000-0000-4000-8000-000000000001</string><key>{key}</key><true/></dict></array></dict></plist>"
        )
    };
    sandbox.write("a.mobileconfig", &profile("autohide"));
    let binary = plist::Value::from_reader(std::io::Cursor::new(profile("magnification").into_bytes())).unwrap();
    binary.to_file_binary(sandbox.path("b.mobileconfig")).unwrap();
    let (_, report) = sandbox.json(&["lint", "a.mobileconfig", "b.mobileconfig"]);
    let twice = report["findings"].as_array().unwrap().iter().find(|one| one["code"] == "duplicate-identifier");
    let twice = twice.unwrap_or_else(|| panic!("{report}"));
    assert_eq!((&twice["path"], &twice["labels"][0]["path"]), (&json!("b.mobileconfig"), &json!("a.mobileconfig")));
}

/// Of a list of policies each one's settings are held against the types that they are sent in, and against no other's.
#[test]
fn each_policy_of_a_list_is_held_against_its_own_types() {
    let uri = "./Device/Vendor/MSFT/Policy/Config/DeviceLock/MinDevicePasswordLength";
    let policy = |kind: &str, value: serde_json::Value| {
        json!({ "@odata.type": "#microsoft.graph.windows10CustomConfiguration", "displayName": "x", "omaSettings": [
            { "@odata.type": format!("#microsoft.graph.{kind}"), "omaUri": uri, "displayName": "x", "value": value }] })
    };
    let (number, text) = (policy("omaSettingInteger", json!(6)), policy("omaSettingString", json!("6")));
    for list in [json!([number, text, number]), json!({ "value": [number, text, number] })] {
        let sandbox = Sandbox::empty();
        sandbox.write("list.json", &list.to_string());
        let (_, report) = sandbox.json(&["lint", "list.json"]);
        let sent = report["findings"].as_array().unwrap().iter().filter(|one| one["code"] == "wrong-type");
        assert_eq!(sent.count(), 1, "{report}");
    }
}
