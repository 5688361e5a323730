//! Apple property lists in binary (`bplist00`), read strictly into the tree that the XML reader gives.
//!
//! Apple's CoreFoundation, `CFBinaryPList.c`: a header, objects, a table of their offsets, and a trailer of 32 bytes that says where the
//! table is and how wide its numbers are. Lists and dictionaries hold numbers of other objects, so that a small file can say much more
//! than its size: what is counted here is what comes out.

use super::plist::{Dictionary, Item, MAX_LEVELS};
use super::xml::{Fault, MAX_BYTES};
use crate::setting::{Date, Real};
use crate::source::Spanned;

/// What a file begins with.
pub(crate) const MAGIC: &[u8] = b"bplist0";

/// Objects and bytes that may come out of one file, whatever it shares.
const MAX_OBJECTS: usize = 250_000;
const MAX_EXPANDED: usize = 64 << 20;

const HEADER: usize = 8;
const TRAILER: usize = 32;

/// Reads a file.
pub(crate) fn read(bytes: &[u8]) -> Result<Item, Fault> {
    let fault = |(offset, cause): At| Fault { offset, line: 0, cause };
    if bytes.len() > MAX_BYTES {
        return Err(fault((0, format!("the file has {} bytes, and at most {MAX_BYTES} are read", bytes.len()))));
    }
    let (mut reading, top) = Reading::open(bytes).map_err(fault)?;
    reading.object(top, 0).map_err(fault)
}

/// The byte at which it is, and what is wrong.
type At = (usize, String);

struct Reading<'a> {
    /// Everything before the table.
    objects: &'a [u8],
    table: &'a [u8],
    /// Bytes of a number of the table, and of a number of an object.
    offset_width: usize,
    reference_width: usize,
    count: usize,
    /// Objects and bytes that may still come.
    left: usize,
    room: usize,
}

/// A number of up to eight bytes, the highest first.
fn number(bytes: &[u8]) -> Option<usize> {
    let number = bytes.iter().try_fold(0u64, |all, byte| (all >> 56 == 0).then_some(all << 8 | u64::from(*byte)))?;
    usize::try_from(number).ok()
}

impl<'a> Reading<'a> {
    fn open(bytes: &'a [u8]) -> Result<(Reading<'a>, usize), At> {
        let cut = || (bytes.len(), "the binary property list is cut short".to_owned());
        if !bytes.starts_with(MAGIC) {
            return Err((0, "not a binary property list".to_owned()));
        }
        let start = bytes.len().checked_sub(TRAILER).filter(|start| *start >= HEADER).ok_or_else(cut)?;
        let trailer = &bytes[start..];
        let field = |n: usize| trailer.get(8 + 8 * n..16 + 8 * n).and_then(number);
        let wrong = || (start, "the trailer of the binary property list is damaged".to_owned());
        let (count, top, table) = (field(0), field(1), field(2));
        let (Some(count), Some(top), Some(table)) = (count, top, table) else { return Err(wrong()) };
        let (offset_width, reference_width) = (usize::from(trailer[6]), usize::from(trailer[7]));
        let is_wide = |width: usize| (1..=8).contains(&width);
        let end = count.checked_mul(offset_width).and_then(|size| size.checked_add(table));
        let whole = table >= HEADER && top < count && end.is_some_and(|end| end <= start);
        if !(whole && is_wide(offset_width) && is_wide(reference_width)) {
            return Err(wrong());
        }
        let table_bytes = bytes.get(table..end.unwrap_or(start)).ok_or_else(wrong)?;
        let reading = Reading {
            objects: bytes.get(..table).ok_or_else(wrong)?,
            table: table_bytes,
            offset_width,
            reference_width,
            count,
            left: MAX_OBJECTS,
            room: MAX_EXPANDED,
        };
        Ok((reading, top))
    }

    fn offset(&self, object: usize) -> Option<usize> {
        let at = object.checked_mul(self.offset_width).filter(|_| object < self.count)?;
        number(self.table.get(at..at + self.offset_width)?).filter(|at| (HEADER..self.objects.len()).contains(at))
    }

