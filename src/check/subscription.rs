//! What a predicate asks of a device's status is subscribed, else the device never looks at it again (apple.md §3): the compiler completes
//! the group's subscriptions, with the reasons of the predicates.

use super::predicate::{self, Asked};
use super::{Dropped, Judged, Rules, verdict};
use crate::catalogue::Catalogue;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Gather;
use crate::setting::{Address, Channel, Family, Leaf, Origin, Setting, Target, Value};
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// The configuration that lists what a device reports by itself.
const SUBSCRIPTIONS: &str = "com.apple.configuration.management.status-subscriptions";

/// Its one key.
const ITEMS: &str = "StatusItems";

impl Rules {
    /// The settings with what their predicates want subscribed; predicates without a configuration are left out.
    pub(super) fn subscribed<'c>(
        &self,
        catalogue: &'c Catalogue,
        target: &Target,
        kept: Vec<Judged<'c>>,
        dropped: &mut Vec<Dropped>,
        found: &mut Diagnostics,
    ) -> Vec<Judged<'c>> {
        if !kept.iter().any(|one| one.setting.address.is_predicate()) {
            return kept;
        }
        let mut kept = with_configurations(kept, dropped, found);
        report_mixed(&kept, found);
        for channel in Channel::ALL {
            let Some(wanted) = wanted(&kept, *channel) else { continue };
            let mut own = kept.iter_mut().filter(|one| is_list(&one.setting, *channel) && is_plain(&one.setting));
            let Some(first) = own.next() else {
                let judged = vec![self.judge(catalogue, target, wanted)];
                kept.extend(verdict::keep_what_can_be_taken(judged, dropped, found));
                continue;
            };
            // Several clauses may each list some: all of them get the union, and meet as one.
            let mut rest: Vec<&mut Judged<'_>> = own.collect();
            let lists = [&first.setting].into_iter().chain(rest.iter().map(|one| &one.setting));
            let union = Value::array(lists.chain([&wanted]).flat_map(items).gather::<BTreeSet<_>>());
            rest.iter_mut().for_each(|one| one.setting.value.clone_from(&union));
            first.setting.value = union;
            first.setting.origins.extend(wanted.origins);
        }
        kept
    }
}

/// Leaves out predicates whose configuration is not there. Where that was refused it has its finding.
fn with_configurations<'c>(
    kept: Vec<Judged<'c>>,
    dropped: &mut Vec<Dropped>,
    found: &mut Diagnostics,
) -> Vec<Judged<'c>> {
    let there: BTreeSet<(Channel, String)> = kept.iter().filter_map(|one| configuration(&one.setting)).gather();
    let (kept, lost): (Vec<Judged<'c>>, Vec<Judged<'c>>) = kept.into_iter().partition(|one| {
        let Address { channel, instance, .. } = &one.setting.address;
        !one.setting.address.is_predicate() || there.contains(&(*channel, instance.clone().unwrap_or_default()))
    });
    for Judged { setting, .. } in lost {
        let of = (setting.address.channel, setting.address.instance.clone().unwrap_or_default());
        if !dropped.iter().any(|other| configuration(&other.setting).as_ref() == Some(&of)) {
            let message = format!("the group has no configuration `{}` that this predicate could be about", of.1);
            let cure = "write `predicate` beside the configuration";
            found.push(Diagnostic::new(Code::CannotDeliver, setting.span, message).help(cure));
        }
        dropped.push(Dropped { setting, code: Code::CannotDeliver });
    }
    kept
}

/// The configuration that a setting is part of.
fn configuration(setting: &Setting) -> Option<(Channel, String)> {
    let address = &setting.address;
    let is_part = address.family == Family::Declaration && !address.is_predicate();
    is_part.then(|| (address.channel, address.occurrence()))
}

