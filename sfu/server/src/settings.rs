//! Settings of the media server: as written (`[sfu]`), and as checked.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU16,
    thread,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The `[sfu]` section with every default, each key explained. `szpon config show` prints it.
pub const REFERENCE: &str = include_str!("settings.toml");

/// The section as written. [`REFERENCE`] says what each key means and costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawSettings {
    pub node: String,
    pub listen: SocketAddr,
    pub tcp: bool,
    #[serde(deserialize_with = "szpon_kit::config::list")]
    pub announce: Vec<IpAddr>,
    pub shards: u16,
    pub pin_threads: bool,
    pub max_sessions: usize,
    pub max_rooms: usize,
    pub max_sessions_per_room: usize,
    pub spread_rooms_at: usize,
    pub tcp_connections: usize,
    pub tcp_connections_per_address: usize,
    pub socket_receive_bytes: usize,
    pub socket_send_bytes: usize,
    pub silent_after_seconds: u64,
    pub gone_after_seconds: u64,
    pub connect_within_seconds: u64,
    pub initial_bitrate: u64,
    #[serde(deserialize_with = "szpon_kit::config::list")]
    pub ice_servers: Vec<String>,
}

impl Default for RawSettings {
    fn default() -> Self {
        Self {
            node: "node1".into(),
            listen: SocketAddr::from(([0, 0, 0, 0], 40_000)),
            tcp: true,
            announce: Vec::new(),
            shards: 0,
            pin_threads: true,
            max_sessions: 2_000,
            max_rooms: 500,
            max_sessions_per_room: 200,
            spread_rooms_at: 500,
            tcp_connections: 1_000,
            tcp_connections_per_address: 64,
            socket_receive_bytes: 4 << 20,
            socket_send_bytes: 4 << 20,
            silent_after_seconds: 5,
            gone_after_seconds: 30,
            connect_within_seconds: 30,
            initial_bitrate: 1_000_000,
            ice_servers: Vec::new(),
        }
    }
}

/// Settings that make sense together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub(crate) raw: RawSettings,
    pub(crate) shards: NonZeroU16,
}

/// Why settings were refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The value is outside of its range.
    #[error("sfu.{key} is {value}; it must be {range}")]
    OutOfRange { key: &'static str, value: u64, range: &'static str },
    /// An empty node name, or one with unusual characters.
    #[error("sfu.node is {0:?}; it must be 1 to 63 letters, digits, dots and hyphens")]
    Node(String),
    /// Not an address that a client could reach.
    #[error("sfu.announce names {0}, which no client can reach")]
    Announce(IpAddr),
    /// Not the URI of a STUN server (RFC 7064).
    #[error("sfu.ice_servers names {0:?}; it must be like stun:stun.example.org:3478")]
    IceServer(String),
    /// The times are in the wrong order.
    #[error("sfu.gone_after_seconds must be more than sfu.silent_after_seconds")]
    GoneBeforeSilent,
}

/// More threads than any machine this runs on; also what a user fragment can name.
const MAX_SHARDS: u16 = 1_024;

impl TryFrom<RawSettings> for Settings {
    type Error = SettingsError;

