"""What the page says first: the rows that its opening sentences and tiles are about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestration.report.queries import Answer, Pair

Row = Mapping[str, Any]
STATES = ("breach", "watch", "unknown", "ok")


class Findings:
    """Selections from the answers; nothing is computed here but counts of rows."""

    def __init__(self, answers: Mapping[str, Answer], pair: Pair) -> None:
        self._answers = answers
        self._pair = pair

    @property
    def facts(self) -> dict[str, str | None]:
        """What the warehouse says of itself (``marts.publication``)."""
        return {row["fact"]: row["value"] for row in self._answers["publication"]}

    @property
    def flags(self) -> dict[str, list[Row]]:
        """Rules by state."""
        return {state: self._answers["flags"].where(state=state) for state in STATES}

    @property
    def causes(self) -> dict[tuple[str, str], Row]:
        """The last change of state by subject and rule, where the history of states is kept."""
        return {(row["subject"], row["rule_id"]): row for row in self._answers["flag_changes"]}

    @property
    def both(self) -> Row | None:
        """The newest year in which both countries report the balance."""
        return self._answers["balance"].last("home_balance_usd", "partner_balance_usd")

    @property
    def home_balance(self) -> Row | None:
        """The newest year in which the home country reports the balance."""
        return self._answers["balance"].last("home_balance_usd")

    @property
    def partner_balance(self) -> Row | None:
        """The newest year in which the partner reports the balance."""
        return self._answers["balance"].last("partner_balance_usd")

    @property
    def payments(self) -> Row | None:
        """The newest fiscal year on the payments basis."""
        return self._answers["balance_payments"].last()

    @property
    def paths(self) -> list[Row]:
        """What the nearest targets for the balance ask for, in the home country's own customs figures."""
        rows = self._answers["paths"].where(metric="deficit_usd", view="home_reported", basis="customs")
        return [row for row in rows if row["target_period"] == rows[0]["target_period"]]

    @property
    def gaps(self) -> dict[str, Row | None]:
        """The newest year with both records, by flow."""
        return {flow: self._answers["mirror"].last("gap_symmetric", flow=flow) for flow in ("import", "export")}

    @property
    def one_sided(self) -> int:
        """How many records of a flow have no counterpart."""
        return len(self._answers["mirror"].where(flag="one_sided"))

    @property
    def cover_limit(self) -> Row | None:
        """The rule for import cover."""
        rules = [flag for flag in self._answers["flags"].where(metric="import_cover_months") if flag["limit_value"]]
        return rules[0] if rules else None

    @property
    def ict(self) -> Row | None:
        """The newest calendar year of ICT services exports."""
        return self._answers["ict"].last("exports_usd", definition="ict_services", frequency="A")

    @property
    def ict_rules(self) -> list[Row]:
        """Rules about ICT exports."""
        return [flag for flag in self._answers["flags"] if str(flag["metric"]).startswith("ict_")]

    @property
    def students(self) -> Row | None:
        """The newest count of the home country's students in the partner country, all kinds together."""
        return self._answers["students"].last("students", origin_iso3=self._pair.home, definition="students_all")

    @property
    def index(self) -> Row | None:
        """The newest period of the cooperation index, withheld or not."""
        return self._answers["index"].last()

    @property
    def pillars(self) -> dict[str, Any]:
        """Scores by pillar of that period."""
        row = self.index or {}
        names = ("trade", "technology", "education", "culture_regional")
        return {name.replace("_", " and "): row[f"{name}_score"] for name in names if row}

    @property
    def claims(self) -> list[tuple[Row, list[Row]]]:
        """Each claim with the definitions under which it was recomputed, the best verdict first."""
        grouped: dict[str, list[Row]] = {}
        for row in self._answers["claims"]:
            grouped.setdefault(row["claim_id"], []).append(row)
        return [(rows[0], rows) for rows in grouped.values()]

    @property
    def peers(self) -> list[list[Row]]:
        """Rows of one measure in one group of peers, for each in which the home country stands."""
        grouped: dict[tuple[str, str, str], list[Row]] = {}
        for row in self._answers["peers"]:
            grouped.setdefault((row["partner_iso3"], row["peer_group"], row["metric"]), []).append(row)
        return list(grouped.values())

    @property
    def sources(self) -> dict[str, Row]:
        """Datasets by id."""
        return {row["dataset"]: row for row in self._answers["sources"]}

    @property
    def vintages(self) -> dict[str, Row]:
        """When the newest figure of each dataset became public."""
        return {row["dataset"]: row for row in self._answers["vintages"]}
