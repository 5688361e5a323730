//! Policies of templates that are no part of Windows: the device must have the template first, and lets no template write below its own
//! registry keys (Microsoft Learn, "Win32 and Desktop Bridge app ADMX policy ingestion").

use super::{GroupRule, Subject, Verdict};
use crate::check::node::{among, leaf};
use crate::diagnostic::{Code, Diagnostic};
use crate::gather::Gather;
use crate::setting::{Family, Leaf};
use crate::template::{app_of, installs};
use std::collections::BTreeSet;

/// It finds a `blocked-root` too, whose page stands in `diagnostic/explain`: reading an ADMX file finds one as well.
pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::AdmxNotInstalled], explain: include_str!("explain.md"), run };

/// Of each app once, at its first policy: one install cures all.
fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let of_csps = || subjects.iter().enumerate().filter(|(_, subject)| subject.setting.address.family == Family::Csp);
    let installed = of_csps().filter_map(|(_, subject)| installs(&subject.setting.address.owner));
    let mut there: BTreeSet<String> = installed.map(str::to_lowercase).gather();
    let mut verdicts = Vec::new();
    for (place, subject) in of_csps() {
        let setting = subject.setting;
        verdicts.extend(blocked(subject).map(|verdict| (place, verdict)));
        if setting.unlisted.is_some() || !matches!(setting.address.leaf, Leaf::AdmxState | Leaf::Node) {
            continue;
        }
        let Some(app) = app_of(&setting.address.owner) else { continue };
        if there.insert(app.to_lowercase()) {
            verdicts.push((place, Verdict::Wrong(finding(subject, app))));
        }
    }
    verdicts
}

fn finding(subject: &Subject<'_>, app: &str) -> Diagnostic {
    let setting = subject.setting;
    let name = leaf(&setting.address.owner);
    let message = format!("`{name}` is a policy of the template of `{app}`, which nothing installs before it");
    let finding = Diagnostic::new(Code::AdmxNotInstalled, setting.names.owner_or(setting.span), message);
    let admx = among::node(subject).and_then(|found| found.node.allowed.as_ref()?.admx.as_ref());
    match admx {
        Some(admx) => finding.help(format!(
            "put `{}` beside its facts, into the folder `admx` of the organisation: it is then sent first",
            admx.file
        )),
        None => finding.help("ingest the template: `policyc ingest-admx FILE.admx --organisation ORG --app APP`"),
    }
    .help(format!(
        "where devices have it from elsewhere, say so: `unlisted: …`; or write `csp: …/ADMXInstall/{app}/Policy`"
    ))
}

fn blocked(subject: &Subject<'_>) -> Option<Verdict> {
    let setting = subject.setting;
    let admx = among::node(subject)?.node.allowed.as_ref()?.admx.as_ref()?;
    let key = admx.blocked.as_ref().filter(|_| setting.address.leaf == Leaf::AdmxState)?;
    let message = format!("`{}` of `{}` writes to `{key}`, where devices let no template write", admx.name, admx.file);
    let place = setting.names.last_or(setting.span);
    let finding = Diagnostic::new(Code::BlockedRoot, place, message)
        .help("take it out, and set it in another way, such as a script that writes the registry");
    Some(Verdict::Wrong(finding))
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::has;
    use crate::diagnostic::Code;

    const EDGE: &str = "./Device/Vendor/MSFT/Policy/Config/Edge~Policy~microsoft_edge/BrowserSignin";

    #[test]
    fn a_template_comes_before_its_policies() {
        let check = |lines: &str, expected: bool| assert_eq!(has(Code::AdmxNotInstalled, lines), expected, "{lines}");
        let install = "./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall";
        check(&format!("{EDGE} disabled"), true);
        check(&format!("{EDGE} disabled\n{install}/Edge/Policy/msedge = <policyDefinitions/>"), false);
        check(&format!("{EDGE} disabled\n{install}/Chrome/Policy/chrome = <policyDefinitions/>"), true);
        check("./Device/Vendor/MSFT/BitLocker/SystemDrivesEnhancedPIN enabled", false);
    }
}
