"""Our own networks as a recorder sees them."""

from core.recording.watched import Watched, WatchedLayer, flat_values
from core.training.recurrent import Unrolled
from core.training.replicas import Replicas


def watched(network: Replicas) -> Watched:
    """The network's layers with their columns and places. Nothing is copied."""
    layers = []
    for block in network.blocks:
        shifting = block.linear if block.normalisation is None else block.normalisation
        holder = block.linear if block.turns is None else block.turns
        own = [cut for (part, name), cut in network.columns.items() if part == holder and name[:6] == "weight"]
        layers.append(
            WatchedLayer(
                name=block.name,
                units=block.units,
                inputs=block.inputs,
                weights=slice(own[0].start, own[-1].stop),
                bias=network.columns.get((shifting, "bias")),
                preactivation=block.preactivation,
                activated=block.output if block.activation is None else block.activation + 1,
                output=block.output,
                can_die=block.chosen is not None and block.chosen.can_die,
                flat=flat_values(block.chosen),
                axis=block.axis,
                unrolled=layer if isinstance(layer := network.layers[block.linear], Unrolled) else None,
            )
        )
    shifts = [columns for (_, name), columns in network.columns.items() if name.startswith("bias")]
    return Watched(tuple(layers), network.weights, network.gradients, slice(shifts[0].start, shifts[-1].stop))
