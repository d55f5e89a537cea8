//! Limits of joining: codes that are asked for, and asking to join (R22).
//!
//! Whoever asks has no token, and what they cause is a message to somebody and a commit. So one network asks so often
//! in an hour, and so do all who hold one invitation, and all of one organisation: who has many networks is slowed by
//! the invitation, who has many invitations by the organisation. SMS cost money: a tenth as many.

use std::net::IpAddr;
use std::sync::PoisonError;

use usher_domain::ids::{InvitationId, OrgId};
use usher_domain::time::{HOUR, Instant};

use super::levels::{Limit, network};
use super::{Counted, Throttle, TooManyAttempts};

/// What one network may ask for in an hour unless the host is told otherwise: a company that has everybody join from
/// one office on one morning stays below it.
pub const ASKED_PER_HOUR: u32 = 1_000;
/// How many times as much all may ask for who hold one invitation.
const BY_INVITATION: u32 = 3;
/// How many times as much an organisation's applicants may ask for together.
const BY_ORGANISATION: u32 = 10;
/// One SMS for so many mails.
const MAILS_FOR_AN_SMS: u32 = 10;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// A code by mail.
    Mail,
    /// A code by SMS.
    Sms,
    /// To join.
    Join,
}

/// Who asks, without a token.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    /// From where.
    pub origin: Option<IpAddr>,
    /// By which invitation, if it is by one.
    pub invitation: Option<InvitationId>,
    /// Of which organisation.
    pub org: OrgId,
}

/// Who is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Together {
    Network(Option<IpAddr>),
    Invitation(InvitationId),
    Organisation(OrgId),
}

/// How much may be asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct PerHour(u32);

impl Default for PerHour {
    fn default() -> PerHour {
        PerHour(ASKED_PER_HOUR)
    }
}

impl PerHour {
    fn limit(self, asked: Asked, together: Together) -> Limit {
        let (name, times) = match together {
            Together::Network(_) => ("asked_by_network", 1),
            Together::Invitation(_) => ("asked_by_invitation", BY_INVITATION),
            Together::Organisation(_) => ("asked_by_organisation", BY_ORGANISATION),
        };
        let share = if asked == Asked::Sms { MAILS_FOR_AN_SMS } else { 1 };
        let at_once = i64::from((self.0 / share).max(1)) * i64::from(times);
        Limit { name, at_once, regained_after: HOUR / at_once }
    }
}

impl Throttle {
    /// One that lets a network ask for so much in an hour.
    #[must_use]
    pub fn with_asked_per_hour(most: u32) -> Throttle {
        Throttle { joining: PerHour(most), ..Throttle::default() }
    }

    /// Lets something be asked for, and counts it.
    pub fn ask(&self, asked: Asked, asker: &Asker, now: Instant) -> Result<(), TooManyAttempts> {
        let of = [
            Some(Together::Network(asker.origin.map(network))),
            asker.invitation.map(Together::Invitation),
            Some(Together::Organisation(asker.org)),
        ];
        let of = of.into_iter().flatten();
        let of = of.map(|together| (Counted::Asked(asked, together), self.joining.limit(asked, together)));
        let of: Vec<_> = of.collect();
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        for (counted, limit) in &of {
            levels.check(*counted, limit, now)?;
        }
        for (counted, limit) in &of {
            levels.raise(*counted, limit, now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(from: u32, invitation: u8, org: u8) -> Asker {
        let (invitation, org) = (InvitationId::from_bytes([invitation; 16]), OrgId::from_bytes([org; 16]));
        Asker { origin: Some(IpAddr::V4(from.into())), invitation: Some(invitation), org }
    }

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    /// Asks, and says which limit stood in the way.
    fn check(throttle: &Throttle, asked: Asked, asker: &Asker, now: Instant, limit: Option<&str>) {
        let refused = throttle.ask(asked, asker, now).err().map(|error| error.limit);
        assert_eq!(refused, limit, "{asked:?} {asker:?} at {now}");
    }

    #[test]
    fn r22_a_network_asks_so_often_in_an_hour_and_for_a_tenth_as_many_sms() {
        let throttle = Throttle::with_asked_per_hour(20);
        for (asked, most) in [(Asked::Mail, 20), (Asked::Sms, 2), (Asked::Join, 20)] {
            for _ in 0..most {
                check(&throttle, asked, &asker(1, 1, 1), at(0), None);
            }
            check(&throttle, asked, &asker(1, 2, 2), at(0), Some("asked_by_network"));
            check(&throttle, asked, &asker(2, 1, 1), at(0), None);
            check(&throttle, asked, &asker(1, 1, 1), at(HOUR / most), None);
        }
    }

    #[test]
    fn r22_many_networks_use_up_an_invitation_and_many_invitations_an_organisation() {
        let throttle = Throttle::with_asked_per_hour(10);
        for from in 0..30 {
            check(&throttle, Asked::Mail, &asker(from, 1, 1), at(0), None);
        }
        check(&throttle, Asked::Mail, &asker(99, 1, 1), at(0), Some("asked_by_invitation"));
        check(&throttle, Asked::Mail, &Asker { invitation: None, ..asker(99, 0, 1) }, at(0), None);
        for from in 100..169 {
            check(&throttle, Asked::Mail, &asker(from, u8::try_from(from).unwrap(), 1), at(0), None);
        }
        check(&throttle, Asked::Mail, &asker(200, 200, 1), at(0), Some("asked_by_organisation"));
        check(&throttle, Asked::Mail, &asker(200, 200, 2), at(0), None);
    }

    #[test]
    fn r22_the_smallest_limit_still_lets_somebody_ask() {
        let throttle = Throttle::with_asked_per_hour(0);
        check(&throttle, Asked::Sms, &asker(1, 1, 1), at(0), None);
        check(&throttle, Asked::Sms, &asker(1, 1, 1), at(0), Some("asked_by_network"));
    }
}
