//! The trust's own public news page: a folder of articles that the program itself serves, no account anywhere.
//!
//! An article is a folder `posts/<record key>/` with `article.json` and its pictures. It appears and disappears by
//! one rename, so a visitor never sees half of it, and the record key makes a repeated publication a no-op.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use cleansheet_policy::{Cleared, ReleaseOrder};
use cleansheet_terms::{Digest, Network, Timestamp, failpoint};
use serde::{Deserialize, Serialize};

use crate::{
    Answer, Capabilities, Channel, ChannelError, CopiedFile, CopiedPicture, Copy, Count, Gone, Health,
    OldPost, OldPosts, Pictures, Sent, Shown, Trail, Watched, With, approved,
};

mod before;
mod newest;

const ARTICLE: &str = "article.json";

/// What one news article may carry.
pub const CAPABILITIES: Capabilities = Capabilities {
    network: Network::Website,
    text_letters: 25_000,
    text_bytes: 100_000,
    counts: Count::CodePoints,
    threads: false,
    pictures: 4,
    needs_picture: false,
    picture_bytes: 1_500_000,
    picture_side_px: 1_600,
    shape: None,
    keeps_bytes: true,
    alt_text_letters: 1_000,
    hashtags: None,
    mentions: None,
    takes_down: true,
    take_downs: None,
    posts: None,
    lists_old: true,
    price: None,
};

/// One article as the public reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Names the article in its address; random, says nothing about anybody.
    pub record_key: String,
    /// When the words and pictures were frozen.
    pub published: Timestamp,
    /// The whole text.
    pub text: String,
    /// In order.
    pub pictures: Vec<Picture>,
}

/// One picture of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// File name inside the article's folder.
    pub file: String,
    /// What the picture shows, in words.
    pub alt_text: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// SHA-256 of the file.
    pub digest: Digest,
}

/// The folder that holds the public site.
#[derive(Debug, Clone)]
pub struct Site {
    root: PathBuf,
    order: newest::Order,
}

