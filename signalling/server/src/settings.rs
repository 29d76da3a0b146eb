//! Settings of this service: raw sections as they stand in the file, and validated ones.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;
use szpon_kit::mail::{Address, SmtpError, SmtpSettings, SmtpTransport};

/// `[signalling]` in the settings file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignallingSection {
    /// A sign-in ends after so many minutes without a request. Shorter is safer on shared machines
    /// and makes people sign in more often.
    pub session_idle_minutes: u32,
    /// A sign-in ends after so many days whatever happens.
    pub session_days: u32,
    /// An invitation by mail can be accepted for so many days.
    pub invitation_days: u32,
    /// A link to set a new password works for so many minutes.
    pub reset_minutes: u32,
    /// Shortest password, in characters. NIST SP 800-63B-4 asks for 15 without a second factor; never
    /// below 8.
    pub password_min_chars: u32,
    /// A new key signs tokens after so many days. The old one verifies until its tokens are over.
    pub key_rotation_days: u32,
    /// Passwords checked at the same time, each with 19 MiB of memory and one core for some 30 ms.
    /// 0: one per core.
    pub password_checks: u32,
    /// How many people may be in one room; moderators always may. Everybody's browser is told of
    /// everybody, so the messages of a room grow with the square of it.
    pub room_people: u32,
}

impl Default for SignallingSection {
    fn default() -> Self {
        Self {
            session_idle_minutes: 480,
            session_days: 7,
            invitation_days: 7,
            reset_minutes: 60,
            password_min_chars: 12,
            key_rotation_days: 30,
            password_checks: 0,
            room_people: 50,
        }
    }
}

/// `[mail]` in the settings file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailSection {
    /// Where mail is handed over: `smtps://user:password@host:465`,
    /// `smtp://user:password@host:587?tls=required`, `smtp://host:25`. Empty: mail stays in the local
    /// mailbox, which an operator opens in the browser.
    pub smtp_url: String,
    /// A PEM file with the authority of the SMTP server's certificate, when it isn't a public one.
    pub smtp_ca_file: Option<PathBuf>,
    /// The sender of all mail, like `Urząd Miasta <noreply@urzad.example>`.
    pub from: String,
}

impl Default for MailSection {
    fn default() -> Self {
        Self {
            smtp_url: String::new(),
            smtp_ca_file: None,
            from: "SZPoN <noreply@localhost>".into(),
        }
    }
}

