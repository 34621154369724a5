//! How often a picture or a recording is known again, and how often a stranger is taken for it. The rates are
//! printed; run with `--nocapture` to see them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test a surprise is a failure"
)]

mod pictures;
mod sounds;

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The folder of real files, where this machine has it.
fn corpus(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no {}", path.display());
    None
}

/// Found and asked, by what was done to the original.
#[derive(Default)]
struct Rates(BTreeMap<&'static str, (u32, u32)>);

impl Rates {
    fn add(&mut self, name: &'static str, found: bool) {
        let rate = self.0.entry(name).or_default();
        rate.0 += u32::from(found);
        rate.1 += 1;
    }

    fn percent(&self, name: &str) -> f64 {
        let (found, asked) = self.0[name];
        f64::from(found) * 100.0 / f64::from(asked)
    }

    fn print(&self, what: &str) {
        for (name, (found, asked)) in &self.0 {
            println!("{what}: {name}: {found} of {asked} ({:.1} %)", self.percent(name));
        }
    }

    /// Holds every rate whose name begins so to a limit.
    fn hold(&self, names: &str, percent_min: f64) {
        let mut held = 0;
        for name in self.0.keys().filter(|name| name.starts_with(names)) {
            assert!(
                self.percent(name) >= percent_min,
                "{name}: {:.1} %",
                self.percent(name)
            );
            held += 1;
        }
        assert!(held > 0, "{names}");
    }
}
