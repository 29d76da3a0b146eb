//! One slot as the core builds it, from all its parts, over a bad network: a publisher with three
//! simulcast layers, loss, reordering and duplicates before the node, a target that changes at
//! random. A model receiver then judges what came out.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use proptest::prelude::*;
use szpon_media::{
    ClockRate, ExtSeq, Layer, LayerSet, RtpTime, SeqNo,
    codec::{Descriptor, VideoCodec, VideoPacket},
    flow::Flow,
    layers::{LayerSelector, Verdict},
    munger::{Munger, Segment},
    pli::KeyframeRequests,
    temporal::TemporalFilter,
    vp8,
};

const FRAME: Duration = Duration::from_millis(33);

/// A packet on its way to the node.
#[derive(Debug, Clone)]
struct Packet {
    layer: Layer,
    seq: ExtSeq,
    time: RtpTime,
    payload: Vec<u8>,
}

/// One simulcast layer of a browser: own numbers everywhere, two temporal layers.
#[derive(Debug)]
struct Encoder {
    layer: Layer,
    seq: u64,
    time: u32,
    picture: u16,
    tl0: u8,
    key: u8,
    frame: u32,
    wants_keyframe: bool,
}

impl Encoder {
    fn new(layer: Layer, seed: u32) -> Self {
        Self {
            layer,
            seq: u64::from(seed) + 70_000,
            time: seed.wrapping_mul(2_654_435_761),
            picture: seed as u16,
            tl0: (seed >> 3) as u8,
            key: (seed >> 7) as u8,
            frame: 0,
            wants_keyframe: true,
        }
    }

    /// As many packets as the layer is large.
    fn encode(&mut self, out: &mut Vec<Packet>) {
        let keyframe = std::mem::take(&mut self.wants_keyframe);
        let upper = !keyframe && self.frame % 2 == 1;
        self.frame = if keyframe { 1 } else { self.frame + 1 };
        self.picture = self.picture.wrapping_add(1) & 0x7fff;
        self.time = self.time.wrapping_add(2970);
        self.key = self.key.wrapping_add(u8::from(keyframe)) & 0x1f;
        self.tl0 = self.tl0.wrapping_add(u8::from(!upper));
        for packet in 0..=self.layer.get() {
            let [high, low] = (self.picture | 0x8000).to_be_bytes();
            let start = if packet == 0 { 0x10 } else { 0x00 };
            let temporal = u8::from(upper) << 6 | u8::from(upper) << 5 | self.key;
            let payload =
                vec![0x80 | start, 0xf0, high, low, self.tl0, temporal, u8::from(!keyframe), 9];
            out.push(Packet {
                layer: self.layer,
                seq: ExtSeq::new(self.seq),
                time: RtpTime::new(self.time),
                payload,
            });
            self.seq += 1;
        }
    }
}

/// What the receiver got.
#[derive(Debug, Clone, PartialEq)]
struct Received {
    time: RtpTime,
    segment: Segment,
    /// Layer and number it had on the way in.
    origin: (Layer, ExtSeq),
    picture: u16,
    tl0: u8,
    key: u8,
    keyframe: bool,
}

struct Slot {
    selector: LayerSelector,
    temporal: TemporalFilter,
    munger: Munger<Layer>,
    rewriter: vp8::Rewriter,
    received: BTreeMap<ExtSeq, Received>,
}

impl Slot {
    fn new(first: u16) -> Self {
        Self {
            selector: LayerSelector::new(),
            temporal: TemporalFilter::new(),
            munger: Munger::new(ClockRate::VIDEO, SeqNo::new(first), RtpTime::new(0)),
            rewriter: vp8::Rewriter::new(),
            received: BTreeMap::new(),
        }
    }

    fn on_packet(&mut self, packet: &Packet, now: Instant) {
        let Packet { layer, seq, time, .. } = *packet;
        let parsed = VideoPacket::parse(VideoCodec::Vp8, &packet.payload);
        let Descriptor::Vp8(descriptor) = parsed.descriptor else { panic!("VP8 is sent") };
        let out = match self.selector.on_packet(layer, parsed.starts_keyframe) {
            Verdict::Drop => return,
            Verdict::Switch => {
                self.temporal.restart();
                self.munger.switch(layer, seq, time, now)
            }
            Verdict::Forward => {
                let segment = self.munger.segment();
                let passes =
                    self.temporal.passes(parsed.temporal_id, parsed.up_switch, parsed.starts_frame);
                if let (false, Some(segment)) = (passes, segment)
                    && self.munger.skip(layer, seq)
                {
                    self.rewriter.skip(segment, &descriptor);
                    return;
                }
                let Ok(out) = self.munger.forward(layer, seq, time, now) else { return };
                out
            }
        };
        let Some(rewrite) = self.rewriter.rewrite(out.segment, &descriptor) else { return };
        let mut payload = packet.payload.clone();
        descriptor.patch(&rewrite).apply(&mut payload);
        let seen = vp8::Descriptor::parse(&payload).unwrap();
        let received = Received {
            time: out.time,
            segment: out.segment,
            origin: (layer, seq),
            picture: seen.picture_id.unwrap().value,
            tl0: seen.tl0_pic_idx.unwrap().value,
            key: seen.key_idx().unwrap(),
            keyframe: seen.starts_keyframe(&payload),
        };
        if let Some(before) = self.received.insert(out.seq, received.clone()) {
            assert_eq!(before, received, "a number was given to two packets");
        }
        assert_eq!(self.munger.origin(out.seq.seq_no()), Some((layer, seq)));
    }
}

