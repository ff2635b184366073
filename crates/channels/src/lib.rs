//! One file per network. A channel can do seven things: say what it can carry, say how its account is, publish what the
//! policy cleared, read it back, take it down, look whether it is gone, and watch what else its account shows. One that
//! can also list what was public before this program came is an [`OldPosts`]: withdrawals reach those posts too.
//!
//! To add a network: one file beside `website.rs` that implements [`Channel`], one line here, and its contract
//! fixtures. Nothing here decides anything: [`Channel::publish`] takes only [`policy::Cleared`], which no one but
//! the policy can make.

use std::{future::Future, io, pin::Pin};

use cleansheet_policy as policy;
use cleansheet_policy::ReleaseOrder;
use cleansheet_terms::{Digest, Timestamp};
use jiff::SignedDuration;

pub mod bluesky;
mod capabilities;
mod connecting;
pub mod facebook;
pub mod instagram;
mod links;
pub mod mastodon;
pub mod meta;
mod outside;
mod threads;
mod trail;
mod vault;
pub mod website;
pub mod x;

pub use capabilities::{Capabilities, Count, Limits, Price, Rate, Shape, TooLong, capabilities, dollars};
pub use connecting::{Account, Addresses, AppKeys, CameBack, Connected, permissions};
pub use outside::{Chance, Heard, Outside};
pub use threads::MOST_POSTS;
pub use trail::{NoTrail, Trail, TrailKeeper};
pub use vault::{Turn, Vault};

/// What an asynchronous act of a channel returns.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ChannelError>> + Send + 'a>>;

/// An account on a network.
pub trait Channel: Send + Sync {
    /// What one post may carry. Renditions are fitted to it before anybody approves them.
    fn capabilities(&self) -> Capabilities;

    /// Signs in and looks how the account is: changes nothing.
    fn check_account(&self) -> Answer<'_, Health>;

    /// Publishes exactly the cleared order, at most once: the same record key again, or a trail that says it is there, is
    /// a no-op. Posts that the trail knows already are gone on from: the rest of a thread is added to them.
    ///
    /// [`ChannelError::UnknownOutcome`] means that it may be public: read back before anything else.
    fn publish<'a>(&'a self, cleared: &'a policy::Cleared, with: With<'a>) -> Answer<'a, Sent>;

    /// What the public sees of an order now, to the last byte of its pictures where the network hands those out; `None`
    /// when certainly nothing is there. A network that cannot be sure answers [`ChannelError::UnknownOutcome`].
    fn look<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Option<Copy>>;

    /// Reads the post back from where the public sees it and compares it with the order.
    fn confirm<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Seen> {
        Box::pin(async move {
            Ok(match self.look(order, trail).await? {
                None => Seen::Absent,
                Some(copy) => copy.seen_beside(order),
            })
        })
    }

    /// The trail with the name of the post that was being made when the answer was lost, once the network shows it;
    /// `None` while it does not. Whoever asked keeps it: without its pictures, behind a hundred others, or once it is
    /// gone, nothing could find the post again. A network that lets us choose the names has nothing to find.
    fn found<'a>(&'a self, _order: &'a ReleaseOrder, _trail: &'a Trail) -> Answer<'a, Option<Trail>> {
        Box::pin(async { Ok(None) })
    }

    /// The trail with what the network tells only while the post is there and what is needed once it is gone: where the
    /// public gets its pictures, or the name of a post that a call made which arrived after it was looked for. `None` when
    /// nothing is lacking, or the network does not say. Whoever asked keeps it, at the latest before the post is removed.
    fn learned<'a>(&'a self, _order: &'a ReleaseOrder, _trail: &'a Trail) -> Answer<'a, Option<Trail>> {
        Box::pin(async { Ok(None) })
    }

    /// Removes the post, every other post of its thread, and whatever else of the trail the network still holds: what
    /// shows pictures first. Not being there is success.
    fn take_down<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, ()>;

    /// Looks whether all posts of the order and every picture of them are gone.
    fn confirm_gone<'a>(&'a self, order: &'a ReleaseOrder, trail: &'a Trail) -> Answer<'a, Gone>;

    /// The newest that the account shows, whoever made it, and how it presents itself.
    ///
    /// - `since`: [`Watched::newest`] of the look before; the answer may begin there. `None` at the first look.
    fn watch<'a>(&'a self, since: Option<&'a str>) -> Answer<'a, Watched>;

    /// What this network shows that no order of ours made; `None` when it cannot be listed by program.
    fn old_posts(&self) -> Option<&dyn OldPosts> {
        None
    }
}

