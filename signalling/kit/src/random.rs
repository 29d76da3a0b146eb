//! Random bytes from the operating system.

/// `N` bytes that nobody can guess.
///
/// # Panics
/// When the system has no randomness to give, which Linux never reports after boot; nothing that a
/// caller could do instead would be safe.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's random number generator failed");
    bytes
}

/// A number to spread retries with; not for secrets that need more than 16 bits.
pub fn jitter() -> u16 {
    u16::from_le_bytes(bytes())
}
