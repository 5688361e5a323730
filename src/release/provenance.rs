//! `provenance.json`: how a bundle came about, as an in-toto statement (v1) with SLSA's provenance predicate (v1), for tools that read
//! those.

use super::manifest::Manifest;
use serde_json::{Value, json};

/// What kind of build the statement speaks of: how its parameters are to be read.
const BUILD_TYPE: &str = "urn:policyc:release:1";

/// The statement about a manifest's files. The manifest holds its digest, so it does not name the manifest.
pub fn statement(manifest: &Manifest) -> Vec<u8> {
    let subjects: Vec<Value> = manifest
        .files
        .iter()
        .filter_map(|file| match (&file.file, &file.seal) {
            (Some(measure), _) => Some((file.path.clone(), measure)),
            (None, Some(seal)) => Some((file.seal_path(), seal)),
            (None, None) => None,
        })
        .map(|(name, measure)| json!({ "name": name, "digest": { "sha256": measure.sha256 } }))
        .collect();
    let mut sources = json!({ "name": "policy-sources", "digest": { "sha256": manifest.sources.sha256 } });
    if let Some(revision) = &manifest.sources.revision {
        sources["digest"]["gitCommit"] = json!(revision);
    }
    let catalogue = manifest.tool.catalogue.iter();
    let catalogue =
        catalogue.map(|(name, digest)| json!({ "name": format!("catalogue/{name}"), "digest": { "sha256": digest } }));
    let dependencies: Vec<Value> = std::iter::once(sources).chain(catalogue).collect();
    let allowed: Vec<&str> = manifest.allowed.iter().map(|allowed| allowed.flag.as_str()).collect();
    let mut statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "asOf": manifest.sources.as_of,
                    "organisation": manifest.sources.organisation,
                    "allowed": allowed,
                },
                "resolvedDependencies": dependencies,
            },
            "runDetails": {
                "builder": { "id": format!("urn:policyc:{}", manifest.tool.version) },
                "metadata": { "startedOn": manifest.signing_time, "finishedOn": manifest.signing_time },
            },
        },
    });
    if let Some(dialect) = &manifest.sources.intune {
        statement["predicate"]["buildDefinition"]["externalParameters"]["intune"] = json!(dialect);
    }
    let mut text = serde_json::to_vec_pretty(&statement).expect("internal: a statement is JSON");
    text.push(b'\n');
    text
}

#[cfg(test)]
mod tests {
    use super::super::manifest::tests::sample;
    use super::*;
    use crate::digest::sha256;

    #[test]
    fn every_file_is_a_subject_and_the_sources_are_what_it_was_made_of() {
        let mut manifest = sample(&[("a/b/1.xml", b"1"), ("a/b/2.xml", b"2")], b"");
        manifest.sources.revision = Some("c0ffee".to_owned());
        manifest.sources.intune = Some("custom".to_owned());
        manifest.tool.catalogue = [("apple".to_owned(), sha256(b"x"))].into();
        let statement: Value = serde_json::from_slice(&statement(&manifest)).unwrap();
        assert_eq!(statement["subject"][1], json!({ "name": "a/b/2.xml", "digest": { "sha256": sha256(b"2") } }));
        let dependencies = &statement["predicate"]["buildDefinition"]["resolvedDependencies"];
        assert_eq!(dependencies[0]["digest"]["gitCommit"], "c0ffee");
        assert_eq!(dependencies[1]["name"], "catalogue/apple");
        assert_eq!(statement["predicate"]["buildDefinition"]["externalParameters"]["intune"], "custom");
    }
}
