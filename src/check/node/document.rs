//! Whether text is well-formed XML, JSON or SDDL. The schemas of such nodes are the vendor's to apply: one that the DDF gives for
//! AppLocker describes another document than the node takes.

/// What is wrong with `text` as XML: one element, its tags matching, its attributes quoted, no document type.
///
/// XML 1.0 without entities of one's own and without a DTD, which no node takes.
pub(crate) fn xml(text: &str) -> Result<(), String> {
    let mut rest = text.trim_start_matches('\u{FEFF}');
    let mut open: Vec<&str> = Vec::new();
    let mut roots = 0;
    if let Some(after) = rest.strip_prefix("<?xml") {
        rest = after.split_once("?>").ok_or("the XML declaration is not closed")?.1;
    }
    while let Some((before, after)) = rest.split_once('<') {
        characters(before, open.is_empty())?;
        rest = match after {
            comment if comment.starts_with("!--") => closed(&comment[3..], "-->")?,
            data if data.starts_with("![CDATA[") && !open.is_empty() => closed(&data[8..], "]]>")?,
            instruction if instruction.starts_with('?') => closed(instruction, "?>")?,
            other if other.starts_with('!') => return Err("a document type stands where an element should".to_owned()),
            end if end.starts_with('/') => {
                let (name, after) = end[1..].split_once('>').ok_or("a tag is not closed")?;
                match open.pop() {
                    Some(opened) if opened == name.trim_end() => after,
                    Some(opened) => return Err(format!("`</{}>` closes `<{opened}>`", name.trim_end())),
                    None => return Err(format!("`</{}>` closes nothing", name.trim_end())),
                }
            }
            start => {
                roots += usize::from(open.is_empty());
                let (name, empty, after) = tag(start)?;
                if !empty {
                    open.push(name);
                }
                after
            }
        };
    }
    characters(rest, true)?;
    match (open.last(), roots) {
        (Some(name), _) => Err(format!("`<{name}>` is not closed")),
        (None, 1) => Ok(()),
        (None, 0) => Err("there is no element".to_owned()),
        (None, _) => Err("there is more than one outermost element".to_owned()),
    }
}

fn closed<'a>(text: &'a str, end: &str) -> Result<&'a str, String> {
    text.split_once(end).map(|(_, after)| after).ok_or_else(|| format!("`{end}` is missing"))
}

/// A start tag after its `<`: the name, whether it is empty, and what follows.
fn tag(text: &str) -> Result<(&str, bool, &str), String> {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<' | '=')).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let starts_well = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if !starts_well || name.contains(['"', '\'', '&']) {
        return Err("`<` stands where no tag begins: in text it is `&lt;`".to_owned());
    }
    let mut seen: Vec<&str> = Vec::new();
    loop {
        let spaced = rest.starts_with(char::is_whitespace);
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return Ok((name, true, after));
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Ok((name, false, after));
        }
        let (attribute, after) = rest.split_once('=').ok_or_else(|| format!("`<{name}` is not closed"))?;
        let attribute = attribute.trim_end();
        let plain = !attribute.is_empty() && !attribute.contains(|c: char| c.is_whitespace() || "<>\"'&/".contains(c));
        // Real tags have a dozen; without a bound, looking for a double would take too long.
        if !spaced || !plain || seen.len() > 200 || seen.contains(&attribute) {
            return Err(format!("the attributes of `<{name}` are not well-formed"));
        }
        seen.push(attribute);
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let quote = quote.ok_or_else(|| format!("the attribute `{attribute}` is not in quotes"))?;
        let (value, after) =
            after[1..].split_once(quote).ok_or_else(|| format!("the attribute `{attribute}` is not closed"))?;
        if value.contains('<') {
            return Err(format!("the attribute `{attribute}` holds `<`: there it is `&lt;`"));
        }
        references(value)?;
        rest = after;
    }
}

fn characters(text: &str, outside: bool) -> Result<(), String> {
    if outside && !text.trim().is_empty() {
        return Err("text stands outside the outermost element".to_owned());
    }
    references(text)
}

