//! Names of settings in Intune's catalogue, derived from LocURIs.
//!
//! No page of Microsoft's states the rule; it is measured on exports of the portal: the LocURI without `./`, `/` as `_`, in lower case,
//! a dynamic part as its `{title}` without spaces. An element of an ADMX policy stands below the id of its policy.

use super::exception;
use crate::catalogue::Catalogue;
use crate::catalogue::entry::Node;

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

/// The way back: an id → the LocURI with titles in place of dynamic names. Never a guess from the letters: names hold `_` themselves.
pub(super) fn uri<'c>(catalogue: &'c Catalogue, id: &str) -> Option<&'c str> {
    if let Some((_, uri)) = exception::renames().filter(|(renamed, _)| *renamed == id).last() {
        return Some(uri);
    }
    // The id of a LocURI has its letters, and to derive the ids of all of them takes longer than all else that is done to one file.
    catalogue.of_letters(id).into_iter().rfind(|uri| derived(uri) == id)
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
        let clash = uris.iter().find(|found| uri(&catalogue, &derived(found)) != Some(**found));
        assert_eq!(clash, None);
    }
}
