//! Documents → [`Policy`]: one organisation at a time, its groups, then its clauses, then its exceptions. Follows language.md §6, 1 to 3.

use super::attachment::attachments;
use super::baseline;
use super::clause::{self, Asking};
use super::document::{Document, ExceptionText, GroupText, OrganisationText, PolicyText, Text};
use super::exception::{self, Lift};
use super::former;
use super::group::{Groups, Owner};
use super::judgement::{self, place_of, touched};
use super::merge::{Effective, Member, effective};
use super::names::{Library, Names};
use super::organisation::{Heading, check_identifiers, facts, heading};
use super::release;
use super::secret;
use super::template;
use super::{Exception, ExceptionState, Group, Organisation, Policy, Written};
use crate::control::{self, Control};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::{Arrange, Gather};
use crate::setting::{ClauseRef, Date, Kept, Target};
use crate::source::{Sources, Span, Spanned};
use crate::template::Template;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the files of one organisation say, sorted by kind.
#[derive(Default)]
pub(super) struct Folder {
    pub(super) organisation: Option<OrganisationText>,
    pub(super) groups: Option<Vec<GroupText>>,
    pub(super) policies: Vec<PolicyText>,
    pub(super) exceptions: Vec<ExceptionText>,
    /// Its own controls, by id.
    pub(super) controls: BTreeMap<String, Arc<Control>>,
    /// Where its secrets come from, by name.
    pub(super) secrets: Vec<(Spanned<String>, Spanned<String>)>,
    /// What devices of its groups know already.
    pub(super) identities: Vec<(Spanned<String>, Kept)>,
    /// The facts of its policy templates.
    pub(super) templates: Vec<Template>,
    /// The paths of files that could not be read.
    pub(super) unread: Vec<String>,
    /// The start of its first file.
    pub(super) start: Span,
}

impl Folder {
    /// Whether groups.yaml may be the file that could not be read.
    pub(super) fn groups_incomplete(&self) -> bool {
        self.groups.is_none() && !self.unread.is_empty()
    }
}

/// Looks up and merges everything. Never fails: it reports, leaves out what is wrong, and goes on.
pub fn resolve(documents: Vec<Document>, sources: &Sources, as_of: Date, found: &mut Diagnostics) -> Policy {
    let controls = decoded(&documents);
    let (documents, releases) = release::take(documents, found);
    let (folders, baselines) = folders(documents, sources, found);
    let library = Library { controls, baselines };
    let mut policy = resolve_with(&folders, &library, sources, as_of, found);
    for organisation in &mut policy.organisations {
        organisation.facts.releases.clone_from(&releases);
    }
    policy
}

/// The library, with what the documents ask for decoded side by side: each control has more in it than most sources.
fn decoded(documents: &[Document]) -> control::Library {
    let library = control::Library::embedded();
    let asked: BTreeSet<&str> = documents.iter().flat_map(|document| document.content.controls()).gather();
    asked.into_iter().collect::<Vec<_>>().into_par_iter().with_max_len(1).for_each(|id| {
        library.get(id);
    });
    library
}

/// The same with a given library.
fn resolve_with(
    folders: &BTreeMap<String, Folder>,
    library: &Library,
    sources: &Sources,
    as_of: Date,
    found: &mut Diagnostics,
) -> Policy {
    former::check_folders(folders, library, found);
    let resolved = |(name, folder): (&String, &Folder), found: &mut Diagnostics| {
        organisation(name, folder, (sources, library), as_of, found)
    };
    let organisations = crate::in_parallel(folders.iter().collect(), found, resolved);
    check_identifiers(&organisations, found);
    Policy { organisations }
}

