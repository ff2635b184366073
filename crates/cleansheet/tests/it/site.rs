//! A small trust with one person of each role, and browsers for them.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use cleansheet::{
    app::{App, Places, Settings},
    profile::Profile,
    web::{self, Route},
    wordings,
};
use cleansheet_channels::{Addresses, bluesky::Directories};
use cleansheet_records::{
    accounts::{Accounts, NewGrant, Rights},
    activities::Activities,
    invitations::{self, Invitations, Visitor},
    mails::Mails,
    people::{
        DbsCheck, DbsLevel, FA_SAFEGUARDING_CHILDREN, NewCertificate, NewPerson, People, RoleRequirement,
        Workforce,
    },
    sign_ins::{self, LinkKind, SignIns},
    testing::tamper,
};
use cleansheet_terms::{
    ChannelId, Clock, CourseId, Digest, FixedClock, GuardianId, Network, PersonId, Role, SeededEntropy,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tower::ServiceExt as _;

pub(crate) const ORIGIN: &str = "http://localhost:8080";

/// A trust on a frozen Saturday.
pub(crate) struct TestSite {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) routes: Vec<Route>,
    pub(crate) people: BTreeMap<&'static str, PersonId>,
    pub(crate) guardian: GuardianId,
    pub(crate) channel: ChannelId,
    router: Router,
    folder: tempfile::TempDir,
}

/// One browser with its cookies.
pub(crate) struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    origin: String,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

const STAFF: [(&str, &str, Role); 7] = [
    ("manager", "Dele Okafor", Role::Manager),
    ("dsl", "Ruth Amankwah", Role::Dsl),
    ("author", "Jo Brightwell", Role::Staff),
    ("approver", "Priya Nair", Role::Staff),
    ("suspended", "Callum Reid", Role::Staff),
    ("it", "Tomas Kale", Role::It),
    ("trustee", "Margaret Osei", Role::Trustee),
];

impl TestSite {
    pub(crate) async fn new() -> Self {
        Self::at(ORIGIN).await
    }

    pub(crate) async fn at(public_url: &str) -> Self {
        let profile = Profile::demo().unwrap();
        Self::with(Settings { demo: true, ..Settings::new(public_url, profile) }).await
    }

    /// A trust that looks accounts on Bluesky up elsewhere.
    pub(crate) async fn looking_up(bluesky: Directories) -> Self {
        let profile = Profile::demo().unwrap();
        let networks = Addresses { local: true, ..Addresses::default() };
        Self::with(Settings { demo: true, bluesky, networks, ..Settings::new(ORIGIN, profile) }).await
    }

    /// A trust whose only child was born on a day.
    pub(crate) async fn with_child_born(born: &str) -> Self {
        let settings = Settings { demo: true, ..Settings::new(ORIGIN, Profile::demo().unwrap()) };
        Self::with_child(settings, born).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        Self::with_child(settings, "2016-02-03").await
    }

    async fn with_child(settings: Settings, born: &str) -> Self {
        let clock = Arc::new(FixedClock::at("2026-11-21T12:46:00Z"));
        let shared = Arc::<FixedClock>::clone(&clock);
        let mut site = Self::empty(settings, None, 7, (clock, shared)).await;
        site.fill(born).await;
        site
    }

    /// A trust with its people.
    ///
    /// - `database`: `None` for a file of its own.
    /// - `seed`: of its chance.
    /// - `clocks`: the clock, and how the program sees it.
    pub(crate) async fn watched(
        settings: Settings,
        database: Option<String>,
        seed: u64,
        clocks: (Arc<FixedClock>, Arc<dyn Clock>),
    ) -> Self {
        let mut site = Self::empty(settings, database, seed, clocks).await;
        site.fill("2016-02-03").await;
        site
    }

    async fn empty(
        settings: Settings,
        database: Option<String>,
        seed: u64,
        (clock, shared): (Arc<FixedClock>, Arc<dyn Clock>),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let places = Places { database, ..Places::of(&folder.path().join("trust")) };
        let app = App::open(&places, settings, None, shared, SeededEntropy::new(seed)).await.unwrap();
        let app = Arc::new(app);
        let (router, routes) = web::site(Arc::clone(&app));
        Self {
            people: BTreeMap::new(),
            guardian: GuardianId::new(&*clock, &mut SeededEntropy::new(1)),
            channel: ChannelId::new(&*clock, &mut SeededEntropy::new(1)),
            app,
            clock,
            routes,
            router,
            folder,
        }
    }

