//! The settings of a group, each once with every place that says it: out of its files, in which payloads have other names and values may
//! differ.

use super::estate::{Group, Occurrence, Piece, route};
use super::once::Once;
use super::said::place;
use super::top::{has_payload, is_top};
use super::{Note, demand};
use crate::backend::found::How;
use crate::catalogue::Catalogue;
use crate::check::node::typed_element;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Label, Place, Severity};
use crate::reader::Reading;
use crate::setting::{Address, Channel, Family, Route, Setting, Value};
use crate::source::Span;
use std::collections::BTreeSet;

impl Group {
    /// The address of a setting of a file in the group.
    pub(super) fn address(&self, reading: usize, setting: &Setting, catalogue: &Catalogue) -> Address {
        let mut address = setting.address.clone();
        if address.family == Family::Csp {
            if let Some(found) = catalogue.known_node(&address.owner) {
                address.owner = found.canonical;
            }
            return address;
        }
        address.instance = self.renamed(reading, &address.owner, address.instance.as_ref());
        if self.users.contains(&reading) {
            address.channel = Channel::User;
        }
        address
    }

    pub(super) fn renamed(&self, reading: usize, owner: &str, instance: Option<&String>) -> Option<String> {
        let occurrence = Occurrence { reading, owner: owner.to_owned(), instance: instance.cloned() };
        self.instances.get(&occurrence).cloned().unwrap_or(occurrence.instance)
    }

    /// References follow the payloads that they name.
    fn referred(&self, reading: usize, value: &mut Value) {
        match value {
            Value::Text(text) => {
                if let Some((owner, instance)) = self
                    .declared
                    .get(text.as_str())
                    .filter(|(at, ..)| *at != reading)
                    .map(|(_, owner, instance)| (owner, instance))
                {
                    *value = Value::Reference { owner: owner.clone(), instance: instance.clone() };
                }
            }
            Value::Reference { owner, instance } => *instance = self.renamed(reading, owner, instance.as_ref()),
            Value::Array(items) => items.iter_mut().for_each(|item| self.referred(reading, &mut item.value)),
            Value::Dictionary(entries) => {
                entries.values_mut().for_each(|entry| self.referred(reading, &mut entry.value))
            }
            _ => {}
        }
    }

    pub(super) fn fill(
        &mut self,
        readings: &[Reading],
        catalogue: &Catalogue,
        (notes, found): (&mut Vec<Note>, &mut Diagnostics),
    ) -> BTreeSet<usize> {
        let mut others = self.otherwise_topped(readings, found);
        let left = |n: &usize| !self.activations.contains_key(n) && !others.contains(n);
        let members = self.readings.iter().copied().filter(left).collect::<Vec<_>>();
        let asked = demand::of(members.iter().map(|n| &readings[*n]));
        for n in members {
            let reading = &readings[n];
            let route = route(reading, readings);
            for (uri, _) in &reading.unset {
                notes.push(Note::new(
                    reading,
                    uri,
                    uri,
                    "it is taken back (`Delete`), and a source says only what is set",
                ));
            }
            let mut once = Once::default();
            for item in &reading.items {
                let address = self.address(n, &item.setting, catalogue);
                if is_top(&address) && !has_payload(reading) {
                    let why = "it speaks of a profile in which nothing is set";
                    notes.push(Note::new(reading, &item.place, &address.to_string(), why));
                    continue;
                }
                if demand::is_open(&item.setting) && asked.contains(&item.setting.address) {
                    let why = "another policy for the same devices asks it of them, and this one leaves it open";
                    notes.push(Note::new(reading, &item.place, &address.to_string(), why));
                    continue;
                }
                match item.how {
                    How::Set | How::Added | How::Replaced | How::Executed => {}
                    How::Once => {
                        once.add(item);
                        continue;
                    }
                    How::Observed { .. } => {
                        let why = "what a device reports, and nothing that a server delivers";
                        notes.push(Note::new(reading, &item.place, &address.to_string(), why));
                        continue;
                    }
                }
                let mut value = item.setting.value.clone();
                self.referred(n, &mut value);
                // Of an element that no template describes a body tells text from a number by its looks alone.
                if item.doubt.is_some() {
                    value = typed_element(None, value);
                }
                match self.add(&address, (n, route), (value, place(reading, item.setting.span, &item.place)), found) {
                    Added::Here => {
                        if let Some(piece) = self.pieces.get_mut(&address).filter(|_| item.doubt.is_some()) {
                            piece.unlisted = Some(DOUBTED);
                        }
                    }
                    Added::Contradicts => drop(others.insert(n)),
                    Added::SaidTwice => {
                        let why = "the same file says it with another value: the one that comes first is taken";
                        notes.push(Note::new(reading, &item.place, &address.to_string(), why));
                    }
                }
            }
            for (address, value, span) in once.pieces() {
                let place = place(reading, span, &address.keys().join("."));
                if self.add(&address, (n, route), (value, place), found) == Added::Contradicts {
                    others.insert(n);
                }
            }
        }
        others.extend(self.activate(readings, (notes, found)));
        others
    }

