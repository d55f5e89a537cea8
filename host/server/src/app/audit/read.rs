//! Reading the trail: pages by filters, one entry, the whole of it in pieces, and whether it holds.

use std::str::FromStr;

use usher_domain::ids::{MemberId, TokenId};
use usher_domain::time::{HOUR, Instant};
use usher_store::{Linked, OrgScope, Page, StoreError, decode};

use super::chain::{Chain, ChainFault};
use super::{Entry, Fact, Values};
use crate::app::actor::{Audit, By, Doer};
use crate::app::page::{PageOf, Paging};
use crate::app::refusal::Refusal;

/// Entries read at a time while the whole trail is gone through.
pub const STEP: usize = 500;
/// Entries looked through for one page, at most.
const MAX_LOOKED_AT: usize = 2_000;
/// Entries that one call verifies, at most.
pub const MAX_VERIFIED: u64 = 10_000;
/// How far a machine's clock may have been set back between two entries, in microseconds.
const CLOCK_SLACK: i64 = HOUR;

/// An entry as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Place in the chain, from 1.
    pub position: u64,
    /// What happened.
    pub fact: Fact,
    /// The values; empty where erased.
    pub values: Values,
    /// The entry's hash.
    pub hash: [u8; 32],
}

impl Shown {
    pub(crate) fn of(position: u64, linked: &Linked) -> Result<Shown, StoreError> {
        let entry = entry(linked)?;
        let damaged = |_| StoreError::Value { what: "an audit entry" };
        let fact = entry.fact().map_err(damaged)?;
        Ok(Shown { position, fact, values: entry.values().map_err(damaged)?, hash: linked.hash(position) })
    }
}

fn entry(linked: &Linked) -> Result<Entry, StoreError> {
    decode(&linked.value).map_err(|_| StoreError::Value { what: "an audit entry" })
}

/// Who did what is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A member, by whatever token or none.
    Member(MemberId),
    /// Whoever holds a token.
    Token(TokenId),
    /// Whoever runs the host.
    Operator,
    /// Whoever wanted to join.
    Applicant,
    /// Whoever was about to log in.
    Stranger,
    /// The host itself.
    Host,
}

/// A text that names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `mem_…`, `tok_…`, `operator`, `applicant`, `stranger` or `host`")]
pub struct WhoError;

impl FromStr for Who {
    type Err = WhoError;

    fn from_str(text: &str) -> Result<Who, WhoError> {
        match text {
            "operator" => Ok(Who::Operator),
            "applicant" => Ok(Who::Applicant),
            "stranger" => Ok(Who::Stranger),
            "host" => Ok(Who::Host),
            id => {
                let member = id.parse().map(Who::Member).ok();
                member.or_else(|| id.parse().map(Who::Token).ok()).ok_or(WhoError)
            }
        }
    }
}

impl Who {
    fn is(self, doer: &Doer) -> bool {
        let by = match doer {
            Doer::Operator { token } | Doer::Service { token } | Doer::Member { token, .. } => Some(*token),
            Doer::Bot { .. } | Doer::Applicant | Doer::Stranger | Doer::Host => None,
        };
        match self {
            Who::Member(id) => {
                matches!(doer, Doer::Member { member, .. } | Doer::Bot { member, .. } if *member == id)
            }
            Who::Token(id) => by == Some(id),
            Who::Operator => matches!(doer, Doer::Operator { .. }),
            Who::Applicant => *doer == Doer::Applicant,
            Who::Stranger => *doer == Doer::Stranger,
            Who::Host => *doer == Doer::Host,
        }
    }
}

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Done by these.
    pub who: Option<Who>,
    /// This action, or all of an area: `member` for `member.suspended` and the like.
    pub what: Option<String>,
    /// To this.
    pub target: Option<String>,
    /// At this moment or later.
    pub from: Option<Instant>,
    /// Before this moment.
    pub until: Option<Instant>,
}

