//! Controls → settings: parameters bound, addresses filled in, and on each setting who asked for it (language.md §6, step 4).

use super::entry::serves;
use super::gap::gaps;
use super::provenance::{Writing, behind, written};
use super::transform::{Binding, Missing, apply, apply_name, items_of};
use super::wellformed::is_for;
use super::{Bound, Carrier, Control, Entry, Form, Gap, Given, Instance, LeafKind, OrganisationFacts, RawEntry};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::{Arrange, Gather};
use crate::setting::{
    Address, Allowance, Channel, Choice, ClauseRef, Compliance, Delivery, DeviceFact, Family, Leaf, Names, Setting,
    Target, Value,
};
use crate::source::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// What the controls and raw entries of one group become.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    /// Settings, carrying, helping and raw; commands among them. Nothing is checked or merged yet.
    pub settings: Vec<Setting>,
    /// What the group's platform cannot express of what its clauses ask: control and gap. A gap of a parameter is here only where a
    /// clause gives the parameter, and more than its weakest value.
    pub gaps: Vec<(String, Gap)>,
    /// Clauses of which something could not be written, with a finding that says why.
    pub failed: BTreeSet<ClauseRef>,
}

/// Lowers everything that one group must have.
pub fn lower(
    target: &Target,
    facts: &OrganisationFacts,
    controls: &[Bound],
    raw: &[RawEntry],
    found: &mut Diagnostics,
) -> Lowered {
    let mut lowered = Lowered::default();
    for bound in controls {
        let platform = target.platform.value;
        lowered.gaps.extend(gaps(bound, platform).into_iter().map(|gap| (bound.control.id.value.clone(), gap)));
        if bound.control.settings.iter().any(|entry| is_for(entry, platform)) {
            let asked = bound.clauses.first().map(|(_, span)| *span).unwrap_or_default();
            unmet_needs(target, &bound.control.needs_facts, (&bound.control.id.value, asked), found);
            let (settings, whole) = control(target, facts, bound, found);
            lowered.settings.extend(settings);
            if !whole {
                lowered.failed.extend(bound.clauses.iter().map(|(clause, _)| clause.clone()));
            }
        }
    }
    for entry in raw.iter().filter(|raw| is_for(&raw.entry, target.platform.value)) {
        let mut missing = BTreeSet::new();
        let binding = Binding::of_clause(target, facts, facts.releases_of(target.platform.value));
        let writing = Writing { source: Err(entry), entry: &entry.entry, each: None };
        let demand = format!("{}#{}", entry.clause, entry.entry.span.start);
        unmet_needs(target, &entry.entry.needs_facts, (&entry.clause.clause, entry.entry.span), found);
        lowered.settings.extend(repeated(target, &writing, &binding, (demand, &mut missing)));
        for missing in missing {
            lowered.failed.insert(entry.clause.clone());
            report(&missing, facts, (&format!("clause `{}`", entry.clause.clause), entry.entry.span), found);
        }
    }
    lowered
}

/// Facts that the group does not state. They are facts about PCs: no control asks them of Apple's devices.
fn unmet_needs(target: &Target, facts: &[Spanned<DeviceFact>], (id, place): (&str, Span), found: &mut Diagnostics) {
    if target.platform.value.is_apple() {
        return;
    }
    for fact in facts.iter().filter(|fact| !target.has.contains(&fact.value)) {
        let group = &target.group.value;
        found.push(
            Diagnostic::new(
                Code::UnmetNeed,
                place,
                format!(
                    "`{id}` needs devices with `{}`, and the group `{group}` does not say that it has it",
                    fact.value
                ),
            )
            .also(target.group.span, "the group")
            .help(format!("add `has: [{}]` to the group where that is so, or ask it of another group", fact.value)),
        );
    }
}

