// Generated from crates/door by `cargo xtask codegen`. Do not edit.

/**
 * How a visit ended.
 */
export type Outcome = "done" | "nobody-at-home" | "refused" | "moved" | "deceased" | "unknown";

/**
 * About this phone.
 */
export type About = { 
/**
 * Version of the app.
 */
version: string, 
/**
 * Names the installation.
 */
installation: string, 
/**
 * Where the server is.
 */
server: string | null, 
/**
 * SHA-256 of its certificate, where it made its own.
 */
server_fingerprint: string | null, 
/**
 * The evidence keys in use.
 */
keys: Array<Key>, 
/**
 * Free space in bytes.
 */
free_bytes: number, 
/**
 * How many hours of recording fit above the reserve, at 32 kbit/s.
 */
recording_hours: number, 
/**
 * Originals that are not known to be with the server.
 */
originals_waiting: number, };

/**
 * Arguments of `drawing_add`; the body is the sheet that was drawn on, transparent where nothing is, over the whole photo.
 */
export type AddDrawing = { 
/**
 * The visit.
 */
visit: string, 
/**
 * The entry of the photo.
 */
of: string, };

/**
 * Arguments of `household_add`.
 */
export type AddHousehold = { 
/**
 * Under which contract.
 */
contract: string, 
/**
 * The area's code.
 */
area: string, 
/**
 * Who heads it.
 */
head: string, 
/**
 * Where it lives.
 */
address: string, 
/**
 * How to reach it; may be empty.
 */
phone: string, };

/**
 * Arguments of `instance_add`.
 */
export type AddInstance = { 
/**
 * The visit.
 */
visit: string, 
/**
 * The repeat, as the node's `path` says.
 */
repeat: string, };

/**
 * Arguments of `photo_add`; the bytes come as the body.
 */
export type AddPhoto = { 
/**
 * The visit.
 */
visit: string, 
/**
 * What it is for, as the standard names it.
 */
purpose: string, 
/**
 * It was chosen from files, not taken now.
 */
imported: boolean, 
/**
 * The entry of the photo that it takes the place of: that one is withdrawn, and answers that named it name this one.
 */
instead?: string | null, };

/**
 * Arguments of `signature_add`; the picture comes as the body.
 */
export type AddSignature = { 
/**
 * The visit.
 */
visit: string, 
/**
 * Who signed.
 */
role: "household" | "neighbour" | "investigator", 
/**
 * Of an investigator's signature: whose it is; the caller's where nothing is said.
 */
signer?: string, 
/**
 * By whose hand; the signer's own where nothing is said.
 */
hand?: SigningHand, };

/**
 * Reply of `household_add`.
 */
export type Added = { 
/**
 * The household, as `visit_open` takes it.
 */
household: string, };

/**
 * Arguments of `draft` and `answer`.
 */
export type Answered = { 
/**
 * The visit.
 */
visit: string, 
/**
 * The question, as the node's `path` says.
 */
path: string, 
/**
 * The answer; `null` takes it back.
 */
value: Scalar, };

/**
 * Arguments of `recording_append`; the piece comes as the body.
 */
export type AppendPiece = { 
/**
 * The recording.
 */
recording: string, 
/**
 * After how many bytes of the recording the piece begins: one that was kept already is not kept twice.
 */
offset: number, };

/**
 * One area of a contract.
 */
export type AreaChoice = { 
/**
 * Administrative division code (GB/T 2260).
 */
code: string, 
/**
 * What the contract calls it.
 */
name: string, };

/**
 * Arguments of `witness`: another person confirms an entry, with an own PIN.
 */
export type BearWitness = { 
/**
 * The visit.
 */
visit: string, 
/**
 * What is confirmed.
 */
entry: string, 
/**
 * Who confirms it.
 */
person: string, 
/**
 * That person's PIN.
 */
pin: string, };

/**
 * What becomes of an earlier entry.
 */
export type Becomes = "withdrawn" | "replaced";

/**
 * Something that may be chosen.
 */
export type ChoiceView = { 
/**
 * What is stored.
 */
value: string, 
/**
 * What is read.
 */
label: string, };

/**
 * Which codes are looked for in a picture.
 */
export type CodeKinds = "qr" | "any";

/**
 * What a code says.
 */
export type CodeRead = { 
/**
 * Its text; nothing where no code can be read.
 */
text: string | null, };

/**
 * One of the office's comments.
 */
export type CommentView = { 
/**
 * The code of the requirement that it is about, as in [`Need`]; empty where it is about the whole visit.
 */
requirement: string, 
/**
 * What the office wrote.
 */
text: string, 
/**
 * What the form asks where the comment is about a question.
 */
label: string | null, 
/**
 * The key of that question in the form.
 */
key: string | null, };

/**
 * Arguments of `page_confirm`.
 */
export type ConfirmPage = { 
/**
 * The visit.
 */
visit: string, 
/**
 * The page's name; the whole form without it.
 */
page?: string, };

/**
 * A place where people wrote different things.
 */
export type ConflictView = { 
/**
 * As `pick` takes it.
 */
place: string, 
/**
 * What is asked there, where it is a question.
 */
label: string | null, 
/**
 * The key of the question's node.
 */
key: string | null, 
/**
 * What was written, and by whom.
 */
values: Array<WrittenView>, };

