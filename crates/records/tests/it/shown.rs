//! Who may be shown: a naive oracle beside the joined answers and the policy, and every boundary in time.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::LazyLock,
};

use cleansheet_policy::{
    Policy, Step,
    facts::{Answer, Depicted, Dial, PostFacts},
    testing::post_in_order,
};
use cleansheet_records::{
    activities::Participant,
    consents::{
        Consent, Edition, EditionWording, Giver, Joined, Kind, Purpose, QUESTIONS, Reader, To, Way, join,
        newest,
    },
};
use cleansheet_terms::{
    ConsentId, Date, Digest, EditionId, Entropy as _, GuardianId, Naming, Network, ParticipantId,
    SeededEntropy, Timestamp, day_in_london,
};
use jiff::ToSpan as _;

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::load().unwrap());

const CASES: u64 = 100_000;
/// The summer-time changes of the year, birthdays and ends of answers fall on days near these.
const AROUND: [&str; 4] = ["2026-03-29", "2026-10-25", "2026-11-21", "2028-02-29"];

/// Everything that decides whether one face may stay open.
#[derive(Debug, Clone)]
struct Case {
    participant: Participant,
    guardians: Vec<GuardianId>,
    /// The oldest first.
    answers: Vec<Consent>,
    edition: Option<Edition>,
    purpose: Purpose,
    network: Network,
    dial: Dial,
    close_up: bool,
    named: Naming,
    at: Timestamp,
}

struct Dice(SeededEntropy);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % n
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    fn hit(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    /// Some days before or after one of the days that matter.
    fn day(&mut self) -> Date {
        let near: Date = self.one(&AROUND).parse().unwrap();
        near.checked_add((i64::try_from(self.below(5)).unwrap() - 2).days()).unwrap()
    }

    /// An instant at or beside a midnight in London.
    fn instant(&mut self) -> Timestamp {
        let midnight = self.day().in_tz("Europe/London").unwrap().timestamp();
        let beside = self.one(&[-1, 0, 1, 3_600_000, -3_600_000, 43_200_000]);
        midnight.checked_add(beside.milliseconds()).unwrap()
    }

    fn case(&mut self) -> Case {
        let at = self.instant();
        let age = self.one(&[3, 11, 12, 12, 13, 16, 17, 17, 18, 18, 40]);
        let born = self.day().with().year(day_in_london(at).year()).build().ok();
        let born = born.and_then(|day| day.checked_sub(age.years()).ok()).filter(|_| !self.hit(10));
        let guardians: Vec<GuardianId> =
            (0..self.below(4)).map(|n| GuardianId::parse(&format!("guardian_{n}")).unwrap()).collect();
        let participant = Participant {
            id: ParticipantId::parse("participant_1").unwrap(),
            name: "Asha Verma".into(),
            born,
            adult: self.hit(4),
            no_image: self.hit(8),
            left: self.hit(6).then(|| self.day()),
            reference: String::new(),
            mail: String::new(),
        };
        let mut case = Case {
            participant,
            guardians,
            answers: Vec::new(),
            edition: (!self.hit(12)).then(|| edition(self.hit(8))),
            purpose: self.one(&Purpose::OF_POSTS),
            network: self.one(&Network::ALL),
            dial: self.one(&[Dial::Covered, Dial::NoCloseUp, Dial::NoCloseUp, Dial::Consent]),
            close_up: self.hit(6),
            named: self.one(&[Naming::None, Naming::None, Naming::First, Naming::Full]),
            at,
        };
        self.answers(&mut case);
        case
    }

    fn answers(&mut self, case: &mut Case) {
        let mut givers: Vec<Giver> = case.guardians.iter().cloned().map(Giver::Guardian).collect();
        givers.push(Giver::Own);
        // Somebody who does not answer for this child, or does not any more.
        givers.push(Giver::Guardian(GuardianId::parse("guardian_9").unwrap()));
        // Most cases are nearly in order: otherwise nothing would ever be allowed.
        let bad = self.one(&[2, 8, 40]);
        let mut number = 0;
        for giver in &givers {
            for _ in 0..=self.below(3) {
                number += 1;
                let (purpose, kind) =
                    if self.hit(bad) { self.one(&QUESTIONS) } else { (case.purpose, Kind::of(case.network)) };
                if self.hit(bad * 2) {
                    continue;
                }
                let yes = !self.hit(bad * 2);
                case.answers.push(Consent {
                    id: ConsentId::parse(&format!("consent_{number}")).unwrap(),
                    participant: case.participant.id.clone(),
                    giver: giver.clone(),
                    purpose,
                    kind,
                    yes,
                    naming: if yes { self.one(&Naming::ALL) } else { Naming::None },
                    wording: self.wording(bad),
                    language: "en".into(),
                    way: Way::Link,
                    evidence: String::new(),
                    given: Timestamp::from_millisecond(number).unwrap(),
                    until: if self.hit(bad) { self.day() } else { Date::MAX },
                });
            }
        }
    }

    fn wording(&mut self, bad: u64) -> Digest {
        let text =
            if self.hit(bad * 2) { self.one(&["old", "unread"]) } else { self.one(&["english", "read"]) };
        Digest::of(text.as_bytes())
    }
}

