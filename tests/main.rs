//! Tests of the public surface, against a real server over HTTP: one binary, linked once.
//!
//! `routes` walks every route of the OpenAPI document by a table; a route without a row fails it.
//! `plumbing` is about what all routes share; the other modules are about the rules of one area each.

mod departments;
mod members;
mod plumbing;
mod records;
mod routes;
mod world;
