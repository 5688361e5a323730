//! Group policy beside MDM, on devices that are in a domain too: it wins, unless a policy turns that round, which does so for the Policy
//! CSP alone (Microsoft, Policy CSP - ControlPolicyConflict; failure-modes B36).

use super::{GroupRule, Subject, Verdict};
use crate::check::node::among::same;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::setting::{Family, Join, Setting, Value};

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::GroupPolicyWins], explain: include_str!("explain.md"), run };

const POLICIES: &str = "/vendor/msft/policy/config/";
const SWITCH: &str = "./Device/Vendor/MSFT/Policy/Config/ControlPolicyConflict/MDMWinsOverGP";
/// What the switch leaves out although it is of the Policy CSP.
const UPDATES: &str = "/vendor/msft/policy/config/update/";
/// Other CSPs whose settings group policy has as well.
const OTHERS: &[&str] = &["bitlocker", "defender", "firewall", "laps", "passportforwork"];

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let join = subjects.first().and_then(|subject| subject.target.join.as_ref());
    let Some(join) = join.filter(|join| in_domain(join.value)) else { return Vec::new() };
    let Some((first, finding)) = beside(subjects.iter().map(|subject| subject.setting)) else { return Vec::new() };
    let place = subjects.iter().position(|subject| std::ptr::eq(subject.setting, first));
    let finding = finding.also(join.span, format!("`{}` here", join.value));
    place.map(|place| (place, Verdict::Remark(finding))).into_iter().collect()
}

/// Whether devices of that directory get group policy.
pub(crate) fn in_domain(join: Join) -> bool {
    matches!(join, Join::Hybrid | Join::Domain)
}

/// What group policy does to what devices of a domain get together, at the first setting that it may beat.
pub(crate) fn beside<'a>(settings: impl Iterator<Item = &'a Setting>) -> Option<(&'a Setting, Diagnostic)> {
    let nodes: Vec<(String, &Setting)> = settings
        .filter(|setting| setting.address.family == Family::Csp)
        .map(|setting| (setting.address.owner.to_ascii_lowercase(), setting))
        .collect();
    let is_on = |setting: &&Setting| same(&setting.address.owner, SWITCH) && says_one(&setting.value);
    let switch = nodes.iter().map(|(_, setting)| *setting).find(is_on);
    let mut beaten = nodes.iter().filter(|(uri, _)| loses(uri, switch.is_some()));
    // Of the Policy CSP it is documented who wins.
    let is_policy = |uri: &str| uri.contains(POLICIES);
    let count = beaten.clone().count();
    let (uri, first) = beaten.clone().find(|(uri, _)| is_policy(uri)).or_else(|| beaten.next())?;
    let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
    let what = format!("`{}`{more}", first.address.owner);
    let finding = match switch {
        None => {
            let wins = if is_policy(uri) { "wins" } else { "may win" };
            let message = format!("in a domain group policy {wins} over {what}: nothing sets `MDMWinsOverGP` to 1");
            Diagnostic::new(Code::GroupPolicyWins, first.span, message).help(format!("set `{SWITCH}` to 1 for them"))
        }
        Some(switch) => {
            let message = format!(
                "in a domain nobody knows whether {what} or group policy wins: `MDMWinsOverGP` does not reach it"
            );
            Diagnostic::new(Code::GroupPolicyWins, first.span, message)
                .also(switch.span, "this is for the Policy CSP, and not for its updates")
                .severity(Severity::Note)
        }
    };
    Some((first, finding.help("take these settings out of the domain's group policy objects")))
}

fn says_one(value: &Value) -> bool {
    match value {
        Value::Integer(number) => *number == 1,
        Value::Text(text) | Value::Plain(text) => text == "1",
        _ => false,
    }
}

/// Whether group policy may beat a node: without the switch any that it may have too, with it those that the switch does not reach.
fn loses(uri: &str, is_switched: bool) -> bool {
    let of_policies = uri.contains(POLICIES) && !uri.contains("/controlpolicyconflict/");
    let of_others = OTHERS.iter().any(|csp| uri.contains(&format!("/vendor/msft/{csp}/")));
    match is_switched {
        false => of_policies || of_others,
        true => of_policies && uri.contains(UPDATES) || of_others,
    }
}
