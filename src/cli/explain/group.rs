//! `policyc explain --group GROUP`: the effective policy, for people.

use super::super::failure::Failure;
use super::super::format::{self, Format};
use super::super::session::{Session, many};
use super::super::terminal::{Style, Terminal, styled};
use super::super::{Global, Outcome};
use super::model::{ClassView, ControlView, Effective, HeldView, ParameterView, SettingView, effective, is_default};
use policyc::diagnostic::nearest::did_you_mean;
use policyc::gather::Arrange;
use policyc::policy::{Group, Organisation};
use policyc::report::reason::placed;

pub(super) fn run(
    name: &str,
    organisation: Option<&str>,
    global: &Global,
    terminal: Terminal,
) -> Result<Outcome, Failure> {
    // `cafcass/laptops` says both, as `accept` takes it.
    let (organisation, name) = match name.split_once('/') {
        Some((organisation, name)) => (Some(organisation), name),
        None => (organisation, name),
    };
    let session = Session::open(global, organisation, terminal)?;
    let (owner, group) = find(name, &session)?;
    let names = (owner.id.value.as_str(), name);
    let outcome = session.compiled.groups.iter().find(|outcome| session.name(outcome) == names);
    let effective = effective(&session, owner, group, outcome);
    if global.is(Format::Json) {
        format::print(session.report("explain", global), &effective, global, terminal)?;
    } else {
        session.remark(global, terminal, "no file is known to carry a setting");
        terminal.result(&text(&effective))?;
    }
    Ok(Outcome::faulty_if(session.has_errors()))
}

fn find<'a>(name: &str, session: &'a Session) -> Result<(&'a Organisation, &'a Group), Failure> {
    let all = || {
        let organisations = session.compiled.policy.organisations.iter();
        organisations.flat_map(|organisation| organisation.groups.iter().map(move |group| (organisation, group)))
    };
    let found: Vec<_> = all().filter(|(_, group)| group.target.group.value == name).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            let cure = did_you_mean(name, all().map(|(_, group)| group.target.group.value.as_str())).or_else(|| {
                let names: Vec<String> = all().map(|(_, group)| format!("`{}`", group.target.group.value)).collect();
                (!names.is_empty()).then(|| format!("there is {}", names.join(", ")))
            });
            Err(Failure::Unknown { kind: "group", name: name.to_owned(), cure })
        }
        several => {
            let names: Vec<String> = several.iter().map(|(owner, _)| format!("`{}`", owner.id.value)).collect();
            Err(Failure::Ambiguous { group: name.to_owned(), organisations: names.join(" and ") })
        }
    }
}

/// Indented lines: what is said in which depth.
#[derive(Default)]
struct Page(String);

impl Page {
    fn heading(&mut self, text: &str) {
        self.0.push_str(&format!("\n{}\n", styled(Style::Strong, text)));
    }

    fn line(&mut self, depth: usize, style: Style, text: &str) {
        self.0.push_str(&format!("{}{}\n", "  ".repeat(depth), styled(style, text)));
    }
}

fn text(effective: &Effective) -> String {
    let mut page = Page::default();
    let Effective { organisation, group, title, .. } = effective;
    page.line(0, Style::Strong, &format!("{organisation}/{group}: {title}"));
    for (fact, value) in &effective.facts {
        page.line(1, Style::Plain, &format!("{fact}: {value}"));
    }
    for (fact, why) in &effective.assumed {
        page.line(1, Style::Plain, &format!("{fact} is assumed: {why}"));
    }
    if let Some(why) = &effective.unmanaged {
        page.line(1, Style::Plain, &format!("unmanaged: {why}"));
    }
    if !effective.controls.is_empty() {
        page.heading("Controls");
        effective.controls.iter().for_each(|control| push_control(&mut page, control));
    }
    push_settings(&mut page, effective);
    if !effective.gaps.is_empty() {
        page.heading("Gaps: what this platform cannot express");
        for gap in &effective.gaps {
            let what =
                gap.parameter.as_ref().map_or_else(|| gap.control.clone(), |name| format!("{}.{name}", gap.control));
            page.line(1, Style::Plain, &format!("{what}: {}", gap.reason));
        }
    }
    if !effective.exceptions.is_empty() {
        page.heading("Exceptions in force");
        for exception in &effective.exceptions {
            let until = exception.expires.as_ref().map_or_else(|| "standing".to_owned(), |day| format!("until {day}"));
            let (id, clauses) = (&exception.exception, exception.clauses.join(", "));
            page.line(
                1,
                Style::Plain,
                &format!("{id} on {clauses}, {until}: {}{}", exception.reason, placed(&exception.place)),
            );
        }
    }
    effective.clauses.iter().for_each(|class| push_class(&mut page, class));
    page.0
}

