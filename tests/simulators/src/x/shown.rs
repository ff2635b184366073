//! What X answers when it is asked for posts.

use serde_json::{Value, json};

use super::{Answered, NAME, Tweet, X, html, invalid, is_link, no_tweet, number};
use crate::{Request, Response};

impl X {
    /// As X answers: addresses shortened, one added for the pictures, and three signs written as in HTML.
    pub(super) fn entity(&self, id: u64, tweet: &Tweet) -> Value {
        let mut urls = Vec::new();
        let mut short = |expanded: &str, media: Option<&String>| {
            let url = format!("https://t.co/{:010}", id % 1_000_000 * 10 + urls.len() as u64);
            urls.push(json!({ "start": 0, "end": 0, "url": url, "expanded_url": expanded }));
            if let (Some(media), Some(entry)) = (media, urls.last_mut()) {
                entry["media_key"] = format!("3_{media}").into();
            }
            url
        };
        let words =
            tweet.text.split(' ').map(|word| if is_link(word) { short(word, None) } else { html(word) });
        let mut text = words.collect::<Vec<_>>().join(" ");
        if let Some(first) = tweet.media.first() {
            text += &format!(" {}", short(&format!("https://x.com/{NAME}/status/{id}/photo/1"), Some(first)));
        }
        let keys: Vec<String> = tweet.media.iter().map(|id| format!("3_{id}")).collect();
        let mut entity = json!({ "id": id.to_string(), "text": text, "created_at": tweet.at.to_string(), "edit_history_post_ids": [id.to_string()] });
        if let Some(before) = &tweet.answers {
            entity["referenced_posts"] = json!([{ "type": "replied_to", "id": before }]);
        }
        if !urls.is_empty() {
            entity["entities"] = json!({ "urls": urls });
        }
        if !keys.is_empty() {
            entity["attachments"] = json!({ "media_keys": keys });
        }
        entity
    }

    pub(super) fn includes(&self, request: &Request, tweet: &Tweet) -> Vec<Value> {
        let host = request.headers.get("host").map_or("localhost", String::as_str);
        let asked =
            request.query.get("expansions").is_some_and(|names| names.contains("attachments.media_keys"));
        let shown = tweet.media.iter().filter(|_| asked).filter_map(|id| Some((id, self.media.get(id)?)));
        shown
            .map(|(id, media)| {
                json!({ "media_key": format!("3_{id}"), "type": "photo", "alt_text": media.alt_text, "url": format!("http://{host}/media/3_{id}") })
            })
            .collect()
    }

    pub(super) fn tweet(&mut self, request: &Request, id: &str) -> Response {
        if let Some(tweet) = self.tweets.get_mut(&number(id)) {
            if tweet.unseen > 0 {
                tweet.unseen -= 1;
                return no_tweet(id);
            }
            match tweet.leaving {
                Some(0) => drop(self.tweets.remove(&number(id))),
                Some(looks) => tweet.leaving = Some(looks - 1),
                None => {}
            }
        }
        let Some(tweet) = self.tweets.get(&number(id)) else { return no_tweet(id) };
        let mut answer = json!({ "data": self.entity(number(id), tweet) });
        let media = self.includes(request, tweet);
        if !media.is_empty() {
            answer["includes"] = json!({ "media": media });
        }
        Response::json(200, &answer)
    }

    pub(super) fn list(&self, request: &Request) -> Answered {
        let asked = |name: &str| request.query.get(name).map(|text| number(text));
        let most = asked("max_results").unwrap_or(10);
        if !(5..=100).contains(&most) {
            return Err(invalid("max_results is not between 5 and 100"));
        }
        let since = asked("since_id").unwrap_or(0);
        let seen = |(id, tweet): &(&u64, &Tweet)| {
            **id > since && tweet.leaving.is_none() && tweet.unseen == 0 && !self.lists_late
        };
        let page: Vec<_> =
            self.tweets.iter().rev().filter(seen).take(usize::try_from(most).unwrap_or(10)).collect();
        let mut answer = json!({ "meta": { "result_count": page.len() } });
        if let (Some((newest, _)), Some((oldest, _))) = (page.first(), page.last()) {
            answer["meta"]["newest_id"] = newest.to_string().into();
            answer["meta"]["oldest_id"] = oldest.to_string().into();
            answer["data"] = page.iter().map(|(id, tweet)| self.entity(**id, tweet)).collect();
            let media: Vec<Value> =
                page.iter().flat_map(|(_, tweet)| self.includes(request, tweet)).collect();
            answer["includes"] = json!({ "media": media });
        }
        Ok(Response::json(200, &answer))
    }
}
