//! The settings file with every key, its default and an explanation.

/// The composition root's own keys.
const OWN: &str = include_str!("reference/szpon.toml");
/// `[mail]` and `[signalling]`.
const SIGNALLING: &str = include_str!("reference/signalling.toml");

const HEAD: &str = "\
# Settings of SZPoN. Every key stands here with its default; a file needs only those that differ.
# Each can also come from the environment as SZPON_SECTION__KEY (SZPON_HTTP__LISTEN, SZPON_PUBLIC_URL)
# or from the command line as --set section.key=value; the command line wins over the environment, and
# the environment over the file. Unknown keys are refused.
";

/// A settings file to start from.
pub fn reference() -> String {
    format!("{HEAD}\n{OWN}\n{SIGNALLING}\n{}\n{}", szpon_booking::REFERENCE, szpon_sfu::REFERENCE)
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use szpon_booking::BookingSection;
    use szpon_signalling::{MailSection, SignallingSection};

    use super::*;
    use crate::settings::{DatabaseSection, HttpSection, RawSettings, Settings, TelemetrySection};

    /// The keys that a section takes, as serde names them when it refuses another one.
    fn keys<T: DeserializeOwned>() -> Vec<String> {
        let refused = toml::from_str::<T>("no_such_key = 1").err().unwrap().to_string();
        let list = refused.split_once("expected ").unwrap().1;
        let mut keys: Vec<String> = list.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        keys.sort();
        keys
    }

    fn written(table: &toml::Table) -> Vec<String> {
        let mut keys: Vec<String> = table.keys().cloned().collect();
        keys.sort();
        keys
    }

    #[test]
    fn every_key_stands_there_with_its_default() {
        let text = reference();
        let table: toml::Table = text.parse().unwrap();
        let section = |name: &str| written(table[name].as_table().unwrap());
        assert_eq!(written(&table), keys::<RawSettings>());
        assert_eq!(section("http"), keys::<HttpSection>());
        assert_eq!(section("telemetry"), keys::<TelemetrySection>());
        assert_eq!(section("database"), keys::<DatabaseSection>());
        assert_eq!(section("mail"), keys::<MailSection>());
        assert_eq!(section("signalling"), keys::<SignallingSection>());
        assert_eq!(section("booking"), keys::<BookingSection>());
        assert_eq!(section("sfu"), keys::<szpon_sfu::RawSettings>());
        // Empty text stands for a path that isn't set.
        let mut read: RawSettings = toml::from_str(&text).unwrap();
        for path in [&mut read.http.tls_cert, &mut read.http.tls_key, &mut read.mail.smtp_ca_file] {
            assert!(path.take_if(|path| path.as_os_str().is_empty()).is_some());
        }
        assert_eq!(read, RawSettings::default());
    }

    #[test]
    fn the_defaults_are_valid_and_every_key_is_explained() {
        Settings::try_from(RawSettings::default()).unwrap();
        let mut explained = false;
        for line in reference().lines() {
            match line.trim() {
                line if line.starts_with('#') => explained = true,
                line if line.contains('=') => {
                    assert!(explained, "{line:?} has no comment above it");
                    explained = false;
                }
                _ => {}
            }
        }
    }
}
