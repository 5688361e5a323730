//! What is wrong with values, over the kinds of node that the DDF has.

use super::*;

fn node(format: &str, kind: &str, values: &[&str]) -> Node {
    let allowed = Allowed {
        kind: kind.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        ..Allowed::default()
    };
    let uri = "./Device/Vendor/MSFT/Policy/Config/Area/Leaf".to_owned();
    Node { uri, format: format.to_owned(), allowed: Some(allowed), ..Node::default() }
}

fn list(kind: &str, values: &[&str], delimiter: &str) -> Node {
    let mut node = node("chr", kind, values);
    if let Some(allowed) = &mut node.allowed {
        allowed.delimiter = Some(delimiter.to_owned());
    }
    node
}

fn check(node: &Node, written: Value, expected: Option<Code>) {
    let value = typed(node, written.clone());
    let found: Vec<Code> = faults(node, &value).into_iter().map(|fault| fault.code).collect();
    assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{written:?} for {node:?}");
}

fn plain(text: &str) -> Value {
    Value::Plain(text.to_owned())
}

#[test]
fn a_number_is_held_against_its_range() {
    let node = node("int", "Range", &["[(-1)-16]"]);
    check(&node, plain("-1"), None);
    check(&node, plain("16"), None);
    check(&node, plain("17"), Some(Code::OutOfRange));
    check(&node, plain("-2"), Some(Code::OutOfRange));
    check(&node, plain("many"), Some(Code::WrongType));
    check(&node, Value::text("4"), Some(Code::WrongType));
    check(&node, Value::Boolean(true), Some(Code::WrongType));
    check(&node, Value::array([Value::Integer(1)]), Some(Code::WrongType));
    check(&node, Value::secret("pin"), None);
}

#[test]
fn a_range_may_stand_on_text() {
    let node = node("chr", "Range", &["[0-10]"]);
    check(&node, plain("10"), None);
    check(&node, plain("11"), Some(Code::OutOfRange));
    check(&node, plain("x"), Some(Code::WrongType));
}

#[test]
fn a_number_without_a_range_fits_into_32_bits() {
    let node = node("int", "None", &[]);
    check(&node, plain("4294967295"), None);
    check(&node, plain("-2147483648"), None);
    check(&node, plain("4294967296"), Some(Code::OutOfRange));
    check(&node, plain("-2147483649"), Some(Code::OutOfRange));
}

#[test]
fn a_listed_value_is_exact() {
    let words = node("chr", "ENUM", &["IN", "OUT"]);
    check(&words, plain("IN"), None);
    check(&words, plain("in"), Some(Code::NotInList));
    check(&words, plain("BOTH"), Some(Code::NotInList));
    let numbers = node("int", "ENUM", &["0", "2"]);
    check(&numbers, plain("2"), None);
    check(&numbers, plain("1"), Some(Code::NotInList));
    let bytes = node("b64", "ENUM", &["AQ==", "AA=="]);
    check(&bytes, plain("AQ=="), None);
    check(&bytes, Value::Data(vec![0]), None);
    check(&bytes, plain("Ag=="), Some(Code::NotInList));
    check(&bytes, plain("A"), Some(Code::WrongType));
}

#[test]
fn booleans_are_true_and_false() {
    let usual = node("bool", "ENUM", &["false", "true"]);
    check(&usual, plain("true"), None);
    check(&usual, plain("no"), Some(Code::WrongType));
    check(&usual, plain("1"), Some(Code::WrongType));
    check(&usual, Value::Integer(1), Some(Code::WrongType));
    check(&node("bool", "ENUM", &["False", "True"]), plain("true"), None);
    check(&node("bool", "ENUM", &["0", "1"]), plain("1"), None);
    check(&node("bool", "ENUM", &["0", "1"]), plain("2"), Some(Code::WrongType));
}

#[test]
fn a_node_that_only_is_there_takes_nothing() {
    let node = node("null", "None", &[]);
    check(&node, Value::text(""), None);
    check(&node, plain("x"), Some(Code::WrongType));
}

#[test]
fn flags_are_sums_of_bits_in_hex_or_decimal() {
    let node = node("int", "Flag", &["0x1", "0x2", "0x8"]);
    check(&node, plain("11"), None);
    check(&node, plain("0xb"), None);
    check(&node, plain("4"), Some(Code::NotInList));
    check(&node, plain("0"), Some(Code::NotInList));
    check(&Node { default: Some("0x0".to_owned()), ..node }, plain("0"), None);
}

#[test]
fn items_of_a_list_are_checked_one_by_one() {
    let ports = list("RegEx", &["^[0-9,-]+$"], ",");
    check(&ports, plain("80,443"), None);
    check(&ports, Value::array([plain("80"), plain("https")]), Some(Code::WrongFormat));
    check(&ports, Value::array([plain("80,443")]), Some(Code::WrongFormat));
    let devices = list("ENUM", &["CdRom", "Printer"], "|");
    check(&devices, Value::array([plain("CdRom"), plain("Printer")]), None);
    check(&devices, plain("CdRom|Floppy"), Some(Code::NotInList));
}

