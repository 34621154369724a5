//! `phone serve`: the phone's screens in a browser.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use hudang_door::{Door, Furnishing};
use hudang_host::{Host, HostError, Hosting};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::PhoneServe;
use crate::error::Failure;
use crate::output::Output;

use super::store::Store;

#[derive(Serialize)]
struct Serving {
    url: String,
    listening: String,
    /// SHA-256 of the certificate that was made for `--lan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_fingerprint: Option<String>,
}

pub(crate) fn run(store: Store, with: PhoneServe, reserve_mb: u32, output: &Output) -> Result<(), Failure> {
    let any = if with.lan {
        Ipv4Addr::UNSPECIFIED
    } else {
        Ipv4Addr::LOCALHOST
    };
    let hosting = Hosting {
        listen: with.listen.unwrap_or(SocketAddr::from((any, 0))),
        screens: with.ui,
        lan: with.lan,
    };
    let platform = store.platform();
    let furnishing = Furnishing {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        reserve_bytes: u64::from(reserve_mb) << 20,
    };
    let door = Door::new(store.device, platform, furnishing);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(&HostError::Listen(error)))?;
    runtime.block_on(serve(door, hosting, output))
}

async fn serve(door: Door, hosting: Hosting, output: &Output) -> Result<(), Failure> {
    let host = Host::start(door, hosting).await.map_err(|error| failed(&error))?;
    let serving = Serving {
        url: host.url().to_owned(),
        listening: host.address().to_string(),
        tls_fingerprint: host.fingerprint().map(|print| print.to_string()),
    };
    output.line(&serving, |serving| show(serving, output))?;
    let listening = |error| failed(&HostError::Listen(error));
    let mut terminate = signal(SignalKind::terminate()).map_err(listening)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(listening)?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    host.serve(stop).await.map_err(listening)
}

fn show(serving: &Serving, output: &Output) {
    println!(
        "{} {}",
        output.say("手机界面", "the phone's screens"),
        serving.url
    );
    if let Some(print) = &serving.tls_fingerprint {
        println!("{} {print}", output.say("证书指纹", "certificate fingerprint"));
    }
    // Whoever reads the address from a pipe waits for it.
    let _ = std::io::stdout().flush();
}

fn failed(error: &HostError) -> Failure {
    let (zh, en) = error.sentences();
    Failure::new(error.code(), zh, en).because(error)
}
