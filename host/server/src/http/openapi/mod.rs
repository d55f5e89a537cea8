//! The API's own description: OpenAPI 3.1 at `/openapi.json`, rendered at `/docs` without the internet.
//!
//! A handler describes what is its own; what all have in common (problems, tokens, ids in the path, what an id or
//! a date looks like) is added here, so that no handler can forget it. It is added to the JSON, where a walk through
//! all of it is short.

mod examples;
mod forms;
mod problems;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use serde_json::{Map, Value, json};
use usher_api::Problem;
use utoipa::{IntoParams, OpenApi as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::Host;

/// Makes the same request sent twice do its work once.
#[derive(IntoParams)]
#[into_params(parameter_in = Header, names("Idempotency-Key"))]
pub struct IdempotencyKey(
    /// The same request with the same key (1 to 200 printable ASCII characters, by the same token, within
    /// 24 hours) is done once and answered again.
    #[param(value_type = String, required = false, pattern = "^[!-~]([ -~]{0,198}[!-~])?$")]
    #[expect(dead_code, reason = "it stands for the header: the derive reads its type and its doc")]
    Option<String>,
);

/// Names the version that a change is based on.
#[derive(IntoParams)]
#[into_params(parameter_in = Header, names("If-Match"))]
pub struct VersionMatch(
    /// `ETag` of what is changed, as it was last read. Without it 428, out of date 412.
    #[param(pattern = "^\"(0|[1-9][0-9]{0,18})\"$")]
    #[expect(dead_code, reason = "it stands for the header: the derive reads its type and its doc")]
    String,
);

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Usher",
        version = "1",
        description = "Decides who joins an organisation, which seat they get, and whose single sign-on login is whose.",
        contact(name = "Whoever runs this host")
    ),
    servers((url = "/", description = "This host.")),
    components(schemas(Problem)),
    tags(
        (name = "operator", description = "Whoever runs the host: organisations, their plans and limits."),
        (name = "organisation", description = "An organisation's own settings and tokens."),
        (name = "policies", description = "Policies, policy sets, decisions and what would be decided."),
        (name = "departments", description = "The tree of departments."),
        (name = "groups", description = "User groups, static and by rule, and the seats that come with them."),
        (name = "joining", description = "Invitations, and requests to join with their answers."),
        (name = "applicants", description = "What somebody does who is no member yet. No token."),
        (name = "seats", description = "Who holds a seat of a plan, and who waits for one."),
        (name = "domains", description = "Email domains and how they are proved."),
        (name = "login", description = "Members logging in, their sessions and passwords."),
        (name = "sso", description = "Single sign-on connections, and whose login it is."),
        (name = "members", description = "Who belongs to the organisation."),
        (name = "imports", description = "Sheets of people, and workforce types."),
        (name = "deliveries", description = "How mail and SMS went, and what could not be delivered."),
        (name = "privacy", description = "What is known of one person, and how it is erased."),
        (name = "records", description = "Audit trail, events and webhooks."),
        (name = "host", description = "Is it alive, is it ready, how is it doing.")
    )
)]
struct Document;

/// Routes of the host itself: they need no token.
const OPEN_TAG: &str = "host";
/// Routes of whoever runs the host: they need an operator's token.
const OPERATOR_TAG: &str = "operator";

/// Marks an operation that may compile policies: it is given `compile_timeout`, so clients should wait longer.
const COMPILES: &str = "x-compiles";
/// Marks an operation whose body is a file: it is given `upload_timeout`.
const UPLOADS: &str = "x-uploads";

/// Methods by their name in the description and in HTTP.
const METHODS: [(&str, &str); 5] =
    [("get", "GET"), ("put", "PUT"), ("post", "POST"), ("patch", "PATCH"), ("delete", "DELETE")];

/// What may make an operation take long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Nothing.
    Ordinary,
    /// It may compile policies.
    Compiles,
    /// Its body is a file.
    Uploads,
}

/// What is described of one method of a path.
pub struct Described {
    /// `GET`, `POST` …
    pub method: &'static str,
    /// What may make it take long.
    pub pace: Pace,
    /// Whether it takes a body, and no token.
    pub body_of_anybody: bool,
    /// Every status it answers with.
    pub statuses: Vec<u16>,
}

/// The methods of every path.
pub fn described(document: &Value) -> impl Iterator<Item = (&str, Vec<Described>)> {
    let methods = |item: &Value| {
        METHODS.into_iter().filter_map(|(name, method)| Some((method, item.get(name)?))).map(described_method).collect()
    };
    document["paths"].as_object().into_iter().flatten().map(move |(path, item)| (path.as_str(), methods(item)))
}

