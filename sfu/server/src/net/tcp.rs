//! ICE-TCP (RFC 6544), passive: for networks that block UDP.
//!
//! Each connection is a task. Its first packet must be a STUN binding request, whose user fragment
//! names the shard; every later packet goes to that shard and answers come back through a bounded
//! queue. A reader that is too slow loses packets, as it would over UDP, and blocks nobody.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use socket2::{Domain, Protocol, Socket, Type};
use szpon_sfu_core::{Stamp, Transport};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::timeout,
};
use tracing::{debug, trace};

use super::{
    census::Census,
    endpoints::Endpoint,
    framing::{Deframer, frame},
};
use crate::shard::{Command, Packet, ShardHandle};

/// A new connection must send its first packet within this time.
const FIRST_PACKET_WITHIN: Duration = Duration::from_secs(10);
/// Consent checks come every five seconds (RFC 7675, section 5.1), so this silence means that the
/// peer is gone.
const IDLE: Duration = Duration::from_secs(35);
/// A write that takes longer means that the peer stopped reading.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// Packets that may wait for one connection: about 300 KiB, a quarter of a second at 10 Mbit/s.
const QUEUE: usize = 256;
/// Packets written in one system call.
const WRITE_BATCH: usize = 32;
/// Connections that wait for `accept`.
const BACKLOG: i32 = 256;
/// After a failed `accept` (no file descriptors left, most likely), so that it doesn't spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Who may connect, and where to.
pub struct TcpGate {
    pub shards: Arc<[ShardHandle]>,
    pub stamp: Stamp,
    pub census: Census,
}

/// Opens the listener of one endpoint.
pub fn listen(endpoint: &Endpoint) -> io::Result<TcpListener> {
    let address = endpoint.bind;
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // A restart must not wait for old connections to time out.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Accepts connections until the task is dropped. `name` is the address by which the core knows
/// the endpoint.
pub async fn accept(listener: TcpListener, name: SocketAddr, gate: Arc<TcpGate>) {
    loop {
        let (stream, remote) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                debug!(%error, "a TCP connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(place) = gate.census.enter(remote.ip()) else {
            trace!(%remote, "too many TCP connections");
            continue;
        };
        let gate = gate.clone();
        tokio::spawn(async move {
            let _place = place;
            let why = serve(stream, name, remote, &gate).await;
            debug!(%remote, %why, "TCP connection closed");
        });
    }
}

/// Carries one connection. Returns why it ended.
async fn serve(
    stream: TcpStream,
    name: SocketAddr,
    remote: SocketAddr,
    gate: &TcpGate,
) -> &'static str {
    // Media can't wait for a full segment.
    if stream.set_nodelay(true).is_err() {
        return "closed at once";
    }
    let (mut reader, writer) = stream.into_split();
    let mut frames = Deframer::default();
    let first = match timeout(FIRST_PACKET_WITHIN, next(&mut reader, &mut frames)).await {
        Ok(Ok(Some(packet))) => packet,
        Ok(Ok(None)) => return "closed before the first packet",
        Ok(Err(why)) => return why,
        Err(_) => return "no packet in time",
    };
    let shard = gate.stamp.shard_of(&first).and_then(|index| gate.shards.get(usize::from(index)));
    let Some(shard) = shard else { return "the first packet is for no shard" };

    let (sink, queue) = mpsc::channel(QUEUE);
    let connection = shard.connection_id();
    shard.command(Command::TcpOpened { remote, connection, sink });
    let why = tokio::select! {
        why = read(reader, frames, first, name, remote, shard) => why,
        why = write(writer, queue) => why,
    };
    shard.command(Command::TcpClosed { remote, connection });
    why
}

async fn read(
    mut reader: OwnedReadHalf,
    mut frames: Deframer,
    first: Bytes,
    name: SocketAddr,
    remote: SocketAddr,
    shard: &ShardHandle,
) -> &'static str {
    let mut packet = first;
    loop {
        shard.packet(Packet {
            transport: Transport::Tcp,
            source: remote,
            destination: name,
            payload: packet,
        });
        packet = match timeout(IDLE, next(&mut reader, &mut frames)).await {
            Ok(Ok(Some(packet))) => packet,
            Ok(Ok(None)) => return "closed by the peer",
            Ok(Err(why)) => return why,
            Err(_) => return "silent for too long",
        };
    }
}

/// The next packet; none at the stream's end.
async fn next(
    reader: &mut OwnedReadHalf,
    frames: &mut Deframer,
) -> Result<Option<Bytes>, &'static str> {
    loop {
        match frames.next_packet() {
            Ok(Some(packet)) => return Ok(Some(packet)),
            Ok(None) => {}
            Err(_) => return Err("not framed by RFC 4571"),
        }
        match reader.read_buf(frames.buffer()).await {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(_) => return Err("reset by the peer"),
        }
    }
}

async fn write(mut writer: OwnedWriteHalf, mut queue: mpsc::Receiver<Vec<u8>>) -> &'static str {
    let mut batch = Vec::with_capacity(WRITE_BATCH);
    let mut stream = Vec::new();
    loop {
        batch.clear();
        if queue.recv_many(&mut batch, WRITE_BATCH).await == 0 {
            return "released by its session";
        }
        stream.clear();
        for packet in &batch {
            frame(packet, &mut stream);
        }
        match timeout(WRITE_WITHIN, writer.write_all(&stream)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return "reset by the peer",
            Err(_) => return "the peer stopped reading",
        }
    }
}
