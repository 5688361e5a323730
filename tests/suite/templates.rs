//! Laws of templates on generated facts, and files that are none.

use policyc::diagnostic::{Code, Diagnostic, Diagnostics, Place, Severity};
use policyc::policy::{self, document::Text};
use policyc::source::{Content, SourceFile, Sources, Span};
use policyc::template::{Class, Element, KINDS, Policy, Template, app_of, installs, print, read};
use proptest::prelude::*;
use std::fmt::Write as _;

/// Facts → an ADMX file that has them: categories in a tree of one path each, as the vendors write them.
fn admx(template: &Template) -> String {
    let mut categories: Vec<(&str, Option<&str>)> = Vec::new();
    for policy in &template.policies {
        for (n, name) in policy.categories.iter().enumerate() {
            let above = n.checked_sub(1).map(|n| policy.categories[n].as_str());
            if !categories.iter().any(|(other, _)| other == name) {
                categories.push((name, above));
            }
        }
    }
    let mut out = String::from("<policyDefinitions><policyNamespaces><target prefix=\"own\" namespace=\"x\"/>");
    out.push_str("<using prefix=\"other\" namespace=\"y\"/></policyNamespaces><categories>");
    for (name, above) in categories {
        let above = above.map_or("other:Outer".to_owned(), |above| format!("own:{above}"));
        let _ = write!(out, "<category name=\"{name}\"><parentCategory ref=\"{above}\"/></category>");
    }
    out.push_str("</categories><policies>");
    template.policies.iter().for_each(|policy| write_policy(policy, &mut out));
    out.push_str("</policies></policyDefinitions>");
    out
}

fn write_policy(policy: &Policy, out: &mut String) {
    let class = policy.class.word();
    let _ = write!(out, "<policy name=\"{}\" class=\"{class}\" key=\"{}\">", policy.name, attribute(&policy.keys[0]));
    let _ = write!(out, "<parentCategory ref=\"{}\"/>", policy.categories.last().unwrap());
    if let Some(supported) = &policy.supported {
        let _ = write!(out, "<supportedOn ref=\"windows:{supported}\"/>");
    }
    out.push_str("<elements>");
    for (n, element) in policy.elements.iter().enumerate() {
        let _ = write!(out, "<{} id=\"{}\"", element.kind, attribute(&element.id));
        if let Some(key) = policy.keys.get(n + 1) {
            let _ = write!(out, " key=\"{}\"", attribute(key));
        }
        let truths =
            [("required", element.required), ("explicitValue", element.explicit), ("additive", element.additive)];
        truths.iter().filter(|(_, is)| *is).for_each(|(name, _)| out.push_str(&format!(" {name}=\"true\"")));
        let numbers = [("minValue", element.min), ("maxValue", element.max), ("maxLength", element.max_length)];
        for (name, number) in numbers {
            number.iter().for_each(|number| out.push_str(&format!(" {name}=\"{number}\"")));
        }
        element.prefix.iter().for_each(|prefix| out.push_str(&format!(" valuePrefix=\"{}\"", attribute(prefix))));
        out.push('>');
        for (name, value) in ["trueValue", "falseValue"].iter().zip(&element.stored) {
            value
                .iter()
                .for_each(|value| out.push_str(&format!("<{name}><string>{}</string></{name}>", attribute(value))));
        }
        for value in &element.values {
            let _ = write!(out, "<item displayName=\"x\"><value><string>{}</string></value></item>", attribute(value));
        }
        let _ = write!(out, "</{}>", element.kind);
    }
    out.push_str("</elements></policy>");
}

fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\r', "&#13;")
}

/// Without places: those of an ADMX file and those of a source differ.
fn bare(mut template: Template) -> Template {
    template.span = Span::NOWHERE;
    template.policies.iter_mut().for_each(|policy| policy.span = Span::NOWHERE);
    template
}

/// The facts that a source states.
fn parsed(text: &str) -> (Option<Template>, Diagnostics) {
    let path = "policy-sources/acme/admx/facts.yaml".to_owned();
    let sources = Sources::new(vec![SourceFile { path, content: Content::Bytes(text.as_bytes().to_vec()) }]);
    let mut found = Diagnostics::default();
    let documents = policy::parse(&sources, &mut found);
    let template = documents.into_iter().find_map(|document| match document.content {
        Text::Admx(template) => Some(template),
        _ => None,
    });
    (template, found)
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z][A-Za-z0-9_.-]{0,8}"
}

