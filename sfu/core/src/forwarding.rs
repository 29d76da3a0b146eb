//! Packets from publishers to subscribers.

use std::time::Instant;

use str0m::{
    media::{KeyframeRequestKind, Mid, Pt, Rid},
    rtp::RtpPacket,
};
use szpon_media::{ExtSeq, Layer, RtpTime, codec::VideoPacket, layers::Verdict, view::Size};

use crate::{
    addresses::SessionKey,
    core::{Core, Timer},
    egress::StreamKey,
    outbox::Outbox,
    peer::Fault,
    rooms::RoomKey,
    session::{MAX_STREAMS, Session},
    slots::{Formats, Receiving},
    tracks::{Body, Format, OVERTAKEN_FOR, Packet, Route, Track, TrackKey, TrackKind},
};

impl Core {
    /// Takes a publisher's packet to everybody who gets it.
    pub(crate) fn route(&mut self, now: Instant, from: SessionKey, rtp: RtpPacket) {
        self.counters.packets_received += 1;
        let (room_key, track_key, layer) = match self.find_stream(from, &rtp) {
            Ok(Some(found)) => found,
            Ok(None) => return,
            Err(fault) => return self.fail(now, from, fault),
        };
        let format = match self.format_of(from, room_key, track_key, rtp.header.payload_type) {
            Ok(Some(format)) => format,
            Ok(None) => return,
            Err(fault) => return self.fail(now, from, fault),
        };
        let Some(room) = self.rooms.get_mut(room_key) else { return };
        let Some(track) = room.tracks.get_mut(track_key) else { return };
        if !track.allowed {
            return;
        }
        let began = !track.flow.flowing(now).contains(layer);
        track.flow.on_packet(layer, now);
        if began {
            // Somebody may have waited for it.
            self.timers.set_sooner(Timer::Room(room_key), now);
        }
        if rtp.payload.is_empty() {
            return;
        }
        let TrackKind::Video(video) = &mut track.kind else {
            return self.route_sound(now, room_key, track_key, &rtp, &format);
        };
        let Some(packet) = read(&rtp, &format, now) else { return };
        video.on_packet(layer, rtp.payload.len(), now);
        note_video(video, layer, &packet);
        // Taken out while the subscribers are written to, and put back: no copy, no allocation.
        let mut routes = std::mem::take(&mut track.routes);
        let mut failed = Vec::new();
        let mut changed = false;
        for route in routes.iter_mut().filter(|route| route.watched.contains(layer)) {
            let Some(session) = self.sessions.get_mut(route.session) else { continue };
            if !session.is_up() {
                continue;
            }
            match deliver(session, route, track, layer, &packet, &format, &mut self.outbox) {
                Ok(Delivered { packets: 0, .. }) => {}
                Ok(delivered) => {
                    self.counters.packets_forwarded += delivered.packets;
                    changed |= delivered.switched;
                    if let Some(at) = session.egress.sooner(now) {
                        self.timers.set_sooner(Timer::Egress(route.session), at);
                    }
                }
                Err(fault) => failed.push((route.session, fault)),
            }
        }
        track.routes = routes;
        if changed {
            self.timers.set_sooner(Timer::Room(room_key), now);
        }
        for (key, fault) in failed {
            self.fail(now, key, fault);
        }
    }

    /// The track and layer of a packet, by its SSRC.
    fn find_stream(
        &mut self,
        from: SessionKey,
        rtp: &RtpPacket,
    ) -> Result<Option<(RoomKey, TrackKey, Layer)>, Fault> {
        let session = &mut self.sessions[from];
        let Some(seat) = &mut session.seat else { return Ok(None) };
        let ssrc = rtp.header.ssrc;
        if let Some((_, track, layer)) = seat.streams.iter().find(|(known, ..)| *known == ssrc) {
            return Ok(Some((seat.room, *track, *layer)));
        }
        // str0m has bound the SSRC to an m-line and a layer, by a=ssrc or by header extensions.
        let bound = session
            .peer
            .call(|rtc| rtc.direct_api().stream_rx(&ssrc).map(|s| (s.mid(), s.rid())))?;
        let Some((mid, rid)) = bound else { return Ok(None) };
        let layer = rid.map_or(Some(Layer::LOWEST), |rid| Layer::from_rid(&rid));
        let track = seat.tracks.iter().find(|(known, _)| *known == mid);
        let (Some(layer), Some((_, track))) = (layer, track) else { return Ok(None) };
        let track = *track;
        if seat.streams.len() == MAX_STREAMS {
            seat.streams.remove(0);
        }
        seat.streams.push((ssrc, track, layer));
        Ok(Some((seat.room, track, layer)))
    }

