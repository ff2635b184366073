//! What happened to a post, and how it stands, in words.

use std::collections::BTreeSet;

use cleansheet_records::{
    Tx,
    orders::{Answer, Order, OrderState, Orders},
    people::People,
    posts::{Decided, Post, Posts, Stage},
    withdrawals::GONE_WITHIN,
};
use cleansheet_terms::{PersonId, Timestamp};

use super::Ticked;
use crate::web::{Problem, clock_words, layout::first_name, problem::sentence};

/// State and word of a whole post.
pub(super) fn state(post: &Post, orders: &BTreeSet<OrderState>) -> (&'static str, &'static str) {
    let any = |state: OrderState| orders.contains(&state);
    match post.stage {
        // The old copies of a post that is a draft again tell more than the draft.
        _ if any(OrderState::TakingDown) => ("hold", "Being taken down"),
        Stage::Draft if post.returned.is_some() => ("hold", "Came back"),
        Stage::Draft => ("note", "Draft"),
        Stage::Submitted => ("hold", "Needs a second person"),
        Stage::Dropped => ("off", "Dropped"),
        Stage::Stopped if any(OrderState::Gone) => ("off", "Taken down"),
        Stage::Stopped => ("stop", "Stopped"),
        Stage::Approved if any(OrderState::Uncertain) => ("hold", "We do not know yet"),
        Stage::Approved
            if post.publish_at.is_some()
                && orders.iter().all(|one| matches!(one, OrderState::Queued | OrderState::Gone)) =>
        {
            ("hold", "Planned")
        }
        Stage::Approved if any(OrderState::Queued) || any(OrderState::Sending) || any(OrderState::Sent) => {
            ("hold", "On its way")
        }
        Stage::Approved if any(OrderState::Published) && any(OrderState::Stopped) => {
            ("hold", "Public, but not everywhere")
        }
        Stage::Approved if any(OrderState::Published) => ("ok", "Public"),
        Stage::Approved if any(OrderState::Stopped) => ("stop", "Stopped"),
        Stage::Approved if any(OrderState::Gone) => ("off", "Taken down"),
        Stage::Approved => ("hold", "On its way"),
    }
}

/// It never left, and the same account has a newer one.
///
/// - `orders`: of the same post, the newest first.
pub(super) fn is_past(order: &Order, orders: &[Order]) -> bool {
    let newest = orders.iter().find(|one| one.channel == order.channel);
    order.state == OrderState::Stopped && newest.is_some_and(|newest| newest.id != order.id)
}

/// Its take-down was asked for, and in the time that families are promised nobody has seen it to be gone.
pub(super) fn is_late(order: &Order, now: Timestamp) -> bool {
    let asked = order.take_down.filter(|_| order.state == OrderState::TakingDown);
    asked.is_some_and(|asked| now.duration_since(asked) >= GONE_WITHIN)
}

/// State, word and sentence of one order.
pub(super) fn order(order: &Order, now: Timestamp) -> ((&'static str, &'static str), String) {
    let at =
        |instant: Option<Timestamp>| instant.map(|at| clock_words::some_moment(at, now)).unwrap_or_default();
    match order.state {
        OrderState::Queued => (("hold", "Waiting"), "It goes out in a moment.".to_owned()),
        OrderState::Sending => (("hold", "Being sent"), "It is being sent.".to_owned()),
        OrderState::Uncertain => {
            (("hold", "We do not know"), "The answer was lost. We look before we send again.".to_owned())
        }
        OrderState::Sent => (("hold", "Sent"), "It was sent. We look whether it is there.".to_owned()),
        OrderState::Published => (("ok", "Public"), format!("Public. We looked on {}.", at(order.published))),
        OrderState::Stopped => {
            let because = order.because.as_deref().map(sentence).unwrap_or_default();
            (("stop", "Stopped"), format!("It did not go out. {because}").trim_end().to_owned())
        }
        OrderState::TakingDown if is_late(order, now) => {
            let say = format!(
                "Its take-down was asked for on {}, and it is still not seen to be gone. Look as the public does, and \
                 remove by hand what is there.",
                at(order.take_down)
            );
            (("stop", "Not gone yet"), say)
        }
        OrderState::TakingDown => {
            (("hold", "Being taken down"), "It is being taken down. We look until it is gone.".to_owned())
        }
        OrderState::Gone => (("off", "Gone"), format!("Gone. We looked on {}.", at(order.gone))),
    }
}

