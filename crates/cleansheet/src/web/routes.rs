//! Every page of the site: one line each, with the policy's action.

use axum::{Router, http::Method};
use cleansheet_policy::Action;

use super::{
    Web, account_reports, accounts, activities, asking, assets, complaints, confirm, cover, demo, drift,
    families, health, home, imports, inventory, ledger, lent, lost, news, old_posts,
    pages::{Pages, Route},
    participants, pause, people, policy, posts, protection, roles, sign_in, spot, taking_down, wordings,
};

/// Puts the site together.
pub(super) fn all(web: Web) -> (Router, Vec<Route>) {
    let pages = Pages::new(web)
        .machine("/healthz", health::alive)
        .machine("/readyz", health::ready)
        .get("/sw.js", Action::ReadPublic, sign_in::push::worker)
        .get("/assets/{file}", Action::ReadPublic, assets::get)
        .get("/news", Action::ReadPublic, news::index)
        .get("/news/feed.xml", Action::ReadPublic, news::feed)
        .get("/news/{key}", Action::ReadPublic, news::story)
        .get("/news/{key}/{file}", Action::ReadPublic, news::picture)
        .get("/lent/{file}", Action::ReadPublic, lent::get)
        .get("/sign-in", Action::SignIn, sign_in::how)
        .get("/sign-in/code", Action::SignIn, sign_in::codes::ask)
        .post("/sign-in/code", Action::SignIn, sign_in::codes::enter)
        .get("/sign-in/identity", Action::SignIn, sign_in::oidc::go)
        .get("/sign-in/identity/back", Action::SignIn, sign_in::oidc::back)
        .get("/confirm/identity", Action::ReadHome, sign_in::oidc::confirm)
        .get("/me/code", Action::ReadHome, sign_in::codes::mine)
        .post_new_way("/me/code/begin", Action::ReadHome, sign_in::codes::begin)
        .post_new_way("/me/code/finish", Action::ReadHome, sign_in::codes::finish)
        .post_new_way("/me/code/remove", Action::ReadHome, sign_in::codes::remove)
        .post_new_way("/me/code/unbind", Action::ReadHome, sign_in::codes::unbind)
        .get("/sign-in/{link}", Action::SignIn, sign_in::link)
        .post("/sign-in/{link}", Action::SignIn, sign_in::press)
        .get("/locked", Action::SignIn, sign_in::locked)
        .post("/sign-out", Action::SignIn, sign_in::lock)
        .post("/sign-in/passkey/start", Action::SignIn, sign_in::passkeys::start)
        .post("/sign-in/passkey", Action::SignIn, sign_in::passkeys::enter)
        .get("/recover", Action::SignIn, sign_in::recovery::get)
        .post("/recover", Action::SignIn, sign_in::recovery::post)
        .get("/", Action::ReadHome, home::get)
        .get("/policy", Action::ReadPolicy, policy::sheet)
        .get("/inventory", Action::ReadInventory, inventory::get)
        .get_proved("/inventory.csv", Action::ReadInventory, inventory::export)
        .get_proved("/inventory/{file}", Action::ReadInventory, inventory::everything)
        .get("/participants/{id}/protect", Action::ProtectChild, protection::get)
        .post("/participants/{id}/protect", Action::ProtectChild, protection::post)
        .post_proved("/participants/{id}/protect/reason", Action::ProtectChild, protection::reason)
        .get("/participants/{id}/erase", Action::EraseParticipant, protection::ask_to_erase)
        .post_proved("/participants/{id}/erase", Action::EraseParticipant, protection::erase)
        .get("/ledger", Action::ReadLedger, ledger::get)
        .get_proved("/ledger.csv", Action::ReadExport, ledger::export)
        .get("/pause", Action::PausePublishing, pause::get)
        .post_proved("/pause", Action::PausePublishing, pause::post)
        .get("/outbox", Action::ReadOutbox, demo::outbox);
    let accounts = access_reviews(official_accounts(dbs_checks(pages)));
    let staff = taken_down(old_posts_of(staff_posts(own_ways(covered(people_of(accounts))))));
    let about_families = asking_families(words_and_complaints(sheets(participants(staff))));
    own(guardians(policys_own_clock(about_families))).finish()
}

