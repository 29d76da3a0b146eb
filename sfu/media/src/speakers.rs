//! Who speaks: from the loudness that each audio packet carries (RFC 6464), without decoding.
//!
//! Loudness rises fast and falls slowly, a pause for breath doesn't end a speech, and somebody new
//! must be clearly louder to push another aside. Noise and coughs don't get that far.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::units::AudioLevel;

/// Time constants of the running loudness. 50 ms: a syllable counts, a click doesn't; 400 ms: gaps
/// between words are bridged.
const ATTACK: Duration = Duration::from_millis(50);
const DECAY: Duration = Duration::from_millis(400);

/// No single packet counts for longer, whatever time it claims.
const MAX_STEP: Duration = Duration::from_millis(60);

/// Without a packet for so long somebody is silent: Opus DTX still sends one each 400 ms.
const SILENT_AFTER: Duration = Duration::from_millis(500);

/// Decibels above silence at which speech begins (−45 dBov) and ends (−55 dBov). Speech is at −20
/// to −40 dBov after a browser's gain control; an office's noise is below −60 after its noise
/// suppression.
const START: f32 = 82.0;
const STOP: f32 = 72.0;

/// Speech ends after so long below [`STOP`].
const HANGOVER: Duration = Duration::from_millis(800);

/// Whoever spoke within this time is not pushed aside by somebody hardly louder.
const HOLD: Duration = Duration::from_secs(2);

/// Decibels by which a new speaker must be louder.
const MARGIN: f32 = 6.0;

/// A new dominant speaker must have been it for so long.
const DOMINANCE: Duration = Duration::from_millis(600);

#[derive(Debug, Clone, Copy)]
struct Voice {
    /// Decibels above silence, running.
    loudness: f32,
    updated: Instant,
    heard: Instant,
    speaking: bool,
    /// When it was last above [`STOP`] while speaking.
    spoke: Option<Instant>,
}

impl Voice {
    fn approach(&mut self, loudness: f32, time: Duration, now: Instant) {
        let constant = if loudness > self.loudness { ATTACK } else { DECAY };
        let share = 1.0 - (-time.as_secs_f32() / constant.as_secs_f32()).exp();
        self.loudness += share * (loudness - self.loudness);
        self.updated = now;
    }

    /// How hard it is to push this one aside.
    fn claim(&self, now: Instant) -> f32 {
        let recent = self.spoke.is_some_and(|at| now.saturating_duration_since(at) < HOLD);
        if recent { self.loudness.max(STOP) + MARGIN } else { self.loudness }
    }
}

/// What an update changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// [`Speakers::top`].
    pub top: bool,
    /// Who is in [`Speakers::speaking`].
    pub speaking: bool,
    /// [`Speakers::dominant`].
    pub dominant: bool,
}

/// The speakers of one room, by their audio source `K`. Equal loudness is settled by key, so that
/// the same input gives the same result.
#[derive(Debug, Clone)]
pub struct Speakers<K> {
    voices: BTreeMap<K, Voice>,
    keep: usize,
    top: Vec<K>,
    dominant: Option<K>,
    rival: Option<(K, Instant)>,
}

impl<K: Copy + Ord> Speakers<K> {
    /// Keeps the `keep` loudest at the top: one more than there are audio slots, since nobody hears
    /// themselves.
    pub fn new(keep: usize) -> Self {
        Self {
            voices: BTreeMap::new(),
            keep,
            top: Vec::with_capacity(keep + 1),
            dominant: None,
            rival: None,
        }
    }

    /// A packet of `source`.
    pub fn on_level(&mut self, source: K, level: AudioLevel, now: Instant) {
        let silent =
            Voice { loudness: 0.0, updated: now, heard: now, speaking: false, spoke: None };
        // The first packet stands for its own 20 ms.
        let first = Duration::from_millis(20);
        let known = self.voices.get(&source).map(|voice| voice.updated);
        let time = known.map_or(first, |updated| now.saturating_duration_since(updated));
        let voice = self.voices.entry(source).or_insert(silent);
        voice.approach(f32::from(level.loudness()), time.min(MAX_STEP), now);
        voice.heard = now;
    }

    /// The source is gone or muted: it makes room at once.
    pub fn remove(&mut self, source: K) {
        self.voices.remove(&source);
    }

    /// Draws the conclusions. To be called a few times a second.
    pub fn update(&mut self, now: Instant) -> Changes {
        let mut changes = Changes::default();
        for voice in self.voices.values_mut() {
            if now.saturating_duration_since(voice.heard) >= SILENT_AFTER {
                let time = now.saturating_duration_since(voice.updated);
                voice.approach(0.0, time, now);
            }
            let was = voice.speaking;
            if voice.loudness >= START || voice.speaking && voice.loudness >= STOP {
                voice.speaking = true;
                voice.spoke = Some(now);
            } else if voice.spoke.is_none_or(|at| now.saturating_duration_since(at) >= HANGOVER) {
                voice.speaking = false;
            }
            changes.speaking |= was != voice.speaking;
        }
        changes.top = self.update_top(now);
        changes.dominant = self.update_dominant(now);
        changes
    }

