//! Reviews that formats are shown: one as they come, one in which every text is hostile, one that is long.

use policyc::compare::{Direction, Judgement};
use policyc::review::{Approval, Change, FileChange, FileText, Kind, Moved, Place, Review, SourceChange, Subject};
use policyc::setting::{Address, Channel, ClauseRef, Family, Leaf};

/// What an attacker may write wherever text is taken: markup, an end of attributes, of scripts, of comments and of tables, a template,
/// a turn of the direction, a terminal's escape, and a character that takes no room.
pub const HOSTILE: &str = "<script>window.hostile=1</script>\"'><img src=x onerror=window.hostile=2>]]>-->|`{{7*7}}${7}\u{202e}\u{1b}[31m\u{200b}\u{2028}end";

pub fn clause(policy: &str, clause: &str) -> ClauseRef {
    ClauseRef { policy: policy.to_owned(), clause: clause.to_owned() }
}

pub fn judged(direction: Direction, because: &str) -> Judgement {
    Judgement { direction, parts: Vec::new(), because: because.to_owned() }
}

fn key(owner: &str, key: &str) -> Address {
    let leaf = Leaf::Keys(vec![key.to_owned()]);
    Address { family: Family::Profile, channel: Channel::Device, owner: owner.to_owned(), instance: None, leaf }
}

fn node(path: &str) -> Address {
    let owner = path.to_owned();
    Address { family: Family::Csp, channel: Channel::Device, owner, instance: None, leaf: Leaf::Node }
}

fn moved(address: Address, (before, after): (Option<&str>, Option<&str>), file: &str, direction: Direction) -> Moved {
    Moved {
        address,
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
        judgement: judged(direction, "a row of the polarity table"),
        clauses: vec![clause("it-policy", "2.13.a"), clause("cyber-essentials", "2")],
        file_before: before.map(|_| file.to_owned()),
        file_after: after.map(|_| file.to_owned()),
        impacts: Vec::new(),
    }
}

/// A change of one group of `cafcass`, behaviour unless said otherwise.
fn change(id: &str, group: Option<&str>, subject: Subject, direction: Direction) -> Change {
    Change {
        id: id.to_owned(),
        kind: Kind::Behaviour,
        judgement: judged(direction, "the control says which side of the parameter is stricter"),
        organisation: "cafcass".to_owned(),
        group: group.map(str::to_owned),
        subject,
        what: "changed",
        before: None,
        after: None,
        clauses: Vec::new(),
        exceptions: Vec::new(),
        settings: Vec::new(),
        impacts: Vec::new(),
        place: Some(Place {
            later: true,
            path: "policy-sources/cafcass/it-policy.yaml".to_owned(),
            line: 340,
            column: 47,
        }),
        cure: None,
    }
}

fn parameter(control: &str, parameter: &str) -> Subject {
    Subject::Control { control: control.to_owned(), instance: None, parameter: Some(parameter.to_owned()) }
}

fn approval(by: &str, why: &str) -> Approval {
    Approval { by: by.to_owned(), date: "2026-03-30".to_owned(), why: why.to_owned() }
}

