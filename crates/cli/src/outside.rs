//! The clock and the random source.

use std::time::{SystemTime, UNIX_EPOCH};

use hudang_evidence::time::WallTime;

use crate::error::Failure;

/// What the machine's clock says.
pub(crate) fn now() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime::from_ms_clamped(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Random bytes of the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::new(
            "CLI-RANDOM",
            "系统随机数不可用。",
            "The system gives no random bytes.",
        )
        .because(&error)
    })?;
    Ok(bytes)
}
