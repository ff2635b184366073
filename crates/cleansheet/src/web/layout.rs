//! What every page shows around its own part.

use cleansheet_policy::Action;
use cleansheet_records::{settings::Pause, sign_ins::may_idle};
use cleansheet_terms::{Digest, PersonId};

use super::{Web, clock_words, visit::Who};

/// A script locks the screen this many seconds before the server would, so that it can still keep what was written: more
/// than the half minute to which the server notes acts.
const LOCKS_SOONER: i64 = 40;

/// For `layout.html` and `public.html`.
#[derive(Debug, Clone)]
pub struct Page {
    /// The trust's name in full.
    pub trust: String,
    /// As people say it.
    pub short_name: String,
    /// The Manager's mail address.
    pub contact: String,
    /// Goes into every form.
    pub csrf: String,
    /// A demo says so.
    pub demo: bool,
    /// The path of this page, for the bars.
    pub here: String,
    /// Address of the style sheet.
    pub style: String,
    /// Address of the script.
    pub script: String,
    /// Address of the crest.
    pub crest: String,
    /// The first name of who is signed in.
    pub me: Option<String>,
    /// Tells people apart whose pages stand beside each other in one browser, and is good for nothing else.
    pub mark: Option<String>,
    /// Other people use this device too.
    pub shared: bool,
    /// After how many seconds without a tap a script locks the screen; `None` when nobody of the staff is here.
    pub idle: Option<i64>,
    /// Since when publishing is paused.
    pub paused: Option<String>,
    /// What is wrong with the server, for everybody who is signed in.
    pub alarms: Vec<String>,
    /// Which pages the bars lead to.
    pub nav: Nav,
}

/// Which doors are open to this visitor: the policy's answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nav {
    /// Today.
    pub home: bool,
    /// The list of posts.
    pub posts: bool,
    /// What was public before.
    pub old_posts: bool,
    /// Importing that, and taking it down.
    pub manage_old_posts: bool,
    /// For how long a post stays public.
    pub post_life: bool,
    /// New post.
    pub draft: bool,
    /// The team sheet.
    pub policy: bool,
    /// Reviewing it.
    pub review: bool,
    /// Signing reviews and readings.
    pub sign: bool,
    /// Who takes part, activities and rosters.
    pub participants: bool,
    /// Changing rosters.
    pub rosters: bool,
    /// Those who answer for participants.
    pub families: bool,
    /// The hard "no image" flag.
    pub protect: bool,
    /// Erasing somebody's data.
    pub erase: bool,
    /// People and standing.
    pub people: bool,
    /// Letting people in again.
    pub manage: bool,
    /// The same as a Manager of their own: what each role needs, which courses count, and the roles that are not lent.
    pub own_manager: bool,
    /// Looking at certificates.
    pub verify: bool,
    /// DBS records.
    pub dbs: bool,
    /// The ledger.
    pub ledger: bool,
    /// Who is shown where.
    pub inventory: bool,
    /// Tables as files.
    pub export: bool,
    /// The official accounts.
    pub accounts: bool,
    /// Asking the Manager for an account.
    pub ask_account: bool,
    /// The reviews of who may act on the accounts.
    pub access: bool,
    /// Asking families.
    pub asking: bool,
    /// Pause all publishing.
    pub pause: bool,
    /// Naming who stands in, and who is on call.
    pub cover: bool,
    /// Letting somebody in again whose phone was lost.
    pub let_back_in: bool,
    /// The demo's outbox.
    pub outbox: bool,
    /// The words families are asked in.
    pub wordings: bool,
    /// Complaints and calls.
    pub complaints: bool,
}

