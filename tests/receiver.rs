//! A server on loopback that takes what the host sends out over HTTP, keeps it, and answers as a test wants.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

/// How often it looks whether a request has waited long enough.
const MOMENT: Duration = Duration::from_millis(10);

/// A server that runs until it is dropped.
pub struct Receiver {
    /// Where it takes requests.
    pub url: String,
    shared: Arc<Shared>,
    _runtime: tokio::runtime::Runtime,
}

struct Shared {
    url: String,
    got: Mutex<Vec<Got>>,
    answer: Mutex<(u16, Duration)>,
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Got {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Receiver {
    /// Starts one that answers 204 at once, at `path` and everywhere else.
    pub fn start(path: &str) -> Receiver {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}{path}", listener.local_addr().unwrap());
        let answer = Mutex::new((204, Duration::ZERO));
        let shared = Arc::new(Shared { url: url.clone(), got: Mutex::default(), answer });
        let router = Router::new().fallback(take).with_state(shared.clone());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Receiver { url, shared, _runtime: runtime }
    }

    /// Answers with the status from now on, so long after a request came, one that waits already too.
    pub fn answers(&self, status: u16, after: Duration) {
        *self.shared.answer.lock().unwrap() = (status, after);
    }

    /// All that came so far, oldest first.
    pub fn got(&self) -> Vec<Got> {
        self.shared.got.lock().unwrap().clone()
    }

    /// Waits until there is so much.
    #[track_caller]
    pub fn wait(&self, count: usize) -> Vec<Got> {
        for _ in 0..12_000 {
            if self.got().len() >= count {
                return self.got();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{count} requests were expected, but only these came: {:?}", self.got());
    }
}

/// Each answer leads here again: whoever follows redirects comes twice.
async fn take(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, String); 1]) {
    shared.got.lock().unwrap().push(Got { headers, body });
    let mut waited = Duration::ZERO;
    let status = loop {
        let (status, after) = *shared.answer.lock().unwrap();
        if waited >= after {
            break status;
        }
        tokio::time::sleep(MOMENT).await;
        waited += MOMENT;
    };
    (StatusCode::from_u16(status).unwrap(), [("location", shared.url.clone())])
}

impl Got {
    /// Its body.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}
