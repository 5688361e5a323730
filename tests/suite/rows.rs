//! The rows of tables inside rules. Each stands here once more, by what it finds: a row that is taken out of its table is missed.

use super::explain::compile;
use policyc::Judges;
use policyc::diagnostic::Code;

const IPHONES: &str = r#"group: { platform: iOS, os: "26.4", enrolment: device, supervised: true, deliver: [mobileconfig, declarations] }"#;
const MACS: &str = r#"group: { platform: macOS, os: "26.4", enrolment: device, supervised: true, deliver: [mobileconfig, declarations] }"#;
const LAPTOPS: &str =
    r#"group: { platform: Windows, os: "10.0.26100", editions: [enterprise], join: entra, has: [tpm] }"#;

/// The findings of one code that these entries give, causes and cures.
fn found(group: &str, entries: &str, code: Code) -> Vec<String> {
    let block = format!("{group}\nsettings: [{entries}]\n");
    let compiled = compile(&block, Judges::all()).1;
    let of_code = compiled.found.iter().filter(|finding| finding.code == code);
    of_code.map(|finding| format!("{} ({})", finding.message, finding.help.join("; "))).collect()
}

fn check(group: &str, entries: &str, code: Code, expected: bool) {
    let found = found(group, entries, code);
    assert_eq!(!found.is_empty(), expected, "{entries}: {code} {found:?}");
}

fn payload(platform: &str, owner: &str, keys: &str) -> String {
    format!("{{ platforms: [{platform}], payload: {owner}, keys: {{ {keys} }} }}")
}

fn node(path: &str, value: &str) -> String {
    let (owner, name) = path.rsplit_once('/').unwrap();
    format!("{{ csp: ./Device/Vendor/MSFT/{owner}, nodes: {{ {name}: {value} }} }}")
}

fn policy(path: &str, state: &str) -> String {
    let (owner, name) = path.rsplit_once('/').unwrap();
    format!("{{ csp: ./Device/Vendor/MSFT/{owner}, admx: {{ {name}: {state} }} }}")
}

#[test]
fn keys_that_need_another_are_found_without_it() {
    let restrictions = "com.apple.applicationaccess";
    let filter = "com.apple.webcontent-filter";
    let plugin = "FilterType: Plugin, UserDefinedName: a, PluginBundleID: com.example.a";
    let rows = [
        ("com.apple.mobiledevice.passwordpolicy", "minutesUntilFailedLoginReset: 5", "maxFailedAttempts: 6"),
        (restrictions, "enforcedSoftwareUpdateDelay: 30", "forceDelayedSoftwareUpdates: true"),
        (restrictions, "enforcedSoftwareUpdateDelay: 30", "forceDelayedAppSoftwareUpdates: true"),
        (restrictions, "enforcedSoftwareUpdateDelay: 30", "forceDelayedMajorSoftwareUpdates: true"),
        (
            restrictions,
            "enforcedSoftwareUpdateMajorOSDeferredInstallDelay: 30",
            "forceDelayedMajorSoftwareUpdates: true",
        ),
        (restrictions, "enforcedSoftwareUpdateMinorOSDeferredInstallDelay: 30", "forceDelayedSoftwareUpdates: true"),
        (restrictions, "enforcedSoftwareUpdateNonOSDeferredInstallDelay: 30", "forceDelayedAppSoftwareUpdates: true"),
        ("com.apple.screensaver", "askForPassword: true", "askForPasswordDelay: 5"),
        (filter, plugin, "FilterPackets: true, FilterPacketProviderBundleIdentifier: com.example.b"),
        (filter, plugin, "FilterSockets: true, FilterDataProviderBundleIdentifier: com.example.b"),
        (filter, plugin, "FilterURLs: true"),
        (filter, "FilterSockets: true", "FilterDataProviderBundleIdentifier: com.example.b"),
        (filter, "FilterPackets: true", "FilterPacketProviderBundleIdentifier: com.example.b"),
    ];
    for (owner, key, needed) in rows {
        check(MACS, &payload("macOS", owner, key), Code::DependencyUnmet, true);
        check(MACS, &payload("macOS", owner, &format!("{key}, {needed}")), Code::DependencyUnmet, false);
    }
    let browsers = |keys: &str| payload("iOS", filter, &format!("{plugin}, {keys}"));
    check(IPHONES, &browsers("FilterBrowsers: false"), Code::DependencyUnmet, true);
    check(IPHONES, &browsers("FilterBrowsers: true"), Code::DependencyUnmet, false);
    let television = r#"group: { platform: tvOS, os: "18.0", enrolment: device, supervised: true }"#;
    let airplay = |keys: &str| payload("tvOS", "com.apple.airplay.security", &format!("AccessType: ANY, {keys}"));
    check(television, &airplay("SecurityType: PASSWORD"), Code::DependencyUnmet, true);
    check(television, &airplay("SecurityType: PASSWORD, Password: { secret: tv }"), Code::DependencyUnmet, false);
}

