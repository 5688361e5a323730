//! An ADMX file → facts. Whoever wrote the file may be anybody: what is not as the schema wants it has its place, and nothing is guessed.
//!
//! "Group Policy ADMX Syntax Reference Guide". How an area is formed: "Win32 and Desktop Bridge app ADMX policy ingestion" joins the
//! categories from the outermost in. A category of another file is not part of it: Google's chrome.admx hangs `googlechrome` below
//! `Google:Cat_Google`, and Google's own instructions write `Chrome~Policy~googlechrome~…`; Mozilla's likewise `Firefox~Policy~firefox~…`.

use super::{Class, Element, KINDS, Policy, Template};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::digest;
use crate::encoding::xml::{self, Element as Tag, Shape};
use crate::source::{Content, FileId, SourceFile, Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Categories inside one another; those of Office have six.
const MAX_CATEGORIES: usize = 24;
/// Bytes of a name, an id or a registry key. Registry keys have at most 255 characters, names far fewer.
const MAX_NAME: usize = 512;

/// What reading gives: the text, so that findings can point into it, and the facts unless something is wrong with them.
#[derive(Debug)]
pub struct Read {
    /// The file as text.
    pub sources: Sources,
    /// Its facts.
    pub template: Option<Template>,
    /// What is wrong.
    pub found: Diagnostics,
}

/// Reads an ADMX file. `app` is what LocURIs call it: without it the prefix of the file's own namespace, as Intune's own are called.
pub fn read(path: &str, bytes: &[u8], app: Option<&str>) -> Read {
    let mut found = Diagnostics::default();
    let digest = digest::sha256(bytes);
    let text = decoded(bytes);
    let content = text.as_ref().map_or_else(|_| Vec::new(), |text| text.as_bytes().to_vec());
    let sources = Sources::new(vec![SourceFile { path: path.to_owned(), content: Content::Bytes(content) }]);
    let Some((file, _)) = sources.at(path) else { return Read { sources, template: None, found } };
    let root = text.and_then(|text| match xml::parse(text.as_bytes(), Shape::Document) {
        Ok(mut roots) => Ok(roots.remove(0)),
        Err(fault) => Err((fault.offset, fault.cause)),
    });
    let policies = match root {
        Ok(root) => {
            let mut reading = Reading { file, found: &mut found, own: None, others: BTreeSet::new() };
            reading.root(&root).map(|policies| (reading.own, policies))
        }
        Err((offset, cause)) => {
            let place = Span::new(file, offset, offset);
            found.push(
                Diagnostic::new(Code::InvalidAdmx, place, format!("the file cannot be read: {cause}"))
                    .help("give the ADMX file as its vendor ships it, in UTF-8 or UTF-16"),
            );
            None
        }
    };
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let template = policies.filter(|_| !found.has_errors()).map(|(own, policies)| {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let app = app.map(str::to_owned).or(own).unwrap_or_else(|| stem.to_owned());
        Template { app, file: name.to_owned(), digest, span: Span::NOWHERE, policies }
    });
    found.sort(&sources);
    Read { sources, template, found }
}

/// The file as UTF-8 without a declaration that says otherwise. Microsoft's and Google's are UTF-16, with a byte-order mark.
pub(super) fn decoded(bytes: &[u8]) -> Result<String, (usize, String)> {
    if bytes.len() > xml::MAX_BYTES {
        return Err((0, format!("it has {} bytes, and at most {} are read", bytes.len(), xml::MAX_BYTES)));
    }
    let wide = |unit: fn([u8; 2]) -> u16| {
        let (units, rest) = bytes[2..].as_chunks::<2>();
        let text = String::from_utf16(&units.iter().map(|two| unit(*two)).collect::<Vec<u16>>());
        text.ok().filter(|_| rest.is_empty()).ok_or_else(|| (0, "it is not the UTF-16 that it begins as".to_owned()))
    };
    let text = match bytes {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes)?,
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes)?,
        _ => {
            let text = std::str::from_utf8(bytes).map_err(|e| (e.valid_up_to(), "it is not UTF-8".to_owned()))?;
            return Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text).to_owned());
        }
    };
    // What a declaration says of the encoding is no longer so. Blanks keep the places of all that follows.
    let rest = undeclared(&text);
    let blank = |c: char| if c == '\n' { c } else { ' ' };
    Ok(text[..text.len() - rest.len()].chars().map(blank).collect::<String>() + rest)
}

