//! The way back: an XML property list → its values. Strictly, or as much as can be read around what is wrong, with the place of each.

use super::super::base64;
use super::super::xml::{self, Element, Fault, Shape};
use super::{Dictionary, Item, usual};
use crate::setting::Real;
use crate::source::{FileId, Span, Spanned};
use std::collections::BTreeSet;

/// Reads a file.
pub(crate) fn read(bytes: &[u8]) -> Result<Item, Fault> {
    let at = |cause: &str| Err(Fault::at(bytes, 0, cause));
    if bytes.starts_with(b"bplist") {
        return at("a binary property list; `plutil -convert xml1` makes an XML one of it");
    }
    if bytes.starts_with(&[0x30]) {
        return at("not XML, but perhaps a signed profile: take its content out of the signature first");
    }
    let roots = xml::parse(bytes, Shape::Document)?;
    let mut reading = Reading { faults: Vec::new(), place: |_| Span::NOWHERE };
    let root = reading.root(&roots);
    match (reading.faults.into_iter().next(), root) {
        (None, Some(root)) => Ok(root.value),
        (fault, _) => {
            let (offset, cause) = fault.unwrap_or((0, "there is no element".to_owned()));
            Err(Fault::at(bytes, offset, cause))
        }
    }
}

/// What a file holds that somebody else wrote.
pub(crate) struct Found {
    /// As much of its value as could be read, in a file that has no name yet.
    pub(crate) root: Option<Spanned<Item>>,
    /// What is wrong with it, in its order.
    pub(crate) faults: Vec<Fault>,
}

/// Reads as much of a file as can be read.
pub(crate) fn salvage(text: &str) -> Found {
    match usual::read(text) {
        Some(root) => Found { root: Some(root), faults: Vec::new() },
        None => salvaged(text.as_bytes()),
    }
}

/// The same by way of its elements.
pub(super) fn salvaged(bytes: &[u8]) -> Found {
    let (roots, fault) = xml::salvage(bytes, Shape::Found);
    let roots = around(roots);
    let place = |element: &Element| Span::new(FileId::NONE, element.offset, element.end);
    let mut reading = Reading { faults: Vec::new(), place };
    let root = reading.root(&roots);
    if let Some(fault) = &fault {
        // What follows from the place where reading ended is no fault of its own.
        reading.faults.retain(|(offset, cause)| *offset < fault.offset && !cause.ends_with(NO_VALUE));
    }
    let own = reading.faults.into_iter().take(MAX_FAULTS);
    let faults = own.map(|(offset, cause)| Fault::at(bytes, offset, cause)).chain(fault).collect();
    Found { root, faults }
}

/// Puts what stands around the keys of a dictionary, where a file has them alone.
fn around(roots: Vec<Element>) -> Vec<Element> {
    let put = |name: &'static str, children: Vec<Element>| {
        let (offset, end) = (children.first().map_or(0, |one| one.offset), children.last().map_or(0, |one| one.end));
        let (attributes, text) = (Vec::new(), String::new());
        vec![Element { name: name.into(), attributes, children, text, cdata: false, offset, inner: offset..end, end }]
    };
    match roots.first().map(|first| first.name.as_ref()) {
        Some("key") => put("plist", put("dict", roots)),
        Some("dict") => put("plist", roots),
        _ => roots,
    }
}

/// Faults of one file that are told: who mends these asks again.
pub(crate) const MAX_FAULTS: usize = 100;

const NO_VALUE: &str = "has no value";

/// A place and a cause.
type At = (usize, String);

/// What is wrong so far. A value that cannot be read is left out, and its neighbours are read all the same.
struct Reading {
    faults: Vec<At>,
    /// Where an element stands; nowhere for who does not ask.
    place: fn(&Element) -> Span,
}

impl Reading {
    fn root(&mut self, roots: &[Element]) -> Option<Spanned<Item>> {
        let plist = roots.first()?;
        let mut fault = |element: &Element, cause: String| self.faults.push((element.offset, cause));
        if let Some(second) = roots.get(1) {
            fault(second, "a second root element".to_owned());
        }
        if plist.name != "plist" {
            fault(plist, format!("not a property list: the root is `<{}>`", plist.name));
            return None;
        }
        if plist.children.len() != 1 {
            fault(plist, format!("`<plist>` holds {} values, not one", plist.children.len()));
        }
        self.no_text(plist);
        self.value(plist.children.first()?)
    }

