"""What is said of the machine."""

from tools.bench.machine import machine


def test_the_machine_is_described() -> None:
    """Cores, model, memory, kernel and Python, each with something in it."""
    told = machine()
    assert list(told) == ["cores", "model", "memory_gib", "kernel", "python"]
    assert all(told.values())
