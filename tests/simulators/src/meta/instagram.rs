//! The Instagram account: containers, posts, its list.

use cleansheet_terms::Timestamp;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    ACCOUNT, Container, Media, Meta, Request, Response, USERNAME, described, error, fetch, listed, missing,
    seen, written,
};

/// How long a container is kept that nobody publishes.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

impl Meta {
    pub(super) fn is_on_account(&self, id: &str) -> bool {
        self.containers.contains_key(id) || self.media.iter().any(|media| media.id == id)
    }

    pub(super) fn account(
        &mut self,
        request: &Request,
        path: &[&str],
        late: u32,
        now: Timestamp,
    ) -> Response {
        match (request.method.as_str(), path) {
            ("GET", [ACCOUNT]) => Response::json(
                200,
                &json!({ "id": ACCOUNT, "username": USERNAME, "name": "Fenland", "biography": self.about,
                    "profile_picture_url": "https://example.org/p/crest.jpg?oh=1" }),
            ),
            ("POST", [ACCOUNT, "media"]) => self.contain(request, late, now),
            ("POST", [ACCOUNT, "media_publish"]) => self.publish(request, late, now),
            ("GET", [ACCOUNT, "content_publishing_limit"]) => {
                let config = json!({ "quota_total": self.quota, "quota_duration": 86_400 });
                Response::json(200, &json!({ "data": [{ "quota_usage": self.used(now), "config": config }] }))
            }
            ("GET", [ACCOUNT, "media"]) => {
                if let Some(no) = self.lacks("instagram_basic") {
                    return no;
                }
                let all = (0..self.media.len()).rev().collect::<Vec<_>>();
                listed(all.into_iter().filter_map(|at| self.post(at)).collect(), request, &request.path)
            }
            ("GET", [id]) if self.containers.contains_key(*id) => self.container(id, now),
            ("GET", [id]) => {
                let at = self.media.iter().position(|media| media.id == *id);
                let post = at.filter(|_| self.given.contains("instagram_basic")).and_then(|at| self.post(at));
                post.map_or_else(|| missing(id), |post| Response::json(200, &post))
            }
            ("DELETE", [id]) => self.remove(id, late),
            _ => Response::not_described(&format!("{} {}", request.method, request.path)),
        }
    }

    fn used(&self, now: Timestamp) -> u32 {
        let day = |media: &&Media| now.duration_since(media.made) < KEPT;
        self.media.iter().filter(day).count() as u32
    }

    fn contain(&mut self, request: &Request, late: u32, now: Timestamp) -> Response {
        let mut given = Self::given_with(request);
        let allowed = ["image_url", "caption", "alt_text", "is_carousel_item", "media_type", "children"];
        if let Some(no) = described(&given, &allowed, &[]) {
            return no;
        }
        if let Some(no) = self.lacks("instagram_content_publish") {
            return no;
        }
        let children: Vec<String> = given
            .get("children")
            .map(|text| text.split(',').map(str::to_owned).collect())
            .unwrap_or_default();
        let picture = given.remove("image_url").map(fetch);
        let is_carousel = given.get("media_type").is_some_and(|kind| kind == "CAROUSEL");
        if is_carousel != picture.is_none() || is_carousel && !(2..=10).contains(&children.len()) {
            return error(
                400,
                100,
                2_207_028,
                "A carousel needs 2 to 10 children, and everything else a picture",
            );
        }
        if children.iter().any(|id| !self.containers.get(id).is_some_and(|child| child.of_carousel)) {
            return error(400, 100, 2_207_006, "Media not found");
        }
        let mut take = |name: &str| given.remove(name).unwrap_or_default().trim().to_owned();
        let container = Container {
            caption: take("caption"),
            alt_text: take("alt_text"),
            of_carousel: take("is_carousel_item") == "true",
            picture,
            children,
            published: false,
            made: now,
            late,
        };
        if container.caption.chars().count() > 2_200 {
            return error(400, 100, 2_207_010, "The caption was too long");
        }
        let id = self.new_id();
        self.containers.insert(id.clone(), container);
        Response::json(200, &json!({ "id": id }))
    }