/// What each organisation's files say, and the baselines that any of them may adopt.
fn folders(
    documents: Vec<Document>,
    sources: &Sources,
    found: &mut Diagnostics,
) -> (BTreeMap<String, Folder>, Vec<PolicyText>) {
    let mut folders: BTreeMap<String, Folder> = BTreeMap::new();
    let mut baselines: Vec<PolicyText> = Vec::new();
    for document in documents {
        let start = Span::new(document.file, 0, 0);
        if let Text::Baseline(text) = document.content {
            match baselines.iter().find(|other| other.id == text.id) {
                Some(first) => {
                    found.push(second(&format!("the baseline `{}`", text.id.value), text.id.span, first.id.span))
                }
                None => baselines.push(*text),
            }
            continue;
        }
        let folder = folders.entry(document.folder).or_insert_with(|| Folder { start, ..Folder::default() });
        match document.content {
            Text::Organisation(text) => match &folder.organisation {
                Some(first) => found.push(second("`organisation`", text.id.span, first.id.span)),
                None => folder.organisation = Some(*text),
            },
            Text::Groups(texts) => match &folder.groups {
                Some(first) => {
                    found.push(second("`groups`", start, first.first().map_or(start, |group| group.id.span)))
                }
                None => folder.groups = Some(texts),
            },
            Text::Policy(text) => match folder.policies.iter().find(|other| other.id == text.id) {
                Some(first) => {
                    found.push(second(&format!("the policy `{}`", text.id.value), text.id.span, first.id.span))
                }
                None => folder.policies.push(*text),
            },
            Text::Exceptions(texts) => folder.exceptions.extend(texts),
            Text::Control(control) => own_control(control, folder, found),
            Text::Secrets(secrets) => folder.secrets.extend(secrets),
            Text::Identities(text) => folder.identities.extend(text.groups),
            Text::Admx(template) => folder.templates.push(template),
            Text::Baseline(_) | Text::Releases(_) => {}
            Text::Unread => folder.unread.push(sources.path(document.file).to_owned()),
        }
    }
    for folder in folders.values_mut() {
        folder.policies.arrange_by(|a, b| a.id.cmp(&b.id));
        let cure = "give one of the two another id";
        unique(&mut folder.exceptions, |exception| &exception.id, ("the exception", cure), found);
        folder.exceptions.arrange_by(|a, b| a.id.cmp(&b.id));
        template::check(&folder.templates, found);
        unique(&mut folder.identities, |(group, _)| group, ("the group", "keep one of the two"), found);
        unique(&mut folder.secrets, |(name, _)| name, ("the secret", "keep one of the two"), found);
        for policy in &mut folder.policies {
            unique(&mut policy.clauses, |clause| &clause.id, CLAUSE, found);
        }
    }
    for baseline in &mut baselines {
        unique(&mut baseline.clauses, |clause| &clause.id, CLAUSE, found);
    }
    baselines.arrange_by(|a, b| a.id.cmp(&b.id));
    (folders, baselines)
}

/// A control of the organisation's own has an id that nobody else uses.
fn own_control(control: Arc<Control>, folder: &mut Folder, found: &mut Diagnostics) {
    let id = &control.id;
    if control::library_ids().contains(&id.as_str()) {
        found.push(
            Diagnostic::new(Code::DuplicateName, id.span, format!("the library has a control `{}`", id.value))
                .help("give it an id of its own: clauses that name the library's would mean another thing here"),
        );
    } else if let Some(first) = folder.controls.get(&id.value) {
        found.push(second(&format!("the control `{}`", id.value), id.span, first.id.span));
    } else {
        folder.controls.insert(id.value.clone(), control);
    }
}

fn second(what: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateName, again, format!("{what} stands twice in one organisation"))
        .also(first, "first here")
        .help("keep one of the two")
}

/// What clauses with one id are told.
const CLAUSE: (&str, &str) =
    ("the clause", "give one of the two another id: a clause that says two things is split, as `2.19·s1`");

/// Keeps the first of those that share an id.
fn unique<T>(
    items: &mut Vec<T>,
    id: impl Fn(&T) -> &Spanned<String>,
    (what, cure): (&str, &str),
    found: &mut Diagnostics,
) {
    let mut first: BTreeMap<String, Span> = BTreeMap::new();
    items.retain(|item| {
        let id = id(item);
        if let Some(first) = first.get(&id.value) {
            found.push(
                Diagnostic::new(Code::DuplicateName, id.span, format!("{what} `{}` stands twice", id.value))
                    .also(*first, "first here")
                    .help(cure),
            );
            return false;
        }
        first.insert(id.value.clone(), id.span);
        true
    });
}

