//! An independent reading of the policy, clause by clause, from its text: no Cedar, none of the program's rules. It
//! has to agree with the program on every random post, on the outcome and on the clauses that are cited.

use std::collections::{BTreeMap, BTreeSet};

use cleansheet_policy::{
    Step,
    cases::Verdict,
    facts::{Answer, Certificate, Dbs, Depicted, Dial, Grant, Photo, Picture, PostFacts, Standing},
};
use cleansheet_terms::{Clause, Role, Severity};

use crate::{POLICY, random::Dice};

/// How many random posts. The issue asks for 20,000.
const POSTS: u64 = 20_000;

/// What the oracle has collected so far.
#[derive(Default)]
struct Oracle {
    refused: BTreeSet<Option<u8>>,
    waits: BTreeSet<u8>,
}

impl Oracle {
    fn refuse_if(&mut self, clause: u8, wrong: bool) {
        if wrong {
            self.refused.insert(Some(clause));
        }
    }

    fn verdict(self) -> Verdict {
        let outcome = match (self.refused.is_empty(), self.waits.is_empty()) {
            (false, _) => "deny",
            (true, false) => "hold",
            (true, true) => "allow",
        };
        let cited = self.refused.into_iter().chain(self.waits.into_iter().map(Some));
        let clauses = cited.map(|number| number.map(|number| Clause::new(number).unwrap())).collect();
        Verdict { outcome: outcome.to_owned(), clauses }
    }
}

/// The policy, read aloud.
fn oracle(step: Step, facts: &PostFacts) -> Verdict {
    let mut oracle = Oracle::default();
    // Who manages the account at this step: the author always, the second person from approval on.
    let second = match step {
        Step::Submit => None,
        Step::Approve | Step::Send => Some(&facts.actor),
    };
    let approver = facts.approval.approver.as_ref();
    let looked: BTreeSet<Role> = match step {
        Step::Submit => BTreeSet::new(),
        Step::Approve => facts.actor.roles.clone(),
        Step::Send => {
            if facts.approval.given {
                facts.approval.roles.clone()
            } else {
                BTreeSet::new()
            }
        }
    };
    if !complete(facts) {
        oracle.refused.insert(None);
    }
    clauses_one_to_four(&mut oracle, step, facts, second, approver);
    // Clause 12: a second person looks at each post, at exactly what goes out; everybody has read the policy.
    oracle.refuse_if(12, !facts.author.acknowledged || second.is_some_and(|person| !person.acknowledged));
    let same = facts.actor.person == facts.author.person;
    match step {
        Step::Submit => oracle.refuse_if(12, !same),
        Step::Approve => oracle.refuse_if(12, same),
        Step::Send => {
            let by_another = approver.is_some_and(|approver| approver.person != facts.author.person);
            let approval = &facts.approval;
            oracle.refuse_if(12, !approval.given || !approval.by_second_person || !by_another);
            oracle.refuse_if(12, !approval.hashes_match);
            oracle.refuse_if(12, approver.is_none_or(|approver| !approver.acknowledged));
            oracle.refuse_if(12, facts.channel.paused);
        }
    }
    // Clause 6: unread words may be foul. Clause 9: any no wins, at any time.
    oracle.refuse_if(6, !facts.words_screened);
    oracle.refuse_if(9, facts.withdrawn);
    facts.photos.iter().for_each(|one| photo(&mut oracle, step, one, &looked));
    facts.depicted.iter().for_each(|one| person(&mut oracle, one));
    for found in &facts.found {
        let number = found.clause.number();
        // Language, content, pictures, privacy and conduct: Manager or safeguarding lead. The rest: the lead alone.
        let lead_or_manager = matches!(number, 6..=10 | 12);
        let seen = looked.contains(&Role::Dsl) || (lead_or_manager && looked.contains(&Role::Manager));
        match found.severity {
            Severity::Note => {}
            Severity::Hold if seen => {}
            Severity::Hold => {
                oracle.waits.insert(number);
            }
            Severity::Block => oracle.refuse_if(number, true),
        }
    }
    oracle.verdict()
}

