//! What one organisation's sources may name, and the findings for what they may not. A name that a file which could not be read may
//! hold is not reported: the file has its finding.

use super::document::PolicyText;
use super::former;
use super::group::Groups;
use crate::control::{self, Control};
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::{ClauseRef, Platform};
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What organisations share.
pub(super) struct Library {
    pub(super) controls: control::Library,
    pub(super) baselines: Vec<PolicyText>,
}

/// The names of one organisation.
pub(super) struct Names<'a> {
    pub(super) groups: &'a Groups<'a>,
    /// The groups that no server reaches, and why.
    pub(super) unmanaged: BTreeMap<&'a str, &'a Spanned<String>>,
    /// The platform of each group that a server reaches. Groups with a finding are in neither.
    pub(super) platforms: BTreeMap<&'a str, Platform>,
    /// The policies as written.
    pub(super) texts: Vec<&'a PolicyText>,
    /// Policy → its clauses.
    pub(super) clauses: BTreeMap<&'a str, BTreeSet<&'a str>>,
    pub(super) library: &'a Library,
    /// The organisation's own controls.
    pub(super) own: &'a BTreeMap<String, Arc<Control>>,
    /// The ids of all baselines.
    pub(super) baselines: BTreeSet<&'a str>,
    /// Whether one of its own controls may be in a file that could not be read.
    pub(super) controls_incomplete: bool,
    /// Whether groups.yaml may be the file that could not be read.
    pub(super) groups_incomplete: bool,
    /// Whether a policy may be.
    pub(super) policies_incomplete: bool,
}

impl<'a> Names<'a> {
    /// Every group that these names bind; unknown ones are findings.
    pub(super) fn bound_by(&self, names: &[Spanned<String>], found: &mut Diagnostics) -> Vec<String> {
        for name in names.iter().filter(|name| !self.groups.has(name)) {
            if !self.groups_incomplete {
                found.push(self.groups.unknown(name));
            }
        }
        self.groups.bound(names.iter().map(|name| name.as_str()))
    }

    /// Why no server reaches a group, where none does.
    pub(super) fn unmanaged(&self, group: &str) -> Option<&'a Spanned<String>> {
        self.unmanaged.get(group).copied()
    }

    /// Whether a group has a finding of its own: what follows from that is not reported as well.
    pub(super) fn is_broken(&self, group: &str) -> bool {
        !self.platforms.contains_key(group) && !self.unmanaged.contains_key(group)
    }

    /// The control of that name.
    pub(super) fn control(&self, name: &Spanned<String>, found: &mut Diagnostics) -> Option<Arc<Control>> {
        let control = self.own.get(name.as_str()).or_else(|| self.library.controls.get(name)).cloned();
        if control.is_none()
            && let Some(now) = self.renamed_control(name)
        {
            found.push(former::renamed("control", name, now));
        } else if control.is_none() && !self.controls_incomplete {
            let finding =
                Diagnostic::new(Code::UnknownControl, name.span, format!("no control is called `{}`", name.value));
            let ids: Vec<&str> =
                control::library_ids().into_iter().chain(self.own.keys().map(String::as_str)).collect();
            let cure = did_you_mean(name, ids.iter().copied());
            found.push(finding.help(cure.unwrap_or_else(|| {
                let all: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
                format!("this version has {}; raw entries under `settings` can say the rest", all.join(", "))
            })));
        }
        control
    }

    /// The control that had this name.
    fn renamed_control(&self, name: &str) -> Option<&str> {
        let was = |control: &&Arc<Control>| control.formerly.as_ref().is_some_and(|former| former.value == name);
        self.own.values().chain(self.library.controls.all()).find(was).map(|control| control.id.as_str())
    }

    /// Whether there is such a control.
    pub(super) fn has_control(&self, name: &str) -> bool {
        self.library.controls.has(name) || self.own.contains_key(name)
    }

    /// The clause that a reference means: policy, space, clause id; inside its own policy the id alone.
    pub(super) fn clause(
        &self,
        name: &Spanned<String>,
        own: Option<&str>,
        found: &mut Diagnostics,
    ) -> Option<ClauseRef> {
        let to = |policy: &str, clause: &str| ClauseRef { policy: policy.to_owned(), clause: clause.to_owned() };
        if let Some(own) = own.filter(|own| self.clauses.get(own).is_some_and(|ids| ids.contains(name.as_str()))) {
            return Some(to(own, name));
        }
        let split = name.split_once(' ').filter(|(policy, _)| self.clauses.contains_key(policy));
        if let Some((policy, clause)) = split
            && self.clauses[policy].contains(clause)
        {
            return Some(to(policy, clause));
        }
        if let Some(now) = self.renamed_clause(name, own) {
            found.push(former::renamed("clause", name, &now));
        } else if !self.policies_incomplete {
            found.push(self.unknown_clause(name, split, own));
        }
        None
    }

    /// What the clause is called now that a reference named as it was: its own id may be a former one, and that of its policy.
    fn renamed_clause(&self, name: &str, own: Option<&str>) -> Option<String> {
        let was = |formerly: &Option<Spanned<String>>, name: &str| {
            formerly.as_ref().is_some_and(|former| former.value == name)
        };
        let in_policy = |policy: &'a PolicyText, id: &str| {
            let former = policy.clauses.iter().find(|clause| was(&clause.formerly, id));
            former.or_else(|| policy.clauses.iter().find(|clause| clause.id.value == id))
        };
        if let Some(clause) =
            self.texts.iter().find(|text| own == Some(text.id.as_str())).and_then(|text| in_policy(text, name))
        {
            return Some(clause.id.value.clone());
        }
        let (policy, id) = name.split_once(' ')?;
        let texts = self.texts.iter().filter(|text| text.id.value == policy || was(&text.formerly, policy));
        texts.filter_map(|text| Some(format!("{} {}", text.id.value, in_policy(text, id)?.id.value))).next()
    }

    fn unknown_clause(&self, name: &Spanned<String>, split: Option<(&str, &str)>, own: Option<&str>) -> Diagnostic {
        if let Some((policy, clause)) = split {
            let near = did_you_mean(clause, self.clauses[policy].iter().copied());
            return Diagnostic::new(Code::UnknownName, name.span, format!("`{policy}` has no clause `{clause}`"))
                .help(near.unwrap_or_else(|| format!("name a clause of `{policy}`, as its `id` has it")));
        }
        let holder = self.clauses.iter().find(|(_, ids)| ids.contains(name.as_str()));
        if let Some((policy, _)) = holder {
            return Diagnostic::new(Code::UnknownName, name.span, format!("`{}` does not say its policy", name.value))
                .help(format!("write `{policy} {}`", name.value))
                .fix(name.span, format!("{policy} {}", name.value));
        }
        let all: Vec<String> = self
            .clauses
            .iter()
            .flat_map(|(policy, ids)| ids.iter().map(move |clause| format!("{policy} {clause}")))
            .collect();
        let own = own.and_then(|own| self.clauses.get(own)).into_iter().flatten().copied();
        let near = did_you_mean(name, all.iter().map(String::as_str).chain(own));
        Diagnostic::new(Code::UnknownName, name.span, format!("no clause is called `{}`", name.value)).help(
            near.unwrap_or_else(|| "write the policy, a space and the clause's id: `it-policy 2.13.a`".to_owned()),
        )
    }
}
