//! ICE credentials that say which shard they belong to, and that this node has made them.

use std::hash::{DefaultHasher, Hasher};

use rand::RngExt;
use str0m::{IceCreds, crypto::Sha1HmacProvider};

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
/// RFC 8489, section 14.5.
const ATTRIBUTE_INTEGRITY: u16 = 0x0008;
/// RFC 8445, section 16.1.
const ATTRIBUTE_USE_CANDIDATE: u16 = 0x0025;
/// RFC 8489, section 5.
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
/// RFC 8489, section 5.
const HEADER: usize = 20;
/// Bytes of an HMAC-SHA1.
const INTEGRITY: usize = 20;
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

/// Whether somebody has sent this STUN binding request who knows our password (RFC 8489, section
/// 14.5). Allocates nothing, which str0m would before it looks.
pub(crate) fn is_authentic(datagram: &[u8], password: &str, hmac: &dyn Sha1HmacProvider) -> bool {
    let integrity = attributes(datagram).find(|attribute| attribute.kind == ATTRIBUTE_INTEGRITY);
    let (Some(integrity), Some(header)) = (integrity, datagram.first_chunk::<HEADER>()) else {
        return false;
    };
    // As if the message ended with this attribute.
    let Ok(length) = u16::try_from(integrity.at + 4 + INTEGRITY - HEADER) else { return false };
    let mut header = *header;
    header[2..4].copy_from_slice(&length.to_be_bytes());
    let tag = hmac.sha1_hmac(password.as_bytes(), &[&header, &datagram[HEADER..integrity.at]]);
    // Takes the same time wherever they differ.
    integrity.value.len() == INTEGRITY
        && tag.iter().zip(integrity.value).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// The value of an attribute of a STUN binding request. What comes after MESSAGE-INTEGRITY could be
/// anybody's.
fn attribute(datagram: &[u8], wanted: u16) -> Option<&[u8]> {
    attributes(datagram)
        .take_while(|attribute| attribute.kind != ATTRIBUTE_INTEGRITY)
        .find(|attribute| attribute.kind == wanted)
        .map(|attribute| attribute.value)
}

struct Attribute<'a> {
    /// Where it begins in the message.
    at: usize,
    kind: u16,
    value: &'a [u8],
}

/// The attributes of a STUN binding request, as far as they can be read; none of anything else.
fn attributes(datagram: &[u8]) -> impl Iterator<Item = Attribute<'_>> {
    let mut at = HEADER;
    let message = datagram.first_chunk::<HEADER>().and_then(|header| {
        let is_request = header[..2] == BINDING_REQUEST && header[4..8] == MAGIC_COOKIE;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        datagram.get(..HEADER + length).filter(|_| is_request)
    });
    std::iter::from_fn(move || {
        let (head, tail) = message?.get(at..)?.split_first_chunk::<4>()?;
        let size = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = tail.get(..size)?;
        let attribute = Attribute { at, kind: u16::from_be_bytes([head[0], head[1]]), value };
        // They are padded to a multiple of four bytes.
        at += 4 + size.next_multiple_of(4);
        Some(attribute)
    })
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

    /// With a tag and a checksum, as they are sent.
    fn signed(mut message: Vec<u8>, password: &str) -> Vec<u8> {
        let end = message.len();
        let length = (end - HEADER + 4 + INTEGRITY) as u16;
        message[2..4].copy_from_slice(&length.to_be_bytes());
        let hmac = szpon_sfu_srtp::crypto_provider().sha1_hmac_provider;
        let tag = hmac.sha1_hmac(password.as_bytes(), &[&message]);
        message.extend([0x00, 0x08, 0x00, 0x14]);
        message.extend(tag);
        message.extend([0x80, 0x28, 0x00, 0x04, 1, 2, 3, 4]);
        let length = (message.len() - HEADER) as u16;
        message[2..4].copy_from_slice(&length.to_be_bytes());
        message
    }

    #[test]
    fn only_who_knows_the_password_is_believed() {
        let hmac = szpon_sfu_srtp::crypto_provider().sha1_hmac_provider;
        let plain = binding_request("0003abcdefghijkl:peer");
        let message = signed(plain.clone(), "secret");
        assert!(is_authentic(&message, "secret", hmac));
        assert!(!is_authentic(&message, "another", hmac));
        assert!(!is_authentic(&plain, "secret", hmac), "without a tag");
        // The type and the length say whether and how far it is read; the checksum is not covered.
        for at in 8..message.len() - 8 {
            let mut changed = message.clone();
            changed[at] ^= 0x40;
            assert!(!is_authentic(&changed, "secret", hmac), "octet {at}");
        }
    }

    #[test]
    fn what_comes_after_the_tag_is_nobodys_word() {
        let mut message = signed(binding_request("0003abcdefghijkl:peer"), "secret");
        message.extend([0x00, 0x25, 0x00, 0x00]);
        let length = (message.len() - HEADER) as u16;
        message[2..4].copy_from_slice(&length.to_be_bytes());
        assert!(!nominates(&message));
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
            let hmac = szpon_sfu_srtp::crypto_provider().sha1_hmac_provider;
            assert!(!is_authentic(&bytes, "secret", hmac));
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
