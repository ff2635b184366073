//! One file per network. A channel can do five things: say what it can carry, publish what the policy cleared,
//! read it back, take it down, and look whether it is gone. One that can also list what was public before this program
//! came is an [`OldPosts`]: withdrawals reach those posts too.
//!
//! To add a network: one file beside `website.rs` that implements [`Channel`], one line here, and its contract
//! fixtures. Nothing here decides anything: [`Channel::publish`] takes only [`policy::Cleared`], which no one but
//! the policy can make.

use std::{future::Future, io, pin::Pin};

use cleansheet_policy as policy;
use cleansheet_policy::ReleaseOrder;
use cleansheet_terms::{Digest, Network, Timestamp};
use jiff::SignedDuration;

pub mod bluesky;
pub mod website;

/// What an asynchronous act of a channel returns.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ChannelError>> + Send + 'a>>;

/// An account on a network.
pub trait Channel: Send + Sync {
    /// What one post may carry. Renditions are fitted to it before anybody approves them.
    fn capabilities(&self) -> Capabilities;

    /// Publishes exactly the cleared order, at most once: the same record key again is a no-op.
    ///
    /// - `pictures` hands out the bytes of a rendition by digest; they are hashed again on the way out.
    /// - [`ChannelError::UnknownOutcome`] means that it may be public: read back before anything else.
    fn publish<'a>(&'a self, cleared: &'a policy::Cleared, pictures: &'a dyn Pictures) -> Answer<'a, Sent>;

    /// What the public sees of an order now, to the last byte of its pictures; `None` when nothing is there.
    fn look<'a>(&'a self, order: &'a ReleaseOrder) -> Answer<'a, Option<Copy>>;

    /// Reads the post back from where the public sees it and compares it with the order.
    fn confirm<'a>(&'a self, order: &'a ReleaseOrder) -> Answer<'a, Seen> {
        Box::pin(async move {
            Ok(match self.look(order).await? {
                None => Seen::Absent,
                Some(copy) => match copy.differs_from(order) {
                    None => Seen::AsApproved(copy.sent),
                    Some(what) => Seen::Different { what: what.to_owned() },
                },
            })
        })
    }

    /// Removes the post and its pictures. Not being there is success.
    fn take_down<'a>(&'a self, order: &'a ReleaseOrder) -> Answer<'a, ()>;

    /// Looks whether the post and every picture of it are gone.
    fn confirm_gone<'a>(&'a self, order: &'a ReleaseOrder) -> Answer<'a, Gone>;

    /// What this network shows that no order of ours made; `None` when it cannot be listed by program.
    fn old_posts(&self) -> Option<&dyn OldPosts> {
        None
    }
}

/// Posts that an account shows and that no release order made: years of them, from before this program came.
pub trait OldPosts: Send + Sync {
    /// A page of everything the account shows, the newest first. What an order of ours made is among it: see
    /// [`OldPosts::name_of`].
    ///
    /// - `from`: [`OldPage::next`] of the page before; `None` for the first one. A place that leads nowhere is
    ///   [`ChannelError::Refused`]: the list has to be begun again.
    fn list<'a>(&'a self, from: Option<&'a str>) -> Answer<'a, OldPage>;

    /// The network's own name for what an order publishes, whether it is there or not.
    fn name_of(&self, order: &ReleaseOrder) -> String;

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
}

/// What one post on a network may carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The network.
    pub network: Network,
    /// Most letters of text, as `counts` says.
    pub text_letters: usize,
    /// Most bytes of text.
    pub text_bytes: usize,
    /// What the network takes for a letter.
    pub counts: Count,
    /// Most pictures.
    pub pictures: usize,
    /// Most bytes of one picture.
    pub picture_bytes: usize,
    /// Longest side of a picture in pixels.
    pub picture_side_px: u32,
    /// Most Unicode code points of an alt text.
    pub alt_text_letters: usize,
    /// Whether a take-down can be asked of the network by program; otherwise a named person has to do it.
    pub takes_down: bool,
    /// Whether what was public before can be listed by program: then the channel is an [`OldPosts`].
    pub lists_old: bool,
}

/// What a network takes for a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// A Unicode code point.
    CodePoints,
    /// What a reader sees as one: a family emoji, a letter with its accent.
    AsRead,
}

/// A text that a network would not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{has} {unit} of text; {network} takes {may}")]
pub struct TooLong {
    /// Where.
    pub network: Network,
    /// How many there are.
    pub has: usize,
    /// How many there may be.
    pub may: usize,
    /// Of what: `letters` or `bytes`.
    pub unit: &'static str,
}

impl Capabilities {
    /// Letters of a text, as this network counts them.
    pub fn letters(&self, text: &str) -> usize {
        match self.counts {
            Count::CodePoints => text.chars().count(),
            Count::AsRead => bluesky::letters(text),
        }
    }

    /// What is too much in a text; `None` when it fits.
    pub fn too_long(&self, text: &str) -> Option<TooLong> {
        let over = |has, may, unit| TooLong { network: self.network, has, may, unit };
        let (letters, bytes) = (self.letters(text), text.len());
        if letters > self.text_letters {
            Some(over(letters, self.text_letters, "letters"))
        } else if bytes > self.text_bytes {
            Some(over(bytes, self.text_bytes, "bytes"))
        } else {
            None
        }
    }
}

/// What a post on a network may carry; `None` while this program cannot publish there.
pub fn capabilities(network: Network) -> Option<Capabilities> {
    match network {
        Network::Website => Some(website::CAPABILITIES),
        Network::Bluesky => Some(bluesky::CAPABILITIES),
        Network::X | Network::Facebook | Network::Instagram | Network::Mastodon => None,
    }
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
    /// The whole text.
    pub text: String,
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
    /// The file; empty when the post names it and it does not answer.
    pub bytes: Vec<u8>,
}

impl Copy {
    /// The first part that is not what was approved, in words; `None` when all of it is.
    pub fn differs_from(&self, order: &ReleaseOrder) -> Option<&'static str> {
        if self.text != order.text() {
            return Some("the words");
        }
        if self.pictures.len() != order.pictures().len() {
            return Some("the number of pictures");
        }
        self.pictures.iter().zip(order.pictures()).find_map(|(public, approved)| {
            if public.bytes.is_empty() {
                Some("a picture is missing")
            } else if Digest::of(&public.bytes) != approved.digest {
                Some("a picture has other bytes")
            } else if public.alt_text != approved.alt_text {
                Some("an alt text")
            } else {
                None
            }
        })
    }
}

/// What reading back found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Text, alt texts and pictures are what was approved.
    AsApproved(Sent),
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
}
