// SPDX-License-Identifier: MIT
//
// Transfers between two accounts, each a Mutex; the payer's is locked first.
//
// Breaks: two transfers in opposite directions, each with its first lock when it asks for the
// second. Right: the lower one is locked first.
#![allow(unexpected_cfgs)]
use std::sync::Mutex;
use std::thread;

include!("zoo.rs");

static ACCOUNTS: [Mutex<i32>; 2] = [Mutex::new(10), Mutex::new(10)];

fn transfer(from: usize, to: usize, amount: i32) {
    let first = if cfg!(right) { from.min(to) } else { from };
    let mut one = ACCOUNTS[first].lock().unwrap();
    window(1 + from as i32);
    window(3);
    let mut other = ACCOUNTS[from + to - first].lock().unwrap();
    let change = if first == from { -amount } else { amount };
    *one += change;
    *other -= change;
}

fn main() {
    let one = thread::spawn(|| transfer(0, 1, 3));
    let other = thread::spawn(|| transfer(1, 0, 4));
    one.join().unwrap();
    other.join().unwrap();
    check(*ACCOUNTS[0].lock().unwrap() == 11, "the balance is 11");
}