/// A setting that can't be.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A number outside what makes sense.
    #[error("{key}: {min} to {max}, please")]
    OutOfRange { key: &'static str, min: u32, max: u32 },
    /// Not `http://host[:port]` or `https://host[:port]`.
    #[error("public_url: an address like https://urzad.example, without a path")]
    PublicUrl,
    /// Not a sender.
    #[error("mail.from: an address like Urząd <noreply@urzad.example>")]
    From,
    /// The authority's file can't be read.
    #[error("mail.smtp_ca_file: {0}")]
    SmtpCa(#[source] std::io::Error),
    /// Mail can't go out this way.
    #[error("mail.smtp_url: {0}")]
    Smtp(#[from] SmtpError),
}

/// Validated settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Without a slash at the end. Also the issuer of tokens.
    pub public_url: String,
    pub session_idle: Duration,
    pub session_longest: Duration,
    pub invitation_lifetime: Duration,
    pub reset_lifetime: Duration,
    pub password_min_chars: usize,
    pub key_rotation: Duration,
    pub password_checks: usize,
    pub room_people: usize,
    pub mail_from: Address,
    /// None: the local mailbox.
    pub smtp: Option<SmtpSettings>,
}

const DAY: u64 = 24 * 3600;

impl Settings {
    pub fn new(
        public_url: &str,
        section: &SignallingSection,
        mail: &MailSection,
    ) -> Result<Self, SettingsError> {
        let ca_pem = mail
            .smtp_ca_file
            .as_ref()
            .map(std::fs::read_to_string)
            .transpose()
            .map_err(SettingsError::SmtpCa)?;
        let smtp = (!mail.smtp_url.is_empty())
            .then(|| SmtpSettings { url: mail.smtp_url.clone(), ca_pem });
        if let Some(smtp) = &smtp {
            smtp.check()?;
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let checks = range("signalling.password_checks", section.password_checks, 0, 256)?;
        let settings = Self {
            public_url: origin(public_url).ok_or(SettingsError::PublicUrl)?,
            session_idle: Duration::from_secs(
                60 * range(
                    "signalling.session_idle_minutes",
                    section.session_idle_minutes,
                    5,
                    43_200,
                )?,
            ),
            session_longest: Duration::from_secs(
                DAY * range("signalling.session_days", section.session_days, 1, 90)?,
            ),
            invitation_lifetime: Duration::from_secs(
                DAY * range("signalling.invitation_days", section.invitation_days, 1, 60)?,
            ),
            reset_lifetime: Duration::from_secs(
                60 * range("signalling.reset_minutes", section.reset_minutes, 5, 1440)?,
            ),
            password_min_chars: usize::try_from(range(
                "signalling.password_min_chars",
                section.password_min_chars,
                8,
                64,
            )?)
            .unwrap_or(usize::MAX),
            key_rotation: Duration::from_secs(
                DAY * range("signalling.key_rotation_days", section.key_rotation_days, 1, 365)?,
            ),
            password_checks: match usize::try_from(checks).unwrap_or(1) {
                0 => cores,
                n => n,
            },
            room_people: usize::try_from(range(
                "signalling.room_people",
                section.room_people,
                2,
                100_000,
            )?)
            .unwrap_or(usize::MAX),
            mail_from: mail.from.parse().map_err(|_| SettingsError::From)?,
            smtp,
        };
        Ok(settings)
    }

    /// For tests and examples: defaults, no SMTP.
    pub fn local(public_url: &str) -> Result<Self, SettingsError> {
        Self::new(public_url, &SignallingSection::default(), &MailSection::default())
    }

    /// The way out for mail, if it is SMTP. Needs a running tokio runtime.
    pub fn smtp_transport(&self) -> Result<Option<SmtpTransport>, SettingsError> {
        Ok(self.smtp.as_ref().map(SmtpTransport::new).transpose()?)
    }

    /// Cookies are `Secure` and host-bound.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

fn range(key: &'static str, value: u32, min: u32, max: u32) -> Result<u64, SettingsError> {
    if (min..=max).contains(&value) {
        Ok(value.into())
    } else {
        Err(SettingsError::OutOfRange { key, min, max })
    }
}

/// Scheme and authority, nothing else: links are made by appending a path.
fn origin(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    let uri: axum::http::Uri = url.parse().ok()?;
    let host = uri.authority()?.host();
    let scheme = uri.scheme_str()?;
    let bare = format!("{scheme}://{}", uri.authority()?);
    (matches!(scheme, "http" | "https") && !host.is_empty() && bare == url).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid() {
        let settings = Settings::local("http://127.0.0.1:8080").unwrap();
        assert!(!settings.is_https() && settings.smtp.is_none());
        assert!(settings.password_checks > 0);
        assert_eq!(settings.session_idle, Duration::from_secs(8 * 3600));
    }

    #[test]
    fn addresses_are_origins() {
        for (url, origin) in [
            ("https://urzad.example/", Some("https://urzad.example")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("https://urzad.example/path", None),
            ("urzad.example", None),
            ("ftp://urzad.example", None),
            ("https://user@urzad.example?x", None),
            ("", None),
        ] {
            assert_eq!(super::origin(url).as_deref(), origin, "{url}");
        }
    }

    #[test]
    fn numbers_have_limits() {
        let section = SignallingSection { password_min_chars: 4, ..SignallingSection::default() };
        let error =
            Settings::new("http://localhost", &section, &MailSection::default()).unwrap_err();
        assert_eq!(error.to_string(), "signalling.password_min_chars: 8 to 64, please");
    }

    #[test]
    fn senders_and_servers_are_checked() {
        let mail = |from: &str, url: &str| {
            let mail = MailSection { from: from.into(), smtp_url: url.into(), smtp_ca_file: None };
            Settings::new("http://localhost", &SignallingSection::default(), &mail)
        };
        assert!(matches!(mail("nobody", ""), Err(SettingsError::From)));
        assert!(mail("a@b.example", "smtp://127.0.0.1:25").unwrap().smtp.is_some());
        assert!(matches!(mail("a@b.example", "gopher://127.0.0.1"), Err(SettingsError::Smtp(_))));
    }
}
