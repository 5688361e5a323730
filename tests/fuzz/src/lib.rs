//! The body of every fuzz target: bytes of anybody's, through a reader and through all that takes what it read. cargo-fuzz calls these
//! on a nightly toolchain, the suite on stable. They panic where something is wrong, and return where all is well: any bytes get a verdict.

pub mod mutate;

use policyc::catalogue::Catalogue;
use policyc::import::{Wanted, import};
use policyc::lint::{self, Baseline, Devices, Options};
use policyc::reader::{self, Given, Readings};
use policyc::release::archive::Archive;
use policyc::release::cms::Time;
use policyc::release::verify::{self, Believed};
use policyc::setting::Date;
use policyc::source::{Content, SourceFile, Sources, Span};
use policyc::{Request, compile, consumer, diagnostic::Diagnostics, template};
use std::sync::OnceLock;

/// A reader, by the name of its target and of the folder of its corpus.
pub struct Target {
    /// The name.
    pub name: &'static str,
    /// Its body.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "profile", run: profile },
    Target { name: "binary", run: binary },
    Target { name: "signed", run: signed },
    Target { name: "preferences", run: preferences },
    Target { name: "command", run: command },
    Target { name: "declaration", run: declaration },
    Target { name: "syncml", run: syncml },
    Target { name: "policy", run: policy },
    Target { name: "custom", run: custom },
    Target { name: "report", run: report },
    Target { name: "installed", run: installed },
    Target { name: "repository", run: repository },
    Target { name: "archive", run: archive },
    Target { name: "sources", run: sources },
    Target { name: "template", run: template },
    Target { name: "bundle", run: bundle },
    Target { name: "baseline", run: baseline },
];

/// The program of one target.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::$name(data));
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            // Half of the turns are libFuzzer's own, which follow the branches that are taken.
            if seed.is_multiple_of(2) {
                return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
            }
            let mutated = $crate::mutate::mutated(&data[..size], u64::from(seed));
            let size = mutated.len().min(max_size);
            data[..size].copy_from_slice(&mutated[..size]);
            size
        });
    };
}

macro_rules! readers {
    ($($(#[$doc:meta])* $name:ident: $file:literal;)*) => {
        $($(#[$doc])* pub fn $name(data: &[u8]) {
            foreign($file, data);
        })*
    };
}

readers! {
    /// A profile in XML, with or without faults of its encoding.
    profile: "a.mobileconfig";
    /// A property list in binary.
    binary: "com.example.app.plist";
    /// A signed profile: DER, BER or PEM.
    signed: "a.mobileconfig";
    /// The preferences of a domain.
    preferences: "com.example.app.plist";
    /// A command of Apple's.
    command: "a.plist";
    /// A declaration.
    declaration: "a.json";
    /// SyncML.
    syncml: "a.xml";
    /// A policy of Intune's settings catalogue, a compliance policy, an update ring.
    policy: "a.json";
    /// A custom profile of Intune's, and an envelope around a profile.
    custom: "a.json";
    /// `MDMDiagReport.xml`.
    report: "MDMDiagReport.xml";
    /// What a device lists.
    installed: "a.txt";
    /// The YAML of a repository.
    repository: "teams/a.yml";
    /// An archive.
    archive: "a.zip";
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(Catalogue::embedded)
}

fn day() -> Date {
    Date::new(2026, 10, 1).expect("a day")
}

/// Reads a file, lints what was read, for nobody and for these devices, and imports it.
fn foreign(name: &str, data: &[u8]) {
    let read = reader::read(&[Given { name, bytes: data }], catalogue());
    assert!(!read.readings.is_empty(), "{name} has no verdict");
    linted(&read);
    imported(&read);
}

fn linted(read: &Readings) {
    let devices = ["iOS 17.0 supervised", "macOS 15", "Windows 10.0.22631 pro entra"];
    let devices: Vec<Devices> = devices.iter().map(|text| Devices::parse(text).expect("devices")).collect();
    let any = Options { devices: Vec::new(), server: None, notes: true };
    let meant = Options { devices, server: consumer::named("fleet"), notes: false };
    for options in [any, meant] {
        let found = lint::lint(read, catalogue(), &options).found;
        for finding in found.iter() {
            assert!(!finding.message.is_empty(), "{:?}", finding.code);
            told(&read.sources, &finding.place);
        }
        // What is certain is written without asking anybody.
        lint::fixed(read, &found).iter().for_each(|fixed| assert_ne!(fixed.before, fixed.after));
    }
}

/// Every place is one in its text: what is shown to people is cut out of it.
fn told(sources: &Sources, place: &policyc::diagnostic::Place) {
    let policyc::diagnostic::Place::Source(span) = place else { return };
    let Span { file, start, end } = *span;
    let text = sources.text(file);
    assert!(!span.is_somewhere() || text.get(start as usize..end as usize).is_some(), "{span:?} of {}", text.len());
}

fn imported(read: &Readings) {
    let wanted =
        Wanted { organisation: "acme", group: None, roots: &[], as_of: day(), beside: &[], attach_signed: None };
    let imported = import(read, catalogue(), &wanted);
    assert!(imported.files.is_empty() || !imported.found.has_errors(), "files beside an error");
}

/// The sources of a policy.
pub fn sources(data: &[u8]) {
    let file = |path: &str, bytes: &[u8]| SourceFile { path: path.to_owned(), content: Content::Bytes(bytes.to_vec()) };
    let sources = Sources::new(vec![
        file("policy-sources/acme/groups.yaml", GROUPS),
        file("policy-sources/acme/organisation.yaml", ORGANISATION),
        file("policy-sources/acme/policy.yaml", data),
    ]);
    let compiled = compile(&sources, catalogue(), &Request { as_of: day() });
    compiled.found.iter().for_each(|finding| told(&sources, &finding.place));
}

const ORGANISATION: &[u8] = b"organisation: acme\nname: Acme\nidentifier: org.example.acme\n";
const GROUPS: &[u8] = b"groups:\n  phones: { title: Phones, platform: iOS, os: \"18.0\", supervised: true }\n  \
    laptops: { title: Laptops, platform: Windows, os: \"10.0.26100\", editions: [enterprise] }\n";

/// An ADMX file.
pub fn template(data: &[u8]) {
    let read = template::read("a.admx", data, None);
    assert!(read.template.is_some() || read.found.has_errors());
    let text = read.template.map(|template| template::print(&template));
    assert!(text.is_none_or(|text| !text.is_empty()));
}

/// A bundle of a release.
pub fn bundle(data: &[u8]) {
    let Some(archive) = Archive::of(data) else { return };
    let Ok(files) = archive.unpack(data) else { return };
    let now = Time::from_unix(1_790_000_000).expect("a moment");
    let mut found = Diagnostics::default();
    verify::bundle(&files, &Believed { roots: &[], further: &[], now }, &mut found);
    assert!(found.has_errors(), "nobody is believed, and nothing is wrong");
}

/// The file of what is known.
pub fn baseline(data: &[u8]) {
    if let Ok(baseline) = Baseline::parse(data) {
        assert_eq!(Baseline::parse(baseline.print().as_bytes()), Ok(baseline));
    }
}
