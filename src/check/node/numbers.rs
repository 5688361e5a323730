//! The DDF's texts for numbers: `Range` and the bits of a `Flag` (DDF v2, `AllowedValues`).
//!
//! Nodes write `[0-999]` and `[(-1)-2147483647]`; dependencies also `[1]` and the set `[6,17]`.

use std::fmt;

/// Numbers and stretches of numbers, as a `Range` lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Numbers(Vec<(i128, i128)>);

impl Numbers {
    /// Reads the text of a `Range`; `None` where it is none.
    pub(crate) fn parse(text: &str) -> Option<Numbers> {
        let inside = text.trim().strip_prefix('[')?.strip_suffix(']')?;
        let stretches: Option<Vec<(i128, i128)>> = inside.split(',').map(|part| stretch(part.trim())).collect();
        stretches.map(Numbers)
    }

    pub(crate) fn contains(&self, number: i128) -> bool {
        self.0.iter().any(|(least, most)| (*least..=*most).contains(&number))
    }
}

fn stretch(text: &str) -> Option<(i128, i128)> {
    let (least, rest) = number(text)?;
    if rest.is_empty() {
        return Some((least, least));
    }
    let (most, rest) = number(rest.strip_prefix('-')?)?;
    (rest.is_empty() && least <= most).then_some((least, most))
}

/// A number at the start of `text`, negative ones in brackets, and what follows it.
fn number(text: &str) -> Option<(i128, &str)> {
    if let Some(rest) = text.strip_prefix('(') {
        let (inside, rest) = rest.split_once(')')?;
        return Some((inside.trim().parse().ok()?, rest));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text.get(..digits)?.parse().ok()?, text.get(digits..)?))
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (least, most)) in self.0.iter().enumerate() {
            f.write_str(if n > 0 { " or " } else { "" })?;
            match least == most {
                true => write!(f, "{least}")?,
                false => write!(f, "{least} to {most}")?,
            }
        }
        Ok(())
    }
}

/// A number of a `Flag` list, `0x4` or `4`.
pub(crate) fn bit(text: &str) -> Option<i128> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => i128::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        None => None,
    }
}

/// A whole number as it should be written, from one with zeros before it, a plus sign or spaces.
pub(crate) fn canonical(text: &str) -> Option<String> {
    text.trim().parse::<i128>().ok().map(|number| number.to_string())
}

/// Whether `number` is listed, or made of listed bits.
pub(crate) fn is_made_of(number: i128, listed: &[String]) -> bool {
    let bits: Vec<i128> = listed.iter().filter_map(|text| bit(text)).collect();
    let inside = bits.iter().filter(|bit| **bit & !number == 0).fold(0, |all, bit| all | bit);
    bits.contains(&number) || (number != 0 && inside == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_ddf_writes_them() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(Numbers::parse(text).map(|numbers| numbers.to_string()).as_deref(), expected, "{text}");
        };
        check("[0-999]", Some("0 to 999"));
        check("[(-1)-2147483647]", Some("-1 to 2147483647"));
        check("[(-1)-4294967295]", Some("-1 to 4294967295"));
        check("[6,17]", Some("6 or 17"));
        check("[0]", Some("0"));
        check("[9-1]", None);
        check("0-9", None);
        check("[a-b]", None);
        check("[]", None);
        check("[1-]", None);
        check("[99999999999999999999999999999999999999999999-1]", None);
    }

    #[test]
    fn both_ends_belong_to_a_range() {
        let numbers = Numbers::parse("[4-16]").unwrap();
        let inside: Vec<i128> = (0..20).filter(|n| numbers.contains(*n)).collect();
        assert_eq!(inside, (4..=16).collect::<Vec<_>>());
    }

    #[test]
    fn flags_are_made_of_listed_bits() {
        let listed = ["0x0", "0x1", "0x2", "0x4", "0x60"].map(str::to_owned);
        let made: Vec<i128> = (0..0x80).filter(|n| is_made_of(*n, &listed)).collect();
        let expected: Vec<i128> = (0..8).chain((0..8).map(|n| n + 0x60)).collect();
        assert_eq!(made, expected);
        assert!(!is_made_of(0, &["8", "2", "1"].map(str::to_owned)), "nothing set is not listed");
    }
}
