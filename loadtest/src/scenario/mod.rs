//! Scenarios: who is in the rooms, what they send and watch, over which networks, and what must
//! hold. TOML; unknown keys are refused.

mod link;
mod shipped;
mod thresholds;

use std::{fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};
use szpon_protocol::media::{MAX_VIDEO_SLOTS, SIMULCAST_RIDS};

pub use link::{Leg, Link, Step};
pub use shipped::SHIPPED;
pub use thresholds::{Check, Measured, Thresholds};

use crate::media::{encoder::LayerSpec, payload::Codec};

/// Why there is no scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("{path} can't be read: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{name}: {source}")]
    Syntax { name: String, source: Box<toml::de::Error> },
    /// A value that is possible in TOML and not here.
    #[error("{name}: {what}")]
    Invalid { name: String, what: String },
    #[error("there is no scenario `{name}`; shipped are {}", SHIPPED.map(|(name, _)| name).join(", "))]
    Unknown { name: String },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// One line for people.
    pub title: String,
    /// Rooms that are all alike.
    #[serde(default = "one")]
    pub rooms: u32,
    /// How long to measure after everybody is in.
    #[serde(default = "twenty")]
    pub seconds: u32,
    /// Between the last join and the first measurement: bandwidth estimates settle.
    #[serde(default = "five")]
    pub settle_seconds: u32,
    /// From one join to the next. 0: all at once.
    #[serde(default = "ten")]
    pub join_interval_ms: u32,
    /// How our own server is entered.
    #[serde(default)]
    pub enter: Enter,
    /// Measure while they join instead of afterwards.
    #[serde(default)]
    pub measure_joins: bool,
    pub group: Vec<Group>,
    #[serde(default)]
    pub thresholds: Thresholds,
    /// What `loadtest capacity` raises.
    #[serde(default)]
    pub capacity: Option<Capacity>,
}

/// The way into a room of ours; other servers have one way each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Enter {
    /// As a browser: guest link, room socket, data channel.
    #[default]
    Signalling,
    /// WHIP and WHEP without accounts: the media node alone. Needs a server that is started for it.
    Whip,
}

