//! An import as people read it.

use usher_api::import::{Import, ImportCounts, ImportRow};

use crate::failure::Failure;
use crate::output::{count, number, table, verdict, visible};
use crate::remote::OrgRemote;

/// Most failed rows that are shown; all of them are in the error sheet.
const MAX_SHOWN: usize = 20;

/// The first rows of it that failed.
pub(super) fn failed(remote: &OrgRemote, import: &Import) -> Result<Vec<ImportRow>, Failure> {
    remote.list_some(&format!("imports/{}/rows", import.id), &[("verdict", "fail")], MAX_SHOWN)
}

/// What was done, or would be.
pub(super) fn counts(import: &Import) -> ImportCounts {
    match &import.summary {
        Some(summary) if import.done.rows() == 0 => summary.counts,
        _ => import.done,
    }
}

/// An import for people, with the rows of it that failed.
pub(super) fn import_text(import: &Import, failed: &[ImportRow]) -> String {
    let counts = counts(import);
    let mut text = format!(
        "{} is {}: {} added, {} already, {} failed",
        import.id,
        import.state,
        counts.added,
        count(counts.existing, "member"),
        counts.failed
    );
    let summary = import.summary.as_ref();
    for seats in summary.iter().flat_map(|summary| &summary.seats) {
        text += &format!("\n{}: {} needed, {} were free", seats.plan, count(seats.needed, "seat"), seats.free);
    }
    for department in summary.iter().flat_map(|summary| &summary.unknown_departments) {
        text += &format!("\nthere was no department {}", visible(department));
    }
    if import.accounts > 0 {
        text += &format!(
            "\n{} new with a first password: `usher import accounts {} FILE` has them, until {} or the import is closed",
            count(import.accounts, "account"),
            import.id,
            import.ends_at
        );
    }
    if failed.is_empty() {
        return text;
    }
    let mut rows = table(&["row", "verdict", "reason"]).wrapping("reason");
    for row in failed.iter().take(MAX_SHOWN) {
        let reasons: Vec<_> = row.notes.iter().map(|note| note.text.as_str()).collect();
        rows.add_row([number(row.row), verdict(&row.verdict), reasons.join("; ").into()]);
    }
    let more = counts.failed.saturating_sub(failed.len().min(MAX_SHOWN) as u64);
    text += &format!("\n{rows}");
    if more > 0 {
        text += &format!("\nand {more} more: `usher import errors {} FILE` has them all", import.id);
    }
    text
}
