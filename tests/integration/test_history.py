"""What was known, and when: the published file asked about the past, and rebuilt as of a past day."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime

import duckdb
import pytest

from orchestration.ingest.rules import Rules
from orchestration.publish.history import check_log
from orchestration.publish.macros import Lineage, macro_of
from orchestration.publish.threshold_log import fill
from orchestration.publish.warehouse import NotPublishable
from tests.conftest import ROOT, Home

pytestmark = pytest.mark.slow

GDP = "dataset = 'world_bank.wdi' and definition = 'NY.GDP.MKTP.CD' and reporter_iso3 = 'CHN' and period = '2022'"
WITHOUT_HISTORY = {"publication"}  # what the file says of itself
PAST = "2024-09-01"


@pytest.fixture(scope="module")
def lineage(bundle_home):
    return Lineage.read(bundle_home.path / "build" / "dbt" / "manifest.json")


@pytest.fixture(scope="module")
def marts(bundle_home):
    return [row[0] for row in bundle_home.rows("select table_name from duckdb_tables() where schema_name = 'marts'")]


@pytest.fixture
def file(bundle_home, tmp_path):
    """A copy of the published file that may be changed."""
    copied = tmp_path / "copy.duckdb"
    shutil.copyfile((bundle_home.path / "karakoram.duckdb").resolve(), copied)
    with duckdb.connect(str(copied)) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def digest(relation):
    return f"select count(*), cast(bit_xor(hash(t)) as varchar) from {relation} as t"


def test_as_of_now_is_every_table_as_it_is(bundle_home, marts):
    macros = {row[0] for row in bundle_home.rows("select function_name from duckdb_functions()")}
    served = [mart for mart in marts if macro_of(mart) in macros]
    assert {"observations", "trade_balance", "threshold_status", "threshold_log", "reserve_adequacy"} <= set(served)
    assert set(marts) - set(served) <= WITHOUT_HISTORY
    for mart in served:
        assert bundle_home.rows(digest(f"{macro_of(mart)}(now())")) == bundle_home.rows(digest(f"marts.{mart}")), mart


@pytest.mark.parametrize(
    ("moment", "known"),
    [
        ("'2024-07-11'", []),
        ("'2024-07-12'", [17.963171479205e12]),
        ("'2024-09-01'", [17.963171479205e12]),
        ("date '2024-09-01'", [17.963171479205e12]),
        ("timestamp '2024-09-01 12:00:00'", [17.963171479205e12]),
        ("'2025-12-03'", [17.963171479205e12]),
        ("'2025-12-04T05:00:00+05:00'", [18.316765021690e12]),
        ("'2025-12-04T04:59:00+05:00'", [17.963171479205e12]),
        ("timestamptz '2025-12-04 04:59:00+05:00'", [17.963171479205e12]),
        ("date '2025-12-04'", [18.316765021690e12]),
        ("current_date", [18.316765021690e12]),
        ("now()", [18.316765021690e12]),
    ],
)
def test_chinas_gdp_of_2022_as_known_then(bundle_home, moment, known):
    found = [row[0] for row in bundle_home.rows(f"select value from as_of({moment}) where {GDP}")]
    assert found == pytest.approx(known, rel=1e-9)


def test_a_mart_of_the_past_is_computed_from_the_figures_of_the_past(bundle_home):
    """China's customs had reported 2024 by January 2025; Pakistan's GDP of that year came in December."""
    asked = (
        "select balance_usd, balance_to_gdp, null_reason like '%GDP of home is not known for this year%' "
        "from trade_balance_as_of({}) where home_iso3 = 'PAK' and partner_iso3 = 'CHN' "
        "and period = '2024' and view = 'partner_reported' and basis = 'customs'"
    )
    before, after = (bundle_home.rows(asked.format(day)) for day in ("'2025-12-03'", "'2025-12-04'"))
    assert before[0][0] == after[0][0] == pytest.approx(-17.41e9, rel=1e-3)
    assert before[0][1:] == (None, True)
    assert after[0][1] == pytest.approx(-0.0467, abs=1e-4)


def test_a_session_can_be_set_to_a_date(bundle_home):
    def ask(query, *options):
        done = bundle_home.karakoram("sql", query, "--format", "json", *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    then = ask(f"select value from observations where {GDP}", "--as-of", PAST)
    assert then == [{"value": pytest.approx(17.963e12, rel=1e-4)}]
    assert ask(f"select value from observations where {GDP}") == [{"value": pytest.approx(18.317e12, rel=1e-4)}]
    both = ask(
        "select (select count(*) from trade_flows) as t, (select count(*) from marts.trade_flows) as n", "--as-of", PAST
    )
    assert both[0]["t"] < both[0]["n"]
    refused = bundle_home.karakoram("sql", "select count(*) from publication", "--as-of", PAST)
    assert refused.returncode == 64
    assert "publication has no history: ask for marts.publication" in refused.stderr
    wrong = bundle_home.karakoram("sql", "select 1", "--as-of", "last year")
    assert wrong.returncode == 64
    assert "expected a day or a moment such as 2024-09-01" in wrong.stderr
    forbidden = bundle_home.karakoram("sql", "select * from read_csv('/etc/hostname')", "--as-of", PAST)
    assert forbidden.returncode == 64


def test_the_gap_is_explained_step_by_step(bundle_home):
    rows = bundle_home.rows("from explain_gap('PAK', 'CHN', '2024')")
    for flow in ("export", "import"):
        steps = {row[3]: row[4] for row in rows if row[0] == flow and row[4] is not None}
        records = [value for item, value in steps.items() if "in the books of" in item]
        assert records[0] - records[1] == pytest.approx(steps["raw gap"])
        assert steps["raw gap"] - steps["freight and insurance"] == pytest.approx(steps["what remains"])
    causes = {row[3] for row in rows if row[0] == "import" and row[2] == "possible cause"}
    assert "declarations left out" in causes
    assert "freight and insurance" not in causes, "the exporter's record is the larger one"
    assert all(row[7] for row in rows if row[2] == "possible cause")
    assert [row[2] for row in bundle_home.rows("from explain_gap('PAK', 'CHN', '1824')")] == ["nothing"]


def test_parts_of_a_change_sum_to_the_whole(bundle_home):
    rows = bundle_home.rows(
        "select value_after - value_before, revision_effect + new_data_effect from marts.threshold_log "
        "where value_before is not null and value_after is not null"
    )
    assert rows
    for whole, parts in rows:
        assert parts == pytest.approx(whole, rel=1e-9, abs=1e-12)


def test_the_log_ends_in_the_states_of_today(bundle_home):
    differing = bundle_home.rows(
        """
        select count(*)
        from marts.threshold_status as status
        inner join (
            select *, row_number() over (partition by subject, rule_id order by changed_at desc) as place
            from marts.threshold_log
        ) as log on log.subject = status.subject and log.rule_id = status.rule_id and log.place = 1
        where status.is_latest and status.state <> log.to_state
        """
    )
    assert differing == [(0,)]


def test_each_entry_is_what_a_single_question_about_its_day_says(bundle_home):
    """All moments are evaluated in one query; each must be what the macro says of that moment alone."""
    entries = bundle_home.rows(
        "select changed_at, subject, rule_id, to_state, period, value_after from marts.threshold_log"
    )
    days = sorted({entry[0].date() for entry in entries})
    for day in days[:: max(1, len(days) // 8)]:
        states = {
            (subject, rule): tuple(rest)
            for subject, rule, *rest in bundle_home.rows(
                "select subject, rule_id, state, period, value "
                f"from threshold_status_as_of(date '{day}') where is_latest"
            )
        }
        for changed_at, subject, rule, *rest in entries:
            if changed_at.date() == day:
                assert states[subject, rule] == tuple(rest), (day, subject, rule)


@pytest.mark.parametrize("spoiled", ["*", "* replace ('weather' as cause, subject || 'X' as subject)"])
def test_a_log_that_breaks_its_own_tests_is_not_published(file, lineage, spoiled):
    check_log(file, lineage)
    file.execute(f"insert into marts.threshold_log select {spoiled} from marts.threshold_log limit 1")
    with pytest.raises(NotPublishable, match=r"the check \w+ refuses 1 rows of marts\.threshold_log"):
        check_log(file, lineage)


def test_one_more_release_costs_one_more_evaluation(file, lineage, tmp_path):
    rules = [Rules(datetime(2026, 1, 1), (ROOT / "dbt_project" / "seeds" / "thresholds.csv").read_bytes())]
    cache = tmp_path / "states.parquet"

    def filled():
        file.execute("delete from marts.threshold_log")
        return fill(file, lineage, rules, cache)

    assert filled() > 40
    assert filled() == 0
    before = file.execute("select count(*) from marts.threshold_log").fetchall()
    file.execute(
        "insert into marts.observation_history by name "
        "select * replace ('2099' as period, date '2099-12-31' as period_end, timestamp '2026-11-01' as known_from) "
        "from marts.observation_history where dataset = 'world_bank.wdi' limit 1"
    )
    assert filled() == 1
    assert file.execute("select count(*) from marts.threshold_log").fetchall() >= before


def test_a_changed_rule_is_its_own_cause_and_a_new_one_counts_from_the_beginning(file, lineage, tmp_path):
    """The limit of import cover is 9 months for a day; another rule was not there at first. No figure moves."""
    now = (ROOT / "dbt_project" / "seeds" / "thresholds.csv").read_bytes()
    rule = b"import_cover_total_liquid,import_cover_months,total_liquid,country,,,M,below,"
    strict = now.replace(rule + b"4,3", rule + b"10,9")
    assert strict != now
    lines = now.splitlines(keepends=True)
    fewer = b"".join(line for line in lines if not line.startswith(b"import_share,"))
    logged = "select * from marts.threshold_log where cause <> 'rule_changed' order by all"
    expected = file.execute(logged).fetchall()
    file.execute("delete from marts.threshold_log")
    versions = [
        Rules(datetime(2020, 1, 1), fewer),
        Rules(datetime(2026, 5, 1, 3), strict),
        Rules(datetime(2026, 5, 2, 3), now),
    ]
    fill(file, lineage, versions, tmp_path / "states.parquet")
    rows = file.execute(
        "select changed_at, from_state, to_state, revision_effect, new_data_effect, datasets from marts.threshold_log "
        "where cause = 'rule_changed' order by changed_at"
    ).fetchall()
    assert [row[:3] for row in rows] == [
        (datetime(2026, 5, 1, 3), "ok", "breach"),
        (datetime(2026, 5, 2, 3), "breach", "ok"),
    ]
    assert {row[3:] for row in rows} == {(0.0, 0.0, None)}
    assert file.execute(logged).fetchall() == expected


def test_revisions_tell_who_rewrote_what(bundle_home):
    rows = bundle_home.rows(
        "select cast(known_from as date), n_revised, n_known_before, is_mass_revision from marts.revisions "
        "where dataset = 'world_bank.wdi' and n_revised > 0 order by 1"
    )
    assert rows[0] == (date(2024, 7, 12), 27, 270, True)
    assert [row[3] for row in rows[1:]] == [False, False]


def test_the_calendar_knows_every_dataset(bundle_home):
    missing = bundle_home.rows(
        "select s.dataset from marts.sources as s left join marts.release_calendar as c using (dataset) "
        "where c.usual_lag_days is null or (c.state <> 'unknown') <> (c.next_expected is not null)"
    )
    assert missing == []


@pytest.fixture(scope="module")
def replayed(bundle_home, tmp_path_factory):
    """Another machine that was given nothing but the raw store."""
    home = Home(tmp_path_factory.mktemp("replay") / "data", bundle_home.environment)
    shutil.copytree(bundle_home.path / "raw", home.path / "raw")
    return home


@pytest.fixture(scope="module")
def own_home(bundle_home, tmp_path_factory):
    """A copy of the refreshed home, to be refreshed again."""
    return bundle_home.copy(tmp_path_factory.mktemp("own") / "data")


def test_the_raw_store_alone_gives_the_same_history(bundle_home, replayed):
    result = replayed.refresh("--no-fetch")
    assert result["exit_code"] == 0, result["errors"]
    here, there = bundle_home.record()["tables"], replayed.record()["tables"]
    assert {name for name in {*here, *there} if here.get(name) != there.get(name)} <= {"marts.publication"}


def test_a_day_of_the_past_is_rebuilt_beside_the_warehouse(bundle_home, own_home, marts):
    """The rebuild starts from a raw store cut at that day, the macros cut the history: both agree in every table."""
    pointed = own_home.record()
    result = own_home.refresh("--no-fetch", "--as-of", PAST)
    assert result["exit_code"] == 0, result["errors"]
    rebuilt = own_home.path / "as_of" / f"karakoram-{PAST}.duckdb"
    assert result["published"] == str(rebuilt)
    assert own_home.record() == pointed, "the pointer is not flipped"
    with duckdb.connect(str(rebuilt), read_only=True) as past:
        past.execute("set timezone = 'UTC'")
        for mart in sorted(set(marts) - WITHOUT_HISTORY):
            found = past.execute(digest(f"marts.{mart}")).fetchall()
            assert found == bundle_home.rows(digest(f"{macro_of(mart)}('{PAST}')")), mart
        assert past.execute("select value from marts.publication where fact = 'reference_date'").fetchall() == [(PAST,)]


def test_the_past_cannot_be_asked(own_home):
    for arguments, sentence in (
        (["--as-of", PAST], "--as-of goes with --no-fetch"),
        (["--no-fetch", "--as-of", "1999-13-01"], "does not match the format"),
    ):
        done = own_home.karakoram("refresh", *arguments)
        assert done.returncode == 64
        assert sentence in done.stderr
    nothing = own_home.karakoram("refresh", "--no-fetch", "--as-of", "1999-01-01")
    assert nothing.returncode == 2
    assert "was known by 1999-01-01" in nothing.stderr
