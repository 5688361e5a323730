//! The texts of the control library, embedded: what findings and `explain` show of it. Its trees are made from them by the build
//! script (see `control/library.rs`).

use super::{Body, Source};
use std::borrow::Cow;

macro_rules! library {
    ($($path:literal),* $(,)?) => { &[$(Source {
        path: Cow::Borrowed(concat!("library/", $path, ".yaml")),
        content: Body::Text(Cow::Borrowed(include_str!(concat!("../control/library/", $path, ".yaml")))),
    }),*] };
}

/// Every file, sorted by path.
pub(super) static LIBRARY: &[Source] = library![
    "access/audit-logging",
    "access/biometric-unlock",
    "access/hello-for-business",
    "access/least-privilege",
    "access/passcode",
    "access/pin-separation",
    "access/screen-lock",
    "access/screen-privacy",
    "apps/ai-tools",
    "apps/app-allowlist",
    "apps/browser-passwords",
    "apps/email-only",
    "apps/software-restriction",
    "apps/video-calling",
    "data/data-separation",
    "data/local-storage",
    "data/personal-accounts",
    "devices/malware-protection",
    "devices/peripheral-control",
    "encryption/disk-encryption",
    "encryption/removable-media-encryption",
    "encryption/startup-pin",
    "management/management-lock",
    "management/usage-time",
    "network/bluetooth",
    "network/firewall",
    "network/hotspot",
    "network/roaming",
    "network/web-filter",
    "updates/os-updates",
    "updates/scheduled-restart",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_sorted() {
        assert!(LIBRARY.windows(2).all(|pair| pair[0].path < pair[1].path));
    }
}
