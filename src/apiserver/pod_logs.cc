#include "apiserver/pod_logs.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "apiserver/kubelet_link.h"
#include "apiserver/request_path.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json/print.h"
#include "kube/object.h"
#include "kube/query_flag.h"
#include "kube/status.h"
#include "net/client.h"

namespace firesteel::apiserver {
namespace {

// Pieces read ahead of a slow client; the kubelet waits when they are not taken.
constexpr std::size_t kMaxPiecesAhead = 16;
constexpr std::size_t kMaxErrorBytes = 64 * 1024;

std::string names_of(const json::Value& pod, std::string_view list) {
  std::string out;
  for (const json::Value& container : json::array_at(pod, {"spec", list})) {
    if (!out.empty()) out += ' ';
    out += json::string_at(container, "name");
  }
  return out;
}

constexpr std::string_view kLists[] = {"containers", "initContainers", "ephemeralContainers"};

const json::Value* container_status(const json::Value& pod, std::string_view container) {
  for (const std::string_view list :
       {"containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"}) {
    for (const json::Value& status : json::array_at(pod, {"status", list})) {
      if (json::string_at(status, "name") == container) return &status;
    }
  }
  return nullptr;
}

bool is_object_at(const json::Value& value, std::initializer_list<std::string_view> keys) {
  const json::Value* at = json::find(value, keys);
  return at != nullptr && at->is_object();
}

std::unexpected<Error> bad_option(std::string_view name, std::string_view value,
                                  std::string_view expected) {
  std::string message = fmt::format("Invalid value: \"{}\": {}", value, expected);
  std::vector<Problem> problems{{std::string(name), message}};
  return fail(ErrorCode::kInvalid,
              fmt::format("PodLogOptions \"\" is invalid: {}: {}", name, message),
              std::move(problems));
}

Result<void> check_number(std::string_view name, std::string_view value, std::int64_t least) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < least) {
    return bad_option(name, value, fmt::format("must be an integer of at least {}", least));
  }
  return {};
}

std::string_view option(const net::Query& query, std::string_view name) {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

bool has_option(const net::Query& query, std::string_view name) {
  return std::ranges::any_of(query, [&](const auto& field) { return field.first == name; });
}

Result<std::string> kubelet_of(const json::Value& pod, const json::Value& node) {
  const std::string_view name = json::string_at(pod, {"spec", "nodeName"});
  if (node.is_null()) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("node \"{}\" of pod \"{}\" is not there", name, kube::name_of(pod)));
  }
  return kubelet_url(node);
}

struct LogSource {
  std::unique_ptr<net::Client> client;  // outlives the stream
  std::unique_ptr<net::ResponseStream> stream;
};

// All that can fail before the first byte of the log.
Result<LogSource> open_log(const json::Value& pod, const json::Value& node, const net::Query& query,
                           const net::TlsClientOptions& kubelet_tls, StopToken stop) {
  const std::string container = TRY(choose_log_container(pod, option(query, "container")));
  const std::string options = TRY(log_query(query));
  const bool previous = query_flag(query, "previous");
  TRY(check_log_available(pod, container, previous));
  net::ClientOptions to;
  to.url = TRY(kubelet_of(pod, node));
  to.tls = kubelet_tls;
  LogSource source;
  source.client = TRY(context(net::Client::create(to), "connect to the node agent " + to.url));
  net::Request request;
  request.target = fmt::format("/containerLogs/{}/{}/{}{}", kube::namespace_of(pod),
                               kube::name_of(pod), net::percent_encode(container), options);
  source.stream =
      TRY(context(source.client->open(request), "read the log from the node agent " + to.url));
  if (source.stream->status() == 200) return source;
  std::string body;
  while (body.size() < kMaxErrorBytes) {
    const Result<std::string> piece = source.stream->read(stop);
    if (!piece || piece->empty()) break;
    body += *piece;
  }
  while (body.ends_with('\n')) body.pop_back();
  const int status = source.stream->status();
  const ErrorCode code = status == 404   ? ErrorCode::kNotFound
                         : status == 400 ? ErrorCode::kBadRequest
                                         : ErrorCode::kInternal;
  if (body.empty()) body = fmt::format("the node agent {} answered {}", to.url, status);
  return fail(code, body);
}

