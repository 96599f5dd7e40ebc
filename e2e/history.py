"""What a history of writes and watches must satisfy, whatever happened to the server meanwhile. Pure: data in, findings out.

Each key has one writer, so its operations are in order. An operation is (kind, number, version, known): kind "W" wrote
`number`, kind "D" removed the object; `version` is the resourceVersion that was acknowledged (None for removals); `known`
is False when the connection broke before an answer: it may have happened or not. An event of a watch is (version, key,
kind, number)."""


def follows(operations, events):
    """Whether `events` [(kind, number)] are the operations in order, each once, only unknown ones left out."""
    places = {0}
    for event in events:
        reached = set()
        for place in places:
            while place < len(operations):
                kind, number, _, known = operations[place]
                if (kind, number if kind == "W" else None) == event:
                    reached.add(place + 1)
                if known:
                    break
                place += 1
        places = reached
    return any(not any(known for _, _, _, known in operations[place:]) for place in places)


def check_versions(writes):
    seen, findings = {}, []
    for key, operations in writes.items():
        newest = 0
        for kind, number, version, _ in operations:
            if version is None:
                continue
            if version in seen:
                findings.append(f"resourceVersion {version} was given to {seen[version]} and to {key} {number}")
            seen[version] = f"{key} {number}"
            if version <= newest:
                findings.append(f"{key} {kind}{number}: resourceVersion {version} after {newest}")
            newest = max(newest, version)
    return findings


def check_watch(name, events, writes):
    findings, newest = [], 0
    for version, key, _, _ in events:
        if version <= newest:
            findings.append(f"{name}: {key} at {version} after {newest}: repeated or out of order")
        newest = max(newest, version)
    acknowledged = {version: (key, number) for key, operations in writes.items()
                    for _, number, version, _ in operations if version is not None}
    for version, key, kind, number in events:
        if kind == "W" and acknowledged.get(version, (key, number)) != (key, number):
            findings.append(f"{name}: {version} is {key} {number}, acknowledged as {acknowledged[version]}")
    for key, operations in writes.items():
        mine = [(kind, number if kind == "W" else None) for _, k, kind, number in events if k == key]
        if not follows(operations, mine):
            findings.append(f"{name}: {key}: the events {mine} are not the operations {operations}")
    for key in {key for _, key, _, _ in events} - set(writes):
        findings.append(f"{name}: nobody wrote {key}")
    return findings


def check_end(state, writes):
    """`state`: what is there at the end, key to number."""
    findings = []
    for key, operations in writes.items():
        possible = set()
        for kind, number, _, known in operations:
            now = number if kind == "W" else None
            possible = {now} if known else possible | {now}
        if not any(known for _, _, _, known in operations):
            possible.add(None)
        if state.get(key) not in possible:
            findings.append(f"{key} is {state.get(key)} at the end, expected one of {possible}")
    return findings


def check(writes, watches, state):
    findings = check_versions(writes) + check_end(state, writes)
    for name, events in watches.items():
        findings += check_watch(name, events, writes)
    return findings
