//! Where messages leave the host: the implementations of [`crate::ports::Mailer`] and
//! [`crate::ports::SmsSender`].

mod folder;

pub use folder::Folder;
