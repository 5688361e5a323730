//! Settings → controls, the way back of `lower.rs` (language.md §5, "Raising"): parameters are proposed by the inverse of each value,
//! lowered again, and the control is taken only where that gives settings that are there, each with its value.
//!
//! Proposals are tried parameter by parameter, each against the values that the others have: what a value cannot tell keeps its
//! default. Where two controls would write the very same settings, neither is taken: nobody can tell which was meant.
//!
//! Reading order: this file, `climb.rs` (changing parameters until settings agree), `propose.rs` (what settings say of a parameter),
//! `near.rs` (what a control would change).

mod climb;
mod near;
mod propose;
use super::invert::agree;
use super::lower::{address, lower};
use super::parameter::Given;
use super::wellformed::is_for;
use super::{Bound, BoundParameter, Control, Expression, Form, Instance, OrganisationFacts};
use crate::diagnostic::Diagnostics;
use crate::gather::Gather;
use crate::setting::{Address, Basis, Family, Role, Setting, Target, Value};
use crate::source::Span;
use climb::{Aim, Score};
pub use near::{Differing, Near};
use propose::{family, parts};
use rayon::prelude::*;
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A control that settings stand for.
#[derive(Clone, Debug)]
pub struct Raised {
    /// The control.
    pub control: Arc<Control>,
    /// Its instance, where clauses ask for several.
    pub instance: Option<String>,
    /// Its parameters, each with a value.
    pub given: BTreeMap<String, Given>,
    /// The settings that it writes.
    pub addresses: BTreeSet<Address>,
    /// Whether a setting says it; else a command does.
    pub is_set: bool,
    /// Whether it takes anything from devices; else it writes what holds without it.
    pub carries: bool,
}

/// What settings are raised from, and for whom.
pub struct Estate<'a> {
    /// The group.
    pub target: &'a Target,
    /// What entries refer to beside parameters.
    pub facts: &'a OrganisationFacts,
    /// The settings that are there.
    pub settings: &'a BTreeMap<Address, Value>,
    /// What becomes of lowered settings until they are written: the vendors' types, one form of each demand, and nothing that the
    /// group cannot take.
    pub settle: &'a (dyn Fn(Vec<Setting>) -> Vec<Setting> + Sync),
}

/// The controls of some settings, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Raising {
    /// Those that the settings stand for; the largest are taken first.
    pub raised: Vec<Raised>,
    /// Those that they nearly stand for; what these would write is nobody's yet.
    pub near: Vec<Near>,
}

/// Every control that the settings stand for, and those that they nearly stand for.
pub fn raise(controls: &[Arc<Control>], estate: &Estate<'_>) -> Raising {
    let fitting = |control: &Arc<Control>| -> Vec<Fit> {
        instances(control, estate).into_iter().filter_map(|instance| estate.fit(control, instance)).collect()
    };
    let fits: Vec<Fit> = controls.par_iter().flat_map_iter(fitting).collect();
    let (mut candidates, mut near) = (Vec::new(), Vec::new());
    for fit in fits {
        match fit {
            Fit::Whole(raised) => candidates.push(raised),
            Fit::Near(one) => near.push(one),
        }
    }
    let twice: Vec<bool> = candidates
        .iter()
        .map(|one| candidates.iter().filter(|other| other.addresses == one.addresses).count() > 1)
        .collect();
    let mut twice = twice.into_iter();
    candidates.retain(|_| twice.next() == Some(false));
    let key =
        |raised: &Raised| (Reverse(raised.addresses.len()), raised.control.id.value.clone(), raised.instance.clone());
    candidates.sort_unstable_by_key(key);
    let mut claimed: BTreeSet<Address> = BTreeSet::new();
    candidates.retain(|raised| {
        let adds = !raised.addresses.is_subset(&claimed);
        if adds {
            claimed.extend(raised.addresses.iter().cloned());
        }
        adds
    });
    candidates.sort_unstable_by(|a, b| (&a.control.id.value, &a.instance).cmp(&(&b.control.id.value, &b.instance)));
    // What stands in a control already is no reason to ask for another.
    near.retain(|near| near.differing.iter().all(|differing| !claimed.contains(&differing.address)));
    near.sort_unstable_by(|a, b| (&a.control.id.value, &a.instance).cmp(&(&b.control.id.value, &b.instance)));
    Raising { raised: candidates, near }
}

/// How a control fits the settings that are there.
enum Fit {
    Whole(Raised),
    Near(Near),
}

