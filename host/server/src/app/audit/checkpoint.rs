//! Checkpoints: the end of an organisation's chain, signed by the host (Ed25519, RFC 8032).
//!
//! Whoever keeps one elsewhere can show later that entries were changed, removed or cut off, whatever was done
//! to the host since. One is made of every day that had an entry, and whenever somebody asks.

use std::fmt;

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use usher_domain::ids::OrgId;
use usher_domain::time::Instant;
use usher_store::{OrgScope, OrgWrites, Page, Stored};

use super::chain::Chain;
use crate::app::App;
use crate::app::actor::{Audit, By};
use crate::app::page::{PageOf, Paging};
use crate::app::refusal::Refusal;
use crate::app::stored::{kind, records};

/// The host's own key, which signs checkpoints. Its debug form hides it.
pub struct Seal(SigningKey);

impl Seal {
    /// From 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Seal {
        Seal(SigningKey::from_bytes(secret))
    }

    /// What others verify by.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(…)")
    }
}

/// How an organisation's chain ended at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Whose chain.
    pub organisation: OrgId,
    /// Entries in it.
    pub size: u64,
    /// Hash of the last one; zeros if there is none.
    #[serde(with = "serde_bytes")]
    pub head: [u8; 32],
    /// When it was signed.
    pub at: Instant,
}

/// Why a checkpoint can't be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// No point of the curve.
    #[error("the checkpoint's key is no Ed25519 key")]
    Key,
    /// Changed, or signed by somebody else.
    #[error("the checkpoint was not signed by the holder of its key: it was changed, or the key is another one")]
    Signature,
}

impl Checkpoint {
    /// What is signed: plain text, so that it can be verified with any tool.
    pub fn signed_text(&self) -> String {
        format!(
            "usher audit checkpoint 1\norganisation {}\nsize {}\nhead {}\nat {}\n",
            self.organisation,
            self.size,
            HEXLOWER.encode(&self.head),
            self.at,
        )
    }

    /// The chain that it is the end of, to be gone along; if `signature` is one by the holder of `key`.
    pub fn chain(&self, key: &[u8; 32], signature: &[u8; 64]) -> Result<Chain, CheckpointError> {
        let key = VerifyingKey::from_bytes(key).map_err(|_| CheckpointError::Key)?;
        key.verify_strict(self.signed_text().as_bytes(), &Signature::from_bytes(signature))
            .map_err(|_| CheckpointError::Signature)?;
        Ok(Chain::signed(self.size, self.head))
    }
}

/// A checkpoint with its signature, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signed {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// By which key.
    #[serde(with = "serde_bytes")]
    pub key: [u8; 32],
    /// 64 bytes.
    #[serde(with = "serde_bytes")]
    pub signature: Vec<u8>,
}

records! {
    // By the size of the chain.
    Signed = kind::AUDIT_CHECKPOINT, version 1, by u64;
    /// Work that falls due: the chain's end is signed at the end of a day that had an entry. Never stored under a key
    /// of its own.
    EndOfDay {} = kind::AUDIT_END_OF_DAY, version 1, by ();
}

/// Has the chain signed at the end of the day (UTC); to be called in every commit that lengthens it. All of a day
/// write the same key.
pub(crate) fn due(writes: &mut OrgWrites, at: Instant) {
    writes.schedule::<EndOfDay>(at.end_of_day().as_micros(), &());
}

/// The chain's end as it is now, signed; nothing is kept.
pub async fn sign(app: &App, by: &By<Audit>) -> Result<Signed, Refusal> {
    signed(app, &by.scope, by.call.at).await
}

/// Signs the chain's end and keeps that.
pub(crate) async fn keep(app: &App, scope: &OrgScope, at: Instant) -> Result<(), Refusal> {
    let signed = signed(app, scope, at).await?;
    let mut writes = scope.writes();
    writes.put(&signed.checkpoint.size.clone(), &signed);
    writes.commit().await.map(drop).map_err(Refusal::Commit)
}

async fn signed(app: &App, scope: &OrgScope, at: Instant) -> Result<Signed, Refusal> {
    let last = scope.audit(Page::last(1)).await?;
    let (size, head) = last.first().map_or((0, [0; 32]), |(position, linked)| (*position, linked.hash(*position)));
    let checkpoint = Checkpoint { organisation: *scope.owner(), size, head, at };
    let signature = app.audit_seal.0.sign(checkpoint.signed_text().as_bytes()).to_bytes().to_vec();
    Ok(Signed { checkpoint, key: app.audit_seal.public(), signature })
}

/// Those that were kept, newest first.
pub async fn list(by: &By<Audit>, paging: &Paging) -> Result<PageOf<Signed>, Refusal> {
    let page = Page::last(paging.limit + 1).after(paging.after_position()?);
    let rows = by.scope.page::<Signed>(page).await?;
    let kept = rows.into_iter().map(|(_, Stored { record, .. })| record).collect();
    Ok(PageOf::of(kept, paging, |signed: &Signed| signed.checkpoint.size.to_be_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r42_a_checkpoint_that_was_changed_or_signed_by_another_is_refused() {
        let (ours, theirs) = (Seal::new(&[1; 32]), Seal::new(&[2; 32]));
        let checkpoint = Checkpoint {
            organisation: OrgId::from_bytes([3; 16]),
            size: 7,
            head: [4; 32],
            at: Instant::from_micros(0),
        };
        let signature = |seal: &Seal| seal.0.sign(checkpoint.signed_text().as_bytes()).to_bytes();
        let check = |checkpoint: &Checkpoint, key: [u8; 32], signature: [u8; 64], good: bool| {
            assert_eq!(checkpoint.chain(&key, &signature).is_ok(), good, "{checkpoint:?}");
        };
        check(&checkpoint, ours.public(), signature(&ours), true);
        check(&checkpoint, ours.public(), signature(&theirs), false);
        check(&checkpoint, theirs.public(), signature(&ours), false);
        check(&Checkpoint { size: 6, ..checkpoint.clone() }, ours.public(), signature(&ours), false);
        check(&Checkpoint { head: [5; 32], ..checkpoint.clone() }, ours.public(), signature(&ours), false);
        let other = OrgId::from_bytes([9; 16]);
        check(&Checkpoint { organisation: other, ..checkpoint.clone() }, ours.public(), signature(&ours), false);
    }
}
