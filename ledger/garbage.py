"""How often Python looks for reference cycles.

It looks after every 700 new containers, and now and then at everything that web3 and py-evm hold.
Records are trees of small containers without cycles, so that nearly half of the time of reading
them would go into these looks. Set where the process begins: it is the process's own affair.
"""

import gc

THRESHOLDS = (50_000, 20, 100)
"""New containers before a look at the youngest; looks before one at the next generation. At most
some ten megabytes of cycles wait for it."""


def collect_rarely() -> None:
    """Set the thresholds of this process."""
    gc.set_threshold(*THRESHOLDS)
