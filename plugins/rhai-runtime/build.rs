//! Gives the runtime a larger stack than other guests have: the interpreter's frames are large, and its own
//! limits on nesting must be met before the stack's end.

#![expect(clippy::disallowed_methods, reason = "the environment is how cargo speaks to a build script")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_ARCH").is_some_and(|arch| arch == "wasm32") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=262144");
    }
}
