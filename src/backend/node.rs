//! What the writers of Windows' formats ask of a LocURI: its area, its channel, and whether a dependency of the DDF means it.

use crate::setting::Channel;
use crate::template::{app_of, installs};

/// The roots of a user's LocURIs.
const USER_ROOT: &str = "./User/";

/// The channel that a LocURI says.
pub(crate) fn channel(uri: &str) -> Channel {
    if uri.starts_with(USER_ROOT) { Channel::User } else { Channel::Device }
}

/// The CSP of a LocURI, with the area in the Policy CSP.
pub(super) fn area(uri: &str) -> String {
    // An app's template and its policies belong together.
    if let Some(app) = app_of(uri).or(installs(uri)) {
        return format!("Policy.{app}");
    }
    let mut parts = uri.split('/').filter(|part| !matches!(*part, "" | "." | "Device" | "User" | "Vendor" | "MSFT"));
    let csp = parts.next().unwrap_or("root").trim();
    match (csp, parts.next(), parts.next()) {
        ("Policy", Some("Config"), Some(area)) => format!("Policy.{area}"),
        ("Policy", Some(other), _) => format!("Policy.{other}"),
        _ => csp.to_owned(),
    }
}

/// Whether a DependencyUri means a LocURI. The DDF writes it loosely: without `./`, often without `Device/`, in any letter case,
/// dynamic parts in brackets or braces.
pub(super) fn is_meant(dependency: &str, uri: &str) -> bool {
    let parts = |text: &str| -> Vec<String> {
        let lower = text.trim_start_matches("./").to_lowercase();
        let below = ["device/", "user/"].iter().find_map(|root| lower.strip_prefix(root)).unwrap_or(&lower);
        below.split('/').map(str::to_owned).collect()
    };
    let (loose, exact) = (parts(dependency), parts(uri));
    let is_any =
        |part: &str| (part.starts_with('[') && part.ends_with(']')) || (part.starts_with('{') && part.ends_with('}'));
    loose.len() == exact.len() && loose.iter().zip(&exact).all(|(a, b)| a == b || is_any(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_a_csp_or_a_part_of_the_policy_csp() {
        for (uri, expected) in [
            ("./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption", "BitLocker"),
            ("./Vendor/MSFT/AppLocker/ApplicationLaunchRestrictions/g/EXE/Policy", "AppLocker"),
            ("./User/Vendor/MSFT/Policy/Config/WindowsAI/TurnOffWindowsCopilot", "Policy.WindowsAI"),
            ("./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/Edge/Policy/1", "Policy.Edge"),
            ("./User/Vendor/MSFT/Policy/Config/Edge~Policy~microsoft_edge/BrowserSignin", "Policy.Edge"),
            ("./DevDetail/Ext/Microsoft/DeviceName", "DevDetail"),
            ("./", "root"),
        ] {
            assert_eq!(area(uri), expected, "{uri}");
        }
    }

    #[test]
    fn dependencies_are_meant_loosely() {
        let uri = "./Device/Vendor/MSFT/BitLocker/AllowWarningForOtherDiskEncryption";
        assert!(is_meant("Vendor/MSFT/Bitlocker/AllowWarningForOtherDiskEncryption", uri));
        assert!(is_meant("Device/Vendor/MSFT/{CSP}/AllowWarningForOtherDiskEncryption", uri));
        assert!(is_meant("Device/Vendor/MSFT/[CSP]/AllowWarningForOtherDiskEncryption", uri));
        assert!(!is_meant("Device/Vendor/MSFT/BitLocker", uri));
    }
}
