"""What runs say together, from a server: jobs, machine types, people, comparisons."""

from collections.abc import Mapping
from collections.abc import Sequence

from ledger.client.asker import Asker
from ledger.client.asker import named
from ledger.client.insights import Compared
from ledger.client.insights import Cost
from ledger.client.insights import Names
from ledger.client.insights import Person
from ledger.client.insights import StoryOf


class Stories(Asker):
    """Stories and comparisons."""

    def jobs(self) -> Names:
        """Every job, the most frequent first."""
        return self._get(Names, "/jobs")

    def job(self, name: str) -> StoryOf:
        """What a job takes, where it is fastest, and how consistent its repeats are."""
        return self._get(StoryOf, f"/jobs/{named(name)}")

    def machines(self) -> Names:
        """Every machine type, the most frequent first."""
        return self._get(Names, "/machines")

    def machine(self, name: str) -> StoryOf:
        """What ran on a machine type, and how it stands against others."""
        return self._get(StoryOf, f"/machines/{named(name)}")

    def contributor_story(self, address: str) -> Person:
        """What a contributor did over time, and the reputation that follows."""
        return self._get(Person, f"/contributors/{named(address)}/story")

    def validator_story(self, address: str) -> Person:
        """What a validator said over time, and how often the quorum said the same."""
        return self._get(Person, f"/validators/{named(address)}/story")

    def cost(self, job: str, prices: Mapping[str, str], work: int = 0) -> Cost:
        """What a job costs on each cluster.

        Args:
            job: its name.
            prices: by machine type, US dollars for an hour of one node.
            work: which of its inputs and parameters; 0: what ran on the most clusters.
        """
        given = [f"{name}:{price}" for name, price in prices.items()]
        return self._get(Cost, f"/cost/{named(job)}", {"work": str(work), "price": given})

    def compare(self, sides: Sequence[str]) -> Compared:
        """Compare records, or groups of them.

        Args:
            sides: CIDs, or filters as query strings, e.g. ``job=sort&nodes=4``.
        """
        return self._get(Compared, "/compare", {"of": list(sides)})
