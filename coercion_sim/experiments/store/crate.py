"""A results folder as an RO-Crate: `ro-crate-metadata.json` says in the words of schema.org what each file holds.

RO-Crate Metadata Specification 1.2 (Sefton and others 2025, https://w3id.org/ro/crate/1.2). The folder itself is the
crate: it can be zipped and deposited as it is.
"""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from coercion_sim.errors import InvalidInput, Problem, ResultsError
from coercion_sim.experiments.store.manifest import MANIFEST
from coercion_sim.files import sha256, write_text
from coercion_sim.outcomes import TABLES
from coercion_sim.wording import listing, unit_words

CRATE = "ro-crate-metadata.json"
SPECIFICATION = "https://w3id.org/ro/crate/1.2"
#: Term of schema.org that the context of the specification lacks.
CONTEXT = [f"{SPECIFICATION}/context", {"sha256": "http://schema.org/sha256"}]
_SOFTWARE, _RUN, _AUTHORS = "#coercion-sim", "#run", "#authors"
#: Licence of the software.
_MIT = "https://spdx.org/licenses/MIT"
_FORMATS = {".parquet": "application/vnd.apache.parquet", ".dta": "application/x-stata-dta"}

Entity = dict[str, Any]


def write_crate(folder: Path, manifest: Mapping[str, Any], licence: str, author: str = "") -> Path:
    """Write `ro-crate-metadata.json` into a results folder; return its path.

    Parameters
    ----------
    licence
        Of the results: an SPDX identifier (``CC-BY-4.0``) or an address.
    author
        Who made the results, if they want to be named.

    Raises
    ------
    InvalidInput
        For a licence that is neither.
    ResultsError
        Where the folder has a file of that name that is not of the package.
    """
    path = folder / CRATE
    if path.is_file() and not is_ours(path):
        raise ResultsError(f"{path}: is not of coercion-sim; move it away")
    crate = {"@context": CONTEXT, "@graph": list(_graph(folder, manifest, _address(licence), licence, author))}
    write_text(path, json.dumps(crate, indent=1, ensure_ascii=False) + "\n")
    return path


def is_ours(path: Path) -> bool:
    """Whether a crate's metadata names the package."""
    return f'"{_SOFTWARE}"'.encode() in path.read_bytes()


def _address(licence: str) -> str:
    if licence.startswith(("http://", "https://")):
        return licence
    if not re.fullmatch(r"[A-Za-z0-9.+-]+", licence):
        allowed = "an SPDX identifier, such as CC-BY-4.0, or an address"
        raise InvalidInput(Problem("no licence", key="license", found=repr(licence), allowed=allowed))
    return f"https://spdx.org/licenses/{licence}"


def _graph(folder: Path, manifest: Mapping[str, Any], address: str, licence: str, author: str) -> Iterator[Entity]:
    scenario, version = manifest["scenario"], str(manifest["package"]["version"])
    title, key = scenario.get("title") or scenario["name"], str(manifest.get("key") or "")
    tables = [name for name in TABLES if (folder / name).is_dir()]
    files = [_file(folder, path) for path in _files(folder)]
    loose = [file for file in files if file["@id"].partition("/")[0] not in tables]
    finished = str(manifest.get("finished") or manifest["started"])
    yield {"@id": CRATE, "@type": "CreativeWork", "about": _to("./"), "conformsTo": _to(SPECIFICATION)}
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{title} ({scenario['name']}, results {key})".replace(", results )", ")"),
        "description": _description(manifest),
        "datePublished": finished[:10],
        "license": _to(address),
        "identifier": key,
        "keywords": "economic coercion, sanctions, simulation",
        "citation": _to(_SOFTWARE),
        "mentions": _to(_RUN),
        "hasPart": [*(_to(f"{name}/") for name in tables), *(_to(file["@id"]) for file in loose)],
    }
    yield root | ({"author": _to(_AUTHORS)} if author else {})
    if author:
        yield {"@id": _AUTHORS, "@type": "Organization", "name": author}
    for place, name in {_MIT: "MIT", address: licence}.items():
        yield {"@id": place, "@type": "CreativeWork", "name": name, "description": f"The licence {name}"}
    yield from _provenance(manifest, version, finished)
    for name in tables:
        yield from _table(name, files)
    yield from files


def _table(name: str, files: Sequence[Entity]) -> Iterator[Entity]:
    """A table with its parts, and its columns."""
    columns = [
        {
            "@id": f"#{name}.{column.name}", "@type": "PropertyValue", "name": column.name,
            "description": column.definition, "unitText": unit_words(column.unit),
        }
        for column in TABLES[name]
    ]  # fmt: skip
    yield {
        "@id": f"{name}/", "@type": "Dataset", "name": f"Table {name}",
        "hasPart": [_to(file["@id"]) for file in files if file["@id"].startswith(f"{name}/")],
        "description": f"The table {name}, one part after another: {listing([c['name'] for c in columns])}",
        "variableMeasured": [_to(column["@id"]) for column in columns],
    }  # fmt: skip
    yield from columns


def _provenance(manifest: Mapping[str, Any], version: str, finished: str) -> Iterator[Entity]:
    """The command that made the results, and the software it ran."""
    package = manifest["package"]
    used = [f"{name} {number}" for name, number in manifest.get("dependencies", {}).items()]
    yield {
        "@id": _SOFTWARE,
        "@type": ["SoftwareApplication", "SoftwareSourceCode"],
        "name": "coercion_sim",
        "version": version,
        "softwareVersion": version,
        "identifier": str(package["code"]),
        "license": _to(_MIT),
        "programmingLanguage": f"Python {manifest['python']}",
        "softwareRequirements": ", ".join(used),
        "creditText": f"The coercion_sim developers. coercion_sim {version}: economic coercion as a game on a real"
        " trade network [computer program].",
    }
    command = manifest.get("command") or []
    run: Entity = {
        "@id": _RUN, "@type": "CreateAction", "name": "Run of coercion_sim", "instrument": _to(_SOFTWARE),
        "description": " ".join(map(str, command)) or "from Python", "object": _to(MANIFEST), "result": _to("./"),
        "endTime": finished, "actionStatus": _to("http://schema.org/CompletedActionStatus"),
    }  # fmt: skip
    yield run | ({"startTime": manifest["started"]} if "started" in manifest else {})


def _description(manifest: Mapping[str, Any]) -> str:
    design, counts, world = manifest["design"], manifest["counts"], manifest["world"]
    return (
        f"Simulated results of economic coercion: policies {listing(list(design['policies']))};"
        f" {design['points']} points x {design['replicates']} replicates, {counts['ok']} runs ok,"
        f" {counts['failed']} failed; seed {design['seed']}; world {world['name']}."
        f" {MANIFEST} has the scenario, from which every run can be repeated."
    )


def _files(folder: Path) -> list[Path]:
    """Everything in the folder but what begins with a dot, the journal and the crate itself."""
    inside = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return [p for p in inside if not any(part.startswith(".") for part in p.relative_to(folder).parts)
            and p.relative_to(folder).as_posix() != CRATE]  # fmt: skip


def _file(folder: Path, path: Path) -> Entity:
    name = path.relative_to(folder).as_posix()
    kind = _FORMATS.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {
        "@id": quote(name), "@type": "File", "name": name, "contentSize": str(path.stat().st_size),
        "encodingFormat": kind, "sha256": sha256(path),
    }  # fmt: skip


def _to(address: str) -> Entity:
    return {"@id": address}