/// The settings of one control, and whether all of them could be written.
fn control(target: &Target, facts: &OrganisationFacts, bound: &Bound, found: &mut Diagnostics) -> (Vec<Setting>, bool) {
    let control: &Control = &bound.control;
    let given: BTreeMap<String, Given> =
        bound.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.value.clone())).gather();
    let instance = bound.instance.as_deref();
    let releases = facts.releases_of(target.platform.value);
    let known_as = bound.known_as();
    let binding = Binding {
        declared: &control.parameters,
        given: &given,
        target: Some(target),
        facts,
        instance,
        known_as,
        releases,
        item: None,
    };
    let (mut settings, mut missing) = (Vec::new(), BTreeSet::new());
    for (n, entry) in control.settings.iter().enumerate().filter(|(_, entry)| is_for(entry, target.platform.value)) {
        if !entry.when.iter().all(|when| when.holds(&given)) {
            continue;
        }
        let wanted = entry
            .when
            .iter()
            .map(|when| bound.parameters.get(&when.parameter.value).map(|given| given.span).unwrap_or_default());
        let wanted = wanted.chain(bound.clauses.iter().map(|(_, span)| *span)).find(|span| span.is_somewhere());
        unmet_needs(target, &entry.needs_facts, (&control.id.value, wanted.unwrap_or_default()), found);
        let writing = Writing { source: Ok(bound), entry, each: entry.each.as_ref().map(|list| list.value.as_str()) };
        let demand = format!("{}[{}]#{n}", control.id.value, instance.unwrap_or_default());
        settings.extend(repeated(target, &writing, &binding, (demand, &mut missing)));
    }
    let place = bound.clauses.first().map(|(_, span)| *span).unwrap_or_default();
    let whole = missing.is_empty();
    for missing in missing {
        report(&missing, facts, (&format!("`{}`", control.id.value), place), found);
    }
    (settings, whole)
}

/// What is missing, unless it is given and could not be read: that has its finding where it stands.
fn report(missing: &Missing, facts: &OrganisationFacts, (who, place): (&str, Span), found: &mut Diagnostics) {
    if matches!(missing, Missing::Fact(name) if facts.unread.contains(name)) {
        return;
    }
    let (code, cause, cure) = match missing {
        Missing::Fact(name) => (
            Code::MissingField,
            format!("organisation.yaml has no `{name}`, which {who} needs"),
            format!("add `{name}: …` to organisation.yaml"),
        ),
        Missing::File(path) => (
            Code::UnresolvedReference,
            format!("the organisation's folder has no file `{path}`, which {who} needs"),
            "put the file there, or mend the path".to_owned(),
        ),
        Missing::Certificate(name) => (
            Code::UnknownName,
            format!("organisation.yaml names no certificate `{name}`, which {who} needs"),
            format!("add `certificates: {{ {name}: PATH }}` to organisation.yaml"),
        ),
        Missing::Calculation(why) => (
            Code::ParameterOutOfRange,
            format!("{who} cannot calculate a value: {why}"),
            "change the parameters that it is calculated from".to_owned(),
        ),
    };
    found.push(Diagnostic::new(code, place, cause).help(cure));
}

/// An entry once, or once for each item of its list.
pub(super) fn repeated(
    target: &Target,
    writing: &Writing<'_>,
    binding: &Binding<'_>,
    (demand, missing): (String, &mut BTreeSet<Missing>),
) -> Vec<Setting> {
    let Some(list) = &writing.entry.each else { return demanded(target, writing, binding, (demand, missing)) };
    let mut settings = Vec::new();
    for (at, item) in items_of(list, binding).unwrap_or_default().into_iter().enumerate() {
        let binding = Binding { item: Some(item), ..*binding };
        settings.extend(demanded(target, writing, &binding, (format!("{demand}.{at}"), missing)));
    }
    settings
}