/// Text that attributes and elements can hold as it is.
fn text() -> impl Strategy<Value = String> {
    "[ -~é漢\u{A0}\u{2028}\u{1F600}]{1,6}"
        .prop_map(|text| text.trim().to_owned())
        .prop_filter("empty", |t| !t.is_empty())
}

fn element() -> impl Strategy<Value = Element> {
    let numbers = (any::<Option<u32>>(), any::<Option<u32>>(), any::<Option<u32>>());
    let truths = (any::<bool>(), any::<bool>(), any::<bool>());
    let texts = (proptest::option::of(text()), proptest::option::of(text()), proptest::option::of(text()));
    let rest = (numbers, truths, texts, proptest::collection::vec(text(), 0..3));
    (proptest::sample::select(&KINDS[..]), rest).prop_map(
        |(kind, ((a, b, most), (x, y, z), (on, off, prefix), values))| {
            let (min, max) = match (a, b) {
                (Some(a), Some(b)) => (Some(a.min(b)), Some(a.max(b))),
                other => other,
            };
            let max_length = most.map(u64::from);
            let (min, max) = (min.map(u64::from), max.map(u64::from));
            let (required, explicit, additive, stored) = (x, y, z, [on, off]);
            let kind = kind.to_owned();
            Element {
                kind,
                id: String::new(),
                required,
                min,
                max,
                max_length,
                values,
                stored,
                explicit,
                additive,
                prefix,
            }
        },
    )
}

