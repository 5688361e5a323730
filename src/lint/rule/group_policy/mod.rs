//! Group policy beside MDM, on devices that are in a domain too: it wins, unless a policy turns that round, which does so for the Policy
//! CSP alone (Microsoft, Policy CSP - ControlPolicyConflict; failure-modes B36).

use super::{Batch, BatchRule};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::Devices;
use crate::reader::{How, Item, Reading};
use crate::setting::{Family, Join, Platform, Value};

pub(crate) const RULE: BatchRule =
    BatchRule { codes: &[Code::GroupPolicyWins], explain: Some(include_str!("explain.md")), run };

const POLICIES: &str = "/vendor/msft/policy/config/";
const SWITCH: &str = "./device/vendor/msft/policy/config/controlpolicyconflict/mdmwinsovergp";
/// What the switch leaves out although it is of the Policy CSP.
const UPDATES: &str = "/vendor/msft/policy/config/update/";
/// Other CSPs whose settings group policy has as well.
const OTHERS: &[&str] = &["bitlocker", "defender", "firewall", "laps", "passportforwork"];

/// Over all files of a run, where somebody says that its devices are in a domain.
fn run(batch: &Batch<'_>) -> Vec<Diagnostic> {
    let devices = &batch.options.devices;
    let is_known = devices.iter().any(|devices| devices.platform == Platform::Windows && devices.join.is_some());
    if !is_known {
        return Vec::new();
    }
    let readings: Vec<&Reading> = batch.readings.readings.iter().collect();
    beside(&readings, devices).into_iter().collect()
}

/// What group policy does to what some devices get together.
pub(crate) fn beside(readings: &[&Reading], devices: &[Devices]) -> Option<Diagnostic> {
    let own: Vec<Option<Join>> =
        devices.iter().filter(|one| one.platform == Platform::Windows).map(|one| one.join).collect();
    let in_domain = |join: &Option<Join>| matches!(join, Some(Join::Hybrid | Join::Domain));
    let severity = match (own.iter().any(in_domain), own.iter().all(Option::is_some) && !own.is_empty()) {
        (true, _) => Severity::Warning,
        (false, true) => return None,
        (false, false) => Severity::Note,
    };
    let items = || readings.iter().flat_map(|reading| &reading.items).filter(|item| is_node(item));
    let is_on = |item: &Item| folded(item) == SWITCH && says_one(&item.setting.value);
    let switch = items().find(|item| is_on(item));
    let beaten: Vec<&Item> = items().filter(|item| loses(&folded(item), switch.is_some())).collect();
    // Of the Policy CSP it is documented who wins.
    let is_policy = |item: &&&Item| folded(item).contains(POLICIES);
    let first = beaten.iter().find(is_policy).or_else(|| beaten.first())?;
    let name = first.setting.address.owner.as_str();
    let more = if beaten.len() > 1 { format!(" and {} more", beaten.len() - 1) } else { String::new() };
    let what = format!("`{name}`{more}");
    let finding = match switch {
        None => {
            let wins = if is_policy(&first) { "wins" } else { "may win" };
            let message = format!("in a domain group policy {wins} over {what}: nothing sets `MDMWinsOverGP` to 1");
            Diagnostic::new(Code::GroupPolicyWins, first.setting.span, message)
                .help("set `./Device/Vendor/MSFT/Policy/Config/ControlPolicyConflict/MDMWinsOverGP` to 1 for them")
        }
        Some(switch) => {
            let message = format!(
                "in a domain nobody knows whether {what} or group policy wins: `MDMWinsOverGP` does not reach it"
            );
            Diagnostic::new(Code::GroupPolicyWins, first.setting.span, message)
                .also(switch.setting.span, "this is for the Policy CSP, and not for its updates")
                .severity(Severity::Note)
        }
    };
    let severity = finding.severity.max(severity);
    Some(finding.severity(severity).help("take these settings out of the domain's group policy objects"))
}

fn is_node(item: &Item) -> bool {
    item.setting.address.family == Family::Csp && !matches!(item.how, How::Observed { .. })
}

fn folded(item: &Item) -> String {
    super::super::effective::folded(&item.setting.address.owner)
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
