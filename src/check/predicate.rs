//! Apple's predicates, as far as a compiler must understand them: the text of an `NSPredicate` ("Predicate Format String Syntax") with the
//! functions that declarative management adds, `@status(item)`, `@property(name)` and, inside collections, `@key(name)`. Whether the
//! devices can evaluate it beyond that only they can say.

use crate::setting::{Setting, Value};

/// What a predicate asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    /// Items of the device's status.
    pub(crate) status: Vec<&'a str>,
    /// Properties that the server has set.
    pub(crate) properties: Vec<&'a str>,
}

/// The text of a setting that is a predicate.
pub(crate) fn text(setting: &Setting) -> Option<&str> {
    match &setting.value {
        Value::Text(text) | Value::Plain(text) if setting.address.is_predicate() => Some(text),
        _ => None,
    }
}

/// What the text asks for, or what is wrong with it.
pub(crate) fn read(text: &str) -> Result<Asked<'_>, String> {
    if text.trim().is_empty() {
        return Err("the predicate is empty".to_owned());
    }
    let mut asked = Asked::default();
    let mut open: Vec<char> = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '"' | '\'' => rest = after_quote(rest, character)?,
            '‘' | '’' | '“' | '”' => {
                return Err(format!("`{character}` is no quote of the language: write `'` or `\"`"));
            }
            '(' | '{' | '[' => open.push(character),
            ')' | '}' | ']' => match open.pop() {
                Some(other) if closes(other) == character => {}
                _ => return Err(format!("`{character}` closes nothing")),
            },
            '@' => rest = function(rest, &mut asked)?,
            _ => {}
        }
    }
    match open.pop() {
        Some(character) => Err(format!("`{character}` is not closed")),
        None => Ok(asked),
    }
}

fn closes(open: char) -> char {
    match open {
        '(' => ')',
        '{' => '}',
        _ => ']',
    }
}

fn after_quote(text: &str, quote: char) -> Result<&str, String> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            end if end == quote => return Ok(&text[at + 1..]),
            _ => {}
        }
    }
    Err(format!("a text that begins with `{quote}` does not end"))
}

/// What stands behind an `@`: a function of Apple's with its argument, or an operator on a collection such as `@count`.
fn function<'a>(text: &'a str, asked: &mut Asked<'a>) -> Result<&'a str, String> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let Some(argument) = rest.strip_prefix('(') else {
        return match name {
            "status" | "property" | "key" => Err(format!("`@{name}` names nothing: write `@{name}(…)`")),
            _ => Ok(rest),
        };
    };
    let Some((argument, rest)) = argument.split_once(')') else { return Err(format!("`@{name}(` is not closed")) };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if argument.is_empty() || !argument.chars().all(is_name) {
        return Err(format!("`@{name}({argument})` names nothing"));
    }
    match name {
        "status" => asked.status.push(argument),
        "property" => asked.properties.push(argument),
        "key" => {}
        _ => return Err(format!("`@{name}(…)` is no function: there are `@status`, `@property` and `@key`")),
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(&[&str], &[&str]), &str>) {
        match (read(text), expected) {
            (Ok(asked), Ok((status, properties))) => {
                assert_eq!((asked.status.as_slice(), asked.properties.as_slice()), (status, properties), "{text}");
            }
            (Err(why), Err(part)) => assert!(why.contains(part), "{text}: {why}"),
            (got, _) => panic!("{text}: {got:?}"),
        }
    }

    #[test]
    fn items_and_properties_are_found() {
        check("@status(passcode.is-compliant) == TRUE", Ok((&["passcode.is-compliant"], &[])));
        check("(@property(age) >= 18) AND @status(a.b) IN {'x', \"y)\"}", Ok((&["a.b"], &["age"])));
        check("SUBQUERY(@status(mdm.app), $a, $a.@key(identifier) == 'x').@count == 1", Ok((&["mdm.app"], &[])));
        check("1 == 0", Ok((&[], &[])));
        check("'@status(x)' == 'it\\'s'", Ok((&[], &[])));
    }

    #[test]
    fn what_is_none_is_told() {
        check(" ", Err("empty"));
        check("(1 == 1", Err("`(` is not closed"));
        check("1 == 1)", Err("`)` closes nothing"));
        check("(1 == 1}", Err("`}` closes nothing"));
        check("'a == 1", Err("does not end"));
        check("@status(a) == ‘Mac’", Err("no quote"));
        check("@status() == 1", Err("names nothing"));
        check("@status == 1", Err("names nothing"));
        check("@status(a == 1", Err("is not closed"));
        check("@state(a) == 1", Err("no function"));
    }
}
