"""Faults of corrections."""

from __future__ import annotations

from tests.areas import bill, price
from tests.breaking import past_the_guards, run_sql
from tests.corrections import adjust, approve, ask
from tests.plants.planting import CHECK_CONSTRAINT, plant
from tests.scene import Scene
from tests.voids import ask as ask_to_void


def _lowered(scene: Scene) -> None:
    """A sound correction that took 5.00 off the open charge."""
    adjust(scene.cast, scene.charges["open"], "35")


def _raised(scene: Scene) -> None:
    """A sound correction that added 5.00 to the open charge."""
    adjust(scene.cast, scene.charges["open"], "45")


@plant("C1", "an approved line of which less was taken off")
def _(scene: Scene) -> None:
    _lowered(scene)
    run_sql("UPDATE correction_lines SET was = was + 1")
    run_sql("UPDATE corrections SET lowered = lowered + 1")


@plant("C1", "a correction that took something off and was never approved")
def _(scene: Scene) -> None:
    _lowered(scene)
    run_sql("UPDATE corrections SET state = 'REFUSED'")


@plant("C2", "an approved line of which less was added")
def _(scene: Scene) -> None:
    _raised(scene)
    run_sql("UPDATE correction_lines SET should = should + 1")
    run_sql("UPDATE corrections SET raised = raised + 1")


@plant("C2", "a charge added by a correction that was refused")
def _(scene: Scene) -> None:
    _raised(scene)
    run_sql("UPDATE corrections SET state = 'REFUSED'")


@plant("C3", "a correction of another sum than its lines")
def _(scene: Scene) -> None:
    ask(scene.cast, scene.charges["open"], "35")
    run_sql("UPDATE corrections SET lowered = lowered + 1")


@plant("C3", "a correction without its lines")
def _(scene: Scene) -> None:
    ask(scene.cast, scene.charges["open"], "35")
    run_sql("DELETE FROM correction_lines")


@plant("C4", "a line that waits for a correction that is decided")
def _(scene: Scene) -> None:
    _lowered(scene)
    with past_the_guards() as connection:
        true = "1" if connection.dialect.name == "sqlite" else "true"
        connection.exec_driver_sql(f"UPDATE correction_lines SET waiting = {true}")


@plant("C5", "a correction approved by who asked for it", also_on=CHECK_CONSTRAINT)
def _(scene: Scene) -> None:
    _lowered(scene)
    with past_the_guards("ck_corrections_second_person") as connection:
        connection.exec_driver_sql("UPDATE corrections SET decided_by = asked_by")


@plant("C6", "an approval without a note of who did it")
def _(scene: Scene) -> None:
    _lowered(scene)
    run_sql("DELETE FROM log_entries WHERE kind = 'corrections.approve'")


@plant("C7", "a bill issued anew that comes to another sum than was approved")
def _(scene: Scene) -> None:
    price(scene.cast, code="CARE")
    bill(scene.cast, "2026-05")
    approve(scene.cast, ask_to_void(scene.cast))
    run_sql("UPDATE correction_lines SET should = should + 1 WHERE charge_id IS NULL")
    run_sql("UPDATE corrections SET raised = raised + 1")


@plant("C8", "a voided charge of which something is still asked for")
def _(scene: Scene) -> None:
    _lowered(scene)
    run_sql("UPDATE reductions SET kind = 'VOIDED'")
