"""The training daemon: reacts to commands, signals and its session."""

import logging
import queue
import time
from collections import Counter
from collections.abc import Callable, Sequence

from lczero_training.config import ConfigError
from lczero_training.config.root import RootConfig
from lczero_training.daemon import states
from lczero_training.daemon.events import (
    CheckpointWritten,
    CommandReceived,
    Event,
    InputEnded,
    LineRefused,
    NetworkSent,
    NetworkWritten,
    PhaseEntered,
    ProblemMet,
    SessionEnded,
    StopRequested,
)
from lczero_training.daemon.observer import Observer
from lczero_training.daemon.options import DaemonOptions, LoadedConfig
from lczero_training.daemon.ports import Parts
from lczero_training.daemon.session import Session, SessionOptions, SessionSnapshot
from lczero_training.daemon.status import build_status, network_infos
from lczero_training.daemon.transport import Transport
from lczero_training.daemon.versions import versions
from lczero_training.schema import messages
from lczero_training.schema.jsonl import Envelope
from lczero_training.schema.messages import DaemonState, Problem
from lczero_training.upload.password import PasswordError

_LOG = logging.getLogger(__name__)

DAEMON_VERSION = "0.1.0"

# How long the last notifications may take to be read.
FLUSH_SECONDS = 2.0
_IDLE_STATUS_SECONDS = 1.0
# Observers hear of a living main thread at least this often.
_TICK_SECONDS = 1.0


