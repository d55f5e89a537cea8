//! Numbers of the look-ups across organisations, in order.

/// [`super::TokenHash`].
pub const TOKEN_HASH: u8 = 1;
/// Hash of an invitation's link.
pub const LINK_HASH: u8 = 2;
/// An invitation's code.
pub const CODE: u8 = 3;
/// A verified domain.
pub const DOMAIN: u8 = 4;
/// [`super::BusinessAddress`].
pub const BUSINESS_ADDRESS: u8 = 5;
/// [`crate::app::answers::link::AnswerLink`].
pub const ANSWER_LINK: u8 = 15;
/// [`crate::app::members::welcome::WelcomeLink`].
pub const WELCOME_LINK: u8 = 17;
