//! Opens the place where a trust's pictures lie: its own folder, or a bucket.

use std::{io, path::Path, sync::Arc};

use cleansheet_records::media::{AtHand, Folder, Media, Place, Shelf as _};

use crate::s3::{Address, Bucket, Credentials};

/// Pictures in the data folder.
const OWN: &str = "media";
/// Copies at hand of pictures that lie in a bucket. That it is there says where this trust's pictures are.
const NEAR: &str = "media-at-hand";
/// Most bytes of copies at hand: some hundred posts.
const MOST_AT_HAND: u64 = 512 << 20;

/// Why there are no pictures to work with.
#[derive(Debug, thiserror::Error)]
pub enum PicturesError {
    /// A folder, or the thread that speaks with the store.
    #[error("the pictures cannot be opened: {0}")]
    Folder(#[from] io::Error),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] crate::s3::AddressError),
    /// The store answers, and not as it must.
    #[error("{0}")]
    Store(io::Error),
    /// Opened elsewhere than where they lie.
    #[error("{0}")]
    Elsewhere(&'static str),
}

/// Opens the pictures of a trust, and tries a bucket out. A bucket that does not answer is no reason not to start: pages,
/// withdrawals and what is at hand go on.
///
/// - `bucket`: `None` is the trust's own folder.
/// - `key`: seals originals.
pub async fn open(data: &Path, bucket: Option<&Address>, key: [u8; 32]) -> Result<Media, PicturesError> {
    let (own, near) = (data.join(OWN), data.join(NEAR));
    let Some(address) = bucket else {
        if near.exists() {
            return Err(PicturesError::Elsewhere(
                "this trust keeps its pictures in a bucket; give its address with --media",
            ));
        }
        return Ok(Media::open(&own, key)?);
    };
    if own.exists() && holds_pictures(&own)? {
        return Err(PicturesError::Elsewhere(
            "this trust keeps its pictures in its own folder; copy `originals` and `renditions` of it into the bucket \
             and move the folder away, or leave out --media",
        ));
    }
    let keys =
        Credentials::from_environment(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))?;
    let bucket = Arc::new(Bucket::new(address, keys)?);
    let tried = Arc::clone(&bucket);
    match tokio::task::spawn_blocking(move || tried.try_out()).await.map_err(io::Error::other)? {
        Err(error) if error.kind() == io::ErrorKind::HostUnreachable => {
            tracing::warn!(error = %error, "started without the picture store");
        }
        answered => answered.map_err(PicturesError::Store)?,
    }
    let near = Folder::open(&near)?;
    Ok(Media::on(Arc::new(AtHand::new(bucket, near, MOST_AT_HAND)?), key))
}

fn holds_pictures(own: &Path) -> io::Result<bool> {
    let folder = Folder::open(own)?;
    for place in Place::ALL {
        if !folder.list(place)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
