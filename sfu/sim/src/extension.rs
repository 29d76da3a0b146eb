//! The Dependency Descriptor as a header extension that a client sends and takes.

use str0m::rtp::{Extension, ExtensionSerializer, ExtensionValues};
use szpon_media::dependency::URI;

/// A descriptor as it is on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Descriptor(pub(crate) Vec<u8>);

/// The longest value of a one-byte element (RFC 8285, section 4.2).
const ONE_BYTE: usize = 16;

#[derive(Debug)]
struct Serializer;

impl ExtensionSerializer for Serializer {
    fn write_to(&self, out: &mut [u8], values: &ExtensionValues) -> usize {
        let Some(Descriptor(bytes)) = values.user_values.get() else { return 0 };
        out[..bytes.len()].copy_from_slice(bytes);
        bytes.len()
    }

    fn parse_value(&self, bytes: &[u8], values: &mut ExtensionValues) -> bool {
        values.user_values.set(Descriptor(bytes.to_vec()));
        true
    }

    fn is_video(&self) -> bool {
        true
    }

    fn is_audio(&self) -> bool {
        false
    }

    fn requires_two_byte_form(&self, values: &ExtensionValues) -> bool {
        values.user_values.get::<Descriptor>().is_some_and(|value| value.0.len() > ONE_BYTE)
    }
}

pub(crate) fn extension() -> Extension {
    Extension::with_serializer(URI, Serializer)
}
