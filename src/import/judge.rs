//! What the compiler would say of the settings of a group: the facts under which a device takes them, names that no catalogue knows,
//! values that nobody may read, and what cannot be compiled at all. Each finding stands where the setting stands in its file.

use super::estate::{Group, Piece};
use super::slug;
use crate::catalogue::Catalogue;
use crate::check::{self, Checked};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Severity};
use crate::gather::Gather;
use crate::policy;
use crate::setting::{
    Address, Allowance, Compliance, Delivery, DeviceFact, Edition, Enrolment, Family, Leaf, OsVersion, Platform, Route,
    Setting, Target, Value,
};
use crate::source::{FileId, Span, Spanned};
use crate::template::Template;
use std::collections::{BTreeMap, BTreeSet};

/// The facts of a group that its files do not say, and that its settings need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) os: OsVersion,
    /// Why it is this one, where no file says that no device has an older one.
    pub(super) why_os: Option<&'static str>,
    pub(super) edition: Edition,
    pub(super) enrolment: Enrolment,
    pub(super) supervised: bool,
    pub(super) deliver: Vec<Delivery>,
    pub(super) compliance: Compliance,
    pub(super) has: BTreeSet<DeviceFact>,
}

impl Facts {
    /// Facts that no file says, and why they are these.
    pub(super) fn assumed(&self, platform: Platform) -> Vec<(&'static str, &'static str)> {
        let supervised = if self.supervised { "some of it needs supervision" } else { "none of it needs supervision" };
        let editions = if self.edition == Edition::Enterprise { "the files do not say" } else { RAISED };
        let all = [
            ("os", self.why_os),
            ("supervised", platform.is_apple().then_some(supervised)),
            ("editions", (!platform.is_apple()).then_some(editions)),
            ("enrolment", (self.enrolment != Enrolment::Device).then_some(RAISED)),
            ("has", (!self.has.is_empty()).then_some("some of it is for such devices alone")),
        ];
        all.into_iter().filter_map(|(fact, why)| Some((fact, why?))).collect()
    }
}

/// Versions that are tried, the oldest first: what is too new for one, or gone in another, decides.
fn versions(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::Windows => &["10.0.19045", "10.0.22631", "10.0.26100", "10.0.26200"],
        Platform::MacOs => &["14.0", "15.0", "15.4", "26.0", "26.2", "26.4", "27.0"],
        Platform::VisionOs => &["2.0", "26.0", "26.4", "27.0"],
        Platform::WatchOs => &["11.0", "26.0", "26.4", "27.0"],
        Platform::Ios | Platform::TvOs => &["17.0", "18.0", "18.4", "26.0", "26.2", "26.4", "27.0"],
    }
}

/// A group with these facts.
pub(super) fn target(organisation: &str, group: &Group, facts: &Facts) -> Target {
    let apple = group.platform.is_apple();
    Target {
        organisation: organisation.to_owned(),
        organisation_name: organisation.to_owned(),
        identifier: format!("org.{organisation}"),
        group: Spanned::nowhere(group.id.clone()),
        identity: group.id.clone(),
        title: group.title.clone(),
        platform: Spanned::nowhere(group.platform),
        os: Spanned::nowhere(facts.os),
        enrolment: Spanned::nowhere(facts.enrolment),
        supervised: Spanned::nowhere(facts.supervised),
        deliver: facts.deliver.iter().copied().map(Spanned::nowhere).collect(),
        editions: if apple { Vec::new() } else { vec![Spanned::nowhere(facts.edition)] },
        join: None,
        has: facts.has.clone(),
        bundle: group.bundle,
        assign: Vec::new(),
        server: None,
        profile_url: None,
        compliance: facts.compliance,
        intune: Spanned::nowhere(group.dialect),
        kept: Default::default(),
    }
}

