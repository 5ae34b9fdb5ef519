"""Experiments on sequences: one that forgets, one that runs away through time, one that remembers."""

from core.choices.initialisations import GlorotUniform, Orthogonal
from core.choices.networks import Recurrent
from core.choices.optimizers import SGD, Momentum
from core.choices.preset import Preset, preset
from core.choices.recurrences import IdentityRecurrence
from core.choices.recurrent import ElmanLayer, LSTMLayer
from core.choices.sequence_tables import Delay, Frequencies
from core.choices.training import Training

DELAY = Delay(length=40)
LEARNS = Momentum(learning_rate=0.1)
"""No rate of its own for each weight, so that a gradient that has faded stays faded."""
EPOCHS = 20

SEQUENCES_BROKEN: tuple[Preset, ...] = (
    preset(
        "elman_forgets",
        "A symbol forty steps ago",
        "At every step back through time half of the gradient is lost: after forty, a billionth of a thousandth "
        "reaches the step that said the symbol.",
        "rnn_vanishing_through_time",
        data=DELAY,
        network=Recurrent(layers=(ElmanLayer(recurrence=Orthogonal(gain=0.5)),)),
        optimizer=LEARNS,
        training=Training(epochs=EPOCHS, clip_norm=1.0),
    ),
    preset(
        "runs_away_through_time",
        "Growing at every step",
        "What goes from step to step is multiplied by 1.3 each time: after forty steps by thirty thousand, and the "
        "gradient with it. Nothing clips it.",
        "exploding_gradient",
        data=Frequencies(length=40),
        network=Recurrent(
            layers=(ElmanLayer(function="relu", recurrence=IdentityRecurrence(gain=1.3)),),
            initialisation=GlorotUniform(),
        ),
        optimizer=SGD(learning_rate=0.01),
        training=Training(epochs=15),
    ),
)

SEQUENCES_HEALTHY: tuple[Preset, ...] = (
    preset(
        "lstm_remembers",
        "A symbol forty steps ago, remembered",
        "The same question to an LSTM: its cell carries the symbol past every gate, and the gradient comes back whole.",
        None,
        data=DELAY,
        network=Recurrent(layers=(LSTMLayer(),)),
        optimizer=LEARNS,
        training=Training(epochs=EPOCHS, clip_norm=1.0),
    ),
)
