//! Which devices a setting is for: the facts of one group, each with the place that states it.

use super::Kept;
use super::variable::Variables;
use crate::source::Spanned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $vdoc:literal])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[doc = $vdoc])* #[serde(rename = $word)] $variant),* }

        impl $name {
            /// Every one of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The word that sources use for it.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// The one that sources call so.
            pub fn named(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|x| x.word() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.word()) }
        }
    };
}

words! {
    /// An operating system, in its vendor's spelling. `iOS` stands for iPhone and iPad.
    Platform {
        /// iPhone and iPad.
        Ios = "iOS",
        /// Mac.
        MacOs = "macOS",
        /// Apple TV.
        TvOs = "tvOS",
        /// Apple Vision.
        VisionOs = "visionOS",
        /// Apple Watch.
        WatchOs = "watchOS",
        /// Windows 10 and 11.
        Windows = "Windows",
    }
}

impl Platform {
    /// Whether profiles and declarations are its forms.
    pub fn is_apple(self) -> bool {
        self != Platform::Windows
    }
}

words! {
    /// How a device came under management.
    Enrolment {
        /// Device enrolment, by hand or automated.
        Device = "device",
        /// User Enrollment: a managed part on a personal device.
        User = "user",
        /// No server: a person installs the profile.
        Manual = "manual",
    }
}

words! {
    /// Device or user; never called scope.
    Channel {
        /// The whole device.
        Device = "device",
        /// One user of it.
        User = "user",
    }
}

words! {
    /// A form that the group's server takes.
    Delivery {
        /// Apple configuration profiles.
        Mobileconfig = "mobileconfig",
        /// Apple declarations.
        Declarations = "declarations",
        /// Windows SyncML fragments.
        Syncml = "syncml",
        /// Intune JSON.
        Intune = "intune",
    }
}

words! {
    /// One way by which a group's devices get all that they should have. A device is given one.
    Route {
        /// What servers of any make take: profiles and declarations, or SyncML.
        Direct = "direct",
        /// Intune's own files.
        Intune = "intune",
    }
}

words! {
    /// Which of Intune's files hold what it sends to devices.
    Dialect {
        /// Policies of the settings catalogue and update rings, and custom profiles with what these cannot hold.
        Catalogue = "catalogue",
        /// Custom profiles alone: OMA-URIs for Windows, profiles in envelopes for Apple's devices.
        Custom = "custom",
    }
}

words! {
    /// Where a group's compliance policies come from.
    Compliance {
        /// From its controls: each says what Intune may judge devices by.
        Derived = "derived",
        /// From nobody but clauses that write one themselves.
        None = "none",
    }
}

/// Declarations that Intune takes from files, as settings of its own catalogue.
const OF_INTUNE: &[&str] = &["com.apple.configuration.softwareupdate.settings"];

impl Delivery {
    /// Whether it carries declarations of this type, Intune's files being of this dialect.
    pub fn carries_declaration(self, kind: &str, dialect: Dialect) -> bool {
        match self {
            Delivery::Declarations => true,
            Delivery::Intune => dialect == Dialect::Catalogue && OF_INTUNE.contains(&kind),
            Delivery::Mobileconfig | Delivery::Syncml => false,
        }
    }

    /// The route that this form is part of.
    pub fn route(self) -> Route {
        match self {
            Delivery::Mobileconfig | Delivery::Declarations | Delivery::Syncml => Route::Direct,
            Delivery::Intune => Route::Intune,
        }
    }
}

words! {
    /// A family of Windows editions.
    Edition {
        /// Home and its regional variants.
        Home = "home",
        /// Pro, Pro Education, Pro for Workstations.
        Pro = "pro",
        /// Enterprise, with LTSC and evaluation.
        Enterprise = "enterprise",
        /// Education.
        Education = "education",
        /// Windows SE.
        Se = "se",
        /// Enterprise multi-session.
        Multisession = "multisession",
        /// IoT Enterprise.
        Iot = "iot",
        /// HoloLens.
        Hololens = "hololens",
    }
}

words! {
    /// The directory that a Windows device is joined to.
    Join {
        /// Microsoft Entra.
        Entra = "entra",
        /// Entra and a domain.
        Hybrid = "hybrid",
        /// A domain alone.
        Domain = "domain",
        /// None.
        None = "none",
    }
}

words! {
    /// A piece of hardware that settings may need.
    DeviceFact {
        /// Trusted Platform Module.
        Tpm = "tpm",
        /// Touch screen.
        Touch = "touch",
        /// Human presence sensor.
        PresenceSensor = "presence-sensor",
        /// Mobile modem.
        Cellular = "cellular",
    }
}

/// A version: numbers between dots, compared number by number, a missing one counting as 0.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OsVersion {
    /// Its numbers, and 0 behind them.
    numbers: [u32; OsVersion::LONGEST],
    /// How many of them were written.
    written: usize,
}

impl OsVersion {
    /// Numbers of the longest one.
    const LONGEST: usize = 6;

