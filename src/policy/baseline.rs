//! Baselines: clauses that several organisations adopt. In each they become a policy of its own, whose clauses bind those of the named
//! groups that have their platform. Follows language.md §3, `adopts`.

use super::document::{ClauseText, GroupText, PolicyText};
use super::former;
use super::group::Groups;
use super::merge::Member;
use super::names::Library;
use super::resolve::Folder;
use crate::control;
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::Platform;
use crate::source::Spanned;

/// The baselines that an organisation adopts, as policies for its groups.
pub(super) fn adopted(
    folder: &Folder,
    library: &Library,
    (groups, members): (&Groups<'_>, &[Member<'_>]),
    found: &mut Diagnostics,
) -> Vec<PolicyText> {
    let adopts = folder.organisation.iter().flat_map(|organisation| &organisation.adopts);
    let mut policies = Vec::new();
    for (name, named) in adopts {
        let Some(baseline) = library.baselines.iter().find(|baseline| baseline.id.value == name.value) else {
            found.push(unknown(name, library));
            continue;
        };
        if let Some(own) = folder.policies.iter().find(|policy| policy.id == baseline.id) {
            found.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    own.id.span,
                    format!("the baseline `{}` has the same id", name.value),
                )
                .also(name.span, "adopted here")
                .help("give the policy an id of its own"),
            );
            continue;
        }
        // Groups that may be in a file which could not be read have a finding there.
        for group in named.iter().filter(|group| !groups.has(group) && !folder.groups_incomplete()) {
            found.push(groups.unknown(group));
        }
        let bound: Vec<(&Spanned<String>, Platform)> = named
            .iter()
            .filter_map(|group| {
                let member = members.iter().find(|member| member.id == group.value)?;
                Some((group, member.platform))
            })
            .collect();
        let known = |group: &Spanned<String>| {
            let unmanaged = |text: &GroupText| text.id.value == group.value && groups.unmanaged(text).is_some();
            bound.iter().any(|(other, _)| other.value == group.value) || groups.iter().any(unmanaged)
        };
        let adopting = if named.iter().all(known) { Adopting::Known } else { Adopting::Unsure };
        policies.push(policy(baseline, &bound, adopting));
    }
    policies
}

fn unknown(name: &Spanned<String>, library: &Library) -> Diagnostic {
    let was = |baseline: &&PolicyText| baseline.formerly.as_ref().is_some_and(|former| former.value == name.value);
    if let Some(baseline) = library.baselines.iter().find(was) {
        return former::renamed("baseline", name, &baseline.id);
    }
    let ids = || library.baselines.iter().map(|baseline| baseline.id.as_str());
    let all: Vec<String> = ids().map(|id| format!("`{id}`")).collect();
    let cure = did_you_mean(name, ids()).unwrap_or_else(|| match all.is_empty() {
        true => "write it as `policy-sources/baselines/NAME.yaml`".to_owned(),
        false => format!("there is {}", all.join(", ")),
    });
    Diagnostic::new(Code::UnknownName, name.span, format!("no baseline is called `{}`", name.value)).help(cure)
}

/// Whether the platforms of all groups that adopt a baseline are known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Adopting {
    Known,
    /// One of them has a finding of its own.
    Unsure,
}

/// The baseline for these groups. What none of them has the platform for is left out by name.
fn policy(baseline: &PolicyText, groups: &[(&Spanned<String>, Platform)], adopting: Adopting) -> PolicyText {
    let mut policy = PolicyText { clauses: Vec::new(), ..baseline.clone() };
    for clause in &baseline.clauses {
        let asks = !clause.require.is_empty() || !clause.settings.is_empty() || !clause.guard.is_empty();
        let bound = binding(clause, groups);
        if !asks || !bound.groups.is_empty() {
            policy.clauses.push(bound);
        } else if adopting == Adopting::Unsure {
            // Others may name it; what it asks, and of whom, is not known.
            policy.clauses.push(ClauseText { broken: true, ..bound });
        } else {
            policy.left_out.push((clause.id.value.clone(), "no adopting group has its platform".to_owned()));
        }
    }
    policy
}

fn binding(clause: &ClauseText, groups: &[(&Spanned<String>, Platform)]) -> ClauseText {
    let has = |platform: Platform| clause.platforms.iter().any(|wanted| wanted.value == platform);
    let bound: Vec<&(&Spanned<String>, Platform)> = groups.iter().filter(|(_, platform)| has(*platform)).collect();
    let reached = |is_for: &dyn Fn(Platform) -> bool| bound.iter().any(|(_, platform)| is_for(*platform));
    ClauseText {
        groups: bound.iter().map(|(group, _)| (*group).clone()).collect(),
        settings: clause
            .settings
            .iter()
            .filter(|entry| reached(&|platform| control::is_for(entry, platform)))
            .cloned()
            .collect(),
        guard: clause.guard.iter().filter(|guard| reached(&|platform| guard.is_for(platform))).cloned().collect(),
        ..clause.clone()
    }
}
