//! Settings of Intune's catalogue that nothing here can name, such as those of Office: two policies that give one id two values are a
//! conflict all the same, whatever it sets.

use super::Meeting;
use super::finding::{Findings, also_at, placed};
use crate::diagnostic::{Code, Severity};
use crate::reader::{Kind, Residue};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Who has an id, and what each says of it.
type Said<'a> = BTreeMap<&'a str, Vec<(usize, &'a Residue, Json)>>;

pub(super) fn judge<'a>(meeting: &'a Meeting<'a>, members: &[usize], findings: &mut Findings) {
    let mut said: Said<'a> = Said::new();
    for n in members.iter().filter(|n| meeting.reading(**n).kind == Kind::Catalogued) {
        for left in meeting.reading(*n).residue.iter().filter(|left| is_id(&left.place)) {
            let value = serde_json::from_str(&left.what).map_or(Json::Null, bare);
            said.entry(&left.place).or_default().push((*n, left, value));
        }
    }
    for (id, all) in &said {
        for (n, (reading, left, value)) in all.iter().enumerate().skip(1) {
            let other = all[..n].iter().find(|(_, _, other)| other != value);
            let (earlier, first, _) = other.unwrap_or(&all[0]);
            if earlier == reading {
                continue;
            }
            let [own, their] = [*reading, *earlier].map(|n| meeting.reading(n));
            let (code, severity, message) = match other {
                Some(_) => (
                    Code::ConflictingValues,
                    Severity::Error,
                    format!(
                        "`{id}` has one value in `{}` and another in `{}`: Intune reports a conflict, and no catalogue here names \
                         the setting",
                        own.name, their.name
                    ),
                ),
                None => (
                    Code::DuplicateAddress,
                    Severity::Warning,
                    format!(
                        "`{id}` has one value in `{}` and in `{}`: one of them is redundant, and Intune may call it a conflict all \
                         the same",
                        own.name, their.name
                    ),
                ),
            };
            let finding = placed(own, left.span, &left.place, code, message).severity(severity);
            let finding = also_at(finding, their, first.span, &first.place, "the other is here".to_owned());
            findings.add(meeting, finding.help("let one policy say it to these devices, or keep the audiences apart"));
        }
    }
}

fn is_id(place: &str) -> bool {
    ["device_", "user_", "vendor_"].iter().any(|start| place.starts_with(start))
}

/// A value without what Intune notes beside it. Bounded by the depth that the reader allows.
fn bare(value: Json) -> Json {
    match value {
        Json::Object(fields) => {
            let is_own = |name: &str, value: &Json| {
                !name.contains("emplateReference") && !name.contains("@odata") && !value.is_null()
            };
            let fields = fields.into_iter().filter(|(name, value)| is_own(name, value));
            Json::Object(fields.map(|(name, value)| (name, bare(value))).collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(bare).collect()),
        other => other,
    }
}
