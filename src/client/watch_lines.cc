#include "client/watch_lines.h"

#include "base/json/parse.h"

namespace firesteel::client {
namespace {

// kube-apiserver's own limit for an object is 3 MiB (1.5 MiB in etcd); one event is one object.
constexpr std::size_t kMaxLine = 16 * 1024 * 1024;

Result<kube::EventType> type_of(std::string_view text) {
  if (text == "ADDED") return kube::EventType::kAdded;
  if (text == "MODIFIED") return kube::EventType::kModified;
  if (text == "DELETED") return kube::EventType::kDeleted;
  if (text == "BOOKMARK") return kube::EventType::kBookmark;
  if (text == "ERROR") return kube::EventType::kError;
  return fail(ErrorCode::kInternal, fmt::format("watch: unknown event type '{}'", text));
}

Result<kube::WatchEvent> parse_event(std::string_view line) {
  json::Value value = TRY(context(json::parse(line), "watch"));
  kube::WatchEvent event;
  event.type = TRY(type_of(json::string_at(value, "type")));
  json::Value* object = value.as_object().if_contains("object");
  if (object == nullptr || !object->is_object())
    return fail(ErrorCode::kInternal, "watch: an event without an object");
  event.object = std::make_shared<const json::Value>(std::move(*object));
  return event;
}

class WatchLines final : public kube::WatchStream {
 public:
  explicit WatchLines(std::unique_ptr<net::ResponseStream> stream) : stream_(std::move(stream)) {}

  Result<std::optional<kube::WatchEvent>> next(StopToken stop) override {
    while (true) {
      const std::size_t end = buffer_.find('\n', searched_);
      if (end != std::string::npos) {
        const std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        searched_ = 0;
        if (line.find_first_not_of(" \r\t") == std::string::npos) continue;
        return TRY(parse_event(line));
      }
      searched_ = buffer_.size();
      if (buffer_.size() > kMaxLine)
        return fail(ErrorCode::kInternal, "watch: an event is larger than 16 MiB");
      auto piece = stream_->read(stop);
      if (!piece && stop.stop_requested()) return std::nullopt;
      if (!piece) return std::unexpected(piece.error());
      if (!piece->empty()) {
        buffer_ += *piece;
        continue;
      }
      if (!buffer_.empty())
        return fail(ErrorCode::kUnavailable, "watch: the stream ended in the middle of an event");
      return std::nullopt;
    }
  }

 private:
  std::unique_ptr<net::ResponseStream> stream_;
  std::string buffer_;
  std::size_t searched_ = 0;  // no line ends before it
};

}  // namespace

std::unique_ptr<kube::WatchStream> watch_lines(std::unique_ptr<net::ResponseStream> stream) {
  return std::make_unique<WatchLines>(std::move(stream));
}

}  // namespace firesteel::client
