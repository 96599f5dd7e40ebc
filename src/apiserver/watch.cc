#include "apiserver/watch.h"

#include <charconv>

#include "apiserver/read.h"
#include "apiserver/watch_cursor.h"
#include "base/json/print.h"
#include "kube/status.h"
#include "net/websocket.h"

namespace firesteel::apiserver {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::chrono::milliseconds kLookEvery{500};  // for a client that has gone
constexpr std::int64_t kDefaultSeconds = 1800;  // kube-apiserver's minimum; it adds as much again

std::string_view type_text(kube::EventType type) {
  switch (type) {
    case kube::EventType::kAdded:
      return "ADDED";
    case kube::EventType::kModified:
      return "MODIFIED";
    case kube::EventType::kDeleted:
      return "DELETED";
    case kube::EventType::kBookmark:
      return "BOOKMARK";
    case kube::EventType::kError:
      return "ERROR";
  }
  return "ERROR";
}

// Where frames go: one of the two transports.
class Sink {
 public:
  Result<void> open(const net::Request& request, net::ResponseWriter& writer) {
    writer_ = &writer;
    if (net::is_websocket_upgrade(request)) {
      // "" : clients that offer sub-protocols for other purposes (a bearer token) are given none.
      socket_ = TRY(net::WebSocket::accept(request, writer, {""}));
      return {};
    }
    return writer.start(
        200, {{"Content-Type", "application/json"}, {"Cache-Control", "no-cache, private"}});
  }
  Result<void> send(std::string frame) {
    if (socket_) return socket_->send_text(frame);
    frame += '\n';
    return writer_->write(frame);
  }
  [[nodiscard]] bool alive() {
    if (writer_->stop().stop_requested()) return false;
    return socket_ ? socket_->drain() : !writer_->gone();
  }
  void close() {
    if (socket_) {
      socket_->close();
    } else {
      (void)writer_->finish();  // the client may be gone: nobody is left to tell
    }
  }
  [[nodiscard]] bool is_socket() const { return socket_ != nullptr; }

 private:
  net::ResponseWriter* writer_ = nullptr;
  std::unique_ptr<net::WebSocket> socket_;
};

struct Request {
  Selection selection;
  store::Revision from = 0;
  bool initial = false;       // existing objects first
  bool mark_initial = false;  // and a bookmark after them
  bool bookmarks = false;
  std::chrono::seconds timeout{kDefaultSeconds};
};

Result<Request> parse(const Call& call) {
  Request request;
  request.selection = TRY(Selection::parse(*call.served, call.query));
  request.from = TRY(asked_revision(call.query));
  request.bookmarks = query_flag(call.query, "allowWatchBookmarks");
  const std::string_view initial = query_value(call.query, "sendInitialEvents");
  const std::string_view match = query_value(call.query, "resourceVersionMatch");
  if (initial.empty()) {
    if (!match.empty()) {
      return fail(ErrorCode::kInvalid,
                  "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch "
                  "unless sendInitialEvents is provided");
    }
    request.initial = request.from == 0;
  } else {
    if (match != "NotOlderThan") {
      return fail(ErrorCode::kInvalid,
                  "resourceVersionMatch: Forbidden: sendInitialEvents requires setting "
                  "resourceVersionMatch to NotOlderThan");
    }
    request.initial = request.mark_initial = query_flag(call.query, "sendInitialEvents");
    if (!request.initial && request.from == 0) request.from = call.core.store().revision();
  }
  const std::string_view seconds = query_value(call.query, "timeoutSeconds");
  std::int64_t number = 0;
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), number);
  if (number > 0) request.timeout = std::chrono::seconds(std::min<std::int64_t>(number, 86400));
  return request;
}

class Watch {
 public:
  Watch(Call& call, const Representation& form, Request request)
      : call_(call),
        form_(form),
        request_(std::move(request)),
        cursor_(call.core.store(), *call.served, call.path.space, request_.selection,
                request_.from) {}

