//! `GroupConfiguration` of Policy/LocalUsersAndGroups: the members of one local group, replaced. The group stands by its SID, since the
//! names of Windows' own groups change with its language.

use super::text::{Element, unescaped};
use super::{Parts, word, words};
use crate::setting::Value;

/// `{ $xml: group-membership, group: S-1-5-32-544, members: $members }`.
pub(super) fn write(parts: &Parts) -> Result<Option<String>, String> {
    let (Some(group), Some(members)) = (word(parts, "group"), words(parts, "members")?) else { return Ok(None) };
    let members = members.iter().map(|member| Element::new("add", &[("member", member)]));
    let access = Element::new("accessgroup", &[("desc", group)])
        .holding([Element::new("group", &[("action", "R")])])
        .holding(members);
    Ok(Some(Element::new("GroupConfiguration", &[]).holding([access]).document()))
}

/// The group and its members, from a document that `write` wrote.
pub(super) fn read(document: &str) -> Option<Parts> {
    let quoted =
        |line: &str, start: &str, end: &str| Some(unescaped(line.trim_start().strip_prefix(start)?.strip_suffix(end)?));
    let mut lines = document.lines();
    (lines.next() == Some("<GroupConfiguration>")).then_some(())?;
    let group = quoted(lines.next()?, "<accessgroup desc=\"", "\">")?;
    let members: Vec<Value> =
        lines.filter_map(|line| quoted(line, "<add member=\"", "\"/>")).map(Value::Text).collect();
    let parts = Parts::from([("group".to_owned(), Value::Text(group)), ("members".to_owned(), Value::array(members))]);
    // What says more, or adds where this replaces, is another document.
    (write(&parts) == Ok(Some(document.to_owned()))).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(members: &[&str]) -> Parts {
        Parts::from([
            ("group".to_owned(), Value::text("S-1-5-32-544")),
            ("members".to_owned(), Value::array(members.iter().map(|member| Value::text(*member)))),
        ])
    }

    #[test]
    fn members_are_replaced_and_read_back() {
        let parts = parts(&["Administrator", "AzureAD\\Ann & Bob"]);
        let expected = "<GroupConfiguration>\n  <accessgroup desc=\"S-1-5-32-544\">\n    <group action=\"R\"/>\n    \
            <add member=\"Administrator\"/>\n    <add member=\"AzureAD\\Ann &amp; Bob\"/>\n  </accessgroup>\n</GroupConfiguration>";
        assert_eq!(write(&parts), Ok(Some(expected.to_owned())));
        assert_eq!(read(expected), Some(parts));
    }

    #[test]
    fn nothing_is_replaced_where_nobody_is_named_and_foreign_documents_stay_text() {
        assert_eq!(write(&Parts::from([("group".to_owned(), Value::text("S-1-5-32-544"))])), Ok(None));
        assert_eq!(read("<GroupConfiguration/>"), None);
        let adds = write(&parts(&["Ann"])).unwrap().unwrap().replace("\"R\"", "\"U\"");
        assert_eq!(read(&adds), None);
    }
}
