//! On which OS a key is there, after inheritance: payload, key, subkey, each field by itself (`supportedOS` in Apple's
//! `docs/schema.md`).

use super::entry::{Form, Holding, Schema, SharedIpad, Support};
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
        let ask = || {
            self.schema.support(platform)?;
            self.inherited(platform.word()).filter(|effective| effective.introduced.as_deref() != Some("n/a"))
        };
        // One way leads to a key, unless Apple's file refers back to a level above it.
        let Some((key, above)) = self.chain.split_last() else { return ask() };
        if above.iter().any(|key| key.same_as.is_some()) {
            return ask();
        }
        let holding = || match ask() {
            None => Holding::Nothing,
            Some(Cow::Borrowed(_)) => Holding::AsThePayload,
            Some(Cow::Owned(own)) => Holding::Own(Box::new(own)),
        };
        match key.inherited.on(platform, holding) {
            Holding::Nothing => None,
            Holding::AsThePayload => self.schema.support(platform).map(Cow::Borrowed),
            Holding::Own(own) => Some(Cow::Borrowed(own)),
        }
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

#[cfg(test)]
mod tests {
    use super::super::entry::Key;
    use super::*;

    /// Levels that refer back to one above are gone round once.
    const DEEPEST: usize = 9;

    fn walk<'a>(schema: &'a Schema, above: &[&'a Key], keys: &'a [Key], found: &mut Vec<KeyMatch<'a>>) {
        for key in keys {
            let chain = [above, &[key]].concat();
            if chain.len() < DEEPEST {
                walk(schema, &chain, schema.below(key), found);
            }
            found.push(KeyMatch { schema, chain, key });
        }
    }

    /// What is kept of a key is what its levels say, whichever of the ways to it was asked first.
    #[test]
    fn what_is_kept_of_a_key_is_what_its_levels_say() {
        let catalogue = Catalogue::embedded();
        let mut found = Vec::new();
        for form in Form::ALL {
            for schema in catalogue.names(form).into_iter().flat_map(|name| catalogue.schemas(form, name)) {
                walk(schema, &[], &schema.keys, &mut found);
            }
        }
        assert!(found.iter().any(|one| one.chain.iter().any(|key| key.same_as.is_some()) && one.key.same_as.is_none()));
        for one in found.iter().chain(found.iter().rev()) {
            for platform in Platform::ALL {
                let said = one.schema.support(*platform).and_then(|_| one.inherited(platform.word()));
                let said = said.filter(|support| support.introduced.as_deref() != Some("n/a"));
                assert_eq!(one.support(*platform), said, "{} on {platform}", one.key.name);
            }
        }
    }
}
