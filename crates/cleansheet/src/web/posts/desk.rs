//! One post as its pages need it, gathered from the records; and what people do to it, one call of the product each.
//!
//! Pages know only what is here, so a change in how posts are kept touches this folder alone.

mod acts;
mod calendar;
mod carries;
mod load;
mod problems;
mod story;
mod told;

use std::collections::BTreeMap;

use cleansheet_channels::Capabilities;
use cleansheet_policy::Reason;
use cleansheet_records::{consents::Purpose, review::Reading};
use cleansheet_terms::{
    ChannelId, Clause, Date, Network, ParticipantId, PersonId, PhotoId, PostId, Role, Severity, Timestamp,
};

use super::faces::Rect;
use crate::web::Problem;

pub(super) use acts::{
    Kept, add_photo, approve, begin_own, complete, correct, cover_shirt, draw, drop_post, fix, give_back,
    keep, mark, remove_photo, start, submit, take_back, undraw,
};
pub(super) use calendar::{Day, Planned, moved_to, planned};
pub(super) use carries::{cost, counted};
pub(super) use load::{
    concerning, load, original, publish_at, rendition, summaries, would_approve, would_submit,
};
pub(super) use told::{opened, told};

/// One post, with everything its pages show.
pub(super) struct Desk {
    pub(super) id: PostId,
    pub(super) author_name: String,
    /// The one who looks is the author.
    pub(super) mine: bool,
    /// The author, while it is a draft.
    pub(super) may_edit: bool,
    pub(super) activity: String,
    pub(super) day: Date,
    /// As stored.
    pub(super) stage: &'static str,
    /// State and word of the whole post.
    pub(super) state: (&'static str, &'static str),
    pub(super) caption: String,
    /// What it is for.
    pub(super) purpose: Purpose,
    pub(super) corrects: bool,
    pub(super) returned: Option<String>,
    /// When it is to go out; `None` for as soon as it is approved.
    pub(super) publish_at: Option<Timestamp>,
    /// The same in words.
    pub(super) goes_out: Option<String>,
    /// Everything of it that would be published, and when, as one text: of the same moment as the words and pictures here.
    /// Empty unless it waits for its second person.
    pub(super) content: String,
    /// The last change.
    pub(super) kept: Timestamp,
    pub(super) channels: Vec<Ticked>,
    pub(super) photos: Vec<Photo>,
    /// Who may be in the picture, by name.
    pub(super) roster: Vec<OnRoster>,
    /// What the roles of author, visitor and approver need by clause 1, in words.
    pub(super) needs: Needs,
    /// How the trust reads the words that rules rest on.
    pub(super) readings: BTreeMap<String, Reading>,
    /// What the word checks saw, in reading order.
    pub(super) seen: Vec<Seen>,
    pub(super) orders: Vec<Order>,
    /// It was approved, and nothing of it has left.
    pub(super) waits: bool,
    /// The names of the accounts on which it did not go out, while it is public elsewhere.
    pub(super) missing: Vec<String>,
    /// The post that is for those.
    pub(super) completion: Option<PostId>,
    /// When, state and sentence, the newest first.
    pub(super) history: Vec<(Timestamp, &'static str, String)>,
}

/// What a refusal by clause 1 quotes.
#[derive(Default)]
pub(super) struct Needs {
    pub(super) author: String,
    pub(super) actor: String,
    pub(super) approver: String,
}

/// A channel of the trust and this post.
pub(super) struct Ticked {
    pub(super) id: ChannelId,
    pub(super) name: String,
    /// The one who looks may act on it.
    pub(super) may: bool,
    pub(super) ticked: bool,
    pub(super) network: Network,
    /// Its name on its network; `None` while it is not connected.
    pub(super) handle: Option<String>,
    /// What it takes; `None` while this program cannot publish there.
    pub(super) takes: Option<Capabilities>,
    /// Its own words, where it has some.
    pub(super) own: Option<String>,
    /// The posts that its words go out as, where one is not enough.
    pub(super) thread: Vec<String>,
}

/// How far screening is with a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PhotoState {
    Looking,
    /// Why it cannot be used, and what to do instead.
    Refused(String),
    Ready,
}

/// One photo of the post.
pub(super) struct Photo {
    pub(super) id: PhotoId,
    pub(super) alt_text: String,
    pub(super) given_name: String,
    pub(super) state: PhotoState,
    /// Pixels of the upright picture.
    pub(super) width: u32,
    pub(super) height: u32,
    /// In reading order.
    pub(super) faces: Vec<Depicted>,
    /// Channels whose rendition was made from the marks as they are now.
    pub(super) renditions: Vec<ChannelId>,
    /// One of them, to show how it will look.
    pub(super) published_on: Option<ChannelId>,
}

/// One face.
pub(super) struct Depicted {
    pub(super) id: String,
    pub(super) rect: Rect,
    pub(super) mark: Mark,
    pub(super) drawn: bool,
}

/// Who a face is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    Cover,
    Roster {
        id: ParticipantId,
        name: String,
    },
    /// The name as they gave it.
    Adult(String),
}

/// Somebody on the activity's roster.
pub(super) struct OnRoster {
    pub(super) id: ParticipantId,
    pub(super) name: String,
    /// May be shown on every ticked channel. Why not is nobody's business here.
    pub(super) may: bool,
}

