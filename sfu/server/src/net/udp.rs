//! The UDP sockets of one shard: batched reading (recvmmsg with UDP_GRO) and batched writing
//! (UDP_SEGMENT for runs to one destination, sendmmsg for the rest).

use std::{
    io::{self, IoSlice, IoSliceMut},
    net::SocketAddr,
};

use arrayvec::ArrayVec;
use mio::{Interest, Registry, Token};
use quinn_udp::{RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use rustix::net::{
    MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, addr::SocketAddrArg, sendmmsg,
};
use socket2::{Domain, Protocol, Socket, Type};

use super::endpoints::Endpoint;

/// Datagram buffers of one read. Each can hold a whole GRO batch, so this many times 64 KiB is
/// what a shard holds for reading.
const READ_SLOTS: usize = 16;
/// The largest GRO batch: what an IP packet's length can express.
const READ_SLOT_BYTES: usize = 65_535;
/// Datagrams in one sendmmsg.
const SEND_BATCH: usize = 64;
/// UDP payload limit of one UDP_SEGMENT call: the IP total length less IPv6 and UDP headers.
const SEGMENTED_BYTES: usize = 65_535 - 40 - 8;

/// How the sockets are made.
#[derive(Debug, Clone, Copy)]
pub struct SocketOptions {
    pub receive_bytes: usize,
    pub send_bytes: usize,
    /// Several shards share the port, and the kernel spreads flows over them.
    pub shared: bool,
}

/// Counts of what went through the sockets, for the shard's own thread only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UdpCounters {
    pub rx_packets: u64,
    pub rx_bytes: u64,
    pub tx_packets: u64,
    pub tx_bytes: u64,
    /// Refused by a full socket buffer.
    pub tx_full: u64,
    /// Refused for another reason: no route, too long for the path.
    pub tx_failed: u64,
}

struct Port {
    socket: mio::net::UdpSocket,
    state: UdpSocketState,
    /// By which the core knows it.
    name: SocketAddr,
    /// The poll is edge-triggered: true until a read finds nothing more.
    readable: bool,
}

/// One datagram to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// One of the announced addresses.
    pub from: SocketAddr,
    pub to: SocketAddr,
    /// What goes to one peer has one number.
    pub flow: u32,
    pub payload: &'a [u8],
}

/// One datagram, and the socket that it goes through.
#[derive(Debug, Clone, Copy)]
struct Placed<'a> {
    port: usize,
    flow: u32,
    to: SocketAddr,
    payload: &'a [u8],
}

/// All UDP sockets of one shard, one for each endpoint.
pub struct UdpPorts {
    ports: Vec<Port>,
    /// Announced address → index into `ports`.
    by_name: Vec<(SocketAddr, usize)>,
    read_buffers: Vec<Box<[u8]>>,
    segments: Vec<u8>,
    pub counters: UdpCounters,
}

impl UdpPorts {
    /// Binds one socket for each endpoint, or says which address can't be bound.
    pub fn bind(
        endpoints: &[Endpoint],
        options: SocketOptions,
    ) -> Result<Self, (SocketAddr, io::Error)> {
        let mut ports = Vec::with_capacity(endpoints.len());
        let mut by_name = Vec::new();
        for (index, endpoint) in endpoints.iter().enumerate() {
            let (socket, state) =
                open(endpoint.bind, options).map_err(|error| (endpoint.bind, error))?;
            by_name.extend(endpoint.announced.iter().map(|&name| (name, index)));
            ports.push(Port { socket, state, name: endpoint.name(), readable: true });
        }
        Ok(Self {
            ports,
            by_name,
            read_buffers: vec![vec![0; READ_SLOT_BYTES].into_boxed_slice(); READ_SLOTS],
            segments: Vec::with_capacity(SEGMENTED_BYTES),
            counters: UdpCounters::default(),
        })
    }

    /// Registers the sockets under the tokens `first`, `first + 1`, …
    pub fn register(&mut self, registry: &Registry, first: usize) -> io::Result<()> {
        for (index, port) in self.ports.iter_mut().enumerate() {
            registry.register(&mut port.socket, Token(first + index), Interest::READABLE)?;
        }
        Ok(())
    }

    pub fn set_readable(&mut self, index: usize) {
        if let Some(port) = self.ports.get_mut(index) {
            port.readable = true;
        }
    }

    /// True while some socket may hold more than was read.
    pub fn any_readable(&self) -> bool {
        self.ports.iter().any(|port| port.readable)
    }

