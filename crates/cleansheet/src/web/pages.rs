//! The only way to add a page. A route needs the policy's action; the guard around every handler asks the policy
//! before the handler runs, and looks at a form's origin and token before its contents are read.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{DefaultBodyLimit, FromRequest as _, Path, Query, Request, State},
    handler::Handler,
    http::{Method, StatusCode, header, request::Parts},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Redirect, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use cleansheet_policy::Action;

use super::{
    Problem, Web, confirm, expired,
    fields::Fields,
    forms, headers, sign_in,
    upload::{self, Upload},
    visit::{Signed, Visit, Who},
};
use crate::{app::App, trouble::goes_on_without_room};

/// Longest form without files: a caption of 25,000 letters, each percent-encoded.
const FORM_BYTES: usize = 512 * 1024;

/// One line of the access matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: Method,
    /// With `{names}` for what varies.
    pub path: &'static str,
    /// What the policy is asked.
    pub action: Action,
    /// What the visitor has to have proved.
    pub proof: Proof,
}

/// What a route wants beyond the policy's yes: that the person is there, not just their sign-in (clause 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Nothing.
    None,
    /// A proof of who they are within the last ten minutes.
    Fresh,
    /// The same; or a sign-in that has just begun by a one-time link or a printed code, to make a new way in.
    NewWay,
}

/// How a route is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A page, or a form that leads to one.
    Page,
    /// A part of a page that a script asks for by itself: it keeps nobody signed in.
    Fragment,
    /// A form with files. Its handler takes an [`Upload`], which looks at the token first.
    Upload,
}

/// Collects routes.
pub(super) struct Pages {
    web: Web,
    router: Router<Web>,
    routes: Vec<Route>,
}

#[derive(Clone)]
struct Guard {
    web: Web,
    action: Action,
    kind: Kind,
    proof: Proof,
}

impl Pages {
    pub(super) fn new(web: Web) -> Self {
        Self { web, router: Router::new(), routes: Vec::new() }
    }

    /// A page to read; it changes nothing.
    pub(super) fn get<H, T>(self, path: &'static str, action: Action, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::GET, path, (action, Proof::None), Kind::Page, handler)
    }

    /// A page that is only shown to somebody who has just confirmed that it is them.
    pub(super) fn get_proved<H, T>(self, path: &'static str, action: Action, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::GET, path, (action, Proof::Fresh), Kind::Page, handler)
    }

    /// A page about making a new way in.
    pub(super) fn get_new_way<H, T>(self, path: &'static str, action: Action, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::GET, path, (action, Proof::NewWay), Kind::Page, handler)
    }

    /// A form that changes something.
    pub(super) fn post<H, T>(self, path: &'static str, action: Action, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::POST, path, (action, Proof::None), Kind::Page, handler)
    }

    /// A form that changes something weighty: somebody who has not just confirmed that it is them is asked first, and
    /// then it goes on with exactly what was sent.
    pub(super) fn post_proved<H, T>(self, path: &'static str, action: Action, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::POST, path, (action, Proof::Fresh), Kind::Page, handler)
    }

    /// A form that makes a new way in.
    pub(super) fn post_new_way<H, T>(self, path: &'static str, action: Action, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::POST, path, (action, Proof::NewWay), Kind::Page, handler)
    }

    /// A part of a page that a script asks for again and again.
    pub(super) fn fragment<H, T>(self, method: Method, path: &'static str, action: Action, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(method, path, (action, Proof::None), Kind::Fragment, handler)
    }

    /// An answer for machines, the same for everybody: no guard, so that it looks into no record to know who asks.
    pub(super) fn machine<H, T>(mut self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.router = self.router.route(path, on(MethodFilter::GET, handler));
        self.routes.push(Route { method: Method::GET, path, action: Action::ReadPublic, proof: Proof::None });
        self
    }

