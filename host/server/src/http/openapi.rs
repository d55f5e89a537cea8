//! The API's own description: OpenAPI 3.1 at `/openapi.json`, rendered at `/docs` without the internet.
//!
//! A handler describes what is its own; what all have in common (problems, tokens, ids in the path) is
//! added here, so that no handler can forget it.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use usher_api::Problem;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, ObjectBuilder, OpenApi, PathItem, Ref, Required, ResponseBuilder, Type};
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
    #[expect(dead_code, reason = "it stands for the header: the derive reads its type and its doc")]
    Option<String>,
);

/// Names the version that a change is based on.
#[derive(IntoParams)]
#[into_params(parameter_in = Header, names("If-Match"))]
pub struct VersionMatch(
    /// `ETag` of what is changed, as it was last read. Without it 428, out of date 412.
    #[expect(dead_code, reason = "it stands for the header: the derive reads its type and its doc")]
    String,
);

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Usher",
        version = "1",
        description = "Decides who joins an organisation, which seat they get, and whose single sign-on login is whose."
    ),
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
        (name = "records", description = "Audit trail, events and webhooks."),
        (name = "host", description = "Is it alive, is it ready, how is it doing.")
    )
)]
struct Document;

/// Routes that need no token say so by this tag or by an empty security requirement.
const OPEN_TAG: &str = "host";

/// Marks an operation that may compile policies: it is given `compile_timeout`, so clients should wait longer.
pub const COMPILES: &str = "x-compiles";

/// Methods of a path whose operations are marked [`COMPILES`].
pub fn compiling(item: &PathItem) -> Vec<&'static str> {
    let marked = |operation: &Option<Operation>| {
        operation
            .as_ref()
            .and_then(|operation| operation.extensions.as_ref())
            .is_some_and(|all| all.contains_key(COMPILES))
    };
    let methods = [("PUT", &item.put), ("POST", &item.post)];
    methods.into_iter().filter(|(_, operation)| marked(operation)).map(|(method, _)| method).collect()
}

/// Splits the routes from their description and completes it.
pub fn with_document(routes: OpenApiRouter<Arc<Host>>) -> (Router<Arc<Host>>, OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(Document::openapi()).merge(routes).split_for_parts();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("ush_…").build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            complete(path, operation);
        }
    }
    (router, document)
}

/// Serves the description and the page that renders it.
pub fn pages(document: &OpenApi) -> Router<Arc<Host>> {
    let json: Arc<str> = document.to_json().unwrap_or_default().into();
    let serve = move || {
        let json = json.to_string();
        async move { ([(header::CONTENT_TYPE, "application/json")], json) }
    };
    Router::new()
        .route("/openapi.json", get(serve))
        .merge(SwaggerUi::new("/docs").config(Config::from("/openapi.json").try_it_out_enabled(true)))
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten()
}

fn complete(path: &str, operation: &mut Operation) {
    let open = operation.tags.iter().flatten().any(|tag| tag == OPEN_TAG);
    if !open && operation.security.is_none() {
        operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("token", [])]);
    }
    for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .description(path_description(name))
            .build();
        operation.parameters.get_or_insert_default().push(parameter.into());
    }
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let problem = ResponseBuilder::new()
        .description("A problem (RFC 9457); `code` says which.")
        .content(usher_api::problem::MEDIA_TYPE, content)
        .build();
    operation.responses.responses.insert("default".to_owned(), problem.into());
}

fn path_description(name: &str) -> Option<String> {
    let prefix = match name {
        "org" => "org",
        "member" => "mem",
        "department" => "dep",
        "group" => "grp",
        "plan" => "plan",
        "invitation" => "inv",
        "request" => "req",
        "connection" => "sso",
        "decision" => "dec",
        "token" => "tok",
        "proof" => "prf",
        "bot" => "bot",
        "import" => "imp",
        _ => return None,
    };
    Some(format!("`{prefix}_…`"))
}
