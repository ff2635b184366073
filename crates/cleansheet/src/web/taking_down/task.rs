//! One post that a person takes down by hand.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{Html, Redirect},
};
use cleansheet_records::tasks::{Task, TaskError, Tasks};
use cleansheet_terms::TaskId;

use crate::{
    app::App,
    web::{
        Problem, Signed, clock_words,
        layout::Page,
        parts,
        problem::{sentence, show},
    },
};

#[derive(Template)]
#[template(path = "taking_down/task.html")]
struct One {
    page: Page,
    id: String,
    title: String,
    account: String,
    network: String,
    url: Option<String>,
    words: String,
    why: String,
    who: String,
    due: String,
    late: bool,
    /// Somebody said that it is gone, and it is looked for.
    said: Option<String>,
    /// Somebody said so, and it was still there.
    seen: Option<String>,
    done: Option<String>,
    /// Whoever reads it may say that it is gone.
    mine: bool,
}

/// `GET /tasks/{task}` — what is to be taken down, where, by when.
pub(in crate::web) async fn get(
    State(app): State<Arc<App>>,
    me: Signed,
    page: Page,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let (mut tx, now) = (app.records.read().await?, app.clock.now());
    let task = found(&mut Tasks(&mut tx), &id).await?;
    let mine = Tasks(&mut tx).may_say(&task, &me.person.id, now).await?;
    let done = task.done.map(|at| match task.on_word {
        true => format!(
            "Taken down by hand; the word of {} counts, because nothing can be read there.",
            task.person_name
        ),
        false => format!("We looked on {}, and it was not there.", clock_words::exact(at)),
    });
    show(&One {
        id: task.id.to_string(),
        title: super::super::posts::title(&task.words),
        account: task.channel_name,
        network: task.network.to_string(),
        url: task.url,
        words: task.words,
        why: sentence(&task.why),
        who: task.person_name,
        due: clock_words::moment(task.due),
        late: task.done.is_none() && task.due <= now,
        seen: task.seen.filter(|_| task.said.is_none()).map(clock_words::moment),
        said: task.said.filter(|_| task.done.is_none()).map(|(_, at)| clock_words::hour(at)),
        done,
        mine,
        page,
    })
}

/// `POST /tasks/{task}` — it is gone, somebody says.
pub(in crate::web) async fn post(
    State(app): State<Arc<App>>,
    me: Signed,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = TaskId::parse(&id).map_err(|_| Problem::NotFound)?;
    let mut tx = app.records.begin().await?;
    Tasks(&mut tx).say_done(&id, &me.person.id, &*app.clock, &mut &app.entropy).await?;
    tx.commit().await?;
    app.wake.all();
    Ok(Redirect::to(&format!("/tasks/{id}")))
}

async fn found(tasks: &mut Tasks<'_>, id: &str) -> Result<Task, Problem> {
    let id = TaskId::parse(id).map_err(|_| Problem::NotFound)?;
    tasks.task(&id).await?.ok_or(Problem::NotFound)
}

impl From<TaskError> for Problem {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Missing(_) => Self::NotFound,
            TaskError::Done | TaskError::NotYours(_) => Self::Conflict(error.to_string()),
            TaskError::Store(error) => error.into(),
        }
    }
}
