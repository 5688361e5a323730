//! What each group's devices are given on two sides, for who works on that and not on the changes. Files speak on either side, so that
//! what has no name in them is counted alike.

use super::between::{organisations, paired_groups};
use super::side::{GroupSide, OrganisationSide, Side};
use crate::attached::decode_at;
use crate::backend::FOLDERS;
use crate::catalogue::Catalogue;
use crate::gather::Arrange;
use crate::setting::{Setting, Target};
use std::collections::BTreeMap;

/// A group of the earlier side, and what it is on the later one.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    /// The organisation's id on the later side, or on the earlier one where it is gone.
    pub(crate) organisation: &'a str,
    /// The earlier side.
    pub(crate) before: Given<'a>,
    /// The later side; `None` where no such group is there.
    pub(crate) after: Option<Given<'a>>,
}

/// What a group's devices are given.
#[derive(Debug)]
pub(crate) struct Given<'a> {
    /// The group's id.
    pub(crate) id: &'a str,
    /// The devices, where the sources say them.
    pub(crate) target: Option<&'a Target>,
    /// Why no server reaches them, where none does.
    pub(crate) unmanaged: Option<&'a str>,
    /// Its files on every route, by path below the group's folder.
    pub(crate) files: BTreeMap<String, &'a [u8]>,
    /// What they set, and the file that does.
    pub(crate) settings: Vec<(Setting, String)>,
    /// Files that nothing can read, and why.
    pub(crate) unreadable: Vec<(String, String)>,
}

/// Every group of the earlier side that a server reaches, or some file is for.
pub(crate) fn held<'a>(before: &'a Side<'a>, after: &'a Side<'a>, catalogue: &Catalogue) -> Vec<Held<'a>> {
    let pairs = organisations(before, after);
    let mut all = Vec::new();
    for (b, a) in pairs.both {
        let (was, is) = (&before.organisations[b], &after.organisations[a]);
        let (earlier, later) = (whole(was), whole(is));
        let groups = paired_groups(&earlier, &later, catalogue);
        let both = groups.both.iter().map(|(b, a)| (earlier.groups[*b].id, Some(later.groups[*a].id)));
        let gone = groups.gone.iter().map(|n| (earlier.groups[*n].id, None));
        all.extend(both.chain(gone).map(|(b, a)| Held {
            organisation: is.id,
            before: given(was, b, catalogue),
            after: a.map(|id| given(is, id, catalogue)),
        }));
    }
    for n in pairs.gone {
        let was = &before.organisations[n];
        let groups = whole(was).groups;
        let before = groups.iter().map(|group| given(was, group.id, catalogue));
        all.extend(before.map(|before| Held { organisation: was.id, before, after: None }));
    }
    all.arrange_by_key(|held| (held.organisation, held.after.as_ref().map_or(held.before.id, |after| after.id)));
    all
}

/// The group of files alone that are compared route by route, and the folder of the route in it.
fn route<'a>(group: &GroupSide<'a>) -> (&'a str, Option<&'a str>) {
    match group.id.rsplit_once('/') {
        Some((id, folder)) if FOLDERS.contains(&folder) => (id, Some(folder)),
        _ => (group.id, None),
    }
}

/// The groups of an organisation, each with the files of all its routes.
fn whole<'a>(organisation: &OrganisationSide<'a>) -> OrganisationSide<'a> {
    let mut groups: BTreeMap<&str, GroupSide<'a>> = BTreeMap::new();
    for group in &organisation.groups {
        let id = route(group).0;
        let whole = groups.entry(id).or_insert_with(|| GroupSide::empty(id));
        whole.folder = whole.folder.or(group.folder);
        whole.policy = whole.policy.or(group.policy);
        whole.outcome = whole.outcome.or(group.outcome);
        whole.files.extend(group.files.iter().map(|(path, bytes)| (*path, *bytes)));
    }
    OrganisationSide { groups: groups.into_values().collect(), ..*organisation }
}

/// What a group's devices are given on every route.
fn given<'a>(organisation: &OrganisationSide<'a>, id: &'a str, catalogue: &Catalogue) -> Given<'a> {
    let mut given = Given {
        id,
        target: None,
        unmanaged: None,
        files: BTreeMap::new(),
        settings: Vec::new(),
        unreadable: Vec::new(),
    };
    for group in organisation.groups.iter().filter(|group| route(group).0 == id) {
        given.target = given.target.or(group.policy.map(|policy| &policy.target));
        let unmanaged = group.policy.and_then(|policy| policy.unmanaged.as_ref());
        given.unmanaged = given.unmanaged.or(unmanaged.map(|why| why.value.as_str()));
        for (own, bytes) in &group.files {
            let path = route(group).1.map_or_else(|| (*own).to_owned(), |folder| format!("{folder}/{own}"));
            match decode_at(&path, bytes, catalogue) {
                Ok(read) => given.settings.extend(read.settings.into_iter().map(|one| (one, path.clone()))),
                Err((place, why)) => {
                    let why = if place.is_empty() { why } else { format!("{place}: {why}") };
                    given.unreadable.push((path.clone(), why));
                }
            }
            given.files.insert(path, bytes);
        }
    }
    given
}
