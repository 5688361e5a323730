//! Entries: where settings go. Controls and clauses write them alike (language.md §5, "Entries").

use super::body::leaves;
use super::expression::{self, is_ours, list_name};
use super::scope::{Scope, Writer};
use super::{Carrier, Entry, Expression, Form, Instance, LeafKind, when};
use crate::diagnostic::nearest::{did_you_mean, nearest};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::{Channel, DeviceFact, JUDGED, Platform, Role, Value, judged_platform};
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Kind, Node};
use crate::source::{Span, Spanned};

/// Reads a list of entries; those that cannot be read are left out, with findings.
pub fn parse_entries(node: &Node, writer: Writer<'_>, found: &mut Diagnostics) -> Vec<Entry> {
    let items = fields::items(node, "`settings`", found).unwrap_or_default();
    items.iter().filter_map(|item| entry(item, writer, found)).collect()
}

fn entry(node: &Node, writer: Writer<'_>, found: &mut Diagnostics) -> Option<Entry> {
    let mut fields = Fields::of(node, "an entry", found)?;
    let span = node.span;
    let written = fields.take("platforms");
    let platforms = platforms(written, found);
    let is_control = matches!(writer, Writer::Control { .. });
    let scope = Scope { writer, item: None, when: &[] };
    let when = if is_control { when::read(fields.take("when"), scope, found) } else { Vec::new() };
    let scope = Scope { when: &when, ..scope };
    let each = match fields.take("each") {
        Some(node) => Some(list_name(node, scope, found)?),
        None => None,
    };
    let item = match &each {
        Some(list) => Some(scope.item_of(list, found)?),
        None => None,
    };
    let scope = Scope { item, ..scope };
    let (needs_facts, needs) = needs(fields.take("needs"), found);
    let role = role(&mut fields, writer, found);
    let forms = match fields.take("either") {
        Some(node) => forms(node, scope, found),
        None => form(&mut fields, scope, found).into_iter().collect(),
    };
    fields.finish(found);
    let known = forms.iter().all(|form| serves(form).is_some());
    if platforms.is_empty() && !known && !forms.is_empty() {
        // One that says it in words that nobody knows has its finding.
        if written.is_none_or(|node| matches!(&node.kind, Kind::List(items) if items.is_empty())) {
            let cure = "add `platforms: [iOS]`, or whichever it is for";
            writer.fault(span, "the entry does not say which of Apple's platforms it is for", cure, found);
        }
        if !is_control {
            return None;
        }
    }
    for form in &forms {
        agree(form, &platforms, writer, found);
    }
    (!forms.is_empty()).then_some(Entry { span, forms, platforms, when, each, needs_facts, needs, role })
}

/// `helping: true`, `relaxing: true`, or neither.
fn role(fields: &mut Fields<'_>, writer: Writer<'_>, found: &mut Diagnostics) -> Role {
    let mut role = Role::Carrying;
    for (name, weaker) in [("helping", Role::Helping), ("relaxing", Role::Relaxing)] {
        let Some(node) = fields.take(name) else { continue };
        if matches!(writer, Writer::Clause) {
            let cause = format!("`{name}` says what an entry is to its control, and this is a clause's own");
            writer.fault(node.span, cause, format!("remove `{name}`"), found);
        } else if fields::boolean(node, &format!("`{name}`"), found).is_some_and(|word| word.value) {
            if role != Role::Carrying {
                writer.fault(node.span, "an entry that relaxes does not help", "remove one of the two", found);
            }
            role = weaker;
        }
    }
    role
}

/// The platform that a carrier says by itself.
pub(crate) fn serves(form: &Form) -> Option<Platform> {
    says(form.carrier, &form.owner)
}

fn says(carrier: Carrier, owner: &str) -> Option<Platform> {
    if carrier == Carrier::Compliance {
        return judged_platform(owner);
    }
    let windows = carrier == Carrier::Csp || (carrier == Carrier::Command && owner.starts_with("./"));
    windows.then_some(Platform::Windows)
}

