"""Settings: defaults, what is refused and how, and that no key is ever shown."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest
from pydantic import ValidationError

from orchestration.errors import ConfigurationError
from orchestration.settings import Settings, load_settings, quiet_telemetry

NAMES = [str(field.alias) for field in Settings.model_fields.values()]
URLS = [name for name in NAMES if name.endswith("_URL")]
SECRETS = ["COMTRADE_API_KEY", "SBP_API_KEY", "KARAKORAM_NOTIFY"]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing set, and a working directory of our own."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def refusal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """What is said to a wrong environment."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as error:
        load_settings()
    return str(error.value)


def test_every_promised_name_is_read() -> None:
    promised = {
        "KARAKORAM_HOME",
        "KARAKORAM_ORIGIN",
        "KARAKORAM_WORLD_BANK_URL",
        "KARAKORAM_COMTRADE_URL",
        "KARAKORAM_IMF_URL",
        "KARAKORAM_UIS_URL",
        "KARAKORAM_SBP_URL",
        *SECRETS,
    }
    assert promised <= set(NAMES)


def test_defaults_need_no_environment(tmp_path: Path) -> None:
    settings = load_settings()
    assert (settings.origin, settings.home) == ("bundle", (tmp_path / "data").resolve())
    assert settings.world_bank_url == "https://api.worldbank.org/v2"
    assert settings.comtrade_url == "https://comtradeapi.un.org"
    assert settings.imf_url == "https://api.imf.org/external/sdmx/2.1"
    assert settings.uis_url == "https://api.uis.unesco.org/api/public"
    assert settings.sbp_url == "https://easydata.sbp.org.pk/api/v1"
    assert settings.secrets == ()


def test_everything_lands_below_home(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "somewhere")
    places = ("raw", "parsed", "build", "build_file", "published", "pointer", "dagster_home", "lock_file")
    assert all(getattr(settings, place).is_relative_to(tmp_path / "somewhere") for place in places)
    assert settings.pointer == tmp_path / "somewhere" / "karakoram.duckdb"
    assert not (tmp_path / "somewhere").exists(), "settings write nothing"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KARAKORAM_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("KARAKORAM_ORIGIN", "live")
    monkeypatch.setenv("KARAKORAM_IMF_URL", "http://127.0.0.1:8080/sdmx/")
    settings = load_settings()
    assert (settings.home, settings.origin) == (tmp_path / "elsewhere", "live")
    assert settings.imf_url == "http://127.0.0.1:8080/sdmx", "without the slash at its end"


@pytest.mark.parametrize("name", ["HOME", "ORIGIN", "PACE", "NOTIFY", "SEEDS", "IMF_URL"])
def test_variables_of_others_are_not_ours(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = load_settings()
    monkeypatch.setenv(name, "/elsewhere")
    assert load_settings() == before


def test_an_override_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KARAKORAM_ORIGIN", "live")
    assert load_settings(origin="bundle").origin == "bundle"
    assert load_settings(origin=None).origin == "live", "None is no override"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        load_settings().origin = "live"  # type: ignore[misc]


def test_a_wrong_origin_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, KARAKORAM_ORIGIN="moon")
    assert said == "KARAKORAM_ORIGIN: Input should be 'bundle' or 'live'; got 'moon'"


def test_a_wrong_override_is_named_by_its_variable() -> None:
    with pytest.raises(ConfigurationError, match=r"^KARAKORAM_ORIGIN: Input should be 'bundle' or 'live'; got 'moon'$"):
        load_settings(origin="moon")


@pytest.mark.parametrize("name", URLS)
def test_an_address_of_another_kind_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    said = refusal(monkeypatch, **{name: "ftp://example.org"})
    assert said == f"{name}: Value error, must start with http:// or https://; got 'ftp://example.org'"


@pytest.mark.parametrize("pace", ["-1", "11", "nan", "fast"])
def test_a_pace_out_of_bounds_is_named(monkeypatch: pytest.MonkeyPatch, pace: str) -> None:
    assert refusal(monkeypatch, KARAKORAM_PACE=pace).startswith("KARAKORAM_PACE: Input should be ")


def test_all_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, KARAKORAM_ORIGIN="moon", KARAKORAM_PACE="fast", KARAKORAM_SBP_URL="x")
    assert {line.split(":")[0] for line in said.splitlines()} == {
        "KARAKORAM_ORIGIN",
        "KARAKORAM_PACE",
        "KARAKORAM_SBP_URL",
    }


@pytest.mark.parametrize("name", SECRETS)
def test_keys_are_kept_but_not_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "hush-hush")
    settings = load_settings()
    assert settings.secrets == ("hush-hush",)
    assert "hush-hush" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


@pytest.mark.parametrize("name", SECRETS)
def test_an_empty_key_is_no_key(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "  ")
    assert load_settings().secrets == ()


@pytest.mark.parametrize("field", ["comtrade_api_key", "sbp_api_key", "notify"])
def test_a_key_of_the_wrong_kind_is_hidden(field: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        load_settings(**{field: 42424242})
    assert str(error.value).endswith("; got (hidden)")


def test_a_key_is_not_shown_when_another_setting_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMTRADE_API_KEY", "hush-hush")
    monkeypatch.setenv("KARAKORAM_ORIGIN", "moon")
    with pytest.raises(ConfigurationError) as error:
        load_settings()
    assert "hush-hush" not in "".join(traceback.format_exception(error.value))


def test_telemetry_is_off_unless_somebody_turned_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    # setenv first, so that monkeypatch restores what quiet_telemetry sets
    for name in ("DO_NOT_TRACK", "DAGSTER_DISABLE_TELEMETRY", "DBT_SEND_ANONYMOUS_USAGE_STATS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "true")
    quiet_telemetry()
    assert os.environ["DO_NOT_TRACK"] == os.environ["DAGSTER_DISABLE_TELEMETRY"] == "1"
    assert os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "true"
