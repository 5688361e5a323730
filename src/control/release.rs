//! `$releases`: versions of the group's OS and the days on which they were published, for `each` (language.md §3 and §5).

use super::OrganisationFacts;
use super::parameter::Type;
use crate::gather::Gather;
use crate::setting::{Date, OsVersion, Platform, Value};
use crate::source::Spanned;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The name behind the `$`.
pub(crate) const RELEASES: &str = "releases";

static KIND: LazyLock<Type> =
    LazyLock::new(|| Type::List(vec![("version".to_owned(), Type::Text(None)), ("published".to_owned(), Type::Date)]));

/// The type of the list: what `$item` has.
pub(crate) fn kind() -> &'static Type {
    &KIND
}

impl OrganisationFacts {
    /// What `$releases` lists for a group of that platform.
    pub(crate) fn releases_of(&self, platform: Platform) -> &[Value] {
        self.releases.get(&platform).map_or(&[], Vec::as_slice)
    }
}

/// One of them, as `$item` has it.
pub fn release(version: &OsVersion, published: Date) -> Value {
    let fields = [("version", version.to_string()), ("published", published.to_string())];
    let field = |(name, text): (&str, String)| (name.to_owned(), Spanned::nowhere(Value::Text(text)));
    Value::Dictionary(fields.into_iter().map(field).gather::<BTreeMap<_, _>>())
}
