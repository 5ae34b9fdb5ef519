"""Own points, derived inputs, and the link that carries a whole setting."""

import base64
import json
import zlib

import numpy as np
import pytest
from pydantic import ValidationError

from core.choices.drawn import FIRST_POINTS, Drawn
from core.choices.tables import Bullseye
from core.data.prepare import prepare
from core.experiment import Experiment
from core.refusal import Refusal
from core.running.planes import usual_plane
from core.sharing import packed, unpacked


def test_what_was_drawn_is_the_table():
    table = Drawn().load().table.data
    assert np.allclose(np.stack([table["x"], table["y"]], 1), [point[:2] for point in FIRST_POINTS])
    assert table["class"].to_pylist() == ["AB"[point[2]] for point in FIRST_POINTS]


def test_noise_moves_points_and_nothing_else():
    still, moved = Drawn().load().table.data, Drawn(noise=0.5, seed=1).load().table.data
    off = np.array(moved["x"]) - np.array(still["x"])
    assert 0.3 < off.std() < 0.7 and moved["class"] == still["class"]


@pytest.mark.parametrize(
    "points", [[(0, 0, 0)] * 30, [(0, 0, 0), (1, 1, 1)], [(2, 0, 0), (0, 0, 1)] * 20, [(0, 0, 7), (0, 0, 1)] * 20]
)
def test_points_of_one_class_too_few_or_beyond_the_plane_are_refused(points):
    with pytest.raises(ValidationError):
        Drawn(points=points)


def test_derived_inputs_are_their_formulas():
    sample = Bullseye(inputs=("x²", "y²", "x·y", "sin 6x", "sin 6y")).load()
    data = {name: np.array(sample.table.data[name]) for name in sample.table.data.column_names if name != "class"}
    x, y = data["x"], data["y"]
    assert sample.inputs == ("x²", "y²", "x·y", "sin 6x", "sin 6y")
    assert np.allclose(data["x²"], x**2) and np.allclose(data["y²"], y**2) and np.allclose(data["x·y"], x * y)
    assert np.allclose(data["sin 6x"], np.sin(6 * x)) and np.allclose(data["sin 6y"], np.sin(6 * y))


def test_a_picture_of_derived_inputs_is_drawn_in_the_plane_of_x_and_y():
    experiment = Experiment.model_validate({"data": {"kind": "bullseye", "inputs": ["x²", "y²"]}})
    ready = prepare(experiment.data.load(), experiment.split, experiment.preparation, 1)
    plane = usual_plane(experiment, ready, lambda _: None)
    assert plane.names == ("x", "y") and ready.splits.features == 2
    assert np.allclose(plane.fill(plane.place), ready.splits.inputs[0], atol=1e-4)


def test_a_link_restores_the_whole_setting():
    tree = {"data": {"kind": "points", "noise": 0.2, "inputs": ["x", "sin 6y"]}, "training": {"epochs": 7},
            "network": {"layers": [{"units": 3, "activation": "tanh"}]}, "name": "ä € 名"}  # fmt: skip
    experiment = Experiment.model_validate(tree)
    assert unpacked(packed(experiment)) == experiment
    full = [(round(np.cos(k) * 0.9, 3), round(np.sin(k) * 0.9, 3), k % 4) for k in range(400)]
    assert len(packed(Experiment.model_validate({"data": {"kind": "points", "points": full}}))) < 15_000


def bomb():
    return base64.urlsafe_b64encode(zlib.compress(b"[" * 50_000_000, 9)).decode()


def broken(tree):
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(tree).encode())).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    ["", "x", "====", "a" * 20_000, broken({"data": "nonsense"}), broken([1]), broken({"training": {"epochs": -1}}),
     broken({"data": {"kind": "file", "path": "/x"}}), bomb()],
)  # fmt: skip
def test_a_broken_link_is_refused_in_a_sentence(text):
    with pytest.raises(Refusal):
        unpacked(text)