  void run(net::ResponseWriter& writer) {
    if (const auto opened = sink_.open(call_.http, writer); !opened) {
      // A send fails only when the client has gone.
      if (opened.error().code == ErrorCode::kBadRequest) {
        (void)writer.send(render_error(opened.error()));
      }
      return;
    }
    // An error of a send means that the client has gone: the watch is over either way.
    (void)stream();
    sink_.close();
  }

 private:
  Result<void> stream() {
    const SteadyTime end = std::chrono::steady_clock::now() + request_.timeout;
    if (request_.initial) TRY(send_initial());
    SteadyTime bookmark_due = next_bookmark();
    while (sink_.alive() && std::chrono::steady_clock::now() < end) {
      const auto items = cursor_.next();
      if (!items) return send_error(items.error());
      for (const WatchItem& item : *items) TRY(send(item));
      if (!items->empty()) {
        bookmark_due = next_bookmark();
        continue;
      }
      const SteadyTime now = std::chrono::steady_clock::now();
      if (request_.bookmarks && now >= bookmark_due) {
        TRY(send_bookmark(false));
        bookmark_due = next_bookmark();
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - now);
      call_.core.store().wait(cursor_.position(),
                              std::clamp(left, std::chrono::milliseconds(1), kLookEvery));
    }
    return {};
  }

  Result<void> send_initial() {
    for (const WatchItem& item : cursor_.existing()) TRY(send(item));
    if (request_.mark_initial && request_.bookmarks) TRY(send_bookmark(true));
    return {};
  }

  Result<void> send(const WatchItem& item) {
    std::string frame = fmt::format("{{\"type\":\"{}\",\"object\":", type_text(item.type));
    if (form_.form == Representation::Form::kObject) {
      if (item.event) {
        frame += item.event->text();
      } else {
        json::print_to(frame, *item.object);
      }
    } else {
      const json::Document shaped =
          shape(form_, *call_.served, item.object, call_.core.now(), !sent_columns_);
      sent_columns_ = true;
      json::print_to(frame, *shaped);
    }
    return sink_.send(frame += '}');
  }

  // Only its metadata.resourceVersion means anything.
  Result<void> send_bookmark(bool end_of_initial) {
    json::Object metadata{{"resourceVersion", std::to_string(cursor_.position())}};
    if (end_of_initial) {
      metadata["annotations"] = json::Object{{"k8s.io/initial-events-end", "true"}};
    }
    return send({kube::EventType::kBookmark,
                 std::make_shared<const json::Value>(
                     json::Object{{"kind", call_.resource().kind},
                                  {"apiVersion", call_.resource().api_version()},
                                  {"metadata", std::move(metadata)}}),
                 nullptr});
  }

  Result<void> send_error(const Error& error) {
    std::string frame = "{\"type\":\"ERROR\",\"object\":";
    json::print_to(frame, kube::to_status(error));
    return sink_.send(frame += '}');
  }

  [[nodiscard]] SteadyTime next_bookmark() const {
    const std::string_view agent = call_.http.headers.get("User-Agent");
    const bool okhttp = agent.find("fabric8") != std::string_view::npos ||
                        agent.find("okhttp") != std::string_view::npos;
    const bool often = okhttp && !sink_.is_socket();
    return std::chrono::steady_clock::now() + (often ? kBookmarkEveryForOkHttp : kBookmarkEvery);
  }

  Call& call_;
  const Representation& form_;
  Request request_;
  WatchCursor cursor_;
  Sink sink_;
  bool sent_columns_ = false;
};

}  // namespace

void serve_watch(Call& call, const Representation& form, net::ResponseWriter& writer) {
  auto request = parse(call);
  if (!request) {
    // A send fails only when the client has gone.
    (void)writer.send(render_error(request.error(), &call.resource()));
    return;
  }
  Watch(call, form, *std::move(request)).run(writer);
}

}  // namespace firesteel::apiserver
