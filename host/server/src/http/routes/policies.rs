//! `/v1/orgs/{org}/policies` and `/v1/orgs/{org}/policy-sets`: for whoever holds the permission `policy`.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use data_encoding::BASE64;
use usher_api::Page;
use usher_api::page::PageQuery;
use usher_api::policy::{self as wire, NewPolicy, NewPolicySet, RollBack};
use usher_domain::policy::DecisionPoint;
use usher_domain::policy::facts::FactFamily;
use usher_engine::{Digest, Limits, MAX_PAYLOAD_BYTES, Manifest};
use usher_store::Stored;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::actor::{By, Policies};
use crate::app::policies::activate::{self, NewEntry, NewSet};
use crate::app::policies::{Policy, PolicySet, SetEntry, delete, upload};
use crate::http::Host;
use crate::http::body::{Body, MaxBody, New, field};
use crate::http::openapi::{IdempotencyKey, VersionMatch};
use crate::http::path::Named;
use crate::http::problem::{Answer, Failure};
use crate::http::query::{Paged, page};
use crate::http::reply::{Created, Done, IfMatch, Shown, Versioned};
use crate::http::wanted::reworded;

/// A payload in base64, and room for the manifest.
const MAX_UPLOAD_BYTES: usize = MAX_PAYLOAD_BYTES / 3 * 4 + (64 << 10);

/// Routes of this module.
pub fn routes() -> OpenApiRouter<Arc<Host>> {
    let uploads =
        OpenApiRouter::new().routes(routes!(upload_policy, list_policies)).layer(Extension(MaxBody(MAX_UPLOAD_BYTES)));
    OpenApiRouter::new()
        .merge(uploads)
        .routes(routes!(show_policy, delete_policy))
        .routes(routes!(show_policy_set, activate_policy_set))
        .routes(routes!(roll_back_policy_set))
}

/// Keeps a policy for later use, after a check that it fits its world. The same one again changes nothing.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/policies", tag = "policies", params(IdempotencyKey), request_body = NewPolicy,
    responses((status = 201, body = wire::Policy)), extensions(("x-compiles" = json!(true)))
)]
async fn upload_policy(
    State(host): State<Arc<Host>>,
    by: By<Policies>,
    New { body, once }: New<NewPolicy>,
) -> Answer<Created<wire::Policy>> {
    let by = by.once(once);
    let payload = BASE64
        .decode(body.payload.as_bytes())
        .map_err(|error| Failure::at(usher_api::Code::InvalidField, "/payload", format!("not base64: {error}")))?;
    let (app, org, manifest) = (host.app.clone(), by.org(), manifest(&body.manifest)?);
    let made = host.detached.finish(async move { upload::upload(&app, &by, manifest, payload).await }).await??;
    let location = format!("/v1/orgs/{org}/policies/{}", made.made.digest);
    Ok(Created { body: policy(made.made), location, version: made.version })
}

/// The organisation's policies.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/policies", tag = "policies", params(PageQuery),
    responses((status = 200, body = Page<wire::Policy>))
)]
async fn list_policies(by: By<Policies>, Paged(paging): Paged) -> Answer<Shown<Page<wire::Policy>>> {
    Ok(Shown(page(upload::list(&by, &paging).await?, policy)))
}

/// One policy.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/policies/{policy}", tag = "policies",
    responses((status = 200, body = wire::Policy))
)]
async fn show_policy(by: By<Policies>, Named(digest): Named<Digest>) -> Answer<Versioned<wire::Policy>> {
    let found = upload::show(&by, digest).await?;
    Ok(Versioned { body: policy(found.record), version: found.version })
}

/// Deletes a policy that neither the live generation of its decision point names nor one of the ten newest, which can
/// be gone back to. What it decided stays on record; the same one can be uploaded again.
#[utoipa::path(
    delete, path = "/v1/orgs/{org}/policies/{policy}", tag = "policies", responses((status = 204))
)]
async fn delete_policy(State(host): State<Arc<Host>>, by: By<Policies>, Named(digest): Named<Digest>) -> Answer<Done> {
    delete::delete(&host.app, &by, digest).await?;
    Ok(Done)
}

/// The live policies of a decision point. Its `ETag` is what a change is based on, also before the first.
#[utoipa::path(
    get, path = "/v1/orgs/{org}/policy-sets/{point}", tag = "policies",
    responses((status = 200, body = wire::PolicySet))
)]
async fn show_policy_set(by: By<Policies>, Named(point): Named<DecisionPoint>) -> Answer<Versioned<wire::PolicySet>> {
    let found = activate::show(&by, point).await?;
    Ok(Versioned { body: shown(point, found.record), version: found.version })
}

/// Puts policies in place of the live ones. Each is compiled and has checked its settings before.
#[utoipa::path(
    put, path = "/v1/orgs/{org}/policy-sets/{point}", tag = "policies", params(VersionMatch),
    request_body = NewPolicySet, responses((status = 200, body = wire::PolicySet)),
    extensions(("x-compiles" = json!(true)))
)]
async fn activate_policy_set(
    State(host): State<Arc<Host>>,
    by: By<Policies>,
    Named(point): Named<DecisionPoint>,
    IfMatch(version): IfMatch,
    Body(body): Body<NewPolicySet>,
) -> Answer<Versioned<wire::PolicySet>> {
    let (app, new) = (host.app.clone(), new_set(body)?);
    let work = async move { activate::activate(&app, &by, point, version, &new).await };
    Ok(versioned(host.detached.finish(work).await??))
}

