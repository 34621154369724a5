//! Sync at its doors: bytes, the server's plan, the phone's machine, and both over a bad link.

#[cfg(test)]
mod field;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod planner;
#[cfg(test)]
mod size;
#[cfg(test)]
mod wire;