    /// The predicates of activations, each with its configuration.
    fn activate(&mut self, readings: &[Reading], (notes, found): (&mut Vec<Note>, &mut Diagnostics)) -> Vec<usize> {
        let mut others = Vec::new();
        for (at, of) in self.activations.clone() {
            let reading = &readings[at];
            let own = reading.settings().find(|setting| setting.address.keys() == ["Predicate"]);
            let left = || reading.residue.iter().find(|left| left.place == "Payload.Predicate");
            let text = || left().and_then(|left| Some((serde_json::from_str::<String>(&left.what).ok()?, left.span)));
            let predicate = own.map(|setting| (setting.value.clone(), setting.span));
            let predicate = predicate.or_else(|| text().map(|(text, span)| (Value::Text(text), span)));
            let predicate = predicate.map(|(value, span)| (value, place(reading, span, "Payload.Predicate")));
            if of.len() > 1 {
                let why = "one activation for several configurations: each gets one of its own, and this one can be removed then";
                notes.push(Note::new(reading, "", "activation", why));
            }
            for n in of {
                let Some(item) = readings[n].items.first().filter(|_| predicate.is_some()) else { continue };
                let mut address = item.setting.address.clone();
                address.instance = self.renamed(n, &address.owner, address.instance.as_ref());
                let route = route(&readings[n], readings);
                if let Some(one) = &predicate
                    && self.add(&address.predicate(), (n, route), one.clone(), found) == Added::Contradicts
                {
                    others.push(n);
                }
            }
        }
        others
    }

    fn add(
        &mut self,
        address: &Address,
        (reading, route): (usize, Route),
        (value, place): (Value, Place),
        found: &mut Diagnostics,
    ) -> Added {
        match self.pieces.get_mut(address) {
            None => {
                let (readings, routes) = (BTreeSet::from([reading]), BTreeSet::from([route]));
                let piece = Piece { value, place, readings, routes, unlisted: None, allowed: BTreeSet::new() };
                self.pieces.insert(address.clone(), piece);
                Added::Here
            }
            Some(piece) if piece.value == value => {
                piece.readings.insert(reading);
                piece.routes.insert(route);
                Added::Here
            }
            Some(piece) => {
                let cause = format!("`{address}` has another value in a file for the same devices");
                let is_one = piece.readings.contains(&reading);
                let cure = match is_one {
                    true => "say in the file which of the two is meant: devices take either",
                    false => {
                        "devices are in one group: the file has one of its own now, and somebody has to say who is in it"
                    }
                };
                found.push(
                    Diagnostic {
                        place,
                        also: vec![Label { place: piece.place.clone(), text: "the other value".to_owned() }],
                        ..Diagnostic::new(Code::ConflictingValues, Span::NOWHERE, cause)
                    }
                    .severity(Severity::Warning)
                    .help(cure),
                );
                if is_one { Added::SaidTwice } else { Added::Contradicts }
            }
        }
    }
}

/// Why an element stands that no catalogue knows.
const DOUBTED: &str = "spelt as Intune spells it: only its ADMX file tells its name and kind (policyc ingest-admx)";

/// What became of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Added {
    /// It is one of the group.
    Here,
    /// Another file for the same devices has it with another value.
    Contradicts,
    /// The same file has it with another value.
    SaidTwice,
}
