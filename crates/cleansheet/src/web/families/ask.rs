//! The questions, in the words that are kept with the answers.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use cleansheet_locales::{Language, Said, Words, moment, texts};
use cleansheet_records::{
    Tx,
    consents::{self, Consents, Editions, Giver, Kind, NewAnswers, Purpose, Reader, Way},
    invitations::Invitations,
    mails::Mails,
    sign_ins::Came,
};
use cleansheet_terms::{Digest, Naming, day_in_london};

use super::{
    About, Family,
    form::{self, Form},
};
use crate::{
    app::App,
    web::{Problem, Visit, fields::Fields, parts, problem::show},
};

/// The words somebody is asked in now.
struct InForce {
    words: Words,
    language: Language,
    hash: Digest,
    /// There are none in the language of the page that anybody has checked.
    unchecked: bool,
}

type Answer = (Purpose, Kind, Option<Naming>);

/// One question with what was chosen, when the page comes back because something is missing.
struct Question {
    number: usize,
    name: String,
    words: String,
    chosen: String,
    missing: bool,
}

#[derive(Template)]
#[template(path = "families/ask.html")]
struct Ask {
    family: Family,
    base: String,
    home: &'static str,
    child: String,
    /// Nobody can say yes at the moment.
    closed: bool,
    unchecked: bool,
    changed: bool,
    language: Language,
    hash: String,
    title: String,
    intro: String,
    questions: Vec<Question>,
    total: usize,
    yes: String,
    no: String,
    naming: Question,
    naming_hint: String,
    namings: Vec<(&'static str, String)>,
    know: String,
    known: Vec<(&'static str, String)>,
    missing: Vec<usize>,
}

/// `GET /g/children/{number}/answer`, `GET /own/answer` — the questions; nothing is ever ticked for anybody.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    about: About,
    family: Family,
) -> Result<Html<String>, Problem> {
    let mut tx = app.records.read().await?;
    let now_asked = in_force(&mut tx, &app, &about, &family).await?;
    show(&page(&app, &about, family, now_asked, &Fields::default(), Vec::new())?)
}

/// `POST /g/children/{number}/answer`, `POST /own/answer` — writes the answers down, when every question has one.
pub(in crate::web) async fn post(
    State(app): State<Arc<App>>,
    about: About,
    family: Family,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    about.is_meant(&fields)?;
    let mut tx = app.records.begin().await?;
    let now_asked = in_force(&mut tx, &app, &about, &family).await?;
    let read = form::read(&fields, &form::FAMILY);
    let same_words = now_asked.as_ref().is_some_and(|asked| {
        asked.hash.to_string() == fields.one("words") && asked.language.code() == fields.one("language")
    });
    let answers = match read {
        Form::Foreign => {
            return Err(Problem::Wrong("the form arrived damaged; open the page again".to_owned()));
        }
        Form::Partly(missing) if same_words => {
            let again = show(&page(&app, &about, family, now_asked, &fields, missing)?)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
        }
        Form::Whole(answers) if same_words => answers,
        Form::Partly(_) | Form::Whole(_) => {
            let mut again = page(&app, &about, family, now_asked, &Fields::default(), Vec::new())?;
            again.changed = true;
            return Ok((StatusCode::CONFLICT, show(&again)?).into_response());
        }
    };
    let answers = if about.me.is_handed() { not_wider(&mut tx, &about, answers).await? } else { answers };
    let to = write_down(&mut tx, &app, &about, &visit, (&answers, fields.one("language"))).await?;
    if about.me.is_handed() {
        let closed = about.me.close(&mut tx, &app).await?;
        tx.commit().await?;
        app.wake.all();
        return Ok((closed, Redirect::to("/own/thanks")).into_response());
    }
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&to).into_response())
}

/// Whoever gave the child the phone may stand beside them: on it, nobody takes back a no that the child gave before, nor gives
/// more of their name. Those answers stay as they were, and the page says so to everybody alike.
async fn not_wider(tx: &mut Tx, about: &About, answers: Vec<Answer>) -> Result<Vec<Answer>, Problem> {
    let mut before = BTreeMap::new();
    for one in Consents(tx).answers_about(&about.participant.id).await? {
        if one.giver == Giver::Own {
            before.entry((one.purpose, one.kind)).or_insert(one.yes.then_some(one.naming));
        }
    }
    let narrower = |(purpose, kind, given): &Answer| match (given, before.get(&(*purpose, *kind))) {
        (Some(naming), Some(before)) => before.is_some_and(|before| *naming <= before),
        (None, _) | (Some(_), None) => true,
    };
    Ok(answers.into_iter().filter(narrower).collect())
}

