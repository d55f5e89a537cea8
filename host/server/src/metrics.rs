//! What Prometheus reads at `/metrics`.
//!
//! Owns the names and the labels. Cheap on purpose: an atomic or a short lock for each count, no label
//! that a client chooses.

use std::any::Any;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Seconds; a join is a few milliseconds, anything above a second is trouble.
const LATENCY: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// A route and how it went.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RouteLabels {
    /// Method in capitals.
    pub method: &'static str,
    /// The route's template, as `/v1/orgs/{org}/plans`.
    pub route: Arc<str>,
}

/// One answered request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct AnswerLabels {
    /// Method in capitals.
    pub method: &'static str,
    /// The route's template.
    pub route: Arc<str>,
    /// HTTP status.
    pub status: u16,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct DecisionLabels {
    /// `approval` | `seat-assignment` | `sso-matching`.
    pub point: &'static str,
    /// The verdict that took effect.
    pub verdict: &'static str,
}

/// One fault of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FaultLabels {
    /// `approval` | `seat-assignment` | `sso-matching`.
    pub point: &'static str,
    /// The fault's kebab-case name.
    pub fault: &'static str,
}

/// How a commit ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CommitLabels {
    /// `applied` | `conflict` | `bound` | `failed`.
    pub outcome: &'static str,
}

/// All counts of one host; a clone counts into the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<AnswerLabels, Counter>,
    /// The sum of `requests`, at hand.
    served: Counter,
    latency: Family<RouteLabels, Histogram, fn() -> Histogram>,
    connections: Gauge,
    decisions: Family<DecisionLabels, Counter>,
    faults: Family<FaultLabels, Counter>,
    commits: Family<CommitLabels, Counter>,
    panics: Counter,
    password_hashes: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::<AnswerLabels, Counter>::default();
        let served = Counter::default();
        let latency = Family::new_with_constructor((|| Histogram::new(LATENCY)) as fn() -> Histogram);
        let connections = Gauge::default();
        let decisions = Family::<DecisionLabels, Counter>::default();
        let faults = Family::<FaultLabels, Counter>::default();
        let commits = Family::<CommitLabels, Counter>::default();
        let panics = Counter::default();
        let password_hashes = Counter::default();

        let mut registry = Registry::with_prefix("usher");
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register_with_unit("http_latency", "Time to the answer", Unit::Seconds, latency.clone());
        registry.register("http_connections", "Connections open now", connections.clone());
        registry.register("decisions", "Decisions by verdict", decisions.clone());
        registry.register("policy_faults", "Faults of policies", faults.clone());
        registry.register("commits", "Commits asked of the store", commits.clone());
        registry.register("panics", "Mistakes of the host that ended a request or a round of due work", panics.clone());
        registry.register("password_hashes", "Slow hashes asked for, to keep or to compare", password_hashes.clone());
        let registry = Arc::new(registry);
        Metrics {
            registry,
            requests,
            served,
            latency,
            connections,
            decisions,
            faults,
            commits,
            panics,
            password_hashes,
        }
    }
}

impl Metrics {
    /// Counts one answered request.
    pub fn answered(&self, method: &'static str, route: &Arc<str>, status: u16, took: Duration) {
        let labels = AnswerLabels { method, route: route.clone(), status };
        self.requests.get_or_create(&labels).inc();
        self.served.inc();
        let labels = RouteLabels { method, route: route.clone() };
        self.latency.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Requests answered since the start, whatever became of them.
    pub fn served(&self) -> u64 {
        self.served.get()
    }

    /// Counts a connection until the guard is dropped.
    pub fn connected(&self) -> Connected {
        self.connections.inc();
        Connected(self.connections.clone())
    }

    /// Counts one decision that took effect.
    pub fn decided(&self, point: &'static str, verdict: &'static str) {
        self.decisions.get_or_create(&DecisionLabels { point, verdict }).inc();
    }

    /// Counts one fault of a policy.
    pub fn faulted(&self, point: &'static str, fault: &'static str) {
        self.faults.get_or_create(&FaultLabels { point, fault }).inc();
    }

    /// Counts one commit: `applied` | `conflict` | `bound` | `failed`.
    pub fn committed(&self, outcome: &'static str) {
        self.commits.get_or_create(&CommitLabels { outcome }).inc();
    }

    /// Counts one mistake of the host that ended a request, or a round of due work.
    pub fn panicked(&self) {
        self.panics.inc();
    }

    /// Counts one slow hash of a password.
    pub fn hashed_password(&self) {
        self.password_hashes.inc();
    }

    /// All counts, in the text format of `OpenMetrics`.
    pub fn render(&self) -> String {
        let mut text = String::new();
        if text::encode(&mut text, &self.registry).is_err() {
            // A String takes whatever is written to it; an encoder that fails all the same must not
            // pass for an empty host.
            let _ = text.write_str("# metrics could not be encoded\n");
        }
        text
    }
}

/// What the panic said, for the log alone.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a text")
}

/// A connection that is open.
#[derive(Debug)]
pub struct Connected(Gauge);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_open_metrics() {
        let metrics = Metrics::default();
        metrics.answered("GET", &Arc::from("/v1/orgs/{org}"), 200, Duration::from_millis(3));
        metrics.decided("approval", "approve");
        metrics.faulted("approval", "fuel");
        metrics.committed("applied");
        metrics.panicked();
        let open = metrics.connected();
        let text = metrics.render();
        for line in [
            r#"usher_http_requests_total{method="GET",route="/v1/orgs/{org}",status="200"} 1"#,
            r#"usher_http_latency_seconds_bucket{le="0.005",method="GET",route="/v1/orgs/{org}"} 1"#,
            r#"usher_decisions_total{point="approval",verdict="approve"} 1"#,
            r#"usher_policy_faults_total{point="approval",fault="fuel"} 1"#,
            r#"usher_commits_total{outcome="applied"} 1"#,
            "usher_panics_total 1",
            "usher_http_connections 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        drop(open);
        assert!(metrics.render().contains("usher_http_connections 0"));
    }
}
