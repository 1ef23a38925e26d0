"""The listed records as columns in memory, so that a million are counted in milliseconds.

A row store answers "how many of each, under these filters?" by reading every row; a page that asks
it for ten fields at once takes seconds at a million records. A long-running process therefore keeps
the columns that filters compare, and asks the database for the rows it shows. The database stays
what counts: columns are read from it, follow its revision, and give the same answers (tested).
"""

from ledger.index.queries.columns.columns import Columns

__all__ = ["Columns"]
