//! Posts from before this program: walked through, looked at, taken down, and looked for until they are gone.

use std::collections::BTreeMap;

use cleansheet_channels::{ChannelError, Gone, OldFile, OldPage, OldPost as Shown, OldPosts as Lists};
use cleansheet_records::{
    accounts::Accounts,
    jobs::{Claimed, Jobs},
    old_posts::{
        Import, Listed, ListedFile, Looked, OldPicture, OldPost, OldPostError, OldPosts, PictureState,
    },
    orders::Order,
    tasks::{Tasks, Thing},
};
use cleansheet_screening::photo::{Fit, PhotoError, STOP_AT};
use cleansheet_terms::ChannelId;
use jiff::SignedDuration;

use super::{
    outgoing::{UNTIL_CONNECTED, come_again, connected, mark, wait},
    photos::{MOST_TRIES, aside, screener},
    removing::{self, Going},
    worker::RunError,
};
use crate::{app::App, connections::NotConnected};

/// The copy that people tag on: large enough to know a face, too small to be of much other use.
const COPY: Fit = Fit { side_px: 1_280, bytes: 400_000, shape: None };
/// What is said of an account that cannot be listed.
const CANNOT_LIST: &str = "this network cannot be listed by program; look through the account yourself";

impl From<OldPostError> for RunError {
    fn from(error: OldPostError) -> Self {
        match error {
            OldPostError::Job(error) => error.into(),
            OldPostError::Store(error) => Self::Store(error),
            error => Self::later(error),
        }
    }
}

/// Writes one page of an account down. The next page is the next job: what was read is never read again.
pub(super) async fn import(app: &App, job: &Claimed) -> Result<(), RunError> {
    let import = OldPosts(&mut app.records.read().await?).import_of(job).await?;
    let channel = match app.channel(import.channel.as_str()).await {
        Ok(channel) => channel,
        Err(NotConnected::Store(error)) => return Err(error.into()),
        Err(error @ (NotConnected::Never | NotConnected::NoApp(_))) => {
            return waits(app, job, &error.to_string(), UNTIL_CONNECTED).await;
        }
        Err(error @ (NotConnected::Unknown(_) | NotConnected::Network(_))) => {
            return stops(app, job, &error.to_string()).await;
        }
    };
    let Some(lists) = channel.old_posts() else { return stops(app, job, CANNOT_LIST).await };
    match lists.list(import.place.as_deref()).await {
        Ok(page) => keep(app, job, &import, lists, page).await,
        Err(error) => cannot_read(app, job, &import.channel, &error).await,
    }
}

async fn keep(
    app: &App,
    job: &Claimed,
    import: &Import,
    lists: &dyn Lists,
    page: OldPage,
) -> Result<(), RunError> {
    let page_of: Vec<Listed> = page.posts.into_iter().map(listed).collect();
    let mut tx = app.records.begin().await?;
    // Behind the page: what was on its way while the network answered is known by now.
    let unnamed = OldPosts(&mut tx).orders_without_name(&import.channel).await?;
    let names = |order: Order| {
        let names = order.release().map(|release| lists.names_of(&release)).unwrap_or_default();
        names.into_iter().map(move |name| (name, order.clone()))
    };
    let ours: BTreeMap<String, Order> = unnamed.into_iter().flat_map(names).collect();
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    OldPosts(&mut tx).keep_page(job, &page_of, &ours, page.next.as_deref(), clock, &mut chance).await?;
    Ok(tx.commit().await?)
}

async fn cannot_read(
    app: &App,
    job: &Claimed,
    channel: &ChannelId,
    error: &ChannelError,
) -> Result<(), RunError> {
    let mut tx = app.records.begin().await?;
    mark(app, &mut tx, job, channel.as_str(), error).await?;
    tx.commit().await?;
    match error {
        // Somebody can begin again, from the first page.
        ChannelError::GoneForGood(_) | ChannelError::Refused(_) => stops(app, job, &error.to_string()).await,
        _ => waits(app, job, &error.to_string(), wait(job, error)).await,
    }
}

