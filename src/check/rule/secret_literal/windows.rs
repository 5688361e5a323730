//! Windows: nodes that hold a secret. The DDF does not mark them; each name here was read in it, and stands for nodes in one CSP.

use super::Subject;
use crate::catalogue::NodeMatch;
use crate::check::node::leaf;
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Family, Value};

/// A part of the LocURI and the last name: passwords, pre-shared keys and the containers of private keys.
const SECRETS: &[(&str, &str)] = &[
    ("/ActiveSync/Accounts/", "Password"),
    ("/ClientCertificateInstall/PFXCertInstall/", "PFXCertBlob"),
    ("/ClientCertificateInstall/PFXCertInstall/", "PFXCertPassword"),
    ("/ClientCertificateInstall/SCEP/", "Challenge"),
    ("/CertificateStore/MY/SCEP/", "Challenge"),
    ("/DMAcc/", "AAuthSecret"),
    ("/EMAIL2/", "AUTHSECRET"),
    ("/EMAIL2/", "SMTPALTPASSWORD"),
    ("/VPNv2/", "L2tpPsk"),
    ("/VPNv2/", "Password"),
];

pub(super) fn check(subject: &Subject<'_>, found: &NodeMatch<'_>) -> Option<Diagnostic> {
    let (uri, setting) = (&found.node.uri, subject.setting);
    let secret = SECRETS.iter().any(|(part, name)| uri.contains(part) && leaf(uri) == *name);
    let written = match &setting.value {
        Value::Text(text) | Value::Plain(text) => !text.is_empty(),
        Value::Data(bytes) => !bytes.is_empty(),
        _ => false,
    };
    if !secret || !written || setting.address.family != Family::Csp {
        return None;
    }
    let message = format!("`{}` is a secret, written for all to read", leaf(uri));
    Some(
        Diagnostic::new(Code::SecretLiteral, setting.span, message)
            .help("write `{ secret: NAME }`, and where it comes from in secrets.yaml")
            .help("whatever stood here is known to everybody with the sources: change it"),
    )
}

#[cfg(test)]
mod tests {
    use super::SECRETS;
    use crate::check::node::trial::{catalogue, has, run, settings, target};
    use crate::diagnostic::Code;
    use crate::setting::Value;

    const PASSWORD: &str = "./Device/Vendor/MSFT/ClientCertificateInstall/PFXCertInstall/office/PFXCertPassword";

    #[test]
    fn a_password_is_not_written_out() {
        assert!(has(Code::SecretLiteral, &format!("{PASSWORD} = swordfish")));
        let mut named = settings(&format!("{PASSWORD} = x"));
        named[0].value = Value::Secret("office".to_owned());
        assert!(!run(&target(), named).1.iter().any(|(code, ..)| *code == Code::SecretLiteral));
    }

    #[test]
    fn every_name_of_the_list_is_a_node() {
        let uris = catalogue().uris();
        for (part, name) in SECRETS {
            let known = uris.iter().any(|uri| uri.contains(part) && uri.ends_with(&format!("/{name}")));
            assert!(known, "{part} {name}");
        }
    }
}