/// A review as they come: every kind, direction and sort of subject.
pub fn sample() -> Review {
    let text = |value: &str| Some(value.to_owned());
    let mut length =
        change("5d2f0c9a71e4b836", Some("iphones"), parameter("passcode", "min-length"), Direction::Weaker);
    (length.before, length.after) = (text("8"), text("6"));
    length.clauses = vec![clause("it-policy", "2.13.a"), clause("cyber-essentials", "2")];
    let numbers = (Some("8"), Some("6"));
    let file = "com.apple.mobiledevice.passwordpolicy.mobileconfig";
    length.settings =
        vec![moved(key("com.apple.mobiledevice.passwordpolicy", "minLength"), numbers, file, Direction::Weaker)];
    length.impacts = vec!["a shorter passcode is taken from now on; nobody is asked to change one".to_owned()];

    let mut disk =
        change("a31c77d9e5b0f248", Some("laptops"), parameter("disk-encryption", "startup-pin"), Direction::Unknown);
    (disk.before, disk.after) = (text("none"), text("{ min-length: 6, enhanced: true }"));
    disk.what = "added";
    disk.judgement.parts = vec![
        ("a PIN is asked for before Windows starts".to_owned(), Direction::Stronger),
        ("enhanced PINs take letters, which some keyboards do not have so early".to_owned(), Direction::Unknown),
    ];
    disk.clauses = vec![clause("it-policy", "4.2"), clause("information-assurance", "4.3·s2")];
    let bitlocker = "./Device/Vendor/MSFT/BitLocker/SystemDrivesRequireStartupAuthentication";
    disk.settings = vec![
        moved(node(bitlocker), (None, Some("enabled")), "BitLocker.xml", Direction::Stronger),
        moved(
            node("./Device/Vendor/MSFT/BitLocker/SystemDrivesEnhancedPIN"),
            (None, Some("enabled")),
            "BitLocker.xml",
            Direction::Unknown,
        ),
    ];
    disk.settings[0].impacts =
        vec!["drives that are encrypted already keep their protectors until they are encrypted anew".to_owned()];
    disk.exceptions = vec!["reading-room-laptops".to_owned()];

    let mut camera = change(
        "0be6f4a2c8d91735",
        Some("iphones"),
        Subject::Setting(key("com.apple.applicationaccess", "allowCamera")),
        Direction::Stronger,
    );
    (camera.what, camera.after) = ("added", text("false"));
    camera.clauses = vec![clause("it-policy", "2.10")];

    let mut profile = change(
        "77e09ab4d12c35f6",
        Some("iphones"),
        Subject::File("com.apple.webcontent-filter.mobileconfig".into()),
        Direction::Neutral,
    );
    (profile.kind, profile.what) = (Kind::Identity, "renamed");
    (profile.before, profile.after) =
        (text("uk.example.cafcass.phones.filter"), text("uk.example.cafcass.iphones.filter"));
    profile.impacts = vec!["the profile is removed and installed anew: the filter is off in between".to_owned()];
    profile.cure = text("formerly: phones");

    let mut worded = change(
        "c90d1e2f3a4b5566",
        None,
        Subject::Clause(clause("it-policy", "4.11.a"), Some("summary".into())),
        Direction::Neutral,
    );
    worded.kind = Kind::Cosmetic;
    worded.before =
        text("Mobile phones lock themselves after no more than five minutes without use, and unlock with a passcode");
    worded.after = text(
        "Phones lock themselves after no more than five minutes without use, and unlock with a passcode or a face",
    );

    let mut gone =
        change("e4d3c2b1a0998877", None, Subject::Clause(clause("it-policy", "6.2"), None), Direction::Weaker);
    (gone.what, gone.before) = ("removed", text("Personal devices reach mail only through the managed app"));
    gone.place =
        Some(Place { later: false, path: "policy-sources/cafcass/it-policy.yaml".into(), line: 712, column: 9 });

    let mut lapsed = change(
        "1122334455667788",
        Some("laptops"),
        Subject::Exception("reading-room-laptops".into(), Some("expires".into())),
        Direction::Weaker,
    );
    (lapsed.before, lapsed.after) = (text("2026-03-31"), text("2026-09-30"));
    lapsed.clauses = vec![clause("it-policy", "4.2")];

    let plist = |length: u32, letters: &str| {
        let lines: String = (0..14).map(|n| format!("\t\t\t<key>other{n}</key>\n\t\t\t<false/>\n")).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n\t<key>PayloadContent</key>\n\t<array>\n\t\t<dict>\n{lines}\t\t\t<key>minLength</key>\n\t\t\t<integer>{length}</integer>\n\t\t\t<key>requireAlphanumeric</key>\n\t\t\t<{letters}/>\n\t\t</dict>\n\t</array>\n</dict>\n</plist>\n"
        )
    };
    let group = |group: &str| ("cafcass".to_owned(), group.to_owned());
    let (organisation, phones) = group("iphones");
    let passcode = FileChange {
        organisation: organisation.clone(),
        group: phones.clone(),
        before: text(file),
        after: text(file),
        identities: Vec::new(),
        text: FileText::Shown { before: plist(8, "false"), after: plist(6, "true") },
    };
    let renamed = FileChange {
        before: text("phones.com.apple.webcontent-filter.mobileconfig"),
        after: text("com.apple.webcontent-filter.mobileconfig"),
        identities: vec![(
            "PayloadIdentifier".into(),
            text("uk.example.cafcass.phones.filter"),
            text("uk.example.cafcass.iphones.filter"),
        )],
        text: FileText::Withheld("it holds a secret".into()),
        ..passcode.clone()
    };
    let added = FileChange {
        group: "laptops".to_owned(),
        before: None,
        after: text("BitLocker.xml"),
        text: FileText::Shown { before: String::new(), after: "<Replace>\n  <CmdID>1</CmdID>\n  <Item>\n    <Target><LocURI>./Device/Vendor/MSFT/BitLocker/SystemDrivesRequireStartupAuthentication</LocURI></Target>\n  </Item>\n</Replace>\n".into() },
        ..passcode.clone()
    };
    Review {
        approved: [(
            "1122334455667788".to_owned(),
            approval("the Chief Information Officer", "the reading room stays open"),
        )]
        .into(),
        before: "golden/".to_owned(),
        after: "policy-sources/".to_owned(),
        remarks: vec!["the earlier side is files alone: its clauses are not known".to_owned()],
        changes: vec![length, gone, lapsed, disk, camera, profile, worded],
        files: vec![passcode, renamed, added],
        sources: vec![
            SourceChange { path: "policy-sources/cafcass/it-policy.yaml".into(), was: true, is: true },
            SourceChange { path: "policy-sources/cafcass/secrets.yaml".into(), was: false, is: true },
        ],
    }
}