fn described_method((method, operation): (&'static str, &Value)) -> Described {
    let statuses = operation["responses"].as_object().into_iter().flat_map(Map::keys);
    let pace = match (operation.get(COMPILES), operation.get(UPLOADS)) {
        (Some(_), _) => Pace::Compiles,
        (None, Some(_)) => Pace::Uploads,
        (None, None) => Pace::Ordinary,
    };
    Described {
        method,
        pace,
        body_of_anybody: operation.get("requestBody").is_some() && operation["security"][0] == json!({}),
        statuses: statuses.filter_map(|status| status.parse().ok()).collect(),
    }
}

/// Splits the routes from their description and completes it.
pub fn with_document(routes: OpenApiRouter<Arc<Host>>) -> (Router<Arc<Host>>, Value) {
    let (router, described) = OpenApiRouter::with_openapi(Document::openapi()).merge(routes).split_for_parts();
    // INVARIANT: it has no map whose keys are not texts, so it is JSON; the route tests read it.
    let mut document = serde_json::to_value(described).unwrap_or_default();
    let scheme = |description: &str| {
        let form = "ush_…";
        json!({ "type": "http", "scheme": "bearer", "bearerFormat": form, "description": description })
    };
    document["components"]["securitySchemes"] = json!({
        "token": scheme("A token of the organisation in the path."),
        "operator": scheme("A token of whoever runs the host."),
    });
    document["components"]["responses"] = problems::responses().into();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (name, method) in METHODS {
            if let Some(operation) = item.get_mut(name) {
                complete(path, method, operation);
            }
        }
    }
    forms::tell(&mut document);
    drop_unused(&mut document);
    (router, document)
}

/// Serves the description and the page that renders it.
pub fn pages(document: &Value) -> Router<Arc<Host>> {
    let json: Arc<str> = document.to_string().into();
    let serve = move || {
        let json = json.to_string();
        async move { ([(header::CONTENT_TYPE, "application/json")], json) }
    };
    Router::new()
        .route("/openapi.json", get(serve))
        .merge(SwaggerUi::new("/docs").config(Config::from("/openapi.json").try_it_out_enabled(true)))
}

fn complete(path: &str, method: &str, operation: &mut Value) {
    if operation.get("description").is_none() {
        operation["description"] = operation["summary"].clone();
    }
    let has_tag = |tag: &str| operation["tags"].as_array().into_iter().flatten().any(|given| given == tag);
    if operation.get("security").is_none() && !has_tag(OPEN_TAG) {
        let scheme = if has_tag(OPERATOR_TAG) { "operator" } else { "token" };
        operation["security"] = json!([{ (scheme): [] }]);
    }
    let in_path = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = operation["parameters"].as_array().cloned().unwrap_or_default();
    parameters.extend(in_path.map(forms::in_path));
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        complete_response(status, response);
    }
    examples::show(operation);
    problems::declare(method, operation);
}

/// What all answers of a status have in common.
fn complete_response(status: &str, response: &mut Value) {
    let header = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    response["headers"]["X-Request-Id"] = header("To be quoted when asking for help.");
    let text = match status {
        "201" => {
            response["headers"]["Location"] = header("Path of what was made.");
            response["headers"]["ETag"] = header("Its version, for `If-Match`.");
            "Made."
        }
        "202" => "Begun, and done soon after.",
        "204" => "Done.",
        _ => "As asked for.",
    };
    if response.get("description").is_none() {
        response["description"] = text.into();
    }
    if let Some(stream) = response.pointer_mut("/content/text~1event-stream") {
        // Of each event, since the stream as a whole has no end.
        stream["schema"] = json!({
            "type": "object",
            "required": ["data"],
            "properties": {
                "id": { "type": "string", "description": "Where to go on after, as `Last-Event-ID`." },
                "event": { "type": "string", "description": "What it tells of." },
                "data": { "type": "string", "description": "JSON." },
            },
        });
    }
}

/// Takes out the components that nothing refers to: of a page of items, the items' own schema.
fn drop_unused(document: &mut Value) {
    loop {
        let mut used = BTreeSet::new();
        references(document, &mut used);
        let mut dropped = false;
        for kind in ["schemas", "responses"] {
            if let Some(all) = document["components"][kind].as_object_mut() {
                let before = all.len();
                all.retain(|name, _| used.contains(&format!("#/components/{kind}/{name}")));
                dropped |= all.len() < before;
            }
        }
        if !dropped {
            return;
        }
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