impl Estate<'_> {
    /// The control with the parameters that give settings that are there; `None` where hardly any do.
    fn fit(&self, control: &Arc<Control>, instance: Option<String>) -> Option<Fit> {
        let mut given: BTreeMap<String, Given> = BTreeMap::new();
        for parameter in &control.parameters {
            let first =
                parameter.default.clone().or_else(|| self.proposed(control, parameter, &given).into_iter().next());
            let platforms = &parameter.platforms;
            match first {
                Some(first) => drop(given.insert(parameter.name.value.clone(), first)),
                // Nobody has to give what other platforms alone ask for.
                None if !platforms.is_empty() && !platforms.contains(&self.target.platform.value) => {}
                None => return None,
            }
        }
        // What the settings say of each parameter by itself, where several of them make one value.
        let mut said = given.clone();
        for parameter in &control.parameters {
            if let Some(value) = self.said(control, parameter, &given) {
                said.insert(parameter.name.value.clone(), value);
            }
        }
        // What writes little agrees easily: where all that agrees does not end in a control, what disagrees least may.
        let starts = [(Aim::Most, &given), (Aim::Most, &said), (Aim::Purest, &given)];
        let mut nearest: Option<Near> = None;
        for (aim, start) in starts {
            let mut given = start.clone();
            if self.climb((control, &instance, aim), &mut given).right == 0 {
                continue;
            }
            let Some(lowered) = self.lowered(control, &instance, &given) else { continue };
            let settled = (self.settle)(lowered);
            let near = near::near(self, (control, &instance), &given, &settled);
            let is_nearer =
                |near: &Near| nearest.as_ref().is_none_or(|best| near.differing.len() < best.differing.len());
            if let Some(near) = near.filter(is_nearer) {
                nearest = Some(near);
            }
            if let Some(raised) = self.taken((control, &instance), given, settled) {
                return Some(Fit::Whole(raised));
            }
        }
        nearest.map(Fit::Near)
    }

    /// The control, where these parameters give settings that are there and nothing else.
    fn taken(
        &self,
        (control, instance): (&Arc<Control>, &Option<String>),
        given: BTreeMap<String, Given>,
        settled: Vec<Setting>,
    ) -> Option<Raised> {
        let is_there = |setting: &Setting| self.settings.get(&setting.address) == Some(&setting.value);
        let by = |role: Role| -> BTreeSet<Family> {
            settled.iter().filter(|setting| setting.role() == role).map(|setting| setting.address.family).gather()
        };
        let carries = !by(Role::Carrying).is_empty();
        let families = by(if carries { Role::Carrying } else { Role::Relaxing });
        let is_set = families.iter().any(|family| !matches!(family, Family::Command | Family::Compliance));
        if !(is_set || families.contains(&Family::Command)) || !settled.iter().all(is_there) {
            return None;
        }
        let addresses = settled.into_iter().map(|setting| setting.address).gather();
        Some(Raised { control: Arc::clone(control), instance: instance.clone(), given, addresses, is_set, carries })
    }

    /// Has a control that another route's settings stand for claim those of this one too: whether all that it writes here is there.
    pub fn claims(&self, raised: &mut Raised) -> bool {
        let Some(lowered) = self.lowered(&raised.control, &raised.instance, &raised.given) else { return false };
        let mut settled = (self.settle)(lowered);
        // A command goes by no route.
        settled.retain(|setting| setting.address.family != Family::Command);
        let is_there = settled.iter().all(|setting| self.settings.get(&setting.address) == Some(&setting.value));
        raised.addresses.extend(settled.into_iter().filter(|_| is_there).map(|setting| setting.address));
        is_there
    }

    fn lowered(
        &self,
        control: &Arc<Control>,
        instance: &Option<String>,
        given: &BTreeMap<String, Given>,
    ) -> Option<Vec<Setting>> {
        let bind = |(name, value): (&String, &Given)| {
            let (value, basis) = (value.clone(), Basis::Stated);
            (
                name.clone(),
                BoundParameter { value, span: Span::NOWHERE, basis, contributions: Vec::new(), exceptions: Vec::new() },
            )
        };
        let bound = Bound {
            control: Arc::clone(control),
            instance: instance.clone(),
            formerly: None,
            parameters: given.iter().map(bind).gather(),
            clauses: Vec::new(),
        };
        let mut found = Diagnostics::default();
        let lowered = lower(self.target, self.facts, std::slice::from_ref(&bound), &[], &mut found);
        (!found.has_errors()).then_some(lowered.settings)
    }

    /// Of several forms of a demand the one that agrees best counts.
    fn score(&self, control: &Arc<Control>, instance: &Option<String>, given: &BTreeMap<String, Given>) -> Score {
        let Some(lowered) = self.lowered(control, instance, given) else {
            return Score { wrong: usize::MAX >> 1, right: 0 };
        };
        let mut forms: BTreeMap<(&str, usize), (usize, usize)> = BTreeMap::new();
        for setting in &lowered {
            let form = setting.choice.as_ref().map_or(("", 0), |choice| (choice.demand.as_str(), choice.form));
            let there = self.settings.get(&setting.address).and_then(|value| agree(&setting.value, value));
            let (wrong, right) = forms.entry(form).or_default();
            match there {
                Some(Ordering::Equal) => *right += 1,
                _ => *wrong += 1,
            }
        }
        let (mut wrong, mut right) = (0, 0);
        let mut demands: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for ((demand, _), form) in forms {
            let better = |other: &(usize, usize)| (form.0, Reverse(form.1)) < (other.0, Reverse(other.1));
            if demands.get(demand).is_none_or(better) {
                demands.insert(demand, form);
            }
        }
        demands.into_values().for_each(|(a, b)| (wrong, right) = (wrong + a, right + b));
        Score { wrong, right }
    }
}