    /// Reads one batch from each readable socket and gives every datagram to `each` as (these
    /// sockets, our address, its sender, payload).
    pub fn receive(&mut self, mut each: impl FnMut(&mut Self, SocketAddr, SocketAddr, &[u8])) {
        let mut buffers = std::mem::take(&mut self.read_buffers);
        for index in 0..self.ports.len() {
            let port = &mut self.ports[index];
            if !port.readable {
                continue;
            }
            let name = port.name;
            let mut meta = [RecvMeta::default(); READ_SLOTS];
            let mut slots: ArrayVec<IoSliceMut<'_>, READ_SLOTS> =
                buffers.iter_mut().map(|buffer| IoSliceMut::new(buffer)).collect();
            let read = port.state.recv(UdpSockRef::from(&port.socket), &mut slots, &mut meta);
            drop(slots);
            let read = match read {
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    port.readable = false;
                    continue;
                }
                // An ICMP error of an earlier send; the next read goes on.
                Err(_) => continue,
            };
            for (buffer, meta) in buffers.iter().zip(&meta).take(read) {
                let batch = &buffer[..meta.len.min(buffer.len())];
                for datagram in batch.chunks(meta.stride.max(1)) {
                    self.counters.rx_packets += 1;
                    self.counters.rx_bytes += datagram.len() as u64;
                    each(self, name, meta.addr, datagram);
                }
            }
        }
        self.read_buffers = buffers;
    }

    /// Sends datagrams, those of one flow in their order. What a full socket buffer refuses is
    /// dropped: late media is of no use, and NACK covers the rest. A datagram that is not from an
    /// announced address is counted as failed.
    pub fn send<'a>(&mut self, datagrams: impl Iterator<Item = Outgoing<'a>>) {
        let mut outgoing: Vec<Placed<'a>> = Vec::with_capacity(datagrams.size_hint().0);
        for Outgoing { from, to, flow, payload } in datagrams {
            match self.by_name.iter().find(|(name, _)| *name == from) {
                Some(&(_, port)) if !payload.is_empty() => {
                    outgoing.push(Placed { port, flow, to, payload });
                }
                _ => self.counters.tx_failed += 1,
            }
        }
        // Stable, so the packets of one flow stay in order.
        outgoing.sort_by_key(|out| (out.port, out.flow));
        let mut singles: Vec<Placed<'a>> = Vec::with_capacity(outgoing.len());
        let mut rest = outgoing.as_slice();
        while let Some(first) = rest.first() {
            let limit = self.ports[first.port].state.max_gso_segments();
            let run = run_length(rest, limit);
            let (head, tail) = rest.split_at(run);
            rest = tail;
            if run == 1 {
                singles.push(*first);
                continue;
            }
            // Singles to the same destination that came earlier must not overtake or be overtaken.
            if singles.last().is_some_and(|last| last.port == first.port && last.to == first.to) {
                self.send_each(&singles);
                singles.clear();
            }
            self.send_run(head);
        }
        self.send_each(&singles);
    }

    /// Sends datagrams of one destination and size in one UDP_SEGMENT call.
    fn send_run(&mut self, run: &[Placed<'_>]) {
        let port = &self.ports[run[0].port];
        self.segments.clear();
        for out in run {
            self.segments.extend_from_slice(out.payload);
        }
        let transmit = Transmit {
            destination: run[0].to,
            ecn: None,
            contents: &self.segments,
            segment_size: Some(run[0].payload.len()),
            src_ip: None,
        };
        match port.state.try_send(UdpSockRef::from(&port.socket), &transmit) {
            Ok(()) => {
                self.counters.tx_packets += run.len() as u64;
                self.counters.tx_bytes += self.segments.len() as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                self.counters.tx_full += run.len() as u64;
            }
            // A network card that can't do it says so once; quinn-udp then lowers its limit.
            Err(_) => self.send_each(run),
        }
    }

    /// Sends datagrams to any destinations, many in one system call.
    fn send_each(&mut self, mut out: &[Placed<'_>]) {
        while let Some(first) = out.first() {
            let same_port = out.iter().take_while(|o| o.port == first.port).count();
            let batch = &out[..same_port.min(SEND_BATCH)];
            let done = self.send_batch(batch);
            out = &out[done..];
        }
    }

    /// One sendmmsg. Says how many datagrams are dealt with, at least one.
    fn send_batch(&mut self, batch: &[Placed<'_>]) -> usize {
        let socket = &self.ports[batch[0].port].socket;
        let addresses: ArrayVec<SocketAddrAny, SEND_BATCH> =
            batch.iter().map(|out| out.to.as_any()).collect();
        let slices: ArrayVec<[IoSlice<'_>; 1], SEND_BATCH> =
            batch.iter().map(|out| [IoSlice::new(out.payload)]).collect();
        let mut controls: ArrayVec<SendAncillaryBuffer<'_, '_, '_>, SEND_BATCH> =
            batch.iter().map(|_| SendAncillaryBuffer::default()).collect();
        let mut messages: ArrayVec<MMsgHdr<'_>, SEND_BATCH> = addresses
            .iter()
            .zip(&slices)
            .zip(&mut controls)
            .map(|((address, slice), control)| MMsgHdr::new_with_addr(address, slice, control))
            .collect();
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        match sendmmsg(socket, &mut messages, flags) {
            Ok(sent) => {
                self.counters.tx_packets += sent as u64;
                self.counters.tx_bytes +=
                    batch[..sent].iter().map(|out| out.payload.len() as u64).sum::<u64>();
                sent.max(1)
            }
            Err(rustix::io::Errno::INTR) => self.send_batch(batch),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::NOBUFS) => {
                self.counters.tx_full += batch.len() as u64;
                batch.len()
            }
            // The error belongs to the first datagram of the batch; the others are tried again.
            Err(_) => {
                self.counters.tx_failed += 1;
                1
            }
        }
    }
}

/// How many datagrams from the front of `out` one UDP_SEGMENT call can carry: same socket and
/// destination, all of the first one's size except that the last may be shorter.
fn run_length(out: &[Placed<'_>], limit: usize) -> usize {
    let Some(first) = out.first() else { return 0 };
    let size = first.payload.len();
    let mut total = size;
    let mut run = 1;
    for next in &out[1..] {
        let length = next.payload.len();
        total += length;
        let alike = next.port == first.port && next.to == first.to && length <= size;
        if run >= limit.max(1) || !alike || total > SEGMENTED_BYTES {
            break;
        }
        run += 1;
        if length < size {
            break;
        }
    }
    run
}

fn open(
    address: SocketAddr,
    options: SocketOptions,
) -> io::Result<(mio::net::UdpSocket, UdpSocketState)> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_port(options.shared)?;
    socket.set_nonblocking(true)?;
    // The kernel silently lowers these to net.core.rmem_max and wmem_max.
    socket.set_recv_buffer_size(options.receive_bytes)?;
    socket.set_send_buffer_size(options.send_bytes)?;
    socket.bind(&address.into())?;
    let socket = mio::net::UdpSocket::from_std(socket.into());
    let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
    Ok((socket, state))
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashMap,
        net::UdpSocket,
        time::{Duration, Instant},
    };

    use proptest::prelude::*;

    use super::*;

    fn placed(port: usize, to: u16, length: usize) -> Placed<'static> {
        let to = SocketAddr::from(([127, 0, 0, 1], to));
        Placed { port, flow: 0, to, payload: &[0; 2_000][..length] }
    }

    proptest! {
        #[test]
        fn a_run_is_what_udp_segment_allows(
            parts in prop::collection::vec((0usize..2, 1u16..3, 1usize..5), 1..40),
            limit in 1usize..20,
        ) {
            let out: Vec<_> =
                parts.iter().map(|&(port, to, length)| placed(port, to, length * 400)).collect();
            let run = run_length(&out, limit);
            prop_assert!((1..=limit).contains(&run));
            let first = &out[0];
            for (index, next) in out[..run].iter().enumerate() {
                prop_assert_eq!((next.port, next.to), (first.port, first.to));
                let last = index == run - 1;
                prop_assert!(next.payload.len() == first.payload.len()
                    || (last && next.payload.len() < first.payload.len()));
            }
            prop_assert!(out[..run].iter().map(|o| o.payload.len()).sum::<usize>() <= SEGMENTED_BYTES);
        }
    }

    fn ports() -> UdpPorts {
        let bind: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let name = "203.0.113.1:40000".parse().unwrap();
        let options = SocketOptions { receive_bytes: 1 << 20, send_bytes: 1 << 20, shared: false };
        UdpPorts::bind(&[Endpoint { bind, announced: vec![name] }], options).unwrap()
    }

    /// Mixed sizes and destinations all arrive whole, and in order for each destination.
    #[test]
    fn batches_arrive_in_order() {
        let mut ports = ports();
        let name = ports.ports[0].name;
        let receivers: Vec<UdpSocket> = (0..3)
            .map(|_| {
                let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
                socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                socket
            })
            .collect();
        let mut expected: HashMap<usize, Vec<Vec<u8>>> = HashMap::new();
        let mut sent = Vec::new();
        for n in 0..90u8 {
            let (who, length) = (usize::from(n) % 3, if n % 7 == 0 { 300 } else { 1_100 });
            let payload = vec![n; length];
            sent.push((receivers[who].local_addr().unwrap(), who as u32, payload.clone()));
            expected.entry(who).or_default().push(payload);
        }
        ports.send(sent.iter().map(|(to, flow, payload)| Outgoing {
            from: name,
            to: *to,
            flow: *flow,
            payload,
        }));
        assert_eq!(ports.counters.tx_packets, 90);
        for (who, payloads) in expected {
            for payload in payloads {
                let mut buffer = [0; 2_000];
                let length = receivers[who].recv(&mut buffer).unwrap();
                assert_eq!(buffer[..length], payload);
            }
        }
    }

    #[test]
    fn a_bad_destination_does_not_hold_up_the_rest() {
        let mut ports = ports();
        let name = ports.ports[0].name;
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        receiver.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let good = receiver.local_addr().unwrap();
        let datagrams: [(SocketAddr, SocketAddr, &[u8]); 4] = [
            (name, "127.0.0.1:0".parse().unwrap(), &[1]),
            (name, good, &[2]),
            (name, "[::1]:9".parse().unwrap(), &[3]),
            ("198.51.100.1:1".parse().unwrap(), good, &[4]),
        ];
        let numbered = datagrams.into_iter().zip(0..);
        ports.send(numbered.map(|((from, to, payload), flow)| Outgoing {
            from,
            to,
            flow,
            payload,
        }));
        let mut buffer = [0; 16];
        assert_eq!(receiver.recv(&mut buffer).unwrap(), 1);
        assert_eq!(buffer[0], 2);
        assert_eq!(ports.counters.tx_packets, 1);
        assert_eq!(ports.counters.tx_failed, 3);
    }

    /// Set in a process that has a network of its own.
    const CHILD: &str = "SZPON_TEST_FULL_SOCKET";

    /// Datagrams to a machine that doesn't answer ARP wait in the socket's buffer, and soon fill it.
    #[test]
    fn what_a_full_socket_refuses_is_dropped_and_counted() {
        if std::env::var_os(CHILD).is_some() {
            return fill_the_socket();
        }
        let network = "ip link add full0 type veth peer name full1 && ip link set full1 up && \
             ip address add 10.78.0.1/24 dev full0 && ip link set full0 up && exec \"$@\"";
        let output = std::process::Command::new("unshare")
            .args(["--user", "--map-root-user", "--net", "sh", "-c", network, "sh"])
            .arg(std::env::current_exe().unwrap())
            .args(["what_a_full_socket_refuses_is_dropped_and_counted", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .expect("unshare is there; see scripts/setup");
        let text =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }

    fn fill_the_socket() {
        let bind: SocketAddr = "10.78.0.1:0".parse().unwrap();
        let options = SocketOptions { receive_bytes: 1 << 20, send_bytes: 4_096, shared: false };
        let mut ports =
            UdpPorts::bind(&[Endpoint { bind, announced: vec![bind] }], options).unwrap();
        let payload = [7; 1_100];
        // Runs for UDP_SEGMENT, and single ones for sendmmsg.
        let to =
            |n: u32| SocketAddr::from(([10, 78, 0, 2], if n < 200 { 9 } else { 1_000 + n as u16 }));
        let began = Instant::now();
        ports.send((0..400).map(|n| Outgoing {
            from: bind,
            to: to(n),
            flow: n,
            payload: &payload,
        }));
        assert!(began.elapsed() < Duration::from_secs(2), "nothing is waited for");
        let UdpCounters { tx_packets, tx_full, tx_failed, .. } = ports.counters;
        assert_eq!((tx_packets + tx_full, tx_failed), (400, 0));
        assert!(tx_full > 300, "{tx_full} of 400");
    }

    #[test]
    fn reads_name_the_announced_address() {
        let mut ports = ports();
        let local = ports.ports[0].socket.local_addr().unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        for n in 0..5u8 {
            sender.send_to(&[n; 10], local).unwrap();
        }
        let mut got = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(5);
        while got.len() < 5 && Instant::now() < deadline {
            ports.set_readable(0);
            ports.receive(|_, to, from, datagram| got.push((to, from, datagram.to_vec())));
        }
        let name = ports.ports[0].name;
        let from = sender.local_addr().unwrap();
        let expected: Vec<_> = (0..5u8).map(|n| (name, from, vec![n; 10])).collect();
        assert_eq!(got, expected);
        ports.receive(|_, _, _, _| panic!("nothing more was sent"));
        assert!(!ports.any_readable());
    }
}