/// What a channel is handed to publish with.
#[derive(Clone, Copy)]
pub struct With<'a> {
    /// Hands out the bytes of a rendition by digest; they are hashed again on the way out.
    pub pictures: &'a dyn Pictures,
    /// What is known of the order on its network.
    pub trail: &'a Trail,
    /// Keeps what becomes known, before and after each call that makes something.
    pub keeper: &'a dyn TrailKeeper,
}

/// How an account is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Its name as people write it, now.
    pub handle: String,
    /// Permissions that are asked for and were not given, each with what it is needed for.
    pub missing: Vec<Missing>,
    /// When what signs in runs out; `None` when it does not, or nobody says.
    pub ends: Option<Timestamp>,
    /// What its own server says of its limits.
    pub limits: Limits,
}

/// A permission that was not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The network's own name for it.
    pub permission: String,
    /// What we need it for, in words.
    pub needed_for: &'static str,
    /// It can be done without: what it is for becomes a person's task.
    pub optional: bool,
}

/// What an account shows now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched {
    /// The newest posts, those of ours among them.
    pub posts: Vec<Shown>,
    /// Where the next look may begin.
    pub newest: Option<String>,
    /// How the account presents itself; `None` when this network has nothing of the kind.
    pub profile: Option<Profile>,
}

/// A post that an account shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The network's own name for it.
    pub remote: String,
    /// Where the public sees it.
    pub url: String,
    /// When it was published, as it says itself.
    pub published: Option<Timestamp>,
}

/// How an account presents itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Profile {
    /// The name above its posts.
    pub name: String,
    /// What it says of itself.
    pub about: String,
    /// The address of its picture, or another sign that changes with it.
    pub picture: String,
}

/// A kind of call, as networks count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Making a post.
    Publish,
    /// Removing one.
    TakeDown,
    /// Sending a picture.
    Upload,
    /// Reading.
    Read,
}

/// What a network says of how many more calls of a kind it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Of which kind.
    pub kind: Kind,
    /// In one period.
    pub limit: u32,
    /// That are left of them.
    pub left: u32,
    /// When the count begins anew.
    pub resets: Timestamp,
}

/// Posts that an account shows and that no release order made: years of them, from before this program came.
pub trait OldPosts: Send + Sync {
    /// A page of everything the account shows, the newest first. What an order of ours made is among it: see
    /// [`OldPosts::name_of`].
    ///
    /// - `from`: [`OldPage::next`] of the page before; `None` for the first one. A place that leads nowhere is
    ///   [`ChannelError::Refused`]: the list has to be begun again.
    fn list<'a>(&'a self, from: Option<&'a str>) -> Answer<'a, OldPage>;

    /// The network's own name for what an order publishes, whether it is there or not; `None` where the network chooses the
    /// names.
    fn name_of(&self, order: &ReleaseOrder) -> Option<String>;

    /// The names of all posts that an order publishes: more than one for a thread.
    fn names_of(&self, order: &ReleaseOrder) -> Vec<String> {
        self.name_of(order).into_iter().collect()
    }

