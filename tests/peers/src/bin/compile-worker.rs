//! The child in which the engine compiles policies.

fn main() -> std::io::Result<()> {
    usher_engine::worker::serve()
}
