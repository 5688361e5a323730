//! Every key of one of Apple's files with the name that people call it by: what `search` and `show` go through.

use super::entry::{Key, Kind, Schema};

/// One key and the way to it.
pub(crate) struct Place<'a> {
    pub(crate) schema: &'a Schema,
    /// The keys from the top to it, array items included.
    pub(crate) chain: Vec<&'a Key>,
    /// The names of dictionary keys with dots between them; `[]` stands for the items of an array, which have no address.
    pub(crate) path: String,
}

/// The keys of a file in its order, each before those below it. Levels that repeat an enclosing one are not entered again.
pub(crate) fn places(schema: &Schema) -> Vec<Place<'_>> {
    let mut found = Vec::new();
    let mut waiting: Vec<(Vec<&Key>, String)> =
        schema.keys.iter().rev().map(|key| (vec![key], key.name.clone())).collect();
    while let Some((chain, path)) = waiting.pop() {
        let Some(key) = chain.last() else { continue };
        for below in key.subkeys.iter().rev() {
            let longer = chain.iter().copied().chain([below]).collect();
            let name = if key.kind == Kind::Array { format!("{path}[]") } else { format!("{path}.{}", below.name) };
            waiting.push((longer, name));
        }
        // An item is described with its array: only what stands below it has a name of its own.
        if !path.ends_with("[]") {
            found.push(Place { schema, chain, path });
        }
    }
    found
}
