//! The facts that the catalogue keeps, in the vendors' own words: one [`Schema`] for each of Apple's files, one [`Csp`] for each
//! of Microsoft's. These types are at once the text form under `data/` (JSON), the embedded form and what `check` reads.
//!
//! Apple: the fields of `docs/schema.yaml` in Apple's device-management repository, without its prose.
//! Windows: the DDF v2 fields, without descriptions.

mod levels;

pub(crate) use levels::Holding;
pub use levels::{Inherited, Levels};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The vendor's file, relative to its release.
    pub file: String,
    /// The release, such as `2026-03 (OS 26.4)` or `2025-02 DDF`.
    pub release: String,
}

impl Release {
    /// Whether it is a page of the vendor's reference, for what no release holds yet.
    pub(crate) fn is_page(&self) -> bool {
        self.file.ends_with(".md")
    }
}

/// What one of Apple's files describes, or a type of Microsoft Graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A payload of a configuration profile.
    Profile,
    /// A declaration (configuration, asset, activation, management) or the data of an asset.
    Declaration,
    /// A command.
    Command,
    /// A compliance policy of Intune.
    Compliance,
    /// An item that devices report, and that predicates of declarations may name.
    Status,
}

impl Form {
    /// Every one of them, in order.
    pub const ALL: [Form; 5] = [Form::Profile, Form::Declaration, Form::Command, Form::Status, Form::Compliance];
}

/// One of Apple's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// Payload, declaration, credential or request type. Several files may share one.
    #[serde(rename = "type")]
    pub name: String,
    /// What it describes.
    pub form: Form,
    /// Apple's short name of the payload: a name, not a sentence.
    pub title: String,
    /// Where it comes from.
    pub source: Release,
    /// Availability by OS, in Apple's spelling (`iOS`, `macOS`, …).
    #[serde(rename = "supportedOS", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub support: BTreeMap<String, Support>,
    /// How several declarations of the type combine: `single`, `multiple`, `combined`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apply: Option<String>,
    /// Its keys.
    #[serde(rename = "payloadkeys", default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
    /// Keys of a command's answer.
    #[serde(rename = "responsekeys", default, skip_serializing_if = "Vec::is_empty")]
    pub response: Vec<Key>,
}

/// Availability on one OS, as one level of the file states it. Each level (payload, key, subkey) inherits and overrides field by
/// field; [`Support::under`] does that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Support {
    /// First version, or `n/a`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduced: Option<String>,
    /// Version from which it is deprecated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Version from which it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<String>,
    /// Only on supervised devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervised: Option<bool>,
    /// Only after automated device enrolment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requiresdep: Option<bool>,
    /// Only under user-approved MDM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userapprovedmdm: Option<bool>,
    /// A person may install it without a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowmanualinstall: Option<bool>,
    /// On the device channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devicechannel: Option<bool>,
    /// On the user channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userchannel: Option<bool>,
    /// May be present more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiple: Option<bool>,
    /// Access rights that a command needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessrights: Option<String>,
    /// Under User Enrollment: `allowed`, `required`, `forbidden`, `ignored`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userenrollment: Option<String>,
    /// On Shared iPad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharedipad: Option<SharedIpad>,
    /// Enrolments that take a declaration: `supervised`, `device`, `user`, `local`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_enrollments: Option<Vec<String>>,
    /// Scopes that take a declaration: `system`, `user`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_scopes: Option<Vec<String>>,
    /// A Setup Assistant pane that can always be skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub always_skippable: Option<bool>,
    /// Pre-release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beta: Option<bool>,
}

/// Support on Shared iPad.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SharedIpad {
    /// `allowed`, `required`, `forbidden`, `ignored`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// On the device channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devicechannel: Option<bool>,
    /// On the user channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userchannel: Option<bool>,
    /// Scopes that take a declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_scopes: Option<Vec<String>>,
}

/// Apple's nine types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `<string>`
    String,
    /// `<integer>`
    Integer,
    /// `<real>`
    Real,
    /// `<boolean>`
    Boolean,
    /// `<date>`
    Date,
    /// `<data>`
    Data,
    /// `<array>`; its subkeys are the alternatives for an item.
    Array,
    /// `<dictionary>`; a subkey `ANY` stands for any name.
    Dictionary,
    /// `<any>`
    Any,
}

