//! Two servers, and a server that is told to stop under load.

use std::thread;
use std::time::Duration;

use hudang_archive::ArchiveError;
use hudang_sync::wire::SyncRequest;
use hudang_testkit::office;

use hudang_test_server::World;

#[test]
fn a_second_server_is_kept_off_the_directory() {
    let mut world = World::new();
    let second = office::open_with(world.root.path(), std::sync::Arc::new(hudang_archive::NoFaults));
    assert!(matches!(second.err(), Some(ArchiveError::Locked(_))));
    world.stop();
    office::open(world.root.path()).close();
}

#[test]
fn told_to_stop_it_finishes_what_it_began_and_closes_the_archive() {
    let mut world = World::new();
    let stop = world.stop_handle();
    let (answered, broken) = thread::scope(|scope| {
        let asking: Vec<_> = [world.jia.clone(), world.yi.clone()]
            .into_iter()
            .map(|mut who| {
                let world = &world;
                scope.spawn(move || {
                    let mut answered = 0;
                    loop {
                        let body = hudang_sync::wire::pack(&SyncRequest::default()).unwrap();
                        let request = world
                            .phone(&mut who, "POST", "/v1/sync", &body)
                            .header("content-type", hudang_sync::wire::CONTENT_TYPE);
                        match request.send() {
                            // An answer that has begun is whole.
                            Ok(response) => {
                                let status = response.status();
                                response.bytes().unwrap();
                                assert_eq!(status, 200);
                                answered += 1;
                            }
                            Err(error) => return (answered, error.is_timeout()),
                        }
                    }
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(500));
        stop.stop();
        let ended: Vec<(u32, bool)> = asking.into_iter().map(|asking| asking.join().unwrap()).collect();
        (
            ended.iter().map(|(n, _)| n).sum::<u32>(),
            ended.iter().any(|(_, hung)| *hung),
        )
    });
    assert!(answered > 2, "{answered}");
    assert!(!broken, "no request was left hanging");
    world.stop();
    office::is_consistent(office::open(world.root.path()));
}