    /// One object and all in it. Bounded by the depth that it is given.
    fn object(&mut self, object: usize, level: usize) -> Result<Item, At> {
        let at = self.offset(object).ok_or_else(|| (0, format!("there is no object {object}")))?;
        let wrong = |cause: &str| (at, cause.to_owned());
        self.left = self.left.checked_sub(1).ok_or_else(|| (at, format!("more than {MAX_OBJECTS} values")))?;
        let marker = self.objects[at];
        let (kind, low) = (marker >> 4, usize::from(marker & 0x0f));
        match (kind, low) {
            (0, 8) => Ok(Item::Boolean(false)),
            (0, 9) => Ok(Item::Boolean(true)),
            (1, 0..=4) => {
                whole(self.slice(at + 1, 1 << low, at)?).ok_or_else(|| wrong("a number of more than 64 bits"))
            }
            (2, 2 | 3) => {
                let real = real(self.slice(at + 1, 1 << low, at)?).and_then(Real::new);
                real.map(Item::Real).ok_or_else(|| wrong("a number that no property list can hold"))
            }
            (3, 3) => {
                let date = real(self.slice(at + 1, 8, at)?).and_then(moment);
                date.map(Item::Date).ok_or_else(|| wrong("a time that no property list can hold"))
            }
            (4, _) => {
                let (start, length) = self.length(at, low)?;
                Ok(Item::Data(self.taken(start, length, at)?.to_vec()))
            }
            (5 | 6, _) => self.text(at, kind, low).and_then(|text| Item::text(&text).map_err(|cause| (at, cause))),
            (0xA | 0xD, _) if level >= MAX_LEVELS => {
                Err((at, format!("lists and dictionaries stand more than {MAX_LEVELS} deep")))
            }
            (0xA, _) => {
                let (start, length) = self.length(at, low)?;
                let inside = self.references(start, length, at)?;
                inside
                    .chunks_exact(self.reference_width)
                    .map(|one| self.referred(one, level, at).map(Spanned::nowhere))
                    .collect::<Result<_, _>>()
                    .map(Item::Array)
            }
            (0xD, _) => {
                let (start, length) = self.length(at, low)?;
                self.dictionary(start, length, (at, level))
            }
            _ => Err((at, format!("an object of the kind 0x{marker:02x}, which no property list has"))),
        }
    }

    fn dictionary(&mut self, start: usize, length: usize, (at, level): (usize, usize)) -> Result<Item, At> {
        let both = length.checked_mul(2).ok_or_else(|| (at, "the dictionary is longer than the file".to_owned()))?;
        let inside = self.references(start, both, at)?;
        let (keys, values) = inside.split_at(length * self.reference_width);
        let mut entries = Vec::new();
        for (key, value) in keys.chunks_exact(self.reference_width).zip(values.chunks_exact(self.reference_width)) {
            let Item::Text(name) = self.referred(key, level, at)? else {
                return Err((at, "a key of the dictionary is no text".to_owned()));
            };
            let value = self.referred(value, level, at)?;
            entries.push((name, Spanned::nowhere(value)));
        }
        match Dictionary::of(entries) {
            (dictionary, None) => Ok(Item::Dictionary(dictionary)),
            (_, Some(name)) => Err((at, format!("the key `{name}` stands twice"))),
        }
    }

    fn referred(&mut self, reference: &[u8], level: usize, at: usize) -> Result<Item, At> {
        let object = number(reference).ok_or_else(|| (at, "it refers to no object".to_owned()))?;
        self.object(object, level + 1)
    }

    /// Where the content of an object begins, and how much there is: a number of its own from 15 on.
    fn length(&self, at: usize, low: usize) -> Result<(usize, usize), At> {
        if low < 15 {
            return Ok((at + 1, low));
        }
        let wrong = || (at, "the length of the object is damaged".to_owned());
        let marker =
            *self.objects.get(at + 1).filter(|marker| **marker >> 4 == 1 && **marker & 0x0f <= 3).ok_or_else(wrong)?;
        let width = 1 << (marker & 0x0f);
        let length = number(self.slice(at + 2, width, at)?).ok_or_else(wrong)?;
        Ok((at + 2 + width, length))
    }

    fn references(&self, start: usize, count: usize, at: usize) -> Result<&'a [u8], At> {
        let size = count.checked_mul(self.reference_width);
        self.slice(start, size.ok_or_else(|| (at, "the object is longer than the file".to_owned()))?, at)
    }

    fn slice(&self, start: usize, length: usize, at: usize) -> Result<&'a [u8], At> {
        let end = start.checked_add(length);
        end.and_then(|end| self.objects.get(start..end))
            .ok_or_else(|| (at, "the object is longer than the file".to_owned()))
    }

    /// The same, counted against what may come out.
    fn taken(&mut self, start: usize, length: usize, at: usize) -> Result<&'a [u8], At> {
        let bytes = self.slice(start, length, at)?;
        let left = self.room.checked_sub(length);
        self.room = left.ok_or_else(|| (at, format!("more than {MAX_EXPANDED} bytes come out of it")))?;
        Ok(bytes)
    }

    fn text(&mut self, at: usize, kind: u8, low: usize) -> Result<String, At> {
        let (start, length) = self.length(at, low)?;
        let wrong = |cause: &str| (at, cause.to_owned());
        if kind == 5 {
            let bytes = self.taken(start, length, at)?;
            return match bytes.is_ascii() {
                true => Ok(String::from_utf8_lossy(bytes).into_owned()),
                false => Err(wrong("a text of ASCII holds other characters")),
            };
        }
        let size = length.checked_mul(2).ok_or_else(|| wrong("the object is longer than the file"))?;
        let units = self.taken(start, size, at)?.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        char::decode_utf16(units).collect::<Result<_, _>>().map_err(|_| wrong("a text is no UTF-16"))
    }
}

