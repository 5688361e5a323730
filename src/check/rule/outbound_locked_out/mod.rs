//! The firewall blocks what leaves the computer, and no rule lets out what it needs to stay managed, up to date, on time and able to find
//! names (Firewall CSP, `DefaultOutboundAction`): nothing could ever take the block away again.

use super::{GroupRule, Subject, Verdict};
use crate::check::node::among::{self, Found};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Leaf, Value};
use std::collections::BTreeMap;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::OutboundLockedOut], explain: include_str!("explain.md"), run };

const STORE: &str = "./Vendor/MSFT/Firewall/MdmStore";
const PROFILES: [&str; 3] = ["DomainProfile", "PrivateProfile", "PublicProfile"];

/// What has to get out: the service or program behind it, and the port that stands for it where a rule names ports alone.
struct Need {
    what: &'static str,
    services: &'static [&'static str],
    program: &'static str,
    port: &'static str,
}

const NEEDS: [Need; 4] = [
    Need { what: "management", services: &[], program: "omadmclient.exe", port: "443" },
    Need { what: "updates", services: &["wuauserv"], program: "", port: "443" },
    Need { what: "time", services: &["w32time"], program: "", port: "123" },
    Need { what: "names", services: &["dnscache"], program: "", port: "53" },
];

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    if !among::any_node(subjects) {
        return Vec::new();
    }
    let action = |profile: &str| among::plain(subjects, &format!("{STORE}/{profile}/DefaultOutboundAction"));
    let Some(blocked) = PROFILES.iter().filter_map(|profile| action(profile)).find(|found| found.says() == "1") else {
        return Vec::new();
    };
    let rules = rules(subjects);
    let out: Vec<_> = rules.values().filter(|rule| goes_out(rule)).collect();
    let missing: Vec<&str> =
        NEEDS.iter().filter(|need| !out.iter().any(|rule| lets(rule, need))).map(|need| need.what).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let message = format!("what leaves the computer is blocked, and no rule lets out {}", missing.join(", "));
    let finding = Diagnostic::new(Code::OutboundLockedOut, blocked.setting.span, message)
        .help("add a rule under `FirewallRules` for each: the services `wuauserv`, `W32Time` and `Dnscache`, the program `omadmclient.exe`")
        .help("or let out what no rule blocks (`DefaultOutboundAction` 0)");
    vec![(blocked.place, Verdict::Wrong(finding))]
}

/// A rule: the nodes below its name.
type Rule = BTreeMap<String, String>;

fn rules(subjects: &[Subject<'_>]) -> BTreeMap<String, Rule> {
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    for found in among::all(subjects, &Leaf::Node, |uri| parts(uri).is_some()) {
        if let Some((name, node)) = parts(&found.setting.address.owner) {
            rules.entry(name.to_owned()).or_default().insert(node.to_owned(), lower(found));
        }
    }
    rules
}

fn parts(uri: &str) -> Option<(&str, &str)> {
    uri.split_once("/Firewall/MdmStore/FirewallRules/")?.1.split_once('/')
}

fn lower(found: Found<'_>) -> String {
    let text = match &found.setting.value {
        Value::Array(items) => items.iter().map(|item| plain(item)).collect::<Vec<_>>().join(","),
        _ => found.says(),
    };
    text.to_ascii_lowercase()
}

fn plain(item: &Value) -> String {
    match item {
        Value::Text(text) | Value::Plain(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a rule is on, lets through, and is about what goes out.
fn goes_out(rule: &Rule) -> bool {
    let is = |node: &str, words: &[&str], default: bool| {
        rule.get(node).map_or(default, |value| words.contains(&value.as_str()))
    };
    // A rule without a direction is about what goes out, one without an action lets through, one that nobody switches on is off.
    is("Direction", &["out"], true) && is("Action/Type", &["1"], true) && is("Enabled", &["true", "1"], false)
}

/// Whether it covers a need: it names who is behind it, or nobody and the port, or nobody and no port.
fn lets(rule: &Rule, need: &Need) -> bool {
    let named = |node: &str| rule.get(node).map(String::as_str);
    if named("RemoteAddressRanges").is_some_and(|ranges| ranges != "*") {
        return false;
    }
    let port = named("RemotePortRanges").is_none_or(|ports| ports.split(',').any(|range| covers(range, need.port)));
    if let Some(service) = named("App/ServiceName").filter(|service| *service != "*") {
        return port && need.services.contains(&service);
    }
    if let Some(program) = named("App/FilePath") {
        let file = program.rsplit('\\').next().unwrap_or(program);
        // Services run in one program: a rule for it lets all of them out.
        return port && (file == need.program || (file == "svchost.exe" && !need.services.is_empty()));
    }
    port && named("App/PackageFamilyName").is_none() && named("App/Fqbn").is_none()
}

fn covers(range: &str, port: &str) -> bool {
    let number = |text: &str| text.trim().parse::<u16>().ok();
    let Some(port) = number(port) else { return false };
    match range.split_once('-') {
        Some((low, high)) => number(low).zip(number(high)).is_some_and(|(low, high)| (low..=high).contains(&port)),
        None => number(range) == Some(port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node::trial::has;

    fn rule(name: &str, nodes: &[(&str, &str)]) -> String {
        let all = nodes.iter().copied().chain([("Direction", "OUT"), ("Action/Type", "1"), ("Enabled", "1")]);
        all.map(|(node, value)| format!("{STORE}/FirewallRules/{name}/{node} = {value}\n")).collect()
    }

    fn check(rules: &[String], expected: bool) {
        let enabled = format!("{STORE}/PublicProfile/EnableFirewall = true\n");
        let lines = format!("{enabled}{STORE}/PublicProfile/DefaultOutboundAction = 1\n{}", rules.concat());
        assert_eq!(has(Code::OutboundLockedOut, &lines), expected, "{lines}");
    }

    #[test]
    fn what_keeps_a_computer_managed_gets_out() {
        let service = |name: &str| rule(name, &[("App/ServiceName", name)]);
        let management = || rule("m", &[("App/FilePath", "%SystemRoot%\\System32\\omadmclient.exe")]);
        let services = || ["wuauserv", "W32Time", "Dnscache"].map(service).concat();
        check(&[], true);
        check(&[management(), services()], false);
        check(&[services()], true);
        check(&[management(), service("wuauserv"), service("W32Time")], true);
        check(&[rule("all", &[])], false);
        check(&[rule("web", &[("RemotePortRanges", "443")]), rule("udp", &[("RemotePortRanges", "50-60,123")])], false);
        check(&[rule("web", &[("RemotePortRanges", "443")])], true);
        check(&[rule("near", &[("RemoteAddressRanges", "10.0.0.0/8")])], true);
        check(&[rule("off", &[]).replace("Enabled = 1", "Enabled = 0")], true);
    }

    #[test]
    fn what_is_not_blocked_needs_no_rule() {
        assert!(!has(Code::OutboundLockedOut, &format!("{STORE}/PublicProfile/DefaultOutboundAction = 0")));
    }
}