fn push_control(page: &mut Page, control: &ControlView) {
    let instance = control.instance.as_ref().map_or_else(String::new, |name| format!(" [{name}]"));
    page.line(1, Style::Strong, &format!("{}{instance}: {}", control.control, control.title));
    for asked in &control.clauses {
        page.line(2, Style::Dim, &format!("asked for by {}{}", asked.clause, placed(&asked.place)));
    }
    for parameter in &control.parameters {
        push_parameter(page, parameter);
    }
    for need in &control.needs {
        page.line(2, Style::Plain, &format!("needs: {need}"));
    }
}

fn push_parameter(page: &mut Page, parameter: &ParameterView) {
    let unit = parameter.unit.as_ref().map_or_else(String::new, |unit| format!(" {unit}"));
    let basis = if is_default(parameter) { "nobody's: the default" } else { parameter.basis };
    page.line(2, Style::Plain, &format!("{}: {}{unit} ({basis})", parameter.parameter, parameter.value));
    for said in &parameter.contributions {
        let how = if said.decided { "decided by" } else { "also asked:" };
        let line = format!("{how} {}: {}, {}{}", said.clause, said.value, said.basis, placed(&said.place));
        page.line(3, Style::Dim, &line);
    }
    for exception in &parameter.exceptions {
        page.line(3, Style::Dim, &format!("under exception {}{}", exception.exception, placed(&exception.place)));
    }
}

fn push_settings(page: &mut Page, effective: &Effective) {
    let (left_out, emitted): (Vec<&SettingView>, Vec<&SettingView>) =
        effective.settings.iter().partition(|setting| setting.dropped.is_some());
    let mut carried: Vec<Option<&String>> = emitted.iter().map(|setting| setting.artefact.as_ref()).collect();
    carried.arrange();
    carried.dedup();
    if !emitted.is_empty() {
        page.heading("Settings");
    }
    for artefact in carried {
        page.line(
            1,
            Style::Strong,
            artefact.map_or("in no file: for the server to send, or the sources have errors", |path| path),
        );
        for setting in emitted.iter().filter(|setting| setting.artefact.as_ref() == artefact) {
            push_setting(page, setting);
        }
    }
    if !left_out.is_empty() {
        page.heading("Left out");
        left_out.iter().for_each(|setting| push_setting(page, setting));
    }
}

fn push_setting(page: &mut Page, setting: &SettingView) {
    page.line(2, Style::Plain, &format!("{}: {}", setting.address, setting.value));
    for reason in &setting.because {
        page.line(3, Style::Dim, &reason.short());
    }
    for path in &setting.also {
        page.line(3, Style::Dim, &format!("on another route in {path}"));
    }
    if let Some(code) = setting.dropped {
        page.line(3, Style::Dim, &format!("`policyc explain {code}`"));
    }
}

fn push_class(page: &mut Page, class: &ClassView) {
    page.heading(&format!("Clauses: {}", class.class));
    for clause in &class.clauses {
        page.line(1, Style::Plain, &format!("{}: {}", clause.clause, clause.summary));
        if let Some(reason) = &clause.reason {
            page.line(2, Style::Dim, &format!("because {reason}"));
        }
        for need in &clause.needs {
            page.line(2, Style::Dim, &format!("needs: {need}"));
        }
        if let Some(line) = clause.held.as_ref().and_then(held) {
            page.line(2, Style::Dim, &line);
        }
    }
}

/// `carried by 3 settings, helped by 1 setting`; nothing where nothing holds it.
fn held(held: &HeldView) -> Option<String> {
    let carried = if held.support { "supported by" } else { "carried by" };
    let counts = [
        (&held.carrying, carried, "setting"),
        (&held.helping, "helped by", "setting"),
        (&held.commands, "done by", "command"),
    ];
    let said = counts
        .iter()
        .filter(|(what, ..)| !what.is_empty())
        .map(|(what, how, word)| format!("{how} {}", many(what.len(), word)));
    let said: Vec<String> =
        said.chain(held.excepted.then(|| "not counted here: an exception lifts it".to_owned())).collect();
    (!said.is_empty()).then(|| said.join(", "))
}
