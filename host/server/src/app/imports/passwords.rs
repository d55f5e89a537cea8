//! First passwords of new members who log in by business mail (R10, R29): the row's, else a generated one.
//!
//! Those that rows give are hashed slowly, some tens of milliseconds each: for the members that a batch is about to
//! make and no others, side by side, and once however often the batch is tried.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use usher_domain::member::Login;

use super::judge::Judged;
use super::keys::Keys;
use crate::app::App;
use crate::app::login::passwords::HandedOver;
use crate::app::refusal::Refusal;

/// Passwords of one batch, by the numbers of their rows.
#[derive(Default)]
pub struct Passwords(HashMap<u64, HandedOver>);

impl Passwords {
    /// Makes those that these rows need and that were not made yet.
    pub async fn make(&mut self, app: &App, keys: &Keys, judged: &[Judged]) -> Result<(), Refusal> {
        let needed = judged.iter().filter_map(|row| Some((row.number, row.admitted.as_ref()?)));
        let needed = needed
            .filter(|(number, admitted)| admitted.member.login == Login::BusinessEmail && !self.0.contains_key(number));
        let made = needed.map(|(number, admitted)| async move {
            let password = match &admitted.password {
                Some(given) => HandedOver::in_bulk(app, given).await.map_err(|_| Refusal::Busy)?,
                None => HandedOver::generated(app, keys.password(number)),
            };
            Ok::<_, Refusal>((number, password))
        });
        let made = try_join_all(made).await?;
        self.0.extend(made);
        Ok(())
    }

    /// The password of a row, if it was made.
    pub fn of(&self, row: u64) -> Option<&HandedOver> {
        self.0.get(&row)
    }
}
