//! Mail over SMTP.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    transport::smtp::{
        AsyncSmtpTransportBuilder,
        client::{Certificate, Tls, TlsParameters},
        response::{Category, Severity},
    },
};
use szpon_protocol::{MailId, Time};

use super::{DeliveryError, Message, Transport, compose};
use crate::BoxFuture;

/// Longest wait for the server at each step. Below the time that a claim in the outbox holds.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Where to send to.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SmtpSettings {
    /// `smtps://user:password@host:465` (TLS from the start), `smtp://user:password@host:587?tls=required`
    /// (STARTTLS), `smtp://host:25?tls=opportunistic` (STARTTLS if offered), `smtp://host:25` (none).
    pub url: String,
    /// Another authority than the public ones, in PEM, for a server inside an office.
    pub ca_pem: Option<String>,
}

impl std::fmt::Debug for SmtpSettings {
    /// The URL carries a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpSettings").finish_non_exhaustive()
    }
}

/// Settings that no transport can be made of.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// Scheme, host, or a parameter.
    #[error("the SMTP URL is wrong: {0}")]
    Url(#[source] lettre::transport::smtp::Error),
    /// The PEM text has no certificate in it.
    #[error("there is no certificate for the SMTP server's authority")]
    NoCertificate,
    /// The certificate is damaged.
    #[error("the certificate of the SMTP server's authority can't be used: {0}")]
    Certificate(#[source] lettre::transport::smtp::Error),
}

pub struct SmtpTransport {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpSettings {
    /// Finds what [`SmtpTransport::new`] would not take, without a runtime and without a connection.
    pub fn check(&self) -> Result<(), SmtpError> {
        self.builder().map(drop)
    }

    fn builder(&self) -> Result<AsyncSmtpTransportBuilder, SmtpError> {
        let url = &self.url;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(SmtpError::Url)?
            .timeout(Some(TIMEOUT));
        if let Some(pem) = &self.ca_pem {
            // lettre takes text without any certificate for an empty list, and so trusts nobody.
            if !pem.contains("-----BEGIN CERTIFICATE-----") {
                return Err(SmtpError::NoCertificate);
            }
            let certificate =
                Certificate::from_pem(pem.as_bytes()).map_err(SmtpError::Certificate)?;
            let parameters = TlsParameters::builder(host(url).into())
                .add_root_certificate(certificate)
                .build()
                .map_err(SmtpError::Certificate)?;
            if url.starts_with("smtps:") {
                builder = builder.tls(Tls::Wrapper(parameters));
            } else if url.contains("tls=required") {
                builder = builder.tls(Tls::Required(parameters));
            } else if url.contains("tls=opportunistic") {
                builder = builder.tls(Tls::Opportunistic(parameters));
            }
        }
        Ok(builder)
    }
}

impl SmtpTransport {
    /// Connects when the first mail goes out. Needs a running tokio runtime, for its connections.
    pub fn new(settings: &SmtpSettings) -> Result<Self, SmtpError> {
        Ok(Self { smtp: settings.builder()?.build() })
    }
}

/// The host of a URL that lettre has parsed before.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

impl Transport for SmtpTransport {
    fn deliver<'a>(
        &'a self,
        id: MailId,
        message: &'a Message,
        now: Time,
    ) -> BoxFuture<'a, Result<(), DeliveryError>> {
        Box::pin(async move {
            let mail = compose(id, message, now)
                .map_err(|error| DeliveryError::Permanent(error.to_string()))?;
            self.smtp.send(mail).await.map(drop).map_err(classify)
        })
    }
}

/// A server's "no" to a mail is final; its "no" to ourselves (sign-in, policy) is for the operator to
/// mend, and the mail waits.
fn classify(error: lettre::transport::smtp::Error) -> DeliveryError {
    let about_us = error.status().is_some_and(|code| {
        code.severity == Severity::PermanentNegativeCompletion
            // 530, 534, 535, 538: sign-in (RFC 4954, section 6). 521: no mail service (RFC 7504).
            && (code.category == Category::Unspecified3 || u16::from(code) == 521)
    });
    let text = with_causes(&error);
    if error.is_permanent() && !about_us {
        DeliveryError::Permanent(text)
    } else {
        DeliveryError::Transient(text)
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |error| (*error).source())
        .fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_what_the_certificate_is_for() {
        assert_eq!(host("smtps://u%40x:p@mail.example:465/ehlo?x=y"), "mail.example");
        assert_eq!(host("smtp://mail.example?tls=required"), "mail.example");
        assert_eq!(host("smtp://[::1]:25"), "::1");
    }

    #[test]
    fn settings_are_checked() {
        let new = |url: &str, ca: Option<&str>| {
            SmtpSettings { url: url.into(), ca_pem: ca.map(Into::into) }.check()
        };
        assert!(new("smtp://127.0.0.1:25", None).is_ok());
        assert!(new("smtps://u:p@mail.example", None).is_ok());
        assert!(matches!(new("http://mail.example", None), Err(SmtpError::Url(_))));
        assert!(matches!(
            new("smtps://mail.example", Some("not a certificate")),
            Err(SmtpError::NoCertificate)
        ));
    }

    #[tokio::test]
    async fn a_server_that_is_away_may_come_back() {
        // A port that was free a moment ago.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let settings = SmtpSettings { url: format!("smtp://127.0.0.1:{port}"), ca_pem: None };
        let message = Message {
            from: "a@example.org".parse().unwrap(),
            to: "b@example.org".parse().unwrap(),
            subject: String::new(),
            text: String::new(),
            html: None,
            calendar: None,
            language: szpon_protocol::account::Language::En,
        };
        let result = SmtpTransport::new(&settings)
            .unwrap()
            .deliver(MailId::new(), &message, Time::from_millis(0))
            .await;
        assert!(matches!(result, Err(DeliveryError::Transient(_))), "{result:?}");
    }
}
