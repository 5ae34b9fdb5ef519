"""What a record consists of: one Arrow schema per kind. Every row names its replica (0 for a single training).

Layers are numbered 1..L as a person counts them: layer L is the output layer, whose output is the logits or values.
A layer's "output" is what its activation (and skip) gives, before dropout; its "pre-activation" is what enters the
activation. NaN and infinity are kept as they are. `null` means "not measured here" (dead units of a tanh layer)."""

import numpy as np
import pyarrow as pa

Kind = str

_EPOCH = [pa.field("epoch", pa.int32()), pa.field("replica", pa.int16())]

EPOCHS = pa.schema(
    [
        *_EPOCH,  # epoch 0 is the state before the first step
        pa.field("batch_loss", pa.float64()),  # mean over the epoch's training batches, as they were met; null at 0
        pa.field("train_loss", pa.float64()),  # evaluation mode if the network has dropout or batch norm, else as met
        pa.field("validation_loss", pa.float64()),  # whole validation set, evaluation mode
        pa.field("train_score", pa.float64()),  # accuracy 0..1, or R² of a regression
        pa.field("validation_score", pa.float64()),
        pa.field("learning_rate", pa.float64()),
        pa.field("weight_decay", pa.float64()),
        pa.field("gradient_norm", pa.float64()),  # median over the epoch's steps of the whole gradient's norm
        pa.field("clipped_share", pa.float32()),  # share of the epoch's steps whose gradient was clipped
        pa.field("seconds", pa.float64()),  # training and validation of this epoch, recording included
        pa.field("recording_seconds", pa.float64()),  # of which recording, measured on the same clock
        pa.field("active", pa.bool_()),  # false from the epoch after which this replica stood still (early stopping)
    ]
)

STEPS = pa.schema(  # at most STEP_ROWS rows per replica: every n-th step, n said by the difference of `step`
    [
        *_EPOCH,
        pa.field("step", pa.int32()),  # 1 is the first update
        pa.field("batch_loss", pa.float32()),
        pa.field("gradient_norm", pa.float32()),
        pa.field("layer_gradient_norms", pa.list_(pa.float32())),  # of the weight gradient, layer 1..L
    ]
)

LAYERS = pa.schema(
    [
        *_EPOCH,
        pa.field("layer", pa.int16()),
        pa.field("weight_gradient_rms", pa.float64()),  # RMS over entries, median over the epoch's recorded steps
        pa.field("weight_gradient_norm", pa.float64()),  # norm, median over the epoch's recorded steps
        pa.field("output_gradient_rms", pa.float64()),  # RMS of d(mean batch loss)/d(output), last full batch
        pa.field("update_ratio", pa.float64()),  # ‖change in one step‖ ÷ ‖weights‖, median of sampled steps
        pa.field("weight_norm", pa.float64()),
        pa.field("weight_rms", pa.float64()),
        pa.field("activation_mean", pa.float64()),  # over units and all training rows as seen in the epoch
        pa.field("activation_std", pa.float64()),  # over units and rows together
        pa.field("unit_std", pa.float64()),  # RMS over units of each unit's spread over rows: 0 = collapsed
        pa.field("preactivation_mean", pa.float64()),  # over units and the rows of evenly sampled steps
        pa.field("preactivation_std", pa.float64()),
        pa.field("saturated_share", pa.float64()),  # of unit x row with |f'(z)| < FLAT_SLOPE of its maximum
        pa.field("dead_share", pa.float64()),  # of units never above 0 for any training row as seen in the epoch
        pa.field("frozen_share", pa.float64()),  # of units whose bias gradient was exactly 0 at every step of the epoch
        pa.field("zero_gradient_share", pa.float64()),  # of weight-gradient entries exactly 0, last recorded step
        pa.field("nan_count", pa.int64()),  # NaN among weights, weight gradient and output, last recorded step
        pa.field("infinite_count", pa.int64()),
    ]
)

UNITS = pa.schema(  # at most UNITS_KEPT units a layer (evenly picked), detail epochs only
    [
        *_EPOCH,
        pa.field("layer", pa.int16()),
        pa.field("unit", pa.list_(pa.int32())),  # which units
        pa.field("mean", pa.list_(pa.float32())),
        pa.field("std", pa.list_(pa.float32())),
        pa.field("saturated_share", pa.list_(pa.float32())),  # of the rows; null where not a saturating function
        pa.field("active_share", pa.list_(pa.float32())),  # of the rows with z above 0; null where it cannot die
    ]
)

HISTOGRAMS = pa.schema(  # replica 0, detail epochs only; bins of half an octave with sign, see recording/bins.py
    [
        *_EPOCH,
        pa.field("layer", pa.int16()),
        pa.field("quantity", pa.string()),  # weights, gradients, preactivations, activations
        pa.field("bins", pa.list_(pa.int16())),  # those that hold anything, ascending
        pa.field("counts", pa.list_(pa.int32())),  # of the numbers in each of them
    ]
)

