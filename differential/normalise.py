"""Takes out of an answer what must differ between two servers, and keeps what may not: that two uids are the same or
not, which of two resource versions is newer. A uid is named after the object that first shows it, so that one answer
more or less on one side does not rename those that follow."""
import re

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
ADDRESS = re.compile(r"\b(127|10)\.\d{1,3}\.\d{1,3}\.\d{1,3}(:\d+)?\b")
AGE = re.compile(r"^(\d+[smhd])+$|^<unknown>$")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.S)
SCHEME = re.compile(r' in scheme "[^"]*"')  # a line of kube-apiserver's source
# The object before it is stored, as text: the order of its members and of its managed fields is each server's own.
PATCHED = re.compile(r'(patch: )?Invalid value: "(\{\\".*\}|map\[.*\])": ', re.S)
VERSION_IN_TEXT = re.compile(r"((?:resource ?[vV]ersion|current)[^0-9]{0,12})\d+")
ACCESS = re.compile(r"(kube-api-access-)[a-z0-9]{5}\b")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


class Revision(int):
    """A resource version of an object; becomes its rank when the whole sequence is known."""


class Normaliser:
    """One per server and sequence."""

    def __init__(self):
        self.uids = {}
        self.revisions = set()

    def answer(self, code, headers, body, ignore=()):
        kind = headers.get("Content-Type", "")
        head = {"content-type": kind, "warning": [self.text(w) for w in headers.get("Warning", [])]}
        self.name_uids(body)
        cleaned = self.value(body)
        for path in ignore:
            remove(cleaned, path.split("."))
        return {"code": code, **{k: v for k, v in head.items() if v}, "body": cleaned}

    def name_uids(self, value):
        """Before anything else: what has a name gives its uid that name, wherever else the uid stands."""
        if isinstance(value, dict):
            self.member("uid", value.get("uid"), value)
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            self.name_uids(each)

    def value(self, value, key="", inside=None):
        if isinstance(value, dict):
            return {self.text(k): self.member(k, v, value) for k, v in value.items()}
        if isinstance(value, list):
            return [self.value(v, key, inside) for v in value]
        if isinstance(value, str):
            return self.text(value)
        return value

    def member(self, key, value, owner):
        if key == "resourceVersion" and isinstance(value, str):
            return self.revision(value, owner)
        if key == "uid" and isinstance(value, str) and UUID.fullmatch(value) and owner.get("name"):
            return self.uid(value, f"of {owner.get('generateName') or owner['name']}")
        if key == "metadata" and isinstance(value, dict) and value.get("continue") == "":
            value = {k: v for k, v in value.items() if k != "continue"}  # Go writes it for unstructured lists only
        if key == "continue" and isinstance(value, str):
            return "<continue>" if value else value
        if key == "remainingItemCount":
            return value
        if key == "name" and isinstance(value, str) and "generateName" in owner:
            return owner["generateName"] + "<random>" if value.startswith(owner["generateName"]) else value
        if key in ("clusterIP", "podIP", "hostIP") and value not in ("None", ""):
            return "<address>"
        if key == "clusterIPs" and value != ["None"]:
            return ["<address>"]
        if key == "nodePort":
            return "<port>"
        if key == "token" and isinstance(value, str):
            return "<token>"
        if key == "cells" and isinstance(value, list):
            return ["<age>" if isinstance(c, str) and AGE.match(c) else self.value(c) for c in value]
        if key == "retryAfterSeconds":
            return "<seconds>"
        return self.value(value, key, owner)

    def revision(self, value, owner):
        if not value.isdigit() or int(value) == 0:
            return value
        if "uid" not in owner:
            return "<list>"  # a list's and a bookmark's: of the whole store, which others write to as well
        self.revisions.add(int(value))
        return Revision(value)

    def uid(self, value, whose="in a text"):
        if value not in self.uids:
            known = sum(name.startswith(f"<uid {whose}") for name in self.uids.values())
            self.uids[value] = f"<uid {whose}, {known + 1}.>" if known else f"<uid {whose}>"
        return self.uids[value]

    def text(self, text):
        text = UUID.sub(lambda m: self.uid(m.group(0)), text)
        text = CERTIFICATE.sub("<certificate>", text)
        text = SCHEME.sub("", text)
        text = PATCHED.sub(r'\1Invalid value: "<the patched object>": ', text)
        text = TIME.sub("<time>", text)
        text = ADDRESS.sub("<address>", text)
        text = ACCESS.sub(r"\1<random>", text)
        text = TOKEN.sub("<token>", text)
        return VERSION_IN_TEXT.sub(r"\1<rv>", text)

    def ranked(self, value):
        """`value` with every Revision as its rank among those of the sequence."""
        order = {revision: rank for rank, revision in enumerate(sorted(self.revisions), 1)}
        return rank(value, order)


def rank(value, order):
    if isinstance(value, dict):
        return {k: rank(v, order) for k, v in value.items()}
    if isinstance(value, list):
        return [rank(v, order) for v in value]
    return f"<rv {order[int(value)]}>" if isinstance(value, Revision) else value


def remove(value, path):
    if isinstance(value, list):
        for each in value:
            remove(each, path)
    elif isinstance(value, dict):
        if path[0] == "*":
            for each in value.values():
                remove(each, path[1:])
        elif len(path) == 1:
            value.pop(path[0], None)
        elif path[0] in value:
            remove(value[path[0]], path[1:])


def differences(real, ours, path=""):
    """(path, real's, ours) for everything that is not equal."""
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in sorted(set(real) | set(ours)):
            where = f"{path}.{key}" if path else key
            if key not in real:
                yield where, "<absent>", ours[key]
            elif key not in ours:
                yield where, real[key], "<absent>"
            else:
                yield from differences(real[key], ours[key], where)
    elif isinstance(real, list) and isinstance(ours, list):
        if len(real) != len(ours):
            yield f"{path}.length", summary(real), summary(ours)
            return
        for index, (left, right) in enumerate(zip(real, ours)):
            yield from differences(left, right, f"{path}.{index}")
    elif real != ours or type(real) is not type(ours):
        yield path, real, ours


def summary(items):
    """What a list is made of, in a word each."""
    def word(item):
        if isinstance(item, dict) and "type" in item and "object" in item:
            object_ = item["object"] if isinstance(item["object"], dict) else {}
            return f"{item['type']} {object_.get('metadata', {}).get('name', '')}"
        if isinstance(item, dict):
            return item.get("metadata", item).get("name") or item.get("type") or item.get("field") or str(item)[:60]
        return str(item)[:60]
    return f"{len(items)}: " + ", ".join(str(word(i)) for i in items[:12])
