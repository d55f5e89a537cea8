//! Passwords as they are kept, and the work of comparing them: argon2id, so many at a time, so many waiting.
//!
//! Owns parameters and bounds. Must not know whose a password is.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use usher_domain::password::Password;

use crate::app::App;

/// Memory of one hash, in KiB: with [`PASSES`] and [`LANES`] what the OWASP Password Storage Cheat Sheet asks for at
/// least.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes of the memory; one thread fills them.
const LANES: u32 = 1;
/// Hashes at the same moment: 76 MiB in all.
const PARALLEL: usize = 4;
/// Of these, most for imports, whose hashes wait however many there are: the others are left to those who log in.
const PARALLEL_IN_BULK: usize = 2;
/// Hashes that wait for their turn, some seconds' work; more are refused.
const MAX_WAITING: usize = 256;

/// A password as it is kept, with whatever is needed to compare one with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// One that somebody chose.
    Argon2id {
        /// In KiB.
        memory: u32,
        /// Passes.
        passes: u32,
        /// Lanes.
        lanes: u32,
        /// Random.
        salt: [u8; 16],
        /// What came out.
        hash: [u8; 32],
    },
    /// One that the host generated: with 80 random bits, and at most until the first login, a slow hash would add
    /// nothing but load; an import makes them by the hundred thousand.
    Generated {
        /// Random.
        salt: [u8; 16],
        /// SHA-256 of salt and password.
        hash: [u8; 32],
    },
}

/// Passwords are compared as fast as the host can, and more wait than can be served soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords wait to be compared: try again in a second")]
pub struct Overloaded;

/// Room for hashing. A hash under way keeps its place even if nobody waits for it any more.
#[derive(Debug)]
pub struct Hasher {
    parallel: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    bulk: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Hasher {
        Hasher::new(PARALLEL, MAX_WAITING)
    }
}

impl Hasher {
    /// Room for so many hashes at a time while so many others wait.
    #[must_use]
    pub fn new(parallel: usize, waiting: usize) -> Hasher {
        let (parallel, admitted) = (Semaphore::new(parallel), Semaphore::new(parallel + waiting));
        let bulk = Semaphore::new(PARALLEL_IN_BULK);
        Hasher { parallel: Arc::new(parallel), admitted: Arc::new(admitted), bulk: Arc::new(bulk) }
    }

    /// For somebody who waits: refused at once if too many do.
    async fn run(&self, job: Job) -> Result<[u8; 32], Overloaded> {
        let admitted = self.admitted.clone().try_acquire_owned().map_err(|_| Overloaded)?;
        self.hash(job, admitted).await
    }

    /// For a job that can wait for as long as it takes.
    async fn run_in_bulk(&self, job: Job) -> Result<[u8; 32], Overloaded> {
        let admitted = self.bulk.clone().acquire_owned().await.map_err(|_| Overloaded)?;
        self.hash(job, admitted).await
    }

    async fn hash(&self, job: Job, admitted: OwnedSemaphorePermit) -> Result<[u8; 32], Overloaded> {
        let place = self.parallel.clone().acquire_owned().await.map_err(|_| Overloaded)?;
        let hashed = tokio::task::spawn_blocking(move || {
            let hash = job.run();
            drop((place, admitted));
            hash
        });
        // A hash that could not be made, for want of memory, is load too.
        hashed.await.ok().flatten().ok_or(Overloaded)
    }
}

/// One hash to be made.
struct Job {
    params: (u32, u32, u32),
    salt: [u8; 16],
    password: Password,
}

impl Kept {
    fn argon2id(salt: [u8; 16], hash: [u8; 32]) -> Kept {
        Kept::Argon2id { memory: MEMORY_KIB, passes: PASSES, lanes: LANES, salt, hash }
    }
}

impl Job {
    /// Of a password that is to be kept.
    fn of(app: &App, password: &Password) -> Job {
        app.metrics.hashed_password();
        Job { params: (MEMORY_KIB, PASSES, LANES), salt: app.random(), password: password.clone() }
    }

