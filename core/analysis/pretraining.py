"""Layer-wise pretraining: what each hidden layer gave back of what enters it, before the network's first step."""

import pandas as pd

from core.analysis.record import Record
from core.analysis.wording import Headline, firm, percent

KINDS = {"boltzmann": "a Boltzmann machine", "autoencoders": "an autoencoder"}


def progress(record: Record) -> pd.DataFrame:
    """What is given back, layer after layer: layer, epoch (of its own pretraining), turn (over all layers, from 1),
    median, low, high over replicas (shares, of validation rows), spread (of its units over rows)."""
    columns = ["layer", "epoch", "turn", "median", "low", "high", "spread"]
    table = record.frame("pretraining")
    if not len(table):
        return pd.DataFrame(columns=columns)
    grouped = table.assign(given=1 - table["missed_validation"]).groupby(["layer", "epoch"])
    found = grouped.agg(
        median=("given", "median"), low=("given", "min"), high=("given", "max"), spread=("unit_std", "median")
    ).reset_index()
    return found.assign(turn=range(1, len(found) + 1))[columns]


def headline(record: Record, kind: str) -> Headline:
    """What pretraining reached, in a sentence."""
    table = progress(record)
    if not len(table):
        return Headline("Nothing has been pretrained yet.")
    last = table.groupby("layer").tail(1)
    worst = last.loc[last["median"].idxmin()]
    number = len(last)
    layers = f"{number} layers" if number > 1 else "one layer"
    said = f"Before the first step, {layers} learned by themselves, each as {KINDS[kind]}: they give back at least "
    lowest = firm(percent(float(worst["median"])))
    return Headline(said, lowest, f" of what tells rows apart (layer {int(worst['layer'])}).")
