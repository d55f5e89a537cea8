//! Under which key it is kept who has an address or a phone number ([`super::MemberAt`]) and who asked with it
//! ([`super::OpenRequest`]): in an organisation it leads to one at most.

use usher_domain::address::Address;
use usher_domain::invitation::Audience;

/// Of an email address, work or business mail, in whatever spelling (R41).
pub fn of_email(address: &Address) -> String {
    format!("e{}", address.canonical())
}

/// Of a phone number, as E.164 writes it.
pub fn of_phone(number: &str) -> String {
    format!("p{number}")
}

/// Of an address and a number, as far as they are there, the address first.
pub fn of_both(email: Option<&Address>, phone: Option<&str>) -> Vec<String> {
    email.map(of_email).into_iter().chain(phone.map(of_phone)).collect()
}

/// Of whom an invitation is for; none if it is for anybody or nobody.
pub fn of_audience(audience: &Audience) -> Vec<String> {
    match audience {
        Audience::Open | Audience::Declined => Vec::new(),
        Audience::Email(address) => of_both(Some(address), None),
        Audience::Phone(phone) => of_both(None, Some(phone.as_str())),
    }
}
