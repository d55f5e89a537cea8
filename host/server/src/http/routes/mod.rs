//! Handlers: parse, call one use case, render.

pub(super) mod answers;
mod audit;
mod backups;
mod bots;
mod decisions;
mod deliveries;
mod departments;
mod domains;
mod escalation;
mod groups;
mod imports;
mod invitations;
mod inviting;
mod join;
pub(super) mod login;
mod me;
mod members;
mod operator_tokens;
mod organisations;
mod plans;
mod policies;
mod privacy;
mod records;
pub(super) mod requests;
mod seats;
mod sso;
mod tokens;
mod webhooks;
mod welcome;
mod workforce_types;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use super::Host;
use super::health;

/// Every route there is.
pub fn all() -> OpenApiRouter<Arc<Host>> {
    OpenApiRouter::new()
        .merge(health::routes())
        .merge(answers::routes())
        .merge(audit::routes())
        .merge(backups::routes())
        .merge(bots::routes())
        .merge(decisions::routes())
        .merge(deliveries::routes())
        .merge(departments::routes())
        .merge(groups::routes())
        .merge(members::routes())
        .merge(operator_tokens::routes())
        .merge(organisations::routes())
        .merge(plans::routes())
        .merge(policies::routes())
        .merge(privacy::routes())
        .merge(records::routes())
        .merge(domains::routes())
        .merge(escalation::routes())
        .merge(invitations::routes())
        .merge(inviting::routes())
        .merge(join::routes())
        .merge(login::routes())
        .merge(me::routes())
        .merge(requests::routes())
        .merge(seats::routes())
        .merge(sso::routes())
        .merge(tokens::routes())
        .merge(webhooks::routes())
        .merge(welcome::routes())
        .merge(imports::routes())
        .merge(workforce_types::routes())
}
