//! What a key says of availability. A payload has hundreds of keys, of which a run asks for a few.

use super::Support;
use crate::setting::Platform;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock, OnceLock};

type Map = BTreeMap<String, Support>;

/// Availability by OS, as one level of a file states it. That of the embedded catalogue is decoded when somebody looks.
#[derive(Clone)]
pub struct Levels(Arc<LazyLock<Map, Box<dyn FnOnce() -> Map + Send + Sync>>>);

impl Levels {
    /// Levels that `read` will give.
    pub(crate) fn later(read: impl FnOnce() -> Map + Send + Sync + 'static) -> Levels {
        Levels(Arc::new(LazyLock::new(Box::new(read))))
    }
}

impl From<Map> for Levels {
    fn from(map: Map) -> Levels {
        Levels::later(|| map)
    }
}

impl Default for Levels {
    fn default() -> Levels {
        Levels::later(Map::new)
    }
}

impl Deref for Levels {
    type Target = Map;
    fn deref(&self) -> &Map {
        &self.0
    }
}

impl fmt::Debug for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl PartialEq for Levels {
    fn eq(&self, other: &Levels) -> bool {
        **self == **other
    }
}

impl Eq for Levels {}

impl Serialize for Levels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Levels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Levels, D::Error> {
        Map::deserialize(deserializer).map(Levels::from)
    }
}

/// What holds of a key on each platform under all that stands above it, once somebody has asked. It follows from the file, so that two keys
/// do not differ by it.
#[derive(Debug, Default)]
pub struct Inherited([OnceLock<Holding>; Platform::ALL.len()]);

/// What holds of a key on a platform.
#[derive(Debug)]
pub(crate) enum Holding {
    /// It is not there.
    Nothing,
    /// What the payload says.
    AsThePayload,
    /// What it says itself, or what stands above it.
    Own(Box<Support>),
}

impl Inherited {
    pub(crate) fn on(&self, platform: Platform, ask: impl FnOnce() -> Holding) -> &Holding {
        self.0[platform as usize].get_or_init(ask)
    }
}

impl Clone for Inherited {
    fn clone(&self) -> Inherited {
        Inherited::default()
    }
}

impl PartialEq for Inherited {
    fn eq(&self, _: &Inherited) -> bool {
        true
    }
}

impl Eq for Inherited {}
