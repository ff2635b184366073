//! What Meta's refusals mean. The number and the second number of the answer say it; its words are never searched.
//!
//! Sources: <https://developers.facebook.com/docs/graph-api/guides/error-handling> and
//! <https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes>.

use cleansheet_terms::Network;
use jiff::SignedDuration;
use serde::Deserialize;

use crate::{
    ChannelError,
    outside::{self, Reply},
};

/// Why there is no answer that helps.
pub(crate) type Failure = outside::Failure<Refusal>;

/// Too much was published in 24 hours: the count goes down by the hour.
const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What Meta said instead of doing it.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) network: Network,
    /// Of the answer.
    pub(crate) status: u16,
    /// 0 when the answer is not Meta's own.
    pub(crate) code: i64,
    /// 0 when there is none.
    pub(crate) subcode: i64,
    /// The same again may work.
    pub(crate) transient: bool,
    /// The sentence for people, or else for developers; cut short.
    pub(crate) message: String,
    /// How long it asks to be left alone.
    pub(crate) after: Option<SignedDuration>,
}

#[derive(Default, Deserialize)]
struct Said {
    #[serde(default)]
    error: Inner,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Inner {
    code: i64,
    error_subcode: i64,
    is_transient: bool,
    message: String,
    error_user_msg: String,
}

impl Refusal {
    /// Reads what was said, as far as it can be read.
    ///
    /// - `after`: how long the headers ask to be left alone.
    pub(crate) fn of(network: Network, reply: &Reply, after: Option<SignedDuration>) -> Self {
        let Said { error } = serde_json::from_slice(&reply.body).unwrap_or_default();
        let words = if error.error_user_msg.is_empty() { error.message } else { error.error_user_msg };
        Self {
            network,
            status: reply.status,
            code: error.code,
            subcode: error.error_subcode,
            transient: error.is_transient,
            message: words.chars().filter(|c| !c.is_control()).take(200).collect(),
            after,
        }
    }

    /// Nothing by this name is there, or this token may not see it: Meta does not say which.
    pub(crate) fn is_missing(&self) -> bool {
        matches!((self.code, self.subcode), (100, 33) | (803, _))
    }

    /// The same was posted before.
    pub(crate) fn is_repeat(&self) -> bool {
        self.code == 506 || self.subcode == 1_366_051
    }

    /// Something that was sent with the call is wrong, and not more is said.
    pub(crate) fn is_parameter(&self) -> bool {
        (self.code, self.subcode) == (100, 0)
    }

    /// The app is not taken: its number or its secret is wrong.
    pub(crate) fn is_app(&self) -> bool {
        matches!(self.code, 1 | 101) && self.status < 500
    }

    /// What signs in is not taken any more.
    pub(crate) fn is_token(&self) -> bool {
        matches!(self.code, 190 | 102)
    }

    /// This app or this person may not do it.
    pub(crate) fn is_not_allowed(&self) -> bool {
        matches!(self.code, 3 | 10 | 200..=299)
    }

    /// A picture was prepared too long ago, and has to be prepared again.
    pub(crate) fn is_stale_container(&self) -> bool {
        matches!(self.subcode, 2_207_006 | 2_207_008 | 2_207_020)
    }

    fn words(&self) -> String {
        match (self.message.is_empty(), self.code) {
            (false, _) => self.message.clone(),
            (true, 0) => format!("{} answered with an error (status {})", self.network, self.status),
            (true, code) => format!("{} answered with error {code}", self.network),
        }
    }

    /// Why a token is not taken any more. Meta's own words are left out: they may quote the token.
    fn token(&self) -> ChannelError {
        let network = self.network;
        ChannelError::Reconnect(match self.subcode {
            458 => format!("the app was removed from the {network} account of whoever connected it"),
            459 => "Facebook wants whoever connected it to sign in at facebook.com and answer what is asked there"
                .to_owned(),
            460 => "whoever connected it has changed their Facebook password".to_owned(),
            463 => "the connection has run out".to_owned(),
            464 => "whoever connected it has to confirm their Facebook account".to_owned(),
            _ => format!("{network} does not take the connection any more"),
        })
    }

