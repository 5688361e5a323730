//! Lays JSON out for review: a value that fits its line stays on one, so a key or node takes a line or a few, and a changed fact
//! is a changed line. Members keep the order of the records.

/// The width that a value on one line keeps to, its indentation counted.
const WIDTH: usize = 140;

enum Json<'a> {
    Atom(&'a str),
    List(Vec<Json<'a>>),
    Map(Vec<(&'a str, Json<'a>)>),
}

/// Lays out JSON as `serde_json` writes it: valid, without a space between tokens.
pub(crate) fn lay_out(compact: &str) -> String {
    let (value, _) = parse(compact);
    let mut out = String::with_capacity(compact.len() * 2);
    write(&value, 0, 0, &mut out);
    out.push('\n');
    out
}

/// Splits one value off the front. What comes in is our own records, so the depth is theirs.
fn parse(text: &str) -> (Json<'_>, &str) {
    let mut rest = &text[1..];
    match text.as_bytes()[0] {
        b'[' => {
            let mut items = Vec::new();
            while !rest.starts_with(']') {
                let (item, after) = parse(rest.trim_start_matches(','));
                items.push(item);
                rest = after;
            }
            (Json::List(items), &rest[1..])
        }
        b'{' => {
            let mut members = Vec::new();
            while !rest.starts_with('}') {
                let (name, after) = atom(rest.trim_start_matches(','));
                let (value, after) = parse(&after[1..]);
                members.push((name, value));
                rest = after;
            }
            (Json::Map(members), &rest[1..])
        }
        _ => {
            let (value, after) = atom(text);
            (Json::Atom(value), after)
        }
    }
}

/// Splits a string, a number, `true`, `false` or `null` off the front.
fn atom(text: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = if text.starts_with('"') {
        let closing = text.char_indices().skip(1).find(|(_, character)| {
            let closes = *character == '"' && !escaped;
            escaped = *character == '\\' && !escaped;
            closes
        });
        closing.map_or(text.len(), |(at, _)| at + 1)
    } else {
        text.find([',', ']', '}']).unwrap_or(text.len())
    };
    text.split_at(end)
}

fn write(value: &Json<'_>, depth: usize, used: usize, out: &mut String) {
    let start = out.len();
    write_flat(value, out);
    let flat = out.len() - start;
    if flat + depth * 2 + used <= WIDTH || matches!(value, Json::Atom(_)) {
        return;
    }
    out.truncate(start);
    match value {
        Json::Atom(text) => out.push_str(text),
        Json::List(items) if items.iter().all(|item| matches!(item, Json::Atom(_))) => fill(items, depth, out),
        Json::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                break_line(index, depth + 1, out);
                write(item, depth + 1, 1, out);
            }
            close_line(depth, ']', out);
        }
        Json::Map(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                break_line(index, depth + 1, out);
                out.push_str(name);
                out.push_str(": ");
                write(member, depth + 1, name.len() + 3, out);
            }
            close_line(depth, '}', out);
        }
    }
}

/// Numbers and texts fill their lines.
fn fill(items: &[Json<'_>], depth: usize, out: &mut String) {
    out.push('[');
    let mut used = WIDTH;
    for (index, item) in items.iter().enumerate() {
        let Json::Atom(text) = item else { continue };
        if used + text.len() + 2 > WIDTH {
            break_line(index, depth + 1, out);
            used = (depth + 1) * 2;
        } else {
            out.push_str(", ");
        }
        out.push_str(text);
        used += text.len() + 2;
    }
    close_line(depth, ']', out);
}

fn write_flat(value: &Json<'_>, out: &mut String) {
    match value {
        Json::Atom(text) => out.push_str(text),
        Json::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_flat(item, out);
            }
            out.push(']');
        }
        Json::Map(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                out.push_str(if index == 0 { " " } else { ", " });
                out.push_str(name);
                out.push_str(": ");
                write_flat(member, out);
            }
            out.push_str(" }");
        }
    }
}

fn break_line(index: usize, depth: usize, out: &mut String) {
    out.push_str(if index == 0 { "\n" } else { ",\n" });
    out.push_str(&"  ".repeat(depth));
}

fn close_line(depth: usize, bracket: char, out: &mut String) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(bracket);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &serde_json::Value) -> String {
        let laid_out = lay_out(&serde_json::to_string(value).unwrap());
        assert_eq!(&serde_json::from_str::<serde_json::Value>(&laid_out).unwrap(), value, "the same JSON");
        laid_out
    }

    #[test]
    fn a_short_value_stays_on_its_line() {
        let value = serde_json::json!({ "a": [1, true, null], "b": { "c": "x" } });
        assert_eq!(check(&value), "{ \"a\": [1, true, null], \"b\": { \"c\": \"x\" } }\n");
    }

    #[test]
    fn a_long_value_breaks_at_its_outermost_level_first() {
        let long = "x".repeat(100);
        let value = serde_json::json!([{ "k": long }, { "k": long }]);
        assert_eq!(check(&value), format!("[\n  {{ \"k\": \"{long}\" }},\n  {{ \"k\": \"{long}\" }}\n]\n"));
    }

    #[test]
    fn a_long_list_of_texts_fills_its_lines() {
        let value = serde_json::json!(vec!["0123456789"; 14]);
        let laid_out = check(&value);
        assert_eq!(laid_out.lines().count(), 4, "{laid_out}");
        assert!(laid_out.lines().all(|line| line.len() <= WIDTH));
    }

    #[test]
    fn brackets_quotes_and_backslashes_in_texts_are_texts() {
        check(&serde_json::json!({ "a\"]},": "\\", "b": ["\\\"", "{[", "\u{f000}", ""], "c": {}, "d": [] }));
    }
}
