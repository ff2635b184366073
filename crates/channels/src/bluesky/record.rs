//! The post as it is written into the account's repository. The same order always makes the same record under the same
//! key, so that writing it again changes nothing.

use cleansheet_policy::{OrderPicture, ReleaseOrder};
use cleansheet_terms::{Digest, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::facets::{Mark, Target};
use crate::OldFile;

/// Where posts are kept.
pub(super) const POSTS: &str = "app.bsky.feed.post";
/// Letters of the network's time-ordered keys, in the order of their value.
const LETTERS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";

/// The key of an order's post: a TID, made of when it was approved and of its own random name.
///
/// - `n`: which post of a thread, from 0; each is a microsecond behind the one before.
pub(super) fn key(order: &ReleaseOrder, n: usize) -> String {
    let chance = Digest::of(order.record_key().as_bytes());
    let chance = chance.as_bytes().iter().take(3).fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
    let millis = u64::try_from(order.made_at().as_millisecond()).unwrap_or(0);
    // Microseconds (the last three digits by chance) and ten bits of "clock", also by chance.
    let later = u64::try_from(n).unwrap_or(0);
    let micros = millis.wrapping_mul(1_000).wrapping_add(chance % 1_000 + later) & ((1 << 53) - 1);
    let number = (micros << 10) | ((chance >> 10) & 0x3ff);
    base32(number, 13)
}

fn base32(number: u64, letters: u32) -> String {
    (0..letters)
        .rev()
        .map(|place| usize::try_from((number >> (5 * place)) & 31).unwrap_or(0))
        .map(|letter| char::from(LETTERS.get(letter).copied().unwrap_or(b'2')))
        .collect()
}

/// The network's name of a file with these bytes: it follows from their SHA-256.
pub(super) fn cid(digest: &Digest) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    // Version 1, raw bytes, SHA-256, 32 bytes long.
    let bytes = [0x01_u8, 0x55, 0x12, 0x20].into_iter().chain(digest.as_bytes().iter().copied());
    let (mut out, mut held, mut bits) = ("b".to_owned(), 0_u32, 0_u32);
    let mut push = |value: u32| {
        let letter = usize::try_from(value & 31).unwrap_or(0);
        out.push(char::from(ALPHABET.get(letter).copied().unwrap_or(b'a')));
    };
    for byte in bytes {
        held = (held << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(held >> bits);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        push(held << (5 - bits));
    }
    out
}

/// An uploaded file, as records name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Blob {
    #[serde(rename = "$type")]
    kind: String,
    #[serde(rename = "ref")]
    link: Link,
    #[serde(rename = "mimeType")]
    pub(super) mime: String,
    size: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Link {
    #[serde(rename = "$link")]
    cid: String,
}

impl Blob {
    pub(super) fn cid(&self) -> &str {
        &self.link.cid
    }
}

/// A post as the one that answers it names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) uri: String,
    pub(super) cid: String,
}

/// The whole record.
///
/// - `text`: of this post of the order.
/// - `before`: the posts of the thread before it, in order; the first shows the pictures.
/// - `marks`: with the DID of each mention that was resolved; others are left out.
/// - `blobs`: one for each picture of the order, in order.
pub(super) fn post(
    order: &ReleaseOrder,
    text: &str,
    before: &[Reference],
    marks: &[(Mark, Option<String>)],
    blobs: &[Blob],
) -> Value {
    let mut record = json!({
        "$type": POSTS,
        "text": text,
        "createdAt": written(order.made_at()),
        "langs": ["en"],
    });
    let facets: Vec<Value> = marks.iter().filter_map(facet).collect();
    if let Some(fields) = record.as_object_mut() {
        if !facets.is_empty() {
            fields.insert("facets".to_owned(), facets.into());
        }
        if let (Some(root), Some(parent)) = (before.first(), before.last()) {
            let named = |post: &Reference| json!({ "uri": post.uri, "cid": post.cid });
            fields.insert("reply".to_owned(), json!({ "root": named(root), "parent": named(parent) }));
        }
        if !blobs.is_empty() {
            let images: Vec<Value> = order.pictures().iter().zip(blobs).map(image).collect();
            let embed = json!({ "$type": "app.bsky.embed.images", "images": images });
            fields.insert("embed".to_owned(), embed);
        }
    }
    record
}

