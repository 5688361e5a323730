//! The local administrators are replaced, and the built-in account is not among them (Policy CSP, LocalUsersAndGroups).

use super::{GroupRule, Subject, Verdict};
use crate::check::node::among::{self, Found};
use crate::diagnostic::{Code, Diagnostic};
use crate::encoding::xml::{self, Element, Shape};

pub(crate) const RULE: GroupRule =
    GroupRule { codes: &[Code::AdministratorsLockedOut], explain: include_str!("explain.md"), run };

const NODE: &str = "./Device/Vendor/MSFT/Policy/Config/LocalUsersAndGroups/Configure";
const ADMINISTRATORS: [&str; 2] = ["S-1-5-32-544", "Administrators"];

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let Some(found) = among::plain(subjects, NODE) else { return Vec::new() };
    let text = found.says();
    // What is no XML has a finding of its own.
    let roots = xml::parse(text.as_bytes(), Shape::Document).unwrap_or_default();
    let replaced = roots.iter().flat_map(|root| &root.children).any(|group| replaces(group) && !keeps(group));
    replaced.then(|| (found.place, Verdict::Wrong(finding(found)))).into_iter().collect()
}

fn finding(found: Found<'_>) -> Diagnostic {
    let message = "the local administrators are replaced, and the built-in account is not among them";
    Diagnostic::new(Code::AdministratorsLockedOut, found.setting.span, message)
        .help("add `Administrator`, or the name that the built-in account has on these computers")
        .help("or add and remove members one by one, with the action `U`")
}

fn replaces(group: &Element) -> bool {
    let described = |text: &str| ADMINISTRATORS.iter().any(|name| name.eq_ignore_ascii_case(text));
    let action = group.child("group").and_then(|action| attribute(action, "action"));
    attribute(group, "desc").is_some_and(described) && action.is_some_and(|action| action.eq_ignore_ascii_case("R"))
}

/// Whether the built-in account stays: by its English name, or by a SID that ends as its own do.
fn keeps(group: &Element) -> bool {
    let members = group.children.iter().filter(|child| child.local() == "add");
    members.filter_map(|add| attribute(add, "member")).any(|member| {
        let name = member.rsplit('\\').next().unwrap_or(member);
        name.eq_ignore_ascii_case("Administrator") || (member.starts_with("S-1-5-21-") && member.ends_with("-500"))
    })
}

fn attribute<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    element.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node::trial::has;

    fn check(desc: &str, action: &str, members: &[&str], expected: bool) {
        let members: String = members.iter().map(|member| format!("<add member=\"{member}\"/>")).collect();
        let group = format!("<accessgroup desc=\"{desc}\"><group action=\"{action}\"/>{members}</accessgroup>");
        let lines = format!("{NODE} = <GroupConfiguration>{group}</GroupConfiguration>");
        assert_eq!(has(Code::AdministratorsLockedOut, &lines), expected, "{lines}");
    }

    #[test]
    fn the_built_in_account_stays_an_administrator() {
        check("S-1-5-32-544", "R", &["AzureAD\\ann@example.org"], true);
        check("Administrators", "R", &[], true);
        check("S-1-5-32-544", "R", &["Administrator"], false);
        check("S-1-5-32-544", "R", &["S-1-5-21-1-2-3-500"], false);
        check("S-1-5-32-544", "U", &["AzureAD\\ann@example.org"], false);
        check("S-1-5-32-545", "R", &["AzureAD\\ann@example.org"], false);
    }
}
