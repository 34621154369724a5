//! The honest neighbour: two investigators whose visit is received and counted, whatever others try meanwhile.

use hudang_test_server::World;
use hudang_testkit::visit::{Made, Plan};

/// Jia and Yi make visit n and bring it with all of its originals.
pub(crate) fn visits(world: &mut World, n: u8) -> Made {
    carries_out(world, &Plan::of(n))
}

/// Jia and Yi make a visit and bring it with all of its originals.
pub(crate) fn carries_out(world: &mut World, plan: &Plan) -> Made {
    let (mut jia, mut yi) = (world.jia.clone(), world.yi.clone());
    let made = plan.carried_out(&mut jia, &mut yi);
    world.takes_whole(&made, &mut jia, &mut yi);
    (world.jia, world.yi) = (jia, yi);
    made
}

/// State and reason of a visit, as the purchaser's clerk is told.
pub(crate) fn stands(world: &World, of: &Made) -> String {
    world.stands(of.visit)
}

/// The honest visit n, and where it stands once everything of it was looked at.
pub(crate) fn counted(world: &mut World, n: u8) -> String {
    let honest = visits(world, n);
    stands(world, &honest)
}

#[test]
fn an_honest_visit_counts() {
    let mut world = World::new();
    assert_eq!(counted(&mut world, 1), "counted");
}
