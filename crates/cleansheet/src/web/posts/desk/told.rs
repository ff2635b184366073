//! Who was told that a post waits, and that somebody has opened it.

use std::time::Duration;

use cleansheet_records::{StoreError, cover};
use cleansheet_terms::PostId;

use crate::{
    app::App,
    web::{Problem, Signed, clock_words, layout::first_name},
};

/// How long a page waits to note that somebody has opened a post.
const MOST_WAIT: Duration = Duration::from_millis(100);

/// Somebody who was told that a post waits looks at it: the others need not be told. As with a sign-in's last act, reading
/// never waits for those who write; what is not noted now is noted with the next look.
pub(in crate::web::posts) async fn opened(app: &App, me: &Signed, id: &PostId) -> Result<(), Problem> {
    if !cover::is_unopened(&mut app.records.read().await?, id, &me.person.id).await? {
        return Ok(());
    }
    let note = async {
        let mut tx = app.records.begin().await?;
        cover::opened(&mut tx, id, &me.person.id, app.clock.now()).await?;
        tx.commit().await
    };
    let _later_is_fine: Result<Result<(), StoreError>, _> = tokio::time::timeout(MOST_WAIT, note).await;
    Ok(())
}

/// Who was told that a post waits, in sentences.
pub(in crate::web::posts) async fn told(app: &App, id: &PostId) -> Result<Vec<String>, Problem> {
    let told = cover::told_of(&mut app.records.read().await?, id).await?;
    let say = |one: cover::ToldOf| {
        let (who, at) = (first_name(&one.name), clock_words::hour(one.at));
        let on_call = if one.on_call { ", on call," } else { "" };
        match one.opened {
            Some(opened) => {
                format!("{who}{on_call} was told at {at} and opened it at {}", clock_words::hour(opened))
            }
            None => format!("{who}{on_call} was told at {at}"),
        }
    };
    Ok(told.into_iter().map(say).collect())
}
