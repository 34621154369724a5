//! The table of commands: what the screens may ask for, with which arguments, in which session, and what comes back.

use hudang_media::code;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ts_rs::TS;

use crate::acts::{forms, people, practice, recordings, report, sealing, sending, statements, today, visits};
use crate::cross::capture::{
    AddDrawing, AddPhoto, AddSignature, AppendPiece, BearWitness, GiveConsent, Kept, OfRecording,
    StartRecording, TakePosition, Unfinished, VoidVisit, WaiveNeed, WithdrawEntry, WriteNote,
};
use crate::cross::form::{
    AddInstance, Answered, ConfirmPage, ConflictView, Drafted, DropDraft, FormChanges, FormView, OfVisit,
    Pick, RemoveInstance, Saved,
};
use crate::cross::people::{
    About, CodeRead, Enrol, Enrolments, Practise, SeenByCamera, Speak, Start, Unlock,
};
use crate::cross::report::ProblemReport;
use crate::cross::seal::{SealMade, SealPreview, SealVisit};
use crate::cross::sending::{Outbox, ProblemView, Sync, SyncProgress};
use crate::cross::today::{
    AddHousehold, Added, HouseholdCard, JoinVisit, OfErrand, OpenVisit, Opened, Today, Under, VisitCode,
};
use crate::cross::visit::{SetOutcome, VisitView};
use crate::cross::{Done, Nothing, Stated};
use crate::error::{Fault, Result};
use crate::hall::Call;
use crate::typescript::Declarations;

/// Longest arguments in bytes.
pub const ARGUMENTS_BYTES_MAX: usize = 64 << 10;
/// Largest original that crosses at once.
pub const PICTURE_BYTES_MAX: usize = 32 << 20;
/// Most bytes of a sheet that is drawn on.
pub const SHEET_BYTES_MAX: usize = 4 << 20;
/// Largest piece of a recording.
pub const PIECE_BYTES_MAX: usize = 2 << 20;
/// Largest grey picture in which a code is looked for.
pub const SEEN_BYTES_MAX: usize = code::EDGE_MAX * code::EDGE_MAX;

/// Who may call a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anybody who holds the phone.
    Nobody,
    /// A session that somebody's PIN has opened and that has not locked.
    Pin,
}

/// What comes with a call beside its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// Nothing.
    Nothing,
    /// Bytes, at most so many.
    Bytes(usize),
}

/// One command.
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Who may call it.
    pub needs: Needs,
    /// What comes with it.
    pub carries: Carries,
    pub(crate) run: fn(&mut Call<'_>, &[u8]) -> Result<Vec<u8>>,
    pub(crate) declare: fn(&mut Declarations) -> (String, String),
}

/// The command of a name.
pub fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

