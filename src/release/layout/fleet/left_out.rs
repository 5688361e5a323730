//! What is not in the files: each setting, why, and what stands in for it; once for people, once for programs.

use super::switch::{Outcome, outcome};
use super::{Custom, Fleet, Group};
use crate::backend::Left;
use crate::gather::Gather;
use crate::setting::{ClauseRef, Target};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What is told of.
pub(super) struct Told<'a> {
    pub(super) fleets: &'a [Fleet<'a>],
    pub(super) groups: &'a [Group<'a>],
    pub(super) custom: &'a BTreeSet<Custom>,
    /// Groups whose files go to another server.
    pub(super) outside: &'a [&'a Target],
}

impl Told<'_> {
    /// For people.
    pub(super) fn page(&self) -> String {
        let mut out = String::from("# What these files do not set\n");
        for fleet in self.fleets {
            let _ = write!(out, "\n## {} (`{}`)\n\n", fleet.name, fleet.path);
            let mut any = false;
            for at in &fleet.groups {
                let group = &self.groups[*at];
                any |= !group.reduced.left.is_empty();
                self.group(&mut out, fleet, group);
            }
            if !any {
                out.push_str("Nothing is left out.\n");
            }
        }
        if !self.custom.is_empty() {
            out.push_str("\n## Custom variables\n\nThe console must hold these before the files are applied; no secret is in this folder.\n\n");
            for one in self.custom {
                let markup =
                    if one.in_document { "; it stands in a document, so it may hold none of `& < > \" '`" } else { "" };
                let _ =
                    writeln!(out, "- `{}`: the secret `{}` of {}{markup}", one.variable, one.secret, one.organisation);
            }
        }
        if !self.outside.is_empty() {
            out.push_str("\n## Groups that Fleet does not manage\n\nNothing of theirs is here.\n\n");
            for target in self.outside {
                let server = target.server.map_or("none", |server| server.name.value);
                let forms: Vec<&str> = target.deliver.iter().map(|form| form.value.word()).collect();
                let (group, platform) = (&*target.group, *target.platform);
                let _ = writeln!(
                    out,
                    "- {}/{group}: {platform}, delivered as {}, server `{server}`",
                    target.organisation,
                    forms.join(" and ")
                );
            }
        }
        out
    }

    fn group(&self, out: &mut String, fleet: &Fleet<'_>, group: &Group<'_>) {
        let (mut carried, mut open) = (String::new(), String::new());
        for left in &group.reduced.left {
            let why = &left.why;
            let what = format!("`{}` = `{}` ({})", left.setting.address, left.setting.value, clauses(left).join(", "));
            let (list, text) = match outcome(left, group, &fleet.options) {
                Outcome::Carried(option) => (&mut carried, format!("`controls.{option}`")),
                Outcome::Overruled(option, is) => {
                    (&mut open, format!("with `controls.{option}` the server writes {is}"))
                }
                Outcome::Open => match left.row.and_then(|row| row.option.as_ref()) {
                    Some(option) => (&mut open, format!("{why}; see `{option}`")),
                    None => (&mut open, why.clone()),
                },
            };
            list.push_str(&format!("- {what}: {text}\n"));
        }
        for (head, lines) in
            [("set by the fleet's own options instead", carried), ("**not set**, for a person to choose", open)]
        {
            if !lines.is_empty() {
                let _ = write!(out, "{}, {head}:\n\n{lines}\n", *group.target.group);
            }
        }
        if !group.reduced.made.is_empty() {
            let _ = write!(out, "{}, made by the server itself:\n\n", *group.target.group);
            group.reduced.made.iter().for_each(|path| out.push_str(&format!("- `{path}`\n")));
            out.push('\n');
        }
    }

    /// For programs.
    pub(super) fn json(&self) -> Vec<u8> {
        let fleets: Vec<Json> = self.fleets.iter().map(|fleet| self.fleet(fleet)).collect();
        let custom: Vec<Json> = self
            .custom
            .iter()
            .map(|one| json!({ "variable": one.variable, "organisation": one.organisation, "secret": one.secret, "in_document": one.in_document }))
            .collect();
        let outside: Vec<String> =
            self.outside.iter().map(|target| format!("{}/{}", target.organisation, *target.group)).collect();
        let told = json!({ "fleets": fleets, "variables": custom, "elsewhere": outside });
        let mut text = serde_json::to_vec_pretty(&told).expect("internal: what is left out is JSON");
        text.push(b'\n');
        text
    }

    fn fleet(&self, fleet: &Fleet<'_>) -> Json {
        let options: serde_json::Map<String, Json> =
            fleet.options.iter().map(|one| (one.switch.option.clone(), one.value.as_str().into())).collect();
        let mut left = Vec::new();
        let mut made = Vec::new();
        for at in &fleet.groups {
            let group = &self.groups[*at];
            left.extend(group.reduced.left.iter().map(|one| entry(one, group, fleet)));
            made.extend(group.reduced.made.iter().cloned());
        }
        json!({ "name": fleet.name, "file": fleet.path, "options": options, "left_out": left, "made_by_server": made })
    }
}

fn entry(left: &Left, group: &Group<'_>, fleet: &Fleet<'_>) -> Json {
    let (outcome, option, value) = match outcome(left, group, &fleet.options) {
        Outcome::Carried(option) => ("carried", Some(option), None),
        Outcome::Overruled(option, is) => ("overruled", Some(option), Some(is)),
        Outcome::Open => ("open", left.row.and_then(|row| row.option.clone()), None),
    };
    json!({
        "group": *group.target.group,
        "file": left.file,
        "setting": left.setting.address.to_string(),
        "value": left.setting.value.to_string(),
        "why": left.why,
        "clauses": clauses(left),
        "outcome": outcome,
        "option": option,
        "server_writes": value,
    })
}

fn clauses(left: &Left) -> Vec<String> {
    let clauses: BTreeSet<&ClauseRef> =
        left.setting.origins.iter().flat_map(|origin| origin.clauses.iter().map(|(clause, _)| clause)).gather();
    clauses.into_iter().map(ToString::to_string).collect()
}