// Reads the kubelet's stream in a thread of its own, so that the connection's thread can also see
// the client go.
class ReadAhead {
 public:
  explicit ReadAhead(net::ResponseStream& stream)
      : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        reader_([this, &stream] { run(stream); }) {}
  ~ReadAhead() {
    stop_.request_stop();
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    taken_.notify_all();
  }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Readable when there are pieces or the end has come.
  [[nodiscard]] int fd() const { return wake_.get(); }

  // What has been read since the last call; false when nothing will follow.
  bool take(std::deque<std::string>& out) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &count, sizeof count);
    const std::lock_guard lock(mutex_);
    out = std::exchange(pieces_, {});
    taken_.notify_all();
    return !ended_;
  }
  [[nodiscard]] std::optional<Error> error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

 private:
  void run(net::ResponseStream& stream) {
    while (true) {
      Result<std::string> piece = stream.read(stop_.token());
      std::unique_lock lock(mutex_);
      const bool end = !piece || piece->empty();
      if (!piece) error_ = piece.error();
      if (!end) pieces_.push_back(std::move(*piece));
      ended_ = end;
      const std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t put = ::write(wake_.get(), &one, sizeof one);
      taken_.wait(lock, [&] { return end || closed_ || pieces_.size() < kMaxPiecesAhead; });
      if (end || closed_) return;
    }
  }

  Fd wake_;
  StopSource stop_;
  mutable std::mutex mutex_;
  std::condition_variable taken_;
  std::deque<std::string> pieces_;
  std::optional<Error> error_;
  bool ended_ = false;
  bool closed_ = false;
  std::jthread reader_;  // last: it uses all of the above
};

// Waits until there is something to read or the client may be gone. False when it is.
bool wait_for(const ReadAhead& source, net::ResponseWriter& writer, bool& watch_input) {
  const int stop = writer.stop().fd();  // negative descriptors are skipped by poll
  pollfd watched[] = {
      {source.fd(), POLLIN, 0},
      {writer.fd(), static_cast<short>(watch_input ? POLLIN | POLLRDHUP : POLLRDHUP), 0},
      {stop, POLLIN, 0}};
  if (::poll(watched, std::size(watched), -1) < 0 && errno != EINTR) return false;
  if (watched[2].revents != 0) return false;
  if (watched[1].revents == 0) return true;
  if (writer.gone() || (watched[1].revents & (POLLHUP | POLLERR | POLLRDHUP)) != 0) return false;
  // The next request waits already: that input stays unread, so it must not wake us again.
  watch_input = false;
  return true;
}

void copy_log(net::ResponseStream& stream, net::ResponseWriter& writer) {
  ReadAhead source(stream);
  bool watch_input = true;
  std::deque<std::string> pieces;
  while (wait_for(source, writer, watch_input)) {
    const bool more = source.take(pieces);
    for (const std::string& piece : pieces) {
      if (!writer.write(piece)) return;
    }
    if (more) continue;
    // A log cut short must not look complete: without the last chunk the client sees the
    // difference.
    if (!source.error()) (void)writer.finish();
    return;
  }
}

}  // namespace

Result<std::string> choose_log_container(const json::Value& pod, std::string_view asked) {
  const std::string_view name = kube::name_of(pod);
  if (!asked.empty()) {
    for (const std::string_view list : kLists) {
      for (const json::Value& container : json::array_at(pod, {"spec", list})) {
        if (json::string_at(container, "name") == asked) return std::string(asked);
      }
    }
    return fail(ErrorCode::kBadRequest,
                fmt::format("container {} is not valid for pod {}", asked, name));
  }
  const json::Array& containers = json::array_at(pod, {"spec", "containers"});
  if (containers.size() == 1) return std::string(json::string_at(containers.front(), "name"));
  if (containers.empty()) {
    return fail(ErrorCode::kBadRequest,
                fmt::format("a container name must be specified for pod {}", name));
  }
  std::string message =
      fmt::format("a container name must be specified for pod {}, choose one of: [{}]", name,
                  names_of(pod, "containers"));
  const std::string init = names_of(pod, "initContainers");
  if (!init.empty()) message += fmt::format(" or one of the init containers: [{}]", init);
  const std::string ephemeral = names_of(pod, "ephemeralContainers");
  if (!ephemeral.empty()) {
    message += fmt::format(" or one of the ephemeral containers: [{}]", ephemeral);
  }
  return fail(ErrorCode::kBadRequest, std::move(message));
}

