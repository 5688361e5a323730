//! Do guards hold? They look at the checked settings, whoever wrote them (language.md §6, step 6).

use super::invert::agree;
use super::lower::{filled, nodes_of};
use super::transform::{Binding, apply, apply_name, word};
use super::{
    Bound, Carrier, Condition, Expression, Form, Given, Guard, GuardSubject, Instance, LeafKind, OrganisationFacts,
};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use crate::setting::{Channel, ClauseRef, Family, Leaf, Setting, Target, Value};
use crate::source::{Span, Spanned};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the guards of one group look at.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// The group.
    pub target: &'a Target,
    /// What guards may refer to.
    pub facts: &'a OrganisationFacts,
    /// Its controls, with their guards.
    pub controls: &'a [Bound],
    /// Its settings, checked.
    pub settings: &'a [Setting],
}

/// Reports every setting and control that a guard forbids: the guards of controls, and those of clauses.
pub fn hold(watch: &Watch<'_>, clause_guards: &[(Arc<Guard>, ClauseRef)], found: &mut Diagnostics) {
    for bound in watch.controls {
        let given = bound.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.value.clone())).gather();
        let asked = bound.clauses.first();
        let keeper = Keeper {
            who: match asked {
                Some((clause, _)) => format!("`{}` of clause `{}`", bound.control.id.value, clause.clause),
                None => format!("`{}`", bound.control.id.value),
            },
            place: asked.map(|(_, span)| *span).unwrap_or_default(),
            bound: Some(bound),
            given,
        };
        for guard in &bound.control.guards {
            keep(watch, guard, &keeper, found);
        }
    }
    for (guard, clause) in clause_guards {
        let who = format!("clause `{}`", clause.clause);
        keep(watch, guard, &Keeper { who, place: guard.span, bound: None, given: BTreeMap::new() }, found);
    }
}

/// Whose guard it is.
struct Keeper<'a> {
    who: String,
    place: Span,
    bound: Option<&'a Bound>,
    given: BTreeMap<String, Given>,
}

fn keep(watch: &Watch<'_>, guard: &Guard, keeper: &Keeper<'_>, found: &mut Diagnostics) {
    if !guard.is_for(watch.target.platform.value) || !guard.when.iter().all(|when| when.holds(&keeper.given)) {
        return;
    }
    let binding = Binding {
        declared: keeper.bound.map_or(&[], |bound| &bound.control.parameters),
        given: &keeper.given,
        target: Some(watch.target),
        facts: watch.facts,
        instance: keeper.bound.and_then(|bound| bound.instance.as_deref()),
        known_as: keeper.bound.and_then(Bound::known_as),
        releases: watch.facts.releases_of(watch.target.platform.value),
        item: None,
    };
    match &guard.subject {
        GuardSubject::Settings { form, conditions } => {
            let named = Named::of(form, &binding);
            for (path, kind, condition) in conditions {
                let watched = Watched::of(&named, path, kind, &condition.value);
                for setting in watch.settings.iter().filter(|setting| watched.is(setting)) {
                    if let Some(wanted) = broken(Some(&setting.value), &condition.value, &binding) {
                        let is_state = setting.address.leaf == Leaf::AdmxState;
                        let wanted = if is_state { in_states(&wanted) } else { wanted };
                        found.push(finding(setting, &wanted, guard, keeper));
                    }
                }
            }
        }
        GuardSubject::Control { control, parameters } => {
            for bound in watch.controls.iter().filter(|bound| bound.control.id.value == control.value) {
                watch_control(bound, parameters, (guard, keeper, &binding), found);
            }
        }
    }
}

fn finding(setting: &Setting, wanted: &str, guard: &Guard, keeper: &Keeper<'_>) -> Diagnostic {
    let (address, value) = (&setting.address, &setting.value);
    let asked = setting.origins.first().and_then(|origin| origin.clauses.first());
    let by = asked.map(|(clause, _)| format!(" by clause `{}`", clause.clause)).unwrap_or_default();
    let value = if address.leaf == Leaf::AdmxState { state(&value.to_string()).to_owned() } else { value.to_string() };
    let cause = format!("`{address}` is set to `{value}`{by}, and {} wants it {wanted}: {}", keeper.who, guard.reason);
    with_guard(Diagnostic::new(Code::GuardBroken, setting.span, cause), guard, keeper)
        .help("change it, or give up one of the two demands")
}