    /// Reads `18`, `26.0`, `10.0.22631`; `None` for anything else.
    pub fn parse(text: &str) -> Option<OsVersion> {
        let mut version = OsVersion { numbers: [0; OsVersion::LONGEST], written: 0 };
        for part in text.split('.') {
            if part.is_empty() || part.len() > 9 || !part.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            *version.numbers.get_mut(version.written)? = part.parse().ok()?;
            version.written += 1;
        }
        Some(version)
    }

    /// Its numbers.
    pub fn parts(&self) -> &[u32] {
        &self.numbers[..self.written]
    }
}

impl TryFrom<String> for OsVersion {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        OsVersion::parse(&text).ok_or_else(|| format!("`{text}` is not a version"))
    }
}

impl From<OsVersion> for String {
    fn from(version: OsVersion) -> String {
        version.to_string()
    }
}

impl fmt::Display for OsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.parts().iter().map(u32::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

impl Ord for OsVersion {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.numbers.cmp(&other.numbers)
    }
}
impl PartialOrd for OsVersion {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for OsVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for OsVersion {}

/// The devices of one group: the facts that decide what they can take. Facts keep the place that states them, so that a
/// finding can point at the `os` line; an inherited one points at the group that gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The organisation's id: its folder's name.
    pub organisation: String,
    /// The organisation's name, as users see it.
    pub organisation_name: String,
    /// What every identifier of the organisation starts with, such as `uk.gov.cafcass`.
    pub identifier: String,
    /// The group's id, where it is declared.
    pub group: Spanned<String>,
    /// The id that identities are derived from: the group's own, or the one it had before (`formerly`).
    pub identity: String,
    /// The group's title, as users see it.
    pub title: String,
    /// Its platform.
    pub platform: Spanned<Platform>,
    /// The oldest OS version or Windows build in it.
    pub os: Spanned<OsVersion>,
    /// How its devices are managed.
    pub enrolment: Spanned<Enrolment>,
    /// Whether they are supervised.
    pub supervised: Spanned<bool>,
    /// The forms that its server takes, the preferred one first.
    pub deliver: Vec<Spanned<Delivery>>,
    /// Which of Intune's files hold its settings, where it is delivered by them.
    pub intune: Spanned<Dialect>,
    /// Where its compliance policies come from, where it is delivered by Intune.
    pub compliance: Compliance,
    /// The editions of Windows in it. Empty: nobody says.
    pub editions: Vec<Spanned<Edition>>,
    /// The directory that its devices are joined to, where stated.
    pub join: Option<Spanned<Join>>,
    /// Its hardware.
    pub has: BTreeSet<DeviceFact>,
    /// Where devices find its profiles, if declarations are to lead them there; with a slash at its end.
    pub profile_url: Option<Spanned<String>>,
    /// How its profiles are cut.
    pub bundle: Bundle,
    /// Who gets its files, by the server whose names they are: `entra`, and `entra-exclude` for those who are left out.
    pub assign: Vec<(String, Vec<String>)>,
    /// The server or console that its files go to, where stated.
    pub server: Option<Server>,
    /// Identities that its devices know already.
    pub kept: Arc<Kept>,
}

/// The server or console that a group's files go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub name: Spanned<&'static str>,
    /// The name that the group states, where it states one: a run may ask for another.
    pub stated: Option<&'static str>,
    /// What it fills in.
    pub variables: &'static Variables,
}

impl Target {
    /// Its routes, the one named first in front.
    pub fn routes(&self) -> Vec<Route> {
        let mut routes: Vec<Route> = Vec::new();
        for delivery in &self.deliver {
            let route = delivery.value.route();
            if !routes.contains(&route) {
                routes.push(route);
            }
        }
        routes
    }

    /// The group as one route sees it: nothing is delivered but by it.
    pub fn on(&self, route: Route) -> Target {
        let deliver = self.deliver.iter().filter(|delivery| delivery.value.route() == route).copied().collect();
        Target { deliver, ..self.clone() }
    }

    /// Whether what it can have as declarations it has so, and profiles carry the rest.
    pub fn prefers_declarations(&self) -> bool {
        let at = |wanted: Delivery| self.deliver.iter().position(|form| form.value == wanted);
        matches!((at(Delivery::Declarations), at(Delivery::Mobileconfig)), (Some(first), Some(then)) if first < then)
    }

    /// The route of a target that has one.
    pub fn route(&self) -> Route {
        self.deliver.first().map_or(Route::Direct, |delivery| delivery.value.route())
    }

    /// The server that the group states, whatever a run asks for.
    pub fn stated_server(&self) -> Option<&'static str> {
        self.server.and_then(|server| server.stated)
    }

    /// Those of a server whom the group's files reach, and those who are left out.
    pub fn audience(&self, server: &str) -> (Vec<&str>, Vec<&str>) {
        let of = |name: &str| {
            let own = self.assign.iter().filter(|(known, _)| known == name);
            own.flat_map(|(_, ids)| ids).map(String::as_str).collect()
        };
        (of(server), of(&format!("{server}{EXCLUDE}")))
    }
}

/// The end of the names under which `assign` holds who is left out.
pub const EXCLUDE: &str = "-exclude";

words! {
    /// How many payloads share a profile.
    Bundle {
        /// One profile for each payload type.
        PerType = "per-type",
        /// One profile for each control.
        PerControl = "per-control",
        /// One profile for all.
        Single = "single",
    }
}
