//! The control library: one YAML file for each control, which people review. The build script reads them, as `source::yaml` does, and
//! embeds their trees, so that a run decodes the controls and never meets the syntax.
//!
//! That each tree is a well-formed control is proved by a test here; the build stops where a file is no YAML (`control/build.rs`).

use super::{Control, parse};
use crate::diagnostic::Diagnostics;
use crate::gather::{Arrange, Gather};
use crate::source::yaml::Node;
use crate::source::{Source, Sources};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The tree of each of the library's files, in their order: postcard, a record for each.
const TREES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));

/// The ids of the library's controls, sorted.
pub fn library_ids() -> Vec<&'static str> {
    let mut ids: Vec<&str> = Sources::library().map(|(_, file)| id_of(file)).collect();
    ids.arrange();
    ids
}

/// The whole library as it ships in the binary: what a digest of it is taken of.
pub fn library_bytes() -> &'static [u8] {
    TREES
}

/// One control of the library; `None` where it has none of that id.
pub fn library_control(id: &str) -> Option<Arc<Control>> {
    let (place, _) = Sources::library().enumerate().find(|(_, (_, file))| id_of(file) == id)?;
    control(place)
}

/// Every control of the library, by id.
pub fn library() -> BTreeMap<String, Arc<Control>> {
    let places: Vec<usize> = (0..Sources::library().count()).collect();
    places.into_par_iter().filter_map(control).map(|control| (control.id.value.clone(), control)).collect()
}

/// The controls of a library by id, each decoded when it is first asked for: sources name about half of them.
pub struct Library {
    controls: BTreeMap<String, Shelved>,
}

/// A control at its place in the library.
struct Shelved {
    place: usize,
    control: OnceLock<Option<Arc<Control>>>,
}

impl Library {
    /// The one in the binary.
    pub fn embedded() -> Library {
        let shelved = |place| Shelved { place, control: OnceLock::new() };
        let all = Sources::library().enumerate();
        Library { controls: all.map(|(place, (_, file))| (id_of(file).to_owned(), shelved(place))).gather() }
    }

    /// One of these controls alone.
    pub fn of(controls: impl Iterator<Item = Control>) -> Library {
        let shelved = |control| Shelved { place: 0, control: OnceLock::from(Some(Arc::new(control))) };
        Library { controls: controls.map(|control| (control.id.value.clone(), shelved(control))).gather() }
    }

    /// Whether it has a control of that id.
    pub fn has(&self, id: &str) -> bool {
        self.controls.contains_key(id)
    }

    /// The control of that id.
    pub fn get(&self, id: &str) -> Option<&Arc<Control>> {
        let shelved = self.controls.get(id)?;
        shelved.control.get_or_init(|| control(shelved.place)).as_ref()
    }

    /// All of them, in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Control>> {
        self.controls.keys().filter_map(|id| self.get(id))
    }
}

fn control(place: usize) -> Option<Arc<Control>> {
    parse::read(&tree(place), &mut Diagnostics::default()).map(Arc::new)
}

fn id_of(file: &Source) -> &str {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    name.strip_suffix(".yaml").unwrap_or(name)
}

