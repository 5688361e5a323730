//! What must hold for every entry that the binary holds.

use super::entry::{Form, Key, Kind};
use super::{Catalogue, KeyLookup, NodeLookup};

#[test]
fn every_node_is_found_by_its_own_uri() {
    let catalogue = Catalogue::embedded();
    let uris = catalogue.uris();
    assert_eq!(uris.len(), 5846);
    for uri in uris {
        let NodeLookup::Found(found) = catalogue.node(uri) else { panic!("{uri} is not found") };
        assert_eq!(found.node.uri, uri);
        assert_eq!(found.canonical, uri);
    }
}

#[test]
fn every_node_is_found_in_another_case_and_with_names_for_its_dynamic_nodes() {
    let catalogue = Catalogue::embedded();
    for uri in catalogue.uris().into_iter().filter(|uri| uri.trim() == *uri && !uri.contains("//")) {
        let named: Vec<&str> = uri.split('/').map(|name| if name.starts_with('{') { "Given" } else { name }).collect();
        let found = match catalogue.node(&named.join("/").to_uppercase()) {
            NodeLookup::WrongCase(found) | NodeLookup::Found(found) => found,
            _ if uri.contains("/Policy/Config/{") => continue,
            other => panic!("{uri}: {other:?}"),
        };
        assert_eq!(found.node.uri, uri);
        assert_eq!(found.dynamic.len(), uri.matches('{').count(), "{uri}");
    }
}

/// Every key that has an address, with its path.
fn addressed<'a>(keys: &'a [Key], above: &[String], found: &mut Vec<(Vec<String>, &'a Key)>) {
    for key in keys {
        let path: Vec<String> = above.iter().cloned().chain([key.name.clone()]).collect();
        if key.kind == Kind::Dictionary {
            addressed(&key.subkeys, &path, found);
        }
        found.push((path, key));
    }
}

#[test]
fn every_key_is_found_by_its_own_path() {
    let catalogue = Catalogue::embedded();
    let mut count = 0;
    for form in Form::ALL {
        for name in catalogue.names(form) {
            for schema in catalogue.schemas(form, name) {
                let mut keys = Vec::new();
                addressed(&schema.keys, &[], &mut keys);
                count += keys.len();
                for (path, key) in keys {
                    let KeyLookup::Found(found) = catalogue.key(form, name, &path) else { panic!("{name} {path:?}") };
                    assert!(found.iter().any(|found| std::ptr::eq(found.key, key)), "{name} {path:?}");
                }
            }
        }
    }
    assert!(count > 2400, "{count} keys");
}

#[test]
fn the_profile_itself_and_the_keys_that_every_payload_has_are_reachable() {
    let catalogue = Catalogue::embedded();
    let found = |owner: &str, name: &str| {
        matches!(catalogue.key(Form::Profile, owner, &[name.to_owned()]), KeyLookup::Found(_))
    };
    assert!(found("TopLevel", "PayloadRemovalDisallowed"));
    assert!(found("com.apple.wifi.managed", "PayloadDisplayName"));
    assert!(!found("TopLevel", "SSID_STR"));
    assert_eq!(catalogue.schemas(Form::Profile, "com.apple.MCX").len(), 6);
    assert_eq!(catalogue.schemas(Form::Profile, "com.apple.extensiblesso").len(), 2);
}