/// Every `&` begins a character reference or one of the five entities that XML has by itself.
fn references(text: &str) -> Result<(), String> {
    for after in text.split('&').skip(1) {
        let name = after.split_once(';').map_or("", |(name, _)| name);
        let code = match name.strip_prefix("#x") {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => name.strip_prefix('#').and_then(|digits| digits.parse().ok()),
        };
        let known = matches!(name, "amp" | "lt" | "gt" | "quot" | "apos");
        if !known && !code.and_then(char::from_u32).is_some_and(is_xml) {
            return Err("`&` stands where no reference begins: in text it is `&amp;`".to_owned());
        }
    }
    Ok(())
}

/// Whether XML 1.0 can carry the character at all (production 2, `Char`).
pub(crate) fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The name of the outermost element and its attributes' text; for text that [`xml`] accepts.
pub(crate) fn root(text: &str) -> Option<(&str, &str)> {
    let mut rest = text.trim_start_matches('\u{FEFF}').trim_start();
    loop {
        let after = rest.strip_prefix('<')?;
        rest = match after {
            comment if comment.starts_with("!--") => closed(&comment[3..], "-->").ok()?.trim_start(),
            instruction if instruction.starts_with('?') => closed(instruction, "?>").ok()?.trim_start(),
            start => {
                let (name, _, after) = tag(start).ok()?;
                let inside = &start[name.len()..start.len() - after.len()];
                return Some((name, inside));
            }
        };
    }
}

/// What is wrong with `text` as JSON.
pub(crate) fn json(text: &str) -> Result<(), String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).map(|_| ()).map_err(|error| error.to_string())
}

/// What is wrong with `text` as a security descriptor: parts `O:`, `G:`, `D:`, `S:` (MS-DTYP §2.5.1), brackets in pairs.
pub(crate) fn sddl(text: &str) -> Result<(), String> {
    let known = ["O:", "G:", "D:", "S:"].iter().any(|part| text.starts_with(part));
    if !known {
        return Err("it does not begin with `O:`, `G:`, `D:` or `S:`".to_owned());
    }
    let mut depth = 0usize;
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' if depth == 0 => return Err("a `)` closes nothing".to_owned()),
            ')' => depth -= 1,
            _ => {}
        }
    }
    if depth > 0 { Err("a `(` is not closed".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_well_formed_passes() {
        for text in [
            "<a/>",
            "<?xml version=\"1.0\"?>\n<a b='1' c = \"x&amp;y\"><!-- < & --><b.c/>é<![CDATA[<&]]></a>\n",
            "\u{FEFF}<ns:a xmlns:ns=\"urn:x\">&#xF000;&#65;</ns:a >",
        ] {
            assert_eq!(xml(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in [
            "",
            "text",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>text",
            "<a b=1/>",
            "<a b='1' b='2'/>",
            "<a b='1'c='2'/>",
            "<a b='<'/>",
            "<a>&nbsp;</a>",
            "<a>&#0;</a>",
            "<a>a & b</a>",
            "<a>1 < 2</a>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
            "<a><![CDATA[</a>",
            "<a><!-- </a>",
            "<a",
            "<",
            "<a b",
            "<a b=",
            "<a b='",
        ] {
            assert!(xml(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nesting_costs_no_stack() {
        let deep = "<a>".repeat(200_000) + &"</a>".repeat(200_000);
        assert_eq!(xml(&deep), Ok(()));
    }

    #[test]
    fn the_root_is_found_behind_comments() {
        assert_eq!(root("<?xml version='1.0'?><!-- c --><R Type=\"Exe\"><x/></R>"), Some(("R", " Type=\"Exe\">")));
        assert_eq!(root("text"), None);
    }

    #[test]
    fn json_and_sddl_are_told_from_other_text() {
        assert!(json("{\"a\": [1]}").is_ok());
        assert!(json("{a}").is_err());
        assert!(json(&"[".repeat(100_000)).is_err());
        assert!(sddl("O:LSD:(A;;CC;;;S-1-5-84-0-0-0-0-0)").is_ok());
        assert!(sddl("A;;CC").is_err());
        assert!(sddl("D:(A;;CC").is_err());
    }
}
