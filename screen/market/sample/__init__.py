"""The bundled sample: a simulated market for theme multicloud-gpu."""

from screen.market.sample.source import SampleSource, read_truth
from screen.market.sample.timeline import SAMPLE_END, SAMPLE_START

__all__ = ["SAMPLE_END", "SAMPLE_START", "SampleSource", "read_truth"]
