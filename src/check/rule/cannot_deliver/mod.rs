//! The group's `deliver` names no form that could carry the setting (language.md §3). Commands are the server's to send, and pass. What
//! Apple describes beside the declarations that people write is carried for nobody.

use super::{SettingRule, Subject, Verdict};
use crate::diagnostic::{Code, Diagnostic};
use crate::setting::{ACTIVATION, Delivery, Dialect, Family, Route};

pub(crate) const RULE: SettingRule =
    SettingRule { codes: &[Code::CannotDeliver], explain: include_str!("explain.md"), run };

fn run(subject: &Subject<'_>) -> Vec<Verdict> {
    let target = subject.target;
    if let Some(finding) = not_for_authors(subject) {
        return vec![Verdict::Wrong(finding)];
    }
    let (carriers, what): (&[Delivery], &str) = match subject.setting.address.family {
        Family::Profile => (&[Delivery::Mobileconfig, Delivery::Intune], "profiles"),
        Family::Declaration => (&[Delivery::Declarations], "declarations"),
        Family::Csp => (&[Delivery::Syncml, Delivery::Intune], "Windows settings"),
        // Where nobody delivers by Intune, none is made.
        Family::Command | Family::Compliance => return Vec::new(),
    };
    let address = &subject.setting.address;
    let carries = |have: Delivery| match address.family {
        Family::Declaration => have.carries_declaration(&address.owner, *target.intune),
        _ => carriers.contains(&have),
    };
    // A setting of another vendor's platform is not a question of delivery.
    if (address.family == Family::Csp) == target.platform.is_apple()
        || target.deliver.iter().any(|have| carries(have.value))
    {
        return Vec::new();
    }
    let owner = &subject.setting.address.owner;
    let (message, cure) = match target.route() {
        Route::Direct => {
            let words: Vec<String> = carriers.iter().map(|delivery| format!("`{delivery}`")).collect();
            let cure = format!(
                "add {} to `deliver` if the server takes it, or leave it out for this group",
                words.join(" or ")
            );
            (format!("nothing that the group's server takes carries {what}: `{owner}`"), cure)
        }
        Route::Intune => {
            let by_catalogue = carriers.contains(&Delivery::Declarations)
                && Delivery::Intune.carries_declaration(owner, Dialect::Catalogue);
            let cure = match by_catalogue {
                true => "its settings catalogue has the type, and a custom profile has not: write `intune: catalogue`",
                false => "ask for it in a form that Intune takes, or take `intune` out of `deliver`: a route is whole",
            };
            (format!("Intune takes no such {what} from files: `{owner}`"), cure.to_owned())
        }
    };
    let place = target.deliver.first().map_or(target.group.span, |delivery| delivery.span);
    let finding = Diagnostic::new(Code::CannotDeliver, subject.setting.span, message)
        .also(place, "what the server takes")
        .help(cure);
    vec![Verdict::CannotTake(finding)]
}

/// Activations come with the configurations that they name, and the data of assets stand where the assets lead to (apple.md §3).
fn not_for_authors(subject: &Subject<'_>) -> Option<Diagnostic> {
    let address = &subject.setting.address;
    let owner = address.owner.as_str();
    let (cause, cure) = match address.family {
        Family::Declaration if address.is_predicate() => return None,
        Family::Declaration if owner == ACTIVATION => (
            "the compiler writes activations itself, one for each configuration",
            "leave it out; `predicate` beside a configuration says when it is active",
        ),
        Family::Declaration if owner.starts_with("com.apple.credential.") => {
            ("this is the data of an asset, which a server keeps", "declare the asset, whose `DataURL` leads to it")
        }
        _ => return None,
    };
    let message = format!("nobody delivers `{owner}`: {cause}");
    Some(Diagnostic::new(Code::CannotDeliver, subject.setting.span, message).help(cure))
}