/// Participants that behave alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub name: String,
    /// In each room.
    pub count: u32,
    #[serde(default)]
    pub microphone: Option<Microphone>,
    #[serde(default)]
    pub camera: Option<Video>,
    #[serde(default)]
    pub screen: Option<Video>,
    /// What they watch and hear; nobody who only publishes needs it.
    #[serde(default)]
    pub watch: Option<Watch>,
    /// Their network; a perfect one without.
    #[serde(default)]
    pub link: Link,
    /// They leave after so long, and come back as somebody new.
    #[serde(default)]
    pub stay_seconds: Option<f64>,
    /// They change to another address after so long, again and again.
    #[serde(default)]
    pub move_seconds: Option<f64>,
    /// The same with new ICE credentials, as browsers do when they notice.
    #[serde(default)]
    pub restart_seconds: Option<f64>,
    /// What must hold for them alone.
    #[serde(default)]
    pub thresholds: Thresholds,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Microphone {
    #[serde(default)]
    pub speaks: Speaks,
    /// Silence is not sent (RFC 7587, section 3.1.3).
    #[serde(default)]
    pub dtx: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaks {
    #[default]
    Always,
    /// One after another, three seconds each.
    InTurn,
    Never,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Video {
    #[serde(default)]
    pub codec: Codec,
    /// Of all layers together.
    #[serde(default = "camera_kbps")]
    pub kbps: u32,
    #[serde(default = "thirty")]
    pub frames_per_second: u32,
    #[serde(default = "camera_width")]
    pub width: u16,
    #[serde(default = "camera_height")]
    pub height: u16,
    /// RTP payload of a full packet.
    #[serde(default = "full_packet")]
    pub packet_bytes: usize,
    /// Three layers with rids; without, one.
    #[serde(default)]
    pub simulcast: bool,
    #[serde(default = "one_layer")]
    pub temporal_layers: u8,
    /// The whole picture changes so often (a slide is turned); never without.
    #[serde(default)]
    pub burst_seconds: Option<f64>,
    /// Octets of such a change on top of the rate.
    #[serde(default)]
    pub burst_bytes: usize,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Pictures shown at the same time.
    #[serde(default = "one_tile")]
    pub tiles: usize,
    /// Of each, in device pixels.
    #[serde(default = "tile_width")]
    pub width: u16,
    #[serde(default = "tile_height")]
    pub height: u16,
    /// Screens are shown beside, this large.
    #[serde(default = "camera_width")]
    pub screen_width: u16,
    #[serde(default = "camera_height")]
    pub screen_height: u16,
    /// The pictures shown are others after so long; always the same without.
    #[serde(default)]
    pub change_seconds: Option<f64>,
}

/// How `loadtest capacity` raises the load.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// The group that grows; the number of rooms grows without.
    #[serde(default)]
    pub group: Option<String>,
    pub from: u32,
    pub to: u32,
    /// Each step has so many times the load of the one before.
    #[serde(default = "growth")]
    pub factor: f64,
    /// Seconds that each step is measured.
    #[serde(default = "ten")]
    pub seconds: u32,
    /// What must hold at [`STEADY_PERCENT`] of the load at the knee.
    #[serde(default)]
    pub steady: Thresholds,
}

/// Nobody who plans for more than this share of a server's capacity sleeps well.
pub const STEADY_PERCENT: u32 = 70;

fn one() -> u32 {
    1
}
fn five() -> u32 {
    5
}
fn ten() -> u32 {
    10
}
fn twenty() -> u32 {
    20
}
fn thirty() -> u32 {
    30
}
fn camera_kbps() -> u32 {
    1_200
}
fn camera_width() -> u16 {
    1_280
}
fn camera_height() -> u16 {
    720
}
fn full_packet() -> usize {
    1_200
}
fn one_layer() -> u8 {
    1
}
fn one_tile() -> usize {
    1
}
fn tile_width() -> u16 {
    640
}
fn tile_height() -> u16 {
    360
}
fn growth() -> f64 {
    1.5
}

impl Scenario {
    /// A shipped scenario by its name, or a file by its path.
    pub fn find(name: &str) -> Result<Self, ScenarioError> {
        if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            return Self::parse(name, text);
        }
        let path = PathBuf::from(name);
        if path.extension().is_none() && !path.exists() {
            return Err(ScenarioError::Unknown { name: name.to_owned() });
        }
        let text = fs::read_to_string(&path)
            .map_err(|source| ScenarioError::Read { path: path.clone(), source })?;
        Self::parse(name, &text)
    }

    pub fn parse(name: &str, text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text).map_err(|source| ScenarioError::Syntax {
            name: name.to_owned(),
            source: Box::new(source),
        })?;
        match scenario.fault() {
            Some(what) => Err(ScenarioError::Invalid { name: name.to_owned(), what }),
            None => Ok(scenario),
        }
    }

    /// One publisher of camera and microphone, and so many who watch: what comparisons use.
    pub fn fanout(subscribers: u32, seconds: u32) -> Self {
        let video = Video { width: 640, height: 360, ..Video::default() };
        let publisher = Group {
            camera: Some(video),
            microphone: Some(Microphone { speaks: Speaks::Always, dtx: false }),
            ..Group::new("publisher", 1)
        };
        let watch = Watch::default();
        let viewers = Group { watch: Some(watch), ..Group::new("viewers", subscribers) };
        Self {
            title: format!("1 to {subscribers}"),
            group: vec![publisher, viewers],
            ..Self::new(seconds)
        }
    }

    /// Everybody sends camera and microphone to everybody.
    pub fn meeting(people: u32, seconds: u32) -> Self {
        let everybody = Group {
            camera: Some(Video { width: 640, height: 360, ..Video::default() }),
            microphone: Some(Microphone { speaks: Speaks::Always, dtx: false }),
            watch: Some(Watch { tiles: people.saturating_sub(1) as usize, ..Watch::default() }),
            ..Group::new("people", people)
        };
        Self {
            title: format!("{people} times {people}"),
            group: vec![everybody],
            ..Self::new(seconds)
        }
    }

    fn new(seconds: u32) -> Self {
        Self {
            title: String::new(),
            rooms: 1,
            seconds,
            settle_seconds: five(),
            join_interval_ms: ten(),
            enter: Enter::Signalling,
            measure_joins: false,
            group: Vec::new(),
            thresholds: Thresholds::default(),
            capacity: None,
        }
    }

    pub fn participants(&self) -> u32 {
        self.rooms * self.group.iter().map(|group| group.count).sum::<u32>()
    }

    /// Those who watch.
    pub fn receivers(&self) -> u32 {
        let watching = self.group.iter().filter(|group| group.watch.is_some());
        self.rooms * watching.map(|group| group.count).sum::<u32>()
    }

    /// The same with another load.
    pub fn with_load(&self, capacity: &Capacity, load: u32) -> Self {
        let mut scaled = self.clone();
        scaled.seconds = capacity.seconds;
        match &capacity.group {
            None => scaled.rooms = load,
            Some(name) => {
                for group in scaled.group.iter_mut().filter(|group| group.name == *name) {
                    group.count = load;
                }
            }
        }
        scaled
    }

    fn fault(&self) -> Option<String> {
        if self.group.is_empty() || self.participants() == 0 {
            return Some("nobody takes part".into());
        }
        if self.seconds == 0 {
            return Some("`seconds` must be at least 1".into());
        }
        if let Some(fault) = self.thresholds.fault() {
            return Some(fault);
        }
        if let Some(capacity) = &self.capacity {
            let known = |name: &String| self.group.iter().any(|group| group.name == *name);
            if capacity.group.as_ref().is_some_and(|name| !known(name)) {
                return Some("`capacity.group` names no group".into());
            }
            if let Some(fault) = capacity.steady.fault() {
                return Some(fault);
            }
            if !(capacity.factor > 1.0 && capacity.from >= 1 && capacity.to >= capacity.from) {
                return Some("`capacity` needs 1 <= from <= to and a factor over 1".into());
            }
        }
        self.group
            .iter()
            .find_map(|group| Some(format!("group `{}`: {}", group.name, group.fault()?)))
    }
}

