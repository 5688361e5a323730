//! The reverse of the order in which nodes arrive: triggers first, and each node before those that it depends on. What the DDF wants in
//! one Atomic stays together.

use super::windows::Step;
use crate::gather::Arrange;

/// Commands of one Atomic, or one command.
struct Unit<'a> {
    atomic: Option<&'a str>,
    steps: Vec<Step<'a>>,
}

/// Where templates are brought along.
const INSTALL: &str = "/policy/configoperations/admxinstall/";

/// The steps in their order, each with the node that wants it in an Atomic.
pub(super) fn ordered(steps: Vec<Step<'_>>) -> Vec<(Option<&str>, Step<'_>)> {
    let mut units: Vec<Unit<'_>> = Vec::new();
    for step in steps {
        let atomic = step.nodes.iter().find_map(|gone| gone.target.atomic());
        match units.iter_mut().find(|unit| atomic.is_some() && unit.atomic == atomic) {
            Some(unit) => unit.steps.push(step),
            None => units.push(Unit { atomic, steps: vec![step] }),
        }
    }
    for unit in &mut units {
        unit.steps = going(std::mem::take(&mut unit.steps), |step| std::slice::from_ref(step));
    }
    let mut all = Vec::new();
    for Unit { atomic, steps } in going(units, |unit| unit.steps.as_slice()) {
        all.extend(steps.into_iter().map(|step| (atomic, step)));
    }
    all
}

/// In the order in which they go. Where they depend on one another in a circle, the LocURI decides.
fn going<T>(mut waiting: Vec<T>, steps: impl for<'t> Fn(&'t T) -> &'t [Step<'t>]) -> Vec<T> {
    waiting.arrange_by(|a, b| rank(steps(b)).cmp(&rank(steps(a))));
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_free = |n: usize| {
            let others = waiting.iter().enumerate().filter(|(other, _)| *other != n);
            others.map(|(_, other)| steps(other)).all(|other| !depend(other, steps(&waiting[n])))
        };
        let next = (0..waiting.len()).find(|n| is_free(*n)).unwrap_or(0);
        ordered.push(waiting.remove(next));
    }
    ordered
}

/// What arrives last goes first.
fn rank<'t>(steps: &'t [Step<'t>]) -> (bool, &'t str) {
    let is_trigger = steps.iter().flat_map(|step| &step.nodes).any(|gone| gone.target.is_trigger());
    (is_trigger, steps.first().map_or("", |step| step.uri))
}

/// Whether some node of the first depends on one of the second.
fn depend(first: &[Step<'_>], second: &[Step<'_>]) -> bool {
    first.iter().flat_map(|step| &step.nodes).any(|gone| {
        let others = second.iter().flat_map(|step| &step.nodes);
        others.into_iter().any(|other| {
            let (own, below) = (gone.target.uri, other.target.uri);
            gone.target.depends_on(below) || (is_ingested(own) && is_install(below))
        })
    })
}

fn is_ingested(uri: &str) -> bool {
    let lower = uri.to_ascii_lowercase();
    lower
        .split_once("/policy/config/")
        .is_some_and(|(_, below)| below.split('/').next().is_some_and(|a| a.contains('~')))
}

fn is_install(uri: &str) -> bool {
    uri.to_ascii_lowercase().contains(INSTALL)
}
