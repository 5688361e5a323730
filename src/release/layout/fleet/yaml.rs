//! The file of a fleet. Every text is written in quotes, so that no reader of YAML takes it for something else.

use super::{Fleet, Group, labels};
use std::collections::BTreeMap;
use std::fmt::Write;

const HEAD: &str = "\
# Written by policyc. `fleetctl gitops` makes a fleet exactly what its file says: what stands empty here is taken away there.
# Where the fleet has policies, reports or software of its own, bring `controls` over into its file instead.
# LEFT-OUT.md says what these files do not set, and what a person must choose.
";

pub(super) fn file(fleet: &Fleet<'_>, groups: &[Group<'_>]) -> String {
    let mut out = String::from(HEAD);
    let secret: String =
        fleet.name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    line(&mut out, 0, &format!("name: {}", quoted(&fleet.name)));
    out.push_str("settings:\n  secrets:\n");
    line(&mut out, 2, &format!("- secret: {}", quoted(&format!("$ENROLL_SECRET_{secret}"))));
    out.push_str("policies:\nreports:\nagent_options:\nsoftware:\n");
    out.push_str("controls:\n");
    options(&mut out, fleet);
    for (platform, list) in [("apple_settings", &fleet.apple), ("windows_settings", &fleet.windows)] {
        if list.is_empty() {
            continue;
        }
        line(&mut out, 1, &format!("{platform}:"));
        line(&mut out, 2, "configuration_profiles:");
        for (path, group) in list {
            line(&mut out, 3, &format!("- path: {}", quoted(path)));
            let (include, exclude) = labels(groups[*group].target);
            for (key, labels) in [("labels_include_any", include), ("labels_exclude_any", exclude)] {
                if !labels.is_empty() {
                    line(&mut out, 4, &format!("{key}:"));
                    labels.iter().for_each(|label| line(&mut out, 5, &format!("- {}", quoted(label))));
                }
            }
        }
    }
    out
}

/// Options, those with dots below a key of their own.
fn options(out: &mut String, fleet: &Fleet<'_>) {
    let mut below: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for one in &fleet.options {
        let (above, key) = one.switch.option.split_once('.').unwrap_or(("", &one.switch.option));
        below.entry(above).or_default().insert(key, &one.value);
    }
    for (above, entries) in below {
        let level = if above.is_empty() { 1 } else { 2 };
        if !above.is_empty() {
            line(out, 1, &format!("{above}:"));
        }
        for (key, value) in entries {
            let bare = matches!(value, "true" | "false")
                || (!value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()));
            let value = if bare && !key.ends_with("version") { value.to_owned() } else { quoted(value) };
            line(out, level, &format!("{key}: {value}"));
        }
    }
}

fn line(out: &mut String, level: usize, text: &str) {
    let _ = writeln!(out, "{:1$}{text}", "", level * 2);
}

/// In two quotes, as JSON writes it, which YAML reads.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