/**
 * What the household answered.
 */
export type ConsentView = { 
/**
 * Its entry.
 */
entry: string, 
/**
 * What was asked.
 */
to: "visit" | "photo" | "audio", 
/**
 * What was answered.
 */
given: boolean, 
/**
 * When it was stated, in milliseconds since 1970.
 */
at_ms: number, 
/**
 * It was withdrawn or replaced later.
 */
withdrawn: boolean, };

/**
 * A code and how often it stands.
 */
export type Counted = { 
/**
 * Stable code.
 */
code: string, 
/**
 * How often.
 */
times: number, };

/**
 * It was done, and there is nothing more to tell.
 */
export type Done = { 
/**
 * Always true: what could not be done is an error.
 */
done: boolean, };

/**
 * An error as it crosses.
 */
export type DoorError = { 
/**
 * Stable code.
 */
code: string, 
/**
 * What happened and what to do, in the screen's language.
 */
message: string, 
/**
 * Who can do something about it.
 */
kind: FaultKind, 
/**
 * Where a button may lead.
 */
action: Remedy | null, 
/**
 * After how many milliseconds it may be tried again.
 */
wait_ms: number | null, 
/**
 * Whose PIN or key it is about, where several gave one.
 */
person: string | null, };

/**
 * Reply of `draft`.
 */
export type Drafted = { 
/**
 * Whether it could be the answer as it stands; kept it is in any case.
 */
fits: boolean, };

/**
 * A copy of a photo that somebody drew on.
 */
export type DrawingView = { 
/**
 * Its entry.
 */
entry: string, 
/**
 * The copy.
 */
blob: string, };

/**
 * Arguments of `draft_drop`.
 */
export type DropDraft = { 
/**
 * The visit.
 */
visit: string, 
/**
 * The question, as the node's `path` says.
 */
path: string, };

/**
 * Arguments of `enrol`.
 */
export type Enrol = { 
/**
 * The text of the office's QR code.
 */
invitation: string, 
/**
 * The PIN that the person chose.
 */
pin: string, };

/**
 * Enrolments that wait.
 */
export type Enrolments = { 
/**
 * How many the server has not confirmed.
 */
pending: number, 
/**
 * Where the server is.
 */
server: string | null, };

/**
 * A household that people of this session are to visit.
 */
export type Errand = { 
/**
 * Whom.
 */
household: string, 
/**
 * The household's code.
 */
code: string, 
/**
 * Who heads it, as far as the office knows.
 */
head: string | null, 
/**
 * Where it lives, as far as the phone knows.
 */
address: string | null, 
/**
 * How to reach it.
 */
phone: string | null, 
/**
 * What the contract calls its area.
 */
area: string | null, 
/**
 * Under which contract.
 */
contract: string, 
/**
 * The visit, where the office named one or one was begun here.
 */
visit: string | null, 
/**
 * With which form; without it the visit cannot be opened yet.
 */
form: string | null, 
/**
 * Who goes.
 */
people: string[], 
/**
 * How far it is.
 */
state: VisitState, 
/**
 * Whose turn it is, where it is half sealed.
 */
sealing: Sealing, 
/**
 * The last day of the contract's period, `YYYY-MM-DD`.
 */
due: string | null, 
/**
 * When somebody on this phone opened a visit of this household last, in milliseconds since 1970.
 */
last_visit_ms: number | null, 
/**
 * Where the household was found before, as far as this phone knows.
 */
place: Place | null, 
/**
 * How many lines of a visit in work are missing, as the visit itself tells; absent where that was not worked out.
 */
lacks: number | null, };

/**
 * Who can do something about it.
 */
export type FaultKind = "yours" | "again" | "ours";

/**
 * What a seal would fix.
 */
export type Fixes = { 
/**
 * Answers.
 */
answers: number, 
/**
 * Photos.
 */
photos: number, 
/**
 * Recordings.
 */
recordings: number, 
/**
 * Signatures by hand.
 */
signatures: number, 
/**
 * All originals together, in bytes.
 */
size_bytes: number, };

/**
 * What one step changed, and nothing else.
 */
export type FormChanges = { 
/**
 * What is new or looks different.
 */
changed: Array<Node>, 
/**
 * Keys of what is no longer there.
 */
gone: Array<string>, 
/**
 * All keys in their order, where something came or went.
 */
order: Array<string> | null, 
/**
 * How far the form is filled in.
 */
progress: FormProgress, 
/**
 * The path of the instance that was added.
 */
added: string | null, };

/**
 * How far the form is filled in.
 */
export type FormProgress = { 
/**
 * Where that is.
 */
stage: FormStage, 
/**
 * Questions that are asked as it stands.
 */
asked: number, 
/**
 * Of these, answered.
 */
answered: number, 
/**
 * Required and not answered.
 */
missing: number, 
/**
 * Answered in a way that the form does not allow.
 */
not_allowed: number, 
/**
 * Typed, and no answer of the question: the text is kept, and no seal leaves it behind.
 */
unfit: number, 
/**
 * The key of the first question that is missing, not allowed, or unfit.
 */
first_wanting: string | null, };

/**
 * Where filling in the form is, so that numbers are read for what they are.
 */
export type FormStage = "nothing_asked" | "not_begun" | "begun";

