//! Prints lines until nobody reads them, or so many; what a program of the house does when its reader goes away.

#[macro_use]
extern crate hudang_print;

fn main() {
    let lines: u64 = std::env::args()
        .nth(1)
        .and_then(|lines| lines.parse().ok())
        .unwrap_or(u64::MAX);
    for line in 0..lines {
        println!("{line}");
        eprintln!("said {line}");
    }
}
