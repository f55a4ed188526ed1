//! Measures how deep the stack has been: paints the memory that it has not reached yet, and looks
//! later which of it is still painted.

#[cfg(target_arch = "arm")]
use cortex_m_rt::heap_start;
#[cfg(target_arch = "riscv32")]
use riscv_rt::heap_start;

/// A word that programs hardly ever write.
const PAINT: u32 = 0xCCCC_CCCC;

/// How many words below its own variables `paint` leaves as they are: it may use them itself.
const OWN_WORDS: usize = 64;

/// Paints all memory between the static variables and the stack. Call it first.
#[inline(never)]
pub fn paint() {
    let here = 0_u32;
    let end = (&raw const here).wrapping_sub(OWN_WORDS);
    let mut at = lowest();
    while at.cast_const() < end {
        // SAFETY: `at` is aligned, and in RAM between the static variables and the stack. Nothing else
        // uses that memory, because there is no heap.
        unsafe { at.write_volatile(PAINT) };
        at = at.wrapping_add(1);
    }
}

/// Returns how deep the stack has been, in bytes.
pub fn used() -> usize {
    unsafe extern "C" {
        /// The linker's symbol for the end of the stack, from which it grows downwards.
        static _stack_start: u32;
    }
    let (mut at, end) = (lowest().cast_const(), &raw const _stack_start);
    // SAFETY: `at` is aligned. All of this is RAM, which `paint` or the stack has initialised.
    while at < end && unsafe { at.read_volatile() } == PAINT {
        at = at.wrapping_add(1);
    }
    end.addr() - at.addr()
}

/// Returns the lowest address that the stack could reach: the end of the static variables.
fn lowest() -> *mut u32 {
    heap_start().cast()
}
