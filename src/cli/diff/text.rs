//! A review for the terminal: by organisation and group, what needs judgement first, and a count at the end.

use super::super::session::many;
use policyc::compare::{Direction, Judgement};
use policyc::diagnostic::render::{Style, styled};
use policyc::review::{self, Change, FailOn, Kind, Moved, Review, Subject};

/// Characters of a value that are shown.
const WIDTH: usize = 160;

/// The whole review.
pub(super) fn text(review: &Review, fail_on: &[FailOn]) -> String {
    let mut text = String::new();
    let mut head: Option<(&str, Option<&str>)> = None;
    for change in review.changes.iter().filter(|change| change.kind != Kind::Cosmetic) {
        let own = (change.organisation.as_str(), change.group.as_deref());
        if head != Some(own) {
            let title = match own {
                (organisation, Some(group)) => format!("{organisation} / {group}"),
                (organisation, None) => organisation.to_owned(),
            };
            text.push_str(&format!("{}\n", styled(Style::Strong, title.trim_matches([' ', '/']))));
            head = Some(own);
        }
        push(change, review, &mut text);
    }
    cosmetic(review, &mut text);
    files(review, &mut text);
    for remark in &review.remarks {
        text.push_str(&format!("{}\n", styled(Style::Dim, &format!("note: {remark}"))));
    }
    text.push_str(&format!("{}\n", summary(review)));
    text.push_str(&stops(review, fail_on));
    text
}

fn push(change: &Change, review: &Review, text: &mut String) {
    let subject = named(change);
    let value = match (&change.before, &change.after) {
        (None, None) => change.what.to_owned(),
        (None, Some(after)) => format!("{} {}", change.what, cut(after)),
        (Some(before), None) => format!("{} {}", change.what, cut(before)),
        (Some(before), Some(after)) => format!("{} → {}", cut(before), cut(after)),
    };
    let kind = if change.kind == Kind::Identity { "identity, " } else { "" };
    text.push_str(&format!(
        "  {} {}: {}\n",
        badge(&change.judgement, kind),
        styled(Style::Strong, &subject),
        styled(Style::Plain, &value)
    ));
    // What goes no way and moves nothing on devices is a line, so that the rest is seen.
    if change.kind == Kind::Behaviour && change.direction() == Direction::Neutral && change.settings.is_empty() {
        return;
    }
    parts(&change.judgement, text);
    if !matches!(change.subject, Subject::Setting(_)) {
        change.settings.iter().for_each(|moved| setting(moved, change, text));
    }
    let mut lines = vec![format!("because {}", change.judgement.because)];
    if !change.clauses.is_empty() {
        let clauses: Vec<String> = change.clauses.iter().map(ToString::to_string).collect();
        lines.push(format!("asked by {}", clauses.join(", ")));
    }
    if !change.exceptions.is_empty() && !matches!(change.subject, Subject::Exception(..)) {
        lines.push(format!("under exception {}", change.exceptions.join(", ")));
    }
    lines
        .extend(change.place.as_ref().map(|place| format!("at {place}{}", if place.later { "" } else { " (before)" })));
    lines.extend(change.impacts.iter().map(|impact| format!("on devices: {impact}")));
    if change.impacts.is_empty() && !change.settings.is_empty() {
        lines.push(format!("on devices: {}", review::impact::NONE_KNOWN));
    }
    lines.extend(change.cure.as_ref().map(|cure| format!("cure: {cure}")));
    match review.approved.get(&change.id) {
        Some(approval) => {
            lines.push(format!("{}: approved by {}, {}: {}", change.id, approval.by, approval.date, approval.why))
        }
        None => lines.push(change.id.clone()),
    }
    for line in lines {
        text.push_str(&format!("      {}\n", styled(Style::Dim, &line)));
    }
}

fn setting(moved: &Moved, change: &Change, text: &mut String) {
    let side = |value: &Option<String>| value.as_deref().map_or("not set".to_owned(), cut);
    let own = if moved.judgement.direction == change.direction() {
        String::new()
    } else {
        format!(" ({})", moved.judgement.direction.word())
    };
    let file = match (&moved.file_before, &moved.file_after) {
        (Some(before), Some(after)) if before != after => format!(", {before} → {after}"),
        _ => String::new(),
    };
    let line = format!("{}: {} → {}{own}{file}", moved.address, side(&moved.before), side(&moved.after));
    text.push_str(&format!("      {}\n", styled(Style::Plain, &line)));
    if change.judgement.parts.is_empty() {
        parts(&moved.judgement, text);
    }
}

