//! Articles that lie in the site's folder and that no order of ours put there: copied over from the site before.

use std::io;

use cleansheet_policy::ReleaseOrder;
use cleansheet_terms::Timestamp;

use super::{Article, Site, newest::Place, sent};
use crate::{Answer, ChannelError, Gone, OldFile, OldPage, OldPost, OldPosts};

/// Articles on a page.
const PAGE: usize = 50;

impl Site {
    fn page(&self, from: Option<Place>) -> Result<OldPage, ChannelError> {
        // One more than fits says whether there is another page.
        let mut places = self.older_than(from.as_ref(), PAGE + 1).map_err(ChannelError::later)?;
        let more = places.len() > PAGE;
        places.truncate(PAGE);
        let next = places.last().filter(|_| more).map(written);
        let articles: io::Result<Vec<Article>> =
            places.iter().filter_map(|(_, key)| self.article(key).transpose()).collect();
        let posts = articles.map_err(ChannelError::later)?.into_iter().map(old).collect();
        Ok(OldPage { posts, next })
    }
}

impl OldPosts for Site {
    fn list<'a>(&'a self, from: Option<&'a str>) -> Answer<'a, OldPage> {
        let from = from.map(read_place).transpose();
        Box::pin(async move {
            let from = from?;
            self.aside(move |site| site.page(from)).await
        })
    }

    fn name_of(&self, order: &ReleaseOrder) -> Option<String> {
        Some(sent(order.record_key()).remote)
    }

    fn file<'a>(&'a self, remote: &'a str, file: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        let (key, file) = (remote.to_owned(), file.to_owned());
        self.aside(move |site| site.picture(&key, &file).map_err(ChannelError::later))
    }

    fn take_down_old<'a>(&'a self, remote: &'a str) -> Answer<'a, ()> {
        let key = remote.to_owned();
        self.aside(move |site| site.remove(&key))
    }

    /// The files of an article lie in its folder: with it they are gone.
    fn confirm_old_gone<'a>(&'a self, remote: &'a str, _files: &'a [String]) -> Answer<'a, Gone> {
        let key = remote.to_owned();
        self.aside(move |site| site.look_gone(&key))
    }
}

fn old(article: Article) -> OldPost {
    let sent = sent(&article.record_key);
    let file =
        |picture: super::Picture| OldFile { name: picture.file, alt_text: picture.alt_text, video: false };
    OldPost {
        remote: sent.remote,
        url: sent.url,
        published: Some(article.published),
        text: article.text,
        files: article.pictures.into_iter().map(file).collect(),
        shares: None,
    }
}

/// A place as the next page's beginning.
fn written((published, key): &Place) -> String {
    // All of the instant: two articles of one millisecond are in order by the rest of it.
    format!("{}/{key}", published.as_nanosecond())
}

fn read_place(text: &str) -> Result<Place, ChannelError> {
    let damaged = || ChannelError::Refused("the place in the list cannot be read".to_owned());
    let (published, key) = text.split_once('/').ok_or_else(damaged)?;
    let published = published.parse().ok().and_then(|at| Timestamp::from_nanosecond(at).ok());
    Ok((published.ok_or_else(damaged)?, key.to_owned()))
}