/// What a word check saw.
pub(super) struct Seen {
    /// Names the finding as long as the same is seen in the same place.
    pub(super) key: String,
    /// The name of the account whose own words it is about.
    pub(super) account: Option<String>,
    pub(super) clause: Clause,
    pub(super) severity: Severity,
    pub(super) place: Place,
    pub(super) say: String,
    pub(super) remedy: String,
    /// What to write instead; empty for "take it out".
    pub(super) fix: Option<String>,
}

/// Where a check saw something. Positions are Unicode code points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Caption {
        start: usize,
        end: usize,
    },
    /// Words of an account's own.
    Own {
        account: ChannelId,
        start: usize,
        end: usize,
    },
    /// Of the photo with this number, from 1.
    AltText(usize),
    Elsewhere,
}

impl Place {
    /// Where on the draft it is put right.
    pub(super) fn link(&self) -> String {
        match self {
            Self::Caption { .. } | Self::Elsewhere => "#caption".to_owned(),
            Self::Own { account, .. } => format!("#own-{account}"),
            Self::AltText(number) => format!("#alt-{number}"),
        }
    }

    /// What the link there says.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Caption { .. } | Self::Own { .. } | Self::Elsewhere => "Change the words".to_owned(),
            Self::AltText(number) => format!("Change the words of photo {number}"),
        }
    }
}

/// One release order on its way.
pub(super) struct Order {
    pub(super) channel: String,
    pub(super) say: String,
    /// Where the public sees it.
    pub(super) url: Option<String>,
    pub(super) state: (&'static str, &'static str),
    pub(super) is_live: bool,
    /// Where this person may say whether it is public, while nobody knows.
    pub(super) look: Option<String>,
}

/// What the policy would say.
pub(super) struct Verdict {
    /// Nothing denies it.
    pub(super) may: bool,
    /// Who has to look before it goes out.
    pub(super) held_for: Option<Role>,
    pub(super) reasons: Vec<Reason>,
}

/// What became of an approval.
pub(super) enum Approved {
    Yes,
    No(Vec<Reason>),
}

/// One post in a list.
pub(super) struct Summary {
    pub(super) id: PostId,
    pub(super) caption: String,
    pub(super) author: String,
    pub(super) activity: String,
    pub(super) stage: &'static str,
    pub(super) state: (&'static str, &'static str),
    pub(super) moved: Timestamp,
    pub(super) mine: bool,
    pub(super) returned: bool,
    /// A photo and a channel whose rendition shows it.
    pub(super) thumb: Option<(PhotoId, ChannelId)>,
}

/// An account's name, with its network where the name does not say that already. The trust's own news page is there once.
pub(super) fn named(name: &str, network: Network) -> String {
    let word = network.to_string();
    let says = name.split(|c: char| !c.is_alphanumeric()).any(|part| part.eq_ignore_ascii_case(&word));
    if says || network == Network::Website { name.to_owned() } else { format!("{name} ({word})") }
}

impl Desk {
    /// The numbers, from 1, of the photo and the face with this depiction id.
    pub(super) fn face(&self, id: &str) -> Option<(usize, usize)> {
        (1..).zip(&self.photos).find_map(|(photo, one)| {
            let face = one.faces.iter().position(|face| face.id == id)?;
            Some((photo, face + 1))
        })
    }

    /// The number, from 1, of a photo.
    pub(super) fn photo_number(&self, id: &str) -> Option<usize> {
        self.photos.iter().position(|photo| photo.id.as_str() == id).map(|index| index + 1)
    }

    /// The face to ask about after this one: the next that nobody has named, or this one again.
    pub(super) fn next_open(&self, after: &str) -> (String, usize, usize) {
        let all = (1..)
            .zip(&self.photos)
            .flat_map(|(photo, one)| (1..).zip(&one.faces).map(move |(number, face)| (photo, number, face)));
        let mut later = all.skip_while(|(_, _, face)| face.id != after);
        let here = later.next().map(|(photo, number, _)| (after.to_owned(), photo, number));
        let next = later.find(|(_, _, face)| face.mark == Mark::Cover);
        next.map(|(photo, number, face)| (face.id.clone(), photo, number))
            .or(here)
            .unwrap_or_else(|| (String::new(), 1, 1))
    }
}

/// A mark for somebody on the roster; the name is looked up when it is written.
pub(super) fn roster_mark(id: &str) -> Result<Mark, Problem> {
    let id = ParticipantId::parse(id).map_err(|_| Problem::NotFound)?;
    Ok(Mark::Roster { id, name: String::new() })
}

/// Whether this person wrote the post.
fn is_author(me: &crate::web::Signed, author: &PersonId) -> bool {
    me.person.id == *author
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Network;

    use super::named;

    #[test]
    fn a_name_says_its_network_once() {
        assert_eq!(named("Riverside Youth", Network::Mastodon), "Riverside Youth (Mastodon)");
        assert_eq!(named("Riverside on facebook", Network::Facebook), "Riverside on facebook");
        assert_eq!(named("Fenland Foxes", Network::X), "Fenland Foxes (X)");
        assert_eq!(named("X", Network::X), "X");
        assert_eq!(named("News page", Network::Website), "News page");
    }
}
