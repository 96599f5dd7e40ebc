#include "node/logs.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <deque>
#include <filesystem>

namespace firesteel::node {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

std::string rotated(const std::string& path, int number) {
  return fmt::format("{}.{}", path, number);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

struct Line {
  std::string_view time;
  bool full = true;
  std::string_view text;
};

std::optional<Line> parse_line(std::string_view raw) {
  const std::size_t stream = raw.find(' ');
  if (stream == std::string_view::npos) return std::nullopt;
  const std::size_t tag = raw.find(' ', stream + 1);
  if (tag == std::string_view::npos || tag + 2 >= raw.size() + 1) return std::nullopt;
  const std::size_t text = raw.find(' ', tag + 1);
  if (text == std::string_view::npos) return std::nullopt;
  return Line{raw.substr(0, stream), raw.substr(tag + 1, 1) != "P", raw.substr(text + 1)};
}

// Turns CRI lines into output: partial lines joined, lines too old left out, bytes counted.
class Output {
 public:
  Output(const LogQuery& query, const LogSink& sink) : query_(query), sink_(sink) {}

  // False when the reading is over.
  bool line(std::string_view raw) {
    const std::optional<Line> parsed = parse_line(raw);
    if (!parsed) return true;
    if (query_.since) {
      const std::optional<TimePoint> time = parse_time(parsed->time);
      if (time && *time < *query_.since) return true;
    }
    std::string text;
    if (query_.timestamps && start_of_line_) text = std::string(parsed->time) + " ";
    text += parsed->text;
    if (parsed->full) text += '\n';
    start_of_line_ = parsed->full;
    return put(std::move(text));
  }

 private:
  bool put(std::string text) {
    if (query_.limit_bytes) {
      const auto left = static_cast<std::size_t>(
          std::max<std::int64_t>(0, *query_.limit_bytes - static_cast<std::int64_t>(written_)));
      if (text.size() >= left) {
        sink_(std::string_view(text).substr(0, left));
        return false;
      }
    }
    written_ += text.size();
    return sink_(text);
  }

  const LogQuery& query_;
  const LogSink& sink_;
  std::size_t written_ = 0;
  bool start_of_line_ = true;
};

// A file read line by line, also while it grows.
class GrowingFile {
 public:
  bool open(const std::string& path) {
    file_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    buffer_.clear();
    return file_.valid();
  }
  [[nodiscard]] bool valid() const { return file_.valid(); }
  // False when `take` said so.
  template <typename Take>
  bool drain(const Take& take) {
    std::array<char, kReadBytes> bytes{};
    while (true) {
      const ssize_t count = read(file_.get(), bytes.data(), bytes.size());
      if (count <= 0) return true;
      buffer_.append(bytes.data(), static_cast<std::size_t>(count));
      std::size_t start = 0;
      std::size_t end = 0;
      while ((end = buffer_.find('\n', start)) != std::string::npos) {
        if (!take(std::string_view(buffer_).substr(start, end - start))) return false;
        start = end + 1;
      }
      buffer_.erase(0, start);
    }
  }
  // Whether `path` is by now another file than this one.
  [[nodiscard]] bool replaced(const std::string& path) const {
    struct stat mine{};
    struct stat there{};
    return fstat(file_.get(), &mine) == 0 && stat(path.c_str(), &there) == 0 &&
           mine.st_ino != there.st_ino;
  }

 private:
  Fd file_;
  std::string buffer_;
};

void wait_for_change(int inotify, StopToken stop) {
  std::array<pollfd, 2> polls{pollfd{inotify, POLLIN, 0}, pollfd{stop.fd(), POLLIN, 0}};
  poll(polls.data(), polls.size(), 1000);
  std::array<char, 4096> events{};
  while (inotify >= 0 && read(inotify, events.data(), events.size()) > 0) {
  }
}

std::vector<std::string> files_of(const std::string& path) {
  std::vector<std::string> files;
  for (int number = kMaxLogFiles; number >= 1; --number) {
    if (access(rotated(path, number).c_str(), R_OK) == 0) files.push_back(rotated(path, number));
  }
  files.push_back(path);
  return files;
}

}  // namespace

Result<LogWriter> LogWriter::open(std::string path, std::int64_t max_bytes, int max_files) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  LogWriter writer;
  writer.file_ = Fd(::open(path.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0640));
  if (!writer.file_.valid()) return fail_errno("open container log " + path);
  struct stat info{};
  if (fstat(writer.file_.get(), &info) == 0) writer.size_ = info.st_size;
  writer.path_ = std::move(path);
  writer.max_bytes_ = max_bytes;
  writer.max_files_ = max_files;
  return writer;
}

