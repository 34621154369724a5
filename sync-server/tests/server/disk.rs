//! The disk is full, the server is killed in mid-commit: nothing that was promised is lost.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hudang_archive::{Faults, IoPoint};
use hudang_sync::wire::Verdict;
use hudang_testkit::visit::Plan;

use hudang_test_server::{Setting, World, refused};

/// Fails at one point while it is on.
struct FailsAt {
    point: IoPoint,
    kind: io::ErrorKind,
    on: AtomicBool,
}

impl Faults for FailsAt {
    fn at(&self, point: IoPoint) -> io::Result<()> {
        if point == self.point && self.on.load(Ordering::SeqCst) {
            return Err(self.kind.into());
        }
        Ok(())
    }
}

fn failing(point: IoPoint, kind: io::ErrorKind) -> (World, Arc<FailsAt>) {
    let faults = Arc::new(FailsAt {
        point,
        kind,
        on: AtomicBool::new(false),
    });
    let world = World::with(Setting {
        faults: Arc::clone(&faults) as Arc<dyn Faults>,
        ..Setting::default()
    });
    faults.on.store(true, Ordering::SeqCst);
    (world, faults)
}

#[test]
fn a_full_disk_says_come_again_and_keeps_everything() {
    let (world, faults) = failing(IoPoint::CommitBefore, io::ErrorKind::StorageFull);
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    let visit = Plan::of(1).carried_out(&mut jia, &mut yi);
    let full = world.syncs(&mut yi, &visit.of_second());
    assert!(full.headers().contains_key("retry-after"));
    assert_eq!(refused(full), (503, "ARCHIVE-DISK-FULL".to_owned()));
    faults.on.store(false, Ordering::SeqCst);
    let answer = world.synced(&mut yi, &visit.of_second());
    assert!(answer.entries.iter().all(Verdict::is_kept));
}

#[test]
fn killed_in_mid_commit_the_server_has_either_all_or_nothing() {
    for point in [
        IoPoint::JournalAppend,
        IoPoint::CommitBefore,
        IoPoint::CommitAfter,
    ] {
        let (mut world, _) = failing(point, io::ErrorKind::Other);
        let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
        let visit = Plan::of(1).carried_out(&mut jia, &mut yi);
        assert_eq!(
            refused(world.syncs(&mut yi, &visit.of_second())).0,
            500,
            "{point:?}"
        );
        world.stop();
        world.start(Setting::default());
        for (who, request) in [(&mut yi, visit.of_second()), (&mut jia, visit.of_first())] {
            let answer = world.synced(who, &request);
            assert!(
                answer.entries.iter().chain(&answer.seals).all(Verdict::is_kept),
                "{point:?} {answer:?}"
            );
        }
        world.stop();
        let archive = hudang_testkit::office::open(world.root.path());
        hudang_testkit::office::is_consistent(archive);
    }
}
