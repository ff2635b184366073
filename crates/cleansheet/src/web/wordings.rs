//! The words people are asked in, their translations and who has approved them, and how children may be shown: the
//! Manager's.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use cleansheet_locales::{KEYS, Language, Reader, Words, shipped};
use cleansheet_policy::facts::Dial;
use cleansheet_records::{
    Tx,
    consents::{ConsentError, Dials, Edition, EditionWording, Editions, Purpose, Review},
};
use cleansheet_terms::day_in_london;

use super::{
    Problem, Signed, clock_words, fields::Fields, layout::Page, parts, problem::sentence, problem::show,
};
use crate::{
    app::App,
    wordings::{self, WordingError},
};

/// How one language stands.
struct Standing {
    code: &'static str,
    name: &'static str,
    own_name: &'static str,
    direction: &'static str,
    state: &'static str,
    word: &'static str,
    says: String,
}

/// The dial of one purpose.
struct DialLine {
    field: &'static str,
    title: &'static str,
    now: Dial,
}

#[derive(Template)]
#[template(path = "wordings/list.html")]
struct List {
    page: Page,
    since: Option<String>,
    networks: String,
    readable: bool,
    new_texts: bool,
    languages: Vec<Standing>,
    dials: Vec<DialLine>,
}

/// One text in English and in another language.
struct Pair {
    key: &'static str,
    english: String,
    theirs: String,
}

/// The texts of one reader.
struct Part {
    reader: &'static str,
    title: &'static str,
    pairs: Vec<Pair>,
}

#[derive(Template)]
#[template(path = "wordings/language.html")]
struct Side {
    page: Page,
    language: Language,
    parts: Vec<Part>,
    review: Option<(String, String)>,
    /// What an approval is for, when there is a translation to approve.
    read: Option<ToRead>,
}

/// What somebody has before them: it may have changed when they press.
struct ToRead {
    edition: String,
    texts: String,
}

#[derive(Template)]
#[template(path = "wordings/edit.html")]
struct Edit {
    page: Page,
    language: Language,
    /// The edition that the page is about; empty when there is none.
    edition: String,
    parts: Vec<Part>,
    sorry: Option<String>,
}

/// `GET /wordings` — what people are asked now, in which languages, and how children may be shown.
pub(super) async fn list(State(app): State<Arc<App>>, page: Page) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let edition = Editions(&mut tx).in_force().await?;
    let dials = Dials(&mut tx).all().await?;
    let dials = dials.into_iter().map(|(purpose, now)| DialLine {
        field: purpose.as_str(),
        title: if purpose == Purpose::Promotion { "Adverts" } else { "Reports" },
        now,
    });
    let networks = edition.as_ref().map(|edition| {
        edition.networks.iter().map(|network| network.to_string()).collect::<Vec<_>>().join(", ")
    });
    show(&List {
        page,
        since: edition.as_ref().map(|edition| clock_words::day(day_in_london(edition.made))),
        networks: networks.unwrap_or_default(),
        readable: edition.as_ref().is_some_and(can_be_shown),
        new_texts: edition.as_ref().is_none_or(wordings::differs_from_shipped),
        languages: Language::ALL.map(|language| standing(edition.as_ref(), language)).into(),
        dials: dials.collect(),
    })
}

/// `GET /wordings/{language}` — side by side with English.
pub(super) async fn language(
    State(app): State<Arc<App>>,
    page: Page,
    Path(language): Path<String>,
) -> Result<Html<String>, Problem> {
    let language = Language::parse(&language).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    let edition = Editions(&mut tx).in_force().await?;
    let there = edition
        .as_ref()
        .filter(|edition| Reader::ALL.iter().all(|reader| of(edition, *reader, language).is_some()));
    let read =
        there.map(|edition| ToRead { edition: edition.id.to_string(), texts: texts(edition, language) });
    let review = edition.as_ref().and_then(|edition| of(edition, Reader::Guardian, language)?.review.clone());
    show(&Side {
        parts: pairs(edition.as_ref(), language, false),
        review: review.map(|(who, at)| (who, clock_words::day(day_in_london(at)))),
        read,
        language,
        page,
    })
}

