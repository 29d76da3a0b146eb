//! Packets from publishers: read once, remembered, and put before the subscribers (see
//! [`delivery`](crate::delivery)).

use std::{sync::Arc, time::Instant};

use str0m::media::{KeyframeRequestKind, Pt};
use szpon_media::{
    ExtSeq, Layer, LayerSet, RtpTime,
    codec::{Spatial, VideoCodec, VideoPacket},
    missing::Came,
    view::Size,
};

use crate::{
    addresses::SessionKey,
    core::{Core, Timer},
    dependency,
    egress::{Noticed, StreamKey},
    late::{self, Rtp},
    peer::Fault,
    rooms::RoomKey,
    session::{MAX_STREAMS, Session},
    spread::{Message, News, RelayPacket},
    tracks::{Body, Format, Origin, Packet, Track, TrackKey, TrackKind},
};

/// Packets of a track that wait to be delivered at most: more than one batch of reading brings of
/// one frame.
const MAX_PENDING: usize = 64;

impl Core {
    /// Takes in a publisher's packet.
    pub(crate) fn route(&mut self, now: Instant, from: SessionKey, rtp: Rtp) {
        self.counters.packets_received += 1;
        let (ssrc, seq) = (*rtp.header.ssrc, rtp.seq);
        // Whatever becomes of it: what came is not asked for.
        let noticed = self.note_arrival(now, from, ssrc, seq);
        if !self.sessions[from].intake.media(rtp.payload.len(), &self.prices, now) {
            return self.sends_too_much(now, from);
        }
        let (room_key, track_key, stream) = match self.find_stream(from, &rtp) {
            Ok(Some(found)) => found,
            Ok(None) => return,
            Err(fault) => return self.fail(now, from, fault),
        };
        let format = match self.format_of(now, from, room_key, track_key, rtp.header.payload_type) {
            Ok(Some(format)) => format,
            Ok(None) => return,
            Err(fault) => return self.fail(now, from, fault),
        };
        let Some(room) = self.rooms.get_mut(room_key) else { return };
        let Some(track) = room.tracks.get_mut(track_key) else { return };
        if !track.allowed {
            return;
        }
        if rtp.payload.is_empty() {
            // Padding.
            return track.flow.on_packet(stream, now);
        }
        if let TrackKind::Audio(audio) = &mut track.kind {
            let packets = audio.take_apart(&rtp, &format, now);
            self.counters.sound_recovered += packets.len().saturating_sub(1) as u64;
            for packet in packets {
                self.forward(now, room_key, track_key, stream, packet, &format);
            }
            return;
        }
        let fresh = noticed.is_none() && format.params.resend().is_some();
        if fresh {
            let reach = late::reach(format.video_codec());
            self.sessions[from].egress.recovery().watch(ssrc, seq, reach);
        }
        let Some(packet) = read(&rtp, &format, track, stream, now) else {
            return track.flow.on_packet(stream, now);
        };
        self.forward(now, room_key, track_key, stream, packet, &format);
        if fresh {
            self.match_repetitions(now, from);
        }
        if noticed.is_some_and(|noticed| noticed.hopeless) {
            self.avoid(now, room_key, track_key, stream);
        }
    }

    /// What a stream loses cannot be mended: everybody does without it for a while, on other shards too.
    fn avoid(&mut self, now: Instant, room_key: RoomKey, track_key: TrackKey, stream: Layer) {
        let track = self.rooms.get_mut(room_key).and_then(|room| room.tracks.get_mut(track_key));
        let Some(track) = track else { return };
        let this = track.this;
        if track.video_mut().is_some_and(|video| video.avoid(stream, now)) {
            let layers = LayerSet::only(stream);
            self.tell_parts(room_key, News::Avoided { track: this, layers });
        }
    }

    /// Notes that a packet came, and when the publisher is to be asked for those before it. None for a
    /// stream of which nothing can be had again.
    fn note_arrival(
        &mut self,
        now: Instant,
        from: SessionKey,
        ssrc: u32,
        seq: ExtSeq,
    ) -> Option<Noticed> {
        let Session { egress, arriving, .. } = &mut self.sessions[from];
        let came = if *arriving == Some(ssrc) { Came::Itself } else { Came::Repeated };
        let noticed = egress.recovery().on_packet(ssrc, seq, came, now)?;
        if noticed.asks
            && let Some(at) = egress.sooner(now)
        {
            self.timers.set_sooner(Timer::Egress(from), at);
        }
        Some(noticed)
    }

