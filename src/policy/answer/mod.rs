//! Does each clause hold what its class claims? Asked of the result, after every rule. Follows language.md §4.

mod fault;

use super::{Class, Clause, Group, Organisation, Requirement};
use crate::control::{Carrier, Gap, RawEntry};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::setting::{Address, ClauseRef, Family, Origin, Role, Setting};
use crate::source::Spanned;
use fault::{Fault, enforced, is_settled};
use std::collections::{BTreeMap, BTreeSet};

/// What became of one group.
pub struct GroupOutcome<'a> {
    /// The group.
    pub group: &'a Group,
    /// What is emitted.
    pub settings: &'a [Setting],
    /// What is not, and the code of the finding that says why.
    pub dropped: Vec<(&'a Setting, Code)>,
    /// What its platform cannot express, by control.
    pub gaps: &'a [(String, Gap)],
    /// Clauses of which something could not be written: that has its finding.
    pub failed: &'a BTreeSet<ClauseRef>,
}

/// What carries one clause on one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The clause.
    pub clause: ClauseRef,
    /// The group's id.
    pub group: String,
    /// Whether an exception takes the group out of the count.
    pub excepted: bool,
    /// Settings that carry its controls, and its own.
    pub carrying: Vec<Address>,
    /// Settings that help.
    pub helping: Vec<Address>,
    /// Commands for the server.
    pub commands: Vec<Address>,
    /// What a compliance policy judges by: no setting, and no claim.
    pub judged: Vec<Address>,
    /// What the platform cannot express of its controls.
    pub gaps: Vec<(String, Gap)>,
    /// Whether all of it only supports the clause: its class claims nothing of settings.
    pub support: bool,
}

/// Judges every clause, and says what carries it.
pub fn answer(organisation: &Organisation, outcomes: &[GroupOutcome<'_>], found: &mut Diagnostics) -> Vec<Answer> {
    let mut answers = Vec::new();
    for clause in organisation.policies.iter().flat_map(|policy| &policy.clauses) {
        let outcomes: Vec<&GroupOutcome<'_>> = outcomes
            .iter()
            .filter(|outcome| outcome.group.unmanaged.is_none() && clause.groups.contains(outcome.group.id()))
            .collect();
        let own: Vec<Answer> = outcomes.iter().map(|outcome| of_group(clause, outcome, organisation)).collect();
        // A group that is not there has a finding of its own.
        let known = |id: &String| organisation.groups.iter().any(|group| group.id() == id);
        let failed = outcomes.iter().any(|outcome| outcome.failed.contains(&clause.id.value));
        if !clause.broken && !failed && clause.groups.iter().all(known) {
            judge(clause, &outcomes, &own, organisation, found);
            reach(clause, &outcomes, &own, found);
        }
        answers.extend(own);
    }
    answers
}

/// What a clause asks for, whatever its class, must come to something on some group: else nobody would notice that it does not.
fn reach(clause: &Clause, outcomes: &[&GroupOutcome<'_>], answers: &[Answer], found: &mut Diagnostics) {
    let asks = clause.has_raw || !clause.requires.is_empty();
    let claims = matches!(clause.class.value, Class::Enforced | Class::Partial | Class::MdmCommand);
    let nothing = |answer: &Answer| {
        let lists = [&answer.carrying, &answer.helping, &answer.commands, &answer.judged];
        !answer.excepted && lists.iter().all(|list| list.is_empty())
    };
    // A compliance policy is Intune's alone: of other groups it says nothing, and that is no mistake.
    let raw = || {
        let all = outcomes.iter().flat_map(|outcome| &outcome.group.raw);
        all.filter(|raw| raw.clause == clause.id.value)
    };
    let judges = |raw: &RawEntry| raw.entry.forms.iter().all(|form| form.carrier == Carrier::Compliance);
    if clause.requires.is_empty() && raw().next().is_some() && raw().all(judges) {
        return;
    }
    let dropped = || outcomes.iter().any(|outcome| !outcome.dropped.is_empty());
    // What claims settings or a command has its finding, and so has what the check dropped.
    if asks && !claims && !answers.is_empty() && answers.iter().all(nothing) && !dropped() {
        found.push(
            Diagnostic::new(
                Code::ReachesNothing,
                clause.id.span,
                format!("nothing that `{}` asks for reaches a device of its groups", clause.id.value),
            )
            .help("name a group whose platform has it, or ask for nothing: a summary and a reason are enough"),
        );
    }
}

fn of_group(clause: &Clause, outcome: &GroupOutcome<'_>, organisation: &Organisation) -> Answer {
    let asked: Vec<Asked<'_>> = asked(clause, outcome.group, organisation).collect();
    let mut answer = Answer {
        clause: clause.id.value.clone(),
        group: outcome.group.id().clone(),
        excepted: outcome.group.exceptions.iter().any(|(_, lifted)| lifted.contains(&clause.id.value)),
        carrying: Vec::new(),
        helping: Vec::new(),
        commands: Vec::new(),
        judged: Vec::new(),
        gaps: Vec::new(),
        support: !matches!(clause.class.value, Class::Enforced | Class::Partial | Class::MdmCommand),
    };
    for setting in outcome.settings {
        let raw = setting.origins.iter().any(|origin| wrote(origin, clause));
        let role = asked.iter().filter_map(|asked| asked.role_of(setting)).min();
        let list = match (setting.address.family, raw, role) {
            (_, false, None) => continue,
            (Family::Command, ..) => &mut answer.commands,
            (Family::Compliance, ..) => &mut answer.judged,
            // Somebody let it pass: nobody can say that it is in force.
            _ if setting.is_doubtful() => &mut answer.helping,
            (_, true, _) | (_, _, Some(Role::Raw | Role::Carrying)) => &mut answer.carrying,
            (_, _, Some(Role::Helping | Role::Relaxing)) => &mut answer.helping,
        };
        list.push(setting.address.clone());
    }
    let of_control = |gap: &&(String, Gap)| asked.iter().any(|asked| asked.of.control.value == gap.0);
    answer.gaps = outcome.gaps.iter().filter(of_control).cloned().collect();
    answer
}

/// What a clause asks of a group, and the controls that carry it where it only watches others.
struct Asked<'a> {
    of: &'a Requirement,
    watched: &'a [Spanned<String>],
}

fn asked<'a>(clause: &'a Clause, group: &'a Group, organisation: &'a Organisation) -> impl Iterator<Item = Asked<'a>> {
    let watched = |id: &str| organisation.controls.get(id).map_or(&[][..], |control| &control.constrains);
    let here = clause.requires.iter().filter(|of| of.groups.contains(group.id()));
    here.map(move |of| Asked { of, watched: watched(&of.control.value) })
}

