//! A post where everything is in order: what every case starts from.

use std::collections::BTreeSet;

use cleansheet_terms::{Naming, Network, Role, Timestamp};

use super::count;
use crate::{
    Step,
    facts::{
        Answer, Approval, Certificate, Channel, Dbs, Depicted, Dial, Grant, Photo, Picture, PostFacts,
        SignIn, Standing,
    },
};

/// One photo with a child and an adult who may be shown, two people in good standing, nothing found.
pub(crate) fn in_order(step: Step) -> PostFacts {
    let author = standing("person_author");
    let approver = standing("person_approver");
    let approved = step == Step::Send;
    let mut facts = PostFacts {
        // Noon on a Wednesday in November 2026.
        at: Timestamp::from_second(1_795_608_000).unwrap_or(Timestamp::UNIX_EPOCH),
        post: "post_1".to_owned(),
        actor: if step == Step::Submit { author.clone() } else { approver.clone() },
        author,
        sign_in: (!approved).then_some(SignIn { idle_minutes: 1, age_minutes: 30, shared_device: false }),
        channel: Channel {
            id: "channel_website".to_owned(),
            network: Network::Website,
            permitted: true,
            paused: false,
            actor_grant: Grant::Current,
            author_grant: Grant::Current,
        },
        words_screened: true,
        found: Vec::new(),
        photos: vec![Photo {
            id: "photo_1".to_owned(),
            picture: Picture::Clear,
            unaccounted_faces: 0,
            has_alt_text: true,
            rendition_ready: true,
        }],
        depicted: vec![
            depicted("depiction_child", true, Answer::Yes, Answer::NotNeeded),
            depicted("depiction_adult", false, Answer::NotNeeded, Answer::Yes),
        ],
        counted: None,
        approval: Approval {
            given: approved,
            by_second_person: approved,
            approver: approved.then_some(approver),
            approver_grant: if approved { Grant::Current } else { Grant::Missing },
            hashes_match: approved,
            roles: if approved { BTreeSet::from([Role::Staff]) } else { BTreeSet::new() },
        },
        withdrawn: false,
    };
    facts.counted = Some(count(&facts));
    facts
}

fn standing(person: &str) -> Standing {
    Standing {
        person: person.to_owned(),
        roles: BTreeSet::from([Role::Staff]),
        dbs: Dbs::Current,
        certificate: Certificate::Current,
        suspended: false,
        acknowledged: true,
    }
}

fn depicted(depiction: &str, child: bool, guardians: Answer, own: Answer) -> Depicted {
    Depicted {
        depiction: depiction.to_owned(),
        photo: "photo_1".to_owned(),
        child,
        no_image: false,
        on_roster: true,
        guardians,
        own,
        named: Naming::None,
        naming: Naming::None,
        close_up: false,
        dial: Dial::NoCloseUp,
    }
}