OUTPUTS = pa.schema(  # detail epochs only; row order is that of ROWS with the same replica and split
    [
        *_EPOCH,
        pa.field("split", pa.string()),  # validation; test only at the end
        pa.field("answers", pa.list_(pa.float32())),  # [rows, classes] probabilities or [rows, values] in own unit
    ]
)

ROWS = pa.schema(  # once, before the first step
    [
        pa.field("replica", pa.int16()),
        pa.field("split", pa.string()),  # validation, test
        pa.field("row", pa.list_(pa.int32())),  # number of the row in the table as loaded
        pa.field("target", pa.list_(pa.float32())),  # class number, or value in its own unit (row-major if several)
    ]
)

BASELINES = pa.schema(  # once
    [
        pa.field("name", pa.string()),  # guess (majority class or mean), linear (logistic or ridge regression)
        pa.field("split", pa.string()),  # train, validation, test
        pa.field("loss", pa.float64()),  # in the run's own loss and, for a regression, standardised units
        pa.field("score", pa.float64()),
    ]
)

DOUBTS = pa.schema(  # once: what speaks for or against the validation score, see core/data/doubts.py
    [
        pa.field("name", pa.string()),  # explains, others_explain, copies, apart, shares, reached, contradicted …
        pa.field("column", pa.string()),  # the table's column it is about; empty where it is about none
        pa.field("value", pa.float64()),
    ]
)

EVENTS = pa.schema(
    [
        *_EPOCH,
        pa.field("step", pa.int32()),
        pa.field("layer", pa.int16()),  # null where it is not about a layer
        pa.field("event", pa.string()),  # first_nan, first_infinite, diverged, early_stopped, best_restored, paused, …
        pa.field("quantity", pa.string()),  # weights, gradients, outputs, loss; or the choice that was changed
        pa.field("value", pa.float64()),
        pa.field("message", pa.string()),
    ]
)

TESTS = pa.schema(  # once, at the end, with the weights that are kept
    [
        pa.field("replica", pa.int16()),
        pa.field("epoch", pa.int32()),  # epoch of the weights
        pa.field("split", pa.string()),  # train, validation, test
        pa.field("loss", pa.float64()),
        pa.field("score", pa.float64()),
        pa.field("rows", pa.int32()),
    ]
)

PREPARATION = pa.schema(  # once, before the first step
    [
        pa.field("fold", pa.int16()),  # one row that all replicas share, or one per fold, which is the replica's number
        pa.field("fitted", pa.string()),  # JSON, see Fitted.describe() in core/data/fitted.py
    ]
)

POINTS = pa.schema(  # once: the plane in which frames are drawn, and the rows that are drawn in it
    [
        pa.field("replica", pa.int16()),
        pa.field("split", pa.string()),  # train, validation
        pa.field("row", pa.list_(pa.int32())),  # number of the row in the table as loaded
        pa.field("x", pa.list_(pa.float32())),  # in the units of the plane's axes; y repeats x where it is a line
        pa.field("y", pa.list_(pa.float32())),
        pa.field("target", pa.list_(pa.float32())),  # class number, or value in its own unit
        pa.field("plane", pa.string()),  # JSON: see Plane.describe(), with side, values [lowest, highest]
    ]
)

FRAMES = pa.schema(  # replica 0, at most MOST_FRAMES epochs: what the network answers all over the plane
    [
        *_EPOCH,
        pa.field("answers", pa.binary()),  # class of every cell, top row first; 255: not a number
        pa.field("sure", pa.binary()),  # 0 even, 255 certain; of a regression the value from lowest to highest
        pa.field("curve", pa.list_(pa.float32())),  # of a line: its outputs [side, outputs]; else null
        pa.field("points", pa.list_(pa.float32())),  # answers to the drawn rows, train then validation
    ]
)

CHECKPOINTS = pa.schema(  # replica 0, at most MOST_FRAMES epochs and CHECKPOINT_BYTES in all
    [
        *_EPOCH,
        pa.field("weights", pa.list_(pa.float32())),  # parameters, then running statistics, in torch.nn's own order
    ]
)

PRETRAINING = pa.schema(  # before epoch 0, where hidden layers are pretrained: one row per layer and epoch of it
    [
        pa.field("replica", pa.int16()),
        pa.field("layer", pa.int16()),
        pa.field("epoch", pa.int32()),  # of this layer's pretraining, from 1
        pa.field("missed", pa.float64()),  # share of the spread of what enters the layer that it does not give back
        pa.field("missed_validation", pa.float64()),  # the same on validation rows
        pa.field("unit_std", pa.float64()),  # RMS over units of each unit's spread over rows
    ]
)

