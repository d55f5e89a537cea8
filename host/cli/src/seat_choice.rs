//! The options by which an admin says which seat somebody gets (R7, R18).

use usher_api::member::SeatChoice;

/// Which seat. Left out, the host does as for everybody: see the API's `seat`.
#[derive(clap::Args)]
pub(crate) struct SeatOptions {
    /// A seat of this plan, `plan_…`.
    #[arg(long, conflicts_with_all = ["no_seat", "seat_by_policy"])]
    plan: Option<String>,
    /// No seat for now.
    #[arg(long, conflicts_with = "seat_by_policy")]
    no_seat: bool,
    /// What the seat policies say.
    #[arg(long)]
    seat_by_policy: bool,
}

impl SeatOptions {
    /// As the API has it.
    pub(crate) fn choice(self) -> Option<SeatChoice> {
        match (self.plan, self.no_seat, self.seat_by_policy) {
            (Some(plan), ..) => Some(SeatChoice::Plan { plan }),
            (None, true, _) => Some(SeatChoice::None),
            (None, false, true) => Some(SeatChoice::Policy),
            (None, false, false) => None,
        }
    }
}