/// An entry that writes into a configuration without the predicate that another gives it: it would hold less often than it says. A
/// predicate that stands alone speaks for all.
fn report_mixed(kept: &[Judged<'_>], found: &mut Diagnostics) {
    let by = |setting: &Setting| -> Vec<Origin> { setting.origins.iter().map(entry).collect() };
    for predicate in kept.iter().map(|one| &one.setting).filter(|setting| setting.address.is_predicate()) {
        let is_its = |setting: &Setting| {
            setting.address.channel == predicate.address.channel
                && configuration(setting).map(|(_, name)| name) == predicate.address.instance
        };
        let parts: Vec<&Setting> = kept.iter().map(|one| &one.setting).filter(|setting| is_its(setting)).collect();
        let others = || kept.iter().map(|one| &one.setting).filter(|other| other.address == predicate.address);
        let speaking: Vec<Origin> = others().flat_map(by).collect();
        let stands_alone = !parts.iter().any(|part| by(part).iter().any(|entry| speaking.contains(entry)));
        let without = parts.iter().find(|part| !by(part).iter().all(|entry| speaking.contains(entry)));
        // Of several predicates of one configuration the first speaks; that they differ, merging says.
        let is_first = others().next().is_some_and(|first| std::ptr::eq(first, predicate));
        if let Some(without) = without.filter(|_| is_first && !stands_alone) {
            let message =
                format!("`{}` would hold whenever its predicate does, and this entry gives none", without.address);
            found.push(
                Diagnostic::new(Code::ConflictingValues, without.span, message)
                    .also(predicate.span, "the predicate is here")
                    .help("give both entries one predicate, or one of them an `instance` of its own"),
            );
        }
    }
}

/// What says which entry wrote a setting.
fn entry(origin: &Origin) -> Origin {
    Origin {
        control: origin.control.clone(),
        instance: origin.instance.clone(),
        entry: origin.entry,
        formerly: None,
        parameters: Vec::new(),
        clauses: Vec::new(),
        deciding: 0,
        role: crate::setting::Role::Raw,
        basis: crate::setting::Basis::Fixed,
        exceptions: Vec::new(),
    }
}

fn is_list(setting: &Setting, channel: Channel) -> bool {
    let address = &setting.address;
    address.family == Family::Declaration
        && address.channel == channel
        && address.owner == SUBSCRIPTIONS
        && matches!(address.keys(), [key] if key == ITEMS)
}

fn is_plain(setting: &Setting) -> bool {
    setting.address.instance.is_none()
}

fn items(setting: &Setting) -> Vec<Value> {
    match &setting.value {
        Value::Array(items) => items.iter().map(|item| item.value.clone()).collect(),
        _ => Vec::new(),
    }
}

fn item(name: &str) -> Value {
    Value::Dictionary(BTreeMap::from([("Name".to_owned(), Spanned::nowhere(Value::text(name)))]))
}

/// The items that the predicates of a channel name and that nobody subscribes.
fn wanted(kept: &[Judged<'_>], channel: Channel) -> Option<Setting> {
    let lists = kept.iter().filter(|one| is_list(&one.setting, channel));
    let have: BTreeSet<Value> = lists.flat_map(|one| items(&one.setting)).gather();
    let mut missing: BTreeSet<Value> = BTreeSet::new();
    let mut reasons: Option<Setting> = None;
    for one in kept.iter().filter(|one| one.setting.address.channel == channel) {
        let Some(Ok(Asked { status, .. })) = predicate::text(&one.setting).map(predicate::read) else { continue };
        let new: Vec<Value> = status.into_iter().map(item).filter(|item| !have.contains(item)).collect();
        if new.is_empty() || one.wrong() {
            continue;
        }
        missing.extend(new);
        match &mut reasons {
            Some(setting) => setting.origins.extend(one.setting.origins.iter().cloned()),
            None => reasons = Some(one.setting.clone()),
        }
    }
    let reasons = reasons?;
    let leaf = Leaf::Keys(vec![ITEMS.to_owned()]);
    let address =
        Address { family: Family::Declaration, channel, owner: SUBSCRIPTIONS.to_owned(), instance: None, leaf };
    Some(Setting { address, value: Value::array(missing), choice: None, names: Default::default(), ..reasons })
}

#[cfg(test)]
mod tests {
    use super::super::sample::run;
    use super::*;

    const PREDICATE: &str =
        "declaration: com.apple.activation.simple, instance: com.apple.configuration.passcode.settings";
    const PASSCODE: &str =
        "  - { declaration: com.apple.configuration.passcode.settings, keys: { MinimumLength: 6 } }\n";

    fn check(more: &str, expected: &[&str], codes: &[Code]) {
        let block = format!(
            "group: {{ platform: iOS, os: '18.0', supervised: true, deliver: [declarations] }}\nsettings:\n{more}"
        );
        let run = run(Rules::all(), &block);
        let list = run.checked.settings().iter().filter(|setting| is_list(setting, Channel::Device));
        let list: Vec<String> = list.map(|setting| setting.value.to_string()).collect();
        assert_eq!(list, expected, "{:#?}", run.lines());
        assert_eq!(run.codes().into_iter().collect::<Vec<_>>(), codes, "{:#?}", run.lines());
    }

    #[test]
    fn what_a_predicate_names_is_subscribed_once() {
        let on = |text: &str| format!("{PASSCODE}  - {{ {PREDICATE}, keys: {{ Predicate: '{text}' }} }}\n");
        let model = on("@status(device.model.family) == \"iPad\"");
        check(&model, &["[{Name: \"device.model.family\"}]"], &[]);
        check(&on("TRUEPREDICATE"), &[], &[]);
        let list = |name: &str| {
            format!("  - {{ declaration: {SUBSCRIPTIONS}, keys: {{ StatusItems: [{{ Name: {name} }}] }} }}\n")
        };
        let both = "[{Name: \"device.model.family\"}, {Name: \"passcode.is-present\"}]";
        check(&format!("{model}{}", list("passcode.is-present")), &[both], &[]);
        check(&format!("{model}{}", list("device.model.family")), &["[{Name: \"device.model.family\"}]"], &[]);
        check(&on("@status(device.model.famly) == 1"), &[], &[Code::WrongPredicate]);
        check(&model[PASSCODE.len()..], &[], &[Code::CannotDeliver]);
    }
}