impl Site {
    /// Opens the folder, making it when it is not there. Leftovers of interrupted work are removed.
    pub fn open(root: &Path) -> io::Result<Self> {
        let site = Self { root: root.to_owned(), order: newest::Order::default() };
        fs::create_dir_all(site.posts())?;
        match fs::remove_dir_all(site.workshop()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir_all(site.workshop())?;
        Ok(site)
    }

    /// The newest articles first; a folder that cannot be read as an article is left out.
    pub fn articles(&self) -> io::Result<Vec<Article>> {
        let mut articles = Vec::new();
        for entry in fs::read_dir(self.posts())? {
            let name = entry?.file_name();
            if let Some(article) = name.to_str().map(|key| self.article(key)).transpose()?.flatten() {
                articles.push(article);
            }
        }
        articles.sort_by(|a, b| (b.published, &b.record_key).cmp(&(a.published, &a.record_key)));
        Ok(articles)
    }

    /// One article, if it is public.
    pub fn article(&self, record_key: &str) -> io::Result<Option<Article>> {
        let Some(folder) = self.folder(record_key) else { return Ok(None) };
        let Some(bytes) = read_if_there(&folder.join(ARTICLE))? else { return Ok(None) };
        let article: Option<Article> = serde_json::from_slice(&bytes).ok();
        // Where it lies is its address, whatever a file that was copied here says.
        Ok(article.map(|article| Article { record_key: record_key.to_owned(), ..article }))
    }

    /// The bytes of one picture of a public article.
    pub fn picture(&self, record_key: &str, file: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(article) = self.article(record_key)? else { return Ok(None) };
        let Some(folder) = self.folder(record_key) else { return Ok(None) };
        // The name comes from a file: it leads nowhere but into the article's own folder.
        let plain = Path::new(file).file_name().is_some_and(|name| name == file);
        if plain && article.pictures.iter().any(|picture| picture.file == file) {
            read_if_there(&folder.join(file))
        } else {
            Ok(None)
        }
    }

    fn posts(&self) -> PathBuf {
        self.root.join("posts")
    }

    fn workshop(&self) -> PathBuf {
        self.root.join("workshop")
    }

    /// Record keys are ours, but they also arrive in addresses: anything that could leave the folder has no article.
    fn folder(&self, record_key: &str) -> Option<PathBuf> {
        let plain = !record_key.is_empty()
            && record_key.len() <= 64
            && record_key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        plain.then(|| self.posts().join(record_key))
    }

    fn own_folder(&self, record_key: &str) -> Result<PathBuf, ChannelError> {
        self.folder(record_key)
            .ok_or_else(|| ChannelError::ChangePost("the record key is not a plain word".to_owned()))
    }

    /// Writes the article where nobody sees it yet. Answers with the address when it is public already.
    fn prepare(&self, order: &ReleaseOrder, pictures: &dyn Pictures) -> Result<Option<Sent>, ChannelError> {
        if let Some(copy) = self.seen(order)? {
            return match copy.differs_from(order) {
                None => Ok(Some(copy.sent)),
                Some(what) => {
                    Err(ChannelError::UnknownOutcome(format!("another article has this key: {what}")))
                }
            };
        }
        let article = article_of(order);
        let bench = self.workshop().join(order.record_key());
        fs::remove_dir_all(&bench).or_else(absent_is_fine).map_err(ChannelError::later)?;
        fs::create_dir_all(&bench).map_err(ChannelError::later)?;
        for picture in &article.pictures {
            let bytes = approved(pictures, &picture.digest)?;
            write_durably(&bench.join(&picture.file), &bytes).map_err(ChannelError::later)?;
        }
        let text =
            serde_json::to_vec_pretty(&article).map_err(|e| ChannelError::ChangePost(e.to_string()))?;
        write_durably(&bench.join(ARTICLE), &text).map_err(ChannelError::later)?;
        sync_folder(&bench).map_err(ChannelError::later)?;
        Ok(None)
    }

    /// Moves what was prepared to where everybody sees it.
    fn show(&self, order: &ReleaseOrder) -> Result<Sent, ChannelError> {
        let (bench, folder) =
            (self.workshop().join(order.record_key()), self.own_folder(order.record_key())?);
        failpoint("website.before_rename");
        fs::rename(&bench, &folder).map_err(ChannelError::later)?;
        failpoint("website.after_rename");
        sync_folder(&self.posts()).map_err(|e| ChannelError::UnknownOutcome(e.to_string()))?;
        Ok(sent(order.record_key()))
    }

    /// What a visitor would see. An article that cannot be read is there all the same: its text is what its file says.
    fn seen(&self, order: &ReleaseOrder) -> Result<Option<Copy>, ChannelError> {
        let folder = self.own_folder(order.record_key())?;
        let sent = sent(order.record_key());
        let Some(bytes) = read_if_there(&folder.join(ARTICLE)).map_err(ChannelError::later)? else {
            return Ok(None);
        };
        let Ok(article) = serde_json::from_slice::<Article>(&bytes) else {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return Ok(Some(Copy { texts: vec![text], pictures: Vec::new(), sent }));
        };
        let mut pictures = Vec::new();
        for picture in article.pictures {
            // The name comes from a file: it leads nowhere but into the article's own folder.
            let bytes = match Path::new(&picture.file).file_name() {
                Some(name) => read_if_there(&folder.join(name)).map_err(ChannelError::later)?,
                None => None,
            };
            let file = bytes.map_or(CopiedFile::Missing, CopiedFile::Bytes);
            pictures.push(CopiedPicture { alt_text: picture.alt_text, file });
        }
        Ok(Some(Copy { texts: vec![article.text], pictures, sent }))
    }

    fn remove(&self, record_key: &str) -> Result<(), ChannelError> {
        let folder = self.own_folder(record_key)?;
        // What an interrupted publication or take-down left on the bench goes too.
        fs::remove_dir_all(self.workshop().join(record_key))
            .or_else(absent_is_fine)
            .map_err(ChannelError::later)?;
        let bench = self.workshop().join(format!("{record_key}-gone"));
        fs::remove_dir_all(&bench).or_else(absent_is_fine).map_err(ChannelError::later)?;
        match fs::rename(&folder, &bench) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(ChannelError::later(error)),
        }
        failpoint("website.moved_away");
        sync_folder(&self.posts()).map_err(ChannelError::later)?;
        fs::remove_dir_all(&bench).map_err(ChannelError::later)
    }

