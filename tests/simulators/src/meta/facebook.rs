//! The Page: photos, posts, its list.

use cleansheet_terms::Timestamp;
use serde_json::{Value, json};

use super::{
    Meta, PAGE, PAGE_NAME, PagePost, Photo, Request, Response, described, error, listed, missing, seen,
    written,
};

impl Meta {
    pub(super) fn is_on_page(&self, id: &str) -> bool {
        self.photos.contains_key(id) || self.posts.iter().any(|post| post.id == id)
    }

    pub(super) fn page(&mut self, request: &Request, path: &[&str], late: u32, now: Timestamp) -> Response {
        match (request.method.as_str(), path) {
            ("GET", [PAGE]) => {
                let picture = json!({ "data": { "url": "https://example.org/p/crest.jpg?oh=1" } });
                let page = json!({ "id": PAGE, "name": PAGE_NAME, "about": self.about, "picture": picture });
                Response::json(200, &page)
            }
            ("POST", [PAGE, "photos"]) => self.upload(request),
            ("POST", [PAGE, "feed"]) => self.feed(request, late, now),
            ("GET", [PAGE, "published_posts" | "feed"]) => {
                if let Some(no) = self.lacks("pages_read_engagement") {
                    return no;
                }
                let posts: Vec<usize> = (0..self.posts.len()).rev().collect();
                let all = posts.into_iter().filter_map(|at| self.shown(at)).collect();
                listed(all, request, &request.path)
            }
            ("GET", [id]) if self.photos.contains_key(*id) => self.photo(id),
            ("GET", [id]) => {
                let at = self.posts.iter().position(|post| post.id == *id);
                let post =
                    at.filter(|_| self.given.contains("pages_read_engagement")).and_then(|at| self.shown(at));
                post.map_or_else(|| missing(id), |post| Response::json(200, &post))
            }
            ("DELETE", [id]) => self.delete(id, late),
            _ => Response::not_described(&format!("{} {}", request.method, request.path)),
        }
    }

    fn upload(&mut self, request: &Request) -> Response {
        let mut given = Self::given_with(request);
        let bytes = request.parts().into_iter().find(|(name, _)| name == "source").map(|(_, bytes)| bytes);
        given.remove("source");
        let allowed = ["alt_text_custom", "published", "message", "caption", "url", "no_story", "temporary"];
        if let Some(no) = described(&given, &allowed, &[]) {
            return no;
        }
        if let Some(no) = self.lacks("pages_manage_posts") {
            return no;
        }
        let Some(bytes) = bytes else { return error(400, 324, 0, "(#324) Requires upload file") };
        if bytes.len() > 4_000_000 {
            return error(400, 324, 1_366_046, "Your photos couldn't be uploaded");
        }
        if given.get("published").map(String::as_str) != Some("false") {
            return Response::not_described("a photo that is seen before its post");
        }
        let id = self.new_id();
        let alt_text = given.remove("alt_text_custom").unwrap_or_default().trim().to_owned();
        self.photos.insert(id.clone(), Photo { bytes, alt_text, used: false, deleted: None });
        Response::json(200, &json!({ "id": id }))
    }

    fn feed(&mut self, request: &Request, late: u32, now: Timestamp) -> Response {
        let given = Self::given_with(request);
        if let Some(no) = described(&given, &["message", "attached_media", "link", "published"], &[]) {
            return no;
        }
        if let Some(no) = self.lacks("pages_manage_posts") {
            return no;
        }
        let media: Value =
            given.get("attached_media").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let photos: Vec<String> = media
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| Some(one.get("media_fbid")?.as_str()?.to_owned()))
            .collect();
        let message = given.get("message").map(|text| text.trim().to_owned()).unwrap_or_default();
        if message.is_empty() && photos.is_empty() {
            return error(400, 100, 0, "(#100) You must provide message, link or attached_media");
        }
        let there = |id: &String| self.photos.get(id).filter(|photo| photo.deleted.is_none());
        if photos.iter().any(|id| there(id).is_none()) {
            return error(400, 100, 0, "(#100) attached_media is not there");
        }
        if photos.iter().filter_map(there).any(|photo| photo.used) {
            return error(400, 368, 1_366_051, "These photos were already posted.");
        }
        let last = self.posts.iter().rev().find(|post| post.deleted.is_none());
        if photos.is_empty() && last.is_some_and(|post| post.message == message && post.photos.is_empty()) {
            return error(400, 506, 0, "Duplicate status message");
        }
        for id in &photos {
            self.photos.get_mut(id).unwrap().used = true;
        }
        let id = format!("{PAGE}_{}", self.new_id());
        self.posts.push(PagePost { id: id.clone(), message, photos, made: now, late, deleted: None });
        Response::json(200, &json!({ "id": id }))
    }

    /// A post as it is read; `None` while it is not seen.
    fn shown(&mut self, at: usize) -> Option<Value> {
        let post = &mut self.posts[at];
        if !seen(&mut post.late, &mut post.deleted) {
            return None;
        }
        let there = post.photos.iter().filter(|id| self.photos[*id].deleted.is_none());
        let photos: Vec<Value> =
            there.map(|id| json!({ "media_type": "photo", "target": { "id": id } })).collect();
        let attachments = match photos.as_slice() {
            [] => json!([]),
            [one] => json!([one]),
            many => {
                json!([{ "media_type": "album", "target": { "id": "5" }, "subattachments": { "data": many } }])
            }
        };
        Some(json!({ "id": post.id, "message": post.message, "created_time": written(post.made),
            "attachments": { "data": attachments } }))
    }

    fn photo(&mut self, id: &str) -> Response {
        let photo = self.photos.get_mut(id).unwrap();
        if !seen(&mut 0, &mut photo.deleted) {
            return missing(id);
        }
        let source = format!("https://example.org/photos/{id}.jpg?oh=1");
        Response::json(
            200,
            &json!({ "id": id, "alt_text_custom": photo.alt_text, "images": [{ "source": source }] }),
        )
    }

    fn delete(&mut self, id: &str, late: u32) -> Response {
        if let Some(no) = self.lacks("pages_manage_posts") {
            return no;
        }
        let post = self.posts.iter_mut().find(|post| post.id == *id).map(|post| &mut post.deleted);
        let deleted = match self.photos.get_mut(id) {
            Some(photo) => Some(&mut photo.deleted),
            None => post,
        };
        match deleted {
            Some(deleted @ None) => {
                *deleted = Some(late);
                Response::json(200, &json!({ "success": true }))
            }
            _ => missing(id),
        }
    }
}
