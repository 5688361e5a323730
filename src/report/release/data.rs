//! Two releases of the catalogue as data for other programs.

use super::{Compared, Side, clauses, id, value};
use crate::catalogue::Catalogue;
use crate::catalogue::change::{Change, Field, Stop, Touched, What};
use crate::gather::Gather;
use serde::Serialize;
use std::collections::BTreeMap;

/// The comparison as data.
#[derive(Debug, Serialize)]
pub struct Data<'a> {
    before: &'a Side,
    after: &'a Side,
    has_project: bool,
    remarks: &'a [String],
    summary: BTreeMap<&'static str, usize>,
    changes: Vec<ChangeData<'a>>,
    stopped_by: Vec<StopData>,
}

#[derive(Debug, Serialize)]
struct ChangeData<'a> {
    id: String,
    what: &'static str,
    topic: &'static str,
    name: String,
    owner: &'a str,
    file: Option<&'a str>,
    is_answer: bool,
    key: &'a [String],
    below: usize,
    brief: &'a str,
    bearing: &'static str,
    fields: Vec<FieldData<'a>>,
    touched: Vec<TouchedData<'a>>,
}

#[derive(Debug, Serialize)]
struct FieldData<'a> {
    field: &'a str,
    os: Option<&'a str>,
    before: Option<&'a str>,
    after: Option<&'a str>,
    bearing: &'static str,
}

#[derive(Debug, Serialize)]
struct TouchedData<'a> {
    organisation: &'a str,
    group: &'a str,
    address: String,
    value: String,
    bearing: &'static str,
    clauses: Vec<String>,
}

#[derive(Debug, Serialize)]
struct StopData {
    change: String,
    reasons: Vec<&'static str>,
}

/// The comparison as data.
pub fn data<'a>(compared: &'a Compared<'_>) -> Data<'a> {
    let mut summary: BTreeMap<&'static str, usize> = What::WORDS.iter().map(|(_, word)| (*word, 0)).gather();
    for (change, _) in &compared.changes {
        *summary.entry(change.what.word()).or_default() += 1;
    }
    summary.insert("touching", compared.touching());
    let stop = |(change, touched): &(Change, Vec<Touched<'_>>)| {
        let reasons: Vec<&'static str> = compared.reasons(touched).into_iter().map(Stop::word).collect();
        (!reasons.is_empty()).then(|| StopData { change: id(change), reasons })
    };
    Data {
        before: &compared.before,
        after: &compared.after,
        has_project: compared.has_project,
        remarks: &compared.remarks,
        summary,
        changes: compared.changes.iter().map(|(one, touched)| change_data(one, touched, compared.catalogue)).collect(),
        stopped_by: compared.changes.iter().filter_map(stop).collect(),
    }
}

fn change_data<'a>(change: &'a Change, touched: &'a [Touched<'_>], catalogue: &Catalogue) -> ChangeData<'a> {
    let field = |field: &'a Field| FieldData {
        field: &field.field,
        os: field.os.as_deref(),
        before: field.before.as_deref(),
        after: field.after.as_deref(),
        bearing: field.bearing.word(),
    };
    let touched_data = |one: &'a Touched<'_>| TouchedData {
        organisation: one.organisation,
        group: one.group,
        address: one.setting.address.to_string(),
        value: value(one, catalogue),
        bearing: one.bearing.word(),
        clauses: clauses([one].into_iter()),
    };
    ChangeData {
        id: id(change),
        what: change.what.word(),
        topic: change.name.topic().word(),
        name: change.name.to_string(),
        owner: &change.name.owner,
        file: change.name.file.as_deref(),
        is_answer: change.name.is_answer,
        key: &change.name.path,
        below: change.below,
        brief: &change.brief,
        bearing: change.bearing().word(),
        fields: change.fields.iter().map(field).collect(),
        touched: touched.iter().map(touched_data).collect(),
    }
}
