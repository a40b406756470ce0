"""The licences of the crates in our programs, with their texts, as those licences ask of who hands executables on.

    python3 packaging/notices.py PROGRAM... > NOTICES

A crate that carries no text of its licence stands there with its name.
"""

import sys

import inventory

# How the files are named that hold a licence or a notice.
STEMS = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")


def texts(crate: inventory.Crate) -> list[str]:
    files = (file for file in sorted(crate.folder.iterdir()) if file.is_file() and file.name.upper().startswith(STEMS))
    return [file.read_text(errors="replace").strip() for file in files]


def main() -> None:
    graph = inventory.read()
    crates = {crate.id: crate for program in sys.argv[1:] for crate in graph.below(graph.program(program))}
    # Hundreds of crates share few texts, word for word.
    by_text: dict[str, list[str]] = {}
    without: list[str] = []
    for crate in sorted(crates.values(), key=lambda crate: (crate.name, crate.version)):
        if crate.source is None:
            continue
        name = f"{crate.name} {crate.version} ({crate.license or 'no licence named'})"
        found = texts(crate)
        for text in found:
            by_text.setdefault(text, []).append(name)
        if not found:
            without.append(name)
    print("Parts of this program were written by others, under these licences.")
    for text, names in by_text.items():
        print("\n" + "=" * 100, *names, "-" * 100, text, sep="\n")
    print("\n" + "=" * 100, "Without a text of their own:", *without, sep="\n")


if __name__ == "__main__":
    main()
