//! Pictures in an S3 bucket, or in a store that speaks like one.
//!
//! A file is one object, `PREFIX/originals/NAME` or `PREFIX/renditions/SHA256`, put there whole in one request. A PUT that
//! was answered is durable, so the promise of [`Shelf`] holds: the row that names a file is committed later. New files
//! are put with `If-None-Match: *`, so that two writers of one name agree or one of them hears of it. Originals are sealed
//! before they come here; whoever owns the bucket sees no photo that was not approved for the public.
//!
//! Signing is `rusty-s3`'s, the calls go through the program's one way out ([`crate::outside`]), on a thread of their
//! own: a [`Shelf`] is asked from threads that may wait. Why not `object_store`: `docs/decisions/0003-rusty-s3.md`.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use cleansheet_records::media::{Kept, Place, Put, Shelf};
use cleansheet_terms::random_hex;

mod address;
mod bridge;
mod call;

pub use address::{Address, AddressError, Credentials};

use self::{bridge::Bridge, call::Caller};
use crate::{outside, system::SystemEntropy};

/// A bucket. Cheap to clone behind an [`Arc`].
pub struct Bucket {
    caller: Arc<Caller>,
    bridge: Bridge,
    /// Whether the store knows `If-None-Match`; some look-alikes do not.
    conditions: AtomicBool,
}

/// What a store answered, in the owner's words: no name of a file, no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreAnswer {
    /// Nobody answers, or only with trouble of their own.
    #[error("the picture store does not answer ({0}); photos wait until it does, nothing is lost")]
    Away(String),
    /// The keys are wrong, or may not do this.
    #[error(
        "the picture store refuses us ({0}); look at the access key, the secret and what they may do in this bucket"
    )]
    Refused(String),
    /// There is no such bucket.
    #[error("the picture store has no bucket of this name; make it there, or mend --media")]
    NoBucket,
    /// There is no such file.
    #[error("this picture is not in the picture store")]
    NotThere,
    /// Another file has this name.
    #[error("the picture store has another file under this name")]
    Taken,
    /// It wants to be asked in another way.
    #[error("the picture store does not understand us ({0}); look at endpoint, region and style in --media")]
    Odd(String),
}

impl From<StoreAnswer> for io::Error {
    fn from(answer: StoreAnswer) -> Self {
        let kind = match answer {
            StoreAnswer::Away(_) => io::ErrorKind::HostUnreachable,
            StoreAnswer::Refused(_) => io::ErrorKind::PermissionDenied,
            StoreAnswer::NoBucket => io::ErrorKind::AddrNotAvailable,
            StoreAnswer::NotThere => io::ErrorKind::NotFound,
            StoreAnswer::Taken => io::ErrorKind::AlreadyExists,
            StoreAnswer::Odd(_) => io::ErrorKind::Other,
        };
        Self::new(kind, answer)
    }
}

impl Bucket {
    /// Gets ready to speak with a bucket; says nothing to it yet.
    pub fn new(address: &Address, credentials: Credentials) -> io::Result<Self> {
        let client = outside::client().map_err(io::Error::other)?;
        Ok(Self {
            caller: Arc::new(Caller::new(address, credentials, client)?),
            bridge: Bridge::start()?,
            conditions: AtomicBool::new(true),
        })
    }

    /// Whether two writers of one name hear of each other. Known once [`Shelf::try_out`] has run.
    pub fn has_conditions(&self) -> bool {
        self.conditions.load(Ordering::Relaxed)
    }

    fn call<T, F>(&self, work: impl FnOnce(Arc<Caller>) -> F) -> io::Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreAnswer>> + Send + 'static,
    {
        self.bridge.run(work(Arc::clone(&self.caller)))?.map_err(io::Error::from)
    }

    fn put_key(&self, key: String, bytes: Vec<u8>, new: bool) -> io::Result<()> {
        self.call(|caller| async move { caller.put(&key, bytes.into(), new).await })
    }

    fn get_key(&self, key: String) -> io::Result<Vec<u8>> {
        self.call(|caller| async move { caller.get(&key).await })
    }
}

impl Shelf for Bucket {
    fn put(&self, place: Place, name: &str, bytes: &[u8], how: Put) -> io::Result<()> {
        let key = || self.caller.key(place.as_str(), name);
        let new = how == Put::New && self.has_conditions();
        match self.put_key(key(), bytes.to_vec(), new) {
            // Our own earlier try whose answer was lost, or another writer with the same bytes.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if self.get_key(key())? == bytes {
                    Ok(())
                } else {
                    Err(StoreAnswer::Taken.into())
                }
            }
            answered => answered,
        }
    }

    fn get(&self, place: Place, name: &str) -> io::Result<Vec<u8>> {
        self.get_key(self.caller.key(place.as_str(), name))
    }

    fn remove(&self, place: Place, name: &str) -> io::Result<()> {
        let key = self.caller.key(place.as_str(), name);
        match self.call(|caller| async move { caller.delete(&key).await }) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            answered => answered,
        }
    }

    fn list(&self, place: Place) -> io::Result<Vec<Kept>> {
        let prefix = self.caller.key(place.as_str(), "");
        self.call(|caller| async move { caller.list(&prefix).await })
    }

    /// A PUT that was broken off leaves nothing behind.
    fn tidy(&self, _earlier: SystemTime) -> io::Result<usize> {
        Ok(0)
    }

    fn try_out(&self) -> io::Result<()> {
        let key = self.caller.key("canary", &random_hex(&mut SystemEntropy, 8));
        self.put_key(key.clone(), b"one".to_vec(), false)?;
        // The second writer of a name has to hear of the first.
        let refused = match self.put_key(key.clone(), b"two".to_vec(), true) {
            Ok(()) => false,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => true,
            Err(error) if error.kind() == io::ErrorKind::Other => false,
            Err(error) => return Err(error),
        };
        self.conditions.store(refused, Ordering::Relaxed);
        let read = self.get_key(key.clone())?;
        self.call(|caller| async move { caller.delete(&key).await })?;
        if refused && read != b"one" {
            return Err(StoreAnswer::Odd("it gives back other bytes than it was given".into()).into());
        }
        if !refused {
            tracing::warn!(
                "the picture store does not know If-None-Match: use it for one running program only"
            );
        }
        Ok(())
    }
}