/// A carrier and the platforms beside it must fit.
fn agree(form: &Form, platforms: &[Spanned<Platform>], writer: Writer<'_>, found: &mut Diagnostics) {
    for platform in platforms {
        let other = serves(form).map_or(!platform.is_apple(), |only| only != platform.value);
        if other {
            let cause = format!("`{}` is not for {}", form.owner.value, platform.value);
            writer.fault(
                platform.span,
                cause,
                "Apple takes payloads, declarations and commands, Windows CSP nodes",
                found,
            );
        }
    }
}

/// The platforms that an entry or guard lists.
pub(crate) fn platforms(node: Option<&Node>, found: &mut Diagnostics) -> Vec<Spanned<Platform>> {
    let Some(items) = node.and_then(|node| fields::items(node, "`platforms`", found)) else { return Vec::new() };
    let words: Vec<(&'static str, Platform)> =
        Platform::ALL.iter().map(|platform| (platform.word(), *platform)).collect();
    items.iter().filter_map(|item| fields::word(item, "a platform", &words, found)).collect()
}

/// Device facts that groups must state, and sentences.
pub(crate) fn needs(node: Option<&Node>, found: &mut Diagnostics) -> (Vec<Spanned<DeviceFact>>, Vec<String>) {
    let (mut facts, mut others) = (Vec::new(), Vec::new());
    let Some(items) = node.and_then(|node| fields::items(node, "`needs`", found)) else { return (facts, others) };
    let words: Vec<(&'static str, DeviceFact)> = DeviceFact::ALL.iter().map(|fact| (fact.word(), *fact)).collect();
    for item in items {
        if !matches!(item.kind, Kind::Map(_)) {
            others.extend(fields::text(item, "a sentence", found).map(|read| read.value));
            continue;
        }
        let Some(mut fields) = Fields::of(item, "a need", found) else { continue };
        if let Some(node) = fields.need("has", item.span, found) {
            facts.extend(fields::word(node, "a fact about devices", &words, found));
        }
        fields.finish(found);
    }
    (facts, others)
}

fn forms(node: &Node, scope: Scope<'_>, found: &mut Diagnostics) -> Vec<Form> {
    let mut forms = Vec::new();
    let items = fields::items(node, "`either`", found).unwrap_or_default();
    for item in items {
        let Some(mut fields) = Fields::of(item, "a form", found) else { continue };
        forms.extend(form(&mut fields, scope, found));
        fields.finish(found);
    }
    if items.len() < 2 {
        scope.writer.fault(
            node.span,
            "`either` has fewer than two forms",
            "add the other form, or remove `either`",
            found,
        );
    }
    forms
}

fn form(fields: &mut Fields<'_>, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Form> {
    let mut form = head(fields, scope, found)?;
    form.predicate = predicate(fields, &form, scope.writer, found).map(Box::new);
    for leaf in leaves(fields, form.carrier, (scope.writer, is_ours, "write one value"), found) {
        let expression = match (leaf.node, &leaf.kind) {
            (Some(node), LeafKind::AdmxState) => expression::read_state(node, scope, found),
            (Some(node), _) => expression::read(node, scope, found),
            (None, LeafKind::AdmxState) => Some(Spanned::new(Expression::Literal(Value::Boolean(true)), leaf.span)),
            (None, _) => Some(Spanned::new(Expression::Dictionary(Vec::new()), leaf.span)),
        };
        if let Some(expression) = expression {
            form.leaves.push((leaf.path, leaf.kind, expression));
        }
    }
    let named = dynamic_nodes(&form, scope.writer, found);
    (named || matches!(scope.writer, Writer::Control { .. })).then_some(form)
}

/// When a configuration is active. What else a declaration may be is there as soon as the device has it.
fn predicate(
    fields: &mut Fields<'_>,
    form: &Form,
    writer: Writer<'_>,
    found: &mut Diagnostics,
) -> Option<Spanned<String>> {
    let node = fields.take("predicate")?;
    if form.carrier != Carrier::Declaration || !form.owner.starts_with("com.apple.configuration.") {
        let cause = format!("`{}` is no configuration, and nothing else has a predicate", form.owner.value);
        writer.fault(node.span, cause, "remove `predicate`", found);
        return None;
    }
    fields::text(node, "a predicate", found)
}

/// The carrier and what stands beside it, without the body.
pub(crate) fn head(fields: &mut Fields<'_>, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Form> {
    let form = read_head(fields, scope, found);
    if form.is_none() {
        // What stands beside a carrier or instance that cannot be read is not judged.
        for name in ["keys", "nodes", "admx", "channel", "profile", "instance", "unlisted", "allow", "predicate"] {
            fields.take(name);
        }
    }
    form
}

fn read_head(fields: &mut Fields<'_>, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Form> {
    let writer = scope.writer;
    let (carrier, owner) = carrier(fields, writer, found)?;
    let is_apple = says(carrier, &owner).is_none();
    let mut only_apple = |name: &'static str, cure: &str, found: &mut Diagnostics| {
        let node = fields.take(name)?;
        if !is_apple {
            let (what, cure) = match carrier {
                Carrier::Compliance => ("a compliance policy", "remove it: a group has one policy of each type"),
                _ => ("a CSP node", cure),
            };
            writer.fault(node.span, format!("`{name}` has no meaning for {what}"), cure, found);
            return None;
        }
        Some(node)
    };
    if carrier == Carrier::Compliance {
        only_apple("instance", "", found);
    }
    let channels = [("device", Channel::Device), ("user", Channel::User)];
    let channel = only_apple("channel", "the path says it: `./User/…`", found);
    let user_channel = channel
        .and_then(|node| fields::word(node, "a channel", &channels, found))
        .is_some_and(|word| word.value == Channel::User);
    let profile = only_apple("profile", "remove it", found);
    let profile = profile.and_then(|node| Some(fields::name(node, "a profile", found)?.value));
    let instance = match fields.take("instance") {
        Some(node) => Some(instance(node, carrier, scope, found)?),
        None => None,
    };
    let unlisted = fields.take("unlisted").and_then(|node| Some(fields::text(node, "`unlisted`", found)?.value));
    let allowed = allowed(fields.take("allow"), writer, found);
    Some(Form {
        span: fields.span,
        carrier,
        owner,
        user_channel,
        instance,
        profile,
        predicate: None,
        unlisted,
        allowed,
        leaves: Vec::new(),
    })
}

/// Findings that the clause has looked at, each with why it may be: `allow: { removed: old tablets still take it }`.
fn allowed(node: Option<&Node>, writer: Writer<'_>, found: &mut Diagnostics) -> Vec<(Spanned<Code>, String)> {
    let Some(node) = node else { return Vec::new() };
    if matches!(writer, Writer::Control { .. }) {
        let cause = "`allow` is for a clause's own entries: a control writes what devices take";
        writer.fault(node.span, cause, "remove `allow`", found);
        return Vec::new();
    }
    let mut allowed = Vec::new();
    for entry in fields::entries(node, "`allow`", found).unwrap_or_default() {
        let name = &entry.key;
        let reason = fields::text(&entry.value, "the reason", found);
        let Some(code) = Code::named(&name.value) else {
            let cause = format!("`{}` is no code of a finding", name.value);
            let cure = did_you_mean(name, Code::ALL.iter().map(|code| code.name()));
            let cure = cure.unwrap_or_else(|| "write the code that stands in the brackets of the finding".to_owned());
            found.push(Diagnostic::new(Code::UnknownName, name.span, cause).help(cure));
            continue;
        };
        allowed.extend(reason.map(|reason| (Spanned::new(code, name.span), reason.value)));
    }
    allowed
}

const CARRIERS: [(&str, Carrier); 5] = [
    ("payload", Carrier::Payload),
    ("declaration", Carrier::Declaration),
    ("csp", Carrier::Csp),
    ("command", Carrier::Command),
    ("compliance", Carrier::Compliance),
];

fn carrier(fields: &mut Fields<'_>, writer: Writer<'_>, found: &mut Diagnostics) -> Option<(Carrier, Spanned<String>)> {
    let mut written: Vec<(Carrier, Span, &Node)> = Vec::new();
    for (name, carrier) in CARRIERS {
        written.extend(fields.take_entry(name).map(|entry| (carrier, entry.key.span, &entry.value)));
    }
    let Some((carrier, _, node)) = written.first() else {
        writer.fault(
            fields.span,
            "the entry says nowhere where it goes",
            "add one of `payload`, `declaration`, `csp`, `command` and `compliance`",
            found,
        );
        forgo(fields);
        return None;
    };
    if let Some((_, span, _)) = written.get(1) {
        writer.fault(*span, "an entry has one carrier", "write an entry for each", found);
        forgo(fields);
        return None;
    }
    let owner = fields::text(node, "a carrier", found)?;
    if *carrier == Carrier::Csp && !owner.starts_with("./") {
        writer.fault(
            owner.span,
            format!("`{}` is no LocURI", owner.value),
            "begin it with `./Device/` or `./User/`",
            found,
        );
        forgo(fields);
        return None;
    }
    if *carrier == Carrier::Compliance && judged_platform(&owner).is_none() {
        let cause = format!("`{}` is no type of compliance policy", owner.value);
        let known = JUDGED.iter().map(|(name, _)| *name);
        let cure = did_you_mean(&owner, known.clone()).unwrap_or_else(|| {
            format!("write one of {}", known.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        });
        found.push(Diagnostic::new(Code::UnknownKey, owner.span, cause).help(cure));
        forgo(fields);
        return None;
    }
    Some((*carrier, owner))
}

/// Leaves everything of an entry whose carrier has a finding: what follows from that is not reported as well.
fn forgo(fields: &mut Fields<'_>) {
    for name in ["keys", "nodes", "admx", "channel", "profile", "instance", "unlisted", "allow", "predicate"] {
        fields.take(name);
    }
}

fn instance(node: &Node, carrier: Carrier, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Instance> {
    if carrier != Carrier::Csp {
        return Some(Instance::Name(expression::read(node, scope, found)?));
    }
    let mut nodes = Vec::new();
    for entry in fields::entries(node, "`instance` of a CSP node", found)? {
        nodes.push((entry.key.clone(), expression::read(&entry.value, scope, found)?));
    }
    Some(Instance::Nodes(nodes))
}

/// Whether every name in braces has a value, and every value a name in braces.
fn dynamic_nodes(form: &Form, writer: Writer<'_>, found: &mut Diagnostics) -> bool {
    if form.carrier != Carrier::Csp {
        return true;
    }
    let given: &[(Spanned<String>, Spanned<Expression>)] = match &form.instance {
        Some(Instance::Nodes(nodes)) => nodes,
        _ => &[],
    };
    let strays = strays(form, given);
    for (name, meant) in &strays {
        let cure = meant.map_or_else(
            || "remove it, or write it in the path".to_owned(),
            |meant| format!("write `{meant}`, as the path does"),
        );
        writer.fault(name.span, format!("no path has `{{{}}}`", name.value), cure, found);
    }
    let mut all_named = strays.is_empty();
    for path in paths(form) {
        for name in in_braces(path) {
            let misspelt = strays.iter().any(|(_, meant)| *meant == Some(name));
            if !misspelt && !given.iter().any(|(other, _)| other.value == name) {
                let cure = format!("add `instance: {{ {name}: … }}`");
                writer.fault(path.span, format!("nothing says what `{{{name}}}` is"), cure, found);
                all_named = false;
            }
        }
    }
    all_named
}

/// What a form writes of LocURIs: its own path, and those below it.
fn paths(form: &Form) -> impl Iterator<Item = &Spanned<String>> {
    std::iter::once(&form.owner).chain(form.leaves.iter().filter_map(|(path, ..)| path.first()))
}

/// Names that no path has, each with the one that is meant.
fn strays<'a>(
    form: &'a Form,
    given: &'a [(Spanned<String>, Spanned<Expression>)],
) -> Vec<(&'a Spanned<String>, Option<&'a str>)> {
    let named: Vec<&str> = paths(form).flat_map(|path| in_braces(path)).collect();
    let mut strays = Vec::new();
    for (name, _) in given.iter().filter(|(name, _)| !named.contains(&name.value.as_str())) {
        let near = nearest(name, named.iter().copied());
        strays.push((name, near.first().copied()));
    }
    strays
}

/// The names that a path writes in braces.
fn in_braces(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