impl Asked<'_> {
    /// Whether an origin is the control that is asked for, or one that it watches.
    fn serves(&self, origin: &Origin) -> bool {
        let Some(id) = &origin.control else { return false };
        (*id == self.of.control.value && origin.instance == self.of.instance)
            || self.watched.iter().any(|other| other.value == *id)
    }

    /// What a setting is to the control that is asked for.
    fn role_of(&self, setting: &Setting) -> Option<Role> {
        setting.origins.iter().filter(|origin| self.serves(origin)).map(|origin| origin.role).min()
    }
}

/// Whether it is a raw entry of this clause.
fn wrote(origin: &Origin, clause: &Clause) -> bool {
    origin.control.is_none() && origin.clauses.iter().any(|(other, _)| *other == clause.id.value)
}

fn judge(
    clause: &Clause,
    outcomes: &[&GroupOutcome<'_>],
    answers: &[Answer],
    organisation: &Organisation,
    found: &mut Diagnostics,
) {
    let counted = || outcomes.iter().zip(answers).filter(|(_, answer)| !answer.excepted);
    let mut faults: BTreeMap<Fault, Vec<String>> = BTreeMap::new();
    match clause.class.value {
        Class::Enforced | Class::Partial if outcomes.is_empty() => {
            let cause = "none of its groups gets any setting".to_owned();
            faults.insert(Fault::at(clause.id.span, "the clause", cause), Vec::new());
        }
        Class::Enforced => {
            for (outcome, answer) in counted() {
                for fault in enforced(clause, outcome, answer, organisation) {
                    faults.entry(fault).or_default().push(answer.group.clone());
                }
            }
        }
        Class::Partial => {
            for (outcome, answer) in counted() {
                if answer.carrying.is_empty() && !is_settled(clause, outcome, organisation) {
                    let cause = "no setting carries any part of it".to_owned();
                    faults
                        .entry(Fault::at(clause.id.span, "the clause", cause))
                        .or_default()
                        .push(answer.group.clone());
                }
            }
        }
        Class::MdmCommand => {
            let open = outcomes.iter().all(|outcome| !is_settled(clause, outcome, organisation));
            if open && answers.iter().all(|answer| answer.commands.is_empty() && !answer.excepted) {
                let cause = "none of its groups has a command".to_owned();
                faults.insert(Fault::at(clause.id.span, "the clause", cause), Vec::new());
            }
        }
        Class::Inherent | Class::Service | Class::Procedural => {}
    }
    for (fault, groups) in faults {
        found.push(fault.finding(clause, &groups));
    }
}

impl Group {
    /// Its id.
    pub fn id(&self) -> &String {
        &self.target.group.value
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, GroupOutcome, answer};
    use crate::control::Gap;
    use crate::diagnostic::{Code, Diagnostics};
    use crate::policy::sample::{Run, exception, run};
    use crate::setting::{Address, Basis, Channel, ClauseRef, Family, Leaf, Origin, Platform, Role, Setting, Value};
    use crate::source::Span;

    /// A setting of `lock`, or a raw one of clause A where `parameters` is `None`.
    fn setting(key: &str, family: Family, role: Role, parameters: Option<&[&str]>) -> Setting {
        let address = Address {
            family,
            channel: Channel::Device,
            owner: "com.example".to_owned(),
            instance: None,
            leaf: Leaf::Keys(vec![key.to_owned()]),
        };
        let clause = ClauseRef { policy: "rules".to_owned(), clause: "A".to_owned() };
        let origin = Origin {
            control: parameters.map(|_| "lock".to_owned()),
            formerly: None,
            instance: None,
            parameters: parameters.unwrap_or_default().iter().map(|name| (*name).to_owned()).collect(),
            clauses: vec![(clause, Span::NOWHERE)],
            deciding: 1,
            role,
            basis: Basis::Stated,
            exceptions: Vec::new(),
            entry: Span::NOWHERE,
        };
        Setting { origins: vec![origin], ..Setting::found(address, Value::Boolean(true)) }
    }

    fn carrying(key: &str, parameters: &[&str]) -> Setting {
        setting(key, Family::Profile, Role::Carrying, Some(parameters))
    }

    fn clause(class: &str, lock: &str) -> String {
        format!(
            "  - {{ id: A, summary: s, class: {class}, reason: r, groups: [phones], require: {{ lock: {lock} }} }}\n"
        )
    }

    struct Result {
        settings: Vec<Setting>,
        dropped: Vec<(Setting, Code)>,
        gaps: Vec<(String, Gap)>,
    }

    fn judged(run: &Run, result: &Result) -> (Vec<Answer>, Vec<String>) {
        let failed = std::collections::BTreeSet::new();
        let outcomes: Vec<GroupOutcome<'_>> = run.policy.organisations[0]
            .groups
            .iter()
            .map(|group| GroupOutcome {
                group,
                settings: &result.settings,
                dropped: result.dropped.iter().map(|(setting, code)| (setting, *code)).collect(),
                gaps: &result.gaps,
                failed: &failed,
            })
            .collect();
        let mut found = Diagnostics::default();
        let answers = answer(&run.policy.organisations[0], &outcomes, &mut found);
        (answers, found.iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect())
    }

    fn check(clauses: &str, result: Result, expected: &[&str]) {
        let run = run(clauses, "", "2026-01-01");
        assert_eq!(run.findings, Vec::<String>::new());
        assert_eq!(judged(&run, &result).1, expected);
    }

    fn settings(settings: Vec<Setting>) -> Result {
        Result { settings, dropped: Vec::new(), gaps: Vec::new() }
    }

    #[test]
    fn an_enforced_clause_needs_a_carrying_setting_on_every_group() {
        let enforced = clause("enforced", "{ length: 8 }");
        check(&enforced, settings(vec![carrying("a", &["length"])]), &[]);
        let helping = setting("a", Family::Profile, Role::Helping, Some(&["length"]));
        let none = "not-enforced `A` is not `enforced` on `phones`, `pilots`: no setting carries `lock`";
        check(&enforced, settings(vec![helping]), &[none]);
        let command = setting("a", Family::Command, Role::Carrying, Some(&["length"]));
        check(&enforced, settings(vec![command]), &[none]);
    }

    #[test]
    fn every_parameter_that_it_gives_reaches_a_setting_unless_at_its_weakest() {
        let nothing = "not-enforced `A` is not `enforced` on `phones`, `pilots`: no setting carries `simple` of `lock`";
        let carried = || settings(vec![carrying("a", &["length"])]);
        check(&clause("enforced", "{ length: 8, simple: false }"), carried(), &[nothing]);
        check(&clause("enforced", "{ length: 8, simple: true, wait: none }"), carried(), &[]);
    }

    #[test]
    fn a_gap_is_an_error_where_the_clause_is_enforced_and_none_elsewhere() {
        let gap = |parameter: Option<&str>| {
            let reason = "no key".to_owned();
            Gap { platform: Platform::Ios, parameter: parameter.map(str::to_owned), words: Vec::new(), reason }
        };
        let result = |parameter: Option<&str>| Result {
            gaps: vec![("lock".to_owned(), gap(parameter))],
            ..settings(vec![carrying("a", &["length"])])
        };
        let whole = "not-enforced `A` is not `enforced` on `phones`, `pilots`: iOS cannot express `lock`: no key";
        check(&clause("enforced", "{ length: 8 }"), result(None), &[whole]);
        let one =
            "not-enforced `A` is not `enforced` on `phones`, `pilots`: iOS cannot express `wait` of `lock`: no key";
        check(&clause("enforced", "{ length: 8, wait: 5 }"), result(Some("wait")), &[one]);
        check(&clause("enforced", "{ length: 8, wait: none }"), result(Some("wait")), &[]);
        check(&clause("partial", "{ length: 8, wait: 5 }"), result(Some("wait")), &[]);
    }

    #[test]
    fn what_gave_way_to_a_stricter_value_carries_nothing() {
        let lost = carrying("b", &["length"]);
        let result =
            Result { dropped: vec![(lost, Code::OverriddenValue)], ..settings(vec![carrying("a", &["length"])]) };
        let finding = "not-enforced `A` is not `enforced` on `phones`, `pilots`: `com.example · b` of `lock` is not \
                       emitted (`overridden-value`)";
        check(&clause("enforced", "{ length: 8 }"), result, &[finding]);
    }

    #[test]
    fn what_was_refused_with_an_error_is_not_reported_twice() {
        let refused = |settings: Vec<Setting>| Result {
            dropped: vec![(carrying("b", &["length"]), Code::NeedsSupervision)],
            ..self::settings(settings)
        };
        check(&clause("enforced", "{ length: 8 }"), refused(Vec::new()), &[]);
        check(&clause("partial", "{ length: 8 }"), refused(Vec::new()), &[]);
    }

    #[test]
    fn a_partial_clause_needs_one_setting_and_may_have_only_raw_ones() {
        check(&clause("partial", "{ length: 8, wait: 5 }"), settings(vec![carrying("a", &["length"])]), &[]);
        let raw = setting("a", Family::Profile, Role::Raw, None);
        check(&clause("partial", "{ length: 8 }"), settings(vec![raw]), &[]);
        let none = "not-partial `A` is not `partial` on `phones`, `pilots`: no setting carries any part of it";
        check(&clause("partial", "{ length: 8 }"), settings(Vec::new()), &[none]);
    }

    #[test]
    fn an_mdm_command_needs_a_command_on_some_group() {
        let command = setting("a", Family::Command, Role::Carrying, Some(&[]));
        check(&clause("mdm-command", "{}"), settings(vec![command]), &[]);
        let none = "not-commanded `A` is not `mdm-command`: none of its groups has a command";
        check(&clause("mdm-command", "{}"), settings(vec![carrying("a", &[])]), &[none]);
    }

    #[test]
    fn other_classes_list_what_they_ask_for_as_support() {
        let run = run(&clause("service", "{ length: 8 }"), "", "2026-01-01");
        let (answers, findings) = judged(&run, &settings(vec![carrying("a", &["length"])]));
        assert_eq!(findings, Vec::<String>::new());
        let phones = answers.iter().find(|answer| answer.group == "phones").unwrap();
        assert!(phones.support && phones.carrying.len() == 1);
    }

    #[test]
    fn a_group_under_an_exception_is_not_counted_for_that_clause_alone() {
        let both = clause("enforced", "{ length: 8 }") + &clause("enforced", "{ length: 8 }").replace("id: A", "id: B");
        let lifted = exception("E", "rules A", "relax: all, expires: 2027-12-31");
        let run = run(&both, &lifted, "2026-06-01");
        let (answers, findings) = judged(&run, &settings(Vec::new()));
        let excepted: Vec<(String, bool)> =
            answers.iter().filter(|a| a.group == "pilots").map(|a| (a.clause.clause.clone(), a.excepted)).collect();
        assert_eq!(excepted, [("A".to_owned(), true), ("B".to_owned(), false)]);
        let none =
            |id: &str, on: &str| format!("not-enforced `{id}` is not `enforced` on {on}: no setting carries `lock`");
        assert!(findings.contains(&none("A", "`phones`")), "{findings:?}");
        assert!(findings.contains(&none("B", "`phones`, `pilots`")), "{findings:?}");
    }

    #[test]
    fn a_clause_with_a_finding_is_not_judged() {
        let run = run(&clause("enforced", "{ length: 40 }"), "", "2026-01-01");
        assert_eq!(run.findings.len(), 1);
        assert_eq!(judged(&run, &settings(Vec::new())).1, Vec::<String>::new());
    }
}
