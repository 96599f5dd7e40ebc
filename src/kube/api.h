#pragma once
// The Kubernetes API as the rest of the program sees it: one abstract class, implemented over HTTP
// (client/http_api.h) and in memory for the simulation. Blocking; every call may be made from any
// thread. Errors carry the server's Status (kube/status.h): kNotFound, kAlreadyExists, kConflict,
// kGone, ...; kUnavailable or kTimeout when no answer came, in which case a write may have
// happened.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/json.h"
#include "base/result.h"
#include "base/stop.h"
#include "kube/resource.h"

namespace firesteel::kube {

enum class PatchType { kJson, kMerge, kStrategicMerge, kApply };
enum class Propagation { kDefault, kBackground, kForeground, kOrphan };

struct ListOptions {
  std::string label_selector;
  std::string field_selector;
  std::string resource_version;  // "" = most recent, "0" = any
  std::int64_t limit = 0;        // 0 = all
  std::string continue_token;
};

struct List {
  std::vector<json::Document> items;  // each with apiVersion and kind filled in
  std::string resource_version;
  std::string continue_token;
};

struct WriteOptions {
  std::string subresource;    // "", "status", ...
  std::string field_manager;  // required for kApply
  bool force = false;         // kApply: take fields from other managers
  bool dry_run = false;
};

struct DeleteOptions {
  Propagation propagation = Propagation::kDefault;
  std::optional<std::int64_t> grace_period_seconds;
  std::string uid;               // precondition
  std::string resource_version;  // precondition
};

struct WatchOptions {
  std::string label_selector;
  std::string field_selector;
  std::string resource_version;  // "" = existing objects first as ADDED
  bool allow_bookmarks = true;
  std::chrono::seconds timeout{0};  // asked of the server; 0 = its default
};

enum class EventType { kAdded, kModified, kDeleted, kBookmark, kError };

struct WatchEvent {
  EventType type = EventType::kAdded;
  json::Document object;  // for kError a Status
};

// One open watch. Used by one thread; destroying it closes the connection.
class WatchStream {
 public:
  virtual ~WatchStream() = default;
  // The next event; nothing when the server ended the stream or `stop` was requested. Errors:
  // kUnavailable.
  [[nodiscard]] virtual Result<std::optional<WatchEvent>> next(StopToken stop) = 0;
};

class Api {
 public:
  virtual ~Api() = default;

  // `space` is "" for cluster-scoped resources, and in list and watch for all namespaces.
  [[nodiscard]] virtual Result<json::Document> get(const Resource& resource, std::string_view space,
                                                   std::string_view name) = 0;
  [[nodiscard]] virtual Result<List> list(const Resource& resource, std::string_view space,
                                          const ListOptions& options) = 0;
  // With a subresource (pods/binding, serviceaccounts/token, pods/eviction) the parent's name is
  // the object's own metadata.name.
  [[nodiscard]] virtual Result<json::Document> create(const Resource& resource,
                                                      std::string_view space,
                                                      const json::Value& object,
                                                      const WriteOptions& options) = 0;
  // PUT: the object's resourceVersion, when set, is a precondition.
  [[nodiscard]] virtual Result<json::Document> replace(const Resource& resource,
                                                       std::string_view space,
                                                       std::string_view name,
                                                       const json::Value& object,
                                                       const WriteOptions& options) = 0;
  [[nodiscard]] virtual Result<json::Document> patch(const Resource& resource,
                                                     std::string_view space, std::string_view name,
                                                     PatchType type, const json::Value& patch,
                                                     const WriteOptions& options) = 0;
  [[nodiscard]] virtual Result<void> remove(const Resource& resource, std::string_view space,
                                            std::string_view name,
                                            const DeleteOptions& options) = 0;
  [[nodiscard]] virtual Result<void> remove_collection(const Resource& resource,
                                                       std::string_view space,
                                                       const ListOptions& selection,
                                                       const DeleteOptions& options) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<WatchStream>> watch(const Resource& resource,
                                                                   std::string_view space,
                                                                   const WatchOptions& options) = 0;
};

}  // namespace firesteel::kube
