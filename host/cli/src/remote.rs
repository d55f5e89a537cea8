//! Talking to a running host over its HTTP API.
//!
//! Owns where the host is and the token; neither is ever printed with the other. Must not know what requests
//! mean.

use std::fmt::Display;
use std::io::{BufRead, BufReader};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Request, Response, Uri};
use ureq::{Agent, Body, SendBody};
use usher_api::page::MAX_LIMIT;
use usher_api::{Page, Problem};
use usher_domain::ids::OrgId;

use crate::failure::Failure;
use crate::output::Output;
use crate::sheet::{Sheet, SheetError, SheetPath};

/// The largest answer that is read as a whole, in bytes.
const MAX_ANSWER_BYTES: u64 = 64 << 20;

/// How long a host may take to say whether it wants a sheet, before it is sent anyhow.
const SHEET_WANTED: Duration = Duration::from_secs(10);

/// Which host, and as whom.
#[derive(clap::Args)]
pub(crate) struct Remote {
    /// The host's address.
    #[arg(long, env = "USHER_URL", default_value = "http://127.0.0.1:7480", value_parser = address)]
    url: String,
    /// The token to show, `ush_…`; best given by the environment, where `ps` does not show it.
    #[arg(long, env = "USHER_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// Which host, as whom, and about which organisation.
#[derive(clap::Args)]
pub(crate) struct OrgRemote {
    #[command(flatten)]
    remote: Remote,
    /// The organisation, `org_…`.
    #[arg(long, env = "USHER_ORG")]
    org: Option<String>,
}

/// What the host answered.
struct Answer<T> {
    body: T,
    /// The version, to base a change on.
    etag: Option<String>,
}

impl OrgRemote {
    /// The path below this organisation: `path("policies")`.
    ///
    /// # Errors
    /// If no organisation was named, or by what is no id of one.
    pub(crate) fn path(&self, rest: &str) -> Result<String, Failure> {
        let org = self.org.as_deref().filter(|org| !org.is_empty());
        let org = org.ok_or_else(|| Failure::Usage("no organisation: set USHER_ORG, or give --org".into()))?;
        let org = org.parse::<OrgId>().map_err(|error| Failure::Usage(format!("--org (USHER_ORG): {error}")))?;
        Ok(format!("/v1/orgs/{org}/{rest}"))
    }

    /// All items of a list below this organisation, page after page.
    pub(crate) fn list<T: DeserializeOwned>(&self, rest: &str) -> Result<Vec<T>, Failure> {
        self.list_some(rest, &[], usize::MAX)
    }

    /// Shows all items of a list below this organisation for which the query holds, page after page.
    pub(crate) fn show_list<T: DeserializeOwned + Serialize>(
        &self,
        rest: &str,
        query: &[(&str, &str)],
        output: Output,
        human: impl FnOnce(&[T]) -> String,
    ) -> Result<(), Failure> {
        let items: Vec<T> = self.list_some(rest, query, usize::MAX)?;
        output.show(&items, |items| human(items))
    }

    /// The first items of a list below this organisation for which the query holds, page after page.
    pub(crate) fn list_some<T: DeserializeOwned>(
        &self,
        rest: &str,
        query: &[(&str, &str)],
        most: usize,
    ) -> Result<Vec<T>, Failure> {
        let limit = most.min(MAX_LIMIT as usize).to_string();
        let query = pairs(&[&[("limit", limit.as_str())], query].concat());
        let path = self.path(&format!("{rest}?{query}"))?;
        let mut page: Page<T> = self.remote.get(&path)?;
        let mut items = std::mem::take(&mut page.items);
        while let Some(cursor) = page.next.filter(|_| items.len() < most) {
            page = self.remote.get(&format!("{path}&{}", pairs(&[("cursor", &cursor)])))?;
            items.append(&mut page.items);
        }
        items.truncate(most);
        Ok(items)
    }

