//! Phones, a bad network and a server that is killed, under one seed (DESIGN §10).
//!
//! `HUDANG_SEEDS=5000 cargo test -p hudang-simulation` tries more seeds, `HUDANG_SEED=17` one of them again.

#[cfg(test)]
mod apart;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod hands;
#[cfg(test)]
mod liars;
#[cfg(test)]
mod pocket;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod world;
