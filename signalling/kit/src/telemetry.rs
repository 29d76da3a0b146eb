//! Logs and metrics.

use std::{
    fmt,
    io::IsTerminal,
    str::FromStr,
    sync::{Arc, OnceLock},
};

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
    core::Collector,
};
use tracing_subscriber::{
    EnvFilter, fmt as log_lines, layer::SubscriberExt, util::SubscriberInitExt,
};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

impl FromStr for LogFormat {
    type Err = LogError;

    fn from_str(text: &str) -> Result<Self, LogError> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(LogError::UnknownFormat),
        }
    }
}

/// Why logging can't begin.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Neither `text` nor `json`.
    #[error("the log format is text or json")]
    UnknownFormat,
    /// Not a filter like `info,szpon_sfu=debug`.
    #[error("the log filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Somebody did this before.
    #[error("logging was set up before")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Says whether [`init_logs`] would take this filter.
pub fn check_filter(filter: &str) -> Result<(), LogError> {
    Ok(EnvFilter::try_new(filter).map(drop)?)
}

/// Sends log lines of the whole process to standard error. `filter` is one of
/// [`EnvFilter`]'s directives, e.g. `info,szpon_sfu=debug`.
pub fn init_logs(filter: &str, format: LogFormat) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(filter)?;
    let lines =
        log_lines::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Text => registry.with(lines).try_init()?,
        LogFormat::Json => registry
            .with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false))
            .try_init()?,
    }
    Ok(())
}

/// The metrics of this process. Clones are the same set. A name that is registered a second time
/// gives a collector of its own that is not exported, so services register what they need once.
#[derive(Clone, Default)]
pub struct Metrics {
    registry: Registry,
    /// Shared by all services of the process.
    http: Arc<OnceLock<HistogramVec>>,
}

impl Metrics {
    pub fn new() -> Self {
        Self::default()
    }

    /// For collectors that have no method here.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    fn register<C: Collector + Clone + 'static>(
        &self,
        made: prometheus::Result<C>,
        name: &str,
    ) -> C {
        // Names and labels are constants of the program.
        let collector = made.unwrap_or_else(|error| panic!("the metric {name} is wrong: {error}"));
        if let Err(error) = self.registry.register(Box::new(collector.clone())) {
            tracing::debug!(name, %error, "a metric is exported already");
        }
        collector
    }

    pub fn counter_vec(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.register(IntCounterVec::new(Opts::new(name, help), labels), name)
    }

    pub fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.register(IntGauge::new(name, help), name)
    }

    pub fn gauge_vec(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.register(IntGaugeVec::new(Opts::new(name, help), labels), name)
    }

    pub fn histogram_vec(&self, options: HistogramOpts, labels: &[&str]) -> HistogramVec {
        let name = options.common_opts.name.clone();
        self.register(HistogramVec::new(options, labels), &name)
    }

    /// Durations of requests by service, method, route and status, one set for all services.
    pub(crate) fn http_durations(&self) -> HistogramVec {
        let make = || {
            let options = HistogramOpts::new(
                "szpon_http_request_duration_seconds",
                "Time from a request's head to its answer's head",
            );
            let buckets =
                vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
            self.histogram_vec(options.buckets(buckets), &["service", "method", "route", "status"])
        };
        self.http.get_or_init(make).clone()
    }

    /// Everything in the text format of Prometheus.
    pub fn render(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }

    /// The answer to `GET /metrics`.
    pub fn respond(&self) -> Response {
        match self.render() {
            Ok(text) => {
                ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
                    .into_response()
            }
            Err(error) => crate::problem::Failure::internal(error).into_response(),
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_rendered_once() {
        let metrics = Metrics::new();
        metrics
            .counter_vec("szpon_test_total", "A test", &["kind"])
            .with_label_values(&["a"])
            .inc();
        metrics
            .counter_vec("szpon_test_total", "A test", &["kind"])
            .with_label_values(&["b"])
            .inc();
        for service in ["a", "b"] {
            let labels = [service, "GET", "/", "200"];
            metrics.http_durations().with_label_values(&labels).observe(0.1);
        }
        let text = metrics.render().unwrap();
        assert!(text.contains(
            "szpon_http_request_duration_seconds_count{method=\"GET\",route=\"/\",service=\"b\""
        ));
        assert!(text.contains("szpon_test_total{kind=\"a\"} 1"), "{text}");
        assert_eq!(text.matches("# HELP szpon_test_total").count(), 1);
    }
}
