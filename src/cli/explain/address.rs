//! `policyc explain KEY` and `policyc explain LOCURI`: who asks for it, group by group. Where nobody does, what the catalogue knows.

use super::super::catalogue::{listed, near};
use super::super::failure::Failure;
use super::super::format::{self, Format};
use super::super::session::Session;
use super::super::terminal::{Style, Terminal, styled};
use super::super::{Global, Outcome};
use super::model::{SettingView, settings};
use policyc::catalogue::{Catalogue, NodeLookup, Shown};
use policyc::diagnostic::Code;
use policyc::diagnostic::nearest::nearest;
use policyc::diagnostic::render::Lines;
use policyc::setting::{Address, Family, Leaf};
use serde::Serialize;

#[derive(Serialize)]
struct Data {
    subject: String,
    groups: Vec<GroupData>,
    /// The name as the catalogue has it, where it knows it.
    catalogue: Vec<String>,
}

#[derive(Serialize)]
struct GroupData {
    organisation: String,
    group: String,
    settings: Vec<SettingView>,
}

/// Names listed of what the subject may be short for.
const MOST: usize = 20;

pub(super) fn run(
    subject: &str,
    organisation: Option<&str>,
    global: &Global,
    terminal: Terminal,
) -> Result<Outcome, Failure> {
    let session = Session::open(global, organisation, terminal)?;
    let groups = asking(subject, &session);
    let known = match session.catalogue.show(subject) {
        Some(Shown::Entries { name, .. }) => vec![name],
        Some(Shown::Candidates(names)) => names,
        None => Vec::new(),
    };
    if groups.is_empty() && known.is_empty() {
        return Err(unknown(subject, &session));
    }
    if global.is(Format::Json) {
        format::print(
            session.report("explain", global),
            &Data { subject: subject.to_owned(), groups, catalogue: known },
            global,
            terminal,
        )?;
    } else {
        session.remark(global, terminal, "no file is known to carry a setting");
        terminal.result(&text(subject, &groups, &known))?;
    }
    Ok(Outcome::faulty_if(session.has_errors()))
}

/// The groups that have the setting, or would if it were not left out.
fn asking(subject: &str, session: &Session) -> Vec<GroupData> {
    let lines = Lines::new(&session.sources);
    let subject = canonical(subject, &session.catalogue);
    let mut groups = Vec::new();
    for outcome in &session.compiled.groups {
        let (organisation, group) = session.name(outcome);
        let attached = outcome.attached(&session.catalogue);
        let attached = attached.iter().map(|(setting, _)| setting);
        let addresses = outcome.settings().chain(attached).chain(outcome.dropped().map(|dropped| &dropped.setting));
        let wanted: Vec<bool> = addresses.map(|setting| means(&subject, &setting.address)).collect();
        let views = settings(outcome, &session.catalogue, &lines).into_iter().zip(wanted);
        let settings: Vec<SettingView> = views.filter(|(_, wanted)| *wanted).map(|(view, _)| view).collect();
        if !settings.is_empty() {
            groups.push(GroupData { organisation: organisation.to_owned(), group: group.to_owned(), settings });
        }
    }
    groups
}

