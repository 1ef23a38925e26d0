"""What the ledger's library signs is what the contracts check."""

from ledger.record import eip712
from tests.contracts.chain import Chain
from tests.contracts.chain import digest


def test_the_contract_takes_the_librarys_submissions(chain: Chain):
    domain = eip712.Domain(chain.w3.eth.chain_id, chain.registry.address)
    root = digest("submission")
    statement = eip712.submission(domain, root, 7)

    signature = chain.contributor.sign_message(statement.signable()).signature

    assert chain.registry.functions.verifySubmissionSignature(
        chain.contributor.address, root, 7, signature
    ).call()


def test_the_contract_takes_the_librarys_verdicts(chain: Chain):
    domain = eip712.Domain(chain.w3.eth.chain_id, chain.attestations.address)
    chain.joined(chain.validator)
    batch_id, roots = digest("batch"), [digest("one"), digest("other")]
    signatures = [
        chain.validator.sign_message(
            eip712.verdicts(
                domain,
                batch_id=batch_id,
                sequence=3,
                verdict_root=root,
                accepted=4,
                rejected=1,
            ).signable()
        ).signature
        for root in roots
    ]

    call = chain.attestations.functions.proveEquivocation(
        chain.validator.address,
        batch_id,
        3,
        (roots[0], 4, 1),
        signatures[0],
        (roots[1], 4, 1),
        signatures[1],
    )
    receipt = chain.send(call, chain.stranger)

    assert len(chain.events(chain.attestations, "Equivocated", receipt)) == 1
