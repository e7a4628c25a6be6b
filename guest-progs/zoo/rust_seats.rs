// SPDX-License-Identifier: MIT
//
// The last of something, looked for in an atomic and then taken from it.
//
// Breaks: both see it before one takes it. Right: taken only if it is there, at once.
#![allow(unexpected_cfgs)]
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

include!("zoo.rs");

static LEFT: AtomicUsize = AtomicUsize::new(1);

fn take(id: i32) {
    if cfg!(right) {
        window(1 + id);
        window(3);
        let _ = LEFT.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
    } else if LEFT.load(SeqCst) > 0 {
        window(1 + id);
        window(3);
        check(LEFT.fetch_sub(1, SeqCst) > 0, "there was one");
    }
}

fn main() {
    let one = thread::spawn(|| take(0));
    let other = thread::spawn(|| take(1));
    one.join().unwrap();
    other.join().unwrap();
    check(LEFT.load(SeqCst) == 0, "none is left");
}
