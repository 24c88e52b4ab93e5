"""What the checks in Python share: one line for each."""
import os
import sys
import traceback

URL = os.environ["LINLI_URL"].rstrip("/")
BASE = URL + "/open311/v2"
KEY = os.environ["LINLI_KEY"]


def run(client, checks):
    bad = 0
    for check in checks:
        name = f"{client}: {check.__name__.replace('_', ' ')}"
        try:
            check()
            print(f"ok {name}")
        except Exception:  # whatever the client throws is a failed check
            traceback.print_exc()
            print(f"not ok {name}")
            bad += 1
    sys.exit(1 if bad == len(checks) else 0)
