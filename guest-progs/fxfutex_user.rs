// SPDX-License-Identifier: MIT
// libfxfutex from Rust, by declarations written by hand: a channel of one place, a word that is 0
// or what was sent.
use std::os::raw::{c_int, c_uint, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

#[repr(C)]
pub struct Table {
    _opaque: [u8; 0],
}

extern "C" {
    fn fxfutex_new(threads: c_uint) -> *mut Table;
    fn fxfutex_free(f: *mut Table);
    fn fxfutex_wait(
        f: *mut Table, word: *mut u32, value: u32, bitset: u32, deadline: *const c_void, clock: c_int,
    ) -> c_int;
    fn fxfutex_wake(f: *mut Table, word: *mut u32, count: c_int, bitset: u32) -> c_int;
    fn fxfutex_version() -> c_int;
}

const ANY: u32 = 0xffff_ffff;
const CLOCK_MONOTONIC: c_int = 1;

struct Futexes(*mut Table);

// The library's functions may be called by any thread.
unsafe impl Sync for Futexes {}

impl Futexes {
    fn wait(&self, word: &AtomicU32, value: u32) {
        unsafe { fxfutex_wait(self.0, word as *const _ as *mut u32, value, ANY, ptr::null(), CLOCK_MONOTONIC) };
    }

    fn wake(&self, word: &AtomicU32) {
        unsafe { fxfutex_wake(self.0, word as *const _ as *mut u32, 1, ANY) };
    }
}

impl Drop for Futexes {
    fn drop(&mut self) {
        unsafe { fxfutex_free(self.0) };
    }
}

fn main() {
    const ITEMS: u32 = 5000;
    let futexes = Futexes(unsafe { fxfutex_new(4) });
    let place = AtomicU32::new(0);
    let mut sum: u64 = 0;

    assert!(!futexes.0.is_null() && unsafe { fxfutex_version() } / 10000 == 1);
    thread::scope(|scope| {
        scope.spawn(|| {
            for item in 1..=ITEMS {
                let mut there = place.load(Ordering::Acquire);
                while there != 0 {
                    futexes.wait(&place, there);
                    there = place.load(Ordering::Acquire);
                }
                place.store(item, Ordering::Release);
                futexes.wake(&place);
            }
        });
        for _ in 0..ITEMS {
            while place.load(Ordering::Acquire) == 0 {
                futexes.wait(&place, 0);
            }
            sum += u64::from(place.swap(0, Ordering::AcqRel));
            futexes.wake(&place);
        }
    });
    println!("Rust: {} of {}", sum, u64::from(ITEMS) * u64::from(ITEMS + 1) / 2);
    assert_eq!(sum, u64::from(ITEMS) * u64::from(ITEMS + 1) / 2);
}
