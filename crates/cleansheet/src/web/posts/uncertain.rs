//! An order of which nobody knows whether it is public: what was approved and what the network shows, side by side, and
//! a person's answer.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Redirect, Response},
};
use cleansheet_channels::{CopiedFile, Copy};
use cleansheet_policy::ReleaseOrder;
use cleansheet_records::{
    accounts::Accounts,
    orders::{Answer, Order, OrderError, OrderState, Orders},
};
use cleansheet_terms::{Digest, Network, OrderId, PostId};

use super::words::title;
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::show},
};

/// One side of the page.
struct Side {
    text: String,
    pictures: Vec<Picture>,
}

struct Picture {
    /// `None` when the network names a picture and does not hand it out.
    src: Option<String>,
    alt_text: String,
    /// Of the network's: whether it is the approved file, bit by bit.
    same: bool,
}

#[derive(Template)]
#[template(path = "posts/uncertain.html")]
struct Uncertain {
    page: Page,
    post: String,
    order: String,
    title: String,
    channel: String,
    because: String,
    sent_at: String,
    approved: Side,
    public: Public,
    /// Where the public sees it, as far as we know.
    address: Option<String>,
}

/// What the network shows.
enum Public {
    /// A post.
    There(Side),
    /// No post.
    Nothing,
    /// It could not be read, and why.
    Unseen(String),
}

/// `GET /posts/{id}/uncertain/{order}` — both side by side, and three answers.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path((post, order)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let order = known(&app, &me, &post, &order).await?;
    if order.state != OrderState::Uncertain {
        return Ok(Redirect::to(&format!("/posts/{}", order.post)).into_response());
    }
    let release = order.release().map_err(|error| Problem::internal(&error))?;
    let channel = Accounts(&mut app.records.read().await?).channel(&order.channel).await?;
    let at = format!("/posts/{}/uncertain/{}", order.post, order.id);
    let looked = look(&app, &order.id, &release).await;
    let address = match &looked {
        Ok(Some(copy)) if !copy.sent.url.is_empty() => Some(copy.sent.url.clone()),
        _ => address(&order, &release),
    };
    let view = Uncertain {
        title: title(release.text()),
        channel: channel.map_or_else(|| "the network".to_owned(), |channel| channel.name),
        because: order.because.clone().unwrap_or_default(),
        sent_at: order.call_started.map(clock_words::moment).unwrap_or_default(),
        approved: approved_side(&release, &at),
        public: match looked {
            Ok(Some(copy)) => Public::There(public_side(&copy, &release, &at)),
            Ok(None) => Public::Nothing,
            Err(why) => Public::Unseen(why),
        },
        address,
        post: order.post.to_string(),
        order: order.id.to_string(),
        page,
    };
    Ok(show(&view)?.into_response())
}

