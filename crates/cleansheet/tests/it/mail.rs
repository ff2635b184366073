//! Mail leaves through the trust's own server, once; what the server refuses is kept and told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cleansheet::{app::Settings, jobs, mail_server::MailServer, profile::Profile};
use cleansheet_records::mails::{Mail, Mails};
use cleansheet_terms::MailId;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::site::{ORIGIN, TestSite};

/// What a mail server has taken.
type Taken = Arc<Mutex<Vec<String>>>;

/// A mail server on a free port that answers every recipient with `answer`; it ends with the test.
async fn server(answer: &'static str) -> (String, Taken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("smtp://{}", listener.local_addr().unwrap());
    let taken = Taken::default();
    let keep = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            converse(stream, answer, &keep).await;
        }
    });
    (address, taken)
}

/// Two answers are none: `close` breaks off once the mail is there, `silence` says nothing to its recipient.
async fn converse(mut stream: TcpStream, answer: &str, taken: &Taken) {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 mail.example.org\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let reply = match line.split([' ', ':']).next().unwrap().to_uppercase().as_str() {
            "RCPT" if answer == "silence" => continue,
            "RCPT" if answer != "close" => answer,
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await.unwrap();
                let mut mail = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                taken.lock().unwrap().push(mail);
                if answer == "close" {
                    return;
                }
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        let gone = writer.write_all(format!("{reply}\r\n").as_bytes()).await;
        if gone.is_err() {
            return;
        }
    }
}

async fn site_at(address: &str) -> TestSite {
    let profile = Profile::demo().unwrap();
    let mail = MailServer::with_patience(address, &profile, Duration::from_secs(1)).unwrap();
    TestSite::with(Settings { mail: Some(mail), ..Settings::new(ORIGIN, profile) }).await
}

