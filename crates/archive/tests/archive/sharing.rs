//! Many phones share one flush of the disk.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hudang_archive::{Faults, IoPoint};

use hudang_testkit::office::{DAY_MS, open_with, set_up};
use hudang_testkit::person::Person;
use hudang_testkit::visit::Plan;

/// A disk whose flushes take long, and that counts them.
#[derive(Default)]
struct SlowDisk {
    commits: AtomicUsize,
}

impl Faults for SlowDisk {
    fn at(&self, point: IoPoint) -> io::Result<()> {
        if point == IoPoint::CommitBefore {
            self.commits.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }
}

#[test]
fn what_comes_during_a_flush_shares_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Arc::new(SlowDisk::default());
    let archive = open_with(
        &folder.path().join("archive"),
        Arc::clone(&disk) as Arc<dyn Faults>,
    )
    .unwrap();
    set_up(&archive, 1);
    let (mut jia, mut yi) = Person::pair(&archive);
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    // Each entry in a request of its own, all at once, each as often as a phone without patience would send it.
    let before = disk.commits.load(Ordering::SeqCst);
    let requests: Vec<_> = (0..24)
        .map(|n| {
            let mut request = made.of_second();
            request.entries.truncate(1 + n % 2);
            request
        })
        .collect();
    std::thread::scope(|scope| {
        for (n, request) in (0_u64..).zip(requests) {
            let mut phone = yi.clone();
            let archive = &archive;
            scope.spawn(move || {
                (0..n).for_each(|_| {
                    phone.next_counter();
                });
                let answer = phone.sends(archive, request, DAY_MS);
                assert!(answer.entries.iter().all(hudang_sync::wire::Verdict::is_kept));
            });
        }
    });
    let commits = disk.commits.load(Ordering::SeqCst) - before;
    assert!(commits <= 6, "24 requests took {commits} flushes");
}
