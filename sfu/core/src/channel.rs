//! The data channel: JSON text both ways, small, and never trusted.

use szpon_protocol::media::{FromNode, MAX_VIDEO_SLOTS, ToNode};

use crate::negotiation::MAX_MESSAGE;

/// Reads a client's message. None when it is too large, not text, not ours or beyond its bounds.
pub(crate) fn parse(binary: bool, data: &[u8]) -> Option<ToNode> {
    if binary || data.len() > MAX_MESSAGE as usize {
        return None;
    }
    match serde_json::from_slice(data).ok()? {
        ToNode::View { tiles } if tiles.len() > MAX_VIDEO_SLOTS => None,
        message => Some(message),
    }
}

pub(crate) fn encode(message: &FromNode) -> Option<Vec<u8>> {
    serde_json::to_vec(message).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_ping_is_read() {
        assert_eq!(parse(false, br#"{"type":"ping","nonce":7}"#), Some(ToNode::Ping { nonce: 7 }));
    }

    #[test]
    fn what_is_beyond_bounds_is_not() {
        assert_eq!(parse(true, br#"{"type":"ping","nonce":7}"#), None);
        let tile = r#"{"participant":"00000000-0000-0000-0000-000000000000","source":"camera","width":1,"height":1}"#;
        let view = |n| format!(r#"{{"type":"view","tiles":[{}]}}"#, vec![tile; n].join(","));
        assert!(parse(false, view(MAX_VIDEO_SLOTS).as_bytes()).is_some());
        assert_eq!(parse(false, view(MAX_VIDEO_SLOTS + 1).as_bytes()), None);
        let padded = format!("{}{}", " ".repeat(MAX_MESSAGE as usize), view(0));
        assert_eq!(parse(false, padded.as_bytes()), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(binary: bool, data in prop::collection::vec(any::<u8>(), 0..300)) {
            parse(binary, &data);
        }

        #[test]
        fn any_text_is_survived(text in r#"\{"type":"(view|ping)","[a-z]{1,6}":[\[\]{}0-9a-z",:-]{0,60}\}"#) {
            parse(false, text.as_bytes());
        }
    }
}
