// The Python face of cc/: class Loader, nothing else.
//
// Purpose:   the one place where C++ meets Python. Configs and statistics cross
//            as JSON text, batches as numpy arrays without a copy.
// Threads:   the interpreter lock is released only while a call may wait, so
//            that another Python thread can call stop(). The loader's own
//            threads never take it: log lines wait until Python asks for them.
// Ownership: each array holds a share of its batch; the memory goes back to the
//            loader's free list when the last array of the batch dies, also
//            after the loader itself has died.
// Forks:     a forked child has the loader's memory without its threads. There
//            every call raises, Stop does nothing, and nothing is destroyed;
//            loaders that the child makes itself are its own.
// Errors:    one table, exception_table.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cc/loader/loader.h"
#include "python/lczero_training/loader/interpreter_lock.h"

namespace py = pybind11;

namespace lczero {
namespace {

struct ExceptionEntry {
  ErrorCode code = ErrorCode::kInternal;
  // Made in this module, with this name, base and docstring; null name: `base`
  // itself is raised.
  const char* name = nullptr;
  PyObject** base = nullptr;
  const char* doc = nullptr;
  PyObject* raised = nullptr;
};

// Every ErrorCode has its line.
std::array<ExceptionEntry, 6> exception_table = {{
    {ErrorCode::kCancelled, "LoaderStopped", &PyExc_Exception,
     "Stop() was called, before or while the call waited."},
    {ErrorCode::kEndOfData, "EndOfData", &PyExc_Exception,
     "The input has ended and every batch was delivered."},
    {ErrorCode::kBadConfig, "BadConfig", &PyExc_ValueError,
     "The config cannot be used; one line for each problem, with its key and "
     "a remedy."},
    {ErrorCode::kCorruptData, "CorruptData", &PyExc_Exception,
     "A sampler state, or a file's content, is not what its format promises. "
     "Bad games in a stream are skipped and counted, not raised."},
    {ErrorCode::kIo, nullptr, &PyExc_OSError, nullptr},
    {ErrorCode::kInternal, nullptr, &PyExc_RuntimeError, nullptr},
}};

void AddExceptions(py::module_& module) {
  for (ExceptionEntry& entry : exception_table) {
    entry.raised = *entry.base;
    if (entry.name == nullptr) continue;
    const std::string full_name =
        module.attr("__name__").cast<std::string>() + "." + entry.name;
    entry.raised = PyErr_NewExceptionWithDoc(full_name.c_str(), entry.doc,
                                             *entry.base, nullptr);
    if (entry.raised == nullptr) throw py::error_already_set();
    module.attr(entry.name) = py::handle(entry.raised);
  }
}

[[noreturn]] void Raise(const Error& error) {
  const auto* entry =
      std::find_if(exception_table.begin(), exception_table.end(),
                   [&](const auto& e) { return e.code == error.code; });
  PyObject* raised =
      entry == exception_table.end() ? PyExc_RuntimeError : entry->raised;
  PyErr_SetString(raised, error.message.c_str());
  throw py::error_already_set();
}

template <typename T>
T ValueOrRaise(Result<T> result) {
  if (!result) Raise(result.error());
  return *std::move(result);
}

py::tuple ShapeOf(const TensorLayout& tensor) {
  py::tuple shape(tensor.rank);
  for (size_t i = 0; i < tensor.rank; ++i) shape[i] = tensor.dims[i];
  return shape;
}

const char* DtypeOf(ElementType type) {
  switch (type) {
    case ElementType::kFloat32:
      return "float32";
    case ElementType::kUint8:
      return "uint8";
    case ElementType::kInt32:
      return "int32";
  }
  throw std::logic_error("an element type without a dtype");
}

// ((name, dtype, shape without the batch), ...), in the order of a batch.
py::tuple LayoutOf(BatchForm form) {
  const auto tensors = TensorsOf(form);
  py::tuple layout(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const TensorLayout& tensor = LayoutOf(tensors[i]);
    layout[i] = py::make_tuple(py::str(tensor.name), DtypeOf(tensor.type),
                               ShapeOf(tensor));
  }
  return layout;
}

template <typename Names>
py::tuple ToTuple(const Names& names) {
  py::tuple tuple(names.size());
  for (size_t i = 0; i < names.size(); ++i) tuple[i] = py::str(names[i]);
  return tuple;
}

py::array ToArray(const std::shared_ptr<Batch>& batch, Tensor which) {
  const TensorLayout& layout = LayoutOf(which);
  std::vector<py::ssize_t> shape = {static_cast<py::ssize_t>(batch->size())};
  for (size_t i = 0; i < layout.rank; ++i) {
    shape.push_back(static_cast<py::ssize_t>(layout.dims[i]));
  }
  py::capsule owner(new std::shared_ptr<Batch>(batch), [](void* share) {
    delete static_cast<std::shared_ptr<Batch>*>(share);
  });
  return py::array(py::dtype(DtypeOf(layout.type)), shape,
                   batch->bytes(which).data(), owner);
}

// A loader, for the process that made it. Destroying it joins threads, and it
// may be the last thing to hold the loader.
class OwnedLoader {
 public:
  explicit OwnedLoader(std::unique_ptr<Loader> loader)
      : loader_(std::move(loader)) {}

