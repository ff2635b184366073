//! What must hold after every step:
//!
//! - I1: each post is public at most once on each network;
//! - I2: nothing comes to the public but by a worker, and then only what is approved, not withdrawn, not paused and for a
//!   permitted account at that moment;
//! - I3: what was withdrawn or put away is stopped, gone, or on its way down;
//! - I4: what was acknowledged is there: the orders of every approval, and everything that is said to be published or gone;
//! - I5: the ledger only grows, and its files are what the table says;
//! - I6: no two workers hold the same job.

use std::collections::BTreeSet;

use cleansheet::ledger_files::Folder;
use cleansheet_ledger::{VerifierKey, verify};
use cleansheet_records::{
    ledger_entries::Ledger,
    orders::{Order, OrderState, Orders},
    testing::held_jobs,
};

use super::world::{Item, World};

impl World {
    /// - `worked`: a worker ran in the step before.
    pub(crate) async fn check(&mut self, worked: bool) {
        let seen = self.seen();
        for (number, text) in seen.difference(&self.public) {
            assert!(worked, "I2: `{text}` came to {number} without a worker");
            assert!(
                self.may_be_public(*number, text),
                "I2: `{text}` came to {number}, and may not be public"
            );
        }
        for (item, orders) in self.items.iter().zip(self.orders().await) {
            self.check_post(item, &orders, &seen);
        }
        self.check_ledger().await;
        self.check_leases().await;
        for item in &mut self.items {
            item.was_public |= seen.iter().any(|(_, text)| *text == item.text);
        }
        self.public = seen;
    }

    /// By the model alone.
    fn may_be_public(&self, number: usize, text: &str) -> bool {
        let permitted = self.accounts.get(number).is_none_or(|account| account.permitted);
        let item = self.items.iter().find(|item| item.text == text);
        permitted && !self.paused && item.is_some_and(|item| item.approved && !item.dead)
    }

    fn check_post(&self, item: &Item, orders: &[Order], seen: &BTreeSet<(usize, String)>) {
        let channels = self.channels();
        if item.approved {
            assert_eq!(orders.len(), channels.len(), "I4: orders of `{}` are missing", item.text);
        }
        for order in orders {
            let number = channels.iter().position(|channel| *channel == order.channel).unwrap();
            let (public, state) = (seen.contains(&(number, item.text.clone())), order.state);
            let say = || format!("`{}` at {number} is {state:?}, and public: {public}", item.text);
            match state {
                OrderState::Published => assert!(public, "I4: {}", say()),
                OrderState::Queued | OrderState::Stopped | OrderState::Gone => {
                    assert!(!public, "I4: {}", say())
                }
                OrderState::Sending | OrderState::Uncertain | OrderState::Sent | OrderState::TakingDown => {}
            }
            let ends = matches!(state, OrderState::Stopped | OrderState::Gone | OrderState::TakingDown);
            assert!(!item.dead || ends, "I3: withdrawn, and {}", say());
        }
    }

    async fn check_ledger(&mut self) {
        let mut tx = self.site.app.records.read().await.unwrap();
        let leaves = Ledger(&mut tx).leaves().await.unwrap();
        assert!(leaves.starts_with(&self.leaves), "I5: the ledger was changed");
        self.leaves = leaves;
    }

    async fn check_leases(&self) {
        let mut tx = self.site.app.records.read().await.unwrap();
        let held = held_jobs(&mut tx, cleansheet_terms::Clock::now(&*self.site.clock)).await.unwrap();
        let works: BTreeSet<_> = held.iter().map(|(kind, subject, _)| (kind, subject)).collect();
        assert_eq!(works.len(), held.len(), "I6: held twice: {held:?}");
    }

    /// The orders of every post, in the order of the posts.
    pub(crate) async fn orders(&self) -> Vec<Vec<Order>> {
        let mut tx = self.site.app.records.read().await.unwrap();
        let mut all = Vec::new();
        for item in &self.items {
            all.push(Orders(&mut tx).orders_of(&item.id).await.unwrap());
        }
        all
    }

    /// Whether nothing is on its way any more.
    pub(crate) async fn at_rest(&self) -> bool {
        let ends = |order: &Order| {
            matches!(order.state, OrderState::Published | OrderState::Stopped | OrderState::Gone)
        };
        self.orders().await.iter().flatten().all(ends)
    }

    /// When everything has come to its end: what is out is what the model says, and the ledger verifies.
    pub(crate) async fn check_the_end(&self) {
        let seen = self.seen();
        for item in self.items.iter().filter(|item| item.dead) {
            assert!(
                !seen.iter().any(|(_, text)| *text == item.text),
                "withdrawn, and public: `{}`",
                item.text
            );
        }
        let app = &self.site.app;
        let size = app.ledger.bring_up_to_date(&app.records).await.unwrap();
        assert_eq!(size, self.leaves.len() as u64, "I5: the files are not the table");
        let folder = Folder::new(&self.site.data().join("ledger"));
        let key = std::fs::read_to_string(folder.key_path()).unwrap();
        assert_eq!(verify(&folder, &VerifierKey::parse(key.trim()).unwrap(), None).unwrap().size, size);
    }
}