/// English, a translation that was approved, and one that was not.
fn edition(narrow: bool) -> Edition {
    let made = Timestamp::UNIX_EPOCH;
    let words = |language: &str, text: &str, read: bool| EditionWording {
        reader: Reader::Guardian,
        language: language.into(),
        hash: Digest::of(text.as_bytes()),
        text: text.into(),
        review: read.then(|| ("Zofia Nowak".into(), made)),
    };
    let networks = if narrow { vec![Network::Website, Network::Bluesky] } else { Network::ALL.to_vec() };
    Edition {
        id: EditionId::parse("edition_1").unwrap(),
        made,
        networks: networks.into_iter().collect(),
        wordings: vec![
            words("en", "english", false),
            words("pl", "read", true),
            words("ur", "unread", false),
        ],
    }
}

/// What the law and the policy say, in the plainest words: written without looking at the program.
fn oracle(case: &Case) -> bool {
    let today = day_in_london(case.at);
    let birthday = |age: i16| {
        case.participant.born.map(|born| {
            let same_day = born.with().year(born.year() + age).build();
            same_day.unwrap_or_else(|_| Date::constant(born.year() + age, 3, 1))
        })
    };
    let child = match birthday(18) {
        Some(grown) => today < grown,
        None => !case.participant.adult,
    };
    let twelve = birthday(12).is_some_and(|day| today >= day);
    if case.participant.no_image || case.participant.left.is_some_and(|last| today > last) {
        return false;
    }
    let last = |giver: &Giver| {
        let mut all = case.answers.iter().rev();
        all.find(|one| {
            one.giver == *giver && one.purpose == case.purpose && one.kind == Kind::of(case.network)
        })
    };
    let good: BTreeSet<Digest> = ["english", "read"].iter().map(|text| Digest::of(text.as_bytes())).collect();
    let says_yes = |giver: &Giver| {
        last(giver).is_some_and(|one| {
            let asked = case.edition.as_ref().is_some_and(|edition| edition.networks.contains(&case.network));
            one.yes && asked && good.contains(&one.wording) && today <= one.until
        })
    };
    let mut needed: Vec<Giver> = Vec::new();
    if child {
        needed.extend(case.guardians.iter().cloned().map(Giver::Guardian));
        if needed.is_empty() {
            return false;
        }
        if twelve {
            needed.push(Giver::Own);
        } else if last(&Giver::Own).is_some_and(|own| !own.yes) {
            return false;
        }
    } else {
        needed.push(Giver::Own);
    }
    if !needed.iter().all(says_yes) {
        return false;
    }
    let naming = needed.iter().map(|giver| last(giver).unwrap().naming).min().unwrap();
    if case.named > naming {
        return false;
    }
    match case.dial {
        Dial::Covered => !child,
        Dial::NoCloseUp => !(child && case.close_up),
        Dial::Consent => true,
    }
}

fn joined(case: &Case) -> Joined {
    let newest: BTreeMap<_, _> = newest(&case.answers, case.purpose, Kind::of(case.network));
    let words = case.edition.as_ref().map(Edition::approved);
    let to = To::InForce(words.as_ref(), case.network);
    join(&case.participant, &case.guardians, &newest, to, day_in_london(case.at))
}

/// The facts of a post that is in order but for this person, who is the only one in it.
fn facts(case: &Case, joined: &Joined) -> PostFacts {
    let mut facts = post_in_order("send");
    let like = facts.depicted[0].clone();
    facts.depicted = vec![Depicted {
        child: joined.child,
        no_image: case.participant.no_image,
        guardians: joined.guardians,
        own: joined.own,
        named: case.named,
        naming: joined.naming,
        close_up: case.close_up,
        dial: case.dial,
        on_roster: true,
        ..like
    }];
    if let Some(counted) = &mut facts.counted {
        counted.depicted = 1;
    }
    facts
}

#[test]
fn the_oracle_agrees_on_a_hundred_thousand_random_families() {
    let mut known: HashMap<String, bool> = HashMap::new();
    let mut ends: BTreeMap<(bool, Option<bool>), u64> = BTreeMap::new();
    let mut dice = Dice(SeededEntropy::new(20_261_126));
    for number in 0..CASES {
        let case = dice.case();
        let joined = joined(&case);
        let facts = facts(&case, &joined);
        // The policy answers the same facts the same way; there are far fewer of them than cases.
        let key = format!("{:?}", facts.depicted[0]);
        let shown = *known
            .entry(key)
            .or_insert_with(|| POLICY.judge(Step::Send, &facts).outcome == cleansheet_policy::Judged::Allow);
        assert_eq!(shown, oracle(&case), "case {number}: {case:#?} {joined:?}");
        let own = match joined.own {
            Answer::Yes => Some(true),
            Answer::NotNeeded => None,
            Answer::No | Answer::Lapsed | Answer::Unasked => Some(false),
        };
        *ends.entry((shown, own)).or_default() += 1;
    }
    // An agreement about nothing proves nothing: both ends come up often, with and without an own answer.
    for end in [(true, Some(true)), (true, None), (false, Some(true)), (false, None), (false, Some(false))] {
        assert!(ends.get(&end).is_some_and(|times| *times > CASES / 100), "{ends:?}");
    }
}