fn policys_own_clock(pages: Pages) -> Pages {
    use Action::{ReadExport, ReadHome, ReadPeople, ReadPolicy, ReviewPolicy, SignPolicy};
    pages
        .get("/policy/read", ReadPolicy, policy::read::get)
        .post("/acknowledge", ReadHome, policy::read::acknowledge)
        .get("/policy/versions", ReadPolicy, policy::versions::list)
        .get("/policy/versions/{digest}", ReadPolicy, policy::versions::one)
        .post_proved("/policy/versions/{digest}/paper", ReviewPolicy, policy::versions::print)
        .get("/policy/papers/{digest}", ReadPolicy, policy::versions::paper)
        .get("/policy/certificate", ReadPolicy, policy::versions::certificate)
        .get("/policy/readings", ReadPolicy, policy::readings::list)
        .post_proved("/policy/readings/{key}", SignPolicy, policy::readings::sign)
        .get("/policy/readers", ReadPeople, policy::readers::list)
        .get_proved("/policy/readers.csv", ReadExport, policy::readers::export)
        .post("/policy/readers/remind", SignPolicy, policy::readers::remind)
        .get("/policy/review", ReviewPolicy, policy::review::overview)
        .post("/policy/review/begin", SignPolicy, policy::review::begin)
        .post_proved("/policy/review/sign", SignPolicy, policy::review::sign)
        .post_proved("/policy/review/confirm", ReviewPolicy, policy::review::confirm)
        .get("/policy/review/{item}", ReviewPolicy, policy::item::get)
        .post("/policy/review/{item}", ReviewPolicy, policy::item::post)
        .get("/policy/wanted", ReviewPolicy, policy::wanted::list)
        .get_proved("/policy/wanted.csv", ReadExport, policy::wanted::export)
        .post_proved("/policy/wanted/{change}", SignPolicy, policy::wanted::answer)
}

fn dbs_checks(pages: Pages) -> Pages {
    use Action::{HandleDbs, ManagePeople, ReadExport, ReadHome, ReadPeople};
    pages
        .get("/roles", ReadPeople, roles::get)
        .get_proved("/roles.csv", ReadExport, roles::export)
        .post_proved("/roles", ManagePeople, roles::change)
        .get("/people/{person}/dbs", HandleDbs, people::dbs::get)
        .post_proved("/people/{person}/dbs", HandleDbs, people::dbs::write_down)
        .post_proved("/people/{person}/dbs/see", HandleDbs, people::dbs::see)
        .post_proved("/people/{person}/dbs/decide", HandleDbs, people::dbs::decide)
        .post_proved("/people/{person}/dbs/details", HandleDbs, people::dbs::details)
        .post_proved("/people/{person}/dbs/agree", HandleDbs, people::dbs::asking::agree)
        .post_proved("/people/{person}/dbs/agree/end", HandleDbs, people::dbs::asking::end)
        .post_proved("/people/{person}/dbs/ask", HandleDbs, people::dbs::asking::ask)
        .post_proved("/people/{person}/dbs/by-hand", HandleDbs, people::dbs::asking::by_hand)
        .get("/me/dbs", ReadHome, people::dbs::own::get)
        .post("/me/dbs/stop", ReadHome, people::dbs::own::stop)
}

fn participants(pages: Pages) -> Pages {
    use Action::{KeepRosters, ManageFamilies, ReadParticipants};
    pages
        .get("/participants", ReadParticipants, participants::list::get)
        .post("/participants", ManageFamilies, participants::list::add)
        .get_proved("/participants.csv", ManageFamilies, participants::export::csv)
        .get_proved("/participants.xlsx", ManageFamilies, participants::export::xlsx)
        .get("/participants/duplicates", ManageFamilies, participants::duplicates::get)
        .post_proved("/participants/duplicates", ManageFamilies, participants::duplicates::decide)
        .get("/participants/{id}", ReadParticipants, participants::show::get)
        .post("/participants/{id}", ManageFamilies, participants::show::change)
        .post("/participants/{id}/rosters", KeepRosters, participants::show::rosters)
        .post_proved("/participants/{id}/guardians", ManageFamilies, participants::family::add)
        .post_proved("/participants/{id}/guardians/{guardian}", ManageFamilies, participants::family::change)
        .post_proved("/participants/{id}/guardians/{guardian}/end", ManageFamilies, participants::family::end)
        .get("/activities", ReadParticipants, activities::list::get)
        .post("/activities", KeepRosters, activities::list::add)
        .get("/activities/{id}", ReadParticipants, activities::show::get)
        .post("/activities/{id}/roster", KeepRosters, activities::show::roster)
        .get_proved("/activities/{id}/roster.csv", ManageFamilies, activities::show::export)
}

