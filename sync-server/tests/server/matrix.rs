//! Every route with every role, no token, a bad token, and a phone's signature, compared with the table of roles.

use hudang_archive::{Role, may};
use hudang_sync_server::{Limits, ROUTES, Rate, Route, Who, openapi};
use reqwest::blocking::Response;

use hudang_test_server::{Setting, World};

/// Not the rates: this walks some five hundred requests from one address.
fn world() -> World {
    let rate = Rate {
        per_second: 10_000,
        burst: 10_000,
    };
    let limits = Limits {
        token_rate: rate,
        stranger_rate: rate,
        ..Limits::DEFAULT
    };
    World::with(Setting {
        limits,
        ..Setting::default()
    })
}

/// A path whose names hold something that is not there.
fn path(route: &Route) -> String {
    let parts = route.path.split('/').map(|part| match part {
        "{sha256}" => "ab".repeat(32),
        "{id}" | "{code}" | "{label}" | "{month}" => "nothing".to_owned(),
        part => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Whether the guard let it through; what the handler then says of an empty request does not matter here.
fn passed(response: &Response) -> bool {
    !matches!(response.status().as_u16(), 401 | 403)
}

#[test]
fn every_route_is_open_to_whom_the_table_says_and_to_nobody_else() {
    let mut world = world();
    for route in ROUTES {
        let (method, path) = (route.method, path(route));
        let name = format!("{method} {path}");
        let anyone = route.who == Who::Anyone;
        // What the handler says of an empty body is not the guard's doing.
        let nobody = world.bare(method, &path).send().unwrap();
        assert_eq!(
            passed(&nobody),
            anyone,
            "{name} without a token: {}",
            nobody.status()
        );
        let stranger = world
            .bare(method, &path)
            .bearer_auth(format!("hudang_{}", "f".repeat(64)));
        assert_eq!(
            passed(&stranger.send().unwrap()),
            anyone,
            "{name} with a bad token"
        );
        for role in Role::ALL {
            let allowed = match route.who {
                Who::Anyone => true,
                Who::Phone => false,
                Who::Office(act) => may(role, act),
            };
            let response = world.office(role, method, &path).send().unwrap();
            assert_eq!(
                passed(&response),
                allowed,
                "{name} as {role:?}: {}",
                response.status()
            );
            assert!(response.status() != 500, "{name} as {role:?}");
        }
        let mut jia = world.jia.clone();
        let response = world.phone(&mut jia, method, &path, b"").send().unwrap();
        world.jia = jia;
        let allowed = anyone || route.who == Who::Phone;
        assert_eq!(
            passed(&response),
            allowed,
            "{name} signed by a phone: {}",
            response.status()
        );
    }
}

#[test]
fn the_description_names_every_route() {
    let described = openapi();
    for route in ROUTES {
        let operation = &described["paths"][route.path][route.method.to_lowercase()];
        assert_eq!(
            operation["summary"], route.summary,
            "{} {}",
            route.method, route.path
        );
        let locks = operation["security"].as_array().unwrap().len();
        assert_eq!(locks == 0, route.who == Who::Anyone);
    }
}

#[test]
fn what_is_not_there_is_a_problem_too() {
    let world = world();
    let (status, code) = hudang_test_server::refused(world.bare("GET", "/nothing").send().unwrap());
    assert_eq!((status, code.as_str()), (404, "REQUEST-PATH"));
    let (status, code) = hudang_test_server::refused(world.bare("PUT", "/v1/sync").send().unwrap());
    assert_eq!((status, code.as_str()), (405, "REQUEST-METHOD"));
}
