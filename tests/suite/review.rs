//! Laws of comparing two sides, on the real policies: nothing differs from itself, what goes one way comes back the other, layout and
//! order are never behaviour, and nothing that is taken away goes unseen.

use super::project::{root, sources};
use policyc::catalogue::Catalogue;
use policyc::compare::Direction;
use policyc::control::{Given, Order, Parameter, Type};
use policyc::diagnostic::Diagnostics;
use policyc::review::{self, Change, Kind, Review, Side, Subject};
use policyc::setting::{Date, Value};
use policyc::source::yaml::{self, Node};
use policyc::source::{Body, Content, SourceFile, Sources};
use policyc::{Compiled, Request, compile};
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BTreeSet;

fn compiled(sources: &Sources) -> Compiled {
    compile(sources, &Catalogue::embedded(), &Request { as_of: Date::parse("2026-11-22").unwrap() })
}

fn between(before: &Sources, after: &Sources) -> Review {
    since((before, &compiled(before)), after)
}

/// The same, where the earlier side is compiled already.
fn since((before, was): (&Sources, &Compiled), after: &Sources) -> Review {
    let is = compiled(after);
    let sides = (Side::compiled("before", before, was, None), Side::compiled("after", after, &is, None));
    review::between(&sides.0, &sides.1, &Catalogue::embedded())
}

/// The files of one organisation, with what all of them share.
fn organisation(id: &str) -> Vec<SourceFile> {
    let all = sources(&root());
    let own = format!("policy-sources/{id}/");
    let is_shared =
        |path: &str| path.starts_with("policy-sources/baselines/") || path == "policy-sources/releases.yaml";
    all.files()
        .map(|(_, file)| SourceFile { path: file.path.to_string(), content: content(&file.content) })
        .filter(|file| file.path.starts_with(&own) || is_shared(&file.path))
        .collect()
}

fn content(body: &Body) -> Content {
    match body {
        Body::Text(text) => Content::Bytes(text.as_bytes().to_vec()),
        Body::Bytes(bytes) => Content::Bytes(bytes.clone()),
        other => panic!("{other:?}"),
    }
}

