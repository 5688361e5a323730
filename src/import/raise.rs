//! Which controls the settings of a group stand for. What they write depends on facts that no file says: of those under which devices
//! take as much, the facts count under which controls stand for the most.

use super::estate::{Group, Piece};
use super::judge::{self, Facts};
use crate::catalogue::Catalogue;
use crate::check;
use crate::control::{self, Control, Estate, Near, OrganisationFacts, Raising};
use crate::diagnostic::Diagnostics;
use crate::gather::Gather;
use crate::setting::{Address, Compliance, DeviceFact, Family, Route, Setting, Target, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Settings of a group for which other facts are tried: controls stand for a few hundred at most.
const MAX_VARIED: usize = 1000;

/// The controls of a group, whose facts become those under which they stand, with the hardware that they need.
pub(super) fn raise(
    library: &[Arc<Control>],
    (group, judged): (&Group, &mut Facts),
    (facts, organisation): (&OrganisationFacts, &str),
    catalogue: &Catalogue,
) -> Raising {
    if !group.platform.is_apple() {
        judged.has = DeviceFact::ALL.iter().copied().gather();
    }
    let under = |judged: &Facts| Under { library, group, facts, organisation, catalogue }.judged(judged);
    let (mut raising, own) = under(judged);
    *judged = own;
    let is_over = |raising: &Raising| standing(raising) < group.pieces.len();
    // What is allowed of a setting was found under these facts.
    let is_free = group.pieces.len() <= MAX_VARIED && group.pieces.values().all(|piece| piece.allowed.is_empty());
    for vary in judge::VARIED.iter().filter(|_| is_free) {
        if !is_over(&raising) {
            break;
        }
        let refused = judge::refused(organisation, group, judged, catalogue);
        for other in vary(group.platform, judged) {
            if judge::refused(organisation, group, &other, catalogue) > refused {
                continue;
            }
            let (others, other) = under(&other);
            if standing(&others) > standing(&raising) {
                (raising, *judged) = (others, other);
            }
        }
    }
    let needs = raising.raised.iter().flat_map(|raised| {
        let entries = raised.control.settings.iter().flat_map(|entry| &entry.needs_facts);
        raised.control.needs_facts.iter().chain(entries).map(|fact| fact.value)
    });
    judged.has = if group.platform.is_apple() { BTreeSet::new() } else { needs.gather() };
    raising
}

/// For how many settings controls stand.
fn standing(raising: &Raising) -> usize {
    raising.raised.iter().flat_map(|one| &one.addresses).gather::<BTreeSet<_>>().len()
}

/// What controls are raised from.
struct Under<'a> {
    library: &'a [Arc<Control>],
    group: &'a Group,
    facts: &'a OrganisationFacts,
    organisation: &'a str,
    catalogue: &'a Catalogue,
}

impl Under<'_> {
    /// The controls, and the facts with what else they tell: where nothing judges devices as controls would, they are judged by what is
    /// there alone.
    fn judged(&self, judged: &Facts) -> (Raising, Facts) {
        let (raising, short) = self.on_routes(judged);
        let judges = |near: &Near| near.differing.iter().any(|one| one.address.family == Family::Compliance);
        if short > 0 || raising.near.iter().any(judges) {
            let unjudged = Facts { compliance: Compliance::None, ..judged.clone() };
            let (others, _) = self.on_routes(&unjudged);
            if standing(&others) > standing(&raising) {
                return (others, unjudged);
            }
        }
        (raising, judged.clone())
    }

    /// The controls that stand on every route, and how many stand on the first and write something on another that is not there.
    fn on_routes(&self, judged: &Facts) -> (Raising, usize) {
        let target = judge::target(self.organisation, self.group, judged);
        let on = |route: Route, of: &mut dyn FnMut(&Estate<'_>)| {
            let target: Target = target.on(route);
            let is_its =
                |piece: &&Piece| piece.routes.contains(&route) && piece.unlisted.is_none() && piece.allowed.is_empty();
            let on_route = self.group.pieces.iter().filter(|(_, piece)| is_its(piece));
            let settings: BTreeMap<Address, Value> =
                on_route.map(|(address, piece)| (address.clone(), piece.value.clone())).gather();
            let settle = |settings: Vec<Setting>| {
                check::against(self.catalogue, &target, settings, &mut Diagnostics::default()).settings().to_vec()
            };
            of(&Estate { target: &target, facts: self.facts, settings: &settings, settle: &settle });
        };
        let mut routes = target.routes().into_iter();
        let mut raising = Raising::default();
        on(routes.next().unwrap_or(Route::Direct), &mut |estate| raising = control::raise(self.library, estate));
        let first = raising.raised.len();
        routes.for_each(|route| on(route, &mut |estate| raising.raised.retain_mut(|one| estate.claims(one))));
        let short = first - raising.raised.len();
        (raising, short)
    }
}