/**
 * Reply of `form`.
 */
export type FormView = { 
/**
 * The visit.
 */
visit: string, 
/**
 * The form.
 */
form: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * Its version.
 */
version: string, 
/**
 * Its pages, in order.
 */
pages: Array<Page>, 
/**
 * Everything, parents before children, in order.
 */
nodes: Array<Node>, 
/**
 * How far it is filled in.
 */
progress: FormProgress, 
/**
 * Whether nothing can be answered any more, as a seal covers it.
 */
sealed: boolean, 
/**
 * Where the office sent the visit back: its comments, those on questions with the question's key.
 */
comments: Array<CommentView>, };

/**
 * Arguments of `consent`.
 */
export type GiveConsent = { 
/**
 * The visit.
 */
visit: string, 
/**
 * What was asked.
 */
to: "visit" | "photo" | "audio", 
/**
 * What was answered.
 */
given: boolean, };

/**
 * Reply of `household`: its card before a visit.
 */
export type HouseholdCard = { 
/**
 * The line of the list.
 */
errand: Errand, 
/**
 * What the standard will want of a finished visit.
 */
needs: Array<Need>, 
/**
 * How the last visit of the household that this phone knows ended.
 */
last_outcome: Outcome | null, };

/**
 * Of which type a value is.
 */
export type InputKind = "text" | "barcode" | "integer" | "decimal" | "date" | "time" | "date_time" | "geopoint" | "geotrace" | "geoshape" | "file";

/**
 * Arguments of `visit_join`: the second investigator on the same phone, with an own PIN.
 */
export type JoinVisit = { 
/**
 * The visit.
 */
visit: string, 
/**
 * Who joins.
 */
person: string, 
/**
 * The joining person's PIN.
 */
pin: string, 
/**
 * Where both stand, as far as the phone knows: the joining person's own trace, and that of who acts where there is none.
 */
place?: PlaceFix, };

/**
 * An original was kept and stated.
 */
export type Kept = { 
/**
 * Its entry.
 */
entry: string, 
/**
 * Its name: SHA-256, as `/blob/…` and `/thumbnail/…` take it.
 */
blob: string, 
/**
 * Its size.
 */
size_bytes: number, };

/**
 * The evidence key of a person.
 */
export type Key = { 
/**
 * Whose.
 */
person: string, 
/**
 * SHA-256 of the public key.
 */
device: string, };

/**
 * Something that is missing, as the assessment says it.
 */
export type Lack = { 
/**
 * Stable code.
 */
code: string, 
/**
 * The requirement's code; empty where none can be waived.
 */
requirement: string, 
/**
 * How much there is.
 */
have: number, 
/**
 * How much is needed.
 */
need: number, 
/**
 * What is missing and what to do.
 */
message: string, 
/**
 * The key of the first question in the form that it means.
 */
key: string | null, 
/**
 * Whether no seal may leave it behind, not even where a partner's phone brings the rest: a typed text that is no
 * answer of its question stands on this phone alone.
 */
blocks: boolean, };

/**
 * The link that there is.
 */
export type LinkKind = "wifi" | "mobile";

/**
 * One thing that the standard wants.
 */
export type Need = { 
/**
 * Its code in the standard, as `waive` takes it.
 */
requirement: string, 
/**
 * What kind of thing.
 */
kind: NeedKind, 
/**
 * What it is about.
 */
subject: string, 
/**
 * As it is read: a question's label, a purpose.
 */
label: string, 
/**
 * How much there is.
 */
have: number, 
/**
 * How much is needed; of a position the most that is allowed.
 */
need: number, 
/**
 * How it stands.
 */
state: NeedState, 
/**
 * What is missing and what to do.
 */
message: string | null, 
/**
 * The same where something is there and does not suffice: beside the need, so that nobody wonders.
 */
why: string | null, 
/**
 * The reasons for which it may be waived; empty where it may not.
 */
waivable_for: Array<string>, 
/**
 * Whether a waiver must be confirmed by a second person.
 */
waiver_wants_witness: boolean, };

/**
 * What kind of thing the standard wants.
 */
export type NeedKind = "investigators" | "question" | "photo" | "recording" | "signature" | "consent" | "position" | "attempts";

/**
 * How a need stands.
 */
export type NeedState = "met" | "missing" | "waived";

/**
 * A node of the form as it stands.
 */
