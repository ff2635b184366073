//! Every page of the site: one line each, with the policy's action.

use axum::{Router, http::Method};
use cleansheet_policy::Action;

use super::{
    Web, accounts, assets, confirm, demo, guardians, health, home, ledger, news,
    pages::{Pages, Route},
    pause, people, policy, posts, sign_in,
};

/// Puts the site together.
pub(super) fn all(web: Web) -> (Router, Vec<Route>) {
    let pages = Pages::new(web)
        .machine("/healthz", health::alive)
        .machine("/readyz", health::ready)
        .get("/assets/{file}", Action::ReadPublic, assets::get)
        .get("/news", Action::ReadPublic, news::index)
        .get("/news/feed.xml", Action::ReadPublic, news::feed)
        .get("/news/{key}", Action::ReadPublic, news::story)
        .get("/news/{key}/{file}", Action::ReadPublic, news::picture)
        .get("/sign-in", Action::SignIn, sign_in::how)
        .get("/sign-in/{link}", Action::SignIn, sign_in::link)
        .post("/sign-in/{link}", Action::SignIn, sign_in::press)
        .get("/locked", Action::SignIn, sign_in::locked)
        .post("/sign-out", Action::SignIn, sign_in::lock)
        .post_proved("/confirm", Action::ReadHome, confirm::go_on)
        .get("/", Action::ReadHome, home::get)
        .post("/acknowledge", Action::ReadHome, home::acknowledge)
        .get("/policy", Action::ReadPolicy, policy::sheet)
        .get("/people", Action::ReadPeople, people::list)
        .get_proved("/people.csv", Action::ReadExport, people::export)
        .get("/ledger", Action::ReadLedger, ledger::get)
        .get_proved("/ledger.csv", Action::ReadExport, ledger::export)
        .get("/pause", Action::PausePublishing, pause::get)
        .post_proved("/pause", Action::PausePublishing, pause::post)
        .get("/outbox", Action::ReadOutbox, demo::outbox);
    parents(staff_posts(official_accounts(pages))).finish()
}

fn official_accounts(pages: Pages) -> Pages {
    pages
        .get("/accounts", Action::ManageAccounts, accounts::list)
        .post_proved("/accounts", Action::ManageAccounts, accounts::add)
        .post_proved("/accounts/{id}/connect", Action::ManageAccounts, accounts::connect)
        .get("/accounts/callback", Action::ReadPublic, accounts::back)
        .post_proved("/accounts/callback", Action::ManageAccounts, accounts::finish)
        .post("/accounts/{id}/check", Action::ManageAccounts, accounts::check)
        .post_proved("/accounts/{id}/end", Action::ManageAccounts, accounts::end)
        .post_proved("/accounts/{id}/give", Action::ManageAccounts, accounts::give)
        .post_proved("/accounts/grants/{id}/end", Action::ManageAccounts, accounts::take)
        .get("/client-metadata.json", Action::ReadPublic, accounts::description)
        .get("/jwks.json", Action::ReadPublic, accounts::keys)
}

fn parents(pages: Pages) -> Pages {
    pages
        .get("/g/{token}", Action::GuardianEnter, guardians::invitation)
        .post("/g/{token}/code", Action::GuardianEnter, guardians::code)
        .post("/g/{token}", Action::GuardianEnter, guardians::enter)
        .get("/g/answers", Action::GuardianRead, guardians::answers)
        .post("/g/children/{number}/stop", Action::GuardianWithdraw, guardians::stop)
        .get("/g/receipts/{receipt}", Action::GuardianRead, guardians::receipt)
        .post("/g/leave", Action::GuardianRead, guardians::leave)
}

fn staff_posts(pages: Pages) -> Pages {
    pages
        .get("/posts", Action::ReadPost, posts::list::get)
        .get_proved("/posts.csv", Action::ReadExport, posts::list::export)
        .get("/posts/new", Action::DraftPost, posts::new::get)
        .post("/posts/new", Action::DraftPost, posts::new::post)
        .get("/posts/{id}", Action::ReadPost, posts::show::get)
        .get("/posts/{id}/edit", Action::DraftPost, posts::edit::get)
        .upload("/posts/{id}/edit", Action::DraftPost, posts::edit::post)
        .fragment(Method::GET, "/posts/{id}/progress", Action::DraftPost, posts::edit::get)
        .post("/posts/{id}/drop", Action::DraftPost, posts::show::drop)
        .post("/posts/{id}/take-back", Action::DraftPost, posts::show::take_back)
        .post("/posts/{id}/correct", Action::DraftPost, posts::show::correct)
        .get("/posts/{id}/approve", Action::ApprovePost, posts::approve::get)
        .post_proved("/posts/{id}/approve", Action::ApprovePost, posts::approve::post)
        .post("/posts/{id}/return", Action::ReturnPost, posts::approve::give_back)
        .get("/posts/{id}/uncertain/{order}", Action::SettleOrder, posts::uncertain::get)
        .post_proved("/posts/{id}/uncertain/{order}", Action::SettleOrder, posts::uncertain::post)
        .get(
            "/posts/{id}/uncertain/{order}/approved/{number}",
            Action::SettleOrder,
            posts::uncertain::approved,
        )
        .get("/posts/{id}/uncertain/{order}/public/{number}", Action::SettleOrder, posts::uncertain::public)
        .get("/posts/{id}/photos/{photo}/picture", Action::ReadPost, posts::picture::original)
        .get("/posts/{id}/photos/{photo}/published/{channel}", Action::ReadPost, posts::picture::published)
}
