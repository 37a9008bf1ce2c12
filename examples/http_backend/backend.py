"""A ministry's back end that takes JSON over HTTP: the smallest that keeps every rule.

It needs Python and nothing else. Where it says so, your own system comes in.

    MINISTRY=mopa KEYS="whsec_…" python backend.py 8090 cases.sqlite

`KEYS` has several keys, separated by blanks, while one is rotated. `DECIDE=approved` decides each
application at once, as an officer would later.
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300
GONE = {"/problems/document_unknown", "/problems/document_infected", "/problems/document_damaged"}
SCHEMA = """
CREATE TABLE IF NOT EXISTS cases (
    application_id TEXT PRIMARY KEY, number TEXT, submission TEXT, state TEXT DEFAULT 'open');
CREATE TABLE IF NOT EXISTS handed_over (
    n INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, application_id TEXT, cursor TEXT);
CREATE TABLE IF NOT EXISTS callbacks (id TEXT PRIMARY KEY, url TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS numbers (last INTEGER);
INSERT INTO numbers SELECT 0 WHERE NOT EXISTS (SELECT * FROM numbers);
"""


def is_gone(refusal):
    """Whether a paper comes no more, by the problem that the platform answers."""
    try:
        return json.loads(refusal.read())["type"] in GONE
    except (OSError, ValueError, KeyError, TypeError):
        return False


class NotNow(Exception):
    """The platform comes again later."""


class Backend:
    """The cases of one ministry."""

    def __init__(self, ministry, keys, path, decide=""):
        self.ministry, self.keys, self.decide_at_once = ministry, keys, decide
        self.lock, self.closed = threading.RLock(), threading.Event()
        self.db = sqlite3.connect(path, check_same_thread=False)
        self.db.executescript(SCHEMA)

    def is_signed(self, headers, body):
        """Check the signature over the bytes: one of several is enough, within five minutes."""
        message_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not (at.isascii() and at.isdecimal() and self.is_recent(int(at))):
            return False
        signed = f"{message_id}.{at}.".encode() + body
        given = headers.get("webhook-signature", "").split(" ")
        right = {f"v1,{mac(key, signed)}" for key in self.keys}
        return any(hmac.compare_digest(ours, theirs) for ours in right for theirs in given)

    def is_recent(self, at):
        """A call that was recorded is refused when it comes again later."""
        return abs(time.time() - at) <= TOLERANCE_S

    def take(self, key, submission, number=None):
        """Store a submission once, and return its case file number.

        `number` is the one that the citizen knows, when it is read again after a loss.
        """
        with self.lock:
            if known := self.number_of(key):
                return known
        self.check_papers(submission["documents"])
        with self.lock, self.db:  # the case, the key and the cursor in one transaction
            known = self.number_of(key)
            if known:
                return known
            application_id, kind = submission["application_id"], submission["kind"]
            number = number or self.case_of(application_id) or self.next_number()
            state = "withdrawn" if kind == "withdrawn" else "open"
            self.db.execute(
                "INSERT INTO cases VALUES (?, ?, ?, ?) ON CONFLICT (application_id) DO UPDATE"
                " SET submission = excluded.submission, state = excluded.state",
                (application_id, number, json.dumps(submission), state),
            )
            self.db.execute(
                "INSERT INTO handed_over (key, application_id, cursor) VALUES (?, ?, ?)",
                (key, application_id, submission.get("cursor")),
            )
            if self.decide_at_once and state == "open":
                self.decide(application_id, self.decide_at_once)
            return number

    def check_papers(self, documents):
        """Fetch each paper by its link, which is valid for 15 minutes, and compare it.

        One that was deleted, or in which a virus was found, does not come any more: without it.
        """
        for paper in documents:
            try:
                with urllib.request.urlopen(paper["url"], timeout=10) as reply:
                    content = reply.read()
            except urllib.error.HTTPError as refusal:
                if is_gone(refusal):
                    continue
                raise NotNow from None
            except OSError:
                raise NotNow from None
            if hashlib.sha256(content).hexdigest() != paper["sha256"]:
                raise NotNow  # a broken copy: the same submission comes again, with a new link

    def decide(self, application_id, action, note=None):
        """Note a decision, to be sent until the platform has it; a refusal needs a note."""
        with self.lock, self.db:
            number, text = self.db.execute(
                "SELECT number, submission FROM cases WHERE application_id = ?", (application_id,)
            ).fetchone()
            body = {
                "application_id": application_id,
                "action": action,
                "case_file_number": number,
                "note": note,
                "decided_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            }
            url = json.loads(text)["callback_url"]
            self.db.execute(
                "INSERT INTO callbacks VALUES (?, ?, ?)", (str(uuid.uuid4()), url, json.dumps(body))
            )

    def send_callbacks(self):
        """Send decisions, under the same webhook-id until they are taken or refused."""
        with self.lock:
            waiting = self.db.execute("SELECT id, url, body FROM callbacks").fetchall()
        for message_id, url, body in waiting:
            status, answer = self.post(url, body.encode(), message_id)
            if 200 <= status < 300 or (400 <= status < 500 and status not in (408, 425, 429)):
                if status >= 400:
                    print("not taken:", answer.decode(errors="replace"), file=sys.stderr)
                with self.lock, self.db:
                    self.db.execute("DELETE FROM callbacks WHERE id = ?", (message_id,))

    def lose(self, newest):
        """Forget the newest hand-overs, as after a restored backup, and read them again."""
        with self.lock, self.db:
            lost = "SELECT application_id FROM handed_over ORDER BY n DESC LIMIT ?"
            self.db.execute(f"DELETE FROM cases WHERE application_id IN ({lost})", (newest,))
            lost = lost.replace("application_id", "n")
            self.db.execute(f"DELETE FROM handed_over WHERE n IN ({lost})", (newest,))
        self.recover()

    def recover(self):
        """Read the hand-overs since the last cursor, before a new one is taken."""
        with self.lock:
            after, text = self.db.execute(
                "SELECT cursor, submission FROM handed_over JOIN cases USING (application_id)"
                " WHERE cursor IS NOT NULL ORDER BY n DESC LIMIT 1"
            ).fetchone() or (None, None)
            url = json.loads(text)["callback_url"].replace("/decisions", "/deliveries")
            has_more = True
            while has_more:
                body = json.dumps({"after": after}).encode()
                status, answer = self.post(url, body, str(uuid.uuid4()))
                if status != 200:
                    raise NotNow
                page = json.loads(answer)
                for delivery in page["deliveries"]:
                    number = delivery["case_file_number"]
                    self.take(delivery["idempotency_key"], delivery["submission"], number)
                after, has_more = page["next"], page["has_more"]

    def post(self, url, body, message_id):
        """Send a signed call; return its status, 0 without an answer, and the answer."""
        at = str(int(time.time()))
        signature = mac(self.keys[0], f"{message_id}.{at}.".encode() + body)
        headers = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{signature}",
        }
        try:
            request = urllib.request.Request(url, body, headers, method="POST")
            with urllib.request.urlopen(request, timeout=15) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as reply:
            return reply.code, reply.read()
        except OSError:
            return 0, b""

    def number_of(self, key):
        """The answer to a hand-over that came before, under the same key."""
        row = self.db.execute(
            "SELECT number FROM handed_over JOIN cases USING (application_id) WHERE key = ?", (key,)
        ).fetchone()
        return row[0] if row else None

    def case_of(self, application_id):
        """The number that a correction or a withdrawal keeps."""
        row = self.db.execute(
            "SELECT number FROM cases WHERE application_id = ?", (application_id,)
        ).fetchone()
        return row[0] if row else None

    def next_number(self):
        """A number that no other case has, from a sequence of the database."""
        self.db.execute("UPDATE numbers SET last = last + 1")
        return f"{self.ministry}/{self.db.execute('SELECT last FROM numbers').fetchone()[0]}"

    def answer(self, path, headers, body):
        """Return status, media type and content for a POST."""
        if path == "/lose":  # for tests: bind this to yourself only
            self.lose(int(body or b"1"))
            return 200, "text/plain", b"read again"
        if path != f"/ministries/{self.ministry}/submissions":
            return 404, "text/plain", b"no such page"
        if not self.is_signed(headers, body):
            return 401, "text/plain", b"not signed"
        submission = json.loads(body)
        if submission["public_service_id"] == "S000":  # a service that is not offered
            problem = "urn:nagorik-sheba:refusal:public-service-not-offered"
            content = json.dumps({"type": problem, "status": 422}).encode()
            return 422, "application/problem+json", content
        try:
            number = self.take(headers["idempotency-key"], submission)
        except NotNow:
            return 503, "text/plain", b"later"
        content = json.dumps({"case_file_number": number, "decision": None}).encode()
        return 200, "application/json", content


def mac(key, signed):
    """The signature of Standard Webhooks: the key is base64 behind `whsec_`."""
    secret = base64.b64decode(key.removeprefix("whsec_"))
    return base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()


def server_of(backend, port):
    """An HTTP server for a back end; it sends decisions as long as it runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                status, media_type, content = backend.answer(self.path, self.headers, body)
            except Exception as failure:
                print("failed:", repr(failure), file=sys.stderr)
                status, media_type, content = 500, "text/plain", b"failed"
            self.send_response(status)
            self.send_header("content-type", media_type)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Write no log: paths and headers are not for it."""

    def send():
        while not backend.closed.wait(0.2):
            backend.send_callbacks()

    threading.Thread(target=send, daemon=True).start()
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    ministry, keys = os.environ["MINISTRY"], os.environ["KEYS"].split()
    made = Backend(ministry, keys, sys.argv[2], os.environ.get("DECIDE", ""))
    server_of(made, int(sys.argv[1])).serve_forever()
