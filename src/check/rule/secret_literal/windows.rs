//! Windows: nodes that hold a secret, as the errata name them; the DDF does not.

use super::Subject;
use crate::catalogue::NodeMatch;
use crate::check::node::leaf;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Family, Secret, Value, secret};

/// Where a network's or a VPN's profile keeps a secret (WLAN_profile schema, `keyMaterial`; VPNv2 `ProfileXML`, `L2tpPsk`; EAP
/// credentials, `Password`).
const ELEMENTS: [&str; 3] = ["keyMaterial>", "L2tpPsk>", "Password>"];

pub(super) fn check(subject: &Subject<'_>, found: &NodeMatch<'_>) -> Option<Diagnostic> {
    let (uri, setting) = (&found.node.uri, subject.setting);
    let written = match &setting.value {
        // A profile only can hold a secret: with certificates it has none.
        Value::Text(text) if text.trim_start().starts_with('<') => writes_out(text),
        Value::Secret(Secret::Document(text)) => writes_out(text),
        Value::Text(text) | Value::Plain(text) => !text.is_empty(),
        Value::Data(bytes) => !bytes.is_empty(),
        _ => false,
    };
    if !found.node.secret || !written || setting.address.family != Family::Csp {
        return None;
    }
    let message = format!("`{}` is a secret, written for all to read", leaf(uri));
    Some(
        Diagnostic::new(Code::SecretLiteral, setting.span, message)
            .help("write `{ secret: NAME }`, and where it comes from in secrets.yaml")
            .help("whatever stood here is known to everybody with the sources: change it"),
    )
}

/// Whether an element of a document that is for a secret holds anything but the marker of one.
pub(crate) fn writes_out(document: &str) -> bool {
    let held = |(at, name): (usize, &str)| {
        let rest = &document[at + name.len()..];
        let text = rest.split('<').next().unwrap_or_default().trim();
        !text.is_empty() && !secret::marks(text).any(|mark| mark.at == (0..text.len()))
    };
    // What an element ends with is followed by markup; what it begins with, by what it holds.
    ELEMENTS.iter().any(|name| document.match_indices(name).any(held))
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{has, run, settings, target};
    use crate::diagnostic::Code;
    use crate::setting::Value;

    const PASSWORD: &str = "./Device/Vendor/MSFT/ClientCertificateInstall/PFXCertInstall/office/PFXCertPassword";

    #[test]
    fn a_password_is_not_written_out() {
        assert!(has(Code::SecretLiteral, &format!("{PASSWORD} = swordfish")));
        let mut named = settings(&format!("{PASSWORD} = x"));
        named[0].value = Value::secret("office");
        assert!(!run(&target(), named).1.iter().any(|(code, ..)| *code == Code::SecretLiteral));
    }

    #[test]
    fn a_network_profile_is_secret_where_it_holds_a_key() {
        let profile = |inside: &str| {
            format!("./Device/Vendor/MSFT/WiFi/Profile/office/WlanXml = <WLANProfile>{inside}</WLANProfile>")
        };
        assert!(has(Code::SecretLiteral, &profile("<keyMaterial>swordfish</keyMaterial>")));
        assert!(!super::writes_out("<keyMaterial>policyc:secret:office:xml</keyMaterial>"));
        assert!(super::writes_out("<a><keyMaterial>policyc:secret:a:xml</keyMaterial><Password>b</Password></a>"));
        assert!(!has(Code::SecretLiteral, &profile("<authentication>WPA3ENT</authentication>")));
    }
}
