//! The compiling child on its own, for the tests and benchmarks of the engine. A host starts
//! `usher compile-worker`, which is the same.

fn main() -> std::io::Result<()> {
    usher_engine::worker::serve()
}
