//! `phone sync`: what waits goes to the server, what happened elsewhere comes back.

use std::time::{Duration, Instant};

use hudang_link::{Go, Progress, Rest, Wake, Way, enrol_pending, work};
use hudang_sync::phone::{AudioOver, Link, PhoneSync, Settings, WakeBy};
use serde::Serialize;

use crate::args::SyncWith;
use crate::error::Failure;
use crate::output::Output;

use super::store::Store;

/// A wait is never shorter: the machine's own waits are seconds.
const NAP_MIN: Duration = Duration::from_millis(200);

#[derive(Serialize)]
struct Synced {
    /// Enrolments that the server confirmed.
    enrolled: Vec<String>,
    /// Codes of enrolments that it refused.
    refused: Vec<String>,
    requests: u64,
    /// Requests and pieces that did not come through and were tried again, or will be.
    broken: u64,
    /// Bytes of packed requests, originals apart.
    sent_bytes: u64,
    /// Rows that still wait.
    waiting: usize,
    /// Originals that are not known to be with the server.
    originals_waiting: usize,
    problems: usize,
}

pub(crate) fn run(store: &mut Store, with: &SyncWith, output: &Output) -> Result<(), Failure> {
    let address = store.device.server()?.ok_or(hudang_link::LinkError::NoServer)?;
    let way = Way::to(&address)?;
    let way = match with.cut_after {
        Some(bytes) => way.cut_after(bytes),
        None => way,
    };
    let mut synced = Synced {
        enrolled: Vec::new(),
        refused: Vec::new(),
        requests: 0,
        broken: 0,
        sent_bytes: 0,
        waiting: 0,
        originals_waiting: 0,
        problems: 0,
    };
    for enrolment in enrol_pending(&mut store.device, &way)? {
        match enrolment.outcome {
            Ok(person) => synced.enrolled.push(person.to_string()),
            Err(error) => synced.refused.push(error.code().to_owned()),
        }
    }
    store.unlock_whom_pins_open()?;
    drive(store, &way, with, output, &mut synced);
    synced.waiting = store.device.outbox()?.len();
    synced.originals_waiting = store.device.originals_waiting()?;
    synced.problems = store.device.problems()?.len();
    output.result(&synced, |synced| show(synced, output))
}

fn drive(store: &mut Store, way: &Way, with: &SyncWith, output: &Output, synced: &mut Synced) {
    let settings = Settings {
        audio: if with.audio_over_wifi {
            AudioOver::WifiOnly
        } else {
            AudioOver::AnyLink
        },
        ..Settings::default()
    };
    let link = if with.mobile { Link::Mobile } else { Link::Wifi };
    let mut machine = PhoneSync::new(settings);
    let mut by = WakeBy::Person;
    let until = Instant::now() + Duration::from_secs(with.keep_on_s);
    let bar = output.progress(0);
    let platform = store.platform();
    loop {
        let rest = work(
            &mut store.device,
            platform.as_ref(),
            &mut machine,
            way,
            Wake { link, by },
            &mut |progress| {
                match progress {
                    Progress::Asks { bytes } => {
                        synced.requests += 1;
                        synced.sent_bytes += bytes as u64;
                    }
                    Progress::Answered => bar.tick(),
                    Progress::Broke => synced.broken += 1,
                    Progress::Holds {
                        held_bytes,
                        size_bytes,
                        ..
                    } => {
                        bar.set_length(size_bytes);
                        bar.set_position(held_bytes);
                    }
                }
                Go::On
            },
        );
        let Rest::Wait { in_ms } = rest else { break };
        let nap = Duration::from_millis(in_ms).max(NAP_MIN);
        if Instant::now() + nap > until {
            break;
        }
        std::thread::sleep(nap);
        by = WakeBy::Timer;
    }
    bar.finish_and_clear();
}

fn show(synced: &Synced, output: &Output) {
    for person in &synced.enrolled {
        println!("{} {person}", output.say("已登记", "enrolled"));
    }
    for code in &synced.refused {
        println!("{} {code}", output.say("登记被拒", "enrolment refused"));
    }
    let line = match output.language {
        hudang_visit::Language::Zh => format!(
            "往返 {} 次，待上传 {} 条、原件 {} 个，问题 {} 个",
            synced.requests, synced.waiting, synced.originals_waiting, synced.problems
        ),
        hudang_visit::Language::En => format!(
            "{} round trips; {} rows and {} originals wait; {} problems",
            synced.requests, synced.waiting, synced.originals_waiting, synced.problems
        ),
    };
    println!("{line}");
}
