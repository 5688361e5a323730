//! What each group's devices are given on two sides, for who works on that and not on the changes. Files speak on either side, so that
//! what has no name in them is counted alike.

use super::between::{organisations, paired_groups};
use super::side::{Contents, GroupSide, OrganisationSide, Side};
use crate::catalogue::Catalogue;
use crate::setting::{Setting, Target};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Its files, by path below the group's folder.
    pub(crate) files: &'a BTreeMap<&'a str, &'a [u8]>,
    /// What they set, and the file that does.
    pub(crate) settings: Vec<(Cow<'a, Setting>, Option<&'a str>)>,
    /// Files that nothing can read, and why.
    pub(crate) unreadable: Vec<(&'a str, String)>,
}

/// Every group of the earlier side that a server reaches, or some file is for.
pub(crate) fn held<'a>(before: &'a Side<'a>, after: &'a Side<'a>, catalogue: &Catalogue) -> Vec<Held<'a>> {
    let pairs = organisations(before, after);
    let mut all = Vec::new();
    for (b, a) in pairs.both {
        let (was, is) = (&before.organisations[b], &after.organisations[a]);
        let groups = paired_groups(was, is, catalogue);
        let both = groups.both.iter().map(|(b, a)| (&was.groups[*b], Some(&is.groups[*a])));
        let gone = groups.gone.iter().map(|n| (&was.groups[*n], None));
        all.extend(both.chain(gone).map(|(was, now)| one(is, was, now, catalogue)));
    }
    for n in pairs.gone {
        let was = &before.organisations[n];
        all.extend(was.groups.iter().map(|group| one(was, group, None, catalogue)));
    }
    all.sort_by_key(|held| (held.organisation, held.after.as_ref().map_or(held.before.id, |after| after.id)));
    all
}

fn one<'a>(
    organisation: &OrganisationSide<'a>,
    was: &'a GroupSide<'a>,
    is: Option<&'a GroupSide<'a>>,
    catalogue: &Catalogue,
) -> Held<'a> {
    Held {
        organisation: organisation.id,
        before: given(was, catalogue),
        after: is.map(|group| given(group, catalogue)),
    }
}

fn given<'a>(group: &'a GroupSide<'a>, catalogue: &Catalogue) -> Given<'a> {
    let Contents { settings, unreadable, .. } = group.read(&BTreeSet::new(), catalogue);
    let target = group.policy.map(|policy| &policy.target);
    let unmanaged = group.policy.and_then(|policy| policy.unmanaged.as_ref()).map(|why| why.value.as_str());
    Given { id: group.id, target, unmanaged, files: &group.files, settings, unreadable }
}
