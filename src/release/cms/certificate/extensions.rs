//! Extensions (RFC 5280 §4.2): those that decide what a key may do. One that must be understood and is not, is remembered.

use super::super::der::{Malformed, Reader, oid, tag};

/// What the extensions say.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Extensions {
    /// The bits of `keyUsage`: the first of them, `digitalSignature`, is the highest.
    pub(in super::super) key_usage: Option<u16>,
    /// The purposes of `extKeyUsage`.
    pub(in super::super) purposes: Option<Vec<Vec<u8>>>,
    /// Whether it may issue certificates, and how many issuers may follow it.
    pub(in super::super) authority: Option<(bool, Option<u32>)>,
    /// The identifier of its key, by which a signature may name it.
    pub(in super::super) subject_key: Option<Vec<u8>>,
    /// A critical extension that is not understood here.
    pub(in super::super) unknown: Option<Vec<u8>>,
}

impl Extensions {
    pub(super) fn read(mut from: Reader<'_>) -> Result<Extensions, Malformed> {
        let mut list = from.sequence()?;
        from.end()?;
        let mut read = Extensions::default();
        let mut seen: Vec<&[u8]> = Vec::new();
        while !list.is_empty() {
            let mut extension = list.sequence()?;
            let kind = extension.take(tag::OID)?.content;
            let is_critical = match extension.optional(tag::BOOLEAN)? {
                Some(critical) => critical.boolean()?,
                None => false,
            };
            let value = Reader::new(extension.take(tag::OCTET_STRING)?.content);
            extension.end()?;
            if seen.contains(&kind) || seen.len() > 64 {
                return Err(Malformed("an extension stands twice, or there are more than 64"));
            }
            seen.push(kind);
            read.take(kind, value, is_critical)?;
        }
        Ok(read)
    }

    fn take(&mut self, kind: &[u8], mut value: Reader<'_>, is_critical: bool) -> Result<(), Malformed> {
        match kind {
            oid::KEY_USAGE => self.key_usage = Some(bits(value.take(tag::BIT_STRING)?.content)?),
            oid::EXTENDED_KEY_USAGE => self.purposes = Some(purposes(value.sequence()?)?),
            oid::BASIC_CONSTRAINTS => self.authority = Some(authority(value.sequence()?)?),
            oid::SUBJECT_KEY => self.subject_key = Some(value.take(tag::OCTET_STRING)?.content.to_vec()),
            // They say who is meant, under which rules it was issued and by which key, which decides nothing here.
            oid::SUBJECT_ALT_NAME | oid::POLICIES | oid::AUTHORITY_KEY => {}
            _ if is_critical => self.unknown = Some(kind.to_vec()),
            _ => {}
        }
        Ok(())
    }
}

/// The first sixteen bits of a bit string.
fn bits(content: &[u8]) -> Result<u16, Malformed> {
    match content {
        [0..=7, octets @ ..] if octets.len() <= 2 => {
            let octet = |at: usize| octets.get(at).copied().unwrap_or_default();
            Ok(u16::from_be_bytes([octet(0), octet(1)]))
        }
        _ => Err(Malformed("its key usage is no set of bits")),
    }
}

fn purposes(mut list: Reader<'_>) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut purposes = Vec::new();
    while !list.is_empty() {
        purposes.push(list.take(tag::OID)?.content.to_vec());
    }
    Ok(purposes)
}

fn authority(mut parts: Reader<'_>) -> Result<(bool, Option<u32>), Malformed> {
    let is_authority = parts.optional(tag::BOOLEAN)?.map_or(Ok(false), |is| is.boolean())?;
    let followers = parts.optional(tag::INTEGER)?.map(|number| number.small()).transpose()?;
    parts.end()?;
    Ok((is_authority, followers))
}
