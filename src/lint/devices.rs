//! The devices that files are held against: what `--target` says of them, and of what it does not say the best and the others.

use crate::diagnostic::nearest::did_you_mean;
use crate::setting::{Bundle, Channel, Delivery, Dialect, Edition, Enrolment, Join, OsVersion, Platform, Target};
use crate::source::Spanned;
use std::collections::BTreeSet;

/// What is known of some devices; what is not known may be anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Devices {
    /// Their platform.
    pub platform: Platform,
    /// The oldest system among them.
    pub os: Option<OsVersion>,
    /// Whether they are supervised.
    pub supervised: Option<bool>,
    /// How they are enrolled.
    pub enrolment: Option<Enrolment>,
    /// The channel by which files reach them that do not say it.
    pub channel: Option<Channel>,
    /// Their editions; none: nobody says.
    pub editions: Vec<Edition>,
    /// The directory that they are joined to.
    pub join: Option<Join>,
}

/// Words of `--target`, and what each says.
const WORDS: &[(&str, Fact)] = &[
    ("supervised", Fact::Supervised(true)),
    ("unsupervised", Fact::Supervised(false)),
    ("device-enrolment", Fact::Enrolment(Enrolment::Device)),
    ("user-enrolment", Fact::Enrolment(Enrolment::User)),
    ("device", Fact::Enrolment(Enrolment::Device)),
    ("user", Fact::Enrolment(Enrolment::User)),
    ("manual", Fact::Enrolment(Enrolment::Manual)),
    ("device-channel", Fact::Channel(Channel::Device)),
    ("user-channel", Fact::Channel(Channel::User)),
    ("home", Fact::Edition(Edition::Home)),
    ("pro", Fact::Edition(Edition::Pro)),
    ("enterprise", Fact::Edition(Edition::Enterprise)),
    ("education", Fact::Edition(Edition::Education)),
    ("se", Fact::Edition(Edition::Se)),
    ("multisession", Fact::Edition(Edition::Multisession)),
    ("iot", Fact::Edition(Edition::Iot)),
    ("hololens", Fact::Edition(Edition::Hololens)),
    ("entra", Fact::Join(Join::Entra)),
    ("hybrid", Fact::Join(Join::Hybrid)),
    ("domain", Fact::Join(Join::Domain)),
    ("not-joined", Fact::Join(Join::None)),
];

#[derive(Clone, Copy)]
enum Fact {
    Supervised(bool),
    Enrolment(Enrolment),
    Channel(Channel),
    Edition(Edition),
    Join(Join),
}

/// A version that has every key: newer than any that vendors name.
const NEWEST: &str = "99";
/// The newest build of Windows that the DDF names is older; what it marks as not released is newer.
const NEWEST_BUILD: &str = "10.0.39999";
/// The oldest build of Windows that is still served (Microsoft, release information of Windows 10).
const OLDEST_BUILD: &str = "10.0.19045";

impl Devices {
    /// Any devices of a platform.
    pub fn of(platform: Platform) -> Devices {
        let (os, supervised, enrolment, channel, join) = (None, None, None, None, None);
        Devices { platform, os, supervised, enrolment, channel, editions: Vec::new(), join }
    }

    /// The devices of a group.
    pub fn of_group(target: &Target) -> Devices {
        let windows = !target.platform.is_apple();
        Devices {
            platform: *target.platform,
            os: Some(target.os.value),
            supervised: (!windows).then_some(*target.supervised),
            enrolment: (!windows).then_some(*target.enrolment),
            channel: None,
            editions: target.editions.iter().map(|edition| edition.value).collect(),
            join: target.join.map(|join| join.value),
        }
    }

    /// Reads `iOS 17.0 supervised`, `Windows 10.0.22631 enterprise entra`: a platform, and after it words in any order.
    pub fn parse(text: &str) -> Result<Devices, String> {
        let mut words = text.split([' ', ',']).filter(|word| !word.is_empty());
        let first = words.next().ok_or("it names a platform first, such as `iOS`, `macOS` or `Windows`")?;
        let mut devices = Devices::of(platform(first)?);
        for word in words {
            devices.say(word)?;
        }
        Ok(devices)
    }

