//! Two investigators of another contractor, whose keys were enrolled in the ordinary way, and who lie.

use hudang_test_server::{Setting, World};
use hudang_testkit::office::{self, assigned_to, household_in};
use hudang_testkit::person::Person;
use hudang_testkit::visit::{Made, Plan};

/// The first of their visits; their households have the same numbers.
pub(crate) const FIRST: u8 = 100;

/// Bing and Ding work in the same world: ten households are theirs to visit.
pub(crate) fn arrive(world: &mut World, setting: Setting) -> [Person; 2] {
    world.stop();
    let archive = office::open(world.root.path());
    let theirs = FIRST..FIRST + 20;
    let row = |n| household_in(n, "152525104201");
    archive
        .put_households(&office::local(), theirs.clone().map(row).collect(), office::at(0))
        .unwrap();
    let assignments = theirs.map(|n| assigned_to(n, n, ["bing", "ding"]));
    archive
        .assign(&office::local(), assignments.collect(), office::at(0))
        .unwrap();
    let pair = [
        Person::enrolled(&archive, "bing", 3),
        Person::enrolled(&archive, "ding", 4),
    ];
    archive.close();
    world.start(setting);
    pair
}

/// They bring what they made of a visit; the server keeps all of it, for what it is.
pub(crate) fn bring(world: &World, [bing, ding]: &mut [Person; 2], plan: &Plan) -> Made {
    let made = plan.carried_out(bing, ding);
    world.takes(&made, bing, ding);
    made
}

/// The findings about a visit, as the purchaser's clerk is told: code, and what it is about.
pub(crate) fn findings(world: &World, made: &Made) -> Vec<String> {
    let told = world.findings(made.visit).into_iter().map(|(code, details)| {
        let of = details["of"].as_str().unwrap_or_default();
        format!("{code} {of}").trim().to_owned()
    });
    told.collect()
}
