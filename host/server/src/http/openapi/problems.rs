//! Which problems an operation may answer with. Its form tells: whether it has a body, a version, an id in the path.
//!
//! A handler that answers with one more says so, as `(status = 409)`; what such an answer holds is added here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use usher_api::{Code, problem};

/// One response for each status that a problem has, to be referred to.
pub fn responses() -> Map<String, Value> {
    let mut codes: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for code in Code::ALL {
        codes.entry(code.status()).or_default().push(format!("`{code}`"));
    }
    codes.into_iter().map(|(status, codes)| (name(status), response(status, &codes))).collect()
}

fn name(status: u16) -> String {
    format!("Problem{status}")
}

fn response(status: u16, codes: &[String]) -> Value {
    let header = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let mut headers = json!({ "X-Request-Id": header("As `request_id` in the body.") });
    let own = match status {
        401 => Some(("WWW-Authenticate", "`Bearer`, where a token is missing.")),
        429 | 503 => Some(("Retry-After", "Seconds after which it is worth another try, where they are known.")),
        _ => None,
    };
    if let Some((name, description)) = own {
        headers[name] = header(description);
    }
    json!({
        "description": format!("A problem (RFC 9457). Its `code` is {}.", codes.join(" or ")),
        "headers": headers,
        "content": { (problem::MEDIA_TYPE): { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}

/// Adds to an operation the problems that it may answer with.
pub fn declare(method: &str, operation: &mut Value) {
    let mut statuses = by_form(method, operation);
    if let Some(responses) = operation["responses"].as_object_mut() {
        // Statuses of its own that are problems: the handler declares the number alone.
        statuses
            .extend(responses.keys().filter_map(|status| status.parse().ok()).filter(|status: &u16| *status >= 400));
        for status in statuses {
            let reference = json!({ "$ref": format!("#/components/responses/{}", name(status)) });
            responses.insert(status.to_string(), reference);
        }
    }
}

fn by_form(method: &str, operation: &Value) -> BTreeSet<u16> {
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let has_body = operation.get("requestBody").is_some();
    let in_path = parameters.iter().any(|parameter| parameter["in"] == "path");
    let versioned = parameters.iter().any(|parameter| parameter["name"] == "If-Match");
    let needs_token = operation["security"][0].as_object().is_some_and(|scheme| !scheme.is_empty());
    let writes = method != "GET";
    let rules: [(bool, &[u16]); 8] = [
        // A body that does not come is waited for where none is wanted, too.
        (true, &[408, 429, 500, 503]),
        (has_body || !parameters.is_empty(), &[400]),
        (needs_token, &[401, 403]),
        // Without a token, what is in the path or the body is a secret: it may be wrong, somebody else's, or ended.
        (!needs_token && (has_body || in_path), &[401, 403, 404, 410]),
        (in_path, &[404]),
        // What it changes may have changed or ended, or not be what was meant.
        (writes, &[409, 410, 422]),
        (has_body, &[413, 415]),
        (versioned, &[412, 428]),
    ];
    rules.into_iter().filter(|(applies, _)| *applies).flat_map(|(_, statuses)| statuses.iter().copied()).collect()
}
