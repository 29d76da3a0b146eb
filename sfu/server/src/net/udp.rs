//! The UDP sockets of one shard: batched reading (recvmmsg with UDP_GRO) and batched writing
//! (sendmmsg, with UDP_SEGMENT for runs to one destination).

use std::{
    io::{self, IoSliceMut},
    net::SocketAddr,
    os::fd::AsFd,
};

use arrayvec::ArrayVec;
use mio::{Interest, Registry, Token};
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, Socket, Type};

use super::{
    endpoints::Endpoint,
    segmented::{self, BATCH, Message},
};

/// Datagram buffers of one read. Each can hold a whole GRO batch, so this many times 64 KiB is
/// what a shard holds for reading.
const READ_SLOTS: usize = 16;
/// The largest GRO batch: what an IP packet's length can express.
const READ_SLOT_BYTES: usize = 65_535;

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
    /// UDP_SEGMENT works, as far as is known.
    segments: bool,
}

/// Datagrams to be sent to one peer in one call.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// One of the announced addresses.
    pub from: SocketAddr,
    pub to: SocketAddr,
    /// Bytes of each datagram but the last, which may be shorter.
    pub segment: usize,
    /// One after the other; what UDP_SEGMENT takes at most.
    pub contents: &'a [u8],
}

/// All UDP sockets of one shard, one for each endpoint.
pub struct UdpPorts {
    ports: Vec<Port>,
    /// Announced address → index into `ports`.
    by_name: Vec<(SocketAddr, usize)>,
    read_buffers: Vec<Box<[u8]>>,
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
            let segments = state.max_gso_segments() > 1;
            ports.push(Port { socket, state, name: endpoint.name(), readable: true, segments });
        }
        Ok(Self {
            ports,
            by_name,
            read_buffers: vec![vec![0; READ_SLOT_BYTES].into_boxed_slice(); READ_SLOTS],
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

    /// Reads one batch from each readable socket and gives every datagram to `each` as (our
    /// address, its sender, payload).
    pub fn receive(&mut self, mut each: impl FnMut(SocketAddr, SocketAddr, &[u8])) {
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
            // Fewer than asked for: nothing is left, and what comes later is announced (edge-triggered).
            port.readable = read == READ_SLOTS.min(BATCH_SIZE);
            for (buffer, meta) in buffers.iter().zip(&meta).take(read) {
                let batch = &buffer[..meta.len.min(buffer.len())];
                for datagram in batch.chunks(meta.stride.max(1)) {
                    self.counters.rx_packets += 1;
                    self.counters.rx_bytes += datagram.len() as u64;
                    each(name, meta.addr, datagram);
                }
            }
        }
        self.read_buffers = buffers;
    }

    /// Sends datagrams in their order. What a full socket buffer refuses is dropped: late media is
    /// of no use, and NACK covers the rest. What is not from an announced address is counted as
    /// failed.
    pub fn send<'a>(&mut self, outgoing: impl Iterator<Item = Outgoing<'a>>) {
        let mut batch: ArrayVec<Message<'a>, BATCH> = ArrayVec::new();
        let mut through = 0;
        for out in outgoing {
            let Some(&(_, port)) = self.by_name.iter().find(|(name, _)| *name == out.from) else {
                self.counters.tx_failed += count(&out.message());
                continue;
            };
            if batch.is_full() || port != through {
                self.send_batch(through, &batch);
                batch.clear();
                through = port;
            }
            batch.push(out.message());
        }
        self.send_batch(through, &batch);
    }

    /// Sends through one socket.
    fn send_batch(&mut self, port: usize, mut batch: &[Message<'_>]) {
        while let Some(first) = batch.first() {
            if !self.ports[port].segments && first.segment.is_some() {
                self.send_apart(port, first);
                batch = &batch[1..];
                continue;
            }
            // Without UDP_SEGMENT, runs wait for their turn above.
            let alike = match self.ports[port].segments {
                true => batch.len(),
                false => batch.iter().take_while(|message| message.segment.is_none()).count(),
            };
            let sent = segmented::send(self.ports[port].socket.as_fd(), &batch[..alike]);
            let (done, rest) = match sent {
                Ok(sent) => batch.split_at(sent.max(1)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if is_full(&error) => {
                    self.counters.tx_full += batch.iter().map(count).sum::<u64>();
                    return;
                }
                Err(error) => {
                    self.refused(port, first, &error);
                    batch = &batch[1..];
                    continue;
                }
            };
            for message in done {
                self.counters.tx_packets += count(message);
                self.counters.tx_bytes += message.contents.len() as u64;
            }
            batch = rest;
        }
    }

    /// What the kernel would not send as it is.
    fn refused(&mut self, port: usize, message: &Message<'_>, error: &io::Error) {
        if message.segment.is_none() {
            self.counters.tx_failed += 1;
            return;
        }
        // A network card without checksums can't do it, and says so always (udp(7), UDP_SEGMENT).
        if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) {
            self.ports[port].segments = false;
        }
        self.send_apart(port, message);
    }

    /// Sends a run datagram by datagram.
    fn send_apart(&mut self, port: usize, run: &Message<'_>) {
        let Message { to, segment, contents } = *run;
        let size = segment.map_or(contents.len(), usize::from).max(1);
        let singles: Vec<Message<'_>> =
            contents.chunks(size).map(|contents| Message { to, segment: None, contents }).collect();
        self.send_batch(port, &singles);
    }
}

