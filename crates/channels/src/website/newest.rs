//! In which order the articles are, without reading all of them for every visitor and every page of a list.
//!
//! An article appears and disappears by a rename in one folder, which changes the time at which that folder was last
//! modified. As long as that time stands, the order that was read before stands as well.

use std::{
    collections::{BTreeSet, HashMap},
    fs, io,
    ops::Bound,
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

/// When an article was published, and its key.
pub(super) type Place = (Timestamp, String);

#[derive(Debug, Default)]
struct Known {
    /// When the folder was last modified; `None` while another change may hide behind the same time.
    modified: Option<SystemTime>,
    published: HashMap<String, Timestamp>,
    in_order: BTreeSet<Place>,
}

impl Site {
    /// The newest `most` articles, the newest first.
    pub fn newest(&self, most: usize) -> io::Result<Vec<Article>> {
        let places = self.older_than(None, most)?;
        places.iter().filter_map(|(_, key)| self.article(key).transpose()).collect()
    }

    /// When the newest `most` articles behind a place were published, and their keys, the newest first.
    pub(super) fn older_than(&self, place: Option<&Place>, most: usize) -> io::Result<Vec<Place>> {
        // A panic elsewhere leaves it as it was or half-read; it is compared with the folder again.
        let mut known = self.order.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.look_again(&mut known)?;
        let behind = place.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(known.in_order.range((Bound::Unbounded, behind)).rev().take(most).cloned().collect())
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
