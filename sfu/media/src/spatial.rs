//! Thinning out a stream by spatial layer: a smaller picture out of one stream that holds several
//! (SVC), by leaving out the packets of the layers above.
//!
//! A picture is cut at one layer, whose last packet must carry the marker bit. Down it goes where a
//! picture begins. Up it goes there as well, if the picture's first frame says that more can be
//! shown from here on (a keyframe); or in the middle, where the frame of the next layer says so of
//! itself. For that a slot that wants more holds the last packet back until the next one has come
//! ([`SpatialFilter::waits`]). Late packets and repetitions are cut as their picture was.

use arrayvec::ArrayVec;

use crate::{
    codec::Spatial,
    layer::{Layer, LayerSet},
    layers::{LayerSelector, Verdict},
    units::RtpTime,
};

/// Changes of the cut that are remembered, for late packets and repetitions.
const MAX_CUTS: usize = 8;
/// Frames whose forwarding is remembered. An encoder refers to frames of the last few pictures.
const WINDOW: u16 = 128;

/// What selection must know of a packet.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    pub time: RtpTime,
    pub starts_keyframe: bool,
    /// The first packet of a layer's frame.
    pub starts_frame: bool,
    pub spatial: Option<&'a Spatial>,
    /// Number of the frame, and distances to those that it refers to, if packets say so.
    pub frame: Option<(u16, &'a [u16])>,
}

impl Part<'_> {
    /// None for a layer above all that are shown to anybody.
    fn layer(&self) -> Option<Layer> {
        self.spatial.map_or(Some(Layer::LOWEST), |spatial| Layer::new(spatial.id))
    }

    fn switches(&self) -> LayerSet {
        self.spatial.map_or(LayerSet::EMPTY, |spatial| spatial.switches)
    }
}

#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Time of the first picture.
    since: RtpTime,
    /// The highest layer that is shown; none if nothing is.
    layer: Option<Layer>,
}

/// Cuts the pictures of one stream for one slot.
#[derive(Debug, Clone, Default)]
pub struct SpatialFilter {
    /// Time of the newest picture.
    picture: Option<RtpTime>,
    /// Oldest first.
    cuts: ArrayVec<Cut, MAX_CUTS>,
    /// The last packet of the cut is held back.
    waiting: bool,
    forwarded: Frames,
}

impl SpatialFilter {
    pub fn new() -> Self {
        Self::default()
    }

    /// What to do with a packet, and with the selector's current layer.
    pub fn on_packet(&mut self, selector: &mut LayerSelector, part: Part<'_>) -> Verdict {
        let waited = std::mem::take(&mut self.waiting);
        let begun = self.picture == Some(part.time);
        let newer = self.picture.is_none_or(|picture| part.time.is_newer_than(picture));
        // The first packet of a keyframe may come after others of it.
        let late_start = begun && part.starts_keyframe && self.cut_at(part.time).is_none();
        let mut verdict = Verdict::Forward;
        if newer || late_start {
            self.picture = Some(part.time);
            let joins = if self.decodable(&part) { part.switches() } else { LayerSet::EMPTY };
            verdict = selector.on_picture(part.starts_keyframe, joins);
            let layer = if verdict == Verdict::Drop { None } else { selector.current() };
            self.cut(part.time, layer);
        }
        if waited && begun && self.joins(selector, &part) {
            let layer = part.layer();
            self.cut(part.time, layer);
            layer.into_iter().for_each(|layer| selector.climb(layer));
        }
        let shown = self.cut_at(part.time);
        if part.layer().is_none_or(|layer| Some(layer) > shown) {
            return Verdict::Drop;
        }
        verdict
    }

    /// Whether a packet that is to be forwarded must be held back until the next one of the stream
    /// has been seen: it ends its picture for this slot, unless the layer above can be joined.
    pub fn waits(&mut self, selector: &LayerSelector, part: &Part<'_>, marker: bool) -> bool {
        let ends = part.spatial.is_some_and(|spatial| self.ends_picture(part.time, spatial));
        let newest = self.picture == Some(part.time);
        self.waiting = ends && newest && !marker && self.cut_at(part.time) < selector.allowed();
        self.waiting
    }

    /// Whether the packet begins the layer above the cut, which can be shown from here on.
    fn joins(&self, selector: &LayerSelector, part: &Part<'_>) -> bool {
        let above = self.cut_at(part.time).and_then(|cut| Layer::new(cut.get() + 1));
        part.starts_frame
            && part.layer() == above
            && above <= selector.allowed()
            && above.is_some_and(|above| part.switches().contains(above))
            && self.decodable(part)
    }

    /// A packet of this frame goes out.
    pub fn note(&mut self, part: &Part<'_>) {
        if let Some((number, _)) = part.frame {
            self.forwarded.note(number);
        }
    }

    /// The highest layer that is shown of the picture at `time`.
    pub fn cut_at(&self, time: RtpTime) -> Option<Layer> {
        let held = self.cuts.iter().rev().find(|cut| !cut.since.is_newer_than(time));
        held.and_then(|cut| cut.layer)
    }

