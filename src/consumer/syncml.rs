//! SyncML: the rules of a strict server on a fragment (windows.md §3.2 of the reference): its outermost elements, what `Atomic` may wrap,
//! where `Exec` may stand, and the nodes that are kept.

use super::refusal::{File, Refusal, shown};
use super::{Consumer, Kind, SyncmlRules};
use crate::encoding::xml::{self, Element, Shape};

/// The command that others stand in.
const ATOMIC: &str = "Atomic";
/// The command that runs something.
const EXEC: &str = "Exec";

pub(super) fn refusals(consumer: &'static Consumer, file: &File<'_>) -> Vec<Refusal> {
    let Some(rules) = &consumer.syncml else { return Vec::new() };
    if file.bytes.trim_ascii_start().starts_with(b"<?xml") {
        let cause =
            format!("the file begins with an XML declaration, and {} takes no processing instruction", consumer.title);
        return vec![Refusal::whole(cause, "take the declaration out")];
    }
    let roots = match xml::parse(file.bytes, Shape::Fragment) {
        Ok(roots) => roots,
        Err(fault) => {
            let cause = format!("the file cannot be read: {}: {}", fault.place(), fault.cause);
            return vec![Refusal::whole(cause, "mend it there, or write it anew")];
        }
    };
    let mut reading = Reading { consumer, rules, found: Vec::new(), uris: Vec::new() };
    reading.roots(&roots);
    reading.certificate();
    let mut found = reading.found;
    found.extend(consumer.name_refused(file.stem()));
    found
}

struct Reading<'a> {
    consumer: &'static Consumer,
    rules: &'a SyncmlRules,
    found: Vec<Refusal>,
    /// Every LocURI, and whether it stands in an `Exec`.
    uris: Vec<(String, bool)>,
}

impl Reading<'_> {
    fn refuse(&mut self, owner: &str, cause: String, cure: &str) {
        self.found.push(Refusal::at(owner, cause, cure));
    }

    /// Says where what was refused last stands.
    fn place(&mut self, element: &Element) {
        if let Some(last) = self.found.last_mut() {
            last.at = Some(element.offset..element.offset + 1 + element.name.len());
        }
    }

    fn roots(&mut self, roots: &[Element]) {
        let title = &self.consumer.title;
        let atomic = roots.iter().filter(|root| root.local() == ATOMIC).count();
        if atomic > 0 && roots.len() > 1 {
            let beside = match roots.len() - 1 {
                1 => "another command stands".to_owned(),
                several => format!("{several} others stand"),
            };
            let cause = format!("{title} takes one `Atomic` with everything in it, and {beside} beside it");
            self.refuse("", cause, "put each `Atomic` into a file of its own");
            self.place(roots.iter().find(|root| root.local() != ATOMIC).unwrap_or(&roots[1]));
        }
        for root in roots {
            match root.local() {
                ATOMIC => root.children.iter().for_each(|child| self.command(child, Some(ATOMIC))),
                _ => self.command(root, None),
            }
        }
    }

    /// One command, at the top or in an `Atomic`.
    fn command(&mut self, command: &Element, above: Option<&str>) {
        let (title, name) = (&self.consumer.title, command.local());
        let known = name == EXEC || self.rules.commands.iter().any(|one| one == name);
        if !known {
            let place = above.map_or_else(|| "outermost".to_owned(), |above| format!("inside `{above}`"));
            let taken: Vec<String> = self.rules.commands.iter().map(|one| format!("`{one}`")).collect();
            let cause = format!("`{}` stands {place}, and {title} takes {} there", shown(name), taken.join(" and "));
            let cure = match (above, name) {
                (None, "SyncML") => "give it the commands alone, without the envelope around them",
                (_, "CmdID") => "take it out: the server numbers commands itself",
                _ => "take it out, or send it from the console where that can",
            };
            self.refuse("", cause, cure);
            self.place(command);
            return;
        }
        let mut uris = Vec::new();
        uris_in(command, &mut uris);
        if uris.is_empty() {
            self.refuse("", format!("a `{name}` names no LocURI"), "name the node of each command");
            self.place(command);
        }
        for uri in uris {
            self.uri(&uri, name);
        }
    }

    fn uri(&mut self, uri: &str, command: &str) {
        let title = &self.consumer.title;
        if uri.is_empty() {
            self.refuse("", "a LocURI is empty".to_owned(), "name the node of each command");
        } else if !uri.starts_with("./") || uri.contains("../") {
            let cause = format!("the LocURI `{}` does not lead down from `./`", shown(uri));
            self.refuse(uri, cause, "write it as the DDF does, from `./Device` or `./User`");
        }
        if command == EXEC && !(uri.contains(&self.rules.exec) && uri.ends_with("/Install/Enroll")) {
            let cause = format!("{title} takes `Exec` to enrol a certificate alone, and `{}` is none", shown(uri));
            self.refuse(uri, cause, "send the command from the console");
        }
        if let Some(row) = self.consumer.reserved(Kind::Uri, uri, std::iter::empty()) {
            self.found.push(self.consumer.keeps(row, uri));
        }
        self.uris.push((uri.to_owned(), command == EXEC));
    }

    /// A file that enrols a certificate holds nothing else, and the server gives the certificate its id.
    fn certificate(&mut self) {
        let own: Vec<String> =
            self.uris.iter().filter(|(uri, _)| uri.contains(&self.rules.exec)).map(|(uri, _)| uri.clone()).collect();
        if own.is_empty() {
            return;
        }
        let title = &self.consumer.title;
        let others: Vec<String> =
            self.uris.iter().filter(|(uri, _)| !uri.contains(&self.rules.exec)).map(|(uri, _)| uri.clone()).collect();
        for uri in others {
            let cause =
                format!("the file enrols a certificate, and {title} takes nothing else in it: `{}`", shown(&uri));
            self.refuse(&uri, cause, "put the certificate into a file of its own");
        }
        let (plain, braces) = (format!("${}", self.rules.exec_variable), format!("${{{}}}", self.rules.exec_variable));
        for uri in &own {
            let id = uri.split_once(&self.rules.exec).map_or("", |(_, rest)| rest.split('/').next().unwrap_or(""));
            if id != plain && id != braces {
                let cause = format!("the certificate is called `{}`, and {title} gives it a name itself", shown(id));
                self.refuse(uri, cause, &format!("write `{plain}` in its place"));
            }
        }
        if self.uris.iter().filter(|(_, exec)| *exec).count() != 1 {
            let cause = format!("{title} takes exactly one `Exec` with a certificate");
            self.refuse("", cause, "run `Install/Enroll` once, behind what the certificate needs");
        }
    }
}

