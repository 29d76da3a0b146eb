//! One-time codes (RFC 6238): SHA-1, six digits, 30 seconds, which is what every app does.

use szpon_kit::random;
use szpon_protocol::Time;
use totp_rs::{Builder, Secret, Totp};

/// 160 bits, as RFC 4226, section 4 recommends.
#[derive(Clone)]
pub struct TotpSecret([u8; 20]);

impl TotpSecret {
    pub fn generate() -> Self {
        Self(random::bytes())
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// To type by hand.
    pub fn base32(&self) -> String {
        Secret::new_stack(self.0).to_base32()
    }

    /// To show as a QR code.
    pub fn uri(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (percent_encoded(issuer), percent_encoded(account));
        format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
            self.base32()
        )
    }

    /// The time step of `code`, if it is right at `now` (or one step off) and newer than
    /// `last_step`: a code that was seen, perhaps by somebody else, is never taken again.
    pub fn check(&self, code: &str, now: Time, last_step: i64) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let now = u64::try_from(now.epoch_secs()).ok()?;
        if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let step = i64::try_from(self.totp().check(&code, now)?).ok()?;
        (step > last_step).then_some(step)
    }

    /// The code at `now`. For tests; people have an app.
    pub fn code(&self, now: Time) -> String {
        self.totp().generate(u64::try_from(now.epoch_secs()).unwrap_or(0)).to_string()
    }

    fn totp(&self) -> Totp {
        // The defaults are right, and a secret of 20 bytes is always set.
        Builder::new().with_secret(Secret::new_stack(self.0)).build_noncompliant()
    }
}

/// RFC 3986, section 2.3.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, shortened to six digits.
    #[test]
    fn codes_of_rfc_6238() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        for (secs, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(Time::from_millis(secs * 1000)), code);
        }
        assert_eq!(secret.base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_counts_once_and_for_a_minute() {
        let secret = TotpSecret::generate();
        let now = Time::from_millis(1_800_000_000_000);
        let code = secret.code(now);
        let step = secret.check(&code, now, 0).unwrap();
        assert_eq!(step, 60_000_000);
        assert_eq!(secret.check(&format!("{} {}", &code[..3], &code[3..]), now, 0), Some(step));
        assert_eq!(secret.check(&code, now, step), None, "used");
        assert!(secret.check(&code, now.plus_secs(30), step - 1).is_some());
        assert_eq!(secret.check(&code, now.plus_secs(60), 0), None, "too old");
        for bad in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            assert_eq!(secret.check(bad, now, 0), None, "{bad}");
        }
    }

    #[test]
    fn the_uri_is_encoded() {
        let secret = TotpSecret::from_bytes(&[0; 20]).unwrap();
        let uri = secret.uri("SZPoN", "anna+x@urząd.example");
        assert!(uri.starts_with("otpauth://totp/SZPoN:anna%2Bx%40urz%C4%85d.example?secret=AAAA"));
    }
}
