//! A fact that is not known never helps a post out: whichever single fact is taken away, no refusal becomes a
//! permission, no hold becomes one, and the facts' hash tells the difference.

use std::collections::BTreeSet;

use cleansheet_policy::{
    Judged, Step,
    facts::{
        Answer, Approval, Certificate, Channel, Dbs, Depicted, Dial, Found, Grant, Photo, Picture, PostFacts,
        SignIn, Standing,
    },
    testing::post_in_order,
};
use cleansheet_terms::{Naming, Severity};

use crate::{POLICY, random::Dice};

/// A fact by name, and how to take it away.
type Away = (String, Box<dyn Fn(&mut PostFacts)>);

fn away(name: impl Into<String>, take: impl Fn(&mut PostFacts) + 'static) -> Away {
    (name.into(), Box::new(take))
}

/// Every single fact of a post. Each struct is taken apart in full, so that a new fact does not compile before it says
/// here what it means not to know it.
fn every_fact(facts: &PostFacts) -> Vec<Away> {
    let PostFacts {
        at: _, // the instant of the facts: there is no post without one
        post: _,
        author,
        actor,
        sign_in,
        channel,
        words_screened: _,
        found,
        photos,
        depicted,
        counted: _,
        approval,
        withdrawn: _,
    } = facts;
    let mut all = vec![
        away("post", |facts| facts.post.clear()),
        away("sign_in", |facts| facts.sign_in = None),
        away("words_screened", |facts| facts.words_screened = false),
        away("counted", |facts| facts.counted = None),
        away("withdrawn", |facts| facts.withdrawn = true),
    ];
    all.extend(of_standing("author", author, |facts| Some(&mut facts.author)));
    all.extend(of_standing("actor", actor, |facts| Some(&mut facts.actor)));
    if let Some(sign_in) = sign_in {
        all.extend(of_sign_in(sign_in));
    }
    all.extend(of_channel(channel));
    all.extend(of_approval(approval));
    for (n, found) in found.iter().enumerate() {
        all.extend(of_finding(n, found));
    }
    for (n, photo) in photos.iter().enumerate() {
        all.extend(of_photo(n, photo));
    }
    for (n, person) in depicted.iter().enumerate() {
        all.extend(of_person(n, person));
    }
    all
}

fn of_standing(
    whose: &str,
    standing: &Standing,
    find: impl Fn(&mut PostFacts) -> Option<&mut Standing> + Copy + 'static,
) -> Vec<Away> {
    let Standing { person: _, roles: _, dbs: _, certificate: _, suspended: _, acknowledged: _ } = standing;
    let one = |name: &str, take: fn(&mut Standing)| {
        away(format!("{whose}.{name}"), move |facts| {
            if let Some(standing) = find(facts) {
                take(standing);
            }
        })
    };
    vec![
        one("person", |standing| standing.person.clear()),
        one("roles", |standing| standing.roles.clear()),
        one("dbs", |standing| standing.dbs = Dbs::Missing),
        one("certificate", |standing| standing.certificate = Certificate::Missing),
        one("suspended", |standing| standing.suspended = true),
        one("acknowledged", |standing| standing.acknowledged = false),
    ]
}

fn of_sign_in(sign_in: &SignIn) -> Vec<Away> {
    let SignIn { idle_minutes: _, age_minutes: _, shared_device: _ } = sign_in;
    let one = |name: &str, take: fn(&mut SignIn)| {
        away(format!("sign_in.{name}"), move |facts| {
            if let Some(sign_in) = &mut facts.sign_in {
                take(sign_in);
            }
        })
    };
    vec![
        one("idle_minutes", |sign_in| sign_in.idle_minutes = u32::MAX),
        one("age_minutes", |sign_in| sign_in.age_minutes = u32::MAX),
        one("shared_device", |sign_in| sign_in.shared_device = true),
    ]
}

fn of_channel(channel: &Channel) -> Vec<Away> {
    // A channel has a network or it is none.
    let Channel { id: _, network: _, permitted: _, paused: _, actor_grant: _, author_grant: _ } = channel;
    vec![
        away("channel.id", |facts| facts.channel.id.clear()),
        away("channel.permitted", |facts| facts.channel.permitted = false),
        away("channel.paused", |facts| facts.channel.paused = true),
        away("channel.actor_grant", |facts| facts.channel.actor_grant = Grant::Missing),
        away("channel.author_grant", |facts| facts.channel.author_grant = Grant::Missing),
    ]
}

fn of_approval(approval: &Approval) -> Vec<Away> {
    let Approval { given: _, by_second_person: _, approver, approver_grant: _, hashes_match: _, roles: _ } =
        approval;
    let mut all = vec![
        away("approval.given", |facts| facts.approval.given = false),
        away("approval.by_second_person", |facts| facts.approval.by_second_person = false),
        away("approval.approver", |facts| facts.approval.approver = None),
        away("approval.approver_grant", |facts| facts.approval.approver_grant = Grant::Missing),
        away("approval.hashes_match", |facts| facts.approval.hashes_match = false),
        away("approval.roles", |facts| facts.approval.roles.clear()),
    ];
    if let Some(approver) = approver {
        all.extend(of_standing("approval.approver", approver, |facts| facts.approval.approver.as_mut()));
    }
    all
}

fn of_finding(n: usize, found: &Found) -> Vec<Away> {
    // A finding without a clause, a kind or a place cannot be written down.
    let Found { clause: _, severity: _, kind: _, place: _ } = found;
    vec![
        away(format!("found.{n}"), move |facts| drop(facts.found.remove(n))),
        away(format!("found.{n}.severity"), move |facts| facts.found[n].severity = Severity::Block),
    ]
}

