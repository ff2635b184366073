//! A post as each network will show it. Drawings of our own; nothing is asked of a network.

use cleansheet_terms::{ChannelId, Network, Severity};

use super::{
    desk::{Desk, PhotoState, Place, Ticked, cost, counted},
    words::{Piece, pieces},
};
use crate::app::App;

/// A post as one account will show it.
pub(super) struct Preview {
    pub(super) id: ChannelId,
    pub(super) channel: String,
    /// The account's name on its network, where it has one.
    pub(super) handle: Option<String>,
    pub(super) initials: String,
    /// For the style: how this network lays pictures out.
    pub(super) class: &'static str,
    /// One for each post of it.
    pub(super) posts: Vec<PostLook>,
    pub(super) pictures: Vec<PictureView>,
    /// Links that are shown shortened, whole.
    pub(super) links: Vec<String>,
    /// What is counted, in words.
    pub(super) counted: String,
    /// What the network charges.
    pub(super) cost: Option<String>,
    /// It has words of its own.
    pub(super) own: bool,
}

/// One post of it.
pub(super) struct PostLook {
    /// `Post 1 of 3`; empty when it is the only one.
    pub(super) number: String,
    pub(super) pieces: Vec<Piece>,
}

pub(super) struct PictureView {
    pub(super) src: Option<String>,
    pub(super) alt_text: String,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// How each ticked account will show the post.
///
/// - `marked`: what the checks saw is marked in the words, for the person who approves.
pub(super) fn previews(app: &App, desk: &Desk, marked: bool) -> Vec<Preview> {
    let initials =
        app.settings.profile.trust.short_name.split_whitespace().filter_map(|word| word.chars().next());
    let initials: String = initials.take(2).collect();
    let ticked = desk.channels.iter().filter(|channel| channel.ticked);
    ticked.map(|channel| preview(desk, channel, &initials, marked)).collect()
}

fn preview(desk: &Desk, channel: &Ticked, initials: &str, marked: bool) -> Preview {
    let text = channel.own.as_ref().unwrap_or(&desk.caption);
    let texts = if channel.thread.is_empty() { vec![text.clone()] } else { channel.thread.clone() };
    let of = texts.len();
    let spans = spans(desk, channel, marked && of == 1);
    let posts = texts.iter().zip(1..).map(|(text, n)| PostLook {
        number: if of > 1 { format!("Post {n} of {of}") } else { String::new() },
        pieces: shortened(channel.network, pieces(text, &spans)),
    });
    let links = if shows(channel.network).is_some() {
        text.split_whitespace().filter_map(link).map(str::to_owned).collect()
    } else {
        Vec::new()
    };
    let shown = desk.photos.iter().filter(|photo| !matches!(photo.state, PhotoState::Refused(_)));
    let pictures: Vec<PictureView> = shown
        .map(|photo| PictureView {
            src: photo
                .renditions
                .contains(&channel.id)
                .then(|| format!("/posts/{}/photos/{}/published/{}", desk.id, photo.id, channel.id)),
            alt_text: photo.alt_text.clone(),
            width: photo.width,
            height: photo.height,
        })
        .collect();
    let described = pictures.iter().filter(|picture| !picture.alt_text.trim().is_empty()).count();
    Preview {
        id: channel.id.clone(),
        channel: channel.name.clone(),
        handle: channel.handle.as_ref().map(|handle| format!("@{}", handle.trim_start_matches('@'))),
        initials: initials.to_owned(),
        class: class(channel.network, pictures.len()),
        posts: posts.collect(),
        counted: channel
            .takes
            .as_ref()
            .map(|can| counted(can, &texts, pictures.len(), pictures.len() - described))
            .unwrap_or_default(),
        cost: channel.takes.as_ref().and_then(|can| cost(can, &texts, described)),
        own: channel.own.is_some(),
        pictures,
        links,
    }
}

/// What the checks saw in the words of an account.
fn spans(desk: &Desk, channel: &Ticked, marked: bool) -> Vec<(usize, usize, Severity)> {
    let here = |place: &Place| match place {
        Place::Caption { start, end } if channel.own.is_none() => Some((*start, *end)),
        Place::Own { start, end, account } if *account == channel.id => Some((*start, *end)),
        _ => None,
    };
    let seen = desk.seen.iter().filter(|_| marked);
    seen.filter_map(|seen| here(&seen.place).map(|(start, end)| (start, end, seen.severity))).collect()
}

/// The link that a word is, without the punctuation behind it.
fn link(word: &str) -> Option<&str> {
    let leads = word.starts_with("https://") || word.starts_with("http://");
    leads.then(|| word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']))
}

/// How many letters of a link a network shows without its beginning; `None` where it shows links as they are.
fn shows(network: Network) -> Option<usize> {
    match network {
        Network::X => Some(26),
        Network::Mastodon => Some(30),
        Network::Website | Network::Bluesky | Network::Facebook | Network::Instagram => None,
    }
}

/// The text with its links as the network shortens them.
fn shortened(network: Network, pieces: Vec<Piece>) -> Vec<Piece> {
    let Some(most) = shows(network) else { return pieces };
    let short = |run: &str| {
        let word = run.trim_end();
        let Some(whole) = link(word) else { return run.to_owned() };
        let bare = whole.split_once("://").map_or(whole, |(_, bare)| bare);
        let bare = bare.strip_prefix("www.").unwrap_or(bare);
        let behind = run.get(whole.len()..).unwrap_or_default();
        if bare.chars().count() <= most {
            return format!("{bare}{behind}");
        }
        format!("{}…{behind}", bare.chars().take(most).collect::<String>())
    };
    let one = |piece: Piece| Piece {
        text: piece.text.split_inclusive(char::is_whitespace).map(short).collect(),
        class: piece.class,
    };
    pieces.into_iter().map(one).collect()
}

/// How many pictures stand in which grid; the news page and Instagram show them whole, one below or behind the other.
fn class(network: Network, pictures: usize) -> &'static str {
    match (network, pictures) {
        (Network::Website, _) | (_, 0 | 1) => "preview__pics",
        (Network::Instagram, _) => "preview__pics pics--reel",
        (_, 2) => "preview__pics pics--2",
        (_, 3) => "preview__pics pics--3",
        _ => "preview__pics pics--4",
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Network;

    use super::{Piece, shortened};

    #[test]
    fn links_are_as_short_as_the_network_shows_them() {
        let text = "Read https://www.example.org/reports/2026/under-twelves-cup.";
        let shown =
            |network| shortened(network, vec![Piece { text: text.to_owned(), class: "" }]).remove(0).text;
        assert_eq!(shown(Network::Mastodon), "Read example.org/reports/2026/under….");
        assert_eq!(shown(Network::X), "Read example.org/reports/2026/u….");
        assert_eq!(shown(Network::Bluesky), text);
    }
}