/// Keeps the answers, tells whoever they are from, and says where to go next.
async fn write_down(
    tx: &mut Tx,
    app: &App,
    about: &About,
    visit: &Visit,
    (answers, language): (&consents::Answers, &str),
) -> Result<String, Problem> {
    let (clock, mut chance, trust) = (&*app.clock, &app.entropy, &app.settings.profile.trust.name);
    let sign_in = about.me.sign_in();
    let new = NewAnswers {
        participant: &about.participant.id,
        giver: about.me.giver(),
        answers,
        language,
        way: if sign_in.came == Came::Letter { Way::Letter } else { Way::Link },
        evidence: &evidence(about),
        until: consents::good_until(day_in_london(app.clock.now())),
        trust,
    };
    let answered = consents::answer(tx, &new, clock, &mut chance).await?;
    about.me.keep_language(tx, visit).await?;
    receipt_by_mail(tx, app, about).await?;
    Ok(match answered.withdrawal {
        Some(receipt) => format!("{}/receipts/{receipt}", about.me.base()),
        None => format!("{}?saved=yes", about.me.home()),
    })
}

/// How it was given, for a later doubt.
fn evidence(about: &About) -> String {
    let sign_in = about.me.sign_in();
    let how = match sign_in.came {
        Came::Link => "answered on their own page, after a code sent to the address on record",
        Came::Letter => "answered on their own page, after a code from a letter",
        Came::Handed => {
            "answered on their own page, on a phone that somebody who answers for them had signed in with"
        }
    };
    match &sign_in.link {
        Some(link) => format!("{how}; {link}"),
        None => how.to_owned(),
    }
}

/// Whoever is on record hears that answers came: a forwarded link does not go unnoticed.
async fn receipt_by_mail(tx: &mut Tx, app: &App, about: &About) -> Result<(), Problem> {
    let contact = Invitations(tx).contact(&about.me.visitor()).await?;
    let Some(contact) = contact.filter(|contact| !contact.mail.is_empty()) else { return Ok(()) };
    let say = texts(contact.language);
    let at = moment(say.language, app.clock.now());
    let lines = [
        say.with("moment", &at).say("mail-answered"),
        say.say("mail-answered-look"),
        say.say("mail-not-you"),
        format!("{}\n", app.settings.profile.trust.name),
    ];
    let (subject, clock) = (say.say("mail-answered-subject"), &*app.clock);
    Mails(tx).queue(&contact.mail, &subject, &lines.join("\n\n"), clock, &mut &app.entropy).await?;
    Ok(())
}

/// The words in force for this reader: in their language if somebody has checked them, else in English.
async fn in_force(
    tx: &mut Tx,
    app: &App,
    about: &About,
    family: &Family,
) -> Result<Option<InForce>, Problem> {
    let reader: Reader = about.reader(day_in_london(app.clock.now()));
    let Some(edition) = Editions(tx).in_force().await? else { return Ok(None) };
    let wished = family.t.language;
    let theirs = edition.wording(reader, wished.code()).map(|wording| (wished, wording));
    let english = || edition.wording(reader, "en").map(|wording| (Language::English, wording));
    let Some((language, wording)) = theirs.or_else(english) else { return Ok(None) };
    let Ok(words) = Words::parse(language, &wording.text) else { return Ok(None) };
    Ok(Some(InForce { words, language, hash: wording.hash, unchecked: language != wished }))
}

fn page(
    app: &App,
    about: &About,
    family: Family,
    asked: Option<InForce>,
    fields: &Fields,
    missing: Vec<usize>,
) -> Result<Ask, Problem> {
    let (language, name) =
        (asked.as_ref().map_or(Language::English, |asked| asked.language), about.first_name());
    let said = Said {
        child: &name,
        trust: &family.page.trust,
        until: consents::good_until(day_in_london(app.clock.now())),
    };
    let say =
        |key: &str| asked.as_ref().map(|asked| asked.words.say(key, language, &said)).unwrap_or_default();
    let question = |number: usize, name: String, key: &str| Question {
        number,
        words: say(key),
        chosen: form::chosen(fields, &name),
        missing: missing.contains(&number),
        name,
    };
    let questions: Vec<Question> = (1..)
        .zip(consents::QUESTIONS)
        .map(|(number, (purpose, kind))| {
            let name = form::name(purpose, kind);
            let key = format!("q-{name}");
            question(number, name, &key)
        })
        .collect();
    let total = questions.len() + 1;
    let known = [
        ("hold", "know-ends"),
        ("people", "know-together"),
        ("note", "know-child"),
        ("live", "know-copies"),
        ("stop", "know-change"),
    ];
    Ok(Ask {
        base: about.base.clone(),
        home: about.me.home(),
        child: about.participant.id.to_string(),
        closed: asked.is_none(),
        unchecked: asked.as_ref().is_some_and(|asked| asked.unchecked),
        changed: false,
        language,
        hash: asked.as_ref().map(|asked| asked.hash.to_string()).unwrap_or_default(),
        title: if asked.is_some() { say("title") } else { family.say("closed-title") },
        intro: say("intro"),
        total,
        yes: say("yes"),
        no: say("no"),
        naming: question(total, "naming".to_owned(), "naming"),
        naming_hint: say("naming-hint"),
        namings: Naming::ALL
            .map(|naming| (naming.as_str(), say(&format!("naming-{}", naming.as_str()))))
            .into(),
        know: say("know"),
        known: known.map(|(icon, key)| (icon, say(key))).into(),
        questions,
        missing,
        family,
    })
}
