//! `AssignedAccessConfiguration` with one app that starts by itself, for members of directory groups (AssignedAccess CSP; schema of 2017
//! with the additions of 2018, which every build since 1809 takes).

use super::text::Element;
use super::{Parts, word, words};
use crate::digest;

const SCHEMA: &str = "http://schemas.microsoft.com/AssignedAccess/2017/config";
const SCHEMA_2018: &str = "http://schemas.microsoft.com/AssignedAccess/201810/config";

/// `{ $xml: assigned-access, name: …, app: C:\…, groups: $groups }`.
pub(super) fn write(parts: &Parts, identifier: &str) -> Result<Option<String>, String> {
    let (Some(name), Some(app), Some(groups)) = (word(parts, "name"), word(parts, "app"), words(parts, "groups")?)
    else {
        return Ok(None);
    };
    if groups.is_empty() {
        return Ok(None);
    }
    let id = format!("{{{}}}", digest::uuid(&format!("{identifier}.assigned-access.{name}")));
    let app = Element::new("App", &[("DesktopAppPath", app), ("rs5:AutoLaunch", "true")]);
    let profile = Element::new("Profile", &[("Id", &id)]).holding([
        Element::new("AllAppsList", &[]).holding([Element::new("AllowedApps", &[]).holding([app])]),
        Element::new("StartLayout", &[]).saying(START),
        Element::new("Taskbar", &[("ShowTaskbar", "true")]),
    ]);
    let configs = groups.iter().map(|group| {
        Element::new("Config", &[]).holding([
            Element::new("UserGroup", &[("Type", "AzureActiveDirectoryGroup"), ("Name", group)]),
            Element::new("DefaultProfile", &[("Id", &id)]),
        ])
    });
    let root = Element::new("AssignedAccessConfiguration", &[("xmlns", SCHEMA), ("xmlns:rs5", SCHEMA_2018)])
        .holding([Element::new("Profiles", &[]).holding([profile]), Element::new("Configs", &[]).holding(configs)]);
    Ok(Some(root.document()))
}

/// A start menu without tiles: the schema demands one, and the app opens by itself.
const START: &str = "<LayoutModificationTemplate xmlns=\"http://schemas.microsoft.com/Start/2014/LayoutModification\" \
    xmlns:defaultlayout=\"http://schemas.microsoft.com/Start/2014/FullDefaultLayout\" Version=\"1\">\
    <LayoutOptions StartTileGroupCellWidth=\"6\"/><DefaultLayoutOverride><StartLayoutCollection>\
    <defaultlayout:StartLayout GroupCellWidth=\"6\"/></StartLayoutCollection></DefaultLayoutOverride>\
    </LayoutModificationTemplate>";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::Value;

    #[test]
    fn each_group_gets_the_one_profile() {
        let mut parts = Parts::from([
            ("name".to_owned(), Value::text("mail")),
            ("app".to_owned(), Value::text("C:\\Mail & Co\\mail.exe")),
            ("groups".to_owned(), Value::array([Value::text("a"), Value::text("b")])),
        ]);
        let document = write(&parts, "org.example").unwrap().unwrap();
        assert!(document.contains("DesktopAppPath=\"C:\\Mail &amp; Co\\mail.exe\""), "{document}");
        assert_eq!(document.matches("<UserGroup Type=\"AzureActiveDirectoryGroup\"").count(), 2);
        assert_eq!(document.matches(&digest::uuid("org.example.assigned-access.mail")).count(), 3);
        assert!(document.contains("&lt;LayoutModificationTemplate"), "{document}");
        parts.insert("groups".to_owned(), Value::array([]));
        assert_eq!(write(&parts, "org.example"), Ok(None));
    }
}
