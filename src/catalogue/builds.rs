//! In which builds and editions of Windows a node is there (Applicability in Microsoft's DDF v2).

use super::entry::Node;
use super::{Availability, NodeMatch};
use crate::gather::Arrange;
use crate::setting::{Edition, OsVersion};

/// Builds that share one code base and its revision numbers; a later one is an earlier one with features switched on.
const FAMILIES: [&[u32]; 3] = [&[19041, 19042, 19043, 19044, 19045], &[22621, 22631], &[26100, 26200]];

/// The revision with which each member of a family was first generally released, from Microsoft's release information for
/// Windows 10 and 11; some stand in the DDF's own lists (`10.0.19044.1288, 10.0.19045.2130`). No device of an organisation has an
/// older one, so it stands in where a group gives a build without a revision.
const FIRST_REVISIONS: [(u32, u32); 9] = [
    (19041, 264),
    (19042, 572),
    (19043, 985),
    (19044, 1288),
    (19045, 2130),
    (22621, 521),
    (22631, 2428),
    (26100, 1742),
    (26200, 6584),
];

/// The product ids (`PRODUCT_…` of the Windows SDK) that stand for each family. A family counts as listed when its main product
/// is: the variants (N, evaluation, LTSC, for Workstations) come and go between lists, and an organisation that says `pro` means
/// Pro.
const MAIN_PRODUCTS: [(Edition, &[u32]); 8] = [
    (Edition::Home, &[0x65]),
    (Edition::Pro, &[0x30]),
    (Edition::Enterprise, &[0x04]),
    (Edition::Education, &[0x79]),
    (Edition::Se, &[0xCB, 0xCA]),
    (Edition::Multisession, &[0xAF]),
    (Edition::Iot, &[0xBC]),
    (Edition::Hololens, &[0x88]),
];

/// A build with its revision, where given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Build {
    release: (u32, u32),
    number: u32,
    revision: Option<u32>,
}

impl NodeMatch<'_> {
    /// Whether a device of this build has the node: sentinels dropped, enablement-package families mapped, ancestors counted.
    ///
    /// An entry of three parts holds from that build on. One of four is a back-port: it holds in the builds of the same family
    /// from that revision on, and in every build above all that the list names. A build without a revision has the one that
    /// its release began with.
    pub fn availability(&self, build: &OsVersion) -> Availability {
        if !self.is_dated() {
            return Availability::Unknown;
        }
        let Some(device) = build_of(build.parts()) else { return Availability::Unknown };
        let lists = self.lists().map(|list| released(list).collect::<Vec<Build>>()).filter(|list| !list.is_empty());
        // 57 nodes claim an older first build than the node above them: the newest of the lists on the way decides.
        let missing = lists.filter(|list| !holds(list, device)).max_by_key(|list| list.iter().min().copied());
        match missing {
            None => Availability::Released,
            Some(mut list) => {
                list.arrange();
                Availability::TooNew { builds: list.into_iter().map(print).collect() }
            }
        }
    }

    /// Whether the DDF names a released build for it.
    pub(crate) fn is_dated(&self) -> bool {
        self.lists().next_back().is_some_and(|own| released(own).next().is_some())
    }

    /// Editions that take it after inheritance, as families (`home`, `pro`, …); `None` where the DDF says nothing. A list that is
    /// there and empty means: none.
    pub fn editions(&self) -> Option<Vec<Edition>> {
        let list = self.inherited(|node| node.editions.as_ref())?;
        Some(MAIN_PRODUCTS.iter().filter(|(_, ids)| lists(list, ids)).map(|(edition, _)| *edition).collect())
    }

    /// Whether one edition takes it; `None` where the DDF says nothing.
    pub(crate) fn takes(&self, edition: Edition) -> Option<bool> {
        let list = self.inherited(|node| node.editions.as_ref())?;
        let ids = MAIN_PRODUCTS.iter().find(|(family, _)| *family == edition).map_or(&[][..], |(_, ids)| ids);
        Some(lists(list, ids))
    }

    /// What the nearest level that says anything says: each part of Applicability is inherited by itself.
    pub(crate) fn inherited<T>(&self, part: impl Fn(&Node) -> Option<&T>) -> Option<&T> {
        part(self.node).or_else(|| self.ancestors.iter().rev().find_map(|node| part(node)))
    }

    /// The build lists on the way down.
    fn lists(&self) -> impl DoubleEndedIterator<Item = &[String]> {
        self.ancestors.iter().copied().chain([self.node]).filter_map(|node| node.builds.as_deref())
    }
}

