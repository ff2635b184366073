//! The words every crate shares: ids, instants, clock, entropy, clauses, digests.
//!
//! Nothing here does I/O, knows a rule or holds state.

mod clause;
mod clock;
mod digest;
mod entropy;
mod failpoint;
mod id;
mod naming;
mod network;
mod role;

pub use clause::{Clause, ClauseError, Severity};
pub use clock::{Clock, FixedClock, LONDON, WallTime, day_in_london, instant_in_london};
pub use digest::{Digest, DigestError};
pub use entropy::{Entropy, SeededEntropy, random_hex};
pub use failpoint::failpoint;
pub use id::{IdError, timed_id};
pub use jiff::{
    Timestamp,
    civil::{Date, Time},
};
pub use naming::{Naming, UnknownNaming};
pub use network::{Network, UnknownNetwork};
pub use role::{Role, UnknownRole};

id!(
    /// Anyone known to the trust who may sign in.
    PersonId,
    "person"
);
id!(
    /// A person in activities: a child or an adult on a roster.
    ParticipantId,
    "participant"
);
id!(
    /// An adult with parental responsibility for one or more participants.
    GuardianId,
    "guardian"
);
id!(
    /// One football session or event on one date with its roster.
    ActivityId,
    "activity"
);
id!(
    /// One official account on one network.
    ChannelId,
    "channel"
);
id!(
    /// One sheet of participants that waits to be taken over.
    ImportId,
    "import"
);
id!(
    /// The Manager's permission for one person on one channel.
    GrantId,
    "grant"
);
id!(
    /// Somebody's wish for an official account.
    AccountRequestId,
    "accountrequest"
);
id!(
    /// A right that somebody has on a network itself, beside this program.
    NativeRoleId,
    "nativerole"
);
id!(
    /// One access review: every permission looked at again.
    AccessReviewId,
    "accessreview"
);
id!(
    /// One permission or native role in an access review.
    AccessLineId,
    "accessline"
);
id!(
    /// What the public told of an account that may not be the trust's.
    AccountReportId,
    "accountreport"
);
id!(
    /// The words that people are asked in, for every reader and language.
    EditionId,
    "edition"
);
id!(
    /// One person asked about one participant.
    AskingId,
    "asking"
);
id!(
    /// One answer on paper, on its way into the records.
    PaperFormId,
    "paper"
);
id!(
    /// The erasure of one participant's data.
    ErasureId,
    "erasure"
);
id!(
    /// A family's complaint.
    ComplaintId,
    "complaint"
);
id!(
    /// One answer of one guardian, participant or adult.
    ConsentId,
    "consent"
);
id!(
    /// One draft, and everything it becomes.
    PostId,
    "post"
);
id!(
    /// One photo of a post.
    PhotoId,
    "photo"
);
id!(
    /// One person shown in one photo, or one face nobody has named.
    DepictionId,
    "depiction"
);
id!(
    /// One frozen payload for one channel.
    OrderId,
    "order"
);
id!(
    /// One piece of work that outlives the request that asked for it.
    JobId,
    "job"
);
id!(
    /// One browser's sign-in.
    SignInId,
    "signin"
);
id!(
    /// One passkey of a member of staff.
    PasskeyId,
    "passkey"
);
id!(
    /// One link to a guardian; it shows nothing by itself.
    InvitationId,
    "invitation"
);
id!(
    /// One mail waiting to leave, or shown on the demo's outbox page.
    MailId,
    "mail"
);
id!(
    /// One text message waiting to leave.
    TextId,
    "text"
);
id!(
    /// One withdrawal by a guardian or participant, and the take-downs it caused.
    WithdrawalId,
    "withdrawal"
);
id!(
    /// Somebody wants to be called.
    CallId,
    "call"
);
id!(
    /// One post that was public before this program came.
    OldPostId,
    "oldpost"
);
id!(
    /// One picture or video of such a post.
    OldPictureId,
    "oldpicture"
);
id!(
    /// One walk through everything that an account shows.
    OldImportId,
    "oldimport"
);
id!(
    /// One review of the policy.
    ReviewId,
    "review"
);
id!(
    /// Something that a review wants otherwise.
    ChangeId,
    "change"
);
id!(
    /// Somebody's wish that a publication stays longer, and what became of it.
    RenewalId,
    "renewal"
);
id!(
    /// One course that counts for the certificate of clause 1.
    CourseId,
    "course"
);
id!(
    /// One certificate of a person.
    CertificateId,
    "certificate"
);
id!(
    /// Something that a person has to take down by hand.
    TaskId,
    "task"
);
id!(
    /// Something that an account shows and no order of ours made.
    DriftId,
    "drift"
);
