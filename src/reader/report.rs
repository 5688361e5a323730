//! What Windows reports of itself: `MDMDiagReport.xml` (windows.md §6 d). It has the values of the Policy CSP: what each enrolment has
//! set, and what the device goes by, with whose it is. Of other CSPs it names nodes, and none of their values.

use super::{Kind, Reading};
use crate::backend::found::{self, Found, How, Unknown, Why, Wrong};
use crate::catalogue::Catalogue;
use crate::encoding::xml::{self, Element, Shape};
use crate::gather::Gather;
use crate::source::{FileId, Span};
use std::collections::BTreeMap;

/// What stands behind the name of a policy in the names of what is said of it.
const SAID: [&str; 3] = ["_ProviderSet", "_WinningProvider", "_LastWrite"];

/// The part of a report that tells of policies, and what stands in it: one without any of them tells of none.
pub(crate) const POLICIES: [&str; 3] = ["PolicyManager", "ConfigSource", "currentPolicies"];

/// Reads a report.
pub(super) fn read(catalogue: &Catalogue, name: &str, text: &str) -> Reading {
    let mut reading = Reading::new(name, Kind::DiagnosticsReport);
    let (roots, fault) = xml::salvage(text.as_bytes(), Shape::Found);
    let cut = fault.as_ref().map(|_| text);
    let mut report = Report { catalogue, providers: BTreeMap::new(), found: Found::default(), cut };
    for root in &roots {
        each(root, "Enrollment", &mut |enrolment| report.provider(enrolment));
    }
    for root in &roots {
        each(root, "ConfigSource", &mut |source| report.source(source));
        each(root, "currentPolicies", &mut |current| report.current(current));
        each(root, "Resources", &mut |resources| report.resources(resources));
    }
    let mut has_policies = false;
    for part in POLICIES {
        roots.iter().for_each(|root| each(root, part, &mut |_| has_policies = true));
    }
    if !has_policies {
        let (place, name) = (String::new(), POLICIES[0].to_owned());
        report.found.unknown.push(Unknown { place, name, why: Why::NotReported, span: Span::NOWHERE });
    }
    report.found.faults.extend(fault.map(Wrong::from));
    reading.take(report.found);
    reading
}

/// Every element of that name, the outermost. Bounded by the depth of the tree.
fn each<'e>(element: &'e Element, name: &str, take: &mut impl FnMut(&'e Element)) {
    for child in &element.children {
        if child.local() == name { take(child) } else { each(child, name, take) }
    }
}

struct Report<'c> {
    catalogue: &'c Catalogue,
    /// Names of providers by the ids of their enrolments.
    providers: BTreeMap<String, String>,
    found: Found,
    /// The text, where it ends before its end.
    cut: Option<&'c str>,
}

fn text<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    element.child(name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
}

impl Report<'_> {
    fn provider(&mut self, enrolment: &Element) {
        let id = text(enrolment, "EnrollmentID").or_else(|| text(enrolment, "EnrollmentId"));
        if let (Some(id), Some(provider)) = (id, text(enrolment, "ProviderID")) {
            self.providers.insert(id.to_lowercase(), provider.to_owned());
        }
    }

    /// The provider of an enrolment; its id where the report does not tell.
    fn named(&self, id: &str) -> String {
        self.providers.get(&id.to_lowercase()).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// What one enrolment has set.
    fn source(&mut self, source: &Element) {
        let by = text(source, "EnrollmentId").map(|id| self.named(id));
        for scope in source.children.iter().filter(|child| child.local() == "PolicyScope") {
            let whose = text(scope, "PolicyScope").unwrap_or("Device").to_owned();
            for area in scope.children.iter().filter(|child| child.local() == "Area") {
                self.area(area, &whose, &|_| How::Observed { by: by.clone(), in_force: false });
            }
        }
    }

    /// What the device goes by.
    fn current(&mut self, current: &Element) {
        const WINNER: &str = "_WinningProvider";
        let whose = text(current, "PolicyScope").unwrap_or("Device").to_owned();
        for area in current.children.iter().filter(|child| child.local() == "CurrentPolicyValues") {
            let winner =
                |child: &Element| Some((child.local().strip_suffix(WINNER)?.to_owned(), child.text.trim().to_owned()));
            let winners: BTreeMap<String, String> = area.children.iter().filter_map(winner).gather();
            let winners: BTreeMap<String, String> =
                winners.into_iter().map(|(policy, id)| (policy, self.named(&id))).gather();
            let how = |policy: &str| How::Observed { by: winners.get(policy).cloned(), in_force: true };
            self.area(area, &whose, &how);
        }
    }

    fn area(&mut self, area: &Element, whose: &str, how: &dyn Fn(&str) -> How) {
        let Some(name) = text(area, "PolicyAreaName").filter(|name| *name != "knobs") else { return };
        let root = if whose.eq_ignore_ascii_case("device") { "Device" } else { "User" };
        let is_policy = |child: &&Element| {
            child.local() != "PolicyAreaName" && !SAID.iter().any(|end| child.local().ends_with(end))
        };
        let mut policies: Vec<&Element> = area.children.iter().filter(is_policy).collect();
        // Of the last one before the end nobody knows the whole value, nor whose it is.
        if self.cut.is_some_and(|text| !is_closed(area, text)) {
            policies.pop();
        }
        for policy in policies {
            let local = policy.local();
            let uri = format!("./{root}/Vendor/MSFT/Policy/Config/{name}/{}", decoded(local));
            let mut settings = found::reported(&uri, &policy.text, self.catalogue);
            let span = Span::new(FileId::NONE, policy.offset, policy.end);
            settings.iter_mut().for_each(|setting| setting.span = span);
            let place = format!("{whose}/{name}/{local}");
            self.found.add(&place, &how(local), settings);
        }
    }

    /// Nodes of other CSPs, without their values.
    fn resources(&mut self, resources: &Element) {
        let mut leaves = Vec::new();
        leaf(resources, &mut leaves);
        for element in leaves {
            let name = element.text.trim();
            let is_policy = name.contains("/Vendor/MSFT/Policy/");
            if name.starts_with("./") && !is_policy {
                let span = Span::new(FileId::NONE, element.offset, element.end);
                let (place, name) = ("Resources".to_owned(), name.to_owned());
                self.found.unknown.push(Unknown { place, name, why: Why::NotReported, span });
            }
        }
    }
}