export type Node = { 
/**
 * Stays while the node is there.
 */
key: string, 
/**
 * The key of what it is in; absent on the top.
 */
parent: string | null, 
/**
 * The number of its page, from 0.
 */
page: number, 
/**
 * What it is.
 */
kind: NodeKind, 
/**
 * Of which type its value is.
 */
input: InputKind, 
/**
 * As `draft`, `answer`, `instance_add` (of a repeat) and `instance_remove` (of an instance) take it.
 */
path: string, 
/**
 * How the form wants it to look, e.g. `minimal`, `thousands-sep`.
 */
appearance: string, 
/**
 * Other attributes of the form's element, e.g. `mediatype`.
 */
attributes: { [key in string]: string }, 
/**
 * Of a range: its bounds.
 */
range: RangeView | null, 
/**
 * What is asked.
 */
label: string | null, 
/**
 * What helps.
 */
hint: string | null, 
/**
 * Whether it is asked at all.
 */
relevant: boolean, 
/**
 * Whether it must be answered.
 */
required: boolean, 
/**
 * Whether it cannot be answered.
 */
readonly: boolean, 
/**
 * Whether the form works it out.
 */
calculated: boolean, 
/**
 * The answer as a text; empty where there is none; absent where it holds no value.
 */
value: string | null, 
/**
 * What is being typed, where that was not made an answer yet.
 */
draft: Scalar | null, 
/**
 * Why what is in `draft` is no answer of the question, and what to do; absent where it can become one.
 */
unfit: string | null, 
/**
 * Whether the answer is one that the form allows.
 */
allowed: boolean, 
/**
 * Whether it must be answered and is not.
 */
missing: boolean, 
/**
 * What the form says about an answer that is missing or not allowed.
 */
message: string | null, 
/**
 * What may be chosen.
 */
choices: Array<ChoiceView> | null, 
/**
 * What was answered at the last visit of this household on this phone.
 */
previous: Scalar | null, 
/**
 * Whether two people wrote different things here.
 */
in_conflict: boolean, };

/**
 * What a node is to the screen.
 */
export type NodeKind = "group" | "repeat" | "counted_repeat" | "instance" | "input" | "note" | "select_one" | "select_many" | "rank" | "trigger" | "range" | "upload" | "hidden";

/**
 * A note.
 */
export type NoteView = { 
/**
 * Its text.
 */
text: string, };

/**
 * No argument.
 */
export type Nothing = Record<symbol, never>;

/**
 * Arguments of `household`: as the list names it.
 */
export type OfErrand = { 
/**
 * Whom.
 */
household: string, 
/**
 * Under which contract.
 */
contract: string, 
/**
 * Which visit, where the assignment names one.
 */
visit?: string | null, };

/**
 * Arguments of what is about one recording.
 */
export type OfRecording = { 
/**
 * The recording.
 */
recording: string, };

/**
 * Arguments of what is about one visit.
 */
export type OfVisit = { 
/**
 * The visit.
 */
visit: string, };

/**
 * Arguments of `visit_open`.
 */
export type OpenVisit = { 
/**
 * Whom.
 */
household: string, 
/**
 * Under which contract.
 */
contract: string, 
/**
 * Which visit, where the assignment names one.
 */
visit?: string | null, 
/**
 * Begins another visit where the office named none and one is on the phone.
 */
anew?: boolean, };

/**
 * Reply of `visit_open`.
 */
export type Opened = { 
/**
 * The visit.
 */
visit: string, };

/**
 * Reply of `outbox`.
 */
export type Outbox = { 
/**
 * Visits with something to send, and those that were received, by the household's code.
 */
parcels: Array<Parcel>, 
/**
 * Rows that concern the phone alone.
 */
rows_of_phone: number, 
/**
 * What the server refused of these, and what to do.
 */
refusals_of_phone: Array<DoorError>, 
/**
 * Bytes of originals that wait.
 */
originals_bytes: number, 
/**
 * Originals that wait.
 */
originals: number, 
/**
 * Whether more originals wait than are told of here.
 */
and_more: boolean, };

/**
 * A page: a group on the top, or the questions between two of them.
 */
export type Page = { 
/**
 * Its name, as `page_confirm` takes it.
 */
name: string, 
/**
 * What stands above it.
 */
label: string | null, };

/**
 * What one visit still has to send.
 */
export type Parcel = { 
/**
 * The visit.
 */
visit: string, 
/**
 * The household's code.
 */
code: string, 
/**
 * Rows that wait.
 */
rows: number, 
/**
 * What the server refused, and what to do.
 */
refusals: Array<DoorError>, 
/**
 * Photos and pictures that wait.
 */
photos: number, 
/**
 * Their bytes.
 */
photo_bytes: number, 
/**
 * Recordings that wait.
 */
recordings: number, 
/**
 * Their bytes.
 */
recording_bytes: number, 
/**
 * How far the visit is.
 */
state: VisitState, };

/**
 * Arguments of `pick`.
 */
export type Pick = { 
/**
 * The visit.
 */
visit: string, 
/**
 * The place, as `conflicts` named it.
 */
place: string, 
/**
 * What is to stand.
 */
value: Scalar, };

/**
 * A photo or a signature by hand.
 */
export type PictureView = { 
/**
 * Its entry.
 */
entry: string, 
/**
 * The original.
 */
blob: string, 
/**
 * What it is for, as the standard names it.
 */
purpose: string, 
/**
 * Size of the original.
 */
size_bytes: number, 
/**
 * When it was stated, in milliseconds since 1970.
 */
at_ms: number, 
/**
 * Who stated it.
 */
person: string | null, 
/**
 * When the camera says it was taken, local time.
 */
taken: string | null, 
/**
 * Where the camera says it was taken.
 */
place: Place | null, 
/**
 * It was chosen from files.
 */
imported: boolean, 
/**
 * It was withdrawn or replaced later.
 */
withdrawn: boolean, 
/**
 * The copies of it that somebody drew on.
 */
drawings: Array<DrawingView>, 
/**
 * What speaks against it, each with what to do: why it does not count, or why the office will ask.
 */
doubts: Array<string>, };

/**
 * A place in units of 1e-7 degrees (WGS-84).
 */