    /// Whether a packet that ends a layer's frame ends the picture for this slot.
    pub fn ends_picture(&self, time: RtpTime, spatial: &Spatial) -> bool {
        spatial.ends_frame && self.cut_at(time) == Layer::new(spatial.id)
    }

    /// Whether all that the frame refers to was forwarded.
    fn decodable(&self, part: &Part<'_>) -> bool {
        part.frame.is_none_or(|(number, diffs)| {
            diffs.iter().all(|diff| self.forwarded.contains(number.wrapping_sub(*diff)))
        })
    }

    fn cut(&mut self, since: RtpTime, layer: Option<Layer>) {
        if self.cuts.last().is_some_and(|cut| cut.layer == layer) {
            return;
        }
        if let Some(last) = self.cuts.last_mut()
            && last.since == since
        {
            last.layer = layer;
            return;
        }
        if self.cuts.is_full() {
            self.cuts.remove(0);
        }
        self.cuts.push(Cut { since, layer });
    }
}

/// The newest frames that were forwarded.
#[derive(Debug, Clone, Default)]
struct Frames {
    newest: Option<u16>,
    /// One bit for each of the last [`WINDOW`] numbers, the newest in the lowest bit.
    bits: u128,
}

impl Frames {
    fn note(&mut self, number: u16) {
        let newest = *self.newest.get_or_insert(number);
        let ahead = number.wrapping_sub(newest);
        if ahead <= u16::MAX / 2 {
            self.bits = self.bits.checked_shl(ahead.into()).unwrap_or(0) | 1;
            self.newest = Some(number);
        } else if let Some(bit) = 1_u128.checked_shl(newest.wrapping_sub(number).into()) {
            self.bits |= bit;
        }
    }

