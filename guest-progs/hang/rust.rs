// SPDX-License-Identifier: MIT
//
// Rust's Mutex in two orders. It does not tell who holds it, so no cycle is claimed.
//
// HANG: nobody left
// HANG: nobody right
// waits: rust join
// waits: left mutex LOCK_B
// waits: right mutex LOCK_A
use std::sync::{Barrier, Mutex};
use std::thread;

static LOCK_A: Mutex<u32> = Mutex::new(1);
static LOCK_B: Mutex<u32> = Mutex::new(2);

fn take(first: &'static Mutex<u32>, second: &'static Mutex<u32>, both: &Barrier) {
    let one = first.lock().unwrap();
    both.wait();
    let two = second.lock().unwrap(); // here: left right
    println!("{}", *one + *two);
}

fn main() {
    let both: &'static Barrier = Box::leak(Box::new(Barrier::new(2)));
    let left = thread::Builder::new().name("left".into());
    let left = left.spawn(move || take(&LOCK_A, &LOCK_B, both)).unwrap();
    let right = thread::Builder::new().name("right".into());
    let right = right.spawn(move || take(&LOCK_B, &LOCK_A, both)).unwrap();
    left.join().unwrap(); // here: rust
    right.join().unwrap();
}
