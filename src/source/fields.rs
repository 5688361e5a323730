//! Reading a mapping field by field: what is there, what is missing, what nobody asked for, each with its place.

use super::yaml::{Entry, Kind, Node};
use super::{Span, Spanned};
use crate::diagnostic::nearest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::Date;

/// What most mappings can hold.
const MOST_FIELDS: usize = 16;

/// A mapping that is being read. [`Fields::finish`] reports what nobody took.
pub struct Fields<'a> {
    /// The whole mapping.
    pub span: Span,
    what: &'static str,
    entries: &'a [Entry],
    taken: Vec<bool>,
    /// Every name that was asked for; some twice.
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Begins to read `node` as `what` ("a group", "a clause"); `wrong-shape` where it is no mapping.
    pub fn of(node: &'a Node, what: &'static str, found: &mut Diagnostics) -> Option<Fields<'a>> {
        let entries = entries(node, what, found)?;
        let (taken, known) = (vec![false; entries.len()], Vec::with_capacity(MOST_FIELDS));
        Some(Fields { span: node.span, what, entries, taken, known })
    }

    /// The value of a field that may be missing.
    pub fn take(&mut self, name: &'static str) -> Option<&'a Node> {
        self.take_entry(name).map(|entry| &entry.value)
    }

    /// The field with its key.
    pub fn take_entry(&mut self, name: &'static str) -> Option<&'a Entry> {
        self.known.push(name);
        let at = self.entries.iter().position(|entry| entry.key.value == name)?;
        self.taken[at] = true;
        Some(&self.entries[at])
    }

    /// The value of a field that must be there; `missing-field` at `place` where it is not.
    pub fn need(&mut self, name: &'static str, place: Span, found: &mut Diagnostics) -> Option<&'a Node> {
        let value = self.take(name);
        if value.is_none() {
            found.push(
                Diagnostic::new(Code::MissingField, place, format!("{} has no `{name}`", self.what))
                    .help(format!("add `{name}: …`")),
            );
        }
        value
    }

    /// Reports every field that nobody took, with the nearest of those that exist.
    pub fn finish(self, found: &mut Diagnostics) {
        for (entry, _) in self.entries.iter().zip(&self.taken).filter(|(_, taken)| !**taken) {
            let name = &entry.key.value;
            let cure = did_you_mean(name, self.known.iter().copied()).unwrap_or_else(|| {
                let first = |(n, name): &(usize, &&str)| !self.known[..*n].contains(name);
                let known = self.known.iter().enumerate().filter(first);
                let names: Vec<String> = known.map(|(_, name)| format!("`{name}`")).collect();
                format!("{} has {}", self.what, names.join(", "))
            });
            found.push(
                Diagnostic::new(Code::UnknownField, entry.key.span, format!("{} has no field `{name}`", self.what))
                    .help(cure),
            );
        }
    }
}

/// The entries of a mapping, in the order of the file; `wrong-shape` where it is none.
pub fn entries<'a>(node: &'a Node, what: &str, found: &mut Diagnostics) -> Option<&'a [Entry]> {
    match &node.kind {
        Kind::Map(entries) => Some(entries),
        _ => {
            wrong_shape(node, &format!("{what} is a mapping"), "write `key: value` lines below it", found);
            None
        }
    }
}

/// The items of a list; `wrong-shape` where it is none.
pub fn items<'a>(node: &'a Node, what: &str, found: &mut Diagnostics) -> Option<&'a [Node]> {
    match &node.kind {
        Kind::List(items) => Some(items),
        _ => {
            wrong_shape(node, &format!("{what} is a list"), "write `[…]`, or a line with `-` for each item", found);
            None
        }
    }
}

/// A scalar's text, whether it is plain or quoted; `wrong-shape` where it is none.
pub fn scalar<'a>(node: &'a Node, what: &str, found: &mut Diagnostics) -> Option<(&'a str, bool)> {
    match &node.kind {
        Kind::Scalar { text, plain } => (!node.is_missing()).then_some((text, *plain)),
        _ => {
            wrong_shape(node, &format!("{what} is a single value"), "write one value", found);
            None
        }
    }
}

fn wrong_shape(node: &Node, wanted: &str, cure: &str, found: &mut Diagnostics) {
    if node.is_missing() {
        return;
    }
    found.push(
        Diagnostic::new(Code::WrongShape, node.span, format!("{wanted}, and here is {}", node.describe())).help(cure),
    );
}

/// Text: quoted, or plain words.
pub fn text(node: &Node, what: &str, found: &mut Diagnostics) -> Option<Spanned<String>> {
    let (text, _) = scalar(node, what, found)?;
    Some(Spanned::new(text.to_owned(), node.span))
}

