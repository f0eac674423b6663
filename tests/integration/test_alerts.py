"""Being told, as a person meets it: the command, the refresh, the sensor."""

from __future__ import annotations

import json

import dagster as dg
import pytest

from orchestration.sensors import alert_sensor
from orchestration.settings import load_settings
from tests.conftest import Home
from tests.support.warehouses import Row, publish_states
from tests.support.webhook import Webhook

RULE = Row("import_share")


@pytest.fixture
def webhook():
    with Webhook() as server:
        yield server


@pytest.fixture
def home(tmp_path, webhook):
    return Home(tmp_path / "data", {"KARAKORAM_NOTIFY": webhook.address()})


def test_the_command_tells_once_and_shows_how_each_channel_does(home, webhook):
    settings = load_settings(home=home.path)
    publish_states(settings, [RULE], 0)
    assert [json.loads(home.karakoram("notify", "--json").stdout)["told"] for _ in range(2)] == [1, 0]
    publish_states(settings, [RULE.but(state="breach", value=0.3)], 1)
    webhook.status = 500
    down = home.karakoram("notify")
    assert down.returncode == 1
    assert "the service answered with HTTP 500" in down.stdout
    status = home.karakoram("status", "--json")
    assert isinstance(json.loads(status.stdout), list)
    assert "1 wait for it: the service answered with HTTP 500; `karakoram notify` tries again now" in status.stderr
    webhook.status = 200
    assert home.karakoram("notify").returncode == 0
    assert [title.split(": ")[1] for title in webhook.titles] == ["1 ok", "ok → breach"]
    assert "alerts" not in home.karakoram("status").stderr


def test_trying_the_channels(home, webhook):
    assert home.karakoram("notify", "--test").returncode == 0
    assert webhook.titles == ["Karakoram: a test"]
    assert not home.path.exists()
    none = home.karakoram("notify", "--test", KARAKORAM_NOTIFY="")
    assert (none.returncode, none.stdout) == (64, "")
    assert "KARAKORAM_NOTIFY: expected addresses" in none.stderr


def test_an_address_that_makes_no_sense_stops_a_refresh_before_it_starts(home):
    done = home.karakoram("refresh", KARAKORAM_NOTIFY="smoke://signals/with-a-secret")
    assert done.returncode == 64
    assert "KARAKORAM_NOTIFY, address 1" in done.stderr
    assert "with-a-secret" not in done.stderr + done.stdout
    assert not home.path.exists()


def test_the_sensor_tells_and_starts_no_run(tmp_path, webhook):
    settings = load_settings(home=tmp_path / "data", notify=webhook.address())
    sensor = alert_sensor(settings)
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    publish_states(settings, [RULE], 0)
    ticks = []
    with dg.DagsterInstance.ephemeral() as instance:
        for status in (200, 200, 500):
            webhook.status = status
            if status == 500:
                publish_states(settings, [RULE.but(state="breach")], 1)
            ticks.append(sensor.evaluate_tick(dg.build_sensor_context(instance=instance)))
    assert [tick.skip_message for tick in ticks] == [
        "1 told, 0 waiting, 1 channels",
        "0 told, 0 waiting, 1 channels",
        "0 told, 1 waiting, 1 channels",
    ]
    assert not any(tick.run_requests for tick in ticks)


def test_the_sensor_says_what_is_wrong_instead_of_failing(tmp_path):
    settings = load_settings(home=tmp_path / "data", notify="smoke://signals")
    publish_states(settings, [RULE], 0)
    with dg.DagsterInstance.ephemeral() as instance:
        tick = alert_sensor(settings).evaluate_tick(dg.build_sensor_context(instance=instance))
    assert tick.skip_message.startswith("nothing told: KARAKORAM_NOTIFY, address 1")


@pytest.mark.slow
def test_a_refresh_leaves_a_feed_beside_the_warehouse(bundle_home):
    result = json.loads((bundle_home.path / "first_refresh.json").read_text("utf-8"))
    assert result["alerts"] == {"told": 0, "waiting": 0, "channels": []}
    feed = (bundle_home.path / "alerts.atom").read_text("utf-8")
    assert feed.count("<entry>") == 1
    breaches = bundle_home.rows("select count(*) from marts.threshold_status where is_latest and state = 'breach'")
    assert f"What is flagged now: {breaches[0][0]} breach" in feed