fn sheets(pages: Pages) -> Pages {
    use Action::ManageFamilies;
    pages
        .get("/imports/new/{id}", ManageFamilies, imports::new::get)
        .upload("/imports/new/{id}", ManageFamilies, imports::new::post)
        .get("/imports/{id}", ManageFamilies, imports::preview::get)
        .post("/imports/{id}", ManageFamilies, imports::preview::choose)
        .post_proved("/imports/{id}/accept", ManageFamilies, imports::preview::accept)
        .post("/imports/{id}/drop", ManageFamilies, imports::preview::drop)
}

fn official_accounts(pages: Pages) -> Pages {
    pages
        .get("/accounts", Action::ManageAccounts, accounts::list)
        .get_proved("/accounts.csv", Action::ManageAccounts, accounts::one::export)
        .post("/accounts/register", Action::ManageAccounts, accounts::one::register)
        .get("/accounts/{id}", Action::ManageAccounts, accounts::one::get)
        .post("/accounts/{id}/entry", Action::ManageAccounts, accounts::one::note)
        .post_proved("/accounts/{id}/cap", Action::ManageAccounts, accounts::one::cap)
        .post("/accounts/{id}/native-roles", Action::ManageAccounts, accounts::one::note_native)
        .post("/accounts/native-roles/{native_role}/gone", Action::ManageAccounts, accounts::one::native_gone)
        .get("/accounts/requests", Action::AskAccount, accounts::requests::get)
        .post("/accounts/requests", Action::AskAccount, accounts::requests::ask)
        .get_proved("/accounts/requests.csv", Action::ManageAccounts, accounts::requests::export)
        .post_proved("/accounts/requests/{request}", Action::ManageAccounts, accounts::requests::answer)
        .get("/accounts/{id}/connect", Action::ManageAccounts, accounts::connect::get)
        .post_proved("/accounts/{id}/connect", Action::ManageAccounts, accounts::connect::begin)
        .post_proved("/accounts/{id}/app", Action::ManageAccounts, accounts::connect::app)
        .get("/accounts/callback", Action::ReadPublic, accounts::back::get)
        .post_proved("/accounts/callback", Action::ManageAccounts, accounts::back::finish)
        .post_proved("/accounts/choose", Action::ManageAccounts, accounts::back::choose)
        .post("/accounts/{id}/check", Action::ManageAccounts, accounts::connect::check)
        .post_proved("/accounts/{id}/end", Action::ManageAccounts, accounts::end)
        .post_proved("/accounts/{id}/give", Action::ManageAccounts, accounts::give)
        .post_proved("/accounts/grants/{id}/end", Action::ManageAccounts, accounts::take)
        .get("/client-metadata.json", Action::ReadPublic, accounts::description)
        .get("/jwks.json", Action::ReadPublic, accounts::keys)
}

fn covered(pages: Pages) -> Pages {
    pages
        .get("/cover", Action::ReadHome, cover::get)
        .get_proved("/cover.csv", Action::ReadExport, cover::export)
        .post_proved("/cover/deputy", Action::ManageCover, cover::name)
        .post_proved("/cover/deputy/{deputy}/end", Action::ReadHome, cover::end)
        .post("/cover/on-call", Action::ManageCover, cover::give_turn)
        .post("/cover/on-call/{turn}/end", Action::ManageCover, cover::end_turn)
        .post("/cover/minutes", Action::ManageCover, cover::minutes)
        .get("/lost", Action::ReportLost, lost::get)
        .post("/lost/{person}", Action::ReportLost, lost::report)
        .post_proved("/lost/{person}/found", Action::LetBackIn, lost::found)
}

