//! Settings for the tests of rules, written on a line each, and what all rules find in them.
//!
//! `URI = 7` a plain node, `URI enabled` and `URI disabled` a state, `URI · Id = 7` an element.

use crate::catalogue::Catalogue;
use crate::check::{Checked, against};
use crate::diagnostic::{Code, Diagnostics, Severity};
use crate::gather::Gather;
use crate::setting::*;
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;
use std::sync::OnceLock;

pub(crate) fn catalogue() -> &'static Catalogue {
    static EMBEDDED: OnceLock<Catalogue> = OnceLock::new();
    EMBEDDED.get_or_init(Catalogue::embedded)
}

/// Windows 11 23H2 Enterprise, joined to Entra.
pub(crate) fn target() -> Target {
    Target {
        organisation: "example".to_owned(),
        organisation_name: "Example".to_owned(),
        identifier: "org.example".to_owned(),
        group: Spanned::nowhere("laptops".to_owned()),
        identity: "laptops".to_owned(),
        title: "Laptops".to_owned(),
        platform: Spanned::nowhere(Platform::Windows),
        os: Spanned::nowhere(OsVersion::parse("10.0.22631").unwrap()),
        enrolment: Spanned::nowhere(Enrolment::Device),
        supervised: Spanned::nowhere(false),
        deliver: vec![Spanned::nowhere(Delivery::Syncml)],
        editions: vec![Spanned::nowhere(Edition::Enterprise)],
        join: Some(Spanned::nowhere(Join::Entra)),
        has: BTreeSet::new(),
        bundle: Bundle::PerType,
        assign: Vec::new(),
        server: None,
        profile_url: None,
        compliance: crate::setting::Compliance::Derived,
        intune: Spanned::nowhere(Dialect::Catalogue),
        kept: Default::default(),
    }
}

fn setting(line: &str) -> Setting {
    let (address, value) = match line.split_once(" = ") {
        Some((address, value)) => (address, Value::Plain(value.to_owned())),
        None => {
            let (address, state) = line.rsplit_once(' ').unwrap();
            (address, Value::Boolean(state == "enabled"))
        }
    };
    let (owner, leaf) = match (address.split_once(" · "), &value) {
        (Some((owner, id)), _) => (owner, Leaf::AdmxElement(id.to_owned())),
        (None, Value::Boolean(_)) => (address, Leaf::AdmxState),
        (None, _) => (address, Leaf::Node),
    };
    let channel = if owner.starts_with("./User/") { Channel::User } else { Channel::Device };
    let address = Address { family: Family::Csp, channel, owner: owner.to_owned(), instance: None, leaf };
    Setting { span: Span::NOWHERE, ..Setting::found(address, value) }
}

pub(crate) fn settings(lines: &str) -> Vec<Setting> {
    lines.lines().filter(|line| !line.trim().is_empty()).map(setting).collect()
}

/// What the rules find, by code and weight.
pub(crate) fn run(target: &Target, settings: Vec<Setting>) -> (Checked, Vec<(Code, Severity, String)>) {
    let mut found = Diagnostics::default();
    let checked = against(catalogue(), target, settings, &mut found);
    let found = found.iter().map(|finding| (finding.code, finding.severity, finding.message.clone())).collect();
    (checked, found)
}

/// Whether the settings have the fault, among whatever else is found.
pub(crate) fn has(code: Code, lines: &str) -> bool {
    has_for(&target(), code, lines)
}

/// The same for another group.
pub(crate) fn has_for(target: &Target, code: Code, lines: &str) -> bool {
    run(target, settings(lines)).1.iter().any(|(found, ..)| *found == code)
}

/// Every code that is found, once, sorted.
pub(crate) fn codes(lines: &str) -> Vec<Code> {
    let found = run(&target(), settings(lines)).1;
    found.into_iter().map(|(code, ..)| code).gather::<BTreeSet<_>>().into_iter().collect()
}
