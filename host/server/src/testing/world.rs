//! What the test decides about the world outside: time, randomness, mail, DNS.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use usher_domain::time::Instant;

use crate::ports::{Clock, DeliveryError, Entropy, Mail, Mailer, ResolveError, Sms, SmsSender, TxtResolver};

/// 2026-03-02T09:00:00Z, a Monday.
const START: i64 = 1_772_442_000_000_000;

/// A clock that moves when told to.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        TestClock(AtomicI64::new(START))
    }
}

impl TestClock {
    /// Moves the clock by so many microseconds.
    pub fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Entropy that is the same in every run: SHA-256 of a counter.
#[derive(Debug, Default)]
pub struct TestEntropy(AtomicU64);

impl Entropy for TestEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::digest(self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// Mail and SMS kept in memory, and a DNS that knows what it was told.
#[derive(Debug, Default)]
pub struct TestWorld {
    mail: Mutex<Vec<Mail>>,
    sms: Mutex<Vec<Sms>>,
    refused: Mutex<BTreeMap<String, u16>>,
    panics: AtomicBool,
    hangs: AtomicBool,
    hanging: AtomicU64,
    txt: Mutex<Vec<(String, String)>>,
}

impl TestWorld {
    /// All mail delivered so far, oldest first.
    pub fn mail(&self) -> Vec<Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All SMS delivered so far, oldest first.
    pub fn sms(&self) -> Vec<Sms> {
        self.sms.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Messages to `reader` fail with a status of SMTP from now on, those from 500 on for good; with `None` they
    /// are taken again.
    pub fn refuse(&self, reader: &str, status: Option<u16>) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match status {
            Some(status) => drop(refused.insert(reader.to_owned(), status)),
            None => drop(refused.remove(reader)),
        }
    }

    fn check(&self, id: &str, reader: &str) -> Result<(), DeliveryError> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).get(reader).copied();
        refused.map_or(Ok(()), |status| {
            let error = DeliveryError::passing(id, "the test wants a failure");
            Err(DeliveryError { permanent: status >= 500, status: Some(status), ..error })
        })
    }

    /// The next mail that is to be delivered ends in a panic.
    pub fn panic_once(&self) {
        self.panics.store(true, Ordering::SeqCst);
    }

    /// From now on mail hangs in its delivery, or goes on and hangs no more.
    pub fn hang(&self, hangs: bool) {
        self.hangs.store(hangs, Ordering::SeqCst);
    }

    /// How many mails have come into a delivery that hung.
    pub fn hanging(&self) -> u64 {
        self.hanging.load(Ordering::SeqCst)
    }

    /// Puts a TXT record into the DNS.
    pub fn publish(&self, name: &str, text: &str) {
        self.txt.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), text.to_owned()));
    }
}

#[async_trait]
impl Mailer for TestWorld {
    async fn deliver(&self, mail: &Mail) -> Result<(), DeliveryError> {
        assert!(!self.panics.swap(false, Ordering::SeqCst), "the test wants a panic");
        if self.hangs.load(Ordering::SeqCst) {
            self.hanging.fetch_add(1, Ordering::SeqCst);
            while self.hangs.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        self.check(&mail.id, &mail.to)?;
        let mut delivered = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        if delivered.iter().all(|before| before.id != mail.id) {
            delivered.push(mail.clone());
        }
        Ok(())
    }
}

#[async_trait]
impl SmsSender for TestWorld {
    async fn deliver(&self, sms: &Sms) -> Result<(), DeliveryError> {
        self.check(&sms.id, sms.to.as_str())?;
        let mut delivered = self.sms.lock().unwrap_or_else(PoisonError::into_inner);
        if delivered.iter().all(|before| before.id != sms.id) {
            delivered.push(sms.clone());
        }
        Ok(())
    }
}

#[async_trait]
impl TxtResolver for TestWorld {
    async fn txt(&self, name: &str) -> Result<Vec<String>, ResolveError> {
        let records = self.txt.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(records.iter().filter(|(at, _)| at == name).map(|(_, text)| text.clone()).collect())
    }
}
