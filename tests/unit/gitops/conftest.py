"""What makes the patch of Argo CD's ConfigMap lies beside the scripts that use it."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3] / "hack"))
