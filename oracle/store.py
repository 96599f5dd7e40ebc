"""The recorded data in files: compact, in stable order, so that a new recording shows as a small difference.

A version's file says what is different from its base: for the first version from nothing, for the others from that one. `common`
is what every case has (or has not), `cases` what is special about each.
"""
import json
import os

BASE = "3.5.9"


def dump(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=0, sort_keys=True, separators=(",", ":"))
        file.write("\n")


def write_cases(directory, cases):
    dump(os.path.join(directory, "cases.json"), cases)


def delta(base, now):
    return ({path: value for path, value in now.items() if path not in base or base[path] != value},
            {path for path in base if path not in now})


def apply(base, added, removed):
    out = {path: value for path, value in base.items() if path not in removed}
    out.update(added)
    return out


def text_of(value):
    return json.dumps(value, sort_keys=True)


def common_part(deltas):
    """What most of the cases have in common."""
    added, removed = {}, {}
    for plus, minus in deltas.values():
        for path, value in plus.items():
            key = (path, text_of(value))
            added[key] = added.get(key, 0) + 1
        for path in minus:
            removed[path] = removed.get(path, 0) + 1
    often = len(deltas) / 2
    return ({path: json.loads(value) for (path, value), count in added.items() if count > often},
            {path for path, count in removed.items() if count > often})


def expand(directory, version):
    with open(os.path.join(directory, "expected", version + ".json"), encoding="utf-8") as file:
        data = json.load(file)
    bases = expand(directory, data["base"]) if data["base"] else {}
    common = data["common"]
    return {name: apply(apply(bases.get(name, {}), common["added"], common["removed"]), case.get("added", {}),
                        case.get("removed", []))
            for name, case in data["cases"].items()}


def write_expected(directory, version, accepted, refused):
    base = "" if version == BASE else BASE
    bases = expand(directory, base) if base else {}
    plus, minus = common_part({name: delta(bases.get(name, {}), now) for name, now in accepted.items()})
    special = {}
    for name, now in accepted.items():
        added, removed = delta(apply(bases.get(name, {}), plus, minus), now)
        special[name] = {}
        if added:
            special[name]["added"] = added
        if removed:
            special[name]["removed"] = sorted(removed)
    dump(os.path.join(directory, "expected", version + ".json"),
         {"version": version, "base": base, "common": {"added": plus, "removed": sorted(minus)}, "cases": special,
          "refused": refused})
