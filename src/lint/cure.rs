//! What to do about a finding, in words for a file: rules speak to authors of policies, whose cures stand in sources.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::reader::Kind;

/// What stands in sources alone; a sentence with it is no cure of a file.
const OF_SOURCES: &[&str] = &[
    "`unlisted",
    "`part-of`",
    "`either`",
    "`either",
    "secrets.yaml",
    "groups.yaml",
    "identities.yaml",
    "`deliver`",
    "`platforms:",
    "`csp:",
    "`nodes:",
    "`admx:",
    "{ base64",
    "$ref",
    "`channel: user`",
    "`command:",
    "`os`",
    "this group",
    "the group",
    "under one `instance`",
    "the sources",
    "the folder `admx`",
    "`supervised: true`",
];

/// Words for whoever has the file, by code: where nothing of the rule's own cure is for them.
const CURES: &[(Code, &str)] = &[
    (Code::UnknownKey, "take it out: devices pass over it without a word"),
    (Code::TooNew, "older devices pass over it: send it to newer ones, or see that nothing depends on it"),
    (Code::Removed, "leave it out where no older device gets it"),
    (Code::NeedsSupervision, "send it to supervised devices: on others it has no effect"),
    (Code::IgnoredUnderEnrolment, "it has an effect under device enrolment alone"),
    (Code::ForbiddenUnderEnrolment, "send it to devices that are enrolled otherwise"),
    (Code::WrongChannel, "send it on the other channel, for users where it is for devices, or to other devices"),
    (Code::WrongEdition, "send it to devices with an edition that takes it"),
    (Code::Deprecated, "ask for what takes its place, often a declaration; `policyc catalogue search` finds names"),
    (
        Code::SecretLiteral,
        "let the server fill it in where it can, and change what has stood in a file that others read",
    ),
    (Code::SeveralInstances, "put all of its keys into one payload"),
    (Code::MutuallyExclusive, "leave one of them out"),
    (Code::DependencyUnmet, "add what it depends on, or leave it out"),
    (Code::AdmxBody, "write `<disabled/>`, or `<enabled/>` and a `<data id=\"…\" value=\"…\"/>` for each element"),
    (
        Code::AdmxNotInstalled,
        "send the template first: `…/Policy/ConfigOperations/ADMXInstall/APP/Policy/NAME` with the ADMX file",
    ),
    (
        Code::UnlistedKey,
        "give the facts of its template: `policyc ingest-admx FILE.admx` takes them from the ADMX file",
    ),
    (Code::UnknownAvailability, "try it on a device; devices without the node report an error and go on"),
    (Code::WrongVerb, "take it out: the node is no setting"),
    (Code::UnresolvedReference, "name what is there, or add what is named"),
];

/// The finding as it is told to whoever has the file.
pub(super) fn told(mut finding: Diagnostic, kind: &Kind) -> Diagnostic {
    let had = match (finding.code, kind) {
        (Code::WrongType, Kind::Profile | Kind::Preferences | Kind::Command | Kind::Installed) => {
            let listed = finding.help.iter().filter(|help| help.starts_with("it takes")).cloned();
            element(&finding.message).into_iter().chain(listed).collect()
        }
        (Code::WrongChannel, Kind::Profile | Kind::Preferences | Kind::Installed) => vec![scope(&finding.message)],
        (Code::Deprecated, _) => finding.help.iter().map(|help| successor(help)).collect(),
        (Code::NotOnPlatform, _) => finding.help.iter().map(|help| platforms(help)).collect(),
        _ => finding.help.clone(),
    };
    let mut help: Vec<String> =
        had.into_iter().filter(|help| !OF_SOURCES.iter().any(|part| help.contains(part))).collect();
    if help.is_empty() {
        let own = CURES.iter().find(|(code, _)| *code == finding.code);
        help.extend(own.map(|(_, cure)| (*cure).to_owned()));
    }
    finding.help = help;
    finding.also.retain(|label| !label.text.contains("the group"));
    if finding.code == Code::SecretLiteral {
        // Files of these kinds have no other place for it.
        finding.severity = Severity::Warning;
    }
    finding
}

/// `limit it with `platforms: [iOS, tvOS]`, which have it …` as an answer to where it belongs.
fn platforms(help: &str) -> String {
    let listed = help.split_once("`platforms: [").and_then(|(_, rest)| rest.split_once("]`"));
    match listed {
        Some((platforms, _)) => format!("leave it to files for {platforms}"),
        None => help.to_owned(),
    }
}

/// `write `declaration: X` in its place, and …` without what only sources have.
fn successor(help: &str) -> String {
    let form = |word: &str| {
        let (_, rest) = help.split_once(&format!("`{word}: "))?;
        let (name, _) = rest.split_once('`')?;
        Some(format!("the {word} `{name}` takes its place"))
    };
    form("declaration").or_else(|| form("payload")).unwrap_or_else(|| help.to_owned())
}

fn scope(message: &str) -> String {
    let (scope, whose) = match message.starts_with("the user channel") {
        true => ("System", "the whole device"),
        false => ("User", "each user"),
    };
    format!("write `PayloadScope` `{scope}`: it is for {whose}")
}

/// The element that a value of the wanted type is.
fn element(message: &str) -> Option<String> {
    let (_, rest) = message.rsplit_once(" takes ")?;
    let wanted = rest.rsplit_once(", and this is ").map_or(rest, |(wanted, _)| wanted);
    let element = match wanted {
        "text" => "`<string>…</string>`",
        "a whole number" => "`<integer>…</integer>`",
        "a number" => "`<real>…</real>`",
        "`true` or `false`" => "`<true/>` or `<false/>`",
        "a date" => "`<date>…</date>`",
        "bytes" => "`<data>…</data>`",
        "a list" => "`<array>…</array>`",
        "a dictionary" => "`<dict>…</dict>`",
        _ => return None,
    };
    Some(format!("write {element}: macOS would take another type at times, other systems and servers refuse it"))
}
