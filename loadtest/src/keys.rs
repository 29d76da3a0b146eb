//! The SRTP keys that str0m's DTLS agrees upon, taken as they pass by.

use std::{
    cell::RefCell,
    sync::{Arc, OnceLock},
    time::Instant,
};

use str0m::crypto::{
    CryptoProvider,
    dtls::{
        DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion,
        ProtocolVersion, SrtpProfile,
    },
};

/// What a handshake ended with.
#[derive(Debug)]
pub struct Handshake {
    pub profile: SrtpProfile,
    pub material: Vec<u8>,
    /// We were the DTLS client.
    pub client: bool,
}

thread_local! {
    /// Of the peer connection that this thread polled last; str0m names no instance.
    static LAST: RefCell<Option<Handshake>> = const { RefCell::new(None) };
}

/// The handshake that ended during the last poll on this thread, once.
pub fn take() -> Option<Handshake> {
    LAST.with_borrow_mut(Option::take)
}

/// str0m's own provider, which also notes the keys for [`take`].
pub fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    let shared = PROVIDER.get_or_init(|| {
        let plain = str0m::crypto::from_feature_flags();
        static NOTING: OnceLock<Noting> = OnceLock::new();
        let noting = NOTING.get_or_init(|| Noting(plain.dtls_provider));
        Arc::new(CryptoProvider { dtls_provider: noting, ..plain })
    });
    shared.clone()
}

#[derive(Debug)]
struct Noting(&'static dyn DtlsProvider);

impl DtlsProvider for Noting {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        self.0.generate_certificate()
    }

    fn new_dtls(
        &self,
        cert: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, str0m::crypto::CryptoError> {
        Ok(Box::new(NotingInstance(self.0.new_dtls(cert, now, version, mtu)?)))
    }
}

#[derive(Debug)]
struct NotingInstance(Box<dyn DtlsInstance>);

impl DtlsInstance for NotingInstance {
    fn set_active(&mut self, active: bool) {
        self.0.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.0.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        let client = self.0.is_active();
        let output = self.0.poll_output(buf);
        if let DtlsOutput::KeyingMaterial(material, profile) = &output {
            let handshake = Handshake { profile: *profile, material: material.to_vec(), client };
            LAST.set(Some(handshake));
        }
        output
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.0.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.0.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.0.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.0.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.0.close()
    }
}
