"""A world that can be worked out by hand: three countries and a ghost, two years, in BACI's layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestration.world import GENERATED

PAK, CHN, TWN, FRA = 586, 156, 490, 251
COUNTRIES = f"""country_code,country_name,country_iso2,country_iso3
{CHN},China,CN,CHN
{FRA},France,FR,FRA
{TWN},"Other Asia, nes",,S19
{PAK},Pakistan,PK,PAK
"""
LINES = {
    2022: [(PAK, CHN, "520100", "30"), (PAK, CHN, "100630", "10"), (CHN, PAK, "854140", "60")],
    2023: [
        (PAK, CHN, "520100", "50"),
        (PAK, CHN, "100630", "25"),
        (PAK, CHN, "9999AA", "25"),
        (CHN, PAK, "854140", "300"),
        (TWN, PAK, "854140", "100.001"),
        (FRA, PAK, "010111", "0"),  # BACI writes no zeros; should one come, it stays zero
    ],
}


def write_world(
    folder: Path,
    lines: Mapping[int, Sequence[tuple[int, int, str, str]]] = LINES,
    *,
    release: str = GENERATED,
    countries: str = COUNTRIES,
) -> Path:
    """Write the files; quantities are missing, in both ways in which BACI writes that."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"country_codes_{release}.csv").write_text(countries, "utf-8")
    for year, rows in lines.items():
        body = "".join(f"{year},{i},{j},{k},{v},{'NA' if k < '5' else ''}\n" for i, j, k, v in rows)
        (folder / f"BACI_HS92_Y{year}_{release}.csv").write_text("t,i,j,k,v,q\n" + body, "utf-8")
    return folder
