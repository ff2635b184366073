//! What comes before a post: pictures that Instagram fetches, and containers.

use cleansheet_policy::{OrderPicture, ReleaseOrder};

use super::{
    AGAIN, BETWEEN, Instagram, LOOKS,
    media::{Container, State},
};
use crate::{
    ChannelError, Kind, Trail, With,
    meta::{Failure, Id},
    outside::{Body, Call},
};

impl Instagram {
    /// Has every picture fetched, and returns the container to publish. What an earlier try left is used again.
    pub(super) async fn prepare(
        &self,
        order: &ReleaseOrder,
        trail: &mut Trail,
        with: With<'_>,
    ) -> Result<String, ChannelError> {
        let pictures = order.pictures();
        let ready = self.fetched(order, trail, with).await;
        if !matches!(ready, Ok(State::InProgress)) {
            with.pictures.take_back().await?;
        }
        if ready? != State::Finished {
            return Err(ChannelError::RetryLater {
                say: "Instagram is still fetching the pictures".to_owned(),
                after: Some(AGAIN),
            });
        }
        if pictures.len() > 1 {
            if trail.parts.len() == pictures.len() {
                let fields = vec![
                    ("media_type", "CAROUSEL".to_owned()),
                    ("children", trail.parts.join(",")),
                    ("caption", order.text().to_owned()),
                ];
                let id = self.contain(fields).await?;
                trail.parts.push(id);
                with.keeper.keep(trail).await?;
            }
            let all = trail.parts.get(pictures.len()..).unwrap_or_default().to_vec();
            if self.settled(&all, trail, with).await? != State::Finished {
                return Err(ChannelError::RetryLater {
                    say: "Instagram is still putting the pictures together".to_owned(),
                    after: Some(AGAIN),
                });
            }
        }
        trail.parts.last().cloned().ok_or_else(|| ChannelError::later("nothing was prepared"))
    }

    /// Makes the containers that are missing, and waits until Instagram has fetched every picture.
    async fn fetched(
        &self,
        order: &ReleaseOrder,
        trail: &mut Trail,
        with: With<'_>,
    ) -> Result<State, ChannelError> {
        let pictures = order.pictures();
        for id in trail.parts.clone() {
            match self.state(&id).await?.ok_or_else(unseen)?.state() {
                State::Finished | State::InProgress => {}
                State::Published => return Err(self.went_out(trail, with).await?),
                State::Failed | State::Expired => {
                    // It has gone stale; the one that holds them together would name what is no longer there.
                    trail.parts.clear();
                    break;
                }
            }
        }
        for picture in pictures.iter().skip(trail.parts.len()) {
            let fields = self.fields(order, picture, with.pictures.lend(&picture.digest).await?);
            let id = self.contain(fields).await?;
            trail.parts.push(id);
            with.keeper.keep(trail).await?;
        }
        let singles: Vec<String> = trail.parts.iter().take(pictures.len()).cloned().collect();
        self.settled(&singles, trail, with).await
    }

    fn fields(
        &self,
        order: &ReleaseOrder,
        picture: &OrderPicture,
        lent: String,
    ) -> Vec<(&'static str, String)> {
        let mut fields = vec![("image_url", lent)];
        if !picture.alt_text.is_empty() {
            fields.push(("alt_text", picture.alt_text.clone()));
        }
        if order.pictures().len() > 1 {
            fields.push(("is_carousel_item", "true".to_owned()));
        } else {
            fields.push(("caption", order.text().to_owned()));
        }
        fields
    }

    async fn contain(&self, fields: Vec<(&'static str, String)>) -> Result<String, ChannelError> {
        let call = Call::post(self.graph.own("media"), Body::Form(fields));
        let reply = self.graph.call(Kind::Upload, call).await.map_err(Failure::of_preparing)?;
        let Id { id } = reply.read().map_err(Failure::of_preparing)?;
        Ok(id)
    }

    pub(super) async fn state(&self, id: &str) -> Result<Option<Container>, ChannelError> {
        self.graph.read(id, "id,status_code,status").await
    }

    /// Waits for containers, with patience but not for ever. One that failed takes all with it: the next try begins anew.
    async fn settled(
        &self,
        containers: &[String],
        trail: &mut Trail,
        with: With<'_>,
    ) -> Result<State, ChannelError> {
        let pause = if self.graph.outside.local { BETWEEN.1 } else { BETWEEN.0 };
        let mut looks = 0;
        for id in containers {
            loop {
                let container = self.state(id).await?.ok_or_else(unseen)?;
                match container.state() {
                    State::Finished => break,
                    State::Published => return Err(self.went_out(trail, with).await?),
                    State::InProgress if looks == LOOKS => return Ok(State::InProgress),
                    State::InProgress => {
                        looks += 1;
                        tokio::time::sleep(pause).await;
                    }
                    State::Failed | State::Expired => {
                        trail.parts.clear();
                        with.keeper.keep(trail).await?;
                        return Err(container.failed());
                    }
                }
            }
        }
        Ok(State::Finished)
    }

    /// A call that was still on its way has published what was prepared. It is kept that nobody knows the post's name yet:
    /// preparing anew would make a second one.
    pub(super) async fn went_out(
        &self,
        trail: &mut Trail,
        with: With<'_>,
    ) -> Result<ChannelError, ChannelError> {
        trail.making = true;
        with.keeper.keep(trail).await?;
        Ok(ChannelError::UnknownOutcome(
            "Instagram has published it, and nobody knows its name yet".to_owned(),
        ))
    }
}

/// Meta does not say whether it is gone or may not be seen; so it proves nothing.
fn unseen() -> ChannelError {
    ChannelError::later("Instagram does not show what was prepared")
}