/// Makes what an earlier generation held live again, as a new generation.
#[utoipa::path(
    post, path = "/v1/orgs/{org}/policy-sets/{point}/roll-back", tag = "policies", params(VersionMatch),
    request_body = RollBack, responses((status = 200, body = wire::PolicySet)),
    extensions(("x-compiles" = json!(true)))
)]
async fn roll_back_policy_set(
    State(host): State<Arc<Host>>,
    by: By<Policies>,
    Named(point): Named<DecisionPoint>,
    IfMatch(version): IfMatch,
    Body(body): Body<RollBack>,
) -> Answer<Versioned<wire::PolicySet>> {
    let app = host.app.clone();
    let work = async move { activate::roll_back(&app, &by, point, version, body.generation).await };
    Ok(versioned(host.detached.finish(work).await??))
}

fn manifest(manifest: &wire::Manifest) -> Result<Manifest, Failure> {
    let facts = names("/manifest/facts", &manifest.facts)?;
    let parsed = serde_json::json!({
        "name": manifest.name,
        "version": manifest.version,
        "kind": manifest.kind,
        "point": manifest.point,
        "contract": manifest.contract,
        "facts": facts,
        "payload": manifest.payload,
    });
    serde_path_to_error::deserialize(parsed).map_err(|error| {
        let pointer = format!("/manifest/{}", error.path());
        Failure::at(usher_api::Code::InvalidField, pointer, reworded(&error.inner().to_string()))
    })
}

fn names(pointer: &str, names: &[String]) -> Result<BTreeSet<FactFamily>, Failure> {
    let parsed = names.iter().enumerate().map(|(index, name)| field(&format!("{pointer}/{index}"), name));
    parsed.collect()
}

fn new_set(body: NewPolicySet) -> Result<NewSet, Failure> {
    let entries = body.entries.into_iter().enumerate().map(|(index, entry)| new_entry(index, &entry));
    Ok(NewSet { combine: choice("/combine", &body.combine)?, entries: entries.collect::<Result<_, _>>()? })
}

fn new_entry(index: usize, entry: &wire::PolicySetEntry) -> Result<NewEntry, Failure> {
    let at = |name: &str| format!("/entries/{index}/{name}");
    let default = Limits::default();
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    Ok(NewEntry {
        policy: field(&at("policy"), &entry.policy)?,
        settings: entry.settings.to_string(),
        grants: names(&at("grants"), &entry.grants)?,
        limits: Limits {
            fuel: entry.limits.fuel.unwrap_or(default.fuel),
            deadline_ms: entry.limits.deadline_ms.unwrap_or(default.deadline_ms),
            memory_bytes: entry.limits.memory_bytes.map_or(default.memory_bytes, size),
            ..default
        },
        on_fault: choice(&at("on_fault"), &entry.on_fault)?,
    })
}

/// One of an enum's names.
fn choice<T: serde::de::DeserializeOwned>(pointer: &str, name: &str) -> Result<T, Failure> {
    serde_json::from_value(name.into())
        .map_err(|error| Failure::at(usher_api::Code::InvalidField, pointer, error.to_string()))
}

fn policy(policy: Policy) -> wire::Policy {
    let manifest = policy.manifest;
    wire::Policy {
        digest: policy.digest.to_string(),
        manifest: wire::Manifest {
            name: manifest.name,
            version: manifest.version.to_string(),
            kind: name(&manifest.kind),
            point: manifest.point.to_string(),
            contract: manifest.contract,
            facts: manifest.facts.iter().map(ToString::to_string).collect(),
            payload: manifest.payload.map(|digest| digest.to_string()),
        },
        uploaded_at: policy.uploaded_at.to_string(),
    }
}

fn versioned(set: Stored<PolicySet>) -> Versioned<wire::PolicySet> {
    Versioned { body: shown(set.record.point, Some(set.record)), version: set.version }
}

fn shown(point: DecisionPoint, set: Option<PolicySet>) -> wire::PolicySet {
    let Some(set) = set else {
        return wire::PolicySet {
            point: point.to_string(),
            generation: 0,
            combine: name(&usher_engine::Combine::default()),
            entries: vec![],
            activated_at: None,
            rolled_back_to: None,
        };
    };
    wire::PolicySet {
        point: point.to_string(),
        generation: set.generation,
        combine: name(&set.combine),
        entries: set.entries.iter().map(entry).collect(),
        activated_at: Some(set.activated_at.to_string()),
        rolled_back_to: set.rolled_back_to,
    }
}

fn entry(entry: &SetEntry) -> wire::PolicySetEntry {
    wire::PolicySetEntry {
        policy: entry.policy.to_string(),
        settings: serde_json::from_str(&entry.settings).unwrap_or_default(),
        grants: entry.grants.iter().map(ToString::to_string).collect(),
        limits: wire::Limits {
            fuel: Some(entry.limits.fuel),
            deadline_ms: Some(entry.limits.deadline_ms),
            memory_bytes: Some(entry.limits.memory_bytes as u64),
        },
        on_fault: name(&entry.on_fault),
    }
}

/// The name of an enum's value.
pub(super) fn name(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
