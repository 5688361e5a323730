//! Settings that meet at one address (language.md §6.4): equal ones are one, sets unite or intersect, else the stricter wins and
//! the loser carries nothing; where nobody knows which side is stricter, the values must be equal.

use super::rule::Facts;
use super::verdict::Report;
use super::{Dropped, Judged};
use crate::catalogue::{Polarity, Side};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::gather::Arrange;
use crate::setting::{Address, Channel, Family, Leaf, Origin, Role, Setting, Value};
use crate::source::Spanned;
use std::borrow::Cow;
use std::cmp::Ordering;

/// Which side of an address is stricter.
pub(super) type SideOf<'a> = &'a dyn Fn(&Address) -> Option<Side>;

/// One setting for each address.
pub(super) fn meet<'c>(
    judged: Vec<Judged<'c>>,
    side: SideOf<'_>,
    dropped: &mut Vec<Dropped>,
    found: &mut Diagnostics,
) -> Vec<Judged<'c>> {
    let mut meeting = Meeting { side, dropped, report: Report::default() };
    let groups = meeting_places(&judged);
    let mut judged: Vec<Option<Judged<'c>>> = judged.into_iter().map(Some).collect();
    let mut take = |places: Vec<usize>| places.into_iter().filter_map(|n| judged[n].take()).collect();
    let merged = groups.into_iter().filter_map(|places| meeting.one(take(places))).collect();
    meeting.report.into(found);
    without_empty_dictionaries(merged)
}

/// The settings of each address, by their places, in the order of the addresses. LocURIs that differ in letter case are one node
/// (failure-modes B34).
fn meeting_places(judged: &[Judged<'_>]) -> Vec<Vec<usize>> {
    let owners = judged.iter().map(|one| match &one.setting.address {
        Address { family: Family::Csp, owner, .. } => Cow::Owned(owner.to_lowercase()),
        address => Cow::Borrowed(address.owner.as_str()),
    });
    let owners: Vec<Cow<'_, str>> = owners.collect();
    let place = |n: &usize| place(&owners[*n], &judged[*n]);
    let mut order: Vec<usize> = (0..judged.len()).collect();
    order.arrange_by(|a, b| place(a).cmp(&place(b)));
    order.chunk_by(|a, b| place(a) == place(b)).map(<[usize]>::to_vec).collect()
}

/// Where settings meet.
fn place<'a>(owner: &'a str, one: &'a Judged<'_>) -> (Family, Channel, &'a str, Option<&'a str>, &'a Leaf) {
    let (family, channel, _, instance) = one.setting.address.carrier();
    (family, channel, owner, instance, &one.setting.address.leaf)
}

struct Meeting<'a> {
    side: SideOf<'a>,
    dropped: &'a mut Vec<Dropped>,
    report: Report,
}

