#include "node/actions.h"

#include <poll.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "net/client.h"
#include "net/socket.h"

namespace firesteel::node {
namespace {

constexpr int kLeastSuccess = 200;
constexpr int kAboveSuccess = 400;
constexpr std::size_t kMaxProbeBody = 1024 * 1024;

}  // namespace

Result<void> probe_http(const plan::HttpAction& action, std::chrono::seconds timeout,
                        const StopToken& stop) {
  const std::size_t host = action.url.find("//") + 2;
  const std::size_t path = std::min(action.url.find('/', host), action.url.size());
  net::ClientOptions options;
  options.url = action.url.substr(0, path);
  options.tls.insecure_skip_verify = true;
  options.connect_timeout = options.request_timeout = timeout;
  options.max_body_bytes = kMaxProbeBody;
  options.stop = stop;
  const auto client = TRY(net::Client::create(options));
  net::Request request;
  request.target = path < action.url.size() ? action.url.substr(path) : "/";
  request.headers = {{"User-Agent", "kube-probe/1.32"}, {"Accept", "*/*"}, {"Connection", "close"}};
  for (const auto& [name, value] : action.headers) request.headers.set(name, value);
  const net::Response response =
      TRY(context(client->send(request), fmt::format("Get \"{}\"", action.url)));
  if (response.status >= kLeastSuccess && response.status < kAboveSuccess) return {};
  return fail(ErrorCode::kUnavailable,
              fmt::format("HTTP probe failed with statuscode: {}", response.status));
}

Result<void> probe_tcp(const plan::TcpAction& action, std::chrono::seconds timeout,
                       const StopToken& stop) {
  TRY(net::connect_tcp(action.host, action.port, timeout, stop));
  return {};
}

Result<void> sleep_for(std::chrono::seconds time, const StopToken& stop) {
  pollfd wait{stop.fd(), POLLIN, 0};
  const int timeout = static_cast<int>(std::chrono::milliseconds(time).count());
  if (poll(&wait, 1, timeout) > 0) return fail(ErrorCode::kUnavailable, "stopped");
  return {};
}

struct Actions::State {
  StopSource stop;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<std::pair<Work, Done>> waiting;  // guarded by mutex
  int idle = 0;                               // guarded by mutex
  std::vector<std::jthread> threads;          // guarded by mutex until it is destroyed

  void serve(const std::stop_token& ended) {
    while (true) {
      std::unique_lock lock(mutex);
      ++idle;
      const bool some = changed.wait(lock, ended, [this] { return !waiting.empty(); });
      --idle;
      if (!some || ended.stop_requested()) return;
      const auto [work, done] = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      const Result<void> result = work(stop.token());
      if (!ended.stop_requested()) done(result);
    }
  }
};

Actions::Actions() : state_(std::make_unique<State>()) {}

Actions::~Actions() {
  state_->stop.request_stop();
  std::vector<std::jthread> threads;
  {
    const std::lock_guard lock(state_->mutex);
    threads = std::move(state_->threads);
  }
  for (std::jthread& thread : threads) thread.request_stop();
  threads.clear();
}

void Actions::run(Work work, Done done) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->waiting.emplace_back(std::move(work), std::move(done));
    const bool busy = state_->waiting.size() > static_cast<std::size_t>(state_->idle);
    if (busy && state_->threads.size() < static_cast<std::size_t>(kActionThreads)) {
      State* raw = state_.get();
      state_->threads.emplace_back([raw](const std::stop_token& ended) { raw->serve(ended); });
    }
  }
  state_->changed.notify_one();
}

}  // namespace firesteel::node
