//! What was public before this program came.
//!
//! Years of pictures lie on the trust's accounts that no release order made. An import walks through an account page by
//! page and writes them down; people who know the children say who is in them; and from then on a withdrawal reaches them
//! as it reaches every order: they are taken down, and looked for until they are gone.
//!
//! ```text
//! public ──► taking_down ──► gone
//!                 ▲           │ an import sees it again
//!                 └───────────┘
//! ```
//!
//! Nothing here knows a face: who is shown is what somebody said.

mod appearing;
mod import;
mod pictures;
mod read;
mod remove;
mod review;

use cleansheet_terms::{ChannelId, Network, OldImportId, OldPictureId, OldPostId, PersonId, Timestamp};

pub use import::{Import, Listed, ListedFile};
pub use pictures::Looked;
pub use read::{Counts, Place, Show, Wanted};
pub(crate) use remove::{all_showing, that_may_not_stay};
pub use review::{Said, Tagged};

use crate::{
    activities::ActivityError,
    database::{StoreError, Tx},
    jobs::JobError,
    orders::OrderError,
};

/// Old posts in the database. Borrow it from a [`Tx`].
pub struct OldPosts<'t>(pub &'t mut Tx);

/// Where an old post is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OldState {
    /// The public sees it.
    Public,
    /// It is being taken away.
    TakingDown,
    /// Read back: neither the post nor a file of it answers.
    Gone,
}

/// What a person said of an old post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// Nobody has looked yet.
    Nothing,
    /// Participants of ours are shown.
    Shown,
    /// Nobody of ours is in it.
    Nobody,
    /// Somebody was not sure, and asks the safeguarding lead.
    Asked,
}

/// How far a file of an old post is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PictureState {
    /// Not looked at yet.
    Waiting,
    /// A small copy can be shown.
    Ready,
    /// A video: people look at it where it is.
    Video,
    /// The network names it and does not hand it out.
    Missing,
    /// It cannot be used.
    Refused,
    /// Clause 7: nobody is shown it, and no copy is kept.
    Stopped,
}

/// A text that names no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state of an old post")]
pub struct UnknownOldState(pub String);

macro_rules! stored {
    ($name:ident { $($of:ident = $text:literal),* }) => {
        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$of),*];

            /// As stored.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$of => $text),* }
            }

            /// Reads the stored form.
            pub fn parse(text: &str) -> Result<Self, UnknownOldState> {
                let found = Self::ALL.iter().copied().find(|one| one.as_str() == text);
                found.ok_or_else(|| UnknownOldState(text.to_owned()))
            }
        }
    };
}

stored!(OldState { Public = "public", TakingDown = "taking_down", Gone = "gone" });
stored!(Word { Nothing = "nothing", Shown = "shown", Nobody = "nobody", Asked = "asked" });
stored!(PictureState {
    Waiting = "waiting",
    Ready = "ready",
    Video = "video",
    Missing = "missing",
    Refused = "refused",
    Stopped = "stopped"
});

/// One post that was public before this program came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldPost {
    /// The post.
    pub id: OldPostId,
    /// On which account.
    pub channel: ChannelId,
    /// The account's name.
    pub channel_name: String,
    /// The account's network.
    pub network: Network,
    /// The network's own name for it.
    pub remote: String,
    /// Where the public sees it.
    pub url: String,
    /// The whole text.
    pub text: String,
    /// When it was published, as it says itself.
    pub published: Option<Timestamp>,
    /// The network's name of somebody else's post that it shows again.
    pub shares: Option<String>,
    /// Where it is.
    pub state: OldState,
    /// What a person said of it.
    pub word: Word,
    /// Who said it, and when.
    pub said: Option<(PersonId, Timestamp)>,
    /// Why it is taken down.
    pub because: Option<String>,
    /// When its take-down was asked for.
    pub take_down: Option<Timestamp>,
    /// When it was seen to be gone.
    pub gone: Option<Timestamp>,
}

/// One file of an old post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldPicture {
    /// The file.
    pub id: OldPictureId,
    /// Of which post.
    pub post: OldPostId,
    /// The network's name for it.
    pub file: String,
    /// What it is said to show.
    pub alt_text: String,
    /// How far it is.
    pub state: PictureState,
    /// Why it cannot be shown.
    pub because: Option<String>,
    /// Where the small copy is kept.
    pub copy: Option<String>,
    /// Pixels of the copy.
    pub size: Option<(u32, u32)>,
    /// How many faces were found.
    pub faces: Option<i64>,
}

/// What can be wrong with a step of an old post.
#[derive(Debug, thiserror::Error)]
pub enum OldPostError {
    /// No such post.
    #[error("no old post `{0}`")]
    Missing(OldPostId),
    /// No such import.
    #[error("no import `{0}`")]
    NoImport(OldImportId),
    /// No such account.
    #[error("no account `{0}`")]
    NoChannel(ChannelId),
    /// It is being taken down, or gone: there is nothing to say of it any more.
    #[error("this old post is being taken down already; go on with the next one")]
    NotPublic,
    /// "These are shown" without anybody.
    #[error("tick who is shown, or say that nobody of ours is in it")]
    NobodyTicked,
    /// Somebody who is not in our records.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// A picture was stopped by clause 7, and only the safeguarding lead says what becomes of it.
    #[error("the safeguarding lead decides about this one; ask them, and do not open it")]
    ForTheLead,
    /// An order of ours.
    #[error(transparent)]
    Order(Box<OrderError>),
    /// Another worker has the job.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OldPostError {
    fn order(error: OrderError) -> Self {
        Self::Order(Box::new(error))
    }
}
