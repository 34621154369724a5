//! A visit's evidence, whole and manipulated in every way that is known: each is found and has its name.

#[cfg(test)]
mod carried;
#[cfg(test)]
mod field;
#[cfg(test)]
mod manipulated;
#[cfg(test)]
mod mishaps;
#[cfg(test)]
mod random;
