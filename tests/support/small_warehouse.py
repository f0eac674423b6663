"""A published file made by hand: one small pair with every promised table filled, or with none but the seeds.

Its texts are hostile on purpose: titles, statements and addresses come from other people.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import Settings, load_settings

HOSTILE = "<script>alert('publisher')</script>\"><img src=x onerror=alert(1)>"
HOSTILE_URL = "javascript:alert(1)"
DATASET = "un_comtrade.goods_annual"
NOW = datetime(2026, 11, 1)

Tables = dict[str, tuple[str, Sequence[Sequence[Any]]]]

SEEDS: Tables = {
    "seeds.dyads": ("home_iso3 varchar, partner_iso3 varchar", [("AAA", "BBB"), ("BBB", "AAA")]),
    "seeds.countries": ("iso3 varchar, name varchar", [("AAA", "Aland"), ("BBB", "Bland & Co"), ("CCC", "Cland")]),
    "seeds.reserve_definitions": (
        "definition varchar, label varchar, view_rank int",
        [("central_bank_held", "Held by the central bank", 1), ("total_liquid", "All liquid reserves", 2)],
    ),
    "seeds.ict_definitions": (
        "definition varchar, dataset varchar, label varchar",
        [("ict_services", DATASET, "ICT services")],
    ),
    "seeds.student_definitions": ("definition varchar, label varchar", [("students_all", "All students")]),
    "seeds.indicators": ("indicator_code varchar, dataset varchar, name varchar", []),
    "marts.publication": (
        "fact varchar, value varchar",
        [
            ("reference_date", "2026-11-01"),
            ("published_at", "2026-11-01 02:31:00+00:00"),
            ("origin", "bundle"),
            ("fingerprint", "0123456789abcdef"),
            ("karakoram_version", "0.1.0"),
        ],
    ),
}


def _flag(rule: str, state: str, value: float | None, **more: Any) -> tuple[Any, ...]:
    given = {"metric": "normalised_balance", "unit": "fraction", "limit": -0.5, "watch": -0.4, "reason": None, **more}
    return (
        "AAA-BBB",
        rule,
        given["metric"],
        "Normalised balance",
        None,
        state,
        "certain" if value else None,
        value,
        value,
        value,
        given["unit"],
        "below",
        given["watch"],
        given["limit"],
        "2024",
        "2014",
        2,
        "home=-0.7",
        given["reason"],
        f"Home's deficit is large {HOSTILE}",
        "everybody",
        "Somebody's book",
        HOSTILE_URL,
        given.get("kind", "published_rule"),
        True,
    )


FILLED: Tables = {
    "marts.threshold_status": (
        """subject varchar, rule_id varchar, metric varchar, metric_label varchar, definition varchar, state varchar,
           certainty varchar, value double, low double, high double, unit varchar, direction varchar,
           watch_value double, limit_value double, period varchar, since_period varchar, n_views int,
           view_values varchar, reason varchar,
           description varchar, applies_to varchar, source_title varchar, source_url varchar, source_kind varchar,
           is_latest boolean""",
        [
            _flag("r1", "breach", -0.75),
            _flag("r2", "watch", 3.5, metric="import_cover_months", unit="months", watch=4.0, limit=3.0),
            _flag("r3", "unknown", None, reason="only one side has reported"),
            _flag("r4", "ok", 0.2, kind="project_default"),
            _flag(
                "r5", "breach", 0.2, metric="ict_exports_growth_yoy", watch=None, limit=0.27, kind="published_target"
            ),
            _flag("r6", "ok", 0.1, metric="mirror_gap", watch=0.1, limit=0.25),
        ],
    ),
    "marts.threshold_log": (
        """changed_at timestamp, subject varchar, rule_id varchar, from_state varchar, to_state varchar, period varchar,
           cause varchar, value_before double, value_after double""",
        [(NOW, "AAA-BBB", "r1", "watch", "breach", "2024", "new_data", -0.45, -0.75)],
    ),
    "marts.trade_balance": (
        """home_iso3 varchar, partner_iso3 varchar, frequency varchar, basis varchar, period varchar, period_start date,
           view varchar, exports_usd double, imports_usd double, balance_usd double, balance_low_usd double,
           balance_high_usd double, coverage_ratio double, export_share double, import_share double,
           dataset_exports varchar, is_provisional boolean""",
        [
            (
                "AAA",
                "BBB",
                frequency,
                basis,
                period,
                start,
                view,
                exports,
                imports,
                exports - imports,
                low,
                high,
                exports / imports,
                0.1,
                0.2,
                DATASET,
                False,
            )
            for frequency, basis, period, start, view, exports, imports, low, high in (
                ("A", "customs", "2022", date(2022, 1, 1), "home_reported", 2e9, 9e9, None, None),
                ("A", "customs", "2024", date(2024, 1, 1), "home_reported", 2.5e9, 16e9, None, None),
                ("A", "customs", "2024", date(2024, 1, 1), "partner_reported", 2.8e9, 20e9, None, None),
                ("A", "customs", "2024", date(2024, 1, 1), "reconciled", 2.6e9, 18e9, -17.9e9, -12.4e9),
                ("A", "customs", "2025", date(2025, 1, 1), "partner_reported", 2.9e9, 22e9, None, None),
                ("FY", "payments", "FY2025", date(2024, 7, 1), "home_reported", 2.4e9, 16e9, None, None),
            )
        ],
    ),
    "marts.trade_flows": (
        "home_iso3 varchar, partner_iso3 varchar, frequency varchar, basis varchar, view varchar, dataset varchar",
        [("AAA", "BBB", "A", "customs", "home_reported", DATASET)],
    ),
    "marts.mirror_ledger": (
        """home_iso3 varchar, partner_iso3 varchar, frequency varchar, period varchar, flow varchar,
           home_reported_usd double, partner_reported_usd double, cif_fob_factor double, cif_fob_basis varchar,
           gap_usd double, gap_symmetric double, low_usd double, reconciled_usd double, high_usd double, flag varchar,
           weight double, weight_basis varchar, is_structural_break boolean, is_within_freight boolean,
           home_dataset varchar, partner_dataset varchar""",
        [
            (
                "AAA",
                "BBB",
                "A",
                "2024",
                "import",
                16e9,
                20e9,
                1.06,
                "default",
                -5.1e9,
                -0.29,
                15e9,
                17e9,
                20e9,
                "alert",
                0.5,
                "default",
                False,
                False,
                DATASET,
                DATASET,
            ),
            (
                "AAA",
                "BBB",
                "A",
                "2024",
                "export",
                2.5e9,
                2.8e9,
                1.06,
                "default",
                0.2e9,
                0.08,
                2.5e9,
                2.6e9,
                2.7e9,
                "ok",
                0.5,
                "default",
                False,
                False,
                DATASET,
                DATASET,
            ),
            (
                "AAA",
                "BBB",
                "A",
                "2025",
                "export",
                None,
                2.9e9,
                1.06,
                "default",
                None,
                None,
                None,
                None,
                None,
                "one_sided",
                None,
                None,
                False,
                False,
                None,
                DATASET,
            ),
        ],
    ),
    "marts.trade_structure": (
        """home_iso3 varchar, partner_iso3 varchar, reporter_iso3 varchar, frequency varchar, period varchar,
           flow varchar, view varchar, grouping varchar, group_code varchar, group_label varchar, value_usd double,
           share double, share_of varchar, dataset varchar""",
        [
            (
                "AAA",
                "BBB",
                "AAA",
                "A",
                "2024",
                flow,
                "home_reported",
                "hs_section",
                code,
                label,
                value,
                value / 4e9,
                "all goods",
                DATASET,
            )
            for flow in ("export", "import")
            for code, label, value in (("11", f"Textiles {HOSTILE}", 3e9), ("02", "Vegetable products", 1e9))
        ]
        + [
            (
                "AAA",
                "WLD",
                "AAA",
                "A",
                "2025",
                "export",
                "home_reported",
                "hs_section",
                "11",
                "World",
                1e9,
                1.0,
                "all goods",
                DATASET,
            )
        ],
    ),
    "marts.reserve_adequacy": (
        """country_iso3 varchar, frequency varchar, period varchar, period_start date, definition varchar,
           reserves_usd double, import_cover_months double, imports_basis varchar, imports_until varchar,
           null_reason varchar, view_rank int, dataset varchar""",
        [
            (
                "AAA",
                "M",
                "2025-06",
                date(2025, 6, 1),
                "central_bank_held",
                14e9,
                2.94,
                "goods",
                "2025-06",
                None,
                1,
                DATASET,
            ),
            ("AAA", "M", "2025-06", date(2025, 6, 1), "total_liquid", 19e9, 3.91, "goods", "2025-06", None, 2, DATASET),
            ("AAA", "A", "2024", date(2024, 1, 1), "total_liquid", 18e9, 3.5, "goods", "2024", None, 2, DATASET),
            (
                "AAA",
                "M",
                "2025-07",
                date(2025, 7, 1),
                "central_bank_held",
                15e9,
                None,
                "goods",
                "2025-06",
                "x",
                1,
                DATASET,
            ),
        ],
    ),
    "marts.ict_exports": (
        """country_iso3 varchar, frequency varchar, period varchar, period_start date, definition varchar,
           exports_usd double, share_of_services_exports double, growth_yoy double, is_derived boolean,
           dataset varchar""",
        [
            ("AAA", "A", "2022", date(2022, 1, 1), "ict_services", 2.6e9, 0.3, None, False, DATASET),
            ("AAA", "A", "2023", date(2023, 1, 1), "ict_services", 2.7e9, 0.35, 0.04, False, DATASET),
        ],
    ),
    "marts.balancing_paths": (
        """home_iso3 varchar, partner_iso3 varchar, target_id varchar, metric varchar, definition varchar, view varchar,
           basis varchar, base_period varchar, is_latest_base boolean, base_exports_usd double, target_period varchar,
           target_year int, years_to_target double, target_balance_usd double, target_exports_usd double,
           required_export_growth double, required_export_growth_with_import_growth double,
           historic_export_growth double, target_source varchar, target_source_url varchar,
           target_source_kind varchar""",
        [
            (
                "AAA",
                "BBB",
                "halve",
                "deficit_usd",
                None,
                "home_reported",
                "customs",
                "2024",
                True,
                2.5e9,
                "2029",
                2029,
                5.0,
                -6.75e9,
                None,
                0.3,
                0.4,
                -0.01,
                "Ours",
                None,
                "project_default",
            ),
            (
                "AAA",
                "WLD",
                "ict",
                "ict_exports_usd",
                "ict_services",
                "home_reported",
                None,
                "2023",
                True,
                2.7e9,
                "FY2029",
                2029,
                5.5,
                None,
                10e9,
                0.268,
                None,
                0.05,
                "The plan",
                HOSTILE_URL,
                "published_target",
            ),
        ],
    ),
    "marts.student_mobility": (
        """origin_iso3 varchar, host_iso3 varchar, period varchar, period_start date, definition varchar,
           students double, data_age_years double, is_estimated boolean, dataset varchar""",
        [
            ("AAA", "BBB", "2017", date(2017, 1, 1), "students_all", 24879.0, 8.9, False, DATASET),
            ("AAA", "BBB", "2018", date(2018, 1, 1), "students_all", 28023.0, 7.9, False, DATASET),
        ],
    ),
    "marts.definitions": (
        "metric varchar, label varchar, unit varchar",
        [("normalised_balance", "Normalised balance", "fraction")],
    ),
    "marts.peer_comparison": (
        """peer_iso3 varchar, partner_iso3 varchar, frequency varchar, period varchar, metric varchar, unit varchar,
           value double, rank int, n_peers int, group_median double, view varchar, publisher varchar,
           peer_group varchar, null_reason varchar""",
        [
            (
                iso3,
                "BBB",
                "A",
                "2024",
                "normalised_balance",
                "fraction",
                value,
                rank,
                2,
                -0.45,
                "partner_reported",
                "un_comtrade",
                "SCO",
                reason,
            )
            for iso3, value, rank, reason in (
                ("CCC", -0.2, 1, None),
                ("AAA", -0.7, 2, None),
                ("DDD", None, None, "no figure of this member"),
            )
        ],
    ),
    "marts.cooperation_indicators": (
        """home_iso3 varchar, partner_iso3 varchar, period varchar, pillar varchar, indicator varchar, label varchar,
           value double, unit varchar, normalised double, weight double, source_period varchar, data_age_years double,
           is_observed boolean, null_reason varchar""",
        [("AAA", "BBB", "2024", "trade", "evenness", "Evenness", 0.3, "fraction", 0.3, 0.25, "2024", 0.0, True, None)],
    ),
    "marts.cooperation_index": (
        """home_iso3 varchar, partner_iso3 varchar, period varchar, score double, low double, high double,
           coverage double, grade varchar, withheld_reason varchar, trade_score double, technology_score double,
           education_score double, culture_regional_score double""",
        [
            ("AAA", "BBB", "2023", 0.44, 0.38, 0.52, 0.8, "B", None, 0.5, 0.4, 0.4, 0.5),
            (
                "AAA",
                "BBB",
                "2024",
                None,
                None,
                None,
                0.5,
                "withheld",
                "Two pillars have no recent figure.",
                0.5,
                None,
                None,
                0.5,
            ),
        ],
    ),
    "marts.claims": (
        """claim_id varchar, document varchar, home_iso3 varchar, partner_iso3 varchar, statement varchar,
           claimed_value double, claimed_date date, unit varchar, period varchar, metric varchar, definition varchar,
           observed_value double, observed_date date, observed_period varchar, gap_pct double, verdict varchar,
           claim_verdict varchar, explanation varchar, dataset varchar, caveat varchar""",
        [
            (
                "c1",
                "An essay",
                "AAA",
                "BBB",
                f"The deficit is 18 bn {HOSTILE}",
                18e9,
                None,
                "USD",
                "2024",
                "deficit_usd",
                "home_reported",
                13.5e9,
                None,
                "2024",
                33.0,
                "contradicted",
                "contradicted",
                "Aland reports 13.5",
                DATASET,
                None,
            ),
            (
                "c2",
                "An essay",
                "AAA",
                "BBB",
                "They are friends since 1951",
                None,
                date(1951, 5, 21),
                None,
                None,
                "founded",
                "evidence",
                None,
                date(1951, 5, 21),
                None,
                None,
                "matches",
                "matches",
                "A dated fact says so.",
                None,
                None,
            ),
        ],
    ),
    "marts.observation_history": (
        """series_id varchar, dataset varchar, reporter_iso3 varchar, partner_iso3 varchar, definition varchar,
           flow varchar, period varchar, unit varchar, value double, known_from timestamp, known_to timestamp,
           change varchar""",
        [
            ("s", DATASET, "AAA", "BBB", "goods", "export", "2023", "USD", 100.0, datetime(2025, 1, 1), NOW, "added"),
            ("s", DATASET, "AAA", "BBB", "goods", "export", "2023", "USD", 90.0, NOW, None, "revised"),
        ],
    ),
    "marts.sources": (
        """dataset varchar, title varchar, publisher varchar, publisher_name varchar, licence varchar, citation varchar,
           url varchar, origin varchar, retrieved_at timestamp, first_period varchar, latest_period varchar,
           latest_period_age_years double, stale_since timestamp, last_error varchar, ends varchar, n_observations int,
           sha256 varchar""",
        [
            (
                DATASET,
                f"Goods {HOSTILE}",
                "un_comtrade",
                "UN Comtrade",
                "Some licence",
                "Cite me",
                HOSTILE_URL,
                "bundle",
                NOW,
                "2003",
                "2024",
                1.8,
                NOW,
                f"HTTP 500 {HOSTILE}",
                None,
                536,
                "ab",
            ),
        ],
    ),
}


def publish_small(home: Path, *, filled: bool) -> Settings:
    """Put the file where a refresh would have put it; returns the settings of that home."""
    settings = load_settings(home=home)
    settings.published.mkdir(parents=True)
    path = settings.published / "karakoram-20261101T023100000000Z-01234567.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create schema seeds")
        for name, (columns, rows) in (SEEDS | FILLED if filled else SEEDS).items():
            connection.execute(f"create table {name} ({columns})")
            for row in rows:
                connection.execute(f"insert into {name} values ({', '.join('?' * len(row))})", list(row))
    settings.pointer.symlink_to(path.relative_to(home))
    return settings
