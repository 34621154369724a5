//! Who holds the store while it is synced.

use hudang_device::Device;

/// Gives the store for one step at a time: who shares it with a screen lets the screen in between two steps, so that a
/// slow network keeps nobody from writing.
pub trait Hold {
    /// Does one step with the store.
    fn with<T>(&mut self, step: impl FnOnce(&mut Device) -> T) -> T;
}

impl Hold for Device {
    fn with<T>(&mut self, step: impl FnOnce(&mut Device) -> T) -> T {
        step(self)
    }
}
