//! A group's files without what its server keeps for itself: the settings that stay are written anew, so that nothing is cut out of a
//! file, and each one that is left out says why.

use super::{Artefact, Format, encode, form};
use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::consumer::refusal::File;
use crate::consumer::{self, Consumer, Kind, Reserved};
use crate::diagnostic::{Code, Diagnostics};
use crate::encoding::json;
use crate::encoding::plist::{self, Item};
use crate::gather::Arrange;
use crate::setting::{Address, Family, Route, Secret, Setting, Value};
use std::collections::BTreeSet;

/// A setting that a server is not given.
#[derive(Clone, Debug)]
pub struct Left {
    /// The setting.
    pub setting: Setting,
    /// The row that keeps it for the server, where one does.
    pub row: Option<&'static Reserved>,
    /// Why.
    pub why: String,
    /// The file of the build that holds it.
    pub file: String,
}

/// The files that a server takes, and what is not in them.
#[derive(Clone, Debug, Default)]
pub struct Reduced {
    /// The files, sorted by path.
    pub artefacts: Vec<Artefact>,
    /// What is left out, sorted by address.
    pub left: Vec<Left>,
    /// Files that the server makes itself, by path.
    pub made: Vec<String>,
}

/// The files of a group's direct route for the server that its target names. `built` are all of its files.
pub fn reduced(checked: &Checked, built: &[Artefact], catalogue: &Catalogue, found: &mut Diagnostics) -> Reduced {
    let Some(consumer) = checked.target().server.and_then(|server| consumer::named(&server.name)) else {
        return Reduced::default();
    };
    let mut reduction =
        Reduction { consumer, checked, built, reduced: Reduced::default(), made: Vec::new(), gone: BTreeSet::new() };
    let kept = reduction.keep();
    // What was wrong with it as a whole has been said.
    let mut own = Diagnostics::default();
    for artefact in encode(&kept, catalogue, &mut own) {
        if artefact.format.route() == Some(Route::Direct) {
            reduction.take(artefact);
        }
    }
    reduction.leave_conditional();
    own.iter()
        .filter(|finding| finding.severity == crate::diagnostic::Severity::Error)
        .for_each(|finding| found.push(finding.clone()));
    reduction.reduced.left.arrange_by(|a, b| a.setting.address.cmp(&b.setting.address));
    reduction.reduced
}

struct Reduction<'a> {
    consumer: &'static Consumer,
    checked: &'a Checked,
    built: &'a [Artefact],
    reduced: Reduced,
    /// Files that the server makes itself.
    made: Vec<Artefact>,
    /// Identifiers of declarations that are left out.
    gone: BTreeSet<String>,
}

impl Reduction<'_> {
    /// What the server lets files set.
    fn keep(&mut self) -> Checked {
        let mut without: BTreeSet<Address> = BTreeSet::new();
        for setting in self.checked.settings() {
            if let Some(row) = self.row(setting) {
                without.insert(setting.address.clone());
                self.leave(setting, Some(row), row.what.clone());
            }
        }
        // The server installs profiles itself, and is given each once.
        self.checked.without(|setting| without.contains(&setting.address)).led_nowhere()
    }

    fn row(&self, setting: &Setting) -> Option<&'static Reserved> {
        let address = &setting.address;
        let kind = match address.family {
            Family::Profile => Kind::Payload,
            Family::Declaration => Kind::Declaration,
            Family::Csp => Kind::Uri,
            _ => return None,
        };
        self.consumer.reserved(kind, &address.owner, address.keys().iter().take(1).map(String::as_str))
    }

    fn leave(&mut self, setting: &Setting, row: Option<&'static Reserved>, why: String) {
        let holds =
            |file: &&Artefact| file.format.route() == Some(Route::Direct) && file.holds.contains(&setting.address);
        let file = self.built.iter().find(holds).map_or_else(String::new, |file| file.path.clone());
        self.reduced.left.push(Left { setting: setting.clone(), row, why, file });
    }

    /// One file that is left: whole, or not at all.
    fn take(&mut self, artefact: Artefact) {
        let Some(form) = form(artefact.format) else { return };
        let file = File { path: &artefact.path, form, bytes: &artefact.bytes };
        let refusals = self.consumer.refusals(&file);
        if refusals.iter().any(|refusal| refusal.reserved.is_some_and(|row| row.kind == Kind::Made)) {
            self.made.push(artefact);
            return;
        }
        let own: Vec<&Setting> = self
            .checked
            .settings()
            .iter()
            .filter(|setting| artefact.holds.binary_search(&setting.address).is_ok())
            .collect();
        let why =
            refusals.into_iter().find(|refusal| refusal.code == Code::ServerReserves).map(|refusal| refusal.cause);
        let why = why.or_else(|| own.iter().any(|setting| in_data(&setting.value)).then(|| SECRET_IN_DATA.to_owned()));
        match why {
            Some(why) => {
                self.gone.extend(identifier(&artefact));
                own.into_iter().for_each(|setting| self.leave(setting, None, why.clone()));
            }
            None => self.reduced.artefacts.push(artefact),
        }
    }

    /// Leaves out what holds on a condition alone, or names a declaration that is left out: without those it would say something else.
    fn leave_conditional(&mut self) {
        let mut conditional: BTreeSet<String> = BTreeSet::new();
        for made in std::mem::take(&mut self.made) {
            let names = named_with_condition(&made);
            if names.is_empty() {
                self.reduced.made.push(made.path);
            }
            conditional.extend(names);
        }
        loop {
            let is_bound = |artefact: &Artefact| {
                let text = String::from_utf8_lossy(&artefact.bytes);
                artefact.format == Format::Declaration
                    && (identifier(artefact).is_some_and(|own| conditional.contains(&own))
                        || self.gone.iter().any(|gone| text.contains(&format!("\"{gone}\""))))
            };
            let Some(at) = self.reduced.artefacts.iter().position(is_bound) else { return };
            let artefact = self.reduced.artefacts.remove(at);
            self.gone.extend(identifier(&artefact));
            let held = |setting: &&Setting| artefact.holds.binary_search(&setting.address).is_ok();
            let own: Vec<&Setting> = self.checked.settings().iter().filter(held).collect();
            own.into_iter().for_each(|setting| self.leave(setting, None, BOUND.to_owned()));
        }
    }
}