async fn queue(site: &TestSite) -> MailId {
    let mut tx = site.app.records.begin().await.unwrap();
    let body = "Your code is 1234 5678.\nIt works for ten minutes.";
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let id = Mails(&mut tx).queue("meera@example.org", "Your code", body, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn mail(site: &TestSite, id: &MailId) -> Mail {
    Mails(&mut site.app.records.read().await.unwrap()).mail(id).await.unwrap().unwrap()
}

/// A trust whose mail goes to `address`, with one mail waiting; runs what is due and says what became of the mail.
async fn after_one_run(address: &str) -> (TestSite, Mail) {
    let site = site_at(address).await;
    let id = queue(&site).await;
    jobs::run_due(&site.app).await.unwrap();
    let mail = mail(&site, &id).await;
    (site, mail)
}

/// An address where nobody listens.
async fn nobody() -> std::net::SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_mail_leaves_once_from_the_trust_with_nothing_personal_in_its_subject() {
    let (address, taken) = server("250 fine").await;
    let (site, mail) = after_one_run(&address).await;
    assert!(mail.sent.is_some());
    jobs::run_due(&site.app).await.unwrap();
    let taken = taken.lock().unwrap();
    assert_eq!(taken.len(), 1);
    for line in [
        "From: \"Rivermead Town Community Trust\" <dele@example.org>",
        "To: meera@example.org",
        "Subject: Your code",
        "Auto-Submitted: auto-generated",
        &format!("Message-ID: <{}@example.org>", mail.id),
        "Your code is 1234 5678.",
    ] {
        assert!(taken[0].contains(line), "{line} in {}", taken[0]);
    }
}

#[tokio::test]
async fn a_mail_that_the_server_cannot_take_now_is_tried_again() {
    let (address, taken) = server("451 later").await;
    let (site, mail) = after_one_run(&address).await;
    assert!(mail.sent.is_none() && taken.lock().unwrap().is_empty());
    site.clock.advance_ms(3_600_000);
    assert_eq!(jobs::run_due(&site.app).await.unwrap(), 1, "the job is still there");
}

#[tokio::test]
async fn a_mail_that_the_server_never_takes_is_kept_told_and_not_tried_for_ever() {
    let (address, _taken) = server("550 no such mailbox").await;
    let (site, mail) = after_one_run(&address).await;
    assert!(mail.sent.is_none());
    let (_, because) = mail.given_up.unwrap();
    assert!(because.contains("550") && !because.contains("meera"), "{because}");
    site.clock.advance_ms(86_400_000);
    assert_eq!(jobs::run_due(&site.app).await.unwrap(), 0);
    let today = site.browser("manager").await.get("/").await.text();
    assert!(today.contains("Some mail never arrived") && today.contains("meera@example.org"), "{today}");
    let today = site.browser("author").await.get("/").await.text();
    assert!(!today.contains("never arrived") && !today.contains("meera"), "the Manager is told, nobody else");
}

#[tokio::test]
async fn a_mail_is_tried_for_three_days_and_then_given_up() {
    let (address, taken) = server("451 later").await;
    let site = site_at(&address).await;
    let id = queue(&site).await;
    let mut tries = 0;
    while mail(&site, &id).await.given_up.is_none() {
        tries += jobs::run_due(&site.app).await.unwrap();
        site.clock.advance_ms(3_600_000);
        assert!(tries < 60, "it never ends");
    }
    assert!((20..40).contains(&tries), "backs off to hours: {tries}");
    assert!(taken.lock().unwrap().is_empty());
    assert!(mail(&site, &id).await.given_up.unwrap().1.contains("three days"));
}

#[tokio::test]
async fn mail_waits_while_no_server_answers_and_all_of_it_leaves_once_one_does() {
    let nobody = nobody().await;
    let (site, first) = after_one_run(&format!("smtp://{nobody}")).await;
    assert!(first.sent.is_none());
    for _ in 0..6 {
        site.clock.advance_ms(3_600_000);
        assert_eq!(jobs::run_due(&site.app).await.unwrap(), 1, "the job is still there");
    }
    let today = site.browser("manager").await.get("/").await.text();
    // The Manager's browser is new, which is told by mail: that one waits as well.
    assert!(today.contains("2 mails wait to leave since"), "{today}");
    let listener = TcpListener::bind(nobody).await.unwrap();
    let keep = Taken::default();
    let taken = Arc::clone(&keep);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            converse(stream, "250 fine", &keep).await;
        }
    });
    let second = queue(&site).await;
    jobs::run_due(&site.app).await.unwrap();
    assert_eq!(taken.lock().unwrap().len(), 3, "the new one left, and called those that waited");
    assert!(mail(&site, &first.id).await.sent.is_some() && mail(&site, &second).await.sent.is_some());
}

#[tokio::test]
async fn a_server_that_breaks_off_after_taking_a_mail_gets_it_again_under_the_same_name() {
    let (address, taken) = server("close").await;
    let (site, mail) = after_one_run(&address).await;
    assert!(mail.sent.is_none(), "nobody said that it was taken");
    site.clock.advance_ms(3_600_000);
    jobs::run_due(&site.app).await.unwrap();
    let taken = taken.lock().unwrap();
    let names: Vec<&str> =
        taken.iter().filter_map(|mail| mail.lines().find(|line| line.starts_with("Message-ID"))).collect();
    assert!(names.len() >= 2 && names.iter().all(|name| *name == names[0]), "{names:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let (address, taken) = server("silence").await;
    let (site, mail) = after_one_run(&address).await;
    assert!(mail.sent.is_none() && mail.given_up.is_none() && taken.lock().unwrap().is_empty());
    site.clock.advance_ms(3_600_000);
    assert_eq!(jobs::run_due(&site.app).await.unwrap(), 1);
}

#[tokio::test]
async fn a_wrong_password_is_nobodys_fault_and_loses_no_mail() {
    let (address, _taken) = server("535 who are you").await;
    let (_site, mail) = after_one_run(&address).await;
    assert!(mail.given_up.is_none(), "somebody can mend it");
}

#[test]
fn a_wrong_address_of_the_mail_server_is_said_at_once() {
    let error = MailServer::at("mail.example.org", &Profile::demo().unwrap()).unwrap_err();
    assert!(error.to_string().contains("--smtp"), "{error}");
}
