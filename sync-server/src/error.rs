//! Why a server does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// Without TLS the server listens on loopback only.
    #[error("without TLS the server listens on loopback only, not on {0}")]
    PlainOutside(SocketAddr),
    /// A certificate or key cannot be used.
    #[error("{0} is not a certificate or key that can be used: {1}")]
    Certificate(PathBuf, String),
    /// TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(String),
    /// The system refused.
    #[error("{0}: {1}")]
    Io(&'static str, io::Error),
}

impl ServeError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Listen(..) => "SERVE-LISTEN",
            Self::PlainOutside(_) => "SERVE-PLAIN",
            Self::Certificate(..) => "SERVE-CERTIFICATE",
            Self::Tls(_) => "SERVE-TLS",
            Self::Io(..) => "SERVE-IO",
        }
    }

    /// What to do, in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Listen(address, _) => format!("不能监听 {address}。端口可能已被占用，请换一个地址或端口。"),
            Self::PlainOutside(address) => {
                format!("不加密（--plain）只允许本机回环地址，不能用于 {address}。请去掉 --plain。")
            }
            Self::Certificate(path, _) => {
                format!("证书或私钥 {} 不能使用，请检查 PEM 文件。", path.display())
            }
            Self::Tls(_) => "TLS 不能启用，请检查证书。".to_owned(),
            Self::Io(..) => "服务器不能启动，请检查目录权限和磁盘。".to_owned(),
        }
    }

    /// What to do, in English.
    pub fn english(&self) -> String {
        match self {
            Self::Listen(address, _) => {
                format!("Cannot listen on {address}; perhaps the port is taken. Choose another.")
            }
            Self::PlainOutside(address) => {
                format!("--plain is for loopback only, not for {address}. Leave --plain away.")
            }
            Self::Certificate(path, _) => {
                format!(
                    "{} cannot be used as certificate or key. Check the PEM file.",
                    path.display()
                )
            }
            Self::Tls(_) => "TLS cannot be set up. Check the certificate.".to_owned(),
            Self::Io(..) => "The server cannot start. Check the directory's rights and the disk.".to_owned(),
        }
    }
}
