//! All settings of the process: each crate's sections put together, and the composition root's own.

mod reference;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use szpon_booking::BookingSection;
use szpon_kit::{
    config::{ConfigError, Sources, load},
    http::{Network, TrustedProxies},
    telemetry::LogFormat,
};
use szpon_signalling::{MailSection, SignallingSection};
use thiserror::Error;

pub use reference::reference;

/// The settings as written. `szpon config show` says what each key means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawSettings {
    pub public_url: String,
    pub data_dir: PathBuf,
    pub master_key: String,
    pub http: HttpSection,
    pub telemetry: TelemetrySection,
    pub database: DatabaseSection,
    pub mail: MailSection,
    pub signalling: SignallingSection,
    pub booking: BookingSection,
    pub sfu: szpon_sfu::RawSettings,
}

impl Default for RawSettings {
    fn default() -> Self {
        Self {
            public_url: String::new(),
            data_dir: "data".into(),
            master_key: String::new(),
            http: HttpSection::default(),
            telemetry: TelemetrySection::default(),
            database: DatabaseSection::default(),
            mail: MailSection::default(),
            signalling: SignallingSection::default(),
            booking: BookingSection::default(),
            sfu: szpon_sfu::RawSettings::default(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSection {
    pub listen: SocketAddr,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    #[serde(deserialize_with = "szpon_kit::config::list")]
    pub trusted_proxies: Vec<String>,
}

impl Default for HttpSection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            tls_cert: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetrySection {
    pub listen: SocketAddr,
    pub log: String,
    pub format: LogFormat,
}

impl Default for TelemetrySection {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9464)),
            log: "info".into(),
            format: LogFormat::Text,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSection {
    pub url: String,
}

/// Certificate and key of the web server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// Settings that make sense together.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Without a slash at the end.
    pub public_url: String,
    pub data_dir: PathBuf,
    /// Base64, when it does not stand in `data_dir`.
    pub master_key: Option<String>,
    pub listen: SocketAddr,
    pub tls: Option<TlsFiles>,
    pub trusted_proxies: TrustedProxies,
    pub telemetry: TelemetrySection,
    pub database_url: String,
    pub signalling: szpon_signalling::Settings,
    pub booking: szpon_booking::Settings,
    pub sfu: szpon_sfu::Settings,
}

/// What is wrong with the settings.
#[derive(Debug, Error)]
pub enum SettingsError {
    #[error(transparent)]
    Source(#[from] ConfigError),
    #[error(transparent)]
    Signalling(#[from] szpon_signalling::SettingsError),
    #[error(transparent)]
    Booking(#[from] szpon_booking::SettingsError),
    #[error(transparent)]
    Sfu(#[from] szpon_sfu::SettingsError),
    /// One of the pair is missing.
    #[error("http.tls_cert and http.tls_key go together")]
    HalfTls,
    /// The file isn't there or may not be read.
    #[error("{key} names {}: {source}", path.display())]
    File { key: &'static str, path: PathBuf, source: std::io::Error },
    #[error("http.trusted_proxies: {0}")]
    Proxy(#[from] szpon_kit::http::BadNetwork),
    /// Neither `sqlite:` nor `postgres:`.
    #[error("database.url begins neither with sqlite: nor with postgres:")]
    DatabaseKind,
    #[error("telemetry.log is no filter: {0}")]
    LogFilter(String),
}

impl Settings {
    /// Reads and checks all settings.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        load::<RawSettings>(sources)?.try_into()
    }

    /// Whether people reach us by https, directly or through a proxy.
    pub fn is_https(&self) -> bool {
        self.signalling.is_https()
    }

    /// Whether browsers will give the page camera and microphone: they do on https and on this
    /// machine (W3C Secure Contexts, section 3.1).
    pub fn is_secure_context(&self) -> bool {
        let host = self.public_url.split_once("://").map_or("", |(_, host)| host);
        let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
        self.is_https()
            || host == "localhost"
            || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl TryFrom<RawSettings> for Settings {
    type Error = SettingsError;

    fn try_from(mut raw: RawSettings) -> Result<Self, SettingsError> {
        for path in [&mut raw.http.tls_cert, &mut raw.http.tls_key, &mut raw.mail.smtp_ca_file] {
            path.take_if(|path| path.as_os_str().is_empty());
        }
        let tls = match (raw.http.tls_cert, raw.http.tls_key) {
            (Some(cert), Some(key)) => {
                readable("http.tls_cert", &cert)?;
                readable("http.tls_key", &key)?;
                Some(TlsFiles { cert, key })
            }
            (None, None) => None,
            _ => return Err(SettingsError::HalfTls),
        };
        let public_url = if raw.public_url.is_empty() {
            own_url(raw.http.listen, tls.is_some())
        } else {
            raw.public_url
        };
        let proxies: Result<Vec<Network>, _> =
            raw.http.trusted_proxies.iter().map(|network| network.parse()).collect();
        let signalling = szpon_signalling::Settings::new(&public_url, &raw.signalling, &raw.mail)?;
        let booking = szpon_booking::Settings::new(
            &signalling.public_url,
            &signalling.mail_from,
            &raw.booking,
        )?;
        let database_url = match raw.database.url.as_str() {
            "" => format!("sqlite://{}", raw.data_dir.join("szpon.db").display()),
            url if url.starts_with("sqlite:") => url.to_owned(),
            url if url.starts_with("postgres:") || url.starts_with("postgresql:") => url.to_owned(),
            _ => return Err(SettingsError::DatabaseKind),
        };
        szpon_kit::telemetry::check_filter(&raw.telemetry.log)
            .map_err(|error| SettingsError::LogFilter(error.to_string()))?;
        Ok(Self {
            public_url: signalling.public_url.clone(),
            data_dir: raw.data_dir,
            master_key: Some(raw.master_key).filter(|key| !key.is_empty()),
            listen: raw.http.listen,
            tls,
            trusted_proxies: TrustedProxies::new(proxies?),
            telemetry: raw.telemetry,
            database_url,
            signalling,
            booking,
            sfu: raw.sfu.try_into()?,
        })
    }
}

/// Where a browser on this machine finds a server that listens on `listen`.
fn own_url(listen: SocketAddr, tls: bool) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{}", SocketAddr::new(ip, listen.port()))
}

fn readable(key: &'static str, path: &Path) -> Result<(), SettingsError> {
    match std::fs::File::open(path) {
        Ok(_) => Ok(()),
        Err(source) => Err(SettingsError::File { key, path: path.into(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut RawSettings)) -> Result<Settings, SettingsError> {
        let mut raw = RawSettings::default();
        change(&mut raw);
        raw.try_into()
    }

    #[test]
    fn addresses_follow_from_each_other() {
        let settings = check(|raw| raw.http.listen = "0.0.0.0:9000".parse().unwrap()).unwrap();
        assert_eq!(settings.public_url, "http://127.0.0.1:9000");
        assert_eq!(settings.database_url, "sqlite://data/szpon.db");
        let settings = check(|raw| raw.http.listen = "[::]:9000".parse().unwrap()).unwrap();
        assert_eq!(settings.public_url, "http://[::1]:9000");
    }

    #[test]
    fn where_cameras_work() {
        let secure =
            |url: &str| check(|raw| raw.public_url = url.into()).unwrap().is_secure_context();
        assert!(secure("https://urzad.example"));
        assert!(secure("http://localhost:8080") && secure("http://[::1]:8080"));
        assert!(secure("http://127.0.0.1"));
        assert!(!secure("http://urzad.example") && !secure("http://10.0.0.1:8080"));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(matches!(
            check(|raw| raw.http.tls_cert = Some("cert.pem".into())),
            Err(SettingsError::HalfTls)
        ));
        let missing = check(|raw| {
            raw.http.tls_cert = Some("/nonexistent/cert.pem".into());
            raw.http.tls_key = Some("/nonexistent/key.pem".into());
        });
        assert!(matches!(missing, Err(SettingsError::File { key: "http.tls_cert", .. })));
        assert!(matches!(
            check(|raw| raw.database.url = "mysql://x".into()),
            Err(SettingsError::DatabaseKind)
        ));
        let filter = check(|raw| raw.telemetry.log = "info,=x=".into());
        assert!(matches!(filter, Err(SettingsError::LogFilter(_))));
        let proxy = check(|raw| raw.http.trusted_proxies = vec!["10.0.0.0/64".into()]);
        assert!(matches!(proxy, Err(SettingsError::Proxy(_))));
        assert!(matches!(check(|raw| raw.sfu.shards = 9_999), Err(SettingsError::Sfu(_))));
        assert!(matches!(
            check(|raw| raw.public_url = "x".into()),
            Err(SettingsError::Signalling(_))
        ));
    }
}
