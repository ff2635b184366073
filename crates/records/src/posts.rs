//! Posts: what staff draft, and everything that belongs to a draft: photos, faces, words, channels.
//!
//! Whatever would change what is published raises the post's `revision`: that voids an approval, stops
//! orders that have not left, and makes a submitted or stopped post a draft again. So an approval always names exactly
//! what it saw. What is on its way or public is never edited; it is corrected by a new post (`crate::approval`).

mod decided;
mod draft;
mod faces;
mod lists;
mod own;
mod photos;
mod read;
mod renditions;
mod schedule;
mod words;

use cleansheet_policy::{self as policy, Reason, facts::PostFacts};
use cleansheet_screening::checks::CheckFailed;
use cleansheet_terms::{
    ActivityId, ChannelId, DepictionId, Digest, Network, ParticipantId, PersonId, PhotoId, PostId, Timestamp,
    id,
};

use crate::{
    activities::{ActivityError, Participant},
    consents::Purpose,
    database::{StoreError, Tx},
    people::PersonError,
};

pub use decided::Past;
pub(crate) use draft::RETURNED;
pub(crate) use lists::pattern;
pub use lists::{Listed, Place, Wanted};
pub use own::OwnWords;
pub(crate) use photos::ORIGINALS_LAST;
pub(crate) use schedule::Turn;
pub use schedule::{APPROVAL_LASTS, LATE};
pub use words::Seen;
pub(crate) use words::Words;

/// A post has at most this many photos.
pub const MOST_PHOTOS: usize = 4;

id!(
    /// One decision of the policy about one post for one channel.
    DecisionId,
    "decision"
);

/// The posts in the database. Borrow it from a [`Tx`]; nothing is kept until the transaction commits.
pub struct Posts<'t>(pub &'t mut Tx);

/// Where a post is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Its author writes.
    Draft,
    /// It waits for a second person.
    Submitted,
    /// It was approved; its orders say how far it is.
    Approved,
    /// It was approved, and nothing of it is public or on its way any more.
    Stopped,
    /// Put away for good.
    Dropped,
}

/// A text that names no stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no stage of a post")]
pub struct UnknownStage(pub String);

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Submitted, Self::Approved, Self::Stopped, Self::Dropped];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Stopped => "stopped",
            Self::Dropped => "dropped",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Result<Self, UnknownStage> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.as_str() == text)
            .ok_or_else(|| UnknownStage(text.to_owned()))
    }
}

/// One post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The post.
    pub id: PostId,
    /// Who writes it.
    pub author: PersonId,
    /// What it is about; its roster says who may be in the picture.
    pub activity: ActivityId,
    /// What consent has to be for.
    pub purpose: Purpose,
    /// The words.
    pub caption: String,
    /// Where it is.
    pub stage: Stage,
    /// Counts every change of what would be published.
    pub revision: i64,
    /// When it is to go out; `None` for as soon as it is approved.
    pub publish_at: Option<Timestamp>,
    /// The public post that this one replaces.
    pub corrects: Option<PostId>,
    /// What would make it ready, when it came back to its author.
    pub returned: Option<String>,
    /// When it was started.
    pub made: Timestamp,
    /// Its last change or move.
    pub moved: Timestamp,
}

/// A post to start.
#[derive(Debug, Clone, Copy)]
pub struct NewPost<'a> {
    /// Who writes it.
    pub author: &'a PersonId,
    /// What it is about.
    pub activity: &'a ActivityId,
    /// Where it should go.
    pub channels: &'a [ChannelId],
}

/// How far the screening of a photo is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhotoState {
    /// Nobody has looked yet.
    Waiting,
    /// The worker looks.
    Looking,
    /// Faces were found, or there are none.
    Looked,
    /// It cannot be used: one sentence that says what to do instead.
    Refused(String),
}