/// The guard, and who asks for the control that has it.
fn with_guard(finding: Diagnostic, guard: &Guard, keeper: &Keeper<'_>) -> Diagnostic {
    let finding = match keeper.bound {
        Some(_) => finding.also(keeper.place, format!("{} asks for it here", keeper.who)),
        None => finding,
    };
    finding.also(guard.span, "the guard")
}

fn in_states(wanted: &str) -> String {
    wanted.replace("`true`", "`enabled`").replace("`false`", "`disabled`")
}

/// The state of an ADMX body as people write it.
fn state(value: &str) -> &str {
    match value {
        "true" => "enabled",
        "false" => "disabled",
        other => other,
    }
}

fn watch_control(
    bound: &Bound,
    parameters: &[(Spanned<String>, Spanned<Condition>)],
    (guard, keeper, binding): (&Guard, &Keeper<'_>, &Binding<'_>),
    found: &mut Diagnostics,
) {
    let id = &bound.control.id.value;
    let (clause, place) = match bound.clauses.first() {
        Some((clause, span)) => (format!(" by clause `{}`", clause.clause), *span),
        None => (String::new(), Span::NOWHERE),
    };
    let report = |place, cause: String, cure: String| {
        with_guard(Diagnostic::new(Code::GuardBroken, place, cause), guard, keeper).help(cure)
    };
    if parameters.is_empty() {
        let cause = format!("`{id}` is asked for{clause}, and {} rules it out: {}", keeper.who, guard.reason);
        found.push(report(place, cause, "give up one of the two demands".to_owned()));
    }
    for (name, condition) in parameters {
        let Some(parameter) = bound.parameters.get(&name.value) else { continue };
        let Some(wanted) = broken(parameter.value.as_ref(), &condition.value, binding) else { continue };
        let value = word(parameter.value.as_ref());
        let cause =
            format!("`{}` of `{id}` is `{value}`, and {} wants it {wanted}: {}", name.value, keeper.who, guard.reason);
        let place = if parameter.span.is_somewhere() { parameter.span } else { place };
        found.push(report(place, cause, format!("change `{}`, or give up one of the two demands", name.value)));
    }
}

/// A form whose names are known.
struct Named<'a> {
    form: &'a Form,
    instance: Option<String>,
    nodes: Vec<(String, String)>,
}

impl<'a> Named<'a> {
    fn of(form: &'a Form, binding: &Binding<'_>) -> Named<'a> {
        let instance = match &form.instance {
            Some(Instance::Name(name)) => apply_name(name, binding).ok().flatten(),
            _ => None,
        };
        Named { form, instance, nodes: nodes_of(form, binding) }
    }
}

/// What one condition of a guard watches. Demanding that something be absent watches more than one leaf.
struct Watched<'a> {
    named: &'a Named<'a>,
    path: &'a [Spanned<String>],
    kind: &'a LeafKind,
    absent: bool,
    /// Of a CSP: the LocURI.
    uri: String,
}

impl<'a> Watched<'a> {
    fn of(named: &'a Named<'a>, path: &'a [Spanned<String>], kind: &'a LeafKind, condition: &Condition) -> Watched<'a> {
        let uri = match (named.form.carrier, path.first()) {
            (Carrier::Csp, node) => {
                filled(&named.form.owner, node.map(|name| name.value.as_str()).unwrap_or_default(), &named.nodes)
            }
            _ => String::new(),
        };
        Watched { named, path, kind, absent: matches!(condition, Condition::Absent), uri }
    }

    /// Whether it is this setting.
    fn is(&self, setting: &Setting) -> bool {
        match self.named.form.carrier {
            Carrier::Csp => self.is_node(setting),
            Carrier::Payload => self.is_key(Family::Profile, setting),
            Carrier::Declaration => self.is_key(Family::Declaration, setting),
            Carrier::Command => self.is_key(Family::Command, setting),
            Carrier::Compliance => self.is_key(Family::Compliance, setting),
        }
    }

    fn is_node(&self, setting: &Setting) -> bool {
        let address = &setting.address;
        let same_leaf = match (self.kind, &address.leaf) {
            (LeafKind::Node, Leaf::Node) | (LeafKind::AdmxState, Leaf::AdmxState) => true,
            (LeafKind::Node, Leaf::AdmxState) | (LeafKind::AdmxState, Leaf::Node) => self.absent,
            (LeafKind::AdmxElement(wanted), Leaf::AdmxElement(id)) => wanted.value == *id,
            _ => false,
        };
        same_leaf && address.family == Family::Csp && same_uri(&self.uri, &address.owner)
    }

    /// Where keys must be absent, so must what stands below them.
    fn is_key(&self, family: Family, setting: &Setting) -> bool {
        let (address, form) = (&setting.address, self.named.form);
        let channel = if form.user_channel { Channel::User } else { Channel::Device };
        let keys = address.keys();
        let same_keys = keys.len() >= self.path.len()
            && self.path.iter().zip(keys).all(|(wanted, key)| wanted.value == *key)
            && (keys.len() == self.path.len() || self.absent);
        address.family == family
            && address.channel == channel
            && address.owner == form.owner.value
            && (self.named.instance.is_none() || self.named.instance == address.instance)
            && same_keys
    }
}

