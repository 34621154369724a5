// Generated from crates/door by `cargo xtask codegen`. Do not edit.

import type { About, AddDrawing, AddHousehold, AddInstance, AddPhoto, AddSignature, Added, Answered, AppendPiece, BearWitness, CodeRead, ConfirmPage, ConflictView, Done, Drafted, DropDraft, Enrol, Enrolments, FormChanges, FormView, GiveConsent, HouseholdCard, JoinVisit, Kept, Nothing, OfErrand, OfRecording, OfVisit, OpenVisit, Opened, Outbox, Pick, Practise, ProblemReport, ProblemView, RemoveInstance, Saved, SealMade, SealPreview, SealVisit, SeenByCamera, SetOutcome, Speak, Start, StartRecording, Stated, Sync, SyncProgress, TakePosition, Today, Under, Unfinished, Unlock, VisitCode, VisitView, VoidVisit, WaiveNeed, WithdrawEntry, WriteNote } from "./types";

/** Every command with its arguments and its reply. */
export interface Commands {
  /** Says who is on this phone and who acts in this session. */
  start: { args: Nothing; reply: Start };
  /** Chooses the language of messages for this session. */
  language: { args: Speak; reply: Start };
  /** Reads a code in a grey picture of the camera, row by row, one byte a pixel. */
  code_read: { args: SeenByCamera; reply: CodeRead };
  /** Makes a person's key from the office's invitation, under the PIN, and opens the session; the server hears of it with the next sync. */
  enrol: { args: Enrol; reply: Start };
  /** Says which enrolments wait for the server. */
  enrolments: { args: Nothing; reply: Enrolments };
  /** Opens the session for a person, who acts from now on. */
  unlock: { args: Unlock; reply: Start };
  /** Locks the session. */
  lock: { args: Nothing; reply: Start };
  /** Keeps a small portrait of who acts, shown wherever the phone asks for the PIN; it is never sent. */
  portrait_set: { args: Nothing; reply: Start };
  /** Goes over to a store in which nothing is real, with a household to practise on. */
  practice_begin: { args: Practise; reply: Start };
  /** Comes back from practising; what was practised is removed. */
  practice_end: { args: Nothing; reply: Start };
  /** Says what phone this is and how much fits on it. */
  about: { args: Nothing; reply: About };
  /** Lists the households of people in this session. */
  today: { args: Nothing; reply: Today };
  /** Says in which areas a household may lie that was on nobody's list. */
  household_areas: { args: Nothing; reply: Array<Under> };
  /** Adds a household that was on nobody's list; the office gives it a code later. */
  household_add: { args: AddHousehold; reply: Added };
  /** Shows a household before anybody opens a visit: what is known, and what the visit will want. */
  household: { args: OfErrand; reply: HouseholdCard };
  /** Opens the visit of an assignment, or goes on with it. */
  visit_open: { args: OpenVisit; reply: Opened };
  /** Gives the code by which a partner's phone opens the same visit. */
  visit_code: { args: OfVisit; reply: VisitCode };
  /** Opens the visit of a partner's code. */
  visit_scan: { args: VisitCode; reply: Opened };
  /** Lets a second person of this phone join a visit with an own PIN. */
  visit_join: { args: JoinVisit; reply: Opened };
  /** Shows a visit: what the standard wants, what there is, what is missing. */
  visit: { args: OfVisit; reply: VisitView };
  /** Decides how the visit ended. */
  outcome_set: { args: SetOutcome; reply: Done };
  /** Shows the whole questionnaire as it stands; from then on answers tell what they changed. */
  form: { args: OfVisit; reply: FormView };
  /** Tells what changed since the form was shown last, e.g. by a partner's answers. */
  form_news: { args: OfVisit; reply: FormChanges };
  /** Keeps what is being typed, durably. */
  draft: { args: Answered; reply: Drafted };
  /** Forgets what was typed; the answer of before stands. */
  draft_drop: { args: DropDraft; reply: FormChanges };
  /** Answers a question, and tells what that changed. What is no answer of it stays as it was typed, with the reason in the node. */
  answer: { args: Answered; reply: FormChanges };
  /** Adds an instance of a repeat. */
  instance_add: { args: AddInstance; reply: FormChanges };
  /** Removes an instance, or brings it back. */
  instance_remove: { args: RemoveInstance; reply: FormChanges };
  /** Makes drafts answers and states all answers as they stand. */
  page_confirm: { args: ConfirmPage; reply: FormChanges };
  /** Lists where people wrote different things. */
  conflicts: { args: OfVisit; reply: Array<ConflictView> };
  /** Settles a conflict. */
  pick: { args: Pick; reply: FormChanges };
  /** Keeps a photo as it came from the camera, and states it. */
  photo_add: { args: AddPhoto; reply: Kept };
  /** Keeps a copy of a photo that somebody drew on, beside the photo, which stays as it is. */
  drawing_add: { args: AddDrawing; reply: Kept };
  /** Keeps the picture of a signature made by hand, and states it. */
  signature_add: { args: AddSignature; reply: Kept };
  /** Begins a recording. */
  recording_start: { args: StartRecording; reply: Unfinished };
  /** Adds a piece, durably and once; also after the session has locked, as a recording that this session began goes on. */
  recording_append: { args: AppendPiece; reply: Saved };
  /** Ends a recording, also one that was cut off, and states it. */
  recording_finish: { args: OfRecording; reply: Kept };
  /** Throws an unfinished recording away. */
  recording_discard: { args: OfRecording; reply: Done };
  /** Lists recordings that are not finished. */
  recordings_unfinished: { args: Nothing; reply: Array<Unfinished> };
  /** States what the household answered. */
  consent: { args: GiveConsent; reply: Stated };
  /** States where the phone is. */
  position: { args: TakePosition; reply: Stated };
  /** Writes a note. */
  note: { args: WriteNote; reply: Stated };
  /** States why something that the standard wants is missing. */
  waive: { args: WaiveNeed; reply: Stated };
  /** Lets another person of this phone confirm an entry, with an own PIN. */
  witness: { args: BearWitness; reply: Stated };
  /** Withdraws an entry, or says that a later one takes its place. */
  withdraw: { args: WithdrawEntry; reply: Stated };
  /** States that a visit was begun by mistake or will not be finished: it takes no more, its originals stay here, and it counts nowhere. */
  void: { args: VoidVisit; reply: Stated };
  /** Lets a visit that is void go on. */
  unvoid: { args: OfVisit; reply: Done };
  /** Says what a seal would fix, and what is missing. */
  seal_preview: { args: OfVisit; reply: SealPreview };
  /** Seals a visit in the name of one person or two, each with the PIN. */
  seal: { args: SealVisit; reply: SealMade };
  /** Says what waits to be sent. */
  outbox: { args: Nothing; reply: Outbox };
  /** Begins to send and take in the background, and returns at once; also before anybody gave a PIN, as an enrolment has to be confirmed first. */
  sync: { args: Sync; reply: SyncProgress };
  /** Lets what is under way come to its end and sends nothing more for now. */
  sync_pause: { args: Nothing; reply: SyncProgress };
  /** Says how sending goes. */
  sync_progress: { args: Nothing; reply: SyncProgress };
  /** Lists what is wrong and stays on record. */
  problems: { args: Nothing; reply: Array<ProblemView> };
  /** Gathers what whoever helps needs to know, without anything personal. */
  problem_report: { args: Nothing; reply: ProblemReport };
}

/** A command's name. */
export type CommandName = keyof Commands;

/** Commands whose call carries bytes beside the arguments. */
export type CarryingName = "code_read" | "portrait_set" | "photo_add" | "drawing_add" | "signature_add" | "recording_append";

/** Commands that need no PIN session. */
export type OpenName = "start" | "language" | "code_read" | "enrol" | "enrolments" | "unlock" | "lock" | "practice_end" | "recording_append" | "sync" | "sync_progress";