    async fn fill(&mut self, born: &str) {
        let (clock, chance) = (Arc::clone(&self.clock), &mut SeededEntropy::new(11));
        let mut tx = self.app.records.begin().await.unwrap();
        for (key, name, role) in STAFF {
            let mail = format!("{key}@example.org");
            let new = NewPerson { name, mail: &mail, roles: &[role] };
            self.people.insert(key, People(&mut tx).add(&new, None, &*clock, chance).await.unwrap());
        }
        let manager = self.people["manager"].clone();
        for requirement in RoleRequirement::usual() {
            People(&mut tx).require(&requirement, None, &*clock, chance).await.unwrap();
        }
        self.channel = Accounts(&mut tx).add(Network::Website, "News page", &*clock, chance).await.unwrap();
        Accounts(&mut tx).permit(&self.channel, &manager, &*clock, chance).await.unwrap();
        let policy = self.app.policy.hash();
        for (key, _, role) in STAFF {
            let id = self.people[key].clone();
            if matches!(role, Role::It | Role::Trustee) {
                continue;
            }
            let other = if key == "manager" { &self.people["dsl"] } else { &manager };
            let seen = Some((other.clone(), clock.now()));
            let issued = "2025-01-10".parse().unwrap();
            let check = DbsCheck {
                level: DbsLevel::Enhanced,
                workforce: Workforce::Child,
                issued,
                seen,
                suitable: true,
            };
            People(&mut tx).record_dbs(&id, &check, &*clock, chance).await.unwrap();
            let course = CourseId::parse(FA_SAFEGUARDING_CHILDREN).unwrap();
            let completed = "2025-03-01".parse().unwrap();
            let papers = NewCertificate { course: &course, completed, reference: "" };
            let papers = People(&mut tx).add_certificate(&id, &papers, &*clock, chance).await.unwrap();
            People(&mut tx).verify_certificate(&papers, other, &*clock, chance).await.unwrap();
            People(&mut tx).acknowledge(&id, &policy, &*clock, chance).await.unwrap();
            let grant = NewGrant {
                person: &id,
                channel: &self.channel,
                rights: Rights::ALL,
                by: &manager,
                from: "2026-06-01".parse().unwrap(),
                until: "2027-05-31".parse().unwrap(),
            };
            Accounts(&mut tx).give(&grant, &*clock, chance).await.unwrap();
        }
        let suspended = self.people["suspended"].clone();
        People(&mut tx).suspend(&suspended, "", &manager, &*clock, chance).await.unwrap();
        wordings::put_shipped_in_force(&mut tx, None, &*clock, chance).await.unwrap();
        let mut activities = Activities(&mut tx);
        let day = "2026-11-21".parse().unwrap();
        let activity =
            activities.add_activity("Saturday skills", "Lark Lane", day, &*clock, chance).await.unwrap();
        let born = Some(born.parse().unwrap());
        let child = activities.add_participant("Asha Verma", born, &*clock, chance).await.unwrap();
        self.guardian =
            activities.add_guardian("Meera Verma", "meera@example.org", &*clock, chance).await.unwrap();
        activities.link(&child, &self.guardian, &*clock, chance).await.unwrap();
        activities.put_on_roster(&activity, &child).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Answers from outside the test as well.
    pub(crate) fn serve(&self, listener: TcpListener) -> JoinHandle<()> {
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() })
    }

    /// A browser that nobody has signed in with.
    pub(crate) fn stranger(&self) -> Browser {
        let origin = self.app.settings.public_url.clone();
        Browser { router: self.router.clone(), cookies: BTreeMap::new(), origin }
    }

    /// A sign-in link for a member of staff, which works once.
    pub(crate) async fn link(&self, who: &str) -> String {
        self.link_of_kind(who, LinkKind::Once).await
    }

    async fn link_of_kind(&self, who: &str, kind: LinkKind) -> String {
        let mut tx = self.app.records.begin().await.unwrap();
        let mut chance = &self.app.entropy;
        let link =
            SignIns(&mut tx).make_link(&self.people[who], kind, &*self.clock, &mut chance).await.unwrap();
        tx.commit().await.unwrap();
        format!("/sign-in/{}", link.reveal())
    }

    /// A browser that somebody has signed in with by their link of the demo, which is never asked for a proof. `nobody`
    /// is a stranger.
    pub(crate) async fn browser(&self, who: &str) -> Browser {
        let mut browser = self.stranger();
        match who {
            "nobody" => return browser,
            "guardian" => return self.guardians_browser().await,
            "participant" => return self.childs_browser().await,
            _ => {}
        }
        let link = self.link_of_kind(who, LinkKind::Demo).await;
        let page = browser.get(&link).await;
        let answer = browser.press(&page, &link, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{who} signs in");
        browser
    }

    /// A browser that somebody has signed in with by a one-time link, as outside a demo.
    pub(crate) async fn asked_browser(&self, who: &str) -> Browser {
        let (mut browser, link) = (self.stranger(), self.link(who).await);
        let page = browser.get(&link).await;
        let answer = browser.press(&page, &link, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{who} signs in");
        browser
    }

    /// The trust's data folder.
    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("trust")
    }

    /// Changes rows behind the program's back.
    pub(crate) async fn tamper(&self, statement: &str) {
        tamper(self.data().join("trust.db").to_str().unwrap(), statement).await.unwrap();
    }

    /// Everything the database's files hold; reading leaves them as they are.
    pub(crate) async fn dump(&self) -> Vec<Digest> {
        let mut files: Vec<_> =
            std::fs::read_dir(self.folder.path().join("trust")).unwrap().flatten().collect();
        files.sort_by_key(std::fs::DirEntry::file_name);
        files
            .iter()
            .filter(|file| file.file_name().to_string_lossy().starts_with("trust.db"))
            // The index of the write-ahead log is shared memory, not data.
            .filter(|file| !file.file_name().to_string_lossy().ends_with("-shm"))
            .map(|file| Digest::of(&std::fs::read(file.path()).unwrap()))
            .collect()
    }

    /// The secret part of the link that the guardian was sent.
    pub(crate) async fn invitation(&self) -> String {
        let mut tx = self.app.records.begin().await.unwrap();
        let mut chance = &self.app.entropy;
        let link = Invitations(&mut tx)
            .invite(&Visitor::Guardian(self.guardian.clone()), &*self.clock, &mut chance)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        link.reveal().to_owned()
    }

    /// A browser of the child, who came in by a link of their own.
    pub(crate) async fn childs_browser(&self) -> Browser {
        let (clock, mut chance) = (&*self.clock, &self.app.entropy);
        let mut tx = self.app.records.begin().await.unwrap();
        let child = Activities(&mut tx).participants().await.unwrap().remove(0).id;
        let device = sign_ins::Browser { device: "a phone", shared: false, mark: None };
        let (child, came) = (Visitor::Participant(child), (sign_ins::Came::Link, None));
        let started = SignIns(&mut tx).start_visit(child, came, device, clock, &mut chance).await.unwrap();
        tx.commit().await.unwrap();
        let mut browser = self.stranger();
        browser.cookies.insert("sign-in".into(), started.token.reveal().to_owned());
        browser
    }

    /// A browser of the guardian, who typed in the code from the mail.
    async fn guardians_browser(&self) -> Browser {
        let (records, clock, mut chance) = (&self.app.records, &*self.clock, &self.app.entropy);
        // A guardian is sent ten codes a day at most.
        self.clock.advance_ms(150 * 60_000);
        let link = self.invitation().await;
        invitations::send_code(records, &link, "this browser", None, "the trust", clock, &mut chance)
            .await
            .unwrap();
        let mail = Mails(&mut records.read().await.unwrap()).newest(1).await.unwrap().remove(0);
        let after = mail.body.split("Here is your code:\n\n").nth(1).expect("the mail has a code");
        let code: String = after.lines().next().unwrap_or_default().to_owned();
        let device = sign_ins::Browser { device: "a phone", shared: false, mark: None };
        let started = invitations::redeem(records, &link, &code, "this browser", device, clock, &mut chance)
            .await
            .unwrap();
        let mut browser = self.stranger();
        browser.cookies.insert("sign-in".into(), started.token.reveal().to_owned());
        browser
    }
}

