//! Apple profiles in Intune's envelope: `iosCustomConfiguration` and `macOSCustomConfiguration`, which carry a `.mobileconfig` as base64.
//!
//! Microsoft Graph. `deploymentChannel` is of the beta and of macOS alone. A profile with markers is filled in before it goes in here: base64
//! has no place for them.

use super::{Title, audience};
use crate::backend::Unreadable;
use crate::encoding::{base64, json};
use serde_json::{Value as Json, json};

const IOS: &str = "#microsoft.graph.iosCustomConfiguration";
const MAC: &str = "#microsoft.graph.macOSCustomConfiguration";

/// Which channel of a Mac takes the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentChannel {
    /// `deviceChannel`
    Device,
    /// `userChannel`
    User,
}

/// Which envelope carries the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// `iosCustomConfiguration`, for iPhone and iPad.
    Ios,
    /// `macOSCustomConfiguration`; the channel where it is to be said.
    MacOs(Option<DeploymentChannel>),
}

/// A profile in its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The envelope.
    pub carrier: Carrier,
    /// The name that devices show.
    pub payload_name: String,
    /// The profile's file name, with `.mobileconfig`.
    pub file_name: String,
    /// The profile, signed or not.
    pub profile: Vec<u8>,
}

impl DeploymentChannel {
    fn word(self) -> &'static str {
        match self {
            DeploymentChannel::Device => "deviceChannel",
            DeploymentChannel::User => "userChannel",
        }
    }
}

/// The envelope around a profile.
pub fn carry(title: &Title<'_>, carried: &Carried) -> Vec<u8> {
    let mut envelope = json!({
        "displayName": title.name,
        "description": title.description,
        "payloadName": carried.payload_name,
        "payloadFileName": carried.file_name,
        "payload": base64::encode(&carried.profile),
    });
    envelope["@odata.type"] = match carried.carrier {
        Carrier::Ios => IOS,
        Carrier::MacOs(_) => MAC,
    }
    .into();
    if let Carrier::MacOs(Some(channel)) = carried.carrier {
        envelope["deploymentChannel"] = channel.word().into();
    }
    audience::add(&mut envelope, title, audience::OF_PROFILE);
    json::write(&envelope)
}

/// The profile in an envelope.
///
/// # Errors
/// What is no such envelope, and where.
pub fn carried(bytes: &[u8]) -> Result<Carried, Unreadable> {
    carried_in(&json::read_export(bytes)?).map(|(carried, _)| carried)
}

/// Whether a file of the console's is an envelope around a profile.
pub(in crate::backend) fn is_envelope(file: &Json) -> bool {
    file.get("@odata.type").and_then(Json::as_str).is_some_and(|kind| matches!(kind, IOS | MAC))
}

/// The profile, and what the envelope says beside it.
pub(in crate::backend) fn carried_in(envelope: &Json) -> Result<(Carried, Vec<(String, String)>), Unreadable> {
    let text = |name: &str| {
        let text = envelope.get(name).and_then(Json::as_str).map(str::to_owned);
        text.ok_or_else(|| (name.to_owned(), "it is no text, or it is missing".to_owned()))
    };
    let carrier = match text("@odata.type")?.as_str() {
        IOS => Carrier::Ios,
        MAC => Carrier::MacOs(match envelope.get("deploymentChannel").filter(|channel| !channel.is_null()) {
            None => None,
            Some(channel) => {
                let known = [DeploymentChannel::Device, DeploymentChannel::User];
                let channel = known.into_iter().find(|known| channel.as_str() == Some(known.word()));
                let unknown = || ("deploymentChannel".to_owned(), "it is `deviceChannel` or `userChannel`".to_owned());
                Some(channel.ok_or_else(unknown)?)
            }
        }),
        other => return Err(("@odata.type".to_owned(), format!("`{other}` carries no profile"))),
    };
    let profile =
        base64::decode(&text("payload")?).ok_or_else(|| ("payload".to_owned(), "it is not base64".to_owned()))?;
    let carried = Carried { carrier, payload_name: text("payloadName")?, file_name: text("payloadFileName")?, profile };
    Ok((carried, audience::said(envelope)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_comes_out_as_it_went_in() {
        let title = Title { name: "Passcode", description: "", reached: Vec::new(), left_out: Vec::new() };
        for carrier in [Carrier::Ios, Carrier::MacOs(None), Carrier::MacOs(Some(DeploymentChannel::User))] {
            let put = Carried {
                carrier,
                payload_name: "Passcode".to_owned(),
                file_name: "passcode.mobileconfig".to_owned(),
                profile: b"<plist/>\n".to_vec(),
            };
            assert_eq!(carried(&carry(&title, &put)), Ok(put));
        }
    }

    #[test]
    fn what_carries_no_profile_is_refused_with_its_place() {
        let check = |text: &str, place: &str| {
            assert_eq!(carried(text.as_bytes()).map_err(|(place, _)| place), Err(place.to_owned()), "{text}");
        };
        check("[]", "@odata.type");
        check(r##"{"@odata.type": "#microsoft.graph.windows10CustomConfiguration"}"##, "@odata.type");
        check(r##"{"@odata.type": "#microsoft.graph.iosCustomConfiguration", "payload": "x"}"##, "payload");
        check(
            r##"{"@odata.type": "#microsoft.graph.macOSCustomConfiguration", "deploymentChannel": "x"}"##,
            "deploymentChannel",
        );
    }
}