fn people_of(pages: Pages) -> Pages {
    use Action::{ManagePeople, ReadExport, ReadHome, ReadPeople, VerifyPapers};
    pages
        .get("/people", ReadPeople, people::list::get)
        .post_proved("/people", ManagePeople, people::list::add)
        .fragment(Method::GET, "/people/found", ReadPeople, people::list::found)
        .get_proved("/people.csv", ReadExport, people::list::export)
        .get("/people/calendar", ReadPeople, people::calendar::get)
        .get_proved("/people/calendar.csv", ReadExport, people::calendar::export)
        .get("/people/papers", VerifyPapers, people::papers::waiting)
        .post_proved("/people/papers/{certificate}/verify", VerifyPapers, people::papers::verify)
        .post_proved("/people/papers/{certificate}/refuse", VerifyPapers, people::papers::refuse)
        .get("/courses", VerifyPapers, people::courses::list)
        .post_proved("/courses", ManagePeople, people::courses::accept)
        .post_proved("/courses/{course}", ManagePeople, people::courses::validity)
        .get("/people/{person}", ReadPeople, people::show::get)
        .post_proved("/people/{person}", ManagePeople, people::change::correct)
        .post_proved("/people/{person}/roles", ManagePeople, people::change::roles)
        .post_proved("/people/{person}/suspend", ManagePeople, people::change::suspend)
        .post_proved("/people/{person}/restore", ManagePeople, people::change::restore)
        .get("/people/{person}/leave", ManagePeople, people::leaving::get)
        .post_proved("/people/{person}/leave", ManagePeople, people::leaving::post)
        .get("/me/papers", ReadHome, people::own::get)
        .post("/me/papers", ReadHome, people::own::bring)
}

fn access_reviews(pages: Pages) -> Pages {
    use Action::{ManageAccounts, ReadAccess, ReadPublic};
    pages
        .get("/accounts/reviews", ReadAccess, accounts::reviews::list)
        .post_proved("/accounts/reviews", ManageAccounts, accounts::reviews::begin)
        .post_proved("/accounts/next-review", ManageAccounts, accounts::reviews::next)
        .post_proved("/accounts/season", ManageAccounts, accounts::reviews::season)
        .get("/accounts/reviews/{review}", ReadAccess, accounts::reviews::get)
        .get_proved("/accounts/reviews/{review}/result.csv", ReadAccess, accounts::reviews::export)
        .post_proved("/accounts/reviews/lines/{line}", ManageAccounts, accounts::reviews::decide)
        .get("/report-account", ReadPublic, account_reports::form)
        .post("/report-account", ReadPublic, account_reports::make)
        .get("/report-account/thanks", ReadPublic, account_reports::thanks)
        .get("/account-reports", ManageAccounts, account_reports::list)
        .get_proved("/account-reports.csv", ManageAccounts, account_reports::export)
        .post("/account-reports/{report}/told", ManageAccounts, account_reports::told)
        .post("/account-reports/{report}/close", ManageAccounts, account_reports::close)
}

fn own_ways(pages: Pages) -> Pages {
    pages
        .fragment(Method::POST, "/confirm/start", Action::ReadHome, sign_in::passkeys::start_confirming)
        .post_proved("/confirm", Action::ReadHome, confirm::go_on)
        .get("/me", Action::ReadHome, sign_in::me::get)
        .get_new_way("/me/passkeys/new", Action::ReadHome, sign_in::me::new_passkey)
        .post_new_way("/me/passkeys/start", Action::ReadHome, sign_in::passkeys::start_making)
        .post_new_way("/me/passkeys", Action::ReadHome, sign_in::me::add)
        .post("/me/passkeys/{passkey}/name", Action::ReadHome, sign_in::me::rename)
        .post_proved("/me/passkeys/{passkey}/remove", Action::ReadHome, sign_in::me::remove)
        .post("/me/push", Action::ReadHome, sign_in::push::keep)
        .post("/me/push/{push}/end", Action::ReadHome, sign_in::push::end)
        .post("/me/sign-ins/end", Action::ReadHome, sign_in::me::end_others)
        .post("/me/sign-ins/{sign_in}/end", Action::ReadHome, sign_in::me::end)
        .get("/people/{person}/way-in", Action::ManagePeople, sign_in::recovery::way_in)
        .post_proved("/people/{person}/way-in", Action::ManagePeople, sign_in::recovery::print)
        .post_proved("/people/{person}/end-sign-ins", Action::ManagePeople, sign_in::recovery::end_all)
}

