//! secrets.yaml: where `release` finds each secret. Nothing else follows it there, so only its form counts here (language.md §9).

use super::Text;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::fields::{self, Fields};
use crate::source::yaml::Node;

pub(super) fn parse(root: &Node, found: &mut Diagnostics) -> Option<Text> {
    let mut fields = Fields::of(root, "secrets.yaml", found)?;
    let mut secrets = Vec::new();
    if let Some(list) = fields.take("secrets").and_then(|node| fields::entries(node, "`secrets`", found)) {
        for entry in list {
            fields::check_name(&entry.key, "a secret", found);
            let Some(source) = fields::text(&entry.value, "the source of a secret", found) else { continue };
            let known = ["env:", "file:", "cmd:"]
                .iter()
                .any(|scheme| source.strip_prefix(scheme).is_some_and(|rest| !rest.trim().is_empty()));
            if known {
                secrets.push((entry.key.clone(), source));
            } else {
                // The text may be the secret itself: it is not repeated.
                found.push(
                    Diagnostic::new(Code::SecretLiteral, source.span, "this does not say where the secret comes from")
                        .help("write `env:NAME`, `file:PATH` or `cmd:COMMAND`; the secret itself never stands in a source"),
                );
            }
        }
    }
    fields.finish(found);
    Some(Text::Secrets(secrets))
}