impl Group {
    fn new(name: &str, count: u32) -> Self {
        Self {
            name: name.to_owned(),
            count,
            microphone: None,
            camera: None,
            screen: None,
            watch: None,
            link: Link::default(),
            stay_seconds: None,
            move_seconds: None,
            restart_seconds: None,
            thresholds: Thresholds::default(),
        }
    }

    pub fn publishes(&self) -> bool {
        self.microphone.is_some() || self.camera.is_some() || self.screen.is_some()
    }

    fn fault(&self) -> Option<String> {
        if !self.publishes() && self.watch.is_none() {
            return Some("they neither publish nor watch".into());
        }
        if self.watch.is_some_and(|watch| watch.tiles > MAX_VIDEO_SLOTS) {
            return Some(format!("`watch.tiles` is at most {MAX_VIDEO_SLOTS}"));
        }
        let short =
            |seconds: Option<f64>| seconds.is_some_and(|seconds| seconds.is_nan() || seconds < 1.0);
        if [self.stay_seconds, self.move_seconds, self.restart_seconds].into_iter().any(short) {
            return Some(
                "a stay, or the time between moves or restarts, is at least 1 second".into(),
            );
        }
        for video in [self.camera, self.screen].into_iter().flatten() {
            if let Some(fault) = video.fault() {
                return Some(fault);
            }
        }
        if let Some(fault) = self.thresholds.fault() {
            return Some(fault);
        }
        if self.thresholds.asks_for_cost() {
            return Some(
                "the server's cost is everybody's: such thresholds are not a group's".into(),
            );
        }
        self.link.fault()
    }
}

impl Default for Video {
    fn default() -> Self {
        Self {
            codec: Codec::Vp8,
            kbps: camera_kbps(),
            frames_per_second: thirty(),
            width: camera_width(),
            height: camera_height(),
            packet_bytes: full_packet(),
            simulcast: false,
            temporal_layers: one_layer(),
            burst_seconds: None,
            burst_bytes: 0,
        }
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            tiles: one_tile(),
            width: tile_width(),
            height: tile_height(),
            screen_width: camera_width(),
            screen_height: camera_height(),
            change_seconds: None,
        }
    }
}

/// Shares of the whole rate that browsers give the layers q, h and f, roughly.
const LAYER_SHARES: [f64; 3] = [0.07, 0.21, 0.72];