/// The instances of a control that may be there; one without a name where it has none.
fn instances(control: &Control, estate: &Estate<'_>) -> Vec<Option<String>> {
    let platform = estate.target.platform.value;
    let entries = || control.settings.iter().filter(|entry| is_for(entry, platform));
    let forms = || entries().flat_map(|entry| &entry.forms);
    let is_of = |form: &Form, address: &Address| {
        let fixed = form.owner.split('{').next().unwrap_or_default();
        family(form.carrier) == address.family && address.owner.starts_with(fixed)
    };
    let known: Vec<&Address> =
        estate.settings.keys().filter(|address| forms().any(|form| is_of(form, address))).collect();
    if known.is_empty() {
        return Vec::new();
    }
    if !control.named_instances {
        return vec![None];
    }
    let mut names = BTreeSet::new();
    for form in forms() {
        match &form.instance {
            Some(Instance::Name(name)) if is_instance(name) => {
                names.extend(
                    known.iter().filter(|address| is_of(form, address)).filter_map(|address| address.instance.clone()),
                );
            }
            Some(Instance::Nodes(nodes)) => {
                let Some((node, _)) = nodes.iter().find(|(_, name)| is_instance(name)) else { continue };
                for (path, kind, _) in &form.leaves {
                    let pattern = address(form, path, kind, (None, &[])).owner;
                    let all = known.iter().filter_map(|address| parts(&pattern, &address.owner)).flatten();
                    names.extend(
                        all.filter(|(name, _)| name.trim_matches(['{', '}']) == node.value).map(|(_, name)| name),
                    );
                }
            }
            _ => {}
        }
    }
    names.into_iter().filter(|name| is_name(name)).map(Some).collect()
}

fn is_instance(expression: &Expression) -> bool {
    matches!(expression, Expression::Reference(name) if name == "instance")
}