fn carry_out<A: DeserializeOwned, R: Serialize>(
    call: &mut Call<'_>,
    arguments: &[u8],
    act: fn(&mut Call<'_>, A) -> Result<R>,
) -> Result<Vec<u8>> {
    let wrong = |error: serde_json::Error| Fault::Arguments(error.to_string());
    let arguments = serde_json::from_slice(arguments).map_err(wrong)?;
    let reply = act(call, arguments)?;
    serde_json::to_vec(&reply).map_err(wrong)
}

fn declare<A: TS + 'static, R: TS + 'static>(to: &mut Declarations) -> (String, String) {
    (to.of::<A>(), to.of::<R>())
}

macro_rules! commands {
    ($($name:ident($arguments:ty) -> $reply:ty, $needs:expr, $carries:expr, $act:path, $about:literal;)+) => {
        /// All commands, in the order of the screens.
        pub const COMMANDS: &[Command] = &[$(Command {
            name: stringify!($name),
            about: $about,
            needs: $needs,
            carries: $carries,
            run: |call, arguments| carry_out::<$arguments, $reply>(call, arguments, $act),
            declare: declare::<$arguments, $reply>,
        }),+];
    };
}

use Carries::{Bytes, Nothing as Plain};
use Needs::{Nobody, Pin};

commands! {
    start(Nothing) -> Start, Nobody, Plain, people::start, "Says who is on this phone and who acts in this session.";
    language(Speak) -> Start, Nobody, Plain, people::language, "Chooses the language of messages for this session.";
    code_read(SeenByCamera) -> CodeRead, Nobody, Bytes(SEEN_BYTES_MAX), people::code_read, "Reads a code in a grey picture of the camera, row by row, one byte a pixel.";
    enrol(Enrol) -> Start, Nobody, Plain, people::enrol, "Makes a person's key from the office's invitation, under the PIN, and opens the session; the server hears of it with the next sync.";
    enrolments(Nothing) -> Enrolments, Nobody, Plain, people::enrolments, "Says which enrolments wait for the server.";
    unlock(Unlock) -> Start, Nobody, Plain, people::unlock, "Opens the session for a person, who acts from now on.";
    lock(Nothing) -> Start, Nobody, Plain, people::lock, "Locks the session.";
    portrait_set(Nothing) -> Start, Pin, Bytes(PICTURE_BYTES_MAX), people::portrait_set, "Keeps a small portrait of who acts, shown wherever the phone asks for the PIN; it is never sent.";
    practice_begin(Practise) -> Start, Pin, Plain, practice::practice_begin, "Goes over to a store in which nothing is real, with a household to practise on.";
    practice_end(Nothing) -> Start, Nobody, Plain, practice::practice_end, "Comes back from practising; what was practised is removed.";
    about(Nothing) -> About, Pin, Plain, people::about, "Says what phone this is and how much fits on it.";
    today(Nothing) -> Today, Pin, Plain, today::today, "Lists the households of people in this session.";
    household_areas(Nothing) -> Vec<Under>, Pin, Plain, today::household_areas, "Says in which areas a household may lie that was on nobody's list.";
    household_add(AddHousehold) -> Added, Pin, Plain, today::household_add, "Adds a household that was on nobody's list; the office gives it a code later.";
    household(OfErrand) -> HouseholdCard, Pin, Plain, today::household, "Shows a household before anybody opens a visit: what is known, and what the visit will want.";
    visit_open(OpenVisit) -> Opened, Pin, Plain, today::visit_open, "Opens the visit of an assignment, or goes on with it.";
    visit_code(OfVisit) -> VisitCode, Pin, Plain, today::visit_code, "Gives the code by which a partner's phone opens the same visit.";
    visit_scan(VisitCode) -> Opened, Pin, Plain, today::visit_scan, "Opens the visit of a partner's code.";
    visit_join(JoinVisit) -> Opened, Pin, Plain, today::visit_join, "Lets a second person of this phone join a visit with an own PIN.";
    visit(OfVisit) -> VisitView, Pin, Plain, visits::visit, "Shows a visit: what the standard wants, what there is, what is missing.";
    outcome_set(SetOutcome) -> Done, Pin, Plain, visits::outcome_set, "Decides how the visit ended.";
    form(OfVisit) -> FormView, Pin, Plain, forms::form, "Shows the whole questionnaire as it stands; from then on answers tell what they changed.";
    form_news(OfVisit) -> FormChanges, Pin, Plain, forms::form_news, "Tells what changed since the form was shown last, e.g. by a partner's answers.";
    draft(Answered) -> Drafted, Pin, Plain, forms::draft, "Keeps what is being typed, durably.";
    draft_drop(DropDraft) -> FormChanges, Pin, Plain, forms::draft_drop, "Forgets what was typed; the answer of before stands.";
    answer(Answered) -> FormChanges, Pin, Plain, forms::answer, "Answers a question, and tells what that changed. What is no answer of it stays as it was typed, with the reason in the node.";
    instance_add(AddInstance) -> FormChanges, Pin, Plain, forms::instance_add, "Adds an instance of a repeat.";
    instance_remove(RemoveInstance) -> FormChanges, Pin, Plain, forms::instance_remove, "Removes an instance, or brings it back.";
    page_confirm(ConfirmPage) -> FormChanges, Pin, Plain, forms::page_confirm, "Makes drafts answers and states all answers as they stand.";
    conflicts(OfVisit) -> Vec<ConflictView>, Pin, Plain, forms::conflicts, "Lists where people wrote different things.";
    pick(Pick) -> FormChanges, Pin, Plain, forms::pick, "Settles a conflict.";
    photo_add(AddPhoto) -> Kept, Pin, Bytes(PICTURE_BYTES_MAX), statements::photo_add, "Keeps a photo as it came from the camera, and states it.";
    drawing_add(AddDrawing) -> Kept, Pin, Bytes(SHEET_BYTES_MAX), statements::drawing_add, "Keeps a copy of a photo that somebody drew on, beside the photo, which stays as it is.";
    signature_add(AddSignature) -> Kept, Pin, Bytes(PICTURE_BYTES_MAX), statements::signature_add, "Keeps the picture of a signature made by hand, and states it.";
    recording_start(StartRecording) -> Unfinished, Pin, Plain, recordings::recording_start, "Begins a recording.";
    recording_append(AppendPiece) -> Saved, Nobody, Bytes(PIECE_BYTES_MAX), recordings::recording_append, "Adds a piece, durably and once; also after the session has locked, as a recording that this session began goes on.";
    recording_finish(OfRecording) -> Kept, Pin, Plain, recordings::recording_finish, "Ends a recording, also one that was cut off, and states it.";
    recording_discard(OfRecording) -> Done, Pin, Plain, recordings::recording_discard, "Throws an unfinished recording away.";
    recordings_unfinished(Nothing) -> Vec<Unfinished>, Pin, Plain, recordings::recordings_unfinished, "Lists recordings that are not finished.";
    consent(GiveConsent) -> Stated, Pin, Plain, statements::consent, "States what the household answered.";
    position(TakePosition) -> Stated, Pin, Plain, statements::position, "States where the phone is.";
    note(WriteNote) -> Stated, Pin, Plain, statements::note, "Writes a note.";
    waive(WaiveNeed) -> Stated, Pin, Plain, statements::waive, "States why something that the standard wants is missing.";
    witness(BearWitness) -> Stated, Pin, Plain, statements::witness, "Lets another person of this phone confirm an entry, with an own PIN.";
    withdraw(WithdrawEntry) -> Stated, Pin, Plain, statements::withdraw, "Withdraws an entry, or says that a later one takes its place.";
    void(VoidVisit) -> Stated, Pin, Plain, statements::void, "States that a visit was begun by mistake or will not be finished: it takes no more, its originals stay here, and it counts nowhere.";
    unvoid(OfVisit) -> Done, Pin, Plain, statements::unvoid, "Lets a visit that is void go on.";
    seal_preview(OfVisit) -> SealPreview, Pin, Plain, sealing::seal_preview, "Says what a seal would fix, and what is missing.";
    seal(SealVisit) -> SealMade, Pin, Plain, sealing::seal, "Seals a visit in the name of one person or two, each with the PIN.";
    outbox(Nothing) -> Outbox, Pin, Plain, sending::outbox, "Says what waits to be sent.";
    sync(Sync) -> SyncProgress, Nobody, Plain, sending::sync, "Begins to send and take in the background, and returns at once; also before anybody gave a PIN, as an enrolment has to be confirmed first.";
    sync_pause(Nothing) -> SyncProgress, Pin, Plain, sending::sync_pause, "Lets what is under way come to its end and sends nothing more for now.";
    sync_progress(Nothing) -> SyncProgress, Nobody, Plain, sending::sync_progress, "Says how sending goes.";
    problems(Nothing) -> Vec<ProblemView>, Pin, Plain, sending::problems, "Lists what is wrong and stays on record.";
    problem_report(Nothing) -> ProblemReport, Pin, Plain, report::problem_report, "Gathers what whoever helps needs to know, without anything personal.";
}
