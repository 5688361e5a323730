//! What a change does to devices.

use super::moved::{Between, Moving};
use crate::compare::Judgement;

pub(super) fn reinstall() -> String {
    "reinstall: devices take it for another one".to_owned()
}

pub(super) fn of_setting(_moving: &Moving<'_>, _judgement: &Judgement, _group: &Between<'_>) -> Vec<String> {
    Vec::new()
}