/// The facts under which the fewest settings are refused.
pub(super) fn facts(organisation: &str, group: &Group, catalogue: &Catalogue) -> Facts {
    let deliver = deliver(group);
    let tried: Vec<OsVersion> = tried(group.platform).collect();
    let mut best: Option<(usize, Facts)> = None;
    for supervised in [false, true] {
        if supervised && !group.platform.is_apple() {
            break;
        }
        let stated = judged_oldest(group)
            .filter(|os| tried.first() <= Some(os) && policy::wrong_version(group.platform, os).is_none());
        for os in stated.into_iter().chain(tried.iter().copied()) {
            let facts = Facts {
                os,
                why_os: (stated != Some(os)).then_some(OLDEST),
                edition: Edition::Enterprise,
                enrolment: Enrolment::Device,
                supervised,
                deliver: deliver.clone(),
                compliance: Compliance::Derived,
                has: BTreeSet::new(),
            };
            let refused = refused(organisation, group, &facts, catalogue);
            if best.as_ref().is_none_or(|(least, _)| refused < *least) {
                best = Some((refused, facts));
            }
            if refused == 0 {
                break;
            }
        }
        if matches!(best, Some((0, _))) {
            break;
        }
    }
    best.expect("internal: every platform has versions to try").1
}

/// How many settings a device refuses under these facts.
pub(super) fn refused(organisation: &str, group: &Group, facts: &Facts, catalogue: &Catalogue) -> usize {
    let (_, found) = checked(&target(organisation, group, facts), group, catalogue);
    let refuses = |finding: &Diagnostic| finding.severity == Severity::Error && !finding_is_mended(finding);
    found.iter().filter(|(_, finding)| refuses(finding)).count()
}

/// Why a version is taken that no file says.
const OLDEST: &str = "the files do not say; the oldest version that takes all of it";
const RAISED: &str = "the files do not say; with it controls stand for more of what is there";

/// Other facts that the files may mean as well, one kind after the other.
pub(super) const VARIED: [fn(Platform, &Facts) -> Vec<Facts>; 4] = [
    |_, facts| {
        let by = |form: Delivery| facts.deliver.iter().position(|other| *other == form);
        let (Some(profiles), Some(declarations)) = (by(Delivery::Mobileconfig), by(Delivery::Declarations)) else {
            return Vec::new();
        };
        let mut deliver = facts.deliver.clone();
        deliver.swap(profiles, declarations);
        vec![Facts { deliver, ..facts.clone() }]
    },
    |platform, facts| {
        let newer = tried(platform).filter(|os| *os > facts.os && facts.why_os.is_some());
        newer.map(|os| Facts { os, why_os: Some(RAISED), ..facts.clone() }).collect()
    },
    |platform, facts| match platform.is_apple() {
        true => Vec::new(),
        false => [Edition::Pro, Edition::Home].map(|edition| Facts { edition, ..facts.clone() }).to_vec(),
    },
    |platform, facts| match platform.is_apple() && !facts.supervised {
        true => vec![Facts { enrolment: Enrolment::User, ..facts.clone() }],
        false => Vec::new(),
    },
];

fn tried(platform: Platform) -> impl Iterator<Item = OsVersion> {
    versions(platform).iter().filter_map(|text| OsVersion::parse(text))
}

/// The oldest version that a compliance policy lets be: what controls write there is the group's.
fn judged_oldest(group: &Group) -> Option<OsVersion> {
    let is_oldest = |address: &Address| address.family == Family::Compliance && address.keys() == ["osMinimumVersion"];
    let (_, piece) = group.pieces.iter().find(|(address, _)| is_oldest(address))?;
    match &piece.value {
        Value::Text(text) => OsVersion::parse(text),
        _ => None,
    }
}

/// Findings that the source answers: by a reason why the name is written, or by naming the secret.
fn finding_is_mended(finding: &Diagnostic) -> bool {
    matches!(finding.code, Code::UnknownKey | Code::WrongCase | Code::MisplacedKey | Code::SecretLiteral)
}

/// Why entries are written although nothing is known of them.
const UNKNOWN: &str = "imported, and no catalogue knows it";
const MISSPELT: &str = "imported as it was, and devices know it by another name or in another place";

/// Why they are written although the compiler finds something of them.
pub(super) const ALLOWED: &str = "imported as devices have it, and nobody has said yet why it may be";

