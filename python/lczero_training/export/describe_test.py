import re

from lczero_training.export.describe import describe
from lczero_training.export.net_file import load_net
from lczero_training.export.testing import GOLDEN_NET, single_head_net

_NET = load_net(GOLDEN_NET)


def test_golden_net() -> None:
    text = describe(_NET)

    assert re.search(r"^needs engine +0\.31\.0$", text, re.M)
    assert re.search(r"^network +NETWORK_ATTENTIONBODY_WITH_MULTIHEADFORMAT \(7\)$", text, re.M)
    assert re.search(r"^  embedding_size: 32$", text, re.M)
    assert re.search(r"^ip_emb_w +32 x 120 +LINEAR16 +-0\.322777 +0\.374079$", text, re.M)
    assert re.search(r"^encoder\[1\]\.ffn\.dense2_w +32 x 48 ", text, re.M)
    assert text.endswith("115 tensors, 720,200 parameters")


def test_net_that_cannot_be_imported_is_described_with_the_reason() -> None:
    net = type(_NET)()
    net.CopyFrom(_NET)
    net.weights.ClearField("ip_emb_ln_gammas")

    text = describe(net)

    assert "cannot be imported: the weights file lacks tensors" in text
    assert re.search(r"^ip_emb_w +3840 +LINEAR16 ", text, re.M)


def test_older_net_is_described_as_it_is_read() -> None:
    text = describe(single_head_net(_NET))

    assert re.search(r"^network +NETWORK_ATTENTIONBODY_WITH_HEADFORMAT \(6\)$", text, re.M)
    assert "an older file, read as a new one: the value head is value_heads.winner" in text
    assert re.search(r"^policy_heads\.vanilla\.ip2_pol_w +32 x 32 ", text, re.M)
