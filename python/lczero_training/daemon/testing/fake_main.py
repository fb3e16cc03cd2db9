"""The real daemon process around fake parts; FAKE_SCRIPT holds their script as JSON."""

import json
import os
import sys

from lczero_training.daemon.cli import main
from lczero_training.daemon.testing.fakes import Script, fake_parts

if __name__ == "__main__":
    script = Script(**json.loads(os.environ.get("FAKE_SCRIPT", "{}")))
    stop_seconds = float(os.environ.get("FAKE_STOP_SECONDS", "15"))
    sys.exit(
        main(
            sys.argv[1:],
            load_parts=lambda: fake_parts(script),
            check_loader=lambda config: None,
            stop_seconds=stop_seconds,
        )
    )
