//! Chance comes in as an argument, so that a test can repeat itself.

use sha2::{Digest as _, Sha256};

/// Where random bytes come from. The real one asks the operating system; it lives in the program, not here.
pub trait Entropy: Send {
    /// Fills `out` with random bytes.
    fn fill(&mut self, out: &mut [u8]);
}

/// `bytes` random bytes as lower-case hex.
pub fn random_hex(entropy: &mut dyn Entropy, bytes: usize) -> String {
    let mut out = vec![0_u8; bytes];
    entropy.fill(&mut out);
    out.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same bytes for the same seed, for tests and simulations only: never for a secret.
#[derive(Debug, Clone)]
pub struct SeededEntropy {
    seed: u64,
    block: u64,
}

impl SeededEntropy {
    /// A stream of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, block: 0 }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let mut hash = Sha256::new();
            hash.update(self.seed.to_le_bytes());
            hash.update(self.block.to_le_bytes());
            self.block = self.block.wrapping_add(1);
            for (to, from) in chunk.iter_mut().zip(hash.finalize()) {
                *to = from;
            }
        }
    }
}
