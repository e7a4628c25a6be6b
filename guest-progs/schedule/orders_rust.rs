// SPDX-License-Identifier: MIT
// Mutexes of Rust's library, whose uncontended ways lie in the program: `orders_rust NAME`. "bad" takes two in
// two orders; "tries" only tries the second; "gated" has a third around both; "told" by a flag.
use std::sync::{Arc, Mutex};
use std::thread;

struct Shared {
    left: Mutex<i32>,
    right: Mutex<i32>,
    gate: Mutex<()>,
    done: Mutex<bool>,
}

fn forth(s: &Shared) {
    let mut a = s.left.lock().unwrap();
    let mut b = s.right.lock().unwrap();
    *a -= 1;
    *b += 1;
}

fn back(s: &Shared) {
    let mut b = s.right.lock().unwrap();
    let mut a = s.left.lock().unwrap();
    *b -= 1;
    *a += 1;
}

fn tries_back(s: &Shared) {
    let mut b = s.right.lock().unwrap();
    if let Ok(mut a) = s.left.try_lock() {
        *b -= 1;
        *a += 1;
    };
}

fn main() {
    let name = std::env::args().nth(1).unwrap_or("bad".to_string());
    let s = Arc::new(Shared {
        left: Mutex::new(10),
        right: Mutex::new(10),
        gate: Mutex::new(()),
        done: Mutex::new(false),
    });
    let (s1, s2, n1, n2) = (s.clone(), s.clone(), name.clone(), name.clone());
    let one = thread::spawn(move || match n1.as_str() {
        "gated" => {
            let _gate = s1.gate.lock().unwrap();
            forth(&s1);
        }
        "told" => {
            forth(&s1);
            *s1.done.lock().unwrap() = true;
        }
        _ => forth(&s1),
    });
    let other = thread::spawn(move || match n2.as_str() {
        "gated" => {
            let _gate = s2.gate.lock().unwrap();
            back(&s2);
        }
        "told" => {
            while !*s2.done.lock().unwrap() {
                thread::yield_now();
            }
            back(&s2);
        }
        "tries" => tries_back(&s2),
        _ => back(&s2),
    });
    one.join().unwrap();
    other.join().unwrap();
    assert!(*s.left.lock().unwrap() + *s.right.lock().unwrap() == 20);
}
