//! How long `policyc lint` takes: 10,000 profiles, each another, beside reading them with the `plist` crate and nothing else; 900
//! policies of Intune's, with the memory that takes; and one file. Everything is made up here, the same in every run, with a fault in
//! every fifth. A measurement, not a test: `cargo bench --bench lint`, on a machine that does nothing else.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, runs programs and prints"
)]

#[allow(dead_code, reason = "runs of lint end with 1 where there are errors")]
mod timing;

use policyc::catalogue::{Catalogue, NodeLookup};
use rayon::prelude::*;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use timing::{PROGRAM, heading, shown, verdict};

const RUNS: usize = 7;
const PROFILES: usize = 10_000;
const POLICIES: usize = 900;
/// How many settings a policy of Intune's has.
const SETTINGS: usize = 12;
/// What lint of the profiles is to stay below, as a multiple of what reading them takes.
const RATIO: f64 = 1.7;
/// What the policies are to stay below, in time and memory, and one file.
const LIMITS: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(6)];
const MEMORY: u64 = 80 << 20;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = folder.path().join("profiles");
    let bytes = write(&profiles, PROFILES, "mobileconfig", profile);
    let policies = folder.path().join("policies");
    let nodes = nodes();
    let of_policies = write(&policies, POLICIES, "json", |n| policy(n, &nodes));
    let threads = rayon::current_num_threads();
    let megabytes = |bytes: usize| bytes as f64 / 1e6;
    heading(&format!("median and best of {RUNS}, {threads} threads"));

    let files: Vec<PathBuf> = (0..PROFILES).map(|n| profiles.join(name(n, "mobileconfig"))).collect();
    let [mut plist, mut lint] = [Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        // In turns, so that both are slowed down by the same.
        plist.push(timed(|| files.par_iter().for_each(|path| parse(path))));
        lint.push(linted(&profiles, Watch::Time).0);
    }
    plist.sort();
    lint.sort();
    println!("{:52} {}", format!("plist, {PROFILES} profiles of {:.1} MB", megabytes(bytes)), shown(&plist));
    let ratio = |n: usize| lint[n].as_secs_f64() / plist[n].as_secs_f64();
    let (median, best) = (ratio(RUNS / 2), ratio(0));
    println!("{:52} {}", "policyc lint, the same", shown(&lint));
    println!("{:52} {median:>9.2}  {best:>9.2}  limit {RATIO}: {}", "  as a multiple", verdict(median < RATIO));

    let mut runs: Vec<(Duration, u64)> = (0..RUNS).map(|_| linted(&policies, Watch::Memory)).collect();
    runs.sort();
    let taken: Vec<Duration> = runs.iter().map(|(taken, _)| *taken).collect();
    let name = format!("policyc lint, {POLICIES} policies of {:.1} MB", megabytes(of_policies));
    timing::report(&name, &taken, LIMITS[0]);
    match runs.iter().map(|(_, peak)| *peak).max().filter(|peak| *peak > 0) {
        Some(peak) => println!(
            "{:52} {:>5.1} MiB  limit {} MiB: {}",
            "  memory, at most",
            peak as f64 / f64::from(1 << 20),
            MEMORY >> 20,
            verdict(peak < MEMORY)
        ),
        None => println!("  memory: not measured, because this system does not tell it"),
    }
    for path in [profiles.join(self::name(1, "mobileconfig")), policies.join(self::name(1, "json"))] {
        let mut taken: Vec<Duration> = (0..RUNS * 3).map(|_| linted(&path, Watch::Time).0).collect();
        taken.sort();
        let kind = path.extension().unwrap().to_string_lossy().into_owned();
        timing::report(&format!("policyc lint, one .{kind}"), &taken, LIMITS[1]);
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn parse(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    assert!(plist::Value::from_reader_xml(&bytes[..]).unwrap().as_dictionary().is_some());
}

/// What is looked at as the program runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Watch {
    Time,
    /// The memory too: to ask for it takes a part of one of the cores.
    Memory,
}

/// One run, and the most memory that it had at a time.
fn linted(path: &Path, watch: Watch) -> (Duration, u64) {
    let mut command = Command::new(PROGRAM);
    command.arg("lint").arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let watched = (watch == Watch::Memory).then(|| std::thread::spawn(move || peak(&status)));
    let code = child.wait().unwrap().code();
    let taken = start.elapsed();
    // 1 says that there are errors, and there are.
    assert!(matches!(code, Some(0 | 1)), "the run failed");
    (taken, watched.map_or(0, |watched| watched.join().unwrap()))
}

