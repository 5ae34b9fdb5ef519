"""Embeddings of categories against torch.nn.Embedding written by hand, and all the way from a table to a prediction."""

import copy
import pickle

import numpy as np
import pyarrow as pa
import pytest
import torch
from safetensors.torch import load
from torch import nn
from torch.nn import functional

from core.choices.layers import EmbeddingLayer, Row
from core.choices.networks import Convolutional, Dense, Network
from core.choices.preparation import Preparation
from core.data.baselines import baselines
from core.data.fitted import Fitted
from core.data.prepare import prepare
from core.data.sample import as_table
from core.experiment import Experiment
from core.prediction import predicted
from core.recording.sink import MemorySink
from core.refusal import Refusal
from core.representation.inputs import attributions
from core.training.loop import train
from core.training.replicas import Replicas
from tests.training.twins import joint_sgd, separate_sgd

LEVELS, SIZE, NUMBERS, CLASSES, BATCH, STEPS = (7, 30), 3, 4, 3, 16, 50
SHAPE = Row(NUMBERS + len(LEVELS), LEVELS)
NETWORK = Dense.model_validate({"layers": [{"units": 9, "activation": "tanh"}], "embedding": {"size": SIZE}})


class Twin(nn.Module):
    """The same network as a person writes it in torch: one nn.Embedding for each category."""

    def __init__(self):
        super().__init__()
        self.first, self.second = (nn.Embedding(count, SIZE) for count in LEVELS)
        self.hidden, self.output = nn.Linear(NUMBERS + 2 * SIZE, 9), nn.Linear(9, CLASSES)

    def forward(self, x):
        places = x[:, NUMBERS:].long()
        vectors = [table(places[:, k]) for k, table in enumerate((self.first, self.second))]
        return self.output(torch.tanh(self.hidden(torch.cat([x[:, :NUMBERS], *vectors], 1))))


def numbers_of(twin, gradients=False):
    """The twin's parameters in the order of ours, whose one table holds those of all categories."""
    own = [p.grad if gradients else p for p in twin.parameters()]
    return [torch.cat(own[:2]), *own[2:]]


def built(seed, dtype):
    network = NETWORK.build(SHAPE, CLASSES, torch.Generator().manual_seed(seed)).to(dtype)
    twin, (table, *others) = Twin().to(dtype), network.parameters()
    with torch.no_grad():
        for mine, its in zip(twin.parameters(), [*table.split(LEVELS), *others], strict=True):
            mine.copy_(its)
    return network, twin


