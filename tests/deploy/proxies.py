#!/usr/bin/env python3
"""Debian's nginx and Caddy with the files of deploy/, a certificate of our own, and the program behind them.

Only names, ports and paths of the files are changed. Visitors come from 127.0.0.2 and on, the program listens on 127.0.0.1."""

import http.client
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1] / "crash"))
from counted import check, verdict  # noqa: E402
from crash import PICTURES, Browser, Server, sign_in, until  # noqa: E402

DEPLOY = HERE.parents[2] / "deploy"
NAME = "posts.example.org"
ORIGIN = f"https://{NAME}"
MB = 1024 * 1024
EDGE = "edge-of-a-part"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Front:
    """One web server in front; `http` and `https` are its ports."""

    def __init__(self, folder, back):
        self.folder, self.back, self.http, self.https = folder, back, free_port(), free_port()
        folder.mkdir()
        self.child = None

    def replaced(self, name, changes):
        """A file of deploy/ with other names; every change has to find something."""
        text = (DEPLOY / name).read_text()
        for old, new in changes:
            assert re.search(old, text, re.M), f"{name} has no {old}"
            text = re.sub(old, new, text, flags=re.M)
        return text

    def start(self, words):
        self.log = open(self.folder / "log", "wb")
        self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.folder)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.https), 1).close()
                return
            except OSError:
                if self.child.poll() is not None:
                    break
                time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text()[-800:])

    def stop(self):
        if self.child and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def ask(self, method, path, cookies=None, body=None, headers=None, visitor="127.0.0.2", tls=True):
        trust = ssl.create_default_context(cafile=str(self.folder.parent / "cert.pem"))
        if tls:
            plain = socket.create_connection(("127.0.0.1", self.https), 60, source_address=(visitor, 0))
            connection = http.client.HTTPConnection(NAME, timeout=60)
            connection.sock = trust.wrap_socket(plain, server_hostname=NAME)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=20)
        cookie = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())} if cookies else {}
        connection.request(method, path, body, {"Host": NAME, **cookie, **(headers or {})})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, answer.headers, text


class Nginx(Front):
    name = "nginx"

    def begin(self):
        pems = self.folder.parent
        site = self.replaced("nginx.conf", [
            (r"^ +listen \[::\].*\n", ""), (r"listen 80;", f"listen 127.0.0.1:{self.http};"),
            (r"listen 443 ssl", f"listen 127.0.0.1:{self.https} ssl"), (r"127\.0\.0\.1:8080", f"127.0.0.1:{self.back}"),
            (r"/etc/letsencrypt/live/[^/]+/fullchain\.pem", f"{pems}/cert.pem"), (r"/etc/letsencrypt/live/[^/]+/privkey\.pem", f"{pems}/key.pem")])
        paths = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {self.folder}/pid; error_log stderr;\n"
            f"events {{ worker_connections 128; }}\nhttp {{ {paths}\n{site}\n}}\n")
        self.start([shutil.which("nginx") or "/usr/sbin/nginx", "-p", self.folder, "-e", "stderr", "-c", self.folder / "nginx.conf"])


class Caddy(Front):
    name = "Caddy"

    def begin(self):
        pems = self.folder.parent
        site = self.replaced("Caddyfile", [
            (r"\A((?:#.*\n|\n)*)\{\n", rf"\1{{\n\tadmin off\n\thttp_port {self.http}\n\thttps_port {self.https}\n\tstorage file_system {self.folder}\n"),
            (r"^posts\.example\.org \{", f"{NAME} {{\n\tbind 127.0.0.1\n\ttls {pems}/cert.pem {pems}/key.pem"),
            (r"127\.0\.0\.1:8080", f"127.0.0.1:{self.back}")])
        (self.folder / "Caddyfile").write_text(site)
        self.start(["env", f"HOME={self.folder}", "caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"])


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"],
                   check=True, capture_output=True)


def token(text):
    return re.search(r'name="csrf" value="([^"]*)"', text)[1]


def photos(csrf, sizes):
    part = lambda head, value: f"--{EDGE}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n"
    files = [part(f'name="photo"; filename="{number}.jpg"', b"\xff\xd8\xff" + bytes(size - 3)) for number, size in enumerate(sizes)]
    return part('name="csrf"', csrf.encode()) + b"".join(files) + part('name="do"', b"keep") + f"--{EDGE}--\r\n".encode()