impl Meeting<'_> {
    fn one<'c>(&mut self, mut met: Vec<Judged<'c>>) -> Option<Judged<'c>> {
        if met.len() == 1 {
            return met.pop();
        }
        // The order of contributions must not decide: the strongest claim first, then the earliest place.
        met.arrange_by(|a, b| order_key(&a.setting).cmp(&order_key(&b.setting)));
        give_way(&mut met);
        let any_wrong = met.iter().any(Judged::wrong);
        let (mut settings, mut facts): (Vec<Setting>, Vec<Facts<'c>>) =
            met.into_iter().map(|judged| (judged.setting, judged.facts)).unzip();
        let first = (!settings.is_empty()).then(|| settings.remove(0))?;
        let setting = self.several(first, settings, any_wrong);
        // All are of one node, but the names in its LocURI may differ in letter case.
        let spelt = |facts: &Facts<'_>| matches!(facts, Facts::Node(found) if found.canonical == setting.address.owner);
        let facts = facts.swap_remove(facts.iter().position(spelt).unwrap_or(0));
        Some(Judged { setting, facts, verdicts: Vec::new() })
    }

    fn several(&mut self, first: Setting, rest: Vec<Setting>, any_wrong: bool) -> Setting {
        if let Some(twin) = rest.iter().find(|other| written_twice(&first, other)).or_else(|| twins(&rest)) {
            self.report.add(&first, twice(&first, twin));
        } else if !any_wrong {
            return self.merged(first, rest);
        }
        // A value that is wrong already has its finding: a conflict beside it would be a second one for the same mistake.
        let origins = rest.into_iter().flat_map(|setting| setting.origins).collect();
        joined(first, origins)
    }

    fn merged(&mut self, first: Setting, rest: Vec<Setting>) -> Setting {
        if rest.iter().all(|other| other.value == first.value) {
            let profile = rest.iter().find_map(|other| other.profile.clone());
            let origins = rest.into_iter().flat_map(|setting| setting.origins).collect();
            return Setting { profile: first.profile.clone().or(profile), ..joined(first, origins) };
        }
        match (self.side)(&first.address) {
            Some(side) if is_set(&side) && all_lists(&first, &rest) => {
                let larger = side.stricter == Polarity::LargerSet;
                let value = rest.iter().fold(first.value.clone(), |sum, other| met_set(&sum, &other.value, larger));
                if !larger && is_no_list(&first, &value) {
                    return self.conflict(first, rest);
                }
                let origins = rest.into_iter().flat_map(|setting| setting.origins).collect();
                Setting { value, ..joined(first, origins) }
            }
            Some(side) => self.stricter(&side, first, rest),
            None => self.conflict(first, rest),
        }
    }

    fn stricter(&mut self, side: &Side, first: Setting, rest: Vec<Setting>) -> Setting {
        let mut best = 0;
        let all: Vec<Setting> = std::iter::once(first).chain(rest).collect();
        for (n, setting) in all.iter().enumerate() {
            match side.stricter.compare(&setting.value, &all[best].value) {
                Some(Ordering::Greater) => best = n,
                Some(_) => {}
                None => {
                    let mut all = all.into_iter();
                    return match all.next() {
                        Some(first) => self.conflict(first, all.collect()),
                        None => panic!("internal: settings that meet are at least two"),
                    };
                }
            }
        }
        let winning = all[best].value.clone();
        let (winners, losers): (Vec<Setting>, Vec<Setting>) = all.into_iter().partition(|one| one.value == winning);
        let mut winners = winners.into_iter();
        let Some(winner) = winners.next() else { panic!("internal: the strictest value is one of those that met") };
        let winner = joined(winner, winners.flat_map(|setting| setting.origins).collect());
        for loser in losers {
            self.report.add(&loser, overridden(&winner, &loser, &side.from));
            self.dropped.push(Dropped { setting: loser, code: Code::OverriddenValue });
        }
        winner
    }

    fn conflict(&mut self, first: Setting, rest: Vec<Setting>) -> Setting {
        let mut finding = Diagnostic::new(
            Code::ConflictingValues,
            first.span,
            format!("`{}` would be {}", first.address, values(&first, &rest)),
        );
        for other in rest.iter().filter(|other| other.value != first.value) {
            finding = finding.also(other.span, format!("{} here", other.value));
        }
        let finding = finding
            .label(format!("{} here", first.value))
            .help("give both places one value: nobody has said which of these is stricter, so neither may win");
        self.report.add(&first, finding);
        self.dropped.extend(rest.into_iter().map(|setting| Dropped { setting, code: Code::ConflictingValues }));
        first
    }
}

/// What only relaxes gives way to anything else that is asked for. Where an exception asks for the relaxing itself it does not: nobody
/// would see that it comes to nothing.
fn give_way(met: &mut Vec<Judged>) {
    let relaxes = |one: &Judged| {
        one.setting.role() == Role::Relaxing && one.setting.origins.iter().all(|origin| origin.exceptions.is_empty())
    };
    if let Some(wanted) = met.iter().find(|one| !relaxes(one)).map(|one| one.setting.value.clone()) {
        met.retain(|one| !relaxes(one) || one.setting.value == wanted);
    }
}

fn order_key(setting: &Setting) -> (Role, crate::source::Span, &Value, &[Origin]) {
    (setting.role(), setting.span, &setting.value, &setting.origins)
}

/// The setting with further reasons, each once.
fn joined(mut setting: Setting, origins: Vec<Origin>) -> Setting {
    for origin in origins {
        if !setting.origins.contains(&origin) {
            setting.origins.push(origin);
        }
    }
    setting
}

/// Two raw entries of one clause, two entries of one control with different values, or nobody's twice: what a file says twice.
fn written_twice(a: &Setting, b: &Setting) -> bool {
    match (a.origins.first(), b.origins.first()) {
        (None, None) => true,
        (Some(a_origin), Some(b_origin)) if a_origin.control.is_none() && b_origin.control.is_none() => {
            a_origin.clauses.iter().any(|(clause, _)| b_origin.clauses.iter().any(|(other, _)| other == clause))
        }
        (Some(a_origin), Some(b_origin)) => {
            a_origin.control == b_origin.control && a_origin.instance == b_origin.instance && a.value != b.value
        }
        _ => false,
    }
}

