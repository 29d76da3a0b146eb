//! Many runs of datagrams in one system call: `sendmmsg`, each message with a UDP_SEGMENT of its
//! own. The libraries at hand do one or the other.

#![expect(unsafe_code, reason = "the one system call that no safe crate makes with these arguments")]

use std::{
    io::{self, IoSlice},
    mem,
    net::SocketAddr,
    os::fd::{AsRawFd, BorrowedFd},
    ptr,
};

use arrayvec::ArrayVec;
use socket2::SockAddr;

/// Messages of one call.
pub const BATCH: usize = 64;

/// What one peer gets at once.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub to: SocketAddr,
    /// Bytes of each datagram but the last; none for a single datagram.
    pub segment: Option<u16>,
    pub contents: &'a [u8],
}

/// The control message of UDP_SEGMENT (udp(7)), laid out as `CMSG_DATA` finds it.
#[repr(C)]
struct Control {
    header: libc::cmsghdr,
    segment: u16,
}

impl Control {
    fn new(segment: u16) -> Self {
        // SAFETY: integers, for which zero is a value.
        let mut header: libc::cmsghdr = unsafe { mem::zeroed() };
        header.cmsg_len = (mem::size_of::<libc::cmsghdr>() + mem::size_of::<u16>()) as _;
        header.cmsg_level = libc::SOL_UDP;
        header.cmsg_type = libc::UDP_SEGMENT;
        Self { header, segment }
    }
}

/// Sends messages from the front, [`BATCH`] at most, without waiting. Returns how many the kernel
/// took, more than zero unless there are none. An error belongs to the first one.
pub fn send(socket: BorrowedFd<'_>, messages: &[Message<'_>]) -> io::Result<usize> {
    let messages = &messages[..messages.len().min(BATCH)];
    if messages.is_empty() {
        return Ok(0);
    }
    let addresses: ArrayVec<SockAddr, BATCH> =
        messages.iter().map(|message| SockAddr::from(message.to)).collect();
    let slices: ArrayVec<IoSlice<'_>, BATCH> =
        messages.iter().map(|message| IoSlice::new(message.contents)).collect();
    let controls: ArrayVec<Control, BATCH> =
        messages.iter().map(|message| Control::new(message.segment.unwrap_or(0))).collect();
    let mut headers: ArrayVec<libc::mmsghdr, BATCH> = ArrayVec::new();
    for (n, message) in messages.iter().enumerate() {
        // SAFETY: integers and pointers, for which zero is a value.
        let mut header: libc::mmsghdr = unsafe { mem::zeroed() };
        let one = &mut header.msg_hdr;
        one.msg_name = addresses[n].as_ptr().cast_mut().cast();
        one.msg_namelen = addresses[n].len();
        // An `IoSlice` is an `iovec` (its documentation).
        one.msg_iov = ptr::from_ref(&slices[n]).cast_mut().cast();
        one.msg_iovlen = 1;
        if message.segment.is_some() {
            one.msg_control = ptr::from_ref(&controls[n]).cast_mut().cast();
            one.msg_controllen = mem::size_of::<Control>() as _;
        }
        headers.push(header);
    }
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the headers point to addresses, slices and controls that live until the call is over
    // and are not moved, with their lengths; the kernel writes nothing but `msg_len` of the headers.
    let sent = unsafe {
        libc::sendmmsg(
            socket.as_raw_fd(),
            headers.as_mut_ptr(),
            headers.len() as libc::c_uint,
            flags as _,
        )
    };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

#[cfg(test)]
mod tests {
    use std::{net::UdpSocket, os::fd::AsFd, time::Duration};

    use super::*;

    #[test]
    fn the_control_message_is_what_the_kernel_expects() {
        // SAFETY: arithmetic alone.
        let (space, len) = unsafe { (libc::CMSG_SPACE(2), libc::CMSG_LEN(2)) };
        assert_eq!(mem::size_of::<Control>(), space as usize);
        assert_eq!(Control::new(7).header.cmsg_len as u32, len);
        assert_eq!(mem::offset_of!(Control, segment), len as usize - 2);
    }

    #[test]
    fn runs_and_single_datagrams_go_in_one_call() {
        let receivers = [(); 2].map(|()| {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            socket
        });
        let to = receivers.each_ref().map(|receiver| receiver.local_addr().unwrap());
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let message = |to, segment, contents| Message { to, segment, contents };
        let messages = [
            message(to[0], Some(2), &b"aabbc"[..]),
            message(to[1], None, b"single"),
            message(to[1], Some(3), b"dddeee"),
        ];
        assert_eq!(send(sender.as_fd(), &messages).unwrap(), 3);
        assert_eq!(send(sender.as_fd(), &[]).unwrap(), 0);
        let mut buffer = [0; 16];
        let mut read = |who: usize| {
            let len = receivers[who].recv(&mut buffer).unwrap();
            String::from_utf8(buffer[..len].to_vec()).unwrap()
        };
        assert_eq!([read(0), read(0), read(0)], ["aa", "bb", "c"]);
        assert_eq!([read(1), read(1), read(1)], ["single", "ddd", "eee"]);
    }

    #[test]
    fn an_error_belongs_to_the_first_message() {
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let good = sender.local_addr().unwrap();
        let bad = "[::1]:9".parse().unwrap();
        let message = |to| Message { to, segment: None, contents: &[1] };
        assert!(send(sender.as_fd(), &[message(bad), message(good)]).is_err());
        assert_eq!(send(sender.as_fd(), &[message(good), message(bad)]).unwrap(), 1);
    }
}
