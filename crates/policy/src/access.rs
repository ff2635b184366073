//! Who may open which page: asked by the guard in front of every page, before its handler runs.

use std::{collections::BTreeSet, fmt};

use cleansheet_terms::Role;
use serde_json::json;

use crate::{Policy, load::Answer};

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)*) => {
        /// What a page does, in the policy's words. Each has a line in `schema.cedarschema`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$doc])* $action,)*
        }

        impl Action {
            /// All of them, in the order of the schema.
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// The name in the schema.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$action => $name,)* }
            }
        }
    };
}

actions! {
    /// The public's pages and what belongs to every page.
    ReadPublic = "read_public",
    /// The ways in and out.
    SignIn = "sign_in",
    /// Today.
    ReadHome = "read_home",
    /// Write and change a post.
    DraftPost = "draft_post",
    /// Read posts that are not public.
    ReadPost = "read_post",
    /// Ask for approval.
    SubmitPost = "submit_post",
    /// Look at a post as the second person.
    ApprovePost = "approve_post",
    /// Give a post back to its author.
    ReturnPost = "return_post",
    /// Say what the network shows of a post that nobody is certain about.
    SettleOrder = "settle_order",
    /// Say who is in what was public before this program came.
    ReviewOldPosts = "review_old_posts",
    /// Import it from an account, take it down, keep its list as a file.
    ManageOldPosts = "manage_old_posts",
    /// Say for how long a post stays public.
    SetPostLife = "set_post_life",
    /// The team sheet.
    ReadPolicy = "read_policy",
    /// Review the policy, and have papers of it made.
    ReviewPolicy = "review_policy",
    /// Sign reviews and readings of the policy.
    SignPolicy = "sign_policy",
    /// People and their standing.
    ReadPeople = "read_people",
    /// Let people in again, and end their sign-ins.
    ManagePeople = "manage_people",
    /// Look at certificates, and see the courses that count.
    VerifyPapers = "verify_papers",
    /// DBS records: what was seen, disclosed and decided.
    HandleDbs = "handle_dbs",
    /// The ledger.
    ReadLedger = "read_ledger",
    /// Lists as files.
    ReadExport = "read_export",
    /// Connect and end accounts, and say who may act on them.
    ManageAccounts = "manage_accounts",
    /// Ask the Manager for an account.
    AskAccount = "ask_account",
    /// The reviews of who may act on the accounts, and what came of them.
    ReadAccess = "read_access",
    /// Stop and start all publishing.
    PausePublishing = "pause_publishing",
    /// The demo's mails.
    ReadOutbox = "read_outbox",
    /// The door for parents and carers.
    GuardianEnter = "guardian_enter",
    /// What a parent or carer has agreed to.
    GuardianRead = "guardian_read",
    /// Change one's mind.
    GuardianWithdraw = "guardian_withdraw",
    /// Answer for a child.
    GuardianAnswer = "guardian_answer",
    /// What somebody was asked about themselves, and their answers.
    OwnRead = "own_read",
    /// Answer for oneself, and change one's mind.
    OwnAnswer = "own_answer",
    /// Ask families, and write answers on paper down.
    AskConsent = "ask_consent",
    /// Put the words in force that people are asked in, and say how children may be shown.
    ManageWording = "manage_wording",
    /// Set and lift the hard "no image" flag, and read why it is there.
    ProtectChild = "protect_child",
    /// Erase all that is held about a participant.
    EraseParticipant = "erase_participant",
    /// Who is shown where, and on what grounds.
    ReadInventory = "read_inventory",
    /// Families' complaints.
    HandleComplaint = "handle_complaint",
    /// Name who stands in for the Manager, and who is on call.
    ManageCover = "manage_cover",
    /// Say that somebody's phone is lost.
    ReportLost = "report_lost",
    /// Say that a lost phone is found.
    LetBackIn = "let_back_in",
    /// Who takes part, and who can appear; not who answers for them.
    ReadParticipants = "read_participants",
    /// Activities, and who is on their rosters.
    KeepRosters = "keep_rosters",
    /// Participants and those who answer for them: their details, sheets of them, records that are made one.
    ManageFamilies = "manage_families",
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who asks for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Who.
    pub kind: VisitorKind,
}

