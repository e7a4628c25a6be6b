// SPDX-License-Identifier: MIT
//
// What two threads send is printed as it comes.
//
// Breaks: the second one's comes first. Right: sorted.
#![allow(unexpected_cfgs)]
use std::sync::mpsc;
use std::thread;

include!("zoo.rs");

fn main() {
    let (to, from) = mpsc::channel();
    let to_too = to.clone();
    let one = thread::spawn(move || {
        window(2);
        to.send("first").unwrap();
    });
    let other = thread::spawn(move || {
        to_too.send("second").unwrap();
        window(1);
    });
    let mut got: Vec<&str> = from.iter().collect();
    if cfg!(right) {
        got.sort();
    }
    println!("{}", got.join(" "));
    one.join().unwrap();
    other.join().unwrap();
}
