//! The people shown, as facts (clauses 8 and 9).

use cleansheet_policy::facts::{Answer, Depicted};
use cleansheet_terms::Naming;

use super::{At, Facts};
use crate::{
    activities::Activities,
    consents::{Consents, Dials},
    posts::{Area, Depiction, Looked, PostError, Posts, Who, Words},
};

/// The identifiability dial at level 1 (DOMAIN A3): a consented child may be shown, but not alone and close. A child who
/// is the only face shown is close up when the face is taller than this part of the picture's smaller side; beside
/// others, when it is taller than one and a half times that. A face box of CenterFace runs from chin to forehead, so a
/// third of the side is roughly head and shoulders.
const CLOSE_UP_SHARE: f64 = 1.0 / 3.0;

impl Facts<'_> {
    pub(super) async fn depicted(
        &mut self,
        around: &At<'_>,
        words: &Words,
    ) -> Result<Vec<Depicted>, PostError> {
        let mut all = Vec::new();
        for photo in Posts(self.0).photos(&around.post.id).await? {
            let shown: Vec<Depiction> =
                Posts(self.0).depictions(&photo.id).await?.into_iter().filter(Depiction::is_shown).collect();
            for one in &shown {
                let close_up = photo.looked.is_none_or(|looked| close_up(one.area, looked, shown.len()));
                all.push(self.person(around, words, one, close_up).await?);
            }
        }
        Ok(all)
    }

    async fn person(
        &mut self,
        around: &At<'_>,
        words: &Words,
        one: &Depiction,
        close_up: bool,
    ) -> Result<Depicted, PostError> {
        let mut facts = Depicted {
            depiction: one.id.as_str().to_owned(),
            photo: one.photo.as_str().to_owned(),
            child: true,
            no_image: false,
            on_roster: false,
            guardians: Answer::Unasked,
            own: Answer::Unasked,
            named: Naming::Full,
            naming: Naming::None,
            close_up,
            dial: Dials(self.0).of(around.post.purpose).await?,
        };
        match &one.who {
            Who::Cover => {}
            Who::Roster(id) => {
                let participant = Activities(self.0).known_participant(id).await?;
                let (post, network, day) = (around.post, around.channel.network, around.day);
                let joined = Consents(self.0).joined(id, post.purpose, network, day).await?;
                facts.child = joined.child;
                facts.no_image = participant.no_image;
                facts.on_roster = Activities(self.0).on_roster(&post.activity, id).await?;
                facts.guardians = joined.guardians;
                facts.own = joined.own;
                facts.named = words.name(&participant.name, joined.child, around.allow, day);
                facts.naming = joined.naming;
            }
            // INVARIANT: the database keeps who asked and when beside every adult; without them nobody is one.
            Who::Adult { name, .. } => {
                facts.child = false;
                facts.on_roster = true;
                facts.guardians = Answer::NotNeeded;
                facts.own = Answer::Yes;
                facts.named = words.name(name, false, around.allow, around.day);
            }
        }
        Ok(facts)
    }
}

/// Whether a face is larger than the dial allows for a child.
fn close_up(face: Area, picture: Looked, shown: usize) -> bool {
    let side = f64::from(picture.width.min(picture.height));
    let allowed = if shown <= 1 { CLOSE_UP_SHARE } else { CLOSE_UP_SHARE * 1.5 };
    let far_enough = face.h <= side * allowed;
    // A size that is no number is not far enough.
    !far_enough
}

#[cfg(test)]
mod tests {
    use super::{Area, Looked, close_up};

    #[test]
    fn a_child_alone_may_fill_a_third_of_the_smaller_side_and_beside_others_half() {
        let picture = Looked { width: 1200, height: 600, nudity: 0.0 };
        let face = |h| Area { x: 0.0, y: 0.0, w: h * 0.8, h };
        for (h, shown, expected) in
            [(200.0, 1, false), (201.0, 1, true), (300.0, 2, false), (301.0, 2, true), (f64::NAN, 2, true)]
        {
            assert_eq!(close_up(face(h), picture, shown), expected, "{h} of {shown}");
        }
    }
}
