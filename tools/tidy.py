#!/usr/bin/env python3
"""House rules as a test: `tools/tidy.py [ROOT]` prints `file:line: what` for each breach and exits 1 when there is one.

Rules and limits stand in tools/tidy.toml; CONTRIBUTING.md says why.
"""
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
RULES = tomllib.loads((ROOT / "tools/tidy.toml").read_text())
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|::sleep)\s*\(")
ANYWHERE = {
    re.compile(r"\bco_(await|return|yield)\b"): "coroutines: GCC 12.2 miscompiles them (docs/adr/0001)",
    re.compile(r"\.detach\(\)"): "a detached thread has no owner",
    re.compile(r"#\s*include\s+<(regex|iostream|gmock/.*)>"): "this header is banned",
}
HOSTS = re.compile(r"\b(pypi\.org|files\.pythonhosted|repo1?\.maven|proxy\.golang|registry\.npmjs|crates\.io|deb\.debian)")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(root|work|farm)/\w")

breaches = []


def breach(path, line, what):
    breaches.append(f"{path.relative_to(ROOT)}:{line}: {what}")


def tracked(*suffixes):
    """Files that git tracks or would add, below ROOT."""
    out = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    paths = [ROOT / p for p in out.stdout.splitlines()] if out.returncode == 0 else [
        p for p in ROOT.rglob("*") if p.is_file() and "build" not in p.relative_to(ROOT).parts]
    return sorted(p for p in paths if p.is_file() and (not suffixes or p.suffix in suffixes))


def module_of(name):
    """The most specific layer that contains `name` (a path below src/), or None."""
    found = [m for m in RULES["layers"] if name.startswith(m + "/")]
    return max(found, key=len) if found else None


def check_layers(path, lines):
    module = module_of(str(path.relative_to(ROOT / "src")))
    if module is None:
        return breach(path, 1, "stands in no module of tools/tidy.toml")
    test = path.stem.endswith(("_test", "_fuzz"))
    allowed = set(RULES["layers"][module]) | {module}
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match or match[1] == "<":
            continue
        target = module_of(match[2])
        if target is None and not test:
            breach(path, number, f'"{match[2]}" is no path from src/')
        top = (target or "").split("/")[0]
        fits = target in allowed or top in allowed or (module.split("/")[0] == top and "/" not in module)
        if target and not fits and not test:
            breach(path, number, f"{module} may not include {target} (arrows point down)")


def check_pure(path, lines):
    inside = str(path.relative_to(ROOT / "src"))
    if not any(inside.startswith(m + "/") for m in RULES["pure"]["modules"]) or inside.endswith("_test.cc"):
        return
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match and match[1] == "<" and match[2] in RULES["pure"]["headers"]:
            breach(path, number, f"<{match[2]}> in a pure module")
        for call in RULES["pure"]["calls"]:
            if call in line:
                breach(path, number, f"{call} in a pure module")


def check_quarantine(path, lines):
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        for prefix, owner in RULES["quarantine"].items():
            if match and match[2].startswith(prefix) and str(path.relative_to(ROOT)) != owner:
                breach(path, number, f"<{match[2]}> belongs to {owner} alone")


NO_FUNCTION = re.compile(r"(namespace|class|struct|enum|union|extern|if|for|while|switch|else|do|try|return|case)\b")


def functions(lines):
    """(name, first line, length) of each function body, member functions included, from the layout of clang-format."""
    start = None
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip())
        if start is None and line.endswith("{") and indent <= 6:
            head = line.strip()
            # A head over several lines: the first one is the nearest above that is indented less and continues here.
            first = number
            while first > 1 and len(lines[first - 1]) - len(lines[first - 1].lstrip()) >= 4 and lines[first - 2].strip() \
                    and not lines[first - 2].rstrip().endswith((";", "{", "}", ":")):
                first -= 1
            head = " ".join(text.strip() for text in lines[first - 1:number])
            indent = len(lines[first - 1]) - len(lines[first - 1].lstrip())
            if "(" in head and not NO_FUNCTION.match(head) and not re.match(r"[\w:<>,\s&*]*\b(class|struct)\b[^(]*{", head):
                start, end = number, " " * indent + "}"
                name = head.split("(")[0].split()[-1]
        elif start is not None and line.startswith(end):
            yield name.strip(), start, number - start + 1
            start = None


def check_size(path, lines):
    limits, ratchet = RULES["limits"], RULES["ratchet"]
    name = str(path.relative_to(ROOT))
    if len(lines) > ratchet.get(name, limits["file_lines"]):
        breach(path, len(lines), f"{len(lines)} lines, the limit is {ratchet.get(name, limits['file_lines'])}")
    for function, first, length in functions(lines):
        limit = ratchet.get(f"{name}:{function}", limits["function_lines"])
        if length > limit and not name.endswith("_test.cc"):
            breach(path, first, f"{function} has {length} lines, the limit is {limit}")
    for number, line in enumerate(lines, 1):
        if len(line) > limits["columns"] and 'R"' not in line and "http" not in line:
            if not name.endswith("_test.cc"):
                breach(path, number, f"{len(line)} columns, the limit is {limits['columns']}")


def strip_literals(line):
    return re.sub(r"//.*$", "", re.sub(r'"(\\.|[^"\\])*"', '""', line))


def check_words(path, lines):
    for word in RULES["words"]["banned"]:
        if word.lower().strip("_") in path.stem.lower().split("_"):
            breach(path, 1, f'"{word}" in a file name says nothing')
    for number, line in enumerate(lines, 1):
        code = strip_literals(line)
        for word in RULES["words"]["banned"]:
            if re.search(rf"[A-Za-z]*{word}\b" if word[0].isupper() else rf"\w+{word}\b", code):
                breach(path, number, f'"{word}" in a name says nothing')
        for pattern, why in ANYWHERE.items():
            if pattern.search(code if "include" not in line else line):
                breach(path, number, why)
        if path.stem.endswith("_test") and SLEEP.search(code):
            breach(path, number, "a test that sleeps: wait on a condition or the manual clock")


def check_text(path):
    if path.suffix in (".png",) or path.name == "tidy.py" or (ROOT / "fuzz/corpus") in path.parents:
        return
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return breach(path, 1, "a binary file")
    for number, line in enumerate(text.splitlines(), 1):
        if HOSTS.search(line):
            breach(path, number, "names a registry host")
        if MACHINE_PATHS.search(line):
            breach(path, number, "names a path of one machine")


def check_architecture():
    document = ROOT / "ARCHITECTURE.md"
    text = document.read_text() if document.exists() else ""
    for folder in sorted(p for p in (ROOT / "src").iterdir() if p.is_dir() and any(p.iterdir())):
        if f"`{folder.name}`" not in text:
            breach(document, 1, f"does not mention `{folder.name}`")


def main():
    for path in tracked(".cc", ".h"):
        if (ROOT / "src") not in path.parents:
            continue
        lines = path.read_text().splitlines()
        for check in (check_layers, check_pure, check_quarantine, check_size, check_words):
            check(path, lines)
    for path in tracked():
        check_text(path)
    check_architecture()
    print("\n".join(breaches) if breaches else "tidy: no breach")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
