//! `verify --sources`: a bundle is exactly what its sources give, and after any one change it is not.

use super::super::bundles::commit;
use super::*;

const POLICY: &str = "policy-sources/acme/it-policy.yaml";

const CONTROL: &str = "control: camera
title: Camera
parameters:
  allowed: { type: boolean, stricter: false, default: false }
settings:
  - platforms: [iOS]
    payload: com.apple.applicationaccess
    keys: { allowCamera: $allowed }
gaps:
  macOS: not written yet
  Windows: not written yet
";

const EXCEPTIONS: &str = "exceptions:
  - id: \"2027-001\"
    clauses: [it-policy 1.1]
    groups: [pilots]
    relax: { passcode: { min-length: 5 } }
    reason: gloves
    endorsed-by: A manager
    from: 2027-01-01
    expires: 2027-12-31
";

/// A project with a control and an exception of its own, and the bundle of it.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("policy-sources/acme/controls/camera.yaml", CONTROL);
    sandbox.write("policy-sources/acme/exceptions.yaml", EXCEPTIONS);
    let pilots = "  pilots: { title: Pilot phones, part-of: phones }\n";
    let groups = fs::read_to_string(sandbox.path("policy-sources/acme/groups.yaml")).unwrap();
    sandbox.write("policy-sources/acme/groups.yaml", &format!("{groups}{pilots}"));
    let camera = "  - id: \"1.2\"\n    summary: No pictures\n    class: enforced\n    groups: [phones]\n    require:\n      camera: { allowed: false }\n";
    let policy = fs::read_to_string(sandbox.path(POLICY)).unwrap();
    sandbox.write(POLICY, &format!("{policy}{camera}"));
    for command in ["build", "accept"] {
        let run = sandbox.run(&[command, "--as-of", "2027-05-18"]);
        assert_eq!(run.code, 0, "{}", run.err);
    }
    commit(&sandbox);
    let run = release(&sandbox, "bundle", "p256", &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    sandbox
}

#[test]
fn a_bundle_is_what_its_sources_give_wherever_they_lie() {
    let sandbox = sandbox();
    let out = expect_good(&sandbox, &["bundle", "--sources"]);
    assert!(out.contains("bundle bundle is exactly what ./policy-sources gives, all"), "{out}");
    assert!(out.contains("exception 2027-001 of acme in force until 2027-12-31: lifts it-policy 1.1"), "{out}");
    // From elsewhere, in another form, on whatever day.
    let archive = Archive::Zip.pack(&files(&sandbox, "bundle")).unwrap();
    fs::create_dir_all(sandbox.path("elsewhere/deep")).unwrap();
    fs::write(sandbox.path("elsewhere/b.zip"), archive).unwrap();
    let tree = sandbox.path("").display().to_string();
    for arguments in
        [&["elsewhere/b.zip", "--sources", "."][..], &["elsewhere/b.zip", "--sources", &tree, "--as-of", "2031-01-01"]]
    {
        let out = expect_good(&sandbox, arguments);
        assert!(out.contains("is exactly what"), "{out}");
    }
    // What no bundle is cannot be compared.
    let profile = sandbox.profile("bundle");
    assert_eq!(verify(&sandbox, &[&profile, "--sources"]).code, 2);
    assert_eq!(verify(&sandbox, &["bundle", "--sources", "elsewhere/nowhere"]).code, 2);
}

#[test]
fn after_any_change_to_the_sources_the_setting_is_named() {
    let cases: &[(&str, &str, &str, &str, &[&str])] = &[
        ("a source", POLICY, "min-length: 6", "min-length: 8", &["minLength: 6 → 8", "it-policy 1.1"]),
        (
            "a control",
            "policy-sources/acme/controls/camera.yaml",
            "allowCamera: $allowed",
            "allowCamera: $allowed, allowScreenShot: false",
            &["allowScreenShot: not set → false", "it-policy 1.2"],
        ),
        (
            "an exception",
            "policy-sources/acme/exceptions.yaml",
            "min-length: 5",
            "min-length: 4",
            &["acme/pilots/", "minLength: 5 → 4"],
        ),
        (
            "an exception's end",
            "policy-sources/acme/exceptions.yaml",
            "2027-12-31",
            "2027-11-30",
            &["the manifest does not tell as it is of the exception `2027-001`"],
        ),
        ("a title", "policy-sources/acme/groups.yaml", "Pilot phones", "Phones of pilots", &[]),
        ("a comment", POLICY, "title: IT Policy", "title: IT Policy # of ours", &[]),
    ];
    for (what, path, from, to, expected) in cases {
        let sandbox = sandbox();
        sandbox.edit(path, from, to);
        let run = verify(&sandbox, &["bundle", "--sources"]);
        assert_eq!(run.code, 1, "{what}: {}{}", run.out, run.err);
        assert!(run.err.contains("error[other-sources]: the bundle was made of other sources"), "{what}: {}", run.err);
        assert!(run.out.contains("is NOT what ./policy-sources gives"), "{what}: {}", run.out);
        let said = format!("{}{}", run.out, run.err);
        for expected in *expected {
            assert!(said.contains(expected), "{what}: no `{expected}` in {said}");
        }
    }
}

