//! What the errors of posts and withdrawals are for the person at the page.

use cleansheet_records::{
    activities::ActivityError,
    approval::renewal::RenewalError,
    consents::ConsentError,
    old_posts::OldPostError,
    orders::{OrderError, SHOWN_DAYS},
    posts::PostError,
    withdrawals::WithdrawalError,
};

use crate::web::{Problem, clock_words, problem::sentence};

impl From<PostError> for Problem {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Missing(_) | PostError::NoPhoto(_) | PostError::NoDepiction(_) => Self::NotFound,
            PostError::NotAuthor | PostError::OwnWork | PostError::NotTheirs => {
                Self::NotYours(error.to_string())
            }
            PostError::NoChannel(_)
            | PostError::TooManyPhotos
            | PostError::NotOnRoster
            | PostError::Nameless
            | PostError::BadBox
            | PostError::TimePast
            | PostError::TooFarAhead
            | PostError::NoNote => Self::Wrong(error.to_string()),
            PostError::WrongStage(_)
            | PostError::OnItsWay
            | PostError::NotLooked
            | PostError::NotDrawn
            | PostError::Changed
            | PostError::BeingCorrected
            | PostError::NothingMissing
            | PostError::BeingCompleted
            | PostError::ApprovalEnds
            | PostError::TimeOver
            | PostError::NotPublic => Self::Conflict(error.to_string()),
            PostError::Check(_) | PostError::Order(_) => Self::internal(&error),
            PostError::Person(error) => error.into(),
            PostError::Activity(error) => error.into(),
            PostError::Store(error) => error.into(),
        }
    }
}

impl From<ActivityError> for Problem {
    fn from(error: ActivityError) -> Self {
        match error {
            ActivityError::NoParticipant(_) | ActivityError::NoGuardian(_) => Self::NotFound,
            ActivityError::NoActivity(_) => {
                Self::Wrong("choose one of the activities on the list".to_owned())
            }
            ActivityError::Nameless | ActivityError::NoMail(_) => Self::Wrong(error.to_string()),
            ActivityError::Merged(_) | ActivityError::BeingErased | ActivityError::MayBeAnother => {
                Self::Conflict(error.to_string())
            }
            ActivityError::Store(error) => error.into(),
        }
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Missing(_) => Self::NotFound,
            OrderError::WrongState(_) | OrderError::BeingLooked => Self::Conflict(error.to_string()),
            OrderError::MayNotAnswer => Self::NotYours(sentence(&error.to_string())),
            OrderError::Job(_) | OrderError::Changed(_) => Self::internal(&error),
            OrderError::Post(error) => error.into(),
            OrderError::Store(error) => error.into(),
        }
    }
}

impl From<RenewalError> for Problem {
    fn from(error: RenewalError) -> Self {
        match error {
            RenewalError::Missing(_) => Self::NotFound,
            RenewalError::NotPublic | RenewalError::NotAsked => Self::Conflict(error.to_string()),
            RenewalError::TooEarly(last) => Self::Conflict(format!(
                "this post stays to the end of {} anyway; ask again in its last {SHOWN_DAYS} days",
                clock_words::day(last)
            )),
            RenewalError::OwnWish => Self::NotYours(sentence(&error.to_string())),
            RenewalError::Post(error) => error.into(),
            RenewalError::Order(error) => error.into(),
            RenewalError::Store(error) => error.into(),
        }
    }
}

impl From<OldPostError> for Problem {
    fn from(error: OldPostError) -> Self {
        match error {
            OldPostError::Missing(_) | OldPostError::NoImport(_) => Self::NotFound,
            OldPostError::NoChannel(_) => Self::Wrong("choose one of the accounts on the list".to_owned()),
            OldPostError::NobodyTicked => Self::Wrong(error.to_string()),
            OldPostError::NotPublic => Self::Conflict(error.to_string()),
            OldPostError::ForTheLead => Self::NotYours(sentence(&error.to_string())),
            OldPostError::Job(_) => Self::internal(&error),
            OldPostError::Activity(error) => error.into(),
            OldPostError::Order(error) => (*error).into(),
            OldPostError::Store(error) => error.into(),
        }
    }
}

impl From<WithdrawalError> for Problem {
    fn from(error: WithdrawalError) -> Self {
        match error {
            WithdrawalError::Consent(ConsentError::NotTheirs) => Self::NotFound,
            WithdrawalError::Consent(
                ConsentError::NotApproved(_) | ConsentError::NoSuchWording(_) | ConsentError::NoReviewer,
            ) => Self::Wrong(error.to_string()),
            WithdrawalError::Consent(ConsentError::OtherWords) => Self::Conflict(error.to_string()),
            WithdrawalError::Consent(ConsentError::NoWording | ConsentError::EmptyWording) => {
                Self::internal(&error)
            }
            WithdrawalError::Consent(ConsentError::Activity(error)) => error.into(),
            WithdrawalError::Order(error) => error.into(),
            WithdrawalError::OldPost(error) => error.into(),
            WithdrawalError::Post(error) => error.into(),
            WithdrawalError::Consent(ConsentError::Store(error)) | WithdrawalError::Store(error) => {
                error.into()
            }
        }
    }
}