/// The text after an XML declaration.
pub(super) fn undeclared(text: &str) -> &str {
    let declaration = text.strip_prefix("<?xml").filter(|rest| rest.starts_with([' ', '\t', '\r', '\n']));
    declaration.and_then(|rest| rest.split_once("?>")).map_or(text, |(_, rest)| rest)
}

/// A file that is being read.
struct Reading<'f> {
    file: FileId,
    found: &'f mut Diagnostics,
    /// The prefix of its own namespace.
    own: Option<String>,
    /// The prefixes of other files' namespaces.
    others: BTreeSet<String>,
}

/// A category by its name: where it stands, and the category above it.
type Categories<'t> = BTreeMap<&'t str, (&'t Tag, Option<&'t str>)>;

impl Reading<'_> {
    fn fault(&mut self, tag: &Tag, cause: impl Into<String>, cure: &str) {
        let place = self.place(tag);
        self.found.push(Diagnostic::new(Code::InvalidAdmx, place, cause).help(cure));
    }

    /// The tag that begins there.
    fn place(&self, tag: &Tag) -> Span {
        Span::new(self.file, tag.offset, tag.inner.start)
    }

    /// `None` where the file is no template at all.
    fn root(&mut self, root: &Tag) -> Option<Vec<Policy>> {
        if root.local() != "policyDefinitions" {
            let cause =
                format!("`<{}>` begins the file, and an ADMX file begins with `<policyDefinitions>`", root.name);
            self.fault(root, cause, "give the .admx file: an .adml file holds its texts alone");
            return None;
        }
        if let Some(namespaces) = root.child("policyNamespaces") {
            self.namespaces(namespaces);
        }
        let categories = self.categories(root);
        let policies: Vec<&Tag> = inside(root, "policies", "policy").collect();
        if policies.is_empty() {
            self.fault(root, "it defines no policy", "give the file that has a `<policies>` part");
        }
        let mut seen: BTreeMap<String, &Tag> = BTreeMap::new();
        let mut read = Vec::with_capacity(policies.len());
        for tag in policies {
            let Some(policy) = self.policy(tag, &categories) else { continue };
            if let Some(first) = seen.insert(policy.name.to_lowercase(), tag) {
                let first = self.place(first);
                let message = format!("the policy `{}` stands twice", policy.name);
                let finding = Diagnostic::new(Code::InvalidAdmx, policy.span, message).also(first, "first here");
                self.found.push(finding.help("ask the vendor for a file in which each policy has a name of its own"));
            }
            read.push(policy);
        }
        self.judge_keys(&read, of_windows(root));
        Some(read)
    }

    fn namespaces(&mut self, tag: &Tag) {
        match tag.child("target") {
            Some(target) => self.own = self.name(target, "prefix"),
            None => self.fault(tag, "it names no namespace of its own", "give it a `<target prefix=… namespace=…/>`"),
        }
        for using in tag.children.iter().filter(|child| child.local() == "using") {
            let prefix = self.name(using, "prefix");
            self.others.extend(prefix);
        }
    }

    /// A name in an attribute that must be there, fit to stand in a LocURI.
    fn name(&mut self, tag: &Tag, attribute: &'static str) -> Option<String> {
        let Some(name) = get(tag, attribute).filter(|name| !name.is_empty()) else {
            self.fault(
                tag,
                format!("`<{}>` has no `{attribute}`", tag.name),
                "give it one, as the ADMX schema wants it",
            );
            return None;
        };
        let unfit = |c: char| c.is_control() || c.is_whitespace() || "/\\~%?#&<>\"'{}*:".contains(c);
        if name.len() > MAX_NAME || name.contains(unfit) {
            self.fault(
                tag,
                format!("`{}` is no name that a LocURI can hold", cut(name)),
                "ask the vendor for another file",
            );
            return None;
        }
        Some(name.to_owned())
    }

    fn categories<'t>(&mut self, root: &'t Tag) -> Categories<'t> {
        let mut categories = Categories::new();
        for tag in inside(root, "categories", "category") {
            if self.name(tag, "name").is_none() {
                continue;
            }
            let (name, above) = (get(tag, "name").unwrap_or_default(), tag.child("parentCategory"));
            let above = above.and_then(|above| get(above, "ref"));
            if categories.insert(name, (tag, above)).is_some() {
                self.fault(tag, format!("the category `{name}` stands twice"), "give each category a name of its own");
            }
        }
        categories
    }

    /// The category that a reference means: one of this file, or `None` for one of another.
    fn category<'t>(
        &mut self,
        tag: &Tag,
        reference: &'t str,
        categories: &Categories<'t>,
    ) -> Result<Option<&'t str>, ()> {
        let name = match reference.split_once(':') {
            Some((prefix, name)) if self.own.as_deref() == Some(prefix) => name,
            Some((prefix, _)) if self.others.contains(prefix) => return Ok(None),
            Some((prefix, _)) => {
                let cause = format!("no namespace has the prefix `{}`", cut(prefix));
                self.fault(tag, cause, "declare it with `<using>` in `<policyNamespaces>`");
                return Err(());
            }
            None => reference,
        };
        match categories.contains_key(name) {
            true => Ok(Some(name)),
            false => {
                self.fault(tag, format!("there is no category `{}`", cut(name)), "define it in `<categories>`");
                Err(())
            }
        }
    }

    /// The categories of a policy, the outermost first; none where they are another file's.
    fn path(&mut self, policy: &Tag, reference: &str, categories: &Categories<'_>) -> Option<Vec<String>> {
        let mut path: Vec<&str> = Vec::new();
        let (mut tag, mut next) = (policy, Some(reference));
        while let Some(reference) = next {
            let Some(name) = self.category(tag, reference, categories).ok()? else { break };
            if path.contains(&name) || path.len() == MAX_CATEGORIES {
                let cause = match path.contains(&name) {
                    true => format!("the category `{name}` stands below itself"),
                    false => format!("more than {MAX_CATEGORIES} categories stand inside one another"),
                };
                self.fault(tag, cause, "let the outermost category have none above it");
                return None;
            }
            path.push(name);
            (tag, next) = categories.get(name).map_or((tag, None), |(tag, above)| (*tag, *above));
        }
        path.reverse();
        Some(path.into_iter().map(str::to_owned).collect())
    }

    fn policy(&mut self, tag: &Tag, categories: &Categories<'_>) -> Option<Policy> {
        let name = self.name(tag, "name")?;
        let class = get(tag, "class").unwrap_or_default();
        let Some((_, class)) = Class::WORDS.iter().find(|(word, _)| class.eq_ignore_ascii_case(word)) else {
            self.fault(tag, format!("the class of `{name}` is none"), "write `Machine`, `User` or `Both`");
            return None;
        };
        let Some(above) = tag.child("parentCategory").and_then(|above| get(above, "ref")) else {
            self.fault(tag, format!("the policy `{name}` has no category"), "give it a `<parentCategory ref=…/>`");
            return None;
        };
        let categories = self.path(tag, above, categories)?;
        if categories.is_empty() {
            let message = format!("`{name}` is left out: its category `{}` is another file's", cut(above));
            let finding = Diagnostic::new(Code::InvalidAdmx, self.place(tag), message).severity(Severity::Warning);
            let help = "no vendor says what devices call such an area: set it in another way, or write it `unlisted`";
            self.found.push(finding.help(help));
            return None;
        }
        let mut keys: Vec<String> = Vec::new();
        let elements: Vec<Element> = match tag.child("elements") {
            Some(elements) => elements.children.iter().filter_map(|tag| self.element(tag)).collect(),
            None => Vec::new(),
        };
        let tags = tag.child("elements").into_iter().flat_map(|elements| &elements.children);
        for tag in [tag].into_iter().chain(tags) {
            let Some(key) = get(tag, "key") else { continue };
            if key.len() > MAX_NAME || key.contains(char::is_control) {
                self.fault(tag, "this is no key of the registry", "ask the vendor for another file");
            } else if !keys.iter().any(|other| other.eq_ignore_ascii_case(key)) {
                keys.push(key.to_owned());
            }
        }
        if get(tag, "key").is_none_or(str::is_empty) {
            self.fault(tag, format!("`{name}` has no registry key"), "give it a `key`, as the ADMX schema wants it");
        }
        let mut ids = BTreeSet::new();
        if let Some(twice) = elements.iter().find(|element| !ids.insert(element.id.to_lowercase())) {
            let cause = format!("the element `{}` stands twice in `{name}`", twice.id);
            self.fault(tag, cause, "give each element an id of its own: a body could hold one of them only");
        }
        let supported = tag.child("supportedOn").and_then(|on| get(on, "ref")).map(local_name);
        let supported = supported.filter(|name| name.len() <= MAX_NAME && !name.contains(char::is_control));
        let supported = supported.map(str::to_owned);
        Some(Policy { name, class: *class, categories, keys, supported, elements, span: self.place(tag) })
    }

    fn element(&mut self, tag: &Tag) -> Option<Element> {
        let Some(kind) = KINDS.iter().find(|kind| **kind == tag.local()) else {
            self.fault(tag, format!("`<{}>` is no kind of element", cut(&tag.name)), "ask the vendor for another file");
            return None;
        };
        let id = get(tag, "id").unwrap_or_default();
        if id.is_empty() || id.len() > MAX_NAME || id.contains(|c: char| c.is_control() || c == '\u{F000}') {
            self.fault(tag, format!("`<{}>` has no `id` that a body can hold", tag.name), "give it one");
            return None;
        }
        let truth = |name: &str| tag.child(name).and_then(stored).map(|value| value.to_owned());
        let element = Element {
            kind: (*kind).to_owned(),
            id: id.to_owned(),
            required: self.truth(tag, "required"),
            min: self.number(tag, "minValue"),
            max: self.number(tag, "maxValue"),
            max_length: self.number(tag, "maxLength"),
            values: inside_items(tag).map(str::to_owned).collect(),
            stored: [truth("trueValue"), truth("falseValue")],
            explicit: self.truth(tag, "explicitValue"),
            additive: self.truth(tag, "additive"),
            prefix: get(tag, "valuePrefix").filter(|prefix| !prefix.is_empty()).map(str::to_owned),
        };
        if let (Some(min), Some(max)) = (element.min, element.max)
            && min > max
        {
            self.fault(tag, format!("no number is from {min} to {max}"), "exchange `minValue` and `maxValue`");
        }
        Some(element)
    }

    fn number(&mut self, tag: &Tag, attribute: &str) -> Option<u64> {
        let written = get(tag, attribute)?.trim();
        let number = written.parse().ok();
        if number.is_none() {
            let cause = format!("`{attribute}` is a whole number, and here is `{}`", cut(written));
            self.fault(tag, cause, "write digits alone");
        }
        number
    }

    fn truth(&mut self, tag: &Tag, attribute: &str) -> bool {
        match get(tag, attribute).map(str::trim) {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(other) => {
                let cause = format!("`{attribute}` is `true` or `false`, and here is `{}`", cut(other));
                self.fault(tag, cause, "write one of the two");
                false
            }
        }
    }

    /// Names the policies that no device takes. Where it takes none at all, there is nothing to ingest, unless Windows has the file.
    fn judge_keys(&mut self, policies: &[Policy], of_windows: bool) {
        let none = !of_windows && policies.iter().all(|policy| policy.blocked().is_some());
        let help = match of_windows {
            true => {
                "Windows has this template itself: nodes of its own set the policy, with the elements that stand here"
            }
            false => {
                "set it in another way, such as a script that writes the registry: a clause that asks for it is refused"
            }
        };
        for policy in policies.iter() {
            let Some(key) = policy.blocked() else { continue };
            let message = format!("`{}` writes to `{key}`, where devices let no template write", policy.name);
            let finding = Diagnostic::new(Code::BlockedRoot, policy.span, message).help(help);
            self.found.push(if none { finding } else { finding.severity(Severity::Warning) });
        }
    }
}

