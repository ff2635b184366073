//! What is public about somebody who asked to be forgotten.

use cleansheet_screening::material::Allow;
use cleansheet_terms::{Date, Naming, ParticipantId};

use super::{Standing, people, posts_about};
use crate::{
    activities::{Activities, Participant},
    columns::Columns as _,
    database::{StoreError, Tx, sql},
    old_posts::{OldPost, OldPosts, OldState},
    orders::{Order, OrderState, Orders},
    posts::Words,
};

/// Everything that shows or names somebody and is public, may be, or waits to be.
pub(super) struct Public {
    pub(super) orders: Vec<Order>,
    /// Posts from before this program that show them, as somebody said. Those whose words alone may mean them are for people
    /// to find: a first name is the name of many.
    pub(super) old_posts: Vec<OldPost>,
}

impl Public {
    pub(super) async fn about(tx: &mut Tx, id: &ParticipantId, day: Date) -> Result<Self, StoreError> {
        let mut public = Self { orders: Vec::new(), old_posts: Vec::new() };
        for id in people::same_as(tx, id).await? {
            let Some(who) = Activities(tx).participant(&id).await? else { continue };
            public.orders.extend(orders_about(tx, &who, day).await?);
            let old = OldPosts(tx).showing(&id).await?;
            public.old_posts.extend(old.into_iter().filter(|post| post.state != OldState::Gone));
        }
        Ok(public)
    }

    pub(super) fn standing(&self) -> Standing {
        let going = self.orders.iter().all(|order| order.state == OrderState::TakingDown)
            && self.old_posts.iter().all(|post| post.state == OldState::TakingDown);
        match (self.orders.is_empty() && self.old_posts.is_empty(), going) {
            (true, _) => Standing::Gone,
            (false, true) => Standing::Going,
            (false, false) => Standing::Showing,
        }
    }
}

async fn orders_about(tx: &mut Tx, who: &Participant, day: Date) -> Result<Vec<Order>, StoreError> {
    let mut orders = Vec::new();
    for post in posts_about(tx, &who.id).await? {
        let shown = sql("SELECT s.order_id FROM order_person s JOIN release_order o ON o.id = s.order_id
             WHERE s.participant_id = $1 AND o.post_id = $2");
        let shown = tx.rows(shown.bind(who.id.as_str().to_owned()).bind(post.as_str().to_owned())).await?;
        let shown: Vec<String> = shown.iter().map(|row| row.text("order_id")).collect::<Result<_, _>>()?;
        for order in Orders(tx).orders_of(&post).await? {
            let about = || shown.contains(&order.id.to_string()) || says(&order, who, day);
            if order.state.is_living() && about() {
                orders.push(order);
            }
        }
    }
    Ok(orders)
}

/// Whether a publication names somebody. One that cannot be read may.
fn says(order: &Order, who: &Participant, day: Date) -> bool {
    let Ok(release) = order.release() else { return true };
    let named = Words::of_release(&release).name(&who.name, who.is_child_on(day), &Allow::default(), day);
    named > Naming::None
}
