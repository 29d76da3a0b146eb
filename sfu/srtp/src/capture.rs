//! Keys of a str0m session, seen on their way from its DTLS to its SRTP.

use std::{
    cell::RefCell,
    fmt,
    sync::{Arc, OnceLock},
    time::Instant,
};

use dimpl::{Config, Dtls, DtlsCertificate};
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
    static CAPTURING: CapturingProvider = CapturingProvider { made: OnceLock::new() };
    CryptoProvider { dtls_provider: &CAPTURING, ..str0m::crypto::from_feature_flags() }
}

/// Runs `build`, which builds one session with [`crypto_provider`]'s cryptography, and returns
/// the slot for its keys. None if `build` made no DTLS instance of ours.
pub fn watch<T>(build: impl FnOnce() -> T) -> (T, Option<KeySlot>) {
    NEWEST.take();
    let built = build();
    (built, NEWEST.take())
}

/// DTLS of dimpl, as str0m's own provider makes it, but for its settings: they are made once. Making
/// them tries out all of dimpl's cryptography (keys, signatures, on each curve), which costs more than
/// the handshake that they are for.
struct CapturingProvider {
    /// By the MTU that they are for.
    made: OnceLock<(Option<usize>, Arc<Config>)>,
}

impl CapturingProvider {
    fn config(&self, mtu: Option<usize>) -> Result<Arc<Config>, CryptoError> {
        if let Some((for_mtu, config)) = self.made.get()
            && *for_mtu == mtu
        {
            return Ok(config.clone());
        }
        // ICE has shown that the peer is where it says before DTLS begins: no cookies.
        let mut builder = Config::builder().use_server_cookie(false);
        if let Some(mtu) = mtu {
            builder = builder.mtu(mtu);
        }
        let config = builder.build().map_err(|error| CryptoError::Other(error.to_string()))?;
        let config = Arc::new(config);
        // All sessions have one MTU; were there another, its settings would be made each time.
        let _ = self.made.set((mtu, config.clone()));
        Ok(config)
    }
}

impl fmt::Debug for CapturingProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CapturingProvider").finish_non_exhaustive()
    }
}

impl DtlsProvider for CapturingProvider {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        let cert = dimpl::certificate::generate_self_signed_certificate().ok()?;
        let DtlsCertificate { certificate, private_key } = cert;
        Some(DtlsCert { certificate, private_key })
    }

    fn new_dtls(
        &self,
        cert: &DtlsCert,
        now: Instant,
        dtls_version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let config = self.config(mtu)?;
        let DtlsCert { certificate, private_key } = cert.clone();
        let cert = DtlsCertificate { certificate, private_key };
        let dtls = match dtls_version {
            DtlsVersion::Dtls12 => Dtls::new_12(config, cert, now),
            DtlsVersion::Dtls13 => Dtls::new_13(config, cert, now),
            DtlsVersion::Auto => Dtls::new_auto(config, cert, now),
            other => return Err(CryptoError::Other(format!("no such version of DTLS: {other}"))),
        };
        let slot = KeySlot::default();
        NEWEST.set(Some(slot.clone()));
        Ok(Box::new(CapturingInstance { dtls, slot }))
    }
}

#[derive(Debug)]
struct CapturingInstance {
    dtls: Dtls,
    slot: KeySlot,
}

impl DtlsInstance for CapturingInstance {
    fn set_active(&mut self, active: bool) {
        self.dtls.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.dtls.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        let active = self.dtls.is_active();
        let output = self.dtls.poll_output(buf);
        if let DtlsOutput::KeyingMaterial(material, profile) = &output {
            let keys = Profile::from_dtls(*profile)
                .and_then(|profile| SrtpKeys::from_material(profile, material, active));
            if let Some(keys) = keys {
                // There is one handshake; were there another, str0m's own keys would change under
                // its streams as well.
                let _ = self.slot.0.set(keys);
            }
        }
        output
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.dtls.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.dtls.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.dtls.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.dtls.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.dtls.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.dtls.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.dtls.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_made_once_for_an_mtu() {
        let provider = CapturingProvider { made: OnceLock::new() };
        let of = |mtu| provider.config(mtu).unwrap();
        assert!(Arc::ptr_eq(&of(Some(1_200)), &of(Some(1_200))));
        assert_eq!(of(Some(1_100)).mtu(), 1_100);
        assert_eq!(of(None).mtu(), Config::builder().build().unwrap().mtu());
        assert_eq!(of(Some(1_200)).mtu(), 1_200);
    }
}