    /// Who should be heard, the loudest first as far as that is clear: up to `keep` who spoke.
    /// Stays when they fall silent, until somebody else speaks.
    pub fn top(&self) -> &[K] {
        &self.top
    }

    /// Who speaks now, loudest first.
    pub fn speaking(&self) -> Vec<(K, AudioLevel)> {
        let mut speaking: Vec<_> = self.voices.iter().filter(|(_, voice)| voice.speaking).collect();
        speaking.sort_by(|a, b| b.1.loudness.total_cmp(&a.1.loudness));
        let level = |voice: &Voice| AudioLevel::new(127 - voice.loudness.clamp(0.0, 127.0) as u8);
        speaking.into_iter().map(|(key, voice)| (*key, level(voice))).collect()
    }

    /// The one who has the floor: the last who clearly spoke loudest.
    pub fn dominant(&self) -> Option<K> {
        self.dominant
    }

    fn update_top(&mut self, now: Instant) -> bool {
        let before = self.top.len();
        let voices = &self.voices;
        self.top.retain(|key| voices.contains_key(key));
        let mut changed = self.top.len() != before;

        let top = &self.top;
        let mut others: Vec<(K, f32)> = voices
            .iter()
            .filter(|(key, voice)| voice.speaking && !top.contains(key))
            .map(|(key, voice)| (*key, voice.loudness))
            .collect();
        others.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (key, loudness) in others {
            if self.top.len() < self.keep {
                self.top.push(key);
                changed = true;
                continue;
            }
            let claim = |key: &K| voices.get(key).map_or(0.0, |voice| voice.claim(now));
            let weakest = (0..self.top.len())
                .min_by(|a, b| claim(&self.top[*a]).total_cmp(&claim(&self.top[*b])));
            match weakest {
                Some(at) if claim(&self.top[at]) < loudness => {
                    self.top[at] = key;
                    changed = true;
                }
                // The others are quieter still.
                _ => break,
            }
        }
        // Somebody clearly louder moves up.
        for at in (1..self.top.len()).rev() {
            let loudness = |key: &K| voices.get(key).map_or(0.0, |voice| voice.loudness);
            let claim = voices.get(&self.top[at - 1]).map_or(0.0, |voice| voice.claim(now));
            let speaking = voices.get(&self.top[at]).is_some_and(|voice| voice.speaking);
            if speaking && loudness(&self.top[at]) > claim.max(loudness(&self.top[at - 1]) + MARGIN)
            {
                self.top.swap(at, at - 1);
                changed = true;
            }
        }
        changed
    }

