"""Findings in order, replicas joined, remedies that work, thresholds that can be changed, JSON of the command line."""

import json
import subprocess
import sys
import textwrap
from dataclasses import replace

import pyarrow as pa
import pytest

from core.charts.compare import LETTERS
from core.diagnosis.causes import FOLLOWS_FROM
from core.diagnosis.command import check_json, diagnose_json
from core.diagnosis.diagnose import Diagnosis, diagnose
from core.diagnosis.remedies import usual
from core.diagnosis.rules import RULES
from core.diagnosis.thresholds import Thresholds, source_of, unit_of
from core.diagnosis.words import layers
from core.experiment import Experiment
from tests.diagnosis.records import record
from tests.diagnosis.test_rules import FIRES, HEALTHY, STUCK, dead, rate_high, rate_low


def test_consequences_come_under_their_cause_without_remedies():
    diagnosis = diagnose(*rate_low())
    assert [f.id for f in diagnosis.causes] == ["lr_too_low"]
    assert {f.id for f in diagnosis.consequences("lr_too_low")} >= {"plateau", "underfitting"}
    assert all(f.severity == "consequence" and not f.remedies for f in diagnosis.findings if f.cause)
    assert diagnosis.verdict == "One cause explains this run: the learning rate is too low."


def test_what_helps_against_a_consequence_helps_against_its_cause():
    diagnosis = diagnose(*rate_low())
    cause = diagnosis.causes[0]
    assert all(diagnosis.remedies(found) == cause.remedies for found in diagnosis.consequences("lr_too_low"))
    assert diagnosis.remedies(cause) == cause.remedies


def test_causes_have_no_circles_and_are_rules():
    def above(name: str, seen: tuple[str, ...] = ()) -> None:
        assert name not in seen, seen
        for cause in FOLLOWS_FROM.get(name, ()):
            above(cause, (*seen, name))

    for name, causes in FOLLOWS_FROM.items():
        assert {name, *causes} <= set(RULES)
        above(name)


@pytest.mark.parametrize("times", [3, 10, 30, 100, 300, 1000])
def test_a_remedy_is_offered_once_whatever_leads_to_it(times):
    """A hundredth of a rate may be just the usual one: two ways to one remedy."""
    experiment, recorded = rate_high()
    chosen = experiment.changed({"optimizer.learning_rate": usual(experiment) * times})
    offered = [finding.remedies for finding in diagnose(chosen, recorded).findings]
    assert any(remedies for remedies in offered)
    assert all(len({remedy.id for remedy in remedies}) == len(remedies) for remedies in offered)


@pytest.mark.parametrize("name", FIRES)
def test_every_remedy_gives_another_valid_experiment(name):
    experiment, kept = FIRES[name]()
    for finding in diagnose(experiment, kept).findings:
        ids = [remedy.id for remedy in finding.remedies]
        assert len(set(ids)) == len(ids)
        for remedy in finding.remedies:
            assert remedy.applied(experiment) != experiment
            assert remedy.label and remedy.price
            assert len(textwrap.wrap(f"9. {remedy.name}", LETTERS)) <= 2, "it stands beside a plot"
            json.dumps(remedy.change)


def test_a_symptom_of_few_replicas_is_watched_and_of_many_is_present():
    experiment, _ = dead()

    def share(ill: int) -> Diagnosis:
        kept = record(experiment, replicas=5, layers={"dead_share": [0.0, 0.0, None]})
        rows = [
            row | {"dead_share": 0.95} if row["replica"] < ill and row["layer"] == 1 else row
            for row in kept.tables["layers"].to_pylist()
        ]
        layers = pa.Table.from_pylist(rows, schema=kept.tables["layers"].schema)
        return diagnose(experiment, replace(kept, tables={**kept.tables, "layers": layers}))

    assert [(f.id, f.replicas) for f in share(1).watch] == [("dead_relu", (1, 5))]
    assert [(f.id, f.replicas) for f in share(4).findings] == [("dead_relu", (4, 5))]
    assert "in 4 of 5 trainings" in share(4).findings[0].message


def test_thresholds_can_be_changed_and_carry_unit_and_source():
    lax = diagnose(*dead(), Thresholds(dead_share=0.9, dead_share_watch=0.8))
    assert "dead_relu" in {f.id for f in diagnose(*dead()).findings} - {f.id for f in lax.findings}
    for name in Thresholds.model_fields:
        assert unit_of(name) and source_of(name)


def test_the_first_epochs_are_not_judged_on_update_ratios():
    hot = record(HEALTHY, epochs=3, state="running", layers={"update_ratio": 0.5})
    assert diagnose(HEALTHY, hot).findings == ()


def test_a_record_without_an_epoch_is_judged_by_its_settings():
    empty = replace(record(HEALTHY), tables={})
    assert diagnose(HEALTHY, empty).verdict.startswith("Nothing speaks against it")


def test_the_command_lines_json():
    experiment, kept = rate_low()
    said = diagnose_json(experiment.model_dump(mode="json"), kept)
    assert set(said[0]) == {"id", "zone", "layer", "epoch", "value", "threshold", "message", "remedies"}
    assert set(said[0]["remedies"][0]) == {"id", "label", "change"}
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert check_json(Experiment().model_dump(mode="json")) == []


def test_diagnosis_loads_neither_torch_nor_streamlit_nor_the_store():
    code = (
        "import sys, core.diagnosis.diagnose, core.diagnosis.command\n"
        "print(*{'torch', 'streamlit', 'sqlalchemy'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert loaded == []


def test_stuck_runs_of_a_stopped_replica_are_judged_until_it_stopped():
    still = {**STUCK, "active": [True] * 20 + [False] * 21}
    assert "plateau" in {f.id for f in diagnose(HEALTHY, record(HEALTHY, curves=still)).findings}


@pytest.mark.parametrize(
    ("numbers", "said"),
    [((3,), "layer 3"), ((2, 3), "layers 2 and 3"), ((1, 2, 3, 4), "layers 1 to 4"), ((2, 5, 7), "layers 2, 5 and 7")],
)
def test_layers_in_words(numbers, said):
    assert layers(numbers).replace("\u00a0", " ") == said