/// Text that looks like a number to other YAML readers, and so must be quoted: versions, clause ids, times.
pub fn quoted(node: &Node, what: &str, found: &mut Diagnostics) -> Option<Spanned<String>> {
    let (text, plain) = scalar(node, what, found)?;
    if plain && looks_like_number(text) {
        found.push(
            Diagnostic::new(
                Code::UnquotedText,
                node.span,
                format!("{what} `{text}` has no quotes: other YAML readers take it for a number, so that 2.10 is 2.1"),
            )
            .help(format!("write `\"{text}\"`"))
            .fix(node.span, format!("\"{text}\"")),
        );
    }
    Some(Spanned::new(text.to_owned(), node.span))
}

/// Whether some reader of YAML 1.1 or 1.2 takes it for a number, a time or a day: decimal, octal, hexadecimal, with an exponent, in
/// sixties. Versions with several dots are text to all of them, and are quoted all the same: so one rule is enough to remember.
fn looks_like_number(text: &str) -> bool {
    let digits =
        |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit());
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(rest) = bare.strip_prefix("0x").or(bare.strip_prefix("0o")).or(bare.strip_prefix("0b")) {
        return !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
    }
    let (mantissa, exponent) = bare.split_once(['e', 'E']).unwrap_or((bare, "0"));
    let whole = mantissa.bytes().any(|b| b.is_ascii_digit())
        && mantissa.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'_' | b':' | b'-'));
    whole && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

/// What somebody wrote, told apart from a word where quotes make it a text.
fn said(text: &str, plain: bool) -> String {
    if plain { format!("`{text}`") } else { format!("the text `\"{text}\"`") }
}

/// `true` or `false`, plain.
pub fn boolean(node: &Node, what: &str, found: &mut Diagnostics) -> Option<Spanned<bool>> {
    let (text, plain) = scalar(node, what, found)?;
    match text {
        "true" if plain => return Some(Spanned::new(true, node.span)),
        "false" if plain => return Some(Spanned::new(false, node.span)),
        _ => {}
    }
    let meant = match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" | "true" | "1" => Some("true"),
        "no" | "off" | "n" | "false" | "0" => Some("false"),
        _ => None,
    };
    let mut finding = Diagnostic::new(
        Code::InvalidValue,
        node.span,
        format!("{what} is `true` or `false`, and here is {}", said(text, plain)),
    );
    finding = match meant {
        Some(word) => finding.help(format!("write `{word}`, without quotes")).fix(node.span, word),
        None => finding.help("write `true` or `false`, without quotes"),
    };
    found.push(finding);
    None
}

/// A whole number, plain and decimal.
pub fn integer(node: &Node, what: &str, found: &mut Diagnostics) -> Option<Spanned<i128>> {
    let (text, plain) = scalar(node, what, found)?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let decimal = plain
        && !digits.is_empty()
        && digits.len() <= 30
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    match text.parse::<i128>() {
        Ok(number) if decimal => Some(Spanned::new(number, node.span)),
        parsed => {
            let cause = format!("{what} is a whole number, and here is {}", said(text, plain));
            let finding = Diagnostic::new(Code::InvalidValue, node.span, cause);
            found.push(match parsed {
                Ok(number) if plain => finding.help(format!("write `{number}`")).fix(node.span, number.to_string()),
                Ok(number) => {
                    finding.help(format!("write `{number}`, without quotes")).fix(node.span, number.to_string())
                }
                Err(_) if text == "none" => finding.help("write `none` without quotes, where the value may be missing"),
                Err(_) => finding.help("write decimal digits without quotes, such as `6`"),
            });
            None
        }
    }
}

/// A day, plain: `2026-10-01`, or a month for its last day.
pub fn date(node: &Node, what: &str, found: &mut Diagnostics) -> Option<Spanned<Date>> {
    let (text, plain) = scalar(node, what, found)?;
    let finding = |cause: String| Diagnostic::new(Code::InvalidValue, node.span, cause);
    match Date::parse(text) {
        Some(date) if plain => return Some(Spanned::new(date, node.span)),
        Some(_) => found.push(
            finding(format!("{what} is a day, and text in quotes is no day"))
                .help(format!("write `{text}` without quotes"))
                .fix(node.span, text),
        ),
        None => found.push(
            finding(format!("{what} is a day, and here is `{text}`"))
                .help("write it as `2026-10-01`, or a month such as `2025-03` for its last day"),
        ),
    }
    None
}