/// The forms in which its files come, profiles first.
fn deliver(group: &Group) -> Vec<Delivery> {
    let by = |route: Route, family: Option<Family>| {
        group.pieces.iter().any(|(address, piece)| {
            piece.routes.contains(&route) && family.is_none_or(|family| family == address.family)
        })
    };
    let mut deliver = Vec::new();
    if !group.platform.is_apple() {
        if by(Route::Direct, None) || !by(Route::Intune, None) {
            deliver.push(Delivery::Syncml);
        }
    } else {
        if by(Route::Direct, Some(Family::Profile)) {
            deliver.push(Delivery::Mobileconfig);
        }
        if by(Route::Direct, Some(Family::Declaration)) {
            deliver.push(Delivery::Declarations);
        }
        if deliver.is_empty() && (by(Route::Direct, None) || !by(Route::Intune, None)) {
            deliver.push(Delivery::Mobileconfig);
        }
    }
    if by(Route::Intune, None) {
        deliver.push(Delivery::Intune);
    }
    deliver
}

/// A value without the places inside it, so that a finding points at the setting. Bounded by the depth that readers allow.
fn bare(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::array(items.iter().map(|item| bare(&item.value))),
        Value::Dictionary(entries) => {
            let entry = |(key, item): (&String, &Spanned<Value>)| (key.clone(), Spanned::nowhere(bare(&item.value)));
            Value::Dictionary(entries.iter().map(entry).gather())
        }
        other => other.clone(),
    }
}

/// The settings of a group with a place for each that says which it is.
fn numbered(group: &Group) -> Vec<Setting> {
    let one = |(n, (address, piece)): (usize, (&Address, &Piece))| Setting {
        span: Span::new(FileId::nth(0), n, n + 1),
        unlisted: piece.unlisted.map(str::to_owned),
        allowed: piece
            .allowed
            .iter()
            .map(|code| Allowance { code: *code, reason: ALLOWED.to_owned(), is_used: false })
            .collect(),
        ..Setting::found(address.clone(), bare(&piece.value))
    };
    group.pieces.iter().enumerate().map(one).collect()
}

/// What the rules say of each setting, by its place among the pieces.
fn checked(target: &Target, group: &Group, catalogue: &Catalogue) -> (Vec<Checked>, Vec<(usize, Diagnostic)>) {
    let mut all = Vec::new();
    let mut results = Vec::new();
    for route in target.routes() {
        let settings = numbered(group);
        let pieces: Vec<&Piece> = group.pieces.values().collect();
        let own = settings
            .into_iter()
            .enumerate()
            .filter(|(n, _)| pieces[*n].routes.contains(&route))
            .map(|(_, setting)| setting);
        let mut found = Diagnostics::default();
        results.push(check::against(catalogue, &target.on(route), own.collect(), &mut found));
        for finding in found.iter() {
            let Place::Source(span) = &finding.place else { continue };
            let place = if span.is_somewhere() { span.start as usize } else { 0 };
            if !all.iter().any(|(other, known): &(usize, Diagnostic)| *other == place && known == finding) {
                all.push((place, finding.clone()));
            }
        }
    }
    (results, all)
}

