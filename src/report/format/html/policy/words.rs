//! Terms of sources as people say them.

/// `min-length` → `minimum length`.
pub(super) fn plain(name: &str) -> String {
    let word = |part| match part {
        "min" => "minimum",
        "max" => "maximum",
        other => other,
    };
    name.split('-').map(word).collect::<Vec<_>>().join(" ")
}

/// `os` → `oldest system`.
pub(super) fn fact(name: &str) -> &str {
    match name {
        "os" => "oldest system",
        "join" => "directory",
        "has" => "hardware",
        "deliver" => "takes",
        "part-of" => "part of",
        other => other,
    }
}

/// `true` → `yes`, `[a, b]` → `a, b`.
pub(super) fn said(value: &str) -> String {
    match value {
        "true" => "yes".to_owned(),
        "false" => "no".to_owned(),
        "[]" => "nothing".to_owned(),
        _ => match value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(inner) => inner.to_owned(),
            None => value.to_owned(),
        },
    }
}

/// A value and what it counts.
pub(super) fn valued(value: &str, unit: Option<&String>) -> String {
    match unit {
        Some(unit) if value == "1" && unit.ends_with('s') => format!("1 {}", &unit[..unit.len() - 1]),
        Some(unit) => format!("{value} {unit}"),
        None => said(value),
    }
}

/// What a class claims.
pub(super) fn class_meaning(class: &str) -> &'static str {
    match class {
        "enforced" => "settings make it true on every device of its groups",
        "partial" => "settings help, and something is left to people or services",
        "inherent" => "the platform does it by itself",
        "mdm-command" => "the management server does it when somebody orders it",
        "service" => "a service does it: directory, mail, network",
        "procedural" => "people do it",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_become_words() {
        assert_eq!((plain("min-length").as_str(), plain("allow-simple").as_str()), ("minimum length", "allow simple"));
        assert_eq!((said("true").as_str(), said("[a, b]").as_str(), said("[]").as_str()), ("yes", "a, b", "nothing"));
        let minutes = Some("minutes".to_owned());
        assert_eq!(
            (valued("1", minutes.as_ref()).as_str(), valued("5", minutes.as_ref()).as_str()),
            ("1 minute", "5 minutes")
        );
        assert_eq!(valued("none", None), "none");
    }
}
