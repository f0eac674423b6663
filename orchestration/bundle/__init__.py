"""The embedded bundle: real published figures, so that everything runs without a network and without a key.

It says of itself that it is a bundle: each snapshot's origin is ``bundle``, and the warehouse keeps that mark next to
every figure until a live answer replaces it. Each snapshot is one release of one dataset, with the date from which its
figures were known; so the history that publishers overwrite is here too, as several snapshots of one dataset.

    <publisher>/<dataset>/<known_from>_<slug>/origin.json, part-000.json|csv   one snapshot: its record and its bytes
    citations.csv                                                            where each figure was read

Datasets that an API serves are written in that API's layout and hold only what was recorded (all else is null); the
others are in the layout of ``orchestration.ingest.publishers.published_figures``, with a citation on every row.
``tools/build_bundle.py`` writes all of it. Nothing here is to be edited by hand: the digests would notice.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.errors import ContractError

HERE = Path(__file__).parent
CITATION_COLUMNS = ("citation", "dataset", "publisher_title", "release", "url", "path", "commit_id", "note")
TODO = "restore the folder orchestration/bundle from version control, or build it anew with tools/build_bundle.py"


@dataclass(frozen=True)
class BundleSnapshot:
    """One embedded snapshot.

    Attributes:
        dataset: id in the catalogue.
        folder: where its files are.
        origin: the record ``origin.json``: dataset, scope, origin ("bundle"), release, released_at (or None),
            known_from (ISO 8601, UTC), known_from_basis, retrieved_at, url, note, citations (names), and parts
            (each with file, sha256, bytes, content_type, url).
    """

    dataset: str
    folder: Path
    origin: dict[str, Any]

    def bodies(self) -> list[bytes]:
        """The bytes of all parts, in order; ContractError if one is missing or was changed."""
        return [self._body(part) for part in self.origin["parts"]]

    def _body(self, part: Mapping[str, Any]) -> bytes:
        path = self.folder / str(part["file"])
        body = path.read_bytes() if path.is_file() else None
        digest = hashlib.sha256(body).hexdigest() if body is not None else "no such file"
        if body is None or digest != part["sha256"] or len(body) != part["bytes"]:
            raise ContractError(
                "the embedded bundle was changed",
                where=f"{self.dataset} {self.folder.name}/{part['file']}",
                expected=f"sha256 {part['sha256']}, {part['bytes']} bytes",
                got=digest if body is None else f"sha256 {digest}, {len(body)} bytes",
                todo=TODO,
            )
        return body


def snapshots(folder: Path = HERE, dataset: str = "*.*") -> list[BundleSnapshot]:
    """All embedded snapshots, or those of one dataset, ordered by dataset and by when they became known."""
    found = []
    for path in sorted(folder.glob(f"{dataset.replace('.', '/')}/*/origin.json")):
        origin = json.loads(path.read_text("utf-8"))
        found.append(BundleSnapshot(origin["dataset"], path.parent, origin))
    return found


def citations(folder: Path = HERE) -> list[dict[str, str | None]]:
    """Where the embedded figures were read, one mapping of ``CITATION_COLUMNS`` each; what is not known is None."""
    with open(folder / "citations.csv", encoding="utf-8", newline="") as file:
        return [{name: row[name] or None for name in CITATION_COLUMNS} for row in csv.DictReader(file, strict=True)]


def verify(folder: Path = HERE) -> int:
    """Recompute every digest; the number of snapshots, all of them unchanged.

    Raises:
        ContractError: a part was changed, is missing, or lies there without being in its snapshot's record.
    """
    found = snapshots(folder)
    for snapshot in found:
        snapshot.bodies()
        recorded = {"origin.json", *(part["file"] for part in snapshot.origin["parts"])}
        if unrecorded := sorted({path.name for path in snapshot.folder.iterdir()} - recorded):
            raise ContractError(
                "the embedded bundle has files that its record does not name",
                where=f"{snapshot.dataset} {snapshot.folder.name}",
                expected=", ".join(sorted(recorded)),
                got=", ".join(unrecorded),
                todo=TODO,
            )
    return len(found)
