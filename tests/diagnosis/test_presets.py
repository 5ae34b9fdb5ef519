"""Every preset is trained for real and diagnosed: the broken ones hear their own fault, first and alone."""

import pytest

from core.choices.presets import BROKEN, HEALTHY
from core.data.prepare import prepare
from core.diagnosis.diagnose import diagnose
from core.recording.sink import MemorySink
from core.running.worker import baseline_table, doubt_table
from core.training.loop import train
from tests.diagnosis.records import Record


def diagnosed(experiment):
    """What the diagnosis says of a run of this experiment, recorded as a worker records it."""
    splits = prepare(experiment.data.load(None), experiment.split, experiment.preparation).splits
    sink = MemorySink()
    ended = train(experiment, splits, sink)
    tables = {**sink.tables(), "baselines": baseline_table(splits, experiment), "doubts": doubt_table(splits)}
    return diagnose(experiment, Record(sink.meta, ended.outcome, tables))


@pytest.mark.slow
@pytest.mark.parametrize("preset", BROKEN, ids=lambda preset: preset.key)
def test_a_broken_preset_hears_its_own_fault_and_no_other_cause(preset):
    found = diagnosed(preset.experiment)
    assert [cause.id for cause in found.causes] == [preset.symptom]
    assert found.causes[0].remedies


@pytest.mark.slow
@pytest.mark.parametrize("preset", HEALTHY, ids=lambda preset: preset.key)
def test_a_healthy_preset_hears_that_nothing_is_wrong(preset):
    assert diagnosed(preset.experiment).findings == ()
