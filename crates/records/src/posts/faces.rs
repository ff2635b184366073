//! Who is who in a photo. Everybody is covered until somebody says otherwise.

use cleansheet_terms::{Clock, DepictionId, Digest, Entropy, PersonId, PhotoId};

use super::{Area, Depiction, Looked, Mark, Post, PostError, Posts, Who, read::ms};
use crate::{
    activities::Activities,
    database::{StoreError, sql},
    jobs::{Jobs, Work},
    ledger_entries::Ledger,
};

impl Posts<'_> {
    /// Says who a face is, or covers it.
    pub async fn mark(
        &mut self,
        id: &DepictionId,
        mark: Mark<'_>,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let (before, post) = self.editable_face(id, by).await?;
        let who = match mark {
            Mark::Cover => Who::Cover,
            Mark::Roster(participant) => {
                if !Activities(self.0).on_roster(&post.activity, participant).await? {
                    return Err(PostError::NotOnRoster);
                }
                Who::Roster(participant.clone())
            }
            Mark::Adult(name) => {
                let name: String = name.trim().chars().take(100).collect();
                if name.is_empty() {
                    return Err(PostError::Nameless);
                }
                Who::Adult { name, asked_by: by.clone(), asked: clock.now() }
            }
        };
        if same(&before.who, &who) {
            return Ok(());
        }
        self.set_who(id, &who).await?;
        if before.is_shown() != (who != Who::Cover) {
            Jobs(self.0).enqueue(Work::Render, before.photo.as_str(), clock.now(), clock, entropy).await?;
        }
        let kind = match who {
            Who::Cover => "face.covered",
            Who::Roster(_) | Who::Adult { .. } => "face.shown",
        };
        Ledger(self.0)
            .append(kind, before.photo.as_str(), &(id, written(&who)), clock.now(), entropy)
            .await?;
        self.changed(&post, "face", clock, entropy).await
    }

    /// Adds a face that was missed. It is covered until somebody says who it is.
    pub async fn draw(
        &mut self,
        id: &PhotoId,
        area: Area,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<DepictionId, PostError> {
        let (photo, looked) = self.looked_photo(id).await?;
        let post = self.editable(&photo.post, by).await?;
        let area = inside(area, looked).ok_or(PostError::BadBox)?;
        let depiction = DepictionId::new(clock, entropy);
        let insert = sql("INSERT INTO depiction (id, photo_id, x, y, w, h, score, drawn_by, who)
             VALUES ($1, $2, $3, $4, $5, $6, 1.0, $7, 'cover')")
        .bind(depiction.as_str().to_owned())
        .bind(id.as_str().to_owned())
        .bind(area.x)
        .bind(area.y)
        .bind(area.w)
        .bind(area.h)
        .bind(by.as_str().to_owned());
        self.0.run(insert).await?;
        Jobs(self.0).enqueue(Work::Render, id.as_str(), clock.now(), clock, entropy).await?;
        Ledger(self.0).append("face.drawn", id.as_str(), &(&depiction, by), clock.now(), entropy).await?;
        self.changed(&post, "face drawn", clock, entropy).await?;
        Ok(depiction)
    }

    /// Covers the shirt below a covered face as well: a name or a number on it says who it is (DOMAIN A3). A box that can be
    /// taken away again, like any that a person drew.
    pub async fn cover_shirt(
        &mut self,
        face: &DepictionId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<DepictionId, PostError> {
        let (face, _) = self.editable_face(face, by).await?;
        self.draw(&face.photo, shirt_below(face.area), by, clock, entropy).await
    }

    /// Takes a drawn box away again. A face that the detector found stays; it can only be covered or shown.
    pub async fn undraw(
        &mut self,
        id: &DepictionId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PostError> {
        let (before, post) = self.editable_face(id, by).await?;
        if before.drawn_by.is_none() {
            return Err(PostError::NotDrawn);
        }
        self.0.run(sql("DELETE FROM depiction WHERE id = $1").bind(id.as_str().to_owned())).await?;
        Jobs(self.0).enqueue(Work::Render, before.photo.as_str(), clock.now(), clock, entropy).await?;
        Ledger(self.0).append("face.undrawn", before.photo.as_str(), &(id, by), clock.now(), entropy).await?;
        self.changed(&post, "face taken away", clock, entropy).await
    }

    /// Covers every face of one participant in a post again, whoever wrote it. Says whether there was any.
    pub(crate) async fn cover_again(
        &mut self,
        post: &Post,
        participant: &cleansheet_terms::ParticipantId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<bool, PostError> {
        let mut any = false;
        for depiction in self.depictions_in(&post.id).await? {
            if depiction.who == Who::Roster(participant.clone()) {
                self.set_who(&depiction.id, &Who::Cover).await?;
                let photo = depiction.photo.as_str();
                Jobs(self.0).enqueue(Work::Render, photo, clock.now(), clock, entropy).await?;
                Ledger(self.0).append("face.covered", photo, &depiction.id, clock.now(), entropy).await?;
                any = true;
            }
        }
        if any {
            self.changed(post, "face covered again", clock, entropy).await?;
        }
        Ok(any)
    }

    /// Names the pixels that a rendition has to be made with: every face, where it is, and whether it is covered. Who
    /// is shown does not change a pixel and does not count.
    pub async fn marks_hash(&mut self, id: &PhotoId) -> Result<Digest, StoreError> {
        let mut all = self.depictions(id).await?;
        all.sort_by(|a, b| a.id.cmp(&b.id));
        let mut bytes = Vec::new();
        for depiction in &all {
            let Area { x, y, w, h } = depiction.area;
            [x, y, w, h].iter().for_each(|side| bytes.extend_from_slice(&side.to_be_bytes()));
            bytes.push(u8::from(depiction.is_shown()));
        }
        Ok(Digest::of(&bytes))
    }

    async fn editable_face(
        &mut self,
        id: &DepictionId,
        by: &PersonId,
    ) -> Result<(Depiction, Post), PostError> {
        let depiction = self.depiction(id).await?.ok_or_else(|| PostError::NoDepiction(id.clone()))?;
        let photo = self.known_photo(&depiction.photo).await?;
        let post = self.editable(&photo.post, by).await?;
        Ok((depiction, post))
    }

    async fn set_who(&mut self, id: &DepictionId, who: &Who) -> Result<(), StoreError> {
        let (participant, adult) = match who {
            Who::Cover => (None, None),
            Who::Roster(id) => (Some(id.as_str().to_owned()), None),
            Who::Adult { name, asked_by, asked } => {
                (None, Some((name.clone(), asked_by.as_str(), ms(*asked))))
            }
        };
        let set = sql("UPDATE depiction
             SET who = $1, participant_id = $2, adult_name = $3, asked_by = $4, asked_ms = $5 WHERE id = $6")
        .bind(written(who))
        .bind(participant)
        .bind(adult.as_ref().map(|(name, _, _)| name.clone()))
        .bind(adult.as_ref().map(|(_, asked_by, _)| (*asked_by).to_owned()))
        .bind(adult.as_ref().map(|(_, _, asked)| *asked))
        .bind(id.as_str().to_owned());
        self.0.run(set).await?;
        Ok(())
    }
}

/// The stored word.
fn written(who: &Who) -> &'static str {
    match who {
        Who::Cover => "cover",
        Who::Roster(_) => "roster",
        Who::Adult { .. } => "adult",
    }
}

/// The same person in the same way: asking an adult a second time changes nothing.
fn same(before: &Who, after: &Who) -> bool {
    match (before, after) {
        (Who::Adult { name, .. }, Who::Adult { name: other, .. }) => name == other,
        _ => before == after,
    }
}

/// Where the shirt of somebody upright is: the face box of CenterFace runs from chin to forehead, shoulders are about three
/// of its widths apart, and a number on the chest or back ends some three heights below the chin.
fn shirt_below(face: Area) -> Area {
    let (x, y) = (face.w.mul_add(-1.0, face.x), face.h.mul_add(1.05, face.y));
    Area { x, y, w: face.w * 3.0, h: face.h * 3.0 }
}

/// The part of a box that is inside the picture, when it has an inside.
fn inside(area: Area, looked: Looked) -> Option<Area> {
    // `max` and `min` would quietly drop what is no number.
    let whole = [area.x, area.y, area.w, area.h].iter().all(|side| side.is_finite());
    let (width, height) = (f64::from(looked.width), f64::from(looked.height));
    let (left, top) = (area.x.max(0.0), area.y.max(0.0));
    let (right, bottom) = ((area.x + area.w).min(width), (area.y + area.h).min(height));
    let inside = Area { x: left, y: top, w: right - left, h: bottom - top };
    (whole && inside.w >= 1.0 && inside.h >= 1.0).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::{Area, Looked, inside, shirt_below};

    #[test]
    fn a_shirt_is_below_its_face_and_wider() {
        let shirt = shirt_below(Area { x: 100.0, y: 40.0, w: 20.0, h: 30.0 });
        assert_eq!(shirt, Area { x: 80.0, y: 71.5, w: 60.0, h: 90.0 });
    }

    #[test]
    fn a_drawn_box_is_cut_at_the_edges_and_needs_an_inside() {
        let looked = Looked { width: 100, height: 50, nudity: 0.0 };
        let cut = |x, y, w, h| inside(Area { x, y, w, h }, looked);
        assert_eq!(cut(-10.0, 10.0, 30.0, 90.0), Some(Area { x: 0.0, y: 10.0, w: 20.0, h: 40.0 }));
        for (x, y, w, h) in [
            (0.0, 0.0, 0.0, 9.0),
            (120.0, 0.0, 9.0, 9.0),
            (5.0, 5.0, -3.0, 9.0),
            (f64::NAN, 0.0, f64::NAN, 9.0),
        ] {
            assert_eq!(cut(x, y, w, h), None, "{x} {y} {w} {h}");
        }
    }
}
