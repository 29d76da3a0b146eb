//! Connectivity checks that change nothing: a client repeats one every few seconds by the path that it
//! has nominated, to keep it open and to see that the node still wants to be sent to (RFC 7675). They are
//! answered here; each that went to str0m would walk through all of a session's streams.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use arrayvec::ArrayVec;
use str0m::{crypto::Sha1HmacProvider, ice::StunMessage};

/// str0m forgets a path that it has heard no check by for 15 s. Browsers check each 2.5 to 6 s: at least
/// every other is within that.
const TOLD_EVERY: Duration = Duration::from_secs(7);
/// A header, XOR-MAPPED-ADDRESS of an IPv6 address, MESSAGE-INTEGRITY and FINGERPRINT (RFC 8489) take 76.
const REPLY_MAX: usize = 128;

/// What str0m has heard of the checks of one session.
#[derive(Debug, Default)]
pub(crate) struct Consent {
    /// The last one that it was given, since the session has its credentials.
    told: Option<Instant>,
}

impl Consent {
    pub(crate) fn told(&mut self, now: Instant) {
        self.told = Some(now);
    }

    /// New credentials: all that is known of a path is to be shown anew.
    pub(crate) fn restart(&mut self) {
        self.told = None;
    }

    /// Whether str0m need not hear of a check by the path that it knows.
    pub(crate) fn holds(&self, now: Instant) -> bool {
        self.told.is_some_and(|told| now < told + TOLD_EVERY)
    }
}

/// The answer to a binding request of `source`, whose integrity was verified (RFC 8445, section 7.3). None
/// if it can't be read to its end, which is for str0m to say.
pub(crate) fn answer(
    request: &[u8],
    source: SocketAddr,
    password: &str,
    hmac: &dyn Sha1HmacProvider,
) -> Option<ArrayVec<u8, REPLY_MAX>> {
    let transaction = StunMessage::parse(request).ok()?.trans_id();
    let mut reply = [0; REPLY_MAX];
    let length = StunMessage::binding_reply(transaction, source)
        .to_bytes(Some(password.as_bytes()), &mut reply, |key, parts| hmac.sha1_hmac(key, parts))
        .ok()?;
    reply.get(..length)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use str0m::ice::TransId;

    use super::*;

    const PASSWORD: &str = "of the node";

    fn request(password: &str) -> Vec<u8> {
        let hmac = szpon_sfu_srtp::crypto_provider().sha1_hmac_provider;
        let mut bytes = [0; 256];
        let transaction = TransId::new();
        let length = StunMessage::binding_request("node:client", transaction, true, 7, 1, true)
            .to_bytes(Some(password.as_bytes()), &mut bytes, |key, parts| {
                hmac.sha1_hmac(key, parts)
            })
            .unwrap();
        bytes[..length].to_vec()
    }

    #[test]
    fn the_answer_is_the_nodes_and_says_where_the_check_came_from() {
        let hmac = szpon_sfu_srtp::crypto_provider().sha1_hmac_provider;
        let request = request(PASSWORD);
        for source in ["192.0.2.7:4000", "[2001:db8::7]:4000"] {
            let source = source.parse().unwrap();
            let reply = answer(&request, source, PASSWORD, hmac).unwrap();
            let reply = StunMessage::parse(&reply).unwrap();
            assert!(reply.is_successful_binding_response());
            assert_eq!(reply.trans_id(), StunMessage::parse(&request).unwrap().trans_id());
            assert_eq!(reply.mapped_address(), Some(source));
            assert!(reply.verify(PASSWORD.as_bytes(), |key, parts| hmac.sha1_hmac(key, parts)));
        }
        assert!(
            answer(&request[..request.len() - 4], ([192, 0, 2, 7], 1).into(), PASSWORD, hmac)
                .is_none()
        );
    }

    #[test]
    fn str0m_hears_of_a_path_often_enough_to_keep_it() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut consent = Consent::default();
        assert!(!consent.holds(at(0)), "it has heard nothing");
        consent.told(at(1));
        assert!(consent.holds(at(7)));
        assert!(!consent.holds(at(8)));
        consent.told(at(9));
        consent.restart();
        assert!(!consent.holds(at(10)), "with new credentials nothing");
    }
}
