//! What a file is. Its content says so: names are anybody's.

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A configuration profile of Apple's, or one payload of one.
    Profile,
    /// The keys of one preference domain of macOS, as a property list.
    Preferences,
    /// A command of Apple's.
    Command,
    /// A declaration.
    Declaration,
    /// SyncML: a fragment or a message.
    Syncml,
    /// A policy of Intune's settings catalogue.
    Catalogued,
    /// A custom profile of Intune's for Windows.
    Custom,
    /// An update ring of Intune's.
    Ring,
    /// A compliance policy of Intune's.
    Compliance,
    /// An envelope of Intune's around a profile; the profile has a reading of its own.
    Carrier,
    /// Something else of Microsoft Graph's, by its type.
    Graph(String),
    /// A compiled policy of App Control.
    AppControl,
    /// What Windows reports of itself: `MDMDiagReport.xml`.
    DiagnosticsReport,
    /// A profile that a device lists among those that are installed.
    Installed,
    /// The index or the expectations of a group that this compiler wrote. It sets nothing.
    Own,
    /// A file of a repository that says who gets others, such as a team's of Fleet.
    Labels,
    /// An archive; what it holds has readings of its own.
    Archive,
    /// Nothing that is known here.
    Unknown,
}

impl Kind {
    /// The word for it.
    pub fn word(&self) -> &str {
        match self {
            Kind::Profile => "profile",
            Kind::Preferences => "preferences",
            Kind::Command => "command",
            Kind::Declaration => "declaration",
            Kind::Syncml => "syncml",
            Kind::Catalogued => "settings-catalogue",
            Kind::Custom => "custom-profile",
            Kind::Ring => "update-ring",
            Kind::Compliance => "compliance-policy",
            Kind::Carrier => "profile-envelope",
            Kind::Graph(name) => name,
            Kind::AppControl => "app-control",
            Kind::DiagnosticsReport => "diagnostics-report",
            Kind::Installed => "installed-profile",
            Kind::Own => "index",
            Kind::Labels => "labels",
            Kind::Archive => "archive",
            Kind::Unknown => "unknown",
        }
    }
}

/// What bytes look like before anything of them is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Elements, and the name of the first.
    Plist,
    Syncml,
    Report,
    /// Elements of something else.
    Xml,
    Json,
    /// What `profiles` prints.
    Printed,
    /// YAML that says who gets files.
    Labels,
    Other,
}

/// Elements that SyncML begins with.
const COMMANDS: [&str; 13] = [
    "SyncML", "SyncBody", "Atomic", "Sequence", "Add", "Replace", "Delete", "Get", "Exec", "Results", "Status", "Copy",
    "Alert",
];

/// What a text is.
pub(super) fn look(text: &str) -> Look {
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    match text.as_bytes().first() {
        Some(b'{' | b'[') => Look::Json,
        Some(b'<') => match root(text) {
            // Consoles take the keys of a domain without what stands around them in a file of macOS.
            Some("plist" | "dict" | "key") => Look::Plist,
            Some("MDMEnterpriseDiagnosticsReport") => Look::Report,
            Some(name) if COMMANDS.contains(&name.rsplit(':').next().unwrap_or(name)) => Look::Syncml,
            // Cut short in its head, or a property list's all the same.
            None if text.contains("DOCTYPE plist") => Look::Plist,
            _ => Look::Xml,
        },
        _ if super::installed::is_printed(text) => Look::Printed,
        _ if super::labels::is_repository(text) => Look::Labels,
        _ => Look::Other,
    }
}

/// The name of the first element.
pub(super) fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let (_, after) = rest.split_once('<')?;
        let end = match after.as_bytes().first()? {
            b'?' => "?>",
            b'!' if after.starts_with("!--") => "-->",
            b'!' => ">",
            _ => {
                let end = after.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(after.len());
                return Some(&after[..end]);
            }
        };
        rest = behind(after, end)?;
    }
}

/// What stands behind the first of these, which end in `>`: to look for that one character takes a part of the time.
fn behind<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    let found = text.match_indices('>').find(|(at, _)| text[..=*at].ends_with(end));
    found.map(|(at, _)| &text[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_says_what_a_file_is() {
        let check = |text: &str, expected: Look| assert_eq!(look(text), expected, "{text}");
        check("\u{FEFF}\r\n<?xml version='1.0'?><!DOCTYPE plist PUBLIC 'x' 'y'>\n<!-- <a> --><plist>", Look::Plist);
        check("<!-- why --><Replace><Item/></Replace>", Look::Syncml);
        check("<s:SyncML xmlns:s='SYNCML:SYNCML1.2'>", Look::Syncml);
        check("<MDMEnterpriseDiagnosticsReport/>", Look::Report);
        check("<html>", Look::Xml);
        check(" [{}]", Look::Json);
        check("hello", Look::Other);
        check("<?xml", Look::Xml);
    }
}
