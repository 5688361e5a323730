//! What cannot be made, or is rightly never taken: each row says of how many keys or nodes, and why. A row that excepts more or
//! fewer than it says fails the test, so that none outlives its need.

use super::case::{Case, Outcome};

/// `tried` is `valid`, `invalid`, or the code with which a value should be refused. `about` is the key or node or, where every value
/// of a key or node is refused, the code of that, which is then tried.
struct Row {
    of: &'static str,
    tried: &'static str,
    about: &'static str,
    times: usize,
    reason: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        of: "keys",
        tried: "valid",
        about: "misplaced-key",
        times: 19,
        reason: "keys of the envelope: the compiler derives them from names, or they would stand in place of the payloads",
    },
    Row {
        of: "keys",
        tried: "valid",
        about: "not-on-platform",
        times: 3,
        reason: "Apple's file names no platform that has the key",
    },
    Row {
        of: "keys",
        tried: "not-in-list",
        about: "com.apple.extensiblesso (com.apple.extensiblesso(kerberos)) · ExtensionIdentifier",
        times: 1,
        reason: "the type's other file takes any text there, so that one outside this file's list is right",
    },
    Row {
        of: "keys",
        tried: "not-in-list",
        about: "com.apple.extensiblesso (com.apple.extensiblesso(kerberos)) · TeamIdentifier",
        times: 1,
        reason: "the type's other file takes any text there, so that one outside this file's list is right",
    },
    Row {
        of: "declaration keys",
        tried: "valid",
        about: "cannot-deliver",
        times: 43,
        reason: "activations come with the configurations that they name, and the data of assets stand on servers",
    },
    Row {
        of: "declaration keys",
        tried: "invalid",
        about: "com.apple.configuration.extensible-sso (extensible-sso) · ExtensionData.ANY",
        times: 1,
        reason: "the key takes any type, and JSON any text",
    },
    Row {
        of: "declaration keys",
        tried: "invalid",
        about: "com.apple.configuration.network.dns-proxy (network.dns-proxy) · ProviderConfiguration.ANY",
        times: 1,
        reason: "the key takes any type, and JSON any text",
    },
    Row {
        of: "declaration keys",
        tried: "invalid",
        about: "com.apple.configuration.webcontent-filter.plugin (webcontent-filter.plugin) · VendorConfig.ANY",
        times: 1,
        reason: "the key takes any type, and JSON any text",
    },
    Row {
        of: "declaration keys",
        tried: "invalid",
        about: "com.apple.management.properties (properties) · ANY",
        times: 1,
        reason: "the key takes any type, and JSON any text",
    },
    Row {
        of: "declaration keys",
        tried: "invalid",
        about: "com.apple.management.server-capabilities (server-capabilities) · SupportedFeatures.ANY",
        times: 1,
        reason: "the key takes any type, and JSON any text",
    },
    Row {
        of: "nodes",
        tried: "valid",
        about: "wrong-edition",
        times: 21,
        reason: "the DDF's list of editions is empty: it is left over from devices that are no more",
    },
    Row {
        of: "nodes",
        tried: "valid",
        about: "wrong-type",
        times: 3,
        reason: "the DDF gives the node the format `null`: it has no value, and is made or executed by servers",
    },
    Row {
        of: "nodes",
        tried: "valid",
        about: "unknown-key",
        times: 2,
        reason: "the generic node stands for the policies of any template, which are written by their own area and name",
    },
    Row {
        of: "nodes",
        tried: "valid",
        about: "./Device/Vendor/MSFT/Defender/Configuration/EnableDnsSinkhole",
        times: 2,
        reason: "the DDF deprecates it from the build on that is its first",
    },
];

/// The row that excepts a case.
pub fn case(of: &str, case: &Case) -> Option<usize> {
    match case.outcome {
        Outcome::Settings(_) => row(of, "valid", &case.about),
        Outcome::Refused(code) => row(of, code, &case.about),
    }
}

/// The row that excepts something.
pub fn row(of: &str, tried: &str, about: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.of == of && row.tried == tried && row.about == about)
}

/// Rows that except another number of things than they say.
pub fn miscounted(of: &str, used: &[usize]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (n, row) in ROWS.iter().enumerate().filter(|(_, row)| row.of == of) {
        let times = used.iter().filter(|used| **used == n).count();
        if times != row.times {
            wrong.push(format!("{}, exempt for {} ({}), is so for {times}", row.about, row.times, row.reason));
        }
    }
    wrong
}
