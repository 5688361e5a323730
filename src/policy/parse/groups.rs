//! groups.yaml → [`GroupText`]s.

use super::attach::attach;
use super::audience::assign;
use super::{Text, reasons, sentence};
use crate::consumer;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::policy::document::GroupText;
use crate::setting::{
    Bundle, Compliance, Delivery, DeviceFact, Dialect, Edition, Enrolment, Join, OsVersion, Platform,
};
use crate::source::Spanned;
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Entry, Node};

pub(super) fn parse(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    let mut fields = Fields::of(root, "groups.yaml", found)?;
    let groups = fields.take("groups").and_then(|node| fields::entries(node, "`groups`", found));
    fields.finish(found);
    let groups: Vec<GroupText> = groups?.iter().map(|entry| group(entry, found)).collect();
    Some(Text::Groups(groups))
}

fn group(entry: &Entry, all: &mut Diagnostics) -> GroupText {
    let found = &mut Diagnostics::default();
    let mut group = GroupText::named(entry.key.clone());
    check_id(&entry.key, found);
    if let Some(mut fields) = Fields::of(&entry.value, "a group", found) {
        group.title = fields.need("title", entry.key.span, found).and_then(|node| sentence(node, "the title", found));
        group.names(&mut fields, found);
        group.facts(&mut fields, found);
        fields.finish(found);
    }
    group.broken = found.has_errors();
    all.absorb(std::mem::take(found));
    group
}

impl GroupText {
    fn named(id: Spanned<String>) -> GroupText {
        GroupText {
            id,
            title: None,
            platform: None,
            os: None,
            enrolment: None,
            supervised: None,
            deliver: None,
            intune: None,
            editions: None,
            join: None,
            has: None,
            compliance: None,
            profile_url: None,
            bundle: None,
            server: None,
            part_of: None,
            unmanaged: None,
            assumed: Vec::new(),
            formerly: None,
            assign: Vec::new(),
            attach: Vec::new(),
            broken: false,
        }
    }

    fn names(&mut self, fields: &mut Fields<'_>, found: &mut Diagnostics) {
        self.part_of = fields.take("part-of").and_then(|node| fields::name(node, "a group", found));
        self.unmanaged = fields.take("unmanaged").and_then(|node| sentence(node, "`unmanaged`", found));
        self.formerly = fields.take("formerly").and_then(|node| fields::name(node, "a group", found));
        let assumed = fields.take("assumed").map_or(Vec::new(), |node| reasons(node, "`assumed`", found));
        self.assumed = assumed.into_iter().map(|(fact, why)| (fact, why.value)).collect();
        self.assign = fields.take("assign").map_or(Vec::new(), |node| assign(node, found));
        self.attach = fields.take("attach").map_or(Vec::new(), |node| attach(node, found));
    }