fn facet((mark, did): &(Mark, Option<String>)) -> Option<Value> {
    let feature = match (&mark.to, did) {
        (Target::Link(uri), _) => json!({ "$type": "app.bsky.richtext.facet#link", "uri": uri }),
        (Target::Tag(tag), _) => json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag }),
        (Target::Mention(_), Some(did)) => json!({ "$type": "app.bsky.richtext.facet#mention", "did": did }),
        (Target::Mention(_), None) => return None,
    };
    let index = json!({ "byteStart": mark.bytes.start, "byteEnd": mark.bytes.end });
    Some(json!({ "index": index, "features": [feature] }))
}

fn image((picture, blob): (&OrderPicture, &Blob)) -> Value {
    let mut image = json!({ "alt": picture.alt_text, "image": blob });
    // The network wants both sides to be at least 1, or no shape at all.
    if let (Some(fields), 1.., 1..) = (image.as_object_mut(), picture.width, picture.height) {
        let shape = json!({ "width": picture.width, "height": picture.height });
        fields.insert("aspectRatio".to_owned(), shape);
    }
    image
}

/// `2026-11-24T10:00:00.000Z`: milliseconds and `Z`, as the network's own program writes instants.
fn written(at: Timestamp) -> String {
    format!("{}", at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
}

/// What reading back needs of a record that anybody may have written.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Found {
    #[serde(default)]
    pub(super) text: String,
    #[serde(default)]
    embed: Option<FoundEmbed>,
}

#[derive(Debug, Deserialize)]
struct FoundEmbed {
    #[serde(default)]
    images: Vec<FoundImage>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FoundImage {
    #[serde(default)]
    pub(super) alt: String,
    pub(super) image: Blob,
}

impl Found {
    pub(super) fn images(&self) -> &[FoundImage] {
        self.embed.as_ref().map_or(&[], |embed| &embed.images)
    }
}

/// Every picture and video that a record names, whoever wrote it: alone, beside a quoted post, or as the picture of a
/// link. What cannot be read is left out.
pub(super) fn files(record: &Value) -> Vec<OldFile> {
    let Some(embed) = record.get("embed") else { return Vec::new() };
    let media = embed.get("media").unwrap_or(embed);
    let words = |of: &Value, at: &str| of.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let file = |blob: Option<&Value>, alt_text: String, video: bool| {
        let blob = blob?;
        // Records of the first year name their files without a `ref`.
        let name = blob.pointer("/ref/$link").or_else(|| blob.get("cid"))?.as_str()?.to_owned();
        Some(OldFile { name, alt_text, video })
    };
    let images = media.get("images").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let images = images.iter().map(|one| file(one.get("image"), words(one, "/alt"), false));
    let others = [
        file(media.get("video"), words(media, "/alt"), true),
        file(media.pointer("/external/thumb"), words(media, "/external/title"), false),
    ];
    images.chain(others).flatten().collect()
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Digest;

    use super::{base32, cid};

    #[test]
    fn a_files_name_follows_from_its_bytes() {
        // Made by the network's own library.
        assert_eq!(
            cid(&Digest::of(b"hello world")),
            "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
        );
    }

    #[test]
    fn keys_are_thirteen_letters_that_sort_by_time() {
        assert_eq!(base32(0, 13), "2222222222222");
        assert_eq!(base32(u64::MAX >> 1, 13), "bzzzzzzzzzzzz");
        assert!(base32(1_700_000_000_000_000 << 10, 13) < base32(1_700_000_000_000_001 << 10, 13));
    }
}