/// A LocURI as the DDF spells it; a key as it is, the sign between type and key as one space.
fn canonical(subject: &str, catalogue: &Catalogue) -> String {
    if subject.starts_with("./")
        && let NodeLookup::Found(found) | NodeLookup::WrongCase(found) = catalogue.node(subject)
    {
        return found.canonical;
    }
    subject.split(['·', ' ']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether a subject names an address: the owner, the owner and key, the end of a LocURI, a key path or its last key, an element.
fn means(subject: &str, address: &Address) -> bool {
    let owner = &address.owner;
    if owner == subject {
        return true;
    }
    let below = |whole: &str, end: &str| whole.strip_suffix(end).is_some_and(|rest| rest.ends_with('/'));
    if address.family == Family::Csp && (below(owner, subject) || owner.starts_with(&format!("{subject}/"))) {
        return true;
    }
    let inside = match &address.leaf {
        Leaf::Keys(keys) if !keys.is_empty() => keys.join("."),
        Leaf::AdmxElement(id) => id.clone(),
        _ => return false,
    };
    let last = inside.rsplit('.').next() == Some(subject);
    last || inside == subject || subject == format!("{owner} {inside}") || subject == format!("{owner}.{inside}")
}

fn text(subject: &str, groups: &[GroupData], known: &[String]) -> String {
    let mut text = String::new();
    for group in groups {
        text.push_str(&format!("{}\n", styled(Style::Strong, &format!("{}/{}", group.organisation, group.group))));
        for setting in &group.settings {
            text.push_str(&format!("  {}\n", styled(Style::Plain, &format!("{}: {}", setting.address, setting.value))));
            for line in setting.because.iter().flat_map(|reason| reason.lines()) {
                text.push_str(&format!("    {}\n", styled(Style::Dim, &line)));
            }
            if let Some(code) = setting.dropped {
                text.push_str(&format!("    left out: {code} (`policyc explain {code}`)\n"));
            }
            for path in setting.artefact.iter().chain(&setting.also) {
                text.push_str(&format!("    in {}\n", styled(Style::Plain, path)));
            }
        }
    }
    if groups.is_empty() {
        text.push_str(&format!("nothing asks for {}\n", styled(Style::Strong, subject)));
        for name in known.iter().take(MOST) {
            text.push_str(&format!("  the catalogue knows {}\n", styled(Style::Plain, name)));
        }
        if known.len() > MOST {
            text.push_str(&format!("  … and {} more\n", known.len() - MOST));
        }
    }
    text
}

/// A subject that nobody asks for, no catalogue knows and no finding has for a code.
fn unknown(subject: &str, session: &Session) -> Failure {
    let groups = session.compiled.policy.organisations.iter().flat_map(|organisation| &organisation.groups);
    if groups.into_iter().any(|group| group.target.group.value == subject) {
        let cure = Some(format!("a group is named so: `policyc explain --group {subject}`"));
        return Failure::Unknown { kind: "code, key or node", name: subject.to_owned(), cure };
    }
    let codes = nearest(subject, Code::ALL.iter().map(|code| code.name())).into_iter().map(str::to_owned);
    let names: Vec<String> = codes.chain(near(subject, &session.catalogue)).take(5).collect();
    let cure =
        if names.is_empty() { "`policyc catalogue search WORDS` finds names".to_owned() } else { listed(&names) };
    Failure::Unknown { kind: "code, key or node", name: subject.to_owned(), cure: Some(cure) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policyc::setting::Channel;

    #[test]
    fn a_setting_is_named_in_every_way_that_people_write_it() {
        let keys = |keys: &[&str]| Leaf::Keys(keys.iter().map(|key| (*key).to_owned()).collect());
        let address = |family, owner: &str, leaf| Address {
            family,
            channel: Channel::Device,
            owner: owner.to_owned(),
            instance: None,
            leaf,
        };
        let key = address(Family::Profile, "com.example.type", keys(&["Outer", "inner"]));
        for subject in
            ["com.example.type", "inner", "Outer.inner", "com.example.type Outer.inner", "com.example.type.Outer.inner"]
        {
            assert!(means(subject, &key), "{subject}");
        }
        assert!(!means("Outer", &key) && !means("com.example", &key) && !means("ner", &key));
        let node =
            address(Family::Csp, "./Device/Vendor/MSFT/BitLocker/Policy", Leaf::AdmxElement("Length".to_owned()));
        for subject in ["./Device/Vendor/MSFT/BitLocker", "Policy", "BitLocker/Policy", "Length"] {
            assert!(means(subject, &node), "{subject}");
        }
        assert!(!means("Locker/Policy", &node) && !means("./Device/Vendor/MSFT/Bit", &node));
    }
}
