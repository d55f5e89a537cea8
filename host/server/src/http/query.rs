//! Query strings and pages.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use usher_api::page::{DEFAULT_LIMIT, MAX_LIMIT, PageQuery};
use usher_api::{Code, Page};

use super::problem::Failure;
use super::wanted::reworded;
use crate::app::page::{PageOf, Paging};

/// The query string as `T`.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parse(parts.uri.query().unwrap_or("")).map(Query)
    }
}

/// Which page of a list without filters is asked for.
pub struct Paged(pub Paging);

impl<S: Send + Sync> FromRequestParts<S> for Paged {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Query(PageQuery { limit, cursor }) = Query::from_request_parts(parts, state).await?;
        paging(limit, cursor.as_deref()).map(Paged)
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Failure> {
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let text = reworded(&error.inner().to_string());
        // For these two serde names the parameter in its message alone.
        let named = ["unknown field `", "duplicate field `"].iter().find_map(|opening| text.strip_prefix(opening));
        let named = named.and_then(|rest| rest.split('`').next());
        let field = named.map_or_else(|| error.path().to_string(), str::to_owned);
        Failure::at(Code::InvalidQuery, field, format!("the query is wrong: {text}"))
    })
}

/// Parses one parameter that serde took as text and that may be left out.
pub fn parameter<T>(name: &str, text: Option<&str>) -> Result<Option<T>, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let parse =
        |text: &str| text.parse().map_err(|error: T::Err| Failure::at(Code::InvalidQuery, name, error.to_string()));
    text.map(parse).transpose()
}

/// What `limit` and `cursor` say.
pub fn paging(limit: Option<u32>, cursor: Option<&str>) -> Result<Paging, Failure> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if limit == 0 || limit > MAX_LIMIT {
        let detail = format!("limit is {limit}: ask for 1 to {MAX_LIMIT} items");
        return Err(Failure::beyond(Code::InvalidQuery, "page_items", MAX_LIMIT, detail).field("limit"));
    }
    let after = cursor.map(|text| {
        BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| Failure::at(Code::InvalidCursor, "cursor", "send the `next` of the page before, as it was"))
    });
    Ok(Paging { limit: limit as usize, after: after.transpose()? })
}

/// A place as clients send it back.
pub fn cursor(place: &[u8]) -> String {
    BASE64URL_NOPAD.encode(place)
}

/// A page of wire items.
pub fn page<T, U>(page: PageOf<T>, item: impl FnMut(T) -> U) -> Page<U> {
    Page { items: page.items.into_iter().map(item).collect(), next: page.next.as_deref().map(cursor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_query_is_named() {
        let check = |query: &str, code: Code, field: &str| {
            let failed = parse::<PageQuery>(query).and_then(|q| paging(q.limit, q.cursor.as_deref()));
            let problem = failed.expect_err("the query is wrong").0;
            assert_eq!((problem.code, problem.field.as_deref()), (code, Some(field)), "{query}: {}", problem.detail);
        };
        check("limit=0", Code::InvalidQuery, "limit");
        check("limit=201", Code::InvalidQuery, "limit");
        check("limit=many", Code::InvalidQuery, "limit");
        check("limits=1", Code::InvalidQuery, "limits");
        check("cursor=%21", Code::InvalidCursor, "cursor");
        check("cursor=a&cursor=b", Code::InvalidQuery, "cursor");
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let first = page(PageOf { items: vec![1, 2], next: Some(vec![0, 255, 7]) }, |n| n);
        let again = paging(Some(2), first.next.as_deref()).expect("our own cursor");
        assert_eq!(again.after, Some(vec![0, 255, 7]));
    }
}
