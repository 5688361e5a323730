//! Wrong turns that somebody's tool, editor or malice takes: pieces of a file are taken out, said twice, put elsewhere or into one another,
//! and values become what readers stumble over. What a piece is, the brackets of its text say: elements, lists, strings; of bytes, the
//! lengths and counts that formats keep in them. The same seed gives the same file.

/// What stands for a value somewhere, and is none, or one at the edge of what there is.
const VALUES: &[&[u8]] = &[
    b"-1",
    b"9223372036854775808",
    b"18446744073709551616",
    b"1e999",
    b"nan",
    b"0x7fffffffffffffff",
    b"2024-13-45T00:00:00Z",
    b"2026-02-30T00:00:00Z",
    b"****",
    b"true",
    b"null",
    b"\"\"",
    b"[]",
    b"{}",
    b"&x;",
    b"&#0;",
    b"&#x110000;",
    b"&nbsp;",
    b"&lt;enabled/&gt;&lt;data id=\"x\" value=\"\"/&gt;",
    b"<![CDATA[]]>",
    b"<![CDATA[ ]]]]><![CDATA[> ]]>",
    b"<!-- policyc: allow unknown-key because -->",
    b"<?x?>",
    b"<dict/>",
    b"<array/>",
    b"<data>AAAA=A</data>",
    b"<true/>",
    b"./Device/Vendor/MSFT/Policy/Config/",
    b"./User/../Device",
    b"com.apple.",
    b"Configuration",
    b"PayloadContent",
    b"\xE2\x80\xAE\xE2\x81\xA6",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"\x00",
    b"\x1b[31m",
    b"\xC0\x80",
    b"\xED\xA0\x80",
    b"\r\n",
    b"\\ud800",
    b"\\u0000",
    b"${x}",
    b"$FLEET_VAR_X",
    b"{{x}}",
    b"../../x",
    b"&a *a",
    b"<<: *a",
    b"!!x ",
];

/// Numbers that are a length, a count or a place in formats of bytes.
const EDGES: &[&[u8]] = &[
    &[0],
    &[0x7F],
    &[0x80],
    &[0xFF],
    &[0xFF, 0xFF],
    &[0x7F, 0xFF, 0xFF, 0xFF],
    &[0xFF, 0xFF, 0xFF, 0xFF],
    &[0, 0, 0, 0, 0, 0, 0, 1],
    &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
];

/// How deep a piece is put into itself, and how often it is said.
const MANY: usize = 90;
/// Bytes beyond which nothing grows.
const LARGEST: usize = 1 << 16;

/// Numbers that look like chance and are the same in every run (xorshift).
pub struct Dice(u64);

impl Dice {
    /// Of a seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below a limit; 0 where there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % limit.max(1) as u64) as usize
    }
}

/// A file with a few wrong turns.
pub fn mutated(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut out = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        turn(&mut out, &mut dice);
    }
    out.truncate(LARGEST.max(bytes.len()));
    out
}

fn turn(out: &mut Vec<u8>, dice: &mut Dice) {
    let (start, end) = piece(out, dice);
    let own = out[start..end].to_vec();
    match dice.below(12) {
        // A piece is missing, stands twice, or very often.
        0 => drop(out.drain(start..end)),
        1 => drop(out.splice(end..end, own)),
        2 if own.len() * MANY < LARGEST => drop(out.splice(end..end, own.repeat(dice.below(MANY)))),
        // It stands elsewhere, or in place of another.
        3 => {
            let at = dice.below(out.len() + 1);
            out.splice(at..at, own);
        }
        4 => {
            let (from, to) = piece(out, dice);
            out.splice(from..to, own);
        }
        // It stands in itself.
        5 => {
            let (open, close) = around(&own);
            let depth = dice.below(MANY);
            let nested = [open.repeat(depth), own.clone(), close.repeat(depth)].concat();
            out.splice(start..end, nested);
        }
        // It is another value, or no value.
        6 | 7 => drop(out.splice(start..end, VALUES[dice.below(VALUES.len())].iter().copied())),
        8 => {
            let at = dice.below(out.len() + 1);
            out.splice(at..at, VALUES[dice.below(VALUES.len())].iter().copied());
        }
        // A length or count is what it cannot be.
        9 => {
            let edge = EDGES[dice.below(EDGES.len())];
            let at = dice.below(out.len());
            let end = (at + edge.len()).min(out.len());
            out.splice(at..end, edge.iter().copied());
        }
        // A bit falls over; the file ends early.
        10 if !out.is_empty() => {
            let at = dice.below(out.len());
            out[at] ^= 1 << dice.below(8);
        }
        _ => {
            let at = dice.below(out.len() + 1);
            // Most of a file is worth more than a piece of it.
            if dice.below(4) == 0 {
                out.truncate(at);
            }
        }
    }
}

/// A piece that begins somewhere: an element with all that is in it, a list, a string, a line; else a few bytes.
fn piece(bytes: &[u8], dice: &mut Dice) -> (usize, usize) {
    if bytes.is_empty() {
        return (0, 0);
    }
    let at = dice.below(bytes.len());
    let Some(start) = bytes[at..].iter().position(|byte| b"<{[\"\n".contains(byte)).map(|n| at + n) else {
        return (at, (at + 1 + dice.below(16)).min(bytes.len()));
    };
    let end = match bytes[start] {
        b'<' => element(&bytes[start..]),
        b'{' | b'[' => bracket(&bytes[start..]),
        quote => bytes[start + 1..].iter().position(|byte| *byte == quote).map(|n| n + 2),
    };
    (start, end.map_or(bytes.len(), |length| start + length))
}

/// The length of an element, up to the end of its last tag; of a tag that closes nothing, up to its own.
fn element(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    loop {
        let open = at + bytes[at..].iter().position(|byte| *byte == b'<')?;
        let close = open + bytes[open..].iter().position(|byte| *byte == b'>')?;
        match (bytes.get(open + 1), bytes[close - 1]) {
            (Some(b'/'), _) => depth = depth.saturating_sub(1),
            (Some(b'?' | b'!'), _) | (_, b'/') => {}
            _ => depth += 1,
        }
        if depth == 0 {
            return Some(close + 1);
        }
        at = close + 1;
    }
}

/// The length of what stands between brackets of JSON.
fn bracket(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut quoted = false;
    for (n, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 && !quoted {
            return Some(n + 1);
        }
    }
    None
}

/// What a piece may be put into: an element of its own name, a list of JSON, a line further in.
fn around(piece: &[u8]) -> (Vec<u8>, Vec<u8>) {
    match piece.first() {
        Some(b'<') => {
            let end = piece.iter().position(|byte| *byte == b'>').unwrap_or(0);
            let name: Vec<u8> = piece[1..end.max(1)].iter().copied().take_while(u8::is_ascii_alphanumeric).collect();
            ([b"<", &name[..], b">"].concat(), [b"</", &name[..], b">"].concat())
        }
        Some(b'{') => (b"{\"children\":[".to_vec(), b"]}".to_vec()),
        Some(b'\n') => (b"\n  - ".to_vec(), Vec::new()),
        _ => (b"[".to_vec(), b"]".to_vec()),
    }
}
