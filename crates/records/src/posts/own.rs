//! Words that an account has of its own, and how a long text is cut into posts there.

use std::collections::BTreeMap;

use cleansheet_terms::{ChannelId, Clock, Entropy, PersonId, PostId};

use super::{Post, PostError, Posts, Stage};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
};

/// What an account publishes where it is not the caption in one post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnWords {
    /// Instead of the caption.
    pub text: Option<String>,
    /// The posts that the text goes out as, each numbered at its end; empty when it is one.
    pub thread: Vec<String>,
}

/// A text for an account, as it would go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) whole: String,
    /// Empty when it is one post.
    pub(crate) thread: Vec<String>,
}

impl Posts<'_> {
    /// What accounts publish that is not the caption in one post, also of accounts that are not ticked at the moment.
    pub async fn own_words(&mut self, id: &PostId) -> Result<BTreeMap<ChannelId, OwnWords>, StoreError> {
        let found = sql("SELECT channel_id, text, thread FROM post_words WHERE post_id = $1");
        let mut all = BTreeMap::new();
        for row in self.0.rows(found.bind(id.as_str().to_owned())).await? {
            let thread = row.maybe_read("thread", |text| serde_json::from_str(text))?.unwrap_or_default();
            let own = OwnWords { text: row.maybe_text("text")?, thread };
            all.insert(row.read("channel_id", ChannelId::parse)?, own);
        }
        Ok(all)
    }

    /// Gives an account words of its own, without the space around them; blank ones are none, and the caption goes there
    /// again.
    pub async fn set_own_words(
        &mut self,
        id: &PostId,
        channel: &ChannelId,
        text: &str,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let post = self.editable(id, by).await?;
        let before = self.own_words(id).await?.remove(channel).unwrap_or_default();
        let text = Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
        if before.text == text {
            return Ok(());
        }
        self.put_own(id, channel, &OwnWords { text, thread: Vec::new() }).await?;
        self.changed(&post, "words", clock, entropy).await
    }

    /// Says how the text of each of these accounts is cut into posts. Call it at the end of every transaction that changed
    /// words or channels.
    ///
    /// - `threads`: the posts of each, in order and numbered; empty or one where the text goes out whole. Whatever else is
    ///   in them than the text is [`PostError::Changed`]: nothing goes out that was not screened.
    pub async fn set_threads(
        &mut self,
        id: &PostId,
        threads: &[(ChannelId, Vec<String>)],
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let post = self.known(id).await?;
        let mut own = self.own_words(id).await?;
        let mut differs = false;
        for (channel, thread) in threads {
            let before = own.remove(channel).unwrap_or_default();
            let thread = if thread.len() > 1 { thread.clone() } else { Vec::new() };
            let text = before.text.as_ref().unwrap_or(&post.caption);
            if !thread.is_empty() && !says_the_same(&thread, text) {
                return Err(PostError::Changed);
            }
            if before.thread != thread {
                differs = true;
                self.put_own(id, channel, &OwnWords { text: before.text, thread }).await?;
            }
        }
        // An approval saw other posts.
        if differs && post.stage != Stage::Draft {
            self.changed(&post, "threads", clock, entropy).await
        } else {
            Ok(())
        }
    }

    async fn put_own(&mut self, id: &PostId, channel: &ChannelId, own: &OwnWords) -> Result<(), StoreError> {
        let thread = serde_json::to_string(&own.thread).map_err(|_| StoreError::damaged("thread"))?;
        let put = sql("INSERT INTO post_words (post_id, channel_id, text, thread) VALUES ($1, $2, $3, $4)
             ON CONFLICT (post_id, channel_id) DO UPDATE SET text = excluded.text, thread = excluded.thread")
        .bind(id.as_str().to_owned())
        .bind(channel.as_str().to_owned())
        .bind(own.text.clone())
        .bind((!own.thread.is_empty()).then_some(thread));
        self.0.run(put).await?;
        Ok(())
    }

    /// A correction begins with the words as they are.
    pub(crate) async fn copy_own_words(&mut self, from: &PostId, to: &PostId) -> Result<(), StoreError> {
        let copy = sql("INSERT INTO post_words (post_id, channel_id, text, thread)
             SELECT $1, channel_id, text, thread FROM post_words WHERE post_id = $2")
        .bind(to.as_str().to_owned())
        .bind(from.as_str().to_owned());
        self.0.run(copy).await?;
        Ok(())
    }

    /// What an account publishes; `None` while its thread is of other words than are there now.
    pub(crate) async fn text_for(
        &mut self,
        post: &Post,
        channel: &ChannelId,
    ) -> Result<Option<Text>, StoreError> {
        let own = self.own_words(&post.id).await?.remove(channel).unwrap_or_default();
        let whole = own.text.unwrap_or_else(|| post.caption.clone());
        let fits = own.thread.is_empty() || says_the_same(&own.thread, &whole);
        Ok(fits.then_some(Text { whole, thread: own.thread }))
    }
}

/// Whether a thread is this text, number by number, and nothing besides: only space may be lost between its posts.
pub(crate) fn says_the_same(thread: &[String], text: &str) -> bool {
    let letters = |text: &str| text.split_whitespace().collect::<String>();
    let of = thread.len();
    let parts: Option<Vec<&str>> =
        thread.iter().zip(1..).map(|(part, n)| part.strip_suffix(&format!(" {n}/{of}"))).collect();
    parts.is_some_and(|parts| letters(&parts.concat()) == letters(text))
}

#[cfg(test)]
mod tests {
    use super::says_the_same;

    #[test]
    fn a_thread_says_its_text_and_nothing_else() {
        let thread = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        assert!(says_the_same(&thread(&["We won. 1/2", "All of us 2/2"]), "We won.\n\nAll  of us "));
        for bad in [
            &["We won. 1/2", "All of us! 2/2"][..],
            &["We won. 1/2", "All of us 2/3"],
            &["We won.", "All of us"],
            &["We won. 1/1"],
            &[],
        ] {
            assert!(!says_the_same(&thread(bad), "We won.\n\nAll of us"), "{bad:?}");
        }
    }
}
