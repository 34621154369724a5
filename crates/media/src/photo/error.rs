//! Why a photo is refused, or not decoded, and what to do.

use crate::lang::Lang;

/// A photo is refused, or its pixels cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// The file has no bytes.
    #[error("the photo is empty")]
    Empty,
    /// The bytes are something else than a photo.
    #[error("not a photo: {found}")]
    Type {
        /// What the bytes are.
        found: &'static str,
    },
    /// The file is larger than allowed.
    #[error("photo of {size_bytes} bytes, allowed are {size_bytes_max}")]
    FileSize {
        /// Size of the file.
        size_bytes: u64,
        /// Largest size allowed.
        size_bytes_max: u64,
    },
    /// The picture claims more pixels than allowed.
    #[error("photo claims {width} × {height} pixels")]
    TooLarge {
        /// Claimed width in pixels.
        width: u32,
        /// Claimed height in pixels.
        height: u32,
    },
    /// The file ends, or is damaged, before the size of the picture is known.
    #[error("{format} without a readable picture header")]
    Broken {
        /// What the file begins as.
        format: &'static str,
    },
    /// Decoding would take more memory than allowed. The photo itself is fine and kept.
    #[error("decoding needs {needed_bytes} bytes of memory, allowed are {memory_bytes_max}")]
    Memory {
        /// Memory that decoding would take at most, in bytes.
        needed_bytes: u64,
        /// Memory allowed, in bytes.
        memory_bytes_max: u64,
    },
    /// No decoder for this format is built in. The photo itself is fine and kept.
    #[error("{format} pixels are not decoded")]
    NoDecoder {
        /// The format.
        format: &'static str,
    },
    /// The pixels are damaged: there is no picture to look at.
    #[error("pixels cannot be decoded: {reason}")]
    Decode {
        /// What the decoder said.
        reason: String,
    },
}

impl PhotoError {
    /// Stable code, for logs, tests and the catalogue of problems.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "PHOTO-EMPTY",
            Self::Type { .. } => "PHOTO-TYPE",
            Self::FileSize { .. } => "PHOTO-FILE-SIZE",
            Self::TooLarge { .. } => "PHOTO-TOO-LARGE",
            Self::Broken { .. } => "PHOTO-BROKEN",
            Self::Memory { .. } => "PHOTO-MEMORY",
            Self::NoDecoder { .. } => "PHOTO-NO-DECODER",
            Self::Decode { .. } => "PHOTO-DECODE",
        }
    }

    /// Whether the photo itself is refused; otherwise only its fingerprint and thumbnail are missing.
    pub const fn is_refusal(&self) -> bool {
        !matches!(self, Self::Memory { .. } | Self::NoDecoder { .. })
    }

    /// Says what happened and what to do.
    pub fn message(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Self::Empty => (
                "照片文件是空的，请重新拍摄。".to_owned(),
                "The photo file is empty. Take the photo again.".to_owned(),
            ),
            Self::Type { found } => (
                format!("这不是照片，文件实际类型为 {found}。请用相机拍摄 JPEG、PNG、WebP 或 HEIC 照片。"),
                format!("This is not a photo; the file is {found}. Take a JPEG, PNG, WebP or HEIC photo with the camera."),
            ),
            Self::FileSize { size_bytes, size_bytes_max } => (
                format!("照片文件过大（{} MB，上限 {} MB）。请在相机设置中降低分辨率后重新拍摄。", size_bytes >> 20, size_bytes_max >> 20),
                format!("The photo file is too large ({} MB, at most {} MB). Lower the camera's resolution and take it again.", size_bytes >> 20, size_bytes_max >> 20),
            ),
            Self::TooLarge { width, height } => (
                format!("照片声称有 {width} × {height} 像素，超出上限，文件可能被篡改。请用相机重新拍摄。"),
                format!("The photo claims {width} × {height} pixels, more than any camera here takes. Take it again with the camera."),
            ),
            Self::Broken { format } => (
                format!("{format} 照片已损坏，读不出画面尺寸。请重新拍摄。"),
                format!("The {format} photo is damaged; its size cannot be read. Take it again."),
            ),
            Self::Memory { .. } => (
                "照片已保存，但像素太多，不生成缩略图和查重指纹。请核对原件。".to_owned(),
                "The photo is kept, but has too many pixels for a thumbnail and fingerprint. Look at the original.".to_owned(),
            ),
            Self::NoDecoder { format } => (
                format!("照片已保存；{format} 格式不生成缩略图和查重指纹。建议把相机格式设为 JPEG。"),
                format!("The photo is kept; {format} gets no thumbnail and fingerprint. Set the camera to JPEG."),
            ),
            Self::Decode { .. } => (
                "照片的画面数据已损坏，不能作为留痕。请重新拍摄。".to_owned(),
                "The photo's picture data is damaged, so it cannot serve as evidence. Take it again.".to_owned(),
            ),
        };
        lang.pick(zh, en)
    }
}
