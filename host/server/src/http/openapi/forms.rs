//! What a text looks like, told by the name of its field or parameter: a name means the same wherever it stands.
//!
//! A field that says itself what it looks like keeps that, as one must whose name means something else there.

use serde_json::{Map, Value, json};

use crate::http::path;

/// Names of ids and of lists of them, beside those that stand in paths; each with the one that it is alike.
const ALIKE: [(&str, &str); 10] = [
    ("organisation", "org"),
    ("members", "member"),
    ("inviter", "member"),
    ("departments", "department"),
    ("parent", "department"),
    ("into", "department"),
    ("plans", "plan"),
    ("excludes", "plan"),
    ("requests", "request"),
    ("sessions", "token"),
];

/// In a path it is an id, in a body the secret itself.
const TOKEN: &str = "token";

/// Names of other texts, with the form as JSON Schema has it.
const OTHERS: [(&str, &str, &str); 15] = [
    ("at", "format", "date-time"),
    ("from", "format", "date-time"),
    ("until", "format", "date-time"),
    ("opened_before", "format", "date-time"),
    ("email", "format", "idn-email"),
    ("work_email", "format", "idn-email"),
    ("business_email", "format", "idn-email"),
    ("domain", "pattern", r"^[^/]+\.[^/]+$"),
    ("phone", "pattern", r"^\+[1-9][0-9]{7,14}$"),
    ("region", "pattern", "^[A-Z]{2}$"),
    ("language", "pattern", "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$"),
    ("point", "pattern", "^(approval|seat-assignment|sso-matching)$"),
    ("policy", "pattern", DIGEST),
    ("policies", "pattern", DIGEST),
    ("time_zone", "example", "Europe/Berlin"),
];

/// Endings of names, with the form.
const ENDINGS: [(&str, &str, &str); 3] =
    [("_at", "format", "date-time"), ("_until", "format", "date-time"), ("_on", "format", "date")];

const DIGEST: &str = "^sha256:[0-9a-f]{64}$";

/// Keywords by which a schema says itself what its texts look like.
const SAYS_ITSELF: [&str; 5] = ["pattern", "format", "enum", "minLength", "$ref"];

/// A parameter of the path.
pub fn in_path(name: &str) -> Value {
    let prefix = prefix(name);
    let schema = match (name, prefix) {
        ("position", _) => json!({ "type": "integer", "minimum": 1 }),
        (_, Some(prefix)) => json!({ "type": "string", "pattern": id(prefix) }),
        // What it looks like is told with all others.
        (_, None) => json!({ "type": "string" }),
    };
    let mut parameter = json!({ "name": name, "in": "path", "required": true, "schema": schema });
    if let Some(prefix) = prefix {
        parameter["description"] = format!("`{prefix}_…`").into();
    }
    parameter
}

/// Goes through a description and says of every text what it looks like.
pub fn tell(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, schema) in fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
                tell_one(name, schema);
            }
            if let (Some(name), true) = (fields.get("name").cloned(), fields.contains_key("in"))
                && let (Some(name), Some(schema)) = (name.as_str(), fields.get_mut("schema"))
            {
                tell_one(name, schema);
            }
            fields.values_mut().for_each(tell);
        }
        Value::Array(items) => items.iter_mut().for_each(tell),
        _ => {}
    }
}

/// One field or parameter: a text, or a list of them.
fn tell_one(name: &str, schema: &mut Value) {
    let schema = if schema.get("items").is_some() { &mut schema["items"] } else { schema };
    if let (Some(fields), Some((keyword, form))) = (schema.as_object_mut(), form(name))
        && is_text(fields)
        && !SAYS_ITSELF.iter().any(|keyword| fields.contains_key(*keyword))
    {
        fields.insert(keyword.to_owned(), form.into());
    }
}

fn is_text(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(|name| name == "string"),
        Some(name) => name == "string",
        None => false,
    }
}

fn form(name: &str) -> Option<(&'static str, String)> {
    if let Some(prefix) = prefix(name).filter(|_| name != TOKEN) {
        return Some(("pattern", id(prefix)));
    }
    let whole = OTHERS.into_iter().find(|(known, ..)| *known == name);
    let found = whole.or_else(|| ENDINGS.into_iter().find(|(ending, ..)| name.ends_with(ending)));
    found.map(|(_, keyword, form)| (keyword, form.to_owned()))
}

fn prefix(name: &str) -> Option<&'static str> {
    let name = ALIKE.into_iter().find(|(other, _)| *other == name).map_or(name, |(_, name)| name);
    path::IDS.iter().find(|(known, _)| *known == name).map(|(_, prefix)| *prefix)
}

fn id(prefix: &str) -> String {
    format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$")
}
