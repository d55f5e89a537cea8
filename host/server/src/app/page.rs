//! Pages of lists, as use cases see them.

use super::refusal::Refusal;

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Most items wanted, at least 1.
    pub limit: usize,
    /// Where the page before ended; the list's own bytes.
    pub after: Option<Vec<u8>>,
}

impl Paging {
    /// The id that the page before ended with, for a list in order of ids.
    pub fn after_id<I>(&self, id: impl FnOnce([u8; 16]) -> I) -> Result<Option<I>, Refusal> {
        let bytes = self.after.as_deref().map(|bytes| bytes.try_into().map_err(|_| Refusal::Cursor));
        Ok(bytes.transpose()?.map(id))
    }

    /// The position that the page before ended with, for a stream.
    pub fn after_position(&self) -> Result<Option<u64>, Refusal> {
        let bytes = self.after.as_deref().map(|bytes| bytes.try_into().map_err(|_| Refusal::Cursor));
        Ok(bytes.transpose()?.map(u64::from_be_bytes))
    }
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageOf<T> {
    /// At most `limit` items.
    pub items: Vec<T>,
    /// Where this page ended; nothing on the last one.
    pub next: Option<Vec<u8>>,
}

impl<T> PageOf<T> {
    /// The page out of one item more than asked for: that item is not shown, but tells that there is
    /// another page.
    pub fn of(mut items: Vec<T>, paging: &Paging, place: impl Fn(&T) -> Vec<u8>) -> PageOf<T> {
        let more = items.len() > paging.limit;
        items.truncate(paging.limit);
        let next = items.last().filter(|_| more).map(place);
        PageOf { items, next }
    }
}
