#include "operator/driver_log.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/stop.h"
#include "operator/decide/diagnose_log.h"
#include "spark/names.h"

namespace firesteel::operators {
namespace {

// Requests a stop when it is not destroyed in time.
class Deadline {
 public:
  explicit Deadline(std::chrono::seconds patience)
      : thread_([this, patience](const std::stop_token& done) {
          std::unique_lock lock(mutex_);
          changed_.wait_for(lock, done, patience, [] { return false; });
          if (!done.stop_requested()) source_.request_stop();
        }) {}
  [[nodiscard]] StopToken token() const { return source_.token(); }

 private:
  StopSource source_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;  // the last: it uses the others
};

}  // namespace

Result<std::string> HttpDriverLogs::tail(std::string_view space, std::string_view pod) {
  client::LogOptions options;
  options.container = spark::kDriverContainer;
  options.tail_lines = kLines;
  options.limit_bytes = kMaxBytes;
  auto stream = api_.open_log(space, pod, options);
  if (!stream && stream.error().code == ErrorCode::kBadRequest) {
    options.container.clear();  // a pod template may have named it otherwise
    stream = api_.open_log(space, pod, options);
  }
  if (!stream) return std::unexpected(std::move(stream.error()));
  const Deadline deadline(kPatience);
  std::string text;
  for (;;) {
    const std::string piece = TRY((*stream)->read(deadline.token()));
    if (piece.empty()) return text;
    text += piece;
    if (text.size() > decide::kLogTail) text.erase(0, text.size() - decide::kLogTail);
  }
}

}  // namespace firesteel::operators