fn organisation(
    name: &str,
    folder: &Folder,
    (sources, library): (&Sources, &Library),
    as_of: Date,
    found: &mut Diagnostics,
) -> Organisation {
    let Heading { id, written, identifier, deny, formerly } = heading(name, folder, found);
    let groups = Groups::new(folder.groups.as_deref().unwrap_or_default(), found);
    former::check_groups(&groups, found);
    let kept = identities(folder, &groups, found);
    let owner = Owner { id: name, name: &written, identifier: &identifier, kept: &kept };
    let targets: Vec<(&GroupText, Target)> =
        groups.iter().filter_map(|text| Some((text, groups.target(text, &owner, found)?))).collect();
    let members: Vec<Member<'_>> = targets
        .iter()
        .filter(|(text, _)| groups.unmanaged(text).is_none())
        .map(|(text, target)| Member { id: &text.id.value, platform: target.platform.value })
        .collect();
    let adopted = baseline::adopted(folder, library, (&groups, &members), found);
    let texts: Vec<&PolicyText> = folder.policies.iter().chain(&adopted).collect();
    let names = names(folder, &texts, (&groups, &members), library);
    let mut policies = Vec::new();
    let mut asking = Vec::new();
    for text in &texts {
        asking.extend(text.clauses.iter().filter_map(|clause| clause::read(clause, &text.id, &names, found)));
        policies.push(policy(text, &asking, as_of, found));
    }
    former::check_controls(folder, &asking, found);
    let renamed = former::instances(&asking, found);
    let excepted = exceptions(folder, &names, (&members, &asking), as_of, found);
    let lifts = in_force(&excepted);
    let facts = facts(name, folder, (&written, &identifier), sources, found);
    let mut resolved = Vec::new();
    for (text, target) in &targets {
        let mut effective = Effective::default();
        if let Some(member) = members.iter().find(|member| member.id == text.id.value) {
            let mut own = Diagnostics::default();
            effective = self::effective(*member, &asking, &lifts, &mut own);
            report(own, &names, found);
            credit(&mut effective, *member, (&asking, &lifts));
            keep_identities(&mut effective, &renamed);
        }
        let mut group = group((text, target), &groups, effective, (&asking, &lifts));
        group.attachments = attachments(&text.attach, &facts, found);
        resolved.push(group);
    }
    Organisation {
        id,
        formerly,
        facts,
        name: written,
        identifier,
        deny,
        secrets: secret::sources_of(folder, sources, found),
        templates: folder.templates.clone(),
        groups: resolved,
        policies,
        controls: asking
            .iter()
            .flat_map(|asking| &asking.asks)
            .map(|ask| (ask.control.id.value.clone(), ask.control.clone()))
            .gather(),
        exceptions: excepted.into_iter().map(|(exception, _)| exception).collect(),
    }
}

/// What devices of each group know already.
fn identities(folder: &Folder, groups: &Groups<'_>, found: &mut Diagnostics) -> BTreeMap<String, Arc<Kept>> {
    let mut kept = BTreeMap::new();
    for (group, identities) in &folder.identities {
        match groups.has(group) {
            true => drop(kept.insert(group.value.clone(), Arc::new(identities.clone()))),
            false if folder.groups_incomplete() => {}
            false => found.push(groups.unknown(group)),
        }
    }
    kept
}