    /// The bytes of one file of a post, as anybody gets them; `None` when it is not there. Nobody has looked at them. One
    /// that is larger than is read is [`ChannelError::Refused`].
    ///
    /// - `remote`: [`OldPost::remote`].
    /// - `file`: [`OldFile::name`].
    fn file<'a>(&'a self, remote: &'a str, file: &'a str) -> Answer<'a, Option<Vec<u8>>>;

    /// Removes a post with its files. Not being there is success.
    fn take_down_old<'a>(&'a self, remote: &'a str) -> Answer<'a, ()>;

    /// Looks whether a post and all of these files are gone.
    fn confirm_old_gone<'a>(&'a self, remote: &'a str, files: &'a [String]) -> Answer<'a, Gone>;
}

/// Some of what an account shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldPage {
    /// The newest first.
    pub posts: Vec<OldPost>,
    /// Where the next page begins; `None` when this was the last one.
    pub next: Option<String>,
}

/// One post that was public before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldPost {
    /// The network's own name for it.
    pub remote: String,
    /// Where the public sees it: a path on the trust's own site, or a full address elsewhere.
    pub url: String,
    /// When it was published, as it says itself.
    pub published: Option<Timestamp>,
    /// The whole text.
    pub text: String,
    /// Pictures and videos, in order.
    pub files: Vec<OldFile>,
    /// The network's name of somebody else's post that it shows again: what is in that one is not ours to hand out.
    pub shares: Option<String>,
}

/// A picture or video of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldFile {
    /// The network's name for it.
    pub name: String,
    /// What it is said to show; may be empty.
    pub alt_text: String,
    /// A video, which this program does not look into.
    pub video: bool,
}

/// Where a channel gets the bytes it sends.
pub trait Pictures: Send + Sync {
    /// The rendition with this digest.
    fn read(&self, digest: &Digest) -> io::Result<Vec<u8>>;

    /// Lends a rendition to a network that fetches it itself: an address that nobody can guess, good for this one picture
    /// and for a short while.
    fn lend<'a>(&'a self, digest: &'a Digest) -> Answer<'a, String>;

    /// Closes every address that was lent for this order.
    fn take_back(&self) -> Answer<'_, ()>;
}

/// Reads a rendition, and makes sure that it is the one that was approved.
pub(crate) fn approved(pictures: &dyn Pictures, digest: &Digest) -> Result<Vec<u8>, ChannelError> {
    let bytes = pictures.read(digest).map_err(ChannelError::later)?;
    if Digest::of(&bytes) == *digest {
        Ok(bytes)
    } else {
        Err(ChannelError::ChangePost("a picture is not the one that was approved".to_owned()))
    }
}

/// Whether two texts say the same: networks drop spaces and lines at the ends.
pub(crate) fn same_words(public: &str, approved: &str) -> bool {
    public.trim() == approved.trim()
}

/// What is said where a network does not take words that an older post of the account has.
pub(crate) fn same_words_twice(network: cleansheet_terms::Network) -> ChannelError {
    ChannelError::ChangePost(format!("{network} refuses the same words twice: change them a little"))
}

/// What is said when several were asked for and some of them failed: what most needs a person.
pub(crate) fn worst(failed: Vec<ChannelError>) -> Result<(), ChannelError> {
    failed.into_iter().max_by_key(ChannelError::needs_a_person).map_or(Ok(()), Err)
}

/// The network took the post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The network's own name for it.
    pub remote: String,
    /// Where the public sees it: a path on the trust's own site, or a full address elsewhere.
    pub url: String,
}

/// A post as the public sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The whole text of each post of it, in order; more than one for a thread.
    pub texts: Vec<String>,
    /// In order.
    pub pictures: Vec<CopiedPicture>,
    /// The network's name for it, and where it is seen.
    pub sent: Sent,
}

/// One picture as the public sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedPicture {
    /// What it is said to show.
    pub alt_text: String,
    /// The file.
    pub file: CopiedFile,
}

/// The file of a picture as the public gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopiedFile {
    /// As it was sent, or should be.
    Bytes(Vec<u8>),
    /// A copy that the network made of the one that it was sent, as the network's own names say.
    Remade {
        /// Where the public gets it.
        url: String,
    },
    /// The post names it, and it does not answer.
    Missing,
    /// It is not the one that was sent.
    Another,
}

