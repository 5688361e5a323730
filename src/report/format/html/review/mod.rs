//! A review as a page: what needs a reviewer most stands first, and everything can be filtered, but nothing depends on that.
//!
//! Reading order: this file, [`card`] (one change), [`map`] (clauses by settings), [`mod@file`] (files that devices are given).

mod card;
mod file;
mod map;

use super::side::Row;
use super::{Frame, many, written};
use crate::compare::Direction;
use crate::gather::{Arrange, Gather};
use crate::review::{Kind, Review};
use askama::Template;
use card::{Card, Value, Way};
use file::{FileView, View};
use map::Map;
use std::collections::BTreeSet;

/// The page.
#[derive(Template)]
#[template(path = "review.html", config = "src/report/format/html/askama.toml")]
struct Page<'a> {
    frame: Frame,
    title: String,
    review: &'a Review,
    /// One sentence that says all in short.
    summary: String,
    ways: Vec<Tile>,
    kinds: Vec<Tile>,
    lists: Lists,
    organisations: Vec<OrganisationPart<'a>>,
    maps: Vec<Map>,
    files: Vec<FileView<'a>>,
}

/// How many changes there are of one sort.
struct Tile {
    word: &'static str,
    sign: &'static str,
    count: usize,
    /// Where the bar of all tiles has it, and how wide: out of 1000.
    from: usize,
    wide: usize,
}

/// What a reader may choose from.
struct Lists {
    organisations: Vec<String>,
    /// Organisation and group.
    groups: Vec<(String, String)>,
    clauses: Vec<String>,
}

struct OrganisationPart<'a> {
    id: &'a str,
    groups: Vec<GroupPart<'a>>,
}

struct GroupPart<'a> {
    id: Option<&'a str>,
    cards: Vec<Card<'a>>,
    /// Changes of words, numbers and order, folded away where they are many.
    folded: Vec<Card<'a>>,
}

/// So many changes of words are many.
const FOLDED: usize = 4;

/// The whole page.
pub fn review(review: &Review) -> String {
    let lists = Lists::of(review);
    let page = Page {
        frame: Frame::new(),
        title: format!("Review: {} to {}", review.before, review.after),
        review,
        summary: summary(review),
        ways: tiles(Direction::WORDS.map(|(direction, word)| {
            (word, Way::of(direction).sign, review.changes.iter().filter(|c| c.direction() == direction).count())
        })),
        kinds: tiles(
            Kind::WORDS.map(|(kind, word)| (word, "", review.changes.iter().filter(|c| c.kind == kind).count())),
        ),
        organisations: parts(review, &lists),
        maps: map::maps(review),
        files: file::views(&review.files, &lists),
        lists,
    };
    written(&page)
}

fn summary(review: &Review) -> String {
    if review.changes.is_empty() && review.files.is_empty() {
        return "Nothing differs.".to_owned();
    }
    let places: BTreeSet<(&str, Option<&str>)> =
        review.changes.iter().map(|change| (change.organisation.as_str(), change.group.as_deref())).gather();
    let organisations: BTreeSet<&str> = places.iter().map(|(organisation, _)| *organisation).gather();
    let groups = places.iter().filter(|(_, group)| group.is_some()).count();
    let mut text = many(review.changes.len(), "change");
    if !organisations.is_empty() {
        text.push_str(&format!(" in {}", many(organisations.len(), "organisation")));
    }
    if groups > 0 {
        text.push_str(&format!(" and {}", many(groups, "group")));
    }
    format!("{text}; {} that devices are given.", many(review.files.len(), "file"))
}

fn tiles<const N: usize>(counted: [(&'static str, &'static str, usize); N]) -> Vec<Tile> {
    let all: usize = counted.iter().map(|(.., count)| count).sum();
    let mut seen = 0;
    let tile = |(word, sign, count): (&'static str, &'static str, usize)| {
        let from = seen * 1000 / all.max(1);
        seen += count;
        Tile { word, sign, count, from, wide: seen * 1000 / all.max(1) - from }
    };
    counted.into_iter().map(tile).collect()
}

impl Lists {
    fn of(review: &Review) -> Lists {
        let changed = review.changes.iter().map(|change| (&change.organisation, change.group.as_ref()));
        let places: BTreeSet<(&String, Option<&String>)> =
            changed.chain(review.files.iter().map(|file| (&file.organisation, Some(&file.group)))).gather();
        let organisations: BTreeSet<&String> = places.iter().map(|(organisation, _)| *organisation).gather();
        let mut clauses: Vec<String> = review
            .changes
            .iter()
            .flat_map(card::clauses)
            .map(ToString::to_string)
            .gather::<BTreeSet<_>>()
            .into_iter()
            .collect();
        clauses.arrange_by_key(|clause| map::natural(clause));
        Lists {
            organisations: organisations.into_iter().cloned().collect(),
            groups: places.into_iter().filter_map(|(o, group)| Some((o.clone(), group?.clone()))).collect(),
            clauses,
        }
    }

    fn organisation(&self, id: &str) -> usize {
        self.organisations.iter().position(|other| other == id).unwrap_or_default()
    }

    fn group(&self, organisation: &str, group: &str) -> Option<usize> {
        self.groups.iter().position(|(o, g)| o == organisation && g == group)
    }
}

/// Changes by organisation and group, each in the order of the review.
fn parts<'a>(review: &'a Review, lists: &Lists) -> Vec<OrganisationPart<'a>> {
    let mut parts: Vec<OrganisationPart<'a>> = Vec::new();
    for (n, change) in review.changes.iter().enumerate() {
        let at = parts.iter().position(|part| part.id == change.organisation).unwrap_or_else(|| {
            parts.push(OrganisationPart { id: &change.organisation, groups: Vec::new() });
            parts.len() - 1
        });
        let groups = &mut parts[at].groups;
        let at = groups.iter().position(|part| part.id == change.group.as_deref()).unwrap_or_else(|| {
            groups.push(GroupPart { id: change.group.as_deref(), cards: Vec::new(), folded: Vec::new() });
            groups.len() - 1
        });
        groups[at].cards.push(Card::of(n + 1, change, review, lists));
    }
    for groups in parts.iter_mut().map(|part| &mut part.groups) {
        // What devices are given is looked at before what is written.
        groups.arrange_by_key(|group| group.id.is_none());
        groups.iter_mut().for_each(GroupPart::fold);
    }
    parts
}

impl GroupPart<'_> {
    fn fold(&mut self) {
        let is_cosmetic = |card: &mut Card<'_>| card.change.kind == Kind::Cosmetic;
        if self.cards.iter().filter(|card| card.change.kind == Kind::Cosmetic).count() >= FOLDED {
            self.folded = self.cards.extract_if(.., is_cosmetic).collect();
        }
    }
}

impl OrganisationPart<'_> {
    fn count(&self) -> usize {
        self.groups.iter().map(|group| group.cards.len() + group.folded.len()).sum()
    }
}
