//! Which articles are the newest, without reading all of them for every visitor.
//!
//! An article appears and disappears by a rename in one folder, which changes the time at which that folder was last
//! modified. As long as that time stands, the order that was read before stands as well.

use std::{
    collections::{BTreeSet, HashMap},
    fs, io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use cleansheet_terms::Timestamp;

use super::{Article, Site};

/// File systems write down times in steps: a folder that was modified this shortly ago may be modified once more without
/// showing it.
const STEP: Duration = Duration::from_secs(1);

/// The order of the articles as it was read last. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Order(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// When the folder was last modified; `None` while another change may hide behind the same time.
    modified: Option<SystemTime>,
    published: HashMap<String, Timestamp>,
    in_order: BTreeSet<(Timestamp, String)>,
}

impl Site {
    /// The newest `most` articles, the newest first.
    pub fn newest(&self, most: usize) -> io::Result<Vec<Article>> {
        let keys: Vec<String> = {
            // A panic elsewhere leaves it as it was or half-read; it is compared with the folder again.
            let mut known = self.order.0.lock().unwrap_or_else(PoisonError::into_inner);
            self.look_again(&mut known)?;
            known.in_order.iter().rev().take(most).map(|(_, key)| key.clone()).collect()
        };
        keys.iter().filter_map(|key| self.article(key).transpose()).collect()
    }

    fn look_again(&self, known: &mut Known) -> io::Result<()> {
        let modified = fs::metadata(self.posts())?.modified()?;
        if known.modified == Some(modified) {
            return Ok(());
        }
        let mut gone: BTreeSet<String> = known.published.keys().cloned().collect();
        for entry in fs::read_dir(self.posts())? {
            let name = entry?.file_name();
            let Some(key) = name.to_str() else { continue };
            if gone.remove(key) {
                continue;
            }
            if let Some(article) = self.article(key)? {
                known.published.insert(key.to_owned(), article.published);
                known.in_order.insert((article.published, key.to_owned()));
            }
        }
        for key in gone {
            if let Some(published) = known.published.remove(&key) {
                known.in_order.remove(&(published, key));
            }
        }
        // INVARIANT: the file system's own time is compared, so a clock that was set back only means one look more.
        let settled = modified.elapsed().is_ok_and(|since| since > STEP);
        known.modified = settled.then_some(modified);
        Ok(())
    }
}
