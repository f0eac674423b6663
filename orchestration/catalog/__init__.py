"""What exists: publishers and datasets as validated facts (``publishers.yaml``, ``datasets.yaml``) and their loader.

Belongs here: who publishes what, under which licence, in which unit, how often, how late, how fast we may ask.
Does not belong here: how to ask (``orchestration.ingest.publishers``) and what the figures mean (``dbt_project``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestration.errors import ConfigurationError

HERE = Path(__file__).parent

Entry = TypeVar("Entry", "Publisher", "Dataset")


class Publisher(BaseModel):
    """One body that publishes statistics.

    ``seconds_per_request`` is the pace we keep, counted from start to start of two requests to the same publisher;
    ``requests_per_day`` is what we never exceed from midnight to midnight UTC, retries included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    url: str
    licence: str
    licence_url: str | None = None
    seconds_per_request: float = Field(default=0.0, ge=0)
    requests_per_day: int | None = Field(default=None, gt=0)


class Dataset(BaseModel):
    """One dataset of a publisher: what is asked for, and what we may expect of it.

    ``usual_lag_days`` counts from the end of a period to its first publication, ``tolerance_days`` what may be
    added to that before we call the data late. ``serves`` says whether an API answers ('live'), or whether it only
    exists as published tables that were carried over by hand ('published_figures'). ``opt_in`` names the setting
    that must be switched on before the published tables themselves are downloaded; the bundle stands in otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
    title: str
    citation: str
    url: str
    unit: str
    frequency: tuple[Literal["A", "FY", "Q", "M", "W", "YTD"], ...]
    usual_lag_days: int = Field(ge=0)
    tolerance_days: int = Field(default=90, ge=0)
    serves: Literal["live", "published_figures"]
    licence: str | None = None
    ends: str | None = Field(default=None, description="last period that was ever published, when the series stopped")
    needs_key: Literal["sbp_api_key"] | None = None
    opt_in: Literal["sbp_files"] | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def publisher_id(self) -> str:
        """The part before the dot."""
        return self.id.split(".")[0]

    @property
    def name(self) -> str:
        """The part after the dot."""
        return self.id.split(".")[1]


class Catalog(BaseModel):
    """All publishers and datasets; every dataset belongs to a publisher that is listed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    publishers: dict[str, Publisher]
    datasets: dict[str, Dataset]

    def publisher_of(self, dataset: Dataset) -> Publisher:
        """The publisher of ``dataset``."""
        return self.publishers[dataset.publisher_id]

    def licence_of(self, dataset: Dataset) -> str:
        """The dataset's own licence where it differs from its publisher's."""
        return dataset.licence or self.publisher_of(dataset).licence


@cache
def load_catalog(folder: Path = HERE) -> Catalog:
    """Read and validate both files; ConfigurationError names the file and the entry that makes no sense."""
    publishers = _entries(folder / "publishers.yaml", Publisher)
    datasets = _entries(folder / "datasets.yaml", Dataset)
    for dataset in datasets.values():
        if dataset.publisher_id not in publishers:
            raise ConfigurationError(
                f"datasets.yaml: {dataset.id} belongs to publisher {dataset.publisher_id!r}, "
                f"which publishers.yaml does not list; expected one of {', '.join(sorted(publishers))}"
            )
    return Catalog(publishers=publishers, datasets=datasets)


def _entries(path: Path, kind: type[Entry]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    try:
        listed = yaml.safe_load(path.read_text("utf-8")) or []
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path.name}: cannot be read: {error}") from error
    if not isinstance(listed, list):
        raise ConfigurationError(f"{path.name}: expected a list of entries, got {type(listed).__name__}")
    for number, given in enumerate(listed, start=1):
        try:
            entry = kind.model_validate(given)
        except ValidationError as error:
            problem = error.errors()[0]
            name = given.get("id", "without id") if isinstance(given, dict) else given
            raise ConfigurationError(
                f"{path.name}: entry {number} ({name}), "
                f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}; got {problem.get('input')!r}"
            ) from error
        if entry.id in found:
            raise ConfigurationError(f"{path.name}: {entry.id} is listed twice")
        found[entry.id] = entry
    return found
