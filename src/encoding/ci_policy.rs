//! The ids inside a compiled App Control policy (`.cip`, `SiPolicy.p7b`), signed or not.
//!
//! Microsoft publishes no description of the format. What is read here agrees with the readers that others have published (WDACTools'
//! `ConvertTo-WDACCodeIntegrityPolicy`, AppControl Manager's notes "XML to CIP and Back"): a fixed header, then tables in a fixed
//! order, then a block for each version of the format, of which the sixth begins with the policy's own id. Numbers are
//! little-endian, texts UTF-16 behind their length in bytes and before four bytes of zero, all in whole units of four bytes. It follows
//! to its last byte a policy that somebody compiled and published (github.com/olafhartong/WDACme: version 7, 125 rules on files).

/// Bytes of the header without its last number, which says so many.
const HEADER: u32 = 64;

/// The first version that has ids of its own for each policy; before it a device has one policy of each type.
const SEVERAL: u32 = 6;

/// What a compiled policy says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CiPolicy {
    /// The version of the format.
    pub(crate) format: u32,
    /// Whether it stands in a signature.
    pub(crate) signed: bool,
    /// The id by which devices know it; `None` where the way to it could not be followed.
    pub(crate) id: Option<Guid>,
}

/// A GUID as Windows stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guid([u8; 16]);

impl std::fmt::Display for Guid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
        for (n, at) in order.iter().enumerate() {
            let dash = if matches!(n, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{:02X}", self.0[*at])?;
        }
        Ok(())
    }
}

/// Reads a compiled policy; `None` for bytes that are none.
pub(crate) fn read(bytes: &[u8]) -> Option<CiPolicy> {
    let inner = content_of(bytes);
    let bytes = inner.unwrap_or(bytes);
    let mut reader = Reader { rest: bytes };
    let format = reader.number()?;
    let kind = reader.guid()?;
    let _platform = reader.guid()?;
    let options = reader.number()?;
    let [keys, files, signers, scenarios] = reader.numbers()?;
    reader.skip(8)?; // the policy's own version
    let header = reader.number()?;
    if format == 0 || format > 1000 || header != HEADER || options & 0x8000_0000 == 0 {
        return None;
    }
    let counts = Counts { keys, files, signers, scenarios };
    let id = if format < SEVERAL { Some(kind) } else { reader.own_id(&counts) };
    Some(CiPolicy { format, signed: inner.is_some(), id })
}

struct Counts {
    keys: u32,
    files: u32,
    signers: u32,
    scenarios: u32,
}

struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn skip(&mut self, count: u32) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(count).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.skip(4)?.try_into().ok()?))
    }

    fn numbers<const N: usize>(&mut self) -> Option<[u32; N]> {
        let mut numbers = [0; N];
        for number in &mut numbers {
            *number = self.number()?;
        }
        Some(numbers)
    }

    fn guid(&mut self) -> Option<Guid> {
        Some(Guid(self.skip(16)?.try_into().ok()?))
    }

    /// Bytes behind their length, filled up to whole units.
    fn sized(&mut self) -> Option<()> {
        let length = self.number()?;
        self.skip(length.checked_next_multiple_of(4)?).map(drop)
    }

    /// Text has its end behind it, four bytes of zero.
    fn text(&mut self) -> Option<()> {
        self.sized()?;
        self.skip(4).map(drop)
    }

    /// `count` times the same. Each takes bytes, so that no count makes it run longer than the file.
    fn times(&mut self, count: u32, what: impl Fn(&mut Self) -> Option<()>) -> Option<()> {
        (0..count).try_for_each(|_| what(self))
    }

    /// Numbers behind their count.
    fn list(&mut self) -> Option<()> {
        let count = self.number()?;
        self.skip(count.checked_mul(4)?).map(drop)
    }

    /// The way through the tables to the block of version 6.
    fn own_id(&mut self, counts: &Counts) -> Option<Guid> {
        self.times(counts.keys, Self::sized)?;
        self.times(counts.files, |reader| {
            reader.skip(4)?; // deny, allow, or attributes
            reader.text()?; // its name
            reader.skip(8)?; // the least version
            reader.sized() // a hash
        })?;
        self.times(counts.signers, Self::signer)?;
        self.list()?; // who signs updates of the policy
        self.list()?; // who signs for code integrity
        self.times(counts.scenarios, Self::scenario)?;
        self.skip(4)?; // options of the hypervisor
        let settings = self.number()?;
        self.times(settings, Self::setting)?;
        self.block(3)?;
        self.times(counts.files, |reader| {
            reader.skip(8)?; // the greatest version
            let macros = reader.number()?;
            reader.times(macros, Self::text)
        })?;
        self.skip(counts.signers.checked_mul(8)?)?; // signed after
        self.block(4)?;
        self.times(counts.files, |reader| reader.times(3, Self::text))?;
        self.block(5)?;
        self.times(counts.files, |reader| {
            reader.text()?; // the family of a package
            reader.skip(8).map(drop)
        })?;
        self.block(SEVERAL)?;
        self.guid()
    }

    /// A block begins with its version.
    fn block(&mut self, version: u32) -> Option<()> {
        (self.number()? == version).then_some(())
    }

    fn signer(&mut self) -> Option<()> {
        match self.number()? {
            0 => self.sized()?,
            1 => self.skip(4).map(drop)?,
            _ => return None,
        }
        self.list()?; // its keys' uses
        self.times(3, Self::text)?; // issuer, publisher, maker
        self.list() // attributes of files
    }

    fn scenario(&mut self) -> Option<()> {
        self.skip(4)?;
        self.list()?; // scenarios that it goes on from
        self.skip(4)?; // the weakest hash
        // Signers of products, of tests and of test signing: those allowed and those denied with their exceptions, and rules on files.
        self.times(3, |reader| {
            for _ in 0..2 {
                let signers = reader.number()?;
                reader.times(signers, |reader| {
                    reader.skip(4)?;
                    reader.list()
                })?;
            }
            reader.list()
        })
    }

    fn setting(&mut self) -> Option<()> {
        self.times(3, Self::text)?; // provider, key, name
        match self.number()? {
            0 | 1 => self.skip(4).map(drop),
            2 => self.sized(),
            3 => self.text(),
            _ => None,
        }
    }
}

/// What a signature is over (PKCS #7 `SignedData`, DER): its content's octets; `None` where the bytes are no signature.
fn content_of(bytes: &[u8]) -> Option<&[u8]> {
    let (outer, _) = value(bytes, 0x30)?;
    let (_, after) = value(outer, 0x06)?;
    let (explicit, _) = value(after, 0xA0)?;
    let (signed, _) = value(explicit, 0x30)?;
    let (_, after) = value(signed, 0x02)?;
    let (_, after) = value(after, 0x31)?;
    let (content, _) = value(after, 0x30)?;
    let (_, after) = value(content, 0x06)?;
    let (explicit, _) = value(after, 0xA0)?;
    let (octets, _) = value(explicit, 0x04)?;
    Some(octets)
}