fn lists(list: &[String], products: &[u32]) -> bool {
    list.iter().filter_map(|id| product(id)).any(|id| products.contains(&id))
}

/// `0x30`; `0x88*` marks HoloLens.
fn product(id: &str) -> Option<u32> {
    let id = id.trim();
    let digits = id.strip_prefix("0x").or_else(|| id.strip_prefix("0X")).unwrap_or(id);
    u32::from_str_radix(digits.strip_suffix('*').unwrap_or(digits), 16).ok()
}

/// The builds of a list, without the sentinels `99.9.…` and `88.8.…`: they stand for a build that was not out when the list was
/// made.
fn released(list: &[String]) -> impl Iterator<Item = Build> {
    list.iter().filter_map(|entry| read(entry.trim())).filter(|build| build.release < (88, 0))
}

/// A build as [`OsVersion::parse`] reads it, without a list of its parts: a run reads some thousand.
fn read(text: &str) -> Option<Build> {
    let (mut parts, mut count, mut digits) = ([0; 6], 0, 0);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' if digits < 9 => {
                let part: &mut u32 = parts.get_mut(count)?;
                *part = *part * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 => (count, digits) = (count + 1, 0),
            _ => return None,
        }
    }
    build_of(parts.get(..=count).filter(|_| digits > 0)?)
}

fn build_of(parts: &[u32]) -> Option<Build> {
    let part = |n: usize| parts.get(n).copied();
    Some(Build { release: (part(0)?, part(1).unwrap_or(0)), number: part(2).unwrap_or(0), revision: part(3) })
}

fn print(build: Build) -> String {
    let (major, minor) = build.release;
    match build.revision {
        Some(revision) => format!("{major}.{minor}.{}.{revision}", build.number),
        None => format!("{major}.{minor}.{}", build.number),
    }
}

fn holds(list: &[Build], device: Build) -> bool {
    let number = |build: Build| (build.release, build.number);
    let above_all = list.iter().all(|entry| number(*entry) < number(device) && !same_family(*entry, device));
    above_all
        || list.iter().any(|entry| match entry.revision {
            None => number(*entry) <= number(device),
            Some(revision) => same_family(*entry, device) && revision <= revision_of(device),
        })
}

fn same_family(a: Build, b: Build) -> bool {
    let together = |family: &&[u32]| family.contains(&a.number) && family.contains(&b.number);
    a.release == b.release && (a.number == b.number || FAMILIES.iter().any(together))
}

fn revision_of(device: Build) -> u32 {
    let first = FIRST_REVISIONS.iter().find(|(number, _)| *number == device.number);
    device.revision.unwrap_or(first.map_or(0, |(_, revision)| *revision))
}

#[cfg(test)]
mod tests {
    use super::super::{NodeLookup, sample};
    use super::*;

