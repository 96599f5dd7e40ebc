"""Bytes that no client library sends: raw sockets against the real server. The code and Status that Kubernetes answers,
no crash, and memory that stays where it was."""
import json
import os
import socket
import ssl
import subprocess
import time
import unittest

from embedded_cluster import EmbeddedCluster

SPACE = "/api/v1/namespaces/default"
HEAD = "Host: h\r\nContent-Type: application/json\r\n"


def request(method, path, body=b"", head=HEAD):
    if isinstance(body, str):
        body = body.encode()
    return f"{method} {path} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(method, path, chunks, head=HEAD):
    return f"{method} {path} HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks


class RawHttpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = EmbeddedCluster()
        cls.cluster.up()
        cls.pki = os.path.join(cls.cluster.data, "pki")
        cls.pid = cls.cluster.daemon_pid()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    def tearDown(self):
        self.assertEqual(self.cluster.daemon_pid(), self.pid)
        self.assertEqual(self.send(request("GET", "/readyz"))[0], 200, "the server is not there any more")

    def connect(self, certificate="admin"):
        context = ssl.create_default_context(cafile=os.path.join(self.pki, "ca.crt"))
        if certificate:
            context.load_cert_chain(*(f"{self.pki}/{certificate}.{end}" for end in ("crt", "key")))
        raw = socket.create_connection(("127.0.0.1", self.cluster.port), timeout=30)
        return context.wrap_socket(raw, server_hostname="127.0.0.1")

    def read_answer(self, stream):
        """(status, body) of one answer; (None, what came) when the connection ends without one."""
        data = b""
        while b"\r\n\r\n" not in data:
            try:
                piece = stream.recv(65536)
            except (ConnectionError, ssl.SSLError):
                piece = b""
            if not piece:
                return None, data
            data += piece
        head, body = data.split(b"\r\n\r\n", 1)
        fields = dict(line.lower().split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:])
        while len(body) < int(fields.get("content-length", "0")):
            piece = stream.recv(65536)
            if not piece:
                break
            body += piece
        return int(head.split()[1]), body

    def send(self, *pieces, certificate="admin"):
        with self.connect(certificate) as stream:
            for piece in pieces:
                try:
                    stream.sendall(piece)
                except (ConnectionError, ssl.SSLError):
                    break  # refused before it was all there: the answer says why
            return self.read_answer(stream)

    def check(self, cases):
        for data, status, reason in cases:
            with self.subTest(data=data[:120]):
                got, body = self.send(data)
                self.assertEqual(got, status, body[:300])
                if reason:
                    answer = json.loads(body)
                    self.assertEqual((answer["kind"], answer["code"], answer["reason"]), ("Status", status, reason))

    def test_bodies_that_cannot_be_read(self):
        deep = "[" * 100_000
        named = '{"metadata":{"name":"x"},"data":'
        self.check([
            (request("POST", SPACE + "/configmaps", "{"), 400, "BadRequest"),
            (request("POST", SPACE + "/configmaps", ""), 400, "BadRequest"),
            (request("POST", SPACE + "/configmaps", b'{"metadata":{"name":"\xff"}}'), 400, "BadRequest"),
            (request("POST", SPACE + "/configmaps", "[1]"), 400, "BadRequest"),
            (request("POST", SPACE + "/configmaps", named + deep), 400, "BadRequest"),
            (request("POST", SPACE + "/configmaps", "a: [", HEAD.replace("json", "yaml")), 400, "BadRequest"),
            (request("POST", SPACE + "/configmaps", "a: *x", HEAD.replace("json", "yaml")), 400, "BadRequest"),
            (request("POST", SPACE + "/configmaps", "{}", HEAD.replace("application/json", "text/html")), 415,
             "UnsupportedMediaType"),
            (request("PATCH", SPACE, "[{", HEAD.replace("json", "json-patch+json")), 400, "BadRequest"),
            (request("PATCH", SPACE, '{"a":1}', HEAD.replace("json", "json-patch+json")), 400, "BadRequest"),
            (request("PATCH", SPACE, "{}", HEAD.replace("json", "x-patch+json")), 415, "UnsupportedMediaType"),
        ])

    def test_bodies_over_three_mebibytes(self):
        large = b"x" * (3 * 1024 * 1024 + 1)
        self.assertEqual(self.send(request("POST", SPACE + "/configmaps", large))[0], 413)
        # Announced only: refused before it is sent.
        head = f"POST {SPACE}/configmaps HTTP/1.1\r\n{HEAD}Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n"
        self.assertEqual(self.send(head.encode())[0], 413)
        chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        self.assertEqual(self.send(chunked("POST", SPACE + "/configmaps", chunk * 4))[0], 413)

    def test_selectors_and_options(self):
        long = ",".join(f"key{i}=value" for i in range(2000))
        self.check([
            (request("GET", SPACE + "/pods?labelSelector=%2C%3D"), 400, "BadRequest"),
            (request("GET", SPACE + "/pods?labelSelector=" + "x" * 20000), 400, "BadRequest"),
            (request("GET", SPACE + "/pods?labelSelector=" + long), 200, None),
            (request("GET", SPACE + "/pods?fieldSelector=spec.nothing%3D1"), 400, "BadRequest"),
            (request("GET", SPACE + "/pods?limit=x"), 400, "BadRequest"),
            (request("GET", SPACE + "/pods?continue=x"), 400, "BadRequest"),
            (request("GET", SPACE + "/pods?resourceVersion=x"), 400, "BadRequest"),
            (request("GET", SPACE + "/pods?watch=1&resourceVersion=-1"), 400, "BadRequest"),
        ])

    def test_paths(self):
        for path, status in [("/api/v1/namespaces/default/pods/..", (301, 404)), ("/api/v1/../v1/pods", (301, 404)),
                             ("/api/v1/namespaces/default/pods/%2e%2e%2fx", (400, 404)), ("//api//v1//pods", (200, 301, 404)),
                             ("/api/v1/namespaces/default/pods/%2f", (400, 404)), ("/api/v1/namespaces/%00/pods", (200, 400, 404)),
                             ("/api/v1/namespaces/default/pods/%ff%fe", (400, 404)), ("/%", (400, 404)),
                             ("/api/v1/namespaces/default/pods/" + "x" * 5000, (404,)), ("*", (400, 404)),
                             ("/etc/passwd", (404,)), ("/api/v1/pods/x/y/z/w", (404,))]:
            with self.subTest(path=path[:60]):
                got, body = self.send(request("GET", path))
                self.assertIn(got, status, body[:300])

    def test_heads_that_are_broken_or_too_large(self):
        self.check([
            (b"nonsense\r\n\r\n", 400, None),
            (b"\x16\x03\x01\x00\xa5\r\n\r\n", 400, None),
            (b"GET /readyz HTTP/1.1\r\n\r\n", 400, None),  # no Host
            (b"GET /readyz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, None),
            (b"GET /readyz HTTP/1.1\r\nHost : a\r\n\r\n", 400, None),
            (b"GET /readyz HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", 431, None),
            (b"GET /readyz HTTP/1.1\r\nHost: h\r\n" + b"A: b\r\n" * 20_000 + b"\r\n", 431, None),
            (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 431, None),
            (b"GET /readyz HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 400, None),
        ])

    def test_one_message_cannot_be_taken_for_two(self):
        inner = b"GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n"
        both = f"POST {SPACE}/configmaps HTTP/1.1\r\n{HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        twice = f"POST {SPACE}/configmaps HTTP/1.1\r\n{HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}"
        for data in (both, twice, f"POST / HTTP/1.1\r\n{HEAD}Content-Length: +2\r\n\r\n{{}}",
                     f"POST / HTTP/1.1\r\n{HEAD}Content-Length: 0x2\r\n\r\n{{}}",
                     f"POST / HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n-1\r\n",
                     f"POST / HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"):
            with self.subTest(data=data[-60:]), self.connect() as stream:
                stream.sendall(data.encode() + inner)
                status, body = self.read_answer(stream)
                self.assertIn(status, (400, 413), body[:200])
                self.assertIsNone(self.read_answer(stream)[0], "it went on with the next message")

    def test_pipelined_requests_are_answered_in_order(self):
        with self.connect() as stream:
            stream.sendall(request("GET", "/readyz") + request("GET", "/nothing") + request("GET", "/version"))
            data = b""
            while b"gitVersion" not in data:
                piece = stream.recv(65536)
                self.assertTrue(piece, data)
                data += piece
        self.assertEqual([part[:3] for part in data.split(b"HTTP/1.1 ")[1:]], [b"200", b"404", b"200"])

    def test_a_last_chunk_in_pieces(self):
        head = chunked("POST", SPACE + "/configmaps", b"")
        with self.connect(None) as stream:  # whoever it is
            stream.sendall(head)
            for piece in (b"0", b"\r", b"\n", b"\r", b"\n"):
                stream.sendall(piece)
            self.assertEqual(self.read_answer(stream)[0], 401)

    def test_an_expected_continue_comes_first(self):
        body = '{"metadata":{"name":"continued"}}'
        head = f"POST {SPACE}/configmaps HTTP/1.1\r\n{HEAD}Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
        with self.connect() as stream:
            stream.sendall(head.encode())
            self.assertEqual(self.read_answer(stream)[0], 100)
            stream.sendall(body.encode())
            self.assertEqual(self.read_answer(stream)[0], 201)

    def test_strangers(self):
        self.assertEqual(self.send(request("GET", SPACE + "/pods"), certificate=None)[0], 401)
        for token in ("x", "a.b.c", "x" * 30_000):
            head = HEAD + f"Authorization: Bearer {token}\r\n"
            status, body = self.send(request("GET", SPACE + "/pods", head=head), certificate=None)
            self.assertEqual(status, 401)
            self.assertEqual(json.loads(body)["reason"], "Unauthorized")

    def test_a_certificate_of_another_authority(self):
        other = os.path.join(self.cluster.directory, "other")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                        "/O=system:masters/CN=admin", "-keyout", other + ".key", "-out", other + ".crt"], check=True,
                       capture_output=True)
        context = ssl.create_default_context(cafile=os.path.join(self.pki, "ca.crt"))
        context.load_cert_chain(other + ".crt", other + ".key")
        raw = socket.create_connection(("127.0.0.1", self.cluster.port), timeout=30)
        try:
            with context.wrap_socket(raw, server_hostname="127.0.0.1") as stream:
                stream.sendall(request("GET", SPACE + "/secrets"))
                status = self.read_answer(stream)[0]
        except (ssl.SSLError, ConnectionError):
            status = None
        self.assertIn(status, (None, 401))

    def test_half_closed_and_abandoned_connections(self):
        with self.connect() as stream:
            stream.sendall(request("GET", "/version"))
            socket.socket.shutdown(stream, socket.SHUT_WR)
            self.assertIn(self.read_answer(stream)[0], (200, None))
        for piece in (b"", b"GET", b"GET / HTTP/1.1\r\n", request("POST", SPACE + "/configmaps", "x" * 100)[:-50]):
            for _ in range(20):
                stream = self.connect()
                stream.sendall(piece)
                stream.close()

    def test_silent_clients_hold_nobody_up_and_memory_stays(self):
        def memory():
            with open(f"/proc/{self.pid}/smaps_rollup") as file:
                return next(int(line.split()[1]) for line in file if line.startswith("Rss:")) / 1024

        before = memory()
        silent = [socket.create_connection(("127.0.0.1", self.cluster.port)) for _ in range(300)]
        slow = [self.connect() for _ in range(50)]
        for stream in slow:
            stream.sendall(b"GET / HTTP/1.1\r\nX: y")
        began = time.monotonic()
        self.assertEqual(self.send(request("GET", "/readyz"))[0], 200)
        self.assertLess(time.monotonic() - began, 10)
        self.assertLess(memory() - before, 100, "MiB more for 350 connections that say nothing")
        # Whoever does not end the head within 10 s is told so and cut.
        self.assertEqual(self.read_answer(slow[0])[0], 408)
        for stream in silent + slow:
            stream.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
