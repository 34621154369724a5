//! The command door: what a screen may ask of the phone, and what it gets back.
//!
//! In: the name of a command, its arguments as JSON, perhaps bytes, and the session of the screen that asks. Out: a reply
//! as JSON, or an error with a code and a sentence. [`table::COMMANDS`] is the one list of commands: the window, the HTTP
//! host and the TypeScript of the screens are made from it. The door trusts no screen: every argument is parsed and
//! limited, and nothing but starting, enrolling and unlocking happens without a PIN session, which locks by itself. It
//! knows no window and no socket; the store, the clock and the way to the server come from `device` and `link`.

mod acts;
pub mod cross;
pub mod error;
mod evidence;
mod hall;
pub mod http;
mod original;
mod sender;
mod session;
pub mod table;
pub mod text;
pub mod typescript;
mod words;

pub use hall::{Door, Furnishing};
pub use original::{Original, Part};
pub use session::{IDLE_MS, SessionKey};
