//! Groups and settings for the tests of the back ends.

use super::{Artefact, encode};
use crate::catalogue::Catalogue;
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::setting::{
    Address, Basis, Bundle, Channel, Delivery, Dialect, Enrolment, Family, Leaf, Origin, OsVersion, Platform, Role,
    Setting, Target, Value,
};
use crate::source::{Span, Spanned};
use std::collections::BTreeSet;

/// A group of that platform.
pub(super) fn group(platform: Platform) -> Target {
    let deliver: &[Delivery] = match platform.is_apple() {
        true => &[Delivery::Mobileconfig, Delivery::Declarations],
        false => &[Delivery::Syncml],
    };
    Target {
        organisation: "example".to_owned(),
        organisation_name: "Example".to_owned(),
        identifier: "org.example".to_owned(),
        group: Spanned::nowhere("phones".to_owned()),
        identity: "old-phones".to_owned(),
        title: "Phones".to_owned(),
        platform: Spanned::nowhere(platform),
        os: Spanned::nowhere(OsVersion::parse("18").unwrap()),
        enrolment: Spanned::nowhere(Enrolment::Device),
        supervised: Spanned::nowhere(true),
        deliver: deliver.iter().copied().map(Spanned::nowhere).collect(),
        editions: Vec::new(),
        join: None,
        has: BTreeSet::new(),
        bundle: Bundle::PerType,
        assign: Vec::new(),
        server: None,
        profile_url: None,
        compliance: crate::setting::Compliance::Derived,
        intune: Spanned::nowhere(Dialect::Catalogue),
        kept: Default::default(),
    }
}

/// A key of a payload, its path written with dots.
pub(super) fn key(owner: &str, path: &str, value: Value) -> Setting {
    let keys = path.split('.').filter(|key| !key.is_empty()).map(str::to_owned).collect();
    let address = Address {
        family: Family::Profile,
        channel: Channel::Device,
        owner: owner.to_owned(),
        instance: None,
        leaf: Leaf::Keys(keys),
    };
    Setting::found(address, value)
}

/// A key of a declaration, its path written with dots.
pub(super) fn declared(owner: &str, path: &str, value: Value) -> Setting {
    let mut setting = key(owner, path, value);
    setting.address.family = Family::Declaration;
    setting
}

/// A key of a command, its path written with dots; the command alone where there is none.
pub(super) fn commanded(owner: &str, path: &str, value: Value) -> Setting {
    let mut setting = key(owner, path, value);
    setting.address.family = Family::Command;
    setting
}

/// A part of a node.
pub(super) fn node(uri: &str, leaf: Leaf, value: Value) -> Setting {
    let channel = if uri.starts_with("./User/") { Channel::User } else { Channel::Device };
    Setting::found(Address { family: Family::Csp, channel, owner: uri.to_owned(), instance: None, leaf }, value)
}

impl Setting {
    /// The same setting in another instance of its payload.
    pub(super) fn instance(mut self, name: &str) -> Setting {
        self.address.instance = Some(name.to_owned());
        self
    }

    /// The same setting on the user channel.
    pub(super) fn user(mut self) -> Setting {
        self.address.channel = Channel::User;
        self
    }

    /// The same setting in a profile that an entry names.
    pub(super) fn in_profile(mut self, name: &str) -> Setting {
        self.profile = Some(name.to_owned());
        self
    }

    /// The same setting, written by a control.
    pub(super) fn by(mut self, control: &str) -> Setting {
        self.origins.push(Origin {
            control: Some(control.to_owned()),
            formerly: None,
            instance: None,
            parameters: Vec::new(),
            clauses: Vec::new(),
            deciding: 0,
            role: Role::Carrying,
            basis: Basis::Stated,
            exceptions: Vec::new(),
            entry: Span::NOWHERE,
        });
        self
    }
}

/// What the group gets, and what there is to say about it.
pub(super) fn encoded(target: &Target, settings: Vec<Setting>) -> (Vec<Artefact>, Vec<Diagnostic>) {
    let mut found = Diagnostics::default();
    let checked = Checked::unchecked(target.clone(), settings);
    let artefacts = encode(&checked, &Catalogue::embedded(), &mut found);
    (artefacts, found.iter().cloned().collect())
}
