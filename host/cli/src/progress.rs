//! How far long work has come, for whoever watches it in a terminal.

use std::io::{IsTerminal as _, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// Whether somebody watches.
pub(crate) fn is_watched() -> bool {
    stderr().is_terminal()
}

/// A bar of as many `things` as are known, else a count of them; silent where nobody watches.
pub(crate) fn bar(what: &'static str, total: Option<u64>, things: &'static str) -> ProgressBar {
    if !is_watched() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match total {
        Some(total) => {
            (ProgressBar::new(total), format!("{{msg}} {{wide_bar}} {{pos}}/{{len}} {things}, {{eta}} left"))
        }
        None => (ProgressBar::new_spinner(), format!("{{spinner}} {{msg}} {{pos}} {things}, {{elapsed}}")),
    };
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_message(what)
}