export type Place = { 
/**
 * Latitude × 10⁷.
 */
lat_e7: number, 
/**
 * Longitude × 10⁷.
 */
lon_e7: number, };

/**
 * Where the platform says the phone is, beside something else that is stated there.
 */
export type PlaceFix = { 
/**
 * Latitude × 10⁷.
 */
lat_e7: number, 
/**
 * Longitude × 10⁷.
 */
lon_e7: number, 
/**
 * Radius of confidence in centimetres.
 */
accuracy_cm: number, 
/**
 * Whether the platform marked it as simulated.
 */
mock: boolean, 
/**
 * The time of the fix, in milliseconds since 1970.
 */
fix_ms?: number, };

/**
 * A position.
 */
export type PositionView = { 
/**
 * Its entry.
 */
entry: string, 
/**
 * Where.
 */
place: Place, 
/**
 * Radius of confidence in centimetres.
 */
accuracy_cm: number, 
/**
 * Whether the platform marked it as simulated.
 */
mock: boolean, 
/**
 * When it was stated, in milliseconds since 1970.
 */
at_ms: number, 
/**
 * It was withdrawn or replaced later.
 */
withdrawn: boolean, };

/**
 * Arguments of `practice_begin`.
 */
export type Practise = { 
/**
 * One's own PIN.
 */
pin: string, };

/**
 * Reply of `problem_report`.
 */
export type ProblemReport = { 
/**
 * Version of the app.
 */
version: string, 
/**
 * Names the installation.
 */
installation: string, 
/**
 * Where the server is.
 */
server: string | null, 
/**
 * The phone's clock, in milliseconds since 1970.
 */
now_ms: number, 
/**
 * How many people are on this phone.
 */
people: number, 
/**
 * How many enrolments the server has not confirmed.
 */
enrolments_pending: number, 
/**
 * Free space in bytes.
 */
free_bytes: number, 
/**
 * Assignments on this phone.
 */
assignments: number, 
/**
 * Visits on this phone.
 */
visits: number, 
/**
 * Recordings that are not finished.
 */
recordings_unfinished: number, 
/**
 * Rows that wait.
 */
rows_waiting: number, 
/**
 * Originals that wait.
 */
originals_waiting: number, 
/**
 * What the server refused: codes, each with how often.
 */
refused: Array<Counted>, 
/**
 * How sending stands.
 */
sync: SyncPhase, 
/**
 * The code of what went wrong last with sending.
 */
sync_problem: string | null, 
/**
 * What stays on record, the newest first.
 */
problems: Array<Recorded>, };

/**
 * Something that is wrong and stays on record.
 */
export type ProblemView = { 
/**
 * Stable code.
 */
code: string, 
/**
 * What happened and what to do.
 */
message: string, 
/**
 * The id of what it is about.
 */
subject: string, 
/**
 * The visit that it is about, where that is known.
 */
visit: string | null, 
/**
 * When it was first seen, in milliseconds since 1970.
 */
at_ms: number, };

/**
 * Between which numbers, in which steps, as texts.
 */
export type RangeView = { 
/**
 * The least.
 */
start: string, 
/**
 * The greatest.
 */
end: string, 
/**
 * From one to the next.
 */
step: string, };

/**
 * Why a visit does not count.
 */
export type ReasonView = { 
/**
 * The reason, as the office reads it.
 */
text: string, 
/**
 * What to do, or whose turn it is.
 */
remedy: string, };

/**
 * One problem on record.
 */
export type Recorded = { 
/**
 * Stable code.
 */
code: string, 
/**
 * When it was first seen, in milliseconds since 1970.
 */
at_ms: number, };

/**
 * A recording.
 */
export type RecordingView = { 
/**
 * Its entry.
 */
entry: string, 
/**
 * The original.
 */
blob: string, 
/**
 * What it is for.
 */
purpose: string, 
/**
 * Its type, e.g. `audio/webm`.
 */
mime: string, 
/**
 * Size of the original.
 */
size_bytes: number, 
/**
 * Its length.
 */
duration_ms: number, 
/**
 * Its longest silence.
 */
gap_ms: number, 
/**
 * There is nothing but silence in it.
 */
silent: boolean, 
/**
 * When it was stated, in milliseconds since 1970.
 */
at_ms: number, 
/**
 * Who stated it.
 */
person: string | null, 
/**
 * It was withdrawn or replaced later.
 */
withdrawn: boolean, };

/**
 * Over which links recordings go.
 */
export type RecordingsOver = "any_link" | "wifi_only";

/**
 * Where the screen may lead whoever reads the message.
 */
export type Remedy = "unlock" | "enrol" | "sync" | "form" | "conflicts" | "outcome" | "recordings" | "lacks" | "storage";

/**
 * Arguments of `instance_remove`.
 */
export type RemoveInstance = { 
/**
 * The visit.
 */
visit: string, 
/**
 * The instance, as the node's `path` says.
 */
instance: string, 
/**
 * Brings a removed one back.
 */
restore?: boolean, };

/**
 * The office sent the visit back 退回, and no later seal has answered that.
 */
export type ReturnView = { 
/**
 * When, by the server's clock, in milliseconds since 1970.
 */
at_ms: number, 
/**
 * What is to be mended.
 */
comments: Array<CommentView>, };