/// Whether clauses can call an instance so.
fn is_name(name: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    name.split('-').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::check;
    use crate::control::library::{library, library_ids};
    use crate::control::sample::{bound, facts, lines, lowered, of_library, others, target};
    use crate::control::wellformed::has_settings;
    use crate::setting::Platform;

    fn settled(catalogue: &Catalogue, target: &Target, settings: Vec<Setting>) -> BTreeMap<Address, Value> {
        let checked = check::against(catalogue, target, settings, &mut Diagnostics::default());
        checked.settings().iter().map(|setting| (setting.address.clone(), setting.value.clone())).collect()
    }

    /// What some settings are raised to among these controls.
    fn raising(controls: &[Arc<Control>], target: &Target, settings: &BTreeMap<Address, Value>) -> Raising {
        let (catalogue, facts) = (Catalogue::embedded(), facts());
        let settle = |settings: Vec<Setting>| {
            check::against(&catalogue, target, settings, &mut Diagnostics::default()).settings().to_vec()
        };
        raise(controls, &Estate { target, facts: &facts, settings, settle: &settle })
    }

    fn raised(controls: &[Arc<Control>], target: &Target, settings: &BTreeMap<Address, Value>) -> Vec<Raised> {
        raising(controls, target, settings).raised
    }

    /// What must be given for there to be any settings.
    const ASKED: &[(&str, &str)] = &[
        ("app-allowlist", "{ allowed-bundle-ids: [com.example.app] }"),
        ("data-separation", "{ email-domains: [example.org] }"),
        ("email-only", "{ mail-app-windows: 'C:\\Program Files\\Mail\\mail.exe' }"),
        ("scheduled-restart", "{ first: 2026-10-04 }"),
    ];

    /// What no setting tells, and why: such settings stay raw. Without a parameter, the control as a whole.
    const ONE_WAY: &[(&str, &str, &str)] = &[
        (
            "software-restriction",
            "windows-allow-rules",
            "a document of AppLocker's, which is taken as it is (`xml/mod.rs`)",
        ),
        ("email-only", "browsers", "the same"),
        (
            "email-only",
            "block-outbound",
            "where the way out is open, no setting names the app of Windows, which must be given",
        ),
        ("email-only", "kiosk-groups", "a document of Assigned Access"),
    ];

    #[test]
    fn every_control_comes_back_from_its_own_settings_at_any_parameters() {
        let catalogue = Catalogue::embedded();
        let (mut asked, mut lost) = (0, Vec::new());
        for id in library_ids() {
            let control = of_library(id);
            let one_way = |parameter: &str| ONE_WAY.iter().any(|(other, name, _)| *other == id && *name == parameter);
            if one_way("") || control.named_instances || !control.constrains.is_empty() {
                continue;
            }
            let give = ASKED.iter().find(|(other, _)| *other == id).map_or("{}", |(_, give)| give);
            for platform in Platform::ALL.iter().filter(|platform| has_settings(&control, **platform)) {
                let target = target(*platform);
                for n in 0..10usize {
                    let mut bound = bound(&control, give);
                    let changed =
                        control.parameters.iter().filter(|parameter| n > 0 && !one_way(&parameter.name.value));
                    for (at, parameter) in changed.enumerate() {
                        let Some(known) = bound.parameters.get_mut(&parameter.name.value) else { continue };
                        let mut values = vec![known.value.clone()];
                        values.extend(others(parameter, &known.value));
                        known.value = values[(n * (at + 3) + n / 2) % values.len()].clone();
                    }
                    let mut found = Diagnostics::default();
                    let own = lower(&target, &facts(), std::slice::from_ref(&bound), &[], &mut found);
                    let settings = settled(&catalogue, &target, own.settings.clone());
                    let carries = own
                        .settings
                        .iter()
                        .any(|setting| setting.role() != Role::Helping && settings.contains_key(&setting.address));
                    if found.has_errors() || !carries {
                        continue;
                    }
                    asked += 1;
                    let back = raised(std::slice::from_ref(&control), &target, &settings);
                    let whole = back.iter().any(|raised| raised.addresses.iter().eq(settings.keys()));
                    if !whole {
                        let given: Vec<String> =
                            bound.parameters.iter().map(|(name, one)| format!("{name}: {:?}", one.value)).collect();
                        lost.push(format!("{id} on {platform}: {}", given.join(", ")));
                    }
                }
            }
        }
        assert!(asked > 300, "only {asked}");
        assert!(lost.is_empty(), "{} of {asked} are lost:\n{}", lost.len(), lost.join("\n"));
    }

    #[test]
    fn what_a_value_cannot_tell_is_the_default() {
        let passcode = of_library("passcode");
        let target = target(Platform::Ios);
        let settings =
            settled(&Catalogue::embedded(), &target, lowered(&bound(&passcode, "{ min-length: 9 }"), &target).settings);
        let all: Vec<Arc<Control>> = library().into_values().collect();
        let back = raised(&all, &target, &settings);
        let own: Vec<&Raised> = back.iter().filter(|raised| raised.control.id.value == "passcode").collect();
        assert_eq!(own.len(), 1, "{back:?}");
        assert_eq!(own[0].given["min-length"], Some(Value::Integer(9)));
        let changed: Vec<&String> = passcode
            .parameters
            .iter()
            .filter(|parameter| parameter.default.as_ref() != own[0].given.get(&parameter.name.value))
            .map(|parameter| &parameter.name.value)
            .collect();
        assert_eq!(changed, ["min-length"]);
        assert!(!lines(&lowered(&bound(&passcode, "{}"), &target)).is_empty());
    }

    #[test]
    fn one_setting_that_differs_keeps_a_control_from_coming_back() {
        let pin = of_library("startup-pin");
        let target = target(Platform::Windows);
        let mut settings = settled(&Catalogue::embedded(), &target, lowered(&bound(&pin, "{}"), &target).settings);
        assert_eq!(raised(std::slice::from_ref(&pin), &target, &settings).len(), 1);
        let fixed = settings.keys().find(|address| address.to_string().contains("ConfigureNonTPM")).cloned().unwrap();
        settings.insert(fixed, Value::Boolean(true));
        let raising = raising(std::slice::from_ref(&pin), &target, &settings);
        assert!(raising.raised.is_empty());
        let [near] = raising.near.as_slice() else { panic!("{:?}", raising.near) };
        let [differing] = near.differing.as_slice() else { panic!("{near:?}") };
        assert_eq!((&differing.wanted, &differing.there), (&Value::Boolean(false), &Some(Value::Boolean(true))));
        assert_eq!(near.agreeing + 1, settings.len());
    }
}
