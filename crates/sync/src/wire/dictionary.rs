//! What every message repeats, told to the compressor beforehand.
//!
//! The text is made of the formats' own constant words, nothing of any household. Both sides must hold the same
//! bytes: a dictionary is never changed, a better one gets the next number and readers keep the old ones.

/// The first byte of a message packed with [`ONE`].
pub(super) const NUMBER_ONE: u8 = 1;

/// The first dictionary. What is most common stands last, where it is cheapest to point at.
pub(super) const ONE: &str = concat!(
    "[\"\",\"phone\",\"income\",\"members\",\"relation\",\"birth\",\"health\",\"work\",\"land\",\"livestock\",\"debt\",",
    "\"head/name\",\"address\",\"note\",\"",
    "hudang/receipt/v1\n{\"blobs\":[\"\"],\"origin\":\"\",\"recv\":\"2026-\",\"seal\":\"\",\"visit\":\"01\"}\n\n",
    "hudang/seal/v1\n{\"am_heads\":[\"\"],\"contract\":\"HT-2026-\",\"form\":\"\",\"heads\":[{\"dev\":\"\",\"id\":\"\",",
    "\"seq\":12},{\"dev\":\"\",\"id\":\"\",\"seq\":8}],\"household\":\"01\",\"media\":[{\"bytes\":3,\"sha256\":\"\"},",
    "{\"bytes\":2,\"sha256\":\"\"}],\"missing\":[],\"opened\":\"2026-\",\"outcome\":\"done\",\"participants\":",
    "[{\"dev\":\"\",\"person\":\"\"},{\"dev\":\"\",\"person\":\"\"}],\"snapshot\":\"\",\"standard\":\"\",",
    "\"suite\":\"ed25519-sha256\",\"supersedes\":\"\",\"visit\":\"01\",\"wall\":\"2026-\"}\n\n\u{2014} dev/",
    "{\"_sd\":[\"\",\"\"],\"_sd_alg\":\"sha-256\",\"form\":\"\",\"visit\":\"01\"}",
    "\"body\":{\"blobs\":[\"\"],\"reason\":\"retention\"},\"kind\":\"wipe\"",
    "\"body\":{\"at\":{\"lat_e7\":42,\"lon_e7\":116},\"accuracy_cm\":500,\"mock\":false,\"fix\":\"2026-},\"kind\":\"gps\"",
    "\"body\":{\"accuracy_cm\":800,\"at\":{\"lat_e7\":43,\"lon_e7\":115},\"mock\":false},\"boot\":\"",
    "\"body\":{\"of\":\"\",\"reason\":\"\",\"sd\":\"\",\"withdraw\":false},\"kind\":\"amend\"",
    "\"body\":{\"for\":\"audio\",\"reason\":\"household-refused\",\"sd\":\"\"},\"kind\":\"waiver\"",
    "\"body\":{\"of\":\"\"},\"kind\":\"witness\"",
    "\"body\":{\"at\":\"2026-\",\"origin\":\"hudang/\"},\"kind\":\"anchor\"",
    "\"body\":{\"heads\":[{\"dev\":\"\",\"id\":\"\",\"seq\":}]},\"kind\":\"sync\"",
    "\"body\":{\"seal\":\"\"},\"kind\":\"seal\"",
    "\"body\":{\"sd\":\"\"},\"kind\":\"note\"",
    "\"body\":{\"form\":\"\",\"page\":\"\",\"snapshot\":\"\"},\"kind\":\"form\"",
    "\"body\":{\"given\":true,\"to\":\"visit\"},\"given\":true,\"to\":\"photo\"},\"given\":true,\"to\":\"audio\"},",
    "\"kind\":\"consent\"",
    "\"body\":{\"bytes\":12,\"mime\":\"application/pdf\",\"purpose\":\"\",\"sha256\":\"\"},\"kind\":\"doc\"",
    "\"body\":{\"bytes\":12,\"mime\":\"image/png\",\"role\":\"household\",\"sha256\":\"\"},\"kind\":\"sign\"",
    "\"role\":\"investigator\",\"role\":\"neighbour\",",
    "\"body\":{\"form\":\"\",\"household\":\"01\",\"person\":\"\",\"standard\":\"\"},\"kind\":\"open\"",
    "\"body\":{\"bytes\":12,\"duration_ms\":1,\"gap_ms\":1,\"mime\":\"audio/webm\",\"purpose\":\"访谈\",\"sha256\":\"\",",
    "\"silent\":false,\"src\":\"recorder\"},\"kind\":\"audio\"",
    "\"purpose\":\"居住环境\",\"purpose\":\"合影\",\"purpose\":\"门牌\",\"src\":\"import\",\"taken\":\"2026:",
    "hudang/entry/v1\n{\"app\":\"0.1.0+\",\"body\":{\"bytes\":3,\"dhash64\":\"\",\"gps\":{\"lat_e7\":42,\"lon_e7\":116},",
    "\"h\":3000,\"mime\":\"image/jpeg\",\"purpose\":\"\",\"sha256\":\"\",\"src\":\"camera\",\"taken\":\"2026:\",\"w\":4000},",
    "\"boot\":\"\",\"contract\":\"HT-2026-001\",\"dev\":\"\",\"dprev\":\"",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "\",\"dseq\":1,\"kind\":\"photo\",\"mono_ms\":1,\"prev\":\"",
    "\",\"seq\":1,\"suite\":\"ed25519-sha256\",\"visit\":\"01\",\"wall\":\"2026-01-01T00:00:00.000Z\"}\n\n\u{2014} dev/",
);

#[cfg(test)]
mod tests {
    use hudang_evidence::id::Sha256;

    #[test]
    // If this fails, phones in the field can no longer be read: give the changed text a new number.
    fn the_dictionary_is_the_one_that_phones_in_the_field_hold() {
        let name = Sha256::of(super::ONE.as_bytes()).to_string();
        assert_eq!(
            name,
            "6bc6d36b25f1237b2c0f1e2f10270432c5f5b142455724af02cc692226e2667b"
        );
    }
}