/**
 * Reply of what keeps something and changes nothing else.
 */
export type Saved = { 
/**
 * It is durable.
 */
saved: boolean, };

/**
 * An answer as it crosses: decimals, dates and choices are texts as `XForms` writes them.
 */
export type Scalar = null | boolean | number | string;

/**
 * Reply of `seal`.
 */
export type SealMade = { 
/**
 * Which.
 */
seal: string, 
/**
 * Assigned persons whose chains were not at hand.
 */
missing: string[], 
/**
 * What the visit lacked.
 */
lacks: Array<Lack>, 
/**
 * People whose signatures this seal made stale: they have to look at it and sign anew.
 */
stale: string[], };

/**
 * Reply of `seal_preview`.
 */
export type SealPreview = { 
/**
 * The household's code.
 */
code: string, 
/**
 * Who heads it, as far as the office knows.
 */
head: string | null, 
/**
 * How the visit ended, where that is decided.
 */
outcome: Outcome | null, 
/**
 * What would be fixed.
 */
fixes: Fixes, 
/**
 * What keeps the visit from being sealed at all: no outcome, conflicts, drafts, a recording.
 */
obstacles: Array<DoorError>, 
/**
 * What is missing: sealed so, it would not count.
 */
lacks: Array<Lack>, 
/**
 * Requirements with a waiver that the standard accepts.
 */
waived: Array<string>, 
/**
 * Who may sign.
 */
signers: Array<SignerView>, 
/**
 * The seal that stands, where there is one that was not sent back: made by somebody here before, also where the app
 * was killed before it could say so, or by a partner.
 */
seal: SealView | null, };

/**
 * The seal that stands.
 */
export type SealView = { 
/**
 * Which.
 */
seal: string, 
/**
 * When it was made, in milliseconds since 1970.
 */
at_ms: number, 
/**
 * Who signed it.
 */
signed_by: string[], 
/**
 * Whose chains were not at hand.
 */
missing: string[], };

/**
 * Arguments of `seal`: who signs confirms it with the PIN, each.
 */
export type SealVisit = { 
/**
 * The visit.
 */
visit: string, 
/**
 * One or two.
 */
signers: Array<Signer>, 
/**
 * What to do where something is missing.
 */
where_lacking: WhereLacking, };

/**
 * Who takes part in a visit that somebody has sealed.
 */
export type Sealing = { 
/**
 * How many those are.
 */
taking_part: number, 
/**
 * Who of them has still to seal.
 */
awaited: string[], };

/**
 * Arguments of `code_read`; the grey values come as the body.
 */
export type SeenByCamera = { 
/**
 * How many pixels make a row.
 */
width: number, 
/**
 * Which codes are looked for; QR codes alone where it is not said.
 */
codes: CodeKinds, };

/**
 * Arguments of `outcome_set`.
 */
export type SetOutcome = { 
/**
 * The visit.
 */
visit: string, 
/**
 * How it ended.
 */
outcome: Outcome, };

/**
 * A signature.
 */
export type SignatureView = { 
/**
 * Its entry.
 */
entry: string, 
/**
 * The original.
 */
blob: string, 
/**
 * Who signed.
 */
role: "household" | "neighbour" | "investigator", 
/**
 * Of an investigator's: whose it is.
 */
signer: string | null, 
/**
 * What was answered otherwise since, as it is asked: the signature does not cover that, and is wanted again.
 */
changed: Array<string>, 
/**
 * By whose hand.
 */
hand: SignedHand, 
/**
 * When it was stated, in milliseconds since 1970.
 */
at_ms: number, 
/**
 * Who stated it.
 */
person: string | null, 
/**
 * It was withdrawn or replaced later.
 */
withdrawn: boolean, };

/**
 * By whose hand something was signed.
 */
export type SignedHand = "own" | "thumbprint" | { "proxy": string | null };

/**
 * One who signs.
 */
export type Signer = { 
/**
 * Who.
 */
person: string, 
/**
 * That person's PIN.
 */
pin: string, };

/**
 * Who may sign.
 */
export type SignerView = { 
/**
 * Who.
 */
person: string, 
/**
 * Whether the person is on this phone.
 */
here: boolean, 
/**
 * Whether the person has opened the visit; on this phone, only then can a seal be signed.
 */
present: boolean, 
/**
 * Whether the person left an own trace of having been there; only then does the signature count.
 */
traced: boolean, 
/**
 * Whether the person signed the seal that stands, and the signature covers the visit as it is now.
 */
signed: boolean, 
/**
 * Whether the person signed, and what was signed has changed since.
 */
stale: boolean, 
/**
 * What this person is to do before the signature counts, where there is something.
 */
message: string | null, };

/**
 * By whose hand something is signed.
 */
export type SigningHand = "own" | "thumbprint" | { "proxy": string };

/**
 * Somebody on this phone.
 */
export type Somebody = { 
/**
 * Who.
 */
person: string, 
/**
 * Under which contract.
 */
contract: string, 
/**
 * Whether the server confirmed the enrolment.
 */
confirmed: boolean, 
/**
 * Whether this session has the person's PIN.
 */
unlocked: boolean, 
/**
 * Names the person's portrait, as `/portrait/…` takes it; nothing where there is none.
 */
portrait: string | null, };

/**
 * Arguments of `language`.
 */
