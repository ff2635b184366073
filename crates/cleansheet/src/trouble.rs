//! What keeps a running trust from doing everything, and what goes on all the same.
//!
//! Reading, withdrawing and taking down go on as long as anything does. A full disk is met with a reserve: a file that takes
//! up room until it is needed. Once there is hardly any room left it is given up, ordinary writing is refused with a
//! sentence, and what protects a child has the room that was kept for it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use cleansheet_policy::Action;
use cleansheet_records::jobs::Work;
use rustix::fs::{FallocateFlags, fallocate, statvfs};

use crate::app::App;

/// Room that is kept for what has to go on.
const RESERVE_BYTES: u64 = 64 << 20;
/// With less room than this, ordinary writing is refused.
const TOO_LITTLE_BYTES: u64 = 16 << 20;

const FULL: &str = "The server’s disk is full. Nothing new is kept or published until there is room; withdrawals and take-downs go on.";
const DAMAGED: &str =
    "The records are damaged. Nothing is published; tell the IT provider to restore the newest backup.";

const BLIND: &str = "Photos are not looked at, because a model is missing or damaged. Posts with new photos wait; others go out. \
                     Tell the IT provider to run “cleansheet models status”.";

/// What is wrong in this process.
#[derive(Debug)]
pub struct Troubles {
    data: PathBuf,
    /// Whether room is watched: only a program that serves keeps a reserve.
    watched: AtomicBool,
    full: AtomicBool,
    damaged: AtomicBool,
}

impl Troubles {
    /// Nothing is wrong, and nobody looks yet.
    pub fn new(data: &Path) -> Self {
        let no = || AtomicBool::new(false);
        Self { data: data.to_owned(), watched: no(), full: no(), damaged: no() }
    }

    /// Begins to keep room back, and looks whether there is any.
    pub fn watch(&self) {
        self.watched.store(true, Ordering::SeqCst);
        self.look_at_the_disk();
    }

    /// Gives the room back to others when the program ends.
    pub fn end(&self) {
        self.watched.store(false, Ordering::SeqCst);
        let _absent_is_fine = fs::remove_file(self.reserve());
    }

    /// Looks how much room there is: gives up the reserve when there is too little, and takes it again when there is
    /// enough. Says whether the disk is full.
    pub fn look_at_the_disk(&self) -> bool {
        if !self.watched.load(Ordering::SeqCst) {
            return false;
        }
        let Ok(disk) = statvfs(&self.data) else { return self.is_full() };
        let room = disk.f_bavail.saturating_mul(disk.f_frsize);
        let kept = fs::metadata(self.reserve()).map_or(0, |file| file.len());
        let full = if kept > 0 && room >= TOO_LITTLE_BYTES {
            false
        } else if room >= TOO_LITTLE_BYTES + RESERVE_BYTES {
            self.keep_room().is_err()
        } else {
            let _absent_is_fine = fs::remove_file(self.reserve());
            true
        };
        if full != self.full.swap(full, Ordering::SeqCst) {
            tracing::error!(room, full, "the room on the disk has changed");
        }
        full
    }

    /// Whether ordinary writing is refused for want of room.
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::SeqCst)
    }

    /// The records hold something that cannot be what was written.
    pub fn records_are_damaged(&self) {
        if !self.damaged.swap(true, Ordering::SeqCst) {
            tracing::error!("the records are damaged: nothing is published until they are restored");
        }
    }

    fn reserve(&self) -> PathBuf {
        self.data.join("reserve")
    }

    fn keep_room(&self) -> io::Result<()> {
        let file = fs::File::create(self.reserve())?;
        let kept = fallocate(&file, FallocateFlags::empty(), 0, RESERVE_BYTES);
        if kept.is_err() {
            fs::remove_file(self.reserve())?;
        }
        // A file system that cannot keep room has no reserve; that is no reason to refuse anything while there is room.
        match kept {
            Err(rustix::io::Errno::NOSPC) => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }
}

impl App {
    /// Sentences about what is wrong, for everybody who is signed in and for the operator.
    pub fn alarms(&self) -> Vec<String> {
        let told = |wrong: bool, say: &str| wrong.then(|| say.to_owned());
        let damaged = self.troubles.damaged.load(Ordering::SeqCst);
        let blind = self.screener.as_ref().is_none_or(|screener| screener.is_blind())
            && self.troubles.watched.load(Ordering::SeqCst);
        let full = self.troubles.is_full();
        [self.clock.alarm(), told(full, FULL), told(damaged, DAMAGED), told(blind, BLIND)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Whether a kind of work may run now.
    pub fn may_run(&self, work: Work) -> bool {
        let damaged = self.troubles.damaged.load(Ordering::SeqCst);
        match work {
            // Nothing goes for a clock that jumped ahead.
            Work::EndPublications => self.clock.alarm().is_none(),
            Work::Publish => !damaged && !self.troubles.is_full() && self.clock.alarm().is_none(),
            Work::ScreenPhoto | Work::Render | Work::ImportOldPosts | Work::FetchOldPictures => {
                !damaged && !self.troubles.is_full()
            }
            Work::TakeDown
            | Work::ConfirmGone
            | Work::TakeDownOld
            | Work::ConfirmOldGone
            | Work::ConfirmPublished
            | Work::SweepUp
            | Work::Watch
            | Work::SendMail
            | Work::SendText
            | Work::SendPush
            | Work::TellOthers
            | Work::RemoveOriginal => true,
        }
    }
}

/// What is still done while the disk is full: the ways in and out, and whatever makes less public.
pub(crate) fn goes_on_without_room(action: Action, path: &str) -> bool {
    match action {
        Action::SignIn
        | Action::GuardianEnter
        | Action::GuardianRead
        | Action::GuardianWithdraw
        | Action::PausePublishing
        | Action::SettleOrder
        | Action::ReportLost => true,
        Action::OwnRead => true,
        Action::OwnAnswer => path.ends_with("/stop") || path.ends_with("/down"),
        Action::ManageOldPosts => path.ends_with("/take-down"),
        Action::DraftPost => path.ends_with("/drop") || path.ends_with("/take-back"),
        // To prove who it is before one of these, and to end what somebody else may be using.
        Action::ReadHome => path.starts_with("/confirm") || path.starts_with("/me/sign-ins/"),
        Action::ManagePeople => path.ends_with("/end-sign-ins"),
        Action::ManageAccounts => path.ends_with("/end"),
        _ => false,
    }
}