    fn try_from(raw: RawSettings) -> Result<Self, SettingsError> {
        let node_ok = (1..=63).contains(&raw.node.len())
            && raw.node.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
        if !node_ok {
            return Err(SettingsError::Node(raw.node));
        }
        let between = |key, value: u64, min: u64, max: u64, range| {
            if (min..=max).contains(&value) {
                Ok(())
            } else {
                Err(SettingsError::OutOfRange { key, value, range })
            }
        };
        between("shards", raw.shards.into(), 0, MAX_SHARDS.into(), "0 to 1024")?;
        let counts = [
            ("max_sessions", raw.max_sessions),
            ("max_rooms", raw.max_rooms),
            ("max_sessions_per_room", raw.max_sessions_per_room),
            ("spread_rooms_at", raw.spread_rooms_at),
            ("tcp_connections", raw.tcp_connections),
            ("tcp_connections_per_address", raw.tcp_connections_per_address),
        ];
        for (key, value) in counts {
            between(key, value as u64, 1, 1_000_000, "1 to 1000000")?;
        }
        let buffers = [
            ("socket_receive_bytes", raw.socket_receive_bytes),
            ("socket_send_bytes", raw.socket_send_bytes),
        ];
        for (key, value) in buffers {
            between(key, value as u64, 64 << 10, 1 << 30, "64 KiB to 1 GiB")?;
        }
        let times = [
            ("silent_after_seconds", raw.silent_after_seconds),
            ("gone_after_seconds", raw.gone_after_seconds),
            ("connect_within_seconds", raw.connect_within_seconds),
        ];
        for (key, value) in times {
            between(key, value, 1, 600, "1 to 600")?;
        }
        if raw.gone_after_seconds <= raw.silent_after_seconds {
            return Err(SettingsError::GoneBeforeSilent);
        }
        let range = "50000 to 100000000";
        between("initial_bitrate", raw.initial_bitrate, 50_000, 100_000_000, range)?;
        if let Some(ip) = raw.announce.iter().find(|ip| ip.is_unspecified() || ip.is_multicast()) {
            return Err(SettingsError::Announce(*ip));
        }
        if let Some(server) = raw.ice_servers.iter().find(|server| !is_stun(server)) {
            return Err(SettingsError::IceServer(server.clone()));
        }
        let cores =
            thread::available_parallelism().map_or(1, |n| n.get().min(MAX_SHARDS.into()) as u16);
        let shards =
            NonZeroU16::new(raw.shards).or(NonZeroU16::new(cores)).unwrap_or(NonZeroU16::MIN);
        Ok(Self { raw, shards })
    }
}

/// A TURN server would need a password, which does not belong into a header for everybody.
fn is_stun(uri: &str) -> bool {
    let host = uri.strip_prefix("stun:").or_else(|| uri.strip_prefix("stuns:"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_names_every_key_with_its_default() {
        let document: toml::Table = REFERENCE.parse().unwrap();
        let section = document["sfu"].clone();
        let written: RawSettings = section.clone().try_into().unwrap();
        assert_eq!(written, RawSettings::default());
        let all = toml::Table::try_from(RawSettings::default()).unwrap();
        assert_eq!(section, toml::Value::Table(all));
    }

    #[test]
    fn every_key_is_explained() {
        let mut explained = false;
        for line in REFERENCE.lines() {
            if line.starts_with('#') {
                explained = true;
            } else if line.contains('=') {
                assert!(explained, "{line:?} has no comment above it");
                explained = false;
            }
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        let error = toml::from_str::<RawSettings>("udp_lisen = '0.0.0.0:1'").unwrap_err();
        assert!(error.to_string().contains("unknown field `udp_lisen`"), "{error}");
    }

    #[test]
    fn nonsense_is_refused() {
        let check = |change: fn(&mut RawSettings)| {
            let mut raw = RawSettings::default();
            change(&mut raw);
            Settings::try_from(raw)
        };
        assert!(check(|_| {}).is_ok());
        assert!(check(|raw| raw.shards = 5_000).is_err());
        assert!(check(|raw| raw.max_sessions = 0).is_err());
        assert!(check(|raw| raw.socket_send_bytes = 1).is_err());
        assert!(check(|raw| raw.node = "a b".into()).is_err());
        assert!(check(|raw| raw.initial_bitrate = 0).is_err());
        assert!(check(|raw| raw.ice_servers = vec!["stun:[2001:db8::1]:3478".into()]).is_ok());
        assert!(check(|raw| raw.ice_servers = vec!["turn:a.example".into()]).is_err());
        assert!(check(|raw| raw.ice_servers = vec!["stun:a>; b".into()]).is_err());
        assert_eq!(
            check(|raw| raw.gone_after_seconds = raw.silent_after_seconds),
            Err(SettingsError::GoneBeforeSilent)
        );
        assert!(matches!(
            check(|raw| raw.announce = vec!["0.0.0.0".parse().unwrap()]),
            Err(SettingsError::Announce(_))
        ));
        assert_eq!(check(|raw| raw.shards = 3).unwrap().shards.get(), 3);
    }
}
