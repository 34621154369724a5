//! Questions asked in the terminal, one after another as far as they are relevant; repeats as often as is wanted.

use std::collections::BTreeSet;
use std::io::{BufRead, Write};

use hudang_form::session::{Session, View, ViewKind};

use crate::output::Output;

/// Asks until nothing is left to ask, or the input ends.
pub(super) fn all(
    session: &mut Session,
    input: &mut impl BufRead,
    screen: &mut impl Write,
    output: &Output,
) -> std::io::Result<()> {
    let mut asked = BTreeSet::new();
    let mut closed = BTreeSet::new();
    while let Some(next) = next(&session.views(), &asked, &closed) {
        let answered = match next {
            Next::Question(view) => {
                let goes_on = question(session, &view, input, screen, output)?;
                asked.insert(view.key);
                goes_on
            }
            Next::Another(view) => another(session, view, &mut closed, input, screen, output)?,
        };
        if !answered {
            break;
        }
    }
    Ok(())
}

enum Next {
    Question(View),
    /// A repeat whose instances are all answered.
    Another(View),
}

fn next(views: &[View], asked: &BTreeSet<String>, closed: &BTreeSet<String>) -> Option<Next> {
    let mut open: Vec<&View> = Vec::new();
    for view in views.iter().filter(|view| view.relevant) {
        let is_question = is_asked(view) && !asked.contains(&view.key);
        let is_repeat = view.kind == ViewKind::OpenRepeat && !closed.contains(&view.key);
        if !is_question && !is_repeat {
            continue;
        }
        // Whoever leaves a repeat is asked first whether there is another; the innermost one comes last.
        if let Some(left) = open.last().filter(|range| !is_within(&view.key, &range.key)) {
            return Some(Next::Another((*left).clone()));
        }
        if is_question {
            return Some(Next::Question(view.clone()));
        }
        open.push(view);
    }
    open.pop().cloned().map(Next::Another)
}

fn is_within(key: &str, range: &str) -> bool {
    key.strip_prefix(range).is_some_and(|rest| rest.starts_with('['))
}

fn is_asked(view: &View) -> bool {
    let is_answerable = matches!(
        view.kind,
        ViewKind::Input
            | ViewKind::Select
            | ViewKind::Rank
            | ViewKind::Trigger
            | ViewKind::Range
            | ViewKind::Upload
    );
    is_answerable && !view.readonly || view.kind == ViewKind::Note
}

/// `false` where the input has ended.
fn question(
    session: &mut Session,
    view: &View,
    input: &mut impl BufRead,
    screen: &mut impl Write,
    output: &Output,
) -> std::io::Result<bool> {
    writeln!(screen, "{}", view.label.as_deref().unwrap_or(&view.key))?;
    if let Some(hint) = view.hint.as_deref().filter(|hint| !hint.is_empty()) {
        writeln!(screen, "  ({hint})")?;
    }
    if view.kind == ViewKind::Note {
        return Ok(true);
    }
    for choice in view.choices.iter().flat_map(|choices| choices.iter()) {
        writeln!(screen, "  {} = {}", choice.value, choice.label)?;
    }
    loop {
        write!(screen, "{} ", if view.required { "*>" } else { ">" })?;
        screen.flush()?;
        let Some(line) = line(input)? else {
            return Ok(false);
        };
        let problem = match session.set(&view.key, &line) {
            Err(error) => Some(error.to_string()),
            Ok(_) => session.view_at(&view.key).and_then(|now| {
                let is_lost = !line.is_empty() && now.value.as_deref() == Some("");
                let no_value = output.say("不是可用的答案", "that is no possible answer");
                let not_allowed = output.say("这个答案不被允许", "that answer is not allowed");
                match (is_lost, now.constraint_ok) {
                    (true, _) => Some(no_value.to_owned()),
                    (_, false) => Some(now.message.unwrap_or_else(|| not_allowed.to_owned())),
                    _ => None,
                }
            }),
        };
        match problem {
            // An empty answer is always taken: what is missing is told at the end.
            Some(problem) => writeln!(screen, "  ! {problem}")?,
            None => return Ok(true),
        }
    }
}

/// `false` where the input has ended.
fn another(
    session: &mut Session,
    range: View,
    closed: &mut BTreeSet<String>,
    input: &mut impl BufRead,
    screen: &mut impl Write,
    output: &Output,
) -> std::io::Result<bool> {
    let label = range.label.as_deref().unwrap_or(&range.key);
    writeln!(screen, "{} {label}?", output.say("再加一个", "add another"))?;
    write!(screen, "y/n> ")?;
    screen.flush()?;
    let Some(line) = line(input)? else {
        return Ok(false);
    };
    let wants = matches!(&*line.to_lowercase(), "y" | "yes" | "是");
    if !wants || session.add(&range.key).is_err() {
        closed.insert(range.key);
    }
    Ok(true)
}

fn line(input: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(line.trim().to_owned()))
}