class TrainingDaemon:
    """One process, at most one session at a time.

    Threads and ownership:

    * main (run()): owns the state and everything in this class; the only one that decides.
      It waits on one queue of events, with the next status as the timeout.
    * stdin (Transport): lines -> CommandReceived, LineRefused, InputEnded.
    * outbox (Transport): notifications -> stdout.
    * signal handlers: StopRequested. They run in the main thread but only put into the queue.
    * session (Session): opens loader and trainer, trains, exports -> PhaseEntered,
      CheckpointWritten, NetworkWritten, ProblemMet, SessionEnded; with it chunk-watcher,
      demo-feed, uploader (NetworkSent, ProblemMet) and loader-log, which are the session's own.

    Errors: a bad line or a refused command is answered with `error`. A session that fails
            leads to state ERROR, from which start_training works again, unless nobody could
            send it: with --max-networks, or when stdin has ended, the process ends with code 1.
    """

    def __init__(
        self,
        *,
        options: DaemonOptions,
        events: "queue.SimpleQueue[Event]",
        transport: Transport,
        load_config: Callable[[str, Sequence[str]], LoadedConfig],
        load_parts: Callable[[], Parts],
        pid: int,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._options = options
        self._events = events
        self._transport = transport
        self._load_config = load_config
        self._load_parts = load_parts
        self._pid = pid
        self._observers = tuple(observers)
        # Warnings and errors by the name of their problem.
        self._problems: Counter[str] = Counter()
        self._started = time.monotonic()
        self._state = DaemonState.IDLE
        self._loaded: LoadedConfig | None = None
        self._session: Session | None = None
        # What the status shows after a session ended.
        self._last_snapshot = SessionSnapshot()
        self._networks_this_run = 0
        self._input_ended = False
        # Set once the process is to end: why, and with which code.
        self._ending: tuple[str, int] | None = None
        self._stop_deadline = 0.0
        # True when a session did not end in time and its threads still run.
        self.abandoned_session = False

    def run(self) -> int:
        """Serves until the end; returns the exit code."""
        self._transport.send(
            messages.Hello(
                daemon_version=DAEMON_VERSION,
                schema_hash=messages.SCHEMA_HASH,
                pid=self._pid,
                versions=versions(),
            )
        )
        self._transport.start()
        if self._options.initial is not None:
            self._start_session(self._options.initial)
        next_status = time.monotonic()
        while not self._finished():
            if time.monotonic() >= next_status:
                self._send_status()
                next_status = time.monotonic() + self._status_seconds()
            self._handle_next(min(next_status, time.monotonic() + _TICK_SECONDS))
            for observer in self._observers:
                observer.on_tick()
        return self._say_bye()

    def _handle_next(self, until: float) -> None:
        """Handles one event, or none if none comes `until` then."""
        if self._ending is not None:
            until = min(until, self._stop_deadline)
        try:
            event = self._events.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return
        self._handle(event)

    def _finished(self) -> bool:
        if self._ending is None:
            return False
        if self._session is None:
            return True
        if time.monotonic() < self._stop_deadline:
            return False
        self.abandoned_session = True
        self._warn(
            f"the session did not stop within {self._options.stop_seconds:.0f} s (a step that is "
            "still being compiled?) and is left; the next start goes on from the last checkpoint",
            Problem.SESSION_ABANDONED,
        )
        return True

    def _say_bye(self) -> int:
        assert self._ending is not None
        reason, code = self._ending
        _LOG.info("ends with code %d: %s", code, reason)
        for observer in self._observers:
            observer.on_end()
        self._transport.send(messages.Bye(reason=reason, exit_code=code))
        self._transport.close(FLUSH_SECONDS)
        return code

    # Events.

    def _handle(self, event: Event) -> None:
        match event:
            case CommandReceived(envelope):
                self._handle_command(envelope)
            case LineRefused(message, field, line_id):
                self._refuse(message, Problem.LINE_REFUSED, field=field, reply_to=line_id)
            case InputEnded():
                self._handle_input_end()
            case StopRequested(reason):
                self._end(reason, 0)
            case PhaseEntered(state, reason):
                # A session that is being stopped may still tell what it did before it knew.
                if self._state is not DaemonState.STOPPING:
                    self._enter(state, reason)
            case CheckpointWritten(path, step):
                self._transport.send(messages.CheckpointSaved(path=path, step=step))
            case NetworkWritten(entry, first):
                self._networks_this_run += first and not entry.requested
                for info in network_infos(entry):
                    self._transport.send(messages.NetworkExported(network=info))
            case NetworkSent(entry, url):
                network = network_infos(entry)[0]
                self._transport.send(messages.NetworkUploaded(network=network, url=url))
            case ProblemMet(message, Problem.COMMAND_REFUSED, reply_to):
                self._refuse(message, Problem.COMMAND_REFUSED, reply_to=reply_to)
            case ProblemMet(message, problem):
                self._warn(message, problem)
            case SessionEnded(reason, failure):
                self._handle_session_end(reason, failure)

    def _handle_input_end(self) -> None:
        self._input_ended = True
        if self._options.exit_on_eof:
            self._end("end of stdin", 0)
        elif self._state is DaemonState.ERROR:
            self._end("failed, and stdin has ended", 1)

    def _handle_session_end(self, reason: str, failure: str | None) -> None:
        assert self._session is not None
        self._session.join()
        self._last_snapshot = self._session.snapshot()
        self._session = None
        if failure is None:
            self._end_session_in_order(reason)
        else:
            self._end_session_in_error(failure)

    def _end_session_in_order(self, reason: str) -> None:
        wanted = self._options.max_networks
        if wanted and self._networks_this_run >= wanted:
            self._end(reason, 0)
        if self._ending is None:
            self._enter(DaemonState.IDLE, reason)

    def _end_session_in_error(self, failure: str) -> None:
        alone = self._options.max_networks > 0 or self._input_ended
        fatal = alone or self._ending is not None
        if self._ending is None:
            self._enter(DaemonState.ERROR, failure)
        _LOG.error("%s", failure)
        self._problems[Problem.SESSION_FAILED.name] += 1
        self._transport.send(
            messages.Error(message=failure, fatal=fatal, problem=Problem.SESSION_FAILED)
        )
        if fatal:
            self._ending = (failure, 1)

    # Commands.

    def _handle_command(self, envelope: Envelope) -> None:
        refusal = states.refusal(self._state, envelope.type)
        if refusal is not None:
            self._refuse(refusal, Problem.COMMAND_REFUSED, reply_to=envelope.id)
        elif envelope.type == "get_status":
            self._send_status(reply_to=envelope.id, droppable=False)
        elif envelope.type == "start_training":
            self._start_training(envelope)
        else:
            # Before what it causes, so that a client sees cause and effect in order.
            self._acknowledge(envelope)
            self._carry_out(envelope.type, envelope.id)

    def _carry_out(self, command: str, command_id: str | None) -> None:
        if command == "shutdown":
            self._end("shutdown", 0)
        elif command == "stop_training":
            self._stop_training()
        elif self._session is not None:
            controls = self._session.controls
            requests: dict[str, Callable[[], None]] = {
                "start_training_immediately": controls.start_now,
                "pause": controls.pause,
                "resume": controls.resume,
                "export_now": lambda: controls.export_now(command_id),
            }
            requests[command]()

    def _start_training(self, envelope: Envelope) -> None:
        command: messages.StartTraining = envelope.payload
        try:
            loaded = self._load_config(command.config_filepath, command.overrides)
        except (ConfigError, PasswordError) as error:
            self._refuse(
                str(error),
                Problem.CONFIG_REFUSED,
                field="payload.config_filepath",
                reply_to=envelope.id,
            )
            return
        self._acknowledge(envelope)
        self._start_session(loaded)

    def _start_session(self, loaded: LoadedConfig) -> None:
        self._loaded = loaded
        self._show_config(loaded.config)
        wanted = self._options.max_networks
        self._session = Session(
            config=loaded.config,
            load_parts=self._load_parts,
            report=self._events.put,
            options=SessionOptions(
                max_networks=wanted - self._networks_this_run if wanted else 0,
                password=loaded.password,
                retry_parked=self._options.retry_parked,
            ),
        )
        self._enter(DaemonState.WAITING_FOR_DATA, "starts the loader and the trainer")
        self._session.start()

    def _show_config(self, config: RootConfig) -> None:
        for observer in self._observers:
            problem = observer.on_config(config)
            if problem is not None:
                self._warn(problem, Problem.METRICS_PORT_FAILED)

    def _stop_training(self) -> None:
        if self._session is None:
            self._enter(DaemonState.IDLE, "stop_training")
            return
        self._session.stop()
        self._enter(DaemonState.STOPPING, "stop_training")

    def _end(self, reason: str, code: int) -> None:
        if self._ending is not None:
            return
        _LOG.info("stops: %s", reason)
        self._ending = (reason, code)
        self._stop_deadline = time.monotonic() + self._options.stop_seconds
        # First, so that no step begins once STOPPING was told.
        if self._session is not None:
            self._session.stop()
        if self._state is not DaemonState.STOPPING:
            self._enter(DaemonState.STOPPING, reason)

    # Notifications.

    def _enter(self, state: DaemonState, reason: str) -> None:
        before = self._state
        if state is before:
            return
        states.check_transition(before, state)
        self._state = state
        self._transport.send(
            messages.StateChanged(from_state=before, to_state=state, reason=reason)
        )
        self._show_status(self._status())

    def _acknowledge(self, envelope: Envelope) -> None:
        self._transport.send(messages.Ack(command=envelope.type), reply_to=envelope.id)

    def _refuse(
        self, message: str, problem: Problem, *, field: str = "", reply_to: str | None = None
    ) -> None:
        _LOG.warning("%s", message)
        self._problems[problem.name] += 1
        self._transport.send(
            messages.Error(message=message, field=field, problem=problem), reply_to=reply_to
        )

    def _warn(self, message: str, problem: Problem) -> None:
        _LOG.warning("%s", message)
        self._problems[problem.name] += 1
        self._transport.send(messages.Warning(message=message, problem=problem))

    def _send_status(self, *, reply_to: str | None = None, droppable: bool = True) -> None:
        status = self._status()
        self._transport.send(status, reply_to=reply_to, droppable=droppable)
        self._show_status(status)

    def _show_status(self, status: messages.TrainingStatus) -> None:
        for observer in self._observers:
            observer.on_status(status)

    def _status(self) -> messages.TrainingStatus:
        session, loaded = self._session, self._loaded
        return build_status(
            state=self._state,
            paused=session is not None and session.controls.paused,
            uptime_seconds=time.monotonic() - self._started,
            name="" if loaded is None else loaded.config.name,
            config_filepath="" if loaded is None else loaded.filepath,
            chunks_per_network=0 if loaded is None else loaded.config.daemon.chunks_per_network,
            networks_this_run=self._networks_this_run,
            max_networks=self._options.max_networks,
            snapshot=self._last_snapshot if session is None else session.snapshot(),
            problems=self._problems,
        )

    def _status_seconds(self) -> float:
        if self._loaded is None:
            return _IDLE_STATUS_SECONDS
        return self._loaded.config.daemon.status_interval_seconds