/// Up to four bytes count from zero; eight hold a sign; of sixteen, only what eight could hold is Apple's.
fn whole(bytes: &[u8]) -> Option<Item> {
    let number = match *bytes {
        [a, b, c, d, e, f, g, h] => i128::from(i64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ if bytes.len() == 16 => i128::from_be_bytes(bytes.try_into().ok()?),
        _ => i128::try_from(self::number(bytes)?).ok()?,
    };
    Item::integer(number).ok()
}

fn real(bytes: &[u8]) -> Option<f64> {
    match *bytes {
        [a, b, c, d] => Some(f32::from_be_bytes([a, b, c, d]).into()),
        [a, b, c, d, e, f, g, h] => Some(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => None,
    }
}

/// Seconds since 2001 as a time; what stands behind the full second is cut off, as XML has no room for it.
fn moment(seconds: f64) -> Option<String> {
    /// Days from the beginning of 1970 to that of 2001.
    const DAYS: i64 = 11_323;
    const A_DAY: i64 = 86_400;
    // The years 0001 to 9999.
    if !(-63_113_904_000.0..252_423_993_600.0).contains(&seconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked above")]
    let seconds = seconds.floor() as i64;
    let (days, rest) = (seconds.div_euclid(A_DAY), seconds.rem_euclid(A_DAY));
    let day = Date::from_days(days + DAYS)?;
    Some(format!("{day}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same values by another writer, of both forms.
    fn check(xml: &str) {
        let text = format!("<plist version=\"1.0\">{xml}</plist>");
        let value = plist::Value::from_reader_xml(text.as_bytes()).unwrap();
        let mut binary = Vec::new();
        plist::to_writer_binary(&mut binary, &value).unwrap();
        assert_eq!(read(&binary), super::super::plist::read(text.as_bytes()), "{xml}");
    }

    #[test]
    fn what_another_writer_writes_is_what_the_xml_says() {
        check("<dict/>");
        check("<true/>");
        for number in ["0", "255", "256", "65536", "4294967296", "-1", "9223372036854775807", "18446744073709551615"] {
            check(&format!("<integer>{number}</integer>"));
        }
        check("<array><real>2.5</real><real>-1e300</real><string>ä€😀</string><string>plain</string></array>");
        check(
            "<array><date>2026-02-28T12:34:56Z</date><date>1999-12-31T23:59:59Z</date><date>2001-01-01T00:00:00Z</date></array>",
        );
        check(
            "<dict><key>a</key><data>AAECAw==</data><key>b</key><dict><key>a</key><array><false/></array></dict></dict>",
        );
        check(&format!("<array>{}</array>", "<integer>7</integer>".repeat(300)));
        check(&format!("<string>{}</string>", "x".repeat(70_000)));
    }

    /// Lists of `width` references to the next list, `levels` of them: the shape that says much in few bytes.
    fn shared(levels: u8, width: u8) -> Vec<u8> {
        let mut bytes = b"bplist00".to_vec();
        let mut table = Vec::new();
        for level in 0..levels {
            table.push(bytes.len() as u8);
            bytes.push(0xA0 | width);
            bytes.extend(vec![level + 1; usize::from(width)]);
        }
        table.push(bytes.len() as u8);
        bytes.extend([0x51, b'x']);
        let at = bytes.len();
        bytes.extend(&table);
        bytes.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        bytes.extend((table.len() as u64).to_be_bytes());
        bytes.extend(0u64.to_be_bytes());
        bytes.extend((at as u64).to_be_bytes());
        bytes
    }

    #[test]
    fn what_comes_out_is_counted_not_what_goes_in() {
        assert!(read(&shared(3, 8)).is_ok());
        assert!(read(&shared(20, 8)).unwrap_err().cause.contains("250000"));
        // A list that holds itself.
        let mut own = shared(1, 1);
        own[9] = 0;
        assert!(read(&own).unwrap_err().cause.contains("deep"));
    }

    #[test]
    fn no_bytes_bring_it_down() {
        let whole = shared(3, 4);
        for end in 0..whole.len() {
            let _ = read(&whole[..end]);
            for bit in 0..8 {
                let mut turned = whole.clone();
                turned[end] ^= 1 << bit;
                let _ = read(&turned);
            }
        }
        assert!(read(b"bplist00").is_err());
        assert!(read(b"<plist/>").is_err());
    }
}
