//! Device or user: Apple's `devicechannel` and `userchannel`, `allowed-scopes` of declarations; on Windows the LocURI itself
//! (windows.md §1, failure-modes B17).

use super::{SettingRule, Subject, Verdict};
use crate::catalogue::entry::Support;
use crate::check::availability::judge_present;
use crate::check::lookup::{self, Missing};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{Channel, Platform};

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::WrongChannel], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    if lookup::form(&subject.setting.address).is_none() {
        return node(subject).into_iter().collect();
    }
    let (platform, channel) = (subject.target.platform.value, subject.setting.address.channel);
    judge_present(subject, |stated, support| {
        if takes(support, platform, channel) {
            return None;
        }
        let message = format!("the {channel} channel of {platform} does not take {}", stated.name());
        let help = match channel {
            Channel::User if platform == Platform::MacOs => "leave out `channel: user`: it is for the whole device",
            Channel::User => {
                "leave out `channel: user`: of Apple's platforms macOS alone has that channel for everybody"
            }
            Channel::Device => "write `channel: user` beside the entry: it is for each user",
        };
        let finding = Diagnostic::new(Code::WrongChannel, stated.span(), message).help(help);
        Some(Verdict::CannotTake(finding))
    })
}

fn takes(support: &Support, platform: Platform, channel: Channel) -> bool {
    let scope =
        |word: &str| support.allowed_scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|have| have == word));
    match channel {
        Channel::Device => support.devicechannel != Some(false) && scope("system"),
        // Elsewhere the user channel is Shared iPad's, and no group is said to be one.
        Channel::User => platform == Platform::MacOs && support.userchannel != Some(false) && scope("user"),
    }
}

fn node(subject: &Subject<'_>) -> Option<Verdict> {
    let setting = subject.setting;
    if setting.unlisted.is_some() {
        return None;
    }
    let Some(Missing::OtherChannel(there)) = subject.missing() else { return None };
    let message = format!("`{}` is on the other channel only", setting.address.owner);
    let finding = Diagnostic::new(Code::WrongChannel, setting.names.owner_or(setting.span), message)
        .help(format!("write `{there}`"));
    Some(Verdict::Wrong(finding))
}
