//! What a declaration or command is called: its type, its instance and its channel, in the name of its file and in its identity.
//!
//! It says nothing of its instance and channel itself, and its identifier is a UUID. So the name of the file holds both, in such a
//! form that they can be read back.

use super::Decoded;
use crate::setting::Channel;
use std::borrow::Cow;

/// The end of names on the user channel.
pub(super) const USER: &str = ".user";

/// The roots of LocURIs that say nothing beyond the channel, which the end of the name says.
const ROOTS: &[&str] = &["./Device/Vendor/MSFT/", "./User/Vendor/MSFT/", "./Vendor/MSFT/"];

/// The name of its file, without the end.
pub(super) fn stem(owner: &str, instance: Option<&str>, channel: Channel) -> String {
    let instance = instance.map_or(String::new(), |instance| format!(".{}", instance_text(instance)));
    let user = if channel == Channel::User { USER } else { "" };
    format!("{}{instance}{user}", escaped(&short(owner)))
}

/// The channel that the name of a declaration's file says.
pub(crate) fn channel(path: &str) -> Channel {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    if stem.ends_with(USER) { Channel::User } else { Channel::Device }
}

/// A LocURI as names have it; Apple's types as they are.
fn short(owner: &str) -> Cow<'_, str> {
    match ROOTS.iter().find_map(|root| owner.strip_prefix(root)) {
        Some(path) => Cow::Owned(path.replace('/', ".")),
        None => Cow::Borrowed(owner),
    }
}

/// Takes instance and channel from the name of the file, where that is one of ours.
pub(super) fn complete(path: &str, extensions: &[&str], decoded: &mut Decoded) {
    for setting in &mut decoded.settings {
        let address = &mut setting.address;
        let Some((instance, channel)) = told(path, extensions, &address.owner) else { return };
        (address.instance, address.channel) = (instance, channel);
    }
}

/// Instance and channel of something of this type, where the name of its file is one of ours.
pub(crate) fn told(path: &str, extensions: &[&str], owner: &str) -> Option<(Option<String>, Channel)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = extensions.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let rest = stem.strip_prefix(&escaped(&short(owner)))?;
    let (rest, channel) = match rest.strip_suffix(USER) {
        Some(rest) => (rest, Channel::User),
        None => (rest, Channel::Device),
    };
    let instance = match rest.strip_prefix('.') {
        Some(instance) => Some(unescaped(instance)?),
        None if rest.is_empty() => None,
        None => return None,
    };
    Some((instance, channel))
}

/// An instance that ends like a channel is not taken for one.
fn instance_text(instance: &str) -> String {
    let text = escaped(instance);
    match text.strip_suffix("user") {
        Some(before) if before.is_empty() || before.ends_with('.') => format!("{before}%75ser"),
        _ => text,
    }
}

/// What no file system changes or refuses stands as it is, all else as the hexadecimal of its bytes (RFC 3986 §2.1).
pub(super) fn escaped(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => name.push(char::from(byte)),
            other => name.push_str(&format!("%{other:02X}")),
        }
    }
    name
}

fn unescaped(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((plain, escape)) = rest.split_once('%') {
        bytes.extend_from_slice(plain.as_bytes());
        bytes.push(u8::from_str_radix(escape.get(..2)?, 16).ok()?);
        rest = &escape[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::{Address, Family, Leaf, Setting, Value};

    fn read(name: &str, owner: &str) -> (Option<String>, Channel) {
        let leaf = Leaf::Keys(Vec::new());
        let address = Address {
            family: Family::Declaration,
            channel: Channel::Device,
            owner: owner.to_owned(),
            instance: None,
            leaf,
        };
        let mut decoded =
            Decoded { settings: vec![Setting::found(address, Value::Boolean(true))], residue: Vec::new() };
        complete(&format!("acme/phones/{name}.json"), &[".json"], &mut decoded);
        let address = decoded.settings.remove(0).address;
        (address.instance, address.channel)
    }

    #[test]
    fn a_name_is_read_back() {
        let mut names = std::collections::BTreeSet::new();
        for instance in [
            None,
            Some(""),
            Some("18.1"),
            Some("user"),
            Some("a.user"),
            Some("Büro/1 %"),
            Some(".."),
            Some("superuser"),
        ] {
            for channel in [Channel::Device, Channel::User] {
                let stem = stem("com.example.a", instance, channel);
                assert_eq!(read(&stem, "com.example.a"), (instance.map(str::to_owned), channel), "{stem}");
                assert!(names.insert(stem));
            }
        }
        assert_eq!(stem("com.example.a", Some("Büro 1"), Channel::User), "com.example.a.B%C3%BCro%201.user");
        assert_eq!(stem("com.example.a", Some("user"), Channel::Device), "com.example.a.%75ser");
        assert_eq!(stem("./Device/Vendor/MSFT/RemoteWipe/doWipe", None, Channel::Device), "RemoteWipe.doWipe");
    }

    #[test]
    fn a_foreign_name_says_nothing() {
        for name in ["passcode", "com.example.ab", "com.example.a.%4", "com.example.a.%FF", "com.example.a.%é"] {
            assert_eq!(read(name, "com.example.a"), (None, Channel::Device), "{name}");
        }
    }
}