  ~OwnedLoader() {
    if (IsForeign()) {
      (void)loader_.release();
      return;
    }
    WithoutLock without_lock;
    loader_.reset();
  }

  // pybind11 calls methods of objects that __new__ made and __init__ did not on
  // memory that it gets here: it has to tell.
  static void* operator new(size_t size) {
    return std::memset(::operator new(size), 0, size);
  }
  static void operator delete(void* memory) { ::operator delete(memory); }

  // RuntimeError in another process.
  Loader& get() const {
    if (!IsForeign()) return *loader_;
    if (process_ == 0) throw py::type_error("Loader.__init__ was not called");
    throw std::runtime_error(
        "this loader belongs to process " + std::to_string(process_) +
        ", of which this one (" + std::to_string(::getpid()) +
        ") is a fork without its threads; make a loader here, or start "
        "processes by spawn");
  }

  void Stop() const {
    if (IsForeign()) return;
    WithoutLock without_lock;
    loader_->Stop();
  }

 private:
  bool IsForeign() const { return ::getpid() != process_; }

  std::unique_ptr<Loader> loader_;
  const pid_t process_ = ::getpid();
};

const char* NameOf(BatchForm form) {
  return form == BatchForm::kPacked ? "packed" : "plain";
}

std::shared_ptr<Batch> NextBatch(const OwnedLoader& owned,
                                 const std::string& split, BatchForm form) {
  Loader& loader = owned.get();
  Result<std::unique_ptr<Batch>> result = [&] {
    WithoutLock without_lock;
    return loader.GetNextBatch(split);
  }();
  std::shared_ptr<Batch> batch = ValueOrRaise(std::move(result));
  if (batch->form() == form) return batch;
  Raise({ErrorCode::kBadConfig,
         "outputs." + split + ": gives " + NameOf(batch->form()) +
             " batches, not " + NameOf(form) +
             " ones; change tensor_generator.packed, or ask by the other "
             "method"});
}

py::tuple ToArrays(const std::shared_ptr<Batch>& batch) {
  const auto tensors = TensorsOf(batch->form());
  py::tuple arrays(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    arrays[i] = ToArray(batch, tensors[i]);
  }
  return arrays;
}

py::tuple GetNextBatch(const OwnedLoader& loader, const std::string& split) {
  return ToArrays(NextBatch(loader, split, BatchForm::kPlain));
}

// (arrays, input format)
py::tuple GetNextPackedBatch(const OwnedLoader& loader,
                             const std::string& split) {
  const auto batch = NextBatch(loader, split, BatchForm::kPacked);
  return py::make_tuple(ToArrays(batch), batch->input_format());
}

bool WaitForChunks(const OwnedLoader& owned, uint64_t count,
                   double timeout_seconds) {
  Loader& loader = owned.get();
  if (std::isnan(timeout_seconds)) {
    throw py::value_error("timeout_seconds is NaN; give a number of seconds");
  }
  // A century, which stands for "for ever", still fits the clock.
  constexpr double kCentury = 100 * 365.25 * 86400.0;
  const auto timeout = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(
          std::clamp(timeout_seconds, 0.0, kCentury)));
  Result<bool> result = [&] {
    WithoutLock without_lock;
    return loader.WaitForChunks(count, timeout);
  }();
  return ValueOrRaise(std::move(result));
}

// Names of levels of Python's logging.
const char* NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kWarning:
      return "WARNING";
    case LogLevel::kError:
      return "ERROR";
  }
  throw std::logic_error("a log level without a name");
}