    fn update_dominant(&mut self, now: Instant) -> bool {
        let before = self.dominant;
        let holder = self.dominant.and_then(|key| self.voices.get(&key));
        if holder.is_none() {
            self.dominant = None;
        }
        let holds = holder.filter(|voice| voice.speaking).map_or(0.0, |voice| voice.claim(now));
        let loudest = self
            .voices
            .iter()
            .filter(|(key, voice)| voice.speaking && Some(**key) != before)
            .max_by(|a, b| a.1.loudness.total_cmp(&b.1.loudness).then(b.0.cmp(a.0)));
        match loudest {
            Some((key, voice)) if voice.loudness > holds => {
                let since = match self.rival {
                    Some((rival, since)) if rival == *key => since,
                    _ => now,
                };
                self.rival = Some((*key, since));
                // Nobody has the floor: the first to speak takes it.
                if self.dominant.is_none() || now.saturating_duration_since(since) >= DOMINANCE {
                    self.dominant = Some(*key);
                    self.rival = None;
                }
            }
            _ => self.rival = None,
        }
        self.dominant != before
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SPEECH: u8 = 30;
    const NOISE: u8 = 70;

    struct Room {
        speakers: Speakers<char>,
        now: Instant,
        changes: u32,
    }

    impl Room {
        fn new(keep: usize) -> Self {
            Self { speakers: Speakers::new(keep), now: Instant::now(), changes: 0 }
        }

        /// Everybody at a level (−dBov) for so long, in packets of 20 ms, updated each 100 ms.
        fn hear(&mut self, levels: &[(char, u8)], millis: u64) {
            for packet in 0..millis / 20 {
                self.now += Duration::from_millis(20);
                for (key, level) in levels {
                    self.speakers.on_level(*key, AudioLevel::new(*level), self.now);
                }
                if packet % 5 == 4 {
                    let changes = self.speakers.update(self.now);
                    self.changes += u32::from(changes.top) + u32::from(changes.dominant);
                }
            }
        }

        fn speaking(&self) -> Vec<char> {
            self.speakers.speaking().into_iter().map(|(key, _)| key).collect()
        }
    }

    #[test]
    fn speech_is_heard_and_noise_is_not() {
        let mut room = Room::new(4);
        room.hear(&[('a', SPEECH), ('b', NOISE)], 300);
        assert_eq!(room.speaking(), ['a']);
        assert_eq!(room.speakers.top(), ['a']);
        assert_eq!(room.speakers.dominant(), Some('a'));
    }

    #[test]
    fn a_click_is_no_speech() {
        let mut room = Room::new(4);
        room.hear(&[('a', 127)], 400);
        room.hear(&[('a', 5)], 20);
        room.hear(&[('a', 127)], 400);
        assert_eq!(room.changes, 0);
    }

    #[test]
    fn a_pause_for_breath_does_not_end_a_speech() {
        let mut room = Room::new(4);
        room.hear(&[('a', SPEECH)], 1000);
        room.hear(&[('a', 127)], 400);
        assert_eq!(room.speaking(), ['a']);
        room.hear(&[('a', 127)], 2000);
        assert!(room.speaking().is_empty());
        assert_eq!(room.speakers.top(), ['a'], "keeps the slot while nobody else speaks");
        assert_eq!(room.speakers.dominant(), Some('a'));
    }

    #[test]
    fn a_stream_that_stops_falls_silent() {
        let mut room = Room::new(4);
        room.hear(&[('a', SPEECH)], 1000);
        for _ in 0..30 {
            room.now += Duration::from_millis(100);
            room.speakers.update(room.now);
        }
        assert!(room.speaking().is_empty());
    }

    #[test]
    fn only_somebody_clearly_louder_pushes_another_aside() {
        let mut room = Room::new(2);
        room.hear(&[('a', 30), ('b', 32), ('c', 127)], 1000);
        room.changes = 0;
        room.hear(&[('a', 30), ('b', 32), ('c', 29)], 3000);
        assert_eq!((room.speakers.top(), room.changes), (&['a', 'b'][..], 0));
        room.hear(&[('a', 30), ('b', 32), ('c', 20)], 3000);
        assert!(room.speakers.top().contains(&'c') && room.speakers.top().contains(&'a'));
        assert_eq!(room.speakers.dominant(), Some('c'));
    }

    #[test]
    fn the_silent_give_way_to_whoever_speaks() {
        let mut room = Room::new(2);
        room.hear(&[('a', SPEECH), ('b', SPEECH)], 1000);
        room.hear(&[('a', SPEECH), ('b', 127)], 4000);
        room.hear(&[('a', SPEECH), ('b', 127), ('c', 40)], 500);
        assert_eq!(room.speakers.top(), ['a', 'c']);
    }

    #[test]
    fn a_short_interjection_does_not_take_the_floor() {
        let mut room = Room::new(4);
        room.hear(&[('a', SPEECH), ('b', 127)], 2000);
        room.hear(&[('a', SPEECH), ('b', 15)], 300);
        room.hear(&[('a', SPEECH), ('b', 127)], 2000);
        assert_eq!(room.speakers.dominant(), Some('a'));
    }

    #[test]
    fn who_is_removed_is_gone_at_once() {
        let mut room = Room::new(4);
        room.hear(&[('a', SPEECH)], 1000);
        room.speakers.remove('a');
        let changes = room.speakers.update(room.now);
        assert!(changes.top && changes.dominant);
        assert!(room.speakers.top().is_empty());
        assert_eq!(room.speakers.dominant(), None);
    }

    proptest! {
        #[test]
        fn the_top_is_bounded_distinct_and_known(
            packets in prop::collection::vec((0..8_u8, any::<u8>(), 0..200_u64), 1..400)
        ) {
            let mut now = Instant::now();
            let mut speakers = Speakers::new(4);
            for (key, level, gap) in packets {
                now += Duration::from_millis(gap);
                if level > 250 { speakers.remove(key) } else {
                    speakers.on_level(key, AudioLevel::new(level), now);
                }
                let before = (speakers.top().to_vec(), speakers.dominant());
                let changes = speakers.update(now);
                let top = speakers.top();
                prop_assert!(top.len() <= 4);
                prop_assert!((1..top.len()).all(|at| !top[..at].contains(&top[at])));
                prop_assert_eq!(changes.top, before.0 != top);
                prop_assert_eq!(changes.dominant, before.1 != speakers.dominant());
            }
        }

        /// Everybody at a level of their own, with a few decibels of noise: after a while nothing
        /// changes any more.
        #[test]
        fn steady_voices_make_no_changes(
            levels in prop::collection::vec(10..127_u8, 1..10), noise in prop::collection::vec(0..3_u8, 50)
        ) {
            let mut room = Room::new(4);
            let mut noise = noise.iter().cycle();
            let mut step = |room: &mut Room| {
                let at: Vec<_> = ('a'..).zip(&levels)
                    .map(|(key, level)| (key, level.saturating_sub(*noise.next().unwrap_or(&0))))
                    .collect();
                room.hear(&at, 100);
            };
            for _ in 0..60 { step(&mut room); }
            room.changes = 0;
            for _ in 0..200 { step(&mut room); }
            prop_assert_eq!(room.changes, 0);
        }
    }
}
