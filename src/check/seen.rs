//! What was found out of one file's settings, for those of the next: an organisation's files set the same keys to the same few values time
//! and again. One thread's each, so that no thread waits for another; nothing is told otherwise than by asking again.

use super::rule::Facts;
use crate::catalogue::entry::Schema;
use crate::setting::{Address, Channel, Family, Platform, Setting, Value};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

/// Owners that a thread remembers, keys of each of them, and values of each key: whoever sets more is asked each time.
const OWNERS: usize = 64;
const KEYS: usize = 1_024;
const VALUES: usize = 8;
/// The longest text that is remembered.
const LONGEST: usize = 64;

/// What the threads of a run remember.
pub(crate) struct Seen<'c> {
    threads: Vec<Mutex<Own<'c>>>,
}

/// What one thread remembers.
#[derive(Default)]
pub(crate) struct Own<'c> {
    owners: Vec<Owner<'c>>,
    /// The one that was asked for last.
    last: usize,
}

struct Owner<'c> {
    family: Family,
    name: String,
    schemas: &'c [Schema],
    keys: BTreeMap<Vec<String>, Arc<Known<'c>>>,
}

/// What the catalogue knows of one key, and what rules have said of its values.
pub(crate) struct Known<'c> {
    pub(super) facts: Facts<'c>,
    /// A bit for each platform that has it.
    there: AtomicU32,
    silent: Mutex<Vec<(Asked, Channel, Value)>>,
}

/// What was asked of a setting: the rules, and for which devices. Whoever asks numbers them, for a run.
pub(crate) type Asked = usize;

impl<'c> Seen<'c> {
    /// Nothing yet, for the threads that there are.
    pub(crate) fn new() -> Seen<'c> {
        Seen { threads: (0..rayon::current_num_threads()).map(|_| Mutex::default()).collect() }
    }

    /// This thread's. None where it is in use further up already.
    pub(super) fn own(&self) -> Option<MutexGuard<'_, Own<'c>>> {
        match self.threads.get(rayon::current_thread_index().unwrap_or_default())?.try_lock() {
            Ok(own) => Some(own),
            Err(TryLockError::Poisoned(own)) => Some(own.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl Default for Seen<'_> {
    fn default() -> Self {
        Seen::new()
    }
}

impl<'c> Own<'c> {
    /// The files of an owner.
    pub(super) fn schemas(&mut self, address: &Address, ask: impl FnOnce() -> &'c [Schema]) -> &'c [Schema] {
        let is_it = |owner: &Owner<'_>| owner.family == address.family && owner.name == address.owner;
        if let Some(n) = self.owners.iter().position(is_it) {
            self.last = n;
            return self.owners[n].schemas;
        }
        let schemas = ask();
        self.last = self.owners.len();
        if self.last < OWNERS && !schemas.is_empty() {
            let (family, name) = (address.family, address.owner.clone());
            self.owners.push(Owner { family, name, schemas, keys: BTreeMap::new() });
        }
        schemas
    }

    /// What is known of a key of the owner whose files were asked for last.
    pub(super) fn key(&self, keys: &[String]) -> Option<Arc<Known<'c>>> {
        self.owners.get(self.last)?.keys.get(keys).cloned()
    }

    /// Remembers it.
    pub(super) fn add(&mut self, keys: &[String], facts: Facts<'c>) -> Arc<Known<'c>> {
        let known = Arc::new(Known { facts, there: AtomicU32::new(0), silent: Mutex::default() });
        if let Some(owner) = self.owners.get_mut(self.last).filter(|owner| owner.keys.len() < KEYS) {
            owner.keys.insert(keys.to_vec(), Arc::clone(&known));
        }
        known
    }
}

impl Known<'_> {
    /// Whether no rule over single settings said anything of this key with this value.
    pub(super) fn is_silent(&self, asked: Asked, setting: &Setting) -> bool {
        is_plain(&setting.value) && self.silent().iter().any(|one| is_same(one, asked, setting))
    }

    /// Notes that none did.
    pub(super) fn note_silence(&self, asked: Asked, setting: &Setting) {
        let mut silent = self.silent();
        if is_plain(&setting.value) && silent.len() < VALUES && !silent.iter().any(|one| is_same(one, asked, setting)) {
            silent.push((asked, setting.address.channel, setting.value.clone()));
        }
    }

    /// Whether a platform is known to have it.
    pub(super) fn is_there(&self, platform: Platform, setting: &Setting) -> bool {
        is_flat(&setting.value) && self.there.load(Ordering::Relaxed) & bit(platform) != 0
    }

    /// Notes that it has. What stands inside a value is not told by its key.
    pub(super) fn note_there(&self, platform: Platform, setting: &Setting) {
        if is_flat(&setting.value) {
            self.there.fetch_or(bit(platform), Ordering::Relaxed);
        }
    }

    fn silent(&self) -> MutexGuard<'_, Vec<(Asked, Channel, Value)>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bit(platform: Platform) -> u32 {
    1 << platform as u32
}

/// Whether nothing stands inside a value.
fn is_flat(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Dictionary(_))
}

/// Whether a value has its type, nothing inside, and is soon compared.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Boolean(_) | Value::Integer(_) => true,
        Value::Text(text) => text.len() <= LONGEST,
        _ => false,
    }
}

fn is_same((asked, channel, value): &(Asked, Channel, Value), now: Asked, setting: &Setting) -> bool {
    *asked == now && *channel == setting.address.channel && *value == setting.value
}
