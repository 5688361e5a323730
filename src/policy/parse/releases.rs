//! releases.yaml → [`ReleaseText`]s: which version of an OS was published when (language.md §3).

use super::Text;
use crate::diagnostic::Diagnostics;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::document::ReleaseText;
use crate::setting::{OsVersion, Platform};
use crate::source::Spanned;
use crate::source::fields::{self, Fields};
use crate::source::yaml::Node;

pub(super) fn parse(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    let mut fields = Fields::of(root, "releases.yaml", found)?;
    let items = fields.take("releases").and_then(|node| fields::items(node, "`releases`", found));
    fields.finish(found);
    Some(Text::Releases(items?.iter().filter_map(|item| release(item, found)).collect()))
}

fn release(item: &Node, found: &mut Diagnostics) -> Option<ReleaseText> {
    let mut fields = Fields::of(item, "a release", found)?;
    let words: Vec<(&'static str, Platform)> = Platform::ALL.iter().map(|os| (os.word(), *os)).collect();
    let os = fields.need("os", item.span, found).and_then(|node| fields::word(node, "a platform", &words, found));
    let version = fields.need("version", item.span, found).and_then(|node| version(node, found));
    let published =
        fields.need("published", item.span, found).and_then(|node| fields::date(node, "`published`", found));
    fields.finish(found);
    Some(ReleaseText { os: os?, version: version?, published: published? })
}

fn version(node: &Node, found: &mut Diagnostics) -> Option<Spanned<OsVersion>> {
    let text = fields::quoted(node, "a version", found)?;
    let version = OsVersion::parse(&text);
    if version.is_none() {
        found.push(
            Diagnostic::new(Code::InvalidValue, text.span, format!("`{}` is not a version", text.value))
                .help("write numbers with dots between them, such as \"18.1\""),
        );
    }
    version.map(|version| Spanned::new(version, text.span))
}
