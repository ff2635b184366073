//! The story: one post from a draft to the public and back, played in the terminal. Nothing is acted: every step is
//! a request to the program's own pages, and what is printed is what they answered.

use std::{
    fs, io,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use cleansheet_ledger::{Fault, NoteError, VerifierKey, verify};
use tokio::time::sleep;

use super::{
    Filled,
    browser::{Browser, Notice, all_between, between, notices},
    people::{APPROVER, AUTHOR, COLLEAGUES, REFUSED_CHILD, WITHDRAWING_GUARDIAN, WITHDRAWN_CHILD},
    visit::{Page, visit},
};
use crate::ledger_files::Folder;

const PICTURE: &str = "team.jpg";
const FIRST_WORDS: &str = "Bloody brilliant morning at Under-11s skills! Five of us, and a first goal in the last minute. \
    Want to join? Ring Jo on 07700 900123.";
const GOOD_WORDS: &str = "A brilliant morning at Under-11s skills! Five of us, and a first goal in the last minute. Want to join? Ask any coach.";
const ALT_TEXT: &str =
    "Five players behind the board at the touchline; one face is shown, the others are covered.";
/// A step that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the story did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// The demo's pictures.
    #[error(
        "the demo's picture `{0}` cannot be read ({1}); run `./dev demo` once, or say where it is with --pictures"
    )]
    Picture(PathBuf, io::Error),
    /// A page did not answer.
    #[error("a page did not answer: {0}")]
    Http(#[from] io::Error),
    /// A page answered something else than the story expects.
    #[error("the story stopped at “{step}”: {found}")]
    Unexpected {
        /// The step.
        step: &'static str,
        /// What came instead.
        found: String,
    },
    /// The ledger.
    #[error("the ledger does not verify: {0}")]
    Ledger(#[from] Fault),
    /// The ledger's key.
    #[error("the ledger's key cannot be read: {0}")]
    Key(#[from] NoteError),
}

/// What the story needs.
pub struct Stage<'a> {
    /// Where the program listens.
    pub at: SocketAddr,
    /// The address that people use.
    pub origin: &'a str,
    /// Sign-in links and invitations.
    pub filled: &'a Filled,
    /// The folder with the demo's pictures.
    pub pictures: PathBuf,
    /// Prints one line.
    pub say: fn(&str),
}

/// Plays the story up to the take-down. The ledger is verified afterwards by [`verified`], when the program has ended.
pub async fn play(stage: &Stage<'_>) -> Result<(), StoryError> {
    let mut jo = stage.signed_in(AUTHOR).await?;
    let draft = stage.draft(&mut jo).await?;
    let faces = stage.screened(&mut jo, &draft).await?;
    stage.refused(&mut jo, &draft, &faces).await?;
    stage.mended(&mut jo, &draft, &faces).await?;
    let story = stage.approved(&mut jo, &draft).await?;
    stage.published(&story).await?;
    stage.withdrawn(&mut jo, &story).await
}

/// Re-computes the ledger from its public files, as anybody can who has a copy of them.
pub fn verified(folder: &Folder, say: fn(&str)) -> Result<(), StoryError> {
    let key = VerifierKey::parse(fs::read_to_string(folder.key_path())?.trim())?;
    let verified = verify(folder, &key, None)?;
    heading(say, "Verified");
    say(&format!(
        "   The ledger is verified: {} entries re-computed offline; the root is {}.",
        verified.size, verified.root
    ));
    say("   Every decision and act of this story is in them, and no name of anybody.");
    Ok(())
}

impl Stage<'_> {
    async fn signed_in(&self, mail: &str) -> Result<Browser, StoryError> {
        let step = "signing in";
        let name = COLLEAGUES.iter().find(|one| one.mail == mail).map(|one| one.name);
        let link = self.filled.links.iter().find(|link| Some(link.name) == name);
        let path = &link.ok_or_else(|| unexpected(step, "there is no link"))?.path;
        let mut browser = Browser::new(self.at, self.origin);
        let page = browser.get(path).await?;
        location(step, &browser.press(&page, path, &[]).await?)?;
        Ok(browser)
    }

    /// The words have two mistakes in them, and the photo has no words for people who cannot see it.
    async fn draft(&self, jo: &mut Browser) -> Result<String, StoryError> {
        let step = "the draft";
        let path = self.pictures.join(PICTURE);
        let photo = fs::read(&path).map_err(|e| StoryError::Picture(path, e))?;
        let page = jo.get("/posts/new").await?;
        let text = page.text();
        let activity = between(&text, "name=\"activity\" value=\"", "\"").unwrap_or_default();
        let channel = between(&text, "name=\"channel\" value=\"", "\"").unwrap_or_default();
        let fields = [("activity", activity.as_str()), ("channel", channel.as_str())];
        let draft = location(step, &jo.press(&page, "/posts/new", &fields).await?)?;
        let page = jo.get(&draft).await?;
        let fields =
            [("caption", FIRST_WORDS), ("channels", "sent"), ("channel", channel.as_str()), ("do", "keep")];
        let begun = Instant::now();
        location(step, &jo.upload(&page, &draft, &fields, Some((PICTURE, &photo))).await?)?;
        self.heading("Draft");
        self.line("Jo Brightwell, a coach, writes about Under-11s skills and adds a photo of five people.");
        self.line(&format!("“{FIRST_WORDS}”"));
        self.line(&format!(
            "The page answered after {} ms; the photo is looked at meanwhile.",
            begun.elapsed().as_millis()
        ));
        Ok(draft)
    }

    /// The depictions in reading order.
    async fn screened(&self, jo: &mut Browser, draft: &str) -> Result<Vec<String>, StoryError> {
        let begun = Instant::now();
        let page = until("screening the photo", jo, draft, |text| text.contains("value=\"cover ")).await?;
        let faces = all_between(&page.text(), "value=\"cover ", "\"");
        self.line(&format!(
            "{} faces found {:.1} s later, in a child process that has no files and no network.",
            faces.len(),
            begun.elapsed().as_secs_f64()
        ));
        self.line("Every one is covered until somebody says who it is.");
        Ok(faces)
    }

    async fn refused(&self, jo: &mut Browser, draft: &str, faces: &[String]) -> Result<(), StoryError> {
        let step = "the refusal";
        let (Some(first), Some(second)) = (faces.first(), faces.get(1)) else {
            return Err(unexpected(step, "fewer than two faces were found"));
        };
        // The page offers no button for a child who cannot appear; a form can still be sent by hand.
        for (face, name) in [(first, WITHDRAWN_CHILD), (second, REFUSED_CHILD)] {
            let child = self.filled.children.iter().find(|(other, _)| *other == name);
            let (_, child) = child.ok_or_else(|| unexpected(step, format!("{name} is not on the roster")))?;
            self.act(jo, draft, &format!("roster {face} {child}"), step).await?;
        }
        let asked = self.act(jo, draft, "submit", step).await?;
        let page = jo.get(asked.split('#').next().unwrap_or(&asked)).await?;
        let said = notices(&page);
        self.heading("Refused");
        self.line(&format!("Jo marks {WITHDRAWN_CHILD} and {REFUSED_CHILD}, and sends it. The policy says:"));
        self.clauses(&said);
        let cited = |clause| said.iter().any(|notice| notice.clause == clause);
        if asked.contains("missing") && [6, 9, 10, 12].into_iter().all(cited) {
            Ok(())
        } else {
            Err(unexpected(step, format!("clauses 6, 9, 10 and 12 were expected, and it went to {asked}")))
        }
    }

    async fn mended(&self, jo: &mut Browser, draft: &str, faces: &[String]) -> Result<(), StoryError> {
        let step = "the fix";
        let second = faces.get(1).cloned().unwrap_or_default();
        self.act(jo, draft, &format!("cover {second}"), step).await?;
        let page = jo.get(draft).await?;
        let photo = between(&page.text(), "name=\"alt ", "\"").unwrap_or_default();
        let alt = format!("alt {photo}");
        let fields = [("caption", GOOD_WORDS), (alt.as_str(), ALT_TEXT), ("do", "keep")];
        location(step, &jo.upload(&page, draft, &fields, None).await?)?;
        self.heading("Fixed");
        self.line(&format!("Jo covers {REFUSED_CHILD}, and writes: “{GOOD_WORDS}”"));
        until(step, jo, draft, |text| {
            text.contains("Nothing stands in the way") && !text.contains("data-looking")
        })
        .await?;
        let post = self.act(jo, draft, "submit", step).await?;
        if post.contains("missing") {
            let page = jo.get(draft).await?;
            return Err(unexpected(step, format!("{:?}", notices(&page))));
        }
        self.line("Nothing stands in the way any more: it goes to a second person.");
        Ok(())
    }

    /// Nobody approves their own post; somebody else does. Answers where the public sees it.
    async fn approved(&self, jo: &mut Browser, draft: &str) -> Result<String, StoryError> {
        let step = "the approval";
        let post = draft.trim_end_matches("/edit");
        let approve = format!("{post}/approve");
        self.heading("Approved");
        let said = notices(&self.approve(jo, &approve).await?);
        self.line("Jo tries to approve it. The policy says:");
        self.clauses(&said);
        if !said.iter().any(|notice| notice.clause == 12) {
            return Err(unexpected(step, "an author could approve their own post"));
        }
        let mut priya = self.signed_in(APPROVER).await?;
        location(step, &self.approve(&mut priya, &approve).await?)?;
        self.line("Priya Nair, a coach with permission and papers in order, looks at it and approves.");
        let page =
            until("publishing", &mut priya, post, |text| text.contains("See it as the public does")).await?;
        between(&page.text(), "class=\"tap\" href=\"", "\"")
            .ok_or_else(|| unexpected(step, "the post has no address"))
    }

    async fn approve(&self, who: &mut Browser, path: &str) -> Result<Page, StoryError> {
        let page = who.get(path).await?;
        let content = between(&page.text(), "name=\"content\" value=\"", "\"").unwrap_or_default();
        Ok(who.press(&page, path, &[("content", &content)]).await?)
    }

    async fn published(&self, story: &str) -> Result<(), StoryError> {
        let step = "the public page";
        let page = visit(self.at, story).await?;
        let text = page.text();
        let title = between(&text, "<h1>", "</h1>")
            .ok_or_else(|| unexpected(step, format!("status {}", page.status)))?;
        let picture =
            between(&text, "<img src=\"/news/", "\"").ok_or_else(|| unexpected(step, "it has no picture"))?;
        let picture = visit(self.at, &format!("/news/{picture}")).await?;
        let hidden = [&b"Exif"[..], b"SN-4711", b"Photoshop", b"http://ns.adobe.com"];
        let hides = hidden.iter().any(|mark| picture.body.windows(mark.len()).any(|bytes| bytes == *mark));
        if picture.status != 200 || !picture.body.starts_with(&[0xff, 0xd8]) || hides {
            return Err(unexpected(step, "the picture is not a plain JPEG"));
        }
        self.heading("Published");
        self.line(&format!("GET {}{story}: {}", self.origin, page.status));
        self.line(&format!("“{title}”"));
        let kilobytes = picture.body.len() / 1024;
        self.line(&format!(
            "It is published, with one picture of {kilobytes} kB: four faces covered for good, no camera, place or date inside."
        ));
        Ok(())
    }

    async fn withdrawn(&self, jo: &mut Browser, story: &str) -> Result<(), StoryError> {
        let step = "the withdrawal";
        let link = self.filled.invitations.iter().find(|(mail, _)| *mail == WITHDRAWING_GUARDIAN);
        let link = &link.ok_or_else(|| unexpected(step, "there is no invitation"))?.1;
        let mut parent = Browser::new(self.at, self.origin);
        let page = parent.get(link).await?;
        location(step, &parent.press(&page, &format!("{link}/code"), &[]).await?)?;
        let outbox = jo.get("/outbox").await?.text();
        let code = between(&outbox, "Here is your code:\n\n", "\n")
            .ok_or_else(|| unexpected(step, "no code was mailed"))?;
        let answers = location(step, &parent.press(&page, link, &[("code", &code)]).await?)?;
        let page = parent.get(&answers).await?;
        let stop = between(&page.text(), "action=\"/g/children/", "\"");
        let stop = stop.ok_or_else(|| unexpected(step, "there is no button"))?;
        let begun = Instant::now();
        let receipt = location(step, &parent.press(&page, &format!("/g/children/{stop}"), &[]).await?)?;
        self.heading("Withdrawn");
        self.line("Asha’s mother opens her link, which shows nothing, and types in the code from her mail.");
        self.line("She presses one button: Stop showing Asha.");
        until(step, &mut parent, &receipt, |text| text.contains(">Gone<")).await?;
        let gone = visit(self.at, story).await?;
        if gone.status != 404 {
            return Err(unexpected(step, format!("the story still answers {}", gone.status)));
        }
        self.line(&format!(
            "GET {}{story}: {}, {:.1} s later",
            self.origin,
            gone.status,
            begun.elapsed().as_secs_f64()
        ));
        self.line("The picture is withdrawn: her receipt says what was removed, and that somebody looked.");
        Ok(())
    }

    async fn act(
        &self,
        jo: &mut Browser,
        draft: &str,
        what: &str,
        step: &'static str,
    ) -> Result<String, StoryError> {
        let page = jo.get(draft).await?;
        location(step, &jo.upload(&page, draft, &[("do", what)], None).await?)
    }

    fn clauses(&self, said: &[Notice]) {
        for notice in said {
            self.line(&format!("  clause {:<3} {}", notice.clause, notice.say));
            if !notice.remedy.is_empty() {
                self.line(&format!("             → {}", notice.remedy));
            }
        }
    }

    fn heading(&self, word: &str) {
        heading(self.say, word);
    }

    fn line(&self, text: &str) {
        (self.say)(&format!("   {text}"));
    }
}

fn heading(say: fn(&str), word: &str) {
    say("");
    say(&format!("── {word}"));
}

/// Asks a page again until it says what it should.
async fn until(
    step: &'static str,
    who: &mut Browser,
    path: &str,
    says: impl Fn(&str) -> bool,
) -> Result<Page, StoryError> {
    let begun = Instant::now();
    loop {
        let page = who.get(path).await?;
        if says(&page.text()) {
            return Ok(page);
        }
        if begun.elapsed() > PATIENCE {
            return Err(unexpected(step, format!("it took longer than {} s", PATIENCE.as_secs())));
        }
        sleep(Duration::from_millis(150)).await;
    }
}

/// Where a press leads to; anything else is not what the story expects.
fn location(step: &'static str, page: &Page) -> Result<String, StoryError> {
    let to = page.header("location").next().map(str::to_owned);
    to.filter(|_| page.status == 303).ok_or_else(|| {
        let title = between(&page.text(), "<h1>", "</h1>").unwrap_or_default();
        unexpected(step, format!("status {} “{title}” {:?}", page.status, notices(page)))
    })
}

fn unexpected(step: &'static str, found: impl Into<String>) -> StoryError {
    StoryError::Unexpected { step, found: found.into() }
}