def rows(generator, dtype, count):
    codes = torch.stack([torch.randint(0, n, (BATCH,), generator=generator) for n in LEVELS * count]).view(
        count, 2, BATCH
    )
    return torch.cat([torch.randn(count, BATCH, NUMBERS, generator=generator, dtype=dtype), codes.mT.to(dtype)], 2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("replicas", [1, 3])
def test_trains_as_its_twin_in_torch_does(replicas, dtype):
    """Forward, gradients, and weights after 50 steps."""
    near = 1e-5 if dtype == torch.float32 else 1e-11
    plain, twins = zip(*(built(seed, dtype) for seed in range(replicas)), strict=True)
    together = Replicas(plain)
    assert together.layers[0].weight.shape == (replicas, sum(LEVELS), SIZE)
    separate, joint = separate_sgd(twins), joint_sgd(together)
    random = torch.Generator().manual_seed(3)
    for step in range(STEPS):
        x = rows(random, dtype, replicas)
        wanted = torch.randint(0, CLASSES, (replicas, BATCH), generator=random)
        outputs = together.walk(x)[-1]
        losses = functional.cross_entropy(outputs.flatten(0, 1), wanted.flatten(), reduction="none")
        losses.backward(torch.full_like(losses, 1 / BATCH))
        for r, twin in enumerate(twins):
            separate[r].zero_grad()
            found = twin(x[r])
            functional.cross_entropy(found, wanted[r]).backward()
            torch.testing.assert_close(outputs[r], found, rtol=near, atol=near)
            if step in (0, STEPS - 1):
                own = together.to_module(r, row=together.gradients[r]).parameters()
                for mine, its in zip(own, numbers_of(twin, gradients=True), strict=True):
                    torch.testing.assert_close(mine, its, rtol=10 * near, atol=near)
            separate[r].step()
        joint.step()
        together.gradients.zero_()
    for r, twin in enumerate(twins):
        for mine, its in zip(together.to_module(r).parameters(), numbers_of(twin), strict=True):
            torch.testing.assert_close(mine, its, rtol=near, atol=10 * near)


def test_a_level_that_was_never_seen_is_a_vector_of_zeros_and_learns_nothing():
    network, _ = built(0, torch.float64)
    x = rows(torch.Generator().manual_seed(0), torch.float64, 1)[0]
    x[:, NUMBERS] = -1
    outputs = network.walk(x)[1]
    assert torch.equal(outputs[:, NUMBERS : NUMBERS + SIZE], torch.zeros(BATCH, SIZE, dtype=torch.float64))
    outputs.sum().backward()
    assert not network.parts["embedding_levels"].weight.grad[: LEVELS[0]].any()


def test_shape_parameters_and_widths_are_those_of_the_built_network():
    made = NETWORK.build(SHAPE, CLASSES, torch.Generator())
    assert NETWORK.parameters(SHAPE, CLASSES) == sum(p.numel() for p in made.parameters())
    assert NETWORK.widths(SHAPE, CLASSES) == [6, NUMBERS + 2 * SIZE, 9, CLASSES]
    assert [block.name for block in made.blocks] == ["layer 1", "layer 2", "output"]
    assert NETWORK.line() == ["3 per level", "9"]
    for same in (copy.deepcopy(SHAPE), pickle.loads(pickle.dumps(SHAPE))):
        assert same == (6,) and same.levels == LEVELS


@pytest.mark.parametrize(
    "network, shape, words",
    [
        (Dense(), SHAPE, "only an embedding reads"),
        (NETWORK, (6,), "nothing to look up"),
        (Network.model_validate({}), SHAPE, "only an embedding reads"),
        (Convolutional(), SHAPE, "needs pictures"),
        (NETWORK.model_copy(update={"pretraining": Dense.model_validate({"pretraining": "autoencoders"}).pretraining}),
         SHAPE, "not pretrained"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_said_in_words(network, shape, words):
    assert any(words in problem.message for problem in network.problems(shape, "classification"))


def cities(rows=600, count=60):
    """Rent that goes by the city, of which there are many, and by the size; few houses have a colour."""
    draw = np.random.default_rng(0)
    city, size = draw.integers(0, count, rows), draw.normal(80, 20, rows)
    worth = draw.normal(0, 300, count)
    rent = 500 + worth[city] + 4 * size + draw.normal(0, 20, rows)
    names = np.array([f"city {k}" for k in range(count)], dtype=object)[city]
    names[draw.random(rows) < 0.02] = None
    colour = draw.choice(["red", "blue"], rows)
    return as_table(pa.table({"city": pa.array(names), "size": size, "colour": colour, "rent": rent}))


TREE = {
    "data": {"kind": "table", "table": "t", "target": "rent"},
    "loss": "squared_error",
    "preparation": {"embed_over": 10},
    "network": {"layers": [{"units": 16}], "embedding": {"size": 5}},
    "optimizer": {"kind": "adam", "learning_rate": 0.02},
    "training": {"epochs": 60, "batch_size": 32},
}


def trained(**changes):
    experiment = Experiment.model_validate(TREE).changed(changes)
    sample = experiment.data.load(lambda _: cities())
    ready = prepare(sample, experiment.split, experiment.preparation, experiment.training.replicas)
    sink = MemorySink()
    train(experiment, ready.splits, sink)
    return experiment, ready, sink


def test_many_levels_enter_as_numbers_and_few_as_columns():
    _, ready, sink = trained()
    splits = ready.splits
    assert list(splits.input_names) == ["size", "colour = blue", "colour = red", "city"]
    assert splits.shape.levels == (len(ready.steps[0].embedded[0]["levels"]),) and splits.shape.levels[0] > 50
    codes = splits.inputs[0][:, -1]
    assert np.array_equal(codes, np.round(codes)) and codes.min() >= -1 and codes.max() < splits.shape.levels[0]
    found = {row["layer"]: row for row in sink.table("layers").to_pylist() if row["epoch"] == 60}
    assert sink.meta["layers"][0]["kind"] == "embedding" and sink.meta["layers"][0]["name"] == "layer 1"
    assert all(np.isfinite(found[n]["weight_gradient_rms"]) and found[n]["weight_gradient_rms"] > 0 for n in (1, 2, 3))
    assert sink.meta["layers"][0]["parameters"] == splits.shape.levels[0] * 5


def test_it_learns_what_a_level_is_worth():
    """As well as a line that sees a column for each city, and far better than without the city."""
    experiment, ready, sink = trained()
    score = [row["validation_score"] for row in sink.table("epochs").to_pylist()][-1]
    line = next(
        b.score for b in baselines(ready.splits, experiment.loss) if (b.name, b.split) == ("linear", "validation")
    )
    without = trained(**{"preparation": {}, "network.embedding": None, "data.columns": ["size", "colour"]})[2]
    alone = [row["validation_score"] for row in without.table("epochs").to_pylist()][-1]
    assert line > 0.8 and score > line - 0.1 and score > alone + 0.4


def test_folds_and_seeds_train_together():
    for changes in ({"split": {"kind": "folds", "folds": 3}}, {"training.replicas": 3}):
        _, ready, sink = trained(**changes, **{"training.epochs": 2})
        assert len({row["replica"] for row in sink.table("epochs").to_pylist()}) == 3
        assert ready.splits.input_names[-1] == "city"
        assert ready.steps[0].levels[0] == max(len(step.embedded[0]["levels"]) for step in ready.steps)


def test_new_rows_are_predicted_as_in_training_and_unknown_ones_have_a_stated_answer():
    experiment, ready, sink = trained()
    fitted = Fitted.from_description(ready.steps[0].describe())
    assert fitted.row.levels == ready.splits.shape.levels
    weights = sink.weights[0, "last"][1]
    table = cities().data
    numbers = ready.splits.validation[0][:20]
    given = table.select(["city", "size", "colour"]).take(ready.splits.rows[numbers]).to_pylist()
    said = predicted(experiment, fitted, weights, [*given, {"city": "Atlantis", "size": 80.0, "colour": "red"}])
    outputs = [row for row in sink.table("outputs").to_pylist() if row["split"] == "validation"][-1]
    np.testing.assert_allclose(said["predictions"][:20], outputs["answers"][:20], rtol=1e-4)
    assert "'Atlantis', never seen in training: it counts as none of the levels" in said["notes"][20][0]
    assert np.isfinite(said["predictions"][20])


def test_noise_leaves_the_numbers_of_levels_alone_and_mixup_is_refused():
    _, _, sink = trained(**{"regularisation.input_noise": 0.5, "training.epochs": 2})
    assert np.isfinite([row["train_loss"] for row in sink.table("epochs").to_pylist()]).all()
    with pytest.raises(Refusal, match="cannot be mixed"):
        trained(**{"regularisation.mixup": 0.2})


def test_without_an_embedding_the_network_is_refused_before_training():
    with pytest.raises(Refusal, match="only an embedding reads"):
        trained(**{"network.embedding": None})


def test_the_choice_is_off_unless_asked_for():
    assert Preparation().embed_over is None and EmbeddingLayer().size == 4
    ready = prepare(
        Experiment.model_validate(TREE).data.load(lambda _: cities()), Experiment().split, Preparation(most_levels=100)
    )
    assert ready.splits.shape == (ready.splits.features,) and not ready.steps[0].levels


def test_attributions_of_a_level_go_through_its_vector():
    """Completeness (Sundararajan 2017) holds, and the city brings most."""
    experiment, ready, sink = trained()
    network = experiment.network.build(ready.splits.shape, 1, torch.Generator())
    network.load_state_dict(load(sink.weights[0, "last"][1]))
    found = attributions(network.eval(), ready.splits, ready.splits.validation[0][:50])
    assert found["values"].shape == (50, ready.splits.features)
    np.testing.assert_allclose(found["values"].sum(1), found["whole"], atol=0.02)
    size = np.abs(found["values"]).mean(0)
    assert size[-1] == size.max() and any("for an embedding" in note for note in ready.splits.notes)
