//! Settings of this service: the raw section as it stands in the file, and validated ones.

use serde::Deserialize;
use szpon_booking_core::work;
use szpon_kit::mail::Address;

/// `[booking]` with every key, its default and what it costs.
pub const REFERENCE: &str = include_str!("settings/reference.toml");

/// `[booking]` in the settings file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BookingSection {
    /// How many numbers a browser tries at most before a slot is kept for somebody.
    pub work_numbers: u32,
    /// Webhooks may go to private and loopback addresses, and without TLS.
    pub webhooks_to_private_addresses: bool,
}

impl Default for BookingSection {
    fn default() -> Self {
        Self { work_numbers: work::NUMBER_MAX_CALM, webhooks_to_private_addresses: false }
    }
}

/// A setting that can't be.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A number outside what makes sense.
    #[error("{key}: {min} to {max}, please")]
    OutOfRange { key: &'static str, min: u32, max: u32 },
}

/// Validated settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Without a slash at the end.
    pub public_url: String,
    pub mail_from: Address,
    pub work_numbers: u32,
    pub webhooks_to_private_addresses: bool,
}

impl Settings {
    pub fn new(
        public_url: &str,
        mail_from: &Address,
        section: &BookingSection,
    ) -> Result<Self, SettingsError> {
        if section.work_numbers > work::NUMBER_MAX {
            let (key, max) = ("booking.work_numbers", work::NUMBER_MAX);
            return Err(SettingsError::OutOfRange { key, min: 0, max });
        }
        Ok(Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            mail_from: mail_from.clone(),
            work_numbers: section.work_numbers,
            webhooks_to_private_addresses: section.webhooks_to_private_addresses,
        })
    }
}
