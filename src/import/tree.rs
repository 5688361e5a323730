//! Groups → the files of an organisation: its names, its groups, one policy of stubs, and where secrets come from.

use super::attach::Attached;
use super::estate::{Group, Piece};
use super::judge::{ALLOWED, Facts};
use super::yaml::{Key, Yaml, ours, print};
use crate::control::{Control, Given, Parameter, Raised, Type};
use crate::diagnostic::Code;
use crate::digest;
use crate::gather::Gather;
use crate::setting::{Address, Bundle, Channel, Compliance, Delivery, Dialect, Enrolment, Family, Leaf, Secret, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A group, what is known of its devices, and the controls that its settings stand for.
pub(super) struct Drafted<'a> {
    pub(super) group: &'a Group,
    pub(super) facts: &'a Facts,
    pub(super) raised: Vec<&'a Raised>,
}

/// Who the organisation is.
pub(super) struct Names<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) identifier: &'a str,
    /// The id of its directory.
    pub(super) tenant: Option<&'a str>,
}

/// Files by their paths inside `policy-sources/`.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Bytes from which data stands in a file of its own.
const LARGE: usize = 1024;

/// Every file of the organisation.
pub(super) fn files(
    names: &Names<'_>,
    drafts: &[Drafted<'_>],
    (shown, attached): (&[String], &[Attached<'_>]),
    secrets: &BTreeMap<String, String>,
) -> Files {
    let mut files = Files::new();
    let mut put = |name: &str, text: String| {
        files.insert(format!("{}/{name}", names.id), text.into_bytes());
    };
    put("organisation.yaml", organisation(names));
    put(
        "groups.yaml",
        print(GROUPS, &[(Key::Ours("groups"), Yaml::Map(drafts.iter().map(|draft| group(draft, attached)).collect()))]),
    );
    if !secrets.is_empty() {
        let from = secrets.iter().map(|(name, from)| (Key::Other(name.clone()), Yaml::text(from.as_str())));
        put("secrets.yaml", print(SECRETS, &[(Key::Ours("secrets"), Yaml::Map(from.collect()))]));
    }
    let mut writer = Writer { shown, organisation: names.id, data: Files::new() };
    let clauses = writer.clauses(drafts);
    let policy = ours([
        ("policy", Some(Yaml::plain(POLICY_ID))),
        ("title", Some(Yaml::text("Settings that were in use before anybody wrote down why"))),
        ("clauses", Some(Yaml::List(clauses))),
    ]);
    put(&format!("{POLICY_ID}.yaml"), print(POLICY, &policy));
    files.extend(writer.data);
    files
}

/// The id of the policy that imported clauses are part of.
const POLICY_ID: &str = "imported";

const ORGANISATION: &str = "`policyc import` wrote this. `identifier` is what identifiers of profiles begin with.";
const GROUPS: &str =
    "`policyc import` wrote this. The files say nothing of what stands under `assumed`: put the facts there.";
const SECRETS: &str = "`policyc import` wrote this. No value was kept: say where each secret comes from, and change those that were in files.";
const POLICY: &str = "`policyc import` wrote this: stubs, one for each file. Say what each is for (`summary`), which part of your written policy\n\
    it serves (`id`) and how firmly it holds (`class`, `reason`).";

fn organisation(names: &Names<'_>) -> String {
    let entries = ours([
        ("organisation", Some(Yaml::plain(names.id))),
        ("name", Some(Yaml::text(names.name))),
        ("identifier", Some(Yaml::text(names.identifier))),
        ("entra-tenant", names.tenant.map(Yaml::text)),
    ]);
    print(ORGANISATION, &entries)
}

fn group(draft: &Drafted<'_>, attached: &[Attached<'_>]) -> (Key, Yaml) {
    let Drafted { group, facts, .. } = draft;
    let apple = group.platform.is_apple();
    let words = |words: Vec<&str>| Yaml::Words(words.into_iter().map(str::to_owned).collect());
    let default = if apple { Delivery::Mobileconfig } else { Delivery::Syncml };
    let has: Vec<&str> = facts.has.iter().map(|fact| fact.word()).collect();
    let assumed =
        facts.assumed(group.platform).into_iter().map(|(fact, why)| (Key::Ours(fact), Yaml::text(why))).collect();
    let ids = |all: &[crate::reader::Assigned]| {
        let ids: Vec<Yaml> = all.iter().filter(|one| is_id(&one.to)).map(|one| Yaml::text(one.to.as_str())).collect();
        (!ids.is_empty()).then_some(Yaml::List(ids))
    };
    let attached: Vec<Yaml> = attached.iter().filter(|one| one.group == group.id).map(Attached::entry).collect();
    let assign = ours([("entra", ids(&group.audience.include)), ("entra-exclude", ids(&group.audience.exclude))]);
    let entries = ours([
        ("title", Some(Yaml::text(group.title.as_str()))),
        ("platform", Some(Yaml::plain(group.platform))),
        ("os", Some(Yaml::text(facts.os.to_string()))),
        ("supervised", apple.then(|| Yaml::plain(facts.supervised))),
        ("enrolment", (facts.enrolment != Enrolment::Device).then(|| Yaml::plain(facts.enrolment))),
        ("editions", (!apple).then(|| words(vec![facts.edition.word()]))),
        ("has", (!has.is_empty()).then(|| words(has))),
        (
            "deliver",
            (facts.deliver != [default]).then(|| words(facts.deliver.iter().map(|form| form.word()).collect())),
        ),
        ("intune", (group.dialect == Dialect::Custom).then(|| Yaml::plain(group.dialect))),
        ("bundle", (group.bundle != Bundle::PerType).then(|| Yaml::plain(group.bundle))),
        ("compliance", (facts.compliance == Compliance::None).then(|| Yaml::plain(facts.compliance))),
        ("assign", (!assign.is_empty()).then_some(Yaml::Map(assign))),
        ("attach", (!attached.is_empty()).then_some(Yaml::List(attached))),
        ("assumed", Some(Yaml::Map(assumed))),
    ]);
    (Key::Other(group.id.clone()), Yaml::Map(entries))
}

/// An object id of Entra's.
pub(super) fn is_id(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Entries of a mapping.
type Entries = Vec<(Key, Yaml)>;

/// What one raw entry carries: its carrier's name, instance and channel, why no catalogue knows it, and what is allowed of it.
type Carried<'a> = (Family, String, Option<String>, Channel, Option<&'static str>, &'a BTreeSet<Code>);

/// What one clause asks for: everything that the same files say.
#[derive(Default)]
struct Stub<'a> {
    raised: Vec<&'a Raised>,
    raw: Vec<(&'a Address, &'a Piece)>,
}

struct Writer<'a> {
    /// The names of the files that were read.
    shown: &'a [String],
    organisation: &'a str,
    /// Data that is too long for a source.
    data: Files,
}

impl<'a> Writer<'a> {
    fn clauses(&mut self, drafts: &[Drafted<'a>]) -> Vec<Yaml> {
        let mut clauses = Vec::new();
        for draft in drafts {
            let mut stubs: BTreeMap<BTreeSet<usize>, Stub<'a>> = BTreeMap::new();
            let mut claimed: BTreeSet<&Address> = BTreeSet::new();
            for raised in &draft.raised {
                claimed.extend(&raised.addresses);
                let pieces = raised.addresses.iter().filter_map(|address| draft.group.pieces.get(address));
                let files: BTreeSet<usize> = pieces.filter_map(|piece| piece.readings.first().copied()).gather();
                stubs.entry(files).or_default().raised.push(raised);
            }
            for (address, piece) in &draft.group.pieces {
                if !claimed.contains(address) && !is_implied(address, &draft.group.pieces, &claimed) {
                    let files = piece.readings.first().copied().into_iter().gather();
                    stubs.entry(files).or_default().raw.push((address, piece));
                }
            }
            for (files, stub) in stubs {
                for stub in by_class(stub) {
                    let id = (clauses.len() + 1).to_string();
                    clauses.push(self.clause(&id, draft, &files, stub));
                }
            }
        }
        clauses
    }

    fn clause(&mut self, id: &str, draft: &Drafted<'_>, files: &BTreeSet<usize>, stub: Stub<'_>) -> Yaml {
        let names: Vec<&str> = files.iter().map(|n| self.shown[*n].as_str()).collect();
        let shown = match names.as_slice() {
            [.., _] if names.len() > 3 => format!("{} and {} other files", names[..2].join(", "), names.len() - 2),
            names => names.join(", "),
        };
        let (class, reason) = class(&stub);
        let require: Vec<(Key, Yaml)> = requirements(&stub.raised);
        let settings = self.entries(draft, &stub.raw);
        Yaml::Map(ours([
            ("id", Some(Yaml::text(id))),
            ("summary", Some(Yaml::text(one_line(&format!("Imported from {shown}: say what it is for"))))),
            ("class", Some(Yaml::plain(class))),
            ("reason", Some(Yaml::text(reason))),
            ("groups", Some(Yaml::Words(vec![draft.group.id.clone()]))),
            ("require", (!require.is_empty()).then_some(Yaml::Map(require))),
            ("settings", (!settings.is_empty()).then_some(Yaml::List(settings))),
        ]))
    }

    /// Raw entries, one for each payload, declaration, command and folder of nodes.
    fn entries(&mut self, draft: &Drafted<'_>, raw: &[(&Address, &Piece)]) -> Vec<Yaml> {
        let mut entries: BTreeMap<Carried<'_>, Vec<(&Address, &Piece)>> = BTreeMap::new();
        let mut predicates: BTreeMap<&str, &Piece> = BTreeMap::new();
        for (address, piece) in raw {
            if let (true, Some(of)) = (address.is_predicate(), &address.instance) {
                predicates.insert(of, piece);
                continue;
            }
            let owner = match address.family {
                Family::Csp => address.owner.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned(),
                _ => address.owner.clone(),
            };
            let key =
                (address.family, owner, address.instance.clone(), address.channel, piece.unlisted, &piece.allowed);
            entries.entry(key).or_default().push((address, piece));
        }
        let mut written = Vec::new();
        for ((family, owner, instance, channel, unlisted, allowed), leaves) in entries {
            let predicate = leaves.first().and_then(|(address, _)| predicates.get(address.occurrence().as_str()));
            let predicate = predicate.filter(|_| family == Family::Declaration).map(|piece| self.value(&piece.value));
            let windows = owner.starts_with("./");
            let carrier = match family {
                Family::Profile => "payload",
                Family::Declaration => "declaration",
                Family::Csp => "csp",
                Family::Command => "command",
                Family::Compliance => "compliance",
            };
            let platform =
                (!windows && family != Family::Compliance).then(|| Yaml::Words(vec![draft.group.platform.to_string()]));
            let braces = braces(&leaves);
            let instance = match family {
                Family::Csp => (!braces.is_empty()).then_some(Yaml::Map(braces)),
                Family::Compliance => None,
                _ => instance.map(Yaml::Text),
            };
            let by_channel = channel == Channel::User && !windows;
            let (nodes, admx) = self.nodes(&leaves);
            let is_csp = family == Family::Csp;
            let keys = (!is_csp)
                .then(|| self.keys(&leaves))
                .filter(|keys| family != Family::Command || *keys != Yaml::Map(Vec::new()));
            let mut entry = ours([
                ("platforms", platform),
                (carrier, Some(Yaml::Text(owner))),
                ("channel", by_channel.then(|| Yaml::plain("user"))),
                ("instance", instance),
                ("unlisted", unlisted.map(Yaml::text)),
                ("allow", (!allowed.is_empty()).then(|| Yaml::Map(allowed.iter().map(reason).collect()))),
                ("predicate", predicate),
            ]);
            entry.extend(ours([
                ("nodes", (is_csp && !nodes.is_empty()).then_some(Yaml::Map(nodes))),
                ("admx", (is_csp && !admx.is_empty()).then_some(Yaml::Map(admx))),
                ("keys", keys),
            ]));
            written.push(Yaml::Map(entry));
        }
        written
    }

    /// Nodes with a value, and ADMX bodies, by the last part of their paths.
    fn nodes(&mut self, leaves: &[(&Address, &Piece)]) -> (Entries, Entries) {
        let (mut nodes, mut bodies) = (Vec::new(), BTreeMap::<String, Vec<(Key, Yaml)>>::new());
        let mut states: BTreeMap<String, Yaml> = BTreeMap::new();
        for (address, piece) in leaves {
            let name = address.owner.rsplit('/').next().unwrap_or_default().to_owned();
            match &address.leaf {
                Leaf::AdmxElement(id) => {
                    let value = self.value(&piece.value);
                    bodies.entry(name).or_default().push((Key::Other(id.clone()), value));
                }
                Leaf::AdmxState => {
                    let word = if piece.value == Value::Boolean(false) { "disabled" } else { "enabled" };
                    states.insert(name, Yaml::plain(word));
                }
                _ => nodes.push((Key::Other(name), self.value(&piece.value))),
            }
        }
        for (name, state) in states {
            bodies.entry(name).or_insert_with(|| vec![(Key::Ours(""), state)]);
        }
        let body = |(name, mut elements): (String, Vec<(Key, Yaml)>)| match elements.as_slice() {
            [(Key::Ours(""), _)] => (Key::Other(name), elements.remove(0).1),
            _ => (Key::Other(name), Yaml::Map(elements)),
        };
        (nodes, bodies.into_iter().map(body).collect())
    }

    /// Keys, nested as in the profile.
    fn keys(&mut self, leaves: &[(&Address, &Piece)]) -> Yaml {
        let mut root = Vec::new();
        for (address, piece) in leaves {
            let value = self.value(&piece.value);
            nest(&mut root, address.keys(), value);
        }
        Yaml::Map(root)
    }

    fn value(&mut self, value: &Value) -> Yaml {
        let one = |key, value| Yaml::Map(vec![(Key::Ours(key), value)]);
        match value {
            Value::Boolean(value) => Yaml::plain(value),
            Value::Integer(number) => Yaml::plain(number),
            Value::Real(number) => Yaml::Plain(real(number.get())),
            Value::Text(text) => Yaml::text(text.as_str()),
            Value::Plain(text) | Value::Date(text) => Yaml::plain(text),
            Value::Data(bytes) if bytes.len() >= LARGE => one("file", Yaml::Text(self.file(bytes))),
            Value::Data(bytes) => one("base64", Yaml::Text(crate::encoding::base64::encode(bytes))),
            Value::Array(items) => Yaml::List(items.iter().map(|item| self.value(&item.value)).collect()),
            Value::Dictionary(entries) => Yaml::Map(
                entries.iter().map(|(key, entry)| (Key::Other(key.clone()), self.value(&entry.value))).collect(),
            ),
            Value::Secret(Secret::Text(name) | Secret::Data(name)) => one("secret", Yaml::plain(name)),
            // A document with markers of secrets in it reads back as one.
            Value::Secret(Secret::Document(text)) => Yaml::text(text.as_str()),
            Value::Reference { owner, instance } => Yaml::Map(
                [(Key::Ours("$ref"), Yaml::text(owner.as_str()))]
                    .into_iter()
                    .chain(instance.iter().map(|name| (Key::Ours("instance"), Yaml::text(name.as_str()))))
                    .collect(),
            ),
        }
    }

    /// Puts data into a file of its own, named by what it holds.
    fn file(&mut self, bytes: &[u8]) -> String {
        let name = format!("files/{}.bin", &digest::sha256(bytes)[..16]);
        self.data.insert(format!("{}/{name}", self.organisation), bytes.to_vec());
        name
    }
}

/// A number with a fraction, such that nobody takes it for a whole one.
fn real(number: f64) -> String {
    let text = number.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

fn reason(code: &Code) -> (Key, Yaml) {
    (Key::Ours(code.name()), Yaml::text(ALLOWED))
}

/// Whether a state of an ADMX body is implied by an element of the same body.
fn is_implied(address: &Address, pieces: &BTreeMap<Address, Piece>, claimed: &BTreeSet<&Address>) -> bool {
    let element = |other: &Address| {
        other.owner == address.owner && matches!(other.leaf, Leaf::AdmxElement(_)) && !claimed.contains(other)
    };
    address.leaf == Leaf::AdmxState && pieces.keys().any(element)
}

/// What clauses of one class can hold: settings, commands, and what devices are judged by.
fn by_class(stub: Stub<'_>) -> Vec<Stub<'_>> {
    let of = |raw: &[(&Address, &Piece)], families: &[Family]| {
        raw.iter().any(|(address, _)| families.contains(&address.family))
    };
    let mut parts = Vec::new();
    let settings: &[Family] = &[Family::Profile, Family::Declaration, Family::Csp];
    let is_set = |raised: &&&Raised| raised.is_set;
    for families in [settings, &[Family::Command], &[Family::Compliance]] {
        // A control of commands alone sets nothing.
        let raised: Vec<&Raised> = match families {
            [Family::Command] => stub.raised.iter().filter(|raised| !is_set(raised)).copied().collect(),
            [Family::Compliance] => Vec::new(),
            _ => stub.raised.iter().filter(is_set).copied().collect(),
        };
        if !raised.is_empty() || of(&stub.raw, families) {
            let raw = stub.raw.iter().copied().filter(|(address, _)| families.contains(&address.family)).collect();
            parts.push(Stub { raised, raw });
        }
    }
    parts
}

fn class(stub: &Stub<'_>) -> (&'static str, &'static str) {
    let families: BTreeSet<Family> = stub.raw.iter().map(|(address, _)| address.family).gather();
    let settings = [Family::Profile, Family::Declaration, Family::Csp];
    let is_set =
        stub.raised.iter().any(|raised| raised.is_set) || settings.iter().any(|family| families.contains(family));
    let carries = stub.raised.iter().any(|raised| raised.carries);
    let is_relaxed = stub.raw.is_empty() && !carries;
    // What was let pass carries nothing: devices may refuse it.
    let is_doubtful = !(carries || stub.raw.is_empty())
        && stub.raw.iter().all(|(address, piece)| !settings.contains(&address.family) || !piece.allowed.is_empty());
    match families.first() {
        _ if is_set && is_doubtful => {
            ("procedural", "the compiler finds fault with all of it, so that nobody can say that devices take it")
        }
        _ if is_set && is_relaxed => {
            ("procedural", "it takes nothing from devices; nobody has said yet what the written policy says of it")
        }
        _ if is_set => ("partial", "nobody has said yet which part of the written policy it serves"),
        Some(Family::Compliance) => ("service", "the console judges devices by it; nobody has said yet what for"),
        _ => ("mdm-command", "a server sends it; nobody has said yet when, and what for"),
    }
}

/// Controls with their parameters: those that are not what they would be anyway.
fn requirements(raised: &[&Raised]) -> Vec<(Key, Yaml)> {
    let mut named: BTreeMap<&str, Vec<(Key, Yaml)>> = BTreeMap::new();
    let mut all = Vec::new();
    for one in raised {
        let given = parameters(one);
        match &one.instance {
            Some(instance) => {
                named.entry(&one.control.id.value).or_default().push((Key::Other(instance.clone()), Yaml::Map(given)))
            }
            None => all.push((Key::Other(one.control.id.value.clone()), Yaml::Map(given))),
        }
    }
    all.extend(named.into_iter().map(|(id, instances)| (Key::Other(id.to_owned()), Yaml::Map(instances))));
    all
}

fn parameters(raised: &Raised) -> Vec<(Key, Yaml)> {
    asked(&raised.control, &raised.given)
}

/// What a clause that asks for a control writes beside its name: the parameters that are not what they would be anyway.
pub(super) fn asked(control: &Control, given: &BTreeMap<String, Given>) -> Vec<(Key, Yaml)> {
    let given = |parameter: &Parameter| {
        let value = given.get(&parameter.name.value)?;
        let is_default = parameter.default.as_ref() == Some(value);
        (!is_default).then(|| (Key::Other(parameter.name.value.clone()), parameter_value(&parameter.kind, value)))
    };
    control.parameters.iter().filter_map(given).collect()
}

/// A value as clauses write it (language.md §5, "Parameters").
pub(super) fn parameter_value(kind: &Type, given: &Given) -> Yaml {
    let Some(value) = given else { return Yaml::plain("none") };
    match (kind, value) {
        (Type::Word(_) | Type::Date | Type::Certificate, Value::Text(text)) => Yaml::plain(text),
        (Type::Set { values, .. }, Value::Array(items)) => {
            let word = |item: &Value| match item {
                Value::Text(text) => text.clone(),
                other => other.to_string(),
            };
            match values.is_empty() {
                true => Yaml::List(items.iter().map(|item| Yaml::Text(word(&item.value))).collect()),
                false => Yaml::Words(items.iter().map(|item| word(&item.value)).collect()),
            }
        }
        (Type::List(fields), Value::Array(items)) => {
            let record = |item: &Value| match item {
                Value::Dictionary(record) => Yaml::Map(
                    fields
                        .iter()
                        .filter_map(|(name, kind)| {
                            let value = record.get(name)?;
                            Some((Key::Other(name.clone()), parameter_value(kind, &Some(value.value.clone()))))
                        })
                        .collect(),
                ),
                other => Yaml::Text(other.to_string()),
            };
            Yaml::List(items.iter().map(|item| record(&item.value)).collect())
        }
        (Type::Secret, Value::Secret(Secret::Text(name) | Secret::Data(name))) => {
            Yaml::Map(vec![(Key::Ours("secret"), Yaml::plain(name))])
        }
        (_, Value::Text(text)) => Yaml::text(text.as_str()),
        (_, other) => Yaml::plain(other),
    }
}

/// A value at the end of its key path.
fn nest(level: &mut Vec<(Key, Yaml)>, keys: &[String], value: Yaml) {
    let [first, rest @ ..] = keys else { return };
    if rest.is_empty() {
        level.push((Key::Other(first.clone()), value));
        return;
    }
    let at = level.iter().position(|(key, _)| *key == Key::Other(first.clone()));
    let at = at.unwrap_or_else(|| {
        level.push((Key::Other(first.clone()), Yaml::Map(Vec::new())));
        level.len() - 1
    });
    if let Some((_, Yaml::Map(inner))) = level.get_mut(at) {
        nest(inner, rest, value);
    }
}

/// Parts of paths in braces, which an entry would take for names to be filled in: each stands for itself.
fn braces(leaves: &[(&Address, &Piece)]) -> Vec<(Key, Yaml)> {
    let parts = leaves
        .iter()
        .filter(|(address, _)| address.family == Family::Csp)
        .flat_map(|(address, _)| address.owner.split('/'));
    let names: BTreeSet<&str> = parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).gather();
    names.into_iter().map(|name| (Key::Other(name.to_owned()), Yaml::Text(format!("{{{name}}}")))).collect()
}

/// Text that stands on one line and shows.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
