//! On which OS a key is there, after inheritance: payload, key, subkey, each field by itself (`supportedOS` in Apple's
//! `docs/schema.md`).

use super::entry::{Form, Schema, SharedIpad, Support};
use super::{Catalogue, KeyMatch};
use crate::setting::Platform;
use std::borrow::Cow;

impl Catalogue {
    /// Whether devices of a platform take a payload of this type once.
    pub fn takes_once(&self, platform: Platform, owner: &str) -> bool {
        let multiple = |schema: &Schema| schema.support(platform).and_then(|support| support.multiple);
        self.schemas(Form::Profile, owner).iter().any(|schema| multiple(schema) == Some(false))
    }
}

impl<'a> KeyMatch<'a> {
    /// Availability on one OS after inheritance: payload, then key, then subkey, field by field. An OS that a key does not list
    /// is inherited; one that the payload does not list, or lists as `n/a`, is not there for any of its keys.
    ///
    /// `None` where it is not there.
    pub fn support(&self, platform: Platform) -> Option<Cow<'a, Support>> {
        self.schema.support(platform)?;
        self.inherited(platform.word()).filter(|effective| effective.introduced.as_deref() != Some("n/a"))
    }

    /// What the levels say together of an OS that the payload lists, be it that it is not there.
    pub(crate) fn inherited(&self, os: &str) -> Option<Cow<'a, Support>> {
        let payload = Cow::Borrowed(self.schema.support.get(os)?);
        let levels = self.chain.iter().filter_map(|key| key.support.get(os));
        // Most keys say nothing of their own.
        Some(levels.fold(payload, |outer, own| Cow::Owned(own.under(&outer))))
    }
}

impl Schema {
    /// Availability of the payload, declaration or command on one OS; `None` where it is not there.
    pub fn support(&self, platform: Platform) -> Option<&Support> {
        self.support.get(platform.word()).filter(|own| own.introduced.as_deref() != Some("n/a"))
    }
}

impl Support {
    /// What holds for a level that says `self` inside one for which `outer` holds.
    pub fn under(&self, outer: &Support) -> Support {
        fn field<T: Clone>(own: &Option<T>, outer: &Option<T>) -> Option<T> {
            own.clone().or_else(|| outer.clone())
        }
        Support {
            introduced: field(&self.introduced, &outer.introduced),
            deprecated: field(&self.deprecated, &outer.deprecated),
            removed: field(&self.removed, &outer.removed),
            supervised: field(&self.supervised, &outer.supervised),
            requiresdep: field(&self.requiresdep, &outer.requiresdep),
            userapprovedmdm: field(&self.userapprovedmdm, &outer.userapprovedmdm),
            allowmanualinstall: field(&self.allowmanualinstall, &outer.allowmanualinstall),
            devicechannel: field(&self.devicechannel, &outer.devicechannel),
            userchannel: field(&self.userchannel, &outer.userchannel),
            multiple: field(&self.multiple, &outer.multiple),
            accessrights: field(&self.accessrights, &outer.accessrights),
            userenrollment: field(&self.userenrollment, &outer.userenrollment),
            sharedipad: match (&self.sharedipad, &outer.sharedipad) {
                (Some(own), Some(outer)) => Some(SharedIpad {
                    mode: field(&own.mode, &outer.mode),
                    devicechannel: field(&own.devicechannel, &outer.devicechannel),
                    userchannel: field(&own.userchannel, &outer.userchannel),
                    allowed_scopes: field(&own.allowed_scopes, &outer.allowed_scopes),
                }),
                (own, outer) => field(own, outer),
            },
            allowed_enrollments: field(&self.allowed_enrollments, &outer.allowed_enrollments),
            allowed_scopes: field(&self.allowed_scopes, &outer.allowed_scopes),
            always_skippable: field(&self.always_skippable, &outer.always_skippable),
            beta: field(&self.beta, &outer.beta),
        }
    }
}