    /// What the second number alone says; the same number means the same with every first one.
    fn by_subcode(&self) -> Option<ChannelError> {
        use ChannelError as E;
        let network = self.network;
        let change = |say: &str| E::ChangePost(say.to_owned());
        Some(match self.subcode {
            1_366_046 => change("Facebook does not take a picture of this size or kind; add it again as an ordinary JPEG"),
            1_404_102 | 1_346_003 => E::ChangePost(format!("{network} says that it breaks its rules: {}", self.words())),
            1_609_005 => change("Facebook cannot open a link in it; correct the link or leave it out"),
            1_404_078 | 4_854_002 => E::Reconnect(
                "Facebook wants somebody who runs the Page to confirm who they are (Page Publishing Authorization); do it at facebook.com, then connect it again".to_owned(),
            ),
            1_390_008 => E::RetryLater { say: format!("too much was posted in a short time at {network}"), after: self.after },
            2_207_004 => change("a picture is larger than Instagram takes"),
            2_207_005 | 2_207_023 => change("Instagram does not take a picture of this kind; add it again as an ordinary JPEG"),
            2_207_009 | 36_003 => change("a picture is too tall or too wide for Instagram"),
            2_207_010 => change("the caption is longer than Instagram takes, or has too many hashtags or mentions"),
            2_207_028 => change("Instagram takes 2 to 10 pictures in one post"),
            2_207_003 | 2_207_052 => E::later(
                "Instagram could not fetch a picture from this program; it has to be reachable from the internet",
            ),
            2_207_042 => E::RetryLater {
                say: "Instagram takes no more posts of this account for now; it counts those of the last 24 hours".to_owned(),
                after: Some(self.after.unwrap_or(AN_HOUR)),
            },
            2_207_050 | 2_207_051 => E::Reconnect(
                "Instagram holds the account back; open the Instagram app, answer what it asks, then connect it again".to_owned(),
            ),
            2_207_006 | 2_207_008 | 2_207_020 => E::later("Instagram has let go of a picture that was prepared; it is prepared again"),
            2_207_027 => E::later("Instagram has not finished with the pictures"),
            _ => return None,
        })
    }
}

impl outside::Refusal for Refusal {
    fn class(self, may_be_done: bool) -> ChannelError {
        use ChannelError as E;
        let (network, words) = (self.network, self.words());
        if self.is_repeat() {
            return E::UnknownOutcome(format!("{network} says that the same was posted before"));
        }
        if let Some(known) = self.by_subcode() {
            return known;
        }
        match self.code {
            190 | 102 => self.token(),
            368 => E::Reconnect(format!(
                "{network} has blocked the account for breaking its rules; look at the account at {network}: {words}"
            )),
            4 | 17 | 32 | 341 | 613 | 80_000..=80_014 => {
                E::RetryLater { say: format!("too many calls at {network}"), after: self.after }
            }
            3 | 10 | 200..=299 => E::Reconnect(format!(
                "a permission is missing, or whoever connected it has lost their role at {network}: {words}"
            )),
            2635 => E::Reconnect(
                "this version of Meta’s API has ended; whoever runs this program has to set a newer one"
                    .to_owned(),
            ),
            _ if self.status == 429 => E::RetryLater { say: words, after: self.after },
            1 | 2 if may_be_done => E::UnknownOutcome(words),
            _ if may_be_done && (self.status >= 500 || self.transient) => E::UnknownOutcome(words),
            1 | 2 => E::RetryLater { say: words, after: self.after },
            _ if self.transient || self.status >= 500 => E::RetryLater { say: words, after: self.after },
            0 => E::RetryLater { say: words, after: self.after },
            _ if self.status == 401 => self.token(),
            _ => E::ChangePost(format!("{network} does not take it: {words}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Network;
    use jiff::SignedDuration;

    use super::Refusal;
    use crate::{ChannelError, outside::Refusal as _};

    fn refusal(status: u16, code: i64, subcode: i64) -> Refusal {
        let after = Some(SignedDuration::from_mins(7));
        Refusal {
            network: Network::Facebook,
            status,
            code,
            subcode,
            transient: false,
            message: "in words".to_owned(),
            after,
        }
    }

    fn class(code: i64, subcode: i64) -> ChannelError {
        refusal(400, code, subcode).class(true)
    }

    #[test]
    fn every_refusal_has_one_way_forward() {
        use ChannelError as E;
        for (code, subcode) in [
            (190, 458),
            (190, 459),
            (190, 460),
            (190, 463),
            (190, 0),
            (102, 0),
            (10, 0),
            (200, 0),
            (299, 0),
            (368, 0),
            (2635, 0),
            (200, 1_404_078),
            (200, 4_854_002),
            (25, 2_207_050),
            (4, 2_207_051),
        ] {
            assert!(matches!(class(code, subcode), E::Reconnect(_)), "{code} {subcode}");
        }
        for code in [4, 17, 32, 341, 613, 80_001, 80_002] {
            let E::RetryLater { after, .. } = class(code, 0) else { panic!("{code}") };
            assert_eq!(after, Some(SignedDuration::from_mins(7)), "{code}");
        }
        for (code, subcode) in
            [(368, 1_390_008), (9, 2_207_042), (9007, 2_207_027), (-1, 2_207_003), (9004, 2_207_052)]
        {
            assert!(matches!(class(code, subcode), E::RetryLater { .. }), "{code} {subcode}");
        }
        for (code, subcode) in [
            (324, 1_366_046),
            (368, 1_404_102),
            (368, 1_346_003),
            (100, 1_609_005),
            (36_000, 2_207_004),
            (352, 2_207_005),
            (36_003, 2_207_009),
            (100, 2_207_010),
            (100, 0),
            (100, 33),
        ] {
            assert!(matches!(class(code, subcode), E::ChangePost(_)), "{code} {subcode}");
        }
    }

    #[test]
    fn what_may_have_been_done_is_never_said_not_to_be() {
        use ChannelError as E;
        for (status, code) in [(500, 1), (500, 2), (503, 0), (502, 0)] {
            assert!(matches!(refusal(status, code, 0).class(true), E::UnknownOutcome(_)), "{status} {code}");
            assert!(matches!(refusal(status, code, 0).class(false), E::RetryLater { .. }), "{status} {code}");
        }
        // A repeat is evidence that the first try was done, however it was asked.
        assert!(matches!(class(506, 0), E::UnknownOutcome(_)));
        assert!(matches!(class(368, 1_366_051), E::UnknownOutcome(_)));
    }

    #[test]
    fn a_token_is_never_quoted() {
        let mut said = refusal(400, 190, 0);
        said.message = "Malformed access token EAAB1234".to_owned();
        assert!(!said.class(true).to_string().contains("EAAB1234"));
    }
}
