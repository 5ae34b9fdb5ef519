"""Orders reach the worker of the run they are for, once and in order; a stranger's and a late one do not."""

from core.running.control import Control
from core.settings import settings
from core.store.model import Process


def test_orders_are_heard_once_and_in_order(store):
    run = store.queue("ada", {}, process=Process("here", 1, "now"))
    other = store.queue("ada", {}, process=Process("here", 1, "now"))
    assert store.order(run, "ada", {"kind": "change", "learning_rate": 0.1})
    assert store.order(other, "ada", {"kind": "change", "learning_rate": 9.0})
    assert store.order(run, "ada", {"kind": "advance", "by": "step"})
    assert not store.order(run, "eve", {"kind": "change", "learning_rate": 5.0})
    found, heard = store.orders(run)
    assert found == [{"kind": "change", "learning_rate": 0.1}, {"kind": "advance", "by": "step"}]
    assert store.orders(run, heard) == ([], heard)
    store.finish(run, "finished")
    assert not store.order(run, "ada", {"kind": "change", "learning_rate": 0.1})
    assert store.delete(run, "ada")
    assert store.orders(run) == ([], 0)


def test_the_worker_is_told_what_is_sound_and_nothing_else(store):
    run = store.queue("ada", {}, process=Process("here", 1, "now"))
    control = Control(store, run, sink=None, chosen=settings())
    store.order(run, "ada", {"kind": "change", "learning_rate": -1})
    store.order(run, "ada", {"kind": "mischief"})
    store.order(run, "ada", {"kind": "change", "dropout": 0.2})
    heard = control.orders()
    assert [order.model_dump(exclude_none=True) for order in heard] == [{"kind": "change", "dropout": 0.2}]
    assert control.orders() == []
