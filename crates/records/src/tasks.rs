//! What only a person can take down: each has somebody's name and a time, and is done when reading back shows it gone,
//! or, where nothing can be read, on that person's word.

mod rows;

use cleansheet_terms::{
    ChannelId, Clock, Entropy, Network, OldPostId, OrderId, PersonId, PostId, Role, TaskId, Timestamp,
};
use jiff::SignedDuration;

use crate::{
    accounts::Accounts,
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
    mails::Mails,
    people::{People, Person},
    sign_ins::pushes::Pushes,
};

/// How long a person has for what a family asked to be removed.
pub const FOR_A_FAMILY: SignedDuration = SignedDuration::from_hours(4);
/// Of many posts on one account that cannot be reached a person is told once in this time; all of them are on Today.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How long a person has for everything else.
pub const OTHERWISE: SignedDuration = SignedDuration::from_hours(24);

/// What is to be taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing<'a> {
    /// The post of an order.
    Order(&'a OrderId),
    /// A post from before this program.
    OldPost(&'a OldPostId),
}

impl Thing<'_> {
    fn id(&self) -> &str {
        match self {
            Self::Order(id) => id.as_str(),
            Self::OldPost(id) => id.as_str(),
        }
    }

    /// The work that takes it down.
    fn removal(&self) -> Work {
        match self {
            Self::Order(_) => Work::TakeDown,
            Self::OldPost(_) => Work::TakeDownOld,
        }
    }

    /// The work that looks whether it is gone.
    fn look(&self) -> Work {
        match self {
            Self::Order(_) => Work::ConfirmGone,
            Self::OldPost(_) => Work::ConfirmOldGone,
        }
    }
}

/// One thing that a person takes down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The task.
    pub id: TaskId,
    /// On which account.
    pub channel: ChannelId,
    /// Its name.
    pub channel_name: String,
    /// Its network.
    pub network: Network,
    /// The order.
    pub order: Option<OrderId>,
    /// The order's post.
    pub post: Option<PostId>,
    /// The post from before this program.
    pub old_post: Option<OldPostId>,
    /// Where the public sees it.
    pub url: Option<String>,
    /// Its words.
    pub words: String,
    /// Who does it.
    pub person: PersonId,
    /// Their name.
    pub person_name: String,
    /// Why the program cannot.
    pub why: String,
    /// When it was found out.
    pub made: Timestamp,
    /// By when it is to be done.
    pub due: Timestamp,
    /// When others were told that it is late.
    pub late: Option<Timestamp>,
    /// Who says that it is done, and when.
    pub said: Option<(PersonId, Timestamp)>,
    /// When it was looked for last after somebody had said so, and still there.
    pub seen: Option<Timestamp>,
    /// When it was seen to be gone, or taken to be.
    pub done: Option<Timestamp>,
    /// Nothing could be read: it is gone on that person's word.
    pub on_word: bool,
}

/// Why a task cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// No such task.
    #[error("no task `{0}`")]
    Missing(TaskId),
    /// It is done.
    #[error("this is done already: it was seen to be gone")]
    Done,
    /// Somebody else's.
    #[error("{0} has to do this, or the Manager or the safeguarding lead; ask them")]
    NotYours(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The tasks in the database. Borrow it from a [`Tx`].
pub struct Tasks<'t>(pub &'t mut Tx);