/// Whether a template says of itself that it is one of Microsoft's for Windows: the DDF names them, and nobody has to install them.
fn of_windows(root: &Tag) -> bool {
    let target = root.child("policyNamespaces").and_then(|spaces| spaces.child("target"));
    target.and_then(|target| get(target, "namespace")).is_some_and(|name| name.starts_with("Microsoft.Policies."))
}

/// Elements of one name in every part of another name.
fn inside<'t>(root: &'t Tag, part: &'static str, name: &'static str) -> impl Iterator<Item = &'t Tag> {
    let parts = root.children.iter().filter(move |child| child.local() == part);
    parts.flat_map(|part| &part.children).filter(move |child| child.local() == name)
}

/// The stored values of an enum's items.
fn inside_items(tag: &Tag) -> impl Iterator<Item = &str> {
    let items = tag.children.iter().filter(|child| child.local() == "item");
    items.filter_map(|item| item.child("value").and_then(stored))
}

/// The value that a number or a text stands for; one that deletes has none.
fn stored(tag: &Tag) -> Option<&str> {
    let value = tag.children.first()?;
    match value.local() {
        "decimal" | "longDecimal" => get(value, "value"),
        "string" => Some(value.text.trim()),
        _ => None,
    }
}

fn get<'t>(tag: &'t Tag, attribute: &str) -> Option<&'t str> {
    tag.attributes.iter().find(|(name, _)| name == attribute).map(|(_, value)| value.as_str())
}

fn local_name(reference: &str) -> &str {
    reference.split_once(':').map_or(reference, |(_, name)| name)
}

/// As much of a foreign text as a message can bear.
fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}