impl Browser {
    /// Puts a cookie into the browser, as a thief does.
    pub(crate) fn put_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// What a cookie holds.
    pub(crate) fn cookie(&self, name: &str) -> &str {
        &self.cookies[name]
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form as a page of ours would, with the token found in `page`.
    pub(crate) async fn press(&mut self, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = page.token();
        let fields: Vec<(&str, &str)> = [("csrf", token.as_str())].iter().chain(fields).copied().collect();
        self.post(path, &fields).await
    }

    /// Sends a form with exactly these fields.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, &self.origin)
            .body(Body::from(body.join("&")))
            .unwrap();
        self.send(request).await
    }

    /// Sends a form with files, the token first.
    pub(crate) async fn upload(
        &mut self,
        path: &str,
        token: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Answer {
        const EDGE: &str = "edge-7d1f0c";
        let mut body = Vec::new();
        for (name, value) in [("csrf", token)].iter().chain(fields) {
            let head =
                format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(head.as_bytes());
        }
        for (name, bytes) in files {
            let head = format!(
                "--{EDGE}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{EDGE}--\r\n").as_bytes());
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={EDGE}"))
            .header(header::ORIGIN, &self.origin)
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let bytes = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }
}

impl Answer {
    /// Names and values of the hidden fields.
    pub(crate) fn kept(&self) -> Vec<(String, String)> {
        let text = self.text();
        let plain = |html: &str| {
            let pairs = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
            pairs.iter().fold(html.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
        };
        let one = |rest: &str| {
            let (name, rest) = rest.split_once('"')?;
            let value = rest.strip_prefix(" value=\"")?.split('"').next()?;
            Some((plain(name), plain(value)))
        };
        text.split("<input type=\"hidden\" name=\"").skip(1).filter_map(one).collect()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The token of the page's forms.
    pub(crate) fn token(&self) -> String {
        let text = self.text();
        let after = text.split("name=\"csrf\" value=\"").nth(1).expect("the page has a form");
        after.split('"').next().unwrap().to_owned()
    }
}

pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