TIMES = pa.schema(  # recurrent layers, detail epochs only; lists have one entry per step of the sequence
    [
        *_EPOCH,
        pa.field("layer", pa.int16()),
        pa.field("quantity", pa.string()),  # state, cell, drive, or a gate's name
        pa.field("gradient", pa.list_(pa.float64())),  # RMS of d(mean batch loss)/d(quantity), last full batch
        pa.field("mean", pa.list_(pa.float32())),  # over rows and units; null for the drive
        pa.field("std", pa.list_(pa.float32())),  # RMS over units of their spread over rows: 0 = every row looks alike
        pa.field("saturated_share", pa.list_(pa.float32())),  # of rows x units; null where no function is flat
    ]
)

SEQUENCES = pa.schema(  # single validation rows of replica 0 from inside; few epochs, few units
    [
        *_EPOCH,
        pa.field("layer", pa.int16()),  # 0: what went in
        pa.field("quantity", pa.string()),  # input, state, cell, or a gate's name
        pa.field("row", pa.int32()),  # number of the row in the table as loaded
        pa.field("steps", pa.list_(pa.int16())),  # which steps, from 1
        pa.field("values", pa.list_(pa.float32())),  # [steps, units], flat
    ]
)

CODES = pa.schema(  # an autoencoder's first replica, detail epochs only; row order is that of ROWS, validation
    [
        *_EPOCH,
        pa.field("codes", pa.list_(pa.float32())),  # [rows, bottleneck], row after row
        pa.field("errors", pa.list_(pa.float32())),  # of each row: mean squared difference, in prepared units
        pa.field("shown", pa.list_(pa.int32())),  # places of the rows that are kept in full
        pa.field("given", pa.list_(pa.float32())),  # [shown, features] what entered, in prepared units
        pa.field("back", pa.list_(pa.float32())),  # [shown, features] what was given back
    ]
)

SCHEMAS: dict[Kind, pa.Schema] = {
    "epochs": EPOCHS,
    "steps": STEPS,
    "layers": LAYERS,
    "units": UNITS,
    "histograms": HISTOGRAMS,
    "outputs": OUTPUTS,
    "rows": ROWS,
    "baselines": BASELINES,
    "doubts": DOUBTS,
    "events": EVENTS,
    "tests": TESTS,
    "preparation": PREPARATION,
    "pretraining": PRETRAINING,
    "codes": CODES,
    "points": POINTS,
    "frames": FRAMES,
    "checkpoints": CHECKPOINTS,
    "times": TIMES,
    "sequences": SEQUENCES,
}

STEP_ROWS = 2_000
UNITS_KEPT = 256
ROWS_KEPT = 2_000
"""Validation rows whose outputs are recorded (evenly picked above that; our choice, bounds a record's size)."""

MOST_FRAMES = 50
"""Epochs of which pictures and weights are kept (our choice: 50 pictures are under 400 KiB on a page)."""
CHECKPOINT_BYTES = 8 * 2**20
"""Weights kept through a run, at most: those of a network of 40,000 parameters at 50 epochs, of one of a million before
the first step and at the end; larger networks keep none (our choice: a record stays a few megabytes)."""


def to_bytes(table: pa.Table) -> bytes:
    """An Arrow stream of one kind, compressed as a whole: ten times as fast for few rows as column by column."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    plain = sink.getvalue()
    return plain.size.to_bytes(_SIZE_BYTES, "little") + _ZSTD.compress(plain, asbytes=True)


def from_bytes(kind: Kind, batches: list[bytes]) -> pa.Table:
    """The rows of all batches of one kind, in order; an empty table where there is none."""
    tables = (pa.ipc.open_stream(_decompressed(batch)).read_all() for batch in batches)
    return pa.concat_tables([SCHEMAS[kind].empty_table(), *(_as_now(kind, table) for table in tables)])


def _as_now(kind: Kind, table: pa.Table) -> pa.Table:
    """Rows as they are kept now. Histograms were once kept with every bin from the first to the last that held
    anything: 450 on average, of which 34 did (measured on a run of 1,000 epochs and 50 layers)."""
    if kind != "histograms" or "first_bin" not in table.column_names:
        return table
    counts = table["counts"].combine_chunks()
    lengths, held = counts.value_lengths().to_numpy(), counts.flatten().to_numpy()
    rows = np.repeat(np.arange(len(lengths)), lengths)
    bins = np.arange(len(held)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    bins += np.repeat(table["first_bin"].to_numpy().astype(int), lengths)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows[held > 0], minlength=len(lengths)))])
    lists = [pa.ListArray.from_arrays(offsets.astype(np.int32), pa.array(part[held > 0])) for part in (bins, held)]
    table = table.select(["epoch", "replica", "layer", "quantity"])
    return table.append_column("bins", lists[0]).append_column("counts", lists[1]).cast(HISTOGRAMS)


_ZSTD = pa.Codec("zstd", compression_level=1)
_SIZE_BYTES = 8


def _decompressed(batch: bytes) -> pa.Buffer:
    size = int.from_bytes(batch[:_SIZE_BYTES], "little")
    return _ZSTD.decompress(memoryview(batch)[_SIZE_BYTES:], size)
