//! The words that people are asked in: an edition holds them for each reader and in several languages.

use std::collections::BTreeSet;

use cleansheet_locales::Reader;
use cleansheet_terms::{Clock, Digest, EditionId, Entropy, Network, PersonId, Timestamp};
use sqlx::any::AnyRow;

use super::ConsentError;
use crate::{
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    ledger_entries::Ledger,
    settings::Settings,
};

/// The language every edition begins with.
const FIRST_LANGUAGE: &str = "en";

/// The words of an edition for one reader in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionWording {
    /// Whom they speak to.
    pub reader: Reader,
    /// In which language, as in `locales/`.
    pub language: String,
    /// The SHA-256 of the text.
    pub hash: Digest,
    /// The text.
    pub text: String,
    /// Who approved it, and when; nobody has to approve the English text but the Manager who put it in force.
    pub review: Option<(String, Timestamp)>,
}

impl EditionWording {
    /// Whether somebody may be asked in these words.
    pub fn is_approved(&self) -> bool {
        self.language == FIRST_LANGUAGE || self.review.is_some()
    }

    /// Eight digits that stand for these words on paper, from where nobody copies a whole hash.
    pub fn mark(&self) -> String {
        let number = self.hash.as_bytes().iter().take(8).fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        format!("{:08}", number % 100_000_000)
    }
}

/// What people are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// The edition.
    pub id: EditionId,
    /// Since when there is this edition.
    pub made: Timestamp,
    /// The networks its words speak of: nobody was asked about others.
    pub networks: BTreeSet<Network>,
    /// Every wording, by reader and language.
    pub wordings: Vec<EditionWording>,
}

impl Edition {
    /// The words for a reader in a language, if anybody may be asked in them.
    pub fn wording(&self, reader: Reader, language: &str) -> Option<&EditionWording> {
        let mut all = self.wordings.iter();
        all.find(|one| one.reader == reader && one.language == language && one.is_approved())
    }

    /// What a yes has to have been to.
    pub fn approved(&self) -> ApprovedWords {
        let approved = self.wordings.iter().filter(|one| one.is_approved());
        ApprovedWords { networks: self.networks.clone(), texts: approved.map(|one| one.hash).collect() }
    }

    /// The hash of what each reader is told in a language: what somebody approves.
    pub fn texts_in(&self, language: &str) -> BTreeSet<Digest> {
        self.wordings.iter().filter(|one| one.language == language).map(|one| one.hash).collect()
    }

    /// The languages a reader may be asked in, English first.
    pub fn languages(&self, reader: Reader) -> Vec<&str> {
        let mine = self.wordings.iter().filter(|one| one.reader == reader && one.is_approved());
        let mut languages: Vec<&str> = mine.map(|one| one.language.as_str()).collect();
        languages.sort_by_key(|language| (*language != FIRST_LANGUAGE, *language));
        languages
    }
}

/// The words that people may be asked in now, by their hashes: what decides whether an answer counts, without reading the
/// texts themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedWords {
    /// The networks they speak of.
    pub networks: BTreeSet<Network>,
    /// The hash of each text, for every reader and language.
    pub texts: BTreeSet<Digest>,
}

/// A wording to put in force.
#[derive(Debug, Clone)]
pub struct NewEdition<'a> {
    /// The English words for each reader.
    pub words: [(Reader, &'a str); 3],
    /// The networks the words speak of.
    pub networks: &'a [Network],
    /// Who puts them in force.
    pub by: Option<&'a PersonId>,
}

impl<'a> NewEdition<'a> {
    /// The same English words for everybody, about every network.
    pub fn of_one_text(text: &'a str, by: Option<&'a PersonId>) -> Self {
        Self { words: Reader::ALL.map(|reader| (reader, text)), networks: &Network::ALL, by }
    }
}

/// Somebody's word that a translation says the same.
#[derive(Debug, Clone, Copy)]
pub struct Review<'a> {
    /// The edition whose English the translation was compared with.
    pub edition: &'a EditionId,
    /// The language.
    pub language: &'a str,
    /// The hashes of the texts that were read, see [`Edition::texts_in`].
    pub texts: &'a BTreeSet<Digest>,
    /// Who read it, and how they know the language, for example `Zofia Nowak, interpreter of the council`.
    pub reviewer: &'a str,
    /// Who wrote this down.
    pub by: &'a PersonId,
}

