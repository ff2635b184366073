//! Pages. Each is a handler with its template beside it; `routes.rs` has one line for each, with the policy's action.
//!
//! To add a page: the handler and template in the folder of its noun, one line in `routes.rs`. The builder in
//! `pages.rs` puts the guard around it: who is here, may they, did this form come from our own page.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{Router, extract::FromRef};
use tokio::net::TcpListener;

use crate::app::App;

mod account_reports;
mod accounts;
mod activities;
mod asking;
mod assets;
mod client;
mod clock_words;
mod complaints;
mod confirm;
mod cookies;
mod cover;
mod csv;
mod demo;
mod drift;
mod expired;
mod families;
mod fields;
mod forms;
mod headers;
mod health;
mod home;
mod imports;
mod inventory;
mod layout;
mod ledger;
mod lent;
mod limits;
mod lost;
mod news;
mod old_posts;
mod pages;
mod participants;
mod parts;
mod pause;
mod people;
mod policy;
mod posts;
mod problem;
mod protection;
mod qr;
mod questions;
mod roles;
mod routes;
mod sign_in;
mod spot;
mod taking_down;
mod upload;
mod visit;
mod wordings;

pub(crate) use clock_words::moment;
pub use pages::{Proof, Route};
pub use problem::Problem;
pub use visit::{Signed, SignedGuardian, SignedParticipant, Visit};

/// What every page has at hand.
#[derive(Clone)]
pub struct Web(Arc<Parts>);

struct Parts {
    app: Arc<App>,
    assets: assets::Assets,
    limits: limits::Limits,
    requests: AtomicU64,
    passkeys: sign_in::passkeys::Passkeys,
    /// The trust's own provider of accounts, if the owner named one.
    oidc: Option<sign_in::oidc::Oidc>,
}

impl Web {
    fn new(app: Arc<App>) -> Self {
        let assets = assets::Assets::new(&app.settings.profile.colours);
        let settings = &app.settings;
        let passkeys =
            sign_in::passkeys::Passkeys::new(&settings.public_url, &settings.profile.trust.short_name);
        let oidc = sign_in::oidc::Oidc::new(&app);
        let (limits, requests) = (limits::Limits::default(), AtomicU64::new(0));
        Self(Arc::new(Parts { app, assets, limits, requests, passkeys, oidc }))
    }

    fn app(&self) -> &App {
        &self.0.app
    }

    /// Tells the requests of one process apart in its log.
    fn next_request(&self) -> u64 {
        self.0.requests.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl FromRef<Web> for Arc<App> {
    fn from_ref(web: &Web) -> Self {
        Self::clone(&web.0.app)
    }
}

/// All pages of a trust, and the list of their routes for the access matrix.
pub fn site(app: Arc<App>) -> (Router, Vec<Route>) {
    routes::all(Web::new(app))
}

/// Answers requests until `stop` is done; requests under way are finished first.
pub async fn serve(
    app: Arc<App>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (router, _) = site(app);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
