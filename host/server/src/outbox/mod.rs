//! Where messages leave the host: the implementations of [`crate::ports::Mailer`],
//! [`crate::ports::SmsSender`] and [`crate::ports::WebhookSender`].

mod folder;
mod internet;
mod mime;
mod sms;
mod smtp;
mod webhooks;

use std::net::IpAddr;

pub use folder::Folder;
pub use lettre::message::Mailbox;
pub use sms::{SmsOverHttp, SmsUrlError};
pub use smtp::{Security, Smtp, SmtpError, SmtpServer};
pub use webhooks::HttpWebhooks;

/// Whether a URL's host is this machine, which nobody listens in on.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}
