//! Rules of AppLocker under which Windows would not run: programs, scripts or libraries without the Windows folder, packaged apps without
//! Windows' own, programs without any rule for packaged apps; and a collection that stands under another one's name (AppLocker CSP).

mod collection;

use super::{GroupRule, Subject, Verdict};
use crate::check::node::among::{self, Found};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::Leaf;
use collection::{Collection, Lets};
use std::collections::BTreeMap;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::AppLockerRules], explain: include_str!("explain.md"), run };

const PATH: &str = "/AppLocker/ApplicationLaunchRestrictions/";

/// The node above `Policy`, and the `Type` that a collection has there.
const KINDS: [(&str, &str); 5] =
    [("EXE", "Exe"), ("MSI", "Msi"), ("Script", "Script"), ("DLL", "Dll"), ("StoreApps", "Appx")];

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut verdicts = Vec::new();
    // Windows puts the rules of all groupings together.
    let mut enforced: BTreeMap<&str, Vec<(Found<'_>, Collection)>> = BTreeMap::new();
    for found in among::all(subjects, &Leaf::Node, |uri| kind(uri).is_some()) {
        let Some((leaf, wanted)) = kind(&found.setting.address.owner) else { continue };
        let Some(collection) = Collection::read(&found.says()) else { continue };
        if collection.kind != wanted {
            let message = format!("a collection of the type `{}` stands under `{leaf}`", collection.kind);
            let finding = Diagnostic::new(Code::AppLockerRules, found.setting.span, message)
                .help(format!("write `Type=\"{wanted}\"`, or put it under the node of its type"));
            verdicts.push((found.place, Verdict::Wrong(finding)));
        } else if collection.enforced {
            enforced.entry(wanted).or_default().push((found, collection));
        }
    }
    for (kind, collections) in &enforced {
        verdicts.extend(missing(kind, collections));
    }
    let programs = enforced.get("Exe").and_then(|collections| collections.first());
    if let Some((found, _)) = programs.filter(|_| !enforced.contains_key("Appx") && !audited(subjects)) {
        let finding = Diagnostic::new(
            Code::AppLockerRules,
            found.setting.span,
            "programs have rules and packaged apps have none, so that no packaged app opens, Windows' own included",
        )
        .help("add a collection under `StoreApps/Policy` that allows signed packaged apps");
        verdicts.push((found.place, Verdict::Wrong(finding)));
    }
    verdicts
}

/// Whether packaged apps have rules that only record.
fn audited(subjects: &[Subject<'_>]) -> bool {
    let all = among::all(subjects, &Leaf::Node, |uri| kind(uri).is_some_and(|(_, wanted)| wanted == "Appx"));
    !all.is_empty()
}

fn kind(uri: &str) -> Option<(&'static str, &'static str)> {
    let (_, below) = uri.split_once(PATH)?;
    let parts: Vec<&str> = below.split('/').collect();
    let [_, leaf, "Policy"] = parts.as_slice() else { return None };
    KINDS.iter().copied().find(|(name, _)| name == leaf)
}

/// What the collections of one type must let run, and do not.
fn missing(kind: &str, collections: &[(Found<'_>, Collection)]) -> Option<(usize, Verdict)> {
    let (wanted, what, cure) = match kind {
        "Exe" | "Script" | "Dll" => {
            (Lets::WindowsFolder, "the Windows folder", "allow the path `%WINDIR%\\*` for everyone (`S-1-1-0`)")
        }
        "Appx" => (
            Lets::InBoxApps,
            "Windows' own apps",
            "allow the publisher `CN=Microsoft Windows, …`, or `*`, for everyone",
        ),
        _ => return None,
    };
    let denies = collections.iter().find(|(_, collection)| collection.denied.contains(&wanted));
    let allows = collections.iter().any(|(_, collection)| collection.allowed.contains(&wanted));
    let (found, message) = match (denies, allows) {
        (Some((found, _)), _) => (found, format!("a rule denies {what}")),
        (None, false) => (&collections.first()?.0, format!("the rules are enforced, and none of them allows {what}")),
        (None, true) => return None,
    };
    let finding = Diagnostic::new(Code::AppLockerRules, found.setting.span, message).help(cure);
    Some((found.place, Verdict::Wrong(finding)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node::trial::has;

    fn node(leaf: &str, kind: &str, mode: &str, rules: &str) -> String {
        format!(
            "./Vendor/MSFT/AppLocker/ApplicationLaunchRestrictions/g/{leaf}/Policy = \
             <RuleCollection Type=\"{kind}\" EnforcementMode=\"{mode}\">{rules}</RuleCollection>\n"
        )
    }

    fn path(path: &str, sid: &str, action: &str) -> String {
        format!(
            "<FilePathRule Id=\"a\" Name=\"n\" Description=\"\" UserOrGroupSid=\"{sid}\" Action=\"{action}\"><Conditions>\
             <FilePathCondition Path=\"{path}\"/></Conditions></FilePathRule>"
        )
    }

    fn publisher(name: &str) -> String {
        format!(
            "<FilePublisherRule Id=\"b\" Name=\"n\" Description=\"\" UserOrGroupSid=\"S-1-1-0\" Action=\"Allow\"><Conditions>\
             <FilePublisherCondition PublisherName=\"{name}\" ProductName=\"*\" BinaryName=\"*\"/></Conditions></FilePublisherRule>"
        )
    }

    fn check(lines: &[String], expected: bool) {
        assert_eq!(has(Code::AppLockerRules, &lines.concat()), expected, "{lines:?}");
    }

    #[test]
    fn windows_itself_runs() {
        let apps = || node("StoreApps", "Appx", "Enabled", &publisher("*"));
        let exe = |rules: &str| [node("EXE", "Exe", "Enabled", rules), apps()];
        check(&exe(&path("%WINDIR%\\*", "S-1-1-0", "Allow")), false);
        check(&exe(&path("*", "S-1-1-0", "Allow")), false);
        check(&exe(&path("%PROGRAMFILES%\\*", "S-1-1-0", "Allow")), true);
        check(&exe(&path("*", "S-1-5-32-544", "Allow")), true);
        check(&exe(&(path("*", "S-1-1-0", "Allow") + &path("%WINDIR%\\*", "S-1-1-0", "Deny"))), true);
        check(&[node("EXE", "Exe", "AuditOnly", "")], false);
        check(&[node("MSI", "Msi", "Enabled", "")], false);
        check(&[node("Script", "Script", "Enabled", "")], true);
    }

    #[test]
    fn windows_own_apps_open() {
        let apps = |rules: &str| node("StoreApps", "Appx", "Enabled", rules);
        check(
            &[apps(&publisher("CN=Microsoft Windows, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"))],
            false,
        );
        check(&[apps(&publisher("CN=Acme"))], true);
        let exe = node("EXE", "Exe", "Enabled", &path("*", "S-1-1-0", "Allow"));
        check(std::slice::from_ref(&exe), true);
        check(&[exe, node("StoreApps", "Appx", "AuditOnly", &publisher("CN=Acme"))], false);
    }

    #[test]
    fn a_collection_stands_under_its_own_name() {
        check(&[node("MSI", "Exe", "AuditOnly", "")], true);
        check(&[node("MSI", "Msi", "AuditOnly", "")], false);
    }
}
