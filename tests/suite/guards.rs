//! Every guard of the library has a case that fails without it: `tests/cases/guards/<control>-<n>`, the guards of a control counted
//! from 1 in the order of its file.

use super::{cases, project};
use policyc::control::library_control;
use policyc::diagnostic::{Code, Place};

#[test]
fn no_guard_of_the_library_can_be_taken_away_unnoticed() {
    let mut wrong = Vec::new();
    for id in policyc::control::library_ids() {
        let control = library_control(id).unwrap();
        for (n, guard) in control.guards.iter().enumerate().map(|(n, guard)| (n + 1, guard.span)) {
            let folder = project::root().join(format!("tests/cases/guards/{id}-{n}"));
            if !folder.join("case.md").is_file() {
                wrong.push(format!("`{id}` has a guard {n}, and tests/cases/guards/{id}-{n} is not there"));
                continue;
            }
            let sources = cases::sources(&folder);
            let found = cases::compile(&folder, &sources).found;
            let broken = |finding: &policyc::diagnostic::Diagnostic| {
                finding.code == Code::GuardBroken
                    && finding.also.iter().any(|label| label.place == Place::Source(guard))
            };
            if !found.iter().any(broken) {
                wrong.push(format!("tests/cases/guards/{id}-{n} does not break guard {n} of `{id}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