/// The LocURIs of a command's targets. Bounded by the depth of the tree.
fn uris_in(element: &Element, uris: &mut Vec<String>) {
    if element.local() == "LocURI" {
        uris.push(element.text.trim().to_owned());
    }
    let below = element.children.iter().filter(|child| !matches!(child.local(), "Source" | "Data" | "Meta"));
    below.for_each(|child| uris_in(child, uris));
}

#[cfg(test)]
mod tests {
    use crate::consumer::named;
    use crate::consumer::refusal::{File, Form};
    use crate::diagnostic::Code;

    fn at(name: &str, text: &str, expected: &[&str]) {
        let path = format!("a/b/{name}.xml");
        let file = File { path: &path, form: Form::Syncml, bytes: text.as_bytes() };
        let refusals = named("fleet").unwrap().refusals(&file);
        let found: Vec<&str> = refusals.iter().map(|one| one.cause.as_str()).collect();
        assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{text}: {found}");
        }
        assert!(refusals.iter().all(|one| !one.cure.is_empty()));
    }

    fn check(text: &str, expected: &[&str]) {
        at("Policy.Wifi", text, expected);
    }

    fn command(verb: &str, uri: &str) -> String {
        format!("<{verb}><Item><Target><LocURI>{uri}</LocURI></Target><Data>1</Data></Item></{verb}>")
    }

    const WIFI: &str = "./Device/Vendor/MSFT/Policy/Config/Wifi/AllowWiFiDirect";

    #[test]
    fn siblings_or_one_atomic_are_taken() {
        let (replace, add) = (command("Replace", WIFI), command("Add", WIFI));
        check(&format!("<!-- a remark -->\n{replace}{add}"), &[]);
        check(&format!("<Atomic>{replace}{add}</Atomic>"), &[]);
        check(
            &format!("<Atomic>{replace}</Atomic>{add}"),
            &["takes one `Atomic` with everything in it, and another command"],
        );
        check(&format!("<Atomic>{replace}</Atomic><Atomic>{add}</Atomic>"), &["takes one `Atomic`"]);
        // The element that a server numbers itself may not come first in it.
        check(&format!("<Atomic><CmdID>1</CmdID>{replace}</Atomic>"), &["`CmdID` stands inside `Atomic`"]);
        check(&format!("<Atomic>{}</Atomic>", command("Delete", WIFI)), &["`Delete` stands inside `Atomic`"]);
    }

    #[test]
    fn other_commands_and_envelopes_are_not() {
        for verb in ["Delete", "Get", "Alert", "Results", "Status"] {
            check(&command(verb, WIFI), &[&format!("`{verb}` stands outermost")]);
        }
        let message = format!("<SyncML><SyncBody>{}</SyncBody></SyncML>", command("Replace", WIFI));
        check(&message, &["`SyncML` stands outermost"]);
        check(&format!("<?xml version=\"1.0\"?>{}", command("Replace", WIFI)), &["an XML declaration"]);
        check(&format!("{}<?target x?>", command("Replace", WIFI)), &["processing instructions are not read"]);
        check("", &["the file is empty"]);
        check(" \n\t", &["the file is empty"]);
        check("<!-- nothing -->", &["there is no element"]);
        check("plain text", &["cannot be read"]);
        check("<Replace><Item>", &["cannot be read"]);
    }

    #[test]
    fn every_command_names_a_node() {
        check(&command("Replace", ""), &["a LocURI is empty"]);
        check("<Replace><Item/></Replace>", &["a `Replace` names no LocURI"]);
        check(&command("Replace", "Device/Vendor/MSFT/X"), &["does not lead down from `./`"]);
        check(&command("Replace", "./Device/../X"), &["does not lead down from `./`"]);
    }

    #[test]
    fn nodes_and_names_that_fleet_keeps_are_told_with_its_switch() {
        for (uri, option) in [
            ("./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption", Some("controls.enable_disk_encryption")),
            ("./Vendor/MSFT/BitLocker/X", Some("controls.enable_disk_encryption")),
            ("./device/vendor/msft/bitlocker/x", Some("controls.enable_disk_encryption")),
            ("./Device/Vendor/MSFT/Policy/Config/Update/AllowAutoUpdate", Some("controls.windows_updates")),
            ("./Device/Vendor/MSFT/RemoteWipe/doWipe", None),
        ] {
            let text = command("Replace", uri);
            let file = File { path: "x.xml", form: Form::Syncml, bytes: text.as_bytes() };
            let refusals = named("fleet").unwrap().refusals(&file);
            let [one] = refusals.as_slice() else { panic!("{uri}: {refusals:?}") };
            assert_eq!((one.code, one.owner.as_str()), (Code::ServerReserves, uri));
            assert_eq!(one.reserved.and_then(|row| row.option.as_deref()), option);
        }
        at("Windows OS Updates", &command("Replace", WIFI), &["keeps `Windows OS Updates`"]);
    }

    #[test]
    fn exec_enrols_certificates_alone() {
        let scep = "./Device/Vendor/MSFT/ClientCertificateInstall/SCEP/$FLEET_VAR_SCEP_WINDOWS_CERTIFICATE_ID";
        let exec = command("Exec", &format!("{scep}/Install/Enroll"));
        let good = format!("{}{exec}", command("Add", scep));
        check(&good, &[]);
        check(&good.replace("$FLEET_VAR_SCEP_WINDOWS_CERTIFICATE_ID", "${FLEET_VAR_SCEP_WINDOWS_CERTIFICATE_ID}"), &[]);
        check(
            &command("Exec", "./Device/Vendor/MSFT/Reboot/RebootNow"),
            &["takes `Exec` to enrol a certificate alone"],
        );
        check(&format!("{good}{}", command("Replace", WIFI)), &["takes nothing else in it"]);
        check(&command("Add", scep), &["exactly one `Exec`"]);
        let own = good.replace("$FLEET_VAR_SCEP_WINDOWS_CERTIFICATE_ID", "mine");
        check(&own, &["is called `mine`", "is called `mine`"]);
    }

    #[test]
    fn large_files_are_refused() {
        let text = format!("{}<!-- {} -->", command("Replace", WIFI), "x".repeat(1 << 20));
        check(&text, &["and Fleet takes 1048576"]);
    }
}
