//! Uploading a policy: checked against its world before a byte of it is kept.

use usher_engine::{Digest, Manifest, ManifestError, Package};
use usher_store::{Page, Stored};

use super::{Payload, Policy};
use crate::app::App;
use crate::app::actor::{By, Policies};
use crate::app::change::Made;
use crate::app::counters;
use crate::app::page::{PageOf, Paging};
use crate::app::pdp::NotReady;
use crate::app::refusal::Refusal;

/// Most bytes of an organisation's policies, which are kept until they are deleted: any of them may have decided
/// something, or be gone back to.
pub const MAX_BYTES: i64 = 512 << 20;

/// What a policy takes beside its payload.
const MANIFEST_BYTES: usize = 4 << 10;

/// Why a policy is not kept.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Manifest and payload are no policy.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The payload does not fit its world, or does not parse; or too many wait to be checked.
    #[error(transparent)]
    Prepare(#[from] NotReady),
    /// The organisation has too many.
    #[error("the organisation's policies would take more than {} MiB: delete some that are not used", MAX_BYTES >> 20)]
    Full,
}

/// Keeps a policy. The same one again changes nothing.
pub async fn upload(
    app: &App,
    by: &By<Policies>,
    manifest: Manifest,
    payload: Vec<u8>,
) -> Result<Made<Policy>, UploadError> {
    let package = Package::from_manifest(manifest, payload)?;
    let id = *package.digest().as_bytes();
    if let Some(found) = by.scope.get::<Policy>(&id).await.map_err(Refusal::from)? {
        return Ok(Made { made: found.record, version: found.version, secret: None });
    }
    let bytes = bytes_of(package.payload());
    if by.scope.counter(&counters::policy_bytes()).await.map_err(Refusal::from)? + bytes > MAX_BYTES {
        return Err(UploadError::Full);
    }
    app.pdp.check(&by.scope, &package).await?;
    app.make(by, || async {
        let policy =
            Policy { manifest: package.manifest().as_ref().clone(), digest: package.digest(), uploaded_at: by.call.at };
        let mut change = app.draft(by, "policy.uploaded", policy.digest).after(&policy);
        change.count_up(&counters::policy_bytes(), bytes, MAX_BYTES, UploadError::Full);
        change.writes.insert(&id, &policy);
        change.writes.put(&id, &Payload { bytes: package.payload().to_vec() });
        Ok((policy, (), change))
    })
    .await
}

/// What a policy with this payload takes of [`MAX_BYTES`].
pub(super) fn bytes_of(payload: &[u8]) -> i64 {
    i64::try_from(payload.len() + MANIFEST_BYTES).unwrap_or(i64::MAX)
}

/// The organisation's policies, in order of digest.
pub async fn list(by: &By<Policies>, paging: &Paging) -> Result<PageOf<Policy>, Refusal> {
    let after = paging.after.as_deref().map(|bytes| bytes.try_into().map_err(|_| Refusal::Cursor)).transpose()?;
    let found = by.scope.page::<Policy>(Page::first(paging.limit + 1).after(after)).await?;
    let policies = found.into_iter().map(|(_, stored)| stored.record).collect();
    Ok(PageOf::of(policies, paging, |policy: &Policy| policy.digest.as_bytes().to_vec()))
}

/// One policy.
pub async fn show(by: &By<Policies>, digest: Digest) -> Result<Stored<Policy>, Refusal> {
    let found = by.scope.get::<Policy>(digest.as_bytes()).await?;
    found.ok_or_else(|| Refusal::not_found("policy", &digest))
}
