//! The encoding of everything here: ASN.1's distinguished rules (X.690), in which a value has one form only.
//!
//! Written for the few structures of CMS and X.509, so that each byte is accounted for: what a general decoder lets pass (a longer length,
//! a stray byte) is a bit that no signature covers. [`ber`] brings the basic rules, which other tools may write, into this form first.

pub(super) mod ber;
pub(super) mod oid;
mod read;
mod write;

pub(super) use read::{Element, Malformed, Reader};
pub(super) use write::{header, integer, set_of, wrap};

/// The identifier octets of the types in use.
pub(super) mod tag {
    pub(in super::super) const BOOLEAN: u8 = 0x01;
    pub(in super::super) const INTEGER: u8 = 0x02;
    pub(in super::super) const BIT_STRING: u8 = 0x03;
    pub(in super::super) const OCTET_STRING: u8 = 0x04;
    pub(in super::super) const NULL: u8 = 0x05;
    pub(in super::super) const OID: u8 = 0x06;
    pub(in super::super) const UTC_TIME: u8 = 0x17;
    pub(in super::super) const GENERALIZED_TIME: u8 = 0x18;
    pub(in super::super) const SEQUENCE: u8 = 0x30;
    pub(in super::super) const SET: u8 = 0x31;

    /// `[n]` around something else, or in place of a constructed type.
    pub(in super::super) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }

    /// `[n]` in place of a primitive type.
    pub(in super::super) const fn primitive(number: u8) -> u8 {
        0x80 | number
    }
}
