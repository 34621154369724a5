//! A reader over a slice that cannot run past its end.

/// The bytes that are not yet read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    /// Takes `count` bytes, or nothing if fewer are left.
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    /// Takes exactly `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16_be(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32_be(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64_be(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn u16_le(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32_le(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64_le(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

/// One box of an ISO base media file (ISO/IEC 14496-12 §4.2).
pub(crate) struct IsoBox<'a> {
    /// Four-character type.
    pub(crate) name: [u8; 4],
    /// Where its header starts, in bytes from the start of the parent's content.
    pub(crate) at: usize,
    /// The content that is present.
    pub(crate) body: &'a [u8],
    /// The box claims more than its parent holds.
    pub(crate) cut: bool,
}

/// Reads the boxes of `bytes` one after another. Ends at the first that is impossible, which it gives with `cut`.
pub(crate) fn iso_boxes(bytes: &[u8]) -> impl Iterator<Item = IsoBox<'_>> {
    let mut rest = Bytes(bytes);
    std::iter::from_fn(move || {
        if rest.0.is_empty() {
            return None;
        }
        let at = bytes.len() - rest.0.len();
        let next = iso_box(&mut rest, at);
        if next.is_none() {
            // Fewer bytes than a header, or a size smaller than its own header.
            rest.0 = &[];
        }
        Some(next.unwrap_or(IsoBox {
            name: [0; 4],
            at,
            body: &[],
            cut: true,
        }))
    })
}

fn iso_box<'a>(rest: &mut Bytes<'a>, at: usize) -> Option<IsoBox<'a>> {
    let size = rest.u32_be()?;
    let name = rest.array()?;
    let content = match size {
        // To the end of the file.
        0 => Some(rest.0.len() as u64),
        1 => rest.u64_be()?.checked_sub(16),
        size => u64::from(size).checked_sub(8),
    }?;
    let present = usize::try_from(content).unwrap_or(usize::MAX).min(rest.0.len());
    let cut = content > present as u64;
    Some(IsoBox {
        name,
        at,
        body: rest.take(present)?,
        cut,
    })
}
