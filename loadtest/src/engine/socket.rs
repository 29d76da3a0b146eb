//! A participant's own UDP socket: its own address as a server sees it.

use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use mio::{Interest, Registry, Token};
use quinn_udp::{RecvMeta, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, Socket, Type};

/// Datagrams, or batches of them (UDP_GRO), in one system call.
const SLOTS: usize = 4;
/// The longest batch.
const SLOT_BYTES: usize = 65_535;
/// A receive buffer of a browser, as far as the system allows it.
const RECEIVE_BYTES: usize = 1 << 20;

/// Buffers that all sockets read into, one after another.
pub struct ReadBuffers(Vec<Box<[u8]>>);

impl Default for ReadBuffers {
    fn default() -> Self {
        Self(vec![vec![0; SLOT_BYTES].into_boxed_slice(); SLOTS])
    }
}

pub struct Port {
    io: mio::net::UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

impl Port {
    pub fn bind(ip: IpAddr, registry: &Registry, token: Token) -> io::Result<Self> {
        let address = SocketAddr::new(ip, 0);
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        socket.set_recv_buffer_size(RECEIVE_BYTES)?;
        socket.bind(&address.into())?;
        let mut io = mio::net::UdpSocket::from_std(socket.into());
        let state = UdpSocketState::new(UdpSockRef::from(&io))?;
        let local = io.local_addr()?;
        registry.register(&mut io, token, Interest::READABLE)?;
        Ok(Self { io, state, local })
    }

    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// False when the system would not take it.
    pub fn send(&self, datagram: &[u8], to: SocketAddr) -> bool {
        self.io.send_to(datagram, to).is_ok()
    }

    /// Reads all there is and gives each datagram with its sender and the kernel's receive time
    /// since the Unix epoch.
    pub fn receive(
        &self,
        buffers: &mut ReadBuffers,
        mut each: impl FnMut(SocketAddr, Option<Duration>, &mut [u8]),
    ) {
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
                let len = meta.len.min(buffer.len());
                for datagram in buffer[..len].chunks_mut(meta.stride.max(1)) {
                    each(meta.addr, meta.timestamp, datagram);
                }
            }
            // Fewer than asked for: the queue was empty, and what comes later is announced
            // (the poll is edge-triggered).
            if read < SLOTS {
                return;
            }
        }
    }
}
