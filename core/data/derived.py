"""Inputs derived from the two columns of a drawn or generated table: squares, product and sines, as TensorFlow
Playground offers them (its plane reaches to 6 where ours reaches to 1, hence the 6 in the sines)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.data.sample import Sample

PLAIN = ("x", "y")


def derived(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every column that can enter the network, from x and y [rows]."""
    x, y = values["x"], values["y"]
    return {"x": x, "y": y, "x²": x * x, "y²": y * y, "x·y": x * y, "sin 6x": np.sin(6 * x), "sin 6y": np.sin(6 * y)}


def with_inputs(sample: Sample, inputs: Sequence[str]) -> Sample:
    """The sample with these columns as its inputs; x and y stay in the table, for pictures. inputs: names of `derived`,
    the two plain ones if there are none."""
    chosen = tuple(dict.fromkeys(inputs)) or PLAIN
    if chosen == PLAIN:
        return sample
    import pyarrow as pa

    from core.data.sample import as_table

    data = sample.table.data
    values = derived({name: data.column(name).to_numpy() for name in PLAIN})
    columns = {name: data.column(name) if name in PLAIN else pa.array(values[name]) for name in (*PLAIN, *chosen)}
    table = as_table(pa.table(columns | {name: data.column(name) for name in sample.targets}))
    return replace(sample, table=table, inputs=chosen, named=True)