/// The most memory that a program has had when it ends, as Linux tells it.
fn peak(status: &str) -> u64 {
    let mut peak = 0;
    while let Ok(text) = std::fs::read_to_string(status) {
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        match kilobytes {
            Some(kilobytes) => peak = peak.max(kilobytes << 10),
            // It has ended, and nobody has asked it how.
            None if peak > 0 => break,
            None => {}
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    peak
}

fn name(n: usize, ending: &str) -> String {
    format!("{n:05}.{ending}")
}

/// Writes so many files; the bytes of all of them.
fn write(folder: &Path, count: usize, ending: &str, text: impl Fn(usize) -> String) -> usize {
    std::fs::create_dir_all(folder).unwrap();
    let one = |n| {
        let text = text(n);
        std::fs::write(folder.join(name(n, ending)), &text).unwrap();
        text.len()
    };
    (0..count).map(one).sum()
}

/// A profile: some payloads of these kinds, with values of its own.
fn profile(n: usize) -> String {
    type Body = fn(usize) -> String;
    let kinds: [(&str, Body); 8] = [
        ("com.apple.applicationaccess", restrictions),
        ("com.apple.dnsSettings.managed", resolver),
        ("com.apple.ManagedClient.preferences", preferences),
        ("com.apple.TCC.configuration-profile-policy", privacy),
        ("com.apple.wifi.managed", wireless),
        ("com.google.Chrome", browser),
        ("com.apple.security.scep", certificate),
        ("com.apple.servicemanagement", items),
    ];
    let mut payloads = String::new();
    for part in 0..2 {
        let (kind, keys) = kinds[(n + part * (1 + n / 8 % 7)) % kinds.len()];
        let name = format!("org.example.{n}.{part}");
        _ = write!(
            payloads,
            "\t\t<dict>\n\t\t\t<key>PayloadDisplayName</key>\n\t\t\t<string>Part {part} of {n}</string>\n\t\t\t<key>PayloadIdentifier</key>\n\
             \t\t\t<string>{name}</string>\n\t\t\t<key>PayloadType</key>\n\t\t\t<string>{kind}</string>\n\t\t\t<key>PayloadUUID</key>\n\
             \t\t\t<string>{}</string>\n\t\t\t<key>PayloadVersion</key>\n\t\t\t<integer>1</integer>\n{}\t\t</dict>\n",
            uuid(n * 4 + part),
            keys(n)
        );
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n\t<key>PayloadContent</key>\n\t<array>\n{payloads}\
         \t</array>\n\t<key>PayloadDisplayName</key>\n\t<string>Profile {n}</string>\n\t<key>PayloadIdentifier</key>\n\
         \t<string>org.example.{n}</string>\n\t<key>PayloadScope</key>\n\t<string>System</string>\n\t<key>PayloadType</key>\n\
         \t<string>Configuration</string>\n\t<key>PayloadUUID</key>\n\t<string>{}</string>\n\t<key>PayloadVersion</key>\n\
         \t<integer>1</integer>\n</dict>\n</plist>\n",
        uuid(n * 4 + 3)
    )
}

fn uuid(n: usize) -> String {
    format!("{:08X}-0000-4000-8000-{n:012X}", n.wrapping_mul(2_654_435_761) & 0xFFFF_FFFF)
}

/// A key at the level of a payload's own, with its value.
fn key(name: &str, value: &str) -> String {
    format!("\t\t\t<key>{name}</key>\n\t\t\t{value}\n")
}

fn text(name: &str, value: &str) -> String {
    key(name, &format!("<string>{value}</string>"))
}

/// As a person mistypes it, in every fifth profile.
fn slipped<'a>(n: usize, right: &'a str, wrong: &'a str) -> &'a str {
    if n.is_multiple_of(5) { wrong } else { right }
}

fn restrictions(n: usize) -> String {
    const KEYS: [&str; 14] = [
        "allowAirDrop",
        "allowAirPrint",
        "allowAppInstallation",
        "allowAssistant",
        "allowCamera",
        "allowCloudBackup",
        "allowCloudDocumentSync",
        "allowDiagnosticSubmission",
        "allowEraseContentAndSettings",
        "allowGameCenter",
        "allowMusicService",
        "allowPasswordSharing",
        "allowScreenShot",
        "allowSpotlightInternetResults",
    ];
    let chosen = KEYS.iter().enumerate().filter(|(at, _)| (n >> at) & 1 == 0);
    let keys: String =
        chosen.map(|(at, name)| key(name, if (n >> 1 >> at) & 1 == 0 { "<false/>" } else { "<true/>" })).collect();
    keys + &key(slipped(n, "allowRemoteScreenObservation", "allowRemoteScreenObservaton"), "<true/>")
}

fn resolver(n: usize) -> String {
    let own = format!(
        "<dict>\n\t\t\t\t<key>DNSProtocol</key>\n\t\t\t\t<string>{}</string>\n\t\t\t\t<key>ServerURL</key>\n\
         \t\t\t\t<string>https://dns{n}.example.org/dns-query</string>\n\t\t\t\t<key>ServerAddresses</key>\n\t\t\t\t<array>\n\
         \t\t\t\t\t<string>192.0.2.{}</string>\n\t\t\t\t\t<string>2001:db8::{n:x}</string>\n\t\t\t\t</array>\n\t\t\t</dict>",
        slipped(n, "HTTPS", "DoH"),
        n % 250
    );
    key("DNSSettings", &own) + &key("ProhibitDisablement", "<true/>")
}

fn preferences(n: usize) -> String {
    let settings: String = (0..6)
        .map(|one| format!("\t\t\t\t\t\t\t\t<key>Setting{one}</key>\n\t\t\t\t\t\t\t\t<integer>{}</integer>\n", n + one))
        .collect();
    let own = format!(
        "<dict>\n\t\t\t\t<key>org.example.app{}</key>\n\t\t\t\t<dict>\n\t\t\t\t\t<key>Forced</key>\n\t\t\t\t\t<array>\n\t\t\t\t\t\t<dict>\n\
         \t\t\t\t\t\t\t<key>mcx_preference_settings</key>\n\t\t\t\t\t\t\t<dict>\n{settings}\t\t\t\t\t\t\t</dict>\n\t\t\t\t\t\t</dict>\n\
         \t\t\t\t\t</array>\n\t\t\t\t</dict>\n\t\t\t</dict>",
        n % 300
    );
    key("PayloadContent", &own)
}

fn privacy(n: usize) -> String {
    let services: String = ["SystemPolicyAllFiles", "Accessibility", slipped(n, "Photos", "Fotos")]
        .iter()
        .map(|service| {
            format!(
                "\t\t\t\t<key>{service}</key>\n\t\t\t\t<array>\n\t\t\t\t\t<dict>\n\t\t\t\t\t\t<key>Authorization</key>\n\
                 \t\t\t\t\t\t<string>Deny</string>\n\t\t\t\t\t\t<key>CodeRequirement</key>\n\
                 \t\t\t\t\t\t<string>identifier \"org.example.app{n}\" and anchor apple generic</string>\n\
                 \t\t\t\t\t\t<key>Identifier</key>\n\t\t\t\t\t\t<string>org.example.app{n}</string>\n\
                 \t\t\t\t\t\t<key>IdentifierType</key>\n\t\t\t\t\t\t<string>bundleID</string>\n\t\t\t\t\t</dict>\n\t\t\t\t</array>\n"
            )
        })
        .collect();
    key("Services", &format!("<dict>\n{services}\t\t\t</dict>"))
}

fn wireless(n: usize) -> String {
    text("SSID_STR", &format!("Office {n}"))
        + &text("EncryptionType", "WPA2")
        + &key("AutoJoin", slipped(n, "<true/>", "<integer>1</integer>"))
        + &key("HIDDEN_NETWORK", "<false/>")
        + &text("ProxyType", "None")
}

fn browser(n: usize) -> String {
    text("HomepageLocation", &format!("https://start{n}.example.org/"))
        + &key("BookmarkBarEnabled", "<true/>")
        + &key("SafeBrowsingProtectionLevel", &format!("<integer>{}</integer>", n % 3))
        + &key("ExtensionInstallBlocklist", "<array>\n\t\t\t\t<string>*</string>\n\t\t\t</array>")
}

fn certificate(n: usize) -> String {
    let own = format!(
        "<dict>\n\t\t\t\t<key>URL</key>\n\t\t\t\t<string>https://scep.example.org/{n}</string>\n\t\t\t\t<key>Key Type</key>\n\
         \t\t\t\t<string>RSA</string>\n\t\t\t\t<key>Keysize</key>\n\t\t\t\t<integer>{}</integer>\n\t\t\t\t<key>Key Usage</key>\n\
         \t\t\t\t<integer>5</integer>\n\t\t\t</dict>",
        slipped(n, "2048", "1000")
    );
    key("PayloadContent", &own)
}

fn items(n: usize) -> String {
    let rules: String = (0..3)
        .map(|one| {
            format!(
                "\t\t\t\t<dict>\n\t\t\t\t\t<key>RuleType</key>\n\t\t\t\t\t<string>BundleIdentifier</string>\n\t\t\t\t\t<key>RuleValue</key>\n\
                 \t\t\t\t\t<string>org.example.app{}</string>\n\t\t\t\t\t<key>Comment</key>\n\t\t\t\t\t<string>App {one}</string>\n\t\t\t\t</dict>\n",
                n + one
            )
        })
        .collect();
    key("Rules", &format!("<array>\n{rules}\t\t\t</array>"))
}

/// A node of the Policy CSP that lists its values, with one of them.
type Node = (String, String);

fn nodes() -> Vec<Node> {
    let catalogue = Catalogue::embedded();
    let listed = |uri: &str| {
        let NodeLookup::Found(found) = catalogue.node(uri) else { return None };
        let allowed = found.node.allowed.as_ref().filter(|allowed| allowed.kind == "ENUM")?;
        let is_plain = found.node.format == "int" && found.node.deprecated.is_none();
        is_plain.then(|| (uri.to_owned(), allowed.values[0].clone()))
    };
    let uris = catalogue.uris().into_iter().filter(|uri| uri.starts_with("./Device/Vendor/MSFT/Policy/Config/"));
    uris.filter_map(listed).collect()
}

/// A policy: of the settings catalogue, or a custom profile.
fn policy(n: usize, nodes: &[Node]) -> String {
    let own = (0..SETTINGS).map(|one| &nodes[(n * 7 + one * 13) % nodes.len()]);
    let assigned = format!(
        "\"assignments\": [{{\"target\": {{\"@odata.type\": \"#microsoft.graph.groupAssignmentTarget\", \"groupId\": \"{}\"}}}}]",
        uuid(n % 40)
    );
    let head = format!("\"id\": \"{}\", \"description\": \"\", \"version\": 1, {assigned}", uuid(n));
    if n.is_multiple_of(3) {
        let setting = |(uri, value): &Node| {
            let value = slipped(n, value, "\"yes\"");
            format!(
                "  {{\n    \"@odata.type\": \"#microsoft.graph.omaSettingInteger\",\n    \"displayName\": \"{n}\",\n    \
                 \"omaUri\": \"{uri}\",\n    \"value\": {value}\n  }}"
            )
        };
        let settings: Vec<String> = own.map(setting).collect();
        return format!(
            "{{\n\"@odata.type\": \"#microsoft.graph.windows10CustomConfiguration\", \"displayName\": \"Custom {n}\", {head},\n\"omaSettings\": [\n{}]}}\n",
            settings.join(",\n")
        );
    }
    let setting = |(at, (uri, value)): (usize, &Node)| {
        let id = uri.trim_start_matches("./").to_lowercase().replace('/', "_");
        let value = slipped(n, value, "777");
        format!(
            "  {{\n    \"id\": \"{at}\",\n    \"settingInstance\": {{\n      \
             \"@odata.type\": \"#microsoft.graph.deviceManagementConfigurationChoiceSettingInstance\",\n      \
             \"settingDefinitionId\": \"{id}\",\n      \"settingInstanceTemplateReference\": null,\n      \"choiceSettingValue\": {{\n        \
             \"settingValueTemplateReference\": null,\n        \"value\": \"{id}_{value}\",\n        \"children\": []\n      }}\n    }}\n  }}"
        )
    };
    let settings: Vec<String> = own.enumerate().map(setting).collect();
    format!(
        "{{\n\"@odata.context\": \"https://graph.microsoft.com/beta/$metadata#deviceManagement/configurationPolicies/$entity\",\n\
         \"name\": \"Policy {n}\", \"platforms\": \"windows10\", \"technologies\": \"mdm\", {head},\n\"settings\": [\n{}]}}\n",
        settings.join(",\n")
    )
}
