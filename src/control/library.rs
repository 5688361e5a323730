//! The control library: one YAML file for each control, embedded, and parsed only when a policy asks for it.

use super::{Control, parse::parse};
use crate::diagnostic::Diagnostics;
use crate::source::{Content, SourceFile, Sources, yaml};
use std::sync::Arc;

macro_rules! library {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!(concat!("library/", $path, ".yaml")))),*] };
}

/// Area and id of every control, with its text, sorted.
const LIBRARY: &[(&str, &str)] = library![
    "access/audit-logging",
    "access/biometric-unlock",
    "access/hello-for-business",
    "access/least-privilege",
    "access/passcode",
    "access/pin-separation",
    "access/screen-lock",
    "access/screen-privacy",
    "apps/ai-tools",
    "apps/app-allowlist",
    "apps/browser-passwords",
    "apps/email-only",
    "apps/software-restriction",
    "apps/video-calling",
    "data/data-separation",
    "data/local-storage",
    "data/personal-accounts",
    "devices/malware-protection",
    "devices/peripheral-control",
    "encryption/disk-encryption",
    "encryption/removable-media-encryption",
    "encryption/startup-pin",
    "management/management-lock",
    "management/usage-time",
    "network/bluetooth",
    "network/firewall",
    "network/hotspot",
    "network/roaming",
    "network/web-filter",
    "updates/os-updates",
    "updates/scheduled-restart",
];

/// The control library's files, sorted by path.
pub(crate) fn library_files() -> Vec<SourceFile> {
    let file = |(path, text): &(&str, &str)| SourceFile {
        path: format!("library/{path}.yaml"),
        content: Content::Bytes(text.as_bytes().to_vec()),
    };
    LIBRARY.iter().map(file).collect()
}

/// The ids of the library's controls, sorted.
pub fn library_ids() -> Vec<&'static str> {
    let mut ids: Vec<&str> = LIBRARY.iter().filter_map(|(path, _)| path.rsplit('/').next()).collect();
    ids.sort_unstable();
    ids
}

/// One control of the library; `None` where it has none of that id.
pub fn library_control(sources: &Sources, id: &str, found: &mut Diagnostics) -> Option<Arc<Control>> {
    let name = format!("{id}.yaml");
    let (file, _) = sources.library().find(|(_, file)| file.path.rsplit('/').next() == Some(name.as_str()))?;
    let node = yaml::parse(sources, file, found)?;
    parse(&node, found).map(Arc::new)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{bound, lines, lowered, messages, of_library, others, target};
    use super::super::wellformed::has_settings;
    use super::super::{Bound, Control, Given, Parameter};
    use super::*;
    use crate::setting::{Platform, Target};

    #[test]
    fn every_control_of_the_library_is_well_formed_and_named_as_its_file() {
        let sources = Sources::new(Vec::new());
        for id in library_ids() {
            let mut found = Diagnostics::default();
            let control = library_control(&sources, id, &mut found);
            let findings: Vec<_> = found.iter().map(|d| (&d.message, sources.line_column(span(d)))).collect();
            assert!(findings.is_empty(), "{id}: {findings:#?}");
            assert_eq!(control.unwrap().id.value, id);
        }
    }

    fn span(finding: &crate::diagnostic::Diagnostic) -> crate::source::Span {
        match finding.place {
            crate::diagnostic::Place::Source(span) => span,
            crate::diagnostic::Place::Artefact { .. } => crate::source::Span::NOWHERE,
        }
    }

    #[test]
    fn the_library_is_sorted() {
        assert!(LIBRARY.windows(2).all(|pair| pair[0].0 < pair[1].0));
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

    /// The catalogue knows every address, type, value and need of the library.
    #[test]
    fn the_vendors_take_whatever_the_library_writes() {
        let catalogue = crate::catalogue::Catalogue::embedded();
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