/// `GET /wordings/{language}/edit` — one box for each text.
pub(super) async fn edit(
    State(app): State<Arc<App>>,
    page: Page,
    Path(language): Path<String>,
) -> Result<Html<String>, Problem> {
    let language = Language::parse(&language).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.read().await?;
    let edition = Editions(&mut tx).in_force().await?;
    let parts = pairs(edition.as_ref(), language, true);
    show(&Edit { edition: id_of(edition.as_ref()), parts, sorry: None, language, page })
}

/// `POST /wordings/{language}` — English: a new edition, and everybody has to be asked anew. Another language: a
/// translation that somebody has to approve.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(language): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let language = Language::parse(&language).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    match put(&mut tx, &app, &me, language, &fields).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(Redirect::to(&format!("/wordings/{language}")).into_response())
        }
        Err(error @ (WordingError::Words(_) | WordingError::Consent(ConsentError::OtherWords))) => {
            let status = match error {
                WordingError::Words(_) => StatusCode::UNPROCESSABLE_ENTITY,
                WordingError::Consent(_) => StatusCode::CONFLICT,
            };
            let edition = Editions(&mut tx).in_force().await?;
            let mut parts = pairs(edition.as_ref(), language, true);
            for part in &mut parts {
                for pair in &mut part.pairs {
                    pair.theirs = fields.one(&format!("{}.{}", part.reader, pair.key)).to_owned();
                }
            }
            let (edition, sorry) = (id_of(edition.as_ref()), Some(sentence(&error.to_string())));
            Ok((status, show(&Edit { page, language, edition, parts, sorry })?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /wordings/program` — the words that come with the program, and their translations.
pub(super) async fn program(State(app): State<Arc<App>>, me: Signed) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    wordings::put_shipped_in_force(&mut tx, Some(&me.person.id), &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    Ok(Redirect::to("/wordings"))
}

/// `POST /wordings/{language}/approve` — somebody who knows the language says that it says the same.
pub(super) async fn approve(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(language): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let language = Language::parse(&language).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    let edition = Editions(&mut tx).in_force().await?.ok_or(Problem::NotFound)?;
    let (name, how) = (fields.one("name").trim(), fields.one("how").trim());
    if name.is_empty() || how.is_empty() {
        return Err(WordingError::from(ConsentError::NoReviewer).into());
    }
    let reviewer = format!("{name}, {how}");
    if fields.one("texts") != texts(&edition, language) || fields.one("edition") != edition.id.as_str() {
        return Err(WordingError::from(ConsentError::OtherWords).into());
    }
    let (code, by, read) = (language.code(), &me.person.id, &edition.texts_in(language.code()));
    let review = Review { edition: &edition.id, language: code, texts: read, reviewer: &reviewer, by };
    let approved = Editions(&mut tx).approve(&review, &*app.clock, &mut &app.entropy).await;
    approved.map_err(WordingError::from)?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/wordings/{language}")))
}

/// `POST /wordings/dials` — how children may be shown.
pub(super) async fn dials(
    State(app): State<Arc<App>>,
    me: Signed,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let mut tx = app.records.begin().await?;
    let now = Dials(&mut tx).all().await?;
    for purpose in Purpose::OF_POSTS {
        let level = match fields.one(purpose.as_str()) {
            "covered" => Dial::Covered,
            "no_close_up" => Dial::NoCloseUp,
            "consent" => Dial::Consent,
            _ => return Err(Problem::Wrong("choose how children may be shown for each use".to_owned())),
        };
        if now.get(&purpose) != Some(&level) {
            Dials(&mut tx).set(purpose, level, &me.person.id, &*app.clock, &mut &app.entropy).await?;
        }
    }
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to("/wordings"))
}

async fn put(
    tx: &mut Tx,
    app: &App,
    me: &Signed,
    language: Language,
    fields: &Fields,
) -> Result<(), WordingError> {
    let text = |reader: Reader| {
        wordings::from_form(language, |key| fields.one(&format!("{}.{key}", reader.as_str())).to_owned())
    };
    let edition = Editions(tx).in_force().await.map_err(ConsentError::from)?;
    if fields.one("edition") != id_of(edition.as_ref()) {
        return Err(ConsentError::OtherWords.into());
    }
    let [guardian, child, adult] = [text(Reader::Guardian)?, text(Reader::Child)?, text(Reader::Adult)?];
    let words = [(Reader::Guardian, guardian), (Reader::Child, child), (Reader::Adult, adult)];
    if language == Language::English {
        wordings::put_in_force(tx, words, Some(&me.person.id), &*app.clock, &mut &app.entropy).await?;
        return Ok(());
    }
    let edition = edition.ok_or(ConsentError::NoWording)?;
    for (reader, text) in &words {
        Editions(tx).add_translation(&edition.id, *reader, language.code(), text, &*app.clock).await?;
    }
    Ok(())
}

fn id_of(edition: Option<&Edition>) -> String {
    edition.map(|edition| edition.id.to_string()).unwrap_or_default()
}

/// The hashes of a translation's texts, as a form carries them.
fn texts(edition: &Edition, language: Language) -> String {
    let hashes = edition.texts_in(language.code());
    hashes.iter().map(|hash| hash.to_string()).collect::<Vec<_>>().join(" ")
}

fn of(edition: &Edition, reader: Reader, language: Language) -> Option<&EditionWording> {
    edition.wordings.iter().find(|one| one.reader == reader && one.language == language.code())
}

/// Old words, from before there was a text for each question, can be shown to nobody.
fn can_be_shown(edition: &Edition) -> bool {
    let readable = |reader| {
        of(edition, reader, Language::English)
            .is_some_and(|one| Words::parse(Language::English, &one.text).is_ok())
    };
    Reader::ALL.into_iter().all(readable)
}

fn standing(edition: Option<&Edition>, language: Language) -> Standing {
    let all = edition.map(|edition| Reader::ALL.map(|reader| of(edition, reader, language)));
    let approved = all.is_some_and(|all| all.iter().all(|one| one.is_some_and(EditionWording::is_approved)));
    let review = edition.and_then(|edition| of(edition, Reader::Guardian, language)?.review.clone());
    let (state, word, says) = match (approved, language, review) {
        (true, Language::English, _) => ("ok", "In force", "The words that all others say again.".to_owned()),
        (true, _, Some((who, at))) => {
            ("ok", "Approved", format!("By {who}, on {}.", clock_words::day(day_in_london(at))))
        }
        _ if all.is_some_and(|all| all.iter().all(Option::is_some)) => (
            "hold",
            "Not approved",
            "Families read the questions in English until somebody who knows the language approves it."
                .to_owned(),
        ),
        _ => (
            "off",
            "No translation",
            "Families read the questions in English. Write the translation, then have it approved."
                .to_owned(),
        ),
    };
    Standing {
        code: language.code(),
        name: language.english_name(),
        own_name: language.own_name(),
        direction: language.direction(),
        state,
        word,
        says,
    }
}

/// Every text beside its English. Where there is none, an editor begins with what the program has.
fn pairs(edition: Option<&Edition>, language: Language, to_edit: bool) -> Vec<Part> {
    let text = |reader, language| {
        let kept = edition.and_then(|edition| of(edition, reader, language)).map(|one| one.text.as_str());
        let kept = kept.and_then(|text| Words::parse(language, text).ok());
        let begin = || to_edit.then(|| Words::parse(language, shipped(reader, language)).ok()).flatten();
        kept.or_else(begin)
    };
    let source = |words: &Option<Words>, key: &str| {
        let all = words.as_ref().map(Words::sources).unwrap_or_default();
        all.iter().find(|(name, _)| *name == key).map(|(_, text)| text.clone()).unwrap_or_default()
    };
    let titles = ["To a parent or carer", "To a child of 12 or more", "To an adult"];
    let part = |(reader, title): (Reader, &'static str)| {
        let (english, theirs) = (text(reader, Language::English), text(reader, language));
        let pair = |key| Pair { key, english: source(&english, key), theirs: source(&theirs, key) };
        Part { reader: reader.as_str(), title, pairs: KEYS.map(pair).into() }
    };
    Reader::ALL.into_iter().zip(titles).map(part).collect()
}

impl From<WordingError> for Problem {
    fn from(error: WordingError) -> Self {
        match error {
            WordingError::Words(error) => Self::Wrong(error.to_string()),
            WordingError::Consent(error) => {
                cleansheet_records::withdrawals::WithdrawalError::from(error).into()
            }
        }
    }
}
