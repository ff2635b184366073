//! A server that plays the published protocol of the DBS Update Service, and, when told to, everything that is not in it. It
//! goes by the number convention of the public stub: the first digit says what comes back.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// What comes instead of a good answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    /// Nothing at all.
    Hangs,
    /// A page for people, with status 200.
    Page,
    /// Half of an answer.
    Torn,
    /// More than any answer.
    Huge,
    /// A name without end.
    Endless,
    /// A document type with an entity that says the code.
    Entity,
    /// Somewhere else.
    Redirect,
    /// The code inside another text.
    Nested,
    /// Another person's forename.
    WrongName,
    /// Another day of print.
    WrongDay,
    /// `FAILURE`.
    Failure,
    /// A status for other programs.
    Denied,
}

#[derive(Default)]
struct Told {
    odd: Option<Odd>,
    asked: Vec<(String, BTreeMap<String, String>)>,
    elsewhere: usize,
}

/// The service, on a free port of this machine, in a thread of its own.
#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) address: String,
    told: Arc<Mutex<Told>>,
}

/// The day on the certificates that the fake knows.
pub(crate) const ISSUED: &str = "2025-02-01";
/// The forename on them.
pub(crate) const FORENAME: &str = "Jolanta";

/// The thread it lives in.
pub(crate) const THREAD: &str = "the fake";

impl Fake {
    pub(crate) fn start() -> Self {
        let (tell, listen) = mpsc::channel();
        let told = Arc::<Mutex<Told>>::default();
        let state = Arc::clone(&told);
        // A thread of its own: what the fake logs can be told from the program's lines.
        let thread = std::thread::Builder::new().name(THREAD.into());
        thread
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async move {
                    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                    tell.send(listener.local_addr().unwrap()).unwrap();
                    let router = Router::new()
                        .route("/crsc/api/status/{number}", get(status))
                        .route("/elsewhere", get(elsewhere))
                        .with_state(state);
                    axum::serve(listener, router).await.unwrap();
                });
            })
            .unwrap();
        let address = format!("http://{}/crsc/api/status", listen.recv().unwrap());
        Self { address, told }
    }

    pub(crate) fn says(&self, odd: Option<Odd>) {
        self.told.lock().unwrap().odd = odd;
    }

    /// Number and fields of every request so far.
    pub(crate) fn asked(&self) -> Vec<(String, BTreeMap<String, String>)> {
        self.told.lock().unwrap().asked.clone()
    }

    /// How often a redirect was followed.
    pub(crate) fn elsewhere(&self) -> usize {
        self.told.lock().unwrap().elsewhere
    }
}

async fn elsewhere(State(told): State<Arc<Mutex<Told>>>) -> Response {
    told.lock().unwrap().elsewhere += 1;
    xml("BLANK_NO_NEW_INFO", "BRIGHTWELL", FORENAME, ISSUED)
}

async fn status(
    State(told): State<Arc<Mutex<Told>>>,
    Path(number): Path<String>,
    Query(fields): Query<BTreeMap<String, String>>,
) -> Response {
    let odd = {
        let mut told = told.lock().unwrap();
        told.asked.push((number.clone(), fields.clone()));
        told.odd
    };
    let whole = ["dateOfBirth", "surname", "organisationName", "employeeSurname", "employeeForename"]
        .iter()
        .all(|name| fields.get(*name).is_some_and(|value| !value.is_empty()));
    let agreed = fields.get("hasAgreedTermsAndConditions").is_some_and(|value| value == "true");
    if !whole || !agreed || number.len() != 12 {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let code = match number.as_bytes()[0] {
        b'1' => "NO_MATCH_FOUND",
        b'2' => "BLANK_NO_NEW_INFO",
        b'3' => "NON_BLANK_NO_NEW_INFO",
        b'4' => "NEW_INFO",
        b'9' => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    let surname = fields["surname"].to_uppercase();
    match odd {
        None => xml(code, &surname, FORENAME, ISSUED),
        Some(odd) => oddly(odd, code, &surname).await,
    }
}

async fn oddly(odd: Odd, code: &str, surname: &str) -> Response {
    let good = text(code, surname, FORENAME, ISSUED);
    let sent = |body: String| ([(header::CONTENT_TYPE, "application/xml")], body).into_response();
    match odd {
        Odd::Hangs => {
            tokio::time::sleep(Duration::from_secs(120)).await;
            sent(good)
        }
        Odd::Page => {
            axum::response::Html(format!("<html><body><p>{code} is down for maintenance</p></body></html>"))
                .into_response()
        }
        Odd::Torn => sent(good[..good.len() / 2].to_owned()),
        Odd::Huge => sent(format!("{good}{}", " ".repeat(1 << 20))),
        Odd::Endless => sent(good.replace("<forename>", &format!("<forename>{}", "A".repeat(1 << 16)))),
        Odd::Entity => sent(format!(
            "<!DOCTYPE a [<!ENTITY code \"{code}\">]>{}",
            good.replace(&format!("<status>{code}"), "<status>&code;")
        )),
        Odd::Redirect => (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response(),
        Odd::Nested => sent(good.replace(&format!("<status>{code}"), &format!("<status>not {code}"))),
        Odd::WrongName => xml(code, surname, "Somebody Else", ISSUED),
        Odd::WrongDay => xml(code, surname, FORENAME, "2024-02-01"),
        Odd::Failure => sent(good.replace("SUCCESS", "FAILURE")),
        Odd::Denied => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn xml(code: &str, surname: &str, forename: &str, printed: &str) -> Response {
    ([(header::CONTENT_TYPE, "application/xml")], text(code, surname, forename, printed)).into_response()
}

fn text(code: &str, surname: &str, forename: &str, printed: &str) -> String {
    format!(
        "<statusCheckResult><statusCheckResultType>SUCCESS</statusCheckResultType><status>{code}</status><forename>{}\
         </forename><surname>{surname}</surname><printDate class=\"sql-date\">{printed}</printDate></statusCheckResult>",
        forename.to_uppercase()
    )
}
