//! A group that takes a key: its platform, version, enrolment and channel.

use super::case::quoted;
use policyc::catalogue::KeyMatch;
use policyc::catalogue::entry::{Key, Schema, Support};
use policyc::setting::{Channel, OsVersion, Platform};

/// The facts of a group of Apple devices.
pub struct Group {
    pub platform: Platform,
    pub os: OsVersion,
    pub enrolment: &'static str,
    pub channel: Channel,
}

impl Group {
    /// A group that takes what is supported so. Where several platforms do, one that still has it.
    pub fn of(support: impl Fn(Platform) -> Option<Support>) -> Option<Group> {
        let apple = Platform::ALL.iter().copied().filter(|platform| platform.is_apple());
        let there: Vec<(Platform, Support)> =
            apple.filter_map(|platform| Some((platform, support(platform)?))).collect();
        let (platform, support) = there.iter().find(|(_, support)| support.removed.is_none()).or(there.first())?;
        let introduced = support.introduced.as_deref().and_then(OsVersion::parse);
        let newest = OsVersion::parse("26.4").unwrap();
        let os = match support.removed {
            Some(_) => introduced?,
            None => introduced.map_or(newest, |introduced| introduced.max(newest)),
        };
        let scope =
            |word: &str| support.allowed_scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|have| have == word));
        let device = support.devicechannel != Some(false) && scope("system") || *platform != Platform::MacOs;
        Some(Group {
            platform: *platform,
            os,
            enrolment: if support.userenrollment.as_deref() == Some("required") { "user" } else { "device" },
            channel: if device { Channel::Device } else { Channel::User },
        })
    }

    /// Some group.
    pub fn any() -> Group {
        let os = OsVersion::parse("26.4").unwrap();
        Group { platform: Platform::MacOs, os, enrolment: "device", channel: Channel::Device }
    }

    pub fn facts(&self) -> String {
        let supervised = self.enrolment == "device";
        let os = quoted(&self.os.to_string());
        format!(
            "platform: {}, os: {os}, enrolment: {}, supervised: {supervised}, deliver: [mobileconfig, declarations]",
            self.platform, self.enrolment
        )
    }

    pub fn takes(&self, support: Option<&Support>) -> bool {
        let version = |text: &Option<String>| text.as_deref().and_then(OsVersion::parse);
        support.is_some_and(|support| {
            version(&support.introduced).is_none_or(|introduced| introduced <= self.os)
                && version(&support.removed).is_none_or(|removed| removed > self.os)
        })
    }
}

/// Availability of a key, as the levels above it leave it.
pub fn support(schema: &Schema, chain: &[&Key], platform: Platform) -> Option<Support> {
    KeyMatch { schema, chain: chain.to_vec(), key: chain.last()? }.support(platform).map(std::borrow::Cow::into_owned)
}
