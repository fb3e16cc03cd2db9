"""A small config for tests, as YAML."""

from pathlib import Path

# {folder} holds everything. Small enough to compile and train in seconds on any CPU.
_TINY = """\
name: tiny
data_loader:
  seed: 1
  stages:
    files:
      file_discovery: {{directory: {folder}/games}}
    sources: {{inputs: [files], chunk_source_loader: {{}}}}
    pool: {{inputs: [sources], shuffling_chunk_pool: {{chunk_pool_size: 100}}}}
    validator: {{inputs: [pool], chunk_validator: {{}}}}
    unpacker: {{inputs: [validator], chunk_unpacker: {{position_sampling_rate: 0.5}}}}
    shuffle: {{inputs: [unpacker], frame_sampler: {{reservoir_size: 100}}}}
    batches: {{inputs: [shuffle], queue_capacity: 2, tensor_generator: {{}}}}
  outputs: {{train: batches}}
daemon:
  chunks_per_network: {chunks_per_network}
  status_interval_seconds: 0.05
model:
  embedding_size: 16
  encoder_layers: 1
  heads: 2
  d_model: 16
  dff: 16
  position_embedding_size: 4
  smolgen: null
  policy_embedding_size: 16
  policy_heads: {{vanilla: {{d_model: 16}}}}
  value_heads: {{winner: {{channels: 4}}}}
  movesleft_heads: {{}}
training:
  batch_size: 16
  steps_per_network: {steps_per_network}
  schedule: [{{kind: constant, end: 0.001}}]
  losses:
    policy: [{{head: vanilla}}]
    value: [{{head: winner}}]
  checkpoint: {{directory: {folder}/checkpoints, every_steps: {every_steps}, keep: 2}}
metrics: {{every_steps: 1}}
export:
  paths: ["{folder}/networks/{{name}}-{{step:08d}}.pb.gz"]
"""

_UPLOAD = """\
  upload:
    url: {url}
    training_id: 7
    spool_directory: {folder}/spool
    timeout_seconds: 60
    retry: {{first_seconds: 0.01, longest_seconds: 0.02}}
"""


def write_tiny_config(
    folder: Path,
    *,
    steps_per_network: int = 4,
    every_steps: int = 2,
    chunks_per_network: int = 10,
    upload_url: str = "",
) -> Path:
    """Writes the config into `folder`; everything it leads to stays in there.

    With `upload_url` networks are uploaded; failed uploads are tried again almost at once.
    """
    path = folder / "tiny.yaml"
    text = _TINY.format(
        folder=folder,
        steps_per_network=steps_per_network,
        every_steps=every_steps,
        chunks_per_network=chunks_per_network,
    )
    if upload_url:
        text += _UPLOAD.format(folder=folder, url=upload_url)
    path.write_text(text)
    return path