fn clauses_one_to_four(
    oracle: &mut Oracle,
    step: Step,
    facts: &PostFacts,
    second: Option<&Standing>,
    approver: Option<&Standing>,
) {
    // Clause 1: a relevant DBS check and a certificate in date, of everybody who has a hand in it, at every step.
    oracle.refuse_if(1, !may_act(&facts.author) || second.is_some_and(|person| !may_act(person)));
    oracle.refuse_if(1, step == Step::Send && approver.is_none_or(|approver| !may_act(approver)));
    // Clauses 2 and 3: the Manager's express permission, for the account and for each person on it.
    oracle.refuse_if(2, !facts.channel.permitted);
    oracle.refuse_if(3, facts.channel.author_grant != Grant::Current);
    oracle.refuse_if(3, second.is_some() && facts.channel.actor_grant != Grant::Current);
    oracle.refuse_if(3, step == Step::Send && facts.approval.approver_grant != Grant::Current);
    // Clause 4: somebody at a screen may have left it; a worker has no screen.
    if step != Step::Send {
        match facts.sign_in {
            None => oracle.refuse_if(4, true),
            Some(screen) => {
                let idle = if step == Step::Approve { 15 } else { 30 };
                oracle.refuse_if(4, screen.idle_minutes > idle || screen.age_minutes > 12 * 60);
                oracle.refuse_if(4, step == Step::Approve && screen.shared_device);
            }
        }
    }
}

fn may_act(person: &Standing) -> bool {
    !person.suspended && person.dbs == Dbs::Current && person.certificate == Certificate::Current
}

fn photo(oracle: &mut Oracle, step: Step, photo: &Photo, looked: &BTreeSet<Role>) {
    match photo.picture {
        Picture::Clear => {}
        Picture::Look if looked.contains(&Role::Dsl) || looked.contains(&Role::Manager) => {}
        Picture::Look => {
            oracle.waits.insert(7);
        }
        Picture::Stopped | Picture::Unscreened => oracle.refuse_if(7, true),
    }
    oracle.refuse_if(8, photo.unaccounted_faces > 0);
    // The author need not wait for the covers to be drawn; whoever approves looks at the finished picture.
    oracle.refuse_if(8, step != Step::Submit && !photo.rendition_ready);
    oracle.refuse_if(12, !photo.has_alt_text);
}

fn person(oracle: &mut Oracle, person: &Depicted) {
    oracle.refuse_if(8, !person.on_roster);
    let named_anyway = person.named > person.naming;
    if person.child {
        let own_is_fine = matches!(person.own, Answer::Yes | Answer::NotNeeded);
        oracle.refuse_if(9, person.guardians != Answer::Yes || !own_is_fine);
        oracle.refuse_if(9, person.no_image || named_anyway);
        oracle.refuse_if(9, person.close_up && person.dial < Dial::Consent || person.dial == Dial::Covered);
    } else {
        oracle.refuse_if(8, person.own != Answer::Yes || person.no_image || named_anyway);
    }
}

/// Nothing was lost on the way: what is counted is there, and everything has a name.
fn complete(facts: &PostFacts) -> bool {
    let there = [facts.found.len(), facts.photos.len(), facts.depicted.len()];
    let counted = facts.counted.map(|n| [n.found, n.photos, n.depicted].map(|n| usize::try_from(n).unwrap()));
    let photos: BTreeSet<&str> = facts.photos.iter().map(|photo| photo.id.as_str()).collect();
    let named = !facts.author.person.is_empty() && !facts.actor.person.is_empty();
    let approver_named = facts.approval.approver.as_ref().is_none_or(|approver| !approver.person.is_empty());
    let in_a_photo = facts.depicted.iter().all(|person| photos.contains(person.photo.as_str()));
    counted == Some(there) && named && approver_named && in_a_photo
}

#[test]
fn the_oracle_agrees_on_twenty_thousand_random_posts() {
    let mut ends: BTreeMap<String, u64> = BTreeMap::new();
    let mut cited: BTreeMap<Option<Clause>, u64> = BTreeMap::new();
    for seed in 0..POSTS {
        let (step, facts) = Dice::new(seed).post();
        let judgement = POLICY.judge(step, &facts);
        let found = Verdict::from(&judgement);
        assert_eq!(found, oracle(step, &facts), "seed {seed}, {step}: {facts:#?}\n{:#?}", judgement.reasons);
        *ends.entry(found.outcome).or_default() += 1;
        found.clauses.into_iter().for_each(|clause| *cited.entry(clause).or_default() += 1);
    }
    // An agreement about nothing proves nothing: each end and each clause has to come up often.
    for end in ["allow", "hold", "deny"] {
        assert!(ends.get(end).is_some_and(|times| *times > POSTS / 10), "{ends:?}");
    }
    assert_eq!(cited.len(), 17, "{cited:?}");
    assert!(cited.values().all(|times| *times > 100), "{cited:?}");
}