/// What clauses may name, and whether a file that could not be read may hold more of it.
fn names<'a>(
    folder: &'a Folder,
    texts: &[&'a PolicyText],
    (groups, members): (&'a Groups<'a>, &[Member<'a>]),
    library: &'a Library,
) -> Names<'a> {
    let other = ["organisation.yaml", "groups.yaml", "exceptions.yaml", "secrets.yaml", "identities.yaml"];
    let is_policy = |path: &&String| !other.iter().any(|name| path.ends_with(&format!("/{name}")));
    Names {
        groups,
        unmanaged: groups.iter().filter_map(|text| Some((text.id.as_str(), groups.unmanaged(text)?))).gather(),
        platforms: members.iter().map(|member| (member.id, member.platform)).gather(),
        texts: texts.to_vec(),
        clauses: texts
            .iter()
            .map(|policy| (policy.id.as_str(), policy.clauses.iter().map(|clause| clause.id.as_str()).gather()))
            .gather(),
        library,
        own: &folder.controls,
        baselines: library.baselines.iter().map(|baseline| baseline.id.as_str()).gather(),
        controls_incomplete: folder.unread.iter().any(|path| path.contains("/controls/") || !path.ends_with(".yaml")),
        groups_incomplete: folder.groups_incomplete(),
        policies_incomplete: folder.unread.iter().any(|path| is_policy(&path)),
    }
}

/// The metadata of a policy, and its clauses out of all that have been read.
fn policy(text: &PolicyText, asking: &[Asking], as_of: Date, found: &mut Diagnostics) -> Written {
    if let Some(review) = text.next_review.filter(|review| review.value < as_of) {
        let days = as_of.days() - review.value.days();
        found.push(
            Diagnostic::new(
                Code::ReviewOverdue,
                review.span,
                format!("the review of `{}` was due on {}, {days} days ago", text.id.value, review.value),
            )
            .help("compare the policy in force with this file, then write its next day of review"),
        );
    }
    Written {
        id: text.id.clone(),
        formerly: text.formerly.as_ref().map(|id| id.value.clone()),
        title: text.title.as_ref().map_or_else(|| text.id.value.clone(), |title| title.value.clone()),
        version: text.version.clone(),
        owner: text.owner.clone(),
        approved: text.approved.clone(),
        in_force: text.in_force,
        next_review: text.next_review,
        left_out: text.left_out.clone(),
        baseline: text.baseline,
        clauses: asking
            .iter()
            .filter(|asking| asking.clause.id.policy == text.id.value)
            .map(|asking| asking.clause.clone())
            .collect(),
    }
}

/// Reads the exceptions, then judges each beside the others.
fn exceptions(
    folder: &Folder,
    names: &Names<'_>,
    (members, asking): (&[Member<'_>], &[Asking]),
    as_of: Date,
    found: &mut Diagnostics,
) -> Vec<(Exception, Lift)> {
    let mut read: Vec<(Exception, Lift)> =
        folder.exceptions.iter().filter_map(|text| exception::read(text, names, as_of, found)).collect();
    if !names.policies_incomplete {
        read.retain(|(_, lift)| exception::knows_instances(lift, asking, found));
    }
    let lifts = in_force(&read);
    judgement::check_agreement(&lifts, found);
    // What a clause in a file that could not be read asks for decides what an exception does.
    if !names.policies_incomplete {
        crate::in_parallel(read.iter().collect(), found, |(exception, lift), found| {
            judgement::judge((exception, lift), &lifts, (members, asking, names), as_of, found);
        });
    }
    read
}

fn in_force(exceptions: &[(Exception, Lift)]) -> Vec<&Lift> {
    exceptions
        .iter()
        .filter(|(exception, _)| exception.state == ExceptionState::InForce)
        .map(|(_, lift)| lift)
        .collect()
}

/// Hands on the findings of a group, but for what a file that could not be read may hold.
fn report(own: Diagnostics, names: &Names<'_>, found: &mut Diagnostics) {
    for finding in own.iter().filter(|finding| !(names.policies_incomplete && finding.code == Code::MissingParameter)) {
        found.push(finding.clone());
    }
}

/// Notes at each parameter which exceptions changed it.
fn credit(effective: &mut Effective, member: Member<'_>, (asking, lifts): (&[Asking], &[&Lift])) {
    for lift in lifts.iter().filter(|lift| lift.groups.contains(member.id)) {
        let others: Vec<&Lift> = lifts.iter().copied().filter(|other| other.id.span != lift.id.span).collect();
        let before = touched(member, lift, (asking, &others));
        for difference in judgement::effect(&before, effective).differences {
            let Some((name, ..)) = &difference.parameter else { continue };
            let place = place_of(lift, &difference, name);
            let bound = effective
                .controls
                .iter_mut()
                .find(|bound| bound.control.id.value == difference.control && bound.instance == difference.instance);
            if let Some(parameter) = bound.and_then(|bound| bound.parameters.get_mut(name)) {
                parameter.exceptions.push((lift.id.value.clone(), place));
            }
        }
    }
}

/// Instances go on under the names that they had before.
fn keep_identities(effective: &mut Effective, renamed: &BTreeMap<(String, String), String>) {
    for bound in &mut effective.controls {
        let Some(instance) = &bound.instance else { continue };
        bound.formerly = renamed.get(&(bound.control.id.value.clone(), instance.clone())).cloned();
    }
}

fn group(
    (text, target): (&GroupText, &Target),
    groups: &Groups<'_>,
    effective: Effective,
    (asking, lifts): (&[Asking], &[&Lift]),
) -> Group {
    let id = &text.id.value;
    let bound = |asking: &&Asking| asking.clause.groups.contains(id);
    let clauses: Vec<ClauseRef> = asking.iter().filter(bound).map(|asking| asking.clause.id.value.clone()).collect();
    let excepted = lifts
        .iter()
        .filter(|lift| lift.groups.contains(id))
        .map(|lift| {
            let lifted = clauses.iter().filter(|clause| lift.clauses.contains(clause)).cloned().collect();
            (lift.id.value.clone(), lifted)
        })
        .collect();
    Group {
        target: target.clone(),
        unmanaged: groups.unmanaged(text).cloned(),
        part_of: text.part_of.clone(),
        clauses,
        controls: effective.controls,
        left_out: effective.left_out,
        raw: effective.raw,
        guards: effective.guards,
        exceptions: excepted,
        assumed: groups.assumed(text),
        attachments: Vec::new(),
    }
}

#[cfg(test)]
pub(super) fn resolve_sample(
    documents: Vec<Document>,
    library: &Library,
    sources: &Sources,
    as_of: Date,
    found: &mut Diagnostics,
) -> Policy {
    let (folders, _) = folders(documents, sources, found);
    resolve_with(&folders, library, sources, as_of, found)
}