    fn run(&self) -> Option<[u8; 32]> {
        let (memory, passes, lanes) = self.params;
        let params = Params::new(memory, passes, lanes, Some(32)).ok()?;
        let mut hash = [0; 32];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(self.password.as_bytes(), &self.salt, &mut hash).ok()?;
        Some(hash)
    }
}

/// A chosen password as it is to be kept.
pub async fn keep(app: &App, password: &Password) -> Result<Kept, Overloaded> {
    let job = Job::of(app, password);
    let salt = job.salt;
    Ok(Kept::argon2id(salt, app.hasher.run(job).await?))
}

/// [`keep`] for one of many passwords, for which nobody waits.
pub async fn keep_in_bulk(app: &App, password: &Password) -> Result<Kept, Overloaded> {
    let job = Job::of(app, password);
    let salt = job.salt;
    Ok(Kept::argon2id(salt, app.hasher.run_in_bulk(job).await?))
}

/// A generated password as it is to be kept.
pub fn keep_generated(app: &App, password: &Password) -> Kept {
    let salt = app.random();
    let hash = quick(&salt, password);
    Kept::Generated { salt, hash }
}

/// Whether the password is the one that is kept. Makes one slow hash in any case, also if there is none to compare
/// with.
pub async fn is_right(app: &App, kept: Option<&Kept>, typed: &Password) -> Result<bool, Overloaded> {
    let (params, salt, slow) = match kept {
        Some(Kept::Argon2id { memory, passes, lanes, salt, hash }) => ((*memory, *passes, *lanes), *salt, Some(hash)),
        Some(Kept::Generated { .. }) | None => ((MEMORY_KIB, PASSES, LANES), [0; 16], None),
    };
    app.metrics.hashed_password();
    let made = app.hasher.run(Job { params, salt, password: typed.clone() }).await?;
    Ok(match kept {
        Some(Kept::Generated { salt, hash }) => quick(salt, typed) == *hash,
        _ => slow == Some(&made),
    })
}

fn quick(salt: &[u8; 16], password: &Password) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(password.as_bytes()).finalize().into()
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt as _;

    use super::*;

    fn job() -> Job {
        let password = Password::typed("correct horse battery staple").unwrap();
        Job { params: (MEMORY_KIB, PASSES, LANES), salt: [7; 16], password }
    }

    #[tokio::test]
    async fn more_than_can_wait_are_refused_and_the_others_served() {
        let hasher = Hasher::new(1, 1);
        let busy = hasher.parallel.clone().acquire_owned().await.unwrap();
        let (mut first, mut second) = (pin!(hasher.run(job())), pin!(hasher.run(job())));
        assert!(first.as_mut().now_or_never().is_none() && second.as_mut().now_or_never().is_none());
        assert_eq!(hasher.run(job()).await, Err(Overloaded));
        drop(busy);
        let (first, second) = tokio::join!(first, second);
        assert_eq!(first, second);
        assert!(first.is_ok());
        assert!(hasher.run(job()).await.is_ok(), "there is room again");
    }

    #[tokio::test]
    async fn r29_an_imports_passwords_wait_and_leave_room_for_those_who_log_in() {
        let hasher = Hasher::new(PARALLEL_IN_BULK + 1, 0);
        let at_work = hasher.bulk.clone().acquire_many_owned(u32::try_from(PARALLEL_IN_BULK).unwrap()).await.unwrap();
        let bulk = (0..2 * PARALLEL_IN_BULK + 1).map(|_| hasher.run_in_bulk(job()));
        let mut bulk = pin!(futures_util::future::join_all(bulk));
        assert!(bulk.as_mut().now_or_never().is_none(), "they wait for one another");
        assert_eq!(hasher.parallel.available_permits(), PARALLEL_IN_BULK + 1, "and take nobody else's room");
        assert!(hasher.run(job()).await.is_ok());
        drop(at_work);
        assert!(bulk.await.iter().all(Result::is_ok), "however many wait, none is refused");
    }
}