/// The content of the first value, which has this tag, and what follows it.
fn value(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [first, length, rest @ ..] = bytes else { return None };
    if *first != tag {
        return None;
    }
    let (length, rest) = match length {
        0..=0x7F => (usize::from(*length), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7F))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// Policies for tests, made by the same description.
#[cfg(test)]
pub(crate) mod sample {
    /// The parts of the GUID `00112233-4455-6677-8899-aabbccddeeff` in the order of their bytes.
    pub(crate) const ID: [u8; 16] =
        [0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF];
    pub(crate) const ID_TEXT: &str = "00112233-4455-6677-8899-AABBCCDDEEFF";

    fn sized(bytes: &[u8]) -> Vec<u8> {
        let mut out = (bytes.len() as u32).to_le_bytes().to_vec();
        out.extend(bytes);
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }

    fn text(text: &str) -> Vec<u8> {
        [sized(&text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()), vec![0; 4]].concat()
    }

    /// A policy with one of everything that has a length of its own.
    pub(crate) fn policy(format: u32) -> Vec<u8> {
        let numbers = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        let header =
            [&numbers(&[format])[..], &ID, &[7; 16], &numbers(&[0x8000_0004, 1, 1, 2, 1]), &[1; 8], &numbers(&[64])];
        let mut out = header.concat();
        out.extend(sized(&[1, 3, 6, 1, 5])); // one use of keys
        out.extend([numbers(&[1]), text("a.exe"), vec![0; 8], sized(&[9; 32])].concat()); // one file
        out.extend(
            [numbers(&[0]), sized(&[5; 48]), numbers(&[1, 0]), text("CA"), text(""), text("x"), numbers(&[1, 0])]
                .concat(),
        );
        out.extend([numbers(&[1, 6, 0]), text(""), text(""), text(""), numbers(&[0])].concat()); // a signer that Windows knows
        out.extend(numbers(&[1, 0, 0])); // one signer of updates, none for code integrity
        out.extend(numbers(&[131, 0, 0x800C])); // one scenario
        for _ in 0..3 {
            out.extend(numbers(&[1, 0, 1, 0, 1, 0, 0, 0]));
        }
        out.extend([numbers(&[2, 2]), text("P"), text("K"), text("N"), numbers(&[3]), text("value")].concat());
        out.extend([text("P"), text("K"), text("N"), numbers(&[0, 1])].concat());
        out.extend([numbers(&[3]), vec![0; 8], numbers(&[1]), text("%WINDIR%"), vec![0; 16]].concat());
        out.extend([numbers(&[4]), text("i"), text("d"), text("p")].concat());
        out.extend([numbers(&[5]), text("family"), vec![0; 8]].concat());
        if format >= 6 {
            out.extend([numbers(&[6]), ID.to_vec(), ID.to_vec(), numbers(&[0])].concat());
        }
        out.extend(numbers(&[format + 1]));
        out
    }

    /// The same inside a signature without signers.
    pub(crate) fn signed(content: &[u8]) -> Vec<u8> {
        let wrap = |tag: u8, content: &[u8]| {
            let length = (content.len() as u32).to_be_bytes();
            [&[tag, 0x84][..], &length, content].concat()
        };
        let oid = |last: u8| [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, last];
        let inner = wrap(0x30, &[&oid(1)[..], &wrap(0xA0, &wrap(0x04, content))].concat());
        let data = wrap(0x30, &[&[0x02, 1, 1][..], &wrap(0x31, &[]), &inner, &wrap(0x31, &[])].concat());
        wrap(0x30, &[&oid(2)[..], &wrap(0xA0, &data)].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::sample::{ID_TEXT, policy, signed};
    use super::*;

    #[test]
    fn the_id_is_found_signed_or_not() {
        for format in [5, 6, 7, 8] {
            let bytes = policy(format);
            let found = read(&bytes).unwrap();
            assert_eq!(found.id.unwrap().to_string(), ID_TEXT, "{format}");
            assert!(!found.signed && found.format == format);
            let found = read(&signed(&bytes)).unwrap();
            assert!(found.signed && found.id.is_some_and(|id| id.to_string() == ID_TEXT));
        }
    }

    #[test]
    fn what_is_cut_short_or_altered_is_never_taken_for_whole() {
        let bytes = policy(7);
        for end in 0..bytes.len() {
            let cut = read(&bytes[..end]).and_then(|found| found.id);
            let whole = cut.is_none_or(|id| id.to_string() == ID_TEXT);
            assert!(whole, "{end}");
        }
        for at in 0..bytes.len() {
            for byte in [0, 0xFF, 0x7F] {
                let mut altered = bytes.clone();
                altered[at] = byte;
                let _ = read(&altered);
            }
        }
        assert_eq!(read(b""), None);
        assert_eq!(read(b"<?xml version=\"1.0\"?><SiPolicy/>"), None);
        assert_eq!(read(&[0xFF; 4096]), None);
    }
}