/// One photo of a post.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// The photo.
    pub id: PhotoId,
    /// Its post.
    pub post: PostId,
    /// Grows along the post; taken-out photos leave gaps.
    pub position: i64,
    /// What it shows, in words.
    pub alt_text: String,
    /// The file's name as it was uploaded; never published.
    pub given_name: String,
    /// The key of its original in the media folder.
    pub original: String,
    /// When the original was removed.
    pub original_gone: Option<Timestamp>,
    /// How far its screening is.
    pub state: PhotoState,
    /// What the screening saw, once it has looked.
    pub looked: Option<Looked>,
    /// When it was added.
    pub added: Timestamp,
    /// When it was taken out of the post.
    pub removed: Option<Timestamp>,
}

/// A photo to add. Its original is in the media folder already.
#[derive(Debug, Clone, Copy)]
pub struct NewPhoto<'a> {
    /// The file's name as it was uploaded.
    pub given_name: &'a str,
    /// The key of its original in the media folder.
    pub original: &'a str,
}

/// What screening says about a whole photo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Looked {
    /// Pixels of the upright, full-size picture.
    pub width: u32,
    /// Pixels of the upright, full-size picture.
    pub height: u32,
    /// Explicit-picture score, 0..=1.
    pub nudity: f64,
}

/// A box in pixels of the upright, full-size picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// A face the detector found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Where.
    pub area: Area,
    /// How sure the detector is, 0..=1.
    pub score: f64,
}

/// One person in one photo: a face that was found or drawn, and who it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Depiction {
    /// The depiction.
    pub id: DepictionId,
    /// In which photo.
    pub photo: PhotoId,
    /// Where.
    pub area: Area,
    /// How sure the detector was, 0..=1; 1 for a box that a person drew.
    pub score: f64,
    /// Who drew the box; `None` when the detector found it.
    pub drawn_by: Option<PersonId>,
    /// Who it is.
    pub who: Who,
}

impl Depiction {
    /// The face can be seen in what is published.
    pub fn is_shown(&self) -> bool {
        self.who != Who::Cover
    }
}

/// Who a face is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Nobody has said, or it is to be covered.
    Cover,
    /// Somebody on the activity's roster, shown.
    Roster(ParticipantId),
    /// An adult who agreed on the spot, shown.
    Adult {
        /// As they gave it; never published.
        name: String,
        /// Who asked them.
        asked_by: PersonId,
        /// When.
        asked: Timestamp,
    },
}

/// What somebody says about a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark<'a> {
    /// Cover it.
    Cover,
    /// It is this person of the roster: show them.
    Roster(&'a ParticipantId),
    /// It is an adult of this name, who agreed when asked: show them.
    Adult(&'a str),
}

/// The publishable copy of a photo for one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Of which photo.
    pub photo: PhotoId,
    /// For which channel.
    pub channel: ChannelId,
    /// [`Posts::marks_hash`] of the marks it was made from.
    pub marks: Digest,
    /// SHA-256 of its bytes.
    pub hash: Digest,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bytes.
    pub size_bytes: u64,
}

/// A publishable copy that is still to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToRender {
    /// For which channel.
    pub channel: ChannelId,
    /// Its network, whose limits the copy has to fit.
    pub network: Network,
    /// The marks to make it from, see [`Posts::marks_hash`].
    pub marks: Digest,
}

/// Somebody on the post's roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnRoster {
    /// The participant.
    pub participant: Participant,
    /// May be shown on every ticked channel. Why not is nobody's business.
    pub may: bool,
}

/// A decision that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The decision.
    pub id: DecisionId,
    /// For which channel.
    pub channel: ChannelId,
    /// `submit`, `approve` or `send`.
    pub act: String,
    /// `allow`, `hold` or `deny`.
    pub outcome: String,
    /// Every rule that spoke.
    pub reasons: Vec<Reason>,
    /// Everything it rests on.
    pub facts: PostFacts,
    /// As in [`policy::Decision::facts_hash`].
    pub facts_hash: Digest,
    /// As in [`policy::Decision::policy_hash`].
    pub policy_hash: Digest,
    /// When.
    pub at: Timestamp,
}