/// A review in which every text is [`HOSTILE`].
pub fn hostile() -> Review {
    let text = || HOSTILE.to_owned();
    let some = || Some(HOSTILE.to_owned());
    let judgement = || Judgement {
        direction: Direction::Weaker,
        parts: vec![(text(), Direction::Stronger), (text(), Direction::Weaker)],
        because: text(),
    };
    let asked = || ClauseRef { policy: text(), clause: text() };
    let address = Address { instance: some(), ..key(HOSTILE, HOSTILE) };
    let subjects = [
        Subject::Organisation(text()),
        Subject::Group(some()),
        Subject::Group(None),
        Subject::Control { control: text(), instance: some(), parameter: some() },
        Subject::Setting(address.clone()),
        Subject::Policy(text(), some()),
        Subject::Clause(asked(), some()),
        Subject::Exception(text(), some()),
        Subject::File(text()),
        Subject::Source(text()),
    ];
    let change = |(n, subject): (usize, Subject)| Change {
        id: text(),
        kind: Kind::WORDS[n % 3].0,
        judgement: judgement(),
        organisation: text(),
        group: (n % 2 == 0).then(text),
        subject,
        what: "changed",
        before: Some(HOSTILE.repeat(1 + n % 2)),
        after: some(),
        clauses: vec![asked()],
        exceptions: vec![text()],
        settings: vec![Moved {
            address: address.clone(),
            before: some(),
            after: some(),
            judgement: judgement(),
            clauses: vec![asked()],
            file_before: some(),
            file_after: Some(format!("{HOSTILE}.xml")),
            impacts: vec![text()],
        }],
        impacts: vec![text()],
        place: Some(Place { later: true, path: text(), line: 1, column: 1 }),
        cure: some(),
    };
    let file = |text: FileText| FileChange {
        organisation: HOSTILE.to_owned(),
        group: HOSTILE.to_owned(),
        before: some(),
        after: Some(format!("{HOSTILE}.xml")),
        identities: vec![(HOSTILE.to_owned(), some(), None)],
        text,
    };
    Review {
        approved: [(text(), approval(HOSTILE, HOSTILE))].into(),
        before: text(),
        after: text(),
        remarks: vec![text()],
        changes: subjects.into_iter().enumerate().map(change).collect(),
        files: vec![
            file(FileText::Shown { before: format!("{HOSTILE}\nsame\n"), after: format!("{HOSTILE}!\nsame\n") }),
            file(FileText::Withheld(text())),
        ],
        sources: vec![SourceChange { path: text(), was: true, is: false }],
    }
}

/// A review of so many changes, with the files that go with them.
pub fn many(count: usize) -> Review {
    let pattern = sample();
    let mut review = Review { changes: Vec::new(), files: Vec::new(), ..pattern.clone() };
    for n in 0..count {
        let mut change = pattern.changes[n % pattern.changes.len()].clone();
        change.id = format!("{n:016x}");
        change.organisation = ["cafcass", "childrens-homes", "ctcic"][n % 3].to_owned();
        change.group = change.group.map(|group| format!("{group}-{}", n % 5));
        change.clauses =
            vec![clause("it-policy", &format!("{}.{}", 1 + n % 9, n % 23)), clause("cyber-essentials", "2")];
        for moved in &mut change.settings {
            moved.address.owner.push_str(&(n % 40).to_string());
            moved.clauses.clone_from(&change.clauses);
        }
        review.changes.push(change);
        if n % 5 == 0 {
            let mut file = pattern.files[n % pattern.files.len()].clone();
            file.after = file.after.map(|path| format!("{n}.{path}"));
            review.files.push(file);
        }
    }
    review
}