    /// A form with files, about the thing whose id is `{id}` in the path. The handler is given an [`Upload`], which
    /// only exists once the form's token was right.
    pub(super) fn upload<F, A>(self, path: &'static str, action: Action, handler: F) -> Self
    where
        F: Fn(Arc<App>, Signed, String, Upload) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Result<Redirect, Problem>> + Send + 'static,
    {
        let handler =
            async move |State(app): State<Arc<App>>, me: Signed, Path(id): Path<String>, upload: Upload| {
                handler(app, me, id, upload).await
            };
        self.add(Method::POST, path, (action, Proof::None), Kind::Upload, handler)
    }

    fn add<H, T>(
        mut self,
        method: Method,
        path: &'static str,
        (action, proof): (Action, Proof),
        kind: Kind,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        let filter = if method == Method::POST { MethodFilter::POST } else { MethodFilter::GET };
        let guard = Guard { web: self.web.clone(), action, kind, proof };
        let most = if kind == Kind::Upload { upload::FORM_BYTES } else { FORM_BYTES };
        let guarded: MethodRouter<Web, Infallible> =
            on(filter, handler).layer(from_fn_with_state(guard, look));
        let guarded: MethodRouter<Web, Infallible> = guarded.layer(DefaultBodyLimit::max(most));
        self.router = self.router.route(path, guarded);
        self.routes.push(Route { method, path, action, proof });
        self
    }

    /// The finished site.
    pub(super) fn finish(self) -> (Router, Vec<Route>) {
        let web = self.web.clone();
        let guard = Guard { web, action: Action::ReadPublic, kind: Kind::Page, proof: Proof::None };
        let lost = on(MethodFilter::GET, async || Problem::NotFound).layer(from_fn_with_state(guard, look));
        let router = self
            .router
            .fallback_service(lost.with_state(self.web.clone()))
            .layer(from_fn_with_state(self.web.clone(), headers::on_every_response))
            .with_state(self.web);
        (router, self.routes)
    }
}

/// The guard: who is here, may they, is the form ours, have they proved it; then the page; then problems become pages.
async fn look(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let quiet = guard.kind == Kind::Fragment;
    let visit = match Visit::of(&guard.web, &parts, quiet).await {
        Ok(visit) => visit,
        Err(problem) => {
            note(guard.web.app(), &problem);
            return problem.plain();
        }
    };
    let answered = match admit(&guard, &visit, parts, body).await {
        Ok(Admitted::In(request)) => next.run(request).await,
        Ok(Admitted::Asked(page)) => page,
        Err(problem) => problem.into_response(),
    };
    finish(&guard, visit, answered)
}

enum Admitted {
    In(Request),
    /// First a page that asks for a proof.
    Asked(Response),
}

async fn admit(guard: &Guard, visit: &Visit, mut parts: Parts, body: Body) -> Result<Admitted, Problem> {
    let changes = parts.method == Method::POST;
    if let Err(problem) = visit.may(guard.web.app(), guard.action, &parts.method) {
        return Err(too_late(guard, visit, parts, body, problem).await);
    }
    if changes {
        let goes_on = goes_on_without_room(guard.action, parts.uri.path());
        // Asked even so: what goes on may need the room that was kept for it.
        if guard.web.app().troubles.look_at_the_disk() && !goes_on {
            return Err(Problem::Full);
        }
        forms::same_origin(&parts.headers, &guard.web.app().settings.public_url)?;
    }
    let (mut body, mut fields) = match (changes, guard.kind) {
        (true, Kind::Page | Kind::Fragment) => {
            let bytes = to_bytes(body, FORM_BYTES).await.map_err(|_| Problem::TooMuch)?;
            let copy = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
            let fields = Fields::from_request(copy, &()).await?;
            if let Err(problem) = visit.token_is_right(fields.one("csrf")) {
                let signed_in = matches!(visit.who, Who::Person(_)) && guard.kind == Kind::Page;
                let path = parts.uri.path();
                return Err(if signed_in {
                    expired::problem(path, false, &fields, problem)
                } else {
                    problem
                });
            }
            (Body::from(bytes), fields)
        }
        (false, _) if guard.proof != Proof::None => (body, query(&parts)?),
        _ => (body, Fields::default()),
    };
    if guard.proof != Proof::None {
        if let Some(page) = confirm::ask(&guard.web, visit, guard.proof, &parts, &fields).await? {
            return Ok(Admitted::Asked(page));
        }
        // The handler gets what was sent at first, and nothing of the proof.
        if changes && fields.take_away(confirm::PREFIX) {
            body = Body::from(fields.encoded());
            parts.headers.remove(header::CONTENT_LENGTH);
        }
    }
    parts.extensions.insert(visit.clone());
    Ok(Admitted::In(Request::from_parts(parts, body)))
}

/// A form of a page of ours whose sign-in is over comes back with its words; anything else stays the problem it is.
async fn too_late(guard: &Guard, visit: &Visit, parts: Parts, body: Body, problem: Problem) -> Problem {
    let origin = &guard.web.app().settings.public_url;
    let was_staff = matches!(visit.who, Who::Nobody) && matches!(problem, Problem::NotYours(_));
    if parts.method != Method::POST || !was_staff || forms::same_origin(&parts.headers, origin).is_err() {
        return problem;
    }
    let (path, files) = (parts.uri.path().to_owned(), guard.kind == Kind::Upload);
    let request = Request::from_parts(parts, body);
    let fields = match guard.kind {
        Kind::Upload => expired::words_behind_files(request).await,
        Kind::Page => Fields::from_request(request, &()).await.unwrap_or_default(),
        Kind::Fragment => return problem,
    };
    expired::problem(&path, files, &fields, problem)
}

fn query(parts: &Parts) -> Result<Fields, Problem> {
    let Query(fields) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
        .map_err(|_| Problem::Wrong("the address has a slip in it".into()))?;
    Ok(Fields::new(fields))
}

/// What a page met with may be everybody's concern.
fn note(app: &App, problem: &Problem) {
    match problem {
        Problem::Full => {
            app.troubles.look_at_the_disk();
        }
        Problem::Damaged => app.troubles.records_are_damaged(),
        _ => {}
    }
}

fn finish(guard: &Guard, visit: Visit, mut answered: Response) -> Response {
    if let Some(problem) = answered.extensions_mut().remove::<Problem>() {
        note(guard.web.app(), &problem);
        answered = problem.page(&visit.page);
        // A mail led here: signing in leads back.
        if problem == Problem::SignIn
            && let Some(back) = sign_in::back::remember(guard.web.app(), &visit.page.here)
        {
            answered.headers_mut().append(header::SET_COOKIE, back);
        }
    }
    // What may be kept by a cache on the way has no form, and must not hand one browser's cookie to another.
    let shared =
        answered.headers().get(header::CACHE_CONTROL).is_some_and(|v| v.as_bytes().starts_with(b"public"));
    if let Some(cookie) = visit.form_cookie(guard.web.app()).filter(|_| !shared) {
        answered.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if let Some(cookie) = visit.language_cookie(guard.web.app()).filter(|_| !shared) {
        answered.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if answered.status() == StatusCode::METHOD_NOT_ALLOWED {
        answered = Problem::NotFound.page(&visit.page);
    }
    answered
}
