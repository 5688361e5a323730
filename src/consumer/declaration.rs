//! Declarations: the types that are taken, those that the consumer keeps or makes itself, and the file's name, which consoles show.

use super::refusal::{File, Refusal, shown};
use super::{Consumer, Kind};
use crate::diagnostic::Code;
use crate::encoding::json;

pub(super) fn refusals(consumer: &'static Consumer, file: &File<'_>) -> Vec<Refusal> {
    let Some(rules) = &consumer.declaration else { return Vec::new() };
    let read = match json::read(file.bytes) {
        Ok(read) => read,
        Err((place, cause)) => {
            let cause = format!("the declaration cannot be read: {place} {cause}");
            return vec![Refusal::whole(cause, "mend it there, or write it anew")];
        }
    };
    let title = &consumer.title;
    let Some(kind) = read["Type"].as_str() else {
        return vec![Refusal::whole("the declaration has no `Type`", "give it a `Type`")];
    };
    let mut found = Vec::new();
    let row = consumer.reserved(Kind::Declaration, kind, std::iter::empty());
    let made = consumer.reserved(Kind::Made, kind, std::iter::empty());
    match (row.or(made), rules.types.iter().any(|start| kind.starts_with(start.as_str()))) {
        (Some(row), _) => found.push(consumer.keeps(row, kind)),
        (None, false) => {
            let cause = format!("{title} takes no declarations of type `{}`", shown(kind));
            let starts: Vec<String> = rules.types.iter().map(|start| format!("`{start}…`")).collect();
            let cure = format!("it takes {}; ask for the payload instead", starts.join(" and "));
            found.push(Refusal { code: Code::ServerReserves, ..Refusal::at(kind, cause, cure) });
        }
        (None, true) => {}
    }
    if read["Identifier"].as_str().is_none_or(str::is_empty) {
        found.push(Refusal::whole("the declaration has no `Identifier`", "give it an `Identifier`"));
    }
    found.extend(consumer.name_refused(file.stem()));
    found
}

#[cfg(test)]
mod tests {
    use crate::consumer::named;
    use crate::consumer::refusal::{File, Form};

    fn check(name: &str, text: &str, expected: &[&str]) {
        let path = format!("a/b/{name}.json");
        let file = File { path: &path, form: Form::Declaration, bytes: text.as_bytes() };
        let refusals = named("fleet").unwrap().refusals(&file);
        let found: Vec<String> = refusals.iter().map(|one| format!("{} {}", one.code, one.cause)).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn fleet_takes_configurations_and_makes_activations() {
        let of = |kind: &str| format!("{{\"Type\":\"{kind}\",\"Identifier\":\"x\",\"Payload\":{{}}}}");
        check("a", &of("com.apple.configuration.passcode.settings"), &[]);
        check("a", &of("com.apple.management.properties"), &[]);
        check("a", &of("com.apple.activation.simple"), &["server-reserves Fleet keeps `com.apple.activation.simple`"]);
        check("a", &of("com.apple.activation.other"), &["server-reserves Fleet takes no declarations of type"]);
        check("a", &of("com.apple.asset.credential.userpassword"), &["server-reserves Fleet takes no declarations"]);
        let updates = "com.apple.configuration.softwareupdate.enforcement.specific";
        check("a", &of(updates), &["server-reserves Fleet keeps"]);
        let status = "com.apple.configuration.management.status-subscriptions";
        check("a", &of(status), &["server-reserves Fleet keeps"]);
        check(
            "Fleet iOS OS Updates",
            &of("com.apple.configuration.passcode.settings"),
            &["server-refuses Fleet keeps"],
        );
    }

    #[test]
    fn files_that_are_no_declarations_are_told() {
        check("a", "[", &["server-refuses the declaration cannot be read"]);
        check("a", "{}", &["server-refuses the declaration has no `Type`"]);
        check("a", "{\"Type\":\"com.apple.configuration.x\"}", &["server-refuses the declaration has no `Identifier`"]);
    }
}