/// `POST /posts/{id}/uncertain/{order}` — what somebody says who looked.
pub(in crate::web) async fn post(
    State(app): State<Arc<App>>,
    me: Signed,
    Path((post, order)): Path<(String, String)>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let order = known(&app, &me, &post, &order).await?;
    let answer = Answer::parse(fields.one("answer"))
        .map_err(|_| Problem::Wrong("say whether it is there, is not there, or is to go".into()))?;
    if answer == Answer::NotThere {
        let release = order.release().map_err(|error| Problem::internal(&error))?;
        // The network is asked once more: it may have become readable while the page was open.
        if let Ok(Some(_)) = look(&app, &order.id, &release).await {
            let there = "the network shows the post now, so it is not sent again; look at it once more";
            return Err(Problem::Conflict(there.into()));
        }
    }
    let mut tx = app.records.begin().await?;
    Orders(&mut tx).answer(&order.id, &me.person.id, answer, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/posts/{}", order.post)))
}

/// `GET /posts/{id}/uncertain/{order}/approved/{number}` — a picture as it was approved.
pub(in crate::web) async fn approved(
    State(app): State<Arc<App>>,
    me: Signed,
    Path((post, order, number)): Path<(String, String, usize)>,
) -> Result<Response, Problem> {
    let release = release(&app, &me, &post, &order).await?;
    let picture = number.checked_sub(1).and_then(|index| release.pictures().get(index));
    let digest = picture.ok_or(Problem::NotFound)?.digest;
    let media = app.media.clone();
    let read = tokio::task::spawn_blocking(move || media.rendition(&digest)).await;
    let bytes = read.map_err(|error| Problem::internal(&error))?.map_err(|_| Problem::NotFound)?;
    picture_of(bytes)
}

/// `GET /posts/{id}/uncertain/{order}/public/{number}` — a picture as the network hands it out, fetched by us: the
/// network does not learn who looks.
pub(in crate::web) async fn public(
    State(app): State<Arc<App>>,
    me: Signed,
    Path((post, order, number)): Path<(String, String, usize)>,
) -> Result<Response, Problem> {
    let release = release(&app, &me, &post, &order).await?;
    let id = OrderId::parse(&order).map_err(|_| Problem::NotFound)?;
    let copy = look(&app, &id, &release).await.ok().flatten().ok_or(Problem::NotFound)?;
    let picture = number.checked_sub(1).and_then(|index| copy.pictures.into_iter().nth(index));
    match picture.ok_or(Problem::NotFound)?.file {
        CopiedFile::Bytes(bytes) => picture_of(bytes),
        CopiedFile::Remade { .. } | CopiedFile::Missing | CopiedFile::Another => Err(Problem::NotFound),
    }
}

/// The order, for somebody who may say what is there.
async fn known(app: &App, me: &Signed, post: &str, order: &str) -> Result<Order, Problem> {
    let (post, order) = PostId::parse(post).ok().zip(OrderId::parse(order).ok()).ok_or(Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    let order = Orders(&mut tx).order(&order).await?.filter(|order| order.post == post);
    let order = order.ok_or(Problem::NotFound)?;
    if !Orders(&mut tx).may_answer(&order, &me.person, app.clock.now()).await? {
        return Err(OrderError::MayNotAnswer.into());
    }
    Ok(order)
}

/// What was approved, while nobody knows whether it is public.
async fn release(app: &App, me: &Signed, post: &str, order: &str) -> Result<ReleaseOrder, Problem> {
    let order = known(app, me, post, order).await?;
    if order.state != OrderState::Uncertain {
        return Err(Problem::NotFound);
    }
    order.release().map_err(|error| Problem::internal(&error))
}

/// What the public sees now; why not, when it cannot be read.
async fn look(app: &App, id: &OrderId, release: &ReleaseOrder) -> Result<Option<Copy>, String> {
    let channel = app.channel(release.channel()).await.map_err(|error| error.to_string())?;
    let trail = app.trail(id).await.map_err(|error| error.to_string())?;
    channel.look(release, &trail).await.map_err(|error| error.to_string())
}

/// Where a person can look themselves.
fn address(order: &Order, release: &ReleaseOrder) -> Option<String> {
    let known = order.url.clone().filter(|url| !url.is_empty());
    known.or_else(|| match release.network() {
        Network::Website => Some(format!("/news/{}", release.record_key())),
        Network::X | Network::Facebook | Network::Instagram | Network::Mastodon | Network::Bluesky => None,
    })
}

fn approved_side(release: &ReleaseOrder, at: &str) -> Side {
    let pictures = (1..).zip(release.pictures()).map(|(number, picture)| Picture {
        src: Some(format!("{at}/approved/{number}")),
        alt_text: picture.alt_text.clone(),
        same: true,
    });
    Side { text: release.text().to_owned(), pictures: pictures.collect() }
}

fn public_side(copy: &Copy, release: &ReleaseOrder, at: &str) -> Side {
    let pictures = (1..).zip(&copy.pictures).map(|(number, picture): (usize, _)| {
        let approved = number.checked_sub(1).and_then(|index| release.pictures().get(index));
        Picture {
            src: matches!(picture.file, CopiedFile::Bytes(_)).then(|| format!("{at}/public/{number}")),
            alt_text: picture.alt_text.clone(),
            same: match &picture.file {
                CopiedFile::Bytes(bytes) => {
                    approved.is_some_and(|approved| Digest::of(bytes) == approved.digest)
                }
                CopiedFile::Remade { .. } => true,
                CopiedFile::Missing | CopiedFile::Another => false,
            },
        }
    });
    Side { text: copy.texts.join("\n\n"), pictures: pictures.collect() }
}

/// Bytes from a network are shown as the picture they are, or not at all.
fn picture_of(bytes: Vec<u8>) -> Result<Response, Problem> {
    let kind = match bytes.as_slice() {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => return Err(Problem::NotFound),
    };
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"picture\"")),
    ];
    Ok((headers, bytes).into_response())
}
