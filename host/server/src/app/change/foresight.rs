//! What would come of changes that are not committed: whether each could be applied after those before it.
//!
//! Reads what bounds and absences a change asks for, and remembers what the changes before it would have left.
//! Must not know what the changes are about.

use std::collections::HashMap;

use usher_store::{Guard, Key, Op, StoreError};

use super::Change;
use crate::app::App;
use crate::app::refusal::Refusal;

/// A future in which some changes were applied, in order.
#[derive(Debug, Default)]
pub struct Foresight {
    counters: HashMap<Key, i64>,
    present: HashMap<Key, bool>,
}

impl Foresight {
    /// Ends as committing the change would after those admitted before, in the use case's own words; then it
    /// counts as applied. Guards of versions are not looked at: what is read here was read just now.
    pub async fn admit<E: From<Refusal>>(&mut self, app: &App, change: Change<E>) -> Result<(), E> {
        let Change { writes, meanings, .. } = change;
        let refused = match self.refusing(app, writes.drawn()).await.map_err(Refusal::from)? {
            Some(key) => key,
            None => return Ok(()),
        };
        let meaning = meanings.into_iter().find(|(meant, _)| *meant == refused);
        Err(meaning.map_or_else(|| Refusal::Busy.into(), |(_, meaning)| meaning))
    }

    /// The key that a commit would be refused for; with none it counts as applied.
    async fn refusing(&mut self, app: &App, commit: &usher_store::Commit) -> Result<Option<Key>, StoreError> {
        for guard in &commit.guards {
            if let Guard::Absent { key } = guard
                && self.is_present(app, key).await?
            {
                return Ok(Some(key.clone()));
            }
        }
        let mut moved = HashMap::new();
        for op in &commit.ops {
            let Op::Add { key, delta, min, max } = op else { continue };
            let before = match moved.get(key) {
                Some(value) => *value,
                None => self.counter(app, key).await?,
            };
            let after = before.saturating_add(*delta);
            if !(*min..=*max).contains(&after) {
                return Ok(Some(key.clone()));
            }
            moved.insert(key.clone(), after);
        }
        self.counters.extend(moved);
        for op in &commit.ops {
            match op {
                Op::Put { key, .. } => self.present.insert(key.clone(), true),
                Op::Delete { key } => self.present.insert(key.clone(), false),
                Op::Add { .. } | Op::Append { .. } => None,
            };
        }
        Ok(None)
    }

    async fn is_present(&self, app: &App, key: &Key) -> Result<bool, StoreError> {
        match self.present.get(key) {
            Some(present) => Ok(*present),
            None => Ok(app.store.read(std::slice::from_ref(key)).await?.into_iter().flatten().next().is_some()),
        }
    }

    async fn counter(&self, app: &App, key: &Key) -> Result<i64, StoreError> {
        if let Some(value) = self.counters.get(key) {
            return Ok(*value);
        }
        let Some(found) = app.store.read(std::slice::from_ref(key)).await?.into_iter().flatten().next() else {
            return Ok(0);
        };
        let bytes = found.value.as_slice().try_into().map_err(|_| StoreError::Value { what: "a counter" })?;
        Ok(i64::from_be_bytes(bytes))
    }
}
