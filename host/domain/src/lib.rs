//! usher-domain
