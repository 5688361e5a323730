//! A written policy → [`PolicyText`]: metadata and clauses, as language.md §3 and §4 list their keys.

use super::{Text, reasons, sentence, texts};
use crate::control::{self, Writer};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::policy::Class;
use crate::policy::document::{ClauseText, PolicyText, RequireText};
use crate::setting::{Date, Platform};
use crate::source::fields::{self, Fields};
use crate::source::yaml::Node;
use crate::source::{Span, Spanned};
use std::sync::Arc;

/// Who writes the clauses: an organisation for its groups, or a baseline for platforms.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Policy,
    Baseline,
}

pub(super) fn parse(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    written(root, Kind::Policy, found).map(|text| Text::Policy(Box::new(text)))
}

/// Clauses that organisations adopt: the same form, with `platforms` in place of `groups`.
pub(super) fn baseline(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    written(root, Kind::Baseline, found).map(|text| Text::Baseline(Box::new(text)))
}

fn written(root: &Node, kind: Kind, found: &mut Diagnostics) -> Option<PolicyText> {
    let (what, key) = match kind {
        Kind::Policy => ("a policy", "policy"),
        Kind::Baseline => ("a baseline", "baseline"),
    };
    let mut fields = Fields::of(root, what, found)?;
    let id = fields.take(key).and_then(|node| fields::name(node, what, found));
    let start = id.as_ref().map_or(fields.span, |id| id.span);
    let title = fields.need("title", start, found).and_then(|node| sentence(node, "the title", found));
    let version = fields.take("version").and_then(|node| fields::quoted(node, "the version", found));
    let owner = fields.take("owner").and_then(|node| sentence(node, "the owner", found));
    let approved = fields.take("approved").and_then(|node| approved(node, found));
    let in_force = fields.take("in-force").and_then(|node| fields::date(node, "`in-force`", found));
    let next_review = fields.take("next-review").and_then(|node| fields::date(node, "`next-review`", found));
    let left_out = fields.take("left-out").map_or(Vec::new(), |node| left_out(node, found));
    let formerly = fields.take("formerly").and_then(|node| fields::name(node, what, found));
    let clauses = fields
        .need("clauses", start, found)
        .and_then(|node| fields::items(node, "`clauses`", found))
        .map_or(Vec::new(), |items| items.iter().filter_map(|item| clause(item, kind, found)).collect());
    fields.finish(found);
    Some(PolicyText {
        id: id?,
        title,
        version: version.map(|text| text.value),
        owner: owner.map(|text| text.value),
        approved,
        in_force: in_force.map(|date| date.value),
        next_review,
        left_out,
        baseline: kind == Kind::Baseline,
        formerly,
        clauses,
    })
}

fn approved(node: &Node, found: &mut Diagnostics) -> Option<(String, Option<Date>)> {
    let mut fields = Fields::of(node, "`approved`", found)?;
    let by = fields.need("by", node.span, found).and_then(|node| sentence(node, "the approver", found));
    let date = fields.take("date").and_then(|node| fields::date(node, "the day of approval", found));
    fields.finish(found);
    Some((by?.value, date.map(|date| date.value)))
}

fn left_out(node: &Node, found: &mut Diagnostics) -> Vec<(String, String)> {
    let Some(items) = fields::items(node, "`left-out`", found) else { return Vec::new() };
    let mut list = Vec::new();
    for item in items {
        let Some(mut fields) = Fields::of(item, "an item of `left-out`", found) else { continue };
        let clauses =
            fields.need("clauses", item.span, found).and_then(|node| fields::quoted(node, "the clauses", found));
        let reason = fields.need("reason", item.span, found).and_then(|node| sentence(node, "the reason", found));
        fields.finish(found);
        if let (Some(clauses), Some(reason)) = (clauses, reason) {
            list.push((clauses.value, reason.value));
        }
    }
    list
}

/// One clause. `None` only where it has no id that others could name.
fn clause(item: &Node, kind: Kind, all: &mut Diagnostics) -> Option<ClauseText> {
    let mut found = Diagnostics::default();
    let mut clause = clause_fields(item, kind, &mut found);
    if let Some(clause) = &mut clause {
        clause.broken = found.has_errors();
    }
    all.absorb(found);
    clause
}

