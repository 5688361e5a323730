//! Payloads that macOS installs for the whole Mac or for a user, in a profile that does not say for which: from macOS 26.1 on such a profile
//! with DNS settings or a VPN is refused when a person installs it, and servers guess (failure-modes A5; paulmillr/encrypted-dns, pull
//! request 192).

use super::{File, FileRule};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lint::group::head;
use crate::reader::Kind;
use crate::setting::{OsVersion, Platform};

pub(crate) const RULE: FileRule =
    FileRule { codes: &[Code::MissingScope], explain: Some(include_str!("explain.md")), run };

const TYPES: &[&str] = &[
    "com.apple.dnsSettings.managed",
    "com.apple.dnsProxy.managed",
    "com.apple.vpn.managed",
    "com.apple.vpn.managed.applayer",
];

fn run(file: &File<'_>) -> Vec<Diagnostic> {
    let envelope = &file.reading.envelope;
    if file.reading.kind != Kind::Profile || envelope.scope.is_some() {
        return Vec::new();
    }
    let devices = &file.options.devices;
    let macs: Vec<_> = devices.iter().filter(|devices| devices.platform == Platform::MacOs).collect();
    if macs.is_empty() && !devices.is_empty() {
        return Vec::new();
    }
    let refuses = |os: &OsVersion| OsVersion::parse("26.1").is_some_and(|first| *os >= first);
    let is_refused = macs.iter().any(|devices| devices.os.as_ref().is_some_and(refuses));
    let payload = envelope.payloads.iter().find(|payload| TYPES.contains(&payload.kind.as_str()));
    let finding = payload.map(|payload| {
        let message = format!("the profile has `{}` and no `PayloadScope`: macOS 26.1 and later do not install it by hand", payload.kind);
        Diagnostic::new(Code::MissingScope, head(payload.span), message)
            .severity(if is_refused { Severity::Error } else { Severity::Warning })
            .help("write `<key>PayloadScope</key><string>System</string>` beside `PayloadContent`, or `User` where it is for one user")
    });
    finding.into_iter().collect()
}
