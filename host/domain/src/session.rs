//! Sessions of members who logged in: for which client, until when.
//!
//! Owns how long a session lasts. Must not know tokens, nor how somebody logs in.

use serde::{Deserialize, Serialize};

use crate::ids::TokenId;
use crate::kebab::names;
use crate::time::{DAY, HOUR, Instant, MINUTE};

/// Most sessions of one member: another one ends the one that was used least lately.
pub const MAX_SESSIONS: usize = 20;

names! {
    /// What a session was made for. Decides R4, for as long as the session lasts.
    pub enum Client as "client" {
        /// The admin console, and what does the same.
        Console = "console",
        /// The member app.
        MemberApp = "member_app",
    }
}

impl Client {
    /// How long a session lasts at most, in microseconds (NIST SP 800-63B: 12 hours at AAL2, 30 days at AAL1).
    pub const fn lasts_for(self) -> i64 {
        match self {
            Client::Console => 12 * HOUR,
            Client::MemberApp => 30 * DAY,
        }
    }

    /// How long a session may lie idle, in microseconds (NIST SP 800-63B: 30 minutes at AAL2).
    pub const fn idle_for(self) -> i64 {
        match self {
            Client::Console => 30 * MINUTE,
            Client::MemberApp => 7 * DAY,
        }
    }
}

/// A session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Its id, as the records keep it of whoever acts by it.
    pub id: TokenId,
    /// What it was made for.
    pub client: Client,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// When it began.
    pub created_at: Instant,
    /// When it was used last, to a thirtieth of what it may lie idle: not every request is written down.
    pub used_at: Instant,
    /// Network address it began from.
    pub origin: Option<String>,
}

impl Session {
    /// When it ends if nobody uses it again.
    pub fn ends_at(&self) -> Instant {
        let (whole, idle) = (self.created_at.plus(self.client.lasts_for()), self.used_at.plus(self.client.idle_for()));
        whole.min(idle)
    }

    /// Whether it can be used.
    pub fn is_good(&self, at: Instant) -> bool {
        at < self.ends_at()
    }

    /// Whether this use is to be written down.
    pub fn is_to_be_noted(&self, at: Instant) -> bool {
        at >= self.used_at.plus(self.client.idle_for() / 30)
    }
}

/// Adds a session; those that have ended go, and the one used least lately if there are too many.
pub fn begin(sessions: &mut Vec<Session>, new: Session) {
    let at = new.created_at;
    sessions.retain(|session| session.is_good(at));
    if sessions.len() >= MAX_SESSIONS
        && let Some((place, _)) = sessions.iter().enumerate().min_by_key(|(_, session)| session.used_at)
    {
        sessions.remove(place);
    }
    sessions.push(new);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(n: u8, client: Client, created_at: i64) -> Session {
        let at = Instant::from_micros(created_at);
        let id = TokenId::from_bytes([n; 16]);
        Session { id, client, secret_hash: [n; 32], created_at: at, used_at: at, origin: None }
    }

    #[test]
    fn a_session_ends_when_idle_and_in_any_case() {
        let check = |client: Client, used_at: i64, at: i64, good: bool| {
            let session = Session { used_at: Instant::from_micros(used_at), ..session(1, client, 0) };
            assert_eq!(session.is_good(Instant::from_micros(at)), good, "{client}, used at {used_at}, at {at}");
        };
        check(Client::Console, 0, 30 * MINUTE - 1, true);
        check(Client::Console, 0, 30 * MINUTE, false);
        check(Client::Console, 11 * HOUR + 50 * MINUTE, 12 * HOUR - 1, true);
        check(Client::Console, 11 * HOUR + 50 * MINUTE, 12 * HOUR, false);
        check(Client::MemberApp, 0, 7 * DAY - 1, true);
        check(Client::MemberApp, 0, 7 * DAY, false);
        check(Client::MemberApp, 29 * DAY, 30 * DAY, false);
    }

    #[test]
    fn the_session_used_least_lately_makes_room() {
        let mut sessions = Vec::new();
        for n in 0..MAX_SESSIONS {
            begin(&mut sessions, session(u8::try_from(n).unwrap(), Client::MemberApp, 0));
        }
        sessions[3].used_at = Instant::from_micros(-1);
        begin(&mut sessions, session(99, Client::MemberApp, 1));
        assert_eq!(sessions.len(), MAX_SESSIONS);
        assert!(sessions.iter().all(|session| session.id != TokenId::from_bytes([3; 16])));
        begin(&mut sessions, session(100, Client::Console, 8 * DAY));
        assert_eq!(sessions.len(), 1, "those that have ended go");
    }
}