    /// Takes in a packet of a track, from wherever it came: everybody on this shard gets it when
    /// the shard is polled next, together with those that came with it.
    pub(crate) fn forward(
        &mut self,
        now: Instant,
        room_key: RoomKey,
        track_key: TrackKey,
        stream: Layer,
        packet: Packet,
        format: &Format,
    ) {
        self.note_layers(now, room_key, track_key, &packet);
        let Some(room) = self.rooms.get_mut(room_key) else { return };
        let Some(track) = room.tracks.get_mut(track_key) else { return };
        let layer = match (&track.kind, &packet.body) {
            (TrackKind::Video(video), Body::Video(body)) => video.layer_of(stream, body),
            _ => stream,
        };
        let began = !track.flow.flowing(now).contains(layer);
        track.flow.on_packet(layer, now);
        match &mut track.kind {
            TrackKind::Video(video) => {
                video.on_packet(layer, packet.payload.len(), now);
                note_video(video, stream, &packet);
            }
            TrackKind::Audio(audio) => {
                audio.on_packet(&packet);
                room.pulse.on_audio(track, &packet);
            }
        }
        // One stream goes whole, whatever layers are in it: the other shard closes up the numbers of
        // what it leaves out.
        for relay in track.relays.iter().filter(|relay| relay.layers.contains(stream)) {
            let packet = RelayPacket {
                to: relay.at,
                stream,
                payload_type: *format.pt,
                packet: packet.clone(),
            };
            self.peers.packets.push((relay.shard, packet));
            self.counters.packets_relayed += 1;
        }
        if track.pending.is_empty() {
            self.undelivered.push_back((room_key, track.this));
        }
        track.pending.push((stream, packet));
        let overdue = track.pending.len() >= MAX_PENDING;
        if began {
            // Somebody may have waited for it.
            self.timers.set_sooner(Timer::Room(room_key), now);
        }
        if overdue {
            self.deliver_all(now);
        }
    }

    /// A keyframe may say what layers its stream holds; the track's home says it to other shards.
    fn note_layers(
        &mut self,
        now: Instant,
        room_key: RoomKey,
        track_key: TrackKey,
        packet: &Packet,
    ) {
        let Body::Video(VideoPacket { spatial: Some(Spatial { layers: Some(found), .. }), .. }) =
            packet.body
        else {
            return;
        };
        let track = self.rooms.get_mut(room_key).and_then(|room| room.tracks.get_mut(track_key));
        let Some(video) = track.and_then(Track::video_mut) else { return };
        if video.stack().is_none() && video.becomes_stacked(&found) {
            // What waits is of a stream without layers.
            self.deliver_all(now);
        }
        let track = self.rooms.get_mut(room_key).and_then(|room| room.tracks.get_mut(track_key));
        let Some(track) = track else { return };
        let (this, here) = (track.this, track.is_here());
        let TrackKind::Video(video) = &mut track.kind else { return };
        if !here {
            return video.note_sizes(&found);
        }
        let before = video.stack();
        video.on_layers(&found, packet.dependency.is_some());
        if let Some(stack) = video.stack().filter(|_| video.stack() != before) {
            self.tell_parts(room_key, News::Stacked { track: this, stack });
        }
    }

    /// The track of a packet, and which of its streams it belongs to, by its SSRC.
    fn find_stream(
        &mut self,
        from: SessionKey,
        rtp: &Rtp,
    ) -> Result<Option<(RoomKey, TrackKey, Layer)>, Fault> {
        let session = &mut self.sessions[from];
        let Some(seat) = &mut session.seat else { return Ok(None) };
        let ssrc = rtp.header.ssrc;
        if let Some((_, track, layer)) = seat.streams.iter().find(|(known, ..)| *known == ssrc) {
            return Ok(Some((seat.room, *track, *layer)));
        }
        // str0m has bound the SSRC to an m-line and a layer, by a=ssrc or by header extensions.
        let bound = session.peer.call(|rtc| {
            let mut api = rtc.direct_api();
            let stream = api.stream_rx(&ssrc)?;
            // What is lost is asked for by us (see `Recovery`).
            stream.suppress_nack(true);
            Some((stream.mid(), stream.rid()))
        })?;
        let Some((mid, rid)) = bound else { return Ok(None) };
        let track = seat.tracks.iter().find(|(known, _)| *known == mid);
        let Some((_, track)) = track.copied() else { return Ok(None) };
        let room = self.rooms.get_mut(seat.room);
        let video = room.and_then(|room| room.tracks.get_mut(track)).and_then(Track::video_mut);
        let stream = video.map_or(Some(Layer::LOWEST), |video| video.stream_named(rid));
        let Some(stream) = stream else { return Ok(None) };
        if seat.streams.len() == MAX_STREAMS {
            seat.streams.remove(0);
        }
        seat.streams.push((ssrc, track, stream));
        Ok(Some((seat.room, track, stream)))
    }