fn guardians(pages: Pages) -> Pages {
    pages
        .get("/g/{token}", Action::GuardianEnter, families::enter::invitation)
        .get("/g/over", Action::GuardianEnter, families::enter::over)
        .post("/g/{token}/code", Action::GuardianEnter, families::enter::code)
        .post("/g/{token}", Action::GuardianEnter, families::enter::enter)
        .get("/g/answers", Action::GuardianRead, families::answers::get)
        .get("/g/children/{number}/answer", Action::GuardianRead, families::ask::get)
        .post("/g/children/{number}/answer", Action::GuardianAnswer, families::ask::post)
        .post("/g/children/{number}/stop", Action::GuardianWithdraw, families::withdraw::stop)
        .post("/g/children/{number}/never", Action::GuardianWithdraw, families::withdraw::never)
        .post(
            "/g/children/{number}/pictures/{order}/down",
            Action::GuardianWithdraw,
            families::withdraw::take_down,
        )
        .post(
            "/g/children/{number}/old-posts/{old_post}/down",
            Action::GuardianWithdraw,
            families::withdraw::take_old_down,
        )
        .post("/g/children/{number}/hand-over", Action::GuardianAnswer, families::answers::hand_over)
        .get("/g/pictures/{order}/{digest}", Action::GuardianRead, families::pictures::get)
        .get("/g/receipts/{receipt}", Action::GuardianRead, families::withdraw::receipt)
        .get("/g/complain", Action::GuardianRead, families::complain::get)
        .post("/g/complain", Action::GuardianAnswer, families::complain::post)
        .get("/g/complaints/{complaint}", Action::GuardianRead, families::complain::receipt)
        .post("/g/call", Action::GuardianAnswer, families::answers::call)
        .post("/g/leave", Action::GuardianRead, families::enter::leave)
}

fn own(pages: Pages) -> Pages {
    pages
        .get("/own", Action::OwnRead, families::answers::get)
        .get("/own/answer", Action::OwnRead, families::ask::get)
        .post("/own/answer", Action::OwnAnswer, families::ask::post)
        .post("/own/stop", Action::OwnAnswer, families::withdraw::stop)
        .post("/own/pictures/{order}/down", Action::OwnAnswer, families::withdraw::take_down)
        .post("/own/old-posts/{old_post}/down", Action::OwnAnswer, families::withdraw::take_old_down)
        .get("/own/pictures/{order}/{digest}", Action::OwnRead, families::pictures::get)
        .get("/own/receipts/{receipt}", Action::OwnRead, families::withdraw::receipt)
        .get("/own/complain", Action::OwnRead, families::complain::get)
        .post("/own/complain", Action::OwnAnswer, families::complain::post)
        .get("/own/complaints/{complaint}", Action::OwnRead, families::complain::receipt)
        .post("/own/call", Action::OwnAnswer, families::answers::call)
        .post("/own/leave", Action::OwnRead, families::enter::leave)
        .get("/own/thanks", Action::GuardianEnter, families::enter::thanks)
}

fn words_and_complaints(pages: Pages) -> Pages {
    pages
        .get("/wordings", Action::ManageWording, wordings::list)
        .post_proved("/wordings/program", Action::ManageWording, wordings::program)
        .post_proved("/wordings/dials", Action::ManageWording, wordings::dials)
        .get("/wordings/{language}", Action::ManageWording, wordings::language)
        .post_proved("/wordings/{language}", Action::ManageWording, wordings::change)
        .get("/wordings/{language}/edit", Action::ManageWording, wordings::edit)
        .post_proved("/wordings/{language}/approve", Action::ManageWording, wordings::approve)
        .get("/complaints", Action::HandleComplaint, complaints::list)
        .get_proved("/complaints.csv", Action::HandleComplaint, complaints::export)
        .post("/complaints/{complaint}/acknowledge", Action::HandleComplaint, complaints::acknowledge)
        .post("/complaints/{complaint}/answer", Action::HandleComplaint, complaints::answer)
        .post("/complaints/calls/{call}", Action::HandleComplaint, complaints::called)
}

