//! What a device makes of two declarations that set one key (Apple, `combinetype` in "docs/schema.yaml").

use super::entry::Key;
use crate::setting::Value;

impl Key {
    /// Whether a device that combines two values takes the first of them; `None` where it takes either, or makes one of both.
    pub fn takes_first(&self, a: &Value, b: &Value) -> Option<bool> {
        let place = |value: &Value| match value {
            Value::Text(word) => self.rangelist.iter().position(|listed| listed == word),
            _ => None,
        };
        match self.combinetype.as_deref()? {
            "boolean-or" => Some(*a == Value::Boolean(true)),
            "boolean-and" => Some(*a == Value::Boolean(false)),
            "number-min" => Some(a < b),
            "number-max" => Some(a > b),
            "enum-first" => Some(place(a)? < place(b)?),
            "enum-last" => Some(place(a)? > place(b)?),
            _ => None,
        }
    }
}
