"""Guards between a well-formed answer and its acceptance: what a contract alone cannot see.

Each compares an answer with what is known and raises ContractError; the answer then goes to quarantine and the last
good one stands. The limits are deliberately narrow: real revisions, even large ones, must pass.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyarrow as pa

from orchestration.errors import ContractError
from orchestration.ingest.contracts import Contract
from orchestration.ingest.engine import session

MOST_DELETIONS = 0.05  # of the former answer to the same request
FEW_DELETIONS = 5  # a handful may go without alarm, however small the answer
SHARED_POINTS = 3  # fewer points in common say nothing about a unit
CLUSTERED = 0.8  # of them must show the same factor
FACTORS = (1e3, 1e6, 1e9, 1e-3, 1e-6, 1e-9)
NEARLY = math.log10(1.5)  # how far from the exact factor, as revisions come on top


def check_deletions(former: pa.Table | None, changed: pa.Table, where: str) -> None:
    """Refuse an answer from which more than 5 % of the points of its predecessor are missing."""
    if former is None or not former.num_rows:
        return
    deleted = changed["change"].to_pylist().count("deleted")
    if (deleted > FEW_DELETIONS and deleted > MOST_DELETIONS * former.num_rows) or deleted == former.num_rows:
        raise ContractError(
            f"{deleted} of {former.num_rows} points of the former answer to the same request are missing",
            where=where,
            expected=f"at most {MOST_DELETIONS:.0%} deleted at once",
            got=str(changed.slice(changed.num_rows - deleted, 3).to_pylist()),
            todo="if the publisher really withdrew them, accept the quarantined answer by hand",
        )


def check_units(contract: Contract, table: pa.Table, known: pa.Table, where: str) -> None:
    """Refuse an answer whose values are a power of a thousand away from what is known of the same points.

    Compared are, group by group (a group shares a unit), the points in common; where a group brings only new periods,
    each with the newest known period of its series. It takes at least 3 points of which 80 % show the same factor.
    """
    values = [name for name in contract.values if pa.types.is_floating(table.schema.field(name).type)]
    if not values or not known.num_rows:
        return
    for value, group, factor, points in _factors(contract, table, known, values):
        raise ContractError(
            f"{value} is {factor:g} times what was known, in {points} points of {group.strip() or 'the answer'}",
            where=where,
            expected="the unit of the former snapshots",
            got=f"values times {factor:g}",
            todo="compare with the publisher's page; if the unit changed, change the parser",
        )


def _factors(
    contract: Contract, table: pa.Table, known: pa.Table, values: Sequence[str]
) -> list[tuple[str, str, float, int]]:
    """Groups whose values are shifted: which value, their label, the factor, and the points that show it."""
    group = ", ".join(f"n.{column}" for column in contract.group) or "''"
    same = " and ".join(f"n.{column} is not distinct from k.{column}" for column in contract.series)
    names = ", ".join(contract.series) or "1"
    factors = ", ".join(str(math.log10(factor)) for factor in FACTORS)
    ratios = ", ".join(f"{{'place': {place}, 'ratio': n.{name} / k.{name}}}" for place, name in enumerate(values))
    with session() as connection:
        connection.register("incoming", table)
        connection.register("known", known)
        found = connection.execute(
            f"""
            with newest as (
                select * from known qualify row_number() over (partition by {names} order by period desc) = 1
            ),
            pairs as (
                select concat_ws(' ', {group}) as label, 'same period' as kind, unnest([{ratios}]) as found
                from incoming as n join known as k on {same} and n.period = k.period
                union all
                select concat_ws(' ', {group}), 'next periods', unnest([{ratios}])
                from incoming as n join newest as k
                  on {same} and n.period > k.period and length(n.period) = length(k.period)
            ),
            shifted as (
                select found.place as place, label, kind, shift, count(*) as n,
                    count(*) filter (abs(log10(abs(found.ratio)) - shift) < {NEARLY}) as near
                from pairs cross join (select unnest([{factors}]) as shift)
                where found.ratio <> 0 and isfinite(found.ratio)
                group by all
            )
            select place, label, pow(10, shift), near from shifted
            where n >= {SHARED_POINTS} and near >= {CLUSTERED} * n
            order by place, near desc, label
            """
        ).fetchall()
    return [(values[place], *rest) for place, *rest in found]
