//! What clauses' guards watch, as addresses: a guard whose name is wrong would never break, so the catalogue must know them, too.

use super::lower::{address, nodes_of};
use super::transform::{Binding, apply_name};
use super::{Guard, GuardSubject, Instance, OrganisationFacts};
use crate::setting::{ClauseRef, Names, Setting, Target, Value};
use std::sync::Arc;

/// The addresses that guards of clauses watch on this group. Their values mean nothing.
pub fn watched(target: &Target, facts: &OrganisationFacts, guards: &[(Arc<Guard>, ClauseRef)]) -> Vec<Setting> {
    let binding = Binding::of_clause(target, facts, &[]);
    let platform = target.platform.value;
    let mut addresses = Vec::new();
    for (guard, _) in guards.iter().filter(|(guard, _)| guard.is_for(platform)) {
        let GuardSubject::Settings { form, conditions } = &guard.subject else { continue };
        let nodes = nodes_of(form, &binding);
        let instance = match &form.instance {
            Some(Instance::Name(name)) => apply_name(name, &binding).ok().flatten(),
            _ => None,
        };
        addresses.extend(conditions.iter().map(|(path, kind, condition)| Setting {
            span: condition.span,
            names: Names {
                owner: form.owner.span,
                owner_parts: form.owner.trim_end_matches('/').split('/').count(),
                keys: path.iter().map(|name| name.span).collect(),
                ..Names::default()
            },
            unlisted: form.unlisted.clone(),
            ..Setting::found(address(form, path, kind, (instance.clone(), &nodes)), Value::Boolean(true))
        }));
    }
    addresses
}
