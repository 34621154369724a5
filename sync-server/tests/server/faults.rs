//! A bug of ours and more work than there are hands: each is answered, and costs nobody else anything.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hudang_archive::{Faults, IoPoint};
use hudang_evidence::id::BlobHash;
use hudang_sync::wire::Verdict;
use hudang_sync_server::Limits;
use hudang_testkit::visit::Plan;

use hudang_test_server::{Setting, World, refused};

/// At one point, while it is on, something else happens.
struct At {
    point: IoPoint,
    happens: fn(),
    on: AtomicBool,
}

impl Faults for At {
    fn at(&self, point: IoPoint) -> io::Result<()> {
        if point == self.point && self.on.load(Ordering::SeqCst) {
            (self.happens)();
        }
        Ok(())
    }
}

fn world(point: IoPoint, happens: fn(), limits: Limits) -> (World, Arc<At>) {
    let faults = Arc::new(At {
        point,
        happens,
        on: AtomicBool::new(false),
    });
    let world = World::with(Setting {
        faults: Arc::clone(&faults) as Arc<dyn Faults>,
        limits,
        ..Setting::default()
    });
    (world, faults)
}

#[test]
fn a_panic_is_the_fault_of_one_request() {
    for point in [IoPoint::JournalAppend, IoPoint::PartialCreate] {
        let (world, faults) = world(point, || panic!("a bug"), Limits::DEFAULT);
        let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
        let made = Plan::of(1).carried_out(&mut jia, &mut yi);
        if point == IoPoint::PartialCreate {
            world.synced(&mut jia, &made.of_first());
        }
        faults.on.store(true, Ordering::SeqCst);
        let answer = if point == IoPoint::PartialCreate {
            let hash = BlobHash::of(&made.photo);
            world.creates_upload(&mut jia, hash, made.photo.len(), &made.photo)
        } else {
            world.syncs(&mut yi, &made.of_second())
        };
        assert_eq!(refused(answer).0, 500, "{point:?}");
        faults.on.store(false, Ordering::SeqCst);
        let answer = world.synced(&mut yi, &made.of_second());
        assert!(answer.entries.iter().all(Verdict::is_kept), "{point:?}");
    }
}

#[test]
fn more_work_than_hands_is_told_to_come_again() {
    let slowly = || std::thread::sleep(Duration::from_millis(700));
    let limits = Limits {
        jobs_max: 1,
        waiting_max: 0,
        ..Limits::DEFAULT
    };
    let (world, faults) = world(IoPoint::CommitBefore, slowly, limits);
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    let made = Plan::of(1).carried_out(&mut jia, &mut yi);
    faults.on.store(true, Ordering::SeqCst);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| world.syncs(&mut yi.clone(), &made.of_second()).status());
        std::thread::sleep(Duration::from_millis(200));
        let second = world.syncs(&mut jia, &made.of_first());
        assert!(second.headers().contains_key("retry-after"));
        assert_eq!(refused(second).0, 503);
        assert_eq!(first.join().unwrap(), 200);
    });
    faults.on.store(false, Ordering::SeqCst);
    let answer = world.synced(&mut jia, &made.of_first());
    assert!(answer.seals.iter().all(Verdict::is_kept), "{answer:?}");
}
