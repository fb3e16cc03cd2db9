"""Every setting of the config has a test that sees what it does.

Those of `model` are in //python/lczero_training/export:every_setting_test, the loader's in cc/.
A new setting fails here until the test that would fail without its effect is named.
"""

import re
from pathlib import Path

import pytest

from lczero_training.config.root import RootConfig
from lczero_training.config.testing import settings_of

_ELSEWHERE = ("data_loader.", "model.")

# The settings below a key, or the key itself -> the test that sees the effect. Of two keys that
# fit, the longer one counts.
_PROOFS = {
    "name": "test_export_paths",
    "daemon.chunks_per_network": "test_waits_until_enough_chunks_are_there",
    "daemon.status_interval_seconds": "test_statuses_come_in_the_interval_of_the_config",
    "daemon.demo_feed.source_directory": "test_names_are_hours_and_sources_start_over",
    "daemon.demo_feed.target_directory": "test_names_are_hours_and_sources_start_over",
    "daemon.demo_feed.interval_seconds": "test_first_copy_comes_at_once_and_close_ends_the_wait",
    "daemon.demo_feed.keep": "test_newest_copies_are_kept_and_foreign_files_left_alone",
    "training.batch_size": "test_resolved",
    "training.accumulation": "test_the_parts_of_a_batch_are_worked_on_one_after_the_other",
    "training.steps_per_network": "test_a_network_from_the_first_step_to_its_checkpoint",
    "training.schedule[].kind": "test_a_setting_of_a_piece_gives_other_rates",
    "training.schedule[].end": "test_a_setting_of_a_piece_gives_other_rates",
    "training.schedule[].steps": "test_a_setting_of_a_piece_gives_other_rates",
    "training.schedule[].start": "test_a_setting_of_a_piece_gives_other_rates",
    "training.schedule[].pieces[]": "test_a_setting_of_a_piece_gives_other_rates",
    "training.schedule[].times": "test_a_setting_of_a_piece_gives_other_rates",
    # These two have tables of their own, which new settings fail.
    "training.optimizer": "test_a_setting_of_the_optimizer_moves_the_weights_elsewhere",
    "training.losses": "test_a_setting_changes_what_is_told",
    "training.regularise.weight": "test_l2_is_a_metric_and_part_of_what_is_minimised",
    "training.regularise.select[].match": "test_what_is_regularised_is_what_the_rules_say",
    "training.regularise.select[].value": "test_what_is_regularised_is_what_the_rules_say",
    "training.swa.every_steps": "test_a_setting_of_an_average_gives_another",
    "training.swa.max_count": "test_a_setting_of_an_average_gives_another",
    "training.ema.decay": "test_a_setting_of_an_average_gives_another",
    "training.rollback.after_nonfinite_steps": (
        "test_a_run_is_counted_over_reads_and_ends_with_a_good_step"
    ),
    "training.rollback.max_rollbacks": (
        "test_without_a_checkpoint_training_begins_anew_and_not_for_ever"
    ),
    "training.devices.data": "test_devices_that_do_not_suit_are_refused_with_the_arithmetic",
    "training.devices.fsdp": "test_weights_optimizer_and_averages_are_split_over_fsdp",
    "training.processes.coordinator": (
        "test_two_train_and_evaluate_as_one_and_one_goes_on_from_their_checkpoint"
    ),
    "training.processes.count": (
        "test_two_train_and_evaluate_as_one_and_one_goes_on_from_their_checkpoint"
    ),
    "training.processes.index": (
        "test_two_train_and_evaluate_as_one_and_one_goes_on_from_their_checkpoint"
    ),
    "training.processes.games": "test_each_process_has_its_share_of_games_and_batches",
    "training.processes.lost_after_seconds": "test_joining_says_for_how_long_one_may_be_silent",
    "training.checkpoint.directory": "test_two_sessions_do_not_share_checkpoints",
    "training.checkpoint.every_steps": "test_periodic_checkpoints_hold_the_state_of_their_step",
    "training.checkpoint.keep": "test_only_the_newest_are_kept",
    "training.checkpoint.keep_every": "test_the_first_of_each_period_stays",
    "training.checkpoint.keep_networks": (
        "test_networks_last_ones_are_kept_also_by_the_next_process"
    ),
    "training.checkpoint.replay_batches": (
        "test_it_remembers_as_many_batches_as_the_config_lets_it_read_again"
    ),
    "training.batches_ahead": "test_so_many_batches_are_fetched_ahead",
    "training.seed": "test_the_seed_decides_the_first_weights",
    "metrics.tensorboard_directory": "test_all_that_is_told_is_read_back_from_tensorboard",
    "metrics.every_steps": "test_progress_averages_the_steps_since_the_last",
    "metrics.http_port": "test_metrics_and_health_are_served_while_it_trains",
    "metrics.evaluation.outputs[]": "test_each_network_is_evaluated_at_its_end",
    "metrics.evaluation.batches": "test_batches_that_are_missing_and_a_stop_leave_evaluations_out",
    "export.paths[]": "test_every_path_is_written_and_noted_once",
    "export.weights": "test_before_its_first_sample_an_average_stands_for_the_weights",
    "export.verify": "test_a_network_is_verified_where_the_config_says_so",
    "export.retry.first_seconds": "test_full_disks_are_tried_again_until_they_take_it",
    "export.retry.longest_seconds": "test_doubles_up_to_the_longest",
    "export.upload.url": "test_server_gets_the_form",
    "export.upload.training_id": "test_server_gets_the_form",
    "export.upload.spool_directory": "test_what_the_ledger_marks_is_sent_once",
    "export.upload.password_variable": "test_password_comes_from_the_variable",
    "export.upload.timeout_seconds": "test_hanging_server_is_given_up",
    "export.upload.retry.first_seconds": "test_wait_doubles_and_holds_back_later_networks",
    "export.upload.retry.longest_seconds": "test_server_says_when_to_come_back",
}


def _settings() -> list[str]:
    return [key for key in settings_of(RootConfig) if not key.startswith(_ELSEWHERE)]


def _entry(setting: str) -> str | None:
    """The key of the table that a setting is told under."""
    fitting = [key for key in _PROOFS if setting == key or setting.startswith(f"{key}.")]
    return max(fitting, key=len, default=None)


def _tests() -> set[str]:
    found: set[str] = set()
    for path in Path("python").rglob("*_test.py"):
        found.update(re.findall(r"(?m)^(?:async )?def (test_\w+)\(", path.read_text()))
    return found


def test_every_setting_has_an_entry() -> None:
    assert [setting for setting in _settings() if _entry(setting) is None] == []


def test_every_entry_is_of_a_setting() -> None:
    assert set(_PROOFS) == {_entry(setting) for setting in _settings()}


def test_every_proof_is_a_test_that_exists() -> None:
    tests = _tests()
    assert len(tests) > 500
    assert {key: proof for key, proof in _PROOFS.items() if proof not in tests} == {}


@pytest.mark.parametrize("section", ["training.optimizer", "training.losses"])
def test_a_whole_section_is_told_by_a_test_with_a_table_of_its_own(section: str) -> None:
    proof = _PROOFS[section]
    [file] = [
        path.read_text()
        for path in Path("python").rglob("every_setting_test.py")
        if f"def {proof}(" in path.read_text()
    ]
    assert "settings_of(" in file