impl Video {
    /// The encodings, smallest first.
    pub fn layers(&self) -> Vec<LayerSpec> {
        let count = if self.simulcast { SIMULCAST_RIDS.len() } else { 1 };
        let whole = u64::from(self.kbps) * 1_000;
        (0..count)
            .map(|index| {
                let halvings = count - 1 - index;
                let share = if self.simulcast { LAYER_SHARES[index] } else { 1.0 };
                LayerSpec {
                    width: self.width >> halvings,
                    height: self.height >> halvings,
                    bits_per_second: (whole as f64 * share) as u64,
                    frames_per_second: self.frames_per_second,
                    packet_bytes: self.packet_bytes,
                    temporal_layers: self.temporal_layers,
                }
            })
            .collect()
    }

    fn fault(&self) -> Option<String> {
        if !(1..=120).contains(&self.frames_per_second) {
            return Some("`frames_per_second` is 1 to 120".into());
        }
        if !(100..=1_300).contains(&self.packet_bytes) {
            return Some("`packet_bytes` is 100 to 1300".into());
        }
        if !(1..=3).contains(&self.temporal_layers) {
            return Some("`temporal_layers` is 1 to 3".into());
        }
        if self.burst_bytes > 2_000_000 {
            return Some("`burst_bytes` is at most 2000000".into());
        }
        if self.burst_seconds.is_some_and(|seconds| seconds.is_nan() || seconds < 0.1) {
            return Some("`burst_seconds` is at least 0.1".into());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_shipped_scenario_is_valid_and_has_thresholds() {
        for (name, _) in SHIPPED {
            let scenario = Scenario::find(name).unwrap_or_else(|error| panic!("{error}"));
            assert!(!scenario.thresholds.is_empty(), "{name} decides nothing");
        }
    }

    #[test]
    fn every_scenario_file_is_shipped() {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let mut files: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        files.sort();
        let mut shipped: Vec<String> = SHIPPED.iter().map(|(name, _)| (*name).to_owned()).collect();
        shipped.sort();
        assert_eq!(files, shipped);
    }

    #[test]
    fn unknown_keys_are_refused() {
        let good = "title = 't'\n[[group]]\nname = 'a'\ncount = 1\ncamera = {}\n";
        Scenario::parse("good", good).unwrap();
        for bad in ["rommos = 2\n", "[tresholds]\n"] {
            let error = Scenario::parse("bad", &format!("{bad}{good}")).unwrap_err();
            assert!(matches!(error, ScenarioError::Syntax { .. }), "{error}");
        }
        let nested = good.replace("camera = {}", "camera = { kpbs = 5 }");
        assert!(matches!(Scenario::parse("bad", &nested), Err(ScenarioError::Syntax { .. })));
    }

    #[test]
    fn impossible_values_are_refused() {
        for group in [
            "count = 0\ncamera = {}",
            "count = 1",
            "count = 1\nwatch = { tiles = 99 }",
            "count = 1\ncamera = { frames_per_second = 0 }",
            "count = 1\ncamera = {}\nlink = { down = { loss_percent = 101 } }",
            "count = 1\ncamera = {}\nstay_seconds = 0.1",
            "count = 1\ncamera = {}\nthresholds = { loss_percent = nan }",
            "count = 1\ncamera = {}\nthresholds = { server_us_per_packet = 1 }",
        ] {
            let text = format!("title = 't'\n[[group]]\nname = 'a'\n{group}\n");
            let error = Scenario::parse("bad", &text).unwrap_err();
            assert!(matches!(error, ScenarioError::Invalid { .. }), "{group}: {error}");
        }
    }

    #[test]
    fn an_unknown_name_says_what_there_is() {
        let error = Scenario::find("webbinar").unwrap_err().to_string();
        assert!(error.contains("webinar"), "{error}");
    }

    #[test]
    fn layers_halve() {
        let video = Video { simulcast: true, ..Video::default() };
        let sizes: Vec<_> =
            video.layers().iter().map(|layer| (layer.width, layer.height)).collect();
        assert_eq!(sizes, [(320, 180), (640, 360), (1280, 720)]);
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "[a-z_\\[\\]={}0-9'\n. ]{0,200}") {
            let _ = Scenario::parse("text", &text);
        }
    }
}