#[test]
fn keys_that_exclude_each_other_are_found_together() {
    let rows = [
        ("com.apple.MCX", "DisableGuestAccount: true", "EnableGuestAccount: true"),
        ("com.apple.xsan", "fsnameservers: [a]", "sanConfigURLs: [a]"),
        ("TopLevel", "DurationUntilRemoval: 60", "RemovalDate: 2027-01-01"),
        ("com.apple.applicationaccess", "allowListedAppBundleIDs: [a.b]", "whitelistedAppBundleIDs: [a.b]"),
        ("com.apple.applicationaccess", "blacklistedAppBundleIDs: [a.b]", "blockedAppBundleIDs: [a.b]"),
    ];
    for (owner, first, second) in rows {
        let (group, platform) = if owner.ends_with("access") { (IPHONES, "iOS") } else { (MACS, "macOS") };
        let both = payload(platform, owner, &format!("{first}, {second}"));
        check(group, &both, Code::MutuallyExclusive, true);
        for one in [first, second] {
            check(group, &payload(platform, owner, one), Code::MutuallyExclusive, false);
        }
    }
    let both = "{ Identifier: a, IdentifierType: bundleID, CodeRequirement: a, StaticCode: false, Allowed: true, Authorization: Allow }";
    let access =
        payload("macOS", "com.apple.TCC.configuration-profile-policy", &format!("Services: {{ Camera: [{both}] }}"));
    check(MACS, &access, Code::MutuallyExclusive, true);
}

#[test]
fn one_demand_in_two_forms_is_found() {
    let declaration =
        |owner: &str, keys: &str| format!("{{ platforms: [macOS], declaration: {owner}, keys: {{ {keys} }} }}");
    let rows = [
        (
            payload("macOS", "com.apple.mobiledevice.passwordpolicy", "minLength: 6"),
            declaration("com.apple.configuration.passcode.settings", "MinimumLength: 6"),
        ),
        (
            payload("macOS", "com.apple.SoftwareUpdate", "AutomaticCheckEnabled: true"),
            declaration("com.apple.configuration.softwareupdate.settings", "AutomaticActions: { Download: AlwaysOn }"),
        ),
    ];
    for (first, second) in rows {
        check(MACS, &format!("{first}, {second}"), Code::MutuallyExclusive, true);
        check(MACS, &second, Code::MutuallyExclusive, false);
    }
}

#[test]
fn nodes_that_undo_each_other_are_found() {
    let rows = [
        ["Policy/Config/RestrictedGroups/ConfigureGroupMembership", "Policy/Config/LocalUsersAndGroups/Configure"],
        ["Reboot/Schedule/WeeklyRecurrent", "Reboot/Schedule/DailyRecurrent"],
    ];
    for [first, second] in rows {
        let both = [node(first, "\"<a/>\""), node(second, "\"<a/>\"")].join(", ");
        check(LAPTOPS, &both, Code::MutuallyExclusive, true);
    }
}

