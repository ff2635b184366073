//! The trust's signature: a key, a certificate that the trust makes for it, and a CMS signature over a PDF (RFC 5652).

use cleansheet_terms::Digest;
use jiff::Timestamp;
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};

use super::{
    RANGE, ROOM,
    der::{OCTETS, SEQUENCE, SET, UTF8, bits, context, integer, object, of, time, value},
};
use crate::keys::Key;

const DATA: &[u32] = &[1, 2, 840, 113_549, 1, 7, 1];
const SIGNED_DATA: &[u32] = &[1, 2, 840, 113_549, 1, 7, 2];
const CONTENT_TYPE: &[u32] = &[1, 2, 840, 113_549, 1, 9, 3];
const MESSAGE_DIGEST: &[u32] = &[1, 2, 840, 113_549, 1, 9, 4];
const SIGNING_TIME: &[u32] = &[1, 2, 840, 113_549, 1, 9, 5];
const SHA_256: &[u32] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];
const ECDSA_WITH_SHA_256: &[u32] = &[1, 2, 840, 10_045, 4, 3, 2];
const EC_PUBLIC_KEY: &[u32] = &[1, 2, 840, 10_045, 2, 1];
const P_256: &[u32] = &[1, 2, 840, 10_045, 3, 1, 7];
const COMMON_NAME: &[u32] = &[2, 5, 4, 3];
const KEY_USAGE: &[u32] = &[2, 5, 29, 15];
/// Signatures, which nobody can say later were not theirs.
const SIGNS: [u8; 1] = [0xc0];
/// Letters of a common name at most (RFC 5280, appendix A).
const NAME: usize = 64;
/// The certificate is the same at every start, so these are too; the later one says "no end" (RFC 5280, 4.1.2.5).
const FROM: &[u8] = b"260101000000Z";
const UTC_TIME: u8 = 0x17;
const UNTIL: &[u8] = b"99991231235959Z";
const GENERALIZED_TIME: u8 = 0x18;

/// Why a paper could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file has no room for a signature where one is expected.
    #[error("the paper could not be signed: it has no room for a signature; tell the IT provider")]
    NoRoom,
}

/// What papers are signed with.
pub struct Seal {
    key: SigningKey,
    certificate: Vec<u8>,
    name: Vec<u8>,
    serial: Vec<u8>,
}

impl Seal {
    /// The seal of a trust, by a key made from its secret. The same secret and name make the same certificate.
    pub fn new(key: &Key, trust: &str) -> Self {
        let key = signing_key(key);
        let point = key.verifying_key().to_sec1_point(false);
        let common: String = trust.chars().take(NAME).collect();
        let common = of(SEQUENCE, &[&object(COMMON_NAME), &value(UTF8, common.as_bytes())]);
        let name = of(SEQUENCE, &[&value(SET, &common)]);
        let serial = Digest::of(&[point.as_bytes(), &name].concat());
        let serial = integer(serial.as_bytes().get(..16).unwrap_or_default());
        let algorithm = of(SEQUENCE, &[&object(EC_PUBLIC_KEY), &object(P_256)]);
        let usage = of(SEQUENCE, &[&object(KEY_USAGE), &[1, 1, 0xff], &value(OCTETS, &bits(6, &SIGNS))]);
        let body = of(
            SEQUENCE,
            &[
                &context(0, &integer(&[2])),
                &serial,
                &ecdsa(),
                &name,
                &of(SEQUENCE, &[&value(UTC_TIME, FROM), &value(GENERALIZED_TIME, UNTIL)]),
                &name,
                &of(SEQUENCE, &[&algorithm, &bits(0, point.as_bytes())]),
                &context(3, &of(SEQUENCE, &[&usage])),
            ],
        );
        let certificate = of(SEQUENCE, &[&body, &ecdsa(), &bits(0, &signature(&key, &body))]);
        Self { key, certificate, name, serial }
    }

