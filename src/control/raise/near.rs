//! Controls that settings nearly stand for: which a person may ask for instead, and what that would change.

use super::Estate;
use crate::control::Control;
use crate::control::parameter::Given;
use crate::setting::{Address, Role, Setting, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Fewer settings than these agree with something by chance.
const FEWEST: usize = 3;

/// A control of whose settings most are there.
#[derive(Clone, Debug)]
pub struct Near {
    /// The control.
    pub control: Arc<Control>,
    /// Its instance, where clauses ask for several.
    pub instance: Option<String>,
    /// The parameters that agree best, each with a value.
    pub given: BTreeMap<String, Given>,
    /// How many of its settings are there as it would write them.
    pub agreeing: usize,
    /// The others, in the order of their addresses: never none.
    pub differing: Vec<Differing>,
}

/// A setting that a control would write otherwise than it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Differing {
    /// Its address.
    pub address: Address,
    /// What the control would write.
    pub wanted: Value,
    /// What is there.
    pub there: Option<Value>,
}

/// The control with these parameters, where enough of what they give is there; `settled` is what they give.
pub(super) fn near(
    estate: &Estate<'_>,
    (control, instance): (&Arc<Control>, &Option<String>),
    given: &BTreeMap<String, Given>,
    settled: &[Setting],
) -> Option<Near> {
    let is_there = |setting: &&Setting| estate.settings.get(&setting.address) == Some(&setting.value);
    let carries = |setting: &Setting| setting.role() == Role::Carrying;
    if !settled.iter().any(|setting| carries(setting) && is_there(&setting)) {
        return None;
    }
    let agreeing = settled.iter().filter(is_there).count();
    let differing: BTreeMap<&Address, &Value> =
        settled.iter().filter(|setting| !is_there(setting)).map(|setting| (&setting.address, &setting.value)).collect();
    let is_near = agreeing >= FEWEST && !differing.is_empty() && differing.len() <= agreeing;
    is_near.then(|| Near {
        control: Arc::clone(control),
        instance: instance.clone(),
        given: given.clone(),
        agreeing,
        differing: differing
            .into_iter()
            .map(|(address, wanted)| Differing {
                address: address.clone(),
                wanted: wanted.clone(),
                there: estate.settings.get(address).cloned(),
            })
            .collect(),
    })
}
