//! The words of a post: what the checks are given, what they saw, and the hash of everything that would go out.

use cleansheet_policy::ReleaseOrder;
use cleansheet_screening::{
    checks::{self, CheckFailed},
    finding::Finding,
    material::{Allow, Context, Material, RosterName},
    reading::Reading,
    text,
};
use cleansheet_terms::{ChannelId, Clock, Date, Digest, Naming, Network, PostId, Severity, day_in_london};

use super::{Depiction, Post, PostError, Posts, Who, read::ms};
use crate::{
    accounts::Accounts,
    activities::{Activities, Participant},
    columns::Columns as _,
    consents::Consents,
    database::{StoreError, sql},
};

/// All words of a post and the people they may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    caption: String,
    alt_texts: Vec<String>,
    file_names: Vec<String>,
    roster: Vec<RosterName>,
}

impl Words {
    /// What the public reads.
    pub(crate) fn of_release(release: &ReleaseOrder) -> Self {
        let alt_texts = release.pictures().iter().map(|picture| picture.alt_text.clone()).collect();
        let (caption, file_names, roster) = (release.text().to_owned(), Vec::new(), Vec::new());
        Self { caption, alt_texts, file_names, roster }
    }

    /// Asks every check.
    pub(crate) fn screen(&self, allow: &Allow, day: Date) -> Result<Vec<Finding>, CheckFailed> {
        text::screen(&self.material(&self.roster, allow, day))
    }

    /// How far the words name this person, whatever was agreed. A check that cannot say so says: in full.
    pub(crate) fn name(&self, name: &str, child: bool, allow: &Allow, day: Date) -> Naming {
        let further_than = |naming| {
            let alone = [RosterName { name: name.to_owned(), shown: true, child, naming }];
            let material = self.material(&alone, allow, day);
            let reading = Reading::of(&material);
            let check = checks::all().iter().find(|check| check.name() == "roster-names");
            check.is_none_or(|check| {
                let found = check.look(&reading);
                found.map_or(true, |found| found.iter().any(|one| one.severity == Severity::Block))
            })
        };
        if !further_than(Naming::None) {
            Naming::None
        } else if further_than(Naming::First) {
            Naming::Full
        } else {
            Naming::First
        }
    }

    fn material<'a>(&'a self, roster: &'a [RosterName], allow: &'a Allow, day: Date) -> Material<'a> {
        Material {
            caption: &self.caption,
            alt_texts: &self.alt_texts,
            file_names: &self.file_names,
            context: Context::Post,
            roster,
            allow,
            today: day,
        }
    }

    /// Names exactly these words, people and allowances; findings count for nothing else.
    pub(crate) fn hash(&self, allow: &Allow) -> Result<Digest, StoreError> {
        let roster: Vec<_> =
            self.roster.iter().map(|one| (&one.name, one.shown, one.child, one.naming)).collect();
        let Allow { org_domains, org_phones, venues, schools, confidential } = allow;
        let allowed = (org_domains, org_phones, venues, schools, confidential);
        json_digest(&(&self.caption, &self.alt_texts, &self.file_names, roster, allowed))
    }
}

/// What a check saw, and in whose words.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// The account whose own words it is about; `None` for the caption, which goes everywhere else.
    pub account: Option<ChannelId>,
    /// What.
    pub finding: Finding,
}

/// The words of a post as each account would publish them: the caption's first, then those of accounts with own words.
pub(crate) struct Texts(Words, Vec<(ChannelId, Words)>);

impl Texts {
    /// What an account publishes; with the account when the words are its own.
    pub(crate) fn on(&self, channel: &ChannelId) -> (Option<ChannelId>, &Words) {
        let own = self.1.iter().find(|(account, _)| account == channel);
        own.map_or((None, &self.0), |(account, words)| (Some(account.clone()), words))
    }

    fn all(&self) -> impl Iterator<Item = (Option<&ChannelId>, &Words)> {
        std::iter::once((None, &self.0)).chain(self.1.iter().map(|(account, words)| (Some(account), words)))
    }

    fn screen(&self, allow: &Allow, day: Date) -> Result<Vec<Seen>, CheckFailed> {
        let mut seen = Vec::new();
        for (account, words) in self.all() {
            let found = words.screen(allow, day)?.into_iter();
            seen.extend(found.map(|finding| Seen { account: account.cloned(), finding }));
        }
        Ok(seen)
    }

