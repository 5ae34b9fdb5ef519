"""One click with the proposed experiment does as well as scikit-learn's own networks, within the spread over splits."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor
from threadpoolctl import threadpool_limits

from core.choices.defaults import default_experiment
from core.choices.preparation import Preparation, Split
from core.choices.tables import TABLES
from core.data.prepare import prepare
from core.data.sample import as_table, chosen
from core.recording.sink import MemorySink
from core.training.loop import train

SPLITS = 4
MPG = Path(__file__).parent / "files" / "mpg.csv"
FIGURES = {
    "moons": 0.93,
    "circles": 0.95,
    "bullseye": 0.98,
    "spirals": 0.97,
    "xor": 0.87,
    "gaussians": 0.93,
    "blobs": 0.96,
    "plane": 0.97,
    "bumpy": 0.90,
    "sine": 0.95,
    "friedman": 0.90,
}
"""Test score that the proposed experiment reaches: what noise leaves possible, less a little (measured)."""


def loaded(kind):
    if kind != "mpg":
        return TABLES[kind](), TABLES[kind]().load()
    from pyarrow import csv

    return None, chosen(as_table(csv.read_csv(MPG)), "mpg")


def reached(experiment, splits):
    """Test score of a run with the weights that it keeps."""
    summary = train(experiment, splits, MemorySink(), device="cpu")
    assert summary.outcome in ("finished", "stopped")
    return summary.test_score.median


def reference(splits, seed):
    """scikit-learn's network with its own defaults, on the training and validation rows together."""
    rows = np.concatenate([splits.train[0], splits.validation[0]])
    kind = MLPClassifier if splits.classes else MLPRegressor
    targets = splits.targets if splits.classes else splits.targets[:, 0]
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        model = kind(random_state=seed).fit(splits.inputs[0][rows], targets[rows])
    return model.score(splits.inputs[0][splits.test[0]], targets[splits.test[0]])


@pytest.mark.parametrize("kind", ["iris", "wine", "breast_cancer", "digits", "diabetes", "penguins", "mpg"])
def test_defaults_reach_sklearn_within_the_spread(kind):
    torch.set_num_threads(1)
    data, sample = loaded(kind)
    experiment = default_experiment(data or TABLES["iris"](), sample)
    ours, theirs = [], []
    for seed in range(SPLITS):
        splits = prepare(sample, Split(seed=seed), Preparation()).splits
        ours.append(reached(experiment.changed({"split.seed": seed, "training.seed": seed}), splits))
        theirs.append(reference(splits, seed))
    row = 1 / len(splits.test[0]) if splits.classes else 0.01
    spread = max(np.std(theirs, ddof=1), row)
    print(f"{kind}: ours {np.mean(ours):.3f}, theirs {np.mean(theirs):.3f} ± {spread:.3f}")
    rounding = 1e-9  # one row more or less makes exactly the spread
    assert np.mean(ours) >= np.mean(theirs) - spread - rounding, f"ours {ours}, theirs {theirs}"


@pytest.mark.parametrize("kind", FIGURES)
def test_defaults_do_well_on_generated_tables(kind):
    torch.set_num_threads(1)
    data = TABLES[kind](rows=1000)
    experiment = default_experiment(data)
    splits = prepare(data.load(), experiment.split, experiment.preparation).splits
    assert reached(experiment, splits) >= FIGURES[kind]


@pytest.mark.parametrize("kind", ["iris", "digits", "spirals", "friedman"])
def test_a_loaded_sample_changes_nothing(kind):
    data = TABLES[kind]()
    assert default_experiment(data, data.load()) == default_experiment(data)


def test_large_tables_get_larger_batches():
    small, large = (default_experiment(TABLES["moons"](rows=rows)) for rows in (500, 100_000))
    assert (small.training.batch_size, large.training.batch_size) == (32, 512)
    assert large.training.epochs == 20
