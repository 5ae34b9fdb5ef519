"""Treat until healthy: what helps is kept, what does not is left, and it ends for a reason that is said."""

from core.analysis.record import Record
from core.analysis.treatment import headline, path
from core.experiment import Experiment
from core.running import treatment
from core.settings import Settings
from core.store import open_store
from tests.diagnosis.records import record
from tests.diagnosis.test_rules import STUCK

SICK = Experiment().changed({"optimizer.learning_rate": 1e-6})


def stuck(experiment: Experiment) -> Record:
    made = record(experiment, replicas=3, curves=STUCK, layers={"update_ratio": 1e-6})
    return Record(made.meta, made.state, made.tables)


def well(experiment: Experiment) -> Record:
    made = record(experiment, replicas=3)
    return Record(made.meta, made.state, made.tables)


def test_it_begins_with_the_network_as_it_is_and_three_seeds():
    found = path(SICK, [], 8)
    assert found.step == SICK.changed({"training.replicas": 3, "name": "Unchanged"}) and found.ending is None


def test_the_first_remedy_of_the_first_cause_comes_first_and_is_kept_where_it_helps():
    unchanged = path(SICK, [], 8).step
    found = path(SICK, [(unchanged, stuck(unchanged))], 8)
    assert found.step.optimizer.learning_rate == 0.003 and found.ending is None
    ended = path(SICK, [(unchanged, stuck(unchanged)), (found.step, well(found.step))], 8)
    assert ended.ending == "healthy" and ended.step is None and ended.best == found.step
    assert [one.kept for one in ended.tried] == [True, True] and ended.tried[1].is_gone
    assert headline(ended, 8).text.startswith("Healthy: nothing is wrong any more. From 34")


def test_what_does_not_help_is_left_and_the_next_starts_from_what_was_kept():
    first = path(SICK, [], 8).step
    trained = [(first, stuck(first))]
    tried = []
    for _ in range(2):
        step = path(SICK, trained, 8).step
        trained.append((step, stuck(step)))
        tried.append(step.optimizer.learning_rate)
    found = path(SICK, trained, 8)
    assert [one.kept for one in found.tried] == [True, False, False]
    assert found.step.optimizer.learning_rate not in tried and found.best == first


def test_a_spent_budget_ends_it_and_names_what_is_left():
    first = path(SICK, [], 2).step
    trained = [(first, stuck(first))]
    step = path(SICK, trained, 2).step
    found = path(SICK, [*trained, (step, stuck(step))], 2)
    assert found.ending == "spent" and found.step is None
    said = headline(found, 2)
    assert "the budget is spent" in said.text and "the learning rate is too low" in said.note


def test_nothing_left_to_try_ends_it_too():
    trained = []
    found = path(SICK, trained, 40)
    while found.ending is None:
        trained.append((found.step, stuck(found.step)))
        found = path(SICK, trained, 40)
    assert found.ending == "nothing left" and len(trained) > 3


def test_in_the_store_it_queues_one_training_at_a_time_within_its_budget(tmp_path):
    chosen = Settings(home=tmp_path / "home")
    store = open_store(chosen)
    root = store.run(store.queue("ada", SICK.model_dump(mode="json"), "sick"), "ada")
    treatment.begin(store, "ada", root, 3, chosen)
    (queued,) = treatment.runs(store, "ada", root.id)
    assert queued.experiment["training"]["replicas"] == 3 and queued.state == "queued"
    treatment.go_on(store, "ada", queued.study, chosen)
    assert len(treatment.runs(store, "ada", root.id)) == 1, "one at a time"
    treatment.end(store, "ada", root.id)
    treatment.go_on(store, "ada", queued.study, chosen)
    assert [run.state for run in treatment.runs(store, "ada", root.id)] == ["stopped"], "what was ended stays ended"
    treatment.begin(store, "ada", root, 3, chosen)
    assert [run.state for run in treatment.runs(store, "ada", root.id)] == ["stopped", "queued"]
    store.close()
