//! Names of settings in Intune's catalogue, derived from LocURIs.
//!
//! No page of Microsoft's states the rule; it is measured on exports of the portal: the LocURI without `./`, `/` as `_`, in lower case,
//! a dynamic part as its `{title}` without spaces. An element of an ADMX policy stands below the id of its policy.

use super::exception;
use crate::catalogue::Catalogue;
use crate::catalogue::entry::Node;

/// Letters at the end of an id that tell most of them apart.
const LETTERS: usize = 32;

/// The id of a node by the rule alone.
pub fn derived(uri: &str) -> String {
    let path = uri.strip_prefix("./").unwrap_or(uri);
    // A first policy asks for thousands of them.
    let mut id = String::with_capacity(path.len());
    for part in path.split('/') {
        if !id.is_empty() {
            id.push('_');
        }
        match part.starts_with('{') {
            true => part.split(' ').for_each(|word| id.push_str(word)),
            false => id.push_str(part.trim()),
        }
    }
    match id.is_ascii() {
        true => {
            id.make_ascii_lowercase();
            id
        }
        false => id.to_lowercase(),
    }
}

/// The id that the catalogue knows a node by: the rule's, or that of the exception which holds under this value of its parent.
pub(super) fn of(node: &Node, parent: Option<(&str, &str)>) -> String {
    exception::renamed(&node.uri, parent).map_or_else(|| derived(&node.uri), str::to_owned)
}

/// What stands below an id: an element of the policy, or an option.
pub(super) fn below(id: &str, name: &str) -> String {
    format!("{id}_{}", name.to_lowercase())
}

/// The way back: ids → LocURIs with titles in place of dynamic names. Never a guess from the letters: names hold `_` themselves.
///
/// To derive every id takes longer than all else that is done to one file, so that LocURIs are known by the ends of their ids.
pub(crate) struct Ids<'c> {
    uris: Vec<&'c str>,
    /// The end of the id of each, and its place among them; sorted.
    ends: Vec<(usize, u32, u32)>,
}

impl<'c> Ids<'c> {
    pub(crate) fn of(catalogue: &'c Catalogue) -> Ids<'c> {
        let uris: Vec<&str> = catalogue.every_uri().collect();
        let mut ends: Vec<(usize, u32, u32)> = uris.iter().zip(0..).map(|(uri, n)| (end(uri), n, 0)).collect();
        ends.sort_unstable();
        Ids { uris, ends }
    }

    /// The LocURI behind an id.
    pub(super) fn uri(&self, id: &str) -> Option<&'c str> {
        if let Some((_, uri)) = exception::renames().filter(|(renamed, _)| *renamed == id).last() {
            return Some(uri);
        }
        let wanted = end(id);
        let first = self.ends.partition_point(|(end, ..)| *end < wanted);
        let alike = self.ends[first..].iter().take_while(|(end, ..)| *end == wanted);
        alike.map(|(_, n, _)| self.uris[*n as usize]).filter(|uri| derived(uri) == id).last()
    }
}

/// A digest of the last letters, the same of a LocURI and of the id that is derived from it.
fn end(name: &str) -> usize {
    let letters = name.bytes().rev().filter(|byte| byte.is_ascii_alphanumeric());
    letters.take(LETTERS).fold(0, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte | 0x20)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uri: &str, expected: &str) {
        assert_eq!(derived(uri), expected, "{uri}");
    }

    #[test]
    fn ids_follow_the_rule() {
        check(
            "./Device/Vendor/MSFT/BitLocker/SystemDrivesMinimumPINLength",
            "device_vendor_msft_bitlocker_systemdrivesminimumpinlength",
        );
        check(
            "./Vendor/MSFT/Firewall/MdmStore/PublicProfile/EnableFirewall",
            "vendor_msft_firewall_mdmstore_publicprofile_enablefirewall",
        );
        check(
            "./Device/Vendor/MSFT/PassportForWork/{TenantId}/Policies/UsePassportForWork",
            "device_vendor_msft_passportforwork_{tenantid}_policies_usepassportforwork",
        );
        check("./User/Vendor/MSFT/EMAIL2/{Account GUID}/NAME", "user_vendor_msft_email2_{accountguid}_name");
    }

    #[test]
    fn no_two_nodes_share_an_id() {
        let catalogue = Catalogue::embedded();
        let uris = catalogue.uris();
        let ids = Ids::of(&catalogue);
        let clash = uris.iter().find(|uri| ids.uri(&derived(uri)) != Some(**uri));
        assert_eq!(clash, None);
    }
}