async fn waits(app: &App, job: &Claimed, because: &str, wait: SignedDuration) -> Result<(), RunError> {
    let mut tx = app.records.begin().await?;
    OldPosts(&mut tx).import_waits(job, because, wait, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

async fn stops(app: &App, job: &Claimed, because: &str) -> Result<(), RunError> {
    let mut tx = app.records.begin().await?;
    OldPosts(&mut tx).import_stops(job, because, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Looks at the pictures of an old post in the sandbox, and keeps a small sealed copy of each.
pub(super) async fn fetch(app: &App, job: &Claimed) -> Result<(), RunError> {
    let mut tx = app.records.begin().await?;
    let post = OldPosts(&mut tx).claim_to_look(job, &*app.clock).await?;
    tx.commit().await?;
    let Some(post) = post else { return Ok(()) };
    let channel = connected(app, post.channel.as_str()).await?;
    let lists = channel.old_posts().ok_or_else(|| RunError::later(CANNOT_LIST))?;
    let pictures = OldPosts(&mut app.records.read().await?).pictures(&post.id).await?;
    for picture in pictures.iter().filter(|one| one.state == PictureState::Waiting) {
        let looked = match lists.file(&post.remote, &picture.file).await {
            Ok(Some(bytes)) => look(app, job, bytes).await?,
            Ok(None) => Looked::Missing,
            Err(ChannelError::Refused(why)) => Looked::Refused(why),
            Err(error) => return come_again(app, job, &post.channel, &error).await,
        };
        one_picture(app, job, picture, looked).await?;
    }
    let mut tx = app.records.begin().await?;
    Jobs(&mut tx).finish(job, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

async fn one_picture(app: &App, job: &Claimed, picture: &OldPicture, looked: Looked) -> Result<(), RunError> {
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let kept = OldPosts(&mut tx).looked(job, &picture.id, &looked, clock, &mut chance).await?;
    tx.commit().await?;
    match looked {
        Looked::Ready { copy, .. } if !kept => removed(app, vec![copy]).await,
        _ => Ok(()),
    }
}

/// No byte of it is interpreted here: the decoder's child sees it, and what is kept is what came out of that child. The
/// score comes before any copy (clause 7).
async fn look(app: &App, job: &Claimed, bytes: Vec<u8>) -> Result<Looked, RunError> {
    let (screener, media, chance) = (screener(app)?, app.media.clone(), app.entropy.clone());
    let looked = aside(move || {
        let decide =
            |seen: &cleansheet_screening::photo::Looked| (seen.nudity < STOP_AT).then(|| (Vec::new(), COPY));
        let screened = match screener.screen(&bytes, decide) {
            Ok(screened) => screened,
            Err(error) => return Ok(Err(error)),
        };
        let Some(copy) = screened.rendered else { return Ok(Ok(Looked::Stopped)) };
        Ok(Ok(Looked::Ready {
            copy: media.keep_original(&copy.jpeg, &mut &chance)?,
            width: copy.width,
            height: copy.height,
            faces: screened.looked.faces.len(),
        }))
    });
    match looked.await? {
        Ok(looked) => Ok(looked),
        Err(PhotoError::Refused(because)) => Ok(Looked::Refused(because)),
        Err(error @ PhotoError::Worker(_)) if job.attempt >= MOST_TRIES => {
            Ok(Looked::Refused(error.to_string()))
        }
        Err(error) => Err(RunError::later(error)),
    }
}

/// Takes an old post off its network. Not being there is success.
pub(super) async fn take_down(app: &App, job: &Claimed) -> Result<(), RunError> {
    let Some(post) = claimed(app, job).await? else { return Ok(()) };
    let going = Going::old(job, &post);
    let channel = match app.channel(post.channel.as_str()).await {
        Ok(channel) => channel,
        Err(error) => return removing::out_of_reach(app, &going, error).await,
    };
    let rate = channel.capabilities().take_downs;
    let Some(lists) = channel.old_posts() else {
        return removing::not_taken_down(app, &going, &ChannelError::Refused(CANNOT_LIST.to_owned()), rate)
            .await;
    };
    if let Err(until) = removing::may_take_down(app, &going, 1, rate) {
        return removing::wait_until(app, &going, until).await;
    }
    if let Err(error) = lists.take_down_old(&post.remote).await {
        return removing::not_taken_down(app, &going, &error, rate).await;
    }
    let mut tx = app.records.begin().await?;
    OldPosts(&mut tx).taken_down(job, &*app.clock, &mut &app.entropy).await?;
    Ok(tx.commit().await?)
}

/// Looks whether an old post and its files are gone, and says so in the receipts that wait for it. With the last one of an
/// account that was ended, how to sign in there goes as well.
pub(super) async fn confirm_gone(app: &App, job: &Claimed) -> Result<(), RunError> {
    let Some(post) = claimed(app, job).await? else { return Ok(()) };
    let looked = match look_gone(app, &post).await? {
        Ok(looked) => looked,
        Err(error) => {
            let thing = Thing::OldPost(&post.id);
            let mut tx = app.records.begin().await?;
            let counts = removing::stays_unread(&error) && Tasks(&mut tx).counts_on_word(thing).await?;
            tx.commit().await?;
            if !counts {
                removing::not_alone_for_ever(app, &Going::old(job, &post), &error.to_string()).await?;
                return come_again(app, job, &post.channel, &error).await;
            }
            Gone::Gone
        }
    };
    if let Gone::StillLive { why } = &looked {
        removing::not_alone_for_ever(app, &Going::old(job, &post), why).await?;
    }
    let (clock, mut chance) = (&*app.clock, &app.entropy);
    let mut tx = app.records.begin().await?;
    let (copies, forgotten) = match looked {
        Gone::Gone => {
            let trust = &app.settings.profile.trust.name;
            let copies = OldPosts(&mut tx).gone(job, trust, clock, &mut chance).await?;
            (copies, Accounts(&mut tx).forget_ended(&post.channel, clock, &mut chance).await?)
        }
        Gone::StillLive { why } => {
            OldPosts(&mut tx).still_live(job, &why, clock, &mut chance).await?;
            (Vec::new(), None)
        }
    };
    tx.commit().await?;
    app.give_back(&post.channel, forgotten).await;
    removed(app, copies).await
}

async fn look_gone(app: &App, post: &OldPost) -> Result<Result<Gone, ChannelError>, RunError> {
    let channel = match app.channel(post.channel.as_str()).await {
        Ok(channel) => channel,
        Err(NotConnected::Store(error)) => return Err(error.into()),
        Err(error) => return Ok(Err(ChannelError::Refused(error.to_string()))),
    };
    let Some(lists) = channel.old_posts() else {
        return Ok(Err(ChannelError::Refused(CANNOT_LIST.to_owned())));
    };
    let pictures = OldPosts(&mut app.records.read().await?).pictures(&post.id).await?;
    let files: Vec<String> = pictures.into_iter().map(|one| one.file).collect();
    Ok(lists.confirm_old_gone(&post.remote, &files).await)
}

async fn claimed(app: &App, job: &Claimed) -> Result<Option<OldPost>, RunError> {
    let mut tx = app.records.begin().await?;
    let post = OldPosts(&mut tx).claim_to_take_down(job, &*app.clock).await?;
    tx.commit().await?;
    Ok(post)
}

/// Removes copies that no row names any more. One that stays behind is swept at the next start.
async fn removed(app: &App, copies: Vec<String>) -> Result<(), RunError> {
    let media = app.media.clone();
    let gone = aside(move || copies.iter().try_for_each(|copy| media.remove_original(copy))).await;
    if let Err(error) = gone {
        tracing::warn!(error = %error, "a copy could not be removed; it is swept at the next start");
    }
    Ok(())
}

fn listed(post: Shown) -> Listed {
    let file = |file: OldFile| ListedFile { name: file.name, alt_text: file.alt_text, video: file.video };
    Listed {
        remote: post.remote,
        url: post.url,
        published: post.published,
        text: post.text,
        files: post.files.into_iter().map(file).collect(),
        shares: post.shares,
    }
}