def pages(front):
    status, headers, text = front.ask("GET", "/news")
    check(status == 200 and "news" in text.lower(), f"{front.name}: the public reads the news page", status)
    check(headers.get_all("Strict-Transport-Security") == ["max-age=63072000"], f"{front.name}: browsers are told once to stay with TLS", headers.items())
    check(len(headers.get_all("Content-Security-Policy") or []) == 1, f"{front.name}: the content policy arrives once")
    status, headers, _ = front.ask("GET", "/news?a=b", tls=False)
    check(status in (301, 308) and headers["Location"].startswith(ORIGIN) and headers["Location"].endswith("/news?a=b"), f"{front.name}: plain HTTP is sent to TLS", headers["Location"])
    _, headers, _ = front.ask("GET", "/sign-in/none")
    cookie = headers["Set-Cookie"] or ""
    check(cookie.startswith("__Host-") and "; Secure" in cookie and "; HttpOnly" in cookie, f"{front.name}: cookies are bound to the host and to TLS", cookie)
    inside, outside = front.ask("GET", "/readyz", visitor="127.0.0.1")[0], front.ask("GET", "/readyz")[0]
    check(inside in (200, 503) and outside == 403, f"{front.name}: only this machine asks how ready it is", (inside, outside))
    check(front.ask("GET", "/metrics")[0] == 404 and front.ask("GET", "/healthz")[2] == "alive\n", f"{front.name}: the public asks whether it lives, and reads no metrics")


def forms(front, jo):
    _, _, page = front.ask("GET", "/posts/new", jo)
    activity, channel = (re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("activity", "channel"))
    body = f"csrf={token(page)}&activity={activity}&channel={channel}"
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN}
    forged = front.ask("POST", "/posts/new", jo, body, {**form, "Origin": "https://evil.example"})[0]
    status, headers, _ = front.ask("POST", "/posts/new", jo, body, form)
    check(status == 303 and forged == 403, f"{front.name}: a form of ours is taken, one from elsewhere is not", (status, forged))
    return headers["Location"]


def uploads(front, jo, draft):
    form = {"Content-Type": f"multipart/form-data; boundary={EDGE}", "Origin": ORIGIN}
    csrf = token(front.ask("GET", draft, jo)[2])
    status, headers, _ = front.ask("POST", draft, jo, photos(csrf, [30 * MB]), form)
    check(status == 303 and "left_out" not in headers["Location"], f"{front.name}: a photo of 30 MB is taken", (status, headers["Location"]))
    status, headers, _ = front.ask("POST", draft, jo, photos(csrf, [31 * MB]), form)
    to = (headers["Location"] or "/").split("#")[0]
    check(status == 303 and "could not be added" in front.ask("GET", to, jo)[2], f"{front.name}: one of 31 MB is refused on our own page", (status, to))
    status, headers, _ = front.ask("POST", draft, jo, photos(csrf, [30 * MB] * 3), form)
    check(status == 303 and "left_out" not in headers["Location"], f"{front.name}: three more of 30 MB at once are taken", (status, headers["Location"]))


def limits(front):
    """Guessing is slowed down by where it comes from, whatever a visitor says about that."""
    def guess(number, visitor):
        link = f"/sign-in/guess{front.name}{visitor}{number}"
        _, headers, page = front.ask("GET", link, visitor=visitor)
        cookies = dict([headers["Set-Cookie"].split(";")[0].split("=", 1)])
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN, "X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        return front.ask("POST", link, cookies, f"csrf={token(page)}", form, visitor)[0]
    # The program behind is the same for both web servers: what one's visitor has used up is not the other's.
    guesser, other = ("127.0.0.3", "127.0.0.4") if front.name == "nginx" else ("127.0.0.5", "127.0.0.6")
    tries = [guess(number, guesser) for number in range(14)]
    check(tries[0] == 422 and tries[-1] == 429, f"{front.name}: guessing is slowed down, and a forged header does not help", tries)
    check(guess(1, other) == 422, f"{front.name}: nobody else is held up by it")


def walk(front, cookies):
    try:
        front.begin()
        pages(front)
        uploads(front, cookies, forms(front, cookies))
        limits(front)
    except Exception as error:  # a part that breaks off is one failure, and the other server is still tried
        check(False, f"{front.name}: came to its end", f"{type(error).__name__}: {error}")
    finally:
        front.stop()
    log = (front.folder / "log").read_text(errors="replace")
    check("guess" not in log and "sign-in" not in log, f"{front.name}: its log holds no link", log[-300:])


def main():
    with tempfile.TemporaryDirectory(prefix="cleansheet-deploy-") as work:
        folder = Path(work)
        folder.chmod(0o711)
        certificate(folder)
        server = Server(folder / "trust")
        with open(folder / "printed", "wb") as out:
            server.start(command=("demo", "--pictures", str(PICTURES)), out=out)
        said = until("the demo prints its links", lambda: (t := (folder / "printed").read_text()) and t.count("/sign-in/") >= 8 and t)
        jo = sign_in(server, re.search(r"Jo Brightwell[^\n]*\n?[^\n]*?(http://localhost:\d+/sign-in/\S+)", said)[1])
        assert isinstance(jo, Browser)
        server.stop()
        server = Server(folder / "trust")
        server.start(command=("serve", "--public-url", ORIGIN))
        cookies = {f"__Host-{name}": value for name, value in jo.cookies.items()}
        try:
            for kind in (Nginx, Caddy):
                walk(kind(folder / kind.name, server.port), cookies)
        finally:
            server.stop()
    verdict()


main()
