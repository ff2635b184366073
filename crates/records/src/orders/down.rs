//! What is being taken down, and how far each is: for the page that people watch meanwhile.

use std::collections::BTreeMap;

use cleansheet_terms::{ChannelId, Network, OldPostId, OrderId, PostId, Timestamp};
use sqlx::any::AnyRow;

use super::Orders;
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    jobs::NO_MORE_YET,
    tasks::{Task, Tasks},
};

/// How far a take-down is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Going {
    /// Asked for here, and the network has not said yes.
    Asked {
        /// What came of the last try; `None` before the first.
        why: Option<String>,
    },
    /// The network said yes; whether it is gone is looked at.
    Sent {
        /// Why that is not settled; `None` before the first look.
        why: Option<String>,
    },
    /// The network still shows some of it.
    StillThere {
        /// What it said.
        why: String,
    },
    /// A person has to do it.
    ByHand(Box<Task>),
    /// Seen to be gone, or taken to be.
    Gone(Timestamp),
}

/// One post that is being taken down, or was lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Down {
    /// The order; `None` for a post from before this program.
    pub order: Option<OrderId>,
    /// Its post.
    pub post: Option<PostId>,
    /// The post from before this program.
    pub old_post: Option<OldPostId>,
    /// On which account.
    pub channel: ChannelId,
    /// Its name.
    pub channel_name: String,
    /// Its network.
    pub network: Network,
    /// The words of the post.
    pub words: String,
    /// Where the public saw it.
    pub url: Option<String>,
    /// Why it goes.
    pub because: String,
    /// A family asked for it.
    pub for_a_family: bool,
    /// When it was asked for.
    pub asked: Timestamp,
    /// How far it is.
    pub going: Going,
}

/// What stands before the reason of a job that looked for a post and saw it; other jobs wait for what they could not see.
const SEEN_THERE: &str = "it is there: ";

/// As a job keeps it that saw what should be gone.
pub(crate) fn is_there(why: &str) -> String {
    format!("{SEEN_THERE}{why}")
}

/// What a job saw of it; `None` where it saw nothing.
fn seen_there(looked: &Option<String>) -> Option<&str> {
    looked.as_deref()?.strip_prefix(SEEN_THERE)
}

const ORDERS: &str = "SELECT o.id AS order_id, o.post_id, NULL AS old_post_id, o.channel_id, c.name, c.network,
         p.caption AS words, o.url, o.because, o.take_down_ms, o.gone_ms,
         (SELECT COUNT(*) FROM withdrawal_order w WHERE w.order_id = o.id) AS family,
         (SELECT COUNT(*) FROM job j WHERE j.subject = o.id AND j.kind = 'take_down' AND j.done_ms IS NULL) AS asks,
         (SELECT MAX(j.last_error) FROM job j WHERE j.subject = o.id AND j.kind = 'confirm_gone'
             AND j.done_ms IS NULL) AS why,
         (SELECT MAX(j.last_error) FROM job j WHERE j.subject = o.id AND j.kind = 'take_down'
             AND j.done_ms IS NULL) AS tried
     FROM release_order o JOIN post p ON p.id = o.post_id JOIN channel c ON c.id = o.channel_id
     WHERE o.state = 'taking_down' OR (o.state = 'gone' AND o.gone_ms >= $1) ORDER BY o.take_down_ms DESC, o.id";
const OLD_POSTS: &str = "SELECT NULL AS order_id, NULL AS post_id, p.id AS old_post_id, p.channel_id, c.name, c.network,
         p.text AS words, p.url, p.because, p.take_down_ms, p.gone_ms,
         (SELECT COUNT(*) FROM withdrawal_old_post w WHERE w.old_post_id = p.id) AS family,
         (SELECT COUNT(*) FROM job j WHERE j.subject = p.id AND j.kind = 'take_down_old' AND j.done_ms IS NULL) AS asks,
         (SELECT MAX(j.last_error) FROM job j WHERE j.subject = p.id AND j.kind = 'confirm_old_gone'
             AND j.done_ms IS NULL) AS why,
         (SELECT MAX(j.last_error) FROM job j WHERE j.subject = p.id AND j.kind = 'take_down_old'
             AND j.done_ms IS NULL) AS tried
     FROM old_post p JOIN channel c ON c.id = p.channel_id
     WHERE p.state = 'taking_down' OR (p.state = 'gone' AND p.gone_ms >= $1) ORDER BY p.take_down_ms DESC, p.id";

impl Orders<'_> {
    /// Everything that is being taken down, and what was seen to be gone since an instant; what was asked for last comes
    /// first.
    pub async fn going_down(&mut self, since: Timestamp) -> Result<Vec<Down>, StoreError> {
        let mut tasks: BTreeMap<String, Task> = BTreeMap::new();
        for task in Tasks(self.0).open().await? {
            let about = task.order.as_ref().map(|id| id.to_string());
            let about = about.or_else(|| task.old_post.as_ref().map(|id| id.to_string()));
            tasks.extend(about.map(|about| (about, task)));
        }
        let mut all = Vec::new();
        for statement in [ORDERS, OLD_POSTS] {
            let found = sql(statement).bind(since.as_millisecond());
            for row in self.0.rows(found).await? {
                all.push(down(&row, &mut tasks)?);
            }
        }
        all.sort_by_key(|one| std::cmp::Reverse(one.asked));
        Ok(all)
    }
}

fn down(row: &AnyRow, tasks: &mut BTreeMap<String, Task>) -> Result<Down, StoreError> {
    let order = row.maybe_read("order_id", OrderId::parse)?;
    let old_post = row.maybe_read("old_post_id", OldPostId::parse)?;
    let about = order.as_ref().map(|id| id.as_str()).or(old_post.as_ref().map(|id| id.as_str()));
    let looked = row.maybe_text("why")?;
    let going = match (row.maybe_instant("gone_ms")?, about.and_then(|about| tasks.remove(about))) {
        (Some(at), _) => Going::Gone(at),
        (None, Some(task)) => Going::ByHand(Box::new(task)),
        (None, None) => match (row.flag("asks")?, seen_there(&looked)) {
            (_, Some(why)) => Going::StillThere { why: why.to_owned() },
            (true, None) => Going::Asked { why: row.maybe_text("tried")?.filter(|why| why != NO_MORE_YET) },
            (false, None) => Going::Sent { why: looked },
        },
    };
    let asked = row.maybe_instant("take_down_ms")?;
    Ok(Down {
        channel: row.read("channel_id", ChannelId::parse)?,
        channel_name: row.text("name")?,
        network: row.read("network", Network::parse)?,
        post: row.maybe_read("post_id", PostId::parse)?,
        words: row.text("words")?,
        url: row.maybe_text("url")?,
        because: row.maybe_text("because")?.unwrap_or_default(),
        for_a_family: row.flag("family")?,
        asked: asked.ok_or_else(|| StoreError::damaged("take_down_ms"))?,
        order,
        old_post,
        going,
    })
}