fn twins(settings: &[Setting]) -> Option<&Setting> {
    settings.iter().enumerate().find(|(n, a)| settings[..*n].iter().any(|b| written_twice(a, b))).map(|(_, a)| a)
}

fn twice(first: &Setting, second: &Setting) -> Diagnostic {
    Diagnostic::new(Code::DuplicateAddress, second.span, format!("`{}` is written twice", first.address))
        .also(first.span, "first written here")
        .help("leave one of the two entries; a device would keep whichever came last")
}

fn overridden(winner: &Setting, loser: &Setting, why: &str) -> Diagnostic {
    let message = format!("`{}` is {}, not {}", loser.address, winner.value, loser.value);
    let mut finding = Diagnostic::new(Code::OverriddenValue, loser.span, message)
        .label(format!("{} here", loser.value))
        .also(winner.span, format!("the stricter {} here", winner.value));
    if let Some((clause, span)) = winner.origins.first().and_then(|origin| origin.clauses.first()) {
        finding = finding.also(*span, format!("for clause {clause}"));
    }
    finding.help(format!("ask for one value in both places; the stricter one was taken ({why})"))
}

fn values(first: &Setting, rest: &[Setting]) -> String {
    let mut values: Vec<String> = std::iter::once(first).chain(rest).map(|setting| setting.value.to_string()).collect();
    values.dedup();
    values.join(" and ")
}

fn is_set(side: &Side) -> bool {
    matches!(side.stricter, Polarity::SmallerSet | Polarity::LargerSet)
}

fn all_lists(first: &Setting, rest: &[Setting]) -> bool {
    std::iter::once(first).chain(rest).all(|setting| matches!(setting.value, Value::Array(_)))
}

/// Lists of what is forbidden unite, lists of what is allowed keep what they share; sorted, so that no order of sources shows.
fn met_set(a: &Value, b: &Value, larger: bool) -> Value {
    let (Value::Array(a), Value::Array(b)) = (a, b) else { return a.clone() };
    let mut items: Vec<Spanned<Value>> = match larger {
        true => a.iter().chain(b).cloned().collect(),
        false => a.iter().filter(|item| b.contains(item)).cloned().collect(),
    };
    items.arrange();
    items.dedup();
    Value::Array(items)
}

/// Whether lists of what is allowed share nothing, where an empty list would be none: Microsoft's are texts.
fn is_no_list(first: &Setting, met: &Value) -> bool {
    let emptied = matches!(met, Value::Array(items) if items.is_empty()) && *met != first.value;
    first.address.family == Family::Csp && emptied
}

