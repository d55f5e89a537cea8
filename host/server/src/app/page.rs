//! Pages of lists, as use cases see them.

use usher_store::{KeyPart as _, OrgScope, Page, Record, Stored};

use super::refusal::Refusal;

/// Rows looked through for one page, at most: where few rows are wanted, or few are in reach, one page must not read
/// them all.
pub const MAX_LOOKED_AT: usize = 2_000;
/// Rows read at a time.
const STEP: usize = 250;

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

/// Which way a list goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// In the order in which they came.
    OldestFirst,
    /// The other way round.
    NewestFirst,
}

/// A page of what `take` makes of the rows of one kind; nothing of those that are not wanted. It may be short of its
/// limit and yet not be the last: then `next` is there, and may be the place of a row that is not wanted.
pub(super) async fn sift<R, T, F, Fut>(
    scope: &OrgScope,
    order: Order,
    paging: &Paging,
    mut take: F,
) -> Result<PageOf<T>, Refusal>
where
    R: Record,
    F: FnMut(R) -> Fut,
    Fut: Future<Output = Result<Option<T>, Refusal>>,
{
    let (mut last, mut looked_at) = (paging.after.clone(), 0);
    let (mut items, mut last_item) = (Vec::new(), None);
    loop {
        let after = last.as_deref().map(|place| id_at::<R>(place).ok_or(Refusal::Cursor)).transpose()?;
        let step = match order {
            Order::OldestFirst => Page::first(STEP),
            Order::NewestFirst => Page::last(STEP),
        };
        let rows = scope.page::<R>(step.after(after)).await?;
        looked_at += rows.len();
        let done = rows.len() < STEP;
        for (id, Stored { record, .. }) in rows {
            last = Some(place_of::<R>(&id));
            let Some(item) = take(record).await? else { continue };
            if items.len() == paging.limit {
                return Ok(PageOf { items, next: last_item });
            }
            items.push(item);
            last_item.clone_from(&last);
        }
        if done {
            return Ok(PageOf { items, next: None });
        }
        if looked_at >= MAX_LOOKED_AT {
            let next = if items.len() == paging.limit { last_item } else { last };
            return Ok(PageOf { items, next });
        }
    }
}

fn place_of<R: Record>(id: &R::Id) -> Vec<u8> {
    let mut place = Vec::new();
    id.write(&mut place);
    place
}

fn id_at<R: Record>(mut place: &[u8]) -> Option<R::Id> {
    R::Id::read(&mut place).filter(|_| place.is_empty())
}
