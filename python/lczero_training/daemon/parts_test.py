from dataclasses import replace
from pathlib import Path

import pytest

from lczero_training.daemon import parts
from lczero_training.export.net_file import decode_net
from lczero_training.train import Trainer
from lczero_training.train.testing import tiny_config


@pytest.mark.parametrize("verify", [False, True])
def test_a_network_is_verified_where_the_config_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verify: bool
) -> None:
    verified: list[bytes] = []
    monkeypatch.setattr(parts, "verify_bytes", lambda data, *_, **__: verified.append(data))
    config = tiny_config(tmp_path)
    trainer = Trainer(replace(config, export=replace(config.export, verify=verify)))
    data = parts.real_parts().encode_network(trainer)
    trainer.close()
    assert verified == ([data] if verify else [])
    assert decode_net(data).training_params.training_steps == 0