    /// The certificate (X.509, DER).
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// What people compare: SHA-256 of the certificate.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(&self.certificate)
    }

    /// Fills the room that is kept in a PDF with a signature over all of the rest.
    pub(super) fn sign(&self, mut pdf: Vec<u8>, at: Timestamp) -> Result<Vec<u8>, SealError> {
        let room: Vec<u8> = [&b"<"[..], &b"FF".repeat(ROOM), b">"].concat();
        let start = find(&pdf, &room).ok_or(SealError::NoRoom)?;
        let after = start + room.len();
        let range = format!("{RANGE} {RANGE} {RANGE}");
        let numbers = find(&pdf, range.as_bytes()).ok_or(SealError::NoRoom)?;
        let filled = format!("{start} {after} {}", pdf.len() - after);
        let filled = format!("{filled:<width$}", width = range.len());
        put(&mut pdf, numbers, filled.as_bytes())?;
        let signed = [pdf.get(..start), pdf.get(after..)].map(Option::unwrap_or_default).concat();
        let signature = self.cms(&Digest::of(&signed), at);
        if signature.len() > ROOM {
            return Err(SealError::NoRoom);
        }
        let hex: String = signature.iter().map(|byte| format!("{byte:02X}")).collect();
        put(&mut pdf, start + 1, format!("{hex:0<width$}", width = 2 * ROOM).as_bytes())?;
        Ok(pdf)
    }

    /// A detached signature over what has this digest.
    fn cms(&self, digest: &Digest, at: Timestamp) -> Vec<u8> {
        let attribute = |kind, what: Vec<u8>| of(SEQUENCE, &[&object(kind), &value(SET, &what)]);
        let mut attributes = [
            attribute(CONTENT_TYPE, object(DATA)),
            attribute(MESSAGE_DIGEST, value(OCTETS, digest.as_bytes())),
            attribute(SIGNING_TIME, time(at)),
        ];
        attributes.sort();
        let attributes = attributes.concat();
        let sha_256 = of(SEQUENCE, &[&object(SHA_256)]);
        let signer = of(
            SEQUENCE,
            &[
                &integer(&[1]),
                &of(SEQUENCE, &[&self.name, &self.serial]),
                &sha_256,
                &context(0, &attributes),
                &ecdsa(),
                &value(OCTETS, &signature(&self.key, &value(SET, &attributes))),
            ],
        );
        let signed = of(
            SEQUENCE,
            &[
                &integer(&[1]),
                &value(SET, &sha_256),
                &of(SEQUENCE, &[&object(DATA)]),
                &context(0, &self.certificate),
                &value(SET, &signer),
            ],
        );
        of(SEQUENCE, &[&object(SIGNED_DATA), &context(0, &signed)])
    }
}

/// A key of its own, made with a label from one that seals other things. Nearly every 32 bytes are a key; the few that are
/// not are hashed on.
fn signing_key(key: &Key) -> SigningKey {
    let mut bytes = *Digest::of(&[b"papers", &key.bytes()[..]].concat()).as_bytes();
    loop {
        if let Ok(key) = SigningKey::from_slice(&bytes) {
            return key;
        }
        bytes = *Digest::of(&bytes).as_bytes();
    }
}

fn ecdsa() -> Vec<u8> {
    of(SEQUENCE, &[&object(ECDSA_WITH_SHA_256)])
}

/// ECDSA over SHA-256 as a sequence of its two numbers.
fn signature(key: &SigningKey, what: &[u8]) -> Vec<u8> {
    let signature: Signature = key.sign(what);
    let (r, s) = signature.split_bytes();
    of(SEQUENCE, &[&integer(&r), &integer(&s)])
}

fn find(all: &[u8], part: &[u8]) -> Option<usize> {
    all.windows(part.len()).position(|window| window == part)
}

fn put(pdf: &mut [u8], at: usize, bytes: &[u8]) -> Result<(), SealError> {
    let place = pdf.get_mut(at..at + bytes.len()).ok_or(SealError::NoRoom)?;
    place.copy_from_slice(bytes);
    Ok(())
}