#[test]
fn sources_that_do_not_compile_compare_with_nothing() {
    let sandbox = sandbox();
    sandbox.edit(POLICY, "min-length", "min-lenght");
    let run = verify(&sandbox, &["bundle", "--sources"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("error[unknown-parameter]") && run.err.contains("error[other-sources]"), "{}", run.err);
    assert!(run.out.contains("was not compared with"), "{}", run.out);
    let run = verify(&sandbox, &["bundle", "--sources", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(document["compared"][0]["same"], serde_json::Value::Null);
}

/// A profile that allows the camera which the sources forbid.
fn camera_on(text: &str) -> String {
    let (before, after) = text.split_once("<key>allowCamera</key>").unwrap();
    format!("{before}<key>allowCamera</key>{}", after.replacen("<false/>", "<true/>", 1))
}

#[test]
fn who_has_the_key_cannot_hide_that_a_file_is_another() {
    let sandbox = sandbox();
    let original = files(&sandbox, "bundle");
    type Change<'a> = &'a dyn Fn(&mut Manifest, &mut Files);
    let cases: &[(&str, Change, &[&str])] = &[
        (
            "a value",
            &|manifest, files| replace(files, manifest, ("p256", then()), camera_on),
            &["error[drift]", "allowCamera: true → false", "it-policy 1.2"],
        ),
        (
            "white space",
            &|manifest, files| replace(files, manifest, ("p256", then()), |text| format!("{text}\n")),
            &["error[drift]", "same settings, other bytes"],
        ),
        (
            "a file that is not there",
            &|manifest, files| {
                let gone = manifest.files.remove(0);
                files.remove(&gone.path);
            },
            &["error[drift]", "the bundle does not hold it"],
        ),
        (
            "a file too many",
            &|manifest, files| {
                let mut more = manifest.files[0].clone();
                more.path = "acme/phones/zzz.mobileconfig".to_owned();
                files.insert(more.path.clone(), files[&manifest.files[0].path].clone());
                manifest.files.push(more);
            },
            &["error[drift]", "these sources give no such file"],
        ),
        (
            "clauses",
            &|manifest, _| manifest.files[0].clauses = vec!["it-policy 9".to_owned()],
            &["error[other-sources]: the manifest says that `acme/", "is asked by it-policy 9"],
        ),
        (
            "an exception",
            &|manifest, _| manifest.exceptions.clear(),
            &["error[other-sources]: the manifest does not tell as it is of the exception `2027-001`"],
        ),
        (
            "an exception of nobody's",
            &|manifest, _| {
                let mut more = manifest.exceptions[0].clone();
                more.id = "x".to_owned();
                manifest.exceptions.push(more);
            },
            &["error[other-sources]: the manifest tells of the exception `x`"],
        ),
        ("the day", &|manifest, _| manifest.sources.as_of = "2028-01-02".to_owned(), &["lapsed-exception"]),
        (
            "the digest of the sources",
            &|manifest, _| manifest.sources.sha256 = "0".repeat(64),
            &["error[other-sources]: the bundle was made of other sources"],
        ),
    ];
    for (n, (what, change, expected)) in cases.iter().enumerate() {
        let mut files = original.clone();
        resigned(&mut files, |manifest, files| change(manifest, files));
        let name = format!("altered-{n}");
        put(&sandbox, &name, &files);
        expect_good(&sandbox, &[&name]);
        let run = verify(&sandbox, &[&name, "--sources"]);
        assert_eq!(run.code, 1, "{what}: {}{}", run.out, run.err);
        let said = format!("{}{}", run.out, run.err);
        for expected in *expected {
            assert!(said.contains(expected), "{what}: no `{expected}` in {said}");
        }
    }
}

#[test]
fn another_version_is_said_to_be_one_and_called_nothing_else() {
    let sandbox = sandbox();
    let original = files(&sandbox, "bundle");
    let other = |change: &dyn Fn(&mut Manifest, &mut Files)| {
        let mut files = original.clone();
        resigned(&mut files, |manifest, files| {
            manifest.tool.version = "0.0.9".to_owned();
            change(manifest, files);
        });
        files
    };
    put(&sandbox, "same", &other(&|_, _| {}));
    let run = verify(&sandbox, &["same", "--sources"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err.contains("warning[other-version]: policyc 0.0.9 made the bundle")
            && run.out.contains("is exactly what"),
        "{}{}",
        run.out,
        run.err
    );
    let value = |manifest: &mut Manifest, files: &mut Files| replace(files, manifest, ("p256", then()), camera_on);
    put(&sandbox, "other", &other(&value));
    let run = verify(&sandbox, &["other", "--sources"]);
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("error[other-version]") && !run.err.contains("drift") && !run.out.contains("drift"),
        "{}{}",
        run.out,
        run.err
    );
    assert!(run.out.contains("was not compared with"), "{}", run.out);
    let mut files = original.clone();
    resigned(&mut files, |manifest, _| drop(manifest.tool.catalogue.insert("vendors".to_owned(), "0".repeat(64))));
    put(&sandbox, "catalogue", &files);
    let run = verify(&sandbox, &["catalogue", "--sources"]);
    assert!(
        run.code == 0 && run.err.contains("warning[other-version]") && run.err.contains("(vendors)"),
        "{}",
        run.err
    );
}
