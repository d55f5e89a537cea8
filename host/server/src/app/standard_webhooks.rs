//! Messages signed by a shared secret, as Standard Webhooks 1.0 says: HMAC-SHA256 over id, time and body.
//!
//! Must not know what a message says or who sends it.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use usher_domain::time::{Instant, MINUTE, SECOND};

/// What the text of a secret begins with; base64 follows.
pub const SECRET_PREFIX: &str = "whsec_";
/// How far a message's time may be from ours, in microseconds: an older one may be somebody's recording.
pub const TOLERANCE: i64 = 5 * MINUTE;
/// Most signatures looked at: a sender has several while it changes its secret.
const MAX_SIGNATURES: usize = 8;
const VERSION: &str = "v1,";

/// A message as it came.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: signatures with spaces between them.
    pub signatures: &'a str,
    /// Every byte of it.
    pub body: &'a [u8],
}

impl Message<'_> {
    /// Whether one of its signatures is by this key, and its time is about now.
    pub fn is_signed_by(&self, key: &[u8], now: Instant) -> bool {
        let sent = self.timestamp.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(SECOND));
        let away = sent.and_then(|sent| now.as_micros().checked_sub(sent));
        if away.is_none_or(|away| away.unsigned_abs() > TOLERANCE.unsigned_abs()) {
            return false;
        }
        let mac = self.mac(key);
        let signatures = self.signatures.split(' ').take(MAX_SIGNATURES);
        signatures.filter_map(|text| BASE64.decode(text.strip_prefix(VERSION)?.as_bytes()).ok()).any(|signature| {
            // Compares in a time that says nothing of how much of it is right.
            mac.clone().verify_slice(&signature).is_ok()
        })
    }

    /// The signature by this key that the message must have.
    pub fn signature(&self, key: &[u8]) -> String {
        format!("{VERSION}{}", BASE64.encode(&self.mac(key).finalize().into_bytes()))
    }

    fn mac(&self, key: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        for part in [self.id.as_bytes(), b".", self.timestamp.as_bytes(), b".", self.body] {
            mac.update(part);
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the libraries of Standard Webhooks test themselves with.
    const KEY: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNED: Message<'_> = Message {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signatures: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        body: br#"{"test": 2432232314}"#,
    };
    const SENT: i64 = 1_614_265_330 * SECOND;

    fn check(message: Message<'_>, at: i64, good: bool) {
        let key = BASE64.decode(KEY.as_bytes()).unwrap();
        assert_eq!(message.is_signed_by(&key, Instant::from_micros(at)), good, "{message:?} at {at}");
    }

    #[test]
    fn a_message_is_taken_as_it_was_signed_and_in_time() {
        check(SIGNED, SENT, true);
        assert_eq!(SIGNED.signature(&BASE64.decode(KEY.as_bytes()).unwrap()), SIGNED.signatures);
        check(SIGNED, SENT + TOLERANCE, true);
        check(SIGNED, SENT - TOLERANCE, true);
        check(SIGNED, SENT + TOLERANCE + 1, false);
        check(SIGNED, SENT - TOLERANCE - 1, false);
        check(Message { body: br#"{"test": 2432232315}"#, ..SIGNED }, SENT, false);
        check(Message { id: "msg_p5jXN8AQM9LWM0D4loKWxJel", ..SIGNED }, SENT, false);
        check(Message { timestamp: "1614265331", ..SIGNED }, SENT, false);
        for timestamp in ["", "now", "9223372036854775807", "-9223372036854775808"] {
            check(Message { timestamp, ..SIGNED }, SENT, false);
        }
        for signatures in ["", "v1,", "v1,x", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="] {
            check(Message { signatures, ..SIGNED }, SENT, false);
        }
        let two = format!("v1,AAAA {}", SIGNED.signatures);
        check(Message { signatures: &two, ..SIGNED }, SENT, true);
        let ninth = format!("{}{}", "v1,AAAA ".repeat(MAX_SIGNATURES), SIGNED.signatures);
        check(Message { signatures: &ninth, ..SIGNED }, SENT, false);
    }
}