/// The forms of one demand, in the order in which the group prefers them.
fn demanded(
    target: &Target,
    writing: &Writing<'_>,
    binding: &Binding<'_>,
    (demand, missing): (String, &mut BTreeSet<Missing>),
) -> Vec<Setting> {
    let entry: &Entry = writing.entry;
    // A compliance policy is Intune's alone: where nobody delivers by it, there is nothing to be said.
    let is_judged = writing.source.is_err() || target.compliance == Compliance::Derived;
    let taken = |form: &Form| form.carrier != Carrier::Compliance || (is_judged && preference(form, target).is_some());
    let suits = |form: &&Form| serves(form).is_none_or(|platform| platform == target.platform.value) && taken(form);
    let mut forms: Vec<(Option<usize>, &Form)> =
        entry.forms.iter().filter(suits).map(|form| (preference(form, target), form)).collect();
    if forms.iter().any(|(at, _)| at.is_some()) {
        forms.retain(|(at, _)| at.is_some());
    }
    forms.arrange_by_key(|(at, _)| *at);
    let several = forms.len() > 1;
    let mut settings = Vec::new();
    for (form, (_, written)) in forms.into_iter().enumerate() {
        let choice = several.then(|| Choice { demand: demand.clone(), form });
        match write(written, writing, binding) {
            Ok(set) => settings.extend(set.into_iter().map(|setting| Setting { choice: choice.clone(), ..setting })),
            Err(lack) => {
                missing.insert(lack);
            }
        }
    }
    settings
}

/// Where a form stands in the group's `deliver`; `None` where its server does not take it.
fn preference(form: &Form, target: &Target) -> Option<usize> {
    let takes = |delivery: Delivery| match form.carrier {
        Carrier::Payload => matches!(delivery, Delivery::Mobileconfig | Delivery::Intune),
        Carrier::Declaration => delivery.carries_declaration(&form.owner.value, *target.intune),
        Carrier::Csp => matches!(delivery, Delivery::Syncml | Delivery::Intune),
        Carrier::Compliance => delivery == Delivery::Intune,
        Carrier::Command => true,
    };
    target.deliver.iter().position(|delivery| takes(delivery.value))
}

/// The settings of one form; none where its instance is `none`.
fn write(form: &Form, writing: &Writing<'_>, binding: &Binding<'_>) -> Result<Vec<Setting>, Missing> {
    let (mut instance, mut nodes) = (None, Vec::new());
    match &form.instance {
        Some(Instance::Name(name)) => match apply_name(name, binding)? {
            Some(name) => instance = Some(name),
            None => return Ok(Vec::new()),
        },
        Some(Instance::Nodes(named)) => {
            for (node, value) in named {
                let Some(value) = apply_name(value, binding)? else { return Ok(Vec::new()) };
                nodes.push((format!("{{{}}}", node.value), value));
            }
        }
        None => {}
    }
    let mut values = Vec::new();
    for (path, kind, expression) in &form.leaves {
        values.push((path, kind, expression, apply(expression, binding)?));
    }
    // An ADMX body is whole or not there.
    let broken: BTreeSet<&str> = values
        .iter()
        .filter(|(_, kind, _, value)| value.is_none() && matches!(kind, LeafKind::AdmxState | LeafKind::AdmxElement(_)))
        .filter_map(|(path, ..)| path.first().map(|name| name.value.as_str()))
        .gather();
    let mut settings = Vec::new();
    for (path, kind, expression, value) in values {
        let Some(value) = value else { continue };
        let admx = matches!(kind, LeafKind::AdmxState | LeafKind::AdmxElement(_));
        if admx && path.first().is_some_and(|name| broken.contains(name.value.as_str())) {
            continue;
        }
        let (span, origin) = behind(writing, expression);
        settings.push(Setting {
            address: address(form, path, kind, (instance.clone(), &nodes)),
            value,
            span,
            names: written(form, (path, kind, expression), writing),
            origins: vec![origin],
            profile: form.profile.clone(),
            unlisted: form.unlisted.clone(),
            allowed: form.allowed.iter().map(allowance).collect(),
            choice: None,
        });
    }
    let active = form.predicate.as_ref().and_then(|predicate| active(predicate, settings.first()?));
    settings.extend(active);
    Ok(settings)
}

fn allowance((code, reason): &(Spanned<Code>, String)) -> Allowance {
    Allowance { code: code.value, reason: reason.clone(), is_used: false }
}

/// The predicate of the configuration that a setting is part of.
fn active(predicate: &Spanned<String>, of: &Setting) -> Option<Setting> {
    let names = Names { owner: predicate.span, ..Names::default() };
    let span = if predicate.span.is_somewhere() { predicate.span } else { of.span };
    let value = Value::text(predicate.value.as_str());
    Some(Setting { address: of.address.predicate(), value, span, names, profile: None, ..of.clone() })
}