    /// A parent with `above` and a child with `own`, as JSON fields; what is found for the child.
    fn with<T>(above: &str, own: &str, ask: impl Fn(&NodeMatch<'_>) -> T) -> T {
        let node =
            |uri: &str, fields: &str| format!(r#"{{"uri": "{uri}", "format": "int", "access": ["Get"]{fields}}}"#);
        let nodes = [node("./Vendor/A", above), node("./Vendor/A/B", own)].join(",");
        let csp = format!(r#"{{"source": {{"file": "A.xml", "release": "test"}}, "nodes": [{nodes}]}}"#);
        let catalogue = sample::catalogue(&csp);
        let NodeLookup::Found(found) = catalogue.node("./Vendor/A/B") else { panic!("unknown") };
        ask(&found)
    }

    fn field(name: &str, list: &str) -> String {
        let items: Vec<String> = list.split(", ").filter(|item| !item.is_empty()).map(|i| format!("\"{i}\"")).collect();
        format!(r#", "{name}": [{}]"#, items.join(","))
    }

    fn check(list: &str, device: &str, expected: &str) {
        check_below("", list, device, expected);
    }

    fn check_below(above: &str, list: &str, device: &str, expected: &str) {
        let fields = |list: &str| if list.is_empty() { String::new() } else { field("builds", list) };
        let device = OsVersion::parse(device).expect("a version");
        let found = match with(&fields(above), &fields(list), |found| found.availability(&device)) {
            Availability::Released => "released".to_owned(),
            Availability::TooNew { builds } => format!("too new: {}", builds.join(" ")),
            Availability::Unknown => "unknown".to_owned(),
        };
        assert_eq!(found, expected, "{above} / {list} on {device}");
    }

    #[test]
    fn a_build_is_read_as_a_version_is() {
        let texts = [
            "10.0.22631",
            "10.0.22621.4391",
            "10",
            "1.2.3.4.5.6",
            "1.2.3.4.5.6.7",
            "999999999.0",
            "9999999999",
            "01.2",
        ];
        for text in texts.into_iter().chain(["", ".", "10.", ".10", "10..0", "10.a", "10.0 ", "+1", "4294967296"]) {
            let version = OsVersion::parse(text);
            assert_eq!(read(text), version.and_then(|version| build_of(version.parts())), "{text}");
        }
    }

    const COMMON: &str = "10.0.22000, 10.0.19043.1202, 10.0.19042.1202, 10.0.19041.1202";

    #[test]
    fn a_release_holds_from_its_build_on() {
        check("10.0.18362", "10.0.18362", "released");
        check("10.0.18362", "10.0.26100.1742", "released");
        check("10.0.18362", "10.0.17763", "too new: 10.0.18362");
    }

    #[test]
    fn a_back_port_holds_in_all_builds_of_its_family() {
        let too_new = "too new: 10.0.19041.1202 10.0.19042.1202 10.0.19043.1202 10.0.22000";
        check(COMMON, "10.0.19045", "released");
        check(COMMON, "10.0.19044", "released");
        check(COMMON, "10.0.19045.2130", "released");
        check(COMMON, "10.0.19043", too_new);
        check(COMMON, "10.0.19043.1202", "released");
        check(COMMON, "10.0.19041.1201", too_new);
        check(COMMON, "10.0.22621", "released");
        check("10.0.22621.4391", "10.0.22631.4391", "released");
        check("10.0.22621.4391", "10.0.22631", "too new: 10.0.22621.4391");
        check("10.0.26100.2314, 10.0.22621.4541", "10.0.26200", "released");
    }

    #[test]
    fn a_build_above_all_that_a_list_names_has_its_back_ports() {
        check("10.0.22621.3374", "10.0.26100", "released");
        check("10.0.22621.3374, 10.0.19041.4239", "10.0.22000", "too new: 10.0.19041.4239 10.0.22621.3374");
    }

    #[test]
    fn sentinels_are_dropped_and_alone_say_nothing() {
        check("99.9.99999", "10.0.26100", "unknown");
        check("88.8.88888", "10.0.26100", "unknown");
        check("99.9.9999", "10.0.26100", "unknown");
        check("99.9.99999, 10.0.22621.2338", "10.0.22621", "too new: 10.0.22621.2338");
        check("10.0.22621.1194, 99.9.99999", "10.0.22631", "released");
        check("", "10.0.26100", "unknown");
    }

    #[test]
    fn a_child_is_no_older_than_what_is_above_it() {
        check_below("10.0.19041", "10.0.15063", "10.0.17763", "too new: 10.0.19041");
        check_below("10.0.15063", "10.0.19041", "10.0.17763", "too new: 10.0.19041");
        check_below("10.0.18362", "", "10.0.17763", "too new: 10.0.18362");
        check_below("99.9.99999", "10.0.15063", "10.0.17763", "released");
    }

    fn editions(above: &str, own: &str) -> Option<String> {
        with(above, own, |found| found.editions()).map(|all| all.iter().map(|e| e.word()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_family_is_listed_when_its_main_product_is() {
        let list = field("editions", "0x4, 0x1B, 0x30, 0x62, 0x79, 0xAF, 0xBF, 0xCA, 0xCB");
        assert_eq!(editions("", &list).as_deref(), Some("pro enterprise education se multisession"));
        assert_eq!(editions("", &field("editions", "0x88*")).as_deref(), Some("hololens"));
    }

    #[test]
    fn editions_are_inherited_and_an_empty_list_means_none() {
        assert_eq!(editions(&field("editions", "0x65"), "").as_deref(), Some("home"));
        assert_eq!(editions(&field("editions", "0x65"), &field("editions", "")).as_deref(), Some(""));
        assert_eq!(editions("", ""), None);
        let own = format!("{}{}", field("builds", "10.0.15063"), "");
        assert_eq!(
            editions(&field("editions", "0x65"), &own).as_deref(),
            Some("home"),
            "each part is inherited by itself"
        );
    }
}
