//! One case at a time in a child process: its panic, its hanging, its memory are its own.
//!
//! The parent writes one line of JSON with suite and case, the child answers with one line. Time is taken by the
//! parent. Memory is the child's resident set beyond what it was before the case (Linux: `VmHWM` after a reset through
//! `clear_refs`); elsewhere only time is watched.

use std::io::{BufRead as _, BufReader, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::{Failure, suites};

/// The hidden task that makes this program a worker.
pub(super) const WORKER_TASK: &str = "conformance-worker";

const TIME_MAX: Duration = Duration::from_secs(2);
const MEMORY_KIB_MAX: u64 = 256 * 1_024;
/// How often a running case's memory is looked at.
const WATCH_EVERY: Duration = Duration::from_millis(25);

#[derive(serde::Serialize, serde::Deserialize)]
struct Request {
    suite: String,
    case: String,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Answer {
    failure: Option<Failure>,
}

/// The parent's side.
pub(super) struct Worker {
    corpus: PathBuf,
    process: Option<Process>,
}

struct Process {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
}

impl Worker {
    pub(super) fn new(corpus: &Path) -> anyhow::Result<Self> {
        let corpus = corpus
            .canonicalize()
            .with_context(|| format!("Find {}", corpus.display()))?;
        Ok(Self {
            corpus,
            process: None,
        })
    }

    /// Runs one case. An error of this function is one of the machinery, not of the case.
    pub(super) fn run(&mut self, suite: &str, case: &str) -> anyhow::Result<Result<(), Failure>> {
        let mut process = match self.process.take() {
            Some(process) => process,
            None => self.start()?,
        };
        let request = serde_json::to_string(&Request {
            suite: suite.to_owned(),
            case: case.to_owned(),
        })?;
        let baseline_kib = process.reset_memory();
        writeln!(process.input, "{request}").context("Send a case to the worker")?;
        let started = Instant::now();
        loop {
            match process.answers.recv_timeout(WATCH_EVERY) {
                Ok(line) => {
                    let grown_kib = process.memory_kib("VmHWM:").saturating_sub(baseline_kib);
                    let late = started.elapsed() > TIME_MAX;
                    self.process = Some(process);
                    if late {
                        return Ok(Err(too_slow()));
                    }
                    if grown_kib > MEMORY_KIB_MAX {
                        return Ok(Err(too_big(grown_kib)));
                    }
                    let answer: Answer = serde_json::from_str(&line).context("Read the worker's answer")?;
                    return Ok(answer.failure.map_or(Ok(()), Err));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = process.child.wait().context("Wait for the worker")?;
                    return Ok(Err(Failure {
                        expected: "an answer".to_owned(),
                        got: format!("crash: {status}"),
                    }));
                }
                Err(RecvTimeoutError::Timeout) => {
                    let grown_kib = process.memory_kib("VmRSS:").saturating_sub(baseline_kib);
                    let failure = if started.elapsed() > TIME_MAX {
                        too_slow()
                    } else if grown_kib > MEMORY_KIB_MAX {
                        too_big(grown_kib)
                    } else {
                        continue;
                    };
                    process.kill()?;
                    return Ok(Err(failure));
                }
            }
        }
    }

    fn start(&self) -> anyhow::Result<Process> {
        let program = std::env::current_exe().context("Find this program")?;
        let mut child = Command::new(program)
            .arg(WORKER_TASK)
            .arg(&self.corpus)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A panic is reported in the answer; its printed message would come between the lines of the report.
            .stderr(Stdio::null())
            .spawn()
            .context("Start a worker")?;
        let input = child.stdin.take().context("Open the worker's input")?;
        let output = child.stdout.take().context("Open the worker's output")?;
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        // The first line says that the corpus is open: the time of that is no case's.
        let ready = answers
            .recv_timeout(Duration::from_mins(1))
            .context("Wait for the worker to open the corpus")?;
        anyhow::ensure!(ready == "ready", "the worker said {ready:?}");
        Ok(Process {
            child,
            input,
            answers,
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            // Its input ends, and so it does.
            drop(process.input);
            let mut child = process.child;
            let _ended = child.wait();
        }
    }
}

impl Process {
    /// Makes the peak start from now, and gives the memory in use.
    fn reset_memory(&self) -> u64 {
        let _absent_elsewhere = std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
        self.memory_kib("VmRSS:")
    }

    /// A field of `/proc/PID/status`; 0 where there is none.
    fn memory_kib(&self, field: &str) -> u64 {
        std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .unwrap_or_default()
            .lines()
            .find_map(|line| line.strip_prefix(field)?.split_whitespace().next()?.parse().ok())
            .unwrap_or(0)
    }

    fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().context("Kill the worker")?;
        self.child.wait().context("Wait for the killed worker")?;
        Ok(())
    }
}

fn too_slow() -> Failure {
    Failure {
        expected: format!("an answer within {} s", TIME_MAX.as_secs()),
        got: "none".to_owned(),
    }
}

fn too_big(grown_kib: u64) -> Failure {
    Failure {
        expected: format!("at most {} MiB more memory", MEMORY_KIB_MAX / 1_024),
        got: format!("{} MiB", grown_kib / 1_024),
    }
}

/// The child's side: `conformance-worker CORPUS`.
pub(super) fn worker(arguments: &[String]) -> anyhow::Result<()> {
    let corpus = arguments.first().context("The worker needs a corpus")?;
    let suites = suites(Path::new(corpus))?;
    println!("ready");
    for line in std::io::stdin().lines() {
        let request: Request = serde_json::from_str(&line.context("Read a case")?).context("Parse a case")?;
        let suite = suites
            .iter()
            .find(|suite| suite.name() == request.suite)
            .context("Find the suite")?;
        // The case is over after a panic; what the suite holds is only read.
        let failure = match catch_unwind(AssertUnwindSafe(|| suite.run_case(&request.case))) {
            Ok(result) => result.err(),
            Err(panic) => Some(Failure {
                expected: "no panic".to_owned(),
                got: panic_text(panic.as_ref()),
            }),
        };
        println!("{}", serde_json::to_string(&Answer { failure })?);
    }
    Ok(())
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", text.unwrap_or("without a message"))
}
