"""The daemon's process: checks the command line, sets everything up, runs the daemon."""

import argparse
import logging
import os
import queue
import sys
from collections.abc import Callable, Sequence

from lczero_training.config import ConfigError, dump_config, load_config
from lczero_training.config.errors import ConfigProblem
from lczero_training.config.remarks import remarks
from lczero_training.config.root import RootConfig
from lczero_training.daemon import arguments as command_line
from lczero_training.daemon import signals
from lczero_training.daemon.daemon import (
    DAEMON_VERSION,
    FLUSH_SECONDS,
    TrainingDaemon,
)
from lczero_training.daemon.events import Event, ProblemMet, StopRequested
from lczero_training.daemon.logs import LogFileError, LogOptions, RunningLog, start_logging
from lczero_training.daemon.metrics_endpoint import MetricsEndpoint
from lczero_training.daemon.observer import Observer
from lczero_training.daemon.options import STOP_SECONDS, DaemonOptions, LoadedConfig
from lczero_training.daemon.ports import Parts
from lczero_training.daemon.recording_handler import RecordingHandler
from lczero_training.daemon.service_manager import ServiceManager
from lczero_training.daemon.transport import STDIN_FD, Transport, claim_protocol_fd
from lczero_training.daemon.versions import versions
from lczero_training.schema import messages
from lczero_training.schema.loader_config import DataLoaderConfig
from lczero_training.schema.recorder import Recorder, RecordError
from lczero_training.upload.password import PasswordError, read_password
from lczero_training.user_paths import user_path

_LOG = logging.getLogger(__name__)

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_BAD_USAGE = 2
# How long the last lines of the log, and of the recording, may take to be written.
LAST_LINES_SECONDS = 1.0

_ALONE = (
    "expected nothing, since the daemon trains in one process. Leave it out, or use "
    "//python:trainer train, which takes several."
)

CheckLoader = Callable[[DataLoaderConfig], None]


def main(
    arguments: Sequence[str],
    *,
    load_parts: Callable[[], Parts],
    check_loader: CheckLoader,
    stop_seconds: float = STOP_SECONDS,
) -> int:
    """Runs the daemon; returns the exit code.

    Args:
        arguments: the command line's, without the program.
        load_parts: brings loader, trainer and exporter.
        check_loader: raises ConfigError if the loader would refuse its part of a config.
        stop_seconds: how long an orderly end waits for the session.
    """
    options = command_line.parse(arguments)
    initial = None
    try:
        if options.check:
            _check(read(options.config, options.overrides, check_loader))
            return EXIT_OK
        if options.config is not None:
            initial = load(options.config, options.overrides, check_loader)
        return _serve(
            DaemonOptions(
                initial=initial,
                max_networks=options.max_networks,
                retry_parked=options.retry_parked,
                exit_on_eof=options.exit_on_eof,
                stop_seconds=stop_seconds,
            ),
            arguments=options,
            load_parts=load_parts,
            check_loader=check_loader,
        )
    except (ConfigError, PasswordError, LogFileError, RecordError) as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_BAD_USAGE


def _check(config: RootConfig) -> None:
    print(dump_config(config), end="")
    for remark in remarks(config):
        print(f"warning: {remark}", file=sys.stderr)


def read(path: str, overrides: Sequence[str], check_loader: CheckLoader) -> RootConfig:
    """Reads and checks a config; a relative path is relative to where the user is.

    Raises ConfigError.
    """
    config = load_config(user_path(path), overrides)
    check_loader(config.data_loader)
    if config.training.processes is not None:
        raise ConfigError([ConfigProblem(path, "training.processes", _ALONE)])
    return config


def load(path: str, overrides: Sequence[str], check_loader: CheckLoader) -> LoadedConfig:
    """Reads a config for training with it.

    Raises:
        ConfigError: it cannot be used.
        PasswordError: it uploads, and the environment has no password for it. Better now than
            when the first network is to be uploaded.
    """
    config = read(path, overrides, check_loader)
    upload = config.export.upload
    password = None if upload is None else read_password(upload, os.environ)
    return LoadedConfig(config=config, filepath=str(user_path(path)), password=password)


def _serve(
    options: DaemonOptions,
    *,
    arguments: argparse.Namespace,
    load_parts: Callable[[], Parts],
    check_loader: CheckLoader,
) -> int:
    # First, so that no file that is opened here becomes a standard descriptor that was closed.
    protocol_fd = claim_protocol_fd()
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    recorder = _open_recorder(arguments, events)
    log = _start_log(arguments, recorder)
    signals.install(lambda name: events.put(StopRequested(name)))
    transport = Transport(
        input_fd=STDIN_FD,
        output_fd=protocol_fd,
        post=events.put,
        record=None if recorder is None else recorder.record,
    )
    daemon = TrainingDaemon(
        options=options,
        events=events,
        transport=transport,
        load_config=lambda path, overrides: load(path, overrides, check_loader),
        load_parts=load_parts,
        pid=os.getpid(),
        observers=_observers(),
    )
    code, abandoned = _run(daemon, transport)
    written = log.close(LAST_LINES_SECONDS)
    if recorder is not None:
        written &= recorder.close(LAST_LINES_SECONDS)
    if abandoned or not written:
        # The interpreter's own end would wait for, or trip over, threads that still work.
        os._exit(code)
    return code


def _run(daemon: TrainingDaemon, transport: Transport) -> tuple[int, bool]:
    """The exit code, and whether threads of a session are left."""
    try:
        return daemon.run(), daemon.abandoned_session
    except Exception as error:
        _LOG.critical("the daemon failed, which is a bug of its own", exc_info=True)
        message = f"the daemon failed, which is a bug of its own: {error!r}; see the log"
        transport.send(
            messages.Error(message=message, fatal=True, problem=messages.Problem.DAEMON_FAILED)
        )
        transport.close(FLUSH_SECONDS)
        return EXIT_FAILED, True


def _observers() -> Sequence[Observer]:
    build = {"version": DAEMON_VERSION, "schema_hash": messages.SCHEMA_HASH, **versions()}
    return ServiceManager(os.environ, pid=os.getpid()), MetricsEndpoint(build=build)


def _open_recorder(
    arguments: argparse.Namespace, events: "queue.SimpleQueue[Event]"
) -> Recorder | None:
    if arguments.record is None:
        return None
    return Recorder(
        user_path(arguments.record),
        on_failed=lambda message: events.put(ProblemMet(message, messages.Problem.RECORD_FAILED)),
    )


def _start_log(arguments: argparse.Namespace, recorder: Recorder | None) -> RunningLog:
    options = LogOptions(
        level=arguments.log_level,
        format=arguments.log_format,
        file=None if arguments.log_file is None else user_path(arguments.log_file),
        file_bytes=round(arguments.log_file_megabytes * 1e6),
        old_files=arguments.log_files,
    )
    return start_logging(options, [] if recorder is None else [RecordingHandler(recorder)])
