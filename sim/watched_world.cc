#include "sim/watched_world.h"

#include <charconv>

#include "kube/object.h"
#include "kube/selector.h"

namespace firesteel::sim {
namespace {

// How soon a stream notices that it is to stop.
constexpr std::chrono::milliseconds kStopInterval{20};

}  // namespace

class WatchedWorld::Stream final : public kube::WatchStream {
 public:
  Stream(WatchedWorld& owner, kube::Resource resource, std::string space,
         kube::LabelSelector selector, std::uint64_t from)
      : owner_(owner),
        resource_(std::move(resource)),
        space_(std::move(space)),
        selector_(std::move(selector)),
        from_(from) {}

  Result<std::optional<kube::WatchEvent>> next(StopToken stop) override {
    std::unique_lock lock(owner_.mutex_);
    while (!stop.stop_requested()) {
      const std::vector<Change>& log = owner_.world_.log();
      while (at_ < log.size()) {
        if (auto event = event_of(log[at_++])) return event;
      }
      owner_.changed_.wait_for(lock, kStopInterval);
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] bool selects(const json::Document& object) const {
    return object != nullptr && (space_.empty() || kube::namespace_of(*object) == space_) &&
           selector_.matches_object(*object);
  }

  [[nodiscard]] std::optional<kube::WatchEvent> event_of(const Change& change) const {
    if (change.version <= from_ || change.resource != resource_) return std::nullopt;
    const bool before = selects(change.before);
    const bool after = selects(change.after);
    if (after) {
      return kube::WatchEvent{before ? kube::EventType::kModified : kube::EventType::kAdded,
                              change.after};
    }
    if (!before) return std::nullopt;
    json::Value gone = change.after ? *change.after : *change.before;
    json::make_object(gone, {"metadata"})["resourceVersion"] = std::to_string(change.version);
    return kube::WatchEvent{kube::EventType::kDeleted,
                            std::make_shared<const json::Value>(std::move(gone))};
  }

  WatchedWorld& owner_;
  const kube::Resource resource_;
  const std::string space_;
  const kube::LabelSelector selector_;
  const std::uint64_t from_;
  std::size_t at_ = 0;
};

template <typename Call>
auto WatchedWorld::locked(Call call) {
  const std::scoped_lock lock(mutex_);
  auto result = call();
  changed_.notify_all();
  return result;
}

void WatchedWorld::with(const std::function<void(World&)>& change) {
  const std::scoped_lock lock(mutex_);
  change(world_);
  changed_.notify_all();
}

bool WatchedWorld::wait_for(const std::function<bool(World&)>& holds,
                            std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return holds(world_); });
}

Result<json::Document> WatchedWorld::get(const kube::Resource& resource, std::string_view space,
                                         std::string_view name) {
  return locked([&] { return world_.get(resource, space, name); });
}

Result<kube::List> WatchedWorld::list(const kube::Resource& resource, std::string_view space,
                                      const kube::ListOptions& options) {
  return locked([&] { return world_.list(resource, space, options); });
}

Result<json::Document> WatchedWorld::create(const kube::Resource& resource, std::string_view space,
                                            const json::Value& object,
                                            const kube::WriteOptions& options) {
  return locked([&] { return world_.create(resource, space, object, options); });
}

Result<json::Document> WatchedWorld::replace(const kube::Resource& resource, std::string_view space,
                                             std::string_view name, const json::Value& object,
                                             const kube::WriteOptions& options) {
  return locked([&] { return world_.replace(resource, space, name, object, options); });
}

Result<json::Document> WatchedWorld::patch(const kube::Resource& resource, std::string_view space,
                                           std::string_view name, kube::PatchType type,
                                           const json::Value& patch,
                                           const kube::WriteOptions& options) {
  return locked([&] { return world_.patch(resource, space, name, type, patch, options); });
}

Result<void> WatchedWorld::remove(const kube::Resource& resource, std::string_view space,
                                  std::string_view name, const kube::DeleteOptions& options) {
  return locked([&] { return world_.remove(resource, space, name, options); });
}

Result<void> WatchedWorld::remove_collection(const kube::Resource& resource, std::string_view space,
                                             const kube::ListOptions& selection,
                                             const kube::DeleteOptions& options) {
  return locked([&] { return world_.remove_collection(resource, space, selection, options); });
}

Result<std::unique_ptr<kube::WatchStream>> WatchedWorld::watch(const kube::Resource& resource,
                                                               std::string_view space,
                                                               const kube::WatchOptions& options) {
  std::uint64_t from = 0;
  const std::string& version = options.resource_version;
  std::from_chars(version.data(), version.data() + version.size(), from);
  kube::LabelSelector selector = TRY(kube::LabelSelector::parse(options.label_selector));
  return std::unique_ptr<kube::WatchStream>(
      std::make_unique<Stream>(*this, resource, std::string(space), std::move(selector), from));
}

}  // namespace firesteel::sim
