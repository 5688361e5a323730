//! A `WLANProfile` (WLAN_profile schema v1), as the WiFi CSP's `WlanXml` holds it: one network, with a passphrase, or with accounts that a
//! server checks (802.1X, PEAP with MSCHAPv2). The server must then show a certificate of the given authority, and nobody is asked
//! whether to trust another.

use super::text::Element;
use super::{Parts, word};
use crate::digest;
use crate::setting::{Secret, Value, secret};

const WLAN: &str = "http://www.microsoft.com/networking/WLAN/profile/v1";
const ONE_X: &str = "http://www.microsoft.com/networking/OneX/v1";
const EAP_HOST: &str = "http://www.microsoft.com/provisioning/EapHostConfig";
const EAP_COMMON: &str = "http://www.microsoft.com/provisioning/EapCommon";
const EAP_BASE: &str = "http://www.microsoft.com/provisioning/BaseEapConnectionPropertiesV1";
const PEAP: &str = "http://www.microsoft.com/provisioning/MsPeapConnectionPropertiesV1";
const MSCHAP: &str = "http://www.microsoft.com/provisioning/MsChapV2ConnectionPropertiesV1";

/// Our word for the security of a network: `authentication` with a passphrase, and with accounts.
const SECURITY: [(&str, &str, &str); 2] = [("wpa2", "WPA2PSK", "WPA2"), ("wpa3", "WPA3SAE", "WPA3ENT")];

/// `{ $xml: wlan-profile, ssid: $ssid, security: $security, passphrase: $passphrase }`, or with `authority` and `server` in the place of
/// the passphrase.
pub(super) fn write(parts: &Parts) -> Result<Option<String>, String> {
    let (Some(ssid), Some(security)) = (word(parts, "ssid"), word(parts, "security")) else { return Ok(None) };
    let known = SECURITY.iter().find(|(ours, ..)| *ours == security);
    let (_, personal, enterprise) = known.ok_or_else(|| format!("no network has the security `{security}`"))?;
    let security = match (parts.get("passphrase"), parts.get("authority")) {
        (Some(passphrase), None) => shared(personal, &written(passphrase)?),
        (None, Some(Value::Data(authority))) => accounts(enterprise, authority, word(parts, "server")),
        (None, Some(_)) => return Err("`authority` is no certificate".to_owned()),
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err("a network has a passphrase or an authority, not both".to_owned()),
    };
    let hidden = matches!(parts.get("hidden"), Some(Value::Boolean(true)));
    let hex: String = ssid.bytes().map(|byte| format!("{byte:02X}")).collect();
    let name = Element::new("SSID", &[]).holding([said("hex", hex), said("name", ssid)]);
    let profile = Element::new("WLANProfile", &[("xmlns", WLAN)]).holding([
        said("name", ssid),
        Element::new("SSIDConfig", &[]).holding([name, said("nonBroadcast", hidden.to_string())]),
        said("connectionType", "ESS"),
        said("connectionMode", "auto"),
        Element::new("MSM", &[]).holding([Element::new("security", &[]).holding(security)]),
    ]);
    Ok(Some(profile.document()))
}

fn said(name: &'static str, text: impl Into<String>) -> Element {
    Element::new(name, &[]).saying(text)
}

/// A passphrase as it stands in the document: nobody else's than its marker, unless somebody wrote it out.
fn written(passphrase: &Value) -> Result<String, String> {
    match passphrase {
        Value::Secret(Secret::Text(name)) => Ok(secret::marker_in_xml(name)),
        Value::Text(text) | Value::Plain(text) => Ok(text.clone()),
        other => Err(format!("a passphrase is no {}", other.kind())),
    }
}

fn encryption(authentication: &str, one_x: bool) -> Element {
    Element::new("authEncryption", &[]).holding([
        said("authentication", authentication),
        said("encryption", "AES"),
        said("useOneX", one_x.to_string()),
    ])
}

