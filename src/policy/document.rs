//! One parsed source: what its author wrote, with places, and nothing looked up. Follows language.md §3 and §4, field by field.

use super::Class;
use crate::control::{Control, Entry, Guard};
use crate::diagnostic::Code;
use crate::setting::{
    Bundle, Compliance, Date, Delivery, DeviceFact, Dialect, Edition, Enrolment, Join, Kept, OsVersion, Platform,
};
use crate::source::yaml::Node;
use crate::source::{FileId, Span, Spanned};
use crate::template::Template;
use std::sync::Arc;

/// One file of an organisation.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file.
    pub file: FileId,
    /// The folder of the organisation that it belongs to; empty for baselines and releases.
    pub folder: String,
    /// What it says.
    pub content: Text,
}

/// What a file says, by its first key.
#[derive(Clone, Debug)]
pub enum Text {
    /// `organisation: …`
    Organisation(Box<OrganisationText>),
    /// `groups: …`
    Groups(Vec<GroupText>),
    /// `policy: …`
    Policy(Box<PolicyText>),
    /// `baseline: …`: clauses that organisations adopt.
    Baseline(Box<PolicyText>),
    /// `control: …`: one of the organisation's own.
    Control(Arc<Control>),
    /// `releases: …`: which version of an OS was published when.
    Releases(Vec<ReleaseText>),
    /// `exceptions: …`
    Exceptions(Vec<ExceptionText>),
    /// `secrets: …`: each by its name, with where it comes from (`env:NAME`, `file:PATH`, `cmd:COMMAND`).
    Secrets(Vec<(Spanned<String>, Spanned<String>)>),
    /// `identities: …`: what devices know already, by group.
    Identities(IdentitiesText),
    /// `admx: …`: the facts of a policy template.
    Admx(Template),
    /// A file that could not be read, or whose kind is not known: names that it may hold are not reported as unknown.
    Unread,
}

impl Text {
    /// The controls that its clauses require, by their names.
    pub(super) fn controls(&self) -> impl Iterator<Item = &str> {
        let clauses = match self {
            Text::Policy(policy) | Text::Baseline(policy) => policy.clauses.as_slice(),
            _ => &[],
        };
        clauses.iter().flat_map(|clause| &clause.require).map(|required| required.control.as_str())
    }
}

/// identities.yaml.
#[derive(Clone, Debug, Default)]
pub struct IdentitiesText {
    /// What each group keeps.
    pub groups: Vec<(Spanned<String>, Kept)>,
}

/// One release of releases.yaml.
#[derive(Clone, Debug)]
pub struct ReleaseText {
    /// The OS.
    pub os: Spanned<Platform>,
    /// Its version.
    pub version: Spanned<OsVersion>,
    /// The day on which it was published.
    pub published: Spanned<Date>,
}

/// organisation.yaml.
#[derive(Clone, Debug)]
pub struct OrganisationText {
    /// Its id.
    pub id: Spanned<String>,
    /// Its name.
    pub name: Option<Spanned<String>>,
    /// What every identifier starts with.
    pub identifier: Option<Spanned<String>>,
    /// The id of its Entra directory.
    pub entra_tenant: Option<Spanned<String>>,
    /// Facts that are given and could not be read.
    pub unread: Vec<String>,
    /// Its domains.
    pub domains: Vec<Spanned<String>>,
    /// Its certificates: name and path inside its folder.
    pub certificates: Vec<(Spanned<String>, Spanned<String>)>,
    /// Warnings that it denies.
    pub deny: Vec<Code>,
    /// Baselines that it adopts, and the groups that each binds.
    pub adopts: Vec<(Spanned<String>, Vec<Spanned<String>>)>,
    /// Its id before its folder was renamed.
    pub formerly: Option<Spanned<String>>,
}

/// One group of groups.yaml. A fact that is missing may be inherited.
#[derive(Clone, Debug)]
pub struct GroupText {
    /// Its id.
    pub id: Spanned<String>,
    /// Its title.
    pub title: Option<Spanned<String>>,
    /// Its platform.
    pub platform: Option<Spanned<Platform>>,
    /// The oldest version in it.
    pub os: Option<Spanned<OsVersion>>,
    /// How its devices are managed.
    pub enrolment: Option<Spanned<Enrolment>>,
    /// Whether they are supervised.
    pub supervised: Option<Spanned<bool>>,
    /// What its server takes.
    pub deliver: Option<Spanned<Vec<Spanned<Delivery>>>>,
    /// Which of Intune's files hold its settings.
    pub intune: Option<Spanned<Dialect>>,
    /// `compliance`.
    pub compliance: Option<Spanned<Compliance>>,
    /// The editions of Windows in it.
    pub editions: Option<Spanned<Vec<Spanned<Edition>>>>,
    /// The directory that its devices are joined to.
    pub join: Option<Spanned<Join>>,
    /// Its hardware.
    pub has: Option<Vec<Spanned<DeviceFact>>>,
    /// Where devices find its profiles, with a slash at its end.
    pub profile_url: Option<Spanned<String>>,
    /// How its profiles are cut.
    pub bundle: Option<Spanned<Bundle>>,
    /// The server or console that its files go to.
    pub server: Option<Spanned<&'static str>>,
    /// The group that it is part of.
    pub part_of: Option<Spanned<String>>,
    /// Why no server reaches it.
    pub unmanaged: Option<Spanned<String>>,
    /// Facts that no text gives, and why.
    pub assumed: Vec<(Spanned<String>, String)>,
    /// The id that keeps its identity.
    pub formerly: Option<Spanned<String>>,
    /// The audience in each server's own terms.
    pub assign: Vec<(String, Vec<String>)>,
    /// Files that travel as they are.
    pub attach: Vec<AttachmentText>,
    /// Whether a field of it has a finding, so that what follows from it is not reported as well.
    pub broken: bool,
}