Result<void> check_log_available(const json::Value& pod, std::string_view container,
                                 bool previous) {
  const std::string who =
      fmt::format("container \"{}\" in pod \"{}\"", container, kube::name_of(pod));
  const auto refuse = [&](std::string_view what) {
    return fail(ErrorCode::kBadRequest, fmt::format("{} {}", who, what));
  };
  const json::Value* status = container_status(pod, container);
  if (status == nullptr) {
    return previous ? refuse("is not available") : refuse("is waiting to start - no logs yet");
  }
  const bool ended_before = is_object_at(*status, {"lastState", "terminated"});
  if (previous) {
    if (ended_before) return {};
    return fail(ErrorCode::kBadRequest, fmt::format("previous terminated {} not found", who));
  }
  if (is_object_at(*status, {"state", "running"}) ||
      is_object_at(*status, {"state", "terminated"}) || ended_before) {
    return {};
  }
  const std::string_view reason = json::string_at(*status, {"state", "waiting", "reason"});
  if (reason.empty()) return refuse("is waiting to start - no logs yet");
  if (reason == "ErrImagePull") return refuse("is waiting to start: image can't be pulled");
  if (reason == "ImagePullBackOff") {
    return refuse("is waiting to start: trying and failing to pull image");
  }
  return refuse(fmt::format("is waiting to start: {}", reason));
}

Result<std::string> log_query(const net::Query& query) {
  net::Query kept;
  for (const auto& [name, value] : query) {
    if (name == "follow" || name == "previous" || name == "timestamps") {
      if (kube::query_flag(value)) kept.emplace_back(name, "true");
    } else if (name == "tailLines") {
      TRY(check_number(name, value, 0));
      kept.emplace_back(name, value);
    } else if (name == "sinceSeconds" || name == "limitBytes") {
      TRY(check_number(name, value, 1));
      kept.emplace_back(name, value);
    } else if (name == "sinceTime") {
      if (!parse_time(value)) return bad_option(name, value, "must be an RFC 3339 time");
      kept.emplace_back(name, value);
    } else if (name == "stream" && value != "All" && !value.empty()) {
      return bad_option(name, value, "only \"All\" is supported: the two streams are kept as one");
    }
  }
  if (has_option(kept, "sinceTime") && has_option(kept, "sinceSeconds")) {
    return bad_option("sinceSeconds", option(kept, "sinceSeconds"),
                      "at most one of `sinceTime` or `sinceSeconds` may be specified");
  }
  std::string out;
  for (const auto& [name, value] : kept) {
    out += fmt::format("{}{}={}", out.empty() ? "?" : "&", name, net::percent_encode(value));
  }
  return out;
}

void serve_pod_log(const json::Value& pod, const json::Value& node, const net::Query& query,
                   const net::TlsClientOptions& kubelet_tls, net::ResponseWriter& writer) {
  const bool known = choose_log_container(pod, option(query, "container")).has_value();
  if (known && json::string_at(pod, {"spec", "nodeName"}).empty()) {
    // Nobody has anything to say of it yet, nor is that an error: kube-apiserver has no content.
    return (void)writer.send({204, {}, ""});
  }
  Result<LogSource> source = open_log(pod, node, query, kubelet_tls, writer.stop());
  if (!source) {
    const Error& error = source.error();
    (void)writer.send(
        {kube::status_code(error.code).http,
         {{"Content-Type", "application/json"}},
         json::print(error.code == ErrorCode::kBadRequest
                         ? kube::to_status(error)
                         : kube::to_status(error, &kube::resources::kPods, kube::name_of(pod)))});
    return;
  }
  // An error here is a client that is gone: there is nobody to tell.
  if (!writer.start(200, {{"Content-Type", "text/plain"}})) return;
  copy_log(*source->stream, writer);
}

}  // namespace firesteel::apiserver
