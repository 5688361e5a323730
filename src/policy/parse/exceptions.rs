//! exceptions.yaml → [`ExceptionText`]s.

use super::written::{group_names, reference, requirements};
use super::{Text, sentence};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::policy::document::{ExceptionText, Relax};
use crate::setting::Date;
use crate::source::fields::{self, Fields};
use crate::source::yaml::{Kind, Node};
use crate::source::{Span, Spanned};

pub(super) fn parse(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    let mut fields = Fields::of(root, "exceptions.yaml", found)?;
    let items = fields.take("exceptions").and_then(|node| fields::items(node, "`exceptions`", found));
    fields.finish(found);
    Some(Text::Exceptions(items?.iter().filter_map(|item| exception(item, found)).collect()))
}

fn exception(item: &Node, all: &mut Diagnostics) -> Option<ExceptionText> {
    let mut found = Diagnostics::default();
    let mut exception = exception_fields(item, &mut found);
    if let Some(exception) = &mut exception {
        exception.broken = found.has_errors();
    }
    all.absorb(found);
    exception
}

fn exception_fields(item: &Node, found: &mut Diagnostics) -> Option<ExceptionText> {
    let mut fields = Fields::of(item, "an exception", found)?;
    let start = Span { end: item.span.start + 1, ..item.span };
    let id = fields.need("id", start, found).and_then(|node| reference(node, "the id of an exception", found));
    let place = id.as_ref().map_or(start, |id| id.span);
    let clauses = fields.need("clauses", place, found).map_or(Vec::new(), |node| clauses(node, found));
    let groups = fields.need("groups", place, found).map_or(Vec::new(), |node| group_names(node, found));
    let relax = fields.need("relax", place, found).and_then(|node| relax(node, found));
    let reason = fields.need("reason", place, found).and_then(|node| sentence(node, "the reason", found));
    let endorsed_by = fields.take("endorsed-by").and_then(|node| sentence(node, "`endorsed-by`", found));
    let from = fields.take("from").and_then(|node| fields::date(node, "`from`", found));
    let expires = fields.take("expires").and_then(|node| fields::date(node, "`expires`", found));
    let template = fields.take("template").and_then(|node| fields::boolean(node, "`template`", found));
    let formerly = fields.take("formerly").and_then(|node| reference(node, "`formerly`", found));
    fields.finish(found);
    check_days(from, expires, found);
    Some(ExceptionText {
        id: id?,
        clauses,
        groups,
        relax: relax.unwrap_or(Spanned::new(Relax::Nothing, place)),
        reason,
        endorsed_by,
        from,
        expires,
        template: template.is_some_and(|template| template.value),
        formerly,
        span: item.span,
        broken: false,
    })
}

fn clauses(node: &Node, found: &mut Diagnostics) -> Vec<Spanned<String>> {
    let Some(items) = fields::items(node, "`clauses`", found) else { return Vec::new() };
    if items.is_empty() {
        found.push(
            Diagnostic::new(Code::MissingField, node.span, "the exception names no clause")
                .help("name the clauses that it departs from, such as `it-policy 2.13.a`"),
        );
    }
    // A number without quotes lacks its policy as well: that is the one finding, where the name is looked up.
    items.iter().filter_map(|item| fields::text(item, "a clause", found)).collect()
}

fn relax(node: &Node, found: &mut Diagnostics) -> Option<Spanned<Relax>> {
    let relax = match &node.kind {
        Kind::Scalar { text, plain: true } if text == "all" => Relax::All,
        Kind::Scalar { text, plain: true } if text == "none" => Relax::Nothing,
        Kind::Map(entries) if !entries.is_empty() => Relax::Parameters(requirements(node, "`relax`", found)),
        _ => {
            found.push(
                Diagnostic::new(
                    Code::WrongShape,
                    node.span,
                    "`relax` is `all`, `none`, or controls with the parameters that they have instead",
                )
                .help("write such as `relax: { passcode: { min-length: 4 } }`"),
            );
            return None;
        }
    };
    Some(Spanned::new(relax, node.span))
}

fn check_days(from: Option<Spanned<Date>>, expires: Option<Spanned<Date>>, found: &mut Diagnostics) {
    if let (Some(from), Some(expires)) = (from, expires)
        && expires.value < from.value
    {
        found.push(
            Diagnostic::new(
                Code::InvalidValue,
                expires.span,
                format!("the exception ends on {} and begins on {}", expires.value, from.value),
            )
            .also(from.span, "begins here")
            .help("write a last day that is not before the first"),
        );
    }
}
