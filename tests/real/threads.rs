// SPDX-License-Identifier: MIT
// Threads over a mutex, a condition variable, a channel and a barrier.
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex};
use std::thread;

fn main() {
    let pair = Arc::new((Mutex::new(0u32), Condvar::new()));
    let barrier = Arc::new(Barrier::new(8));
    let (tx, rx) = mpsc::channel();
    let threads: Vec<_> = (0..8u32)
        .map(|i| {
            let (pair, barrier, tx) = (pair.clone(), barrier.clone(), tx.clone());
            thread::spawn(move || {
                barrier.wait();
                let (lock, turn) = &*pair;
                for round in 0..100 {
                    let mut now = lock.lock().unwrap();
                    while *now != round * 8 + i {
                        now = turn.wait(now).unwrap();
                    }
                    *now += 1;
                    turn.notify_all();
                }
                tx.send(i).unwrap();
            })
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
    drop(tx);
    println!("turns {}, sum {}", pair.0.lock().unwrap(), rx.iter().sum::<u32>());
    println!("panic is caught: {}", thread::spawn(|| std::panic::resume_unwind(Box::new(1))).join().is_err());
}
