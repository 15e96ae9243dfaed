//! An allocator that counts, so that tests can say how much memory a call took at its peak.

#![expect(unsafe_code, reason = "an allocator is unsafe to write; this one adds numbers to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

/// Counts what each thread has allocated, and stops a thread that wants more than it may have, before
/// the machine runs out of memory: whoever watches over it then finds that it doesn't answer.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most that a measured thread may hold, in bytes.
const LIMIT: isize = 1 << 30;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static MEASURED: Cell<bool> = const { Cell::new(false) };
}

/// The most bytes that `work` held at one time beyond what its thread held before, and its result.
pub(crate) fn peak_of<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = NOW.get();
    PEAK.set(before);
    MEASURED.set(true);
    let result = work();
    MEASURED.set(false);
    (usize::try_from(PEAK.get() - before).expect("the peak is at least the start"), result)
}

fn count(bytes: isize) {
    // A thread that ends has dropped its counters.
    let _ = NOW.try_with(|now| {
        now.set(now.get() + bytes);
        if now.get() > PEAK.get() {
            PEAK.set(now.get());
        }
        while now.get() > LIMIT && MEASURED.get() {
            std::thread::sleep(Duration::from_secs(1));
        }
    });
}

fn size(layout: Layout) -> isize {
    isize::try_from(layout.size()).expect("a layout's size fits isize")
}

// SAFETY: every call is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(size(layout));
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(size(layout));
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
        count(-size(layout));
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // Both may exist at once.
        let new = isize::try_from(new_size).expect("a layout's size fits isize");
        count(new);
        let moved = unsafe { System.realloc(pointer, layout, new_size) };
        count(-size(layout));
        moved
    }
}
