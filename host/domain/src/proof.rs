//! Proofs of an email address or a phone by a one-time code (R22).
//!
//! Owns codes, their life and the number of tries. Must not know how a code travels.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::address::Address;
use crate::ids::ProofId;
use crate::phone::Phone;
use crate::time::{HOUR, Instant, MINUTE};

/// How long a code can be typed, in microseconds.
pub const CODE_HOLDS_FOR: i64 = 10 * MINUTE;
/// How long a code can be used once it was typed rightly, in microseconds.
pub const PROOF_HOLDS_FOR: i64 = HOUR;
/// Most wrong codes for one proof.
pub const MAX_TRIES: u32 = 5;
/// Most codes sent to one address in [`RATE_WINDOW`].
pub const MAX_CODES: usize = 5;
/// The window of [`MAX_CODES`], in microseconds.
pub const RATE_WINDOW: i64 = HOUR;

/// What is to be proved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// An email address.
    Email(Address),
    /// A phone number.
    Phone(Phone),
}

impl Subject {
    /// The same for every spelling of the same subject.
    pub fn canonical(&self) -> &str {
        match self {
            Self::Email(address) => address.canonical(),
            Self::Phone(phone) => phone.as_str(),
        }
    }
}

/// A code on its way or typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// Its id.
    pub id: ProofId,
    /// What it proves.
    pub subject: Subject,
    /// SHA-256 of id and code.
    pub code_hash: [u8; 32],
    /// When the code was made.
    pub created_at: Instant,
    /// Wrong codes so far.
    pub tries: u32,
    /// When the right code was typed.
    pub proved_at: Option<Instant>,
}

/// Why a code or a proof is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Too old.
    #[error("the code is too old: ask for a new one")]
    Expired,
    /// Tried too often.
    #[error("the code was tried too often: ask for a new one")]
    TriedTooOften,
    /// Wrong.
    #[error("the code is wrong: look at the message again")]
    Wrong,
}

/// A code of eight digits out of random bytes: whoever asks for codes and guesses for years, from wherever, must not be
/// likely to be right once.
pub fn code_from_entropy(entropy: [u8; 8]) -> String {
    // 2^64 is no multiple of 10^8, but the favour this gives is below one in 10^11.
    format!("{:08}", u64::from_be_bytes(entropy) % 100_000_000)
}

/// What is kept of a code. The id is its salt.
pub fn hash_code(id: ProofId, code: &str) -> [u8; 32] {
    Sha256::new().chain_update(id.as_bytes()).chain_update(code).finalize().into()
}

impl Proof {
    /// Takes a typed code: for ten minutes, and once it was right, again within an hour. A wrong one has
    /// changed the record, which must be stored: a try that is not counted would be free.
    pub fn try_code(&mut self, code: &str, at: Instant) -> Result<(), ProofError> {
        let end = match self.proved_at {
            Some(proved_at) => proved_at.plus(PROOF_HOLDS_FOR),
            None => self.created_at.plus(CODE_HOLDS_FOR),
        };
        if at > end {
            return Err(ProofError::Expired);
        }
        if self.tries >= MAX_TRIES {
            return Err(ProofError::TriedTooOften);
        }
        if hash_code(self.id, code.trim()) != self.code_hash {
            self.tries += 1;
            return Err(ProofError::Wrong);
        }
        self.proved_at.get_or_insert(at);
        Ok(())
    }
}

/// Whether another code may be sent, by when the last ones were; old ones are forgotten.
pub fn may_send(sent: &mut Vec<Instant>, at: Instant) -> bool {
    sent.retain(|sent| at < sent.plus(RATE_WINDOW));
    let may = sent.len() < MAX_CODES;
    if may {
        sent.push(at);
    }
    may
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof() -> Proof {
        let id = ProofId::from_bytes([1; 16]);
        Proof {
            id,
            subject: Subject::Phone("+4915112345678".parse().unwrap()),
            code_hash: hash_code(id, "012345"),
            created_at: Instant::from_micros(0),
            tries: 0,
            proved_at: None,
        }
    }

    #[test]
    fn r22_a_code_holds_ten_minutes_and_five_tries() {
        let at = |minutes: i64| Instant::from_micros(minutes * MINUTE);
        assert_eq!(proof().try_code(" 012345 ", at(10)), Ok(()));
        assert_eq!(proof().try_code("012345", at(11)), Err(ProofError::Expired));
        let mut guessed = proof();
        for _ in 0..MAX_TRIES {
            assert_eq!(guessed.try_code("999999", at(1)), Err(ProofError::Wrong));
        }
        assert_eq!(guessed.try_code("012345", at(1)), Err(ProofError::TriedTooOften));
    }

    #[test]
    fn r22_a_typed_code_can_be_used_for_an_hour() {
        let mut proof = proof();
        proof.try_code("012345", Instant::from_micros(MINUTE)).unwrap();
        let hour_later = Instant::from_micros(HOUR + MINUTE);
        assert_eq!(proof.clone().try_code("999999", hour_later), Err(ProofError::Wrong));
        assert_eq!(proof.try_code("012345", hour_later), Ok(()));
        assert_eq!(proof.try_code("012345", hour_later.plus(1)), Err(ProofError::Expired));
    }

    #[test]
    fn r22_codes_have_eight_digits() {
        assert_eq!(code_from_entropy([0; 8]), "00000000");
        assert_eq!(code_from_entropy([0xff; 8]).len(), 8);
    }

    #[test]
    fn five_codes_an_hour() {
        let mut sent = Vec::new();
        for minute in 0..5 {
            assert!(may_send(&mut sent, Instant::from_micros(minute * MINUTE)));
        }
        assert!(!may_send(&mut sent, Instant::from_micros(59 * MINUTE)));
        assert!(may_send(&mut sent, Instant::from_micros(60 * MINUTE)));
        assert_eq!(sent.len(), 5);
    }
}
