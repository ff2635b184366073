//! Every route × every role, in one table that a trustee could read.

use axum::http::Method;
use cleansheet::web::Proof;
use cleansheet_records::{cover::OnCallId, people::DeputyId, sign_ins::pushes::PushId};
use cleansheet_terms::{
    AccessLineId, AccessReviewId, AccountReportId, AccountRequestId, CallId, CertificateId, ChangeId,
    ChannelId, ComplaintId, CourseId, Digest, DriftId, GuardianId, NativeRoleId, OldPostId, OrderId,
    PaperFormId, PasskeyId, PersonId, PhotoId, PostId, SeededEntropy, SignInId, TaskId, WithdrawalId,
};

use crate::site::{Browser, TestSite};

const ROLES: [&str; 10] = [
    "nobody",
    "guardian",
    "participant",
    "author",
    "approver",
    "manager",
    "dsl",
    "it",
    "trustee",
    "suspended",
];

/// An address of a route, with ids that name nothing: what comes back tells only whether the door is open.
pub(crate) fn address(path: &str, site: &TestSite) -> String {
    let mut chance = SeededEntropy::new(99);
    let clock = &*site.clock;
    path.replace("{id}", PostId::new(clock, &mut chance).as_str())
        .replace("{photo}", PhotoId::new(clock, &mut chance).as_str())
        .replace("{channel}", ChannelId::new(clock, &mut chance).as_str())
        .replace("{order}", OrderId::new(clock, &mut chance).as_str())
        .replace("{receipt}", WithdrawalId::new(clock, &mut chance).as_str())
        .replace("{passkey}", PasskeyId::new(clock, &mut chance).as_str())
        .replace("{person}", PersonId::new(clock, &mut chance).as_str())
        .replace("{deputy}", DeputyId::new(clock, &mut chance).as_str())
        .replace("{turn}", OnCallId::new(clock, &mut chance).as_str())
        .replace("{push}", PushId::new(clock, &mut chance).as_str())
        .replace("{certificate}", CertificateId::new(clock, &mut chance).as_str())
        .replace("{course}", CourseId::new(clock, &mut chance).as_str())
        .replace("{sign_in}", SignInId::new(clock, &mut chance).as_str())
        .replace("{complaint}", ComplaintId::new(clock, &mut chance).as_str())
        .replace("{call}", CallId::new(clock, &mut chance).as_str())
        .replace("{old_post}", OldPostId::new(clock, &mut chance).as_str())
        .replace("{digest}", &Digest::of(b"none").to_string())
        .replace("{language}", "pl")
        .replace("{form}", PaperFormId::new(clock, &mut chance).as_str())
        .replace("{guardian}", GuardianId::new(clock, &mut chance).as_str())
        .replace("{request}", AccountRequestId::new(clock, &mut chance).as_str())
        .replace("{native_role}", NativeRoleId::new(clock, &mut chance).as_str())
        .replace("{review}", AccessReviewId::new(clock, &mut chance).as_str())
        .replace("{line}", AccessLineId::new(clock, &mut chance).as_str())
        .replace("{report}", AccountReportId::new(clock, &mut chance).as_str())
        .replace("{task}", TaskId::new(clock, &mut chance).as_str())
        .replace("{drift}", DriftId::new(clock, &mut chance).as_str())
        .replace("{number}", "1")
        .replace("{file}", "none")
        .replace("{item}", "clause-6")
        .replace("{change}", ChangeId::new(clock, &mut chance).as_str())
        .replace("{key}", "none")
        .replace("{link}", "none")
        .replace("{token}", "none")
}

pub(crate) async fn try_door(site: &TestSite, browser: &mut Browser, method: &Method, path: &str) -> u16 {
    let address = address(path, site);
    if method == Method::GET {
        return browser.get(&address).await.status.as_u16();
    }
    // The token is right, so that what is asked is the policy.
    let page = browser.get("/sign-in/none").await;
    if path == "/imports/new/{id}" {
        return browser.upload(&address, &page.token(), &[], &[]).await.status.as_u16();
    }
    if path.ends_with("/edit") {
        return browser.upload(&address, &page.token(), &[("do", "keep")], &[]).await.status.as_u16();
    }
    browser.press(&page, &address, &[]).await.status.as_u16()
}

#[tokio::test]
async fn every_route_answers_every_role_as_the_policy_says() {
    let site = TestSite::new().await;
    let mut table = format!("{:<7}{:<48}{:<9}", "", "", "proof");
    for role in ROLES {
        table.push_str(&format!("{role:<11}"));
    }
    for route in &site.routes {
        let proof = match route.proof {
            Proof::None => "",
            Proof::Fresh => "fresh",
            Proof::NewWay => "new way",
        };
        table.push_str(&format!("\n{:<7}{:<48}{proof:<9}", route.method.as_str(), route.path));
        for role in ROLES {
            let mut browser = site.browser(role).await;
            let status = try_door(&site, &mut browser, &route.method, route.path).await;
            assert!(status != 500, "{} {} for {role}", route.method, route.path);
            table.push_str(&format!("{status:<11}"));
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    let table = format!("{}\n", table.join("\n"));
    if table != include_str!("access_matrix.txt") {
        let found = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/access_matrix.new.txt");
        std::fs::write(found, &table).unwrap();
        panic!(
            "who may open what has changed; look at {found} and, if it is right, put it in place of access_matrix.txt"
        );
    }
}

#[tokio::test]
async fn a_person_who_has_left_is_a_stranger_one_request_later() {
    let site = TestSite::new().await;
    let mut jo = site.browser("author").await;
    assert_eq!(jo.get("/").await.status, 200);
    let mut tx = site.app.records.begin().await.unwrap();
    let mut chance = &site.app.entropy;
    cleansheet_records::people::People(&mut tx)
        .leave(&site.people["author"], &site.people["manager"], &*site.clock, &mut chance)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for route in site.routes.iter().filter(|route| route.method == Method::GET) {
        let status = try_door(&site, &mut jo, &route.method, route.path).await;
        let as_stranger = try_door(&site, &mut site.stranger(), &route.method, route.path).await;
        assert_eq!(status, as_stranger, "{}", route.path);
    }
}
