//! Finding names by words.

use super::Catalogue;
use super::entry::Form;
use super::place::places;
use crate::gather::Arrange;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// A payload type.
    Payload,
    /// A declaration type.
    Declaration,
    /// A command.
    Command,
    /// A type of compliance policy.
    Compliance,
    /// An item that devices report.
    Status,
    /// A key of one of these.
    Key,
    /// A CSP node.
    Node,
}

impl Topic {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Topic::Payload => "payload",
            Topic::Declaration => "declaration",
            Topic::Command => "command",
            Topic::Compliance => "compliance",
            Topic::Status => "status",
            Topic::Key => "key",
            Topic::Node => "node",
        }
    }

    pub(crate) fn of(form: Form) -> Topic {
        match form {
            Form::Profile => Topic::Payload,
            Form::Declaration => Topic::Declaration,
            Form::Command => Topic::Command,
            Form::Compliance => Topic::Compliance,
            Form::Status => Topic::Status,
        }
    }
}

/// A name that holds the words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// What it stands for.
    pub topic: Topic,
    /// The name, in the form that `show` takes.
    pub name: String,
}

/// How well a name fits, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    LastIsWord,
    LastBeginsWithWord,
    Holds,
}

impl Catalogue {
    /// The names of types, keys and nodes that hold all of the words, in any letter case: first those whose last part is one of
    /// the words, then those whose last part begins with one, then the rest; each by topic and name. No words, no names.
    pub fn search<S: AsRef<str>>(&self, words: &[S]) -> Vec<Hit> {
        let words: Vec<String> = words
            .iter()
            .flat_map(|words| words.as_ref().split_whitespace())
            .filter(|word| *word != "·")
            .map(str::to_lowercase)
            .collect();
        if words.is_empty() {
            return Vec::new();
        }
        let mut hits: Vec<(Fit, Hit)> = Vec::new();
        let mut offer = |topic, name: &str, last: &str| {
            if let Some(fit) = fit(&words, name, last) {
                hits.push((fit, Hit { topic, name: name.to_owned() }));
            }
        };
        for form in Form::ALL {
            for row in self.type_rows(form) {
                let owner = self.type_name(row);
                offer(Topic::of(form), owner, owner.rsplit('.').next().unwrap_or(owner));
                for place in self.schemas_of(row).iter().flat_map(places) {
                    let last = place.chain.last().map(|key| key.name.as_str()).unwrap_or_default();
                    offer(Topic::Key, &format!("{owner} · {}", place.path), last);
                }
            }
        }
        for uri in self.uris() {
            offer(Topic::Node, uri, uri.rsplit('/').next().unwrap_or(uri));
        }
        hits.arrange();
        hits.dedup();
        hits.into_iter().map(|(_, hit)| hit).collect()
    }
}

fn fit(words: &[String], name: &str, last: &str) -> Option<Fit> {
    let (name, last) = (name.to_lowercase(), last.to_lowercase());
    if !words.iter().all(|word| name.contains(word.as_str())) {
        return None;
    }
    Some(if words.contains(&last) {
        Fit::LastIsWord
    } else if words.iter().any(|word| last.starts_with(word.as_str())) {
        Fit::LastBeginsWithWord
    } else {
        Fit::Holds
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    fn check(words: &[&str], expected: &[&str]) {
        let catalogue = sample::catalogue(
            r#"[{"type": "com.example.camera", "form": "profile", "title": "", "source": {"file": "a", "release": ""},
                 "payloadkeys": [{"key": "allowCamera", "type": "boolean"}, {"key": "Lens", "type": "array",
                    "subkeys": [{"key": "Item", "type": "dictionary", "subkeys": [{"key": "CameraName", "type": "string"}]}]}]},
                {"type": "Camera", "form": "command", "title": "", "source": {"file": "b", "release": ""}},
                {"source": {"file": "c", "release": ""}, "nodes": [
                    {"uri": "./Device/Camera/AllowCamera", "format": "int", "access": []}]}]"#,
        );
        let names: Vec<String> = catalogue.search(words).into_iter().map(|hit| hit.name).collect();
        assert_eq!(names, expected, "{words:?}");
    }

    #[test]
    fn the_best_fit_comes_first() {
        check(
            &["camera"],
            &[
                "com.example.camera",
                "Camera",
                "com.example.camera · Lens[].CameraName",
                "com.example.camera · Lens",
                "com.example.camera · allowCamera",
                "./Device/Camera/AllowCamera",
            ],
        );
        check(&["ALLOWcamera"], &["com.example.camera · allowCamera", "./Device/Camera/AllowCamera"]);
    }

    #[test]
    fn every_word_must_occur() {
        check(&["camera", "device"], &["./Device/Camera/AllowCamera"]);
        check(&["example allow"], &["com.example.camera · allowCamera"]);
        check(&["camera", "nothing"], &[]);
        check(&[], &[]);
        check(&[" "], &[]);
    }
}