fn template() -> impl Strategy<Value = Template> {
    let policy = (
        proptest::sample::select(&Class::WORDS[..]),
        0usize..3,
        proptest::option::of(name()),
        proptest::collection::vec((element(), text()), 0..4),
        text(),
    );
    (name(), proptest::collection::vec((name(), policy), 1..6)).prop_map(|(app, policies)| {
        let read = |(n, (own, ((_, class), depth, supported, elements, key))): (usize, (String, _))| {
            let elements: Vec<(Element, String)> = elements;
            let mut keys = vec![format!("Software\\Policies\\{key}")];
            keys.extend((0..elements.len()).map(|m| format!("Software\\Policies\\{key}\\{m}")));
            let id = |(m, (element, id)): (usize, (Element, String))| Element { id: format!("{id}{m}"), ..element };
            Policy {
                name: format!("{own}{n}"),
                class,
                categories: (0..=depth).map(|level| format!("c{n}-{level}")).collect(),
                keys,
                supported,
                elements: elements.into_iter().enumerate().map(id).collect(),
                span: Span::NOWHERE,
            }
        };
        let policies = policies.into_iter().enumerate().map(read).collect();
        Template { app, file: "generated.admx".to_owned(), digest: String::new(), span: Span::NOWHERE, policies }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn facts_come_back_from_a_file_and_from_a_source(facts in template()) {
        let file = admx(&facts);
        let wide: Vec<u8> = format!("\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n{file}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [file.into_bytes(), wide] {
            let read = read("a/generated.admx", &bytes, Some(&facts.app));
            prop_assert!(read.template.is_some(), "{:?}", read.found.iter().collect::<Vec<_>>());
            let found = bare(read.template.unwrap());
            let expected = Template { digest: found.digest.clone(), ..facts.clone() };
            prop_assert_eq!(&found, &expected);
            let (again, problems) = parsed(&print(&found));
            prop_assert!(problems.iter().next().is_none(), "{:?}", problems.iter().collect::<Vec<_>>());
            prop_assert_eq!(bare(again.unwrap()), found);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(facts in template(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = admx(&facts).into_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let read = read("x.admx", &bytes, None);
        prop_assert!(read.template.is_some() || read.found.has_errors());
    }
}

/// What reading a file finds, as `line: message`.
fn faults(file: &str) -> Vec<String> {
    let read = read("x.admx", file.as_bytes(), None);
    assert!(read.template.is_none() || !read.found.has_errors());
    let line = |finding: &Diagnostic| match &finding.place {
        Place::Source(span) => format!("{}: {}", read.sources.line_column(*span).0, finding.message),
        Place::Artefact { .. } => panic!("a place in the file"),
    };
    read.found.iter().map(line).collect()
}

/// A file around these lines: the third and fourth hold categories, the fifth and all after it policies.
fn file(categories: &str, policies: &str) -> String {
    format!(
        "<policyDefinitions>\n<policyNamespaces><target prefix='p' namespace='n'/></policyNamespaces>\n\
         <categories>{categories}\n</categories>\n<policies>{policies}\n</policies>\n</policyDefinitions>"
    )
}

const ROOT: &str = "<category name='root'/>";

fn policy(inside: &str) -> String {
    format!("<policy name='A' class='Both' key='Software\\X'><parentCategory ref='root'/>{inside}</policy>")
}

#[test]
fn what_is_no_template_is_refused_with_its_place() {
    let check = |file: String, expected: &str| {
        let found = faults(&file);
        assert!(found.iter().any(|line| line.starts_with(expected)), "{file}\n{found:#?}");
    };
    check(String::new(), "1: the file cannot be read: there is no element");
    check("<policyDefinitions>\n<policies>".to_owned(), "2: the file cannot be read: `<policies>` is not closed");
    check("<policyDefinitionResources/>".to_owned(), "1: `<policyDefinitionResources>` begins the file");
    check("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".to_owned(), "1: the file cannot be read: an internal DTD");
    check("<policyDefinitions/>".to_owned(), "1: it defines no policy");
    check(
        "<policyDefinitions>\n<policyNamespaces/></policyDefinitions>".to_owned(),
        "2: it names no namespace of its own",
    );
    check("<a>".repeat(1000), "1: the file cannot be read: more than 64 elements inside one another");
    check(
        file("<category name='a'><parentCategory ref='b'/></category>", ""),
        "5: it defines no policy".replace("5", "1").as_str(),
    );
    let cycle = "<category name='root'><parentCategory ref='b'/></category>\n<category name='b'><parentCategory ref='root'/></category>";
    check(file(cycle, &policy("")), "4: the category `root` stands below itself");
    check(
        file("<category name='root'><parentCategory ref='q:b'/></category>", &policy("")),
        "3: no namespace has the prefix `q`",
    );
    check(
        file("<category name='root'><parentCategory ref='none'/></category>", &policy("")),
        "3: there is no category `none`",
    );
    check(file(&format!("{ROOT}{ROOT}"), &policy("")), "3: the category `root` stands twice");
    check(
        file(ROOT, &format!("{}\n{}", policy(""), policy("").replace("'A'", "'a'"))),
        "6: the policy `a` stands twice",
    );
    check(file("", &policy("")), "5: there is no category `root`");
    check(file(ROOT, "<policy class='Both'/>"), "5: `<policy>` has no `name`");
    check(file(ROOT, "<policy name='a/b' class='Both'/>"), "5: `a/b` is no name");
    check(file(ROOT, "<policy name='a' class='Some'/>"), "5: the class of `a`");
    check(file(ROOT, "<policy name='a' class='User'/>"), "5: the policy `a` has no category");
    check(file(ROOT, &policy("").replace("Software\\X", "")), "5: `A` has no registry key");
    let elements = |inside: &str| file(ROOT, &policy(&format!("<elements>\n{inside}</elements>")));
    check(elements("<other id='a'/>"), "6: `<other>` is no kind of element");
    check(elements("<text/>"), "6: `<text>` has no `id`");
    check(elements("<text id='a'/><text id='A'/>"), "5: the element `A` stands twice");
    check(elements("<decimal id='a' minValue='-1'/>"), "6: `minValue` is a whole number");
    check(elements("<decimal id='a' minValue='9' maxValue='1'/>"), "6: no number is from 9 to 1");
    check(elements("<text id='a' required='maybe'/>"), "6: `required` is `true` or `false`");
    let deep: String =
        (0..40).map(|n| format!("<category name='c{n}'><parentCategory ref='c{}'/></category>", n + 1)).collect();
    check(
        file(&format!("{deep}<category name='c40'/>"), &policy("").replace("'root'", "'c0'")),
        "3: more than 24 categories",
    );
    let outside = file(ROOT, &policy("").replace("ref='root'", "ref='w:System'"));
    check(
        outside.replace("</policyNamespaces>", "<using prefix='w' namespace='m'/></policyNamespaces>"),
        "5: `A` is left out",
    );
}

#[test]
fn encodings_are_what_they_say() {
    let check = |bytes: &[u8], cause: &str| {
        let read = read("x.admx", bytes, None);
        let messages: Vec<&str> = read.found.iter().map(|finding| finding.message.as_str()).collect();
        assert!(messages.iter().any(|message| message.contains(cause)), "{messages:?}");
    };
    check(b"\xFF\xFE<", "not the UTF-16");
    check(b"\xFE\xFF\xD8\x00\x00\x41", "not the UTF-16");
    check(b"<a>\xE9</a>", "not UTF-8");
    check(b"<?xml version='1.0' encoding='windows-1252'?><a/>", "the encoding `windows-1252`");
    check(&vec![b' '; (16 << 20) + 1], "at most 16777216 are read");
}

#[test]
fn a_blocked_root_is_an_error_where_nothing_else_is_there() {
    let weights = |policies: &str| {
        let read = read("x.admx", file(ROOT, policies).as_bytes(), None);
        assert_eq!(read.template.is_some(), !read.found.has_errors());
        read.found.iter().map(|finding| (finding.code, finding.severity)).collect::<Vec<_>>()
    };
    let blocked = policy("").replace("Software\\X", "System\\X");
    assert_eq!(weights(&blocked), [(Code::BlockedRoot, Severity::Error)]);
    let other = policy("").replace("'A'", "'B'");
    assert_eq!(weights(&format!("{blocked}{other}")), [(Code::BlockedRoot, Severity::Warning)]);
    let inside = policy("<elements><text id='a' key='SOFTWARE\\Microsoft\\X'/></elements>");
    assert_eq!(weights(&format!("{inside}{other}")), [(Code::BlockedRoot, Severity::Warning)]);
}

#[test]
fn a_category_of_another_file_is_no_part_of_the_path() {
    let text = "<policyDefinitions><policyNamespaces><target prefix='chrome' namespace='Google.Policies.Chrome'/>\
         <using prefix='Google' namespace='Google.Policies'/></policyNamespaces><categories><category name='googlechrome'>\
         <parentCategory ref='Google:Cat_Google'/></category><category name='Startup'><parentCategory ref='googlechrome'/>\
         </category></categories><policies><policy name='A' class='Both' key='Software\\X'><parentCategory ref='Startup'/>\
         </policy></policies></policyDefinitions>";
    let template = read("chrome.admx", text.as_bytes(), None).template.unwrap();
    assert_eq!((template.app.as_str(), template.policies[0].path().as_str()), ("chrome", "googlechrome~Startup/A"));
}

#[test]
fn apps_are_told_from_locuris() {
    let check = |uri: &str, app: Option<&str>, install: Option<&str>| {
        assert_eq!((app_of(uri), installs(uri)), (app, install), "{uri}");
    };
    check("./Device/Vendor/MSFT/Policy/Config/Edge~Policy~a~b/C", Some("Edge"), None);
    check("./Vendor/MSFT/Policy/Config/Edge~Policy~a/C", Some("Edge"), None);
    check("./User/Vendor/MSFT/Policy/Config/Edge/C", None, None);
    check("./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/Edge/Policy/x", None, Some("Edge"));
    check("./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/Edge/Preference/x", None, None);
    check("./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/Edge/Policy", None, None);
}

/// The LocURIs of a fragment, in their order.
fn locuris(fragment: &str) -> impl Iterator<Item = &str> {
    fragment.split("<LocURI>").skip(1).filter_map(|rest| rest.split("</LocURI>").next())
}

#[test]
fn a_template_stands_before_its_policies_in_every_golden() {
    let mut policies = 0;
    for (path, file) in super::project::files(&super::project::root().join("tests/cases/admx")) {
        // There devices have the template from elsewhere, and the case says so.
        if !path.contains("/golden/") || path == "from-elsewhere/golden/acme/laptops/Policy.Notes.xml" {
            continue;
        }
        let (text, mut there) = (std::fs::read_to_string(file).unwrap(), Vec::new());
        for uri in locuris(&text) {
            there.extend(installs(uri));
            if let Some(app) = app_of(uri) {
                policies += 1;
                assert!(there.contains(&app), "{path}: {uri} stands before its template");
            }
        }
    }
    assert!(policies > 2, "the goldens are gone");
}