    fn say(&mut self, word: &str) -> Result<(), String> {
        let windows = !self.platform.is_apple();
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let word = match (windows, word) {
                (true, "10") => OLDEST_BUILD,
                (true, "11") => "10.0.22000",
                (_, word) => word,
            };
            let os = OsVersion::parse(word)
                .ok_or_else(|| format!("`{word}` is no version, such as `17.0` or `10.0.22631`"))?;
            if windows && os.parts().len() < 3 {
                return Err(format!("`{word}` is no build of Windows: write `10.0.22631`, or `11`"));
            }
            return set(&mut self.os, os, "version");
        }
        let known = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
        let Some((_, fact)) = known else {
            let near = did_you_mean(word, WORDS.iter().map(|(word, _)| *word));
            let all = || format!("it takes a version and {}", words_of(windows));
            return Err(format!("`{word}` says nothing of devices; {}", near.unwrap_or_else(all)));
        };
        let of_windows = matches!(fact, Fact::Edition(_) | Fact::Join(_));
        if of_windows != windows {
            return Err(format!(
                "`{word}` says nothing of devices with {}; it takes {}",
                self.platform,
                words_of(windows)
            ));
        }
        match *fact {
            Fact::Supervised(supervised) => set(&mut self.supervised, supervised, "supervision"),
            Fact::Enrolment(enrolment) => set(&mut self.enrolment, enrolment, "enrolment"),
            Fact::Channel(channel) => set(&mut self.channel, channel, "channel"),
            Fact::Join(join) => set(&mut self.join, join, "directory"),
            Fact::Edition(edition) => {
                self.editions.push(edition);
                Ok(())
            }
        }
    }

    /// The devices as they are said to be and, of what is not said, as they take most.
    pub(super) fn best(&self) -> Target {
        let newest = if self.platform.is_apple() { NEWEST } else { NEWEST_BUILD };
        let os = self.os.or_else(|| OsVersion::parse(newest));
        // Nobody's enrolment is supervised and a user's, or by hand.
        let supervised =
            self.supervised.unwrap_or(!matches!(self.enrolment, Some(Enrolment::User | Enrolment::Manual)));
        let editions = if self.editions.is_empty() { &[Edition::Enterprise][..] } else { &self.editions };
        Target {
            organisation: String::new(),
            organisation_name: String::new(),
            identifier: String::new(),
            group: Spanned::nowhere(String::new()),
            identity: String::new(),
            title: String::new(),
            platform: Spanned::nowhere(self.platform),
            os: Spanned::nowhere(os.unwrap_or_else(|| OsVersion::parse("0").expect("internal: a version"))),
            enrolment: Spanned::nowhere(self.enrolment.unwrap_or(Enrolment::Device)),
            supervised: Spanned::nowhere(supervised),
            deliver: Delivery::ALL.iter().map(|form| Spanned::nowhere(*form)).collect(),
            intune: Spanned::nowhere(Dialect::Catalogue),
            profile_url: None,
            compliance: crate::setting::Compliance::Derived,
            editions: editions.iter().map(|edition| Spanned::nowhere(*edition)).collect(),
            join: self.join.map(Spanned::nowhere),
            has: BTreeSet::new(),
            bundle: Bundle::Single,
            assign: Vec::new(),
            server: None,
            kept: std::sync::Arc::default(),
        }
    }

    /// Other devices of which nothing is said that rules them out, each with what they are.
    pub(super) fn others(&self) -> Vec<Target> {
        let best = self.best();
        let mut others = Vec::new();
        if self.platform.is_apple() {
            let enrolled = |enrolment, supervised| Target {
                enrolment: Spanned::nowhere(enrolment),
                supervised: Spanned::nowhere(supervised),
                ..best.clone()
            };
            if self.supervised.is_none() && *best.supervised {
                others.push(enrolled(*best.enrolment, false));
            }
            if self.enrolment.is_none() && self.supervised != Some(true) {
                others.push(enrolled(Enrolment::User, false));
                others.push(enrolled(Enrolment::Manual, false));
            }
            return others;
        }
        if self.editions.is_empty() {
            let editions = [Edition::Pro, Edition::Education].map(Spanned::nowhere).to_vec();
            others.push(Target { editions, ..best.clone() });
        }
        if let (None, Some(oldest)) = (&self.os, OsVersion::parse(OLDEST_BUILD)) {
            others.push(Target { os: Spanned::nowhere(oldest), ..best });
        }
        others
    }
}

fn set<T: PartialEq>(fact: &mut Option<T>, new: T, what: &str) -> Result<(), String> {
    match fact {
        Some(old) if *old != new => {
            Err(format!("it says two things of the {what}; repeat `--target` for other devices"))
        }
        _ => {
            *fact = Some(new);
            Ok(())
        }
    }
}

fn platform(word: &str) -> Result<Platform, String> {
    if word.eq_ignore_ascii_case("iPadOS") {
        return Ok(Platform::Ios);
    }
    let known = Platform::ALL.iter().copied().find(|platform| platform.word().eq_ignore_ascii_case(word));
    known.ok_or_else(|| {
        let near = did_you_mean(word, Platform::ALL.iter().map(|platform| platform.word()));
        let all = || "it is one of `iOS`, `macOS`, `tvOS`, `visionOS`, `watchOS` and `Windows`".to_owned();
        format!("`{word}` is no platform; {}", near.unwrap_or_else(all))
    })
}

fn words_of(windows: bool) -> String {
    let own = WORDS.iter().filter(|(_, fact)| matches!(fact, Fact::Edition(_) | Fact::Join(_)) == windows);
    own.map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(Platform, Option<&str>, Option<bool>), &str>) {
        match (Devices::parse(text), expected) {
            (Ok(devices), Ok((platform, os, supervised))) => {
                let found = (devices.platform, devices.os.map(|os| os.to_string()), devices.supervised);
                assert_eq!(found, (platform, os.map(str::to_owned), supervised), "{text}");
            }
            (Err(why), Err(part)) => assert!(why.contains(part), "{text}: {why}"),
            (found, expected) => panic!("{text}: {found:?}, and not {expected:?}"),
        }
    }

    #[test]
    fn devices_are_told_in_words_of_any_order() {
        check("iOS 17.0 supervised", Ok((Platform::Ios, Some("17.0"), Some(true))));
        check("ipados unsupervised user-enrolment 18", Ok((Platform::Ios, Some("18"), Some(false))));
        check("Windows 10.0.22631 enterprise entra", Ok((Platform::Windows, Some("10.0.22631"), None)));
        check("Windows 11 pro, education", Ok((Platform::Windows, Some("10.0.22000"), None)));
        check("macOS", Ok((Platform::MacOs, None, None)));
        check("maOS", Err("did you mean `macOS`"));
        check("iOS supervisd", Err("`supervised`"));
        check("iOS enterprise", Err("nothing of devices with iOS"));
        check("Windows 22631", Err("no build of Windows"));
        check("iOS 17 18", Err("two things"));
        check("", Err("a platform first"));
    }
}
