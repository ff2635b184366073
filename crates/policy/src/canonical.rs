//! One text for one value, so that equal facts have equal hashes: keys sorted, no spaces.

use cleansheet_terms::Digest;
use serde::Serialize;
use serde_json::Value;

/// The canonical JSON of a value.
pub(crate) fn text(value: &impl Serialize) -> serde_json::Result<String> {
    let mut out = String::new();
    write(&serde_json::to_value(value)?, &mut out)?;
    Ok(out)
}

/// SHA-256 of the canonical JSON of a value.
pub(crate) fn digest(value: &impl Serialize) -> serde_json::Result<Digest> {
    text(value).map(|text| Digest::of(text.as_bytes()))
}

fn write(value: &Value, out: &mut String) -> serde_json::Result<()> {
    match value {
        Value::Object(fields) => {
            // Sorted here: whether a map of `serde_json` is sorted depends on what other crates ask of it.
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (n, (name, value)) in fields.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&serde_json::to_string(name)?);
                out.push(':');
                write(value, out)?;
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        plain => out.push_str(&serde_json::to_string(plain)?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn the_order_of_fields_does_not_matter() {
        let one = super::text(&json!({"b": [1, "x\n"], "a": {"d": null, "c": true}})).unwrap();
        assert_eq!(one, r#"{"a":{"c":true,"d":null},"b":[1,"x\n"]}"#);
        assert_eq!(one, super::text(&json!({"a": {"c": true, "d": null}, "b": [1, "x\n"]})).unwrap());
    }
}
