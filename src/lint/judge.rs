//! The settings of one artefact under the rules of compilation: what is wrong for everybody, what is wrong for the devices that are meant,
//! and what holds for some devices only, which is said as such and is no error.

use super::devices::Devices;
use super::open::{is_passed_over, is_preference, may_be_there};
use super::rule::holds_variable;
use super::{Lint, cure, domain, fix};
use crate::check::Rules;
use crate::check::foreign::{Ask, Fault, Foreign, Holds};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::gather::Arrange;
use crate::reader::{How, Item, Kind, Reading};
use crate::setting::{Family, OsVersion, Platform, Setting, judged_platform};
use std::collections::BTreeSet;

/// What is said of one setting of a reading.
pub(super) struct Said {
    /// Its place among the items of the reading.
    pub(super) at: usize,
    pub(super) finding: Diagnostic,
}

/// What compilation says to nobody but authors, or what a file's own rule says in its place.
const NOT_OF_FILES: &[Code] =
    &[Code::CannotDeliver, Code::UnresolvedReference, Code::UnusedUnlisted, Code::GroupPolicyWins];

/// What another file of the same devices may mend.
const OF_A_WHOLE: &[Code] = &[
    Code::KeyEscrowMissing,
    Code::DependencyUnmet,
    Code::AdmxNotInstalled,
    Code::IdentifierMissing,
    Code::OutboundLockedOut,
];

/// Systems that most devices have by now; which older ones know a key is nobody's question.
const USUAL: &[(Platform, u32)] = &[
    (Platform::Ios, 17),
    (Platform::MacOs, 14),
    (Platform::TvOs, 17),
    (Platform::VisionOs, 2),
    (Platform::WatchOs, 10),
];

/// What is wrong with a value.
const OF_VALUES: &[Code] =
    &[Code::WrongType, Code::WrongFormat, Code::NotInList, Code::OutOfRange, Code::SecretLiteral, Code::AdmxBody];

/// Of a key that no schema lists, where the schema is not closed.
const OF_MACOS: &str = "it may be a preference of macOS that Apple's schema does not list: nothing of it was checked";

/// One artefact, its settings looked up.
struct Judge<'a> {
    reading: &'a Reading,
    /// Its text; empty where it has none.
    text: &'a str,
    /// The items that are judged, by their places among all.
    items: Vec<(usize, &'a Item)>,
    foreign: Foreign<'a>,
    /// The devices, those first that it is most likely for: every rule has been asked for them, and for the others those alone that
    /// judge by devices.
    runs: Vec<Run>,
    /// Whether somebody named them.
    named: bool,
    /// What it weighs that a file by itself lacks what another of its devices may have.
    rest: Severity,
    /// Whether notes are wanted: what holds for other devices than those that are most likely meant.
    notes: bool,
}

/// Some devices, and what the rules say of the settings on the best of them.
struct Run {
    devices: Devices,
    faults: Vec<Fault>,
}

/// What there is to say of an artefact's settings.
pub(super) fn settings<'c>(lint: &Lint<'_, 'c>, reading: &'c Reading) -> Vec<Said> {
    let Lint { readings, catalogue, options, unknown, seen } = *lint;
    // What a report observes is nobody's to set.
    let is_set =
        |(_, item): &(usize, &Item)| !matches!(item.how, How::Observed { .. }) || reading.kind == Kind::Installed;
    let items: Vec<(usize, &Item)> = reading.items.iter().enumerate().filter(is_set).collect();
    if items.is_empty() {
        return Vec::new();
    }
    let foreign = Foreign::look(catalogue, items.iter().map(|(_, item)| &item.setting), unknown, Some(seen));
    let fits = platforms(&items);
    let own: Vec<&Devices> = options.devices.iter().filter(|devices| fits.contains(&devices.platform)).collect();
    let rest = if readings.readings.len() > 1 { Severity::Note } else { Severity::Warning };
    let (named, notes) = (!own.is_empty(), options.notes);
    let text = readings.sources.text(reading.file);
    let mut judge = Judge { reading, text, items, foreign, named, runs: Vec::new(), rest, notes };
    match named {
        true => judge.runs = own.iter().enumerate().map(|(n, devices)| judge.run(devices, n == 0)).collect(),
        false => judge.guess(fits),
    }
    judge.say()
}

