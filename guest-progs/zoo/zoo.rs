// SPDX-License-Identifier: MIT
// As zoo.h: --cfg right, --cfg witness.

/// What the program promises.
#[allow(dead_code)]
fn check(good: bool, what: &str) {
    if !good {
        eprintln!("not so: {what}");
        std::process::abort();
    }
}

#[cfg(not(witness))]
fn window(_n: i32) {}

#[cfg(witness)]
fn window(n: i32) {
    use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
    use std::time::{Duration, Instant};

    static PASSED: AtomicI32 = AtomicI32::new(0);
    let patience = Duration::from_millis(if cfg!(right) { 10 } else { 5000 });
    let began = Instant::now();
    while PASSED.load(SeqCst) < n - 1 {
        std::thread::sleep(Duration::from_micros(60));
        if began.elapsed() > patience {
            PASSED.store(i32::MAX, SeqCst);
        }
    }
    let _ = PASSED.compare_exchange(n - 1, n, SeqCst, SeqCst);
}
