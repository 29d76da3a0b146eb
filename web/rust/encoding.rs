//! Choosing among the copies of a file that the build compressed (RFC 9110, section 12.5.3).

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// Best first.
    pub const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// As in `Content-Encoding`.
    pub fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What the build appends to the name of such a copy.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    /// Whether a client with this `Accept-Encoding` takes it. A weight only says no by being zero:
    /// no client that takes both is served worse by the smaller one.
    pub fn accepted(self, header: &str) -> bool {
        let mut any = false;
        for part in header.split(',') {
            let mut pieces = part.split(';').map(str::trim);
            let token = pieces.next().unwrap_or_default();
            let refused = pieces
                .filter_map(|parameter| parameter.strip_prefix("q="))
                .any(|weight| weight.parse() == Ok(0.0f32));
            if token.eq_ignore_ascii_case(self.token()) {
                return !refused;
            }
            if token == "*" {
                any = !refused;
            }
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding::{Brotli, Gzip};

    #[test]
    fn takes_what_is_named_and_not_refused() {
        assert!(Brotli.accepted("gzip, deflate, br, zstd"));
        assert!(Gzip.accepted("gzip;q=0.5"));
        assert!(!Brotli.accepted("gzip, deflate"));
        assert!(!Brotli.accepted("br;q=0, gzip"));
        assert!(!Gzip.accepted("GZIP; q=0.000"));
        assert!(Gzip.accepted("*"));
        assert!(!Gzip.accepted("*, gzip;q=0"));
        assert!(!Gzip.accepted(""));
        assert!(!Gzip.accepted("xgzip"));
    }
}