    /// Bounded by the depth of the tree that it walks.
    fn value(&mut self, element: &Element) -> Option<Spanned<Item>> {
        let read = match element.name.as_ref() {
            "dict" => Ok(Item::Dictionary(self.entries(element))),
            "array" => {
                self.no_text(element);
                Ok(Item::Array(element.children.iter().filter_map(|child| self.value(child)).collect()))
            }
            _ => scalar(element),
        };
        let item = read.map_err(|fault| self.faults.push(fault)).ok()?;
        Some(Spanned::new(item, (self.place)(element)))
    }

    fn entries(&mut self, element: &Element) -> Dictionary {
        self.no_text(element);
        let (mut read, mut names) = (Vec::new(), BTreeSet::new());
        let mut children = element.children.iter().peekable();
        while let Some(key) = children.next() {
            let name = match name(key) {
                Ok(name) => name,
                Err(fault) => {
                    self.faults.push(fault);
                    if key.name == "key" {
                        children.next();
                    }
                    continue;
                }
            };
            let Some(held) = children.next_if(|next| next.name != "key") else {
                self.faults.push((key.offset, format!("the key `{name}` {NO_VALUE}")));
                continue;
            };
            let Some(value) = self.value(held) else { continue };
            if !names.insert(name) {
                self.faults.push((key.offset, format!("the key `{name}` stands twice")));
            }
            read.push((name.to_owned(), value));
        }
        Dictionary::of(read).0
    }

    fn no_text(&mut self, element: &Element) {
        if !element.text.trim_matches([' ', '\t', '\n', '\r']).is_empty() {
            self.faults.push((element.offset, format!("text stands directly in `<{}>`", element.name)));
        }
    }
}

fn scalar(element: &Element) -> Result<Item, At> {
    let at = |cause: String| (element.offset, cause);
    match element.name.as_ref() {
        "true" | "false" => {
            let text = leaf(element)?;
            if text.is_empty() {
                Ok(Item::Boolean(element.name == "true"))
            } else {
                Err(at(format!("`<{}>` holds no text", element.name)))
            }
        }
        "integer" => integer(leaf(element)?).map_err(at),
        "real" => real(leaf(element)?).map_err(at),
        "string" => Item::text(leaf(element)?).map_err(at),
        "date" => Item::date(leaf(element)?).map_err(at),
        "data" => base64::decode(leaf(element)?).map(Item::Data).ok_or_else(|| at("`<data>` is not base64".to_owned())),
        other => Err(at(format!("a property list has no element `<{other}>`"))),
    }
}

/// The name that a key gives.
fn name(key: &Element) -> Result<&str, At> {
    if key.name != "key" {
        return Err((key.offset, format!("`<{}>` stands where a `<key>` belongs", key.name)));
    }
    let name = leaf(key)?;
    Item::text(name).map_err(|cause| (key.offset, cause))?;
    Ok(name)
}

fn leaf(element: &Element) -> Result<&str, At> {
    match element.children.first() {
        Some(child) => Err((child.offset, format!("`<{}>` cannot stand in `<{}>`", child.name, element.name))),
        None => Ok(&element.text),
    }
}

pub(super) fn integer(text: &str) -> Result<Item, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    // Nearly all are small, and those are read in a tenth of the time.
    let parse = || if text.len() < 18 { text.parse::<i64>().ok().map(i128::from) } else { text.parse().ok() };
    let number = digits.bytes().all(|b| b.is_ascii_digit()).then(parse).flatten();
    Item::integer(number.ok_or_else(|| format!("`{text}` is not a whole number"))?)
}

pub(super) fn real(text: &str) -> Result<Item, String> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let number = if plain { text.parse().ok().and_then(Real::new) } else { None };
    number.map(Item::Real).ok_or_else(|| format!("`{text}` is not a number that a property list can hold"))
}
