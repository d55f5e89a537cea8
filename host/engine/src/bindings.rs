//! Rust types and host traits generated from the contract in `wit/v1`.
//!
//! Owns nothing but the generated code: no other module names a WIT type by hand. One world holds the three
//! decision points, so that they share their types; a policy exports one of them. What goes to a policy is
//! borrowed: a request is not copied on the way.
#![allow(unused_qualifications, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../../wit/v1",
    inline: "
        package usher:bindings;
        world policies {
            include usher:policy/host@1.0.0-rc.1;
            export usher:policy/approval@1.0.0-rc.1;
            export usher:policy/seat-assignment@1.0.0-rc.1;
            export usher:policy/sso-matching@1.0.0-rc.1;
        }
    ",
    imports: { default: trappable },
    ownership: Borrowing { duplicate_if_necessary: true },
    require_store_data_send: true,
});

pub use self::exports::usher::policy::{approval, seat_assignment, sso_matching};
pub use self::usher::policy as host;
pub use self::usher::policy::types;
