//! Logs and metrics.

use std::{fmt, str::FromStr};

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

/// Sends log lines of the whole process to standard error. `filter` is one of
/// [`EnvFilter`]'s directives, e.g. `info,szpon_sfu=debug`.
pub fn init_logs(filter: &str, format: LogFormat) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(filter)?;
    let lines = log_lines::layer().with_writer(std::io::stderr);
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
pub struct Metrics(Registry);

impl Metrics {
    pub fn new() -> Self {
        Self::default()
    }

    /// For collectors that have no method here.
    pub fn registry(&self) -> &Registry {
        &self.0
    }

    fn register<C: Collector + Clone + 'static>(
        &self,
        made: prometheus::Result<C>,
        name: &str,
    ) -> C {
        // Names and labels are constants of the program.
        let collector = made.unwrap_or_else(|error| panic!("the metric {name} is wrong: {error}"));
        if let Err(error) = self.0.register(Box::new(collector.clone())) {
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

    /// Everything in the text format of Prometheus.
    pub fn render(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.0.gather())
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
        let text = metrics.render().unwrap();
        assert!(text.contains("szpon_test_total{kind=\"a\"} 1"), "{text}");
        assert_eq!(text.matches("# HELP szpon_test_total").count(), 1);
    }
}
