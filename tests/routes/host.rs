//! The host itself: routes without a token.

use super::Row;

pub fn rows() -> Vec<Row> {
    vec![Row::get("/healthz", &[]), Row::get("/readyz", &[]), Row::get("/metrics", &[])]
}
