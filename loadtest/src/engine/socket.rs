//! Where participants send from and receive at: each has an address of its own.
//!
//! To a server on loopback, 64 participants share one UDP socket and differ by their address
//! in 127.0.0.0/8, so that one system call reads what came for many of them. The server sees as many
//! 5-tuples as there are participants. Elsewhere there is one local address, and each participant
//! has a socket.

use std::{
    cell::Cell,
    io::{self, IoSliceMut},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    rc::Rc,
    time::Duration,
};

use mio::{Interest, Registry, Token};
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, Socket, Type};

/// Datagrams, or batches of them (UDP_GRO), in one system call.
const SLOTS: usize = BATCH_SIZE;
/// The longest batch.
const SLOT_BYTES: usize = 65_535;
/// As far as the system allows it.
const RECEIVE_BYTES: usize = 4 << 20;
/// Participants of one socket on loopback: its buffer holds a keyframe for each of them.
pub const SEATS: u8 = 64;

/// Buffers that all sockets read into, one after another.
pub struct ReadBuffers(Vec<Box<[u8]>>);

impl Default for ReadBuffers {
    fn default() -> Self {
        Self(vec![vec![0; SLOT_BYTES].into_boxed_slice(); SLOTS])
    }
}

/// A batch of datagrams from one sender to one seat.
pub struct Received<'a> {
    pub seat: u8,
    pub from: SocketAddr,
    /// The kernel's receive time since the Unix epoch.
    pub kernel: Option<Duration>,
    data: &'a mut [u8],
    stride: usize,
}

impl Received<'_> {
    pub fn datagrams(&mut self) -> impl Iterator<Item = &mut [u8]> {
        self.data.chunks_mut(self.stride)
    }
}

/// A socket with one seat or more. Each is given away once: what the server still sends to somebody
/// who has left does not reach somebody else.
pub struct Bundle {
    io: mio::net::UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
    shared: bool,
    given: Cell<u8>,
}

impl Bundle {
    pub fn bind(ip: IpAddr, registry: &Registry, token: Token) -> io::Result<Rc<Self>> {
        let shared = is_shared(ip);
        let bound = if shared { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { ip };
        let address = SocketAddr::new(bound, 0);
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        socket.set_recv_buffer_size(RECEIVE_BYTES)?;
        socket.bind(&address.into())?;
        let mut io = mio::net::UdpSocket::from_std(socket.into());
        let state = UdpSocketState::new(UdpSockRef::from(&io))?;
        let local = io.local_addr()?;
        registry.register(&mut io, token, Interest::READABLE)?;
        Ok(Rc::new(Self { io, state, local, shared, given: Cell::new(0) }))
    }

    /// The next seat; none if all were given away, or if it can't be one at this address.
    pub fn seat(self: &Rc<Self>, ip: IpAddr) -> Option<Port> {
        let seat = self.given.get();
        let seats = if self.shared { SEATS } else { 1 };
        if seat >= seats || self.shared != is_shared(ip) {
            return None;
        }
        self.given.set(seat + 1);
        let ip = if self.shared { seat_address(seat) } else { self.local.ip() };
        let local = SocketAddr::new(ip, self.local.port());
        Some(Port { bundle: self.clone(), local, seat })
    }

    /// Whether nobody sits here, when asked by who holds the only other handle.
    pub fn is_empty(self: &Rc<Self>) -> bool {
        Rc::strong_count(self) == 1
    }

    /// Reads all there is.
    pub fn receive(&self, buffers: &mut ReadBuffers, mut each: impl FnMut(Received<'_>)) {
        loop {
            let mut meta = [RecvMeta::default(); SLOTS];
            let read = {
                let mut slots = buffers.0.iter_mut().map(|buffer| IoSliceMut::new(buffer));
                let mut slots: [IoSliceMut<'_>; SLOTS] =
                    std::array::from_fn(|_| slots.next().unwrap_or(IoSliceMut::new(&mut [])));
                self.state.recv(UdpSockRef::from(&self.io), &mut slots, &mut meta)
            };
            let read = match read {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP error of an earlier send.
                Err(_) => continue,
            };
            for (buffer, meta) in buffers.0.iter_mut().zip(&meta).take(read) {
                let seat = if self.shared { meta.dst_ip.and_then(seat_of) } else { Some(0) };
                let Some(seat) = seat else { continue };
                let len = meta.len.min(buffer.len());
                each(Received {
                    seat,
                    from: meta.addr,
                    kernel: meta.timestamp,
                    data: &mut buffer[..len],
                    stride: meta.stride.max(1),
                });
            }
            // Fewer than asked for: the queue was empty, and what comes later is announced
            // (the poll is edge-triggered).
            if read < SLOTS {
                return;
            }
        }
    }
}

/// A participant's address as a server sees it, and the way to send from it.
pub struct Port {
    bundle: Rc<Bundle>,
    local: SocketAddr,
    seat: u8,
}

impl Port {
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    pub fn seat(&self) -> u8 {
        self.seat
    }

    /// False when the system would not take it.
    pub fn send(&self, datagram: &[u8], to: SocketAddr) -> bool {
        let Bundle { io, state, shared, .. } = &*self.bundle;
        if !shared {
            return io.send_to(datagram, to).is_ok();
        }
        let transmit = Transmit {
            destination: to,
            ecn: None,
            contents: datagram,
            segment_size: None,
            src_ip: Some(self.local.ip()),
        };
        state.try_send(UdpSockRef::from(io), &transmit).is_ok()
    }
}

fn is_shared(ip: IpAddr) -> bool {
    ip == IpAddr::V4(Ipv4Addr::LOCALHOST)
}

/// Seats of all sockets have the same addresses; the port tells the sockets apart.
fn seat_address(seat: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 77, 0, seat + 1))
}

fn seat_of(ip: IpAddr) -> Option<u8> {
    match ip {
        IpAddr::V4(ip) => match ip.octets() {
            [127, 77, 0, last] => last.checked_sub(1).filter(|seat| *seat < SEATS),
            _ => None,
        },
        IpAddr::V6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn seats_have_addresses_of_their_own() {
        for seat in 0..SEATS {
            assert_eq!(seat_of(seat_address(seat)), Some(seat));
        }
        for other in ["127.77.0.0", "127.77.0.65", "127.0.0.1", "127.77.1.1", "::1"] {
            assert_eq!(seat_of(other.parse().unwrap()), None, "{other}");
        }
    }

    #[test]
    fn what_is_sent_to_a_seat_arrives_there_and_comes_from_there() {
        let poll = mio::Poll::new().unwrap();
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let bundle = Bundle::bind(here, poll.registry(), Token(0)).unwrap();
        let ports: Vec<Port> = std::iter::from_fn(|| bundle.seat(here)).collect();
        assert_eq!(ports.len(), usize::from(SEATS));
        let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        for port in &ports {
            assert!(port.send(b"hello", server.local_addr().unwrap()));
            let mut buffer = [0; 16];
            let (_, from) = server.recv_from(&mut buffer).unwrap();
            assert_eq!(from, port.local());
            server.send_to(&[port.seat()], from).unwrap();
        }
        let mut heard = Vec::new();
        bundle.receive(&mut ReadBuffers::default(), |mut received| {
            let seat = received.seat;
            heard.extend(received.datagrams().map(|datagram| (seat, datagram[0])));
        });
        heard.sort_unstable();
        assert_eq!(heard, (0..SEATS).map(|seat| (seat, seat)).collect::<Vec<_>>());
        assert!(!bundle.is_empty());
        drop(ports);
        assert!(bundle.is_empty());
        assert!(bundle.seat(here).is_none(), "each is given away once");
    }
}