fn shared(authentication: &str, passphrase: &str) -> Vec<Element> {
    let key = Element::new("sharedKey", &[]).holding([
        said("keyType", "passPhrase"),
        said("protected", "false"),
        said("keyMaterial", passphrase),
    ]);
    vec![encryption(authentication, false), key]
}

fn accounts(authentication: &str, authority: &[u8], server: Option<&str>) -> Vec<Element> {
    let common = |name, text: &str| Element::new(name, &[("xmlns", EAP_COMMON)]).saying(text);
    let method = Element::new("EapMethod", &[]).holding([
        common("Type", "25"),
        common("VendorId", "0"),
        common("VendorType", "0"),
        common("AuthorId", "0"),
    ]);
    let thumbprint: String = digest::sha1(authority).iter().map(|byte| format!("{byte:02x} ")).collect();
    let validation = Element::new("ServerValidation", &[]).holding([
        said("DisableUserPromptForServerValidation", "true"),
        said("ServerNames", server.unwrap_or_default()),
        said("TrustedRootCA", thumbprint),
    ]);
    let inner = Element::new("Eap", &[("xmlns", EAP_BASE)]).holding([
        said("Type", "26"),
        Element::new("EapType", &[("xmlns", MSCHAP)]).holding([said("UseWinLogonCredentials", "false")]),
    ]);
    let peap = Element::new("EapType", &[("xmlns", PEAP)]).holding([
        validation,
        said("FastReconnect", "true"),
        said("InnerEapOptional", "false"),
        inner,
        said("EnableQuarantineChecks", "false"),
        said("RequireCryptoBinding", "false"),
    ]);
    let eap = Element::new("Eap", &[("xmlns", EAP_BASE)]).holding([said("Type", "25"), peap]);
    let host = Element::new("EapHostConfig", &[("xmlns", EAP_HOST)])
        .holding([method, Element::new("Config", &[("xmlns", EAP_HOST)]).holding([eap])]);
    let config = Element::new("EAPConfig", &[]).holding([host]);
    let one_x = Element::new("OneX", &[("xmlns", ONE_X)]).holding([said("authMode", "user"), config]);
    vec![encryption(authentication, true), one_x]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(more: &[(&str, Value)]) -> Parts {
        let always = [("ssid", Value::text("Büro & Co")), ("security", Value::text("wpa3"))];
        always.iter().chain(more).map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn a_passphrase_stands_as_its_marker() {
        let document = write(&parts(&[("passphrase", Value::secret("office"))])).unwrap().unwrap();
        assert!(document.starts_with("<WLANProfile xmlns=\"http://www.microsoft.com/networking/WLAN/profile/v1\">\n"));
        for part in [
            "<hex>42C3BC726F202620436F</hex>",
            "<name>Büro &amp; Co</name>",
            "<authentication>WPA3SAE</authentication>",
            "<keyMaterial>policyc:secret:office:xml</keyMaterial>",
            "<nonBroadcast>false</nonBroadcast>",
        ] {
            assert!(document.contains(part), "no {part} in {document}");
        }
    }

    #[test]
    fn the_authority_stands_as_its_thumbprint() {
        let more = [("authority", Value::Data(b"abc".to_vec())), ("server", Value::text("radius.example.org"))];
        let document = write(&parts(&more)).unwrap().unwrap();
        for part in [
            "<TrustedRootCA>a9 99 3e 36 47 06 81 6a ba 3e 25 71 78 50 c2 6c 9c d0 d8 9d </TrustedRootCA>",
            "<ServerNames>radius.example.org</ServerNames>",
            "<authentication>WPA3ENT</authentication>",
            "<useOneX>true</useOneX>",
        ] {
            assert!(document.contains(part), "no {part} in {document}");
        }
        assert!(!document.contains("sharedKey"));
    }

    #[test]
    fn a_network_is_open_to_one_kind_alone() {
        assert_eq!(write(&parts(&[])), Ok(None));
        let both = [("authority", Value::Data(vec![0])), ("passphrase", Value::secret("office"))];
        assert!(write(&parts(&both)).is_err());
    }
}