// File names in a line may be any bytes.
py::str ToStr(std::string_view text) {
  PyObject* str = PyUnicode_DecodeUTF8(
      text.data(), static_cast<py::ssize_t>(text.size()), "backslashreplace");
  if (str == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(str);
}

// (level, text), or None when the loader has stopped and all were taken.
std::optional<std::pair<py::str, py::str>> NextLogLine(
    const OwnedLoader& owned) {
  Loader& loader = owned.get();
  Result<LogLine> line = [&] {
    WithoutLock without_lock;
    return loader.NextLogLine();
  }();
  if (!line && line.error().code == ErrorCode::kEndOfData) return std::nullopt;
  const LogLine taken = ValueOrRaise(std::move(line));
  return std::pair(py::str(NameOf(taken.level)), ToStr(taken.text));
}

// Before the interpreter ends; from the thread that ends it.
void BeginExit() {
  WithoutLock without_lock;
  ExitGate::Get().Close();
}

std::unique_ptr<OwnedLoader> CreateLoader(
    const std::string& config_json,
    const std::optional<py::bytes>& sampler_state) {
  Loader::Options options{.log = nullptr};
  if (sampler_state) options.sampler_state = std::string(*sampler_state);
  return std::make_unique<OwnedLoader>(
      ValueOrRaise(Loader::CreateFromJson(config_json, std::move(options))));
}

py::bytes GetSamplerState(const OwnedLoader& owned) {
  const Loader& loader = owned.get();
  const std::string state = [&] {
    WithoutLock without_lock;
    return loader.GetSamplerState();
  }();
  return py::bytes(state);
}

std::string GetStatsJson(const OwnedLoader& loader) {
  return loader.get().GetStatsJson();
}

void SetAnchor(const OwnedLoader& loader, std::string_view sort_key) {
  loader.get().SetAnchor(sort_key);
}

std::string ResetAnchor(const OwnedLoader& loader) {
  return loader.get().ResetAnchor();
}

void CheckConfig(const std::string& config_json) {
  ValueOrRaise(Loader::CheckJson(config_json));
}

}  // namespace

PYBIND11_MODULE(_loader, module) {
  module.doc() = "Binding of cc/loader; use lczero_training.loader instead.";
  AddExceptions(module);
  module.attr("BATCH_LAYOUT") = LayoutOf(BatchForm::kPlain);
  module.attr("PACKED_BATCH_LAYOUT") = LayoutOf(BatchForm::kPacked);
  module.attr("VALUE_ROWS") = ToTuple(kValueRowNames);
  module.attr("VALUE_COLUMNS") = ToTuple(kValueColumnNames);
  module.def("begin_exit", &BeginExit);
  module.def("check_config", &CheckConfig, py::arg("config_json"));
  ExitGate::RenewInForks();
  py::class_<OwnedLoader>(module, "Loader")
      .def(py::init(&CreateLoader), py::arg("config_json"),
           py::arg("sampler_state") = py::none())
      .def("get_next_batch", &GetNextBatch, py::arg("split"))
      .def("get_next_packed_batch", &GetNextPackedBatch, py::arg("split"))
      .def("get_stats_json", &GetStatsJson)
      .def("get_sampler_state", &GetSamplerState)
      .def("set_anchor", &SetAnchor, py::arg("sort_key"))
      .def("reset_anchor", &ResetAnchor)
      .def("wait_for_chunks", &WaitForChunks, py::arg("count"),
           py::arg("timeout_seconds"))
      .def("next_log_line", &NextLogLine)
      .def("stop", &OwnedLoader::Stop);
}

}  // namespace lczero
