//! What the policy's own clock says to people: at the end of setup, and by itself.

use cleansheet_records::{
    StoreError,
    review::{self, ReviewClock},
};
use cleansheet_terms::{Timestamp, day_in_london};

use crate::{app::App, profile::Profile};

/// Reminds whoever has not read the policy in force, and whoever reviews it next.
pub(crate) async fn by_itself(app: &App) -> Result<(), StoreError> {
    let (paper, url) = (app.settings.profile.on_paper(), &app.settings.public_url);
    let sent = review::by_itself(&app.records, &paper, url, &*app.clock, &mut &app.entropy).await?;
    if sent > 0 {
        tracing::info!(mails = sent, "people are reminded of the policy");
        app.wake.all();
    }
    Ok(())
}

/// What is out of date in a policy that was last reviewed on paper, one sentence each.
pub(crate) fn out_of_date(profile: &Profile) -> Vec<String> {
    let (manager, it) = (&profile.contacts.manager, &profile.contacts.it);
    let last = profile.review.last.in_words();
    vec![
        format!(
            "It names social networks as they were called in {last}; some have other names or owners now."
        ),
        format!(
            "Clause 16 names {} ({}) and {} ({}). Nobody may have checked since whether they are still right.",
            manager.name, manager.mail, it.name, it.mail
        ),
        format!("Law and guidance have changed since {last}; the review shows what, and what it means here."),
    ]
}

/// Whom the policy's cover names for the next review without their being among the people.
pub(crate) async fn not_here(app: &App) -> Result<Vec<String>, StoreError> {
    let mut tx = app.records.read().await?;
    let clock = ReviewClock::read(&mut tx, &app.settings.profile.on_paper()).await?;
    review::not_here(&mut tx, &clock).await
}

/// What the end of setup says about a review that is overdue; nothing when it is not.
///
/// - `missing`: [`not_here`].
pub(crate) fn at_setup(
    profile: &Profile,
    missing: &[String],
    public_url: &str,
    now: Timestamp,
) -> Vec<String> {
    let (paper, today) = (profile.on_paper(), day_in_london(now));
    let clock = ReviewClock {
        last: paper.last,
        last_by: vec![paper.last_by],
        next_due: paper.next_due,
        next_by: paper.next_by,
        on_paper: true,
    };
    if clock.months_overdue(today).is_none() {
        return Vec::new();
    }
    let mut lines = vec![format!(
        "\nThe policy’s review is {}: it was last reviewed in {}, and the next review was due in {}.",
        clock.in_words(today),
        clock.last.in_words(),
        clock.next_due.in_words()
    )];
    lines.extend(out_of_date(profile).into_iter().map(|line| format!("- {line}")));
    lines.extend(missing.iter().map(|name| {
        format!(
            "- {name} is named for the next review and is not among the people here yet. Add them: {public_url}/people"
        )
    }));
    lines.push(format!("Once you are signed in, begin the review: {public_url}/policy/review"));
    lines
}

#[cfg(test)]
mod tests {
    use super::at_setup;
    use crate::profile::Profile;

    #[test]
    fn setup_says_of_the_paper_policy_how_overdue_it_is_and_what_is_out_of_date() {
        let cuct = Profile::parse(include_str!("../../../profiles/cuct.toml")).unwrap();
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let said = at_setup(&cuct, &["Vicky Neal".to_owned()], "https://posts.example.org", now).join("\n");
        for part in
            ["44 months overdue", "March 2022", "March 2023", &cuct.contacts.it.mail, "/policy/review"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(said.contains("Vicky Neal is named for the next review"), "nobody would remind her: {said}");
        assert!(at_setup(&Profile::demo().unwrap(), &[], "https://posts.example.org", now).is_empty());
    }
}