    /// How a track's packets are coded; found anew when the publisher changes its codec.
    fn format_of(
        &mut self,
        now: Instant,
        from: SessionKey,
        room: RoomKey,
        track_key: TrackKey,
        pt: Pt,
    ) -> Result<Option<Format>, Fault> {
        let track = self.rooms.get_mut(room).and_then(|room| room.tracks.get_mut(track_key));
        let Some(track) = track else { return Ok(None) };
        if track.format.is_some_and(|format| format.pt == pt) {
            return Ok(track.format);
        }
        let params = self.sessions[from].peer.call(|rtc| {
            let mut all = rtc.codec_config().params().iter();
            all.find(|params| params.pt() == pt || params.red() == Some(pt)).copied()
        })?;
        let Some(params) = params else { return Ok(None) };
        // What waits is in the old one.
        self.deliver_all(now);
        let track = self.rooms.get_mut(room).and_then(|room| room.tracks.get_mut(track_key));
        let Some(track) = track else { return Ok(None) };
        let format = Format { pt, red: params.red() == Some(pt), params };
        track.format = Some(format);
        let news = News::Coded { track: track.this, format };
        self.tell_parts(room, news);
        Ok(Some(format))
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
        let mut wishes = Vec::new();
        for (_, track) in &mut room.tracks {
            loop {
                let allowed = track.allowed;
                let Some(layer) = track.video_mut().and_then(|v| v.requests.poll(now)) else {
                    break;
                };
                let rid = track.rid_of(layer);
                let (owner, mid) = match &track.origin {
                    Origin::Here { session, mid } => (*session, *mid),
                    // Its home speaks with the publisher.
                    Origin::Elsewhere(mirror) => {
                        let news = News::Keyframe { track: mirror.home, stream: layer };
                        wishes.push((mirror.shard, Message::Room(room.id, news)));
                        continue;
                    }
                };
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
        for (shard, message) in wishes {
            self.tell(shard, message);
        }
        for (key, fault) in failed {
            self.fail(now, key, fault);
        }
    }
}

/// Reads what forwarding must know of a picture's packet. None for a codec that rooms do not carry,
/// and for a frame of a structure that has not come.
fn read(
    rtp: &Rtp,
    format: &Format,
    track: &mut Track,
    stream: Layer,
    now: Instant,
) -> Option<Packet> {
    let codec = format.video_codec()?;
    let video = track.video_mut()?;
    // The other codecs say in their payload what is needed.
    let said = dependency::of(&rtp.header).filter(|_| codec == VideoCodec::Av1);
    let dependency = match said {
        Some(bytes) => Some(Arc::new(video.dependencies[stream.index()].read(bytes).ok()?)),
        None => None,
    };
    let body = Body::Video(match &dependency {
        Some(dependency) => VideoPacket::described(dependency),
        None => VideoPacket::parse(codec, &rtp.payload),
    });
    Some(Packet {
        seq: rtp.seq,
        time: RtpTime::new(rtp.header.timestamp),
        marker: rtp.header.marker,
        payload: rtp.payload.clone(),
        at: now,
        dependency,
        body,
    })
}

fn note_video(track: &mut crate::tracks::VideoTrack, stream: Layer, packet: &Packet) {
    let Body::Video(video) = &packet.body else { return };
    if video.starts_keyframe {
        track.requests.on_keyframe(stream);
    }
    if let Some((width, height)) = video.size
        && !track.stacked
    {
        track.sizes[stream.index()] = Some(Size::new(width, height));
    }
    if let Some(id) = video.temporal_id {
        track.temporal_layers = track.temporal_layers.max(id.saturating_add(1).min(4));
    }
    track.keep(stream, packet);
}
