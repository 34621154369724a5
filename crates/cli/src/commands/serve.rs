//! `hudang serve`: the server, until it is told to stop.

use std::io::Write as _;

use hudang_archive::{Archive, NewAccount, NewArchive, Opening, Quotas, Role};
use hudang_sync_server::{Config, Limits, LogForm, ServeError, Server, Transport, start_log};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::{Log, Serve};
use crate::commands::local;
use crate::error::Failure;
use crate::output::Output;
use crate::outside;

/// Whose token a new archive gets.
const FIRST_TOKEN: &str = "first";
/// The organisation of those who run the machine.
const MACHINE: &str = "machine";

#[derive(Serialize)]
struct Serving {
    listening: String,
    url: String,
    origin: String,
    receipt_key: String,
    /// SHA-256 of the server's own certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_fingerprint: Option<String>,
    /// A system administrator's token, shown once, at the start of a new archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

pub(crate) fn run(command: Serve, output: &Output) -> Result<(), Failure> {
    start_log(match command.log {
        Log::Json => LogForm::Json,
        Log::Text => LogForm::Text,
    });
    let (archive, token) = open(&command)?;
    let config = config(command);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(&ServeError::Io("start", error)))?;
    runtime.block_on(serve(archive, config, token, output))
}

/// Opens the archive, or makes one where there is none; a new one gets a first token.
fn open(command: &Serve) -> Result<(Archive, Option<String>), Failure> {
    let now = outside::now();
    let opening = match &command.origin {
        Some(origin) => Opening::or_new(
            NewArchive {
                origin: origin.clone(),
                secret: outside::random()?,
                identity_secret: outside::random()?,
            },
            now,
            outside::random()?,
        ),
        None => Opening::existing(now, outside::random()?),
    };
    let archive = Archive::open(&command.dir, &opening)?;
    let is_new = archive.accounts(&local())?.is_empty();
    let token = is_new
        .then(|| {
            let random = outside::random()?;
            let organisation = MACHINE
                .parse()
                .map_err(|_| Failure::input("单位编号", "organisation id", MACHINE))?;
            let first = NewAccount::program(FIRST_TOKEN.to_owned(), organisation, Role::SystemAdmin);
            Ok::<_, Failure>(archive.create_token(&local(), first, random, now)?)
        })
        .transpose()?;
    Ok((archive, token))
}

fn config(command: Serve) -> Config {
    let transport = match (command.plain, command.tls_cert, command.tls_key) {
        (true, ..) => Transport::Plain,
        (false, Some(certificate), Some(key)) => Transport::Files { certificate, key },
        _ => Transport::OwnCertificate,
    };
    let usual = Limits::DEFAULT;
    let quotas = Quotas {
        reserve_bytes: command.reserve_mb.saturating_mul(1 << 20),
        ..usual.quotas
    };
    Config {
        transport,
        limits: Limits { quotas, ..usual },
        trusted_proxies: command.trusted_proxies,
        public_url: command.public_url,
        backups: command.backups,
        backup_recipient: command.backup_recipient,
        ..Config::new(command.listen)
    }
}

async fn serve(
    archive: Archive,
    config: Config,
    token: Option<String>,
    output: &Output,
) -> Result<(), Failure> {
    let (origin, receipt_key) = (archive.origin().to_owned(), archive.receipt_key().to_string());
    let server = Server::start(archive, config)
        .await
        .map_err(|error| failed(&error))?;
    let serving = Serving {
        listening: server.address().to_string(),
        url: server.url().to_owned(),
        origin,
        receipt_key,
        tls_fingerprint: server.fingerprint().map(|print| print.to_string()),
        token,
    };
    output.line(&serving, |serving| show(serving, output))?;
    let stop = server.stop_handle();
    let signals = [SignalKind::terminate(), SignalKind::interrupt()];
    for kind in signals {
        let mut arriving =
            signal(kind).map_err(|error| failed(&ServeError::Io("listen to signals", error)))?;
        let stop = stop.clone();
        tokio::spawn(async move {
            arriving.recv().await;
            stop.stop();
        });
    }
    server.stopped().await;
    Ok(())
}

fn show(serving: &Serving, output: &Output) {
    println!("{} {}", output.say("服务地址", "serving"), serving.url);
    println!("{} {}", output.say("名称", "origin"), serving.origin);
    println!(
        "{} {}",
        output.say("回执公钥", "receipt key"),
        serving.receipt_key
    );
    if let Some(print) = &serving.tls_fingerprint {
        println!("{} {print}", output.say("证书指纹", "certificate fingerprint"));
    }
    if let Some(token) = &serving.token {
        let words = output.say(
            "系统管理员令牌（只显示这一次，请妥善保存）",
            "system administrator's token (shown this once; keep it)",
        );
        println!("{words} {token}");
    }
    // Whoever reads the address from a pipe waits for it.
    let _ = std::io::stdout().flush();
}

fn failed(error: &ServeError) -> Failure {
    Failure::new(error.code(), error.chinese(), error.english()).because(error)
}
