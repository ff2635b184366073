//! Random posts: from one where everything is in order to one where nothing is.

use cleansheet_policy::{
    Step,
    facts::{
        Answer, Certificate, Counted, Dbs, Depicted, Dial, Found, Grant, Photo, Picture, PostFacts, SignIn,
        Standing,
    },
    testing::post_in_order,
};
use cleansheet_terms::{Clause, Entropy, Naming, Network, Role, SeededEntropy, Severity};

/// Chance that can be repeated, and how much of it goes wrong in this post.
pub(crate) struct Dice {
    entropy: SeededEntropy,
    /// Of 100 facts, how many are drawn anew.
    odds: u32,
}

const ANSWERS: [Answer; 5] = [Answer::Yes, Answer::No, Answer::Lapsed, Answer::Unasked, Answer::NotNeeded];
const PICTURES: [Picture; 4] = [Picture::Clear, Picture::Look, Picture::Stopped, Picture::Unscreened];
const GRANTS: [Grant; 4] = [Grant::Current, Grant::Missing, Grant::Ended, Grant::Narrower];
const DBS: [Dbs; 5] = [Dbs::Current, Dbs::Missing, Dbs::Undecided, Dbs::WrongLevel, Dbs::RecheckOverdue];
const CERTIFICATES: [Certificate; 4] =
    [Certificate::Current, Certificate::Missing, Certificate::Unverified, Certificate::Expired];

impl Dice {
    /// The same dice for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { entropy: SeededEntropy::new(seed), odds: 0 }
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        let mut bytes = [0_u8; 4];
        self.entropy.fill(&mut bytes);
        u32::from_le_bytes(bytes) % end
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(u32::try_from(of.len()).unwrap())).unwrap()]
    }

    fn hit(&mut self) -> bool {
        self.below(100) < self.odds
    }

    fn maybe<T: Copy>(&mut self, fact: &mut T, of: &[T]) {
        if self.hit() {
            *fact = self.one(of);
        }
    }

    /// An act and a post.
    pub(crate) fn post(&mut self) -> (Step, PostFacts) {
        let step = self.one(&Step::ALL);
        let mut facts = post_in_order(step.as_str());
        self.odds = self.one(&[0, 1, 3, 10, 40]);
        self.people(&mut facts);
        self.photos(&mut facts);
        for _ in 0..self.one(&[0, 0, 1, 2]) {
            let clause = Clause::new(u8::try_from(self.below(16) + 1).unwrap()).unwrap();
            let severity = self.one(&[Severity::Note, Severity::Hold, Severity::Hold, Severity::Block]);
            facts.found.push(Found { clause, severity, kind: "kind".into(), place: "caption".into() });
        }
        let long = |length: usize| u32::try_from(length).unwrap();
        let mut counted = Counted {
            found: long(facts.found.len()),
            photos: long(facts.photos.len()),
            depicted: long(facts.depicted.len()),
        };
        if self.hit() && self.hit() {
            let lists = [&mut counted.found, &mut counted.photos, &mut counted.depicted];
            *lists.into_iter().nth(usize::try_from(self.below(3)).unwrap()).unwrap() += 1;
        }
        facts.counted = (!(self.hit() && self.hit())).then_some(counted);
        (step, facts)
    }

    fn people(&mut self, facts: &mut PostFacts) {
        self.standing(&mut facts.author);
        self.standing(&mut facts.actor);
        if self.hit() {
            facts.actor.person = self.one(&["person_author", "person_other", ""]).into();
        }
        if self.hit() {
            let (idle, age) = (self.below(40), self.below(900));
            let sign_in = SignIn { idle_minutes: idle, age_minutes: age, shared_device: self.below(2) == 0 };
            facts.sign_in = (self.below(4) > 0).then_some(sign_in);
        }
        let channel = &mut facts.channel;
        self.maybe(&mut channel.permitted, &[true, false]);
        self.maybe(&mut channel.paused, &[true, false]);
        self.maybe(&mut channel.actor_grant, &GRANTS);
        self.maybe(&mut channel.author_grant, &GRANTS);
        channel.network = self.one(&Network::ALL);
        self.maybe(&mut facts.words_screened, &[true, false]);
        self.maybe(&mut facts.withdrawn, &[true, false]);
        self.approval(facts);
    }

    fn approval(&mut self, facts: &mut PostFacts) {
        let approval = &mut facts.approval;
        self.maybe(&mut approval.given, &[true, false]);
        self.maybe(&mut approval.by_second_person, &[true, false]);
        self.maybe(&mut approval.hashes_match, &[true, false]);
        self.maybe(&mut approval.approver_grant, &GRANTS);
        if self.hit() {
            approval.approver = (self.below(3) > 0).then(|| facts.author.clone());
        }
        if let Some(approver) = &mut approval.approver {
            self.standing(approver);
            if self.hit() {
                approver.person = self.one(&["person_author", "person_other"]).into();
            }
        }
        if self.below(2) == 0 {
            approval.roles = Role::ALL.into_iter().filter(|_| self.below(3) == 0).collect();
        }
    }

    fn standing(&mut self, standing: &mut Standing) {
        self.maybe(&mut standing.dbs, &DBS);
        self.maybe(&mut standing.certificate, &CERTIFICATES);
        self.maybe(&mut standing.suspended, &[true, false]);
        self.maybe(&mut standing.acknowledged, &[true, false]);
        if self.below(2) == 0 {
            standing.roles = Role::ALL.into_iter().filter(|_| self.below(3) == 0).collect();
        }
    }

    fn photos(&mut self, facts: &mut PostFacts) {
        let (photo, people) = (facts.photos.remove(0), std::mem::take(&mut facts.depicted));
        for number in 0..self.below(4) {
            let mut photo = Photo { id: format!("photo_{number}"), ..photo.clone() };
            self.maybe(&mut photo.picture, &PICTURES);
            self.maybe(&mut photo.unaccounted_faces, &[0, 1, 7]);
            self.maybe(&mut photo.has_alt_text, &[true, false]);
            self.maybe(&mut photo.rendition_ready, &[true, false]);
            for face in 0..self.below(3) {
                let like = people[usize::try_from(self.below(2)).unwrap()].clone();
                let (depiction, photo) = (format!("depiction_{number}{face}"), photo.id.clone());
                let mut person = Depicted { depiction, photo, ..like };
                self.person(&mut person);
                facts.depicted.push(person);
            }
            facts.photos.push(photo);
        }
    }

    fn person(&mut self, person: &mut Depicted) {
        self.maybe(&mut person.child, &[true, false]);
        self.maybe(&mut person.no_image, &[true, false]);
        self.maybe(&mut person.on_roster, &[true, false]);
        self.maybe(&mut person.guardians, &ANSWERS);
        self.maybe(&mut person.own, &ANSWERS);
        self.maybe(&mut person.named, &Naming::ALL);
        self.maybe(&mut person.naming, &Naming::ALL);
        self.maybe(&mut person.close_up, &[true, false]);
        self.maybe(&mut person.dial, &[Dial::Covered, Dial::NoCloseUp, Dial::Consent]);
        if self.hit() && self.hit() {
            person.photo = self.one(&["photo_0", "photo_9"]).into();
        }
    }
}
