"""The only reader of the environment: one frozen object with every path, address, key and switch.

Everything else receives ``Settings``; nothing else looks at ``os.environ``. Importing this module writes nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestration.errors import ConfigurationError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
SEEDS = DBT_PROJECT / "seeds"
BUNDLE = PROJECT_ROOT / "orchestration" / "bundle"

Origin = Literal["bundle", "live"]
Engine = Literal["duckdb", "spark"]


class Settings(BaseSettings):
    """Settings of one run; each has a default and a name in the environment (see the README)."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        env_prefix="KARAKORAM_",  # else a bare field name would be read too: HOME, of all
        env_ignore_empty=True,
    )

    home: Path = Field(default=Path("data"), alias="KARAKORAM_HOME", validate_default=True)
    origin: Origin = Field(default="bundle", alias="KARAKORAM_ORIGIN")
    engine: Engine = Field(default="duckdb", alias="KARAKORAM_ENGINE")
    spark_master: str = Field(default="local[*]", alias="KARAKORAM_SPARK_MASTER")
    world_bank_url: str = Field(default="https://api.worldbank.org/v2", alias="KARAKORAM_WORLD_BANK_URL")
    comtrade_url: str = Field(default="https://comtradeapi.un.org", alias="KARAKORAM_COMTRADE_URL")
    imf_url: str = Field(default="https://api.imf.org/external/sdmx/2.1", alias="KARAKORAM_IMF_URL")
    uis_url: str = Field(default="https://api.uis.unesco.org/api/public", alias="KARAKORAM_UIS_URL")
    sbp_url: str = Field(default="https://easydata.sbp.org.pk/api/v1", alias="KARAKORAM_SBP_URL")
    sbp_files: bool = Field(default=False, alias="KARAKORAM_SBP_FILES")
    sbp_site_url: str = Field(default="https://www.sbp.org.pk/assets/document", alias="KARAKORAM_SBP_SITE_URL")
    sbp_archive_url: str = Field(default="https://archive.sbp.org.pk/ecodata", alias="KARAKORAM_SBP_ARCHIVE_URL")
    comtrade_api_key: SecretStr | None = Field(default=None, alias="COMTRADE_API_KEY")
    sbp_api_key: SecretStr | None = Field(default=None, alias="SBP_API_KEY")
    notify: SecretStr | None = Field(default=None, alias="KARAKORAM_NOTIFY")
    keep_runs_days: int = Field(default=90, ge=1, alias="KARAKORAM_KEEP_RUNS_DAYS")
    pace: float = Field(default=1.0, ge=0, le=10, alias="KARAKORAM_PACE")

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("*")
    @classmethod
    def _http(cls, value: Any, info: ValidationInfo) -> Any:
        if not str(info.field_name).endswith("_url"):
            return value
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("comtrade_api_key", "sbp_api_key", "notify")
    @classmethod
    def _empty_is_none(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value and value.get_secret_value().strip() else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret value, so that the HTTP client and the log can blot them out."""
        given = (self.comtrade_api_key, self.sbp_api_key, self.notify)
        return tuple(secret.get_secret_value() for secret in given if secret)

    @property
    def raw(self) -> Path:
        """Write-once snapshots: ``raw/<publisher>/<dataset>/<snapshot_id>/``."""
        return self.home / "raw"

    @property
    def parsed(self) -> Path:
        """Typed changes, one Parquet file per snapshot that changed anything."""
        return self.home / "parsed"

    @property
    def build(self) -> Path:
        """The private build: only dbt writes here, nobody reads it but the gate."""
        return self.home / "build"

    @property
    def build_file(self) -> Path:
        """The DuckDB file that dbt builds."""
        return self.build / "karakoram.duckdb"

    @property
    def spark_tables(self) -> Path:
        """The tables that Spark has computed, as Parquet: the build file is filled from them."""
        return self.build / "spark"

    @property
    def published(self) -> Path:
        """Immutable warehouses, one file per publication."""
        return self.home / "published"

    @property
    def pointer(self) -> Path:
        """The path that analysts open: a symlink to the newest published file."""
        return self.home / "karakoram.duckdb"

    @property
    def made_by(self) -> str:
        """The command that publishes what the pointer names."""
        return "karakoram refresh"

    @property
    def outbox(self) -> Path:
        """What is still to be told, and to whom (``orchestration.notify``)."""
        return self.home / "state" / "outbox.sqlite"

    @property
    def turns(self) -> Path:
        """When each publisher was asked last, and how often today: all processes of a home count together."""
        return self.home / "state" / "turns"

    @property
    def feed(self) -> Path:
        """The newest alerts for feed readers, beside the warehouse."""
        return self.home / "alerts.atom"

    @property
    def dagster_home(self) -> Path:
        """The Dagster instance that the command and the UI share."""
        return self.home / "dagster"

    @property
    def lock_file(self) -> Path:
        """Held by the one refresh that runs; the kernel frees it when the process dies."""
        return self.home / ".refresh.lock"


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, with ``overrides`` by field name; ConfigurationError naming the variable."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = str(problem["loc"][0]) if problem["loc"] else "settings"
            variable = next((f.alias for key, f in Settings.model_fields.items() if name in (key, f.alias)), name)
            shown = "(hidden)" if "KEY" in str(variable) or "NOTIFY" in str(variable) else repr(problem.get("input"))
            lines.append(f"{variable}: {problem['msg']}; got {shown}")
        raise ConfigurationError("\n".join(lines)) from None  # the cause would show keys


def quiet_telemetry() -> None:
    """Turn every tool's telemetry off unless somebody has turned it on; called once by each entry point."""
    for variable in ("DO_NOT_TRACK", "DAGSTER_DISABLE_TELEMETRY"):
        os.environ.setdefault(variable, "1")
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
