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
    let mut reduction = Reduction { consumer, checked, built, reduced: Reduced::default() };
    let kept = reduction.keep();
    // What was wrong with it as a whole has been said.
    let mut own = Diagnostics::default();
    for artefact in encode(&kept, catalogue, &mut own) {
        if artefact.format.route() == Some(Route::Direct) {
            reduction.take(artefact);
        }
    }
    own.iter()
        .filter(|finding| finding.severity == crate::diagnostic::Severity::Error)
        .for_each(|finding| found.push(finding.clone()));
    reduction.reduced.left.sort_by(|a, b| a.setting.address.cmp(&b.setting.address));
    reduction.reduced
}

struct Reduction<'a> {
    consumer: &'static Consumer,
    checked: &'a Checked,
    built: &'a [Artefact],
    reduced: Reduced,
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
        self.checked.without(|setting| without.contains(&setting.address))
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
            self.reduced.made.push(artefact.path);
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
            Some(why) => own.into_iter().for_each(|setting| self.leave(setting, None, why.clone())),
            None => self.reduced.artefacts.push(artefact),
        }
    }
}

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
                root.insert("PayloadDisplayName".to_owned(), name);
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
