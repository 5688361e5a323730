//! LocURIs as text: segments, percent signs, and the spellings of the device and the user root.

use std::borrow::Cow;

/// Longest LocURI and deepest path that are looked up at all; the DDF's own stay far below.
const LONGEST: usize = 2048;
const DEEPEST: usize = 32;

/// One segment of a LocURI as given.
#[derive(Clone, Debug)]
pub(super) struct Segment<'u> {
    pub(super) given: &'u str,
    pub(super) decoded: Cow<'u, str>,
    pub(super) folded: Cow<'u, str>,
}

/// The names of a LocURI, as look-ups count them.
pub(super) fn named_segments(uri: &str) -> impl Iterator<Item = &str> {
    uri.split('/').map(str::trim).filter(|segment| !segment.is_empty())
}

pub(super) fn is_title(segment: &str) -> bool {
    segment.len() > 2 && segment.starts_with('{') && segment.ends_with('}')
}

pub(super) fn segments(uri: &str) -> Vec<Segment<'_>> {
    named_segments(uri)
        .map(|given| {
            // `%2F` stands inside a name: decoded, it would look like the end of one.
            let decoded = percent_decoded(given).filter(|name| !name.contains('/'));
            let decoded = decoded.map_or(Cow::Borrowed(given), Cow::Owned);
            let lower = decoded.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
            let folded = if lower { decoded.clone() } else { Cow::Owned(decoded.to_lowercase()) };
            Segment { given, decoded, folded }
        })
        .collect()
}

/// A LocURI by which two spellings of one node are known to be one: letter case, percent signs, `./Vendor` for `./Device/Vendor`.
pub(crate) fn same(uri: &str) -> String {
    let path = segments(uri);
    let mut names: Vec<&str> = path.iter().map(|segment| &*segment.folded).collect();
    if let [".", "vendor", ..] = names.as_slice() {
        names.insert(1, "device");
    }
    names.join("/")
}

/// What is wrong with a LocURI that somebody wrote.
pub(super) fn well_formed(uri: &str) -> Result<(), String> {
    let Some(path) = uri.strip_prefix("./") else { return Err("a LocURI starts with `./`".to_owned()) };
    if uri.len() > LONGEST || path.split('/').count() > DEEPEST {
        return Err(format!("no LocURI has more than {LONGEST} bytes or {DEEPEST} segments"));
    }
    for segment in path.split('/') {
        match segment.trim() {
            "" => return Err("it has an empty segment".to_owned()),
            "*" => return Err("`*` is no name: a LocURI names one node".to_owned()),
            trimmed if trimmed != segment => return Err(format!("there are spaces around `{trimmed}`")),
            _ => {}
        }
    }
    Ok(())
}

/// `%41` is `A`; what is no such escape is left as it is. `None` where nothing is escaped, or what comes out is no UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = escape
            .filter(|hex| hex.iter().all(u8::is_ascii_hexdigit))
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).ok()
}

/// The path itself, and the other spelling of the device root.
pub(super) fn same_channel<'u>(path: &[Segment<'u>]) -> Vec<Vec<Segment<'u>>> {
    let mut spellings = vec![path.to_vec()];
    spellings.extend(match path.get(1).map(|segment| &*segment.folded) {
        Some("vendor") => Some(rooted(Some("Device"), &path[1..])),
        Some("device") => Some(rooted(None, &path[2..])),
        _ => None,
    });
    spellings
}

/// The path under the other of the device and the user root.
pub(super) fn other_channel<'u>(path: &[Segment<'u>]) -> Vec<Vec<Segment<'u>>> {
    match path.get(1).map(|segment| &*segment.folded) {
        Some("vendor") => vec![rooted(Some("User"), &path[1..])],
        Some("device") => vec![rooted(Some("User"), &path[2..])],
        Some("user") => vec![rooted(Some("Device"), &path[2..]), rooted(None, &path[2..])],
        _ => Vec::new(),
    }
}

fn rooted<'u>(root: Option<&'u str>, below: &[Segment<'u>]) -> Vec<Segment<'u>> {
    segments(".").into_iter().chain(root.into_iter().flat_map(segments)).chain(below.iter().cloned()).collect()
}

/// `…/Policy/Config/{area with ~}/{policy}`.
pub(super) fn is_ingested(path: &[Segment<'_>]) -> bool {
    let names: Vec<&str> = path.iter().map(|segment| &*segment.folded).collect();
    let below = match names.as_slice() {
        [".", "device" | "user", "vendor", "msft", "policy", "config", below @ ..] => below,
        [".", "vendor", "msft", "policy", "config", below @ ..] => below,
        _ => return false,
    };
    below.len() == 2 && below[0].contains('~')
}
