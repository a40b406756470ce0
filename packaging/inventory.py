"""What the programs are made of: every crate that ends up in an executable, as cargo resolves it. Writes nothing."""

import json
import os
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The programs we ship, and the package that each comes from.
PROGRAMS = {"rsqlctl": "rsqlctl", "rsql": "rsql-client", "worker": "worker", "dispatcher": "dispatcher"}
# The crates of both architectures are the same; one has to be named.
TARGET = "x86_64-unknown-linux-musl"


@dataclass(frozen=True)
class Crate:
    """A package of the graph. `source` is none for our own."""

    id: str
    name: str
    version: str
    license: str | None
    source: str | None
    folder: Path
    checksum: str | None


@dataclass(frozen=True)
class Graph:
    """All crates of the workspace, and the edges that lead into executables: neither tests nor build scripts."""

    crates: dict[str, Crate]
    needs: dict[str, list[str]]

    def program(self, name: str) -> Crate:
        package = PROGRAMS[name]
        return next(crate for crate in self.crates.values() if crate.name == package and crate.source is None)

    def below(self, root: Crate) -> list[Crate]:
        """Everything that `root` needs, itself left out, by name and version."""
        seen, waiting = {root.id}, [root.id]
        while waiting:
            new = [need for need in self.needs[waiting.pop()] if need not in seen]
            seen.update(new)
            waiting.extend(new)
        return sorted((self.crates[id] for id in seen - {root.id}), key=lambda crate: (crate.name, crate.version))


def read() -> Graph:
    command = [os.environ.get("CARGO", "cargo"), "metadata", "--format-version=1", "--locked", "--filter-platform", TARGET]
    told = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    checksums = {(package["name"], package["version"]): package.get("checksum") for package in locked}
    crates = {
        package["id"]: Crate(
            id=package["id"],
            name=package["name"],
            version=package["version"],
            # Older manifests divide alternatives by a stroke.
            license=(package["license"] or "").replace("/", " OR ") or None,
            source=package["source"],
            folder=Path(package["manifest_path"]).parent,
            checksum=checksums.get((package["name"], package["version"])),
        )
        for package in told["packages"]
    }
    # Macros run in the compiler; nothing of them is in what it makes.
    macros = {package["id"] for package in told["packages"] if is_macro(package)}
    needs = {node["id"]: [dep["pkg"] for dep in node["deps"] if is_linked(dep, macros)] for node in told["resolve"]["nodes"]}
    return Graph(crates, needs)


def is_macro(package: dict) -> bool:
    return any("proc-macro" in target["kind"] for target in package["targets"])


def is_linked(dep: dict, macros: set[str]) -> bool:
    return dep["pkg"] not in macros and any(kind["kind"] is None for kind in dep["dep_kinds"])
