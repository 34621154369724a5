//! The machine stops or its disk is full at each step of IO: what was acknowledged is there, and the phones' next
//! try completes the rest.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hudang_archive::{Faults, IoPoint};
use hudang_evidence::id::BlobHash;

use hudang_testkit::office::{DAY_MS, counts, is_consistent, local, open, open_with, set_up, upload};
use hudang_testkit::person::Person;
use hudang_testkit::visit::{Made, Plan};

/// Lets so many steps happen and then none.
struct StopsAfter {
    left: AtomicUsize,
    kind: io::ErrorKind,
}

impl Faults for StopsAfter {
    fn at(&self, _point: IoPoint) -> io::Result<()> {
        let take = |left: usize| left.checked_sub(1);
        let went = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        went.map(|_| ()).map_err(|_| io::Error::from(self.kind))
    }
}

/// What the server promised before it stopped.
#[derive(Default)]
struct Promised {
    entries: usize,
    blob: bool,
}

fn bring(root: &Path, made: &Made, people: &mut [Person; 2], faults: Arc<dyn Faults>) -> Promised {
    let mut promised = Promised::default();
    let Ok(archive) = open_with(root, faults) else {
        return promised;
    };
    let [jia, yi] = people;
    for (person, request) in [(yi, made.of_second()), (&mut *jia, made.of_first())] {
        if let Ok(response) = person.tries(&archive, request, DAY_MS) {
            promised.entries += response
                .entries
                .iter()
                .filter(|verdict| verdict.is_kept())
                .count();
        }
    }
    promised.blob = upload(&archive, &made.photo, jia.installation(), DAY_MS).is_ok();
    promised
}

fn stops_everywhere(kind: io::ErrorKind) {
    let folder = tempfile::tempdir().unwrap();
    let mut stopped = 0;
    for steps in 0.. {
        let root = folder.path().join(format!("{steps}"));
        let archive = open(&root);
        set_up(&archive, 1);
        let mut people = [
            Person::enrolled(&archive, "jia", 1),
            Person::enrolled(&archive, "yi", 2),
        ];
        archive.close();
        let [jia, yi] = &mut people;
        let made = Plan::of(1).carried_out(jia, yi);
        let left = Arc::new(StopsAfter {
            left: AtomicUsize::new(steps),
            kind,
        });
        let promised = bring(&root, &made, &mut people, left.clone());

        let archive = open(&root);
        let file = archive.visit_outline(&local(), made.visit).unwrap();
        assert!(file.entries.len() >= promised.entries, "after {steps} steps");
        let held = archive
            .upload(&BlobHash::of(&made.photo), people[0].installation())
            .unwrap()
            .is_some_and(|state| state.held);
        assert!(held || !promised.blob, "after {steps} steps");
        let [jia, yi] = &mut people;
        made.brought(&archive, jia, yi, 2 * DAY_MS);
        assert_eq!(counts(&archive), ["counted 1"], "after {steps} steps");
        is_consistent(archive);
        if left.left.load(Ordering::SeqCst) > 0 {
            stopped = steps;
            break;
        }
    }
    assert!(stopped > 15, "{stopped} steps were tried");
}

#[test]
fn the_server_stops_at_each_step() {
    stops_everywhere(io::ErrorKind::Interrupted);
}

#[test]
fn the_disk_is_full_at_each_step() {
    stops_everywhere(io::ErrorKind::StorageFull);
}
