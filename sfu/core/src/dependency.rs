//! The Dependency Descriptor as a header extension of str0m: kept as it came, since it can be read
//! only with what its stream said before.

use std::sync::Arc;

use str0m::rtp::{Extension, ExtensionSerializer, ExtensionValues, RtpHeader};
use szpon_media::dependency::URI;

/// As it came.
#[derive(Debug)]
struct Raw(Box<[u8]>);

#[derive(Debug)]
struct Kept;

impl ExtensionSerializer for Kept {
    /// What subscribers get is written by the module `egress`.
    fn write_to(&self, _: &mut [u8], _: &ExtensionValues) -> usize {
        0
    }

    fn parse_value(&self, bytes: &[u8], values: &mut ExtensionValues) -> bool {
        values.user_values.set_arc(Arc::new(Raw(bytes.into())));
        true
    }

    fn is_video(&self) -> bool {
        true
    }

    fn is_audio(&self) -> bool {
        false
    }
}

pub(crate) fn extension() -> Extension {
    Extension::with_serializer(URI, Kept)
}

/// The descriptor of a packet, if it has one.
pub(crate) fn of(header: &RtpHeader) -> Option<&[u8]> {
    header.ext_vals.user_values.get::<Raw>().map(|raw| &*raw.0)
}
