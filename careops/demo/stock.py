"""What the demo business keeps on its shelves, and how much of it goes in a week."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shelf:
    """One item.

    :param weekly: how much is used in an ordinary week; 0: hardly ever
    :param left: how much is there today; None: plenty, reordered in time
    """

    name: str
    sku: str
    unit: str
    opening: int
    threshold: int
    weekly: int
    left: int | None = None


SHELVES = [
    Shelf("Nitrile gloves, size S", "GLV-S", "box", 14, 4, 2),
    Shelf("Nitrile gloves, size M", "GLV-M", "box", 18, 6, 3, left=4),
    Shelf("Nitrile gloves, size L", "GLV-L", "box", 10, 3, 1),
    Shelf("Massage oil, unscented", "OIL-01", "bottle", 24, 8, 4),
    Shelf("Massage oil, arnica", "OIL-02", "bottle", 12, 4, 2),
    Shelf("Massage lotion, hypoallergenic", "LOT-01", "bottle", 10, 3, 1),
    Shelf("Couch roll, 50 cm", "CRL-50", "roll", 40, 12, 8, left=9),
    Shelf("Acupuncture needles, 0.25 × 30 mm", "ACU-30", "box", 20, 6, 4, left=0),
    Shelf("Acupuncture needles, 0.20 × 15 mm", "ACU-15", "box", 12, 4, 2),
    Shelf("Sharps container, 1 litre", "SHP-1", "pcs", 8, 2, 1),
    Shelf("Kinesiology tape, blue", "TAP-B", "roll", 30, 10, 6),
    Shelf("Kinesiology tape, beige", "TAP-N", "roll", 30, 10, 5),
    Shelf("Zinc oxide tape, 38 mm", "TAP-Z", "roll", 36, 12, 5),
    Shelf("Cohesive bandage", "BND-C", "pcs", 24, 8, 4),
    Shelf("Resistance band, light", "RBL", "m", 20, 15, 9),
    Shelf("Resistance band, medium", "RBM", "m", 50, 15, 9),
    Shelf("Resistance band, strong", "RBH", "m", 40, 10, 5),
    Shelf("Foam roller", "FRL-45", "pcs", 9, 2, 1),
    Shelf("Disinfectant wipes", "WIP-200", "pack", 22, 8, 5),
    Shelf("Hand sanitiser, 500 ml", "SAN-5", "bottle", 16, 5, 2),
    Shelf("Surface disinfectant, 1 litre", "DIS-1", "bottle", 12, 4, 2),
    Shelf("Ultrasound gel, 260 g", "GEL-26", "bottle", 14, 4, 2),
    Shelf("Electrode pads, 50 × 50 mm", "TEN-50", "pack", 20, 6, 3),
    Shelf("Heat pack, reusable", "HOT-1", "pcs", 10, 2, 0),
    Shelf("Instant cold pack", "ICE-1", "pcs", 30, 10, 5),
    Shelf("Face cradle covers", "FCC-100", "pack", 12, 4, 2),
    Shelf("Towels, bath", "TWL-B", "pcs", 60, 40, 0),
    Shelf("Printer paper, A4", "PAP-A4", "ream", 8, 2, 1),
]
WASTE = ["Past its date", "Dropped", "Packaging torn"]
ACKNOWLEDGED = "Couch roll, 50 cm"  # low, and somebody is on it
DISMISSED = "Resistance band, light"  # was low, and somebody knew


@dataclass(frozen=True)
class Supply:
    """One item that goes with visits only.

    :param runs_out: whether there is less of it than the visits to come need
    """

    name: str
    sku: str
    unit: str
    opening: int
    threshold: int
    runs_out: bool = False


NEEDLES, OIL, COVERS, TAPE = (
    "Single needles, 0.25 × 40 mm",
    "Almond oil",
    "Couch covers, paper",
    "Support tape, 5 cm",
)
SUPPLIES = [
    Supply(NEEDLES, "NDL-40", "pcs", 260, 60, runs_out=True),
    Supply(OIL, "OIL-AL", "ml", 5000, 1000),
    Supply(COVERS, "CVR-P", "pcs", 400, 60),
    Supply(TAPE, "TAP-5", "m", 80, 10),
]
# What one visit of a service uses of them.
MATERIALS = {
    "Physiotherapy": {TAPE: "0.5"},
    "Sports massage": {OIL: "30", COVERS: "1"},
    "Deep tissue massage": {OIL: "45", COVERS: "1"},
    "Acupuncture": {NEEDLES: "10", COVERS: "1"},
}
