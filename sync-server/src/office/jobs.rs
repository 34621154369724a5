//! Long work of the machine: started by one request, followed by others; one of its kind at a time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use hudang_archive::{ArchiveError, CheckFinding, CheckListener, CheckProgress, CopyProgress};

use crate::message::{Job, Named};
use crate::office::auth::{By, Purpose};
use crate::office::given::{self, Name, SMALL};
use crate::problem::{Problem, Result};
use crate::shared::Shared;

/// Most findings that are kept of a check.
const FOUND_MAX: usize = 1_000;
/// Most ended jobs that are remembered.
const ENDED_MAX: usize = 20;

/// Long work under way, and what became of it.
#[derive(Default)]
pub(crate) struct Jobs {
    all: Mutex<BTreeMap<u64, Job>>,
}

impl Jobs {
    /// Notes a job unless one of its kind goes on; returns its number.
    fn begin(&self, make: impl FnOnce(u64) -> Job) -> Result<u64> {
        let mut all = self.lock();
        let id = all.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
        let job = make(id);
        let same = |other: &Job| core::mem::discriminant(other) == core::mem::discriminant(&job);
        if all.values().any(|other| same(other) && !is_done(other)) {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "JOB-RUNNING",
                "同类任务正在进行，请等它结束后再试。",
                "Work of this kind goes on; wait until it has ended.",
            ));
        }
        if all.len() >= ENDED_MAX {
            all.pop_first();
        }
        all.insert(id, job);
        Ok(id)
    }

    fn update(&self, id: u64, change: impl FnOnce(&mut Job)) {
        if let Some(job) = self.lock().get_mut(&id) {
            change(job);
        }
    }

    fn get(&self, id: u64) -> Option<Job> {
        self.lock().get(&id).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Job>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_done(job: &Job) -> bool {
    match job {
        Job::Check { done, .. } | Job::Backup { done, .. } => *done,
    }
}

/// `POST /v1/archive/checks`
pub(crate) async fn start_check(State(shared): State<Arc<Shared>>) -> Result<(StatusCode, Json<Job>)> {
    let id = shared.jobs.begin(|id| Job::Check {
        id,
        done: false,
        progress: CheckProgress::default(),
        found: Vec::new(),
        failed: String::new(),
    })?;
    let working = Arc::clone(&shared);
    shared.tasks.spawn_blocking(move || {
        let mut listener = Listener { shared: &working, id };
        let ended = working.archive.check(&[], &mut listener);
        working.jobs.update(id, |job| {
            if let Job::Check { done, failed, .. } = job {
                *done = true;
                *failed = why(ended.err());
            }
        });
    });
    started(&shared, id)
}

struct Listener<'a> {
    shared: &'a Shared,
    id: u64,
}

impl CheckListener for Listener<'_> {
    fn found(&mut self, finding: CheckFinding) {
        self.shared.jobs.update(self.id, |job| {
            if let Job::Check { found, .. } = job
                && found.len() < FOUND_MAX
            {
                found.push(finding);
            }
        });
    }

    fn progress(&mut self, now: CheckProgress) {
        self.shared.jobs.update(self.id, |job| {
            if let Job::Check { progress, .. } = job {
                *progress = now;
            }
        });
    }
}

/// `POST /v1/archive/backups`
pub(crate) async fn start_backup(
    State(shared): State<Arc<Shared>>,
    Extension(By(by)): Extension<By>,
    Purpose(purpose): Purpose,
    request: Request,
) -> Result<(StatusCode, Json<Job>)> {
    let Named { name } = given::json(&shared, request, SMALL).await?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
        return Err(Problem::malformed(
            "备份名只能用字母、数字、- 和 _",
            "a backup's name has letters, digits, - and _",
        ));
    }
    let to = folder(&shared).join(name);
    let looking = shared.looking(purpose);
    let id = shared.jobs.begin(|id| Job::Backup {
        id,
        done: false,
        blobs: 0,
        blobs_total: 0,
        bytes: 0,
        failed: String::new(),
    })?;
    let working = Arc::clone(&shared);
    shared.tasks.spawn_blocking(move || {
        let copied = hudang_private::create_dir_all(to.parent().unwrap_or(&to))
            .map_err(|source| ArchiveError::Io {
                doing: "make the directory of backups",
                source,
            })
            .and_then(|()| {
                let recipient = working.config.backup_recipient.as_ref();
                working
                    .archive
                    .back_up(&by, &to, recipient, &looking, &mut |progress| {
                        follow(&working, id, progress);
                    })
            });
        if let Ok(progress) = copied {
            follow(&working, id, progress);
        }
        working.jobs.update(id, |job| {
            if let Job::Backup { done, failed, .. } = job {
                *done = true;
                *failed = why(copied.err());
            }
        });
    });
    started(&shared, id)
}

fn follow(shared: &Shared, id: u64, progress: CopyProgress) {
    shared.jobs.update(id, |job| {
        if let Job::Backup {
            blobs,
            blobs_total,
            bytes,
            ..
        } = job
        {
            *blobs = progress.blobs;
            *blobs_total = progress.blobs_total;
            *bytes = progress.bytes;
        }
    });
}

/// Where backups are written: only below one directory, whoever asks.
fn folder(shared: &Shared) -> PathBuf {
    let beside = || {
        let root = shared.archive.root();
        let name = root
            .file_name()
            .map_or_else(|| "archive".into(), std::ffi::OsStr::to_string_lossy);
        root.with_file_name(format!("{name}-backups"))
    };
    shared.config.backups.clone().unwrap_or_else(beside)
}

fn why(error: Option<ArchiveError>) -> String {
    error.map(|error| error.code().to_owned()).unwrap_or_default()
}

/// `GET /v1/archive/checks/{id}`
pub(crate) async fn follow_check(State(shared): State<Arc<Shared>>, Name(id): Name) -> Result<Json<Job>> {
    let job = shared
        .jobs
        .get(given::id(&id, "job")?)
        .filter(|job| matches!(job, Job::Check { .. }));
    Ok(Json(job.ok_or_else(Problem::unknown)?))
}

/// `GET /v1/archive/backups/{id}`
pub(crate) async fn follow_backup(State(shared): State<Arc<Shared>>, Name(id): Name) -> Result<Json<Job>> {
    let job = shared
        .jobs
        .get(given::id(&id, "job")?)
        .filter(|job| matches!(job, Job::Backup { .. }));
    Ok(Json(job.ok_or_else(Problem::unknown)?))
}

fn started(shared: &Shared, id: u64) -> Result<(StatusCode, Json<Job>)> {
    let job = shared.jobs.get(id).ok_or_else(Problem::fault)?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}