impl<'a> Outgoing<'a> {
    fn message(&self) -> Message<'a> {
        let Self { to, segment, contents, .. } = *self;
        let is_run = contents.len() > segment;
        Message { to, segment: u16::try_from(segment).ok().filter(|_| is_run), contents }
    }
}

/// Datagrams of a message.
fn count(message: &Message<'_>) -> u64 {
    let segments = |size: u16| message.contents.len().div_ceil(usize::from(size.max(1)));
    message.segment.map_or(1, segments) as u64
}

/// The socket's buffer is, or the device's queue.
fn is_full(error: &io::Error) -> bool {
    let no_room = rustix::io::Errno::NOBUFS.raw_os_error();
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(no_room)
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

    use super::*;

    fn ports() -> UdpPorts {
        let bind: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let name = "203.0.113.1:40000".parse().unwrap();
        let options = SocketOptions { receive_bytes: 1 << 20, send_bytes: 1 << 20, shared: false };
        UdpPorts::bind(&[Endpoint { bind, announced: vec![name] }], options).unwrap()
    }

    /// Runs, single datagrams and destinations mixed: all arrive whole, and in order for each
    /// destination.
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
        let mut count = 0;
        for n in 0..90u8 {
            let (who, segment) = (usize::from(n) % 3, if n % 7 == 0 { 300 } else { 1_100 });
            let length = segment * usize::from(1 + n % 5) - usize::from(n % 2);
            let contents: Vec<u8> = (0..length).map(|at| n ^ at as u8).collect();
            let datagrams = contents.chunks(segment).map(<[u8]>::to_vec);
            count += datagrams.len() as u64;
            expected.entry(who).or_default().extend(datagrams);
            sent.push((receivers[who].local_addr().unwrap(), segment, contents));
        }
        ports.send(sent.iter().map(|(to, segment, contents)| Outgoing {
            from: name,
            to: *to,
            segment: *segment,
            contents,
        }));
        assert_eq!(ports.counters.tx_packets, count);
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
        let runs: [(SocketAddr, SocketAddr, &[u8]); 4] = [
            (name, "127.0.0.1:0".parse().unwrap(), &[1]),
            (name, good, &[2, 3]),
            (name, "[::1]:9".parse().unwrap(), &[4]),
            ("198.51.100.1:1".parse().unwrap(), good, &[5, 6]),
        ];
        ports.send(runs.into_iter().map(|(from, to, contents)| Outgoing {
            from,
            to,
            segment: 1,
            contents,
        }));
        for expected in [2, 3] {
            let mut buffer = [0; 16];
            assert_eq!(receiver.recv(&mut buffer).unwrap(), 1);
            assert_eq!(buffer[0], expected);
        }
        assert_eq!(ports.counters.tx_packets, 2);
        assert_eq!(ports.counters.tx_failed, 4);
    }

    #[test]
    fn runs_go_out_without_udp_segment_too() {
        let mut ports = ports();
        ports.ports[0].segments = false;
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        receiver.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let (from, to) = (ports.ports[0].name, receiver.local_addr().unwrap());
        let runs: [(usize, &[u8]); 4] = [(9, b"one"), (2, b"aabbc"), (9, b"two"), (1, b"xy")];
        ports.send(runs.into_iter().map(|(segment, contents)| Outgoing {
            from,
            to,
            segment,
            contents,
        }));
        for expected in ["one", "aa", "bb", "c", "two", "x", "y"] {
            let mut buffer = [0; 16];
            let len = receiver.recv(&mut buffer).unwrap();
            assert_eq!(buffer[..len], *expected.as_bytes());
        }
        assert_eq!((ports.counters.tx_packets, ports.counters.tx_bytes), (7, 13));
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
        // Runs for UDP_SEGMENT, and single ones for sendmmsg.
        let contents = [7; 10 * 1_100];
        let runs = (0..20).map(|_| (9, &contents[..]));
        let single = (0..200).map(|n| (1_000 + n, &contents[..1_100]));
        let began = Instant::now();
        ports.send(runs.chain(single).map(|(port, contents)| Outgoing {
            from: bind,
            to: SocketAddr::from(([10, 78, 0, 2], port)),
            segment: 1_100,
            contents,
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
            ports.receive(|to, from, datagram| got.push((to, from, datagram.to_vec())));
        }
        let name = ports.ports[0].name;
        let from = sender.local_addr().unwrap();
        let expected: Vec<_> = (0..5u8).map(|n| (name, from, vec![n; 10])).collect();
        assert_eq!(got, expected);
        ports.receive(|_, _, _| panic!("nothing more was sent"));
        assert!(!ports.any_readable());
    }
}
