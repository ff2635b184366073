//! What the author does, and the two people around an approval.

use cleansheet_policy::facts::SignIn;
use cleansheet_records::{
    approval::{self, Approved, Verdict},
    facts::{Rules, Seat},
    jobs::Work,
    orders::{Order, Orders},
    posts::{
        Area, Depiction, Face, Looked, Mark, NewPhoto, NewPost, Photo, Post, PostError, Posts, Rendition,
        Stage,
    },
};
use cleansheet_terms::{ChannelId, Clock as _, DepictionId, Digest, OrderId, PhotoId, PostId};

use super::{World, fresh, policy};

impl World {
    /// A draft for the news page with good words and no photo.
    pub(crate) async fn draft(&mut self) -> PostId {
        let (author, activity, channels) =
            (self.person("author"), self.activity.clone(), self.channels[..1].to_vec());
        let id = self
            .act(async |tx, clock, chance| {
                let new = NewPost { author: &author, activity: &activity, channels: &channels };
                Posts(tx).start(&new, clock, chance).await.unwrap()
            })
            .await;
        self.caption(&id, "What a morning. Everybody scored.").await.unwrap();
        id
    }

    pub(crate) async fn caption(&mut self, id: &PostId, words: &str) -> Result<(), PostError> {
        let (author, allow) = (self.person("author"), self.allow.clone());
        self.act(async |tx, clock, chance| {
            Posts(tx).set_caption(id, words, &author, clock, chance).await?;
            Posts(tx).screen_words(id, &allow, clock).await.map(|_| ())
        })
        .await
    }

    pub(crate) async fn tick(&mut self, id: &PostId, channels: &[ChannelId]) -> Result<(), PostError> {
        let author = self.person("author");
        self.act(async |tx, clock, chance| Posts(tx).set_channels(id, channels, &author, clock, chance).await)
            .await
    }

    /// Adds a photo and looks at it: this many faces, a tenth of the picture each.
    pub(crate) async fn photo(&mut self, id: &PostId, faces: usize) -> PhotoId {
        let author = self.person("author");
        let photo = self
            .act(async |tx, clock, chance| {
                let original = cleansheet_terms::random_hex(chance, 16);
                let new = NewPhoto { given_name: "IMG_0017.jpg", original: &original };
                Posts(tx).add_photo(id, &new, &author, clock, chance).await.unwrap()
            })
            .await;
        self.act(async |tx, clock, chance| {
            Posts(tx)
                .set_alt_text(&photo, "Children run after a ball", &author, clock, chance)
                .await
                .unwrap();
            assert!(Posts(tx).looking(&photo).await.unwrap());
            let faces: Vec<Face> = (0..faces)
                .map(|n| Area { x: 150.0 * n as f64, y: 40.0, w: 80.0, h: 100.0 })
                .map(|area| Face { area, score: 0.9 })
                .collect();
            let looked = Looked { width: 1500, height: 1000, nudity: 0.01 };
            Posts(tx).looked(&photo, &faces, looked, clock, chance).await.unwrap();
        })
        .await;
        self.finish(&[Work::ScreenPhoto]).await;
        photo
    }

    pub(crate) async fn faces(&self, photo: &PhotoId) -> Vec<Depiction> {
        Posts(&mut self.records.read().await.unwrap()).depictions(photo).await.unwrap()
    }

    pub(crate) async fn mark(&mut self, face: &DepictionId, mark: Mark<'_>) -> Result<(), PostError> {
        let author = self.person("author");
        self.act(async |tx, clock, chance| Posts(tx).mark(face, mark, &author, clock, chance).await).await
    }

    /// Makes every copy that is missing, as the job would.
    pub(crate) async fn render(&mut self, id: &PostId) {
        for photo in self.photos(id).await {
            self.act(async |tx, _, _| {
                for missing in Posts(tx).to_render(&photo.id).await.unwrap() {
                    let bytes = format!("{} {} {}", photo.id, missing.channel, missing.marks);
                    let copy = Rendition {
                        photo: photo.id.clone(),
                        channel: missing.channel,
                        marks: missing.marks,
                        hash: Digest::of(bytes.as_bytes()),
                        width: 1200,
                        height: 800,
                        size_bytes: 90_000,
                    };
                    assert!(Posts(tx).put_rendition(&copy).await.unwrap());
                }
            })
            .await;
        }
        self.finish(&[Work::Render]).await;
    }