    /// How a track's packets are coded; found anew when the publisher changes its codec.
    fn format_of(
        &mut self,
        from: SessionKey,
        room: RoomKey,
        track: TrackKey,
        pt: Pt,
    ) -> Result<Option<Format>, Fault> {
        let track = self.rooms.get_mut(room).and_then(|room| room.tracks.get_mut(track));
        let Some(track) = track else { return Ok(None) };
        if track.format.is_some_and(|format| format.pt == pt) {
            return Ok(track.format);
        }
        let params = self.sessions[from].peer.call(|rtc| {
            let mut all = rtc.codec_config().params().iter();
            all.find(|params| params.pt() == pt || params.red() == Some(pt)).copied()
        })?;
        let Some(params) = params else { return Ok(None) };
        track.format = Some(Format { pt, red: params.red() == Some(pt), params });
        Ok(track.format)
    }

    /// A subscriber cannot decode what it has: its own request goes to the publisher.
    pub(crate) fn keyframe_wanted(&mut self, now: Instant, key: SessionKey, stream: StreamKey) {
        let Some(seat) = self.sessions.get(key).and_then(|session| session.seat.as_ref()) else {
            return;
        };
        let Some(feed) = seat
            .video
            .iter()
            .find(|slot| slot.line.stream == stream)
            .and_then(|slot| slot.feed.as_ref())
        else {
            return;
        };
        let Some(layer) = feed.selector.keyframe_layer() else { return };
        let (room_key, track) = (seat.room, feed.track.key);
        self.ask_for_keyframe(now, room_key, track, layer);
    }

    /// A layer loses packets on its way here that cannot be had again: another one is better.
    pub(crate) fn beyond_repair(
        &mut self,
        now: Instant,
        from: SessionKey,
        mid: Mid,
        rid: Option<Rid>,
    ) {
        let Some(seat) = self.sessions.get(from).and_then(|session| session.seat.as_ref()) else {
            return;
        };
        let Some(layer) = rid.and_then(|rid| Layer::from_rid(&rid)) else { return };
        let Some((_, key)) = seat.tracks.iter().find(|(known, _)| *known == mid) else { return };
        let track = self.rooms.get_mut(seat.room).and_then(|room| room.tracks.get_mut(*key));
        if let Some(video) = track.and_then(Track::video_mut) {
            video.avoid(layer, now);
        }
    }

    /// Notes that somebody needs a keyframe; the room's next tick, which is now, sends the request.
    pub(crate) fn ask_for_keyframe(
        &mut self,
        now: Instant,
        room: RoomKey,
        track: TrackKey,
        layer: Layer,
    ) {
        let video = self
            .rooms
            .get_mut(room)
            .and_then(|room| room.tracks.get_mut(track))
            .and_then(Track::video_mut);
        if let Some(video) = video {
            video.requests.ask(layer, now);
            let at = video.requests.next_poll().unwrap_or(now).max(now);
            self.timers.set_sooner(Timer::Room(room), at);
        }
    }

    /// Sends the keyframe requests of a room that are due.
    pub(crate) fn request_keyframes(&mut self, now: Instant, room_key: RoomKey) {
        let Some(room) = self.rooms.get_mut(room_key) else { return };
        let mut failed = Vec::new();
        for (_, track) in &mut room.tracks {
            let (owner, mid) = (track.owner, track.mid);
            loop {
                let allowed = track.allowed;
                let Some(layer) = track.video_mut().and_then(|v| v.requests.poll(now)) else {
                    break;
                };
                let rid = track.rid_of(layer);
                let Some(session) = self.sessions.get_mut(owner) else { break };
                if !allowed || !session.is_up() {
                    continue;
                }
                let sent = session.peer.call(|rtc| {
                    let mut api = rtc.direct_api();
                    let stream = api.stream_rx_by_mid(mid, rid);
                    stream.map(|stream| stream.request_keyframe(KeyframeRequestKind::Pli)).is_some()
                });
                match sent {
                    Ok(true) => {
                        self.counters.keyframe_requests += 1;
                        if !session.touched {
                            session.touched = true;
                            self.touched.push_back(owner);
                        }
                    }
                    // Nothing of this layer has come yet; its first packet will be a keyframe.
                    Ok(false) => {}
                    Err(fault) => {
                        failed.push((owner, fault));
                        break;
                    }
                }
            }
        }
        for (key, fault) in failed {
            self.fail(now, key, fault);
        }
    }
}