impl Copy {
    /// What reading it back means for the order.
    pub fn seen_beside(self, order: &ReleaseOrder) -> Seen {
        match self.differs_from(order) {
            Some(what) => Seen::Different { what: what.to_owned() },
            None if self.texts.len() < order.texts().len() => Seen::Partly { posts: self.texts.len() },
            None => Seen::AsApproved(self.sent),
        }
    }

    /// The first part that is not what was approved, in words; `None` when all that is there is. The end of a thread may
    /// be missing: it was never sent.
    pub fn differs_from(&self, order: &ReleaseOrder) -> Option<&'static str> {
        let approved = order.texts();
        let mut of_texts = self.texts.iter().zip(approved);
        if self.texts.is_empty()
            || self.texts.len() > approved.len()
            || !of_texts.all(|(public, approved)| same_words(public, approved))
        {
            return Some("the words");
        }
        if self.pictures.len() != order.pictures().len() {
            return Some("the number of pictures");
        }
        self.pictures.iter().zip(order.pictures()).find_map(|(public, approved)| match &public.file {
            CopiedFile::Missing => Some("a picture is missing"),
            CopiedFile::Another => Some("a picture is another one"),
            CopiedFile::Bytes(bytes) if Digest::of(bytes) != approved.digest => {
                Some("a picture has other bytes")
            }
            CopiedFile::Bytes(_) | CopiedFile::Remade { .. } => {
                (!same_words(&public.alt_text, &approved.alt_text)).then_some("an alt text")
            }
        })
    }
}

/// What reading back found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Text, alt texts and pictures are what was approved.
    AsApproved(Sent),
    /// The first posts of a thread are there as approved, and the rest was certainly not sent.
    Partly {
        /// How many.
        posts: usize,
    },
    /// Something is there, and it differs; `what` says where.
    Different {
        /// The part that differs, in words.
        what: String,
    },
    /// Nothing is there.
    Absent,
}

/// What looking after a take-down found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// Neither the post nor any picture of it answers.
    Gone,
    /// Part of it can still be seen.
    StillLive {
        /// What, and why if the network says so.
        why: String,
    },
}

/// What a network answered when it did not do what was asked. Each class has one way forward.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The account has to be connected again.
    #[error("the account has to be connected again: {0}")]
    Reconnect(String),
    /// The post has to change before the network takes it.
    #[error("the post has to change: {0}")]
    ChangePost(String),
    /// Nothing was published; the same again later may work.
    #[error("the network could not do it now: {say}")]
    RetryLater {
        /// Why, in words.
        say: String,
        /// How long the network asks to be left alone; `None` when it did not say.
        after: Option<SignedDuration>,
    },
    /// The network never answers this: whoever asked goes on without it.
    #[error("the network refuses it: {0}")]
    Refused(String),
    /// The account is closed or barred.
    #[error("the account is gone for good: {0}")]
    GoneForGood(String),
    /// It may be public or not: read back first.
    #[error("the outcome is not known: {0}")]
    UnknownOutcome(String),
}

impl ChannelError {
    /// Nothing was published, and the network did not say when to come again.
    pub fn later(why: impl std::fmt::Display) -> Self {
        Self::RetryLater { say: why.to_string(), after: None }
    }

    /// The more, the more a person has to do.
    fn needs_a_person(&self) -> u8 {
        match self {
            Self::RetryLater { .. } => 0,
            Self::UnknownOutcome(_) => 1,
            Self::ChangePost(_) => 2,
            Self::Reconnect(_) => 3,
            Self::GoneForGood(_) => 4,
            Self::Refused(_) => 5,
        }
    }

    /// The same behind the call that makes a post: it may be public, whatever went wrong then.
    pub(crate) fn behind_the_call(self) -> Self {
        match self {
            Self::UnknownOutcome(_) => self,
            other => Self::UnknownOutcome(other.to_string()),
        }
    }
}