/// What is known of a visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisitorKind {
    /// Nobody we know.
    Nobody,
    /// Somebody who works for the trust.
    Person {
        /// Their roles.
        roles: BTreeSet<Role>,
        /// May not act at the moment.
        suspended: bool,
    },
    /// A parent or carer, by a code sent to the address the trust has.
    Guardian,
    /// A participant, for themselves: by their own link, or handed the phone by a parent.
    Participant,
}

/// Whether a page is open, and if not, a sentence for the person who stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Open.
    pub allowed: bool,
    /// Empty when it is open.
    pub reason: String,
}

impl Policy {
    /// Whether a visitor may do what a page does. An error of the engine keeps it closed.
    pub fn may(&self, action: Action, visitor: Visitor) -> Access {
        let allowed = match self.ask(action.as_str(), context(&visitor)) {
            Answer::Permitted => true,
            Answer::Refused(_) => false,
            Answer::Unsure(..) => {
                let reason = "The policy could not be asked, so this page stays closed.".to_owned();
                return Access { allowed: false, reason };
            }
        };
        let reason = match visitor.kind {
            _ if allowed => String::new(),
            VisitorKind::Person { suspended: true, .. } => "You cannot act at the moment.".to_owned(),
            VisitorKind::Nobody
            | VisitorKind::Person { .. }
            | VisitorKind::Guardian
            | VisitorKind::Participant => self.open_to(action),
        };
        Access { allowed, reason }
    }

    /// For whom a page is, found out by asking for each role.
    fn open_to(&self, action: Action) -> String {
        let as_role = |role: &Role| {
            let kind = VisitorKind::Person { roles: BTreeSet::from([*role]), suspended: false };
            matches!(self.ask(action.as_str(), context(&Visitor { kind })), Answer::Permitted)
        };
        let roles: Vec<&str> = Role::ALL.into_iter().filter(as_role).map(in_words).collect();
        match roles.split_last() {
            None => "It is for parents, carers and participants, who come by their own link.".to_owned(),
            Some((last, [])) => format!("It is for {last}."),
            Some((last, others)) => format!("It is for {} and {last}.", others.join(", ")),
        }
    }
}

fn in_words(role: Role) -> &'static str {
    match role {
        Role::Manager => "the Manager",
        Role::Dsl => "the safeguarding lead",
        Role::Staff => "staff",
        Role::It => "the IT provider",
        Role::Trustee => "trustees",
    }
}

