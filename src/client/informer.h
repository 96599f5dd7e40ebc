#pragma once
// A live copy of a collection: lists, watches, lists again when it must (kube/loop/watch_machine.h
// decides), on a thread of its own. Thread-safe.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "kube/api.h"

namespace firesteel::client {

struct InformerOptions {
  kube::Resource resource;
  std::string space;  // "" = all namespaces
  std::string label_selector;
  std::string field_selector;
  std::string indexed_label;  // by_label() finds by its value; "" = no index
};

// What happened to one object since the last change of it that was told: `before` is null for a new
// one, `after` for one that is gone. After a gap several changes may be told as one.
struct Change {
  std::string key;  // kube::key_of
  json::Document before;
  json::Document after;
};

class Informer {
 public:
  // `api` and `clock` must outlive the informer. `seed` varies how long its
  // watches last, so that many informers do not come back all at once.
  Informer(kube::Api& api, InformerOptions options, const Clock& clock, std::uint64_t seed = 0);
  // Stops and joins the thread. No handler runs after it.
  ~Informer();
  Informer(const Informer&) = delete;
  Informer& operator=(const Informer&) = delete;

  // Called on the informer's thread after the snapshot has the change; must be quick (put the key
  // on a queue). Before start() only.
  void on_change(std::function<void(const Change&)> handler);
  void start();

  // The present snapshot: the object, or null. For cluster-scoped resources the key is the name.
  [[nodiscard]] json::Document get(std::string_view key) const;
  // All of a namespace, or of all for "".
  [[nodiscard]] std::vector<json::Document> list(std::string_view space = {}) const;
  [[nodiscard]] std::vector<json::Document> by_label(std::string_view value) const;
  // Whether the first list is in the snapshot, and its handlers have been called.
  [[nodiscard]] bool has_synced() const;
  // False when it did not happen in time.
  [[nodiscard]] bool wait_for_sync(std::chrono::milliseconds timeout) const;
  // Why the last list or watch failed; "" when all is well.
  [[nodiscard]] std::string last_error() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firesteel::client
