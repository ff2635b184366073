//! A draft's page, what its second person is shown, and what a post that waits can still become.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{
    post,
    site::TestSite,
};

/// What a field of a page holds.
fn value<'a>(page: &'a str, before: &str) -> &'a str {
    page.split(before).nth(1).expect("the page has it").split('"').next().unwrap()
}

/// The caption as the second person reads it.
fn words_of(page: &str) -> &str {
    page.split("Words: ").nth(1).expect("the page has it").split('.').next().unwrap()
}

/// Behind the program's back the words change all the time, each text with a revision of its own: whatever a page shows,
/// the form on it stands for these very words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_words_that_are_shown_are_the_words_that_are_approved() {
    let site = TestSite::new().await;
    let post = post::submitted(&site).await;
    let over = AtomicBool::new(false);
    let reading = async {
        let mut priya = site.browser("approver").await;
        let mut shown = BTreeMap::<String, String>::new();
        for _ in 0..60 {
            let page = priya.get(&format!("/posts/{post}/approve")).await.text();
            let (content, words) = (value(&page, "name=\"content\" value=\""), words_of(&page));
            let before = shown.insert(content.to_owned(), words.to_owned());
            assert!(before.is_none_or(|before| before == words), "one form for two texts: {words}");
        }
        over.store(true, Ordering::SeqCst);
        shown.len()
    };
    let writing = async {
        while !over.load(Ordering::SeqCst) {
            for (revision, words) in [(2, "one"), (3, "two")] {
                site.tamper(&format!(
                    "UPDATE post SET caption = 'Words: {words}.', revision = {revision} WHERE id = '{post}'"
                ))
                .await;
            }
        }
    };
    let (texts, ()) = tokio::join!(reading, writing);
    assert!(texts > 1, "nothing changed meanwhile");
}
