//! Points in time on the wire: RFC 3339 in UTC with milliseconds.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// Milliseconds since the Unix epoch. The database stores the number, the wire carries RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

impl Time {
    /// Clamps to the calendar's range, so that every `Time` can be written down.
    pub fn from_millis(ms: i64) -> Self {
        let (min, max) = (Timestamp::MIN.as_millisecond() + 1, Timestamp::MAX.as_millisecond());
        Self(ms.clamp(min, max))
    }

    pub fn millis(self) -> i64 {
        self.0
    }

    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or_default()
    }

    /// `self` + `ms`, clamped.
    pub fn plus_millis(self, ms: i64) -> Self {
        Self::from_millis(self.0.saturating_add(ms))
    }

    pub fn plus_secs(self, s: i64) -> Self {
        self.plus_millis(s.saturating_mul(1000))
    }

    /// Milliseconds from `earlier` to `self`; negative when `earlier` is later.
    pub fn since(self, earlier: Time) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds since the epoch, as JWT's NumericDate wants them (RFC 7519, section 2).
    pub fn epoch_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

impl From<Timestamp> for Time {
    fn from(t: Timestamp) -> Self {
        Self::from_millis(t.as_millisecond())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        text.parse::<Timestamp>().map(Self::from).map_err(D::Error::custom)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339, UTC"))
            .into()
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Time;

    proptest! {
        #[test]
        fn survives_the_wire(ms in -300_000_000_000_000i64..=253_000_000_000_000) {
            let time = Time::from_millis(ms);
            let text = serde_json::to_string(&time).unwrap();
            prop_assert_eq!(serde_json::from_str::<Time>(&text).unwrap(), time);
        }

        #[test]
        fn any_number_can_be_written(ms: i64) {
            let text = serde_json::to_string(&Time::from_millis(ms)).unwrap();
            prop_assert!(serde_json::from_str::<Time>(&text).is_ok());
        }
    }
}
