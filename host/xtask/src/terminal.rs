//! Colours, where somebody sees them: on a terminal, unless `NO_COLOR` is set (no-color.org).

use std::io::IsTerminal as _;
use std::sync::LazyLock;

static COLOURS: LazyLock<bool> =
    LazyLock::new(|| std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none());

/// Whether output is coloured.
pub fn colours() -> bool {
    *COLOURS
}

/// For what failed.
pub fn red(text: &str) -> String {
    paint(text, 31)
}

/// For what went well.
pub fn green(text: &str) -> String {
    paint(text, 32)
}

/// For what was left out.
pub fn yellow(text: &str) -> String {
    paint(text, 33)
}

/// For headings.
pub fn bold(text: &str) -> String {
    paint(text, 1)
}

fn paint(text: &str, code: u8) -> String {
    if colours() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}