fn context(visitor: &Visitor) -> serde_json::Value {
    let none = BTreeSet::new();
    let (kind, roles, suspended) = match &visitor.kind {
        VisitorKind::Nobody => ("nobody", &none, false),
        VisitorKind::Person { roles, suspended } => ("person", roles, *suspended),
        VisitorKind::Guardian => ("guardian", &none, false),
        VisitorKind::Participant => ("participant", &none, false),
    };
    json!({ "kind": kind, "roles": roles, "suspended": suspended })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cleansheet_terms::Role;

    use super::{Action, Policy, Visitor, VisitorKind};

    fn person(role: Role, suspended: bool) -> VisitorKind {
        VisitorKind::Person { roles: BTreeSet::from([role]), suspended }
    }

    #[test]
    fn every_page_is_open_to_those_it_is_for_and_says_so_to_others() {
        let policy = Policy::load().unwrap();
        let mut lines = Vec::new();
        for action in Action::ALL {
            let may = |kind| policy.may(*action, Visitor { kind }).allowed;
            let open = |kind, name: &'static str| may(kind).then_some(name);
            let roles = Role::ALL.into_iter().filter_map(|role| open(person(role, false), role.as_str()));
            let others = [
                open(VisitorKind::Nobody, "nobody"),
                open(VisitorKind::Guardian, "guardian"),
                open(VisitorKind::Participant, "participant"),
            ];
            let who: Vec<_> = others.into_iter().flatten().chain(roles).collect();
            let says = policy.may(*action, Visitor { kind: VisitorKind::Nobody }).reason;
            lines.push(format!("{:<18} {:<48} {says}", action.as_str(), who.join(" ")).trim_end().to_owned());
        }
        insta::assert_snapshot!(lines.join("\n"), @r"
        read_public        nobody guardian participant manager dsl staff it trustee
        sign_in            nobody guardian participant manager dsl staff it trustee
        read_home          manager dsl staff it trustee                     It is for the Manager, the safeguarding lead, staff, the IT provider and trustees.
        draft_post         manager dsl staff                                It is for the Manager, the safeguarding lead and staff.
        read_post          manager dsl staff trustee                        It is for the Manager, the safeguarding lead, staff and trustees.
        submit_post        manager dsl staff                                It is for the Manager, the safeguarding lead and staff.
        approve_post       manager dsl staff                                It is for the Manager, the safeguarding lead and staff.
        return_post        manager dsl staff                                It is for the Manager, the safeguarding lead and staff.
        settle_order       manager dsl staff                                It is for the Manager, the safeguarding lead and staff.
        review_old_posts   manager dsl staff                                It is for the Manager, the safeguarding lead and staff.
        manage_old_posts   manager dsl                                      It is for the Manager and the safeguarding lead.
        set_post_life      manager                                          It is for the Manager.
        read_policy        manager dsl staff it trustee                     It is for the Manager, the safeguarding lead, staff, the IT provider and trustees.
        review_policy      manager dsl trustee                              It is for the Manager, the safeguarding lead and trustees.
        sign_policy        manager                                          It is for the Manager.
        read_people        manager dsl trustee                              It is for the Manager, the safeguarding lead and trustees.
        manage_people      manager                                          It is for the Manager.
        verify_papers      manager dsl                                      It is for the Manager and the safeguarding lead.
        handle_dbs         manager dsl                                      It is for the Manager and the safeguarding lead.
        read_ledger        manager dsl it trustee                           It is for the Manager, the safeguarding lead, the IT provider and trustees.
        read_export        manager dsl trustee                              It is for the Manager, the safeguarding lead and trustees.
        manage_accounts    manager                                          It is for the Manager.
        ask_account        manager dsl staff                                It is for the Manager, the safeguarding lead and staff.
        read_access        manager dsl trustee                              It is for the Manager, the safeguarding lead and trustees.
        pause_publishing   manager dsl                                      It is for the Manager and the safeguarding lead.
        read_outbox        manager dsl staff trustee                        It is for the Manager, the safeguarding lead, staff and trustees.
        guardian_enter     nobody guardian participant manager dsl staff it trustee
        guardian_read      guardian                                         It is for parents, carers and participants, who come by their own link.
        guardian_withdraw  guardian                                         It is for parents, carers and participants, who come by their own link.
        guardian_answer    guardian                                         It is for parents, carers and participants, who come by their own link.
        own_read           participant                                      It is for parents, carers and participants, who come by their own link.
        own_answer         participant                                      It is for parents, carers and participants, who come by their own link.
        ask_consent        manager dsl                                      It is for the Manager and the safeguarding lead.
        manage_wording     manager                                          It is for the Manager.
        protect_child      dsl                                              It is for the safeguarding lead.
        erase_participant  manager                                          It is for the Manager.
        read_inventory     manager dsl                                      It is for the Manager and the safeguarding lead.
        handle_complaint   manager dsl                                      It is for the Manager and the safeguarding lead.
        manage_cover       manager                                          It is for the Manager.
        report_lost        manager dsl staff it trustee                     It is for the Manager, the safeguarding lead, staff, the IT provider and trustees.
        let_back_in        manager dsl                                      It is for the Manager and the safeguarding lead.
        read_participants  manager dsl staff                                It is for the Manager, the safeguarding lead and staff.
        keep_rosters       manager dsl staff                                It is for the Manager, the safeguarding lead and staff.
        manage_families    manager dsl                                      It is for the Manager and the safeguarding lead.
        ");
    }

    #[test]
    fn whoever_is_suspended_gets_no_further_than_the_door() {
        let policy = Policy::load().unwrap();
        for action in Action::ALL {
            for role in Role::ALL {
                let access = policy.may(*action, Visitor { kind: person(role, true) });
                let open_to_all = policy.may(*action, Visitor { kind: VisitorKind::Nobody }).allowed;
                assert_eq!(access.allowed, open_to_all, "{action} for {role}");
            }
        }
    }
}