export type Speak = { 
/**
 * The language.
 */
language: Tongue, };

/**
 * Where the visit stands on the server, as it was told last.
 */
export type StandingView = { 
/**
 * When it was told, in milliseconds since 1970.
 */
told_ms: number, 
/**
 * Whether it counts towards the contract's quantity.
 */
counts: boolean, 
/**
 * Why it does not count, the reason that is named in counts first.
 */
reasons: Array<ReasonView>, 
/**
 * What the standard asks for and the server does not find.
 */
missing: Array<string>, };

/**
 * What the first screen needs.
 */
export type Start = { 
/**
 * Everybody on this phone, by enrolment.
 */
people: Array<Somebody>, 
/**
 * Names of the people on this phone by their ids and, once a PIN was given, of all who work under its contracts;
 * whoever is missing has none in the roster.
 */
names: Record<string, string>, 
/**
 * Who acts in this session; nobody before the PIN.
 */
acting: string | null, 
/**
 * How many enrolments the server has not confirmed.
 */
enrolments_pending: number, 
/**
 * Whether this session practises: nothing is real then, and nothing is sent.
 */
practising: boolean, 
/**
 * In which language messages come.
 */
language: Tongue, 
/**
 * Fewest characters of a PIN.
 */
pin_characters_min: number, 
/**
 * After how long without a command the session locks, in milliseconds.
 */
idle_ms: number, 
/**
 * Version of the app.
 */
version: string, };

/**
 * Arguments of `recording_start`.
 */
export type StartRecording = { 
/**
 * The visit.
 */
visit: string, 
/**
 * What it is for, as the standard names it.
 */
purpose: string, };

/**
 * A statement was signed and stands in the visit's chain.
 */
export type Stated = { 
/**
 * Its entry.
 */
entry: string, };

/**
 * Arguments of `sync`.
 */
export type Sync = { 
/**
 * The link that there is.
 */
link: LinkKind, 
/**
 * Over which links recordings go.
 */
recordings: RecordingsOver, };

/**
 * How the work of sending stands.
 */
export type SyncPhase = "idle" | "running" | "rested" | "waiting" | "paused" | "failed";

/**
 * Reply of `sync` and `sync_progress`.
 */
export type SyncProgress = { 
/**
 * How it stands.
 */
phase: SyncPhase, 
/**
 * Requests of this wake-up.
 */
requests: number, 
/**
 * Requests and pieces that did not come through.
 */
broken: number, 
/**
 * Bytes sent in this wake-up, headers apart.
 */
sent_bytes: number, 
/**
 * Bytes of originals that waited when it began.
 */
originals_bytes: number, 
/**
 * Of these, bytes that the server holds by now.
 */
originals_held_bytes: number, 
/**
 * How long it has been running, in milliseconds.
 */
running_ms: number, 
/**
 * In how many milliseconds it wants to be tried again.
 */
again_in_ms: number | null, 
/**
 * When it came to rest last, in milliseconds since 1970, also before the app was started.
 */
ended_ms: number | null, 
/**
 * Rows that wait.
 */
waiting: number, 
/**
 * Originals that wait.
 */
originals_waiting: number, 
/**
 * What went wrong last.
 */
problem: DoorError | null, };

/**
 * Arguments of `position`.
 */
export type TakePosition = { 
/**
 * The visit.
 */
visit: string, 
/**
 * Latitude × 10⁷.
 */
lat_e7: number, 
/**
 * Longitude × 10⁷.
 */
lon_e7: number, 
/**
 * Radius of confidence in centimetres.
 */
accuracy_cm: number, 
/**
 * Whether the platform marked it as simulated.
 */
mock: boolean, 
/**
 * The time of the fix, in milliseconds since 1970.
 */
fix_ms?: number, };

/**
 * Reply of `today`.
 */
export type Today = { 
/**
 * By the household's code.
 */
errands: Array<Errand>, 
/**
 * What the phone's clock says, in milliseconds since 1970.
 */
now_ms: number, 
/**
 * Rows that wait to be sent.
 */
waiting: number, 
/**
 * Recordings that are not finished: one that is being made, and those that were cut off and wait for a decision.
 */
recordings_unfinished: Array<string>, };

/**
 * In which language the door speaks.
 */
export type Tongue = "zh-CN" | "mn" | "en";

/**
 * Where a household that nobody had on a list may lie: the areas of one contract.
 */
export type Under = { 
/**
 * The contract.
 */
contract: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * Its areas.
 */
areas: Array<AreaChoice>, };

/**
 * A recording that is not finished. Whether it is being made or was cut off knows the screen that records.
 */
export type Unfinished = { 
/**
 * Which.
 */
recording: string, 
/**
 * Of which visit.
 */
visit: string, 
/**
 * What it is for.
 */
purpose: string, 
/**
 * When it began, in milliseconds since 1970.
 */
started_ms: number, };

/**
 * Arguments of `unlock`.
 */
export type Unlock = { 
/**
 * Who.
 */
person: string, 
/**
 * The PIN.
 */
pin: string, };

/**
 * The code of a visit as a text for a QR code, or what was scanned of one.
 */
export type VisitCode = { 
/**
 * The text.
 */
text: string, };

/**
 * How far a visit is, in a word.
 */
