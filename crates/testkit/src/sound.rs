//! Recordings that sound like no other.

/// Five seconds of a tone of its own, 8 kHz, 16 bits, one channel, as WAV.
pub fn tone(n: u32) -> Vec<u8> {
    tone_of(n, 5)
}

/// The same for as long as is wanted; 16 kB a second.
pub fn tone_of(n: u32, seconds: u32) -> Vec<u8> {
    const RATE: u32 = 8_000;
    let samples = seconds * RATE;
    let data_bytes = samples * 2;
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
    for sample in 0..samples {
        let loud: i16 = if sample % period < period / 2 {
            9_000
        } else {
            -9_000
        };
        bytes.extend(loud.to_le_bytes());
    }
    bytes
}
