//! Names of a CSP's dynamic nodes: the DDF's expression for them (`RegEx` on a node), and forms that it gives in words alone.

use super::{Subject, Verdict};
use crate::catalogue::entry::Node;
use crate::check::node::{among, leaf, read_pattern};
use crate::check::rule::GroupRule;
use crate::diagnostic::{Code, Diagnostic};
use std::collections::BTreeSet;

/// A second rule of this page: a name is judged once, however many settings are below it.
pub(crate) const RULE: GroupRule = GroupRule { codes: &[Code::WrongFormat], explain: include_str!("explain.md"), run };

fn run(subjects: &[Subject<'_>]) -> Vec<(usize, Verdict)> {
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut verdicts = Vec::new();
    for (place, subject) in subjects.iter().enumerate() {
        let Some(found) = among::node(subject) else { continue };
        for (node, given) in &found.dynamic {
            let Some((message, help)) = seen.insert((&node.uri, given)).then(|| fault(node, given)).flatten() else {
                continue;
            };
            let finding = Diagnostic::new(Code::WrongFormat, subject.setting.span, message).help(help);
            verdicts.push((place, Verdict::Wrong(finding)));
        }
    }
    verdicts
}

fn fault(node: &Node, given: &str) -> Option<(String, String)> {
    let placeholder = leaf(&node.uri);
    let title = placeholder.trim_matches(['{', '}']);
    if given == placeholder {
        let message = format!("the path does not say which `{title}`");
        return Some((message, format!("write `instance: {{ \"{title}\": … }}` beside it, or the name in its place")));
    }
    if node.uri.ends_with("/PassportForWork/{TenantId}") && !is_guid(given) {
        let message = format!("`{given}` is not the id of a tenant");
        return Some((message, "write the GUID of the Entra tenant, without braces".to_owned()));
    }
    let pattern = node.allowed.as_ref().filter(|allowed| allowed.kind == "RegEx")?.values.first()?;
    let regex = read_pattern(pattern).ok().filter(|_| !pattern.is_empty())?;
    let message = format!("`{given}` is not a name for `{title}`");
    (!regex.is_match(given)).then(|| (message, format!("the vendor's pattern is `{pattern}`")))
}

/// `01234567-89ab-cdef-0123-456789abcdef`.
fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use crate::check::node::trial::{run, settings, target};
    use crate::diagnostic::Code;

    fn check(lines: &str, expected: usize) {
        let found = run(&target(), settings(lines)).1;
        let count = found.iter().filter(|(code, ..)| *code == Code::WrongFormat).count();
        assert_eq!(count, expected, "{lines} {found:?}");
    }

    #[test]
    fn a_tenant_is_a_guid_without_braces() {
        let hello = |tenant: &str| {
            let path = format!("./Device/Vendor/MSFT/PassportForWork/{tenant}/Policies");
            format!("{path}/UsePassportForWork = true\n{path}/RequireSecurityDevice = true")
        };
        check(&hello("01234567-89ab-cdef-0123-456789ABCDEF"), 0);
        check(&hello("{01234567-89ab-cdef-0123-456789abcdef}"), 1);
        check(&hello("example.org"), 1);
        check(&hello("{TenantId}"), 1);
    }

    #[test]
    fn the_vendors_patterns_hold_for_names() {
        let rule = |name: &str| format!("./Vendor/MSFT/Firewall/MdmStore/FirewallRules/{name}/Direction = IN");
        check(&rule("mail"), 0);
        check(&rule("a|b"), 1);
        let keyword =
            |name: &str| format!("./Vendor/MSFT/Firewall/MdmStore/DynamicKeywords/Addresses/{name}/Keyword = x");
        check(&keyword("{01234567-89ab-cdef-0123-456789abcdef}"), 0);
        check(&keyword("01234567-89ab-cdef-0123-456789abcdef"), 1);
    }

    #[test]
    fn an_empty_pattern_says_nothing() {
        check("./Device/Vendor/MSFT/DnsClient/NRPT/1/NamespaceType = FQDN", 0);
    }
}
