//! Reports: from facts to the bytes of a file. Reads nothing, writes nothing.

pub mod month;