fn asking_families(pages: Pages) -> Pages {
    pages
        .get("/asking", Action::AskConsent, asking::list)
        .post("/asking", Action::AskConsent, asking::press)
        .get_proved("/asking.csv", Action::AskConsent, asking::export)
        .get("/asking/letters", Action::AskConsent, asking::letters::get)
        .post_proved("/asking/letters", Action::AskConsent, asking::letters::print)
        .get("/asking/paper", Action::AskConsent, asking::paper::list)
        .get("/asking/paper/form", Action::AskConsent, asking::paper::form)
        .post("/asking/paper/form", Action::AskConsent, asking::paper::enter)
        .get("/asking/paper/blank", Action::AskConsent, asking::paper::blank)
        .post("/asking/paper/{form}/remove", Action::AskConsent, asking::paper::remove)
        .get("/activities/{id}/spot", Action::KeepRosters, spot::about)
        .post("/activities/{id}/spot", Action::KeepRosters, spot::sign)
        .get("/spot/{token}", Action::ReadPublic, spot::page)
        .post("/spot/{token}", Action::ReadPublic, spot::answer)
}

fn old_posts_of(pages: Pages) -> Pages {
    pages
        .get("/old-posts", Action::ReviewOldPosts, old_posts::list::get)
        .get_proved("/old-posts.csv", Action::ManageOldPosts, old_posts::list::export)
        .post("/old-posts/import", Action::ManageOldPosts, old_posts::list::import)
        .get("/old-posts/next", Action::ReviewOldPosts, old_posts::review::next)
        .get("/old-posts/{id}", Action::ReviewOldPosts, old_posts::review::get)
        .post("/old-posts/{id}", Action::ReviewOldPosts, old_posts::review::post)
        .post("/old-posts/{id}/take-down", Action::ManageOldPosts, old_posts::review::take_down)
        .get("/old-posts/{id}/pictures/{number}", Action::ReviewOldPosts, old_posts::review::picture)
}

fn taken_down(pages: Pages) -> Pages {
    use Action::{ManageOldPosts, SettleOrder};
    pages
        .get("/taking-down", ManageOldPosts, taking_down::get)
        .get_proved("/taking-down.csv", ManageOldPosts, taking_down::export)
        .get("/tasks/{task}", SettleOrder, taking_down::task::get)
        .post("/tasks/{task}", SettleOrder, taking_down::task::post)
        .get("/drift", ManageOldPosts, drift::get)
        .get_proved("/drift.csv", ManageOldPosts, drift::export)
        .post("/drift/{drift}", ManageOldPosts, drift::post)
}

fn staff_posts(pages: Pages) -> Pages {
    pages
        .get("/posts", Action::ReadPost, posts::list::get)
        .get_proved("/posts.csv", Action::ReadExport, posts::list::export)
        .get("/calendar", Action::ReadPost, posts::calendar::get)
        .get_proved("/calendar.csv", Action::ReadExport, posts::calendar::export)
        .post("/calendar/{id}", Action::DraftPost, posts::calendar::change)
        .get("/posts/new", Action::DraftPost, posts::new::get)
        .post("/posts/new", Action::DraftPost, posts::new::post)
        .get("/posts/ending", Action::ReadPost, posts::ending::list)
        .post_proved("/posts/ending/life", Action::SetPostLife, posts::ending::life)
        .get("/posts/ending/{order}", Action::ReadPost, posts::ending::get)
        .post("/posts/ending/{order}/ask", Action::DraftPost, posts::ending::ask)
        .post_proved("/posts/ending/{order}", Action::ApprovePost, posts::ending::decide)
        .get("/posts/{id}", Action::ReadPost, posts::show::get)
        .get("/posts/{id}/edit", Action::DraftPost, posts::edit::get)
        .upload("/posts/{id}/edit", Action::DraftPost, posts::edit::post)
        .fragment(Method::GET, "/posts/{id}/progress", Action::DraftPost, posts::edit::get)
        .post("/posts/{id}/drop", Action::DraftPost, posts::show::drop)
        .post("/posts/{id}/take-back", Action::DraftPost, posts::show::take_back)
        .post("/posts/{id}/correct", Action::DraftPost, posts::show::correct)
        .post("/posts/{id}/complete", Action::DraftPost, posts::show::complete)
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