/// One key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its name, letter for letter; `ANY` in a dictionary that takes any name.
    #[serde(rename = "key")]
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// `<url>`, `<hostname>`, `<email>`, without the brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtype: Option<String>,
    /// `presence: required`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The values that it may have. Numbers and booleans are kept as they print.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rangelist: Vec<String>,
    /// Smallest and largest, as they print.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// Bounds on an OS where they differ from `range`. Curated, see errata.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub range_on: BTreeMap<String, Range>,
    /// A regular expression for the whole text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// How many items an array has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repetition: Option<Range>,
    /// What holds when it is absent, as it prints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// How two declarations combine it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combinetype: Option<String>,
    /// Types of the asset whose identifier it holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assettypes: Vec<String>,
    /// Media types of that asset's data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asset_content_types: Vec<String>,
    /// Holds a secret: a password, a passphrase, a private key. Curated, see errata.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// Types of the payloads whose `PayloadUUID` it holds. Curated, see errata.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refers: Vec<String>,
    /// Keys of the same level that never stand beside it. Curated, see errata.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<String>,
    /// What this level says of availability.
    #[serde(rename = "supportedOS", default, skip_serializing_if = "no_levels")]
    pub support: Levels,
    /// What that comes to below all that stands above it.
    #[serde(skip)]
    pub inherited: Inherited,
    /// Keys below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subkeys: Vec<Key>,
    /// Set where Apple's file refers back to a level that encloses this key: the names from the top to the level whose subkeys
    /// these are. Never expanded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<Vec<String>>,
}

fn no_levels(levels: &Levels) -> bool {
    levels.is_empty()
}

/// A range; either end may be open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Smallest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// Largest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
}

/// One of Microsoft's DDF files: its nodes, sorted by URI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Csp {
    /// Where it comes from.
    pub source: Release,
    /// Every node, interior ones too.
    pub nodes: Vec<Node>,
}

/// One node. Builds, CSP version and editions are what the node itself says; [`super::NodeMatch`] inherits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its LocURI; a dynamic node is written `{Title}`.
    pub uri: String,
    /// `b64 bin bool chr int node null xml date time float`.
    pub format: String,
    /// `Add Copy Delete Exec Get Replace`, in this order.
    pub access: Vec<String>,
    /// `One ZeroOrOne ZeroOrMore OneOrMore ZeroOrN OneOrN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence: Option<String>,
    /// `Permanent` or `Dynamic`: whether it can be created and deleted, not device or user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// DFType's MIME text where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// `CS` or `CIS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_sense: Option<String>,
    /// OsBuildVersion, item by item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builds: Option<Vec<String>>,
    /// CspVersion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csp_version: Option<String>,
    /// EditionAllowList, product ids such as `0x30`; empty: no edition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub editions: Option<Vec<String>>,
    /// DefaultValue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// For a dynamic node, how it is named: `UniqueName`, `ClientInventory`, `ServerGeneratedUniqueIdentifier`, or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub naming: Option<String>,
    /// What values it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Allowed>,
    /// Other nodes that it depends on; groups are alternatives, the members of one all hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<DependencyGroup>,
    /// ConflictResolution: `LastWrite`, `LowestValueMostSecure`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<String>,
    /// OsBuildDeprecated; empty where the DDF gives no build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// The node and what is below it stand inside one Atomic.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub atomic: bool,
    /// RebootBehavior: `Automatic`, `ServerInitiated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reboot: Option<String>,
    /// Holds a secret: a password, a key, a profile with one in it. Curated, see errata.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
}

/// AllowedValues.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// `ADMX ENUM None Range RegEx XSD Flag JSON SDDL`.
    pub kind: String,
    /// Values of an ENUM or Flag; the text of a Range or RegEx stands alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The delimiter of a list, as the character itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// The policy behind an ADMX node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admx: Option<AdmxBacked>,
}

/// AdmxBacked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdmxBacked {
    /// The template's file.
    pub file: String,
    /// Its area.
    pub area: String,
    /// Of an ingested template: a registry key of the policy's that devices let no template write.
    #[serde(skip)]
    pub blocked: Option<String>,
    /// The policy's name.
    pub name: String,
    /// The elements of an enabled body in the template's order, where known: `None` where nobody has read the template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<Vec<AdmxElement>>,
}

/// One element of an ADMX policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdmxElement {
    /// Its id.
    pub id: String,
    /// `text decimal boolean enum multiText list`.
    pub kind: String,
    /// The stored values of an enum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Bounds of a decimal, or of the length of a text (max).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// Whether it may not be empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Of a list: whether its entries have names of their own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub explicit: bool,
    /// Where the row comes from.
    pub source: String,
}

/// DependencyGroup: all of these hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DependencyGroup {
    /// FriendlyId.
    pub id: String,
    /// The values that the depending node takes when the group holds, where it narrows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Allowed>,
    /// Its members.
    pub on: Vec<Dependency>,
}

/// One dependency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    /// `DependsOn` or `Not`.
    pub kind: String,
    /// The node, as the DDF spells it.
    pub uri: String,
    /// The values of it that count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Allowed>,
}