/// A child whose two guardians agreed for good, to be changed.
fn agreed(born: &str, own: bool) -> Case {
    let guardians: Vec<GuardianId> =
        ["guardian_1", "guardian_2"].iter().map(|id| GuardianId::parse(id).unwrap()).collect();
    let mut givers: Vec<Giver> = guardians.iter().cloned().map(Giver::Guardian).collect();
    givers.extend(own.then_some(Giver::Own));
    let mut dice = Dice(SeededEntropy::new(1));
    let mut case = dice.case();
    case.participant.born = Some(born.parse().unwrap());
    (case.participant.no_image, case.participant.left, case.participant.adult) = (false, None, false);
    (case.guardians, case.edition) = (guardians, Some(edition(false)));
    (case.dial, case.close_up, case.named) = (Dial::NoCloseUp, false, Naming::None);
    let like = |(number, giver): (usize, Giver)| Consent {
        id: ConsentId::parse(&format!("consent_{number}")).unwrap(),
        participant: case.participant.id.clone(),
        giver,
        purpose: case.purpose,
        kind: Kind::of(case.network),
        yes: true,
        naming: Naming::None,
        wording: Digest::of(b"english"),
        language: "en".into(),
        way: Way::Link,
        evidence: String::new(),
        given: Timestamp::UNIX_EPOCH,
        until: Date::MAX,
    };
    case.answers = givers.into_iter().enumerate().map(like).collect();
    case
}

/// Whether the face may be open in the last millisecond before an instant, and at it.
fn around(case: &Case, instant: &str) -> (bool, bool) {
    let at: Timestamp = instant.parse().unwrap();
    let look = |at| {
        let case = Case { at, ..case.clone() };
        let shown = joined(&case);
        let judged = POLICY.judge(Step::Send, &facts(&case, &shown)).outcome;
        let shown = judged == cleansheet_policy::Judged::Allow;
        assert_eq!(shown, oracle(&case));
        shown
    };
    (look(at.checked_sub(1.milliseconds()).unwrap()), look(at))
}

#[test]
fn every_boundary_in_time_is_met_to_the_millisecond() {
    // What changes, on which day it does, and the instant at which that day begins or ends in London.
    let midnights = [
        ("2026-03-29", "2026-03-29T00:00:00Z"),
        ("2026-03-30", "2026-03-29T23:00:00Z"),
        ("2026-10-25", "2026-10-24T23:00:00Z"),
        ("2026-10-26", "2026-10-26T00:00:00Z"),
        ("2026-07-01", "2026-06-30T23:00:00Z"),
        ("2027-01-01", "2027-01-01T00:00:00Z"),
    ];
    for (day, midnight) in midnights {
        let first: Date = day.parse().unwrap();
        let last = first.yesterday().unwrap();
        let years_ago = |years: i16| first.checked_sub(years.years()).unwrap().to_string();
        // The last day of an answer.
        let mut case = agreed(&years_ago(8), false);
        case.answers[1].until = last;
        assert_eq!(around(&case, midnight), (true, false), "an answer ends on {last}");
        // The last day in activities.
        let mut case = agreed(&years_ago(8), false);
        case.participant.left = Some(last);
        assert_eq!(around(&case, midnight), (true, false), "leaves on {last}");
        // The 12th birthday: the child has not been asked yet.
        assert_eq!(around(&agreed(&years_ago(12), false), midnight), (true, false), "twelve on {day}");
        assert_eq!(around(&agreed(&years_ago(12), true), midnight), (true, true), "and was asked before");
        // The 16th birthday changes nothing.
        assert_eq!(around(&agreed(&years_ago(16), true), midnight), (true, true), "sixteen on {day}");
        // The 18th birthday: the parents' answers no longer count, in neither direction.
        assert_eq!(around(&agreed(&years_ago(18), true), midnight), (true, true), "eighteen on {day}");
        let mut case = agreed(&years_ago(18), true);
        case.answers[2].yes = false;
        assert_eq!(around(&case, midnight), (false, false), "and said no");
        let mut case = agreed(&years_ago(18), true);
        case.answers[0].yes = false;
        assert_eq!(around(&case, midnight), (false, true), "and one parent said no");
        // What covers children covers nobody of 18.
        let mut case = agreed(&years_ago(18), true);
        case.dial = Dial::Covered;
        assert_eq!(around(&case, midnight), (false, true), "children are covered");
    }
}
