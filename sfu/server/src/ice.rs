//! ICE as it is spoken of over HTTP: fragments of SDP (RFC 8840, section 9) instead of whole offers.

use std::{fmt::Write, sync::Arc};

/// A user fragment and its password, as they stand in SDP (RFC 8839, section 5.4).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub ufrag: String,
    pub pwd: String,
}

/// The password stays out of the log.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}

impl Credentials {
    /// The first of an SDP document or fragment. Everything is bundled here, so there are no others
    /// (RFC 8840, section 4.1, wants them equal). None when they are missing or malformed.
    pub fn find(sdp: &str) -> Option<Self> {
        let value = |name: &str| sdp.lines().find_map(|line| line.strip_prefix(name));
        let ufrag = value("a=ice-ufrag:")?.trim_end();
        let pwd = value("a=ice-pwd:")?.trim_end();
        // The lengths of RFC 8839, section 5.4.
        let well = (4..=256).contains(&ufrag.len())
            && (22..=256).contains(&pwd.len())
            && ufrag.bytes().chain(pwd.bytes()).all(is_ice_char);
        well.then(|| Self { ufrag: ufrag.to_owned(), pwd: pwd.to_owned() })
    }
}

/// `ice-char` of RFC 8839, section 5.1, and the two of base64url that browsers may use.
fn is_ice_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The ICE session of a peer connection: what a client needs to say to change it.
#[derive(Debug, Clone)]
pub struct IceSession {
    /// Without candidates, which an ICE-lite node doesn't need.
    offer: Arc<str>,
    client: Credentials,
    node: Credentials,
}

impl IceSession {
    /// None for SDP without credentials.
    pub fn new(offer: &str, answer: &str) -> Option<Self> {
        let (client, node) = (Credentials::find(offer)?, Credentials::find(answer)?);
        let kept = offer.lines().filter(|line| !is_candidate(line));
        let offer = kept.flat_map(|line| [line, "\r\n"]).collect::<String>();
        Some(Self { offer: offer.into(), client, node })
    }

    /// The entity tag of the session: our own user fragment, which every restart changes.
    pub fn tag(&self) -> &str {
        &self.node.ufrag
    }

    pub fn client(&self) -> &Credentials {
        &self.client
    }

    /// The first offer as if it were made now, with these credentials.
    pub fn offer_with(&self, credentials: &Credentials) -> String {
        let mut offer = String::with_capacity(self.offer.len() + 64);
        for line in self.offer.lines() {
            let written = if line.starts_with("a=ice-ufrag:") {
                write!(offer, "a=ice-ufrag:{}\r\n", credentials.ufrag)
            } else if line.starts_with("a=ice-pwd:") {
                write!(offer, "a=ice-pwd:{}\r\n", credentials.pwd)
            } else {
                write!(offer, "{line}\r\n")
            };
            // Writing to a string can't fail.
            let _ = written;
        }
        offer
    }

    /// The session after a restart.
    pub fn restarted(&self, client: Credentials, answer: &str) -> Option<Self> {
        Some(Self { offer: self.offer.clone(), client, node: Credentials::find(answer)? })
    }
}

/// What a client must know of our answer after a restart, as a fragment: our credentials and
/// candidates, under the first media section, which carries the whole bundle.
pub fn fragment(answer: &str) -> Option<String> {
    let node = Credentials::find(answer)?;
    let media = answer.lines().find(|line| line.starts_with("m="))?;
    let mid = answer.lines().find(|line| line.starts_with("a=mid:"))?;
    let mut fragment = format!(
        "a=ice-lite\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\n{media}\r\n{mid}\r\n",
        node.ufrag, node.pwd
    );
    for line in answer.lines().filter(|line| line.starts_with("a=candidate:")) {
        // Each media section repeats them.
        if !fragment.contains(line) {
            fragment.push_str(line);
            fragment.push_str("\r\n");
        }
    }
    fragment.push_str("a=end-of-candidates\r\n");
    Some(fragment)
}

fn is_candidate(line: &str) -> bool {
    line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OFFER: &str = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:EsAw\r\n\
        a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=mid:0\r\na=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n\
        a=end-of-candidates\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:EsAw\r\n\
        a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=mid:1\r\n";
    const ANSWER: &str = "v=0\r\na=ice-lite\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
        a=ice-ufrag:0001abcd\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\na=mid:0\r\n\
        a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:0001abcd\r\n\
        a=ice-pwd:asd88fgpdd777uzjYhagZg\r\na=mid:1\r\n\
        a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host\r\n";

    #[test]
    fn an_offer_is_made_again_with_other_credentials() {
        let ice = IceSession::new(OFFER, ANSWER).unwrap();
        assert_eq!((ice.tag(), ice.client().ufrag.as_str()), ("0001abcd", "EsAw"));
        let new = Credentials { ufrag: "Next".into(), pwd: "N".repeat(24) };
        let again = ice.offer_with(&new);
        assert_eq!(Credentials::find(&again), Some(new));
        assert!(!again.contains("EsAw") && !again.contains("candidate"), "{again}");
        assert_eq!(again.matches("a=ice-ufrag:Next\r\n").count(), 2);
        assert_eq!(again.matches("m=").count(), 2);
    }

    #[test]
    fn a_fragment_names_each_candidate_once() {
        assert_eq!(
            fragment(ANSWER).unwrap(),
            "a=ice-lite\r\na=ice-ufrag:0001abcd\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n\
             m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n\
             a=candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host\r\na=end-of-candidates\r\n"
        );
    }

    #[test]
    fn credentials_must_be_whole() {
        let find = |ufrag: &str, pwd: &str| {
            Credentials::find(&format!("a=ice-ufrag:{ufrag}\na=ice-pwd:{pwd}\n"))
        };
        let pwd = "P2uYro0UCOQ4zxjKXaWCBui1";
        assert!(find("EsAw", pwd).is_some());
        assert!(find("EsA", pwd).is_none());
        assert!(find("EsAw", "short").is_none());
        assert!(find("Es w", pwd).is_none());
        assert!(Credentials::find("a=ice-ufrag:EsAw\r\n").is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(a=ice-(ufrag|pwd):[ -~]{0,30}|m=[ -~]{0,20}|a=mid:[ -~]{0,5}|\\PC{0,20}|\r?\n){0,20}") {
            let _ = fragment(&text);
            if let Some(ice) = IceSession::new(&text, &text) {
                let new = Credentials { ufrag: "Next".into(), pwd: "N".repeat(24) };
                prop_assert_eq!(Credentials::find(&ice.offer_with(&new)), Some(new));
            }
        }
    }
}