/// Marks what no catalogue knows and what the compiler finds fault with, and names the secrets. What cannot be compiled even so leaves the
/// group: each such setting, with why.
pub(super) fn mend(
    target: &Target,
    group: &mut Group,
    (catalogue, brought): (&Catalogue, &[Template]),
    (secrets, found): (&mut BTreeMap<String, String>, &mut Diagnostics),
) -> Vec<(Address, Piece, String)> {
    let addresses: Vec<Address> = group.pieces.keys().cloned().collect();
    // What is mended may uncover what stood behind it.
    for _ in 0..8 {
        let (_, findings) = checked(target, group, catalogue);
        let mut mended = false;
        for (n, finding) in &findings {
            let Some(piece) = addresses.get(*n).and_then(|address| group.pieces.get_mut(address)) else { continue };
            match finding.code {
                _ if is_brought(finding, &addresses[*n], brought) => {}
                Code::UnknownKey if piece.unlisted.is_none() => {
                    piece.unlisted = Some(UNKNOWN);
                    mended = true;
                }
                // It comes back as it was, and is said: nobody mends a file by importing it.
                Code::WrongCase | Code::MisplacedKey if piece.unlisted.is_none() => {
                    piece.unlisted = Some(MISSPELT);
                    mended = true;
                    let place = piece.place.clone();
                    let again = Diagnostic { place, also: Vec::new(), fix: None, ..finding.clone() };
                    found.push(
                        again.severity(Severity::Warning).help("it is imported as it is; mend it in the sources"),
                    );
                }
                Code::SecretLiteral if piece.value.secrets().is_empty() => {
                    hide(&addresses[*n], piece, group.id.as_str(), secrets);
                    mended = true;
                }
                // Devices have it so today. That they take it nobody says, and it carries no clause.
                code if finding.severity == Severity::Error && piece.allowed.insert(code) => {
                    mended = true;
                    let place = piece.place.clone();
                    let again = Diagnostic { place, also: Vec::new(), fix: None, ..finding.clone() };
                    let cure =
                        format!("it is imported as it is, under `allow: {{ {code}: … }}`: mend it in the sources");
                    found.push(again.severity(Severity::Warning).help(cure));
                }
                _ => {}
            }
        }
        if !mended {
            break;
        }
    }
    let (_, findings) = checked(target, group, catalogue);
    let mut refused = Vec::new();
    for (n, finding) in findings.into_iter().filter(|(_, finding)| finding.severity == Severity::Error) {
        let Some(address) = addresses.get(n).filter(|address| !is_brought(&finding, address, brought)) else {
            continue;
        };
        refused.extend(group.pieces.remove(address).map(|piece| (address.clone(), piece, finding.message)));
    }
    agree(group);
    for (name, _) in group.pieces.values().flat_map(|piece| piece.value.secrets()).map(|name| (name.to_owned(), ())) {
        secrets.entry(name.clone()).or_insert_with(|| variable(&name));
    }
    refused
}

/// Whether a finding misses the installation of a template that the compiler adds.
fn is_brought(finding: &Diagnostic, address: &Address, brought: &[Template]) -> bool {
    finding.code == Code::AdmxNotInstalled && brought.iter().any(|template| template.has(&address.owner))
}

/// The parts of one body stand in one entry: what is said of one of them is said of all.
fn agree(group: &mut Group) {
    let mut bodies: BTreeMap<String, (BTreeSet<Code>, Option<&'static str>)> = BTreeMap::new();
    let is_part = |address: &Address| matches!(address.leaf, Leaf::AdmxState | Leaf::AdmxElement(_));
    for (address, piece) in group.pieces.iter().filter(|(address, _)| is_part(address)) {
        let (allowed, unlisted) = bodies.entry(address.owner.clone()).or_default();
        allowed.extend(&piece.allowed);
        *unlisted = unlisted.or(piece.unlisted);
    }
    for (address, piece) in group.pieces.iter_mut().filter(|(address, _)| is_part(address)) {
        if let Some((allowed, unlisted)) = bodies.get(&address.owner) {
            piece.allowed.clone_from(allowed);
            piece.unlisted = *unlisted;
        }
    }
}

/// The variable of the environment from which a release takes a secret until somebody says otherwise.
fn variable(name: &str) -> String {
    format!("env:{}", name.to_uppercase().replace('-', "_"))
}

/// A secret in place of a value that nobody may read. What it was is kept nowhere.
fn hide(address: &Address, piece: &mut Piece, group: &str, secrets: &mut BTreeMap<String, String>) {
    let last = address
        .keys()
        .last()
        .map_or_else(|| address.owner.rsplit('/').next().unwrap_or_default().to_owned(), Clone::clone);
    let which = address.instance.clone().unwrap_or_default();
    let base = slug(&format!("{group}-{which}-{last}"), "secret");
    let mut fresh = || {
        let (mut name, mut n) = (base.clone(), 2);
        while secrets.contains_key(&name) {
            name = format!("{base}-{n}");
            n += 1;
        }
        secrets.insert(name.clone(), variable(&name));
        name
    };
    match &piece.value {
        Value::Data(_) => piece.value = Value::Secret(crate::setting::Secret::Data(fresh())),
        _ => piece.value = Value::secret(fresh()),
    }
}
