//! What only a policy template could tell: import marks it, and `policyc ingest-admx` clears the mark.

use super::super::cli::Sandbox;
use super::super::project::root;

const TAKE: [&str; 5] = ["import", "in.json", "--organisation", "acme", "--json"];

/// A template of Windows' own with one policy, written for this test.
const AUTOPLAY: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<policyDefinitions revision="1.0" schemaVersion="1.0" xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions">
  <policyNamespaces><target prefix="autoplay" namespace="Microsoft.Policies.AutoPlay"/></policyNamespaces>
  <resources minRequiredRevision="1.0"/>
  <categories><category name="AutoPlay" displayName="$(string.a)"/></categories>
  <policies>
    <policy name="Autorun" class="Both" displayName="$(string.b)" key="Software\Microsoft\Windows\CurrentVersion\Policies\Explorer">
      <parentCategory ref="AutoPlay"/>
      <elements>
        <enum id="Autorun_Box" valueName="NoDriveTypeAutoRun" required="true">
          <item displayName="$(string.c)"><value><decimal value="181"/></value></item>
          <item displayName="$(string.d)"><value><decimal value="255"/></value></item>
        </enum>
      </elements>
    </policy>
  </policies>
</policyDefinitions>
"#;

fn choice(id: &str, option: &str, children: &str) -> String {
    format!(
        r##"{{"@odata.type": "#microsoft.graph.deviceManagementConfigurationChoiceSettingInstance", "settingDefinitionId": "{id}",
            "choiceSettingValue": {{"value": "{id}_{option}", "children": [{children}]}}}}"##
    )
}

/// An export with these settings.
fn export(settings: &[String]) -> String {
    let settings: Vec<String> = settings.iter().map(|setting| format!(r#"{{"settingInstance": {setting}}}"#)).collect();
    format!(r#"{{"name": "x", "platforms": "windows10", "technologies": "mdm", "settings": [{}]}}"#, settings.join(","))
}

/// What the report has under a heading, and the text of the clauses.
fn taken(sandbox: &Sandbox) -> (serde_json::Value, String) {
    let folder = sandbox.path("policy-sources/acme");
    for name in ["groups", "identities", "imported", "organisation"] {
        let _ = std::fs::remove_file(folder.join(format!("{name}.yaml")));
    }
    let run = sandbox.run(&TAKE);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let text = std::fs::read_to_string(folder.join("imported.yaml")).unwrap();
    let build = sandbox.run(&["build"]);
    assert_eq!(build.code, 0, "{}", build.err);
    (serde_json::from_str(&run.out).unwrap(), text)
}

fn ingest(sandbox: &Sandbox, name: &str, text: &str) {
    sandbox.write(name, text);
    let run = sandbox.run(&["ingest-admx", name, "--organisation", "acme"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn a_template_of_windows_clears_the_mark_of_its_elements() {
    let sandbox = Sandbox::empty();
    let id = "device_vendor_msft_policy_config_autoplay_turnoffautoplay";
    sandbox.write("in.json", &export(&[choice(id, "1", &choice(&format!("{id}_autorun_box"), "255", ""))]));
    let (report, text) = taken(&sandbox);
    assert_eq!(report["dropped"].as_array().map(Vec::len), Some(0), "{report}");
    assert!(text.contains("autorun_box: 255") && text.contains("unlisted:") && text.contains("ingest-admx"), "{text}");
    ingest(&sandbox, "AutoPlay.admx", AUTOPLAY);
    // Sources of before the template are told of what it says.
    let check = sandbox.run(&["check"]);
    assert!(check.err.contains("Autorun_Box"), "{}{}", check.out, check.err);
    let (_, text) = taken(&sandbox);
    assert!(text.contains("Autorun_Box: 255") && !text.contains("unlisted:"), "{text}");
    let built = sandbox.tree("profiles-out").into_values().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(built.collect::<String>().contains("autorun_box_255"));
}

#[test]
fn settings_of_an_app_wait_for_its_template() {
    let sandbox = Sandbox::empty();
    let base = "vendor_msft_policy_config_notes~policy~notes";
    let hours = format!("device_{base}~sync_synchours");
    let simple = format!(r#"{{"settingDefinitionId": "{hours}_hours", "simpleSettingValue": {{"value": 12}}}}"#);
    let elements = [simple, choice(&format!("{hours}_mode"), "2", ""), choice(&format!("{hours}_metered"), "1", "")];
    let autoplay = "device_vendor_msft_policy_config_autoplay_disallowautoplayfornonvolumedevices";
    sandbox.write(
        "in.json",
        &export(&[
            choice(autoplay, "1", ""),
            choice(&format!("device_{base}_telemetry"), "0", ""),
            choice(&hours, "1", &elements.join(",")),
        ]),
    );
    let (report, _) = taken(&sandbox);
    let dropped = report["dropped"].as_array().unwrap();
    assert_eq!(dropped.len(), 2, "{report}");
    assert!(dropped.iter().all(|one| one["why"].as_str().unwrap().contains("ingest-admx")), "{report}");
    let admx = root().join("tests/cases/admx/installed-first/admx/notes.admx");
    ingest(&sandbox, "notes.admx", &std::fs::read_to_string(admx).unwrap());
    let (report, text) = taken(&sandbox);
    // Custom profiles carry what Intune's catalogue has of no other organisation: the policy of that name is replaced by hand.
    let dropped: Vec<&str> =
        report["dropped"].as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert_eq!(dropped, ["x"], "{report}");
    assert_eq!(report["counts"]["warnings"], 0, "{report}");
    for line in ["Telemetry: disabled", "Hours: 12", "Mode: 2", "Metered: true"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("unlisted:"), "{text}");
}
