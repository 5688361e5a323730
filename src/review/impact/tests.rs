//! Each impact has an example, which fails without the row, the record or the identity that it comes from.

use super::*;
use crate::catalogue::Does;
use crate::setting::{Bundle, Channel, Delivery, Dialect, Edition, Enrolment, Family, Join, Leaf, OsVersion, Platform};
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

fn group(platform: Platform, os: &str) -> Target {
    let deliver = if platform.is_apple() { Delivery::Mobileconfig } else { Delivery::Syncml };
    Target {
        organisation: "example".to_owned(),
        organisation_name: "Example".to_owned(),
        identifier: "org.example".to_owned(),
        group: Spanned::nowhere("devices".to_owned()),
        identity: "devices".to_owned(),
        title: "Devices".to_owned(),
        platform: Spanned::nowhere(platform),
        os: Spanned::nowhere(OsVersion::parse(os).unwrap()),
        enrolment: Spanned::nowhere(Enrolment::Device),
        supervised: Spanned::nowhere(true),
        deliver: vec![Spanned::nowhere(deliver)],
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

/// `com.apple.wifi.managed ProxyServer`, `./Device/… `, `./Device/… MinPINLength`; a declaration is told by its type.
fn address(text: &str) -> Address {
    let (owner, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (family, leaf) = match owner.starts_with("./") {
        true if rest.is_empty() => (Family::Csp, Leaf::Node),
        true => (Family::Csp, Leaf::AdmxElement(rest.to_owned())),
        false => {
            let declared = owner.starts_with("com.apple.configuration.") || owner.starts_with("com.apple.asset.");
            let family = if declared { Family::Declaration } else { Family::Profile };
            (family, Leaf::Keys(rest.split('.').map(str::to_owned).collect()))
        }
    };
    Address { family, channel: Channel::Device, owner: owner.to_owned(), instance: None, leaf }
}

/// A movement in words: what is not said is as it is most of the time.
struct Example {
    target: Target,
    address: Address,
    before: Option<Value>,
    after: Option<Value>,
    direction: Direction,
    files: (Option<&'static str>, Option<&'static str>),
    identity: Identity,
    beside: Vec<String>,
}

impl Example {
    fn new(platform: Platform, what: &str, before: Option<Value>, after: Option<Value>) -> Example {
        let os = if platform.is_apple() { "18.0" } else { "10.0.22631" };
        Example {
            target: group(platform, os),
            address: address(what),
            before,
            after,
            direction: Direction::Stronger,
            files: (Some("a"), Some("a")),
            identity: Identity::Same,
            beside: Vec::new(),
        }
    }

    fn impacts(&self, counts: &dyn Fn(&Effect) -> bool) -> Vec<Consequence> {
        let beside: Vec<&str> = self.beside.iter().map(String::as_str).collect();
        let movement = Movement {
            target: Some(&self.target),
            address: &self.address,
            before: self.before.as_ref(),
            after: self.after.as_ref(),
            direction: self.direction,
            file_before: self.files.0,
            file_after: self.files.1,
            identity: self.identity,
            beside: &beside,
        };
        with(&movement, &Catalogue::embedded(), counts)
    }

    fn words(&self) -> Vec<&'static str> {
        self.impacts(&|_| true).iter().map(|consequence| consequence.impact.word()).collect()
    }

    /// The impacts, all of which are lost without the rows that do this.
    fn needs(&self, does: Does, expected: &[&str]) {
        assert_eq!(self.words(), expected, "{}", self.address);
        let lost = self.impacts(&|effect| effect.does != does);
        assert!(lost.len() < expected.len(), "{} does not need {does:?}: {lost:?}", self.address);
    }
}

fn number(number: i128) -> Option<Value> {
    Some(Value::Integer(number))
}

const PASSCODE: &str = "com.apple.mobiledevice.passwordpolicy";
const DECLARED: &str = "com.apple.configuration.passcode.settings";
const BITLOCKER: &str = "./Device/Vendor/MSFT/BitLocker";
const POLICY: &str = "./Device/Vendor/MSFT/Policy/Config";

fn changed(platform: Platform, what: &str) -> Example {
    Example::new(platform, what, number(4), number(8))
}

fn removed(platform: Platform, what: &str) -> Example {
    Example { files: (Some("a"), None), ..Example::new(platform, what, number(1), None) }
}

#[test]
fn every_row_is_felt_at_each_of_its_places() {
    for row in Catalogue::all_effects() {
        let (addresses, value) = row.examples();
        for address in addresses {
            let platform = if address.family == Family::Csp { Platform::Windows } else { Platform::MacOs };
            let platform = row.on.first().copied().unwrap_or(platform);
            let mut example = Example::new(platform, "com.example x", None, Some(value.clone()));
            if matches!(row.does, Does::KeepsEffect | Does::Reverts) {
                (example.before, example.after) = (example.after, None);
            }
            example.beside = vec![address.owner.clone()];
            // Of a folder that a row names, a node below it.
            let below = format!("{}/Made/Up", address.owner);
            example.address = match row.does {
                Does::Reverts => Address { owner: below, ..address },
                _ => address,
            };
            example.target.editions.extend(row.editions.iter().copied().map(Spanned::nowhere));
            example.target.join = row.joins.first().copied().map(Spanned::nowhere);
            let because = |all: Vec<Consequence>| all.iter().any(|felt| felt.because == row.reason);
            assert!(because(example.impacts(&|_| true)), "{}: {}", example.address, row.reason);
            assert!(!because(example.impacts(&|other| !std::ptr::eq(other, row))), "{}", example.address);
        }
    }
}

#[test]
fn the_list_is_in_the_order_of_the_words() {
    for (n, (impact, word, sentence)) in Impact::ALL.into_iter().enumerate() {
        assert_eq!((impact as usize, impact.word()), (n, word));
        assert!(sentence.ends_with('.') && sentence.len() > 20, "{sentence}");
    }
}

#[test]
fn a_longer_passcode_must_be_chosen_on_phones_and_is_asked_of_new_passwords_on_macs() {
    for what in [format!("{PASSCODE} minLength"), format!("{DECLARED} MinimumLength")] {
        changed(Platform::Ios, &what).needs(Does::ChangesPasscode, &["passcode-change"]);
        changed(Platform::MacOs, &what).needs(Does::MeetsOnlyNew, &["only-new"]);
        let weaker = Example { direction: Direction::Weaker, ..changed(Platform::Ios, &what) };
        assert_eq!(weaker.words(), Vec::<&str>::new());
    }
    let at_once = |now: bool| {
        let what = format!("{PASSCODE} changeAtNextAuth");
        Example::new(Platform::MacOs, &what, None, Some(Value::Boolean(now)))
    };
    at_once(true).needs(Does::ChangesPasscode, &["passcode-change"]);
    assert_eq!(at_once(false).words(), Vec::<&str>::new());
    let hello = "./Device/Vendor/MSFT/PassportForWork/8f1e4a52/Policies/PINComplexity";
    changed(Platform::Windows, &format!("{hello}/MinimumPINLength")).needs(Does::MeetsOnlyNew, &["only-new"]);
    changed(Platform::Windows, &format!("{hello}/Expiration")).needs(Does::ChangesPasscode, &["passcode-change"]);
}

#[test]
fn a_device_erases_itself_or_asks_for_its_recovery_key() {
    let what = format!("{PASSCODE} maxFailedAttempts");
    changed(Platform::Ios, &what).needs(Does::Erases, &["wipe-threshold"]);
    assert_eq!(changed(Platform::MacOs, &what).words(), Vec::<&str>::new(), "a Mac locks");
    let pc = changed(Platform::Windows, &format!("{POLICY}/DeviceLock/MaxDevicePasswordFailedAttempts"));
    pc.needs(Does::Erases, &["wipe-threshold"]);
    assert!(said(&pc.impacts(&|_| true))[0].contains("a PC is not erased"));
}

#[test]
fn encrypted_drives_stay_as_they_are() {
    let method = changed(Platform::Windows, &format!("{BITLOCKER}/EncryptionMethodByDriveType"));
    method.needs(Does::NeedsEncryptionAnew, &["re-encryption", "only-new"]);
    method.needs(Does::MeetsOnlyNew, &["re-encryption", "only-new"]);
    let length = changed(Platform::Windows, &format!("{BITLOCKER}/SystemDrivesMinimumPINLength MinPINLength"));
    length.needs(Does::MeetsOnlyNew, &["only-new"]);
}

#[test]
fn what_restarts_says_so() {
    let app_locker = "./Vendor/MSFT/AppLocker/ApplicationLaunchRestrictions/Apps/EXE/Policy";
    let stated = Example::new(Platform::Windows, app_locker, None, Some(Value::text("<RuleCollection/>")));
    assert_eq!(stated.words(), ["reboot"], "the DDF says it");
    changed(Platform::Windows, &format!("{POLICY}/DeviceGuard/LsaCfgFlags")).needs(Does::Restarts, &["reboot"]);
    let update = "com.apple.configuration.softwareupdate.enforcement.specific TargetLocalDateTime";
    changed(Platform::Ios, update).needs(Does::Restarts, &["reboot"]);
    assert_eq!(changed(Platform::Windows, &format!("{POLICY}/Wifi/AllowInternetSharing")).words(), Vec::<&str>::new());
}

// rows: A1, A4
#[test]
fn another_identity_is_another_thing() {
    let camera = || Example::new(Platform::Ios, "com.apple.applicationaccess allowCamera", number(1), number(1));
    let identity = |identity: Identity| Example { identity, ..camera() }.words();
    assert_eq!(identity(Identity::Same), Vec::<&str>::new());
    assert_eq!(identity(Identity::OtherScope), ["scope-refused"]);
    assert_eq!(identity(Identity::OtherPayload), ["payload-replaced"]);
    assert_eq!(identity(Identity::Other), ["reinstall"]);
    let gone = Example { identity: Identity::Other, after: None, ..camera() };
    assert_eq!(gone.words(), Vec::<&str>::new(), "what is gone is not installed anew");
}

#[test]
fn another_file_is_a_move_where_devices_take_it_for_another_thing() {
    let at = |platform: Platform, what: &str, identity: Identity, after: &'static str| {
        let files = (Some("a"), Some(after));
        Example { identity, files, ..Example::new(platform, what, number(1), number(1)) }.words()
    };
    let camera = "com.apple.applicationaccess allowCamera";
    assert_eq!(at(Platform::Ios, camera, Identity::Other, "b"), ["reinstall", "moved"]);
    assert_eq!(at(Platform::Ios, camera, Identity::Same, "b"), Vec::<&str>::new(), "only the file's name");
    let wifi = format!("{POLICY}/Wifi/AllowInternetSharing");
    assert_eq!(at(Platform::Windows, &wifi, Identity::Same, "b"), ["moved"]);
    assert_eq!(at(Platform::Windows, &wifi, Identity::Same, "a"), Vec::<&str>::new());
}

// rows: A31
#[test]
fn whatever_changes_beside_a_certificate_asks_for_another_one() {
    let network = "com.apple.wifi.managed SSID_STR";
    let scep = "com.apple.security.scep";
    let beside = vec!["com.apple.wifi.managed".to_owned(), scep.to_owned()];
    Example { beside: beside.clone(), ..changed(Platform::Ios, network) }
        .needs(Does::RequestsCertificate, &["certificate-again"]);
    let anew =
        Example { identity: Identity::OtherPayload, after: number(4), beside, ..changed(Platform::Ios, network) };
    anew.needs(Does::RequestsCertificate, &["payload-replaced", "certificate-again"]);
    assert_eq!(changed(Platform::Ios, network).words(), Vec::<&str>::new());
    let same = Example { after: number(4), beside: vec![scep.to_owned()], ..changed(Platform::Ios, network) };
    assert_eq!(same.words(), Vec::<&str>::new(), "nothing changes");
}

// rows: A32
#[test]
fn what_goes_may_stay() {
    removed(Platform::Ios, "com.apple.wifi.managed ProxyServer").needs(Does::KeepsEffect, &["not-reset"]);
    removed(Platform::MacOs, "com.apple.MCX.FileVault2 Enable").needs(Does::KeepsEffect, &["not-reset"]);
    assert_eq!(removed(Platform::Ios, "com.apple.wifi.managed SSID_STR").words(), Vec::<&str>::new());
    removed(Platform::Windows, &format!("{BITLOCKER}/RequireDeviceEncryption"))
        .needs(Does::KeepsEffect, &["not-reset", "removal-unknown"]);
    let sharing = removed(Platform::Windows, &format!("{POLICY}/Wifi/AllowInternetSharing"));
    assert_eq!(sharing.words(), ["tattooed"]);
    // Without the row nobody would say what happens when the node is deleted.
    assert_eq!(sharing.impacts(&|effect| effect.does != Does::Reverts)[0].impact, Impact::RemovalUnknown);
    let words = |what: &str| removed(Platform::Windows, what).words();
    assert_eq!(words("./Vendor/MSFT/Firewall/MdmStore/DomainProfile/EnableFirewall"), ["not-removable"]);
    // The leaf takes no Delete, the rule that it stands in does.
    assert_eq!(words("./Vendor/MSFT/Firewall/MdmStore/FirewallRules/one/LocalPortRanges"), ["removal-unknown"]);
    assert_eq!(words("./Device/Vendor/MSFT/Policy/Config/Edge~Policy~x/Y"), ["tattooed"]);
    assert_eq!(words("./Device/Vendor/MSFT/Nothing/Known"), ["removal-unknown"]);
    assert_eq!(words(&format!("{BITLOCKER}/SystemDrivesMinimumPINLength MinPINLength")), Vec::<&str>::new());
}

#[test]
fn some_members_of_a_group_pay_no_heed() {
    let telemetry = |edition: Edition, to: i128| {
        let mut example = Example::new(Platform::Windows, &format!("{POLICY}/System/AllowTelemetry"), None, number(to));
        example.target.editions = vec![Spanned::nowhere(edition), Spanned::nowhere(Edition::Enterprise)];
        example
    };
    telemetry(Edition::Pro, 0).needs(Does::MissesSome, &["ineffective-on-some"]);
    assert_eq!(telemetry(Edition::Pro, 1).words(), Vec::<&str>::new());
    assert_eq!(telemetry(Edition::Education, 0).words(), Vec::<&str>::new());
    let mut hybrid = telemetry(Edition::Education, 0);
    hybrid.target.join = Some(Spanned::nowhere(Join::Hybrid));
    hybrid.needs(Does::MissesSome, &["ineffective-on-some"]);
}

#[test]
fn what_a_later_version_takes_away_does_nothing_on_devices_that_have_it() {
    let (what, last) = removed_key();
    let on = |os: &str| {
        let mut example = Example::new(Platform::TvOs, &what, None, Some(Value::Boolean(true)));
        example.target = group(Platform::TvOs, os);
        example.words()
    };
    assert_eq!(on("17.0"), ["ineffective-on-some"]);
    assert_eq!(on(&last), Vec::<&str>::new(), "the group has nobody to whom it means anything: another finding");
    let copilot = "./User/Vendor/MSFT/Policy/Config/WindowsAI/TurnOffWindowsCopilot";
    assert_eq!(Example::new(Platform::Windows, copilot, None, number(1)).words(), ["ineffective-on-some"]);
}

/// A restriction that a version of tvOS took away, and that version.
fn removed_key() -> (String, String) {
    let catalogue = Catalogue::embedded();
    let schemas = catalogue.schemas(crate::catalogue::entry::Form::Profile, "com.apple.applicationaccess");
    let gone: BTreeMap<&str, &str> = schemas
        .iter()
        .flat_map(|schema| &schema.keys)
        .filter_map(|key| Some((key.name.as_str(), key.support.get("tvOS")?.removed.as_deref()?)))
        .collect();
    let (key, version) = gone.into_iter().next().expect("Apple took one away");
    (format!("com.apple.applicationaccess {key}"), version.to_owned())
}

#[test]
fn a_change_without_an_impact_says_so() {
    assert_eq!(said(&[]), [NONE_KNOWN]);
    let all = changed(Platform::Ios, &format!("{PASSCODE} minLength")).impacts(&|_| true);
    assert_eq!(said(&all).len(), 1);
    assert!(said(&all)[0].starts_with("passcode-change: people whose passcode"), "{:?}", said(&all));
}

#[test]
fn every_impact_and_every_kind_of_row_has_an_example_here() {
    let text = include_str!("tests.rs");
    for (_, word, _) in Impact::ALL {
        assert!(text.contains(&format!("\"{word}\"")), "{word}");
    }
    let all: BTreeSet<Does> = Catalogue::all_effects().iter().map(|effect| effect.does).collect();
    for does in all {
        assert!(text.contains(&format!("Does::{does:?}")), "{does:?}");
    }
}
