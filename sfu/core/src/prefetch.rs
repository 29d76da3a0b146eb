//! Memory that is needed in a moment, asked for beforehand.
//!
//! A packet goes to many subscribers, and what is known of each lies somewhere else: to wait for
//! memory would cost more than to encrypt. So while one subscriber gets its packets, that of the
//! next ones is on its way into the processor's cache.

#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "the instruction has no safe name yet")
)]

/// Bytes that come at once.
const LINE: usize = 64;

/// Asks for all of a value that lies in memory; of what it points to nothing.
#[inline]
pub(crate) fn prefetch<T: ?Sized>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = std::ptr::from_ref(value).cast::<i8>();
        for offset in (0..size_of_val(value)).step_by(LINE) {
            // SAFETY: the address is inside of what the reference stands for, and nothing is read.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.add(offset)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (value, LINE);
}
