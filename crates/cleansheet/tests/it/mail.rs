//! Mail leaves through the trust's own server, once; what the server refuses is kept and told.

use std::sync::{Arc, Mutex};

use cleansheet::{app::Settings, jobs, mail_server::MailServer, profile::Profile};
use cleansheet_records::mails::{Mail, Mails};
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

async fn converse(mut stream: TcpStream, answer: &str, taken: &Taken) {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 mail.example.org\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let reply = match line.split([' ', ':']).next().unwrap().to_uppercase().as_str() {
            "RCPT" => answer,
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
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        writer.write_all(format!("{reply}\r\n").as_bytes()).await.unwrap();
    }
}

/// A trust whose mail goes to `address`, with one mail waiting; runs what is due and says what became of the mail.
async fn after_one_run(address: &str) -> (TestSite, Mail) {
    let profile = Profile::demo().unwrap();
    let mail = Some(MailServer::at(address, &profile).unwrap());
    let site =
        TestSite::with(Settings { public_url: ORIGIN.into(), demo: false, profile, mail, oidc: None }).await;
    let mut tx = site.app.records.begin().await.unwrap();
    let body = "Your code is 1234 5678.\nIt works for ten minutes.";
    let (clock, mut chance) = (&*site.clock, &site.app.entropy);
    let id = Mails(&mut tx).queue("meera@example.org", "Your code", body, clock, &mut chance).await.unwrap();
    tx.commit().await.unwrap();
    jobs::run_due(&site.app).await.unwrap();
    let mail = Mails(&mut site.app.records.read().await.unwrap()).mail(&id).await.unwrap().unwrap();
    (site, mail)
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
async fn a_mail_that_the_server_never_takes_is_kept_and_not_tried_for_ever() {
    let (address, _taken) = server("550 no such mailbox").await;
    let (site, mail) = after_one_run(&address).await;
    assert!(mail.sent.is_none());
    site.clock.advance_ms(86_400_000);
    assert_eq!(jobs::run_due(&site.app).await.unwrap(), 0);
}

#[tokio::test]
async fn a_mail_waits_while_no_server_answers() {
    let (address, _taken) = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        (format!("smtp://{}", listener.local_addr().unwrap()), ())
    };
    let (site, mail) = after_one_run(&address).await;
    assert!(mail.sent.is_none());
    site.clock.advance_ms(3_600_000);
    assert_eq!(jobs::run_due(&site.app).await.unwrap(), 1, "the job is still there");
}

#[test]
fn a_wrong_address_of_the_mail_server_is_said_at_once() {
    let error = MailServer::at("mail.example.org", &Profile::demo().unwrap()).unwrap_err();
    assert!(error.to_string().contains("--smtp"), "{error}");
}