    fn hash(&self, allow: &Allow) -> Result<Digest, StoreError> {
        let mut hashes = Vec::new();
        for (account, words) in self.all() {
            hashes.push((account, words.hash(allow)?));
        }
        json_digest(&hashes)
    }
}

impl Posts<'_> {
    /// Screens the words as they are now, the caption and each account's own, and keeps what was seen. Call it at the end
    /// of every transaction that changed words, faces or channels.
    pub async fn screen_words(
        &mut self,
        id: &PostId,
        allow: &Allow,
        clock: &dyn Clock,
    ) -> Result<Vec<Seen>, PostError> {
        let (post, now) = (self.known(id).await?, clock.now());
        let day = day_in_london(now);
        let texts = self.texts_of(&post, day).await?;
        let found = texts.screen(allow, day)?;
        let text = serde_json::to_string(&found).map_err(|_| StoreError::damaged("findings"))?;
        let put = sql("INSERT INTO words_screened (post_id, words_hash, findings, at_ms) VALUES ($1, $2, $3, $4)
             ON CONFLICT (post_id) DO UPDATE SET words_hash = excluded.words_hash, findings = excluded.findings,
                 at_ms = excluded.at_ms")
        .bind(id.as_str().to_owned())
        .bind(texts.hash(allow)?.to_string())
        .bind(text)
        .bind(ms(now));
        self.0.run(put).await?;
        Ok(found)
    }

    /// What the checks see in the words as they are now: what was kept, or, when anything has changed since, a new look
    /// that is not kept.
    pub async fn words(&mut self, id: &PostId, allow: &Allow, day: Date) -> Result<Vec<Seen>, PostError> {
        let post = self.known(id).await?;
        let texts = self.texts_of(&post, day).await?;
        self.seen_in(id, &texts, allow, day).await
    }

    pub(crate) async fn seen_in(
        &mut self,
        id: &PostId,
        texts: &Texts,
        allow: &Allow,
        day: Date,
    ) -> Result<Vec<Seen>, PostError> {
        let kept = sql("SELECT findings FROM words_screened WHERE post_id = $1 AND words_hash = $2")
            .bind(id.as_str().to_owned())
            .bind(texts.hash(allow)?.to_string());
        let kept = self.0.row(kept).await?.map(|row| row.read("findings", |text| serde_json::from_str(text)));
        match kept {
            Some(Ok(found)) => Ok(found),
            // Findings that do not read are worth nothing: look again.
            Some(Err(_)) | None => Ok(texts.screen(allow, day)?),
        }
    }

    /// The words of a post on each account, and everybody they may name: the roster, and whoever else is shown. A name may
    /// be said as far as was agreed for every network that these very words go to.
    pub(crate) async fn texts_of(&mut self, post: &Post, day: Date) -> Result<Texts, PostError> {
        let (mut own, mut shared) = (Vec::new(), Vec::new());
        let mut kept = self.own_words(&post.id).await?;
        for channel in self.channels_of(&post.id).await? {
            let network = Accounts(self.0).channel(&channel).await?.map(|account| account.network);
            match kept.remove(&channel).and_then(|own| own.text) {
                Some(text) => own.push((channel, text, network)),
                None => shared.extend(network),
            }
        }
        // Words that go nowhere yet are looked at as if they went everywhere.
        let networks = if shared.is_empty() { self.networks(&post.id).await? } else { shared };
        let caption = self.words_for(post, &post.caption, &networks, day).await?;
        let mut texts = Vec::new();
        for (channel, text, network) in own {
            let networks: Vec<Network> = network.into_iter().collect();
            texts.push((channel, self.words_for(post, &text, &networks, day).await?));
        }
        Ok(Texts(caption, texts))
    }

    async fn words_for(
        &mut self,
        post: &Post,
        text: &str,
        networks: &[Network],
        day: Date,
    ) -> Result<Words, PostError> {
        let photos = self.photos(&post.id).await?;
        let shown: Vec<Depiction> =
            self.depictions_in(&post.id).await?.into_iter().filter(Depiction::is_shown).collect();
        let mut people = Activities(self.0).roster(&post.activity).await?;
        for depiction in &shown {
            if let Who::Roster(id) = &depiction.who
                && !people.iter().any(|one| one.id == *id)
            {
                people.extend(Activities(self.0).participant(id).await?);
            }
        }
        let mut roster = Vec::new();
        for person in &people {
            // Without a channel there is nothing that anybody could have agreed to.
            let mut naming = if networks.is_empty() { Naming::None } else { Naming::Full };
            for network in networks {
                let joined = Consents(self.0).joined(&person.id, post.purpose, *network, day).await?;
                naming = naming.min(joined.naming);
            }
            let shown = shown.iter().any(|depiction| depiction.who == Who::Roster(person.id.clone()));
            let (name, child) = (person.name.clone(), person.is_child_on(day));
            roster.push(RosterName { name, shown, child, naming });
        }
        // An adult who agreed on the spot was asked about the picture only.
        roster.extend(shown.into_iter().filter_map(|depiction| match depiction.who {
            Who::Adult { name, .. } => {
                Some(RosterName { name, shown: true, child: false, naming: Naming::None })
            }
            Who::Cover | Who::Roster(_) => None,
        }));
        Ok(Words {
            caption: text.to_owned(),
            alt_texts: photos.iter().map(|photo| photo.alt_text.clone()).collect(),
            file_names: photos.into_iter().map(|photo| photo.given_name).collect(),
            roster,
        })
    }

    /// How far words that were published with this post name somebody.
    pub(crate) async fn named_in(
        &mut self,
        post: &Post,
        caption: &str,
        alt_texts: Vec<String>,
        who: &Participant,
        child: bool,
        day: Date,
    ) -> Result<Naming, PostError> {
        let files = self.photos(&post.id).await?.into_iter().map(|photo| photo.given_name).collect();
        let words = Words { caption: caption.to_owned(), alt_texts, file_names: files, roster: Vec::new() };
        Ok(words.name(&who.name, child, &Allow::default(), day))
    }

    /// Names everything that would be published and the revision it belongs to: words, alt texts, the bytes of every
    /// rendition, channels, words of accounts' own, threads, and who is shown. An approval is bound to it.
    pub async fn content_hash(&mut self, id: &PostId) -> Result<Digest, PostError> {
        let post = self.known(id).await?;
        let channels = self.channels_of(id).await?;
        let mut pictures = Vec::new();
        for photo in self.photos(id).await? {
            let copies = self.renditions(&photo.id).await?;
            let copies: Vec<_> = channels
                .iter()
                .map(|channel| copies.iter().find(|one| one.channel == *channel))
                .map(|copy| copy.map(|copy| (copy.hash, copy.width, copy.height)))
                .collect();
            let mut people: Vec<_> =
                self.depictions(&photo.id).await?.into_iter().map(|one| (one.id, who(one.who))).collect();
            people.sort();
            pictures.push((photo.id, photo.alt_text, copies, people));
        }
        let mut own = self.own_words(id).await?;
        own.retain(|channel, _| channels.contains(channel));
        let own: Vec<_> = own.into_iter().map(|(channel, own)| (channel, own.text, own.thread)).collect();
        // Approvals from before accounts had words of their own still count.
        Ok(if own.iter().all(|(_, text, thread)| text.is_none() && thread.is_empty()) {
            json_digest(&(post.id, post.revision, post.caption, channels, pictures))?
        } else {
            json_digest(&(post.id, post.revision, post.caption, channels, pictures, own))?
        })
    }

    /// What somebody who looks at the post now sees, as one text: [`Posts::content_hash`], and the time it is to go out.
    pub async fn shown(&mut self, id: &PostId) -> Result<String, PostError> {
        let (hash, at) = (self.content_hash(id).await?, self.known(id).await?.publish_at);
        Ok(at.map_or_else(|| hash.to_string(), |at| format!("{hash}@{}", ms(at))))
    }
}

/// Who is shown, for hashing.
fn who(who: Who) -> String {
    match who {
        Who::Cover => "cover".to_owned(),
        Who::Roster(id) => id.as_str().to_owned(),
        Who::Adult { name, .. } => format!("adult {name}"),
    }
}

fn json_digest(of: &impl serde::Serialize) -> Result<Digest, StoreError> {
    let json = serde_json::to_vec(of).map_err(|_| StoreError::damaged("words"))?;
    Ok(Digest::of(&json))
}
