//! Recordings that sound like no other.

/// Five seconds of a tone of its own, 8 kHz, 16 bits, one channel, as WAV.
pub fn tone(n: u32) -> Vec<u8> {
    const RATE: u32 = 8_000;
    const SAMPLES: u32 = 5 * RATE;
    let data_bytes = SAMPLES * 2;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data_bytes).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * 2).to_le_bytes());
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(data_bytes.to_le_bytes());
    let period = 10 + n;
    for sample in 0..SAMPLES {
        let loud: i16 = if sample % period < period / 2 {
            9_000
        } else {
            -9_000
        };
        bytes.extend(loud.to_le_bytes());
    }
    bytes
}
