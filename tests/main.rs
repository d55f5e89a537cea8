//! Tests of the public surface, against a real server over HTTP: one binary, linked once.
//!
//! `routes` walks every route of the OpenAPI document by a table; a route without a row fails it.

mod routes;
mod world;
