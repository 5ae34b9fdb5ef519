"""A remedy is proven by trainings, not by words: what helps is told from what does not."""

from dataclasses import replace

import pytest

from core.analysis.compare import Arm, dots
from core.analysis.paired import differences
from core.analysis.proof import headline, proof
from core.analysis.record import Record
from core.choices.presets import PRESETS
from core.diagnosis.diagnose import diagnose
from core.diagnosis.finding import Remedy
from core.recording.schemas import SCHEMAS, from_bytes
from core.running.process import this_process
from core.running.worker import execute
from core.settings import Settings
from core.store import open_store
from core.studies import LEAST_SEEDS, OTHER_SEEDS, expand, remedy_study

USELESS = Remedy("useless", "Another batch size", {"training.batch_size": 40})
RUINOUS = Remedy("ruinous", "A rate of 100", {"optimizer.learning_rate": 100.0})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Twelve sigmoid layers: the finding, the remedies and every arm of their study, trained."""
    chosen = Settings(home=tmp_path_factory.mktemp("proof") / "home")
    store = open_store(chosen)

    def train(experiment):
        run = store.queue("ada", experiment.model_dump(mode="json"), process=this_process())
        execute(store, run, chosen)
        ended = store.run(run, "ada")
        batches = {kind: store.records(run, kind, owner="ada")[0] for kind in SCHEMAS}
        tables = {kind: from_bytes(kind, parts) for kind, parts in batches.items() if parts}
        return experiment, Record(ended.meta, ended.state, tables)

    sick = PRESETS["deep_sigmoid"].experiment
    (cause,) = diagnose(*train(sick)).causes
    helps = next(remedy for remedy in cause.remedies if remedy.id == "skip")
    arms = expand(remedy_study(sick, [helps, USELESS, RUINOUS]))
    yield cause, arms, [train(arm) for _, arm in arms]
    store.close()


def test_the_study_holds_before_placebo_and_after_with_one_budget(trained):
    _, arms, _ = trained
    training = [arm.training for _, arm in arms]
    assert [t.seed for t in training] == [0, OTHER_SEEDS, 0, 0, 0]
    assert {t.replicas for t in training} == {LEAST_SEEDS} and {t.epochs for t in training} == {20}


def test_a_remedy_that_works_is_said_to_work(trained):
    cause, _, runs = trained
    made = proof(cause, runs[:2], runs[2])
    assert cause.id == "vanishing_gradient" and made.works and made.is_gone and made.is_better and not made.new
    assert made.before < 0.2 and made.after > 0.8 and made.seeds == LEAST_SEEDS
    assert headline([made]).text.startswith("It works: from 1")


def test_a_remedy_that_does_nothing_is_said_not_to_help(trained):
    cause, _, runs = trained
    made = proof(cause, runs[:2], runs[3])
    assert not made.works and not made.is_gone and not made.is_better
    assert headline([made]).text.startswith("This remedy did not help")
    assert made.outcome < proof(cause, runs[:2], runs[2]).outcome, "what works comes first"


def test_a_remedy_that_ruins_is_never_said_to_work(trained):
    cause, _, runs = trained
    made = proof(cause, runs[:2], runs[4])
    assert not made.works and not made.is_better


def test_remedies_of_one_outcome_are_told_in_one_sentence(trained):
    cause, _, runs = trained
    made = replace(proof(cause, runs[:2], runs[2]), before=0.1, after=0.95, seconds_before=2.4, seconds_after=1.4)
    both = [made, replace(made, after=0.97, seconds_after=6.6)]
    assert _said(headline(both)) == "They work: from 10 % to 95 % and 97 %."
    stays = [replace(one, is_gone=False) for one in both]
    assert _said(headline(stays)) == "The score rose, the symptom stayed: 10 % before, 95 % and 97 % after."
    other = headline([replace(one, new=(name,)) for one, name in zip(both, ("Dead units", "Dead units"), strict=True)])
    assert _said(other).startswith("The score rose, but something else came") and other.note == "New: dead units."


def _said(headline):
    return headline.text.replace("\xa0", " ").replace("\u202f", " ")


def test_differences_are_paired_by_seed(trained):
    _, _, runs = trained
    arms = [Arm("before", (runs[0][1],)), Arm("after", (runs[2][1],)), Arm("other seeds", (runs[1][1],))]
    table = differences(arms)
    assert list(table["Arm"]) == ["after"] and table["Better in"].iloc[0] == "3 of 3 seeds"
    values = dots(arms[:2]).pivot(index="seed", columns="arm", values="value")
    expected = 100 * (values["after"] - values["before"]).median()
    assert table["Difference, median"].iloc[0].startswith(f"+{expected:.1f}")
