//! Secrets that are handed out (only their hash is kept) and secrets that are kept (encrypted with
//! the installation's master key).

use std::{
    fmt, fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    digest,
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};

use crate::random;

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// 256 random bits that open something: a session, a guest link, an account link. With so many bits
/// a plain hash is enough to store it by; nobody can try them all.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    pub fn generate() -> Self {
        Self(random::bytes())
    }

    /// Reads what [`Self::reveal`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        // 43 characters carry 32 bytes; longer input is not worth decoding.
        if text.len() != 43 {
            return None;
        }
        BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The secret itself, in base64url, for the one it is made for.
    pub fn reveal(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Another secret that follows from this one and `purpose`; nobody gets back from it.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> Self {
        let text = format!("{purpose}:{}", self.reveal());
        let mut derived = [0; 32];
        derived.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        Self(derived)
    }

    /// What is stored in its place.
    pub fn hash(&self) -> String {
        sha256_hex(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why a master key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Not 32 bytes of base64.
    #[error("the master key in {origin} is not 32 bytes of base64")]
    Malformed { origin: String },
    /// Others than its owner may read the file.
    #[error("{} may be read by others; set its mode to 600", path.display())]
    Exposed { path: PathBuf },
    /// The file can't be read or written.
    #[error("the master key in {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
}

/// Sealed text that can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not what [`MasterKey::seal`] wrote.
    #[error("sealed text is malformed")]
    Malformed,
    /// Another key, another context, or somebody changed it.
    #[error("sealed text does not fit the master key or its context")]
    Refused,
}

/// Encrypts what the database must not show: second-factor secrets, signing keys.
/// AES-256-GCM with a random nonce; `context` is bound to the text, so that a sealed value can't be
/// moved to another row.
pub struct MasterKey(RandomizedNonceKey);

impl MasterKey {
    /// A new key that is kept nowhere. For tests.
    pub fn ephemeral() -> Self {
        Self::new(&random::bytes())
    }

    fn new(key: &[u8; 32]) -> Self {
        // Fails for a wrong length only, and 32 is the right one.
        Self(RandomizedNonceKey::new(&AES_256_GCM, key).expect("AES-256 takes 32 bytes"))
    }

    /// Reads a key of 32 bytes in base64; `origin` names the source in errors.
    pub fn from_base64(text: &str, origin: &str) -> Result<Self, MasterKeyError> {
        let key = BASE64_STANDARD.decode(text.trim()).ok().and_then(|key| key.try_into().ok());
        let key: [u8; 32] = key.ok_or(MasterKeyError::Malformed { origin: origin.into() })?;
        Ok(Self::new(&key))
    }

    /// Reads the key from a file that only its owner may read, and makes it first if need be.
    pub fn load_or_create(path: &Path) -> Result<Self, MasterKeyError> {
        let file_error = |source| MasterKeyError::File { path: path.into(), source };
        match fs::metadata(path) {
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
                return Err(MasterKeyError::Exposed { path: path.into() });
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_key_file(path).map_err(file_error)?;
            }
            Err(error) => return Err(file_error(error)),
        }
        let text = fs::read_to_string(path).map_err(file_error)?;
        Self::from_base64(&text, &path.display().to_string())
    }

    /// Encrypts `plaintext`; `context` must be given again to open it.
    pub fn seal(&self, context: &str, plaintext: &[u8]) -> String {
        let mut text = plaintext.to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(context), &mut text)
            .expect("AES-GCM seals anything below 64 GiB");
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut text);
        BASE64_URL_SAFE_NO_PAD.encode(sealed)
    }

    pub fn open(&self, context: &str, sealed: &str) -> Result<Vec<u8>, OpenError> {
        let mut sealed = BASE64_URL_SAFE_NO_PAD.decode(sealed).map_err(|_| OpenError::Malformed)?;
        if sealed.len() < NONCE_LEN {
            return Err(OpenError::Malformed);
        }
        let mut text = sealed.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&sealed).map_err(|_| OpenError::Malformed)?;
        let opened = self
            .0
            .open_in_place(nonce, Aad::from(context), &mut text)
            .map_err(|_| OpenError::Refused)?;
        Ok(opened.to_vec())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Whole or not at all: the file gets its name only when its bytes are on the disk, and a file that
/// another process made meanwhile stays.
fn create_key_file(path: &Path) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let draft = directory.join(format!(".master.key.{}", hex(&random::bytes::<8>())));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(file, "{}", BASE64_STANDARD.encode(random::bytes::<32>()))?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => fs::File::open(directory)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn sha256_of_fips_180() {
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_secret_is_found_by_its_hash_and_hidden_in_logs() {
        let secret = Secret::generate();
        let again = Secret::parse(&secret.reveal()).unwrap();
        assert_eq!(again.hash(), secret.hash());
        assert_ne!(Secret::generate().hash(), secret.hash());
        assert!(!format!("{secret:?}").contains(&secret.reveal()));
    }

    #[test]
    fn sealed_text_opens_in_its_context_only() {
        let key = MasterKey::ephemeral();
        let sealed = key.seal("totp:1", b"secret");
        assert_eq!(key.open("totp:1", &sealed).unwrap(), b"secret");
        assert_eq!(key.open("totp:2", &sealed), Err(OpenError::Refused));
        assert_eq!(MasterKey::ephemeral().open("totp:1", &sealed), Err(OpenError::Refused));
        assert_ne!(key.seal("totp:1", b"secret"), sealed, "each has its own nonce");
    }

    #[test]
    fn the_key_file_is_made_once_and_kept_private() {
        let dir = TempDir::new();
        let path = dir.path().join("data/master.key");
        let sealed = MasterKey::load_or_create(&path).unwrap().seal("x", b"text");
        let again = MasterKey::load_or_create(&path).unwrap();
        assert_eq!(again.open("x", &sealed).unwrap(), b"text");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(MasterKey::load_or_create(&path), Err(MasterKeyError::Exposed { .. })));
    }

    #[test]
    fn a_damaged_key_file_is_not_replaced() {
        let dir = TempDir::new();
        let path = dir.path().join("master.key");
        MasterKey::load_or_create(&path).unwrap();
        fs::write(&path, "short").unwrap();
        assert!(matches!(MasterKey::load_or_create(&path), Err(MasterKeyError::Malformed { .. })));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text: String) {
            let _ = Secret::parse(&text);
            prop_assert!(MasterKey::ephemeral().open("", &text).is_err());
        }
    }
}