fn parts(judgement: &Judgement, text: &mut String) {
    for (part, direction) in &judgement.parts {
        text.push_str(&format!("        {} {}\n", direction.word(), styled(Style::Plain, &cut(part))));
    }
}

fn badge(judgement: &Judgement, kind: &str) -> String {
    let style = match judgement.direction {
        Direction::Weaker => Style::Removed,
        Direction::Stronger => Style::Added,
        Direction::Unknown => Style::Error,
        Direction::Neutral => Style::Dim,
    };
    styled(style, &format!("{:9}", format!("{kind}{}", judgement.direction.word())))
}

fn named(change: &Change) -> String {
    match &change.subject {
        Subject::Group(None) => format!("the group {}", change.group.as_deref().unwrap_or_default()),
        subject => subject.to_string(),
    }
}

/// Names, words and order: a line each, where there are few of a kind, else a count.
fn cosmetic(review: &Review, text: &mut String) {
    let all: Vec<&Change> = review.changes.iter().filter(|change| change.kind == Kind::Cosmetic).collect();
    if all.is_empty() {
        return;
    }
    text.push_str(&format!("{}\n", styled(Style::Strong, "words, numbers and order")));
    for change in all {
        let value = match (&change.before, &change.after) {
            (Some(before), Some(after)) => format!(": {} → {}", cut(before), cut(after)),
            (Some(one), None) | (None, Some(one)) => format!(": {}", cut(one)),
            (None, None) => String::new(),
        };
        let group = change.group.as_ref().map_or_else(String::new, |group| format!("{group}: "));
        let line = format!("{group}{} {}{value}", named(change), change.what);
        text.push_str(&format!("  {}\n", styled(Style::Plain, &line)));
    }
}

fn files(review: &Review, text: &mut String) {
    let told = |file: &review::FileChange| {
        let whole = |path: &str| format!("{}/{}/{path}", file.organisation, file.group).trim_matches('/').to_owned();
        match (&file.before, &file.after) {
            (None, Some(after)) => Some(format!("+ {}", whole(after))),
            (Some(before), None) => Some(format!("- {}", whole(before))),
            (Some(before), Some(after)) if before != after => Some(format!("{} → {after}", whole(before))),
            _ => None,
        }
    };
    let lines: Vec<String> = review.files.iter().filter_map(told).collect();
    if !lines.is_empty() {
        text.push_str(&format!("{}\n", styled(Style::Strong, "files that come and go")));
        lines.iter().for_each(|line| text.push_str(&format!("  {}\n", styled(Style::Plain, line))));
    }
}

/// How much differs, on one line.
pub(crate) fn summary(review: &Review) -> String {
    let count = |kind: Kind| review.changes.iter().filter(|change| change.kind == kind).count();
    let (behaviour, identity, cosmetic) = (count(Kind::Behaviour), count(Kind::Identity), count(Kind::Cosmetic));
    if review.changes.is_empty() {
        return match review.sources.len() {
            0 => "nothing differs".to_owned(),
            n => format!("nothing differs but the text of {}", many(n, "source")),
        };
    }
    let directions: Vec<String> = Direction::WORDS
        .iter()
        .map(|(direction, word)| {
            let of = |change: &&Change| change.kind != Kind::Cosmetic && change.direction() == *direction;
            (review.changes.iter().filter(of).count(), word)
        })
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    let directions = if directions.is_empty() { String::new() } else { format!(" ({})", directions.join(", ")) };
    format!(
        "{} of behaviour, {identity} of identity{directions}; {cosmetic} of words, numbers and order; {}",
        many(behaviour, "change"),
        many(review.files.len(), "file")
    )
}

fn stops(review: &Review, fail_on: &[FailOn]) -> String {
    let stopping = review::stopping(review, fail_on);
    if stopping.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", styled(Style::Error, "stopped by --fail-on:"));
    for (change, reasons) in stopping {
        let reasons: Vec<&str> = reasons.iter().map(|reason| reason.word()).collect();
        let line = format!("{}  {} ({})", change.id, named(change), reasons.join(", "));
        text.push_str(&format!("  {}\n", styled(Style::Plain, &line)));
    }
    text
}

/// A value on one line, of a length that a terminal shows.
fn cut(value: &str) -> String {
    let line: String = value.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= WIDTH {
        return line;
    }
    format!("{}…", line.chars().take(WIDTH).collect::<String>())
}
