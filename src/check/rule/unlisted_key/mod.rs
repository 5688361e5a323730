//! What no catalogue knows and somebody wrote on purpose: `unlisted: reason` (language.md §5), and policies of a template that
//! devices get by ADMXInstall and whose facts nobody has taken in.

use super::{Facts, SettingRule, Subject, Verdict, unknown_key};
use crate::check::lookup::Missing;
use crate::diagnostic::{Code, Diagnostic};

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::UnlistedKey], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let setting = subject.setting;
    let unknown = match subject.facts {
        Facts::Nothing(_) => true,
        Facts::Key(_) => setting.unlisted.is_some() && !unknown_key::inside(subject).is_empty(),
        Facts::Node(_) => false,
    };
    if !unknown {
        return Vec::new();
    }
    let place = setting.names.last_or(setting.span);
    let finding = match (&setting.unlisted, subject.missing()) {
        (Some(reason), _) => {
            let message = format!("nothing is known of `{}`: written on purpose, {reason}", setting.address);
            let help =
                "nothing of it was checked: try it on a device, and take `unlisted` away when the catalogue has it";
            Diagnostic::new(Code::UnlistedKey, place, message).help(help)
        }
        (None, Some(Missing::Ingested)) => {
            let message = format!("`{}` belongs to a template that no catalogue has", setting.address);
            let help = "its body was not checked: take in the template's facts with `policyc ingest-admx`, or say why it is right with `unlisted: reason`";
            Diagnostic::new(Code::UnlistedKey, place, message).help(help)
        }
        _ => return Vec::new(),
    };
    vec![Verdict::Remark(finding)]
}
