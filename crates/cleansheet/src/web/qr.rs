//! QR codes: an address that a phone reads from a screen or from paper.

use qrcodegen::{QrCode, QrCodeEcc};

/// White around a code, in modules, as scanners want it.
const EDGE: i32 = 4;

/// A QR code as one path of an SVG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) side: i32,
    pub(super) path: String,
}

impl Picture {
    /// The code of an address.
    pub(super) fn of(address: &str) -> Self {
        // Only a text of several thousand letters has no QR code; what it says stands beside it as text.
        let Ok(code) = QrCode::encode_text(address, QrCodeEcc::Medium) else {
            return Self { side: 1, path: String::new() };
        };
        let mut path = String::new();
        for y in 0..code.size() {
            for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
                path.push_str(&format!("M{},{}h1v1h-1z", x + EDGE, y + EDGE));
            }
        }
        Self { side: code.size() + 2 * EDGE, path }
    }
}
