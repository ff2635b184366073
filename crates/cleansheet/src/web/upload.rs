//! Forms with files. The token is the first field, and nothing is handed out before it was right.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts as _, Multipart, Request, multipart::Field},
};

use super::{Problem, expired, fields::Fields, visit::Visit};

/// Largest photo in bytes.
pub(super) const PHOTO_BYTES: usize = 30 * 1024 * 1024;
/// All that one form may send: four photos and the words.
pub(super) const FORM_BYTES: usize = 4 * PHOTO_BYTES + 1024 * 1024;
/// All words of one form.
const WORDS_BYTES: usize = 512 * 1024;

/// A form with files whose token was right.
pub(super) struct Upload {
    parts: Multipart,
    fields: Vec<(String, String)>,
    words_bytes: usize,
}

/// One file of a form.
pub(super) struct File {
    /// As the phone called it; for people to recognise, never for a path.
    pub(super) name: String,
    /// `None`: it is larger than a photo may be.
    pub(super) bytes: Option<Bytes>,
}

impl Upload {
    /// The next file. Words on the way are kept for [`Upload::fields`].
    pub(super) async fn next_file(&mut self) -> Result<Option<File>, Problem> {
        while let Some(part) = self.parts.next_field().await.map_err(damaged)? {
            let name = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(str::to_owned) {
                Some(file) => {
                    let bytes = read(part, PHOTO_BYTES).await?;
                    // A browser sends an empty part when no file was chosen.
                    if !(file.is_empty() && bytes.as_ref().is_some_and(Bytes::is_empty)) {
                        return Ok(Some(File { name: file.chars().take(200).collect(), bytes }));
                    }
                }
                None => {
                    let bytes = read(part, WORDS_BYTES - self.words_bytes.min(WORDS_BYTES)).await?;
                    let bytes = bytes.ok_or(Problem::TooMuch)?;
                    self.words_bytes += bytes.len();
                    let text = String::from_utf8(bytes.to_vec()).map_err(damaged)?;
                    self.fields.push((name, text));
                }
            }
        }
        Ok(None)
    }

    /// The words, once every file was taken.
    pub(super) fn fields(self) -> Fields {
        Fields::new(self.fields)
    }
}

/// The words of a form, read past its files. What is damaged ends it: these words come from somebody whose sign-in is over.
pub(super) async fn words(parts: &mut Multipart) -> Fields {
    let (mut fields, mut bytes_so_far) = (Vec::new(), 0);
    while let Ok(Some(part)) = parts.next_field().await {
        let name = part.name().unwrap_or_default().to_owned();
        let most = if part.file_name().is_some() { 0 } else { WORDS_BYTES - bytes_so_far.min(WORDS_BYTES) };
        let is_file = part.file_name().is_some();
        match read(part, most).await {
            Ok(Some(bytes)) if !is_file => {
                bytes_so_far += bytes.len();
                fields.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
    Fields::new(fields)
}

/// A part's bytes, or `None` when it is longer; the rest is read and dropped, so that the next part can follow.
async fn read(mut part: Field<'_>, most: usize) -> Result<Option<Bytes>, Problem> {
    let mut bytes = Vec::new();
    let mut fits = true;
    while let Some(chunk) = part.chunk().await.map_err(damaged)? {
        fits &= bytes.len() + chunk.len() <= most;
        if fits {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    Ok(fits.then(|| Bytes::from(bytes)))
}

fn damaged(_: impl std::error::Error) -> Problem {
    Problem::Wrong("the form arrived damaged or is too large; send fewer photos at once".into())
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut head, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut head, state).await?;
        let path = head.uri.path().to_owned();
        let sent = Multipart::from_request(Request::from_parts(head, body), state).await;
        let mut parts = sent.map_err(|_| Problem::Forged)?;
        let first = parts.next_field().await.map_err(damaged)?.ok_or(Problem::Forged)?;
        if first.name() != Some("csrf") {
            return Err(Problem::Forged);
        }
        let token = read(first, 200).await?.ok_or(Problem::Forged)?;
        if let Err(problem) = visit.token_is_right(std::str::from_utf8(&token).map_err(|_| Problem::Forged)?)
        {
            return Err(expired::problem(&path, true, &words(&mut parts).await, problem));
        }
        Ok(Self { parts, fields: Vec::new(), words_bytes: 0 })
    }
}