/// The platforms that settings of these families may be for.
fn platforms(items: &[(usize, &Item)]) -> Vec<Platform> {
    let any = |platform: &Platform| items.iter().any(|(_, item)| may_be_for(item, *platform));
    Platform::ALL.iter().copied().filter(any).collect()
}

/// Whether a setting of its family may be for a platform.
pub(super) fn may_be_for(item: &Item, platform: Platform) -> bool {
    let address = &item.setting.address;
    match address.family {
        Family::Csp => platform == Platform::Windows,
        Family::Command if address.owner.starts_with("./") => platform == Platform::Windows,
        Family::Compliance => judged_platform(&address.owner) == Some(platform),
        _ => platform.is_apple(),
    }
}

impl Judge<'_> {
    fn run(&self, devices: &Devices, is_first: bool) -> Run {
        let ask = if is_first { Ask::Everything } else { Ask::Devices };
        let target = devices.best();
        let on = self.foreign.on(&target).without(self.untold(devices));
        // Nobody named devices, or these come first of those that fit: with the platform that is all that differs within a run.
        let on = if is_first { on.remembered(2 * devices.platform as usize) } else { on };
        Run { devices: devices.clone(), faults: Rules::all().foreign(&on, ask) }
    }

    /// What is a note at most while nobody says which devices there are, and so is not asked for where notes are not wanted.
    fn untold(&self, devices: &Devices) -> Vec<Code> {
        if self.notes || self.named {
            return Vec::new();
        }
        let of_os = [Code::TooNew, Code::Deprecated].map(|code| (code, devices.os.is_none()));
        let of_enrolment = [Code::IgnoredUnderEnrolment, Code::ForbiddenUnderEnrolment]
            .map(|code| (code, devices.enrolment.is_none()));
        let others = [(Code::NeedsSupervision, devices.supervised.is_none())];
        let all = of_os.into_iter().chain(of_enrolment).chain(others);
        all.filter(|(_, is_unsaid)| *is_unsaid).map(|(code, _)| code).collect()
    }

    /// Nobody says for which devices the file is: for those that take most of it.
    fn guess(&mut self, mut fits: Vec<Platform>) {
        if let [only] = fits.as_slice() {
            self.runs = vec![self.run(&Devices::of(*only), true)];
            return;
        }
        // macOS alone has scopes and preference domains.
        let is_mac = self.reading.envelope.scope.is_some()
            || self.items.iter().any(|(_, item)| is_preference(self.reading, item));
        if let Some(mac) = fits.iter().position(|platform| is_mac && *platform == Platform::MacOs) {
            fits[..=mac].rotate_right(1);
        }
        // What is asked first is most often the answer.
        let mut lacking = self.foreign.lacking(&fits);
        lacking.arrange_by_key(|(lacking, _)| *lacking);
        // Which others take all of it too is worth a note at most.
        let mut counted: Vec<(usize, Platform)> = Vec::new();
        for (_, platform) in lacking {
            let devices = Devices::of(platform);
            let target = devices.best();
            let on = self.foreign.on(&target);
            let lost = on.lost();
            if !self.notes && lost == 0 {
                // That the platform has all of it is known by now.
                let on = on.without(self.untold(&devices)).without([Code::NotOnPlatform]);
                let on = on.remembered(2 * platform as usize + 1);
                let faults = Rules::all().foreign(&on, Ask::Everything);
                self.runs = vec![Run { devices, faults }];
                return;
            }
            counted.push((lost, platform));
        }
        let least = counted.iter().map(|(lost, _)| *lost).min();
        counted.retain(|(lost, _)| Some(*lost) == least);
        if !self.notes {
            counted.truncate(1);
        }
        self.runs = counted.into_iter().map(|(_, platform)| self.run(&Devices::of(platform), true)).collect();
    }

    fn say(&self) -> Vec<Said> {
        let Some((first, further)) = self.runs.split_first() else { return Vec::new() };
        let mut said = Vec::new();
        let mut seen: BTreeSet<(usize, Code)> = BTreeSet::new();
        for fault in &first.faults {
            seen.insert((fault.at, fault.finding.code));
            let on_all = further.iter().all(|run| run.faults.iter().any(|other| is_same(other, fault)));
            said.extend(self.first(fault, &first.devices, on_all));
        }
        for run in further {
            for fault in run.faults.iter().filter(|fault| fault.holds == Holds::Here) {
                let on_all = self.runs.iter().all(|run| run.faults.iter().any(|other| is_same(other, fault)));
                let severity = match self.weight(fault, &run.devices) {
                    Severity::Error if self.named && on_all => Severity::Error,
                    Severity::Error if self.named => Severity::Warning,
                    Severity::Warning if self.named => Severity::Warning,
                    _ => Severity::Note,
                };
                seen.insert((fault.at, fault.finding.code));
                said.extend(self.said(fault, severity));
            }
        }
        if self.notes {
            self.runs.iter().for_each(|run| self.others(&run.devices, &mut seen, &mut said));
        }
        said
    }

    /// What holds on other devices that may be meant too.
    fn others(&self, devices: &Devices, seen: &mut BTreeSet<(usize, Code)>, said: &mut Vec<Said>) {
        for target in devices.others() {
            let faults = Rules::all().foreign(&self.foreign.on(&target), Ask::Devices);
            for fault in faults.into_iter().filter(|fault| fault.holds != Holds::Always) {
                if fault.finding.code != Code::NotOnPlatform && seen.insert((fault.at, fault.finding.code)) {
                    said.extend(self.said(&fault, Severity::Note));
                }
            }
        }
        said.extend(self.oldest(devices));
    }

    /// A finding on the devices that are meant first.
    fn first(&self, fault: &Fault, devices: &Devices, on_all: bool) -> Option<Said> {
        if NOT_OF_FILES.contains(&fault.finding.code) || fault.finding.message.starts_with("the group") {
            return None;
        }
        let own = fault.finding.severity;
        let severity = match fault.holds {
            Holds::Always if is_preference(self.reading, self.item(fault.at)) => own.max(Severity::Warning),
            // The console writes the body, and keeps it up to date.
            Holds::Always if fault.finding.code == Code::AdmxBody && self.reading.kind == Kind::Catalogued => {
                own.max(Severity::Warning)
            }
            Holds::Always if OF_A_WHOLE.contains(&fault.finding.code) => own.max(self.rest),
            // Windows reads a LocURI whatever its letters.
            Holds::Always if fault.finding.code == Code::WrongCase && self.is_node(fault.at) => Severity::Note,
            Holds::Always => own,
            Holds::Remark if fault.finding.code == Code::Deprecated && devices.os.is_none() => Severity::Note,
            Holds::Remark => own,
            Holds::Here if self.named && !on_all => Severity::Warning,
            Holds::Here => self.weight(fault, devices),
        };
        self.said(fault, severity)
    }

    /// What it weighs that devices do not take a setting: an error where all that is known of them says so.
    fn weight(&self, fault: &Fault, devices: &Devices) -> Severity {
        let unsaid = match fault.finding.code {
            // Of some keys the schema says of no platform that it has them, although their vendor documents them.
            Code::NotOnPlatform
                if fault.finding.help.iter().any(|help| help.contains("no platform of the catalogue")) =>
            {
                return Severity::Warning;
            }
            Code::NotOnPlatform => !self.named,
            Code::Removed if devices.os.is_none() => return Severity::Warning,
            Code::TooNew => devices.os.is_none(),
            Code::NeedsSupervision => devices.supervised.is_none(),
            Code::IgnoredUnderEnrolment | Code::ForbiddenUnderEnrolment => devices.enrolment.is_none(),
            Code::WrongEdition => devices.editions.is_empty() && !fault.finding.message.starts_with("no edition"),
            Code::WrongChannel => {
                devices.channel.is_none() && self.reading.envelope.scope.is_none() && !self.is_node(fault.at)
            }
            _ => false,
        };
        if unsaid { Severity::Note } else { Severity::Error }
    }

    fn said(&self, fault: &Fault, severity: Severity) -> Option<Said> {
        // Most of what is found is, and what becomes of it takes longer than to find it.
        if severity == Severity::Note && !self.notes {
            return None;
        }
        let item = self.item(fault.at);
        // What a file lacks may have stood behind the fault at which it ends.
        if self.reading.is_malformed() && matches!(fault.finding.code, Code::RequiredKeyMissing | Code::DependencyUnmet)
        {
            return None;
        }
        // Nobody knows what a server will fill in.
        let is_filled = OF_VALUES.contains(&fault.finding.code) && holds_variable(&item.setting.value);
        if is_filled || is_passed_over(self.reading, &item.setting.address, fault) {
            return None;
        }
        let is_unknown = fault.finding.code == Code::UnknownKey;
        if let Some(unknown) = self.foreign.unknown_owner(fault.at).filter(|_| is_unknown && is_profile(item)) {
            let misspelt = match is_preference(self.reading, item) {
                true => None,
                false => domain::misspelt(&item.setting, &unknown),
            };
            let finding = misspelt.or_else(|| self.notes.then(|| domain::of_an_app(&item.setting)))?;
            return Some(Said { at: self.items[fault.at].0, finding });
        }
        let may_be = matches!(fault.finding.code, Code::UnknownKey | Code::MisplacedKey) && self.may_be_there(fault.at);
        let severity = if may_be { severity.max(Severity::Note) } else { severity };
        if severity == Severity::Note && !self.notes {
            return None;
        }
        let fix =
            if severity == Severity::Error { fix::of(self.reading, item, self.text, &fault.finding) } else { None };
        let finding = Diagnostic { fix, ..cure::told(fault.finding.clone().severity(severity), &self.reading.kind) };
        let finding = if may_be { finding.help(OF_MACOS) } else { behind(finding, &item.setting) };
        Some(Said { at: self.items[fault.at].0, finding })
    }

    /// From which system on all of it is known, where that is a new one.
    fn oldest(&self, devices: &Devices) -> Option<Said> {
        if devices.os.is_some() || !devices.platform.is_apple() {
            return None;
        }
        let (at, version) = self.foreign.oldest(&devices.best())?;
        let (_, usual) = USUAL.iter().find(|(platform, _)| *platform == devices.platform)?;
        if version <= OsVersion::parse(&usual.to_string())? {
            return None;
        }
        let address = &self.item(at).setting.address;
        let name = match address.keys() {
            [] => format!("`{}`", address.owner),
            keys => format!("`{}` of `{}`", keys.join("."), address.owner),
        };
        let message = format!("{} {version} is the first that knows all of it: {name} came with it", devices.platform);
        let finding = Diagnostic::new(Code::TooNew, self.item(at).setting.span, message)
            .severity(Severity::Note)
            .help("older devices pass over what they do not know; `--target` says which devices there are");
        Some(Said { at: self.items[at].0, finding })
    }

    fn item(&self, at: usize) -> &Item {
        self.items[at].1
    }

    fn may_be_there(&self, at: usize) -> bool {
        let item = self.item(at);
        let unknown =
            || self.foreign.unknown_key(at).is_some_and(|unknown| may_be_there(&item.setting.address, &unknown));
        is_preference(self.reading, item) || unknown()
    }

    fn is_node(&self, at: usize) -> bool {
        self.item(at).setting.address.owner.starts_with("./")
    }
}

/// An error with the vendor's entry that it follows from, where it does not name that itself.
fn behind(finding: Diagnostic, setting: &Setting) -> Diagnostic {
    let owner = setting.address.owner.as_str();
    let is_named = |text: &String| text.contains(owner);
    if finding.severity != Severity::Error || is_named(&finding.message) || finding.help.iter().any(is_named) {
        return finding;
    }
    let whose = match setting.address.family {
        Family::Csp => "Microsoft's DDF",
        Family::Compliance => "Microsoft Graph",
        Family::Command if owner.starts_with("./") => "Microsoft's DDF",
        Family::Profile | Family::Declaration | Family::Command => "Apple's schema",
    };
    // Of a policy that a template brings along, the DDF has the node above it alone.
    let of = match owner.split_once("/Policy/Config/") {
        Some((root, policy)) if policy.contains('~') => format!("{root}/Policy/Config/{{AreaName}}"),
        _ => owner.to_owned(),
    };
    finding.help(format!("so says {whose} of `{of}`"))
}

fn is_profile(item: &Item) -> bool {
    item.setting.address.family == Family::Profile
}

fn is_same(one: &Fault, other: &Fault) -> bool {
    one.at == other.at && one.finding.code == other.finding.code
}