    fn contains(&self, number: u16) -> bool {
        let behind = self.newest.map(|newest| newest.wrapping_sub(number));
        behind.is_some_and(|behind| behind < WINDOW && self.bits >> behind & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;

    const Q: Layer = Layer::LOWEST;
    const F: Layer = Layer::HIGHEST;

    fn h() -> Layer {
        Layer::new(1).unwrap()
    }

    fn spatial(id: u8, switches: LayerSet) -> Spatial {
        Spatial { id, ends_frame: true, switches, layers: None }
    }

    /// A frame in one packet.
    fn part(time: u32, keyframe: bool, spatial: &Spatial) -> Part<'_> {
        Part {
            time: RtpTime::new(time),
            starts_keyframe: keyframe && spatial.id == 0,
            starts_frame: true,
            spatial: Some(spatial),
            frame: None,
        }
    }

    struct Slot {
        selector: LayerSelector,
        filter: SpatialFilter,
        now: Instant,
    }

    impl Slot {
        fn new(target: Layer) -> Self {
            let mut selector = LayerSelector::new();
            selector.set_stacked();
            let mut slot = Self { selector, filter: SpatialFilter::new(), now: Instant::now() };
            slot.wants(target);
            slot
        }

        fn wants(&mut self, target: Layer) {
            self.selector.set_target(Some(target));
            self.selector.update(LayerSet::ALL, self.now);
        }

        /// A picture of three layers; which of them are forwarded, and which one ends it.
        fn picture(&mut self, time: u32, keyframe: bool, joins: Option<u8>) -> (Vec<u8>, u8) {
            let mut forwarded = Vec::new();
            let mut held = None;
            for id in 0..3 {
                let switches = match (keyframe, joins) {
                    (true, _) if id == 0 => LayerSet::ALL,
                    (_, Some(joins)) if joins == id => LayerSet::from(Layer::new(id)),
                    _ => LayerSet::EMPTY,
                };
                let spatial = spatial(id, switches);
                let part = part(time, keyframe, &spatial);
                let verdict = self.filter.on_packet(&mut self.selector, part);
                if verdict != Verdict::Drop {
                    forwarded.push(id);
                    if self.filter.waits(&self.selector, &part, id == 2) {
                        held = Some(id);
                    }
                }
            }
            let ends: Vec<u8> = (0..3)
                .filter(|id| {
                    let own = spatial(*id, LayerSet::EMPTY);
                    self.filter.ends_picture(RtpTime::new(time), &own)
                })
                .collect();
            if let Some(held) = held {
                assert!(ends.contains(&held) || forwarded.contains(&(held + 1)));
            }
            (forwarded, ends.first().copied().unwrap_or(u8::MAX))
        }
    }

    #[test]
    fn a_picture_is_cut_at_its_layer_and_ends_there() {
        let mut slot = Slot::new(h());
        assert_eq!(slot.picture(10, false, None), (vec![], u8::MAX));
        assert_eq!(slot.picture(20, true, None), (vec![0, 1], 1));
        slot.wants(Q);
        assert_eq!(slot.picture(30, false, None), (vec![0], 0));
        slot.wants(F);
        assert_eq!(slot.picture(40, false, None), (vec![0], 0), "the others build on their own");
        assert_eq!(slot.picture(50, true, None), (vec![0, 1, 2], 2));
        assert_eq!(slot.selector.current(), Some(F));
        // Repetitions of all of them.
        let cuts = [20, 30, 40, 50].map(|time| slot.filter.cut_at(RtpTime::new(time)));
        assert_eq!(cuts, [Some(h()), Some(Q), Some(Q), Some(F)]);
        assert_eq!(slot.filter.cut_at(RtpTime::new(10)), None);
    }

    #[test]
    fn a_layer_is_joined_in_the_middle_of_a_picture() {
        let mut slot = Slot::new(Q);
        slot.picture(10, true, None);
        slot.wants(F);
        assert_eq!(slot.picture(20, false, Some(2)), (vec![0], 0), "not over one that is missing");
        assert_eq!(slot.picture(30, false, Some(1)), (vec![0, 1], 1));
        assert_eq!(slot.picture(40, false, Some(2)), (vec![0, 1, 2], 2));
        slot.wants(h());
        assert_eq!(slot.picture(50, false, None), (vec![0, 1], 1));
        assert_eq!(slot.picture(60, false, Some(2)), (vec![0, 1], 1), "no more than is wanted");
    }

    #[test]
    fn nothing_is_held_back_that_nobody_waits_for() {
        let mut slot = Slot::new(h());
        slot.picture(10, true, None);
        let end = spatial(1, LayerSet::EMPTY);
        let next = part(20, false, &end);
        slot.filter.on_packet(&mut slot.selector, next);
        assert!(!slot.filter.waits(&slot.selector, &next, false));
        slot.wants(F);
        assert!(slot.filter.waits(&slot.selector, &next, false));
        assert!(!slot.filter.waits(&slot.selector, &next, true), "the sender's own end");
    }

    #[test]
    fn a_frame_that_refers_to_what_was_left_out_joins_nothing() {
        let mut slot = Slot::new(Q);
        let all = spatial(0, LayerSet::ALL);
        let key = Part { frame: Some((100, &[])), ..part(10, true, &all) };
        assert_eq!(slot.filter.on_packet(&mut slot.selector, key), Verdict::Switch);
        slot.filter.note(&key);
        slot.wants(F);
        for (time, refers, expected) in [(20, 2, Q), (30, 3, F)] {
            let frame = Part { frame: Some((103, &[refers])), ..part(time, false, &all) };
            assert_eq!(slot.filter.on_packet(&mut slot.selector, frame), Verdict::Forward);
            assert_eq!(slot.selector.current(), Some(expected));
        }
    }

    #[test]
    fn the_beginning_of_a_keyframe_may_be_late() {
        let mut slot = Slot::new(F);
        let (rest, upper) = (spatial(0, LayerSet::EMPTY), spatial(1, LayerSet::EMPTY));
        let start = spatial(0, LayerSet::ALL);
        let mut take = |part| slot.filter.on_packet(&mut slot.selector, part);
        assert_eq!(take(Part { starts_frame: false, ..part(10, false, &rest) }), Verdict::Drop);
        assert_eq!(take(part(10, false, &upper)), Verdict::Drop);
        assert_eq!(take(part(10, true, &start)), Verdict::Switch);
        assert_eq!(take(part(10, false, &upper)), Verdict::Forward, "once more, from the history");
    }

    #[test]
    fn frames_are_remembered_out_of_order_and_over_the_wrap() {
        let mut frames = Frames::default();
        assert!(!frames.contains(0));
        for number in [65_534, 1, 0] {
            frames.note(number);
        }
        assert!([65_534, 0, 1].into_iter().all(|number| frames.contains(number)));
        assert!(!frames.contains(65_535) && !frames.contains(2));
        frames.note(1_000);
        assert!(frames.contains(1_000) && !frames.contains(1));
    }

    proptest! {
        /// Whatever comes: layers are never shown without those below, none begins where it can't,
        /// and the end of each picture that was shown is the end of its highest layer.
        #[test]
        fn pictures_are_whole(
            pictures in prop::collection::vec(
                (prop::option::of(0..3_u8), prop::bool::weighted(0.1), prop::option::of(1..3_u8)),
                1..100)
        ) {
            let mut slot = Slot::new(Q);
            let mut before: Option<u8> = None;
            for (time, (target, keyframe, joins)) in (0_u32..).zip(pictures) {
                slot.selector.set_target(target.and_then(Layer::new));
                slot.selector.update(LayerSet::ALL, slot.now);
                if target.is_none() { before = None; }
                let (forwarded, ends) = slot.picture(time * 3_000, keyframe, joins);
                prop_assert!(forwarded.iter().copied().eq(0..forwarded.len() as u8));
                let highest = forwarded.last().copied();
                if let Some(highest) = highest {
                    prop_assert_eq!(ends, highest);
                    prop_assert!(Some(highest) <= target.max(before));
                    let may_rise = keyframe || joins == Some(highest);
                    prop_assert!(may_rise || Some(highest) <= before);
                }
                prop_assert!(highest.is_some() || before.is_none());
                before = highest;
            }
        }
    }
}
