//! How devices combine what several files say of one place: Apple's `multiple`, `apply` and `combinetype`, the DDF's ConflictResolution,
//! and rows of data for what only documentation says (`../data/combine.json`), each with its source. Where nobody says it, nothing here
//! does either.

use crate::catalogue::Catalogue;
use crate::catalogue::Polarity;
use crate::catalogue::entry::{Form, Schema};
use crate::check::envelope::is_envelope;
use crate::setting::{Address, Family, Platform};
use serde_json::Value as Json;
use std::sync::OnceLock;

const ROWS: &str = include_str!("../data/combine.json");

/// How several values of one place become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// They do not meet: each payload is a thing of its own, such as a network or a certificate.
    Each,
    /// A device takes one payload or declaration of the type.
    Once,
    /// The stricter holds.
    Strictest(&'static str),
    /// Lists are put together.
    Merged(&'static str),
    /// By a rule of Apple's (`combinetype`).
    Combined(String),
    /// The DDF calls one side the most secure.
    MostSecure(String, Polarity),
    /// What is written last holds (DDF `LastWrite`).
    LastWrite,
    /// Nobody says; and who might have.
    Undefined(&'static str),
}

struct Row {
    owner: String,
    platform: Option<Platform>,
    how: String,
    why: String,
}

fn rows() -> &'static [Row] {
    static READ: OnceLock<Vec<Row>> = OnceLock::new();
    READ.get_or_init(|| {
        let list: Json = serde_json::from_str(ROWS).unwrap_or_default();
        let row = |json: &Json| {
            let text = |name: &str| json.get(name).and_then(Json::as_str);
            Some(Row {
                owner: text("owner")?.to_lowercase(),
                platform: text("platform").and_then(Platform::named),
                how: text("how")?.to_owned(),
                why: text("why")?.to_owned(),
            })
        };
        list.as_array().into_iter().flatten().filter_map(row).collect()
    })
}

/// `./Vendor` is `./Device/Vendor`, and letter case does not count.
pub(crate) fn folded(owner: &str) -> String {
    let folded = owner.to_lowercase();
    match folded.strip_prefix("./vendor/") {
        Some(rest) => format!("./device/vendor/{rest}"),
        None => folded,
    }
}

/// How what is said of an address combines.
pub(super) fn of(catalogue: &Catalogue, platform: Platform, address: &Address) -> Way {
    if let Some(way) = listed(platform, address) {
        return way;
    }
    match address.family {
        Family::Csp => node(catalogue, address),
        Family::Compliance => Way::Strictest("Intune: of several compliance policies the strictest value counts"),
        Family::Declaration => declared(catalogue, address),
        _ => payload(catalogue, platform, address),
    }
}

fn listed(platform: Platform, address: &Address) -> Option<Way> {
    let owner = folded(&address.owner);
    let is_its = |row: &&Row| {
        let is_owner = match row.owner.strip_suffix('*') {
            Some(start) => owner.starts_with(start),
            None => owner == row.owner,
        };
        is_owner && row.platform.is_none_or(|own| own == platform)
    };
    let row = rows().iter().find(is_its)?;
    Some(match row.how.as_str() {
        "strictest" => Way::Strictest(&row.why),
        "merged" => Way::Merged(&row.why),
        "each" => Way::Each,
        _ => Way::Undefined(&row.why),
    })
}

fn node(catalogue: &Catalogue, address: &Address) -> Way {
    let Some(found) = catalogue.known_node(&address.owner) else {
        return Way::Undefined("no catalogue knows the node");
    };
    match found.node.conflict.as_deref() {
        Some("LastWrite") => Way::LastWrite,
        Some(rule) => {
            let polarity = match rule {
                "LowestValueMostSecure" => Polarity::Lower,
                "HighestValueMostSecure" => Polarity::Higher,
                "LowestValueMostSecureZeroHasNoLimits" => Polarity::LowerZeroUnlimited,
                "HighestValueMostSecureZeroHasNoLimits" => Polarity::HigherZeroUnlimited,
                _ => return Way::Undefined("the DDF names no winner"),
            };
            Way::MostSecure(rule.to_owned(), polarity)
        }
        None => Way::Undefined("the DDF names no winner"),
    }
}

fn declared(catalogue: &Catalogue, address: &Address) -> Way {
    let schemas = catalogue.schemas(Form::Declaration, &address.owner);
    let apply = schemas.first().and_then(|schema| schema.apply.as_deref());
    match apply {
        Some("single") => Way::Once,
        Some("combined") => {
            let found = catalogue.known_key(Form::Declaration, &address.owner, address.keys());
            let how = found.and_then(|found| found.iter().find_map(|found| found.key.combinetype.clone()));
            how.map_or(Way::Undefined("Apple states no `combinetype` for the key"), Way::Combined)
        }
        _ => Way::Each,
    }
}

fn payload(catalogue: &Catalogue, platform: Platform, address: &Address) -> Way {
    let schemas = catalogue.schemas(Form::Profile, &address.owner);
    if schemas.is_empty() {
        return Way::Undefined("Apple says nothing of one preference set twice");
    }
    let once =
        |schema: &Schema| schema.support.get(platform.word()).is_some_and(|support| support.multiple == Some(false));
    // Several files may share a type: those that state the key.
    let is_once = match catalogue.known_key(Form::Profile, &address.owner, address.keys()) {
        Some(found) if !found.is_empty() => found.iter().all(|one| !is_envelope(one.schema) && once(one.schema)),
        _ => schemas.iter().all(once),
    };
    if is_once { Way::Once } else { Way::Each }
}
