#pragma once
// For tests: a real HTTP server that answers with recorded Kubernetes JSON and remembers what it
// was asked.
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "client/http_api.h"
#include "net/server.h"

namespace firesteel::client {

class RecordedServer final : public net::Handler {
 public:
  RecordedServer() { server_ = net::Server::start({}, *this).value(); }
  ~RecordedServer() override { server_.reset(); }

  // Answers of "GET /path" (without query), in order; the last one stays.
  void answer(const std::string& what, int status, std::string body, net::Headers headers = {}) {
    const std::lock_guard lock(mutex_);
    answers_[what].push_back({status, std::move(headers), std::move(body)});
  }
  // What watches of the path stream, in order: one chunk each; a watch with no more chunks ends
  // when its client goes, or at once for the chunk "end".
  void stream(const std::string& path, std::string chunk) {
    const std::lock_guard lock(mutex_);
    chunks_[path].push_back(std::move(chunk));
    changed_.notify_all();
  }

  // "METHOD target|Content-Type|body" of all requests so far.
  [[nodiscard]] std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  void wait_until_asked(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_.size() >= count; });
  }
  [[nodiscard]] net::Request last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

  [[nodiscard]] Connection connection() const {
    Connection connection;
    connection.url = fmt::format("http://127.0.0.1:{}", server_->port());
    return connection;
  }

  void handle(const net::Request& request, net::ResponseWriter& writer) override {
    const std::string path(net::path_of(request.target));
    std::unique_lock lock(mutex_);
    last_ = request;
    asked_.push_back(fmt::format("{} {}|{}|{}", request.method, request.target,
                                 request.headers.get("Content-Type"), request.body));
    changed_.notify_all();
    if (request.target.find("watch=true") != std::string::npos) return watch(path, writer, lock);
    auto& answers = answers_[request.method + " " + path];
    net::Response response{404, {}, R"({"kind":"Status","code":404,"reason":"NotFound"})"};
    if (!answers.empty()) response = answers.front();
    if (answers.size() > 1) answers.pop_front();
    lock.unlock();
    (void)writer.send(response);
  }

 private:
  void watch(const std::string& path, net::ResponseWriter& writer,
             std::unique_lock<std::mutex>& lock) {
    auto& chunks = chunks_[path];
    if (!writer.start(200, {{"Content-Type", "application/json"}})) return;
    while (!writer.gone()) {
      if (chunks.empty()) {
        changed_.wait_for(lock, std::chrono::milliseconds(5));
        continue;
      }
      const std::string chunk = std::move(chunks.front());
      chunks.pop_front();
      if (chunk == "end") break;
      (void)writer.write(chunk);
    }
    (void)writer.finish();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::deque<net::Response>> answers_;
  std::map<std::string, std::deque<std::string>> chunks_;
  std::vector<std::string> asked_;
  net::Request last_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace firesteel::client
