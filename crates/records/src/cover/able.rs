//! Who could approve now, and the warning when that are fewer than two.

use std::collections::{BTreeMap, BTreeSet};

use cleansheet_policy::{Action, Policy, Visitor, VisitorKind, facts};
use cleansheet_terms::{ChannelId, Clock, Entropy, PersonId, Role, Timestamp, day_in_london};

use crate::{
    accounts::{Accounts, Channel, Right},
    database::{StoreError, Tx},
    mails::Mails,
    people::{People, PersonError},
    sign_ins::{self, SignIns},
    told::Told,
};

/// With fewer, a post of the one who can waits for ever.
const ENOUGH: usize = 2;

/// Somebody who could approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Able {
    /// Who.
    pub person: PersonId,
    /// As colleagues know them.
    pub name: String,
    /// Where their mail goes.
    pub mail: String,
}

/// An account on which too few people could approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    /// The account.
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// How many could.
    pub able: usize,
}

/// Who could approve a post on an account at an instant, whoever wrote it: the policy lets them near it, their permission
/// runs, their papers are in order, the policy is acknowledged, and no phone of theirs is lost. By name.
pub async fn able_on(
    tx: &mut Tx,
    channel: &ChannelId,
    policy: &Policy,
    at: Timestamp,
) -> Result<Vec<Able>, StoreError> {
    let mut able = Vec::new();
    for id in granted(tx, channel, at).await? {
        able.extend(fit(tx, &id, policy, at).await?);
    }
    able.sort_by(|a, b| (&a.name, &a.person).cmp(&(&b.name, &b.person)));
    Ok(able)
}

/// The accounts on which fewer than two people could approve at an instant.
pub async fn is_short(tx: &mut Tx, policy: &Policy, at: Timestamp) -> Result<Vec<Short>, StoreError> {
    let (mut short, mut known) = (Vec::new(), BTreeMap::new());
    for channel in Accounts(tx).channels().await?.into_iter().filter(Channel::is_permitted) {
        let mut able = 0;
        // Most days the first two can, and then nobody else is looked up: this is on the Manager's first page.
        for id in granted(tx, &channel.id, at).await? {
            let can = match known.get(&id) {
                Some(can) => *can,
                None => fit(tx, &id, policy, at).await?.is_some(),
            };
            known.insert(id, can);
            able += usize::from(can);
            if able == ENOUGH {
                break;
            }
        }
        if able < ENOUGH {
            short.push(Short { channel: channel.id, name: channel.name, able });
        }
    }
    Ok(short)
}

/// Whose permission for an account runs at an instant.
async fn granted(tx: &mut Tx, channel: &ChannelId, at: Timestamp) -> Result<BTreeSet<PersonId>, StoreError> {
    let (grants, day) = (Accounts(tx).grants_on(channel).await?, day_in_london(at));
    let runs =
        grants.into_iter().filter(|grant| grant.state_on(Right::Approve, day) == facts::Grant::Current);
    Ok(runs.map(|grant| grant.person).collect())
}

/// Somebody, if nothing but the permission for an account could keep them from approving.
async fn fit(tx: &mut Tx, id: &PersonId, policy: &Policy, at: Timestamp) -> Result<Option<Able>, StoreError> {
    let Some(person) = People(tx).find(id).await? else { return Ok(None) };
    let standing = match People(tx).standing(id, at).await {
        Ok(standing) => standing,
        Err(PersonError::Store(error)) => return Err(error),
        Err(_) => return Ok(None),
    };
    let kind = VisitorKind::Person { roles: standing.roles.clone(), suspended: standing.suspended };
    let may = policy.may(Action::ApprovePost, Visitor { kind }).allowed;
    let in_order = standing.acknowledged && sign_ins::in_order(&standing);
    let can = may && in_order && SignIns(tx).lost(id).await?.is_none();
    Ok(can.then_some(Able { person: id.clone(), name: person.name, mail: person.mail }))
}

/// Tells the Manager by mail, once a day, while too few people could approve. Says whether somebody was told.
///
/// - `origin`: the site's own address.
pub async fn warn_if_short(
    tx: &mut Tx,
    policy: &Policy,
    origin: &str,
    clock: &dyn Clock,
    entropy: &mut dyn Entropy,
) -> Result<bool, StoreError> {
    let now = clock.now();
    let short = is_short(tx, policy, now).await?;
    if short.is_empty() || !Told(tx).first("cover", &format!("too few {}", day_in_london(now)), now).await? {
        return Ok(false);
    }
    let accounts: Vec<String> =
        short.iter().map(|one| format!("    {}: {}", one.name, in_words(one.able))).collect();
    let body = format!(
        "The policy wants two people for every post. On these accounts fewer than two could approve now:\n\n{}\n\nGive \
         somebody permission, or see whose papers have run out:\n{origin}/cover\n",
        accounts.join("\n")
    );
    for person in People(tx).list().await? {
        if person.is(Role::Manager, now) && !person.is_suspended() {
            Mails(tx).queue(&person.mail, "Too few people can approve", &body, clock, entropy).await?;
        }
    }
    Ok(true)
}

fn in_words(able: usize) -> &'static str {
    if able == 0 { "nobody" } else { "one person" }
}
