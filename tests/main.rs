//! Tests of the public surface, against a real server over HTTP: one binary, linked once.
//!
//! `routes` walks every route of the OpenAPI document by a table; a route without a row fails it.
//! `plumbing` is about what all routes share; the other modules are about the rules of one area each.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod approvals;
mod architecture;
mod audit;
mod backup_commands;
mod branch;
mod business_mail;
mod cases;
mod command;
mod declining;
mod delegated;
mod department_groups;
mod departments;
mod erasures;
mod escalation;
mod front_desk;
mod groups;
mod guessing;
mod import_accounts;
mod import_choices;
mod import_command;
mod import_desk;
mod import_files;
mod import_invitations;
mod import_restart;
mod import_uploads;
mod imports;
mod invitations;
mod inviting;
mod joining;
mod ledger;
mod letters;
mod lifecycle;
mod limits;
mod lobby;
mod logins;
mod long_lists;
mod meanwhile;
mod member_login;
mod members;
mod mishaps;
mod notifications;
mod office_commands;
mod operators;
mod pages;
mod plans;
mod plumbing;
mod policies;
mod privacy;
mod process;
mod readme;
mod receiver;
mod records;
mod request_list;
mod rights;
mod routes;
mod seat_commands;
mod seat_files;
mod seat_policies;
mod seats;
mod serving;
mod sessions;
mod sms;
mod smtp;
mod strangers;
mod streams;
mod webhooks;
mod welcome;
mod wishes;
mod workforce_types;
mod world;
