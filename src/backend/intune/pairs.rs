//! Nodes whose value is a line of pairs (`NAME=ACTION|NAME=ACTION`), which the catalogue holds as a group with a choice for each name. The
//! ids are words of Intune's own, so each is a row with its source (`pairs.json`); a value with a pair that no row has is not held.

use super::id::below;
use super::instance::Content;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Deserialize)]
struct Table {
    nodes: Vec<Pairs>,
}

/// One node. A row has its reason and source too, which people read in the file.
#[derive(Deserialize)]
pub(super) struct Pairs {
    uri: String,
    /// Name in the value → end of the setting's id.
    names: BTreeMap<String, String>,
    /// Action in the value → end of the option's id.
    options: BTreeMap<String, String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    serde_json::from_str(include_str!("pairs.json")).expect("internal: pairs.json is not what it should be")
});

pub(super) fn of(uri: &str) -> Option<&'static Pairs> {
    TABLE.nodes.iter().find(|pairs| pairs.uri == uri)
}

/// The key of a value: rows have each value once.
fn key<'a>(rows: &'a BTreeMap<String, String>, value: &str) -> Option<&'a str> {
    rows.iter().find(|(_, own)| *own == value).map(|(key, _)| key.as_str())
}

impl Pairs {
    /// The group of a value; the error says why the catalogue cannot hold it.
    pub(super) fn content(&self, id: &str, text: &str) -> Result<Content, String> {
        let mut children: Vec<Json> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for pair in text.split('|') {
            let unknown = || format!("the catalogue is not known to have `{pair}`");
            let (name, action) = pair.split_once('=').ok_or_else(unknown)?;
            let setting = below(id, self.names.get(name).ok_or_else(unknown)?);
            let option = self.options.get(action).ok_or_else(unknown)?;
            if seen.contains(&name) {
                return Err(format!("`{name}` stands there twice"));
            }
            seen.push(name);
            children.push(Content::Choice(option.clone(), Vec::new()).instance(&setting, Vec::new()));
        }
        Ok(Content::Group(children))
    }

    /// The value of a group; `None` where anything in it is of no row.
    pub(super) fn value(&self, id: &str, groups: &Json) -> Option<String> {
        let [group] = groups.as_array()?.as_slice() else { return None };
        let pair = |child: &Json| {
            let setting = child.get("settingDefinitionId")?.as_str()?;
            let choice = child.get("choiceSettingValue")?;
            let inner = choice.get("children").and_then(Json::as_array).is_some_and(|inner| !inner.is_empty());
            let name = setting.strip_prefix(id)?.strip_prefix('_')?;
            let option = choice.get("value")?.as_str()?.strip_prefix(setting)?.strip_prefix('_')?;
            let pair = format!("{}={}", key(&self.names, name)?, key(&self.options, option)?);
            (!inner).then_some(pair)
        };
        let pairs: Vec<String> = group.get("children")?.as_array()?.iter().map(pair).collect::<Option<_>>()?;
        (!pairs.is_empty()).then(|| pairs.join("|"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_has_a_reason_a_source_and_a_way_back() {
        let all: Json = serde_json::from_str(include_str!("pairs.json")).unwrap();
        for row in all["nodes"].as_array().unwrap() {
            let said = |name: &str| row[name].as_str().is_some_and(|text| !text.is_empty());
            assert!(said("reason") && said("source"), "{row}");
        }
        let catalogue = Catalogue::embedded();
        for pairs in &TABLE.nodes {
            assert!(catalogue.known_node(&pairs.uri).is_some(), "{}", pairs.uri);
            for rows in [&pairs.names, &pairs.options] {
                assert_eq!(rows.values().collect::<BTreeSet<_>>().len(), rows.len(), "{}", pairs.uri);
            }
        }
    }

    #[test]
    fn a_value_comes_back_and_what_no_row_has_is_not_held() {
        let pairs = of("./Device/Vendor/MSFT/Policy/Config/Defender/AttackSurfaceReductionRules").unwrap();
        let check = |text: &str, held: bool| {
            let back = pairs.content("id", text).ok().and_then(|content| {
                pairs.value("id", &content.instance("id", Vec::new())["groupSettingCollectionValue"])
            });
            assert_eq!(back.as_deref(), held.then_some(text), "{text}");
        };
        let (one, two) = ("56a863a9-875e-4185-98a7-b882c64b5ce5", "7674ba52-37eb-4a4f-a9a1-f0f9a1619a2c");
        check(&format!("{two}=1|{one}=6"), true);
        check(&format!("{one}=2"), true);
        check(&format!("{one}=1|{one}=1"), false);
        check(&format!("{one}=5"), false);
        check(&format!("{}=1", one.to_uppercase()), false);
        check("", false);
    }
}