fn is_closed(element: &Element, text: &str) -> bool {
    let own = text.get(element.offset..element.end).unwrap_or_default();
    own.strip_suffix('>').is_some_and(|own| own.trim_end().ends_with(&format!("</{}", element.name)))
}

/// Elements without others in them. Bounded by the depth of the tree.
fn leaf<'e>(element: &'e Element, leaves: &mut Vec<&'e Element>) {
    if element.children.is_empty() {
        leaves.push(element);
    }
    element.children.iter().for_each(|child| leaf(child, leaves));
}

/// The name of a policy: what no element can be called is written `_x007E_` (.NET, `XmlConvert.EncodeName`).
fn decoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once("_x") {
        let code = after.get(..4).filter(|_| after.as_bytes().get(4) == Some(&b'_'));
        let character = code.and_then(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
        out.push_str(before);
        match character {
            Some(character) => {
                out.push(character);
                rest = &after[5..];
            }
            None => {
                out.push_str("_x");
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::decoded;

    #[test]
    fn what_is_set_and_what_is_in_force_have_their_providers() {
        let text = "<?xml version=\"1.0\"?>\n<MDMEnterpriseDiagnosticsReport><Enrollments><Enrollment><EnrollmentID>AB-1</EnrollmentID>\
            <ProviderID>MS DM Server</ProviderID></Enrollment></Enrollments><PolicyManager>\n\
            <ConfigSource><EnrollmentId>ab-1</EnrollmentId><PolicyScope><PolicyScope>Device</PolicyScope><Area>\
            <PolicyAreaName>Camera</PolicyAreaName>\n<AllowCamera>0</AllowCamera><AllowCamera_LastWrite>1</AllowCamera_LastWrite></Area>\
            <Area><PolicyAreaName>knobs</PolicyAreaName><X>1</X></Area></PolicyScope></ConfigSource>\n\
            <currentPolicies><PolicyScope>S-1-5-21</PolicyScope><CurrentPolicyValues><PolicyAreaName>Autoplay</PolicyAreaName>\n\
            <TurnOffAutoPlay>&lt;enabled/&gt;&lt;data id=\"Autorun_Box\" value=\"255\"/&gt;</TurnOffAutoPlay><TurnOffAutoPlay_ProviderSet>1</TurnOffAutoPlay_ProviderSet>\
            <TurnOffAutoPlay_WinningProvider>CD-2</TurnOffAutoPlay_WinningProvider></CurrentPolicyValues></currentPolicies></PolicyManager>\n\
            <Resources><Enrollment><Scope><ResourceTarget>./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption</ResourceTarget></Scope>\
            </Enrollment></Resources></MDMEnterpriseDiagnosticsReport>";
        let autoplay = "./User/Vendor/MSFT/Policy/Config/Autoplay/TurnOffAutoPlay";
        check(
            "a",
            text.as_bytes(),
            &[
                "diagnostics-report a",
                "= ./Device/Vendor/MSFT/Policy/Config/Camera/AllowCamera := 0 observed MS DM Server (set) @4:1",
                &format!("= {autoplay} := true observed CD-2 @6:1"),
                &format!("= {autoplay} · Autorun_Box := 255 observed CD-2 @6:1"),
                "? ./Device/Vendor/MSFT/BitLocker/RequireDeviceEncryption NotReported @7:31",
            ],
        );
    }

    #[test]
    fn names_that_no_element_can_have_are_decoded() {
        assert_eq!(decoded("a_x007E_Policy_x007E_b"), "a~Policy~b");
        assert_eq!(decoded("a_x00"), "a_x00");
        assert_eq!(decoded("a_xZZZZ_b_x0020_"), "a_xZZZZ_b ");
    }
}
