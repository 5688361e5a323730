//! What a healthy device reports of controls, beside the settings that they write (language.md §5, `observe`): never set, only looked at.

use super::lower::repeated;
use super::provenance::Writing;
use super::transform::Binding;
use super::wellformed::is_for;
use super::{Bound, Given, OrganisationFacts};
use crate::gather::Gather;
use crate::setting::{Setting, Target};
use std::collections::{BTreeMap, BTreeSet};

/// The addresses that the controls of a group look at, each once, with the values of a healthy device. A value that organisation.yaml does
/// not give has a finding where the control's settings need it, and is left out here.
pub fn observed(target: &Target, facts: &OrganisationFacts, controls: &[Bound]) -> Vec<Setting> {
    let platform = target.platform.value;
    let mut all = BTreeMap::new();
    for bound in controls {
        let given: BTreeMap<String, Given> =
            bound.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.value.clone())).gather();
        let binding = Binding {
            declared: &bound.control.parameters,
            given: &given,
            target: Some(target),
            facts,
            instance: bound.instance.as_deref(),
            known_as: bound.known_as(),
            releases: facts.releases_of(platform),
            item: None,
        };
        let wanted = bound.control.observe.iter().filter(|entry| is_for(entry, platform));
        for entry in wanted.filter(|entry| entry.when.iter().all(|when| when.holds(&given))) {
            let writing =
                Writing { source: Ok(bound), entry, each: entry.each.as_ref().map(|list| list.value.as_str()) };
            let settings = repeated(target, &writing, &binding, (String::new(), &mut BTreeSet::new()));
            all.extend(settings.into_iter().map(|setting| (setting.address.clone(), setting)));
        }
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::observed;
    use crate::control::sample::{bound, facts, of_library, target};
    use crate::setting::Platform;

    fn check(id: &str, give: &str, platform: Platform, expected: &[&str]) {
        let found = observed(&target(platform), &facts(), &[bound(&of_library(id), give)]);
        let found: Vec<String> =
            found.iter().map(|setting| format!("{} = {}", setting.address, setting.value)).collect();
        assert_eq!(found, expected, "{id}");
    }

    #[test]
    fn a_control_says_what_a_healthy_device_reports() {
        let status = "./Device/Vendor/MSFT/BitLocker/Status/DeviceEncryptionStatus = 0";
        check("startup-pin", "{}", Platform::Windows, &[status]);
        check("startup-pin", "{}", Platform::Ios, &[]);
        check("firewall", "{}", Platform::Windows, &[]);
        // Two controls that look at one node see it once.
        let both = [bound(&of_library("startup-pin"), "{}"), bound(&of_library("disk-encryption"), "{}")];
        assert_eq!(observed(&target(Platform::Windows), &facts(), &both).len(), 1);
    }
}