void LogWriter::append(std::string_view stream, std::string_view bytes, TimePoint now) {
  std::string& pending = stream == "stderr" ? pending_err_ : pending_out_;
  pending.append(bytes);
  std::size_t start = 0;
  while (true) {
    const std::size_t end = pending.find('\n', start);
    const std::size_t length = (end == std::string::npos ? pending.size() : end) - start;
    if (length > kMaxLogLine) {
      write_line(stream, std::string_view(pending).substr(start, kMaxLogLine), false, now);
      start += kMaxLogLine;
      continue;
    }
    if (end == std::string::npos) break;
    write_line(stream, std::string_view(pending).substr(start, length), true, now);
    start = end + 1;
  }
  pending.erase(0, start);
}

void LogWriter::finish(TimePoint now) {
  if (!pending_out_.empty()) write_line("stdout", pending_out_, true, now);
  if (!pending_err_.empty()) write_line("stderr", pending_err_, true, now);
  pending_out_.clear();
  pending_err_.clear();
}

void LogWriter::write_line(std::string_view stream, std::string_view text, bool full,
                           TimePoint now) {
  const std::string line =
      fmt::format("{} {} {} {}\n", format_nano_time(now), stream, full ? "F" : "P", text);
  if (size_ > 0 && size_ + static_cast<std::int64_t>(line.size()) > max_bytes_) rotate();
  if (write_all(file_.get(), line)) size_ += static_cast<std::int64_t>(line.size());
}

void LogWriter::rotate() {
  unlink(rotated(path_, max_files_ - 1).c_str());
  for (int number = max_files_ - 2; number >= 1; --number)
    std::rename(rotated(path_, number).c_str(), rotated(path_, number + 1).c_str());
  std::rename(path_.c_str(), rotated(path_, 1).c_str());
  Fd fresh(::open(path_.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0640));
  // Without a new file the old one goes on growing rather than losing lines.
  if (!fresh.valid()) return;
  file_ = std::move(fresh);
  size_ = 0;
}

Result<void> read_log(const std::string& path, const LogQuery& query, const LogSink& sink,
                      const std::function<bool()>& finished, StopToken stop) {
  Fd inotify(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  // Watched before reading, so that no change falls in between. Without a watch the wait is a
  // second.
  if (inotify.valid())
    inotify_add_watch(inotify.get(), std::filesystem::path(path).parent_path().c_str(),
                      IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE);
  Output output(query, sink);
  GrowingFile file;
  std::deque<std::string> tail;
  const auto take = [&](std::string_view raw) {
    if (!query.tail_lines) return output.line(raw);
    tail.emplace_back(raw);
    if (static_cast<std::int64_t>(tail.size()) > *query.tail_lines) tail.pop_front();
    return true;
  };
  for (const std::string& name : files_of(path)) {
    if (!file.open(name)) continue;
    if (!file.drain(take)) return {};
  }
  if (!file.valid()) return fail(ErrorCode::kNotFound, "no log file " + path);
  for (const std::string& raw : tail)
    if (!output.line(raw)) return {};
  while (query.follow && !stop.stop_requested()) {
    // Asked first: what is written before it ends is read after.
    const bool last = finished();
    const auto pass = [&](std::string_view raw) { return output.line(raw); };
    if (!file.drain(pass)) return {};
    if (file.replaced(path) && (!file.drain(pass) || !file.open(path) || !file.drain(pass)))
      return {};
    if (last || !sink("")) return {};
    wait_for_change(inotify.get(), stop);
  }
  return {};
}

}  // namespace firesteel::node