/// The configurations that an activation names on a condition, which an activation of the server's own would not have.
fn named_with_condition(activation: &Artefact) -> Vec<String> {
    let Ok(read) = json::read(&activation.bytes) else { return Vec::new() };
    let payload = &read["Payload"];
    match payload.get("Predicate") {
        Some(_) => payload["StandardConfigurations"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
        None => Vec::new(),
    }
}

/// The identifier of a declaration.
fn identifier(artefact: &Artefact) -> Option<String> {
    let declaration = (artefact.format == Format::Declaration).then(|| json::read(&artefact.bytes).ok()).flatten()?;
    Some(declaration["Identifier"].as_str()?.to_owned())
}

const BOUND: &str = "it holds on a condition, or with a declaration, that the server does not take";

const SECRET_IN_DATA: &str = "it holds a secret in data, where the server fills in nothing";

/// Whether a secret stands in data.
fn in_data(value: &Value) -> bool {
    match value {
        Value::Secret(Secret::Data(_)) => true,
        Value::Array(items) => items.iter().any(|item| in_data(item)),
        Value::Dictionary(entries) => entries.values().any(|entry| in_data(entry)),
        _ => false,
    }
}

/// A file as a console is handed it: a profile under the name that the console shows, a declaration without the token that the server
/// writes itself.
pub fn handed(format: Format, bytes: &[u8], name: &str) -> Vec<u8> {
    match format {
        Format::Mobileconfig => match (plist::read(bytes), Item::text(name)) {
            (Ok(Item::Dictionary(mut root)), Ok(name)) => {
                root.insert("PayloadDisplayName", name);
                plist::write(&root)
            }
            _ => bytes.to_vec(),
        },
        Format::Declaration => match json::read(bytes) {
            Ok(serde_json::Value::Object(mut root)) => {
                root.remove("ServerToken");
                json::write(&serde_json::Value::Object(root))
            }
            _ => bytes.to_vec(),
        },
        _ => bytes.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::sample::{declared, encoded, group, key, node};
    use crate::setting::{Leaf, Platform, Server, Target};
    use crate::source::Spanned;

    fn served(platform: Platform, server: &'static str) -> Target {
        let consumer = consumer::named(server).unwrap();
        let server = Server { name: Spanned::nowhere(server), stated: None, variables: &consumer.variables };
        Target { server: Some(server), ..group(platform) }
    }

    /// The names of the files that are left, and what is left out of them and why.
    fn check(target: &Target, settings: Vec<Setting>, files: &[&str], left: &[(&str, &str)]) -> Reduced {
        let (built, _) = encoded(target, settings.clone());
        let checked = Checked::unchecked(target.clone(), settings);
        let mut found = Diagnostics::default();
        let reduced = reduced(&checked, &built, &Catalogue::embedded(), &mut found);
        assert_eq!(found.iter().count(), 0);
        let name = |path: &String| path.rsplit('/').next().unwrap().to_owned();
        assert_eq!(reduced.artefacts.iter().map(|one| name(&one.path)).collect::<Vec<_>>(), files);
        let told: Vec<(String, &str)> =
            reduced.left.iter().map(|one| (one.setting.address.to_string(), one.why.as_str())).collect();
        assert_eq!(told.iter().map(|(address, why)| (address.as_str(), *why)).collect::<Vec<_>>(), left);
        assert!(reduced.left.iter().all(|one| built.iter().any(|file| file.path == one.file)), "{:?}", reduced.left);
        reduced
    }

    const VAULT: &str = "com.apple.MCX.FileVault2";
    const WIFI: &str = "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing";
    const GRACE: &str = "./Device/Vendor/MSFT/Policy/Config/Update/ConfigureDeadlineGracePeriod";

    #[test]
    fn what_the_server_keeps_is_left_out_and_the_rest_is_written_whole() {
        let dock = || key("com.apple.dock", "tilesize", Value::Integer(40));
        let vault = || key(VAULT, "Enable", Value::text("On"));
        let mac = served(Platform::MacOs, "fleet");
        let kept = check(
            &Target { bundle: crate::setting::Bundle::Single, ..mac },
            vec![dock(), vault()],
            &["settings.mobileconfig"],
            &[("com.apple.MCX.FileVault2 · Enable", "FileVault settings")],
        );
        assert!(!String::from_utf8_lossy(&kept.artefacts[0].bytes).contains("FileVault"));
        let nodes = || vec![node(GRACE, Leaf::Node, Value::Integer(2)), node(WIFI, Leaf::Node, Value::Integer(0))];
        let windows = served(Platform::Windows, "fleet");
        check(&windows, nodes(), &["Policy.Wifi.xml"], &[(GRACE, "Windows Update settings")]);
        let custom = served(Platform::Windows, "fleet-custom");
        check(&custom, nodes(), &["Policy.Update.xml", "Policy.Wifi.xml"], &[]);
    }

    #[test]
    fn a_secret_in_data_keeps_its_file_out() {
        let phone = served(Platform::Ios, "fleet");
        let secret = Value::Secret(Secret::Data("key".to_owned()));
        check(
            &phone,
            vec![key("com.apple.security.pkcs12", "PayloadContent", secret)],
            &[],
            &[("com.apple.security.pkcs12 · PayloadContent", SECRET_IN_DATA)],
        );
    }

    #[test]
    fn declarations_on_a_condition_or_with_a_reference_to_one_that_is_gone_stay_out() {
        let phone = served(Platform::Ios, "fleet");
        let settings = || {
            vec![
                declared("com.apple.configuration.passcode.settings", "RequirePasscode", Value::Boolean(true)),
                declared("com.apple.configuration.siri.settings", "AllowSiri", Value::Boolean(false)),
            ]
        };
        let (built, _) = encoded(&phone, settings());
        let find = |part: &str| built.iter().find(|one| one.path.contains(part)).unwrap().clone();
        let passcode = find("phones/com.apple.configuration.passcode");
        let checked = Checked::unchecked(phone.clone(), settings());
        let mut reduction = Reduction {
            consumer: consumer::named("fleet").unwrap(),
            checked: &checked,
            built: &built,
            reduced: Reduced::default(),
            made: Vec::new(),
            gone: BTreeSet::new(),
        };
        built.iter().for_each(|artefact| reduction.take(artefact.clone()));
        assert_eq!((reduction.reduced.artefacts.len(), reduction.made.len()), (2, 2));
        // The activation of the one has a condition, and the other names it.
        let own = identifier(&passcode).unwrap();
        let condition = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .replace("\"StandardConfigurations\"", "\"Predicate\": \"1 == 1\", \"StandardConfigurations\"")
        };
        for made in reduction.made.iter_mut().filter(|made| String::from_utf8_lossy(&made.bytes).contains(&own)) {
            made.bytes = condition(&made.bytes).into_bytes();
        }
        let siri = reduction.reduced.artefacts.iter_mut().find(|one| one.path.contains("siri")).unwrap();
        siri.bytes = String::from_utf8_lossy(&siri.bytes).replace("false", &format!("\"{own}\"")).into_bytes();
        reduction.leave_conditional();
        assert_eq!(reduction.reduced.artefacts.len(), 0);
        assert!(reduction.reduced.left.iter().all(|one| one.why == BOUND));
        assert_eq!((reduction.reduced.left.len(), reduction.reduced.made.len()), (2, 1));
    }

    #[test]
    fn files_are_handed_over_under_their_console_name_and_without_a_token() {
        let phone = served(Platform::Ios, "fleet");
        let settings = vec![
            key("com.apple.domains", "EmailDomains", Value::array([Value::text("a.example")])),
            declared("com.apple.configuration.passcode.settings", "RequirePasscode", Value::Boolean(true)),
        ];
        for artefact in encoded(&phone, settings).0 {
            let bytes = handed(artefact.format, &artefact.bytes, "acme phones: x");
            let text = String::from_utf8(bytes.clone()).unwrap();
            let is_profile = artefact.format == Format::Mobileconfig;
            assert_eq!(text.contains("<string>acme phones: x</string>"), is_profile, "{text}");
            assert!(!text.contains("ServerToken"), "{text}");
            let read = |bytes: &[u8]| crate::backend::decode(artefact.format, bytes, &Catalogue::embedded()).unwrap();
            assert_eq!(read(&bytes).settings, read(&artefact.bytes).settings, "the same settings under another name");
        }
    }
}
