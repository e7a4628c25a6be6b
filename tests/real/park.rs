// SPDX-License-Identifier: MIT
// park and unpark, scoped threads, channels, a once, thread locals, a panic in a thread, children, and an abort.
use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Mutex, Once, RwLock};
use std::thread;
use std::time::Duration;

fn ping_pong() {
    let turn = Arc::new(AtomicUsize::new(0));
    let theirs = turn.clone();
    let main = thread::current();
    let other = thread::spawn(move || {
        for i in 0..2000 {
            while theirs.load(Ordering::Acquire) != 2 * i + 1 {
                thread::park();
            }
            theirs.store(2 * i + 2, Ordering::Release);
            main.unpark();
        }
    });
    for i in 0..2000 {
        turn.store(2 * i + 1, Ordering::Release);
        other.thread().unpark();
        while turn.load(Ordering::Acquire) != 2 * i + 2 {
            thread::park();
        }
    }
    other.join().unwrap();
    thread::park_timeout(Duration::from_millis(1));
    println!("ping-pong {}", turn.load(Ordering::Relaxed));
}

fn channels() {
    let (tx, rx) = mpsc::sync_channel::<usize>(0);
    let sum: usize = thread::scope(|s| {
        for i in 0..50 {
            let tx = tx.clone();
            s.spawn(move || (0..20).for_each(|j| tx.send(i * j).unwrap()));
        }
        drop(tx);
        rx.iter().sum()
    });
    println!("channels {}", sum);
    let (_keep, rx) = mpsc::channel::<()>();
    println!("{:?}", rx.recv_timeout(Duration::from_millis(2)));
}

thread_local!(static MINE: Cell<usize> = const { Cell::new(0) });
static START: Once = Once::new();

fn locks() {
    let lock = RwLock::new(0usize);
    let starts = AtomicUsize::new(0);
    thread::scope(|s| {
        for _ in 0..8 {
            s.spawn(|| {
                START.call_once(|| {
                    starts.fetch_add(1, Ordering::Relaxed);
                });
                for _ in 0..500 {
                    *lock.write().unwrap() += 1;
                    MINE.with(|m| m.set(m.get() + *lock.read().unwrap() % 1 + 1));
                }
                assert_eq!(MINE.with(Cell::get), 500);
            });
        }
    });
    println!("locks {} {}", lock.read().unwrap(), starts.load(Ordering::Relaxed));
}

fn panics() {
    let lock = Arc::new(Mutex::new(()));
    let theirs = lock.clone();
    let result = thread::Builder::new().name("doomed".into()).spawn(move || {
        let _held = theirs.lock().unwrap();
        panic!("on purpose");
    });
    println!("panicked {} poisoned {}", result.unwrap().join().is_err(), lock.lock().is_err());
}

fn net() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        for stream in listener.incoming().take(20) {
            let mut stream = stream.unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            stream.write_all(text.to_uppercase().as_bytes()).unwrap();
        }
    });
    let good = (0..20).filter(|i| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(format!("number {}", i).as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text == format!("NUMBER {}", i)
    });
    println!("net {}", good.count());
    server.join().unwrap();
}

fn main() {
    ping_pong();
    channels();
    locks();
    panics();
    net();
    let child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.as_ref().unwrap().write_all(b"through").unwrap();
    println!("{:?}", child.wait_with_output());
    println!("{:?}", Command::new("/no/such/program").spawn().map_err(|e| e.kind()));
    std::process::abort();
}
