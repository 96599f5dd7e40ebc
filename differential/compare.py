"""Sends the same requests to a real kube-apiserver and to the embedded API, and compares the answers.

    compare.py FIRESTEEL [--only SEQUENCE] [--verbose]

Differences that are meant stand in known.json ("SEQUENCE/STEP:PATH" with * for anything, and the reason); any other
one, and an entry there that matches nothing, fails."""
import argparse
import concurrent.futures
import importlib
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import real_api  # noqa: E402
from normalise import Normaliser, differences  # noqa: E402
from steps import get, post  # noqa: E402
from wire import Session  # noqa: E402


def load_sequences():
    """Of all modules in requests/, in the order of their names."""
    out = []
    for name in sorted(os.listdir(os.path.join(HERE, "requests"))):
        if name.endswith(".py"):
            sys.path.insert(0, os.path.join(HERE, "requests"))
            out += importlib.import_module(name[:-3]).SEQUENCES
    names = [s.name for s in out]
    assert len(names) == len(set(names)), "two sequences of one name"
    return out


def begin(session):
    account = "/api/v1/namespaces/$ns/serviceaccounts/default"
    root = "/api/v1/namespaces/$ns/configmaps/kube-root-ca.crt"
    session.run(post("namespace", "/api/v1/namespaces", {"metadata": {"name": "$ns", "labels": {"differential": "yes"}}}))
    session.run(get("account", account, until=lambda code, body: code == 200))
    session.run(get("root", root, until=lambda code, body: code == 200))


def run_on(server, sequence):
    """Step name -> the normalised answer."""
    session = Session(server, f"d-{sequence.name}" if sequence.namespace else "default")
    normaliser = Normaliser()
    answers = {}
    if sequence.namespace:
        begin(session)
    for step in sequence.steps:
        assert step.name not in answers, f"{sequence.name} has two steps named {step.name}"
        code, headers, body = session.run(step)
        if step.until is not None and not step.until(code, body):
            answers[step.name] = {"code": code, "body": "waited in vain"}
        elif step.until is not None or step.compare == "none":
            answers[step.name] = {}
        else:
            answers[step.name] = compared(normaliser.answer(code, headers, body, step.ignore), step)
    if sequence.namespace:
        session.run(get("end", "/api/v1/namespaces/$ns"))
        session.run(type(sequence.steps[0])("end", "DELETE", "/api/v1/namespaces/$ns"))
    session.close()
    return normaliser.ranked(answers)


def compared(answer, step):
    if step.compare == "code":
        body = answer["body"] if isinstance(answer["body"], dict) else {}
        return {"code": answer["code"], "reason": body.get("reason", "")}
    return answer


class Known:
    """known.json: what may differ, and why."""

    def __init__(self):
        with open(os.path.join(HERE, "known.json")) as file:
            self.reasons = json.load(file)
        self.patterns = {p: re.compile(".*".join(re.escape(part) for part in p.split("*")) + r"\Z") for p in self.reasons}
        self.used = set()

    def explains(self, where):
        found = [p for p, expression in self.patterns.items() if expression.match(where)]
        self.used.update(found)
        return bool(found)

    def unused(self):
        return [p for p in self.reasons if p not in self.used]


def shown(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 300 else text[:300] + " ..."


def compare(real, ours, sequences, options):
    """Prints one row a sequence, then what differs without being known. True when nothing does."""
    known = Known()
    unknown = []
    print(f"{'SEQUENCE':28}{'REQUESTS':>10}{'SAME':>8}{'KNOWN':>8}{'UNKNOWN':>9}")
    for sequence in sequences:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            both = [pool.submit(run_on, server, sequence) for server in (real, ours)]
            left, right = (one.result() for one in both)
        counts = {"same": 0, "known": 0, "unknown": 0}
        for step in left:
            found = [(f"{sequence.name}/{step}:{path}", a, b) for path, a, b in differences(left[step], right[step])]
            new = [d for d in found if not known.explains(d[0])]
            unknown += new
            counts["unknown" if new else "known" if found else "same"] += 1
        print(f"{sequence.name:28}{len(left):>10}{counts['same']:>8}{counts['known']:>8}{counts['unknown']:>9}", flush=True)
    for where, a, b in unknown:
        print(f"\nDIFFERENT {where}\n  real: {shown(a)}\n  ours: {shown(b)}")
    unused = known.unused() if not options.only else []
    for pattern in unused:
        print(f"\nknown.json: nothing matches {pattern} any more: remove it")
    print(f"\n{len(unknown)} unknown differences, {len(unused)} stale entries in known.json")
    return not unknown and not unused


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("firesteel")
    parser.add_argument("--components", required=True, help="the folder with etcd, kube-apiserver, kube-controller-manager")
    parser.add_argument("--only", default="", help="a regular expression of sequence names")
    options = parser.parse_args()
    sequences = [s for s in load_sequences() if re.search(options.only, s.name)]
    real = real_api.RealApi(options.components)
    ours = real_api.EmbeddedApi(os.path.abspath(options.firesteel))
    try:
        real.start()
        ours.start()
        same = compare(real, ours, sequences, options)
    finally:
        ours.close()
        real.close()
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
