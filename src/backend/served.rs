//! A group's files against the server or console that they go to: each finding at the setting behind it, else at the file.

use super::{Artefact, Format};
use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::consumer::refusal::{File, Form, Refusal};
use crate::consumer::{self, Consumer, Kind};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::gather::Gather;
use crate::setting::variable::Placed;
use crate::setting::{Family, Leaf, Platform, Route, Setting, Target, Value};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// What a group's server has against the files of one route, and the settings that they hold.
pub(crate) fn against(checked: &Checked, artefacts: &[&Artefact], catalogue: &Catalogue, found: &mut Diagnostics) {
    let Some(mut judge) = Judge::of(checked, found) else { return };
    artefacts.iter().for_each(|artefact| judge.file(artefact));
    judge.report_kept();
    judge.nodes(catalogue);
}

/// What stands in values for a group's server to fill in: known before any file is written.
pub(crate) fn variables(checked: &Checked, found: &mut Diagnostics) {
    if let Some(mut judge) = Judge::of(checked, found) {
        judge.names();
        judge.variables();
    }
}

/// Whether a consumer takes files of this format.
pub(crate) fn takes(consumer: &Consumer, format: Format) -> bool {
    form(format).is_some_and(|form| consumer.takes.iter().any(|taken| taken == form.word()))
}

/// The finding that a group's server takes none of its files: an error where the group states that server, and a note where a run asks
/// for it, which other groups can be meant by.
pub(crate) fn takes_none(target: &Target, consumer: &Consumer) -> Diagnostic {
    let forms: Vec<String> = target.deliver.iter().map(|form| format!("`{}`", form.value)).collect();
    let (title, forms) = (&consumer.title, forms.join(" and "));
    let message = match consumer.manages(target) {
        true => format!("{title} takes nothing of `{}`, which is delivered as {forms}", target.group.value),
        false => format!("{title} manages no devices with {}, as `{}` has", *target.platform, target.group.value),
    };
    let stated = target.stated_server() == Some(consumer.name.as_str());
    let taken: Vec<String> = consumer.takes.iter().map(|form| format!("`{form}`")).collect();
    let place = target.server.map_or(target.group.span, |server| server.name.span);
    let finding = Diagnostic::new(Code::ServerRefuses, place, message)
        .help(format!("it takes {}: deliver the group so, or name its own server", taken.join(" and ")));
    if stated { finding } else { finding.severity(Severity::Note) }
}

/// The form of a file, as consumers know them; `None` for files that no server is given.
pub fn form(format: Format) -> Option<Form> {
    match format {
        Format::Mobileconfig => Some(Form::Mobileconfig),
        Format::Declaration => Some(Form::Declaration),
        Format::Syncml => Some(Form::Syncml),
        Format::Intune => Some(Form::Intune),
        Format::Command | Format::Attached | Format::Index | Format::Expected => None,
    }
}

struct Judge<'a> {
    consumer: &'static Consumer,
    checked: &'a Checked,
    /// What the consumer keeps, by place and cause: the refusal, and how many settings it is about.
    kept: BTreeMap<(Span, String), (Refusal, usize)>,
    found: &'a mut Diagnostics,
}