/// The editions in the database. Borrow it from a [`Tx`].
pub struct Editions<'t>(pub &'t mut Tx);

impl Editions<'_> {
    /// Puts an edition in force. Every yes to another wording counts for nothing new from now on.
    pub async fn put_in_force(
        &mut self,
        new: &NewEdition<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<EditionId, ConsentError> {
        if new.words.iter().any(|(_, text)| text.trim().is_empty()) {
            return Err(ConsentError::EmptyWording);
        }
        let (id, now) = (EditionId::new(clock, entropy), clock.now());
        let networks: Vec<&str> = new.networks.iter().map(|network| network.as_str()).collect();
        let insert = sql("INSERT INTO edition (id, made_ms, made_by, networks) VALUES ($1, $2, $3, $4)")
            .bind(id.as_str().to_owned())
            .bind(now.as_millisecond())
            .bind(new.by.map(|by| by.as_str().to_owned()))
            .bind(networks.join(" "));
        self.0.run(insert).await?;
        let mut hashes = Vec::new();
        for (reader, text) in new.words {
            hashes.push(self.put_words(&id, reader, FIRST_LANGUAGE, text, now).await?);
        }
        Settings(self.0).put_edition_in_force(&id).await?;
        Ledger(self.0)
            .append("consent.wording", id.as_str(), &(hashes, networks, new.by), now, entropy)
            .await?;
        Ok(id)
    }

    /// Adds a translation, which nobody is asked in until it is approved. A text that is there already stays, with its
    /// approval; another text takes its place and has none.
    pub async fn add_translation(
        &mut self,
        edition: &EditionId,
        reader: Reader,
        language: &str,
        text: &str,
        clock: &dyn Clock,
    ) -> Result<(), ConsentError> {
        if text.trim().is_empty() {
            return Err(ConsentError::EmptyWording);
        }
        self.put_words(edition, reader, language, text, clock.now()).await?;
        Ok(())
    }

    /// Writes down that somebody who knows the language has read all of its words, for every reader, and that they say
    /// the same.
    pub async fn approve(
        &mut self,
        review: &Review<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ConsentError> {
        let reviewer = review.reviewer.trim();
        if reviewer.chars().filter(|letter| letter.is_alphabetic()).count() < 3 {
            return Err(ConsentError::NoReviewer);
        }
        let edition = self.in_force().await?.filter(|edition| edition.id == *review.edition);
        let texts = edition.map(|edition| edition.texts_in(review.language));
        match texts {
            Some(texts) if texts.is_empty() => {
                return Err(ConsentError::NoSuchWording(review.language.to_owned()));
            }
            Some(texts) if texts == *review.texts => {}
            Some(_) | None => return Err(ConsentError::OtherWords),
        }
        let now = clock.now();
        let put = sql("UPDATE edition_wording SET reviewer = $1, reviewed_ms = $2, recorded_by = $3
             WHERE edition_id = $4 AND language = $5")
        .bind(reviewer.to_owned())
        .bind(now.as_millisecond())
        .bind(review.by.as_str().to_owned())
        .bind(review.edition.as_str().to_owned())
        .bind(review.language.to_owned());
        self.0.run(put).await?;
        let payload = (review.language, reviewer, review.by, review.texts);
        Ledger(self.0).append("consent.translation", review.edition.as_str(), &payload, now, entropy).await?;
        Ok(())
    }

    /// What people are asked now.
    pub async fn in_force(&mut self) -> Result<Option<Edition>, StoreError> {
        match Settings(self.0).edition_in_force().await? {
            Some(id) => self.get(&id).await,
            None => Ok(None),
        }
    }

    /// The approved words of what people are asked now.
    pub async fn approved(&mut self) -> Result<Option<ApprovedWords>, StoreError> {
        let Some(id) = Settings(self.0).edition_in_force().await? else { return Ok(None) };
        let found =
            sql("SELECT e.networks, w.hash FROM edition e LEFT JOIN edition_wording w ON w.edition_id = e.id
                 AND (w.language = $2 OR (w.reviewer IS NOT NULL AND w.reviewed_ms IS NOT NULL))
             WHERE e.id = $1 ORDER BY w.hash")
            .bind(id.as_str().to_owned())
            .bind(FIRST_LANGUAGE);
        let rows = self.0.rows(found).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let texts = rows.iter().filter_map(|row| row.maybe_read("hash", Digest::parse).transpose());
        Ok(Some(ApprovedWords { networks: networks(first)?, texts: texts.collect::<Result<_, _>>()? }))
    }

    /// Since when there is each edition, the newest first.
    pub async fn days(&mut self) -> Result<Vec<(EditionId, Timestamp)>, StoreError> {
        let found = sql("SELECT id, made_ms FROM edition ORDER BY made_ms DESC, id DESC");
        let one = |row: &AnyRow| Ok((row.read("id", EditionId::parse)?, row.instant("made_ms")?));
        self.0.rows(found).await?.iter().map(one).collect()
    }

    /// One edition.
    pub async fn get(&mut self, id: &EditionId) -> Result<Option<Edition>, StoreError> {
        let found = sql("SELECT made_ms, networks FROM edition WHERE id = $1").bind(id.as_str().to_owned());
        let Some(row) = self.0.row(found).await? else { return Ok(None) };
        let words = sql("SELECT e.reader, e.language, e.hash, e.reviewer, e.reviewed_ms, w.text
             FROM edition_wording e JOIN wording w ON w.hash = e.hash
             WHERE e.edition_id = $1 ORDER BY e.reader, e.language");
        let wordings = self.0.rows(words.bind(id.as_str().to_owned())).await?;
        Ok(Some(Edition {
            id: id.clone(),
            made: row.instant("made_ms")?,
            networks: networks(&row)?,
            wordings: wordings.iter().map(wording).collect::<Result<_, _>>()?,
        }))
    }

    /// The words somebody was asked in, by their hash.
    pub async fn words(&mut self, hash: &Digest) -> Result<Option<String>, StoreError> {
        let found = sql("SELECT text FROM wording WHERE hash = $1").bind(hash.to_string());
        self.0.row(found).await?.map(|row| row.text("text")).transpose()
    }

    async fn put_words(
        &mut self,
        edition: &EditionId,
        reader: Reader,
        language: &str,
        text: &str,
        now: Timestamp,
    ) -> Result<Digest, StoreError> {
        let hash = Digest::of(text.as_bytes());
        let words = sql("INSERT INTO wording (hash, text, made_ms) VALUES ($1, $2, $3)
             ON CONFLICT (hash) DO NOTHING")
        .bind(hash.to_string())
        .bind(text.to_owned())
        .bind(now.as_millisecond());
        self.0.run(words).await?;
        let put =
            sql("INSERT INTO edition_wording (edition_id, reader, language, hash) VALUES ($1, $2, $3, $4)
             ON CONFLICT (edition_id, reader, language) DO UPDATE SET hash = excluded.hash, reviewer = NULL,
                 reviewed_ms = NULL, recorded_by = NULL
             WHERE edition_wording.hash <> excluded.hash")
            .bind(edition.as_str().to_owned())
            .bind(reader.as_str())
            .bind(language.to_owned())
            .bind(hash.to_string());
        self.0.run(put).await?;
        Ok(hash)
    }
}

fn networks(row: &AnyRow) -> Result<BTreeSet<Network>, StoreError> {
    row.read("networks", |text| text.split_whitespace().map(Network::parse).collect())
}

fn wording(row: &AnyRow) -> Result<EditionWording, StoreError> {
    Ok(EditionWording {
        reader: row.read("reader", Reader::parse)?,
        language: row.text("language")?,
        hash: row.read("hash", Digest::parse)?,
        text: row.text("text")?,
        review: row.maybe_text("reviewer")?.zip(row.maybe_instant("reviewed_ms")?),
    })
}