/// A file that a group attaches.
#[derive(Clone, Debug)]
pub struct AttachmentText {
    /// Its path in the organisation's folder.
    pub file: Spanned<String>,
    /// Why it travels as it is.
    pub because: String,
    /// The digest that it has to have.
    pub sha256: Option<Spanned<String>>,
}

/// One written policy, or a baseline.
#[derive(Clone, Debug)]
pub struct PolicyText {
    /// Its id.
    pub id: Spanned<String>,
    /// Its title.
    pub title: Option<Spanned<String>>,
    /// Its version, as printed.
    pub version: Option<String>,
    /// Its owner.
    pub owner: Option<String>,
    /// Who approved it, and when.
    pub approved: Option<(String, Option<Date>)>,
    /// When it came into force.
    pub in_force: Option<Date>,
    /// When it is to be reviewed.
    pub next_review: Option<Spanned<Date>>,
    /// Clauses that are not here, and why.
    pub left_out: Vec<(String, String)>,
    /// Whether it is a baseline.
    pub baseline: bool,
    /// The id that it had before.
    pub formerly: Option<Spanned<String>>,
    /// Its clauses.
    pub clauses: Vec<ClauseText>,
}

/// One clause.
#[derive(Clone, Debug)]
pub struct ClauseText {
    /// Its id, as the written policy numbers it.
    pub id: Spanned<String>,
    /// One line, in our words.
    pub summary: Option<Spanned<String>>,
    /// How it holds.
    pub class: Option<Spanned<Class>>,
    /// Why it is not enforced.
    pub reason: Option<Spanned<String>>,
    /// The groups that it names.
    pub groups: Vec<Spanned<String>>,
    /// Of a baseline's clause: the platforms that it is for.
    pub platforms: Vec<Spanned<Platform>>,
    /// The controls that it requires.
    pub require: Vec<RequireText>,
    /// Its raw entries.
    pub settings: Vec<Arc<Entry>>,
    /// Its guards.
    pub guard: Vec<Arc<Guard>>,
    /// `control.parameter` → why.
    pub assumed: Vec<(Spanned<String>, String)>,
    /// What else must be true.
    pub needs: Vec<String>,
    /// References as printed and as meant.
    pub cites: Vec<(Spanned<String>, Spanned<String>)>,
    /// Clauses that cannot be followed beside it, and why.
    pub conflicts_with: Vec<(Spanned<String>, String)>,
    /// Baseline clauses that it fulfils.
    pub meets: Vec<Spanned<String>>,
    /// Its id in an earlier version.
    pub formerly: Option<Spanned<String>>,
    /// Whether a field of it has a finding.
    pub broken: bool,
}

/// What a clause asks of one control. Which keys are parameters and which are instances is the control's to say.
#[derive(Clone, Debug)]
pub struct RequireText {
    /// The control.
    pub control: Spanned<String>,
    /// Its parameters, or its instances with theirs.
    pub body: Node,
}

/// One exception.
#[derive(Clone, Debug)]
pub struct ExceptionText {
    /// Its id.
    pub id: Spanned<String>,
    /// The clauses that it names, as written.
    pub clauses: Vec<Spanned<String>>,
    /// The groups that it names.
    pub groups: Vec<Spanned<String>>,
    /// What it lifts.
    pub relax: Spanned<Relax>,
    /// Why.
    pub reason: Option<Spanned<String>>,
    /// Who stands behind it.
    pub endorsed_by: Option<Spanned<String>>,
    /// First day.
    pub from: Option<Spanned<Date>>,
    /// Last day.
    pub expires: Option<Spanned<Date>>,
    /// Whether it waits for a person.
    pub template: bool,
    /// The id that it had before.
    pub formerly: Option<Spanned<String>>,
    /// The whole exception.
    pub span: Span,
    /// Whether a field of it has a finding.
    pub broken: bool,
}

/// What an exception lifts.
#[derive(Clone, Debug)]
pub enum Relax {
    /// Its clauses ask nothing of its groups.
    All,
    /// Nothing: it is on record only.
    Nothing,
    /// These parameters of these controls.
    Parameters(Vec<RequireText>),
}