    /// The host.
    pub(crate) fn host(&self) -> &Remote {
        &self.remote
    }
}

impl Remote {
    /// GET.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        Ok(self.send("GET", path, None, SendBody::none())?.body)
    }

    /// POST with a JSON body; without any, if that is `()`.
    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        Ok(self.send("POST", path, None, json(body)?)?.body)
    }

    /// Sends, by this method, to `rest` below a path what `body` makes of what is there, based on the version that it
    /// saw.
    pub(crate) fn change<Seen: DeserializeOwned, Body: Serialize, T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        rest: &str,
        body: impl FnOnce(Seen) -> Body,
    ) -> Result<T, Failure> {
        let seen = self.send("GET", path, None, SendBody::none())?;
        let based_on = seen.etag.as_deref().map(|etag| ("if-match", etag));
        Ok(self.send(method, &format!("{path}{rest}"), based_on, json(&body(seen.body))?)?.body)
    }

    /// POST of a sheet, read as it is sent, once the host wants it: what it says against it is heard before it hangs up
    /// (RFC 9110, 10.1.1).
    pub(crate) fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        sheet: Sheet,
    ) -> Result<T, Failure> {
        let (path, wanted) = (format!("{path}?{}", pairs(query)), ("expect", "100-continue"));
        Ok(self.send("POST", &path, Some(wanted), SendBody::from_owned_reader(sheet))?.body)
    }

    /// GET of a sheet of any length, written as it comes; what is there stays if the host refuses or the answer breaks
    /// off. Returns how many bytes it has.
    pub(crate) fn save(&self, path: &str, to: &SheetPath) -> Result<u64, Failure> {
        // What can't be written is not asked for: the host writes down who read it.
        let mut new = to.create()?;
        let answer = self.ask("GET", path, None, SendBody::none())?;
        let copied = std::io::copy(&mut answer.into_body().into_reader(), &mut new);
        let kept = copied.and_then(|bytes| new.keep().map(|()| bytes));
        kept.map_err(|error| SheetError::of(&error).unwrap_or_else(|| self.unreachable(&error)))
    }

    /// DELETE.
    pub(crate) fn delete(&self, path: &str) -> Result<(), Failure> {
        self.ask("DELETE", path, None, SendBody::none()).map(drop)
    }

    /// GET of server-sent events, read line by line as they come; reading fails once nothing came for this long.
    pub(crate) fn stream(&self, path: &str, silent_for: Duration) -> Result<impl BufRead + use<>, Failure> {
        let accept = ("accept", "text/event-stream");
        let response = self.ask_within(Some(silent_for), "GET", path, Some(accept), SendBody::none())?;
        if response.body().mime_type() != Some(accept.1) {
            return Err(self.not_understood(&"no stream of events"));
        }
        Ok(BufReader::new(response.into_body().into_reader()))
    }

    /// GET, read line by line as it comes, however long it is.
    pub(crate) fn lines(&self, path: &str) -> Result<impl BufRead + use<>, Failure> {
        let response = self.ask("GET", path, None, SendBody::none())?;
        Ok(BufReader::new(response.into_body().into_reader()))
    }

    fn send<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        header: Option<(&str, &str)>,
        body: SendBody<'_>,
    ) -> Result<Answer<T>, Failure> {
        let mut response = self.ask(method, path, header, body)?;
        let etag = response.headers().get("etag").and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let bytes = self.bytes(&mut response)?;
        let body = serde_json::from_slice(if bytes.is_empty() { b"null" } else { &bytes });
        Ok(Answer { body: body.map_err(|error| self.not_understood(&error))?, etag })
    }

    /// An answer that is no problem, before its body is read, however long the host is silent.
    fn ask(
        &self,
        method: &str,
        path: &str,
        header: Option<(&str, &str)>,
        body: SendBody<'_>,
    ) -> Result<Response<Body>, Failure> {
        self.ask_within(None, method, path, header, body)
    }

    /// As [`Self::ask`], of a host that is never silent for so long.
    fn ask_within(
        &self,
        silent_for: Option<Duration>,
        method: &str,
        path: &str,
        header: Option<(&str, &str)>,
        body: SendBody<'_>,
    ) -> Result<Response<Body>, Failure> {
        let token = self.token.as_deref().filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| Failure::Usage("no token: set USHER_TOKEN, or give --token".into()))?;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request.body(body).map_err(|error| Failure::of("the request can't be made", error))?;
        let config = Agent::config_builder().http_status_as_error(false).timeout_per_read(silent_for);
        let agent: Agent = config.timeout_await_100(Some(SHEET_WANTED)).build().into();
        let mut response = agent.run(request).map_err(|error| self.unsent(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let bytes = self.bytes(&mut response)?;
        let status = response.status();
        Err(match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => Failure::Refused(Box::new(problem)),
            // A proxy says so of a host that is away.
            Err(_) if matches!(status.as_u16(), 502..=504) => self.unreachable(&status),
            Err(_) => self.not_understood(&format_args!("{status}, and no problem that says why")),
        })
    }

    fn bytes(&self, response: &mut Response<Body>) -> Result<Vec<u8>, Failure> {
        let bytes = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
        bytes.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => self.not_understood(&error),
            error => self.unreachable(&error),
        })
    }

    /// Why nothing came back: the sheet that was sent could not be read, or the host is not there.
    fn unsent(&self, error: &ureq::Error) -> Failure {
        let of_sheet = if let ureq::Error::Io(error) = error { SheetError::of(error) } else { None };
        of_sheet.unwrap_or_else(|| self.unreachable(error))
    }

    fn unreachable(&self, why: &dyn Display) -> Failure {
        let why = match why.to_string() {
            why if why.contains("InvalidContentType") => format!("{why}; does the host speak https?"),
            why => why,
        };
        Failure::Unreachable { url: self.url.clone(), why }
    }

    /// There was an answer, of a host of another version perhaps, or of something that is no host.
    pub(crate) fn not_understood(&self, why: &dyn Display) -> Failure {
        Failure::Answer { url: self.url.clone(), why: why.to_string() }
    }
}

