//! Keys of a str0m session, seen on their way from its DTLS to its SRTP.

use std::{
    cell::RefCell,
    sync::{Arc, OnceLock},
    time::Instant,
};

use str0m::crypto::{
    CryptoError, CryptoProvider,
    dtls::{
        DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion,
        ProtocolVersion,
    },
};

use crate::keys::{Profile, SrtpKeys};

/// Where the keys of one session appear when its handshake is over.
#[derive(Debug, Clone, Default)]
pub struct KeySlot(Arc<OnceLock<SrtpKeys>>);

impl KeySlot {
    /// None before the handshake is over.
    pub fn get(&self) -> Option<&SrtpKeys> {
        self.0.get()
    }
}

impl From<SrtpKeys> for KeySlot {
    /// Of a handshake that is over.
    fn from(keys: SrtpKeys) -> Self {
        Self(Arc::new(OnceLock::from(keys)))
    }
}

thread_local! {
    /// The slot of the DTLS instance that this thread made last.
    static NEWEST: RefCell<Option<KeySlot>> = const { RefCell::new(None) };
}

/// str0m's cryptography, with DTLS that shows its keys to [`watch`].
pub fn crypto_provider() -> CryptoProvider {
    static CAPTURING: OnceLock<CapturingProvider> = OnceLock::new();
    let inner = str0m::crypto::from_feature_flags();
    let dtls_provider = CAPTURING.get_or_init(|| CapturingProvider { inner: inner.dtls_provider });
    CryptoProvider { dtls_provider, ..inner }
}

/// Runs `build`, which builds one session with [`crypto_provider`]'s cryptography, and returns
/// the slot for its keys. None if `build` made no DTLS instance of ours.
pub fn watch<T>(build: impl FnOnce() -> T) -> (T, Option<KeySlot>) {
    NEWEST.take();
    let built = build();
    (built, NEWEST.take())
}

#[derive(Debug)]
struct CapturingProvider {
    inner: &'static dyn DtlsProvider,
}

impl DtlsProvider for CapturingProvider {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        self.inner.generate_certificate()
    }

    fn new_dtls(
        &self,
        cert: &DtlsCert,
        now: Instant,
        dtls_version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let inner = self.inner.new_dtls(cert, now, dtls_version, mtu)?;
        let slot = KeySlot::default();
        NEWEST.set(Some(slot.clone()));
        Ok(Box::new(CapturingInstance { inner, slot }))
    }

    fn is_test(&self) -> bool {
        self.inner.is_test()
    }
}

#[derive(Debug)]
struct CapturingInstance {
    inner: Box<dyn DtlsInstance>,
    slot: KeySlot,
}

impl DtlsInstance for CapturingInstance {
    fn set_active(&mut self, active: bool) {
        self.inner.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.inner.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        let output = self.inner.poll_output(buf);
        if let DtlsOutput::KeyingMaterial(material, profile) = &output {
            let keys = Profile::from_dtls(*profile).and_then(|profile| {
                SrtpKeys::from_material(profile, material, self.inner.is_active())
            });
            if let Some(keys) = keys {
                // There is one handshake; were there another, str0m's own keys would change under
                // its streams as well.
                let _ = self.slot.0.set(keys);
            }
        }
        output
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.inner.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.inner.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.inner.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.inner.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.inner.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.inner.close()
    }
}