type Event = (Timestamp, &'static str, String);

/// Everything that happened, the newest first.
pub(super) async fn history(
    tx: &mut Tx,
    post: &Post,
    author: &str,
    orders: &[Order],
    channels: &[Ticked],
) -> Result<Vec<Event>, Problem> {
    let author = first_name(author);
    let mut events = vec![(post.made, "note", format!("{author} started it."))];
    let mut decisions = Posts(tx).decisions(&post.id).await?;
    // Of one instant, in the order of a post's way: ids of one millisecond are in no order.
    let step = |decided: &Decided| ["submit", "approve", "send"].iter().position(|act| *act == decided.act);
    decisions.sort_by_key(|decided| (decided.at, step(decided)));
    for decided in decisions {
        let actor = PersonId::parse(&decided.facts.actor.person).ok();
        let actor = match actor {
            Some(id) => People(tx).find(&id).await?.map(|person| first_name(&person.name)),
            None => None,
        };
        events.extend(decision(&decided, &actor.unwrap_or_else(|| "Somebody".to_owned())));
    }
    for approval in Posts(tx).approvals(&post.id).await? {
        if let Some(void) = approval.void {
            events.push((
                void,
                "hold",
                "It was changed, taken back or stopped: the approval no longer counts.".to_owned(),
            ));
        }
    }
    for order in orders {
        let channel =
            channels.iter().find(|one| one.id == order.channel).map_or("a channel", |one| &one.name);
        events.extend(travels(order, channel));
        for answered in Orders(tx).answers(&order.id).await? {
            let who = People(tx).find(&answered.by).await?;
            let who = who.map_or_else(|| "Somebody".to_owned(), |person| first_name(&person.name));
            let say = match answered.answer {
                Answer::There => format!("{who} looked: it is on {channel} as approved."),
                Answer::NotThere => format!("{who} looked: it is not on {channel}."),
                Answer::TakeDown => format!("{who} looked, and had it taken down from {channel}."),
            };
            events.push((answered.at, "note", say));
        }
    }
    events.sort_by_key(|(at, ..)| *at);
    // Each channel has its own decision; people read one line.
    events.dedup_by(|a, b| a.0 == b.0 && a.2 == b.2);
    events.reverse();
    Ok(events)
}

fn decision(decided: &Decided, actor: &str) -> Option<Event> {
    let clauses: BTreeSet<u8> =
        decided.reasons.iter().filter_map(|reason| reason.clause).map(|clause| clause.number()).collect();
    let clauses: Vec<String> = clauses.iter().map(u8::to_string).collect();
    let cited = match clauses.as_slice() {
        [] => String::new(),
        [one] => format!(": clause {one}"),
        many => format!(": clauses {}", many.join(", ")),
    };
    let event = |state, say: String| Some((decided.at, state, say));
    match (decided.act.as_str(), decided.outcome.as_str()) {
        ("submit", "deny") => event("stop", format!("{actor} could not send it for approval{cited}.")),
        ("submit", _) => event("hold", format!("{actor} sent it for approval.")),
        ("approve", "allow") => event("ok", format!("{actor} approved it.")),
        ("approve", _) => event("stop", format!("{actor} could not approve it{cited}.")),
        ("send", "allow") => None,
        _ => event("stop", format!("Stopped before it left{cited}.")),
    }
}

fn travels(order: &Order, channel: &str) -> Vec<Event> {
    let stopped = (order.state == OrderState::Stopped)
        .then(|| order.take_down.map(|at| (at, "stop", format!("Stopped before it left for {channel}."))))
        .flatten();
    let gone_to = [
        order.sent.map(|at| (at, "hold", format!("Sent to {channel}."))),
        order.published.map(|at| (at, "ok", format!("Public on {channel}: we looked."))),
        order
            .take_down
            .filter(|_| stopped.is_none())
            .map(|at| (at, "hold", format!("Being taken down from {channel}."))),
        order.gone.map(|at| (at, "ok", format!("Gone from {channel}: we looked."))),
    ];
    gone_to.into_iter().flatten().chain(stopped).collect()
}
