// SPDX-License-Identifier: MIT
// As zoo.h: --cfg right, and ZOO_WITNESS in the environment.

/// What the program promises.
#[allow(dead_code)]
fn check(good: bool, what: &str) {
    if !good {
        eprintln!("not so: {what}");
        std::process::abort();
    }
}

static PATIENCE: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(0);

extern "C" fn begin() {
    let patience = std::env::var("ZOO_WITNESS").ok().and_then(|text| text.parse().ok());
    PATIENCE.store(patience.unwrap_or(0), std::sync::atomic::Ordering::Relaxed);
}

#[used]
#[link_section = ".init_array"]
static BEGIN: extern "C" fn() = begin;

#[allow(dead_code)]
#[inline(always)]
fn window(n: i32) {
    let patience = PATIENCE.load(std::sync::atomic::Ordering::Relaxed);
    if patience != 0 {
        pass(n, std::time::Duration::from_millis(patience as u64));
    }
}

#[cold]
#[inline(never)]
fn pass(n: i32, patience: std::time::Duration) {
    use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

    static PASSED: AtomicI32 = AtomicI32::new(0);
    let began = std::time::Instant::now();
    while PASSED.load(SeqCst) < n - 1 {
        std::thread::sleep(std::time::Duration::from_micros(60));
        if began.elapsed() > patience {
            PASSED.store(i32::MAX, SeqCst);
        }
    }
    let _ = PASSED.compare_exchange(n - 1, n, SeqCst, SeqCst);
}