fn of_photo(n: usize, photo: &Photo) -> Vec<Away> {
    let Photo { id: _, picture: _, unaccounted_faces: _, has_alt_text: _, rendition_ready: _ } = photo;
    let one = |name: &str, take: fn(&mut Photo)| {
        away(format!("photos.{n}.{name}"), move |facts| take(&mut facts.photos[n]))
    };
    vec![
        away(format!("photos.{n}"), move |facts| drop(facts.photos.remove(n))),
        one("id", |photo| photo.id.clear()),
        one("picture", |photo| photo.picture = Picture::Unscreened),
        one("unaccounted_faces", |photo| photo.unaccounted_faces = u32::MAX),
        one("has_alt_text", |photo| photo.has_alt_text = false),
        one("rendition_ready", |photo| photo.rendition_ready = false),
    ]
}

fn of_person(n: usize, person: &Depicted) -> Vec<Away> {
    let Depicted {
        depiction: _,
        photo: _,
        child: _,
        no_image: _,
        on_roster: _,
        guardians: _,
        own: _,
        named: _,
        naming: _,
        close_up: _,
        dial: _,
    } = person;
    let one = |name: &str, take: fn(&mut Depicted)| {
        away(format!("depicted.{n}.{name}"), move |facts| take(&mut facts.depicted[n]))
    };
    vec![
        away(format!("depicted.{n}"), move |facts| drop(facts.depicted.remove(n))),
        one("depiction", |person| person.depiction.clear()),
        one("photo", |person| person.photo.clear()),
        one("child", |person| person.child = true),
        one("no_image", |person| person.no_image = true),
        one("on_roster", |person| person.on_roster = false),
        one("guardians", |person| person.guardians = Answer::Unasked),
        one("own", |person| person.own = Answer::Unasked),
        one("named", |person| person.named = Naming::Full),
        one("naming", |person| person.naming = Naming::None),
        one("close_up", |person| person.close_up = true),
        one("dial", |person| person.dial = Dial::Covered),
    ]
}

/// How far a post gets: 0 nowhere, 1 to somebody who has to look, 2 out.
fn far(judged: &Judged) -> u8 {
    match judged {
        Judged::Deny => 0,
        Judged::Hold(_) => 1,
        Judged::Allow => 2,
    }
}

/// An adult has no guardians who could have agreed; the records never say so, and neither do these posts.
fn as_the_records_say(mut facts: PostFacts) -> PostFacts {
    for person in facts.depicted.iter_mut().filter(|person| !person.child) {
        person.guardians = Answer::NotNeeded;
    }
    facts
}

#[test]
fn taking_any_single_fact_away_never_gets_a_post_further() {
    let (mut tried, mut refused) = (0_u32, 0_u32);
    for seed in 0..400 {
        let (step, facts) = Dice::new(1_000_000 + seed).post();
        let facts = as_the_records_say(facts);
        let before = POLICY.judge(step, &facts);
        refused += u32::from(before.outcome == Judged::Deny);
        for (fact, take) in every_fact(&facts) {
            let mut without = facts.clone();
            take(&mut without);
            let after = POLICY.judge(step, &without);
            assert!(far(&after.outcome) <= far(&before.outcome), "{step} without {fact}: {facts:#?}");
            assert_eq!(without == facts, after.facts_hash == before.facts_hash, "{fact}");
            tried += 1;
        }
    }
    assert!(refused > 100 && tried > 10_000, "{refused} refused of 400, {tried} facts taken away");
}

/// What a decision about a post in order does not rest on: roles lift holds, and here there are none; naming has to be
/// agreed to only where somebody is named; what comes later is asked later.
fn is_not_asked(step: Step, fact: &str) -> bool {
    let roles = ["author.roles", "actor.roles", "approval.approver.roles", "approval.roles"];
    let naming = fact.ends_with(".naming");
    let not_yet = match step {
        Step::Submit => {
            fact.starts_with("approval.")
                || fact.ends_with(".rendition_ready")
                || (fact.starts_with("actor.") && fact != "actor.person")
                || ["channel.actor_grant", "channel.paused", "sign_in.shared_device"].contains(&fact)
        }
        Step::Approve => fact.starts_with("approval.") || fact == "channel.paused",
        Step::Send => fact.starts_with("sign_in"),
    };
    let of_adults = ["depicted.1.guardians", "depicted.1.close_up", "depicted.1.dial"].contains(&fact);
    not_yet || naming || of_adults || roles.contains(&fact)
}

#[test]
fn a_post_in_order_is_refused_without_any_single_fact_it_rests_on() {
    for step in Step::ALL {
        let mut rests_on = BTreeSet::new();
        let facts = post_in_order(step.as_str());
        for (fact, take) in every_fact(&facts) {
            let mut without = facts.clone();
            take(&mut without);
            if without == facts {
                continue;
            }
            let judged = POLICY.judge(step, &without).outcome;
            let expected = if is_not_asked(step, &fact) { Judged::Allow } else { Judged::Deny };
            assert_eq!(judged, expected, "{step} without {fact}");
            rests_on.insert(fact);
        }
        assert!(rests_on.len() > 30, "{rests_on:?}");
    }
}

#[test]
fn equal_facts_have_equal_hashes_whatever_the_act() {
    let (_, facts) = Dice::new(7).post();
    let hashes = Step::ALL.map(|step| POLICY.judge(step, &facts.clone()).facts_hash);
    assert!(hashes.iter().all(|hash| *hash == hashes[0]));
    let read_back: PostFacts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
    assert_eq!(POLICY.judge(Step::Send, &read_back).facts_hash, hashes[0]);
}
