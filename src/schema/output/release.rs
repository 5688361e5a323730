//! Of the output: what `release` and `verify` say of bundles and signatures.

use super::{Fields, boolean, list, number, optional, record, text, texts, words};
use crate::setting::Dialect;
use serde_json::{Value, json};

/// `release`.
pub(super) fn release() -> Fields {
    vec![
        ("bundle", text("where it went")),
        ("files", number("files for devices")),
        ("signed", number("of them, signed inside themselves")),
        ("manifest_sha256", text("the digest of the manifest")),
        ("signing_time", text("the time in every signature")),
        (
            "left_out",
            list(record(vec![("path", text("of the approved file")), ("why", text("the tool has no place for it"))])),
        ),
    ]
}

/// `verify`.
pub(super) fn verify() -> Fields {
    let looked = vec![
        ("path", text("as it was given")),
        ("what", words(&["bundle", "manifest", "file"])),
        ("good", boolean("whether nothing is wrong with it by itself")),
        ("manifest", optional(manifest())),
        ("signatures", list(signature())),
    ];
    let unknown = vec![("file", text("its path in the bundle")), ("secrets", texts("names of secrets in it"))];
    let compared = vec![
        ("bundle", text("as it was given")),
        ("sources", text("the folder of the sources")),
        ("files", number("files that were compared")),
        ("same", json!({ "type": ["boolean", "null"], "description": "null where the two cannot be compared" })),
        ("not_compared", list(record(unknown))),
        ("not_compared_at_all", texts("files with a secret that a layout has written in another form")),
    ];
    vec![("verified", list(record(looked))), ("compared", list(record(compared)))]
}

/// `verify --show`.
pub(super) fn shown() -> Fields {
    vec![("path", text("as it was given")), ("content", optional(text("what is inside; null where it is no text")))]
}

fn signature() -> Value {
    let mut fields = vec![
        ("file", text("its path in the bundle, or as it was given")),
        ("encoding", words(&["DER", "BER", "PEM"])),
        ("detached", boolean("whether what it signs is in a file beside it")),
        ("signer", optional(text("the subject of its certificate; null where that is not there"))),
        ("serial", optional(text("the number of its certificate"))),
        ("signing_time", optional(text("when it says that it was signed"))),
        (
            "device",
            record(vec![
                ("standing", words(&["verified", "unverified", "refused", "unasked"])),
                ("code", optional(text("of the reason"))),
                ("said", text("where, or why")),
            ]),
        ),
    ];
    let answer = || {
        record(vec![
            ("good", json!({ "type": ["boolean", "null"], "description": "null where it cannot be said" })),
            ("code", optional(text("as `policyc explain` takes it"))),
            ("said", text("what was found")),
        ])
    };
    let questions = ["integrity", "algorithms", "form", "chain", "usage", "validity_then", "validity_now"];
    fields.extend(questions.map(|name| (name, answer())));
    record(fields)
}

/// `manifest.json` itself.
fn manifest() -> Value {
    let digests = || json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let measure = || {
        record(vec![("sha256", text("64 digits")), ("size", optional(number("null where it would tell of a secret")))])
    };
    let tool = vec![("name", text("what made it")), ("version", text("of it")), ("catalogue", digests())];
    let sources = vec![
        ("sha256", text("the digest of all source files")),
        ("revision", optional(text("the commit that holds exactly them"))),
        ("organisation", optional(text("null for all"))),
        ("as_of", text("the day of the policies")),
    ];
    let exception = vec![
        ("organisation", text("whose")),
        ("id", text("its id")),
        ("expires", optional(text("its last day"))),
        ("groups", texts("whom it is for")),
        ("clauses", texts("what it lifts")),
        ("relaxes", boolean("whether it changes what devices get; else it is on record alone")),
    ];
    let file = vec![
        ("path", text("organisation/group/name")),
        ("group", text("the group")),
        ("clauses", texts("that ask for what it sets")),
        ("secrets", texts("names of those in it")),
        ("file", optional(measure())),
        ("signed", boolean("whether it is signed inside itself")),
        ("content", optional(measure())),
        ("seal", optional(measure())),
    ];
    let allowed = vec![("flag", text("that let it through")), ("what", texts("a line each"))];
    let mut manifest = record(vec![
        ("version", json!({ "const": crate::release::manifest::VERSION })),
        ("tool", record(tool)),
        ("sources", record(sources)),
        ("signing_time", text("the time in every signature")),
        ("exceptions", list(record(exception))),
        ("allowed", list(record(allowed))),
        ("files", list(record(file))),
        ("beside", json!({ "type": "object", "additionalProperties": measure() })),
    ]);
    // There only where the run asked for one.
    let dialects: Vec<&str> = Dialect::ALL.iter().map(|dialect| dialect.word()).collect();
    manifest["properties"]["sources"]["properties"]["intune"] = words(&dialects);
    // There only where the bundle has one.
    let layout = vec![("name", text("its name")), ("server", optional(text("that all files were held against")))];
    manifest["properties"]["layout"] = record(layout);
    manifest
}
