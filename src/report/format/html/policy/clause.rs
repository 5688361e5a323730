//! One clause as a card: what it says, what it asks, what holds it on each group, and what is left.

use super::super::many;
use super::Links;
use super::words::{plain, valued};
use crate::report::coverage::GroupAnswer;
use crate::report::effective::Effective;
use crate::report::effective::clause::{Ask as Asked, AskedParameter, ClausePart};
use std::collections::BTreeMap;

pub(super) struct ClauseCard<'a> {
    pub(super) number: usize,
    pub(super) part: &'a ClausePart,
    pub(super) asks: Vec<Ask<'a>>,
    pub(super) held: Vec<Held<'a>>,
    /// What the filters look at: places in their lists, or words.
    pub(super) policy: usize,
    pub(super) groups: String,
    pub(super) controls: String,
    pub(super) with: String,
}

/// A control that is asked for.
pub(super) struct Ask<'a> {
    pub(super) asked: &'a Asked,
    pub(super) values: Vec<Value<'a>>,
}

/// A value that the clause gives.
pub(super) struct Value<'a> {
    pub(super) asked: &'a AskedParameter,
    pub(super) name: String,
    pub(super) value: String,
    /// `group: value`, where something else is in force.
    pub(super) elsewhere: Vec<String>,
}

/// What one group has for the clause.
pub(super) struct Held<'a> {
    pub(super) answer: &'a GroupAnswer,
    /// In a few words.
    pub(super) short: String,
    /// Settings by file.
    pub(super) files: Vec<(Option<&'a str>, Vec<Use<'a>>)>,
}

/// A setting, and whether it only helps.
pub(super) type Use<'a> = (&'a str, bool);

impl<'a> ClauseCard<'a> {
    pub(super) fn of(
        effective: &'a Effective,
        part: &'a ClausePart,
        policy: usize,
        controls: &[(&str, &str)],
        links: &Links<'_>,
    ) -> ClauseCard<'a> {
        let listed = |places: Vec<usize>| places.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
        let groups = effective.groups.iter().enumerate();
        let groups = groups.filter(|(_, group)| part.binds.contains(&group.counts.group)).map(|(n, _)| n);
        let asked = controls.iter().enumerate();
        let asked =
            asked.filter(|(_, (control, _))| part.asks.iter().any(|ask| ask.control == *control)).map(|(n, _)| n);
        ClauseCard {
            number: links.to(&part.reference).unwrap_or_default(),
            part,
            asks: part.asks.iter().map(ask).collect(),
            held: part.held.groups.iter().filter(|answer| !is_empty(answer)).map(held).collect(),
            policy,
            groups: listed(groups.collect()),
            controls: listed(asked.collect()),
            with: with(part).join(" "),
        }
    }
}

/// Words for the filter “with”.
fn with(part: &ClausePart) -> Vec<&'static str> {
    let gaps = part.held.groups.iter().any(|answer| !answer.gaps.is_empty());
    let known = [
        (!part.held.assumed.is_empty(), "assumptions"),
        (gaps, "gaps"),
        (!part.held.needs.is_empty(), "needs"),
        (part.held.groups.iter().any(|answer| answer.excepted), "exceptions"),
        (!part.held.conflicts_with.is_empty(), "conflicts"),
        (part.raw, "raw"),
        (part.held.groups.iter().any(|answer| !answer.carrying.is_empty() || !answer.helping.is_empty()), "settings"),
    ];
    known.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect()
}

fn is_empty(answer: &GroupAnswer) -> bool {
    answer.carrying.is_empty()
        && answer.helping.is_empty()
        && answer.commands.is_empty()
        && answer.gaps.is_empty()
        && !answer.excepted
}

fn ask(asked: &Asked) -> Ask<'_> {
    Ask { asked, values: asked.parameters.iter().map(value).collect() }
}

fn value(asked: &AskedParameter) -> Value<'_> {
    let elsewhere = asked.elsewhere.iter().map(|other| {
        let unit = asked.unit.as_ref().filter(|_| is_number(&other.value));
        format!("{}: {}", other.group, valued(&other.value, unit))
    });
    Value {
        name: plain(&asked.parameter),
        value: valued(&asked.value, asked.unit.as_ref()),
        elsewhere: elsewhere.collect(),
        asked,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit())
}

fn held(answer: &GroupAnswer) -> Held<'_> {
    let mut files: BTreeMap<Option<&str>, Vec<Use<'_>>> = BTreeMap::new();
    let carrying = answer.carrying.iter().map(|setting| (setting, false));
    for (setting, helps) in carrying.chain(answer.helping.iter().map(|setting| (setting, true))) {
        files.entry(setting.artefact.as_deref()).or_default().push((&setting.setting, helps));
    }
    Held { answer, short: short(answer, files.keys().flatten().count()), files: files.into_iter().collect() }
}

/// `5 settings carry it, 2 help, in 2 files`.
fn short(answer: &GroupAnswer, files: usize) -> String {
    let verb = |count, one: &str, more: &str| if count == 1 { one.to_owned() } else { more.to_owned() };
    let mut parts = Vec::new();
    if answer.excepted {
        parts.push("an exception takes it out here".to_owned());
    }
    let (carrying, helping) = (answer.carrying.len(), answer.helping.len());
    if carrying > 0 {
        parts.push(format!("{} {} it", many(carrying, "setting"), verb(carrying, "carries", "carry")));
    }
    if helping > 0 {
        let what = if carrying == 0 { many(helping, "setting") } else { helping.to_string() };
        parts.push(format!("{what} {}", verb(helping, "helps", "help")));
    }
    if !answer.commands.is_empty() {
        parts.push(format!("{} of the server", many(answer.commands.len(), "command")));
    }
    if files > 0 {
        parts.push(format!("in {}", many(files, "file")));
    }
    if parts.is_empty() { "nothing on the device".to_owned() } else { parts.join(", ") }
}
