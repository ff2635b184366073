//! The calendar: what goes out when, by month or week; moved by mouse, finger, keyboard or a plain form.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{Html, Redirect},
};
use cleansheet_terms::{Date, PostId, Timestamp, day_in_london};
use jiff::ToSpan as _;
use serde::Deserialize;

use super::{
    desk::{self, Day, Planned},
    when,
};
use crate::{
    app::App,
    web::{Problem, Signed, clock_words, csv::CsvFile, fields::Fields, layout::Page, parts, problem::show},
};

/// Which days, and what somebody looks for.
#[derive(Deserialize, Default)]
pub(in crate::web) struct Search {
    /// `month` or `week`.
    #[serde(default)]
    show: String,
    /// A day of it; today when it says nothing.
    #[serde(default)]
    day: String,
    #[serde(default)]
    words: String,
    /// The post that was just moved.
    #[serde(default)]
    moved: String,
    /// It has to be approved anew.
    #[serde(default)]
    anew: Option<String>,
}

struct DayView {
    /// `2026-11-28`.
    iso: String,
    /// `Saturday 28 November`.
    name: String,
    number: i8,
    is_today: bool,
    /// Of another month than the one that is shown.
    other: bool,
    posts: Vec<LineView>,
}

struct LineView {
    id: String,
    title: String,
    about: String,
    day: String,
    time: String,
    state: &'static str,
    word: &'static str,
    may_move: bool,
}

#[derive(Template)]
#[template(path = "posts/calendar.html")]
struct Calendar {
    page: Page,
    title: String,
    show: &'static str,
    day: String,
    before: String,
    after: String,
    words: String,
    weeks: Vec<Vec<DayView>>,
    empty: bool,
    waiting: Vec<LineView>,
    said: String,
}

/// The days that are shown.
struct Span {
    show: &'static str,
    day: Date,
    from: Date,
    to: Date,
}

impl Span {
    fn of(search: &Search, today: Date) -> Self {
        let day: Date = search.day.parse().unwrap_or(today);
        if search.show == "week" {
            let from = monday(day);
            return Self { show: "week", day, from, to: later(from, 7) };
        }
        let (from, last) = (monday(day.first_of_month()), day.last_of_month());
        Self { show: "month", day, from, to: later(monday(last), 7) }
    }

    /// A day of the span before this one, and one of the span behind it.
    fn around(&self) -> (Date, Date) {
        if self.show == "week" {
            return (later(self.day, -7), later(self.day, 7));
        }
        (later(self.day.first_of_month(), -1), later(self.day.last_of_month(), 1))
    }

    fn title(&self) -> String {
        match self.show {
            "week" => format!("Week of {}", clock_words::day(self.from)),
            _ => self.day.strftime("%B %Y").to_string(),
        }
    }
}

/// `GET /calendar` — a month, or a week.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Query(search): Query<Search>,
) -> Result<Html<String>, Problem> {
    let today = day_in_london(app.clock.now());
    let span = Span::of(&search, today);
    let (days, waiting) = desk::planned(&app, &me, span.from, span.to, &search.words).await?;
    let empty = days.iter().all(|day| day.posts.is_empty());
    let said = days.iter().flat_map(|day| &day.posts).find(|one| one.id.as_str() == search.moved);
    let said = said.and_then(|one| said_of(one, search.anew.is_some(), app.clock.now())).unwrap_or_default();
    let views: Vec<DayView> = days.iter().map(|day| day_view(day, &span, today)).collect();
    let (before, after) = span.around();
    let mut weeks: Vec<Vec<DayView>> = Vec::new();
    for (n, day) in views.into_iter().enumerate() {
        if n % 7 == 0 {
            weeks.push(Vec::new());
        }
        if let Some(week) = weeks.last_mut() {
            week.push(day);
        }
    }
    show(&Calendar {
        title: span.title(),
        show: span.show,
        day: span.day.to_string(),
        before: before.to_string(),
        after: after.to_string(),
        words: search.words,
        weeks,
        empty,
        waiting: waiting.iter().map(line_view).collect(),
        said,
        page,
    })
}