/// What happens in one frame interval.
#[derive(Debug, Clone)]
struct Tick {
    target: Option<Option<u8>>,
    thin: Option<bool>,
    /// For each packet: lost, twice, or how many places late.
    fates: Vec<(bool, bool, usize)>,
}

fn tick() -> impl Strategy<Value = Tick> {
    let target = prop::option::weighted(0.1, prop::option::weighted(0.85, 0..3_u8));
    let thin = prop::option::weighted(0.1, any::<bool>());
    let late = prop_oneof![8 => Just(0_usize), 1 => 1..8_usize];
    let fate = (prop::bool::weighted(0.08), prop::bool::weighted(0.05), late);
    (target, thin, prop::collection::vec(fate, 6)).prop_map(|(target, thin, fates)| Tick {
        target,
        thin,
        fates,
    })
}

fn run(seed: u32, ticks: &[Tick], lossless: bool) -> Slot {
    let mut now = Instant::now();
    let mut encoders: Vec<_> =
        Layer::all().map(|layer| Encoder::new(layer, seed >> layer.get())).collect();
    let mut flow = Flow::new();
    let mut requests = KeyframeRequests::new();
    let mut slot = Slot::new(seed as u16);
    let mut wire: Vec<Packet> = Vec::new();
    for tick in ticks {
        now += FRAME;
        if let Some(target) = tick.target {
            slot.selector.set_target(target.and_then(Layer::new));
        }
        if let Some(thin) = tick.thin {
            slot.temporal.set_max(thin.then_some(0));
        }
        if let Some(layer) = slot.selector.update(flow.flowing(now), now) {
            requests.ask(layer, now);
        }
        while let Some(layer) = requests.poll(now) {
            encoders[layer.index()].wants_keyframe = true;
        }
        let mut sent = Vec::new();
        encoders.iter_mut().for_each(|encoder| encoder.encode(&mut sent));
        for (packet, (lost, twice, late)) in sent.into_iter().zip(&tick.fates) {
            if lossless {
                wire.push(packet);
                continue;
            }
            if *lost {
                continue;
            }
            if *twice {
                wire.push(packet.clone());
            }
            wire.insert(wire.len().saturating_sub(*late), packet);
        }
        // A few packets are still on their way when the tick ends: reordering across frames.
        let arrived = if lossless { wire.len() } else { wire.len().saturating_sub(3) };
        for packet in wire.drain(..arrived) {
            flow.on_packet(packet.layer, now);
            if VideoPacket::parse(VideoCodec::Vp8, &packet.payload).starts_keyframe {
                requests.on_keyframe(packet.layer);
            }
            slot.on_packet(&packet, now);
        }
    }
    slot
}

/// Behind in a counter of `bits`.
fn step(from: u32, to: u32, bits: u32) -> u32 {
    to.wrapping_sub(from) & ((1 << bits) - 1)
}

fn judge(slot: &Slot, lossless: bool) -> Result<(), TestCaseError> {
    let mut last: Option<(ExtSeq, &Received)> = None;
    for (seq, one) in &slot.received {
        let Some((last_seq, before)) = last.replace((*seq, one)) else {
            prop_assert!(one.keyframe, "begins with a keyframe");
            continue;
        };
        let gap = seq.distance_from(last_seq);
        let pictures = step(before.picture.into(), one.picture.into(), 15);
        prop_assert!(one.segment >= before.segment);
        if one.segment != before.segment {
            prop_assert!(one.keyframe, "a switch without a keyframe");
            prop_assert!(one.time.is_newer_than(before.time));
            if gap == 1 {
                // At the switch itself nothing is missing, in any counter.
                prop_assert!(pictures >= 1);
                prop_assert!((1..100).contains(&step(before.tl0.into(), one.tl0.into(), 8)));
                prop_assert!((1..16).contains(&step(before.key.into(), one.key.into(), 5)));
            }
        } else {
            prop_assert_eq!(one.origin.0, before.origin.0);
            prop_assert!(one.origin.1 > before.origin.1, "order is kept");
            // One frame has one picture id and one time; later frames have later ones.
            prop_assert_eq!(pictures == 0, one.time == before.time);
            prop_assert!(pictures == 0 || one.time.is_newer_than(before.time));
        }
        prop_assert!(pictures < 1 << 10, "picture ids went back");
        if lossless {
            prop_assert_eq!(gap, 1, "a gap without loss");
            prop_assert!(pictures <= 1, "a missing picture without loss");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_a_receiver_gets_is_continuous(
        seed: u32, ticks in prop::collection::vec(tick(), 1..300)
    ) {
        judge(&run(seed, &ticks, false), false)?;
    }

    /// Without loss nothing may look like a loss: not the switches, not the pauses, and not the
    /// frames that were left out.
    #[test]
    fn without_loss_nothing_is_ever_missing(
        seed: u32, ticks in prop::collection::vec(tick(), 1..300)
    ) {
        judge(&run(seed, &ticks, true), true)?;
    }
}

/// The recipe itself works: a subscriber that wants the highest layer sees it, also over loss.
#[test]
fn the_target_is_reached_over_loss() {
    let lossy = Tick {
        target: Some(Some(2)),
        thin: None,
        fates: vec![
            (false, false, 0),
            (true, false, 0),
            (false, false, 2),
            (false, true, 0),
            (false, false, 1),
            (false, false, 0),
        ],
    };
    let slot = run(7, &vec![lossy; 100], false);
    assert_eq!(slot.selector.current(), Some(Layer::HIGHEST));
    assert!(slot.received.len() > 200, "{}", slot.received.len());
    assert_eq!(slot.selector.needed(), LayerSet::only(Layer::HIGHEST));
}
