//! Releases: when a version of an OS was published, for deadlines. They belong to no organisation; every one may count from them.

use super::document::{Document, ReleaseText, Text};
use super::group::wrong_version;
use crate::control;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Arrange;
use crate::setting::{Platform, Value};
use std::collections::BTreeMap;

/// What `$releases` lists on each platform, in the order of versions.
pub(super) type Releases = BTreeMap<Platform, Vec<Value>>;

/// Takes the releases out of the documents.
pub(super) fn take(documents: Vec<Document>, found: &mut Diagnostics) -> (Vec<Document>, Releases) {
    let mut rest = Vec::with_capacity(documents.len());
    let mut texts: Vec<ReleaseText> = Vec::new();
    for document in documents {
        match document.content {
            Text::Releases(more) => texts.extend(more),
            _ => rest.push(document),
        }
    }
    texts.retain(|text| is_version(text, found));
    // A stable sort: of two for one version the first in the file stays first.
    texts.arrange_by(|a, b| (a.os.value, &a.version.value).cmp(&(b.os.value, &b.version.value)));
    for pair in texts.windows(2) {
        let [first, second] = pair else { continue };
        if (first.os.value, &first.version.value) == (second.os.value, &second.version.value) {
            let cause = format!("{} {} is published twice", second.os.value, second.version.value);
            found.push(
                Diagnostic::new(Code::DuplicateName, second.version.span, cause)
                    .also(first.version.span, "first here")
                    .help("keep the day on which it was published first"),
            );
        }
    }
    let mut releases = Releases::new();
    for text in &texts {
        releases.entry(text.os.value).or_default().push(control::release(&text.version.value, text.published.value));
    }
    (rest, releases)
}

fn is_version(text: &ReleaseText, found: &mut Diagnostics) -> bool {
    let cure = wrong_version(text.os.value, &text.version.value);
    if let Some(cure) = cure {
        let cause = format!("`{}` is no version of {}", text.version.value, text.os.value);
        found.push(
            Diagnostic::new(Code::InvalidValue, text.version.span, cause).also(text.os.span, "the OS").help(cure),
        );
    }
    cure.is_none()
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Diagnostics;
    use crate::policy::sample::ORGANISATION;
    use crate::setting::{Date, Platform};
    use crate::source::{Content, SourceFile, Sources};

    /// The iOS releases that an organisation gets, and the findings.
    fn check(releases: &str, expected: &[&str], findings: &[&str]) {
        let file = |path: &str, text: &str| SourceFile {
            path: format!("policy-sources/{path}"),
            content: Content::Bytes(text.as_bytes().to_vec()),
        };
        let groups = "groups:\n  phones: { title: Phones, platform: iOS, os: \"18.0\" }\n";
        let sources = Sources::new(vec![
            file("acme/groups.yaml", groups),
            file("acme/organisation.yaml", ORGANISATION),
            file("releases.yaml", releases),
        ]);
        let mut found = Diagnostics::default();
        let documents = crate::policy::parse(&sources, &mut found);
        let policy = crate::policy::resolve(documents, &sources, Date::new(2026, 1, 1).unwrap(), &mut found);
        let said: Vec<String> = found.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect();
        assert_eq!(said, findings, "{releases}");
        let listed = policy.organisations[0].facts.releases.get(&Platform::Ios).cloned().unwrap_or_default();
        assert_eq!(listed.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn releases_are_listed_by_version() {
        let ios = |version: &str, day: &str| format!("  - {{ os: iOS, version: \"{version}\", published: {day} }}\n");
        let both = format!("releases:\n{}{}", ios("18.10", "2026-03-01"), ios("18.9", "2026-02-01"));
        check(
            &both,
            &["{published: \"2026-02-01\", version: \"18.9\"}", "{published: \"2026-03-01\", version: \"18.10\"}"],
            &[],
        );
        check("releases: []\n", &[], &[]);
        let twice = format!("releases:\n{}{}", ios("18.0", "2026-03-01"), ios("18", "2026-02-01"));
        check(
            &twice,
            &["{published: \"2026-03-01\", version: \"18.0\"}", "{published: \"2026-02-01\", version: \"18\"}"],
            &["duplicate-name iOS 18 is published twice"],
        );
    }

    #[test]
    fn a_release_says_what_and_when() {
        let one = |fields: &str, findings: &[&str]| check(&format!("releases:\n  - {{ {fields} }}\n"), &[], findings);
        one("os: iOS, version: \"18\"", &["missing-field a release has no `published`"]);
        one("os: iPadOS, version: \"18\", published: 2026-01-01", &["invalid-value `iPadOS` is not a platform"]);
        one("os: iOS, version: \"18b\", published: 2026-01-01", &["invalid-value `18b` is not a version"]);
        one("os: Windows, version: \"24\", published: 2026-01-01", &["invalid-value `24` is no version of Windows"]);
        one("os: iOS, version: \"18\", published: soon", &["invalid-value `published` is a day, and here is `soon`"]);
    }
}