fn text(file: &SourceFile) -> &str {
    match &file.content {
        Content::Bytes(bytes) => std::str::from_utf8(bytes).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The files with one of them changed.
fn with(files: &[SourceFile], path: &str, change: impl FnOnce(&str) -> String) -> Sources {
    let mut files = files.to_vec();
    let file = files.iter_mut().find(|file| file.path == path).unwrap();
    file.content = Content::Bytes(change(text(file)).into_bytes());
    Sources::new(files)
}

const ORGANISATIONS: [&str; 4] = ["cafcass", "cafcass-earlier", "ctcic", "childrens-homes"];

fn pairs() -> Vec<(Sources, Sources)> {
    let one = |id: &str| Sources::new(organisation(id));
    vec![
        (one("cafcass-earlier"), one("cafcass")),
        (one("ctcic"), one("childrens-homes")),
        (sources(&root()), one("ctcic")),
    ]
}

#[test]
fn nothing_differs_from_itself() {
    let all = sources(&root());
    let review = between(&all, &all);
    assert!(review.changes.is_empty() && review.files.is_empty() && review.sources.is_empty(), "{:?}", review.changes);
}

#[test]
fn what_goes_one_way_comes_back_the_other() {
    for (before, after) in pairs() {
        let (there, back) = (between(&before, &after), between(&after, &before));
        let key = |change: &Change| (change.kind, change.group.clone(), subject(change));
        let keys = |review: &Review| -> Vec<(Kind, Option<String>, String)> {
            let mut keys: Vec<_> = review.changes.iter().map(key).collect();
            keys.sort();
            keys
        };
        assert_eq!(there.changes.len(), back.changes.len());
        let organisations: BTreeSet<&String> = there.changes.iter().map(|change| &change.organisation).collect();
        let several = organisations.len() > 1;
        // A renamed thing has its present name on either way; all others the same.
        let named =
            |review: &Review| keys(review).into_iter().filter(|(_, _, name)| name != "renamed").collect::<Vec<_>>();
        let only = |one: &Review, other: &Review| {
            let other = named(other);
            named(one).into_iter().filter(|key| !other.contains(key)).collect::<Vec<_>>()
        };
        assert_eq!((only(&there, &back), only(&back, &there)), (Vec::new(), Vec::new()));
        for change in there.changes.iter().filter(|change| subject(change) != "renamed") {
            let is_back = |other: &&Change| {
                let organisation = several && other.organisation != change.organisation;
                !organisation
                    && key(other) == key(change)
                    && (&other.before, &other.after) == (&change.after, &change.before)
            };
            let other = back.changes.iter().find(is_back);
            let other = other.unwrap_or_else(|| panic!("{} {} has no way back", change.subject, change.what));
            let turned = |what: &str| match what {
                "added" => "removed".to_owned(),
                "removed" => "added".to_owned(),
                same => same.to_owned(),
            };
            assert_eq!(other.what, turned(change.what), "{}", change.subject);
            if change.judgement.parts.is_empty() && other.judgement.parts.is_empty() {
                assert_eq!(
                    other.direction(),
                    change.direction().reversed(),
                    "{} {:?}",
                    change.subject,
                    other.judgement
                );
            }
            assert_eq!(other.settings.len(), change.settings.len(), "{}", change.subject);
        }
    }
}

/// What a change is of, where its name is the same on both ways.
fn subject(change: &Change) -> String {
    let renames = matches!(change.what, "renamed" | "renumbered");
    // A field of a clause has the number that the clause has on the later side.
    let field = matches!(&change.subject, Subject::Clause(_, Some(_)) | Subject::File(_) | Subject::Source(_));
    if renames || field || change.kind == Kind::Identity { "renamed".to_owned() } else { change.subject.to_string() }
}

#[test]
fn layout_and_order_are_never_behaviour() {
    for id in ORGANISATIONS {
        let files = organisation(id);
        let plain = Sources::new(files.clone());
        let turned: Vec<SourceFile> =
            files.iter().map(|file| SourceFile { path: file.path.clone(), content: rewritten(&plain, file) }).collect();
        let turned = Sources::new(turned);
        let errors = compiled(&turned);
        assert!(!errors.found.has_errors(), "{id}: {:?}", errors.found.iter().next());
        let review = between(&plain, &turned);
        assert!(review.changes.is_empty(), "{id}: {:#?}", review.changes.first());
        assert!(!review.sources.is_empty(), "{id}: the text is the same");
    }
}

/// The file in another layout: block style throughout, keys and unordered lists turned round, every comment gone.
fn rewritten(sources: &Sources, file: &SourceFile) -> Content {
    let Some((id, _)) = sources.at(&file.path) else { return file.content.clone() };
    let Some(root) =
        file.path.ends_with(".yaml").then(|| yaml::parse(sources, id, &mut Diagnostics::default())).flatten()
    else {
        return file.content.clone();
    };
    let mut text = String::new();
    block(&root, 0, true, &mut text);
    Content::Bytes(text.into_bytes())
}

fn block(node: &Node, depth: usize, first_stays: bool, text: &mut String) {
    let indent = "  ".repeat(depth);
    match &node.kind {
        yaml::Kind::Scalar { text: own, plain: true } => text.push_str(&format!(" {own}\n")),
        yaml::Kind::Scalar { text: own, plain: false } => {
            text.push_str(&format!(" {}\n", serde_json::to_string(own).unwrap()))
        }
        yaml::Kind::List(items) if items.is_empty() => text.push_str(" []\n"),
        yaml::Kind::Map(entries) if entries.is_empty() => text.push_str(" {}\n"),
        yaml::Kind::List(items) => {
            text.push('\n');
            for item in items {
                text.push_str(&format!("{indent}-"));
                block(item, depth + 1, false, text);
            }
        }
        yaml::Kind::Map(entries) => {
            if depth > 0 {
                text.push('\n');
            }
            // The first key says what a file is.
            let (head, rest) = entries.split_at(usize::from(first_stays && depth == 0));
            for entry in head.iter().chain(rest.iter().rev()) {
                let key = if entry.plain {
                    entry.key.value.clone()
                } else {
                    serde_json::to_string(&entry.key.value).unwrap()
                };
                text.push_str(&format!("{indent}{key}:"));
                block(&entry.value, depth + 1, false, text);
            }
        }
    }
}

/// Every value that a clause gives for a parameter that has an order: file, place, clause, control, parameter, value.
struct Stated {
    organisation: &'static str,
    path: String,
    range: std::ops::Range<usize>,
    clause: String,
    parameter: Parameter,
    control: String,
    value: Given,
}

fn given() -> Vec<Stated> {
    let mut all = Vec::new();
    for id in ORGANISATIONS {
        let sources = Sources::new(organisation(id));
        let compiled = compiled(&sources);
        let mut seen = BTreeSet::new();
        for organisation in &compiled.policy.organisations {
            for group in &organisation.groups {
                for bound in &group.controls {
                    for parameter in bound.control.parameters.iter().filter(|p| p.order != Order::Equal) {
                        let Some(own) = bound.parameters.get(&parameter.name.value) else { continue };
                        for contribution in own.contributions.iter().filter(|c| c.decided && own.exceptions.is_empty())
                        {
                            if !seen.insert(contribution.span) {
                                continue;
                            }
                            let path = sources.path(contribution.span.file).to_owned();
                            all.push(Stated {
                                organisation: id,
                                path,
                                range: contribution.span.start as usize..contribution.span.end as usize,
                                clause: contribution.clause.to_string(),
                                parameter: parameter.clone(),
                                control: bound.control.id.value.clone(),
                                value: contribution.value.clone(),
                            });
                        }
                    }
                }
            }
        }
    }
    all
}

/// Another value of the parameter, as it is written, that lies on one side of the present one.
fn beside(parameter: &Parameter, value: &Given, wanted: Ordering) -> Option<String> {
    let candidates: Vec<Value> = match &parameter.kind {
        Type::Boolean => vec![Value::Boolean(true), Value::Boolean(false)],
        Type::Integer { range: Some((low, high)), .. } => match value {
            Some(Value::Integer(n)) => {
                [n - 1, n + 1].into_iter().filter(|m| (low..=high).contains(&m)).map(Value::Integer).collect()
            }
            _ => Vec::new(),
        },
        Type::Integer { values, .. } => values.iter().copied().map(Value::Integer).collect(),
        Type::Word(words) => words.iter().map(Value::text).collect(),
        Type::Set { values, .. } if !values.is_empty() => {
            let whole = Value::array(values.iter().map(Value::text));
            values.iter().map(|word| Value::array([Value::text(word)])).chain([whole]).collect()
        }
        _ => Vec::new(),
    };
    let found = candidates.into_iter().find(|other| parameter.compare(&Some(other.clone()), value) == Some(wanted))?;
    Some(match found {
        Value::Text(word) => word,
        other => other.to_string(),
    })
}

#[test]
fn a_parameter_that_goes_weaker_or_stronger_is_said_so_with_its_clause() {
    let all = given();
    assert!(all.len() > 100, "{}", all.len());
    let cases: Vec<(&Stated, Ordering, String)> = all
        .iter()
        .flat_map(|one| {
            let sides = [Ordering::Less, Ordering::Greater];
            sides.into_iter().filter_map(move |side| Some((one, side, beside(&one.parameter, &one.value, side)?)))
        })
        .collect();
    assert!(cases.len() > 100, "{}", cases.len());
    cases.par_iter().for_each(|(one, side, value)| {
        let files = organisation(one.organisation);
        let before = Sources::new(files.clone());
        let after =
            with(&files, &one.path, |text| format!("{}{value}{}", &text[..one.range.start], &text[one.range.end..]));
        let review = between(&before, &after);
        let expected = if *side == Ordering::Less { Direction::Weaker } else { Direction::Stronger };
        let name = format!("{} {} {}.{}: {value}", one.organisation, one.clause, one.control, one.parameter.name.value);
        let is_it = |change: &&Change| {
            let (control, parameter) = (&one.control, &one.parameter.name.value);
            let names = match &change.subject {
                Subject::Control { control: c, parameter: Some(p), .. } => c == control && p == parameter,
                Subject::Clause(_, Some(path)) => {
                    path.starts_with(&format!("require.{control}")) && path.ends_with(parameter.as_str())
                }
                _ => false,
            };
            names && change.clauses.iter().any(|clause| clause.to_string() == one.clause)
        };
        let found = review.changes.iter().find(is_it);
        let found = found.unwrap_or_else(|| {
            panic!("{name}: {:?}", review.changes.iter().map(|c| c.subject.to_string()).collect::<Vec<_>>())
        });
        assert_eq!(found.direction(), expected, "{name}: {:?}", found.judgement);
    });
}

#[test]
fn what_is_taken_away_is_never_silent() {
    for id in ORGANISATIONS {
        let files = organisation(id);
        let before = Sources::new(files.clone());
        let was = compiled(&before);
        for file in &files {
            let rest: Vec<SourceFile> = files.iter().filter(|other| other.path != file.path).cloned().collect();
            let review = since((&before, &was), &Sources::new(rest));
            assert!(!review.changes.is_empty() || !review.sources.is_empty(), "{} is gone unseen", file.path);
        }
        let items: Vec<(String, String, std::ops::Range<usize>)> = files
            .iter()
            .filter(|file| file.path.contains(&format!("/{id}/")))
            .flat_map(|file| listed(&before, file))
            .collect();
        assert!(items.len() > 20, "{id}: {}", items.len());
        // Each compiles the organisation: every third of the clauses, and all of the rest.
        let chosen: Vec<_> = items
            .iter()
            .enumerate()
            .filter(|(n, (path, ..))| n % 3 == 0 || path.ends_with("s.yaml"))
            .map(|(_, item)| item)
            .collect();
        chosen.par_iter().for_each(|(path, item, range)| {
            let after = with(&files, path, |text| format!("{}{}", &text[..range.start], &text[range.end..]));
            let review = since((&before, &was), &after);
            let named = review.changes.iter().any(|change| {
                let name = change.subject.to_string();
                change.what == "removed" && (name.ends_with(item.as_str()) || change.group.as_ref() == Some(item))
            });
            assert!(
                named,
                "{path}: {item}: {:?}",
                review.changes.iter().map(|c| format!("{} {}", c.subject, c.what)).collect::<Vec<_>>()
            );
        });
    }
}

/// Clauses, exceptions and groups of a file, with the lines that each takes.
fn listed(sources: &Sources, file: &SourceFile) -> Vec<(String, String, std::ops::Range<usize>)> {
    let Some((id, _)) = sources.at(&file.path).filter(|_| file.path.ends_with(".yaml")) else { return Vec::new() };
    let Some(root) = yaml::parse(sources, id, &mut Diagnostics::default()) else { return Vec::new() };
    let yaml::Kind::Map(entries) = &root.kind else { return Vec::new() };
    let own = text(file);
    let line = |at: usize| own[..at].rfind('\n').map_or(0, |n| n + 1);
    let mut found = Vec::new();
    for entry in entries {
        let starts: Vec<(String, usize)> = match &entry.value.kind {
            yaml::Kind::List(items) if entry.key.value == "clauses" || entry.key.value == "exceptions" => items
                .iter()
                .filter_map(|item| {
                    let yaml::Kind::Map(fields) = &item.kind else { return None };
                    let id = fields.iter().find(|field| field.key.value == "id")?;
                    let yaml::Kind::Scalar { text, .. } = &id.value.kind else { return None };
                    Some((text.clone(), line(item.span.start as usize)))
                })
                .collect(),
            yaml::Kind::Map(groups) if entry.key.value == "groups" => {
                groups.iter().map(|group| (group.key.value.clone(), line(group.key.span.start as usize))).collect()
            }
            _ => continue,
        };
        for (n, (id, start)) in starts.iter().enumerate() {
            let end = starts.get(n + 1).map_or(own.len(), |(_, next)| *next);
            found.push((file.path.clone(), id.clone(), *start..end));
        }
    }
    found
}

#[test]
fn one_value_among_files_in_another_layout_is_all_that_is_behaviour() {
    let files = organisation("cafcass");
    let plain = Sources::new(files.clone());
    let turned: Vec<SourceFile> =
        files.iter().map(|file| SourceFile { path: file.path.clone(), content: rewritten(&plain, file) }).collect();
    let changed = with(&turned, "policy-sources/cafcass/it-policy.yaml", |text| {
        assert!(text.contains("min-length: 6"), "the test looks for a PIN of the policy");
        text.replacen("min-length: 6", "min-length: 7", 1)
    });
    let review = between(&plain, &changed);
    let behaviour: Vec<String> =
        review.changes.iter().filter(|change| change.kind == Kind::Behaviour).map(|c| c.subject.to_string()).collect();
    assert_eq!(behaviour.len(), 1, "{behaviour:?}");
    assert!(behaviour[0].ends_with("min-length") && review.changes.len() == 1, "{behaviour:?}");
}

#[test]
fn a_group_that_is_renamed_keeps_its_identity_where_formerly_says_so() {
    let files = organisation("ctcic");
    let before = Sources::new(files.clone());
    let renamed = |formerly: &str| {
        let mut files = files.clone();
        for file in files.iter_mut().filter(|file| file.path.contains("/ctcic/")) {
            let text = text(file).replace("company-phones", "work-phones");
            let head = "  work-phones:\n";
            file.content = Content::Bytes(text.replace(head, &format!("{head}{formerly}")).into_bytes());
        }
        between(&before, &Sources::new(files))
    };
    let kept = renamed("    formerly: company-phones\n");
    let kinds: BTreeSet<Kind> = kept.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, BTreeSet::from([Kind::Cosmetic]), "{:?}", kept.changes.first());
    let lost = renamed("");
    assert!(lost.changes.iter().all(|change| change.kind != Kind::Behaviour), "{:?}", lost.changes.first());
    let told = lost.changes.iter().find(|change| change.what == "renamed" && change.kind == Kind::Identity).unwrap();
    assert!(told.cure.as_ref().is_some_and(|cure| cure.contains("formerly: company-phones")), "{told:?}");
    let reinstalled = lost.changes.iter().filter(|change| change.impacts.iter().any(|i| i.starts_with("reinstall")));
    assert!(reinstalled.count() > 0);
}

/// Two files that somebody holds against one another: what they are called says nothing, and nobody knows their devices.
#[test]
fn two_files_are_before_and_after_whatever_they_are_called() {
    let approved = |path: &str| std::fs::read_to_string(root().join("golden").join(path)).unwrap();
    for (path, from, to, impact) in [
        (
            "cafcass/iphones/com.apple.mobiledevice.passwordpolicy.mobileconfig",
            "<integer>6<",
            "<integer>8<",
            "passcode-change: on iOS",
        ),
        ("cafcass/laptops/BitLocker.xml", "<Data>1<", "<Data>0<", "none known"),
    ] {
        let text = approved(path);
        assert!(text.contains(from), "{path} has no {from}");
        let file = |name: &str, text: String| SourceFile {
            path: format!("files/files/{name}"),
            content: Content::Bytes(text.into_bytes()),
        };
        let extension = path.rsplit('.').next().unwrap();
        let before = [file(&format!("old.{extension}"), text.clone())];
        let after = [file(&format!("new.{extension}"), text.replacen(from, to, 1))];
        let review = review::between(&Side::files("old", &before), &Side::files("new", &after), &Catalogue::embedded());
        let [change] = review.changes.as_slice() else { panic!("{path}: {:#?}", review.changes) };
        assert_eq!(change.kind, Kind::Behaviour);
        let said = if change.impacts.is_empty() { vec!["none known".to_owned()] } else { change.impacts.clone() };
        assert!(said.iter().any(|said| said.starts_with(impact)), "{path}: {said:?}");
    }
}
