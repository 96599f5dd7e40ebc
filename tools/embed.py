#!/usr/bin/env python3
"""tools/embed.py OUT HEADER VARIABLE ROOT: writes a C++ file with the text files below ROOT as an array of EmbeddedFile."""
import pathlib
import sys


def literal(text: str) -> str:
    # Pieces, for compilers limit the length of one literal.
    pieces = [text[i : i + 8000] for i in range(0, len(text), 8000)] or [""]
    return " ".join(f'R"embed({piece})embed"' for piece in pieces)


def main() -> None:
    out, header, variable, root = sys.argv[1:]
    module = header.split("/")[0]
    base = pathlib.Path(root)
    files = sorted(path for path in base.rglob("*") if path.is_file())
    lines = [f'#include "{header}"', "", f"namespace firesteel::{module} {{", "namespace {", "",
             "const EmbeddedFile kFiles[] = {"]
    for path in files:
        lines.append(f'    {{"{path.relative_to(base).as_posix()}", {literal(path.read_text())}}},')
    lines += ["};", "", "}  // namespace", "",
              f"std::span<const EmbeddedFile> {variable}() {{ return kFiles; }}", "",
              f"}}  // namespace firesteel::{module}", ""]
    target = pathlib.Path(out)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
