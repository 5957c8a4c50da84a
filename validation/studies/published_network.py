"""Published cases of the money-flow network: environ measures as enaR prints them."""

from __future__ import annotations

import numpy as np

from models.attribution import environ_measures
from models.network import close_network
from validation.study import Check, Study

__all__ = ["STUDIES"]

OYSTER_FLOWS = np.array(
    [
        [0, 0, 0, 0, 0.5135, 15.791],
        [0, 0, 1.206, 1.206, 0, 0],
        [0, 0, 0, 0.6609, 0, 4.2403],
        [0, 0, 0, 0, 0.1721, 1.9076],
        [0, 0, 0, 0, 0, 0.3262],
        [0, 8.1721, 7.2745, 0.6431, 0, 0],
    ]
)
PRINTED = {
    "total_throughflow": 83.5833,
    "average_path_length": 2.015512,
    "finn_cycling_index": 0.1101686,
    "indirect_to_direct": 1.582925,
}
SOURCE = "enaR vignette, CRAN 3.0.0, oyster reef"


def environ() -> Study:
    """The oyster reef of the enaR vignette, to the printed digits."""
    zero = np.zeros(6)
    outside = np.array([41.47, 0, 0, 0, 0, 0])
    network = close_network(
        ["filter feeders", "microbiota", "meiofauna", "deposit feeders", "predators", "detritus"],
        OYSTER_FLOWS,
        np.zeros((6, 6)),
        outside_revenue=outside,
        outside_debt=zero,
        outside_equity=zero,
    )
    measures = environ_measures(network)
    checks = []
    for name, printed in PRINTED.items():
        found = float(getattr(measures, name))
        digits = len(str(printed).split(".")[1])
        checks.append(
            Check(
                name.replace("_", " "),
                f"{printed}",
                f"{found:.{digits}f}",
                round(found, digits) == printed,
                SOURCE,
            )
        )
    return Study("Published: environ measures", "One closed network, no draws.", tuple(checks))


STUDIES = (environ,)
