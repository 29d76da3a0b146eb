//! A call of two over a bad network, and what the one who watches feels.

use std::time::{Duration, Instant};

use szpon_protocol::media::{SlotMedia, Source, SourceSet};

use crate::{
    client::ClientSetup,
    link::Path,
    playout::Freezes,
    receiver::{AudioReceiver, VideoReceiver},
    world::{ClientKey, World},
};

/// Somebody who speaks before a camera, and somebody who watches it as large as it gets. The world
/// is there for whatever else a test needs.
pub struct Call {
    pub world: World,
    pub publisher: ClientKey,
    pub viewer: ClientKey,
}

/// What the viewer felt in a stretch of time.
#[derive(Debug, Clone, Copy)]
pub struct Felt {
    pub freezes: Freezes,
    /// The layer that was shown for the longest time.
    pub layer: Option<u8>,
    pub frames_per_second: f64,
    /// Share of the sound that neither came in time nor was in a copy, 0 to 1.
    pub invented: f64,
    pub changes_per_minute: f64,
    /// Share of the way's capacity that was used, 0 to 1; none if it has no limit.
    pub used: Option<f64>,
}

/// The beginning of a stretch of time.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    since: Instant,
    carried: u64,
}

impl Call {
    /// Both over good lines, up for some seconds.
    pub fn new(seed: u64) -> Self {
        let good = (Path::GOOD, Path::GOOD);
        Self::with(seed, |_| {}, good, good)
    }

    /// With another setup of the publisher, and both's ways to the node and back.
    pub fn with(
        seed: u64,
        change: impl FnOnce(&mut ClientSetup),
        publisher: (Path, Path),
        viewer: (Path, Path),
    ) -> Self {
        let mut world = World::new(seed);
        let room = world.room();
        let mut setup = ClientSetup { red: true, sends_red: true, ..ClientSetup::new(room) };
        change(&mut setup);
        let publisher = world.join_over(setup, publisher.0, publisher.1);
        let setup = ClientSetup { red: true, ..ClientSetup::viewer(room) }.of_every_codec();
        let viewer = world.join_over(setup, viewer.0, viewer.1);
        world.client_mut(publisher).speak(25);
        world.view_cameras(viewer, &[publisher], 1_280, 720);
        // What happens to the call meets it in another moment with each seed.
        world.run_for(Duration::from_millis(5_000 + seed * 137 % 1_000));
        Self { world, publisher, viewer }
    }

    /// Others with nothing but a camera; the viewer shows all of them at this size.
    pub fn add_publishers(&mut self, count: usize, width: u16, height: u16) -> Vec<ClientKey> {
        let room = self.world.client(self.viewer).setup.room;
        let mut all = vec![self.publisher];
        for _ in 0..count {
            let sources = SourceSet { camera: true, ..SourceSet::NONE };
            all.push(self.world.join(ClientSetup { sources, ..ClientSetup::new(room) }));
        }
        self.world.view_cameras(self.viewer, &all, width, height);
        all
    }

    /// The viewer's line becomes this one, in both directions.
    pub fn worsen(&mut self, up: Path, down: Path) {
        self.world.set_up(self.viewer, up);
        self.world.set_down(self.viewer, down);
    }

    /// The publisher's line becomes this one.
    pub fn worsen_publisher(&mut self, up: Path, down: Path) {
        self.world.set_up(self.publisher, up);
        self.world.set_down(self.publisher, down);
    }

    pub fn run(&mut self, seconds: u64) {
        self.world.run_for(Duration::from_secs(seconds));
    }

    /// Begins a measurement.
    pub fn mark(&self) -> Mark {
        Mark { since: self.world.now, carried: self.world.carried_down(self.viewer) }
    }

    /// What was felt since then; `rate` is the way's capacity in bits per second, if it has one.
    pub fn felt(&self, mark: Mark, rate: Option<u64>) -> Felt {
        let (from, to) = (mark.since, self.world.now);
        let seconds = (to - from).as_secs_f64();
        let carried = self.world.carried_down(self.viewer) - mark.carried;
        let used = rate.map(|rate| carried as f64 * 8.0 / seconds / rate as f64);
        let (due, missing) = self.sound().map_or((1, 1), |sound| sound.invented(from, to));
        let invented = missing as f64 / due.max(1) as f64;
        let Some(picture) = self.picture() else {
            let freezes = Freezes { count: 1, total: to - from, longest: to - from };
            return Felt {
                freezes,
                layer: None,
                frames_per_second: 0.0,
                invented,
                changes_per_minute: 0.0,
                used,
            };
        };
        Felt {
            freezes: picture.freezes(from, to),
            layer: picture.usual_layer(from, to),
            frames_per_second: picture.frames_since(from) as f64 / seconds,
            invented,
            changes_per_minute: picture.layer_changes(from, to) as f64 * 60.0 / seconds,
            used,
        }
    }

    /// Lets time pass and says what was felt in it.
    pub fn watch(&mut self, seconds: u64) -> Felt {
        let mark = self.mark();
        self.run(seconds);
        let rate = self.world.down(self.viewer).rate;
        self.felt(mark, rate)
    }

    /// The slot that shows the camera.
    pub fn picture(&self) -> Option<&VideoReceiver> {
        let client = self.world.client(self.viewer);
        client.shows(self.world.participant(self.publisher), Source::Camera)
    }

    /// The slot that plays the voice.
    pub fn sound(&self) -> Option<&AudioReceiver> {
        let client = self.world.client(self.viewer);
        let feed = client.slot_of(self.world.participant(self.publisher), Source::Microphone)?;
        let mids = client.slots(SlotMedia::Audio);
        let mid = mids.into_iter().find(|mid| *feed.mid == *mid.to_string())?;
        client.audio.get(&mid)
    }

    /// Time until the camera is shown fluently: at least this many frames a second, in every half
    /// second of a whole one, from this layer on. None if that takes longer than `limit`.
    pub fn recovers(&mut self, layer: u8, frames: usize, limit: Duration) -> Option<Duration> {
        let start = self.world.now;
        let half = Duration::from_millis(500);
        let fluent = |call: &Self, from: Instant| {
            let shown = call.picture().map_or(0, |picture| {
                let within = |at: Instant| at >= from && at < from + half;
                let shown = picture.shown.iter().rev().take_while(|shown| shown.at >= from);
                shown.filter(|shown| within(shown.at) && shown.layer >= layer).count()
            });
            shown * 2 >= frames
        };
        while self.world.now < start + limit {
            self.world.run_for(Duration::from_millis(100));
            let now = self.world.now;
            if now >= start + half * 2 && fluent(self, now - half) && fluent(self, now - half * 2) {
                return Some(now - half * 2 - start);
            }
        }
        None
    }
}