fn clause_fields(item: &Node, kind: Kind, found: &mut Diagnostics) -> Option<ClauseText> {
    let mut fields = Fields::of(item, "a clause", found)?;
    // Without an id to point at, the start of the clause stands for it: the whole would mark a screen.
    let start = Span { end: item.span.start + 1, ..item.span };
    let id = fields.need("id", start, found).and_then(|node| reference(node, "the id of a clause", found));
    let place = id.as_ref().map_or(start, |id| id.span);
    let summary = fields.need("summary", place, found).and_then(|node| sentence(node, "the summary", found));
    if let Some(summary) = &summary {
        check_one_line(summary, found);
    }
    let class = fields
        .need("class", place, found)
        .and_then(|node| fields::word(node, "a class of clause", Class::WORDS, found));
    let reason = fields.take("reason");
    check_reason(class, reason.is_some(), found);
    let reason = reason.and_then(|node| sentence(node, "the reason", found));
    let (mut groups, mut platforms) = (Vec::new(), Vec::new());
    match kind {
        Kind::Policy => groups = fields.take("groups").map_or(groups, |node| group_names(node, found)),
        Kind::Baseline => platforms = fields.take("platforms").map_or(platforms, |node| platform_names(node, found)),
    }
    let require = fields.take("require").map_or(Vec::new(), |node| requirements(node, "`require`", found));
    let settings =
        fields.take("settings").map_or(Vec::new(), |node| control::parse_entries(node, Writer::Clause, found));
    let guard = fields.take("guard").map_or(Vec::new(), |node| control::parse_guards(node, Writer::Clause, found));
    let nobody = groups.is_empty() && platforms.is_empty();
    if nobody && (!require.is_empty() || !settings.is_empty() || !guard.is_empty()) {
        let whom = if kind == Kind::Policy { "groups" } else { "platforms" };
        fields.need(whom, place, found);
    }
    let assumed = fields.take("assumed").map_or(Vec::new(), |node| reasons(node, "`assumed`", found));
    let needs = fields.take("needs").map_or(Vec::new(), |node| texts(node, "`needs`", found));
    let cites = fields.take("cites").map_or(Vec::new(), |node| reasons(node, "`cites`", found));
    let conflicts_with =
        fields.take("conflicts-with").map_or(Vec::new(), |node| reasons(node, "`conflicts-with`", found));
    let formerly = fields.take("formerly").and_then(|node| reference(node, "`formerly`", found));
    let meets = match kind {
        Kind::Policy => fields.take("meets").map_or(Vec::new(), |node| references(node, "`meets`", found)),
        Kind::Baseline => Vec::new(),
    };
    fields.finish(found);
    Some(ClauseText {
        id: id?,
        summary,
        class,
        reason,
        groups,
        platforms,
        require,
        settings: settings.into_iter().map(Arc::new).collect(),
        guard: guard.into_iter().map(Arc::new).collect(),
        assumed: assumed.into_iter().map(|(key, why)| (key, why.value)).collect(),
        needs: needs.into_iter().map(|text| text.value).collect(),
        cites,
        conflicts_with: conflicts_with.into_iter().map(|(key, why)| (key, why.value)).collect(),
        meets,
        formerly,
        broken: false,
    })
}

/// A clause's id or a reference to one: as the policy prints it, in quotes where it looks like a number.
pub(super) fn reference(node: &Node, what: &str, found: &mut Diagnostics) -> Option<Spanned<String>> {
    let text = fields::quoted(node, what, found)?;
    let good = !text.is_empty() && text.len() <= 200 && text.trim() == text.value && !text.contains(char::is_control);
    if !good {
        found.push(
            Diagnostic::new(Code::InvalidValue, text.span, format!("`{}` cannot be {what}", text.escape_debug()))
                .help("write it as the policy prints it, such as \"2.12.c\", without spaces around it"),
        );
    }
    good.then_some(text)
}

/// A list of references to clauses.
fn references(node: &Node, what: &str, found: &mut Diagnostics) -> Vec<Spanned<String>> {
    let Some(items) = fields::items(node, what, found) else { return Vec::new() };
    items.iter().filter_map(|item| reference(item, "a reference to a clause", found)).collect()
}

fn platform_names(node: &Node, found: &mut Diagnostics) -> Vec<Spanned<Platform>> {
    let words: Vec<(&'static str, Platform)> =
        Platform::ALL.iter().map(|platform| (platform.word(), *platform)).collect();
    let Some(items) = fields::items(node, "`platforms`", found) else { return Vec::new() };
    items.iter().filter_map(|item| fields::word(item, "a platform", &words, found)).collect()
}

fn check_one_line(summary: &Spanned<String>, found: &mut Diagnostics) {
    if summary.contains('\n') {
        found.push(
            Diagnostic::new(Code::InvalidValue, summary.span, "a summary is one line")
                .help("say it shorter, or fold the lines with `>-`"),
        );
    }
}

/// Every class but `enforced` says why it is not more.
fn check_reason(class: Option<Spanned<Class>>, has_reason: bool, found: &mut Diagnostics) {
    let Some(class) = class.filter(|class| class.value != Class::Enforced) else { return };
    if !has_reason {
        found.push(
            Diagnostic::new(
                Code::MissingField,
                class.span,
                format!("a clause that is `{}` has no `reason`", class.value.word()),
            )
            .help("add `reason: …`: why settings alone do not make it true"),
        );
    }
}

/// Names of groups, none of them twice.
pub(in crate::policy) fn group_names(node: &Node, found: &mut Diagnostics) -> Vec<Spanned<String>> {
    let Some(items) = fields::items(node, "`groups`", found) else { return Vec::new() };
    if items.is_empty() {
        found.push(
            Diagnostic::new(Code::MissingField, node.span, "`groups` names no group")
                .help("name the groups, or leave the key out where nothing is asked of devices"),
        );
    }
    let mut names: Vec<Spanned<String>> = Vec::new();
    for item in items {
        let Some(name) = fields::text(item, "a group", found) else { continue };
        match names.iter().find(|other| other.value == name.value) {
            Some(other) => found.push(
                Diagnostic::new(Code::DuplicateName, name.span, format!("the group `{}` stands twice", name.value))
                    .also(other.span, "first here")
                    .help("keep one of the two"),
            ),
            None => names.push(name),
        }
    }
    names
}

/// Controls with what is asked of them: the form of `require` and of `relax`.
pub(super) fn requirements(node: &Node, what: &str, found: &mut Diagnostics) -> Vec<RequireText> {
    let Some(entries) = fields::entries(node, what, found) else { return Vec::new() };
    entries
        .iter()
        .filter(|entry| fields::entries(&entry.value, "what is asked of a control", found).is_some())
        .map(|entry| RequireText { control: entry.key.clone(), body: entry.value.clone() })
        .collect()
}