impl<'a> Judge<'a> {
    /// The judge of a group that has a server.
    fn of(checked: &'a Checked, found: &'a mut Diagnostics) -> Option<Judge<'a>> {
        let consumer = consumer::named(&checked.target().server?.name)?;
        Some(Judge { consumer, checked, kept: BTreeMap::new(), found })
    }

    fn file(&mut self, artefact: &Artefact) {
        let Some(form) = form(artefact.format) else { return };
        let file = File { path: &artefact.path, form, bytes: &artefact.bytes };
        for refusal in self.consumer.refusals(&file) {
            if refusal.reserved.is_some_and(|row| row.kind == Kind::Made) {
                continue; // the server makes it itself
            }
            let spans = self.spans(artefact, &refusal);
            if spans.is_empty() {
                let finding =
                    Diagnostic::in_artefact(refusal.code, artefact.path.as_str(), refusal.owner, refusal.cause);
                self.found.push(finding.help(refusal.cure));
                continue;
            }
            for (span, count) in spans {
                let entry = self.kept.entry((span, refusal.cause.clone())).or_insert_with(|| (refusal.clone(), 0));
                entry.1 += count;
            }
        }
    }

    /// Where the settings behind a refusal are written, and how many at each place.
    fn spans(&self, artefact: &Artefact, refusal: &Refusal) -> BTreeMap<Span, usize> {
        let mut spans = BTreeMap::new();
        let holds: BTreeSet<_> = artefact.holds.iter().gather();
        let concerned = |setting: &&Setting| {
            let address = &setting.address;
            let key = address.keys().first();
            let all = refusal.keys.is_empty() || key.is_some_and(|key| refusal.keys.contains(key));
            !refusal.owner.is_empty() && address.owner == refusal.owner && all && holds.contains(address)
        };
        for setting in self.checked.settings().iter().filter(concerned) {
            *spans.entry(setting.span).or_default() += 1;
        }
        spans
    }

    fn report_kept(&mut self) {
        let group = &self.checked.target().group;
        for ((span, cause), (refusal, count)) in std::mem::take(&mut self.kept) {
            let settings = if count == 1 { "a setting".to_owned() } else { format!("{count} settings") };
            let message = format!("{cause} ({settings} of `{}`)", group.value);
            self.found.push(Diagnostic::new(refusal.code, span, message).help(refusal.cure));
        }
    }

    /// What a server would fill in where people name things: titles stand in profiles, labels in the index of Fleet's GitOps.
    fn names(&mut self) {
        let target = self.checked.target();
        let (with, without) = target.audience("fleet");
        let labels = with.into_iter().chain(without).map(|label| ("a label", label));
        let titles = [("the title", target.title.as_str()), ("the organisation's name", &target.organisation_name)];
        let profiles = *target.platform != Platform::Windows && target.route() == Route::Direct;
        let named = titles.into_iter().filter(|_| profiles).chain(labels.filter(|_| self.consumer.is_fleet()));
        let mut faults: Vec<(String, String)> = Vec::new();
        for (what, text) in named {
            let own = self.consumer.variables.placed(text).filter_map(|placed| self.fault(&placed, false));
            faults.extend(own.map(|(cause, cure)| (format!("{what} of `{}`: {cause}", target.group.value), cure)));
        }
        for (message, cure) in faults {
            self.found.push(Diagnostic::new(Code::ServerVariable, target.group.span, message).help(cure));
        }
    }

    /// What stands in values for a server to fill in.
    fn variables(&mut self) {
        for setting in self.checked.settings() {
            let mut faults: Vec<(String, String)> = Vec::new();
            texts(&setting.value, &mut |text, data| faults.extend(self.faults(setting, text, data)));
            for (cause, cure) in faults {
                let message = format!("`{}`: {cause}", setting.address);
                self.found.push(Diagnostic::new(Code::ServerVariable, setting.span, message).help(cure));
            }
        }
    }

    /// What is wrong with the variables of a text: the cause, and the cure.
    fn faults(&self, setting: &Setting, text: &str, data: bool) -> Vec<(String, String)> {
        let own: Vec<Placed<'_, '_>> = self.consumer.variables.placed(text).collect();
        let mut faults: Vec<(String, String)> = own.iter().filter_map(|placed| self.fault(placed, data)).collect();
        // On Windows `%…%` is an environment variable of the device, and no server touches it.
        if setting.address.family == Family::Csp {
            return faults;
        }
        let foreign = consumer::placeholders().placed(text);
        let foreign = foreign
            .filter(|placed| own.iter().all(|own| own.at.end <= placed.at.start || placed.at.end <= own.at.start));
        faults.extend(foreign.map(|placed| {
            let cause = format!(
                "`{}` is a variable of another server, and {} does not fill it in",
                placed.text, self.consumer.title
            );
            (cause, self.known(&placed))
        }));
        faults
    }

    fn fault(&self, placed: &Placed<'_, '_>, data: bool) -> Option<(String, String)> {
        let (title, text) = (&self.consumer.title, placed.text);
        if let Some(why) = &placed.family.refused {
            return Some((
                format!("`{text}` looks like a variable: {why}"),
                "write the value without `$` before a name".to_owned(),
            ));
        }
        if data && !placed.known.is_some_and(|known| known.data) {
            return Some((
                format!("`{text}` stands in data, where {title} fills in nothing"),
                "variables stand in text alone".to_owned(),
            ));
        }
        let platform = *self.checked.target().platform;
        match placed.known {
            Some(known) if !known.platforms.is_empty() && !known.platforms.iter().any(|one| one == platform.word()) => {
                let cause = format!(
                    "`{text}` is filled in for {} alone, and the group's platform is {platform}",
                    known.platforms.join(" and ")
                );
                Some((cause, "write the value itself".to_owned()))
            }
            None if placed.family.other.is_none() => {
                Some((format!("{title} has no variable `{text}`"), self.known(placed)))
            }
            _ => None,
        }
    }

    /// The variables that there are, the nearest first.
    fn known(&self, placed: &Placed<'_, '_>) -> String {
        let families = self.consumer.variables.0.iter().filter(|family| family.refused.is_none());
        let written: Vec<String> = families
            .flat_map(|family| {
                let open = family.syntax.last().map_or("", |syntax| syntax.open.as_str());
                let close = family.syntax.last().map_or("", |syntax| syntax.close.as_str());
                family.names.iter().map(move |known| format!("{open}{}{close}", known.name))
            })
            .collect();
        crate::diagnostic::nearest::did_you_mean(placed.text, written.iter().map(String::as_str)).unwrap_or_else(|| {
            match written.first() {
                Some(first) => format!("it has {} others, such as `{first}`", written.len()),
                None => "it fills in nothing: write the value itself".to_owned(),
            }
        })
    }

    /// Nodes without a verb that the consumer needs.
    fn nodes(&mut self, catalogue: &Catalogue) {
        let own = self.checked.settings().iter().filter(|setting| setting.address.family == Family::Csp);
        let own = own.filter(|setting| matches!(setting.address.leaf, Leaf::Node | Leaf::AdmxState));
        let mut seen = BTreeSet::new();
        for setting in own.filter(|_| *self.checked.target().platform == Platform::Windows) {
            let uri = &setting.address.owner;
            let known = catalogue.known_node(uri).filter(|_| seen.insert(uri));
            let lacks = known.and_then(|known| self.consumer.lacks(uri, &known.node.access));
            if let Some((cause, cure)) = lacks {
                self.found.push(Diagnostic::new(Code::ServerReserves, setting.span, cause).help(cure));
            }
        }
    }
}

/// Every text in a value, and whether it stands in data.
fn texts(value: &Value, look: &mut impl FnMut(&str, bool)) {
    match value {
        Value::Text(text) => look(text, false),
        Value::Data(bytes) => {
            if let Ok(text) = std::str::from_utf8(bytes) {
                look(text, true);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, look)),
        Value::Dictionary(entries) => entries.values().for_each(|entry| texts(entry, look)),
        _ => {}
    }
}