fn said_of(one: &Planned, anew: bool, now: Timestamp) -> Option<String> {
    let at = clock_words::some_moment(one.at?, now);
    Some(if anew {
        format!(
            "“{}” is planned for {at}. It is a draft again: send it for approval for this time.",
            one.title
        )
    } else {
        format!("“{}” goes out on {at}.", one.title)
    })
}

fn day_view(day: &Day, span: &Span, today: Date) -> DayView {
    DayView {
        iso: day.day.to_string(),
        name: day.day.strftime("%A %-d %B").to_string(),
        number: day.day.day(),
        is_today: day.day == today,
        other: span.show == "month" && day.day.month() != span.day.month(),
        posts: day.posts.iter().map(line_view).collect(),
    }
}

fn line_view(one: &Planned) -> LineView {
    let (day, time) = when::boxes(one.at);
    LineView {
        id: one.id.to_string(),
        title: one.title.clone(),
        about: format!("{} · {}", one.author, one.activity),
        day,
        time,
        state: one.state.0,
        word: one.state.1,
        may_move: one.may_move,
    }
}

/// `GET /calendar.csv` — the same days as a file.
pub(in crate::web) async fn export(
    State(app): State<Arc<App>>,
    me: Signed,
    Query(search): Query<Search>,
) -> Result<CsvFile, Problem> {
    let span = Span::of(&search, day_in_london(app.clock.now()));
    let (days, _) = desk::planned(&app, &me, span.from, span.to, &search.words).await?;
    let mut file = CsvFile::new("calendar", &["Day", "Time", "Post", "Author and activity", "State", "Id"])?;
    for one in days.iter().flat_map(|day| &day.posts).map(line_view) {
        file.row(&[one.day, one.time, one.title, one.about, one.word.to_owned(), one.id])?;
    }
    Ok(file)
}

/// `POST /calendar/{id}` — another time for a post.
pub(in crate::web) async fn change(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let id = PostId::parse(&id).map_err(|_| Problem::NotFound)?;
    let at = when::read(fields.one("day"), fields.one("time"), app.clock.now())
        .map_err(|no| Problem::Wrong(no.0))?
        .ok_or_else(|| Problem::Wrong("choose a day and a time, then press again".into()))?;
    let anew = desk::moved_to(&app, &me, &id, at).await?;
    let show = if fields.one("show") == "week" { "week" } else { "month" };
    let anew = if anew { "&anew=1" } else { "" };
    let day = day_in_london(at);
    Ok(Redirect::to(&format!("/calendar?show={show}&day={day}&moved={id}{anew}#post-{id}")))
}

fn monday(day: Date) -> Date {
    later(day, -i64::from(day.weekday().to_monday_zero_offset()))
}

fn later(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::{Search, Span};

    #[test]
    fn a_month_is_whole_weeks_and_leads_to_the_months_beside_it() {
        let today = "2026-11-21".parse().unwrap();
        let span = |show: &str, day: &str| {
            let search = Search { show: show.to_owned(), day: day.to_owned(), ..Search::default() };
            let span = Span::of(&search, today);
            let (before, after) = span.around();
            [span.from, span.to, before, after].map(|day| day.to_string())
        };
        assert_eq!(span("", ""), ["2026-10-26", "2026-12-07", "2026-10-31", "2026-12-01"]);
        assert_eq!(span("month", "2027-02-10"), ["2027-02-01", "2027-03-01", "2027-01-31", "2027-03-01"]);
        assert_eq!(span("week", "2026-11-29"), ["2026-11-23", "2026-11-30", "2026-11-22", "2026-12-06"]);
        assert_eq!(span("week", "no day"), ["2026-11-16", "2026-11-23", "2026-11-14", "2026-11-28"]);
    }
}