#[test]
fn values_with_a_price_have_a_word() {
    let rows = [
        policy("BitLocker/SystemDrivesMinimumPINLength", "{ MinPINLength: 5 }"),
        node("Policy/Config/DeviceLock/MaxDevicePasswordFailedAttempts", "5"),
        node("Policy/Config/Accounts/AllowMicrosoftAccountSignInAssistant", "0"),
        node("Policy/Config/LocalPoliciesSecurityOptions/InteractiveLogon_MachineInactivityLimit", "0"),
        node("Policy/Config/DeviceLock/MaxInactivityTimeDeviceLock", "0"),
    ];
    for row in rows {
        check(LAPTOPS, &row, Code::SideEffect, true);
    }
    let passcode = |key: &str| payload("macOS", "com.apple.mobiledevice.passwordpolicy", key);
    check(MACS, &passcode("changeAtNextAuth: true"), Code::SideEffect, true);
    check(MACS, &passcode("maxFailedAttempts: 6"), Code::SideEffect, true);
    let declared = "{ platforms: [iOS], declaration: com.apple.configuration.passcode.settings, keys: { MaximumFailedAttempts: 6 } }";
    check(IPHONES, declared, Code::SideEffect, true);
}

#[test]
fn every_way_to_deny_drives_contradicts_their_encryption() {
    let demand = policy("BitLocker/RemovableDrivesRequireEncryption", "{ RDVCrossOrg: false }");
    let storage = "Policy/Config/ADMX_RemovableStorage";
    let rows = [
        policy(&format!("{storage}/RemovableDisks_DenyRead_Access_2"), "enabled"),
        policy(&format!("{storage}/RemovableStorageClasses_DenyAll_Access_2"), "enabled"),
        "{ csp: ./User/Vendor/MSFT/Policy/Config/ADMX_RemovableStorage, admx: { RemovableDisks_DenyWrite_Access_1: enabled } }"
            .to_owned(),
        node("Policy/Config/Storage/RemovableDiskDenyWriteAccess", "1"),
        node("Policy/Config/System/AllowStorageCard", "0"),
        node("BitLocker/RemovableDrivesExcludedFromEncryption", "\"USBSTOR\\\\Disk\""),
    ];
    for row in rows {
        check(LAPTOPS, &format!("{demand}, {row}"), Code::RemovableMediaContradiction, true);
        check(LAPTOPS, &row, Code::RemovableMediaContradiction, false);
    }
}

#[test]
fn every_method_at_start_up_counts() {
    let ids = [
        "ConfigurePINUsageDropDown_Name",
        "ConfigureTPMStartupKeyUsageDropDown_Name",
        "ConfigureTPMPINKeyUsageDropDown_Name",
        "ConfigureTPMUsageDropDown_Name",
    ];
    let body = |values: [u8; 4]| {
        let elements: Vec<String> = ids.iter().zip(values).map(|(id, value)| format!("{id}: {value}")).collect();
        let body = format!("{{ ConfigureNonTPMStartupKeyUsage_Name: false, {} }}", elements.join(", "));
        policy("BitLocker/SystemDrivesRequireStartupAuthentication", &body)
    };
    let silent = node("BitLocker/AllowWarningForOtherDiskEncryption", "0");
    for n in 0..4 {
        let mut one = [0; 4];
        one[n] = 1;
        check(LAPTOPS, &body(one), Code::SeveralStartupMethods, false);
        check(LAPTOPS, &format!("{}, {silent}", body(one)), Code::SilentWithPin, ids[n] != ids[3]);
        one[(n + 1) % 4] = 1;
        check(LAPTOPS, &body(one), Code::SeveralStartupMethods, true);
    }
}

#[test]
fn every_secret_inside_a_profile_is_one() {
    for name in ["keyMaterial", "L2tpPsk", "Password"] {
        let profile = node("WiFi/Profile/office/WlanXml", &format!("\"<a><{name}>x</{name}></a>\""));
        check(LAPTOPS, &profile, Code::SecretLiteral, true);
    }
}

#[test]
fn either_escrow_keeps_the_recovery_key() {
    let vault = payload("macOS", "com.apple.MCX.FileVault2", "Enable: \"On\", ShowRecoveryKey: false");
    let rows = [
        payload("macOS", "com.apple.security.FDERecoveryKeyEscrow", "Location: a"),
        payload("macOS", "com.apple.security.FDERecoveryRedirect", "RedirectURL: a"),
    ];
    check(MACS, &vault, Code::KeyEscrowMissing, true);
    for escrow in rows {
        check(MACS, &format!("{vault}, {escrow}"), Code::KeyEscrowMissing, false);
    }
}