impl Tasks<'_> {
    /// The program cannot take something down: somebody who can act on the network itself does, or the Manager. They are
    /// told by mail and push, once. Says whether it is new.
    ///
    /// - `why`: for people; no personal data.
    /// - `origin`: the site's own address.
    pub async fn by_hand(
        &mut self,
        thing: Thing<'_>,
        channel: &ChannelId,
        why: &str,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, StoreError> {
        if self.open_for(thing).await?.is_some() {
            return Ok(false);
        }
        let now = clock.now();
        let Some(person) = self.who(channel, now).await? else { return Ok(false) };
        let wait = if self.is_for_a_family(thing).await? { FOR_A_FAMILY } else { OTHERWISE };
        let (id, due) = (TaskId::new(clock, entropy), now.checked_add(wait).unwrap_or(now));
        let mine = self.open_of(&person.id).await?;
        let told = mine.iter().any(|one| one.channel == *channel && now.duration_since(one.made) < TOLD_FOR);
        self.insert(&id, thing, channel, &person.id, why, (now, due)).await?;
        Ledger(self.0).append("task.made", id.as_str(), &(thing.id(), &person.id), now, entropy).await?;
        if !told {
            self.tell(&id, &person, (why, due), origin, clock, entropy).await?;
        }
        // A person may do it at any time: it is looked for from now on.
        Jobs(self.0).keep_open(thing.look(), thing.id(), now, clock, entropy).await?;
        Ok(true)
    }

    /// What is being taken down already is asked for once more. When a family does, the program tries again at once, and
    /// whoever has it as a task has no longer than a family is promised, and is told so.
    pub(crate) async fn asked_again(
        &mut self,
        thing: Thing<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        if !self.is_for_a_family(thing).await? {
            return Ok(());
        }
        let now = clock.now();
        Jobs(self.0).hasten_if_taken(thing.removal(), thing.id(), now).await?;
        let due = now.checked_add(FOR_A_FAMILY).unwrap_or(now);
        let Some(task) = self.open_for(thing).await?.filter(|task| task.due > due) else { return Ok(()) };
        let tighten = sql("UPDATE task SET due_ms = $1 WHERE id = $2")
            .bind(due.as_millisecond())
            .bind(task.id.as_str().to_owned());
        self.0.run(tighten).await?;
        Ledger(self.0).append("task.sooner", task.id.as_str(), &(), now, entropy).await?;
        let Some(person) = People(self.0).find(&task.person).await? else { return Ok(()) };
        let by = cleansheet_locales::moment(cleansheet_locales::Language::English, due);
        let body = format!(
            "A post on {} that you have to take down by hand is asked for by a family now, so there is less time: please \
             take it down by {by}. The task is on your page Today.\n",
            task.channel_name
        );
        Mails(self.0).queue(&person.mail, "Please take a post down sooner", &body, clock, entropy).await?;
        self.push(&person, clock, entropy).await
    }

    /// Somebody says that it is gone. It is looked for at once; where nothing can be read, their word counts.
    pub async fn say_done(
        &mut self,
        id: &TaskId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), TaskError> {
        let (task, now) = (self.task(id).await?.ok_or_else(|| TaskError::Missing(id.clone()))?, clock.now());
        if task.done.is_some() {
            return Err(TaskError::Done);
        }
        if !self.may_say(&task, by, now).await? {
            return Err(TaskError::NotYours(task.person_name));
        }
        let say = sql("UPDATE task SET said_by = $1, said_ms = $2 WHERE id = $3")
            .bind(by.as_str().to_owned())
            .bind(now.as_millisecond())
            .bind(id.as_str().to_owned());
        self.0.run(say).await?;
        Ledger(self.0).append("task.said", id.as_str(), &by, now, entropy).await?;
        let Some(thing) = task.thing() else { return Ok(()) };
        Ok(Jobs(self.0).keep_open(thing.look(), thing.id(), now, clock, entropy).await?)
    }

    /// Whether somebody may say that it is done: who has to do it, a Manager, a safeguarding lead.
    pub async fn may_say(&mut self, task: &Task, by: &PersonId, now: Timestamp) -> Result<bool, StoreError> {
        let person = People(self.0).find(by).await?;
        Ok(person.is_some_and(|person| {
            !person.is_suspended()
                && (person.id == task.person || person.is(Role::Manager, now) || person.is(Role::Dsl, now))
        }))
    }

    /// Nothing can be read, and somebody has said that they took it down. Says whether that is so.
    pub async fn counts_on_word(&mut self, thing: Thing<'_>) -> Result<bool, StoreError> {
        let Some(task) = self.open_for(thing).await?.filter(|task| task.said.is_some()) else {
            return Ok(false);
        };
        let on_word = sql("UPDATE task SET on_word = 1 WHERE id = $1").bind(task.id.as_str().to_owned());
        self.0.run(on_word).await?;
        Ok(true)
    }

    /// It was seen to be gone, or taken to be.
    pub(crate) async fn thing_is_gone(
        &mut self,
        thing: Thing<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let Some(task) = self.open_for(thing).await? else { return Ok(()) };
        let now = clock.now();
        let done = sql("UPDATE task SET done_ms = $1 WHERE id = $2")
            .bind(now.as_millisecond())
            .bind(task.id.as_str().to_owned());
        self.0.run(done).await?;
        Ledger(self.0).append("task.done", task.id.as_str(), &task.on_word, now, entropy).await?;
        Ok(())
    }

    /// It was looked for, and it is still there: whoever said that it is gone is told, once for each time they said so.
    pub(crate) async fn thing_is_there(
        &mut self,
        thing: Thing<'_>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let Some(task) = self.open_for(thing).await? else { return Ok(()) };
        let Some((by, _)) = &task.said else { return Ok(()) };
        let now = clock.now();
        let again = sql("UPDATE task SET said_by = NULL, said_ms = NULL, seen_ms = $1 WHERE id = $2")
            .bind(now.as_millisecond())
            .bind(task.id.as_str().to_owned());
        self.0.run(again).await?;
        Ledger(self.0).append("task.still_there", task.id.as_str(), &(), now, entropy).await?;
        if let Some(person) = People(self.0).find(by).await? {
            let body = format!(
                "You said that a post on {} is taken down. We looked, and the public still sees it.\n\n\
                 Open the network, make sure that you removed the whole post, and say so again. The task is on your page \
                 Today.\n",
                task.channel_name
            );
            Mails(self.0).queue(&person.mail, "A post is still there", &body, clock, entropy).await?;
        }
        Ok(())
    }

    /// Whether [`Self::tell_late`] has something to do.
    pub async fn is_late_untold(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        Ok(!self.late_untold(now).await?.is_empty())
    }

    /// Tells the Manager, whoever stands in, and the safeguarding lead of the tasks whose time is over, of each once.
    pub async fn tell_late(
        &mut self,
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let now = clock.now();
        let late = self.late_untold(now).await?;
        for task in &late {
            let told = sql("UPDATE task SET late_ms = $1 WHERE id = $2")
                .bind(now.as_millisecond())
                .bind(task.id.as_str().to_owned());
            self.0.run(told).await?;
            Ledger(self.0).append("task.late", task.id.as_str(), &(), now, entropy).await?;
        }
        let Some(first) = late.first() else { return Ok(()) };
        let others = match late.len() - 1 {
            0 => String::new(),
            more => format!(" There are {more} more like it."),
        };
        let body = format!(
            "A post on {} has to be taken down by hand, and its time is over. {} was asked to do it.{others}\n\nTake it \
             down on the network yourself, or see to it that they do:\n{origin}/taking-down\n",
            first.channel_name, first.person_name
        );
        Mails(self.0).queue_for_a_look(&body, clock, entropy).await
    }

    /// Who can act on the network itself and signs in here, else a Manager, else a safeguarding lead.
    async fn who(&mut self, channel: &ChannelId, now: Timestamp) -> Result<Option<Person>, StoreError> {
        let works = |person: &Person| {
            !person.is_suspended()
                && [Role::Manager, Role::Dsl, Role::Staff].iter().any(|r| person.is(*r, now))
        };
        for native in Accounts(self.0).native_roles_on(channel).await? {
            let Some(id) = native.person.filter(|_| native.removed.is_none()) else { continue };
            if let Some(person) = People(self.0).find(&id).await?.filter(&works) {
                return Ok(Some(person));
            }
        }
        let everybody = People(self.0).list().await?;
        let first = |role| everybody.iter().find(|one| works(one) && one.is(role, now)).cloned();
        Ok(first(Role::Manager).or_else(|| first(Role::Dsl)))
    }

    async fn is_for_a_family(&mut self, thing: Thing<'_>) -> Result<bool, StoreError> {
        let found = match thing {
            Thing::Order(_) => "SELECT COUNT(*) AS many FROM withdrawal_order WHERE order_id = $1",
            Thing::OldPost(_) => "SELECT COUNT(*) AS many FROM withdrawal_old_post WHERE old_post_id = $1",
        };
        self.0.row(sql(found).bind(thing.id().to_owned())).await?.map_or(Ok(false), |row| row.flag("many"))
    }

    async fn tell(
        &mut self,
        id: &TaskId,
        person: &Person,
        (why, due): (&str, Timestamp),
        origin: &str,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        let by = cleansheet_locales::moment(cleansheet_locales::Language::English, due);
        let body = format!(
            "A post has to be taken down, and the program cannot do it: {why}.\n\nPlease take it down on the network itself \
             by {by}. Where it is, and what to press when it is gone:\n{origin}/tasks/{id}\n"
        );
        let subject = "Please take a post down by hand";
        Mails(self.0).queue(&person.mail, subject, &body, clock, entropy).await?;
        self.push(person, clock, entropy).await
    }

    async fn push(
        &mut self,
        person: &Person,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), StoreError> {
        for push in Pushes(self.0).of(&person.id).await? {
            Jobs(self.0).enqueue(Work::SendPush, push.id.as_str(), clock.now(), clock, entropy).await?;
        }
        Ok(())
    }
}
