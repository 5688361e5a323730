//! Policy templates (ADMX) that an organisation brings, because they are no part of Windows: Edge, Office, OneDrive, other vendors'.
//!
//! Facts alone: what a policy is called, where devices keep it, what its elements take. No sentence of a vendor's stands here.
//! "Group Policy ADMX Syntax Reference Guide" (the schema) and "Win32 and Desktop Bridge app ADMX policy ingestion" (the LocURIs).
//!
//! Reading order: this file (the facts), `read.rs` (an ADMX file → facts), `print.rs` (facts → the text of a source, which
//! `policy/parse/admx.rs` reads), `root.rs` (where devices let a template write), `install.rs` (what a group needs before its policies).

mod install;
mod print;
mod read;
mod root;

pub use install::{install, text};
pub use print::{difference, print};
pub use read::{Read, read};
pub use root::blocked;

use crate::source::Span;

/// Where a server puts the template of an app, before its policies: `{this}/{app}/Policy/{file}`.
pub const INSTALL: &str = "./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall";

/// Between the parts of an area: the app, the kind of setting, the categories from the outermost in.
pub const BETWEEN: char = '~';

/// The kind of setting that policies are, as LocURIs name it.
pub const POLICY: &str = "Policy";

/// One template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The app, as LocURIs name it: the organisation's choice, one for the install and the policies.
    pub app: String,
    /// The name of the ADMX file.
    pub file: String,
    /// SHA-256 of that file.
    pub digest: String,
    /// Where its source begins.
    pub span: Span,
    /// Its policies, in the file's order.
    pub policies: Vec<Policy>,
}

/// Who a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The device.
    Machine,
    /// A user.
    User,
    /// Either.
    Both,
}

impl Class {
    /// Every one, with the word for it.
    pub const WORDS: [(&'static str, Class); 3] =
        [("machine", Class::Machine), ("user", Class::User), ("both", Class::Both)];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Class::WORDS.iter().find(|(_, class)| *class == self).map_or("", |(word, _)| word)
    }
}

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Who it is for.
    pub class: Class,
    /// Its categories, the outermost of this file first.
    pub categories: Vec<String>,
    /// The registry keys that it writes below, its own first.
    pub keys: Vec<String>,
    /// The definition of what it is supported on, by name.
    pub supported: Option<String>,
    /// The elements of an enabled body, in the template's order.
    pub elements: Vec<Element>,
    /// Where it stands: in the ADMX file, or in the source that states it.
    pub span: Span,
}

impl Policy {
    /// Its path in an app: the categories, then its name.
    pub fn path(&self) -> String {
        format!("{}/{}", self.categories.join("~"), self.name)
    }

    /// The first of its registry keys that no device takes from a template.
    pub fn blocked(&self) -> Option<&str> {
        self.keys.iter().map(String::as_str).find(|key| blocked(key))
    }
}

/// The kinds of element, as templates call them.
pub const KINDS: [&str; 7] = ["text", "decimal", "longDecimal", "boolean", "enum", "multiText", "list"];

/// One element of an enabled policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its kind: one of [`KINDS`].
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Whether it may not be empty.
    pub required: bool,
    /// Smallest number.
    pub min: Option<u64>,
    /// Largest number.
    pub max: Option<u64>,
    /// Most characters of a text.
    pub max_length: Option<u64>,
    /// The stored values of an enum.
    pub values: Vec<String>,
    /// What the registry gets for `true` and for `false`, where the template says so.
    pub stored: [Option<String>; 2],
    /// Whether the entries of a list have names of their own.
    pub explicit: bool,
    /// Whether a list adds to what is there.
    pub additive: bool,
    /// What the names of a list's entries begin with.
    pub prefix: Option<String>,
}

/// Whether a text can name an app or a file in LocURIs, in file names and in sources.
pub fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    text.len() <= 100 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.bytes().all(fits)
}

/// The app of an ingested policy's area, from a LocURI in any spelling of its root: `Edge~Policy~x` → `Edge`.
pub fn app_of(uri: &str) -> Option<&str> {
    let below = below_root(uri)?.strip_prefix("/Vendor/MSFT/Policy/Config/")?;
    let (area, _) = below.split_once('/')?;
    area.split_once(BETWEEN).map(|(app, _)| app)
}

/// The app whose template a LocURI installs.
pub fn installs(uri: &str) -> Option<&str> {
    let of_device = Some(uri).filter(|uri| !uri.starts_with("./User/"));
    let below = below_root(of_device?)?.strip_prefix("/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/")?;
    let mut parts = below.split('/');
    let (app, kind, file) = (parts.next()?, parts.next()?, parts.next()?);
    (kind == POLICY && !file.is_empty()).then_some(app)
}

/// A LocURI without its root, in any spelling of it.
fn below_root(uri: &str) -> Option<&str> {
    let below = uri.strip_prefix('.')?;
    Some(["/Device", "/User"].iter().find_map(|root| below.strip_prefix(root)).unwrap_or(below))
}
