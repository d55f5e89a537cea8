//! Due work that takes no time: written into the worker's own commit, with whatever else of the organisation is due.
//!
//! Owns what each kind comes to. Must not make many commits, nor ask a policy: mail and codes of all organisations
//! wait meanwhile.

use usher_domain::time::SECOND;
use usher_store::Record;

use super::{Task, Worked, own_call};
use crate::app::answers::link::{self, LinkEnds};
use crate::app::dead_letters::DeadLetter;
use crate::app::imports::{self, ImportRecord};
use crate::app::login::codes::{self, KnownNetwork, LoginCode, LoginCodeAsked};
use crate::app::mail::OutgoingMail;
use crate::app::members::welcome::{self, WelcomeEnds};
use crate::app::once::Remembered;
use crate::app::plans::turn;
use crate::app::policies::Live;
use crate::app::proofs;
use crate::app::sms::OutgoingSms;
use crate::app::sso::index;
use crate::app::stored::{PlanTurn, Proof};
use crate::app::webhooks::Cursor;
use crate::courier::Carried;

/// How long sweeping match keys rests between two steps, in microseconds.
const SWEEP_REST: i64 = SECOND;

/// What is done when the time of a record has come.
pub(super) trait AtOnce: Record {
    /// Does it.
    fn work(task: &mut Task<'_>, id: Self::Id) -> impl Future<Output = Worked> + Send;
}

impl Task<'_> {
    pub(super) async fn at_once<R: AtOnce>(&mut self) -> Worked {
        let id = self.id::<R>()?;
        R::work(self, id).await
    }

    /// A message goes on its way, unless it was erased.
    async fn carry<R: Carried>(&mut self, id: R::Id) -> Worked {
        let Some(found) = self.scope().get::<R>(&id).await? else { return Ok(None) };
        Ok(self.courier.lease::<R>(self.app, self.due.org, self.writes, (id, &found.record), self.now))
    }

    /// A record that is worth nothing any more.
    fn forget<R: Record>(&mut self, id: &R::Id) -> Worked {
        self.writes.delete::<R>(id);
        Ok(None)
    }
}

impl AtOnce for OutgoingMail {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        task.carry::<Self>(id).await
    }
}

impl AtOnce for OutgoingSms {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        task.carry::<Self>(id).await
    }
}

/// A code that was asked for is sent: one commit.
impl AtOnce for LoginCodeAsked {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        codes::send(task.app, &task.scope(), &own_call(task.app, task.now), id).await?;
        Ok(None)
    }
}

impl AtOnce for LoginCode {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        task.forget::<Self>(&id)
    }
}

/// A network that was long not seen.
impl AtOnce for KnownNetwork {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        codes::forget_network(&task.scope(), task.writes, id, task.now).await?;
        Ok(None)
    }
}

/// A code that can be used no more.
impl AtOnce for Proof {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        proofs::forget(&task.scope(), task.writes, id, task.now).await?;
        Ok(None)
    }
}

/// A plan begins or ends: one commit.
impl AtOnce for PlanTurn {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        let next = turn::turn(task.app, &task.scope(), &own_call(task.app, task.now), id).await?;
        if let Some(next) = next {
            task.writes.schedule::<Self>(next.as_micros(), &id);
        }
        Ok(None)
    }
}

/// A remembered answer is in its organisation's data, or in the host's if it was about making one.
impl AtOnce for Remembered {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        task.writes.host(|host| host.delete::<Self>(&id));
        task.forget::<Self>(&id)
    }
}

/// A link to answer a request by that can be used no more.
impl AtOnce for LinkEnds {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        link::forget(&task.scope(), task.writes, &id).await?;
        Ok(None)
    }
}

/// A link to accept or decline by that can be used no more.
impl AtOnce for WelcomeEnds {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        welcome::forget(&task.scope(), task.writes, &id).await?;
        Ok(None)
    }
}

/// A webhook is served with the events it has not got.
impl AtOnce for Cursor {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        Ok(task.app.webhooks.lease(task.app, task.due.org, task.writes, id, task.now))
    }
}

/// A message that nobody tried again.
impl AtOnce for DeadLetter {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        task.forget::<Self>(&id)
    }
}

/// An import's job is looked after, or its time is over.
impl AtOnce for ImportRecord {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        let call = own_call(task.app, task.now);
        let next = imports::due(task.app, &task.scope(), &call, task.writes, id).await?;
        if let Some(next) = next {
            task.writes.schedule::<Self>(next.as_micros(), &id);
        }
        Ok(None)
    }
}

/// Match keys of policies that were, a step at a time.
impl AtOnce for Live {
    async fn work(task: &mut Task<'_>, id: Self::Id) -> Worked {
        if index::sweep(&task.scope(), task.writes).await? {
            task.writes.schedule::<Self>(task.now.plus(SWEEP_REST).as_micros(), &id);
        }
        Ok(None)
    }
}
