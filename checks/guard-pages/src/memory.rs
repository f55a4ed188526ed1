//! Memory with bytes before and after it that cannot be accessed.

use std::mem::MaybeUninit;
use std::{io, ptr, slice};

/// The number of bytes between the guards, unless a page is longer.
const LEN: usize = 4096;

/// Where a slice is.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// It ends where a page begins that cannot be accessed.
    PageEnd,
    /// It starts right after such a page.
    PageStart,
    /// It is an allocation of its own, around which the address sanitizer detects accesses.
    Allocation,
}

impl Place {
    pub const ALL: [Self; 3] = [Self::PageEnd, Self::PageStart, Self::Allocation];
}

/// Pages between two that cannot be accessed, and an allocation.
pub struct Memory {
    start: *mut u8,
    len: usize,
    allocation: Box<[u8]>,
}

impl Memory {
    pub fn new() -> Self {
        // SAFETY: It has no precondition.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap();
        let len = LEN.next_multiple_of(page);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: A new mapping, at an address that the system chooses.
        let guard =
            unsafe { libc::mmap(ptr::null_mut(), len + 2 * page, libc::PROT_NONE, flags, -1, 0) };
        assert_ne!(guard, libc::MAP_FAILED, "{}", io::Error::last_os_error());
        let start = guard.cast::<u8>().wrapping_add(page);
        // SAFETY: These pages are in the new mapping.
        let result =
            unsafe { libc::mprotect(start.cast(), len, libc::PROT_READ | libc::PROT_WRITE) };
        assert_eq!(result, 0, "{}", io::Error::last_os_error());
        Self { start, len, allocation: Box::default() }
    }

    /// Returns `len` bytes there, with any contents.
    pub fn bytes(&mut self, len: usize, place: Place) -> &mut [u8] {
        assert!(len <= self.len);
        let offset = match place {
            Place::PageStart => 0,
            Place::PageEnd => self.len - len,
            Place::Allocation => {
                self.allocation = vec![0; len].into_boxed_slice();
                return &mut self.allocation;
            }
        };
        // SAFETY: The pages between the guards are initialised, are never unmapped, and are borrowed
        // through `self` only.
        unsafe { slice::from_raw_parts_mut(self.start.add(offset), len) }
    }

    /// Returns a copy of `bytes` there.
    pub fn copy(&mut self, bytes: &[u8], place: Place) -> &mut [u8] {
        let copy = self.bytes(bytes.len(), place);
        copy.copy_from_slice(bytes);
        copy
    }

    /// Lends bytes as memory for output.
    pub fn as_output(bytes: &mut [u8]) -> &mut [MaybeUninit<u8>] {
        // SAFETY: It is the same memory, to which this program writes nothing but bytes.
        unsafe { slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), bytes.len()) }
    }
}