/// One of a list of words.
pub fn word<T: Copy>(
    node: &Node,
    what: &str,
    words: &[(&'static str, T)],
    found: &mut Diagnostics,
) -> Option<Spanned<T>> {
    let (text, _) = scalar(node, what, found)?;
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Some(Spanned::new(*value, node.span));
    }
    let all: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
    let cure = did_you_mean(text, words.iter().map(|(word, _)| *word));
    let mut finding = Diagnostic::new(Code::InvalidValue, node.span, format!("`{text}` is not {what}"));
    if let Some(cure) = cure {
        finding = finding.help(cure);
    }
    found.push(finding.help(format!("it is one of {}", all.join(", "))));
    None
}

/// A name of ours: kebab-case, as ids of organisations, groups, policies and controls are.
pub fn name(node: &Node, what: &str, found: &mut Diagnostics) -> Option<Spanned<String>> {
    let (text, _) = scalar(node, what, found)?;
    check_name(&Spanned::new(text.to_owned(), node.span), what, found).then(|| Spanned::new(text.to_owned(), node.span))
}

/// Whether a name is kebab-case; the finding where it is not.
pub fn check_name(name: &Spanned<String>, what: &str, found: &mut Diagnostics) -> bool {
    let good = !name.is_empty()
        && name.len() <= 64
        && name
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    if !good {
        let meant: String = name
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect::<String>()
            .split('-')
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("-");
        let finding = Diagnostic::new(
            Code::InvalidValue,
            name.span,
            format!("`{}` is not a name for {what}: names are lower-case words joined by hyphens", name.value),
        );
        found.push(if meant.is_empty() || meant.len() > 64 {
            finding.help("write a name such as `field-laptops`, of at most 64 letters")
        } else {
            finding.help(format!("write `{meant}`"))
        });
    }
    good
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Content, SourceFile, Sources};

    /// Reads `x: TEXT` and gives what `read` makes of the value, with the findings.
    fn with<T>(text: &str, read: impl Fn(&Node, &mut Diagnostics) -> Option<T>) -> (Option<T>, Vec<String>) {
        let content = Content::Bytes(format!("x: {text}\n").into_bytes());
        let sources = Sources::new(vec![SourceFile { path: "a.yaml".to_owned(), content }]);
        let (file, _) = sources.files().next().unwrap();
        let mut found = Diagnostics::default();
        let root = crate::source::yaml::parse(&sources, file, &mut found).unwrap();
        let entries = entries(&root, "the file", &mut found).unwrap();
        let value = read(&entries[0].value, &mut found);
        (value, found.iter().map(|d| format!("{} {} ({})", d.code, d.message, d.help.join("; "))).collect())
    }

    fn good<T: PartialEq + std::fmt::Debug>(
        text: &str,
        read: impl Fn(&Node, &mut Diagnostics) -> Option<Spanned<T>>,
        expected: T,
    ) {
        let (value, findings) = with(text, read);
        assert_eq!((value.map(|value| value.value), findings), (Some(expected), Vec::new()), "{text}");
    }

    fn bad<T>(text: &str, read: impl Fn(&Node, &mut Diagnostics) -> Option<Spanned<T>>, expected: &str) {
        let (value, findings) = with(text, read);
        assert!(value.is_none(), "{text}");
        assert_eq!(findings, [expected], "{text}");
    }

    #[test]
    fn booleans_are_true_and_false_alone() {
        let read = |node: &Node, found: &mut Diagnostics| boolean(node, "`on`", found);
        good("true", read, true);
        good("false", read, false);
        let cure = |here: &str, word: &str| {
            format!("invalid-value `on` is `true` or `false`, and here is `{here}` (write `{word}`, without quotes)")
        };
        for (here, word) in [("no", "false"), ("Yes", "true"), ("off", "false"), ("TRUE", "true"), ("1", "true")] {
            bad(here, read, &cure(here, word));
        }
        bad("\"true\"", read, &cure("true", "true").replace("here is `true`", "here is the text `\"true\"`"));
        bad("perhaps", read, &cure("perhaps", "true").replace("`true`, without", "`true` or `false`, without"));
        bad("[true]", read, "wrong-shape `on` is a single value, and here is a list (write one value)");
    }

    #[test]
    fn whole_numbers_are_decimal_and_without_quotes() {
        let read = |node: &Node, found: &mut Diagnostics| integer(node, "`n`", found);
        good("6", read, 6);
        good("-1", read, -1);
        good("0", read, 0);
        good("18446744073709551616", read, 18_446_744_073_709_551_616);
        let cure = "write decimal digits without quotes, such as `6`";
        for text in ["0x10", "0o7", "1_000", "1e3", "6.0", "six", "1:30"] {
            bad(text, read, &format!("invalid-value `n` is a whole number, and here is `{text}` ({cure})"));
        }
        bad("017", read, "invalid-value `n` is a whole number, and here is `017` (write `17`)");
        bad("+6", read, "invalid-value `n` is a whole number, and here is `+6` (write `6`)");
        let quoted = "invalid-value `n` is a whole number, and here is the text `\"6\"` (write `6`, without quotes)";
        bad("\"6\"", read, quoted);
        let absent = "invalid-value `n` is a whole number, and here is the text `\"none\"` (write `none` without quotes, where \
                      the value may be missing)";
        bad("\"none\"", read, absent);
    }

    #[test]
    fn what_looks_like_a_number_and_is_text_stands_in_quotes() {
        let read = |node: &Node, found: &mut Diagnostics| quoted(node, "the version", found);
        good("\"26.0\"", read, "26.0".to_owned());
        good("'2.10'", read, "2.10".to_owned());
        good("2.12.c", read, "2.12.c".to_owned());
        good("2.7.e", read, "2.7.e".to_owned());
        good("18.x", read, "18.x".to_owned());
        good("2.19·s1", read, "2.19·s1".to_owned());
        for text in
            ["26.0", "2.10", "18", "10.0.22631", "07:30", "1e5", "1.5E-3", "2026-014", "017", "0x1F", "-1", ".5"]
        {
            let cause = format!(
                "unquoted-text the version `{text}` has no quotes: other YAML readers take it for a number, so that 2.10 \
                 is 2.1 (write `\"{text}\"`)"
            );
            assert_eq!(with(text, read).1, [cause]);
        }
    }

    #[test]
    fn days_are_plain_and_real() {
        let read = |node: &Node, found: &mut Diagnostics| date(node, "`from`", found);
        good("2026-10-01", read, Date::new(2026, 10, 1).unwrap());
        good("2025-03", read, Date::new(2025, 3, 31).unwrap());
        for text in ["2026-13-01", "2026-02-30", "1.10.2026", "2026-1-1", "tomorrow", "2026"] {
            let cure = "write it as `2026-10-01`, or a month such as `2025-03` for its last day";
            bad(text, read, &format!("invalid-value `from` is a day, and here is `{text}` ({cure})"));
        }
        let cause = "invalid-value `from` is a day, and text in quotes is no day (write `2026-10-01` without quotes)";
        bad("\"2026-10-01\"", read, cause);
    }

    #[test]
    fn names_are_lower_case_words_joined_by_hyphens() {
        let read = |node: &Node, found: &mut Diagnostics| name(node, "a group", found);
        good("field-laptops2", read, "field-laptops2".to_owned());
        for (text, cure) in [("Field_Laptops", "field-laptops"), ("-x-", "x"), ("a--b", "a-b"), ("é", "é")] {
            let cure = match cure {
                "é" => "write a name such as `field-laptops`, of at most 64 letters".to_owned(),
                cure => format!("write `{cure}`"),
            };
            let cause = "is not a name for a group: names are lower-case words joined by hyphens";
            bad(text, read, &format!("invalid-value `{text}` {cause} ({cure})"));
        }
        assert_eq!(with(&"x".repeat(65), read).1.len(), 1);
    }

    #[test]
    fn a_word_that_is_nearly_right_has_a_cure() {
        let words = [("device", 1), ("user", 2)];
        let read = |node: &Node, found: &mut Diagnostics| word(node, "an enrolment", &words, found);
        good("user", read, 2);
        let all = "it is one of `device`, `user`";
        bad("devise", read, &format!("invalid-value `devise` is not an enrolment (did you mean `device`?; {all})"));
        bad("zzz", read, &format!("invalid-value `zzz` is not an enrolment ({all})"));
    }

    #[test]
    fn what_nobody_takes_and_what_is_missing_are_reported() {
        let read = |node: &Node, found: &mut Diagnostics| {
            let mut fields = Fields::of(node, "a group", found)?;
            fields.need("title", node.span, found);
            fields.take("platform");
            fields.take("platform");
            fields.finish(found);
            None::<Spanned<()>>
        };
        bad(
            "{title: a, platfrom: b}",
            read,
            "unknown-field a group has no field `platfrom` (did you mean `platform`?)",
        );
        bad("{title: a, zzz: b}", read, "unknown-field a group has no field `zzz` (a group has `title`, `platform`)");
        bad("{}", read, "missing-field a group has no `title` (add `title: …`)");
        let cure = "write `key: value` lines below it";
        bad("[a]", read, &format!("wrong-shape a group is a mapping, and here is a list ({cure})"));
    }

    #[test]
    fn where_nothing_stands_one_finding_is_enough() {
        let empty = "empty-value nothing stands here where a value is wanted (write the value; `{}`, `[]` and `none` say that \
                     there is none, and quotes make a text of a word)";
        bad("", |node, found| boolean(node, "`on`", found), empty);
        bad("", |node, found| text(node, "`on`", found), empty);
        bad("", |node, found| items(node, "`on`", found).map(|_| Spanned::nowhere(())), empty);
        bad("", |node, found| entries(node, "`on`", found).map(|_| Spanned::nowhere(())), empty);
    }
}