    /// The words for how far a container is, and why it failed.
    fn how_far(&self, id: &str, now: Timestamp) -> (&'static str, &'static str) {
        let container = &self.containers[id];
        if container.published {
            return ("PUBLISHED", "Published");
        }
        if now.duration_since(container.made) >= KEPT {
            return ("EXPIRED", "Expired");
        }
        let fetched = container.picture.as_ref().map(|picture| picture.lock().unwrap().clone());
        match fetched {
            Some(None) => ("IN_PROGRESS", "In progress"),
            Some(Some(Err(()))) => ("ERROR", "Error: Media upload has failed with error code 2207052"),
            Some(Some(Ok(bytes))) if bytes.len() > 8_000_000 => ("ERROR", "2207004"),
            _ if container.late > 0 => ("IN_PROGRESS", "In progress"),
            _ => ("FINISHED", "Finished"),
        }
    }

    fn container(&mut self, id: &str, now: Timestamp) -> Response {
        let (status_code, status) = self.how_far(id, now);
        let container = self.containers.get_mut(id).unwrap();
        container.late = container.late.saturating_sub(1);
        Response::json(200, &json!({ "id": id, "status_code": status_code, "status": status }))
    }

    fn publish(&mut self, request: &Request, late: u32, now: Timestamp) -> Response {
        let given = Self::given_with(request);
        if let Some(no) = described(&given, &["creation_id"], &["creation_id"]) {
            return no;
        }
        if let Some(no) = self.lacks("instagram_content_publish") {
            return no;
        }
        if self.used(now) >= self.quota {
            return error(403, 9, 2_207_042, "Application request limit reached");
        }
        let id = given["creation_id"].clone();
        let ready = self.containers.contains_key(&id) && self.how_far(&id, now).0 == "FINISHED";
        if !ready || self.containers[&id].of_carousel {
            return error(400, 9007, 2_207_027, "Media ID is not available");
        }
        let container = &self.containers[&id];
        let parts: Vec<&Container> = match container.children.as_slice() {
            [] => vec![container],
            children => children.iter().map(|child| &self.containers[child]).collect(),
        };
        let bytes =
            |part: &Container| match part.picture.as_ref().map(|picture| picture.lock().unwrap().clone()) {
                Some(Some(Ok(bytes))) => bytes,
                _ => Vec::new(),
            };
        let pictures = parts.iter().map(|part| (part.alt_text.clone(), bytes(part))).collect();
        let caption = container.caption.clone();
        self.containers.get_mut(&id).unwrap().published = true;
        let id = self.new_id();
        self.media.push(Media { id: id.clone(), caption, pictures, made: now, late, deleted: None });
        Response::json(200, &json!({ "id": id }))
    }

    /// A post as it is read; `None` while it is not seen.
    fn post(&mut self, at: usize) -> Option<Value> {
        let media = &mut self.media[at];
        if !seen(&mut media.late, &mut media.deleted) {
            return None;
        }
        let id = &media.id;
        let file = |n: usize| format!("https://example.org/media/{id}-{n}.jpg?oh=1");
        let mut post = json!({ "id": id, "caption": media.caption, "timestamp": written(media.made),
            "permalink": format!("https://www.instagram.com/p/{id}/"), "media_type": "IMAGE", "media_url": file(0) });
        match media.pictures.as_slice() {
            [(alt_text, _)] => post["alt_text"] = alt_text.as_str().into(),
            several => {
                let child = |(n, (alt_text, _)): (usize, &(String, Vec<u8>))| json!({ "id": format!("{id}{n}"), "media_type": "IMAGE", "media_url": file(n), "alt_text": alt_text });
                post["media_type"] = "CAROUSEL_ALBUM".into();
                post["children"] =
                    json!({ "data": several.iter().enumerate().map(child).collect::<Vec<_>>() });
            }
        }
        Some(post)
    }

    fn remove(&mut self, id: &str, late: u32) -> Response {
        if !self.deletes {
            return missing(id);
        }
        if let Some(no) = self.lacks("instagram_manage_contents") {
            return no;
        }
        match self.media.iter_mut().find(|media| media.id == *id && media.deleted.is_none()) {
            Some(media) => {
                media.deleted = Some(late);
                Response::json(200, &json!({ "success": true }))
            }
            None => missing(id),
        }
    }
}