/// The address of one leaf, its instance and dynamic nodes filled in.
pub(super) fn address(
    form: &Form,
    path: &[Spanned<String>],
    kind: &LeafKind,
    (instance, nodes): (Option<String>, &[(String, String)]),
) -> Address {
    let mut channel = if form.user_channel { Channel::User } else { Channel::Device };
    let (family, owner, leaf) = match kind {
        LeafKind::Key => {
            let family = match form.carrier {
                Carrier::Declaration => Family::Declaration,
                Carrier::Command => Family::Command,
                Carrier::Compliance => Family::Compliance,
                Carrier::Payload | Carrier::Csp => Family::Profile,
            };
            let keys = path.iter().map(|key| key.value.clone()).collect();
            (family, form.owner.value.clone(), Leaf::Keys(keys))
        }
        LeafKind::Node | LeafKind::AdmxState | LeafKind::AdmxElement(_) => {
            let node = path.first().map(|name| name.value.as_str()).unwrap_or_default();
            let leaf = match kind {
                LeafKind::AdmxElement(id) => Leaf::AdmxElement(id.value.clone()),
                LeafKind::AdmxState => Leaf::AdmxState,
                _ => Leaf::Node,
            };
            (Family::Csp, filled(&form.owner, node, nodes), leaf)
        }
    };
    if owner.starts_with("./User/") {
        channel = Channel::User;
    }
    Address { family, channel, owner, instance, leaf }
}

/// The values of a form's dynamic nodes, as far as they are known.
pub(super) fn nodes_of(form: &Form, binding: &Binding<'_>) -> Vec<(String, String)> {
    let Some(Instance::Nodes(nodes)) = &form.instance else { return Vec::new() };
    let value = |expression| apply_name(expression, binding).ok().flatten();
    nodes.iter().filter_map(|(name, expression)| Some((format!("{{{}}}", name.value), value(expression)?))).collect()
}

