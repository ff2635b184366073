//! Visits the trust's own pages the way a browser does: over HTTP, from outside.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// What a visitor gets to see.
pub(super) struct Page {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Page {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Every value of a header.
    pub(super) fn header<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        self.headers.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// `GET path` from a server of ours, as a stranger without any cookie.
pub(super) async fn visit(at: SocketAddr, path: &str) -> io::Result<Page> {
    ask(at, &format!("GET {path} HTTP/1.1\r\nHost: {at}\r\n"), &[]).await
}

/// Sends a request and waits twenty seconds at most for its answer of 8 MB at most.
///
/// - `head`: the request line and headers, each ended by CRLF; `Connection` and `Content-Length` are added.
pub(super) async fn ask(at: SocketAddr, head: &str, body: &[u8]) -> io::Result<Page> {
    let asked = async {
        let mut stream = TcpStream::connect(at).await?;
        let head = format!("{head}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body).await?;
        let mut answer = Vec::new();
        stream.take(8 << 20).read_to_end(&mut answer).await?;
        parse(&answer).ok_or_else(|| io::Error::other("the server's answer is no HTTP answer"))
    };
    timeout(Duration::from_secs(20), asked).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Our own server closes the connection and sends no chunks, so head and body are all there is.
fn parse(answer: &[u8]) -> Option<Page> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split_whitespace().nth(1)?.parse().ok()?;
    let header =
        |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Some(Page { status, headers: lines.filter_map(header).collect(), body: answer.get(end + 4..)?.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_answer_is_split_into_status_headers_and_body() {
        let page = parse(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone").unwrap();
        assert_eq!((page.status, page.text().as_str()), (404, "gone"));
        assert_eq!(page.header("content-length").collect::<Vec<_>>(), ["4"]);
        assert!(parse(b"nonsense").is_none());
    }
}