#[test]
fn no_derived_key_can_be_written() {
    let rows = [
        "PayloadDescription: a",
        "PayloadDisplayName: a",
        "PayloadIdentifier: a",
        "PayloadOrganization: a",
        "PayloadScope: System",
        "PayloadType: a",
        "PayloadUUID: a",
        "PayloadVersion: 1",
    ];
    for key in rows {
        check(IPHONES, &payload("iOS", "TopLevel", key), Code::MisplacedKey, true);
    }
    check(IPHONES, &payload("iOS", "TopLevel", "PayloadContent: [{ PayloadType: a }]"), Code::MisplacedKey, true);
}

#[test]
fn what_took_the_place_of_a_deprecated_key_is_named() {
    let rows = [
        ("iOS", "allowExternalIntelligenceIntegrations", "external-intelligence.settings"),
        ("iOS", "allowGenmoji", "configuration.intelligence.settings"),
        ("iOS", "allowPredictiveKeyboard", "keyboard.settings"),
        ("iOS", "allowAssistant", "siri.settings"),
        ("iOS", "forceDelayedSoftwareUpdates", "softwareupdate.settings"),
        ("iOS", "blacklistedAppBundleIDs", "blockedAppBundleIDs"),
        ("iOS", "whitelistedAppBundleIDs", "allowListedAppBundleIDs"),
        ("iOS", "forceWiFiWhitelisting", "forceWiFiToAllowedNetworksOnly"),
    ];
    let group = IPHONES.replace("26.4", "27.0");
    for (platform, key, successor) in rows {
        let value = if key.ends_with("IDs") { "[a.b]" } else { "true" };
        let entry = payload(platform, "com.apple.applicationaccess", &format!("{key}: {value}"));
        let found = [found(&group, &entry, Code::Deprecated), found(&group, &entry, Code::Removed)].concat();
        assert!(found.iter().any(|text| text.contains(successor)), "{key}: {found:?}");
    }
}

/// What compilation writes of a payload's keys.
fn written(group: &str, entries: &str) -> String {
    let compiled = compile(&format!("{group}\nsettings: [{entries}]\n"), Judges::all()).1;
    let files = compiled.groups.iter().flat_map(|group| &group.artefacts);
    files.map(|file| String::from_utf8_lossy(&file.bytes).into_owned()).collect()
}

// rows: A35
#[test]
fn a_value_that_is_the_vendors_default_is_written() {
    let text = written(
        IPHONES,
        &payload("iOS", "com.apple.applicationaccess", "allowCamera: true, forceLimitAdTracking: false"),
    );
    assert!(text.contains("<key>allowCamera</key>") && text.contains("<key>forceLimitAdTracking</key>"), "{text}");
    let text = written(LAPTOPS, &node("Policy/Config/Camera/AllowCamera", "1"));
    assert!(text.contains("Camera/AllowCamera") && text.contains("<Data>1</Data>"), "{text}");
}

// rows: B3
#[test]
fn the_length_of_a_pin_is_judged_by_the_csp_that_it_is_written_for() {
    let lengths = [
        ("DeviceLock", "Policy/Config/DeviceLock/MinDevicePasswordLength", [4, 16]),
        (
            "Hello",
            "PassportForWork/8f1e4a52-0c5d-4a7e-9d53-2b6c1f0a9e11/Policies/PINComplexity/MinimumPINLength",
            [4, 127],
        ),
    ];
    for (name, path, [least, most]) in lengths {
        for (value, wrong) in [(least - 1, true), (least, false), (most, false), (most + 1, true)] {
            let found = found(LAPTOPS, &node(path, &value.to_string()), Code::OutOfRange);
            assert_eq!(!found.is_empty(), wrong, "{name} {value}: {found:?}");
        }
    }
    let start_up = |length: u32| {
        let entry = format!(
            "{{ csp: ./Device/Vendor/MSFT/BitLocker, admx: {{ SystemDrivesMinimumPINLength: {{ MinPINLength: {length} }} }} }}"
        );
        !found(LAPTOPS, &entry, Code::AdmxBody).is_empty()
    };
    assert_eq!([3, 4, 20, 21].map(start_up), [true, false, false, true]);
}