/// Where a host may be: `http://HOST:PORT` or `https://…`, without the last `/`.
fn address(text: &str) -> Result<String, String> {
    let speaks_http = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    match text.parse::<Uri>() {
        Ok(uri) if speaks_http(&uri) => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("no address of a host: expected `http://HOST:PORT` or `https://…`".to_owned()),
    }
}

/// A query, escaped.
fn pairs(query: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish()
}

/// A body; none for `()`, as an empty answer is read.
fn json(body: &impl Serialize) -> Result<SendBody<'static>, Failure> {
    let unwritten = |error: &dyn Display| Failure::of("the request can't be written", error);
    let value = serde_json::to_value(body).map_err(|error| unwritten(&error))?;
    if value.is_null() {
        return Ok(SendBody::none());
    }
    SendBody::from_json(&value).map_err(|error| unwritten(&error))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;

    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(address(text).ok().as_deref(), expected, "{text}");
    }

    #[test]
    fn a_hosts_address_names_how_it_is_spoken_to() {
        check("http://127.0.0.1:7480", Some("http://127.0.0.1:7480"));
        check("https://usher.acme.example/", Some("https://usher.acme.example"));
        check("127.0.0.1:7480", None);
        check("localhost", None);
        check("ftp://usher.acme.example", None);
        check("", None);
    }

    #[test]
    fn a_stream_that_falls_silent_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let host = std::thread::spawn(move || {
            let (mut line, _) = listener.accept().unwrap();
            line.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n:\n").unwrap();
            line
        });
        let remote = Remote { url, token: Some("ush_1".to_owned()) };
        let mut lines = remote.stream("/", Duration::from_secs(5)).ok().unwrap().lines();
        let _open = host.join().unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), ":");
        assert!(lines.next().unwrap().is_err());
    }
}
