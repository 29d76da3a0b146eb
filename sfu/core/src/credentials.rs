//! ICE credentials that say which shard they belong to, and that this node has made them.

use std::hash::{DefaultHasher, Hasher};

use rand::RngExt;
use str0m::IceCreds;

/// RFC 8445, section 5.3: at least 24 bits of randomness; 8 of 62 characters carry 47.
const UFRAG_RANDOM: usize = 8;
/// What the node's [`Stamp`] makes of the rest: 4 of 62 characters are guessed once in 14 million.
const UFRAG_STAMP: usize = 4;
/// The shard in lower-case hexadecimal digits.
const UFRAG_SHARD: usize = 4;
/// RFC 8445, section 5.3: at least 128 bits of randomness; 24 of 62 characters carry 142.
const PASSWORD: usize = 24;

/// RFC 8489, section 14.3.
const ATTRIBUTE_USERNAME: u16 = 0x0006;
/// RFC 8445, section 16.1.
const ATTRIBUTE_USE_CANDIDATE: u16 = 0x0025;
/// RFC 8489, section 5.
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
/// RFC 8489, section 5.
const HEADER: usize = 20;
/// RFC 8489, section 5: class request, method Binding.
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];

/// ice-char is a superset of these (RFC 8839, section 5.4).
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// What the shards of one node know their user fragments by, so that what strangers made up is
/// dropped where it is heard, and nothing of it handed over.
#[derive(Clone, Copy)]
pub struct Stamp([u8; 16]);

/// The secret stays out of the log.
impl std::fmt::Debug for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stamp(…)")
    }
}

impl Stamp {
    /// In production: bytes from the operating system, the same for all shards of a node.
    pub fn new(secret: [u8; 16]) -> Self {
        Self(secret)
    }

    /// New credentials whose user fragment begins with the shard's index and ends with the stamp.
    pub(crate) fn credentials(self, shard: u16, rng: &mut impl RngExt) -> IceCreds {
        let mut random = |length: usize| -> String {
            (0..length).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
        };
        let mut ufrag = format!("{shard:0width$x}{}", random(UFRAG_RANDOM), width = UFRAG_SHARD);
        let stamp = self.of(ufrag.as_bytes());
        ufrag.extend(stamp.map(char::from));
        IceCreds { ufrag, pass: random(PASSWORD) }
    }

    /// The shard that a STUN binding request is meant for, from the user fragment in its USERNAME.
    ///
    /// None for everything else: other STUN, user fragments that no shard of this node has made,
    /// media, garbage. The owning shard checks the message integrity.
    pub fn shard_of(self, datagram: &[u8]) -> Option<u16> {
        let ufrag = local_ufrag(datagram)?.as_bytes();
        if ufrag.len() != UFRAG_SHARD + UFRAG_RANDOM + UFRAG_STAMP {
            return None;
        }
        let (rest, stamp) = ufrag.split_last_chunk::<UFRAG_STAMP>()?;
        if *stamp != self.of(rest) {
            return None;
        }
        let digits = std::str::from_utf8(rest.get(..UFRAG_SHARD)?).ok()?;
        u16::from_str_radix(digits, 16).ok()
    }

    /// SipHash with the secret before the text. Who guesses it gains a copy of his datagram on its
    /// way to a shard that drops it.
    fn of(self, text: &[u8]) -> [u8; UFRAG_STAMP] {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.0);
        hasher.write(text);
        let mut hash = hasher.finish();
        std::array::from_fn(|_| {
            let letter = ALPHABET[(hash % ALPHABET.len() as u64) as usize];
            hash /= ALPHABET.len() as u64;
            letter
        })
    }
}

/// The first half of USERNAME in a STUN binding request: our own user fragment.
pub(crate) fn local_ufrag(datagram: &[u8]) -> Option<&str> {
    let username = attribute(datagram, ATTRIBUTE_USERNAME)?;
    std::str::from_utf8(username).ok()?.split_once(':').map(|(local, _)| local)
}

