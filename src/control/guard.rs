//! Guards: what must stay true of the result, whoever writes it. They never demand that something be there (language.md §5, "Guards").

use super::body::leaves;
use super::entry::{head, platforms, serves};
use super::expression::{self, is_ours};
use super::scope::{Scope, Writer};
use super::{Condition, Expression, Guard, GuardSubject, LeafKind, when};
use crate::diagnostic::Diagnostics;
use crate::setting::Value;
use crate::source::Spanned;
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Kind, Node};

/// Reads a list of guards; those that cannot be read are left out, with findings.
pub fn parse_guards(node: &Node, writer: Writer<'_>, found: &mut Diagnostics) -> Vec<Guard> {
    let items = fields::items(node, "`guard`", found).unwrap_or_default();
    items.iter().filter_map(|item| guard(item, writer, found)).collect()
}

fn guard(node: &Node, writer: Writer<'_>, found: &mut Diagnostics) -> Option<Guard> {
    let mut fields = Fields::of(node, "a guard", found)?;
    let platforms = platforms(fields.take("platforms"), found);
    let scope = Scope { writer, item: None, when: &[] };
    let when = match writer {
        Writer::Control { .. } => when::read(fields.take("when"), scope, found),
        Writer::Clause => Vec::new(),
    };
    let scope = Scope { when: &when, ..scope };
    let reason = fields.need("reason", node.span, found).and_then(|node| fields::text(node, "a reason", found));
    let subject = match fields.take("control") {
        Some(node) => control(node, fields.take("parameters"), scope, found),
        None => settings(&mut fields, scope, found),
    };
    fields.finish(found);
    let subject = subject?;
    if let GuardSubject::Settings { form, .. } = &subject
        && serves(form).is_none()
        && platforms.is_empty()
    {
        let cause = "the guard does not say which of Apple's platforms it is for";
        writer.fault(node.span, cause, "add `platforms: [iOS]`, or whichever it is for", found);
    }
    Some(Guard { span: node.span, when, platforms, subject, reason: reason?.value })
}

fn control(node: &Node, parameters: Option<&Node>, scope: Scope<'_>, found: &mut Diagnostics) -> Option<GuardSubject> {
    let control = fields::name(node, "a control", found)?;
    let entries = parameters.and_then(|node| fields::entries(node, "`parameters`", found)).unwrap_or_default();
    let parameters = entries
        .iter()
        .filter_map(|entry| Some((entry.key.clone(), condition(&entry.value, &LeafKind::Key, scope, found)?)));
    Some(GuardSubject::Control { control, parameters: parameters.collect() })
}

fn settings(fields: &mut Fields<'_>, scope: Scope<'_>, found: &mut Diagnostics) -> Option<GuardSubject> {
    let form = head(fields, scope, found)?;
    let mut conditions = Vec::new();
    let wanted = "write a value, `absent`, `{ not: … }`, `{ below: … }` or `{ above: … }`";
    for leaf in leaves(fields, form.carrier, (scope.writer, is_condition, wanted), found) {
        // Elements imply a state when they are set, not when they are watched.
        let Some(node) = leaf.node else { continue };
        if let Some(condition) = condition(node, &leaf.kind, scope, found) {
            conditions.push((leaf.path, leaf.kind, condition));
        }
    }
    Some(GuardSubject::Settings { form, conditions })
}

/// A condition on the value beside its word.
type Compare = fn(Expression) -> Condition;

const COMPARISONS: [(&str, Compare); 3] =
    [("not", Condition::Not), ("below", Condition::Below), ("above", Condition::Above)];

/// `{ not: 1 }`, or a value of ours.
fn is_condition(node: &Node) -> bool {
    let Kind::Map(entries) = &node.kind else { return true };
    let compares = matches!(entries.as_slice(), [entry] if entry.plain && COMPARISONS.iter().any(|(word, _)| entry.key.value == *word));
    compares || is_ours(node)
}

fn condition(node: &Node, kind: &LeafKind, scope: Scope<'_>, found: &mut Diagnostics) -> Option<Spanned<Condition>> {
    if matches!(&node.kind, Kind::Scalar { text, plain: true } if text == "absent") {
        return Some(Spanned::new(Condition::Absent, node.span));
    }
    let read = if *kind == LeafKind::AdmxState { expression::read_state } else { expression::read };
    if let Kind::Map(entries) = &node.kind
        && let [entry] = entries.as_slice()
        && let Some((_, compare)) = COMPARISONS.iter().find(|(word, _)| entry.plain && entry.key.value == *word)
    {
        let bound = read(&entry.value, scope, found)?.value;
        if entry.key.value != "not" && !could_be_number(&bound) {
            let cause = format!("nothing is `{}` what is no number", entry.key.value);
            scope.writer.fault(entry.value.span, cause, format!("write such as `{}: 3`", entry.key.value), found);
            return None;
        }
        return Some(Spanned::new(compare(bound), node.span));
    }
    Some(Spanned::new(Condition::Is(read(node, scope, found)?.value), node.span))
}

/// Whether there is an order in which something can be below or above it.
fn could_be_number(expression: &Expression) -> bool {
    match expression {
        Expression::Literal(Value::Plain(text)) => text.parse::<f64>().is_ok(),
        Expression::Literal(value) => matches!(value, Value::Integer(_) | Value::Real(_)),
        other => !matches!(other, Expression::Nothing | Expression::List(_) | Expression::Dictionary(_)),
    }
}
