//! What `wit/v1` says, as Rust: generated, one module for each world, the types they share taken from the
//! first.

#![allow(clippy::all, clippy::pedantic, missing_docs, unsafe_code, unused_qualifications, reason = "generated code")]

/// The world `approval-policy`.
pub mod approval {
    wit_bindgen::generate!({
        path: "../../wit/v1",
        world: "approval-policy",
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "__export_approval",
        default_bindings_module: "usher_policy::bindings::approval",
        runtime_path: "usher_policy::bindings::rt",
        generate_all,
    });
}

/// The world `seat-policy`.
pub mod seat {
    wit_bindgen::generate!({
        path: "../../wit/v1",
        world: "seat-policy",
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "__export_seat_assignment",
        default_bindings_module: "usher_policy::bindings::seat",
        runtime_path: "usher_policy::bindings::rt",
        with: {
            "usher:policy/types@1.0.0-rc.1": super::types,
            "usher:policy/log@1.0.0-rc.1": super::log,
            "usher:policy/member-counts@1.0.0-rc.1": super::member_counts,
            "usher:policy/departments@1.0.0-rc.1": super::departments,
            "usher:policy/inviter-history@1.0.0-rc.1": super::inviter_history,
            "usher:policy/verified-domains@1.0.0-rc.1": super::verified_domains,
        },
        generate_all,
    });
}

/// The world `sso-policy`.
pub mod sso {
    wit_bindgen::generate!({
        path: "../../wit/v1",
        world: "sso-policy",
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "__export_sso_matching",
        default_bindings_module: "usher_policy::bindings::sso",
        runtime_path: "usher_policy::bindings::rt",
        with: {
            "usher:policy/types@1.0.0-rc.1": super::types,
            "usher:policy/log@1.0.0-rc.1": super::log,
            "usher:policy/member-counts@1.0.0-rc.1": super::member_counts,
            "usher:policy/departments@1.0.0-rc.1": super::departments,
            "usher:policy/inviter-history@1.0.0-rc.1": super::inviter_history,
            "usher:policy/verified-domains@1.0.0-rc.1": super::verified_domains,
        },
        generate_all,
    });
}

pub use approval::usher::policy::{departments, inviter_history, log, member_counts, types, verified_domains};
/// For the code that `export!` makes in the policy's crate.
pub use wit_bindgen::rt;
