//! A payload type that a device takes once (`multiple: false`) and a declaration of which one is applied (`apply: single`), used
//! twice in a group (failure-modes A15).

use super::{Facts, GroupRule, Subject, Verdict};
use crate::catalogue::entry::{Form, Schema};
use crate::check::carrier::carriers;
use crate::check::envelope::is_envelope;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Channel, Family, Platform};
use std::collections::BTreeMap;

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::SeveralInstances], explain: include_str!("explain.md"), run };

/// The first setting of an instance, and its name.
type Instance<'a> = (usize, Option<&'a str>);

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut owners: BTreeMap<(Family, Channel, &str), Vec<Instance<'_>>> = BTreeMap::new();
    for ((family, channel, owner, instance), members) in carriers(subjects) {
        if let Some(n) = members.into_iter().find(|n| once(&subjects[*n])) {
            owners.entry((family, channel, owner)).or_default().push((n, instance));
        }
    }
    let mut verdicts = Vec::new();
    for ((_, _, owner), instances) in owners {
        let Some(((first, _), others)) = instances.split_first() else { continue };
        for (n, instance) in others {
            let message = format!("a device takes `{owner}` once, and this is a second one{}", named(*instance));
            let finding = Diagnostic::new(Code::SeveralInstances, subjects[*n].setting.span, message)
                .also(subjects[*first].setting.span, "the first is here")
                .help("write both under one `instance`, or none, so that their keys make one payload");
            verdicts.push((*n, Verdict::Wrong(finding)));
        }
    }
    verdicts
}

fn named(instance: Option<&str>) -> String {
    instance.map_or(String::new(), |instance| format!(", `{instance}`"))
}

fn once(subject: &Subject<'_>) -> bool {
    let platform = subject.target.platform.value;
    let address = &subject.setting.address;
    match subject.facts {
        Facts::Key(matches) if matches.is_empty() => crate::check::lookup::form(address).is_some_and(|form| {
            subject.catalogue.schemas(form, &address.owner).iter().all(|schema| takes_one(schema, platform))
        }),
        Facts::Key(matches) => {
            matches.iter().all(|found| !is_envelope(found.schema) && takes_one(found.schema, platform))
        }
        Facts::Node(_) | Facts::Nothing(_) => false,
    }
}

fn takes_one(schema: &Schema, platform: Platform) -> bool {
    match schema.form {
        Form::Profile => schema.support.get(platform.word()).is_some_and(|support| support.multiple == Some(false)),
        Form::Declaration => schema.apply.as_deref() == Some("single"),
        Form::Command | Form::Compliance | Form::Status => false,
    }
}
