"""Python's garbage collector, told what it need not look through.

What the application is made of, some half a million objects, lives as long as the process.
Looking through them all took a tenth of a second each time, and three times that with
200 answers under way, while nobody got a word.
"""

from __future__ import annotations

import gc

from django.urls import get_resolver

# Objects made until the youngest are looked through, and how often that is done until the
# older and the oldest are: an answer makes many objects that live for a moment, and few cycles.
THRESHOLDS = (10_000, 20, 20)


def spare_what_stays() -> None:
    """Load what pages need, and take what there is then for what stays."""
    assert get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