/// Whether a STUN binding request nominates the path it came by (RFC 8445, section 7.1.2).
pub(crate) fn nominates(datagram: &[u8]) -> bool {
    attribute(datagram, ATTRIBUTE_USE_CANDIDATE).is_some()
}

/// The value of an attribute of a STUN binding request.
fn attribute(datagram: &[u8], wanted: u16) -> Option<&[u8]> {
    let header = datagram.first_chunk::<HEADER>()?;
    if header[..2] != BINDING_REQUEST || header[4..8] != MAGIC_COOKIE {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let mut rest = datagram.get(HEADER..HEADER + length)?;
    while let Some((head, tail)) = rest.split_first_chunk::<4>() {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let size = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = tail.get(..size)?;
        if kind == wanted {
            return Some(value);
        }
        // Attributes are padded to a multiple of four bytes.
        rest = tail.get(size.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    const STAMP: Stamp = Stamp([7; 16]);

    fn binding_request(username: &str) -> Vec<u8> {
        let mut attributes = Vec::new();
        // PRIORITY first, to see that attributes are walked.
        attributes.extend([0x00, 0x24, 0x00, 0x04, 1, 2, 3, 4]);
        attributes.extend(ATTRIBUTE_USERNAME.to_be_bytes());
        attributes.extend((username.len() as u16).to_be_bytes());
        attributes.extend(username.as_bytes());
        attributes.resize(attributes.len().next_multiple_of(4), 0);
        let mut message = BINDING_REQUEST.to_vec();
        message.extend((attributes.len() as u16).to_be_bytes());
        message.extend(MAGIC_COOKIE);
        message.extend([7; 12]);
        message.extend(attributes);
        message
    }

    #[test]
    fn the_shard_is_found_again() {
        let mut rng = StdRng::from_seed([1; 32]);
        for shard in [0, 1, 15, 16, 4_095, u16::MAX] {
            let creds = STAMP.credentials(shard, &mut rng);
            let message = binding_request(&format!("{}:peer", creds.ufrag));
            assert_eq!(STAMP.shard_of(&message), Some(shard));
            assert_eq!(Stamp::new([8; 16]).shard_of(&message), None, "another node's");
            assert_eq!(local_ufrag(&message), Some(creds.ufrag.as_str()));
        }
    }

    #[test]
    fn a_nomination_is_seen() {
        let mut message = binding_request("0003abcdefghijkl:peer");
        assert!(!nominates(&message));
        message.extend([0x00, 0x25, 0x00, 0x00]);
        let length = (message.len() - HEADER) as u16;
        message[2..4].copy_from_slice(&length.to_be_bytes());
        assert!(nominates(&message));
    }

    #[test]
    fn foreign_user_fragments_name_no_shard() {
        for username in ["", ":", "abcd", "abcd:peer", "0001abcdefghijkl:x", "00G1abcdefghijkl:x"] {
            assert_eq!(STAMP.shard_of(&binding_request(username)), None, "{username:?}");
        }
    }

    #[test]
    fn a_changed_letter_breaks_the_stamp() {
        let mut rng = StdRng::from_seed([1; 32]);
        let ufrag = STAMP.credentials(3, &mut rng).ufrag;
        for at in 0..ufrag.len() {
            let mut changed = ufrag.clone().into_bytes();
            changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(changed).unwrap();
            let message = binding_request(&format!("{changed}:peer"));
            assert_eq!(STAMP.shard_of(&message), None, "{changed}");
        }
    }

    #[test]
    fn credentials_differ() {
        let mut rng = StdRng::from_seed([1; 32]);
        let (a, b) = (STAMP.credentials(3, &mut rng), STAMP.credentials(3, &mut rng));
        assert_ne!(a.ufrag, b.ufrag);
        assert_ne!(a.pass, b.pass);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            STAMP.shard_of(&bytes);
        }

        #[test]
        fn any_damage_is_survived(at in 0_usize..60, with: u8, cut in 0_usize..60) {
            let mut message = binding_request("0003abcdefghijkl:peer");
            let end = message.len();
            message[at % end] = with;
            message.truncate(end - cut % end);
            STAMP.shard_of(&message);
        }
    }
}