/// LocURIs are compared as Windows does: letter case aside, and `./Vendor` is `./Device/Vendor`.
fn same_uri(a: &str, b: &str) -> bool {
    fn parts(uri: &str) -> (&str, &str) {
        uri.strip_prefix("./Vendor/").map_or(("", uri), |rest| ("./Device/Vendor/", rest))
    }
    let (a, b) = (parts(a), parts(b));
    let same = || a.0.bytes().chain(a.1.bytes()).zip(b.0.bytes().chain(b.1.bytes()));
    a.0.len() + a.1.len() == b.0.len() + b.1.len() && same().all(|(a, b)| a.eq_ignore_ascii_case(&b))
}

/// What the guard wants instead, in words; `None` where it holds.
fn broken(value: Option<&Value>, condition: &Condition, binding: &Binding<'_>) -> Option<String> {
    let order = |wanted: &Expression| {
        let wanted = apply(wanted, binding).ok()??;
        let order = value.and_then(|value| agree(value, &wanted));
        Some((order, word(Some(&wanted))))
    };
    let (holds, words) = match condition {
        Condition::Absent => (value.is_none(), "to be absent".to_owned()),
        Condition::Is(wanted) => {
            let (order, wanted) = order(wanted)?;
            (order == Some(Ordering::Equal), format!("to be `{wanted}`"))
        }
        Condition::Not(wanted) => {
            let (order, wanted) = order(wanted)?;
            (order != Some(Ordering::Equal), format!("to be other than `{wanted}`"))
        }
        Condition::Below(wanted) => {
            let (order, wanted) = order(wanted)?;
            (order.is_some_and(Ordering::is_lt), format!("to be below `{wanted}`"))
        }
        Condition::Above(wanted) => {
            let (order, wanted) = order(wanted)?;
            (order.is_some_and(Ordering::is_gt), format!("to be above `{wanted}`"))
        }
    };
    (!holds).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::super::guard::parse_guards;
    use super::super::sample::{bound, clause, facts, messages, of_library, target, tree};
    use super::super::{RawEntry, Writer, lower, parse_entries};
    use super::*;
    use crate::setting::Platform;

    /// The findings of a group with these controls, a clause's raw entries and its guards.
    fn check(platform: Platform, controls: &[(&str, &str)], (raw, guards): (&str, &str), expected: &[&str]) {
        let (target, facts) = (target(platform), facts());
        let mut found = Diagnostics::default();
        let controls: Vec<Bound> = controls.iter().map(|(id, give)| bound(&of_library(id), give)).collect();
        let entries = parse_entries(&tree(&format!("[{raw}]\n")).1, Writer::Clause, &mut found);
        let raw: Vec<RawEntry> =
            entries.into_iter().map(|entry| RawEntry { entry: Arc::new(entry), clause: clause("2") }).collect();
        let guards = parse_guards(&tree(&format!("[{guards}]\n")).1, Writer::Clause, &mut found);
        let guards: Vec<_> = guards.into_iter().map(|guard| (Arc::new(guard), clause("3"))).collect();
        let lowered = lower(&target, &facts, &controls, &raw, &mut found);
        let watch = Watch { target: &target, facts: &facts, controls: &controls, settings: &lowered.settings };
        hold(&watch, &guards, &mut found);
        assert_eq!(messages(&found), expected);
    }

    const PIN: (&str, &str) = ("startup-pin", "{ mode: required }");

    #[test]
    fn a_guard_watches_a_parameter_of_another_control() {
        let broken = "guard-broken: `silent` of `disk-encryption` is `true`, and `startup-pin` of clause `1` wants it to be `false`: \
            no PIN can be demanded silently";
        check(Platform::Windows, &[PIN, ("disk-encryption", "{ silent: true }")], ("", ""), &[broken]);
        check(Platform::Windows, &[PIN, ("disk-encryption", "{ silent: false }")], ("", ""), &[]);
        check(
            Platform::Windows,
            &[("startup-pin", "{ mode: allowed }"), ("disk-encryption", "{ silent: true }")],
            ("", ""),
            &[],
        );
        check(Platform::Windows, &[PIN], ("", ""), &[]);
    }

    #[test]
    fn a_guard_of_a_control_watches_what_clauses_write() {
        let hello = [("hello-for-business", "{}")];
        let node = |path: &str, value: &str| {
            format!("{{ csp: ./Device/Vendor/MSFT/PassportForWork, nodes: {{ {path}: {value} }} }}")
        };
        let broken = "guard-broken: `./Device/Vendor/MSFT/PassportForWork/DeviceUnlock/GroupA` is set to `\"x\"` by clause `2`, and \
            `hello-for-business` of clause `1` wants it to be absent: one method unlocks, not two one after the other";
        check(Platform::Windows, &hello, (&node("DeviceUnlock/GroupA", "\"x\""), ""), &[broken]);
        let tenant = "00000000-0000-0000-0000-000000000001/Policies/DisablePostLogonProvisioning";
        check(Platform::Windows, &hello, (&node(tenant, "false"), ""), &[]);
        let broken = format!(
            "guard-broken: `./Device/Vendor/MSFT/PassportForWork/{tenant}` is set to `true` by clause `2`, and `hello-for-business` of \
             clause `1` wants it to be `false`: people set Hello up at their first sign-in"
        );
        check(Platform::Windows, &hello, (&node(tenant, "true"), ""), &[&broken]);
        check(Platform::Windows, &[("hello-for-business", "{ enabled: false }")], (&node(tenant, "true"), ""), &[]);
    }

    #[test]
    fn a_guard_of_a_clause_watches_everybody() {
        let raw = "{ csp: ./Device/Vendor/MSFT/Policy/Config/A, nodes: { Days: 5 }, admx: { B: { e: 2 } } }";
        let guard = |conditions: &str| format!("{{ csp: ./Vendor/MSFT/Policy/config/A, {conditions}, reason: r }}");
        let days = |wanted: &str| {
            format!(
                "guard-broken: `./Device/Vendor/MSFT/Policy/Config/A/Days` is set to `5` by clause `2`, and clause `3` wants it {wanted}: r"
            )
        };
        let windows =
            |conditions: &str, expected: &[&str]| check(Platform::Windows, &[], (raw, &guard(conditions)), expected);
        windows("nodes: { Days: { below: 6 } }", &[]);
        windows("nodes: { Days: { below: 5 } }", &[&days("to be below `5`")]);
        windows("nodes: { Days: { above: 4 } }", &[]);
        windows("nodes: { Days: { above: 5 } }", &[&days("to be above `5`")]);
        windows("nodes: { Days: { not: 5 } }", &[&days("to be other than `5`")]);
        windows("nodes: { Other: absent }", &[]);
        windows(
            "admx: { B: absent }",
            &[
                "guard-broken: `./Device/Vendor/MSFT/Policy/Config/A/B` is set to `enabled` by clause `2`, and clause `3` wants it to be absent: r",
            ],
        );
        windows("admx: { B: { e: 2 } }", &[]);
        windows(
            "admx: { B: disabled }",
            &[
                "guard-broken: `./Device/Vendor/MSFT/Policy/Config/A/B` is set to `enabled` by clause `2`, and clause `3` wants it to be `disabled`: r",
            ],
        );
    }

    #[test]
    fn absence_of_a_key_is_absence_of_all_below_it() {
        let raw = "{ platforms: [iOS], payload: t, keys: { A: { B: 1 } } }";
        let broken = "guard-broken: `t · A.B` is set to `1` by clause `2`, and clause `3` wants it to be absent: r";
        check(Platform::Ios, &[], (raw, "{ platforms: [iOS], payload: t, keys: { A: absent }, reason: r }"), &[broken]);
        check(Platform::Ios, &[], (raw, "{ platforms: [macOS], payload: t, keys: { A: absent }, reason: r }"), &[]);
    }

    #[test]
    fn a_guard_can_rule_a_control_out() {
        let guard = "{ control: app-allowlist, reason: r }";
        let broken = "guard-broken: `app-allowlist` is asked for by clause `1`, and clause `3` rules it out: r";
        let list = ("app-allowlist", "{ allowed-bundle-ids: [com.example.app] }");
        check(Platform::Ios, &[list], ("", guard), &[broken]);
        check(Platform::Ios, &[("passcode", "{}")], ("", guard), &[]);
    }
}
