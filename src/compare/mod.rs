//! Which way a value goes: stricter, looser, neither, or nobody knows. Settings and the catalogue; where either side came from is
//! unknown here.
//!
//! Reading order: this file, [`strictness`] (the direction of one change).

pub mod strictness;

pub use strictness::direction;

/// Which way a change goes. Never guessed: what nobody has decided is [`Direction::Unknown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// It asks for less, or lets more.
    Weaker,
    /// Nobody has decided which side is stricter.
    Unknown,
    /// It asks for more, or lets less.
    Stronger,
    /// Neither side is stricter.
    Neutral,
}

impl Direction {
    /// Every direction and its word, those that need a reviewer most first.
    pub const WORDS: [(Direction, &'static str); 4] = [
        (Direction::Weaker, "weaker"),
        (Direction::Unknown, "unknown"),
        (Direction::Stronger, "stronger"),
        (Direction::Neutral, "neutral"),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        Direction::WORDS.iter().find(|(direction, _)| *direction == self).map_or("", |(_, word)| word)
    }

    /// What the change back is.
    #[must_use]
    pub fn reversed(self) -> Direction {
        match self {
            Direction::Weaker => Direction::Stronger,
            Direction::Stronger => Direction::Weaker,
            same => same,
        }
    }

    /// Of a whole whose parts go several ways: weaker in one part is weaker, and what is unknown in one part is not known to be
    /// stronger.
    pub fn of_parts(parts: impl IntoIterator<Item = Direction>) -> Direction {
        parts.into_iter().min().unwrap_or(Direction::Neutral)
    }
}

/// Which way a change goes, part by part where it goes several ways, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The whole.
    pub direction: Direction,
    /// What of it goes which way; empty where it is all of a piece.
    pub parts: Vec<(String, Direction)>,
    /// Where the direction comes from.
    pub because: String,
}

#[cfg(test)]
mod tests {
    use super::Direction;

    #[test]
    fn the_whole_is_as_weak_as_its_weakest_part() {
        use Direction::{Neutral, Stronger, Unknown, Weaker};
        for (parts, whole) in [
            (&[Stronger, Weaker][..], Weaker),
            (&[Stronger, Unknown], Unknown),
            (&[Neutral, Stronger], Stronger),
            (&[Neutral], Neutral),
            (&[], Neutral),
        ] {
            assert_eq!(Direction::of_parts(parts.iter().copied()), whole, "{parts:?}");
            assert!(parts.iter().all(|part| part.reversed().reversed() == *part));
        }
    }
}