/// What a packet did at one subscriber.
#[derive(Default)]
struct Delivered {
    packets: u64,
    /// The slot shows another layer or source now.
    switched: bool,
}

fn deliver(
    session: &mut Session,
    route: &mut Route,
    track: &Track,
    layer: Layer,
    packet: &Packet,
    format: &Format,
    outbox: &mut Outbox,
) -> Result<Delivered, Fault> {
    let Some(to) = receiving(session, route.slot, track, format)? else {
        return Ok(Delivered::default());
    };
    let Session { seat, egress, .. } = session;
    let Some(seat) = seat else { return Ok(Delivered::default()) };
    let now = packet.at;
    let Some(video) = track.video() else { return Ok(Delivered::default()) };
    let slot = &mut seat.video[route.slot];
    let stream = slot.line.stream;
    let (verdict, write) = slot.take(layer, packet, to);
    let switched = verdict == Verdict::Switch;
    if switched {
        egress.skip_to_keyframe(stream);
    }
    let mut sent = write.is_some_and(|write| egress.send(stream, &write, now, outbox)).into();
    if switched {
        egress.note_rtx(stream, to.rtx);
        if let Some(feed) = &slot.feed {
            route.watched = feed.selector.watched();
        }
        // The rest of the keyframe may have overtaken its first packet.
        let kept = video.kept(layer).into_iter();
        let overtaken = kept.flat_map(|kept| kept.after(packet.seq, now)).map(|(_, late)| late);
        for late in overtaken.filter(|late| late.at + OVERTAKEN_FOR >= now) {
            let write = slot.catch_up(layer, late, to);
            sent += u64::from(write.is_some_and(|write| egress.send(stream, &write, now, outbox)));
        }
    }
    Ok(Delivered { packets: sent, switched })
}

/// How a slot's client receives the track; none if it does not.
pub(crate) fn receiving(
    session: &mut Session,
    slot: usize,
    track: &Track,
    format: &Format,
) -> Result<Option<Receiving>, Fault> {
    fn place(session: &mut Session, slot: usize, video: bool) -> Option<(&mut Formats, Mid)> {
        let seat = session.seat.as_mut()?;
        Some(match video {
            true => {
                let slot = seat.video.get_mut(slot)?;
                (&mut slot.formats, slot.line.mid)
            }
            false => {
                let slot = seat.audio.get_mut(slot)?;
                (&mut slot.formats, slot.line.mid)
            }
        })
    }
    let Some((formats, mid)) = place(session, slot, track.is_video()) else { return Ok(None) };
    if let Some(known) = formats.get(track.this.id, format.pt) {
        return Ok(known);
    }
    let to = session.receiving(mid, format.params)?;
    if let Some((formats, _)) = place(session, slot, track.is_video()) {
        formats.set(track.this.id, format.pt, to);
    }
    Ok(to)
}

/// Reads what forwarding must know. None for a codec that rooms do not carry.
fn read(rtp: &RtpPacket, format: &Format, now: Instant) -> Option<Packet> {
    let body = Body::Video(VideoPacket::parse(format.video_codec()?, &rtp.payload));
    Some(Packet {
        seq: ExtSeq::new(*rtp.seq_no),
        time: RtpTime::new(rtp.header.timestamp),
        marker: rtp.header.marker,
        payload: rtp.payload.clone(),
        at: now,
        body,
    })
}

fn note_video(track: &mut crate::tracks::VideoTrack, layer: Layer, packet: &Packet) {
    let Body::Video(video) = &packet.body else { return };
    if video.starts_keyframe {
        track.requests.on_keyframe(layer);
    }
    if let Some((width, height)) = video.size {
        track.sizes[layer.index()] = Some(Size::new(width, height));
    }
    if let Some(id) = video.temporal_id {
        track.temporal_layers = track.temporal_layers.max(id.saturating_add(1).min(4));
    }
    track.keep(layer, packet);
}
