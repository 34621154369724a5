//! Visits told from the field: two people apart, merged in any order, judged, and attacked.

#[cfg(test)]
mod accepting;
#[cfg(test)]
mod asking;
#[cfg(test)]
mod assessing;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod drawing;
#[cfg(test)]
mod field;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod inspecting;
#[cfg(test)]
mod knowing;
#[cfg(test)]
mod merging;
#[cfg(test)]
mod moving;
#[cfg(test)]
mod originals;
