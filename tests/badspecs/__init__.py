"""Specs that cannot be built: where each is wrong and the words that say so.

The unit suite reads them by the models, the api suite applies them to a real API server.
"""

import dataclasses

from tests.badspecs.contexts import CONTEXTS
from tests.badspecs.credentials import CREDENTIALS
from tests.badspecs.files import FILES
from tests.badspecs.hosts import HOSTS
from tests.badspecs.mounts import MOUNTS
from tests.badspecs.others import CONTROLS, OTHERS
from tests.badspecs.results import RESULTS
from tests.badspecs.stages import STAGES
from tests.badspecs.steps import STEPS

BAD = [
    dataclasses.replace(bad, name=f"{group}: {bad.name}")
    for group, bads in (
        ("stages", STAGES),
        ("step", STEPS),
        ("files", FILES),
        ("mounts", MOUNTS),
        ("control characters", CONTROLS),
        ("context", CONTEXTS),
        ("address", HOSTS),
        ("credentials", CREDENTIALS),
        ("results", RESULTS),
        ("others", OTHERS),
    )
    for bad in bads
]