#[test]
fn documents_are_well_formed() {
    check(&node("xml", "None", &[]), plain("<a/>"), None);
    check(&node("xml", "None", &[]), plain("<a>"), Some(Code::WrongFormat));
    check(&node("chr", "XSD", &["<schema/>"]), plain("<a></b>"), Some(Code::WrongFormat));
    check(&node("chr", "JSON", &["{}"]), plain("{\"a\":1}"), None);
    check(&node("chr", "JSON", &["{}"]), plain("{a}"), Some(Code::WrongFormat));
    check(&list("SDDL", &[], ","), plain("O:LSD:(A;;CC;;;S-1-5-84-0-0-0-0-0)"), None);
    check(&list("SDDL", &[], ","), plain("everybody"), Some(Code::WrongFormat));
    check(&node("chr", "None", &[]), plain("a\u{1}b"), Some(Code::WrongFormat));
}

#[test]
fn an_app_locker_leaf_takes_its_own_rule_collection() {
    let mut node = node("chr", "XSD", &["<schema/>"]);
    node.uri = "./Vendor/MSFT/AppLocker/ApplicationLaunchRestrictions/{Grouping}/EXE/Policy".to_owned();
    check(&node, plain("<RuleCollection Type=\"Exe\" EnforcementMode=\"Enabled\"></RuleCollection>"), None);
    check(&node, plain("<RuleCollection Type=\"Msi\"/>"), Some(Code::WrongFormat));
    check(&node, plain("<AppLockerPolicy><RuleCollection Type=\"Exe\"/></AppLockerPolicy>"), Some(Code::WrongFormat));
}

#[test]
fn a_pattern_that_nobody_can_read_is_said_and_not_held_against_the_value() {
    let broken = node("chr", "RegEx", &["("]);
    check(&broken, plain("x"), None);
    assert!(unreadable(&broken).is_some());
    assert!(unreadable(&node("chr", "RegEx", &["a"])).is_none());
}

#[test]
fn the_nearest_spelling_is_offered_as_a_fix() {
    let fault = faults(&node("chr", "ENUM", &["IN", "OUT"]), &Value::text("in"));
    assert_eq!(fault.first().and_then(|fault| fault.fix.as_deref()), Some("IN"));
    let fault = faults(&node("int", "None", &[]), &plain("007"));
    assert_eq!(fault.first().and_then(|fault| fault.fix.as_deref()), Some("7"));
}

#[test]
fn a_sid_has_a_star_before_it_in_user_rights() {
    let mut rights = list("None", &[], "\u{F000}");
    check(&rights, plain("S-1-5-32-544"), None);
    rights.uri = "./Device/Vendor/MSFT/Policy/Config/UserRights/AllowLocalLogOn".to_owned();
    check(&rights, Value::array([plain("*S-1-5-32-544"), plain("Administrators")]), None);
    check(&rights, Value::array([plain("*S-1-5-32-544"), plain("S-1-5-32-545")]), Some(Code::WrongFormat));
}

/// Every node of the catalogue: what the DDF writes is read, and what it says to be a default is looked at without a fall.
#[test]
fn everything_that_the_ddf_says_of_values_is_read() {
    let catalogue = trial::catalogue();
    let (mut ranges, mut patterns, mut bits) = (0, 0, 0);
    for uri in catalogue.uris() {
        let crate::catalogue::NodeLookup::Found(found) = catalogue.node(uri) else { panic!("{uri} is not found") };
        let node = found.node;
        let depending = node
            .dependencies
            .iter()
            .flat_map(|group| group.changed.iter().chain(group.on.iter().filter_map(|one| one.allowed.as_ref())));
        for allowed in node.allowed.iter().chain(depending) {
            let first = allowed.values.first().map_or("", String::as_str);
            match allowed.kind.as_str() {
                "Range" => {
                    assert!(Numbers::parse(first).is_some(), "{uri}: {first}");
                    ranges += 1;
                }
                "RegEx" => {
                    assert!(pattern::read(first).is_ok(), "{uri}: {first}");
                    patterns += 1;
                }
                "Flag" => {
                    assert!(allowed.values.iter().all(|value| numbers::bit(value).is_some()), "{uri}");
                    bits += 1;
                }
                "ENUM" | "None" | "ADMX" | "XSD" | "JSON" | "SDDL" => {}
                other => panic!("{uri} has values of the kind {other}"),
            }
        }
        if let Some(default) = &node.default {
            faults(node, &typed(node, Value::Plain(default.clone())));
        }
    }
    assert!(ranges > 240 && patterns == 32 && bits == 11, "{ranges} {patterns} {bits}");
}

/// Every listed value of every node is right as the DDF spells it, and stays as it is.
#[test]
fn every_listed_value_is_taken() {
    let catalogue = trial::catalogue();
    for uri in catalogue.uris() {
        let crate::catalogue::NodeLookup::Found(found) = catalogue.node(uri) else { panic!("{uri} is not found") };
        let listed = found.node.allowed.as_ref().filter(|allowed| matches!(allowed.kind.as_str(), "ENUM" | "Flag"));
        for value in listed.map_or(&[][..], |allowed| &allowed.values) {
            assert_eq!(faults(found.node, &typed(found.node, plain(value))), [], "{uri} {value}");
            assert_ne!(faults(found.node, &typed(found.node, plain("no such value"))), [], "{uri}");
        }
    }
}
