//! usher-server
