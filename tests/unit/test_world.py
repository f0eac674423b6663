"""What a folder must hold to be read as BACI, and what is said when it does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.errors import ConfigurationError
from orchestration.settings import Settings
from orchestration.world import read_release, world_settings
from tests.support.generated_world import generate
from tests.support.tiny_world import write_world

Y2023 = "BACI_HS92_Y2023_V000000.csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_world(tmp_path / "baci")


def test_a_folder_of_baci_is_recognised(folder: Path) -> None:
    release = read_release(folder)
    assert (release.edition, release.release, sorted(release.years)) == ("HS92", "V000000", [2022, 2023])
    assert [path.name for path in release.files][-1] == "country_codes_V000000.csv"


def rename(old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / old).rename(folder / new)


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: [path.unlink() for path in folder.iterdir()], "got no file BACI_*.csv; unpack the zip"),
        (rename(Y2023, "BACI_HS2023_V000000.csv"), "got BACI_HS2023_V000000.csv; unpack the zip"),
        (rename(Y2023, "BACI_HS99_Y2023_V000000.csv"), "got BACI_HS99_Y2023_V000000.csv"),
        (
            rename(Y2023, "BACI_HS96_Y2023_V000000.csv"),
            "expected one edition and release, got HS92_V000000, HS96_V000000",
        ),
        (
            rename(Y2023, "BACI_HS92_Y2023_V202601.csv"),
            "expected one edition and release, got HS92_V000000, HS92_V202601",
        ),
        (rename("country_codes_V000000.csv", "countries.csv"), "expected country_codes_V000000.csv, and no other"),
        (write("country_codes_V202501.csv", ""), "expected country_codes_V000000.csv, and no other"),
        (write("country_codes_V000000.csv", "code,iso3\n"), "line 1: expected country_code,country_name,country_iso2"),
        (write(Y2023, ""), f"{Y2023}, line 1: expected t,i,j,k,v,q, got ''"),
        (write(Y2023, "year,i,j,k,v,q\n2023,1,2,010111,1,\n"), "expected t,i,j,k,v,q, got 'year,i,j,k,v,q'"),
        (write(Y2023, "t;i;j;k;v;q\n2023;1;2;010111;1;\n"), "expected t,i,j,k,v,q, got 't;i;j;k;v;q'"),
        (write(Y2023, "t,i,j,k,v,q\n"), "line 2: expected 6 values, got 0"),
        (
            write(Y2023, "t,i,j,k,v,q\n2022,1,2,010111,1,\n"),
            "line 2, column t: expected 2023, the year in the file's name",
        ),
    ],
)
def test_what_is_not_baci_is_refused_and_named(folder: Path, spoil: Callable[[Path], object], said: str) -> None:
    spoil(folder)
    with pytest.raises(ConfigurationError) as error:
        read_release(folder)
    assert said in str(error.value)


def test_a_file_is_no_folder(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="got no file BACI"):
        read_release(folder / Y2023)


def test_a_path_that_duckdb_would_cut_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="a path without a comma"):
        read_release(folder.rename(folder.with_name("HS92, V000000")))


def test_the_world_has_places_of_its_own(tmp_path: Path) -> None:
    nightly = Settings(home=tmp_path, comtrade_api_key="k")
    world = world_settings(nightly)
    assert world.secrets == nightly.secrets
    for place in ("build_file", "published", "pointer", "lock_file", "made_by"):
        assert getattr(world, place) != getattr(nightly, place)


def test_generated_data_say_so_and_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    written = generate(tmp_path / "a", 20_000)
    assert written == pytest.approx(20_000, rel=0.05)
    generate(tmp_path / "b", 20_000)
    generate(tmp_path / "c", 20_000, seed=2)
    release = read_release(tmp_path / "a")
    assert release.publisher == "generated"
    first, second, third = ((tmp_path / name / "BACI_HS92_Y2024_V000000.csv").read_bytes() for name in "abc")
    assert first == second != third
