//! Handlers: parse, call one use case, render.

mod organisations;
mod plans;
mod tokens;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use super::Host;
use super::health;

/// Every route there is.
pub fn all() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .merge(health::routes())
        .merge(organisations::routes())
        .merge(plans::routes())
        .merge(tokens::routes())
}
