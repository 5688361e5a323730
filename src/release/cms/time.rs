//! Moments, to the second, in UTC: when something was signed, and how long a certificate is good. No clock is asked.

use super::der::{Element, Malformed, tag, wrap};
use crate::setting::Date;
use std::fmt;

const DAY: i64 = 86_400;

/// A second of the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    seconds: i64,
}

impl Time {
    /// So many seconds after 1970-01-01T00:00:00Z, as `SOURCE_DATE_EPOCH` counts them.
    pub fn from_unix(seconds: i64) -> Option<Time> {
        Date::from_days(seconds.div_euclid(DAY)).map(|_| Time { seconds })
    }

    /// Seconds after 1970-01-01T00:00:00Z.
    pub fn unix(self) -> i64 {
        self.seconds
    }

    /// Its day.
    pub fn day(self) -> Date {
        Date::from_days(self.seconds.div_euclid(DAY)).expect("internal: the second of a day")
    }

    /// So many days later.
    pub(super) fn plus_days(self, days: i64) -> Time {
        Time { seconds: self.seconds.saturating_add(days.saturating_mul(DAY)) }
    }

    /// Year, month, day, hour, minute and second as fourteen digits.
    fn digits(self) -> String {
        let day = self.day().to_string().replace('-', "");
        let second = self.seconds.rem_euclid(DAY);
        format!("{day}{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)
    }

    /// As certificates and signatures carry it: `UTCTime` from 1950 to 2049, else `GeneralizedTime` (RFC 5652 §11.3).
    pub(super) fn encode(self) -> Vec<u8> {
        let digits = self.digits();
        match ("1950".."2050").contains(&&digits[..4]) {
            true => wrap(tag::UTC_TIME, &[&digits.as_bytes()[2..], b"Z"]),
            false => wrap(tag::GENERALIZED_TIME, &[digits.as_bytes(), b"Z"]),
        }
    }

    /// Reads either form, to the second and in UTC, as RFC 5280 §4.1.2.5 demands.
    pub(super) fn decode(element: Element<'_>) -> Result<Time, Malformed> {
        const WRONG: Malformed = Malformed("a time is not of the form that certificates have");
        let text = std::str::from_utf8(element.content).map_err(|_| WRONG)?.strip_suffix('Z').ok_or(WRONG)?;
        let century = match (element.tag, text.len()) {
            (tag::UTC_TIME, 12) if text < "50" => "20",
            (tag::UTC_TIME, 12) => "19",
            (tag::GENERALIZED_TIME, 14) => "",
            _ => return Err(WRONG),
        };
        let digits = format!("{century}{text}");
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(WRONG);
        }
        let number = |from: usize, to: usize| digits[from..to].parse::<u16>().unwrap_or(u16::MAX);
        let day = Date::new(number(0, 4), number(4, 6) as u8, number(6, 8) as u8).ok_or(WRONG)?;
        let (hour, minute, second) = (number(8, 10), number(10, 12), number(12, 14));
        if hour > 23 || minute > 59 || second > 59 {
            return Err(WRONG);
        }
        let second = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        Ok(Time { seconds: day.days() * DAY + second })
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        let part = |from: usize| digits.get(from..from + 2).unwrap_or_default();
        let year = digits.get(..4).unwrap_or_default();
        write!(f, "{year}-{}-{}T{}:{}:{}Z", part(4), part(6), part(8), part(10), part(12))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::cms::der::Reader;

    fn check(seconds: i64, text: &str, encoded: &[u8]) {
        let time = Time::from_unix(seconds).unwrap();
        assert_eq!((time.to_string().as_str(), &time.encode()[2..]), (text, encoded));
        assert_eq!(Reader::new(&time.encode()).any().and_then(Time::decode), Ok(time));
    }

    #[test]
    fn each_time_has_one_form() {
        // The second opinion is `date -u -d @SECONDS`.
        check(0, "1970-01-01T00:00:00Z", b"700101000000Z");
        check(1_793_000_000, "2026-10-26T07:33:20Z", b"261026073320Z");
        check(2_524_607_999, "2049-12-31T23:59:59Z", b"491231235959Z");
        check(2_524_608_000, "2050-01-01T00:00:00Z", b"20500101000000Z");
        check(-631_152_000, "1950-01-01T00:00:00Z", b"500101000000Z");
        check(-631_152_001, "1949-12-31T23:59:59Z", b"19491231235959Z");
    }

    #[test]
    fn other_forms_are_refused() {
        let decode = |tag: u8, text: &str| Reader::new(&wrap(tag, &[text.as_bytes()])).any().and_then(Time::decode);
        for (tag, text) in [
            (0x17, "2610260613Z"),
            (0x17, "261026061320+0000"),
            (0x17, "261326061320Z"),
            (0x17, "261026246000Z"),
            (0x17, "26102606132 Z"),
            (0x18, "20501301000000Z"),
            (0x18, "20500101000000.5Z"),
            (0x04, "261026061320Z"),
        ] {
            assert!(decode(tag, text).is_err(), "{text}");
        }
        assert!(Time::from_unix(i64::MAX).is_none() && Time::from_unix(i64::MIN).is_none());
    }
}