/// An approval that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Which revision of the post it saw.
    pub revision: i64,
    /// The second person.
    pub approver: PersonId,
    /// [`Posts::content_hash`] of what they saw.
    pub content: Digest,
    /// What they were to the trust then.
    pub roles: std::collections::BTreeSet<cleansheet_terms::Role>,
    /// When.
    pub at: Timestamp,
    /// The time it was given for; `None` for at once.
    pub goes_out: Option<Timestamp>,
    /// When it stopped counting.
    pub void: Option<Timestamp>,
}

/// Why something cannot be done with a post.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// No such post.
    #[error("no post `{0}`")]
    Missing(PostId),
    /// No such photo, or it was taken out.
    #[error("no photo `{0}` in this post")]
    NoPhoto(PhotoId),
    /// No such face.
    #[error("no face `{0}` in this photo")]
    NoDepiction(DepictionId),
    /// No such channel.
    #[error("no channel `{0}`")]
    NoChannel(ChannelId),
    /// Somebody else's draft.
    #[error("only the author changes a post; return it with a note instead")]
    NotAuthor,
    /// Two people are needed.
    #[error("the author of a post cannot approve or return it; ask somebody else")]
    OwnWork,
    /// The step does not fit where the post is.
    #[error("this post is already {}", .0.as_str())]
    WrongStage(Stage),
    /// It is on its way or public.
    #[error("this post is on its way or public; correct it or drop it instead")]
    OnItsWay,
    /// Nothing of it is public, so there is nothing to correct.
    #[error("nothing of this post is public; change the draft instead")]
    NotPublic,
    /// Somebody corrects it already.
    #[error("somebody is correcting this post already; wait for their draft")]
    BeingCorrected,
    /// It is everywhere it was approved for, or can still be changed itself.
    #[error("there is no account that this post did not go out on while it is public elsewhere")]
    NothingMissing,
    /// Somebody sees to the rest already.
    #[error("there is a new post for these accounts already; look for it under Posts")]
    BeingCompleted,
    /// Enough photos.
    #[error("a post has {MOST_PHOTOS} photos at most; take one out first")]
    TooManyPhotos,
    /// The screening has not looked at the photo yet, or refused it.
    #[error("this photo has not been looked at yet; wait a moment")]
    NotLooked,
    /// Somebody who was not there.
    #[error("this person is not on the activity's roster; cover the face, or choose the right activity")]
    NotOnRoster,
    /// An adult without a name.
    #[error("write the name of the adult who agreed")]
    Nameless,
    /// A box without an inside, or outside of the picture.
    #[error("the box is empty or outside of the picture; draw it around the face")]
    BadBox,
    /// The detector found this face, so it is there.
    #[error("this face was found, not drawn; cover it instead of taking it away")]
    NotDrawn,
    /// A post comes back with a line about what would make it ready.
    #[error("say in a line what would make the post ready")]
    NoNote,
    /// What was looked at is not what is there now.
    #[error("something changed since you looked; look at it again")]
    Changed,
    /// Neither the author nor somebody who may approve it.
    #[error("only the author and those who may approve this post say when it goes out; ask one of them")]
    NotTheirs,
    /// A time that is over.
    #[error("this time has passed already; choose a later one, or none for as soon as it is approved")]
    TimePast,
    /// A time after the end of any plan.
    #[error("this is more than a year ahead; choose an earlier day")]
    TooFarAhead,
    /// An approval is no licence for ever.
    #[error(
        "the approval is good for two weeks; choose an earlier day, or ask the author to move the post and to send it for \
         approval again"
    )]
    ApprovalEnds,
    /// The time that was chosen is over by more than an hour.
    #[error("the time for this post has passed; return it, so that its author chooses another one")]
    TimeOver,
    /// A check of the words could not run.
    #[error(transparent)]
    Check(#[from] CheckFailed),
    /// A person.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// An activity or a participant.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// A stored order is not what was approved.
    #[error(transparent)]
    Order(#[from] policy::OrderError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
