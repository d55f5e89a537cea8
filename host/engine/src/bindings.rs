//! Rust types and host traits generated from the contract in `wit/v1`.
//!
//! Owns nothing but the generated code: no other module names a WIT type by hand. The interfaces a
//! policy imports are generated once, in [`host`], and shared by the three worlds.
#![allow(unused_qualifications, reason = "generated")]

pub mod host {
    wasmtime::component::bindgen!({
        path: "../../wit/v1",
        world: "host",
        imports: { default: trappable },
        require_store_data_send: true,
    });
}

macro_rules! world {
    ($module:ident, $world:literal) => {
        pub mod $module {
            wasmtime::component::bindgen!({
                path: "../../wit/v1",
                world: $world,
                imports: { default: trappable },
                require_store_data_send: true,
                with: {
                    "usher:policy/types": super::types,
                    "usher:policy/log": super::host::usher::policy::log,
                    "usher:policy/member-counts": super::host::usher::policy::member_counts,
                    "usher:policy/departments": super::host::usher::policy::departments,
                    "usher:policy/inviter-history": super::host::usher::policy::inviter_history,
                    "usher:policy/verified-domains": super::host::usher::policy::verified_domains,
                },
            });
        }
    };
}

/// What requests and decisions of every decision point have in common.
pub mod types {
    wasmtime::component::bindgen!({
        path: "../../wit/v1",
        inline: "package usher:bindings; world types { import usher:policy/types@1.0.0-rc.1; }",
    });
    pub use self::usher::policy::types::*;
}

world!(approval, "approval-policy");
world!(seat, "seat-policy");
world!(sso, "sso-policy");