/// An empty dictionary says nothing beside a setting inside it, which takes over its reasons.
fn without_empty_dictionaries(settings: Vec<Judged<'_>>) -> Vec<Judged<'_>> {
    let mut kept: Vec<Judged<'_>> = Vec::with_capacity(settings.len());
    let mut waiting: Vec<Judged<'_>> = Vec::new();
    // Sorted by address: what is inside a dictionary comes right behind it.
    for mut one in settings {
        while let Some(outer) = waiting.pop() {
            if is_inside(&one.setting.address, &outer.setting.address) {
                one.setting = joined(one.setting, outer.setting.origins);
            } else {
                kept.push(outer);
            }
        }
        if is_empty_dictionary(&one.setting) {
            waiting.push(one);
        } else {
            kept.push(one);
        }
    }
    kept.append(&mut waiting);
    kept
}

fn is_empty_dictionary(setting: &Setting) -> bool {
    matches!(&setting.value, Value::Dictionary(entries) if entries.is_empty())
}

fn is_inside(inner: &Address, outer: &Address) -> bool {
    let (Leaf::Keys(below), Leaf::Keys(above)) = (&inner.leaf, &outer.leaf) else { return false };
    inner.carrier() == outer.carrier() && below.len() > above.len() && below.starts_with(above)
}

#[cfg(test)]
mod tests {
    use super::super::Rules;
    use super::super::sample::run;
    use super::*;
    use crate::diagnostic::Severity;

    /// Two clauses that write into one payload: the value that stands, and the codes found.
    fn check(group: &str, [a, b]: [&str; 2], expected: &str, codes: &[Code]) {
        let block = format!("group: {group}\nclauses:\n  '1.1': [{a}]\n  '1.2': [{b}]\n");
        let run = run(Rules::all(), &block);
        let [only] = run.checked.settings() else { panic!("{:#?}", run.checked.settings()) };
        assert_eq!(only.value.to_string(), expected, "{:#?}", run.lines());
        assert_eq!(run.codes().into_iter().collect::<Vec<_>>(), codes, "{:#?}", run.lines());
        assert_eq!(only.origins.len() + run.checked.dropped().len(), 2, "no reason is lost");
    }

    fn passcode(key: &str, values: [&str; 2], expected: &str, codes: &[Code]) {
        let entry =
            |value: &str| format!("{{ payload: com.apple.mobiledevice.passwordpolicy, keys: {{ {key}: {value} }} }}");
        let entries = values.map(entry);
        let group = "{ platform: iOS, os: '18.0', supervised: true }";
        check(group, [&entries[0], &entries[1]], expected, codes);
    }

    #[test]
    fn equal_values_are_one_setting_with_both_reasons() {
        passcode("minLength", ["6", "6"], "6", &[]);
    }

    #[test]
    fn the_stricter_value_wins_whichever_comes_first() {
        passcode("minLength", ["6", "8"], "8", &[Code::OverriddenValue]);
        passcode("minLength", ["8", "6"], "8", &[Code::OverriddenValue]);
        passcode("allowSimple", ["true", "false"], "false", &[Code::OverriddenValue]);
    }

    #[test]
    fn one_wrong_value_is_one_finding() {
        passcode("minLength", ["40", "8"], "40", &[Code::OutOfRange]);
    }

    #[test]
    fn lists_of_what_is_forbidden_unite() {
        let entry = |list: &str| {
            format!("{{ payload: com.apple.applicationaccess, keys: {{ blockedAppBundleIDs: [{list}] }} }}")
        };
        let group = "{ platform: iOS, os: '18.0', supervised: true }";
        check(group, [&entry("b, a"), &entry("c, a")], "[\"a\", \"b\", \"c\"]", &[]);
    }

    #[test]
    fn lists_of_what_is_allowed_keep_what_they_share_and_never_become_no_list() {
        let node = |list: &str| {
            format!(
                "{{ csp: ./Device/Vendor/MSFT/Policy/Config/Bluetooth, nodes: {{ ServicesAllowedList: [{list}] }} }}"
            )
        };
        let group = "{ platform: Windows, os: '10.0.22631', editions: [enterprise] }";
        check(group, [&node("a, b"), &node("b, c")], "[\"b\"]", &[]);
        check(group, [&node("a"), &node("b")], "[\"a\"]", &[Code::ConflictingValues]);
    }

    #[test]
    fn two_spellings_of_one_node_meet() {
        let node = |uri: &str| format!("{{ csp: {uri}, nodes: {{ AllowCamera: 0 }} }}");
        let group = "{ platform: Windows, os: '10.0.22631', editions: [enterprise] }";
        let nodes = [node("./Device/Vendor/MSFT/Policy/Config/Camera"), node("./Vendor/MSFT/Policy/Config/Camera")];
        check(group, [&nodes[0], &nodes[1]], "0", &[]);
    }

    #[test]
    fn an_empty_dictionary_beside_its_keys_vanishes_with_its_reasons_kept() {
        let block = "group: { platform: macOS, os: '15.0' }\nclauses:\n  '1.1': [{ payload: com.apple.dock, keys: {} }]\n  \
                     '1.2': [{ payload: com.apple.dock, keys: { autohide: true } }]\n";
        let run = run(Rules::all(), block);
        let [only] = run.checked.settings() else { panic!("{:#?}", run.checked.settings()) };
        assert_eq!(only.origins.len(), 2);
    }

    #[test]
    fn a_conflict_is_one_error_that_names_both_places() {
        let block = "group: { platform: macOS, os: '15.0' }\nclauses:\n  \
                     '1.1': [{ payload: com.apple.dock, keys: { orientation: left } }]\n  \
                     '1.2': [{ payload: com.apple.dock, keys: { orientation: right } }]\n";
        let run = run(Rules::all(), block);
        let [finding] = run.found.iter().collect::<Vec<_>>()[..] else { panic!("{:#?}", run.lines()) };
        assert_eq!((finding.code, finding.severity), (Code::ConflictingValues, Severity::Error));
        assert!(finding.also.iter().any(|label| label.text == "\"right\" here"), "{finding:#?}");
    }
}