/// The LocURI of a node, its dynamic nodes filled in.
pub(super) fn filled(owner: &str, node: &str, nodes: &[(String, String)]) -> String {
    let path = format!("{}/{}", owner.trim_end_matches('/'), node.trim_matches('/'));
    if nodes.is_empty() {
        return path;
    }
    let fill =
        |part: &str| nodes.iter().find(|(name, _)| name == part).map_or_else(|| part.to_owned(), |(_, v)| v.clone());
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::super::sample::{bound, control as control_of, facts, lines, lowered, messages, of_library, target};
    use super::*;
    use crate::setting::{Basis, Platform, Role};

    fn check(id: &str, give: &str, platform: Platform, expected: &[&str]) {
        let lowered = lowered(&bound(&of_library(id), give), &target(platform));
        assert_eq!(lines(&lowered), expected, "{id} {give}");
    }

    #[test]
    fn a_required_start_up_pin_is_these_nodes() {
        let expected = [
            "BitLocker/SystemDrivesRequireStartupAuthentication state = true",
            "BitLocker/SystemDrivesRequireStartupAuthentication ConfigureNonTPMStartupKeyUsage_Name = false",
            "BitLocker/SystemDrivesRequireStartupAuthentication ConfigureTPMStartupKeyUsageDropDown_Name = 0",
            "BitLocker/SystemDrivesRequireStartupAuthentication ConfigurePINUsageDropDown_Name = 1",
            "BitLocker/SystemDrivesRequireStartupAuthentication ConfigureTPMPINKeyUsageDropDown_Name = 0",
            "BitLocker/SystemDrivesRequireStartupAuthentication ConfigureTPMUsageDropDown_Name = 0",
            "BitLocker/SystemDrivesMinimumPINLength state = true",
            "BitLocker/SystemDrivesMinimumPINLength MinPINLength = 8",
            "BitLocker/SystemDrivesEnhancedPIN state = false",
            "BitLocker/SystemDrivesEnablePreBootPinExceptionOnDECapableDevice state = false",
            "Security/PreventAutomaticDeviceEncryptionForAzureADJoinedDevices = 1",
            "BitLocker/SystemDrivesDisallowStandardUsersCanChangePIN state = false",
            "BitLocker/SystemDrivesEnablePrebootInputProtectorsOnSlates state = true",
        ];
        check("startup-pin", "{ mode: required, min-length: 8 }", Platform::Windows, &expected);
        let relaxed = [
            "Security/PreventAutomaticDeviceEncryptionForAzureADJoinedDevices = 0",
            "BitLocker/SystemDrivesRequireStartupAuthentication state = false",
            "BitLocker/SystemDrivesMinimumPINLength state = false",
            "BitLocker/SystemDrivesEnhancedPIN state = false",
            "BitLocker/SystemDrivesEnablePreBootPinExceptionOnDECapableDevice state = false",
            "BitLocker/SystemDrivesDisallowStandardUsersCanChangePIN state = false",
            "BitLocker/SystemDrivesEnablePrebootInputProtectorsOnSlates state = false",
        ];
        check("startup-pin", "{ mode: off }", Platform::Windows, &relaxed);
    }

    #[test]
    fn a_passcode_has_two_forms_on_apple_and_an_inverted_switch_on_windows() {
        let payload = "com.apple.mobiledevice.passwordpolicy";
        let declaration = "com.apple.configuration.passcode.settings";
        let relaxed = [format!("{payload} forcePIN = false (0)"), format!("{declaration} RequirePasscode = false (1)")];
        let relaxed: Vec<&str> = relaxed.iter().map(String::as_str).collect();
        check("passcode", "{ required: false }", Platform::Ios, &relaxed);
        check("passcode", "{ required: false }", Platform::Windows, &["DeviceLock/DevicePasswordEnabled = 1"]);
        let expected = [
            "DeviceLock/DevicePasswordEnabled = 0",
            "DeviceLock/MinDevicePasswordLength = 6",
            "DeviceLock/AllowSimpleDevicePassword = 0",
            "DeviceLock/AlphanumericDevicePasswordRequired = 2",
            "DeviceLock/DevicePasswordExpiration = 0",
            "DeviceLock/DevicePasswordHistory = 5",
        ];
        check("passcode", "{ history: 5 }", Platform::Windows, &expected);
    }

    #[test]
    fn the_form_that_the_group_prefers_comes_first_and_what_it_cannot_get_is_left_out() {
        let passcode = bound(&of_library("passcode"), "{ required: false }");
        let mut phones = target(Platform::Ios);
        phones.deliver.reverse();
        assert!(lines(&lowered(&passcode, &phones))[0].starts_with("com.apple.configuration.passcode.settings"));
        phones.deliver.pop();
        let alone = lowered(&passcode, &phones);
        assert_eq!(lines(&alone), ["com.apple.configuration.passcode.settings RequirePasscode = false"]);
    }

    #[test]
    fn an_origin_names_the_parameters_the_clause_and_the_basis() {
        let lowered = lowered(&bound(&of_library("startup-pin"), "{ min-length: 8 }"), &target(Platform::Windows));
        let at = |n: usize| lowered.settings[n].origins[0].clone();
        let (state, length, helping) = (at(0), at(7), at(12));
        assert_eq!((state.parameters, state.basis, state.deciding), (vec!["mode".to_owned()], Basis::Default, 0));
        assert_eq!(
            (length.parameters, length.basis),
            (vec!["min-length".to_owned(), "mode".to_owned()], Basis::Stated)
        );
        assert_eq!((length.deciding, length.clauses.len(), length.role), (1, 1, Role::Carrying));
        assert_eq!(helping.role, Role::Helping);
        assert!(lowered.settings.iter().all(|setting| setting.span.is_somewhere()));
    }

    #[test]
    fn what_is_none_leaves_an_admx_body_out_whole() {
        let media = of_library("removable-media-encryption");
        let without = lines(&lowered(&bound(&media, "{ organisation-drives-only: true }"), &target(Platform::Windows)));
        let without: Vec<_> = without.iter().filter(|line| line.contains("IdentificationField")).collect();
        assert_eq!(without, ["BitLocker/IdentificationField state = false"], "what relaxes is all there is");
        let with = "{ organisation-drives-only: true, organisation-id: Acme }";
        let with = lines(&lowered(&bound(&media, with), &target(Platform::Windows)));
        assert_eq!(with.iter().filter(|line| line.contains("BitLocker/IdentificationField")).count(), 3);
    }

    #[test]
    fn an_escrow_certificate_makes_two_payloads_of_one_profile() {
        let disk = of_library("disk-encryption");
        let lowered = lowered(&bound(&disk, "{ escrow-certificate: escrow }"), &target(Platform::MacOs));
        let shared: Vec<_> = lowered.settings.iter().filter(|setting| setting.profile.is_some()).collect();
        assert_eq!(shared.len(), 3);
        assert_eq!(shared[1].value.to_string(), "reference to com.apple.security.pkcs1 [escrow]");
        assert_eq!(shared[2].value.to_string(), "2 bytes");
        assert_eq!(shared[2].address.instance.as_deref(), Some("escrow"));
    }

    #[test]
    fn gaps_count_where_a_clause_gives_the_parameter() {
        let check = |id: &str, give: &str, platform, expected: &[Option<&str>]| {
            let lowered = lowered(&bound(&of_library(id), give), &target(platform));
            let gaps: Vec<Option<&str>> = lowered.gaps.iter().map(|(_, gap)| gap.parameter.as_deref()).collect();
            assert_eq!(gaps, expected, "{id} {give}");
        };
        check("passcode", "{ min-length: 6 }", Platform::Windows, &[]);
        check("passcode", "{ grace-minutes: 5 }", Platform::Windows, &[Some("grace-minutes")]);
        check("passcode", "{ min-complex-characters: 0 }", Platform::Windows, &[]);
        check("startup-pin", "{}", Platform::Ios, &[None]);
        check("startup-pin", "{}", Platform::MacOs, &[]);
        check("pin-separation", "{ strategy: disjoint-length }", Platform::Windows, &[]);
        check("pin-separation", "{ strategy: different-minimum }", Platform::Windows, &[None]);
        check("hotspot", "{}", Platform::TvOs, &[None]);
    }

    #[test]
    fn a_missing_fact_is_one_finding_where_the_clause_asks() {
        let hello = bound(&of_library("hello-for-business"), "{}");
        let mut found = Diagnostics::default();
        lower(&target(Platform::Windows), &OrganisationFacts::default(), std::slice::from_ref(&hello), &[], &mut found);
        assert_eq!(
            messages(&found),
            ["missing-field: organisation.yaml has no `entra-tenant`, which `hello-for-business` needs"]
        );
        assert_eq!(found.iter().next().unwrap().place, crate::diagnostic::Place::Source(hello.clauses[0].1));
    }

    #[test]
    fn a_need_that_the_group_does_not_state_is_found() {
        let pin = bound(&of_library("startup-pin"), "{}");
        let mut laptops = target(Platform::Windows);
        laptops.has.clear();
        let mut found = Diagnostics::default();
        lower(&laptops, &facts(), &[pin], &[], &mut found);
        assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::UnmetNeed]);
    }

    #[test]
    fn an_entry_can_stand_for_each_item() {
        let control = control_of(
            "control: apps\ntitle: Apps\nparameters:\n  apps: { type: list, fields: { id: text, wanted: boolean } }\nsettings:\n  \
             - platforms: [iOS]\n    each: $apps\n    instance: $item.id\n    declaration: com.example.app\n    \
             keys: { Id: $item.id, Wanted: { $item.wanted: { true: 1, false: 0 } } }\ngaps: { macOS: none, Windows: none }\n",
        );
        let give = "{ apps: [{ id: a, wanted: true }, { id: b, wanted: false }] }";
        let lowered = lowered(&bound(&control, give), &target(Platform::Ios));
        let instances: Vec<_> =
            lowered.settings.iter().filter_map(|setting| setting.address.instance.clone()).collect();
        assert_eq!(instances, ["a", "a", "b", "b"]);
        assert_eq!(lines(&lowered)[3], "com.example.app Wanted = 0");
    }
}
