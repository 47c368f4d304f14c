"""Faults of meters and their readings."""

from __future__ import annotations

from feeapp.metering.judging import Entry
from feeapp.metering.readings import correct
from feeapp.storage.transaction import transaction
from tests.breaking import past_the_guards, run_sql
from tests.metering import JAN_AND_FEB, SPRING, hang, read
from tests.plants.planting import plant
from tests.scene import Scene


def _read(scene: Scene) -> list[int]:
    """A sound meter with a baseline of 100 and a reading of 110; the readings' ids."""
    return read(scene.cast, hang(scene.cast, "3-2-501", "W1"), "2026-01-31 100", "2026-02-28 110")


@plant("M1", "a figure that fell below the one before", "M3")
def _(scene: Scene) -> None:
    run_sql("UPDATE meter_readings SET figure = 9000 WHERE id = :id", id=_read(scene)[1])


@plant("M1", "a register that is smaller than what it counted before it passed its end")
def _(scene: Scene) -> None:
    read(scene.cast, hang(scene.cast, "3-2-501", "W1"), "2026-01-31 99998", "2026-02-28 3")
    run_sql("UPDATE meters SET digits = 4")


@plant("M2", "a day's reading that stands twice, once the index is gone", "I3")
def _(scene: Scene) -> None:
    again = _read(scene)[1]
    with past_the_guards() as connection:
        connection.exec_driver_sql("DROP INDEX uq_meter_readings_standing")
        connection.exec_driver_sql(
            "INSERT INTO meter_readings SELECT community_id, 7, meter_id, read_on, figure, source, baseline, answered, "
            f"reason, voids_id, at, by_id, voided_at, voided_by, void_reason FROM meter_readings WHERE id = {again}"
        )


@plant("M3", "a register that passed its end although the figure rose")
def _(scene: Scene) -> None:
    run_sql("UPDATE meter_readings SET answered = 'ROLLED' WHERE id = :id", id=_read(scene)[1])


@plant("M4", "a reading after the meter was taken off")
def _(scene: Scene) -> None:
    _read(scene)
    run_sql("UPDATE meters SET removed_on = '2026-02-27'")


@plant("M4", "a reading before the meter was put up")
def _(scene: Scene) -> None:
    _read(scene)
    run_sql("UPDATE meters SET installed_on = '2026-02-01'")


@plant("M5", "a first reading that is no baseline")
def _(scene: Scene) -> None:
    run_sql("UPDATE meter_readings SET baseline = :no WHERE id = :id", no=False, id=_read(scene)[0])


@plant("M6", "a correction whose wrong reading is another meter's")
def _(scene: Scene) -> None:
    wrong = _read(scene)[1]
    by = scene.cast.by("accountant", SPRING)
    transaction(lambda: correct(by, wrong, Entry(10900, JAN_AND_FEB[1]), "看错"))
    other = hang(scene.cast, "3-2-502", "W2")
    run_sql("UPDATE meter_readings SET meter_id = :other WHERE id = :id", other=other, id=wrong)