export type VisitState = "new" | "open" | "half_sealed" | "sealed" | "received" | "counted" | "not_counted" | "returned" | "voided" | "withdrawn";

/**
 * Reply of `visit`.
 */
export type VisitView = { 
/**
 * The visit.
 */
visit: string, 
/**
 * Whom.
 */
household: string, 
/**
 * The household's code.
 */
code: string, 
/**
 * Who heads it, as far as the office knows.
 */
head: string | null, 
/**
 * Where it lives.
 */
address: string | null, 
/**
 * How to reach it.
 */
phone: string | null, 
/**
 * Under which contract.
 */
contract: string, 
/**
 * What the contract is called.
 */
contract_title: string | null, 
/**
 * With which form.
 */
form: string, 
/**
 * Who was assigned.
 */
assigned: string[], 
/**
 * Who has opened it, on this phone or elsewhere.
 */
present: string[], 
/**
 * Of those, who is on this phone.
 */
here: string[], 
/**
 * How far it is.
 */
state: VisitState, 
/**
 * Whose turn it is, where it is half sealed.
 */
sealing: Sealing, 
/**
 * How it ended, where that is decided.
 */
outcome: Outcome | null, 
/**
 * How it may end, as the standard accepts it.
 */
outcomes: Outcome[], 
/**
 * What the standard wants of this outcome (of a finished visit where none is decided).
 */
needs: Array<Need>, 
/**
 * Everything that is missing.
 */
lacks: Array<Lack>, 
/**
 * How many of the visit's lines that is: the number that the list tells too.
 */
missing: number, 
/**
 * How far the form is filled in.
 */
progress: FormProgress, 
/**
 * Whether anybody wrote an answer; what register and visit fill in is nobody's.
 */
is_answered: boolean, 
/**
 * Photos, the latest last.
 */
photos: Array<PictureView>, 
/**
 * Signatures by hand.
 */
signatures: Array<SignatureView>, 
/**
 * Recordings.
 */
recordings: Array<RecordingView>, 
/**
 * Recordings of this visit that are not finished.
 */
unfinished: Array<Unfinished>, 
/**
 * Positions.
 */
positions: Array<PositionView>, 
/**
 * What the household agreed to.
 */
consents: Array<ConsentView>, 
/**
 * Why something is missing.
 */
waivers: Array<WaiverView>, 
/**
 * Notes.
 */
notes: Array<NoteView>, 
/**
 * Fields that are being typed.
 */
drafts: number, 
/**
 * Answers that people wrote differently.
 */
conflicts: number, 
/**
 * The seal that stands, where there is one that was not sent back.
 */
seal: SealView | null, 
/**
 * Where it stands on the server; absent before that was told.
 */
standing: StandingView | null, 
/**
 * What the office wants mended, where it sent the visit back.
 */
returned: ReturnView | null, 
/**
 * Rows that wait to be sent.
 */
waiting: number, 
/**
 * Of these, rows that the server refused.
 */
refused: number, 
/**
 * Originals that are not known to be with the server.
 */
originals_waiting: number, 
/**
 * When it was opened, in milliseconds since 1970.
 */
opened_ms: number | null, 
/**
 * What people should know of how well that can be proved, in their language; absent where all is well.
 */
time_note: string | null, };

/**
 * Arguments of `void`.
 */
export type VoidVisit = { 
/**
 * The visit.
 */
visit: string, 
/**
 * Why, as a code: `opened-by-mistake` or `not-finished`.
 */
reason: string, 
/**
 * A further explanation.
 */
text?: string, };

/**
 * Arguments of `waive`.
 */
export type WaiveNeed = { 
/**
 * The visit.
 */
visit: string, 
/**
 * The requirement, as the need's `requirement` says.
 */
requirement: string, 
/**
 * One of the reasons that the standard accepts.
 */
reason: string, 
/**
 * A further explanation.
 */
text?: string, };

/**
 * A statement why something is missing.
 */
export type WaiverView = { 
/**
 * Its entry.
 */
entry: string, 
/**
 * What is missing.
 */
requirement: string, 
/**
 * Why, as a code.
 */
reason: string, 
/**
 * Who stated it.
 */
person: string | null, 
/**
 * Who confirmed it.
 */
witnesses: Array<string>, 
/**
 * When it was stated, in milliseconds since 1970.
 */
at_ms: number, 
/**
 * It was withdrawn or replaced later.
 */
withdrawn: boolean, };

/**
 * What to do where something is missing.
 */
export type WhereLacking = "refuse" | "seal";

/**
 * Arguments of `withdraw`.
 */
export type WithdrawEntry = { 
/**
 * The visit.
 */
visit: string, 
/**
 * Which entry.
 */
entry: string, 
/**
 * What becomes of it.
 */
becomes: Becomes, 
/**
 * Why, as a code.
 */
reason: string, 
/**
 * A further explanation.
 */
text?: string, };

/**
 * Arguments of `note`.
 */
export type WriteNote = { 
/**
 * The visit.
 */
visit: string, 
/**
 * The note.
 */
text: string, };

/**
 * What one person wrote.
 */
export type WrittenView = { 
/**
 * What.
 */
value: Scalar, 
/**
 * As it is read: a choice's label.
 */
reads: string, 
/**
 * Who, as far as the phone knows.
 */
person: string | null, };
