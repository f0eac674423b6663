"""Build ``dbt_project/seeds/hs_concordance.csv`` from the published correspondence tables. Run by a maintainer.

    uv run python tools/build_concordance.py --tables DIR

Input: the United Nations' correspondence of HS 1992 to HS 2017 with BEC Rev.4 (``class_hs_sitc_bec.csv``), UNCTAD's
technology classes of HS 2012 (``class_lall_hs12.csv``, after Lall 2000) and the codes of HS 2022 (``class_hs.csv``).
Output: one row for each six-digit code and set of classes, with the editions for which that row holds ("045": HS 1992,
HS 2012 and HS 2017). A code has exactly one row in each of its editions.

Rules
    SITC Rev.3 and technology class come by way of HS 2012, whose table is unambiguous. The chained table's own SITC
    columns are not read: they also hold what a code's cousins in other editions became.
    A code that became several codes of HS 2012 in different classes is ``ambiguous``: no class is chosen for it.
    A code of HS 2022 that HS 2017 had too keeps its class; a new one has no row at all.
    A code without a class in the published tables has an empty cell.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

SEEDS = Path(__file__).resolve().parent.parent / "dbt_project" / "seeds"
OUT = SEEDS / "hs_concordance.csv"
EDITIONS = ("hs92", "hs96", "hs02", "hs07", "hs12", "hs17")  # H0 to H5, as UN Comtrade numbers them
AMBIGUOUS = "ambiguous"
NOT_SPECIFIED = ("98", "99")  # no goods of any kind: nothing to classify

Row = Mapping[str, str]


class Classes(NamedTuple):
    """What one code is in each classification; empty where the tables say nothing."""

    sitc_section: str
    sitc_group: str
    bec_use: str
    lall: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the seed; 0, or an exception that names the file that is missing."""
    asked = argparse.ArgumentParser(description="Build the concordance of HS codes with SITC, BEC and Lall's classes.")
    asked.add_argument("--tables", type=Path, required=True, help="folder with the class_*.csv")
    folder: Path = asked.parse_args(arguments).tables
    rows = concordance(
        chain=_read(folder / "class_hs_sitc_bec.csv"),
        lall=_read(folder / "class_lall_hs12.csv"),
        newest=[row["hscode"] for row in _read(folder / "class_hs.csv") if row["level"] == "6"],
        uses={row["bec4"]: row["bec_use"] for row in _read(SEEDS / "bec_categories.csv")},
    )
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("hs6", "editions", *Classes._fields))
        writer.writerows(rows)
    return 0


def concordance(
    chain: Iterable[Row], lall: Iterable[Row], newest: Iterable[str], uses: Mapping[str, str]
) -> list[tuple[str, ...]]:
    """The rows of the seed, sorted: hs6, editions, then the classes.

    Args:
        chain: columns hs92 … hs17 and bec4; one row for each way in which a code went through the editions.
        lall: columns hs12, sitc3 and lall_code; one row for each code of HS 2012.
        newest: the six-digit codes of HS 2022.
        uses: BEC category -> use (primary, processed, capital, consumption, mixed).
    """
    by_hs12 = {row["hs12"]: (row["sitc3"][:3], row["lall_code"]) for row in lall}
    successors: dict[tuple[int, str], set[str]] = defaultdict(set)
    categories: dict[tuple[int, str], set[str]] = defaultdict(set)
    for row in chain:
        for number, edition in enumerate(EDITIONS):
            code = row[edition]
            if len(code) == 6 and not code.startswith(NOT_SPECIFIED):
                successors[number, code].add(row["hs12"])
                categories[number, code].add(uses.get(row["bec4"], ""))
    found = {
        (number, code): _classes([by_hs12.get(hs12, ("", "")) for hs12 in hs12s], categories[number, code])
        for (number, code), hs12s in successors.items()
    }
    last = len(EDITIONS) - 1
    found |= {(last + 1, code): found[last, code] for code in newest if (last, code) in found}
    return sorted(_grouped(found))


def _classes(pairs: Sequence[tuple[str, str]], uses: set[str]) -> Classes:
    groups = {group for group, _ in pairs}
    return Classes(
        sitc_section=_only({group[:1] for group in groups}),
        sitc_group=_only(groups),
        bec_use=_only(uses),
        lall=_only({code for _, code in pairs}),
    )


def _only(found: set[str]) -> str:
    """The one class that is known; AMBIGUOUS if there are several, of which "not known" is one."""
    return next(iter(found)) if len(found) == 1 else AMBIGUOUS


def _grouped(found: Mapping[tuple[int, str], Classes]) -> Iterator[tuple[str, ...]]:
    editions: dict[tuple[str, Classes], list[str]] = defaultdict(list)
    for (number, code), classes in sorted(found.items()):
        editions[code, classes].append(str(number))
    for (code, classes), numbers in editions.items():
        yield code, "".join(numbers), *classes


def _read(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


if __name__ == "__main__":
    raise SystemExit(main())