impl Filter {
    fn takes(&self, fact: &Fact) -> bool {
        let within = |what: &String| {
            fact.action.strip_prefix(what.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.who.is_none_or(|who| who.is(&fact.doer))
            && self.what.as_ref().is_none_or(within)
            && self.target.as_ref().is_none_or(|target| *target == fact.target)
            && self.from.is_none_or(|from| fact.at >= from)
            && self.until.is_none_or(|until| fact.at < until)
    }

    /// Whether whatever is older than an entry of this moment is too old.
    fn ends_at(&self, at: Instant) -> bool {
        self.from.is_some_and(|from| at.plus(CLOCK_SLACK) < from)
    }
}

/// The trail, newest entry first. A page may be short of its limit and yet not be the last: then `next` is there.
pub async fn list(by: &By<Audit>, filter: &Filter, paging: &Paging) -> Result<PageOf<Shown>, Refusal> {
    let place = |position: u64| position.to_be_bytes().to_vec();
    let (mut items, mut last) = (Vec::new(), paging.after_position()?);
    for _ in 0..MAX_LOOKED_AT / STEP {
        let rows = by.scope.audit(Page::last(STEP).after(last)).await?;
        let done = rows.len() < STEP;
        for (position, linked) in rows {
            let shown = Shown::of(position, &linked)?;
            if filter.ends_at(shown.fact.at) {
                return Ok(PageOf { items, next: None });
            }
            if items.len() == paging.limit {
                return Ok(PageOf { items, next: last.map(place) });
            }
            last = Some(position);
            items.extend(Some(shown).filter(|shown| filter.takes(&shown.fact)));
        }
        if done {
            return Ok(PageOf { items, next: None });
        }
    }
    Ok(PageOf { items, next: last.map(place) })
}

/// One entry.
pub async fn show(by: &By<Audit>, position: u64) -> Result<Shown, Refusal> {
    let rows = by.scope.audit(Page::first(1).after(position.checked_sub(1))).await?;
    match rows.first() {
        Some((found, linked)) if *found == position => Ok(Shown::of(position, linked)?),
        _ => Err(Refusal::not_found("audit entry", &position)),
    }
}

/// An entry as it is exported: all that it takes to verify it elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// Place in the chain.
    pub position: u64,
    /// The entry, with the salts of what was not erased.
    pub entry: Entry,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Entries behind a position, oldest first, at most [`STEP`]; none at the end.
pub async fn export(scope: &OrgScope, behind: u64) -> Result<Vec<Exported>, Refusal> {
    let rows = scope.audit(Page::first(STEP).after(Some(behind))).await?;
    let exported = |(position, linked): (u64, Linked)| {
        Ok(Exported { position, entry: entry(&linked)?, hash: linked.hash(position) })
    };
    rows.into_iter().map(exported).collect()
}

/// How a part of the way along the chain ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With the last entry.
    Whole,
    /// With as many entries as one call verifies: there may be more, behind the place `next`.
    Part {
        /// Where to go on.
        next: Vec<u8>,
    },
    /// Where the chain does not hold.
    Broken(ChainFault),
}

/// Goes along a part of the chain, from the first entry or from where the part before ended. The chain tells how far it
/// came since the first entry.
pub async fn verify(by: &By<Audit>, after: Option<&[u8]>) -> Result<(Chain, Ended), Refusal> {
    let mut chain = match after {
        Some(place) => further(&by.scope, place).await?,
        None => Chain::default(),
    };
    let end = chain.entries.saturating_add(MAX_VERIFIED);
    while chain.entries < end {
        let some = export(&by.scope, chain.entries).await?;
        if some.is_empty() {
            return Ok((chain, Ended::Whole));
        }
        for Exported { position, entry, hash } in some {
            if let Err(fault) = chain.follow(position, &entry, hash) {
                return Ok((chain, Ended::Broken(fault)));
            }
        }
    }
    let next = [&chain.entries.to_be_bytes()[..], &chain.head].concat();
    Ok((chain, Ended::Part { next }))
}

/// The way that ended at a place, which must still be one of the chain's.
async fn further(scope: &OrgScope, place: &[u8]) -> Result<Chain, Refusal> {
    let (entries, head) = place.split_first_chunk::<8>().ok_or(Refusal::Cursor)?;
    let entries = u64::from_be_bytes(*entries);
    let head: [u8; 32] = head.try_into().map_err(|_| Refusal::Cursor)?;
    let behind = entries.checked_sub(1).ok_or(Refusal::Cursor)?;
    let found = scope.audit(Page::first(1).after(Some(behind))).await?;
    let is_there = found.first().is_some_and(|(position, linked)| linked.hash(*position) == head);
    if is_there { Ok(Chain::further(entries, head)) } else { Err(Refusal::Cursor) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_domain::ids::CallId;

    #[test]
    fn r42_a_filter_takes_what_it_names_and_nothing_else() {
        let (ada, token) = (MemberId::from_bytes([1; 16]), TokenId::from_bytes([2; 16]));
        let fact = Fact {
            at: Instant::from_micros(100),
            call: CallId::from_bytes([3; 16]),
            doer: Doer::Member { member: ada, token, app: false },
            action: "member.suspended".into(),
            target: "mem_x".into(),
            policies: Vec::new(),
        };
        let check = |change: fn(&mut Filter), taken: bool| {
            let mut filter = Filter::default();
            change(&mut filter);
            assert_eq!(filter.takes(&fact), taken, "{filter:?}");
        };
        check(|_| {}, true);
        check(|f| f.who = Some(Who::Member(MemberId::from_bytes([1; 16]))), true);
        check(|f| f.who = Some(Who::Token(TokenId::from_bytes([2; 16]))), true);
        check(|f| f.who = Some(Who::Member(MemberId::from_bytes([9; 16]))), false);
        check(|f| f.who = Some(Who::Host), false);
        check(|f| f.what = Some("member".into()), true);
        check(|f| f.what = Some("member.suspended".into()), true);
        check(|f| f.what = Some("mem".into()), false);
        check(|f| f.target = Some("mem_y".into()), false);
        check(|f| f.from = Some(Instant::from_micros(100)), true);
        check(|f| f.from = Some(Instant::from_micros(101)), false);
        check(|f| f.until = Some(Instant::from_micros(100)), false);
        check(|f| f.until = Some(Instant::from_micros(101)), true);
    }

    #[test]
    fn whoever_is_named_is_read_or_refused() {
        for bad in ["", "Operator", "dep_x", "mem_"] {
            assert_eq!(bad.parse::<Who>(), Err(WhoError), "{bad}");
        }
        let ada = MemberId::from_bytes([1; 16]);
        assert_eq!(ada.to_string().parse(), Ok(Who::Member(ada)));
    }
}
