"""A bill of materials (CycloneDX 1.6, JSON) of each program: PROGRAM-VERSION.cdx.json in a folder.

    python packaging/sbom.py OUT

Python is that of packaging/packager.txt. SOURCE_DATE_EPOCH is the time that the documents bear.
"""

import os
import subprocess
import sys
import uuid
from datetime import datetime, timezone
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

import inventory


def component(crate: inventory.Crate, kind: ComponentType = ComponentType.LIBRARY) -> Component:
    # Our own crates are on no registry, so they have no place to be found by.
    where = PackageURL("cargo", name=crate.name, version=crate.version) if crate.source else None
    return Component(
        type=kind,
        name=crate.name,
        version=crate.version,
        bom_ref=f"{crate.name}@{crate.version}",
        purl=where,
        licenses=[LicenseExpression(crate.license)] if crate.license else [],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=crate.checksum)] if crate.checksum else [],
    )


def standard_library() -> Component:
    """Which every executable has in it, too, and no manifest names."""
    version = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    return Component(
        type=ComponentType.LIBRARY,
        name="std",
        version=version,
        bom_ref=f"std@{version}",
        licenses=[LicenseExpression("MIT OR Apache-2.0")],
        properties=[Property(name="rsql-fleet:origin", value="the Rust toolchain")],
    )


def bill(graph: inventory.Graph, program: str, made_at: datetime) -> str:
    root = graph.program(program)
    crates = graph.below(root)
    components = {crate.id: component(crate) for crate in crates}
    components[root.id] = component(root, ComponentType.APPLICATION)
    components[root.id].name = program
    std = standard_library()
    bom = Bom(components=[*(components[crate.id] for crate in crates), std])
    bom.metadata.timestamp = made_at
    bom.metadata.component = components[root.id]
    # The same commit has the same number.
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, f"rsql-fleet/{program}/{root.version}/{made_at.isoformat()}")
    for crate in [root, *crates]:
        below = [components[need] for need in graph.needs[crate.id]]
        bom.register_dependency(components[crate.id], [*below, std])
    return JsonV1Dot6(bom).output_as_string(indent=1)


def main() -> None:
    out = Path(sys.argv[1])
    made_at = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc)
    graph = inventory.read()
    for program in inventory.PROGRAMS:
        text = bill(graph, program, made_at)
        fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
        if fault is not None:
            sys.exit(f"sbom.py: the bill of {program} is no CycloneDX 1.6: {fault}")
        version = graph.program(program).version
        (out / f"{program}-{version}.cdx.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