impl Page {
    pub(super) fn new(web: &Web, who: &Who, here: &str, csrf: String, pause: Option<&Pause>) -> Self {
        let app = web.app();
        let may = |action| app.policy.may(action, who.visitor()).allowed;
        // Not lent: the doors would only lead whoever stands in for the Manager into refusals.
        let may_by_own = |action| app.policy.may(action, who.own_visitor()).allowed;
        let profile = &app.settings.profile;
        let me = match who {
            Who::Person(me) => Some(first_name(&me.person.name)),
            Who::Guardian(_) | Who::Participant(_) | Who::Nobody => None,
        };
        let mark = match who {
            Who::Person(me) => Some(mark(&me.person.id)),
            Who::Guardian(_) | Who::Participant(_) | Who::Nobody => None,
        };
        let shared = matches!(who, Who::Person(me) if me.sign_in.shared_device);
        let signed_in = me.is_some();
        let nav = Nav {
            home: signed_in && may(Action::ReadHome),
            posts: signed_in && may(Action::ReadPost),
            old_posts: signed_in && may(Action::ReviewOldPosts),
            manage_old_posts: signed_in && may(Action::ManageOldPosts),
            post_life: signed_in && may(Action::SetPostLife),
            draft: signed_in && may(Action::DraftPost),
            policy: signed_in && may(Action::ReadPolicy),
            review: signed_in && may(Action::ReviewPolicy),
            sign: signed_in && may_by_own(Action::SignPolicy),
            participants: signed_in && may(Action::ReadParticipants),
            rosters: signed_in && may(Action::KeepRosters),
            families: signed_in && may(Action::ManageFamilies),
            people: signed_in && may(Action::ReadPeople),
            manage: signed_in && may(Action::ManagePeople),
            own_manager: signed_in && may_by_own(Action::ManagePeople),
            verify: signed_in && may(Action::VerifyPapers),
            dbs: signed_in && may_by_own(Action::HandleDbs),
            ledger: signed_in && may(Action::ReadLedger),
            protect: signed_in && may(Action::ProtectChild),
            erase: signed_in && may(Action::EraseParticipant),
            inventory: signed_in && may(Action::ReadInventory),
            export: signed_in && may(Action::ReadExport),
            accounts: signed_in && may(Action::ManageAccounts),
            ask_account: signed_in && may(Action::AskAccount),
            access: signed_in && may(Action::ReadAccess),
            asking: signed_in && may(Action::AskConsent),
            pause: signed_in && may(Action::PausePublishing),
            cover: signed_in && may(Action::ManageCover),
            let_back_in: signed_in && may(Action::LetBackIn),
            wordings: signed_in && may(Action::ManageWording),
            complaints: signed_in && may(Action::HandleComplaint),
            outbox: app.settings.demo && signed_in && may(Action::ReadOutbox),
        };
        Self {
            trust: profile.trust.name.clone(),
            short_name: profile.trust.short_name.clone(),
            contact: profile.contacts.manager.mail.clone(),
            csrf,
            here: here.to_owned(),
            demo: app.settings.demo,
            style: web.0.assets.style().to_owned(),
            script: web.0.assets.script().to_owned(),
            crest: web.0.assets.crest().to_owned(),
            me,
            mark,
            shared,
            idle: match who {
                Who::Person(me) => {
                    let most = may_idle(&me.person, me.sign_in.shared_device, app.clock.now());
                    Some(most.as_secs() - LOCKS_SOONER)
                }
                Who::Guardian(_) | Who::Participant(_) | Who::Nobody => None,
            },
            alarms: if signed_in { app.alarms() } else { Vec::new() },
            paused: pause.filter(|_| signed_in).map(|pause| clock_words::moment(pause.since)),
            nav,
        }
    }
}

/// Sixteen letters of a hash: an id of the records is on no page where it is not needed.
fn mark(id: &PersonId) -> String {
    Digest::of(id.as_str().as_bytes()).to_string().chars().take(16).collect()
}

/// `Jo` of `Jo Brightwell`.
pub(super) fn first_name(name: &str) -> String {
    name.split_whitespace().next().unwrap_or(name).to_owned()
}
