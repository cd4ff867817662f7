//! The promises of requests.
mod smoke;