    /// A draft with one photo of three faces: Asha and Leo are shown, the third is covered. Everything is in order.
    pub(crate) async fn group(&mut self) -> (PostId, PhotoId) {
        let id = self.draft().await;
        let photo = self.photo(&id, 3).await;
        let faces = self.faces(&photo).await;
        let (asha, leo) = (self.child("asha"), self.child("leo"));
        self.mark(&faces[0].id, Mark::Roster(&asha)).await.unwrap();
        self.mark(&faces[1].id, Mark::Roster(&leo)).await.unwrap();
        self.render(&id).await;
        (id, photo)
    }

    pub(crate) async fn post(&self, id: &PostId) -> Post {
        Posts(&mut self.records.read().await.unwrap()).post(id).await.unwrap().unwrap()
    }

    pub(crate) async fn stage(&self, id: &PostId) -> Stage {
        self.post(id).await.stage
    }

    pub(crate) async fn photos(&self, id: &PostId) -> Vec<Photo> {
        Posts(&mut self.records.read().await.unwrap()).photos(id).await.unwrap()
    }

    pub(crate) async fn orders(&self, id: &PostId) -> Vec<Order> {
        Orders(&mut self.records.read().await.unwrap()).orders_of(id).await.unwrap()
    }

    pub(crate) async fn order(&self, id: &OrderId) -> Order {
        Orders(&mut self.records.read().await.unwrap()).order(id).await.unwrap().unwrap()
    }

    pub(crate) async fn content(&self, id: &PostId) -> String {
        Posts(&mut self.records.read().await.unwrap()).shown(id).await.unwrap()
    }

    pub(crate) async fn submit(&mut self, id: &PostId) -> Result<Verdict, PostError> {
        let (author, allow) = (self.person("author"), self.allow.clone());
        self.act(async |tx, clock, chance| {
            let seat = Seat::Person { id: &author, sign_in: fresh() };
            let rules = Rules { policy: policy(), allow: &allow };
            approval::submit(tx, id, &seat, &rules, clock, chance).await
        })
        .await
    }

    pub(crate) async fn would_submit(&self, id: &PostId) -> Verdict {
        let author = self.person("author");
        let seat = Seat::Person { id: &author, sign_in: fresh() };
        let rules = Rules { policy: policy(), allow: &self.allow };
        let mut tx = self.records.read().await.unwrap();
        approval::would_submit(&mut tx, id, &seat, &rules, self.clock.now()).await.unwrap()
    }

    /// Approves what is there now.
    pub(crate) async fn approve(&mut self, id: &PostId, by: &str) -> Result<Approved, PostError> {
        let content = self.content(id).await;
        self.approve_what(id, &content, by, fresh()).await
    }

    pub(crate) async fn approve_what(
        &mut self,
        id: &PostId,
        content: &str,
        by: &str,
        sign_in: SignIn,
    ) -> Result<Approved, PostError> {
        let (by, allow) = (self.person(by), self.allow.clone());
        self.act(async |tx, clock, chance| {
            let seat = Seat::Person { id: &by, sign_in };
            let rules = Rules { policy: policy(), allow: &allow };
            approval::approve(tx, id, content, &seat, &rules, clock, chance).await
        })
        .await
    }

    /// Submits and approves; the orders wait.
    pub(crate) async fn approved(&mut self, id: &PostId) -> Vec<OrderId> {
        let verdict = self.submit(id).await.unwrap();
        assert!(verdict.may(), "{:?}", verdict.reasons());
        match self.approve(id, "approver").await.unwrap() {
            Approved::Yes(orders) => orders,
            Approved::No(verdict) => panic!("{:?}", verdict.reasons()),
        }
    }
}
