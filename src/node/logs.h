#pragma once
// Container logs on disk in the CRI format, `TIME stdout|stderr F|P TEXT`, rotated by size, and a
// reader that can follow. Source: Kubernetes, design-proposals kubelet-cri-logging; PodLogOptions.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/stop.h"

namespace firesteel::node {

inline constexpr std::int64_t kMaxLogBytes = 10 * 1024 * 1024;  // containerLogMaxSize
inline constexpr int kMaxLogFiles = 5;                          // containerLogMaxFiles
inline constexpr std::size_t kMaxLogLine = 16 * 1024;           // longer ones are cut in P pieces

// Writes one container's log. Used by one thread.
class LogWriter {
 public:
  // Creates `path` (and its directory), or appends to it. Errors: kIo.
  static Result<LogWriter> open(std::string path, std::int64_t max_bytes = kMaxLogBytes,
                                int max_files = kMaxLogFiles);

  // Bytes as they came; complete lines are written, the rest waits. A disk that is full loses
  // lines, never blocks the program.
  void append(std::string_view stream, std::string_view bytes, TimePoint now);
  // What waits, at the end of a stream.
  void finish(TimePoint now);

 private:
  void write_line(std::string_view stream, std::string_view text, bool full, TimePoint now);
  void rotate();

  std::string path_;
  Fd file_;
  std::int64_t size_ = 0;
  std::int64_t max_bytes_ = kMaxLogBytes;
  int max_files_ = kMaxLogFiles;
  std::string pending_out_;
  std::string pending_err_;
};

struct LogQuery {
  bool follow = false;
  bool timestamps = false;
  std::optional<std::int64_t> tail_lines;
  std::optional<TimePoint> since;
  std::optional<std::int64_t> limit_bytes;
};

// Takes a piece of output; false ends the reading (the client is gone).
using LogSink = std::function<bool(std::string_view)>;

// Sends the log at `path` with its rotated files, oldest first. With follow it goes on until
// `finished` says that nothing more will be written (asked after every change and once a second),
// or `stop`. Errors: kNotFound when there is no log, kIo.
[[nodiscard]] Result<void> read_log(const std::string& path, const LogQuery& query,
                                    const LogSink& sink, const std::function<bool()>& finished,
                                    StopToken stop);

}  // namespace firesteel::node
