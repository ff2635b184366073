//! Posts, photos and the Page itself, as Facebook writes them.

use serde::Deserialize;

use super::Named;
use crate::{CopiedFile, CopiedPicture, Profile, meta::List};

/// The fields of a post.
pub(super) const FIELDS: &str =
    "id,message,created_time,attachments{media_type,target{id},subattachments{media_type,target{id}}}";
/// The list of everything that the Page has published, with these fields.
pub(super) const LIST: (&str, &str) = ("published_posts", FIELDS);
/// The fields of a photo.
pub(super) const PHOTO: &str = "id,alt_text_custom,images";
/// The fields by which a Page presents itself.
pub(super) const PROFILE: &str = "id,name,about,picture{url}";

/// A post of the Page.
#[derive(Deserialize)]
pub(super) struct Post {
    pub(super) id: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) created_time: String,
    #[serde(default)]
    attachments: Option<List<Attachment>>,
}

#[derive(Deserialize)]
struct Attachment {
    target: Option<Named>,
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    subattachments: Option<List<Attachment>>,
}

impl Post {
    /// The names of the photos that it shows.
    pub(super) fn pictures(&self) -> Vec<String> {
        self.attachments.iter().flat_map(|list| &list.data).flat_map(Attachment::pictures).collect()
    }
}

impl Attachment {
    /// Several photos hang below one attachment, the album, whose own name is none of theirs.
    fn pictures(&self) -> Vec<String> {
        match &self.subattachments {
            Some(list) => list.data.iter().flat_map(Attachment::pictures).collect(),
            None if self.media_type == "photo" => self.target.iter().map(|named| named.id.clone()).collect(),
            None => Vec::new(),
        }
    }
}

/// A photo, which is a thing of its own.
#[derive(Deserialize)]
pub(super) struct Photo {
    #[serde(default)]
    alt_text_custom: String,
    #[serde(default)]
    images: Vec<Image>,
}

#[derive(Deserialize)]
struct Image {
    source: String,
}

impl Photo {
    /// As the public gets it; the first of its copies is the largest.
    pub(super) fn copied(self) -> CopiedPicture {
        let url = self.images.into_iter().next().map(|image| image.source).unwrap_or_default();
        CopiedPicture { alt_text: self.alt_text_custom, file: CopiedFile::Remade { url } }
    }
}

/// The Page itself.
#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    picture: Option<Pictured>,
}

#[derive(Deserialize)]
struct Pictured {
    data: Address,
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    url: String,
}

impl Page {
    pub(super) fn profile(self) -> Profile {
        let picture = self.picture.map(|picture| picture.data.url).unwrap_or_default();
        Profile { name: self.name, about: self.about, picture: file_name(&picture) }
    }
}

/// The address of a file changes by the hour with its signature; its name changes with the picture.
pub(crate) fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Post, file_name};
    use crate::meta::Node as _;

    #[test]
    fn a_post_names_its_photos_however_many() {
        let read = |attachments: &str| -> Vec<String> {
            let text = format!(
                r#"{{"id":"1_2","created_time":"2026-03-01T10:00:00+0000","attachments":{attachments}}}"#
            );
            let post: Post = serde_json::from_str(&text).unwrap();
            assert_eq!(post.made().unwrap().to_string(), "2026-03-01T10:00:00Z");
            post.pictures()
        };
        assert_eq!(read(r#"{"data":[{"media_type":"photo","target":{"id":"7"}}]}"#), ["7"]);
        let album = r#"{"data":[{"media_type":"album","target":{"id":"5"},"subattachments":{"data":[{"media_type":"photo","target":{"id":"7"}},{"media_type":"photo","target":{"id":"8"}}]}}]}"#;
        assert_eq!(read(album), ["7", "8"]);
        assert!(read(r#"{"data":[{"media_type":"link","target":{"id":"9"}}]}"#).is_empty());
    }

    #[test]
    fn a_new_signature_is_no_new_picture() {
        let one = "https://scontent.example.org/v/t39/123_n.jpg?oh=a&oe=b";
        let two = "https://scontent-2.example.org/v/t39/123_n.jpg?oh=c&oe=d";
        assert_eq!(file_name(one), file_name(two));
        assert_eq!(file_name(""), "");
    }
}