fn tree(place: usize) -> Node {
    let read =
        || postcard::from_bytes(postcard::from_bytes::<Vec<&[u8]>>(TREES)?.get(place).copied().unwrap_or_default());
    match read() {
        Ok(node) => node,
        Err(error) => panic!("internal: tree {place} of the embedded library: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{bound, lines, lowered, messages, of_library, others, target};
    use super::super::wellformed::has_settings;
    use super::super::{Bound, Control, Given, Parameter};
    use super::*;
    use crate::catalogue::entry::Form;
    use crate::catalogue::{Catalogue, KeyLookup, NodeLookup};
    use crate::diagnostic::Severity;
    use crate::diagnostic::render::{Lines, Look, human};
    use crate::setting::{Address, Family, Leaf, Platform, Role, Target};
    use crate::source::yaml;
    use std::collections::BTreeSet;

    #[test]
    fn every_control_of_the_library_is_well_formed_and_named_as_its_file() {
        let sources = Sources::default();
        for (place, (_, file)) in Sources::library().enumerate() {
            let mut found = Diagnostics::default();
            let control = parse::parse(&tree(place), &mut found);
            let findings = human(&found, &Lines::new(&sources), Look::Plain, Severity::Note);
            assert_eq!((findings.as_str(), control.unwrap().id.value.as_str()), ("", id_of(file)));
        }
    }

    #[test]
    fn every_tree_is_that_of_its_text_with_its_places() {
        let (sources, mut found) = (Sources::default(), Diagnostics::default());
        for (place, (file, _)) in Sources::library().enumerate() {
            let read = yaml::parse(&sources, file, &mut found).unwrap();
            // Two names are equal wherever they stand; what is written of them tells the places, too.
            assert_eq!(format!("{:?}", tree(place)), format!("{read:?}"));
        }
        assert!(found.iter().next().is_none());
    }

    /// What a control is asked for with, where its defaults leave a parameter without effect, or lack one.
    const ASKED: &[(&str, &str)] = &[
        ("app-allowlist", "{ allowed-bundle-ids: [com.example.app] }"),
        ("data-separation", "{ email-domains: [example.org] }"),
        ("email-only", "{ mail-app-windows: 'C:\\Program Files\\Mail\\mail.exe' }"),
        ("scheduled-restart", "{ first: 2026-10-04 }"),
        (
            "software-restriction",
            "{ windows-allow-rules: [{ collection: exe, name: Mail, by: path, value: '%PROGRAMFILES%\\Mail\\*' }] }",
        ),
        (
            "web-filter",
            "{ modes: [automatic, deny-list, allow-list, plug-in], deny: [\"https://example.com\"], allow: [{ url: \"https://example.org\", \
             title: Example }], plugin: com.example.filter, plugin-name: Filter, plugin-provider: com.example.filter.data, \
             plugin-requirement: anchor apple generic }",
        ),
    ];

    /// For each control, on each platform that it has settings for.
    fn everywhere(mut ask: impl FnMut(&Arc<Control>, &Bound, &Target)) {
        for id in library_ids() {
            let control = of_library(id);
            let give = ASKED.iter().find(|(other, _)| *other == id).map_or("{}", |(_, give)| give);
            for platform in Platform::ALL.iter().filter(|platform| has_settings(&control, **platform)) {
                ask(&control, &bound(&control, give), &target(*platform));
            }
        }
    }

    #[test]
    fn every_control_lowers_where_it_has_settings_and_leaves_nothing_without_a_reason() {
        let mut seen = 0;
        everywhere(|_, bound, target| {
            let lowered = lowered(bound, target);
            assert!(!lowered.settings.is_empty());
            assert!(lowered.settings.iter().all(|setting| setting.origins.len() == 1));
            assert!(lowered.settings.iter().all(|setting| !setting.address.owner.contains(['{', '}'])));
            seen += 1;
        });
        assert!(seen > 12);
    }

    #[test]
    fn every_parameter_changes_a_setting_or_is_a_gap() {
        everywhere(|control, bound, target| {
            let platform = target.platform.value;
            for parameter in &control.parameters {
                let name = &parameter.name.value;
                let listed =
                    control.gaps.iter().any(|gap| gap.platform == platform && gap.parameter.as_ref() == Some(name));
                let elsewhere = !parameter.platforms.is_empty() && !parameter.platforms.contains(&platform);
                let judged = super::super::rule::judged(&control.id.value).any(|judged| judged == name);
                // A parameter may speak only where another one has some value: the seconds of a lock where there is one.
                let matters = || variants(control, bound).iter().any(|bound| changes(parameter, bound, target));
                assert!(
                    listed || elsewhere || judged || changes(parameter, bound, target) || matters(),
                    "{} on {platform}: `{name}` changes nothing",
                    control.id.value
                );
            }
        });
    }

    /// Whether some value of the parameter gives other settings.
    fn changes(parameter: &Parameter, bound: &Bound, target: &Target) -> bool {
        let before = lines(&lowered(bound, target));
        let name = &parameter.name.value;
        let others = others(parameter, &bound.parameters[name].value);
        others.into_iter().any(|value| before != lines(&lowered(&with(bound, name, value), target)))
    }

    /// The control with each parameter changed in turn.
    fn variants(control: &Control, bound: &Bound) -> Vec<Bound> {
        let of = |parameter: &Parameter| {
            let name = &parameter.name.value;
            let others = others(parameter, &bound.parameters[name].value).into_iter();
            others.map(|value| with(bound, name, value)).collect::<Vec<_>>()
        };
        control.parameters.iter().flat_map(of).collect()
    }

    fn with(bound: &Bound, name: &str, value: Given) -> Bound {
        let mut changed = bound.clone();
        changed.parameters.get_mut(name).unwrap().value = value;
        changed
    }

    /// What one value of a parameter writes on Windows and another does not: control, parameter, the end of the LocURI (empty: all of
    /// them), and why no value would take it back.
    const FALLS_SILENT: &[(&str, &str, &str, &str)] = &[
        ("email-only", "block-outbound", "MdmStore/FirewallRules/", "a way out is nothing where every way is open"),
        (
            "email-only",
            "kiosk-groups",
            "AssignedAccess/Configuration",
            "no document says that nobody is bound: the server deletes the node",
        ),
        (
            "firewall",
            "enabled",
            "PublicProfile/DefaultInboundAction",
            "nothing while the firewall is off, and the vendor's default is the strict value",
        ),
        ("hello-for-business", "enabled", "/Policies/", "nothing while `UsePassportForWork` is off"),
        ("local-storage", "method", "SharedPC/", "an action: what it did to the computer no value takes back"),
        (
            "malware-protection",
            "engine",
            "Policy/Config/Defender/",
            "Windows turns Defender off by itself, and the guard wants these kept",
        ),
        ("passcode", "required", "DeviceLock/", "nothing while `DevicePasswordEnabled` is off"),
        ("scheduled-restart", "first", "Reboot/Schedule/", "an error: a schedule has a first day"),
        ("screen-lock", "screen-saver", "CPL_Personalization_EnableScreenSaver", "disabled, it forbids savers"),
        (
            "screen-lock",
            "screen-saver",
            "CPL_Personalization_ScreenSaverIsSecure",
            "disabled, it forbids their passwords",
        ),
        (
            "software-restriction",
            "windows-allow-rules",
            "AppLocker/",
            "no rules at all is no document: the server deletes the node",
        ),
        ("web-filter", "modes", "SmartScreen/EnableSmartScreenInShell", "the vendor's default is the strict value"),
    ];

    /// Removed settings stay behind on Windows (language.md §7): whatever a parameter says, the same nodes are written.
    #[test]
    fn on_windows_no_value_of_a_parameter_leaves_what_another_one_wrote() {
        let mut unused: Vec<_> = FALLS_SILENT.iter().collect();
        let (mut wrong, mut seen) = (Vec::new(), 0);
        everywhere(|control, bound, target| {
            if target.platform.value != Platform::Windows {
                return;
            }
            for parameter in &control.parameters {
                let name = &parameter.name.value;
                let given = &bound.parameters[name].value;
                let none = (parameter.is_optional() && given.is_some()).then_some(None);
                let values = others(parameter, given).into_iter().chain([given.clone()]).chain(none);
                let written: Vec<(Given, BTreeSet<String>)> = values
                    .map(|value| {
                        let lowered = lowered(&with(bound, name, value.clone()), target);
                        (value, lowered.settings.into_iter().map(|setting| setting.address.owner).collect())
                    })
                    .collect();
                let all: BTreeSet<&String> = written.iter().flat_map(|(_, owners)| owners).collect();
                seen += all.len();
                for (value, owners) in &written {
                    for owner in all.iter().filter(|owner| !owners.contains(**owner)) {
                        let excused = |(id, parameter, part, _): &(&str, &str, &str, &str)| {
                            *id == control.id.value && parameter == name && owner.contains(part)
                        };
                        match FALLS_SILENT.iter().find(|row| excused(row)) {
                            Some(row) => unused.retain(|other| *other != row),
                            None => {
                                wrong.push(format!("{}: `{name}: {value:?}` leaves {owner} behind", control.id.value))
                            }
                        }
                    }
                }
            }
        });
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(unused.is_empty(), "no row is needed for {unused:#?}");
        assert!(seen > 500, "{seen}");
    }

    /// What relaxes says what holds without it: the vendor's default, or a policy that is disabled.
    #[test]
    fn what_relaxes_asks_for_nothing_that_a_device_would_not_do_by_itself() {
        let catalogue = Catalogue::embedded();
        let (mut wrong, mut seen) = (Vec::new(), 0);
        everywhere(|control, bound, target| {
            for variant in variants(control, bound).iter().chain([bound]) {
                let relaxing = lowered(variant, target).settings.into_iter().filter(|one| one.role() == Role::Relaxing);
                for setting in relaxing {
                    seen += 1;
                    let says = setting.value.to_string();
                    let holds = match setting.address.leaf {
                        Leaf::AdmxState => says == "false",
                        _ => vendor_default(&catalogue, &setting.address)
                            .is_none_or(|default| default == says.trim_matches('"')),
                    };
                    if !holds {
                        wrong.push(format!("{}: {} = {says}", control.id.value, setting.address));
                    }
                }
            }
        });
        wrong.sort();
        wrong.dedup();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(seen > 100, "{seen}");
    }

    fn vendor_default(catalogue: &Catalogue, address: &Address) -> Option<String> {
        let form = match address.family {
            Family::Csp => match catalogue.node(&address.owner) {
                NodeLookup::Found(found) => return found.node.default.clone(),
                _ => panic!("{address}"),
            },
            Family::Declaration => Form::Declaration,
            Family::Compliance => Form::Compliance,
            Family::Profile | Family::Command => Form::Profile,
        };
        match catalogue.key(form, &address.owner, address.keys()) {
            KeyLookup::Found(found) => found.first()?.chain.last()?.default.clone(),
            _ => panic!("{address}"),
        }
    }

    /// The catalogue knows every address, type, value and need of the library.
    #[test]
    fn the_vendors_take_whatever_the_library_writes() {
        let catalogue = Catalogue::embedded();
        let mut wrong = Vec::new();
        everywhere(|control, bound, target| {
            for variant in variants(control, bound).iter().chain([bound]) {
                let mut found = Diagnostics::default();
                crate::check::against(&catalogue, target, lowered(variant, target).settings, &mut found);
                wrong.extend(
                    messages(&found)
                        .into_iter()
                        .map(|text| format!("{} on {}: {text}", control.id.value, target.platform.value)),
                );
            }
        });
        wrong.retain(|text| !EXPECTED.iter().any(|code| text.contains(code)));
        wrong.dedup();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// What `check` rightly says of a control that is asked for with one parameter alone: a Mac without an escrow certificate, drives
    /// without an identifier, a longest PIN that is the shortest, a curfew without an end, Copilot on a build that gives its node up,
    /// other administrators alone, days that do not add up, what a number does besides, what restarts a device, and what goes without a successor.
    const EXPECTED: &[&str] = &[
        "key-escrow-missing",
        "identifier-missing",
        "pin-lengths-ignored",
        "-curfew.",
        "`TurnOffWindowsCopilot` is deprecated",
        "administrators-locked-out",
        "`ConfigureDeadlineForQualityUpdates`",
        "side-effect",
        "restarts",
        "gave `AllowPasswordManager` up",
        "deprecated to use `com.apple.SoftwareUpdate`",
    ];
}
