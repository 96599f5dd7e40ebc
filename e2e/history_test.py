"""Writers and watchers on a server that is killed again and again: nothing acknowledged is lost, nothing comes twice.

HISTORY_KILLS=100 makes it a long test (`make history`)."""
import http.client
import json
import os
import signal
import ssl
import threading
import time
import unittest

import history
from embedded_cluster import EmbeddedCluster

KILLS = int(os.environ.get("HISTORY_KILLS", "4"))
WRITERS, WATCHERS, KEYS_EACH = 6, 3, 3
COLLECTION = "/api/v1/namespaces/default/configmaps"
SELECTED = "?labelSelector=history%3Dyes"


class CheckerTest(unittest.TestCase):
    """The checker itself: a good history passes, each way of breaking it is found."""

    GOOD = {"a": [("W", 1, 10, True), ("W", 2, None, False), ("W", 3, 12, True), ("D", 4, None, True)],
            "b": [("W", 1, 11, True)]}
    WATCH = [(10, "a", "W", 1), (11, "b", "W", 1), (12, "a", "W", 3), (13, "a", "D", None)]
    STATE = {"b": 1}

    def findings(self, writes=None, watch=None, state=None):
        return history.check(writes or self.GOOD, {"watch": self.WATCH if watch is None else watch},
                             self.STATE if state is None else state)

    def test_a_good_history_has_no_findings(self):
        self.assertEqual(self.findings(), [])

    def test_an_operation_without_an_answer_may_have_happened(self):
        writes = dict(self.GOOD, c=[("W", 1, None, False)])
        self.assertEqual(self.findings(writes=writes), [])
        self.assertEqual(self.findings(writes=writes, state={"b": 1, "c": 1}, watch=self.WATCH + [(14, "c", "W", 1)]), [])

    def test_a_lost_write_is_found(self):
        self.assertIn("b is None", self.findings(state={})[0])

    def test_a_removal_undone_is_found(self):
        self.assertIn("a is 3", self.findings(state={"a": 3, "b": 1})[0])

    def test_a_repeated_version_is_found(self):
        writes = dict(self.GOOD, b=[("W", 1, 12, True)])
        self.assertIn("resourceVersion 12 was given to", self.findings(writes=writes)[0])

    def test_a_version_that_goes_back_is_found(self):
        writes = dict(self.GOOD, b=[("W", 1, 11, True), ("W", 2, 9, True)])
        self.assertTrue(any("9 after 11" in f for f in self.findings(writes=writes)))

    def test_a_gap_in_a_watch_is_found(self):
        for missing in range(len(self.WATCH)):
            watch = self.WATCH[:missing] + self.WATCH[missing + 1:]
            self.assertTrue(any("are not the operations" in f for f in self.findings(watch=watch)), missing)

    def test_an_event_twice_is_found(self):
        watch = self.WATCH[:2] + self.WATCH[1:]
        self.assertTrue(any("repeated or out of order" in f for f in self.findings(watch=watch)))

    def test_events_out_of_order_are_found(self):
        watch = [self.WATCH[1], self.WATCH[0], *self.WATCH[2:]]
        self.assertTrue(any("repeated or out of order" in f for f in self.findings(watch=watch)))

    def test_an_event_of_another_content_is_found(self):
        watch = [(10, "a", "W", 7), *self.WATCH[1:]]
        self.assertTrue(any("acknowledged as" in f for f in self.findings(watch=watch)))

    def test_an_event_of_nothing_is_found(self):
        self.assertTrue(any("nobody wrote z" in f for f in self.findings(watch=self.WATCH + [(14, "z", "W", 1)])))


