"""dbt as Dagster's resource, without its detours: all that Karakoram uses of dagster-dbt comes from here.

dagster-dbt does without dbt where none is installed beside it (dbt Fusion). Where one is, it loads that too, adapters
and all: half of the time that ``orchestration.definitions`` takes, for nothing that is asked of it here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version as installed_version
from typing import Any

from packaging import version

from orchestration.dbt import dbt_executable
from orchestration.processes import hidden
from orchestration.settings import DBT_PROJECT
from orchestration.standby import Standby

with hidden("dbt.version"):
    from dagster_dbt import (
        DagsterDbtTranslator,
        DagsterDbtTranslatorSettings,
        DbtCliResource,
        DbtProject,
        dbt_assets,
    )
    from dagster_dbt.core.dbt_cli_invocation import DbtCliInvocation

__all__ = [
    "DagsterDbtTranslator",
    "DagsterDbtTranslatorSettings",
    "DbtCliInvocation",
    "DbtProject",
    "LeanDbt",
    "dbt_assets",
    "dbt_resource",
]


class LeanDbt(DbtCliResource):
    """dbt as a subprocess, without asking it for its version (4 s) and without a second adapter (3.5 s).

    dbt must be a process of its own: run in this one, it keeps the lock on the build file (dbt-core#11980).
    """

    def cli(self, args: Sequence[str], *, standby: Standby | None = None, **given: Any) -> DbtCliInvocation:
        """As dagster-dbt's own, but a process that stands by for this target folder is told the command."""
        if standby is None or not standby.is_free_for(given["target_path"]):
            return super().cli(args, **given)
        nothing = self.model_copy(update={"dbt_executable": "true"})  # a program that ends at once
        invocation = DbtCliResource.cli(nothing, args, **given)
        invocation.process.communicate()
        command = invocation.process.args
        assert isinstance(command, list)
        return replace(invocation, process=standby.run(command[1:]))

    @cached_property
    def _cli_version(self) -> version.Version:
        return version.parse(installed_version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        return None


def dbt_resource() -> LeanDbt:
    """dbt on this project, with the profile that lies beside it."""
    return LeanDbt(
        project_dir=os.fspath(DBT_PROJECT), profiles_dir=os.fspath(DBT_PROJECT), dbt_executable=dbt_executable()
    )