    fn look_gone(&self, record_key: &str) -> Result<Gone, ChannelError> {
        let folder = self.own_folder(record_key)?;
        let leftovers =
            [folder, self.workshop().join(record_key), self.workshop().join(format!("{record_key}-gone"))];
        for leftover in leftovers {
            if leftover.try_exists().map_err(ChannelError::later)? {
                return Ok(Gone::StillLive { why: "the article's folder is still on the server".to_owned() });
            }
        }
        Ok(Gone::Gone)
    }

    /// File work is short but blocking; it leaves the threads that answer pages alone.
    fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, ChannelError> + Send + 'static,
    ) -> Answer<'static, T> {
        let site = self.clone();
        Box::pin(async move {
            tokio::task::spawn_blocking(move || work(&site))
                .await
                .map_err(|e| ChannelError::UnknownOutcome(e.to_string()))?
        })
    }
}

impl Channel for Site {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn check_account(&self) -> Answer<'_, Health> {
        Box::pin(async { Ok(Health::default()) })
    }

    fn publish<'a>(&'a self, cleared: &'a Cleared, with: With<'a>) -> Answer<'a, Sent> {
        Box::pin(async move {
            if let Some(there) = self.prepare(cleared.order(), with.pictures)? {
                return Ok(there);
            }
            with.keeper.begins().await?;
            self.show(cleared.order())
        })
    }

    fn look<'a>(&'a self, order: &'a ReleaseOrder, _trail: &'a Trail) -> Answer<'a, Option<Copy>> {
        let order = order.clone();
        self.aside(move |site| site.seen(&order))
    }

    fn take_down<'a>(&'a self, order: &'a ReleaseOrder, _trail: &'a Trail) -> Answer<'a, ()> {
        let record_key = order.record_key().to_owned();
        self.aside(move |site| site.remove(&record_key))
    }

    fn confirm_gone<'a>(&'a self, order: &'a ReleaseOrder, _trail: &'a Trail) -> Answer<'a, Gone> {
        let record_key = order.record_key().to_owned();
        self.aside(move |site| site.look_gone(&record_key))
    }

    fn watch<'a>(&'a self, _since: Option<&'a str>) -> Answer<'a, Watched> {
        Box::pin(async {
            let posts = self.list(None).await?.posts.into_iter();
            let shown =
                |post: OldPost| Shown { remote: post.remote, url: post.url, published: post.published };
            Ok(Watched { posts: posts.map(shown).collect(), ..Watched::default() })
        })
    }

    fn old_posts(&self) -> Option<&dyn OldPosts> {
        Some(self)
    }
}

fn sent(record_key: &str) -> Sent {
    Sent { remote: record_key.to_owned(), url: format!("/news/{record_key}") }
}

fn article_of(order: &ReleaseOrder) -> Article {
    let pictures = order.pictures().iter().enumerate();
    Article {
        record_key: order.record_key().to_owned(),
        published: order.made_at(),
        text: order.text().to_owned(),
        pictures: pictures
            .map(|(n, picture)| Picture {
                file: format!("{}-{:.16}.jpg", n + 1, picture.digest.to_string()),
                alt_text: picture.alt_text.clone(),
                width: picture.width,
                height: picture.height,
                digest: picture.digest,
            })
            .collect(),
    }
}

fn absent_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}