class Connection:
    """Requests that end in an answer, or in None when the server went away meanwhile."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.context = ssl.create_default_context(cafile=os.path.join(cluster.data, "pki/ca.crt"))
        self.context.load_cert_chain(*(os.path.join(cluster.data, "pki", n) for n in ("admin.crt", "admin.key")))
        self.http = None

    def request(self, method, path, body=None, timeout=20):
        try:
            if self.http is None:
                self.http = http.client.HTTPSConnection("127.0.0.1", self.cluster.port, context=self.context, timeout=timeout)
                self.http.connect()
        except OSError:
            self.http = None
            return "refused"
        try:
            self.http.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            return self.http.getresponse()
        except (OSError, http.client.HTTPException):
            self.http.close()
            self.http = None
            return None

    def call(self, method, path, body=None):
        """(status, object), None when it is not known what happened, "refused" when nothing can have."""
        answer = self.request(method, path, body)
        if answer is None or answer == "refused":
            return answer
        try:
            return answer.status, json.loads(answer.read())
        except (OSError, ValueError, http.client.HTTPException):
            self.http.close()
            self.http = None
            return None


class HistoryTest(unittest.TestCase):
    def setUp(self):
        self.cluster = EmbeddedCluster()
        self.addCleanup(self.cluster.close)
        self.cluster.up()
        self.up = threading.Event()  # set while the server is there
        self.up.set()
        self.writing = True
        self.writes, self.watches, self.gone = {}, {}, []

    def object(self, key, number):
        return {"metadata": {"name": key, "labels": {"history": "yes"}}, "data": {"n": str(number)}}

    def write(self, writer):
        connection, number = Connection(self.cluster), 0
        keys = [f"history-{writer}-{i}" for i in range(KEYS_EACH)]
        there = set()
        for key in keys:
            self.writes[key] = []
        while self.writing:
            self.up.wait(60)
            number += 1
            key = keys[number % KEYS_EACH]
            kind = "D" if number % 7 == 0 and key in there else "W"
            if kind == "D":
                answer = connection.call("DELETE", f"{COLLECTION}/{key}")
            elif key in there:
                answer = connection.call("PUT", f"{COLLECTION}/{key}", self.object(key, number))
            else:
                answer = connection.call("POST", COLLECTION, self.object(key, number))
            if answer == "refused":
                time.sleep(0.02)  # the server is being started again
                continue
            self.note(key, kind, number, answer, there)

    def note(self, key, kind, number, answer, there):
        if answer is None:
            self.writes[key].append((kind, number, None, False))
            return
        status, document = answer
        if status in (200, 201):
            version = int(document["metadata"]["resourceVersion"]) if kind == "W" else None
            self.writes[key].append((kind, number, version, True))
        # What had no answer is now known to have happened, or not.
        (there.discard if (kind == "D" and status == 200) or status == 404 else there.add)(key)
        if status not in (200, 201, 404, 409):
            self.gone.append(f"{kind} {key}: {status} {document}")

    def watch(self, name, version, until):
        events = self.watches[name] = []
        connection = Connection(self.cluster)
        while not until.is_set():
            self.up.wait(60)
            connection.http = None
            answer = connection.request("GET", f"{COLLECTION}{SELECTED}&watch=1&resourceVersion={version}", timeout=5)
            if answer is None or answer == "refused":
                time.sleep(0.02)
                continue
            try:
                for line in answer:
                    version = self.take(events, json.loads(line), name, version)
                    if version is None:
                        return
                    if until.is_set():
                        break
            except (OSError, ValueError, http.client.HTTPException):
                pass  # the server went away in the middle of it: go on from the last event

    def take(self, events, event, name, version):
        document = event["object"]
        if event["type"] == "ERROR":
            self.gone.append(f"{name}: {document}")
            return None
        number = int(document["data"]["n"]) if event["type"] != "DELETED" else None
        version = int(document["metadata"]["resourceVersion"])
        events.append((version, document["metadata"]["name"], "D" if number is None else "W", number))
        return version

    def test_nothing_acknowledged_is_lost_and_watches_go_on(self):
        status, listed = Connection(self.cluster).call("GET", COLLECTION + SELECTED)
        self.assertEqual(status, 200)
        start, until = int(listed["metadata"]["resourceVersion"]), threading.Event()
        # Daemons: a test that fails half way must not be held up by them.
        writers = [threading.Thread(target=self.write, args=(w,), daemon=True) for w in range(WRITERS)]
        watchers = [threading.Thread(target=self.watch, args=(f"watch {w}", start, until), daemon=True)
                    for w in range(WATCHERS)]
        for thread in writers + watchers:
            thread.start()
        for kill in range(KILLS):
            time.sleep(0.4 + 0.13 * (kill % 5))  # how long it may work; the moment of the kill is any
            self.up.clear()
            os.kill(self.cluster.daemon_pid(), signal.SIGKILL)
            self.cluster.up()
            self.up.set()
        self.writing = False
        for thread in writers:
            thread.join()
        # A last write to tell the watchers that they have seen everything.
        connection = Connection(self.cluster)
        status, last = connection.call("POST", COLLECTION, self.object("history-end", 1))
        self.assertEqual(status, 201)
        version = int(last["metadata"]["resourceVersion"])
        self.writes["history-end"] = [("W", 1, version, True)]
        end = time.monotonic() + 30
        while time.monotonic() < end and not all(w and w[-1][0] >= version for w in self.watches.values()):
            time.sleep(0.05)
        until.set()
        _, listed = connection.call("GET", COLLECTION + SELECTED)
        for thread in watchers:
            thread.join()
        self.assertEqual(self.gone, [])
        state = {item["metadata"]["name"]: int(item["data"]["n"]) for item in listed["items"]}
        findings = history.check(self.writes, self.watches, state)
        self.assertEqual(findings[:5], [])
        written = sum(known for operations in self.writes.values() for _, _, _, known in operations)
        self.assertGreater(written, 20 * KILLS, "the writers hardly wrote anything")
        print(f"{written} acknowledged writes, {KILLS} kills, {sum(map(len, self.watches.values()))} events")


if __name__ == "__main__":
    unittest.main(verbosity=2)
