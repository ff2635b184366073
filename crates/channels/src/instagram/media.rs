//! Containers, posts and the account itself, as Instagram writes them.

use cleansheet_policy::ReleaseOrder;
use cleansheet_terms::Network;
use serde::Deserialize;

use super::{Failure, Refusal};
use crate::{
    ChannelError, CopiedFile, CopiedPicture, Copy, Sent, facebook::file_name, meta::List, same_words,
};

/// The fields of a post.
pub(super) const FIELDS: &str =
    "id,caption,timestamp,permalink,media_type,media_url,alt_text,children{id,media_type,media_url,alt_text}";
/// The list of everything that the account shows, with these fields.
pub(super) const LIST: (&str, &str) = ("media", FIELDS);
/// The fields by which an account presents itself.
pub(super) const PROFILE: &str = "id,username,name,biography,profile_picture_url";

/// How far Instagram is with a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    InProgress,
    Finished,
    Published,
    Failed,
    Expired,
}

/// What was prepared to be published.
/// <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-container>
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Container {
    status_code: String,
    /// For one that failed: words with the number of the error in them.
    status: String,
}

impl Container {
    pub(super) fn state(&self) -> State {
        match self.status_code.as_str() {
            "FINISHED" => State::Finished,
            "PUBLISHED" => State::Published,
            "ERROR" => State::Failed,
            "IN_PROGRESS" => State::InProgress,
            _ => State::Expired,
        }
    }

    /// Why it failed. The field is the number of the error, or words that hold it.
    pub(super) fn failed(&self) -> ChannelError {
        let numbers = self.status.split(|c: char| !c.is_ascii_digit());
        let subcode = numbers.filter_map(|digits| digits.parse().ok()).find(|number| *number > 36_000);
        let refusal = Refusal {
            network: Network::Instagram,
            status: 400,
            code: -1,
            subcode: subcode.unwrap_or_default(),
            transient: subcode.is_none(),
            message: "Instagram could not use a picture; it is tried again".to_owned(),
            after: None,
        };
        Failure::Refused(refusal).of_preparing()
    }
}

/// A post of the account.
#[derive(Deserialize)]
pub(super) struct Media {
    pub(super) id: String,
    #[serde(default)]
    caption: String,
    #[serde(default)]
    pub(super) timestamp: String,
    #[serde(default)]
    permalink: String,
    #[serde(flatten)]
    file: File,
    #[serde(default)]
    children: Option<List<File>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    media_url: String,
    alt_text: String,
}

impl Media {
    /// Whether it shows what an order says. Alt texts are part of it: the same words may go with other pictures.
    pub(super) fn is(&self, order: &ReleaseOrder) -> bool {
        let mut files = self.files();
        let alt_texts = order
            .pictures()
            .iter()
            .all(|picture| files.next().is_some_and(|file| same_words(&file.alt_text, &picture.alt_text)));
        same_words(&self.caption, order.text()) && alt_texts && files.next().is_none()
    }

    fn files(&self) -> impl Iterator<Item = &File> {
        let alone = self.children.is_none().then_some(&self.file);
        self.children.iter().flat_map(|list| &list.data).chain(alone)
    }

    pub(super) fn sent(self) -> Sent {
        Sent { remote: self.id, url: self.permalink }
    }

    pub(super) fn copied(self) -> Copy {
        let picture = |file: &File| CopiedPicture {
            alt_text: file.alt_text.clone(),
            file: CopiedFile::Remade { url: file.media_url.clone() },
        };
        let pictures = self.files().map(picture).collect();
        Copy { texts: vec![self.caption.clone()], pictures, sent: self.sent() }
    }
}

/// How an account presents itself.
#[derive(Deserialize)]
pub(super) struct Profile {
    #[serde(default)]
    pub(super) username: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    biography: String,
    #[serde(default)]
    profile_picture_url: String,
}

impl Profile {
    pub(super) fn shown(self) -> crate::Profile {
        let name = if self.name.is_empty() { self.username } else { self.name };
        crate::Profile { name, about: self.biography, picture: file_name(&self.profile_picture_url) }
    }
}

#[cfg(test)]
mod tests {
    use super::Container;
    use crate::ChannelError;

    fn failed(status: &str) -> ChannelError {
        Container { status_code: "ERROR".to_owned(), status: status.to_owned() }.failed()
    }

    #[test]
    fn a_container_that_failed_says_what_to_do() {
        assert!(matches!(failed("2207009"), ChannelError::ChangePost(_)));
        assert!(matches!(
            failed("Error: Media upload has failed with error code 2207004"),
            ChannelError::ChangePost(_)
        ));
        assert!(matches!(failed("2207052"), ChannelError::RetryLater { .. }));
        assert!(matches!(failed(""), ChannelError::RetryLater { .. }));
    }
}