    fn facts(&mut self, fields: &mut Fields<'_>, found: &mut Diagnostics) {
        self.platform = fields
            .take("platform")
            .and_then(|node| fields::word(node, "a platform", &words(Platform::ALL, Platform::word), found));
        self.os = fields.take("os").and_then(|node| version(node, found));
        self.enrolment = fields
            .take("enrolment")
            .and_then(|node| fields::word(node, "an enrolment", &words(Enrolment::ALL, Enrolment::word), found));
        self.supervised = fields.take("supervised").and_then(|node| fields::boolean(node, "`supervised`", found));
        self.deliver =
            fields.take("deliver").and_then(|node| list(node, "a delivery", Delivery::ALL, Delivery::word, found));
        self.intune = fields
            .take("intune")
            .and_then(|node| fields::word(node, "a dialect of Intune's", &words(Dialect::ALL, Dialect::word), found));
        self.compliance = fields.take("compliance").and_then(|node| {
            fields::word(node, "a source of compliance", &words(Compliance::ALL, Compliance::word), found)
        });
        self.editions =
            fields.take("editions").and_then(|node| list(node, "an edition", Edition::ALL, Edition::word, found));
        self.join =
            fields.take("join").and_then(|node| fields::word(node, "a join", &words(Join::ALL, Join::word), found));
        self.has = fields
            .take("has")
            .and_then(|node| list(node, "a piece of hardware", DeviceFact::ALL, DeviceFact::word, found))
            .map(|list| list.value);
        self.profile_url = fields.take("profile-url").and_then(|node| folder_url(node, found));
        self.bundle = fields
            .take("bundle")
            .and_then(|node| fields::word(node, "a bundle", &words(Bundle::ALL, Bundle::word), found));
        let servers: Vec<(&str, &'static str)> = consumer::NAMES.iter().map(|name| (*name, *name)).collect();
        self.server = fields.take("server").and_then(|node| fields::word(node, "a server", &servers, found));
    }
}

/// An address below which files are found. Nothing of it may be filled in by anybody, or be cut off a path that is put behind it.
fn folder_url(node: &Node, found: &mut Diagnostics) -> Option<Spanned<String>> {
    let given = fields::text(node, "`profile-url`", found)?;
    match unfit(&given.value) {
        None => Some(Spanned::new(format!("{}/", given.value.trim_end_matches('/')), given.span)),
        Some(cause) => {
            let message = format!("`{}` is no address that profiles are found below: {cause}", given.value);
            let finding = Diagnostic::new(Code::InvalidValue, given.span, message);
            found.push(finding.help("write the folder's address, such as https://mdm.example.org/profiles/"));
            None
        }
    }
}

/// Why a text is no `https` address of a folder (RFC 3986).
fn unfit(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix("https://") else {
        return Some("Apple's devices fetch profiles from `https://…` alone".to_owned());
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~/:[]%".contains(c);
    if let Some(odd) = rest.chars().find(|c| !fits(*c)) {
        return Some(match odd {
            '?' | '#' => format!("what follows `{odd}` would stand before the path of the file"),
            '@' => "it would tell a name and a password to whoever reads it".to_owned(),
            odd => format!("an address holds no `{}` as it is", odd.escape_debug()),
        });
    }
    let bytes = rest.as_bytes();
    let is_escape = |at: usize| bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    if (0..bytes.len()).any(|at| bytes[at] == b'%' && !is_escape(at)) {
        return Some("two hexadecimal digits follow each `%`".to_owned());
    }
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (host, None),
    };
    if host.trim_matches(['[', ']', '.', '-']).is_empty() {
        return Some("it names no server".to_owned());
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Some("the port is no number up to 65535".to_owned());
    }
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let is_odd = |part: &&str| matches!(*part, "." | "..") || (part.is_empty() && parts.len() > 1);
    parts.iter().copied().find(|part| is_odd(part)).map(|_| "a part of its path is empty or dots".to_owned())
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<(&'static str, T)> {
    all.iter().map(|x| (word(*x), *x)).collect()
}

/// A list of words, none of them twice.
fn list<T: Copy + PartialEq>(
    node: &Node,
    what: &'static str,
    all: &[T],
    word: fn(T) -> &'static str,
    found: &mut Diagnostics,
) -> Option<Spanned<Vec<Spanned<T>>>> {
    let words = words(all, word);
    let mut list: Vec<Spanned<T>> = Vec::new();
    for item in fields::items(node, what, found)? {
        let Some(item) = fields::word(item, what, &words, found) else { continue };
        match list.iter().find(|other| other.value == item.value) {
            Some(other) => found.push(
                Diagnostic::new(Code::DuplicateName, item.span, format!("`{}` stands twice", word(item.value)))
                    .also(other.span, "first here")
                    .help("keep one of the two"),
            ),
            None => list.push(item),
        }
    }
    Some(Spanned::new(list, node.span))
}

fn version(node: &Node, found: &mut Diagnostics) -> Option<Spanned<OsVersion>> {
    let text = fields::quoted(node, "the version", found)?;
    let version = OsVersion::parse(&text);
    if version.is_none() {
        found.push(
            Diagnostic::new(Code::InvalidValue, text.span, format!("`{}` is not a version", text.value))
                .help("write numbers between dots, in quotes: \"18.0\", or \"10.0.22631\" for a build of Windows"),
        );
    }
    Some(Spanned::new(version?, text.span))
}

/// What folders below a group's own are called: a path would not tell such a group from them.
const BELOW_GROUPS: [&str; 3] = ["attached", "commands", "intune"];

/// A group's id names folders and files: kebab-case, and no name that Windows keeps for itself or that a folder below it has.
fn check_id(id: &Spanned<String>, found: &mut Diagnostics) {
    if !fields::check_name(id, "a group", found) {
        return;
    }
    let cause = match id.value.as_str() {
        name if is_reserved(name) => format!("Windows keeps the name `{name}` for itself"),
        name if BELOW_GROUPS.contains(&name) => format!("each group has a folder `{name}` of its own"),
        _ => return,
    };
    found
        .push(Diagnostic::new(Code::UnportableName, id.span, cause).help("choose another name: a folder is called so"));
}

/// Names that Windows gives to devices, whatever follows the dot.
pub(in crate::policy) fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| (b'1'..=b'9').contains(&b)))
    };
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}
